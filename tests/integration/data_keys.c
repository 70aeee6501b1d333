/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Data keys on a real server, through the client's own driver: what 100 000 uses, 10 000 wrapped keys and a pinned version cost and give.
 * The script that runs it counts the requests in the server's audit log. The server's address and root token come from the environment.
 */
#include "io/client.h"
#include "keys/fetch.h"
#include "typed.h"

#include "base/base64.h"
#include "io/clock.h"

#include <pthread.h>

enum { USES = 100000, THREADS = 8, WRAPPED = 10000 };

static const vc__keyplace place = { VC__SOURCE_VAULT, NULL, "app" };

static int ask(vc_client *vault, const char *path, const char *body)
{
    vc_vault_reply *reply = NULL;
    const vc_code code = vc_vault_request(vault, "POST", path, vc_str(body), NULL, &reply, &err);
    vc_vault_reply_free(reply);
    return code == VC_OK;
}

static vc_step step(void *self, uint64_t now_ms, uint64_t *wait_until, vc_error *why)
{
    return vc__fetch_step(self, now_ms, wait_until, why);
}

static vc_request *next(void *self)
{
    return vc__fetch_next(self);
}

static vc_code drive(vc_client *vault, vc__fetch *fetch, vc_error *why)
{
    const vc__operation operation = { step, next, fetch };
    return vc__fetch_wanted(fetch) ? vc__client_drive(vault, &operation, 0, why) : VC_OK;
}

/* -- uses ---------------------------------------------------------------------------------------------- */

typedef struct user {
    pthread_t thread;
    vc_client *vault;
    vc_code code;
} user;

static void *use(void *arg)
{
    user *self = arg;
    vc_keyring *ring = vc_client_keyring(self->vault);
    vc_error why = VC_ERROR_INIT;
    vc__fetch fetch;
    vc__fetch_init(&fetch, ring);
    for (int i = 0; i < USES / THREADS && !self->code; i++) {
        vc__datakey *key = NULL;
        vc__share granted;
        while ((self->code = vc__ring_use(ring, &place, vc__clock_ms(), (vc__share){ 1, 200 }, 200, &key, &granted, &why)) == VC_E_NOT_FOUND) {
            self->code = vc__fetch_use(&fetch, &place, &why);
            if (self->code || (self->code = drive(self->vault, &fetch, &why)) != VC_OK)
                break;
        }
        vc__datakey_unref(key);
    }
    vc__fetch_cleanup(&fetch);
    return NULL;
}

static void many_uses(vc_client *vault)
{
    user users[THREADS];
    for (int i = 0; i < THREADS; i++) {
        users[i] = (user){ .vault = vault };
        CHECK(pthread_create(&users[i].thread, NULL, use, &users[i]) == 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(users[i].thread, NULL);
        CHECK(users[i].code == VC_OK);
    }
    vc_keyring_stats stats = { .size = sizeof stats };
    vc_keyring_get_stats(vc_client_keyring(vault), &stats);
    CHECK(stats.hits == USES);
    CHECK(stats.fetched == 1);
}

/* The key wrapped by the server opens to the same one. */
static void there_and_back(vc_client *vault)
{
    vc__share granted;
    uint32_t need;
    vc__datakey *key = NULL;
    vc__fetch fetch;
    vc_keyring *other = vc_keyring_new(&err);
    CHECK(vc__ring_use(vc_client_keyring(vault), &place, vc__clock_ms(), (vc__share){ 1, 1 }, 1, &key, &granted, &err) == VC_OK);
    vc__fetch_init(&fetch, other);
    CHECK(vc__fetch_opening(&fetch, &place, vc__datakey_id(key), vc__datakey_version(key), vc__datakey_wrapped(key), &need, &err) == VC_OK);
    CHECK(drive(vault, &fetch, &err) == VC_OK);
    const vc__datakey *back = vc__fetch_key(&fetch, need);
    unsigned char a[32], b[32];
    CHECK(back && vc__datakey_derive(key, VC__KEY_TOKEN_GCM, a, 32, &err) == VC_OK &&
          vc__datakey_derive(back, VC__KEY_TOKEN_GCM, b, 32, &err) == VC_OK && memcmp(a, b, 32) == 0);
    vc__fetch_cleanup(&fetch);
    vc__datakey_unref(key);
    vc_keyring_unref(other);
}

/* -- wrapped keys -------------------------------------------------------------------------------------- */

static void make_key(unsigned i, unsigned char key[32])
{
    memset(key, 0x6b, 32);
    memcpy(key, &i, sizeof i);
}

static void many_wrapped(vc_client *vault)
{
    vc_transit_batch *batch = vc_transit_batch_new(VC_TRANSIT_ENCRYPT, "app", NULL, &err);
    static unsigned char keys[WRAPPED][32];
    for (unsigned i = 0; i < WRAPPED; i++) {
        make_key(i, keys[i]);
        CHECK(vc_transit_batch_add(batch, vc_view_of(keys[i], 32), &err) == VC_OK);
    }
    CHECK(vc_transit_batch_run(vault, batch, &err) == VC_OK);
    vc_keyring *ring = vc_keyring_new(&err);
    vc__fetch fetch;
    vc__fetch_init(&fetch, ring);
    uint32_t need = 0;
    for (unsigned i = 0; i < WRAPPED; i++) {
        const vc_view text = vc_transit_batch_result(batch, i);
        unsigned char id[32];
        char raw[200];
        size_t len = 0;
        CHECK(text.len > 9 && text.len < 200 && vc__base64_decode(raw, &len, vc_view_of(text.data + 9, text.len - 9), NULL) == VC_OK);
        if (i == 77)
            raw[len - 1] ^= 1; /* this one alone fails */
        CHECK(vc__datakey_id_of(vc_view_of(keys[i], 32), id, &err) == VC_OK);
        CHECK(vc__fetch_opening(&fetch, &place, vc_view_of(id, 32), 1, vc_view_of(raw, len), &need, &err) == VC_OK);
    }
    const uint64_t begun = vc__clock_ms();
    CHECK(drive(vault, &fetch, &err) == VC_OK);
    uint64_t requests, retries;
    vc__fetch_count(&fetch, &requests, &retries);
    printf("# %d wrapped keys in %llu requests and %llu ms\n", WRAPPED, (unsigned long long)requests,
           (unsigned long long)(vc__clock_ms() - begun));
    unsigned opened = 0;
    for (uint32_t i = 0; i < WRAPPED; i++)
        opened += vc__fetch_key(&fetch, i) != NULL;
    CHECK(opened == WRAPPED - 1);
    CHECK(vc__fetch_error(&fetch, 77) && vc__fetch_error(&fetch, 77)->code == VC_E_CIPHERTEXT);
    vc__fetch_cleanup(&fetch);
    vc_keyring_unref(ring);
    vc_transit_batch_free(batch);
}

/* -- computed keys ------------------------------------------------------------------------------------- */

/* With a ring of its own. VC_OK and the id, or why not. */
static vc_code compute(vc_client *vault, uint64_t version, const char *purpose, unsigned char id[32])
{
    vc_keyring *ring = vc_keyring_new(&err);
    vc__fetch fetch;
    uint32_t need = 0;
    vc__fetch_init(&fetch, ring);
    vc_code code = vc__fetch_prf(&fetch, &place, version, purpose, vc_str("customers"), &need, &err);
    code = code ? code : drive(vault, &fetch, &err);
    const vc__datakey *key = vc__fetch_key(&fetch, need);
    if (key)
        memcpy(id, vc__datakey_id(key).data, 32);
    else if (!code && vc__fetch_error(&fetch, need))
        code = vc__fetch_error(&fetch, need)->code;
    vc__fetch_cleanup(&fetch);
    vc_keyring_unref(ring);
    return code;
}

static void pinned_versions(vc_client *vault)
{
    unsigned char before[32], after[32], second[32], hash[32];
    CHECK(compute(vault, 1, "siv", before) == VC_OK);
    CHECK(compute(vault, 2, "siv", second) == VC_E_REQUEST); /* not there yet */
    CHECK(ask(vault, "transit/keys/app/rotate", "{}"));
    CHECK(compute(vault, 1, "siv", after) == VC_OK);
    CHECK(memcmp(before, after, 32) == 0);
    CHECK(compute(vault, 2, "siv", second) == VC_OK);
    CHECK(memcmp(before, second, 32) != 0);
    CHECK(compute(vault, 1, "hash", hash) == VC_OK);
    CHECK(memcmp(before, hash, 32) != 0);
    CHECK(ask(vault, "transit/keys/app/config", "{\"min_encryption_version\":2}"));
    CHECK(compute(vault, 1, "siv", after) == VC_E_REQUEST);
}

int main(void)
{
    vc_client *vault = vc_client_open(NULL, &err);
    CHECK(vault != NULL);
    if (vault) {
        CHECK(ask(vault, "sys/mounts/transit", "{\"type\":\"transit\"}"));
        CHECK(ask(vault, "transit/keys/app", "{}"));
        many_uses(vault);
        there_and_back(vault);
        many_wrapped(vault);
        pinned_versions(vault);
    }
    vc_client_close(vault);
    printf("%d passed, %d failed, 0 skipped\n", passed, failed);
    return failed != 0;
}

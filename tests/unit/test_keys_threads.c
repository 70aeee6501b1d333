/* SPDX-License-Identifier: Apache-2.0 */
/* lib/keys under many threads: one request for what all want, no key beyond its limit; and whose keyring a client's is. */
#define _DEFAULT_SOURCE /* usleep() */
#include "unit/fake_keys.h"
#include "unit/test.h"

#include "keys/ring_state.h"

#include <time.h>
#include <unistd.h>
#include <vaultcrypt/client.h>
#include <vaultcrypt/seal.h>

enum { THREADS = 16, KEYS = 50 };

static const vc__keyplace place = { VC__SOURCE_VAULT, NULL, "app" };

static uint64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* As a blocking driver does. */
static vc_code drive(fake_keys *fake, vc__fetch *fetch)
{
    vc_error err = VC_ERROR_INIT;
    while (vc__fetch_wanted(fetch)) {
        uint64_t until = 0;
        switch (vc__fetch_step(fetch, clock_ms(), &until, &err)) {
        case VC_STEP_SEND:
            for (vc_request *request; (request = vc__fetch_next(fetch));)
                fake_keys_answer(fake, request, clock_ms());
            break;
        case VC_STEP_WAIT:
            usleep(1000);
            break;
        case VC_STEP_FAILED:
            return err.code;
        case VC_STEP_DONE:
        default:
            break;
        }
    }
    return VC_OK;
}

typedef struct worker {
    pthread_t thread;
    fake_keys *fake;
    vc_keyring *ring;
    unsigned rounds;
    vc_code code;
    uint64_t used;
    unsigned opened;
} worker;

static void run_all(worker *workers, fake_keys *fake, vc_keyring *ring, void *(*body)(void *), unsigned rounds)
{
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (worker){ .fake = fake, .ring = ring, .rounds = rounds };
        assert_int_equal(pthread_create(&workers[i].thread, NULL, body, &workers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(workers[i].thread, NULL);
        assert_int_equal(workers[i].code, VC_OK);
    }
}

static void *use_keys(void *arg)
{
    worker *w = arg;
    vc__fetch fetch;
    vc__fetch_init(&fetch, w->ring);
    for (unsigned i = 0; i < w->rounds && !w->code; i++) {
        vc__datakey *key = NULL;
        vc__share granted = { 0, 0 };
        (void)vc__fetch_ahead(&fetch, &place, clock_ms(), NULL);
        w->code = drive(w->fake, &fetch);
        while (!w->code && (w->code = vc__ring_use(w->ring, &place, clock_ms(), (vc__share){ 1, 1 }, 1, &key, &granted, NULL)) == VC_E_NOT_FOUND) {
            w->code = vc__fetch_use(&fetch, &place, NULL);
            w->code = w->code ? w->code : drive(w->fake, &fetch);
        }
        w->used += granted.calls;
        vc__datakey_unref(key);
        if (i % 64 == 0)
            vc__fetch_clear(&fetch);
    }
    vc__fetch_cleanup(&fetch);
    return NULL;
}

static void one_data_key_for_all(void **state)
{
    (void)state;
    fake_keys fake = FAKE_KEYS_INIT;
    worker workers[THREADS];
    fake.delay_us = 20000;
    vc__autoptr(vc_keyring) ring = vc_keyring_new(NULL);
    run_all(workers, &fake, ring, use_keys, 1000);
    assert_int_equal(fake.datakeys, 1);
    assert_int_equal(ring->flights.count, 0);
    assert_int_equal(ring->uses->calls, THREADS * 1000);
}

/* With a limit of 1000 calls: as many keys as are needed, at most one more (the next), and nothing left over. */
static void no_key_goes_beyond_its_limit(void **state)
{
    (void)state;
    fake_keys fake = FAKE_KEYS_INIT;
    worker workers[THREADS];
    uint64_t used = 0;
    vc__autoptr(vc_keyring) ring = vc_keyring_new(NULL);
    assert_int_equal(vc_keyring_set_use_limits(ring, 1000, 0, 0, NULL), VC_OK);
    run_all(workers, &fake, ring, use_keys, 1500);
    for (int i = 0; i < THREADS; i++)
        used += workers[i].used;
    assert_int_equal(used, THREADS * 1500);
    assert_in_range(fake.datakeys, 24, 25);
}

static void *open_keys(void *arg)
{
    worker *w = arg;
    vc__fetch fetch;
    uint32_t needs[KEYS];
    char wrapped[33];
    unsigned char id[32];
    vc__fetch_init(&fetch, w->ring);
    for (unsigned i = 0; i < KEYS; i++) {
        unsigned char key[32] = { (unsigned char)(i + 1) };
        fake_keys_wrap(key, wrapped);
        (void)!vc__datakey_id_of(vc_view_of(key, 32), id, NULL);
        (void)vc__fetch_opening(&fetch, &place, vc_view_of(id, 32), 1, vc_view_of(wrapped, 33), &needs[i], NULL);
    }
    uint32_t prf;
    (void)vc__fetch_prf(&fetch, &place, 1, "siv", vc_str("c"), &prf, NULL);
    w->code = drive(w->fake, &fetch);
    for (unsigned i = 0; i < KEYS; i++)
        w->opened += vc__fetch_key(&fetch, needs[i]) != NULL;
    w->opened += vc__fetch_key(&fetch, prf) != NULL;
    vc__fetch_cleanup(&fetch);
    return NULL;
}

static void each_wrapped_key_once(void **state)
{
    (void)state;
    fake_keys fake = FAKE_KEYS_INIT;
    worker workers[THREADS];
    fake.delay_us = 20000;
    vc__autoptr(vc_keyring) ring = vc_keyring_new(NULL);
    run_all(workers, &fake, ring, open_keys, 1);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(workers[i].opened, KEYS + 1);
    assert_int_equal(fake.decrypted, KEYS);
    assert_int_equal(fake.hmacs, 1);
    assert_int_equal(ring->flights.count, 0);
}

/* -- clients ------------------------------------------------------------------------------------------- */

static void clients_have_keyrings(void **state)
{
    (void)state;
    vc_config *config = vc_config_new(NULL);
    vc_keyring *shared = vc_keyring_new(NULL);
    assert_true(config && shared);
    vc_client *own = vc_client_open(config, NULL);
    assert_int_equal(vc_config_set_keyring(config, shared, NULL), VC_OK);
    vc_client *first = vc_client_open(config, NULL), *second = vc_client_open(config, NULL);
    assert_true(own && first && second);
    assert_ptr_not_equal(vc_client_keyring(own), shared);
    assert_non_null(vc_client_keyring(own));
    assert_ptr_equal(vc_client_keyring(first), shared);
    assert_ptr_equal(vc_client_keyring(second), shared);
    vc_client *scope = vc_client_scope(own, NULL);
    assert_ptr_equal(vc_client_keyring(scope), vc_client_keyring(own));
    vc_client_close(own);
    assert_int_equal(vc_keyring_set_use_limits(vc_client_keyring(scope), 5, 0, 0, NULL), VC_OK);
    vc_client_close(scope);
    assert_int_equal(vc_config_set_keyring(config, NULL, NULL), VC_OK);
    vc_config_free(config);
    vc_keyring_unref(shared); /* the clients hold it */
    vc_client_close(first);
    vc_keyring *last = vc_keyring_ref(vc_client_keyring(second));
    vc_client_close(second);
    vc_keyring_clear(last); /* outlives its clients */
    vc_keyring_unref(last);
    vc_keyring_unref(NULL);
    assert_null(vc_client_keyring(NULL));
}

static vc_client *try_open(vc_keyring *ring, const char *addresses, const char *space, const char *server_name, vc_error *err)
{
    vc_config *config = vc_config_new(NULL);
    assert_non_null(config);
    assert_int_equal(vc_config_set_address(config, addresses, NULL), VC_OK);
    assert_int_equal(vc_config_set_namespace(config, space, NULL), VC_OK);
    assert_int_equal(vc_config_set_tls_server_name(config, server_name, NULL), VC_OK);
    assert_int_equal(vc_config_set_keyring(config, ring, NULL), VC_OK);
    vc_client *client = vc_client_open(config, err);
    vc_config_free(config);
    return client;
}

static void assert_shares(vc_keyring *ring, const char *addresses, const char *space, const char *server_name)
{
    vc_error err = VC_ERROR_INIT;
    vc_client *client = try_open(ring, addresses, space, server_name, &err);
    if (!client)
        fail_msg("%s: %s", addresses, err.message);
    vc_client_close(client);
}

static void assert_refused(vc_keyring *ring, const char *addresses, const char *space, const char *server_name, const char *why)
{
    vc_error err = VC_ERROR_INIT;
    assert_null(try_open(ring, addresses, space, server_name, &err));
    assert_int_equal(err.code, VC_E_CONFIG);
    assert_non_null(strstr(err.message, why));
}

static void keyring_is_of_one_vault(void **state)
{
    (void)state;
    vc__autoptr(vc_keyring) ring = vc_keyring_new(NULL);
    static const char vault[] = "the keyring is of the Vault at https://a.example:8200", space[] = "of namespace \"team/\"";
    assert_shares(ring, "https://a.example:8200,https://b.example:8200", "team", NULL);
    assert_shares(ring, "https://B.example:8200/", "/team/", NULL); /* as it will be used, not as it was written */
    assert_shares(ring, "https://b.example:8200,https://c.example:8200", "team", NULL);
    assert_shares(ring, "https://c.example:8200", "team", NULL); /* known since */
    assert_refused(ring, "https://d.example:8200", "team", NULL, vault);
    assert_refused(ring, "https://a.example:8201", "team", NULL, vault);
    assert_refused(ring, "http://a.example:8200", "team", NULL, vault);
    assert_refused(ring, "https://a.example:8200", "team", "vault.example", vault);
    assert_refused(ring, "https://a.example:8200", "other", NULL, space);
    assert_refused(ring, "https://a.example:8200", "team/sub", NULL, space);
    assert_refused(ring, "https://a.example:8200,https://e.example:8200", NULL, NULL, "of namespace \"\"");
    assert_refused(ring, "https://e.example:8200", "team", NULL, vault); /* refused, so nothing was learnt of it */
    vc_keyring_clear(ring);
    assert_refused(ring, "https://d.example:8200", "team", NULL, vault); /* for good */
    vc__autoptr(vc_keyring) named = vc_keyring_new(NULL);
    assert_shares(named, "https://10.0.0.1:8200", NULL, "vault.example");
    assert_shares(named, "https://10.0.0.1:8200", NULL, "vault.example");
    vc__autoptr(vc_keyring) pathed = vc_keyring_new(NULL);
    assert_shares(pathed, "https://A.example/One", NULL, NULL);
    assert_shares(pathed, "https://a.example/One", NULL, NULL);
    assert_refused(pathed, "https://a.example/one", NULL, NULL, "cannot share it"); /* another Vault's path */
    assert_refused(named, "https://10.0.0.1:8200", NULL, "other.example", "(vault.example)");
}

/* What runs with a client under a keyring of its own. */
static void lent_keyring_is_of_one_vault(void **state)
{
    (void)state;
    static const char text[] = "version: 1\nrecords:\n  - name: r\n    fields:\n      - path: $.a\n        envelope: {key: k}\n";
    vc_keyring *ring = vc_keyring_new(NULL);
    vc_client *first = try_open(NULL, "http://127.0.0.1:1", NULL, NULL, NULL), *other = try_open(NULL, "http://127.0.0.1:2", NULL, NULL, NULL);
    vc_schema *schema = vc_schema_parse(vc_str(text), "test", NULL);
    vc_batch *batch = vc_batch_new(schema, VC_PROTECT, NULL);
    vc_sealer *sealer = vc_sealer_new("k", NULL);
    vc_unsealer *unsealer = vc_unsealer_new(NULL);
    vc_error err = VC_ERROR_INIT;
    assert_true(ring && first && other && batch && sealer && unsealer);
    assert_int_equal(vc_batch_set_keyring(batch, ring, NULL), VC_OK);
    assert_int_equal(vc_client_run(first, batch, NULL), VC_OK); /* which says whose it is */
    vc_batch_clear(batch);
    assert_int_equal(vc_client_run(first, batch, NULL), VC_OK);
    vc_batch_clear(batch);
    assert_int_equal(vc_client_run(other, batch, &err), VC_E_CONFIG);
    assert_non_null(strstr(err.message, "the keyring is of the Vault at http://127.0.0.1:1:"));
    assert_int_equal(vc_sealer_start(sealer, other, ring, NULL), VC_E_CONFIG);
    assert_int_equal(vc_unsealer_start(unsealer, other, ring, NULL), VC_E_CONFIG);
    assert_int_equal(vc_batch_set_keyring(batch, vc_client_keyring(first), NULL), VC_OK);
    assert_int_equal(vc_client_run(other, batch, NULL), VC_E_CONFIG); /* a client's own keyring is its Vault's too */
    assert_int_equal(vc_batch_set_keyring(batch, NULL, NULL), VC_OK);
    assert_int_equal(vc_client_run(other, batch, NULL), VC_OK);
    vc_unsealer_free(unsealer);
    vc_sealer_free(sealer);
    vc_batch_free(batch);
    vc_schema_unref(schema);
    vc_client_close(first);
    vc_client_close(other);
    vc_keyring_unref(ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_data_key_for_all),
        cmocka_unit_test(no_key_goes_beyond_its_limit),
        cmocka_unit_test(each_wrapped_key_once),
        cmocka_unit_test(clients_have_keyrings),
        cmocka_unit_test(keyring_is_of_one_vault),
        cmocka_unit_test(lent_keyring_is_of_one_vault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

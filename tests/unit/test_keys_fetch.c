/* SPDX-License-Identifier: Apache-2.0 */
/* lib/keys/fetch: needs -> requests -> keys, on an instant Vault (fake_keys.h) and with replies of real servers (tests/vectors/vault). */
#include "unit/fake_keys.h"
#include "unit/test.h"

#include "base/base64.h"
#include "base/text.h"
#include "keys/fetch_need.h"

static const vc__keyplace place = { VC__SOURCE_VAULT, NULL, "app" }, deep = { VC__SOURCE_VAULT, "team/keys", "app" };

typedef struct world {
    fake_keys fake;
    vc_keyring *ring;
    vc__fetch fetch;
    uint64_t now;
    vc_error err;
    unsigned lines; /* logged */
    char line[800];
} world;

static void hear(void *user, const char *line)
{
    world *w = user;
    w->lines++;
    snprintf(w->line, sizeof w->line, "%s", line);
}

static int begin(void **state)
{
    world *w = calloc(1, sizeof *w);
    *w = (world){ .fake = FAKE_KEYS_INIT, .ring = vc_keyring_new(NULL), .now = 1000, .err = VC_ERROR_INIT };
    vc__fetch_init(&w->fetch, w->ring);
    *state = w;
    return vc_keyring_set_log(w->ring, hear, w, NULL);
}

static int end(void **state)
{
    world *w = *state;
    vc__fetch_cleanup(&w->fetch);
    vc_keyring_unref(w->ring);
    free(w);
    return 0;
}

static vc_code run(world *w)
{
    return fake_keys_run(&w->fake, &w->fetch, &w->now, &w->err);
}

/* What a batch does for each share. */
static vc_code use(world *w, const vc__keyplace *at, uint64_t want, uint64_t *granted)
{
    vc__autoptr(vc__datakey) key = NULL;
    vc__share share;
    vc_code code;
    while ((code = vc__ring_use(w->ring, at, w->now, (vc__share){ want, want }, 1, &key, &share, &w->err)) == VC_E_NOT_FOUND) {
        code = vc__fetch_use(&w->fetch, at, &w->err);
        if (!code)
            code = run(w);
        if (code)
            return code;
    }
    *granted = share.calls;
    return code;
}

static void one_request_for_many_uses(void **state)
{
    world *w = *state;
    uint64_t granted;
    for (int i = 0; i < 100000; i++)
        assert_int_equal(use(w, &deep, 1, &granted), VC_OK);
    assert_int_equal(w->fake.datakeys, 1);
    assert_string_equal(w->fake.last_path, "/v1/team/keys/datakey/plaintext/app");
    assert_string_equal(w->fake.last_body, "{\"bits\":256}");
    uint64_t requests, retries;
    vc__fetch_count(&w->fetch, &requests, &retries);
    assert_int_equal(requests, 1);
    assert_int_equal(retries, 0);
}

static void a_limit_brings_the_next(void **state)
{
    world *w = *state;
    uint64_t granted, used = 0;
    assert_int_equal(vc_keyring_set_use_limits(w->ring, 100, 0, 0, NULL), VC_OK);
    while (used < 1000) {
        assert_int_equal(use(w, &place, 7, &granted), VC_OK);
        used += granted;
    }
    assert_int_equal(w->fake.datakeys, 10); /* what is left over of each hundred was used too */
    assert_int_equal(used, 1000);
}

static void make_wrapped(unsigned number, char wrapped[33], unsigned char id[32])
{
    unsigned char key[32] = { 0 };
    memcpy(key + 4, &number, sizeof number);
    fake_keys_wrap(key, wrapped);
    assert_int_equal(vc__datakey_id_of(vc_view_of(key, 32), id, NULL), VC_OK);
}

static void many_are_opened_in_few_requests(void **state)
{
    world *w = *state;
    enum { MANY = 3000 };
    uint32_t need, again;
    char wrapped[33];
    unsigned char id[32];
    for (unsigned i = 0; i < MANY; i++) {
        make_wrapped(i, wrapped, id);
        const vc__keyplace *at = i % 3 ? &place : &deep;
        assert_int_equal(vc__fetch_opening(&w->fetch, at, vc_view_of(id, 32), 2, vc_view_of(wrapped, 33), &need, NULL), VC_OK);
        assert_int_equal(need, i);
        assert_int_equal(vc__fetch_opening(&w->fetch, at, vc_view_of(id, 32), 2, vc_view_of(wrapped, 33), &again, NULL), VC_OK);
        assert_int_equal(again, need);
    }
    assert_int_equal(run(w), VC_OK);
    assert_int_equal(w->fake.decrypts, (2000 + 239) / 240 + (1000 + 239) / 240);
    assert_int_equal(w->fake.decrypted, MANY);
    for (unsigned i = 0; i < MANY; i++) {
        make_wrapped(i, wrapped, id);
        const vc__datakey *key = vc__fetch_key(&w->fetch, i);
        assert_non_null(key);
        assert_memory_equal(vc__datakey_id(key).data, id, 32);
        assert_int_equal(vc__datakey_version(key), 2);
        vc__autoptr(vc__datakey) there = vc__ring_opening(w->ring, i % 3 ? &place : &deep, vc_view_of(id, 32), w->now);
        assert_ptr_equal(there, key);
    }
    /* Later, another batch finds them. */
    vc__fetch_clear(&w->fetch);
    make_wrapped(5, wrapped, id);
    assert_int_equal(vc__fetch_opening(&w->fetch, &place, vc_view_of(id, 32), 2, vc_view_of(wrapped, 33), &need, NULL), VC_OK);
    assert_int_equal(run(w), VC_OK);
    assert_non_null(vc__fetch_key(&w->fetch, need));
    assert_int_equal(w->fake.decrypted, MANY);
}

/* More keys than the ring keeps: the batch has them all the same. */
static void a_small_ring_is_enough(void **state)
{
    world *w = *state;
    uint32_t need;
    char wrapped[33];
    unsigned char id[32];
    assert_int_equal(vc_keyring_set_open_limits(w->ring, 5, 0, NULL), VC_OK);
    for (unsigned i = 0; i < 100; i++) {
        make_wrapped(i, wrapped, id);
        assert_int_equal(vc__fetch_opening(&w->fetch, &place, vc_view_of(id, 32), 1, vc_view_of(wrapped, 33), &need, NULL), VC_OK);
    }
    assert_int_equal(run(w), VC_OK);
    for (unsigned i = 0; i < 100; i++)
        assert_non_null(vc__fetch_key(&w->fetch, i));
    assert_int_equal(w->ring->opening.table.count, 5);
}

/* One that is damaged, one with another's id, one of a wrong length, and the right one with the same id: each by itself. */
static void a_bad_one_fails_alone(void **state)
{
    world *w = *state;
    char wrapped[2][33], damaged[33];
    unsigned char id[2][32];
    uint32_t good, bad, swapped, odd, early;
    make_wrapped(1, wrapped[0], id[0]);
    make_wrapped(2, wrapped[1], id[1]);
    memcpy(damaged, wrapped[0], 33);
    damaged[0] = 'X';
    const vc_view first = vc_view_of(id[0], 32), second = vc_view_of(id[1], 32);
    assert_int_equal(vc__fetch_opening(&w->fetch, &place, first, 1, vc_view_of(damaged, 33), &bad, NULL), VC_OK);
    assert_int_equal(vc__fetch_opening(&w->fetch, &place, second, 1, vc_view_of(wrapped[0], 33), &swapped, NULL), VC_OK);
    assert_int_equal(vc__fetch_opening(&w->fetch, &place, first, 1, vc_view_of(wrapped[0], 17), &odd, NULL), VC_OK);
    assert_int_equal(vc__fetch_opening(&w->fetch, &place, first, 1, vc_view_of(wrapped[0], 33), &good, NULL), VC_OK);
    assert_int_equal(run(w), VC_OK);
    assert_non_null(vc__fetch_key(&w->fetch, good));
    assert_null(vc__fetch_error(&w->fetch, good));
    const uint32_t wrong[] = { bad, swapped, odd };
    for (size_t i = 0; i < COUNT(wrong); i++) {
        assert_null(vc__fetch_key(&w->fetch, wrong[i]));
        assert_int_equal(vc__fetch_error(&w->fetch, wrong[i])->code, VC_E_CIPHERTEXT);
    }
    assert_string_equal(vc__fetch_error(&w->fetch, swapped)->message, vc__fetch_error(&w->fetch, odd)->message);
    assert_null(vc__ring_opening(w->ring, &place, second, w->now)); /* nothing wrong was kept */
    /* What can be no wrapped key at all. */
    static const char zeros[1025];
    assert_int_equal(vc__fetch_opening(&w->fetch, &place, first, 0, vc_view_of(wrapped[0], 33), &early, NULL), VC_E_CIPHERTEXT);
    assert_int_equal(vc__fetch_opening(&w->fetch, &place, first, 1, vc_str(""), &early, NULL), VC_E_CIPHERTEXT);
    assert_int_equal(vc__fetch_opening(&w->fetch, &place, first, 1, vc_view_of(zeros, 1025), &early, NULL), VC_E_CIPHERTEXT);
    assert_int_equal(vc__fetch_opening(&w->fetch, &place, vc_view_of(id[0], 31), 1, vc_view_of(wrapped[0], 33), &early, NULL),
                     VC_E_CIPHERTEXT);
}

static void computed_keys_have_their_version(void **state)
{
    world *w = *state;
    uint32_t one, two, hash;
    assert_int_equal(vc__fetch_prf(&w->fetch, &place, 1, "siv", vc_str("customers"), &one, NULL), VC_OK);
    assert_int_equal(run(w), VC_OK);
    assert_string_equal(w->fake.last_path, "/v1/transit/hmac/app/sha2-256");
    /* "vaultcrypt 1 prf" 00 "siv" 00 "customers" */
    assert_string_equal(w->fake.last_body, "{\"input\":\"dmF1bHRjcnlwdCAxIHByZgBzaXYAY3VzdG9tZXJz\",\"key_version\":1}");
    assert_int_equal(vc__fetch_prf(&w->fetch, &place, 2, "siv", vc_str("customers"), &two, NULL), VC_OK);
    assert_int_equal(vc__fetch_prf(&w->fetch, &place, 1, "hash", vc_str("customers"), &hash, NULL), VC_OK);
    assert_int_equal(run(w), VC_OK);
    assert_int_equal(w->fake.hmacs, 3);
    const vc__datakey *a = vc__fetch_key(&w->fetch, one), *b = vc__fetch_key(&w->fetch, two), *c = vc__fetch_key(&w->fetch, hash);
    assert_true(a && b && c && vc__datakey_kind(a) == VC__KEY_PRF && vc__datakey_version(b) == 2);
    assert_memory_not_equal(vc__datakey_id(a).data, vc__datakey_id(b).data, 32);
    assert_memory_not_equal(vc__datakey_id(a).data, vc__datakey_id(c).data, 32);
    vc__autoptr(vc__datakey) there = vc__ring_prf(w->ring, &place, 2, "siv", vc_str("customers"), w->now);
    assert_ptr_equal(there, b);
    assert_int_equal(vc__fetch_prf(&w->fetch, &place, 0, "siv", vc_str("c"), &one, NULL), VC_E_ARGUMENT);
    /* Vault computes with the latest version, whatever it was told: that would be another key. */
    w->fake.hmac_version = 7;
    assert_int_equal(vc__fetch_prf(&w->fetch, &place, 3, "siv", vc_str("customers"), &one, NULL), VC_OK);
    assert_int_equal(run(w), VC_E_PROTOCOL);
}

static void a_refused_version_fails_alone(void **state)
{
    world *w = *state;
    uint32_t refused, other;
    w->fake.status = 400;
    w->fake.fail_first = 1;
    w->fake.reply = "{\"errors\":[\"cannot generate HMAC: version is too old (disallowed by policy)\"]}";
    assert_int_equal(vc__fetch_prf(&w->fetch, &place, 1, "siv", vc_str("c"), &refused, NULL), VC_OK);
    assert_int_equal(vc__fetch_prf(&w->fetch, &place, 2, "siv", vc_str("c"), &other, NULL), VC_OK);
    assert_int_equal(run(w), VC_OK);
    assert_int_equal(vc__fetch_error(&w->fetch, refused)->code, VC_E_REQUEST);
    assert_non_null(vc__fetch_key(&w->fetch, other));
}

static void trouble_is_told(void **state)
{
    world *w = *state;
    static const struct {
        int status;
        const char *reply;
        vc_code code;
        bool waits;
    } troubles[] = {
        { 403, "{\"errors\":[\"permission denied\"]}", VC_E_DENIED, false },
        { 400, "{\"errors\":[\"encryption key not found\"]}", VC_E_NOT_FOUND, false },
        { 200, "{\"data\":{}}", VC_E_PROTOCOL, false },
        { 200, "nonsense", VC_E_PROTOCOL, false },
        { 503, "{\"errors\":[\"Vault is sealed\"]}", VC_E_SEALED, true },
        { -1, NULL, VC_E_CONNECT, true },
    };
    for (size_t i = 0; i < COUNT(troubles); i++) {
        uint64_t granted, before = w->now;
        w->fake.status = troubles[i].status;
        w->fake.reply = troubles[i].reply;
        assert_int_equal(use(w, &place, 1, &granted), troubles[i].code);
        assert_true(w->err.message[0]);
        assert_int_equal(w->now - before > 30000, troubles[i].waits);
        assert_true(w->now - before <= 60000);
        assert_int_equal(vc__fetch_use(&w->fetch, &place, NULL), VC_E_STATE);
        vc__fetch_clear(&w->fetch);
    }
    w->fake.status = 0;
    w->fake.short_key = true;
    uint64_t granted;
    assert_int_equal(use(w, &place, 1, &granted), VC_E_PROTOCOL);
    vc__fetch_clear(&w->fetch);
    w->fake.short_key = false;
    w->fake.status = 503;
    w->fake.fail_first = 3; /* passes */
    assert_int_equal(use(w, &place, 1, &granted), VC_OK);
    uint64_t requests, retries;
    vc__fetch_count(&w->fetch, &requests, &retries);
    assert_int_equal(requests, 4);
    assert_int_equal(retries, 3);
}

/* The next key is asked for at three quarters, and what the current one has left is used first. */
static void next_key_comes_ahead(void **state)
{
    world *w = *state;
    uint64_t granted;
    assert_int_equal(vc_keyring_set_use_limits(w->ring, 100, 0, 0, NULL), VC_OK);
    for (int batch = 0; batch < 100; batch++) {
        assert_int_equal(vc__fetch_ahead(&w->fetch, &place, w->now, NULL), VC_OK);
        assert_int_equal(run(w), VC_OK);
        assert_int_equal(use(w, &place, 10, &granted), VC_OK);
        assert_int_equal(granted, 10);
    }
    assert_int_equal(w->fake.datakeys, 11); /* the eleventh is ready */
    vc_keyring_use now = { .size = sizeof now };
    assert_int_equal(vc_keyring_get_use(w->ring, 0, &now), 1);
    assert_int_equal(now.next_ready, 1);
    assert_int_equal(w->lines, 0);
}

/* Vault is away: use goes on until the limit, the log says so once, and nobody is held up. */
static void outage(void **state)
{
    world *w = *state;
    uint64_t granted;
    assert_int_equal(vc_keyring_set_use_limits(w->ring, 100, 0, 0, NULL), VC_OK);
    assert_int_equal(use(w, &place, 80, &granted), VC_OK);
    w->fake.status = -1;
    uint64_t asked = 0;
    for (int i = 0; i < 20; i++) { /* a minute */
        const uint64_t before = w->now;
        assert_int_equal(vc__fetch_ahead(&w->fetch, &place, w->now, NULL), VC_OK);
        asked += vc__fetch_wanted(&w->fetch);
        assert_int_equal(run(w), VC_OK);
        assert_true(w->now - before <= VC__AHEAD_WAIT_MS);
        assert_int_equal(use(w, &place, 1, &granted), VC_OK);
        w->now += 3000;
    }
    assert_in_range(asked, 3, 4); /* after 5, 10, 20 s */
    assert_int_equal(w->lines, 1);
    assert_non_null(strstr(w->line, "app cannot be had (connect)"));
    vc__fetch_set_limits(&w->fetch, 0, 0, 0, 2000, NULL);
    vc__fetch_clear(&w->fetch);
    assert_int_equal(use(w, &place, 1, &granted), VC_E_CONNECT); /* spent */
    vc__fetch_clear(&w->fetch);
    vc_keyring_stats stats = { .size = sizeof stats };
    vc_keyring_get_stats(w->ring, &stats);
    assert_int_equal(stats.prefetch_failures, asked);
    w->fake.status = 0; /* back */
    assert_int_equal(use(w, &place, 1, &granted), VC_OK);
    assert_int_equal(w->lines, 2);
    assert_non_null(strstr(w->line, "is there"));
}

/* A Vault that does not answer holds a batch up for a second; when the answer comes after all, the key is taken. */
static void slow_answer_ahead(void **state)
{
    world *w = *state;
    uint64_t granted, until;
    assert_int_equal(vc_keyring_set_use_limits(w->ring, 100, 0, 0, NULL), VC_OK);
    assert_int_equal(use(w, &place, 80, &granted), VC_OK);
    assert_int_equal(vc__fetch_ahead(&w->fetch, &place, w->now, NULL), VC_OK);
    assert_int_equal(vc__fetch_step(&w->fetch, w->now, &until, NULL), VC_STEP_SEND);
    vc_request *request = vc__fetch_next(&w->fetch);
    assert_non_null(request);
    assert_null(vc__fetch_next(&w->fetch));
    assert_int_equal(vc__fetch_step(&w->fetch, w->now, &until, NULL), VC_STEP_WAIT);
    assert_int_equal(until, w->now + 1000);
    assert_int_equal(vc__fetch_step(&w->fetch, until, &until, NULL), VC_STEP_DONE);
    assert_int_equal(w->lines, 1);
    /* Now it is needed: the answer under way will do. */
    assert_int_equal(use(w, &place, 20, &granted), VC_OK);
    assert_int_equal(vc__fetch_use(&w->fetch, &place, NULL), VC_OK);
    w->now += 1500;
    assert_int_equal(vc__ring_use(w->ring, &place, w->now, (vc__share){ 1, 1 }, 1, &(vc__datakey *){ NULL }, &(vc__share){ 0, 0 }, NULL), VC_E_NOT_FOUND);
    assert_int_equal(vc__fetch_step(&w->fetch, w->now, &until, NULL), VC_STEP_WAIT);
    fake_keys_answer(&w->fake, request, w->now);
    assert_int_equal(vc__fetch_step(&w->fetch, w->now, &until, NULL), VC_STEP_DONE);
    assert_true(vc__ring_has_use(w->ring, &place, w->now));
    assert_int_equal(w->fake.datakeys, 2);
}

/* An answer to what was given up, or canceled, is read when the fetch is cleared, or not at all. */
static void late_answer(void **state)
{
    world *w = *state;
    uint64_t until;
    assert_int_equal(vc__fetch_use(&w->fetch, &place, NULL), VC_OK);
    assert_int_equal(vc__fetch_step(&w->fetch, w->now, &until, NULL), VC_STEP_SEND);
    vc_request *request = vc__fetch_next(&w->fetch);
    fake_keys_answer(&w->fake, request, w->now);
    vc__fetch_clear(&w->fetch);
    assert_true(vc__ring_has_use(w->ring, &place, w->now));
    assert_int_equal(w->ring->flights.count, 0);
}

/* Two batches want the same: one asks, the other waits, and takes over when the first ends without it. */
static void single_flight(void **state)
{
    world *w = *state;
    vc__fetch second;
    uint64_t until;
    uint32_t need[2];
    char wrapped[33];
    unsigned char id[32];
    make_wrapped(1, wrapped, id);
    vc__fetch_init(&second, w->ring);
    vc__fetch *both[] = { &w->fetch, &second };
    for (int i = 0; i < 2; i++) {
        assert_int_equal(vc__fetch_use(both[i], &place, NULL), VC_OK);
        assert_int_equal(vc__fetch_opening(both[i], &place, vc_view_of(id, 32), 1, vc_view_of(wrapped, 33), &need[i], NULL), VC_OK);
    }
    assert_int_equal(vc__fetch_step(&w->fetch, w->now, &until, NULL), VC_STEP_SEND);
    assert_int_equal(vc__fetch_step(&second, w->now, &until, NULL), VC_STEP_WAIT);
    assert_in_range(until, w->now + 1, w->now + 50);
    assert_null(vc__fetch_next(&second));
    vc_request *lent = vc__fetch_next(&w->fetch);
    assert_non_null(lent);
    vc__fetch_clear(&w->fetch); /* canceled */
    assert_int_equal(vc__fetch_step(&second, until, &until, NULL), VC_STEP_SEND);
    vc_request *datakey = vc__fetch_next(&second), *decrypt = vc__fetch_next(&second);
    assert_true(datakey && decrypt && !vc__fetch_next(&second));
    /* A third, which comes late, waits for the answers too. */
    assert_int_equal(vc__fetch_use(&w->fetch, &place, NULL), VC_OK);
    assert_int_equal(vc__fetch_opening(&w->fetch, &place, vc_view_of(id, 32), 1, vc_view_of(wrapped, 33), &need[0], NULL), VC_OK);
    assert_int_equal(vc__fetch_step(&w->fetch, w->now, &until, NULL), VC_STEP_WAIT);
    fake_keys_answer(&w->fake, datakey, w->now);
    fake_keys_answer(&w->fake, decrypt, w->now);
    assert_int_equal(vc__fetch_step(&second, w->now, &until, NULL), VC_STEP_DONE);
    assert_int_equal(vc__fetch_step(&w->fetch, w->now, &until, NULL), VC_STEP_DONE);
    assert_non_null(vc__fetch_key(&w->fetch, need[0]));
    assert_ptr_equal(vc__fetch_key(&w->fetch, need[0]), vc__fetch_key(&second, need[1]));
    assert_int_equal(w->fake.datakeys, 1);
    assert_int_equal(w->fake.decrypts, 1);
    assert_int_equal(w->ring->flights.count, 0);
    vc__fetch_cleanup(&second);
}

/* One that shows no sign of life does not hold up the others for long. */
static void a_stale_claim_is_taken_over(void **state)
{
    world *w = *state;
    vc__fetch second;
    uint64_t until, begun = w->now;
    vc__fetch_init(&second, w->ring);
    assert_int_equal(vc__fetch_use(&w->fetch, &place, NULL), VC_OK);
    assert_int_equal(vc__fetch_step(&w->fetch, w->now, &until, NULL), VC_STEP_SEND);
    assert_non_null(vc__fetch_next(&w->fetch));
    assert_int_equal(vc__fetch_step(&w->fetch, w->now, &until, NULL), VC_STEP_WAIT);
    assert_true(until <= w->now + VC__CLAIM_BEAT_MS); /* its driver comes by so often */
    assert_int_equal(vc__fetch_use(&second, &place, NULL), VC_OK);
    assert_int_equal(fake_keys_run(&w->fake, &second, &w->now, NULL), VC_OK);
    assert_in_range(w->now - begun, VC__CLAIM_STALE_MS, VC__CLAIM_STALE_MS + 100);
    vc__fetch_cleanup(&second);
    vc__fetch_clear(&w->fetch);
    assert_int_equal(w->ring->flights.count, 0);
}

/* Who waited in vain tells why the other had no luck. */
static void waiting_ends_with_the_reason(void **state)
{
    world *w = *state;
    vc__fetch second;
    uint64_t until;
    vc_error err = VC_ERROR_INIT;
    vc__fetch_init(&second, w->ring);
    assert_int_equal(vc__fetch_set_limits(&second, 0, 0, 0, 900, NULL), VC_OK);
    w->fake.status = 503;
    w->fake.reply = "{\"errors\":[\"Vault is sealed\"]}";
    assert_int_equal(vc__fetch_use(&w->fetch, &place, NULL), VC_OK);
    assert_int_equal(vc__fetch_step(&w->fetch, w->now, &until, NULL), VC_STEP_SEND);
    fake_keys_answer(&w->fake, vc__fetch_next(&w->fetch), w->now);
    assert_int_equal(vc__fetch_step(&w->fetch, w->now, &until, NULL), VC_STEP_WAIT);
    assert_int_equal(vc__fetch_use(&second, &place, NULL), VC_OK);
    assert_int_equal(fake_keys_run(&w->fake, &second, &w->now, &err), VC_E_SEALED);
    assert_int_equal(err.retryable, 1);
    vc__fetch_cleanup(&second);
}

/* What went wrong before a key came is not the reason of what goes wrong later. */
static void trouble_that_has_passed_is_not_told(void **state)
{
    world *w = *state;
    const vc__keyplace other = { VC__SOURCE_VAULT, NULL, "other" };
    vc__fetch second;
    uint64_t until;
    vc_error err = VC_ERROR_INIT;
    w->fake.status = 503;
    w->fake.fail_first = 1;
    w->fake.reply = "{\"errors\":[\"Vault is sealed\"]}";
    assert_int_equal(vc__fetch_use(&w->fetch, &place, NULL), VC_OK);
    assert_int_equal(run(w), VC_OK);
    vc__fetch_clear(&w->fetch);
    assert_int_equal(vc__fetch_use(&w->fetch, &other, NULL), VC_OK);
    assert_int_equal(vc__fetch_step(&w->fetch, w->now, &until, NULL), VC_STEP_SEND);
    assert_non_null(vc__fetch_next(&w->fetch));
    vc__fetch_init(&second, w->ring);
    assert_int_equal(vc__fetch_set_limits(&second, 0, 0, 0, 900, NULL), VC_OK);
    assert_int_equal(vc__fetch_use(&second, &other, NULL), VC_OK);
    assert_int_equal(fake_keys_run(&w->fake, &second, &w->now, &err), VC_E_TIMEOUT);
    vc__fetch_cleanup(&second);
}

/* -- replies of real servers ---------------------------------------------------------------------------- */

/* The member of the reply's data in the recorded line with that case; in place. */
static char *recorded(const char *server, const char *name, char *line, size_t room)
{
    char file[600], start[200];
    const char *root = getenv("top_srcdir");
    snprintf(file, sizeof file, "%s/tests/vectors/vault/%s.ndjson", root ? root : ".", server);
    snprintf(start, sizeof start, "{\"case\": \"%s\",", name);
    FILE *in = fopen(file, "r");
    if (!in)
        return NULL;
    bool found = false;
    while (!found && fgets(line, (int)room, in))
        found = strncmp(line, start, strlen(start)) == 0;
    fclose(in);
    char *reply = found ? strstr(line, "\"reply\": \"") : NULL;
    assert_non_null(reply);
    char *out = reply += 10;
    for (char *at = reply; *at && *at != '"'; at++) { /* escapes of a JSON text in JSON: \" \\ \n */
        if (*at == '\\')
            *out++ = *++at == 'n' ? '\n' : *at;
        else
            *out++ = *at;
    }
    *out = 0;
    return reply;
}

static void answer(world *w, int status, const char *body)
{
    uint64_t until;
    assert_int_equal(vc__fetch_step(&w->fetch, w->now, &until, NULL), VC_STEP_SEND);
    vc_request *request = vc__fetch_next(&w->fetch);
    assert_non_null(request);
    assert_int_equal(vc_request_reply(request, status, vc_str(NULL), vc_str(body), w->now, NULL), VC_OK);
}

static void real_replies(void **state)
{
    world *w = *state;
    static char line[1 << 16];
    static const char *const servers[] = { "vault-1.14.2", "openbao-2.7.2" };
    for (size_t i = 0; i < COUNT(servers); i++) {
        uint64_t until;
        vc__share granted;
        char *reply = recorded(servers[i], "datakey/plaintext", line, sizeof line);
        if (!reply)
            skip();
        assert_int_equal(vc__fetch_use(&w->fetch, &place, NULL), VC_OK);
        answer(w, 200, reply);
        assert_int_equal(vc__fetch_step(&w->fetch, w->now, &until, NULL), VC_STEP_DONE);
        vc__autoptr(vc__datakey) key = NULL;
        assert_int_equal(vc__ring_use(w->ring, &place, w->now, (vc__share){ 1, 1 }, 1, &key, &granted, NULL), VC_OK);
        assert_int_equal(vc__datakey_version(key), 1);
        assert_int_equal(vc__datakey_wrapped(key).len, 60); /* nonce, 32 bytes, tag */
        /* 64 bytes where 32 are due */
        vc_keyring_clear(w->ring);
        reply = recorded(servers[i], "datakey/plaintext, 512 bits", line, sizeof line);
        assert_int_equal(vc__fetch_use(&w->fetch, &place, NULL), VC_OK);
        answer(w, 200, reply);
        assert_int_equal(vc__fetch_step(&w->fetch, w->now, &until, &w->err), VC_STEP_FAILED);
        assert_int_equal(w->err.code, VC_E_PROTOCOL);
        vc__fetch_clear(&w->fetch);
        reply = recorded(servers[i], "datakey with a missing key", line, sizeof line);
        assert_int_equal(vc__fetch_use(&w->fetch, &place, NULL), VC_OK);
        answer(w, 400, reply);
        assert_int_equal(vc__fetch_step(&w->fetch, w->now, &until, &w->err), VC_STEP_FAILED);
        assert_int_equal(w->err.code, VC_E_NOT_FOUND);
        assert_string_equal(w->err.source, "transit/datakey/plaintext/app");
        vc__fetch_clear(&w->fetch);
    }
    /* hmac: version 2 was the latest */
    uint32_t need;
    uint64_t until;
    char *reply = recorded("openbao-2.7.2", "hmac", line, sizeof line);
    assert_int_equal(vc__fetch_prf(&w->fetch, &place, 2, "siv", vc_str("c"), &need, NULL), VC_OK);
    answer(w, 200, reply);
    assert_int_equal(vc__fetch_step(&w->fetch, w->now, &until, NULL), VC_STEP_DONE);
    assert_non_null(vc__fetch_key(&w->fetch, need));
    assert_int_equal(vc__fetch_prf(&w->fetch, &place, 1, "siv", vc_str("c"), &need, NULL), VC_OK);
    answer(w, 200, recorded("openbao-2.7.2", "hmac", line, sizeof line));
    assert_int_equal(vc__fetch_step(&w->fetch, w->now, &until, &w->err), VC_STEP_FAILED);
    assert_int_equal(w->err.code, VC_E_PROTOCOL);
}

/* -- lack of memory ------------------------------------------------------------------------------------- */

static vc_code fetch_all(void *arg)
{
    (void)arg;
    fake_keys fake = FAKE_KEYS_INIT;
    vc_error err = VC_ERROR_INIT;
    vc__autoptr(vc_keyring) ring = vc_keyring_new(&err);
    if (!ring)
        return err.code;
    char wrapped[33];
    unsigned char id[32], key[32] = { 9 };
    fake_keys_wrap(key, wrapped);
    vc_code code = vc__datakey_id_of(vc_view_of(key, 32), id, &err);
    vc__fetch fetch;
    uint64_t now = 1000;
    uint32_t need, bad, prf;
    vc__fetch_init(&fetch, ring);
    if (!code)
        code = vc__fetch_use(&fetch, &place, &err);
    if (!code)
        code = vc__fetch_opening(&fetch, &place, vc_view_of(id, 32), 1, vc_view_of(wrapped, 33), &need, &err);
    wrapped[0] = 'X';
    if (!code)
        code = vc__fetch_opening(&fetch, &place, vc_view_of(id, 32), 1, vc_view_of(wrapped, 33), &bad, &err);
    if (!code)
        code = vc__fetch_prf(&fetch, &deep, 1, "siv", vc_str("c"), &prf, &err);
    if (!code)
        code = fake_keys_run(&fake, &fetch, &now, &err);
    if (!code) {
        assert_non_null(vc__fetch_key(&fetch, need));
        assert_non_null(vc__fetch_error(&fetch, bad));
        assert_non_null(vc__fetch_key(&fetch, prf));
    }
    vc__fetch_cleanup(&fetch);
    return code;
}

static void survives_lack_of_memory(void **state)
{
    (void)state;
    SWEEP_ALLOCATIONS(fetch_all, NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_request_for_many_uses),
        TEST(a_limit_brings_the_next),
        TEST(many_are_opened_in_few_requests),
        TEST(a_small_ring_is_enough),
        TEST(a_bad_one_fails_alone),
        TEST(computed_keys_have_their_version),
        TEST(a_refused_version_fails_alone),
        TEST(trouble_is_told),
        TEST(next_key_comes_ahead),
        TEST(outage),
        TEST(slow_answer_ahead),
        TEST(late_answer),
        TEST(single_flight),
        TEST(a_stale_claim_is_taken_over),
        TEST(waiting_ends_with_the_reason),
        TEST(trouble_that_has_passed_is_not_told),
        TEST(real_replies),
        cmocka_unit_test(survives_lack_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

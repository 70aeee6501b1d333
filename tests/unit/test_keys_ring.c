/* SPDX-License-Identifier: Apache-2.0 */
/* lib/keys/ring: limits, each reached exactly; what is dropped, and wiped; static keys; a forked child. */
#define _GNU_SOURCE /* memmem() */
#include "unit/test.h"

#include "base/text.h"
#include "keys/fetch.h"
#include "keys/ring_state.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/wait.h>
#include <unistd.h>

static const vc__keyplace place = { VC__SOURCE_VAULT, NULL, "app" }, other = { VC__SOURCE_VAULT, "team", "app" };

static vc_keyring *new_ring(void)
{
    vc_keyring *ring = vc_keyring_new(NULL);
    assert_non_null(ring);
    return ring;
}

static vc__datakey *new_key(vc_keyring *ring, const vc__keyplace *at, unsigned number)
{
    unsigned char bytes[32] = { 0 };
    memcpy(bytes, &number, sizeof number);
    vc__datakey *key = vc__datakey_make(ring->slots, VC__KEY_RANDOM, vc_view_of(bytes, 32), at, 1, vc_str("wrapped"), NULL);
    assert_non_null(key);
    return key;
}

static void install(vc_keyring *ring, const vc__keyplace *at, unsigned number, uint64_t now_ms)
{
    vc__autoptr(vc__datakey) key = new_key(ring, at, number);
    assert_int_equal(vc__ring_install(ring, key, now_ms, NULL), VC_OK);
}

/* One share; the number of calls granted, 0 for VC_E_NOT_FOUND. */
static uint64_t use(vc_keyring *ring, uint64_t now_ms, uint64_t want, uint64_t bytes)
{
    vc__share granted = { 99, 99 };
    vc__autoptr(vc__datakey) key = NULL;
    const vc_code code = vc__ring_use(ring, &place, now_ms, (vc__share){ want, bytes }, bytes / want, &key, &granted, NULL);
    assert_int_equal(code, key ? VC_OK : VC_E_NOT_FOUND);
    assert_int_equal(granted.calls != 0, key != NULL);
    assert_true(granted.bytes <= bytes);
    return granted.calls;
}

static void calls_are_counted_exactly(void **state)
{
    (void)state;
    vc__autoptr(vc_keyring) ring = new_ring();
    assert_int_equal(vc_keyring_set_use_limits(ring, 1000, 0, 0, NULL), VC_OK);
    assert_int_equal(use(ring, 1, 1, 1), 0);
    install(ring, &place, 1, 1);
    for (int i = 0; i < 749; i++)
        assert_int_equal(use(ring, 1, 1, 0), 1);
    assert_false(vc__ring_wants_ahead(ring, &place, 1));
    assert_int_equal(use(ring, 1, 1, 0), 1); /* three quarters */
    assert_true(vc__ring_wants_ahead(ring, &place, 1));
    assert_int_equal(use(ring, 1, 300, 0), 250); /* what is left */
    assert_int_equal(use(ring, 1, 1, 0), 0);
    assert_false(vc__ring_has_use(ring, &place, 1));
    install(ring, &place, 2, 1);
    install(ring, &place, 3, 1);
    assert_int_equal(use(ring, 1, 1000, 0), 1000);
    assert_int_equal(use(ring, 1, 5000, 0), 1000); /* the next one */
    assert_int_equal(use(ring, 1, 1, 0), 0);
}

static void bytes_are_counted_exactly(void **state)
{
    (void)state;
    vc__autoptr(vc_keyring) ring = new_ring();
    assert_int_equal(vc_keyring_set_use_limits(ring, 0, 1000, 0, NULL), VC_OK);
    install(ring, &place, 1, 1);
    assert_int_equal(use(ring, 1, 1, 700), 1);
    assert_false(vc__ring_wants_ahead(ring, &place, 1));
    assert_int_equal(use(ring, 1, 10, 100), 10);
    assert_true(vc__ring_wants_ahead(ring, &place, 1));
    assert_int_equal(use(ring, 1, 10, 400), 10); /* for the 200 that are left */
    assert_int_equal(use(ring, 1, 1, 0), 1);    /* nothing to encrypt takes no bytes */
    assert_int_equal(use(ring, 1, 1, 1), 0);
    install(ring, &place, 2, 1);
    assert_int_equal(use(ring, 1, 1, 1000), 1);
    install(ring, &place, 3, 1);
    vc__share granted;
    vc__datakey *key;
    vc_error err = VC_ERROR_INIT;
    assert_int_equal(vc__ring_use(ring, &place, 1, (vc__share){ 1, 1001 }, 1001, &key, &granted, &err), VC_E_LIMIT);
    assert_true(!key && !granted.calls && !granted.bytes);
    assert_int_equal(vc__ring_use(ring, &other, 1, (vc__share){ 1, 1001 }, 1001, &key, &granted, &err), VC_E_LIMIT); /* no key helps */
    assert_int_equal(use(ring, 1, 2, 1998), 2); /* the bytes of one */
    /* A value that no longer fits has a fresh key. */
    install(ring, &place, 4, 1);
    assert_int_equal(use(ring, 1, 1, 500), 1);
    /* The first one is in it; of the others so much as there is. */
    assert_int_equal(vc__ring_use(ring, &place, 1, (vc__share){ 10, 0 }, 400, &key, &granted, &err), VC_OK);
    assert_int_equal(granted.bytes, 400);
    vc__datakey_unref(key);
    assert_int_equal(vc__ring_use(ring, &place, 1, (vc__share){ 10, 2000 }, 101, &key, &granted, &err), VC_E_NOT_FOUND);
    install(ring, &place, 5, 1);
    assert_int_equal(vc__ring_use(ring, &place, 1, (vc__share){ 10, 2000 }, 900, &key, &granted, &err), VC_OK);
    assert_int_equal(granted.calls, 10);
    assert_int_equal(granted.bytes, 1000);
    vc__datakey_unref(key);
}

static void age_counts(void **state)
{
    (void)state;
    vc__autoptr(vc_keyring) ring = new_ring();
    assert_int_equal(vc_keyring_set_use_limits(ring, 0, 0, 1000, NULL), VC_OK);
    install(ring, &place, 1, 5000);
    assert_int_equal(use(ring, 5749, 1, 1), 1);
    assert_false(vc__ring_wants_ahead(ring, &place, 5749));
    assert_true(vc__ring_wants_ahead(ring, &place, 5750));
    assert_int_equal(use(ring, 5999, 1, 1), 1);
    install(ring, &place, 2, 5999);
    assert_false(vc__ring_wants_ahead(ring, &place, 5999));
    assert_int_equal(use(ring, 6000, 1, 1), 1); /* the next one, by now */
    assert_int_equal(use(ring, 6998, 1, 1), 1);
    assert_int_equal(use(ring, 6999, 1, 1), 0);
    assert_int_equal(use(ring, 100, 1, 1), 0); /* it is gone, whatever the clock says */
}

static void limits_have_limits(void **state)
{
    (void)state;
    vc__autoptr(vc_keyring) ring = new_ring();
    static const uint64_t calls = UINT64_C(1) << 32, bytes = UINT64_C(64) << 30, days = UINT64_C(30) * 86400000;
    assert_int_equal(vc_keyring_set_use_limits(ring, calls + 1, 0, 0, NULL), VC_E_LIMIT);
    assert_int_equal(vc_keyring_set_use_limits(ring, 0, bytes + 1, 0, NULL), VC_E_LIMIT);
    assert_int_equal(vc_keyring_set_use_limits(ring, 0, 0, days + 1, NULL), VC_E_LIMIT);
    assert_int_equal(vc_keyring_set_use_limits(ring, calls, bytes, days, NULL), VC_OK);
    assert_int_equal(vc_keyring_set_open_limits(ring, 1000001, 0, NULL), VC_E_LIMIT);
    assert_int_equal(vc_keyring_set_open_limits(ring, 1000000, days, NULL), VC_OK);
    install(ring, &place, 1, 1);
    assert_int_equal(use(ring, 1, UINT64_MAX, 0), calls);
    install(ring, &place, 2, 1);
    assert_int_equal(use(ring, 1, 1, bytes), 1);
    assert_int_equal(use(ring, 1, 1, 1), 0);
}

/* Lowered limits hold for the key that is there. */
static void limits_hold_at_once(void **state)
{
    (void)state;
    vc__autoptr(vc_keyring) ring = new_ring();
    install(ring, &place, 1, 1);
    assert_int_equal(use(ring, 1, 100, 100), 100);
    assert_int_equal(vc_keyring_set_use_limits(ring, 100, 0, 0, NULL), VC_OK);
    assert_int_equal(use(ring, 1, 1, 1), 0);
}

static bool opens(vc_keyring *ring, const vc__keyplace *at, unsigned number, uint64_t now_ms)
{
    vc__autoptr(vc__datakey) like = new_key(ring, at, number);
    vc__autoptr(vc__datakey) key = vc__ring_opening(ring, at, vc__datakey_id(like), now_ms);
    return key != NULL;
}

static void keep(vc_keyring *ring, unsigned number, uint64_t now_ms)
{
    vc__autoptr(vc__datakey) key = new_key(ring, &place, number);
    vc__keyname name;
    vc__keyname_opening(&name, &place, vc__datakey_id(key));
    assert_int_equal(vc__ring_keep(ring, &name, key, now_ms, NULL), VC_OK);
}

static void opening_is_lru(void **state)
{
    (void)state;
    vc__autoptr(vc_keyring) ring = new_ring();
    assert_int_equal(vc_keyring_set_open_limits(ring, 3, 1000, NULL), VC_OK);
    for (unsigned i = 1; i <= 3; i++)
        keep(ring, i, 10);
    assert_true(opens(ring, &place, 1, 11));
    keep(ring, 4, 12); /* 2 was not used for longest */
    assert_false(opens(ring, &place, 2, 13));
    assert_true(opens(ring, &place, 1, 13) && opens(ring, &place, 3, 13) && opens(ring, &place, 4, 13));
    assert_false(opens(ring, &other, 1, 13)); /* had under another place */
    assert_true(opens(ring, &place, 1, 1009));
    assert_false(opens(ring, &place, 1, 1010));
    assert_true(opens(ring, &place, 4, 1011));
    assert_false(opens(ring, &place, 4, 1012));
    vc_keyring_stats stats = { .size = sizeof stats };
    vc_keyring_get_stats(ring, &stats);
    assert_int_equal(stats.open_keys, 0);
    assert_int_equal(stats.fetched, 4);
    assert_int_equal(stats.evicted, 4);
    assert_int_equal(stats.hits, 6);
    assert_int_equal(stats.misses, 4);
}

static void what_protects_opens(void **state)
{
    (void)state;
    vc__autoptr(vc_keyring) ring = new_ring();
    install(ring, &place, 1, 1);
    assert_true(opens(ring, &place, 1, 2));
    assert_int_equal(use(ring, 2, 10, 1000), 10);
    vc_keyring_stats stats = { .size = sizeof stats };
    vc_keyring_get_stats(ring, &stats);
    assert_int_equal(stats.use_keys, 1);
    assert_int_equal(stats.oldest_open_ms, 1);
    vc_keyring_use now = { .size = sizeof now };
    assert_int_equal(vc_keyring_get_use(ring, 0, &now), 1);
    assert_string_equal(now.place, "transit/app");
    assert_int_equal(now.calls_left, (1 << 24) - 10);
    assert_int_equal(now.bytes_left, (UINT64_C(16) << 30) - 1000);
    assert_int_equal(now.age_ms, 1);
    assert_int_equal(now.age_left_ms, 3599999);
    assert_int_equal(now.version, 1);
    assert_int_equal(now.next_ready, 0);
    assert_int_equal(vc_keyring_get_use(ring, 1, &now), 0);
    vc_keyring_clear(ring);
    assert_false(opens(ring, &place, 1, 3));
    assert_int_equal(use(ring, 3, 1, 1), 0);
}

/* -- wiped --------------------------------------------------------------------------------------------- */

/* How often the 32 bytes, each turned by `turn` in `like`, stand in this process's writable memory. */
static unsigned find_in_memory(const unsigned char like[32], unsigned char turn)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    const int mem = open("/proc/self/mem", O_RDONLY);
    enum { CHUNK = 1 << 16 };
    static unsigned char chunk[CHUNK + 32];
    unsigned found = 0;
    char line[600];
    assert_true(maps && mem >= 0);
    while (fgets(line, sizeof line, maps)) {
        unsigned long from, to;
        char mode[5];
        if (sscanf(line, "%lx-%lx %4s", &from, &to, mode) != 3 || mode[1] != 'w' || mode[0] != 'r' || to - from > (64 << 20))
            continue;
        for (unsigned long at = from; at < to; at += CHUNK) {
            if (at < (unsigned long)chunk + sizeof chunk && at + sizeof chunk > (unsigned long)chunk)
                continue; /* what is being looked at */
            const ssize_t got = pread(mem, chunk, sizeof chunk, (off_t)at);
            for (ssize_t i = 0; i + 32 <= got && i < CHUNK; i++) {
                int same = 0;
                while (same < 32 && chunk[i + same] == (like[same] ^ turn))
                    same++;
                found += same == 32;
            }
        }
        memset(chunk, 0, sizeof chunk);
    }
    fclose(maps);
    close(mem);
    return found;
}

static void __attribute__((noinline)) install_secret(vc_keyring *ring, const unsigned char turned[32])
{
    unsigned char bytes[32];
    for (int i = 0; i < 32; i++)
        bytes[i] = turned[i] ^ 0xa5;
    vc__datakey *key = vc__datakey_make(ring->slots, VC__KEY_RANDOM, vc_view_of(bytes, 32), &place, 1, vc_str("w"), NULL);
    OPENSSL_cleanse(bytes, sizeof bytes);
    assert_int_equal(vc__ring_install(ring, key, 1, NULL), VC_OK);
    vc__datakey_unref(key);
}

static void dropped_is_wiped(void **state)
{
    (void)state;
    if (access("/proc/self/mem", R_OK))
        skip();
    unsigned char turned[32];
    for (int i = 0; i < 32; i++)
        turned[i] = (unsigned char)(i * 37 + 11);
    vc__autoptr(vc_keyring) ring = new_ring();
    assert_int_equal(vc_keyring_set_use_limits(ring, 10, 0, 0, NULL), VC_OK);
    assert_int_equal(vc_keyring_set_open_limits(ring, 1, 0, NULL), VC_OK);
    install_secret(ring, turned);
    assert_int_equal(find_in_memory(turned, 0xa5), 1); /* in its slot, and nowhere else */
    assert_int_equal(use(ring, 1, 10, 10), 10);
    assert_int_equal(use(ring, 1, 1, 1), 0); /* spent; it still opens */
    assert_int_equal(find_in_memory(turned, 0xa5), 1);
    keep(ring, 77, 1); /* takes its place */
    assert_int_equal(find_in_memory(turned, 0xa5), 0);
}

/* -- static keys --------------------------------------------------------------------------------------- */

static void static_keys_wrap(void **state)
{
    (void)state;
    const vc__keyplace fixed = { VC__SOURCE_STATIC, NULL, "test" }, absent = { VC__SOURCE_STATIC, NULL, "none" };
    unsigned char kek[32];
    vc_error err = VC_ERROR_INIT;
    memset(kek, 9, sizeof kek);
    vc__autoptr(vc_keyring) ring = new_ring();
    assert_int_equal(vc_keyring_add_static(ring, "test", vc_view_of(kek, 31), NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_keyring_add_static(ring, "", vc_view_of(kek, 32), NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_keyring_add_static(ring, "test", vc_view_of(kek, 32), NULL), VC_OK);
    vc__fetch fetch;
    vc__fetch_init(&fetch, ring);
    assert_int_equal(vc__fetch_use(&fetch, &absent, &err), VC_E_CONFIG);
    assert_int_equal(vc__fetch_use(&fetch, &fixed, &err), VC_OK);
    assert_false(vc__fetch_wanted(&fetch));
    vc__share granted;
    vc__autoptr(vc__datakey) key = NULL;
    assert_int_equal(vc__ring_use(ring, &fixed, 0, (vc__share){ 1, 1 }, 1, &key, &granted, &err), VC_OK);
    assert_int_equal(vc__datakey_version(key), 0);
    assert_int_equal(vc__datakey_wrapped(key).len, 40);
    /* Another ring with the same static key opens what this one wrapped. */
    vc__autoptr(vc_keyring) second = new_ring();
    assert_int_equal(vc_keyring_add_static(second, "test", vc_view_of("another key of thirty-two bytes.", 32), NULL), VC_OK);
    vc__fetch opening;
    vc__fetch_init(&opening, second);
    uint32_t need;
    assert_int_equal(vc__fetch_opening(&opening, &fixed, vc__datakey_id(key), 0, vc__datakey_wrapped(key), &need, &err), VC_OK);
    assert_null(vc__fetch_key(&opening, need));
    assert_int_equal(vc__fetch_error(&opening, need)->code, VC_E_CIPHERTEXT);
    vc__fetch_clear(&opening);
    assert_int_equal(vc_keyring_add_static(second, "test", vc_view_of(kek, 32), NULL), VC_OK);
    assert_int_equal(vc__fetch_opening(&opening, &fixed, vc__datakey_id(key), 0, vc__datakey_wrapped(key), &need, &err), VC_OK);
    assert_non_null(vc__fetch_key(&opening, need));
    assert_memory_equal(vc__datakey_id(vc__fetch_key(&opening, need)).data, vc__datakey_id(key).data, 32);
    vc__autoptr(vc__datakey) there = vc__ring_opening(second, &fixed, vc__datakey_id(key), 0);
    assert_non_null(there);
    vc__fetch_cleanup(&opening);
    vc__fetch_cleanup(&fetch);
}

/* HMAC-SHA-256 of "vaultcrypt 1 prf" 00 "siv" 00 "customers" under 00 01 .. 1f, by Python's hmac; then HKDF of that. */
static void static_keys_compute(void **state)
{
    (void)state;
    static const unsigned char computed[32] = { 0x58, 0xa6, 0xf3, 0x5b, 0x63, 0xcb, 0xa1, 0x0e, 0xa2, 0x2b, 0xa8,
                                                0x17, 0x62, 0x69, 0x24, 0x45, 0x72, 0x92, 0x5f, 0x83, 0xfe, 0xe6,
                                                0x00, 0xf4, 0x4d, 0x1a, 0x69, 0x99, 0xce, 0x70, 0xb1, 0xd5 };
    const vc__keyplace fixed = { VC__SOURCE_STATIC, NULL, "test" };
    unsigned char kek[32], id[32], out[64];
    for (int i = 0; i < 32; i++)
        kek[i] = (unsigned char)i;
    vc__autoptr(vc_keyring) ring = new_ring();
    assert_int_equal(vc_keyring_add_static(ring, "test", vc_view_of(kek, 32), NULL), VC_OK);
    vc__fetch fetch;
    vc__fetch_init(&fetch, ring);
    uint32_t need, again, different;
    assert_int_equal(vc__fetch_prf(&fetch, &fixed, 0, "siv", vc_str("customers"), &need, NULL), VC_OK);
    assert_int_equal(vc__fetch_prf(&fetch, &fixed, 0, "siv", vc_str("customers"), &again, NULL), VC_OK);
    assert_int_equal(vc__fetch_prf(&fetch, &fixed, 0, "hash", vc_str("customers"), &different, NULL), VC_OK);
    assert_int_equal(need, again);
    vc__datakey *key = vc__fetch_key(&fetch, need);
    assert_non_null(key);
    assert_int_equal(vc__datakey_id_of(vc_view_of(computed, 32), id, NULL), VC_OK);
    assert_memory_equal(vc__datakey_id(key).data, id, 32);
    assert_memory_not_equal(vc__datakey_id(vc__fetch_key(&fetch, different)).data, id, 32);
    assert_int_equal(vc__datakey_derive(key, VC__KEY_SIV, out, 64, NULL), VC_OK);
    vc__autoptr(vc__datakey) there = vc__ring_prf(ring, &fixed, 0, "siv", vc_str("customers"), 0);
    assert_ptr_equal(there, key);
    assert_null(vc__ring_prf(ring, &fixed, 1, "siv", vc_str("customers"), 0));
    vc__fetch_cleanup(&fetch);
}

/* -- fork ---------------------------------------------------------------------------------------------- */

static int in_child(vc_keyring *ring)
{
    vc__share granted;
    vc__datakey *key;
    const vc__keyplace fixed = { VC__SOURCE_STATIC, NULL, "test" };
    if (vc__ring_use(ring, &place, 1, (vc__share){ 1, 1 }, 1, &key, &granted, NULL) != VC_E_NOT_FOUND)
        return 1;
    if (opens(ring, &place, 1, 1))
        return 2;
    vc__fetch fetch;
    vc__fetch_init(&fetch, ring);
    if (vc__fetch_use(&fetch, &fixed, NULL) != VC_E_CONFIG)
        return 3;
    vc__fetch_cleanup(&fetch);
    install(ring, &place, 5, 1);
    if (vc__ring_use(ring, &place, 1, (vc__share){ 1, 1 }, 1, &key, &granted, NULL) != VC_OK || !vc__datakey_alive(key))
        return 4;
    vc__datakey_unref(key);
    vc_keyring_unref(ring);
    return 0;
}

/* `held`: another thread was inside when the process forked. */
static void fork_with(bool held)
{
    vc__autoptr(vc_keyring) ring = new_ring();
    install(ring, &place, 1, 1);
    assert_int_equal(vc_keyring_add_static(ring, "test", vc_view_of("12345678901234567890123456789012", 32), NULL), VC_OK);
    assert_true(opens(ring, &place, 1, 1));
    if (held)
        pthread_mutex_lock(&ring->lock);
    const pid_t child = fork();
    if (child == 0)
        _exit(in_child(ring));
    if (held)
        pthread_mutex_unlock(&ring->lock);
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(use(ring, 1, 1, 1), 1); /* the parent's is as it was */
}

static void forked_child_is_empty(void **state)
{
    (void)state;
    fork_with(false);
    fork_with(true);
}

static vc_code make_and_use(void *arg)
{
    (void)arg;
    vc_error err = VC_ERROR_INIT;
    vc__autoptr(vc_keyring) ring = vc_keyring_new(&err);
    if (!ring)
        return err.code;
    const vc__keyplace fixed = { VC__SOURCE_STATIC, NULL, "test" };
    vc_code code = vc_keyring_add_static(ring, "test", vc_view_of("12345678901234567890123456789012", 32), &err);
    vc__fetch fetch;
    vc__fetch_init(&fetch, ring);
    uint32_t need;
    if (!code)
        code = vc__fetch_use(&fetch, &fixed, &err);
    if (!code)
        code = vc__fetch_prf(&fetch, &fixed, 0, "siv", vc_str("c"), &need, &err);
    vc__share granted;
    vc__autoptr(vc__datakey) key = NULL;
    if (!code)
        code = vc__ring_use(ring, &fixed, 0, (vc__share){ 1, 1 }, 1, &key, &granted, &err);
    vc__fetch_cleanup(&fetch);
    return code;
}

static vc_code attach(vc_keyring *ring, vc_error *err)
{
    return vc__ring_attach(ring, vc_str("https://b,https://c"), vc_str("team/"), err);
}

/* What failed was not learnt by half. */
static vc_code attach_anew(void *user)
{
    (void)user;
    vc_error err = VC_ERROR_INIT;
    vc__autoptr(vc_keyring) ring = vc_keyring_new(&err);
    if (!ring)
        return err.code;
    const vc_code code = attach(ring, &err);
    if (code)
        assert_true(!ring->attached && !ring->addresses.len && !ring->space.len);
    return code;
}

static void has_one_vault(void **state)
{
    (void)state;
    vc__autoptr(vc_keyring) ring = new_ring();
    assert_int_equal(vc__ring_attach(ring, vc_str("https://a,https://b"), vc_str("team/"), NULL), VC_OK);
    assert_int_equal(attach(ring, NULL), VC_OK);
    assert_int_equal(vc__ring_attach(ring, vc_str("https://c"), vc_str("team/"), NULL), VC_OK);
    assert_int_equal(vc__ring_attach(ring, vc_str("https://"), vc_str("team/"), NULL), VC_E_CONFIG);
    assert_int_equal(vc__ring_attach(ring, vc_str("https://c"), vc_str("team"), NULL), VC_E_CONFIG);
    assert_true(vc__view_is(vc__buf_get(&ring->addresses), "https://a,https://b,https://c")); /* each once */
    static char many[70000];
    memset(many, 'x', sizeof many - 1);
    memcpy(many, "https://c,", 10);
    vc_error err = VC_ERROR_INIT;
    assert_int_equal(vc__ring_attach(ring, vc_str(many), vc_str("team/"), &err), VC_E_LIMIT);
    assert_true(vc__view_is(vc__buf_get(&ring->addresses), "https://a,https://b,https://c"));
    assert_int_equal(vc__ring_attach(ring, vc_str("https://c,https://d"), vc_str("team/"), NULL), VC_OK);
    assert_int_equal(vc__ring_attach(ring, vc_str("https://d"), vc_str("team/"), NULL), VC_OK);
}

static void survives_lack_of_memory(void **state)
{
    (void)state;
    SWEEP_ALLOCATIONS(make_and_use, NULL);
    SWEEP_ALLOCATIONS(attach_anew, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_are_counted_exactly),
        cmocka_unit_test(bytes_are_counted_exactly),
        cmocka_unit_test(age_counts),
        cmocka_unit_test(limits_have_limits),
        cmocka_unit_test(limits_hold_at_once),
        cmocka_unit_test(opening_is_lru),
        cmocka_unit_test(what_protects_opens),
        cmocka_unit_test(dropped_is_wiped),
        cmocka_unit_test(static_keys_wrap),
        cmocka_unit_test(static_keys_compute),
        cmocka_unit_test(forked_child_is_empty),
        cmocka_unit_test(has_one_vault),
        cmocka_unit_test(survives_lack_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

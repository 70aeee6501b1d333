/* SPDX-License-Identifier: Apache-2.0 */
/* lib/keys/ring_pair: which key of a name protects, opens, signs; data keys wrapped to it; removal, reasons, a forked child. */
#include "unit/pairs.h"
#include "unit/test.h"

#include "base/error.h"
#include "base/text.h"
#include "crypto/hpke.h"
#include "keys/fetch.h"
#include "keys/ring_state.h"

#include <pthread.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const orders_only[] = { "orders" }, *const both[] = { "orders", "old" };
static const vc__pair_names orders = { orders_only, 1 }, orders_old = { both, 2 };

static vc_keyring *new_ring(void)
{
    vc_keyring *ring = vc_keyring_new(NULL);
    assert_non_null(ring);
    return ring;
}

static void add(vc_keyring *ring, const char *name, const char *text, bool private)
{
    vc_error err = VC_ERROR_INIT;
    if ((private ? vc_keyring_add_private : vc_keyring_add_public)(ring, name, vc_str(text), &err))
        fail_msg("%s", err.message);
}

static void assert_protects(vc_keyring *ring, const char *name, bool signs, const char *id)
{
    vc__auto(vc__pair_found) found;
    assert_int_equal(vc__ring_protector(ring, name, signs, &found, NULL), VC_OK);
    assert_string_equal(vc__keypair_id(found.pair), id);
    assert_int_equal(vc__keypair_is_private(found.pair), signs);
}

static vc__pair_half half(vc_keyring *ring, vc__pair_names names, const char *id)
{
    vc__auto(vc__pair_found) found;
    vc__ring_pair(ring, names, vc_str(id), &found);
    assert_int_equal(found.half == VC__PAIR_UNKNOWN, found.pair == NULL);
    if (found.pair) {
        assert_string_equal(vc__keypair_id(found.pair), id);
        assert_false(vc__keypair_is_private(found.pair)); /* nobody works with it here */
    }
    return found.half;
}

static void the_first_public_key_protects(void **state)
{
    (void)state;
    vc__autoptr(vc_keyring) ring = new_ring();
    vc__auto(vc__pair_found) none;
    vc_error err = VC_ERROR_INIT;
    assert_int_equal(vc__ring_protector(ring, "orders", false, &none, &err), VC_E_CONFIG);
    assert_string_equal(err.message, "there is no public key under the name `orders` in the keyring");
    assert_int_equal(vc_keyring_set_pair_reason(ring, "orders", "the key set\ncannot be had", NULL), VC_OK);
    assert_int_equal(vc__ring_protector(ring, "orders", false, &none, &err), VC_E_NO_KEY);
    assert_string_equal(err.message, "there is no public key under the name `orders` in the keyring: the key set?cannot be had");
    add(ring, "orders", pair_rsa3_private, true); /* protects only while no public one was added */
    assert_protects(ring, "orders", false, PAIR_RSA3_ID);
    add(ring, "orders", pair_ec_public, false);
    assert_protects(ring, "orders", false, PAIR_EC_ID);
    add(ring, "orders", pair_rsa_public, false);
    add(ring, "orders", pair_ec_public, false); /* the same again */
    add(ring, "orders", pair_ec_private, true);
    assert_protects(ring, "orders", false, PAIR_EC_ID);
    assert_int_equal(vc_keyring_prefer_public(ring, "orders", PAIR_RSA_ID, NULL), VC_OK);
    assert_protects(ring, "orders", false, PAIR_RSA_ID);
    assert_int_equal(vc_keyring_prefer_public(ring, "orders", PAIR_ED_ID, NULL), VC_E_NOT_FOUND);
    assert_int_equal(vc_keyring_prefer_public(ring, "others", PAIR_RSA_ID, NULL), VC_E_NOT_FOUND);
    /* signing needs a private half */
    add(ring, "shop", pair_ed_public, false);
    assert_int_equal(vc__ring_protector(ring, "shop", true, &none, &err), VC_E_NO_KEY);
    assert_non_null(strstr(err.message, "no private key under the name `shop`"));
    add(ring, "shop", pair_ed2_private, true);
    assert_protects(ring, "shop", true, PAIR_ED2_ID);
    add(ring, "shop", pair_ed_private, true);
    assert_protects(ring, "shop", true, PAIR_ED_ID);
}

static void a_key_is_found_by_id_under_its_names(void **state)
{
    (void)state;
    vc__autoptr(vc_keyring) ring = new_ring();
    add(ring, "orders", pair_rsa_public, false);
    add(ring, "old", pair_ec_private, true);
    add(ring, "hr", pair_rsa3_private, true);
    assert_int_equal(half(ring, orders, PAIR_RSA_ID), VC__PAIR_PUBLIC);
    assert_int_equal(half(ring, orders, PAIR_EC_ID), VC__PAIR_UNKNOWN);
    assert_int_equal(half(ring, orders_old, PAIR_EC_ID), VC__PAIR_PRIVATE);
    assert_int_equal(half(ring, orders_old, PAIR_RSA3_ID), VC__PAIR_UNKNOWN);
    /* the same key under both: the most that is here of it */
    add(ring, "old", pair_rsa_private, true);
    assert_int_equal(half(ring, orders_old, PAIR_RSA_ID), VC__PAIR_PRIVATE);
    assert_int_equal(half(ring, orders, PAIR_RSA_ID), VC__PAIR_PUBLIC);
    assert_int_equal(vc_keyring_remove_private(ring, "old", PAIR_RSA_ID, NULL), VC_OK);
    assert_int_equal(half(ring, orders_old, PAIR_RSA_ID), VC__PAIR_PUBLIC);
    assert_int_equal(vc_keyring_add_vault_private(ring, "orders", NULL, "orders-rsa", 3, vc_str(pair_rsa_public), NULL), VC_OK);
    add(ring, "orders", pair_rsa_public, false); /* does not make it forget Vault */
    vc__auto(vc__pair_found) found;
    vc__ring_pair(ring, orders_old, vc_str(PAIR_RSA_ID), &found);
    assert_int_equal(found.half, VC__PAIR_IN_VAULT);
    assert_string_equal(found.mount, "transit");
    assert_string_equal(found.key, "orders-rsa");
    assert_int_equal(found.version, 3);
    /* in turn: those with private halves first */
    static const char *const ids[] = { PAIR_EC_ID, PAIR_RSA_ID };
    char seen[2 * VC__THUMBPRINT];
    for (size_t i = 0; i < 3; i++) {
        vc__auto(vc__pair_found) at;
        vc__ring_pair_next(ring, orders_old, vc_view_of(seen, i * VC__THUMBPRINT), &at);
        assert_int_equal(at.half != VC__PAIR_UNKNOWN, i < 2);
        if (i == 2)
            break;
        assert_string_equal(vc__keypair_id(at.pair), ids[i]);
        memcpy(seen + i * VC__THUMBPRINT, vc__keypair_thumbprint(at.pair), VC__THUMBPRINT);
    }
}

static void pairs_are_listed(void **state)
{
    (void)state;
    static const vc_keyring_pair want[] = {
        { 0, "orders", PAIR_RSA_ID, "RSA", 2048, 0, 1 },
        { 0, "orders", PAIR_EC_ID, "EC P-256", 256, 1, 0 },
        { 0, "shop", PAIR_ED_ID, "Ed25519", 256, 2, 1 },
    };
    vc__autoptr(vc_keyring) ring = new_ring();
    add(ring, "orders", pair_rsa_public, false);
    add(ring, "orders", pair_ec_private, true);
    assert_int_equal(vc_keyring_set_pair_reason(ring, "empty", "x", NULL), VC_OK);
    assert_int_equal(vc_keyring_add_vault_private(ring, "shop", "eu", "sign", 1, vc_str(pair_ed_public), NULL), VC_OK);
    vc_keyring_pair pair = { .size = sizeof pair };
    for (size_t i = 0; i < COUNT(want); i++) {
        assert_int_equal(vc_keyring_get_pair(ring, i, &pair), 1);
        assert_string_equal(pair.name, want[i].name);
        assert_string_equal(pair.id, want[i].id);
        assert_string_equal(pair.kind, want[i].kind);
        assert_int_equal(pair.bits, want[i].bits);
        assert_int_equal(pair.has_private, want[i].has_private);
        assert_int_equal(pair.protects, want[i].protects);
    }
    assert_int_equal(vc_keyring_get_pair(ring, COUNT(want), &pair), 0);
    vc_keyring_clear(ring); /* of data keys only */
    assert_int_equal(vc_keyring_get_pair(ring, 0, &pair), 1);
}

static void what_is_no_key_is_refused(void **state)
{
    (void)state;
    vc__autoptr(vc_keyring) ring = new_ring();
    char name[258];
    memset(name, 'n', sizeof name);
    name[256] = 0;
    const vc_view rsa = vc_str(pair_rsa_public);
    assert_int_equal(vc_keyring_add_public(NULL, "a", rsa, NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_keyring_add_public(ring, NULL, rsa, NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_keyring_add_public(ring, "", rsa, NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_keyring_add_public(ring, name, rsa, NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_keyring_add_public(ring, name + 1, rsa, NULL), VC_OK);
    assert_int_equal(vc_keyring_add_public(ring, "a", vc_str(pair_rsa_private), NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_keyring_add_private(ring, "a", rsa, NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_keyring_add_public(ring, "a", vc_str("x"), NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_keyring_add_public(ring, "a", vc_view_of(NULL, 3), NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_keyring_add_vault_private(ring, "a", NULL, "k", 0, rsa, NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_keyring_add_vault_private(ring, "a", NULL, "", 1, rsa, NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_keyring_add_vault_private(ring, "a", NULL, "k", 1, vc_str(pair_ec_public), NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_keyring_remove_pair(ring, "a", PAIR_RSA_ID, NULL), VC_E_NOT_FOUND);
    static vc_code (*const by_id[])(vc_keyring *, const char *, const char *, vc_error *) = { vc_keyring_remove_private, vc_keyring_remove_pair,
                                                                                            vc_keyring_prefer_public };
    for (size_t i = 0; i < COUNT(by_id); i++) {
        vc_error err = VC_ERROR_INIT;
        assert_int_equal(by_id[i](ring, "a", NULL, NULL), VC_E_ARGUMENT);
        assert_int_equal(by_id[i](ring, "a", NULL, &err), VC_E_ARGUMENT);
        assert_string_equal(err.message, "the id of the key is missing (NULL)");
    }
    assert_int_equal(vc_keyring_set_pair_reason(ring, "", "x", NULL), VC_E_ARGUMENT);
}

/* -- threads: what is known of a place in Vault is neither lost nor taken from before its removal ---------- */

enum { RACES = 300 };

static void *adds_halves(void *arg)
{
    for (size_t i = 0; i < RACES; i++)
        add(arg, "orders", i % 2 ? pair_rsa_private : pair_rsa_public, i % 2);
    return NULL;
}

static bool in_vault(vc_keyring *ring)
{
    vc__ring_enter(ring);
    const bool is = ring->pairs->pairs->version != 0;
    vc__ring_leave(ring);
    return is;
}

static void a_place_in_vault_is_not_lost_on_the_way(void **state)
{
    (void)state;
    vc__autoptr(vc_keyring) ring = new_ring();
    add(ring, "orders", pair_rsa_public, false);
    pthread_t other;
    size_t lost = 0, revived = 0;
    assert_int_equal(pthread_create(&other, NULL, adds_halves, ring), 0);
    for (size_t i = 0; i < RACES; i++) {
        assert_int_equal(vc_keyring_add_vault_private(ring, "orders", NULL, "orders-rsa", 3, vc_str(pair_rsa_public), NULL), VC_OK);
        (void)sched_yield();
        lost += !in_vault(ring);
        assert_int_equal(vc_keyring_remove_private(ring, "orders", PAIR_RSA_ID, NULL), VC_OK);
        (void)sched_yield();
        revived += in_vault(ring);
    }
    assert_int_equal(pthread_join(other, NULL), 0);
    assert_int_equal(lost, 0);
    assert_int_equal(revived, 0);
}

/* Both halves in either order, beside a place in Vault: all of it stays. */
static void what_is_known_is_merged(void **state)
{
    (void)state;
    for (size_t order = 0; order < 6; order++) {
        static const char orders_of[][4] = { "upv", "uvp", "pvu", "puv", "vup", "vpu" };
        vc__autoptr(vc_keyring) ring = new_ring();
        for (const char *at = orders_of[order]; *at; at++) {
            if (*at == 'v')
                assert_int_equal(vc_keyring_add_vault_private(ring, "orders", NULL, "orders-rsa", 3, vc_str(pair_rsa_public), NULL), VC_OK);
            else
                add(ring, "orders", *at == 'p' ? pair_rsa_private : pair_rsa_public, *at == 'p');
        }
        vc_keyring_pair pair = { .size = sizeof pair };
        assert_int_equal(vc_keyring_get_pair(ring, 0, &pair), 1);
        assert_int_equal(pair.has_private, 1);
        assert_int_equal(vc_keyring_get_pair(ring, 1, &pair), 0);
        vc__auto(vc__pair_found) signs;
        assert_int_equal(vc__ring_protector(ring, "orders", true, &signs, NULL), VC_OK);
        assert_true(vc__keypair_is_private(signs.pair));
        assert_int_equal(vc_keyring_remove_private(ring, "orders", PAIR_RSA_ID, NULL), VC_OK);
        assert_int_equal(half(ring, orders, PAIR_RSA_ID), VC__PAIR_PUBLIC);
    }
}

/* Makes a data key for the key, lets go of it, and opens it from its wrapped form. */
static vc_code round_trip(vc_keyring *ring, const vc__keyplace *place, const vc__keyplace *from, vc_error *err)
{
    vc__auto(vc__fetch) fetch;
    vc__fetch_init(&fetch, ring);
    vc__share share;
    vc__autoptr(vc__datakey) key = NULL;
    vc_code code = vc__fetch_use(&fetch, place, err);
    code = code ? code : vc__ring_use(ring, place, 1, (vc__share){ 1, 1 }, 1, &key, &share, err);
    if (code)
        return code;
    assert_false(vc__fetch_wanted(&fetch));
    char id[32];
    memcpy(id, vc__datakey_id(key).data, sizeof id);
    const vc_view wrapped = vc__datakey_wrapped(key);
    assert_int_equal(wrapped.len, place->source == VC__SOURCE_EC ? 105 : place->source == VC__SOURCE_HPKE ? 113 : 256);
    vc_keyring_clear(ring);
    uint32_t need;
    code = vc__fetch_opening(&fetch, from, vc_view_of(id, sizeof id), 0, wrapped, &need, err);
    if (code)
        return code;
    if (vc__fetch_error(&fetch, need))
        return vc__error_copy(err, vc__fetch_error(&fetch, need)), vc__fetch_error(&fetch, need)->code;
    assert_non_null(vc__fetch_key(&fetch, need));
    assert_memory_equal(vc__datakey_id(vc__fetch_key(&fetch, need)).data, id, sizeof id);
    vc__autoptr(vc__datakey) kept = vc__ring_opening(ring, from, vc_view_of(id, sizeof id), 1);
    assert_ptr_equal(kept, vc__fetch_key(&fetch, need));
    return VC_OK;
}

static const vc__keyplace rsa_place = { VC__SOURCE_RSA, NULL, PAIR_RSA_ID }, ec_place = { VC__SOURCE_EC, NULL, PAIR_EC_ID };

static void data_keys_are_wrapped_and_opened(void **state)
{
    (void)state;
    vc__autoptr(vc_keyring) ring = new_ring();
    vc_error err = VC_ERROR_INIT;
    add(ring, "orders", pair_rsa_public, false);
    add(ring, "orders", pair_ec_public, false);
    assert_int_equal(round_trip(ring, &rsa_place, &rsa_place, &err), VC_E_NO_KEY);
    assert_non_null(strstr(err.message, PAIR_RSA_ID));
    add(ring, "orders", pair_rsa_private, true);
    add(ring, "orders", pair_ec_private, true);
    assert_int_equal(round_trip(ring, &rsa_place, &rsa_place, &err), VC_OK);
    assert_int_equal(round_trip(ring, &ec_place, &ec_place, &err), VC_OK);
    const vc__keyplace wrong = { VC__SOURCE_EC, NULL, PAIR_RSA_ID };
    assert_int_equal(round_trip(ring, &rsa_place, &ec_place, &err), VC_E_CIPHERTEXT);
    assert_int_equal(round_trip(ring, &rsa_place, &wrong, &err), VC_E_NO_KEY);
    assert_int_equal(round_trip(ring, &wrong, &wrong, &err), VC_E_CONFIG);
    /* with the private key goes what was opened with it */
    assert_int_equal(round_trip(ring, &rsa_place, &rsa_place, &err), VC_OK);
    vc_keyring_stats stats = { .size = sizeof stats };
    vc_keyring_get_stats(ring, &stats);
    assert_int_equal(stats.open_keys, 1);
    assert_int_equal(vc_keyring_remove_private(ring, "orders", PAIR_EC_ID, NULL), VC_OK);
    vc_keyring_get_stats(ring, &stats);
    assert_int_equal(stats.open_keys, 1);
    assert_int_equal(vc_keyring_remove_private(ring, "orders", PAIR_RSA_ID, NULL), VC_OK);
    vc_keyring_get_stats(ring, &stats);
    assert_int_equal(stats.open_keys, 0);
    assert_int_equal(round_trip(ring, &rsa_place, &rsa_place, &err), VC_E_NO_KEY);
    assert_int_equal(vc_keyring_remove_pair(ring, "orders", PAIR_RSA_ID, NULL), VC_OK);
    assert_int_equal(round_trip(ring, &rsa_place, &rsa_place, &err), VC_E_CONFIG);
}

/* To the same key as source 4, and data keys of their own. */
static void data_keys_are_wrapped_by_hpke(void **state)
{
    (void)state;
    static const vc__keyplace place = { VC__SOURCE_HPKE, NULL, PAIR_EC_ID }, rsa = { VC__SOURCE_HPKE, NULL, PAIR_RSA_ID };
    vc__autoptr(vc_keyring) ring = new_ring();
    vc_error err = VC_ERROR_INIT;
    add(ring, "orders", pair_ec_private, true);
    add(ring, "orders", pair_rsa_private, true);
    if (vc__hpke_check(NULL)) {
        assert_int_equal(round_trip(ring, &place, &place, &err), VC_E_UNSUPPORTED);
        assert_non_null(strstr(err.message, "OpenSSL 3.2"));
        return;
    }
    assert_int_equal(round_trip(ring, &rsa, &rsa, &err), VC_E_CONFIG); /* no such key */
    assert_int_equal(round_trip(ring, &place, &ec_place, &err), VC_E_CIPHERTEXT);
    assert_int_equal(round_trip(ring, &ec_place, &place, &err), VC_E_CIPHERTEXT);
    assert_int_equal(round_trip(ring, &place, &place, &err), VC_OK);
    vc_keyring_stats stats = { .size = sizeof stats };
    vc_keyring_get_stats(ring, &stats);
    assert_int_equal(stats.open_keys, 1);
    assert_int_equal(vc_keyring_remove_private(ring, "orders", PAIR_EC_ID, NULL), VC_OK);
    vc_keyring_get_stats(ring, &stats);
    assert_int_equal(stats.open_keys, 0);
}

static void a_forked_child_has_none(void **state)
{
    (void)state;
    vc__autoptr(vc_keyring) ring = new_ring();
    add(ring, "orders", pair_rsa_private, true);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (!child) {
        vc_keyring_pair pair = { .size = sizeof pair };
        _exit(vc_keyring_get_pair(ring, 0, &pair));
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_int_equal(half(ring, orders, PAIR_RSA_ID), VC__PAIR_PRIVATE);
}

static void a_name_has_a_limit(void **state)
{
    (void)state;
    vc__autoptr(vc_keyring) ring = new_ring();
    add(ring, "orders", pair_ec_public, false);
    ring->pairs->count = 256; /* as if */
    vc_error err = VC_ERROR_INIT;
    assert_int_equal(vc_keyring_add_public(ring, "orders", vc_str(pair_rsa_public), &err), VC_E_LIMIT);
    assert_int_equal(vc_keyring_add_public(ring, "orders", vc_str(pair_ec_public), &err), VC_OK);
}

static vc_code whole(void *arg)
{
    (void)arg;
    vc_error err = VC_ERROR_INIT;
    vc__autoptr(vc_keyring) ring = vc_keyring_new(&err);
    if (!ring)
        return err.code;
    vc_code code = vc_keyring_add_private(ring, "orders", vc_str(pair_ec_private), &err);
    code = code ? code : vc_keyring_add_vault_private(ring, "orders", NULL, "k", 1, vc_str(pair_rsa_public), &err);
    code = code ? code : vc_keyring_set_pair_reason(ring, "other", "x", &err);
    return code ? code : round_trip(ring, &ec_place, &ec_place, &err);
}

static void lack_of_memory_is_an_error(void **state)
{
    (void)state;
    SWEEP_ALLOCATIONS(whole, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_public_key_protects),    cmocka_unit_test(a_key_is_found_by_id_under_its_names),
        cmocka_unit_test(pairs_are_listed),                 cmocka_unit_test(what_is_no_key_is_refused),
        cmocka_unit_test(a_place_in_vault_is_not_lost_on_the_way),
        cmocka_unit_test(what_is_known_is_merged),
        cmocka_unit_test(data_keys_are_wrapped_and_opened),
        cmocka_unit_test(data_keys_are_wrapped_by_hpke), cmocka_unit_test(a_forked_child_has_none),
        cmocka_unit_test(a_name_has_a_limit),               cmocka_unit_test(lack_of_memory_is_an_error),
    };
    return cmocka_run_group_tests_name("keys_pair", tests, NULL, NULL);
}

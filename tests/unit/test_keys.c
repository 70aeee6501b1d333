/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lib/keys/slots, table, datakey: slots that die in a forked child, derivations against HKDF as Python's hmac gives it (the labels of
 * vaultcrypt-format(5); RFC 5869's own vectors are in test_crypto_hash), what wiped means.
 */
#include "unit/test.h"

#include "base/text.h"
#include "keys/datakey.h"
#include "keys/table.h"

#include <sys/wait.h>
#include <unistd.h>

static const vc__keyplace place = { VC__SOURCE_VAULT, NULL, "app" };

static void fill(unsigned char key[32])
{
    for (int i = 0; i < 32; i++)
        key[i] = (unsigned char)i;
}

static const struct {
    vc__key_kind kind;
    vc__key_purpose purpose;
    size_t len;
    const char *hex;
} derived[] = {
    { VC__KEY_RANDOM, VC__KEY_TOKEN_GCM, 32, "8b5e4e98f6a28fba5cdfb31f2e11c40557d5abd28e044845b5fb993905b8d4ef" },
    { VC__KEY_RANDOM, VC__KEY_STREAM, 32, "745dc976d95bfe0c10a0242928f0ed8c5e096a356bcb3935e23cb964eebc95e9" },
    { VC__KEY_PRF, VC__KEY_SIV, 64,
      "82b0f4c8b592dbb360e7e3902547274b29bef6d50c68a5e15f5876f2955dea3bab3d86ef5bde38c8b1cc4392b738db70e2ed875833466207c2cf532ec17fb2e7" },
    { VC__KEY_PRF, VC__KEY_HMAC, 32, "9da983fb3145dccc56a66abb21ed157da51aca35abfced6822440256d33a8a62" },
    { VC__KEY_PRF, VC__KEY_FF1, 32, "17550fe081875c22a38499304368021bd8e53ab29bb104406a2dde98006daffa" },
    { VC__KEY_PRF, VC__KEY_FF3_1, 32, "2dadf7890f18cbde81a7572d9234f3b8c68568f5f80aa8d21119423c40e0c95e" },
};
static const char id_hex[] = "87eaf54b22743af863e5cf6b390c544fe4440a8d8954dfb79bde52ff9eadac39";

static void is_hex(vc_view bytes, const char *hex)
{
    unsigned char want[64];
    assert_int_equal(bytes.len, strlen(hex) / 2);
    assert_true(vc__hex_decode(want, vc_str(hex)));
    assert_memory_equal(bytes.data, want, bytes.len);
}

static void derives(void **state)
{
    (void)state;
    unsigned char bytes[32], out[64];
    fill(bytes);
    for (size_t i = 0; i < COUNT(derived); i++)
        for (vc__key_kind kind = VC__KEY_RANDOM; kind <= VC__KEY_PRF; kind++) {
            vc__autoptr(vc__datakey) key = vc__datakey_make(NULL, kind, vc_view_of(bytes, 32), &place, 3, vc_str(""), NULL);
            assert_non_null(key);
            is_hex(vc__datakey_id(key), id_hex);
            memset(out, 7, sizeof out);
            const vc_code code = vc__datakey_derive(key, derived[i].purpose, out, derived[i].len, NULL);
            assert_int_equal(code, kind == derived[i].kind ? VC_OK : VC_E_ARGUMENT);
            if (!code)
                is_hex(vc_view_of(out, derived[i].len), derived[i].hex);
            assert_int_equal(vc__datakey_derive(key, derived[i].purpose, out, derived[i].len - 1, NULL), VC_E_ARGUMENT);
            assert_int_equal(out[0], 0);
        }
}

static void tells_what_it_is(void **state)
{
    (void)state;
    unsigned char bytes[32];
    fill(bytes);
    const vc__keyplace own = { VC__SOURCE_VAULT, "team/transit", "k" };
    vc__autoptr(vc__datakey) key = vc__datakey_new(vc_view_of(bytes, 32), &own, 9, vc_str("wrapped"), NULL);
    assert_non_null(key);
    assert_int_equal(vc__datakey_kind(key), VC__KEY_RANDOM);
    assert_int_equal(vc__datakey_version(key), 9);
    assert_true(vc__view_is(vc__datakey_wrapped(key), "wrapped"));
    assert_true(vc__keyplace_equal(vc__datakey_place(key), &own));
    assert_false(vc__keyplace_equal(vc__datakey_place(key), &place));
    assert_true(vc__datakey_alive(key));
    const vc__keyplace named = { VC__SOURCE_VAULT, "transit", "app" }, fixed = { VC__SOURCE_STATIC, NULL, "app" };
    assert_true(vc__keyplace_equal(&named, &place));
    assert_false(vc__keyplace_equal(&fixed, &place));
}

static void refuses(void **state)
{
    (void)state;
    unsigned char bytes[33] = { 0 };
    char long_name[300], wrapped[1025] = { 0 };
    memset(long_name, 'n', sizeof long_name);
    long_name[sizeof long_name - 1] = 0;
    vc_error err = VC_ERROR_INIT;
    const vc__keyplace too_long = { VC__SOURCE_VAULT, NULL, long_name }, nameless = { VC__SOURCE_VAULT, "m", "" },
                       foreign = { VC__SOURCE_HPKE + 1, NULL, "k" };
    for (size_t len = 0; len <= 33; len += len == 31 ? 2 : 1)
        assert_null(vc__datakey_new(vc_view_of(bytes, len), &place, 1, vc_str(""), &err));
    assert_null(vc__datakey_new(vc_view_of(bytes, 32), &too_long, 1, vc_str(""), &err));
    assert_int_equal(err.code, VC_E_ARGUMENT);
    assert_null(vc__datakey_new(vc_view_of(bytes, 32), &nameless, 1, vc_str(""), &err));
    assert_null(vc__datakey_new(vc_view_of(bytes, 32), &place, 1, vc_view_of(wrapped, sizeof wrapped), &err));
    assert_null(vc__datakey_new(vc_view_of(bytes, 32), &foreign, 1, vc_str(""), &err));
    assert_int_equal(err.code, VC_E_UNSUPPORTED);
}

/* Thousands of keys; each keeps its bytes, and what is given back is zeros. */
static void slots_hold_and_wipe(void **state)
{
    (void)state;
    enum { MANY = 10000 };
    vc__autoptr(vc__slots) slots = vc__slots_new(NULL);
    vc__slot *taken = calloc(MANY, sizeof *taken);
    unsigned char bytes[32];
    assert_true(slots && taken);
    for (unsigned i = 0; i < MANY; i++) {
        memset(bytes, 1 + (int)(i % 251), sizeof bytes);
        memcpy(bytes, &i, sizeof i);
        assert_int_equal(vc__slots_take(slots, bytes, &taken[i], NULL), VC_OK);
    }
    for (unsigned i = 0; i < MANY; i++) {
        const vc_view view = vc__slot_get(slots, &taken[i]);
        assert_int_equal(view.len, 32);
        assert_memory_equal(view.data, &i, sizeof i);
        assert_int_equal((unsigned char)view.data[31], 1 + i % 251);
    }
    for (unsigned i = 0; i < MANY; i += 2) {
        const char *at = vc__slot_get(slots, &taken[i]).data;
        vc__slots_give(slots, &taken[i]);
        static const char zeros[32];
        assert_memory_equal(at, zeros, 32);
        assert_int_equal(vc__slot_get(slots, &taken[i]).len, 0);
    }
    /* What became free is taken again. */
    for (unsigned i = 0; i < MANY; i += 2)
        assert_int_equal(vc__slots_take(slots, bytes, &taken[i], NULL), VC_OK);
    for (unsigned i = 1; i < MANY; i += 2)
        assert_memory_equal(vc__slot_get(slots, &taken[i]).data, &i, sizeof i);
    for (unsigned i = 0; i < MANY; i++)
        vc__slots_give(slots, &taken[i]);
    free(taken);
}

/* What the child finds: a number that says where it went wrong. */
static int in_child(vc__slots *slots, vc__slot *slot, vc__datakey *key)
{
    unsigned char out[32], bytes[32];
    vc__slot fresh;
    static const unsigned char zeros[32];
    fill(bytes);
    if (!vc__slots_forked(slots) || vc__slot_get(slots, slot).len || vc__datakey_alive(key))
        return 1;
    memset(out, 7, sizeof out);
    if (vc__datakey_derive(key, VC__KEY_TOKEN_GCM, out, 32, NULL) != VC_E_STATE || memcmp(out, zeros, 32) != 0)
        return 2;
    if (vc__slots_take(slots, bytes, &fresh, NULL) != VC_E_STATE)
        return 3;
    vc__slots_revive(slots);
    if (vc__slots_forked(slots) || vc__slots_take(slots, bytes, &fresh, NULL) != VC_OK)
        return 4;
    if (vc__slot_get(slots, &fresh).len != 32 || vc__slot_get(slots, slot).len || vc__datakey_alive(key))
        return 5; /* the parent's stays dead, though its place may be used again */
    vc__datakey_unref(key);
    vc__slots_give(slots, slot);
    return vc__slot_get(slots, &fresh).len == 32 && memcmp(vc__slot_get(slots, &fresh).data, bytes, 32) == 0 ? 0 : 6;
}

static void forked_child_has_no_key(void **state)
{
    (void)state;
    unsigned char bytes[32], out[32];
    fill(bytes);
    vc__autoptr(vc__slots) slots = vc__slots_new(NULL);
    vc__slot slot;
    assert_int_equal(vc__slots_take(slots, bytes, &slot, NULL), VC_OK);
    vc__autoptr(vc__datakey) key = vc__datakey_make(slots, VC__KEY_RANDOM, vc_view_of(bytes, 32), &place, 1, vc_str(""), NULL);
    assert_non_null(key);
    const pid_t child = fork();
    if (child == 0)
        _exit(in_child(slots, &slot, key));
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_memory_equal(vc__slot_get(slots, &slot).data, bytes, 32);
    assert_int_equal(vc__datakey_derive(key, VC__KEY_TOKEN_GCM, out, 32, NULL), VC_OK);
    vc__slots_give(slots, &slot);
}

static void tables_find(void **state)
{
    (void)state;
    enum { MANY = 3000 };
    struct { vc__node node; char name[16]; } *things = calloc(MANY, sizeof *things);
    vc__table table = { .seed = 42 };
    assert_non_null(things);
    for (int i = 0; i < MANY; i++) {
        snprintf(things[i].name, sizeof things[i].name, "thing %d", i);
        things[i].node.key = vc_view_of(things[i].name, i % 2 ? sizeof things[i].name : strlen(things[i].name));
        assert_null(vc__table_find(&table, things[i].node.key));
        assert_true(vc__table_add(&table, &things[i].node));
    }
    for (int i = 0; i < MANY; i += 3)
        vc__table_remove(&table, &things[i].node);
    for (int i = 0; i < MANY; i++)
        assert_ptr_equal(vc__table_find(&table, things[i].node.key), i % 3 ? &things[i].node : NULL);
    for (vc__node *node; (node = vc__table_any(&table));)
        vc__table_remove(&table, node);
    assert_int_equal(table.count, 0);
    vc__table_free(&table);
    free(things);
}

static vc_code make_one(void *arg)
{
    (void)arg;
    unsigned char bytes[32];
    vc_error err = VC_ERROR_INIT;
    fill(bytes);
    vc__autoptr(vc__datakey) key = vc__datakey_new(vc_view_of(bytes, 32), &place, 1, vc_str("wrapped"), &err);
    unsigned char out[32];
    return key ? vc__datakey_derive(key, VC__KEY_STREAM, out, 32, NULL) : err.code;
}

static void survives_lack_of_memory(void **state)
{
    (void)state;
    SWEEP_ALLOCATIONS(make_one, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(derives),
        cmocka_unit_test(tells_what_it_is),
        cmocka_unit_test(refuses),
        cmocka_unit_test(slots_hold_and_wipe),
        cmocka_unit_test(forked_child_has_no_key),
        cmocka_unit_test(tables_find),
        cmocka_unit_test(survives_lack_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

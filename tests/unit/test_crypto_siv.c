/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/test.h"

#include "base/text.h"
#include "crypto/siv.h"
#include "vectors/crypto/siv.h"

#include <openssl/err.h>
#include <openssl/evp.h>

enum { ROOM = 600 };

static vc_view unhex(const char *hex, char *room)
{
    assert_true(strlen(hex) / 2 <= ROOM && vc__hex_decode((unsigned char *)room, vc_str(hex)));
    return vc_view_of(room, strlen(hex) / 2);
}

static void assert_zero(const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        assert_int_equal(bytes[i], 0);
}

static vc__siv *siv_of(const char *key, size_t len)
{
    vc__siv *siv = vc__siv_new(vc_view_of(key, len), NULL);
    assert_non_null(siv);
    return siv;
}

#define A_KEY "0123456789abcdef0123456789abcdefABCDEFGHIJKLMNOPQRSTUVWXYZabcdef"
#define ANOTHER "0123456789abcdeF0123456789abcdefABCDEFGHIJKLMNOPQRSTUVWXYZabcdef"

static void known_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(siv_vectors); i++) {
        const struct siv_vector *v = &siv_vectors[i];
        char key[ROOM], parts_room[4][ROOM], plain_room[ROOM], sealed_room[ROOM], out[ROOM];
        vc_view parts[4];
        size_t count = 0;
        for (; v->aad[count]; count++)
            parts[count] = unhex(v->aad[count], parts_room[count]);
        const vc_view key_bytes = unhex(v->key, key), plain = unhex(v->plain, plain_room),
                      sealed = unhex(v->sealed, sealed_room);
        vc__autoptr(vc__siv) siv = siv_of(key_bytes.data, key_bytes.len);
        for (int twice = 0; twice < 2; twice++) { /* and over itself */
            memcpy(out + VC__SIV_TAG, plain.data, plain.len);
            assert_int_equal(vc__siv_seal(siv, parts, count, vc_view_of(out + VC__SIV_TAG, plain.len), out, NULL), VC_OK);
            assert_memory_equal(out, sealed.data, sealed.len);
            assert_int_equal(vc__siv_open(siv, parts, count, vc_view_of(out, sealed.len), out + VC__SIV_TAG, NULL), VC_OK);
            assert_memory_equal(out + VC__SIV_TAG, plain.data, plain.len);
        }
    }
    print_message("# %zu vectors\n", COUNT(siv_vectors));
}

/* libcrypto's own AES-SIV, for what that can do. False: this libcrypto has none. */
static bool theirs(vc_view key, vc_view aad, vc_view plain, char *out)
{
    const char *name = key.len == 32 ? "AES-128-SIV" : key.len == 48 ? "AES-192-SIV" : "AES-256-SIV";
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, name, NULL);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int len = 0;
    const bool done = cipher && ctx &&
                      EVP_EncryptInit_ex2(ctx, cipher, (const unsigned char *)key.data, NULL, NULL) == 1 &&
                      EVP_EncryptUpdate(ctx, NULL, &len, (const unsigned char *)aad.data, (int)aad.len) == 1 &&
                      EVP_EncryptUpdate(ctx, (unsigned char *)out + VC__SIV_TAG, &len, (const unsigned char *)plain.data, (int)plain.len) == 1 &&
                      EVP_EncryptFinal_ex(ctx, (unsigned char *)out + VC__SIV_TAG + len, &len) == 1 &&
                      EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, VC__SIV_TAG, out) == 1;
    EVP_CIPHER_CTX_free(ctx);
    EVP_CIPHER_free(cipher);
    return done;
}

static void as_libcrypto_does_it(void **state)
{
    (void)state;
    char bytes[ROOM], mine[ROOM], other[ROOM];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * 7 + i / 251);
    for (size_t size = 32; size <= 64; size += 16) {
        const vc_view key = vc_view_of(A_KEY, size);
        vc__autoptr(vc__siv) siv = siv_of(A_KEY, size);
        for (size_t n = 1; n <= 200; n += n < 50 ? 1 : 13) {
            const vc_view aad = vc_view_of(bytes + n, 1 + n % 70), plain = vc_view_of(bytes + 2 * n, n);
            if (!theirs(key, aad, plain, other)) {
                ERR_clear_error();
                skip();
            }
            assert_int_equal(vc__siv_seal(siv, &aad, 1, plain, mine, NULL), VC_OK);
            assert_memory_equal(mine, other, n + VC__SIV_TAG);
        }
    }
}

/* Nothing is not empty, and what stands in which part matters. */
static void parts_are_apart(void **state)
{
    (void)state;
    vc__autoptr(vc__siv) siv = siv_of(A_KEY, 64);
    const vc_view lists[][2] = {
        { { "", 0 }, { "", 0 } }, { { "ab", 2 }, { "", 0 } }, { { "a", 1 }, { "b", 1 } }, { { "", 0 }, { "ab", 2 } }
    };
    char sealed[12][20];
    size_t n = 0;
    for (size_t i = 0; i < COUNT(lists); i++)
        for (size_t count = i ? 1 : 0; count <= 2; count++)
            assert_int_equal(vc__siv_seal(siv, lists[i], count, vc_str("text"), sealed[n++], NULL), VC_OK);
    size_t equal = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < i; k++)
            equal += memcmp(sealed[i], sealed[k], 20) == 0;
    assert_int_equal(equal, 1); /* lists 0 and 3 with one part are the same */
}

static void every_change_is_refused(void **state)
{
    (void)state;
    static const size_t lengths[] = { 0, 1, 15, 16, 17, 40 };
    vc__autoptr(vc__siv) siv = siv_of(A_KEY, 64);
    vc__autoptr(vc__siv) other = siv_of(ANOTHER, 64);
    vc_error err = VC_ERROR_INIT, first = VC_ERROR_INIT;
    for (size_t l = 0; l < COUNT(lengths); l++) {
        char aad_bytes[] = "associated data", sealed[64], out[64];
        const vc_view aad = vc_view_of(aad_bytes, 15), plain = vc_view_of(A_KEY, lengths[l]);
        const size_t size = lengths[l] + VC__SIV_TAG;
        assert_int_equal(vc__siv_seal(siv, &aad, 1, plain, sealed, NULL), VC_OK);
        assert_int_equal(vc__siv_open(other, &aad, 1, vc_view_of(sealed, size), out, &first), VC_E_CIPHERTEXT);
        for (size_t i = 0; i < (size + aad.len) * 8; i++) {
            char *byte = i / 8 < size ? &sealed[i / 8] : &aad_bytes[i / 8 - size];
            *byte ^= (char)(1 << i % 8);
            memset(out, 'x', sizeof out);
            assert_int_equal(vc__siv_open(siv, &aad, 1, vc_view_of(sealed, size), out, &err), VC_E_CIPHERTEXT);
            assert_string_equal(err.message, first.message);
            assert_zero(out, lengths[l]);
            *byte ^= (char)(1 << i % 8);
        }
        for (size_t cut = 1; cut <= size; cut++)
            assert_int_equal(vc__siv_open(siv, &aad, 1, vc_view_of(sealed, size - cut), out, &err), VC_E_CIPHERTEXT);
        assert_int_equal(vc__siv_open(siv, &aad, 1, vc_view_of(sealed, size), out, NULL), VC_OK);
        assert_memory_equal(out, plain.data, plain.len);
    }
    assert_int_equal(ERR_peek_error(), 0);
}

static void refuses(void **state)
{
    (void)state;
    vc_error err = VC_ERROR_INIT;
    static const size_t wrong[] = { 0, 16, 31, 33, 63, 65 };
    for (size_t i = 0; i < COUNT(wrong); i++)
        assert_null(vc__siv_new(vc_view_of(A_KEY A_KEY, wrong[i]), &err));
    assert_string_equal(err.message, "a key of AES-SIV has 32, 48 or 64 bytes, not 65");
    assert_int_equal(err.code, VC_E_ARGUMENT);
    vc__autoptr(vc__siv) siv = siv_of(A_KEY, 64);
    vc_view parts[VC__SIV_PARTS_MAX + 1];
    for (size_t i = 0; i < COUNT(parts); i++)
        parts[i] = vc_str("part");
    char out[20];
    assert_int_equal(vc__siv_seal(siv, parts, VC__SIV_PARTS_MAX, vc_str("text"), out, &err), VC_OK);
    assert_int_equal(vc__siv_seal(siv, parts, VC__SIV_PARTS_MAX + 1, vc_str("text"), out, &err), VC_E_ARGUMENT);
    assert_zero(out, sizeof out);
    assert_int_equal(vc__siv_open(siv, parts, VC__SIV_PARTS_MAX + 1, vc_view_of(parts, 20), out, &err), VC_E_ARGUMENT);
}

static vc_code make_one(void *arg)
{
    (void)arg;
    vc_error err = VC_ERROR_INIT;
    vc__autoptr(vc__siv) siv = vc__siv_new(vc_view_of(A_KEY, 64), &err);
    return siv ? VC_OK : err.code;
}

static void survives_lack_of_memory(void **state)
{
    (void)state;
    SWEEP_ALLOCATIONS(make_one, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),           cmocka_unit_test(as_libcrypto_does_it),
        cmocka_unit_test(parts_are_apart),         cmocka_unit_test(every_change_is_refused),
        cmocka_unit_test(refuses),                 cmocka_unit_test(survives_lack_of_memory),
    };
    return cmocka_run_group_tests_name("crypto_siv", tests, NULL, NULL);
}

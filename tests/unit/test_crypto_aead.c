/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/test.h"

#include "base/text.h"
#include "crypto/aead.h"
#include "crypto/failure.h"
#include "vectors/crypto/aead.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/evperr.h>

enum { ROOM = 512 };

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

static void run_vector(const struct aead_vector *v)
{
    char key[ROOM], iv_room[ROOM], aad_room[ROOM], plain_room[ROOM], sealed_room[ROOM], tag[ROOM], out[ROOM];
    vc__autoptr(vc__aead) aead = vc__aead_new(v->algorithm, unhex(v->key, key), NULL);
    assert_non_null(aead);
    const vc_view iv = unhex(v->iv, iv_room), aad = unhex(v->aad, aad_room),
                  plain = unhex(v->plain, plain_room);
    const size_t len = unhex(v->cipher, sealed_room).len;
    memcpy(sealed_room + len, unhex(v->tag, tag).data, VC__AEAD_TAG);
    const vc_view sealed = vc_view_of(sealed_room, len + VC__AEAD_TAG);
    assert_int_equal(len, plain.len);
    for (int twice = 0; twice < 2; twice++) {
        assert_int_equal(vc__aead_seal(aead, iv, aad, plain, out, NULL), VC_OK);
        assert_memory_equal(out, sealed.data, sealed.len);
        assert_int_equal(vc__aead_open(aead, iv, aad, vc_view_of(out, sealed.len), out, NULL),
                         VC_OK); /* in place */
        assert_memory_equal(out, plain.data, plain.len);
    }
}

static void known_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(aead_vectors); i++)
        run_vector(&aead_vectors[i]);
    print_message("# %zu vectors\n", COUNT(aead_vectors));
}

static const vc__aead_algorithm algorithms[] = { VC__AES128_GCM, VC__AES192_GCM, VC__AES256_GCM,
                                                 VC__CHACHA20_POLY1305 };

static vc__aead *aead_of(vc__aead_algorithm algorithm, const char *key)
{
    vc__aead *aead = vc__aead_new(algorithm, vc_view_of(key, vc__aead_key_size(algorithm)), NULL);
    assert_non_null(aead);
    return aead;
}

#define A_KEY "0123456789abcdef0123456789abcdef"
#define ANOTHER "0123456789abcdeF0123456789abcdef"

/*
 * Whatever is changed by one bit, opening fails with the one text and gives zeros; and the object still works
 * after it.
 */
static void every_change_is_refused(void **state)
{
    (void)state;
    for (size_t a = 0; a < COUNT(algorithms); a++) {
        vc__autoptr(vc__aead) aead = aead_of(algorithms[a], A_KEY);
        vc__autoptr(vc__aead) other = aead_of(algorithms[a], ANOTHER);
        char parts[3][40] = { "an iv: 12 by", "associated data" };
        const size_t lens[3] = { 12, 15, 20 + VC__AEAD_TAG };
        assert_int_equal(vc__aead_seal(aead, vc_view_of(parts[0], 12), vc_view_of(parts[1], 15),
                                       vc_str("twenty bytes of text"), parts[2], NULL),
                         VC_OK);
#define OPEN(with, cut, err)                                                \
    vc__aead_open(with, vc_view_of(parts[0], 12), vc_view_of(parts[1], 15), \
                  vc_view_of(parts[2], 36 - (cut)), out, err)
        char out[40];
        vc_error err = VC_ERROR_INIT, first = VC_ERROR_INIT;
        assert_int_equal(OPEN(other, 0, &first), VC_E_CIPHERTEXT);
        assert_non_null(strstr(first.message, "cannot be authenticated"));
        for (size_t part = 0; part < 3; part++) {
            for (size_t i = 0; i < lens[part] * 8; i++) {
                parts[part][i / 8] ^= (char)(1 << i % 8);
                memset(out, 'x', sizeof out);
                assert_int_equal(OPEN(aead, 0, &err), VC_E_CIPHERTEXT);
                assert_string_equal(err.message, first.message);
                assert_zero(out, 20);
                parts[part][i / 8] ^= (char)(1 << i % 8);
            }
        }
        for (size_t cut = 1; cut <= 36; cut++) {
            memset(out, 'x', sizeof out);
            assert_int_equal(OPEN(aead, cut, &err), VC_E_CIPHERTEXT);
            assert_string_equal(err.message, first.message);
            assert_zero(out, cut < 20 ? 20 - cut : 0);
        }
        assert_int_equal(ERR_peek_error(), 0); /* the next TLS connection would stumble over it */
        assert_int_equal(OPEN(aead, 0, NULL), VC_OK);
        assert_memory_equal(out, "twenty bytes of text", 20);
#undef OPEN
    }
}

/* The lengths of IVs may change from call to call; 32 is what a file format of others uses. */
static void any_iv_length_in_turn(void **state)
{
    (void)state;
    static const size_t lengths[] = { 12, 32, 12, 1, 128, 16, 12, 8 };
    vc__autoptr(vc__aead) aead = aead_of(VC__AES256_GCM, A_KEY);
    char iv[VC__AEAD_IV_MAX], sealed[8][40], out[40];
    memset(iv, 7, sizeof iv);
    for (size_t i = 0; i < COUNT(lengths); i++)
        assert_int_equal(
            vc__aead_seal(aead, vc_view_of(iv, lengths[i]), vc_str(""), vc_str("text"), sealed[i], NULL),
            VC_OK);
    for (size_t i = 0; i < COUNT(lengths); i++) {
        for (size_t k = 0; k < COUNT(lengths); k++) {
            const vc_code code = vc__aead_open(aead, vc_view_of(iv, lengths[k]), vc_str(""),
                                               vc_view_of(sealed[i], 20), out, NULL);
            assert_int_equal(code, lengths[i] == lengths[k] ? VC_OK : VC_E_CIPHERTEXT);
        }
    }
}

static void refuses(void **state)
{
    (void)state;
    static const struct {
        vc__aead_algorithm algorithm;
        size_t iv;
    } table[] = {
        { VC__AES256_GCM, 0 },         { VC__AES256_GCM, 129 },       { VC__CHACHA20_POLY1305, 0 },
        { VC__CHACHA20_POLY1305, 11 }, { VC__CHACHA20_POLY1305, 13 }, { VC__CHACHA20_POLY1305, 24 }
    };
    char iv[200] = { 0 }, out[40];
    for (size_t i = 0; i < COUNT(table); i++) {
        vc__autoptr(vc__aead) aead = aead_of(table[i].algorithm, A_KEY);
        vc_error err = VC_ERROR_INIT;
        memset(out, 'x', sizeof out);
        assert_int_equal(
            vc__aead_seal(aead, vc_view_of(iv, table[i].iv), vc_str(""), vc_str("text"), out, &err),
            VC_E_ARGUMENT);
        assert_zero(out, 20);
        memset(out, 'x', sizeof out);
        assert_int_equal(
            vc__aead_open(aead, vc_view_of(iv, table[i].iv), vc_str(""), vc_view_of(iv, 20), out, &err),
            VC_E_ARGUMENT);
        assert_zero(out, 4);
        assert_int_equal(vc__aead_seal(aead, vc_view_of(iv, 12), vc_str(""), vc_str("text"), out, &err),
                         VC_OK);
    }
    vc_error err = VC_ERROR_INIT;
    assert_null(vc__aead_new(VC__AES256_GCM, vc_view_of(A_KEY, 31), &err));
    assert_string_equal(err.message, "a key of AES-256-GCM has 32 bytes, not 31");
    assert_null(vc__aead_new(VC__AES128_GCM, vc_view_of(A_KEY, 32), &err));
    assert_null(vc__aead_new((vc__aead_algorithm)0, vc_view_of(A_KEY, 32), &err));
    assert_null(vc__aead_new((vc__aead_algorithm)99, vc_view_of(A_KEY, 32), &err));
    assert_int_equal(err.code, VC_E_ARGUMENT);
    assert_int_equal(vc__aead_key_size((vc__aead_algorithm)99), 0);
    vc__autoptr(vc__aead) aead = aead_of(VC__AES256_GCM, A_KEY);
    assert_int_equal(vc__aead_open(aead, vc_view_of(iv, 12), vc_view_of(iv, (size_t)1 << 32),
                                   vc_view_of(iv, 20), out, &err),
                     VC_E_LIMIT);
}

/* libcrypto's errors are taken off its queue, whatever they are; lack of memory is told apart. */
static void failures_of_libcrypto(void **state)
{
    (void)state;
    vc_error err = VC_ERROR_INIT;
    ERR_raise(ERR_LIB_EVP, EVP_R_BAD_DECRYPT);
    ERR_raise(ERR_LIB_EVP, EVP_R_WRONG_FINAL_BLOCK_LENGTH);
    assert_int_equal(vc__libcrypto_failed(&err, "set up", "AES"), VC_E_INTERNAL);
    assert_string_equal(err.message, "libcrypto does not set up AES");
    assert_int_equal(ERR_peek_error(), 0);
    ERR_raise(ERR_LIB_EVP, ERR_R_MALLOC_FAILURE);
    ERR_raise(ERR_LIB_EVP, EVP_R_INITIALIZATION_ERROR);
    assert_int_equal(vc__libcrypto_failed(&err, "set up", "AES"), VC_E_MEMORY);
    assert_int_equal(ERR_peek_error(), 0);
    ERR_raise(ERR_LIB_EVP, ERR_R_MALLOC_FAILURE);
    assert_true(vc__libcrypto_forget());
    assert_int_equal(ERR_peek_error(), 0);
    assert_false(vc__libcrypto_forget());
}

static vc_code make_one(void *arg)
{
    (void)arg;
    vc_error err = VC_ERROR_INIT;
    vc__autoptr(vc__aead) aead = vc__aead_new(VC__AES256_GCM, vc_str(A_KEY), &err);
    return aead ? VC_OK : err.code;
}

static void survives_lack_of_memory(void **state)
{
    (void)state;
    SWEEP_ALLOCATIONS(make_one, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),         cmocka_unit_test(every_change_is_refused),
        cmocka_unit_test(any_iv_length_in_turn), cmocka_unit_test(refuses),
        cmocka_unit_test(failures_of_libcrypto), cmocka_unit_test(survives_lack_of_memory),
    };
    return cmocka_run_group_tests_name("crypto_aead", tests, NULL, NULL);
}

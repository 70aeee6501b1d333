/* SPDX-License-Identifier: Apache-2.0 */
/* What vaultcrypt-dev's transit computes: values that are known from elsewhere. */
#include "unit/test.h"

#include "base/alloc.h"
#include "base/text.h"
#include "base/base64.h"
#include "transit.h"
#include "vectors/dev/transit.h"
#include "transit_texts.h"
#include "xchacha.h"

#include <openssl/hmac.h>

#include <stdlib.h>

/* A key whose secret is the bytes 00, 01, 02 ... */
static void make_key(transit_key *key, transit_version *version, const char *flavour, const char *type,
                     size_t len)
{
    *key = (transit_key){ .type = transit_type_find(dev_flavour_find(flavour), vc_str(type)),
                          .versions = version,
                          .latest = 1,
                          .min_decryption = 1 };
    assert_non_null(key->type);
    *version = (transit_version){ .secret = vc__calloc(1, len), .secret_len = len };
    for (size_t i = 0; i < len; i++)
        version->secret[i] = (unsigned char)i;
}

/* Convergent encryption, version 3, of "hello vault" for "tenant-42". */
static const struct {
    const char *type;
    size_t key_len;
    const char *ciphertext;
} convergent[] = {
    { "aes256-gcm96", 32, "vault:v1:+ZBiqFTG+3pJ4DSenAhPKI1O7DnvVP56QxwZHZDfMb+Zh4EdfDJe" },
    { "chacha20-poly1305", 32, "vault:v1:+ZBiqFTG+3pJ4DSe51OhyKUiuIE0j9KV2PV+WYismx5UD3EUOj3k" },
    { "aes128-gcm96", 16, "vault:v1:jl0y+FrtbCzZf99XAv1qXGd+RZ1c0bXayG14MSAmqGN8eCKRol2i" },
};

static void convergent_encryption_is_that_of_vault(void **state)
{
    (void)state;
    vc__autoptr(vc__random) random = vc__random_new(NULL);
    for (size_t i = 0; i < COUNT(convergent); i++) {
        transit_key key;
        transit_version version;
        transit_work work;
        int number = 0;
        make_key(&key, &version, "openbao-2.7", convergent[i].type, convergent[i].key_len);
        key.derived = key.convergent = true;
        transit_work_start(&work, &key, random);
        for (int round = 0; round < 2; round++) { /* the second with a cipher that is there already */
            transit_item item = { .text = vc_str("aGVsbG8gdmF1bHQ="), .context = vc_str("dGVuYW50LTQy") };
            vc__auto(vc__buf) out = VC__BUF(256), back = VC__BUF(256);
            assert_true(transit_encrypt(&work, &item, &out, &number));
            vc__buf_byte(&out, 0);
            assert_string_equal(out.data, convergent[i].ciphertext);
            item.text = vc_str(out.data);
            assert_true(transit_decrypt(&work, &item, &back));
            assert_true(vc__view_is(vc__buf_get(&back), "aGVsbG8gdmF1bHQ="));
            item.context = vc_str("dGVuYW50LTQz");
            assert_false(transit_decrypt(&work, &item, &back));
            item.context = vc_str("");
            assert_false(transit_decrypt(&work, &item, &back));
            assert_string_equal(item.error, transit_no_context);
        }
        transit_work_free(&work);
        transit_version_clear(&version);
    }
}

static void derived_keys_differ_by_context_only(void **state)
{
    (void)state;
    static const char *const types[] = { "aes256-gcm96", "aes128-gcm96", "chacha20-poly1305",
                                         "xchacha20-poly1305" };
    static const char *const contexts[] = { "YQ==", "YWI=", "YQ==" };
    vc__autoptr(vc__random) random = vc__random_new(NULL);
    for (size_t i = 0; i < COUNT(types); i++) {
        transit_key key;
        transit_version version;
        transit_work work;
        vc__buf sealed[COUNT(contexts)];
        int number;
        make_key(&key, &version, "openbao-2.7", types[i], i == 1 ? 16 : 32);
        key.derived = true;
        transit_work_start(&work, &key, random);
        for (size_t c = 0; c < COUNT(contexts); c++) {
            transit_item item = { .text = vc_str("eA=="),
                                  .context = vc_str(contexts[c]),
                                  .aad = vc_str("eQ==") };
            sealed[c] = (vc__buf)VC__BUF(256);
            assert_true(transit_encrypt(&work, &item, &sealed[c], &number));
        }
        for (size_t c = 0; c < COUNT(contexts); c++) {
            for (size_t with = 0; with < COUNT(contexts); with++) {
                transit_item item = { .text = vc__buf_get(&sealed[c]),
                                      .context = vc_str(contexts[with]),
                                      .aad = vc_str("eQ==") };
                vc__auto(vc__buf) out = VC__BUF(64);
                const bool same = strcmp(contexts[c], contexts[with]) == 0;
                assert_int_equal(transit_decrypt(&work, &item, &out), same);
                if (same)
                    assert_true(vc__view_is(vc__buf_get(&out), "eA=="));
                else
                    assert_non_null(strstr(item.error, "message authentication failed"));
            }
        }
        for (size_t c = 0; c < COUNT(contexts); c++)
            vc__buf_free(&sealed[c]);
        transit_work_free(&work);
        transit_version_clear(&version);
    }
}

/* draft-irtf-cfrg-xchacha-03, section 2.2.1 and appendix A.3.1 */
static void xchacha_is_that_of_its_draft(void **state)
{
    (void)state;
    static const char *const text =
        "Ladies and Gentlemen of the class of '99: If I could offer you only one tip "
        "for the future, sunscreen would be it.";
    unsigned char key[32], nonce[16], subkey[32], expected[32], aad[12];
    char long_nonce[24], sealed[256], sealed_expected[256];
    for (size_t i = 0; i < sizeof key; i++)
        key[i] = (unsigned char)i;
    assert_true(vc__hex_decode(nonce, vc_str("000000090000004a0000000031415927")));
    assert_true(
        vc__hex_decode(expected, vc_str("82413b4227b27bfed30e42508a877d73a0f9e4d58a74a853c12ec41326d3ecdc")));
    dev_hchacha20(key, nonce, subkey);
    assert_memory_equal(subkey, expected, sizeof subkey);

    for (size_t i = 0; i < sizeof key; i++)
        key[i] = (unsigned char)(0x80 + i);
    for (size_t i = 0; i < sizeof long_nonce; i++)
        long_nonce[i] = (char)(0x40 + i);
    assert_true(vc__hex_decode(aad, vc_str("50515253c0c1c2c3c4c5c6c7")));
    assert_true(vc__hex_decode(
        (unsigned char *)sealed_expected,
        vc_str(
            "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39"
            "ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9"
            "21f9664c97637da9768812f615c68b13b52e"
            "c0875924c1c7987947deafd8780acf49")));
    const vc_view bound = vc_view_of((const char *)aad, sizeof aad);
    assert_int_equal(dev_xchacha_seal(key, long_nonce, bound, vc_str(text), sealed), VC_OK);
    assert_memory_equal(sealed, sealed_expected, strlen(text) + 16);
    const vc_view whole = vc_view_of(sealed, strlen(text) + 16);
    assert_int_equal(dev_xchacha_open(key, long_nonce, bound, whole, sealed), VC_OK);
    assert_memory_equal(sealed, text, strlen(text));
    memcpy(sealed, sealed_expected, whole.len);
    sealed[3] ^= 1;
    assert_int_not_equal(dev_xchacha_open(key, long_nonce, bound, whole, sealed), VC_OK);
}

static const struct {
    const char *text;
    transit_split split;
    long version;
    const char *rest;
} splits[] = {
    { "vault:v1:eA==", TRANSIT_SPLIT_OK, 1, "eA==" },
    { "vault:v0:", TRANSIT_SPLIT_OK, 0, "" },
    { "vault:v-12:a:b", TRANSIT_SPLIT_OK, -12, "a:b" },
    { "vault:v+3:x", TRANSIT_SPLIT_OK, 3, "x" },
    { "vault:v", TRANSIT_FIELDS, 0, NULL },
    { "vault:v1", TRANSIT_FIELDS, 0, NULL },
    { "vault:v:x", TRANSIT_NUMBER, 0, NULL },
    { "vault:vx:x", TRANSIT_NUMBER, 0, NULL },
    { "vault:v1x:x", TRANSIT_NUMBER, 0, NULL },
    { "vault:v 1:x", TRANSIT_NUMBER, 0, NULL },
    { "vault:v123456789012:x", TRANSIT_NUMBER, 0, NULL },
    { "vault:", TRANSIT_NO_PREFIX, 0, NULL },
    { "Vault:v1:x", TRANSIT_NO_PREFIX, 0, NULL },
    { "", TRANSIT_NO_PREFIX, 0, NULL },
};

static void ciphertexts_are_split(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(splits); i++) {
        long version = 0;
        vc_view rest = { NULL, 0 };
        assert_int_equal(transit_split_text(vc_str(splits[i].text), &version, &rest), splits[i].split);
        if (!splits[i].rest)
            continue;
        assert_int_equal(version, splits[i].version);
        assert_true(vc__view_is(rest, splits[i].rest));
    }
}

/* -- what a real server made -- */

/* The key that the vectors are of. */
static void known_key(transit_key *key, transit_version *version, const char *type)
{
    const char *der = strcmp(type, "rsa-2048") == 0     ? rsa_2048
                      : strcmp(type, "ecdsa-p256") == 0 ? ecdsa_p256
                      : strcmp(type, "ecdsa-p521") == 0 ? ecdsa_p521
                                                        : NULL;
    char bytes[2048];
    size_t len;
    make_key(key, version, "openbao-2.7", type, 32);
    if (der) {
        assert_int_equal(vc__base64_decode(bytes, &len, vc_str(der), NULL), VC_OK);
        version->pair = dev_pair_read_private(vc_view_of(bytes, len));
        assert_non_null(version->pair);
        assert_true(dev_pair_is(version->pair, key->type->pair, key->type->bits));
    } else if (strcmp(type, "ed25519") == 0) {
        version->pair = dev_pair_ed25519(version->secret);
    }
}

/* The bytes of "vault:v1:...", which is in base64, or in that of URLs. */
static vc_view bytes_of(const char *text, bool jws, vc__buf *out)
{
    vc__auto(vc__buf) plain = VC__BUF(4096);
    size_t bad;
    vc_view encoded = vc_str(text + strlen("vault:v1:"));
    assert_true(!jws || transit_from_url(encoded, &plain));
    assert_true(transit_decode(jws ? vc__buf_get(&plain) : encoded, out, &bad));
    return vc__buf_get(out);
}

static void signatures_are_those_of_openbao(void **state)
{
    (void)state;
    static const char text[] = "hello vault";
    for (size_t i = 0; i < COUNT(signatures); i++) {
        transit_key key;
        transit_version version;
        unsigned char sum[EVP_MAX_MD_SIZE];
        unsigned len = 0;
        const char *why;
        bool valid = false;
        vc__auto(vc__buf) theirs = VC__BUF(4096), ours = VC__BUF(4096);
        const bool jws = strcmp(signatures[i].marshaling, "jws") == 0;
        const dev_signing how = { .digest = transit_digest(vc_str(signatures[i].hash)),
                                  .pkcs1 = strcmp(signatures[i].algorithm, "pkcs1v15") == 0,
                                  .jws = jws,
                                  .salt = signatures[i].salt };
        known_key(&key, &version, signatures[i].type);
        vc_view input = vc_str(text);
        if (!signatures[i].prehashed && strcmp(signatures[i].type, "ed25519") != 0) {
            assert_int_equal(EVP_Digest(text, strlen(text), sum, &len, how.digest, NULL), 1);
            input = vc_view_of((const char *)sum, len);
        }
        const vc_view signature = bytes_of(signatures[i].signature, jws, &theirs);
        assert_true(dev_pair_verify(version.pair, &how, input, signature, &valid, &why));
        assert_true(valid);
        theirs.data[theirs.len / 2] ^= 1;
        valid = false;
        assert_true(!dev_pair_verify(version.pair, &how, input, signature, &valid, &why) || !valid);
        theirs.data[theirs.len / 2] ^= 1;
        assert_true(dev_pair_sign(version.pair, &how, input, &ours, &why));
        assert_int_equal(vc__view_equal(vc__buf_get(&ours), signature), signatures[i].made);
        assert_true(dev_pair_verify(version.pair, &how, input, vc__buf_get(&ours), &valid, &why) && valid);
        transit_version_clear(&version);
    }
}

static void ciphertexts_are_opened_as_openbao_made_them(void **state)
{
    (void)state;
    vc__autoptr(vc__random) random = vc__random_new(NULL);
    for (size_t i = 0; i < COUNT(ciphertexts); i++) {
        transit_key key;
        transit_version version;
        transit_work work;
        vc__auto(vc__buf) out = VC__BUF(256);
        known_key(&key, &version, ciphertexts[i].type);
        key.derived = ciphertexts[i].derived;
        key.counter_kdf = ciphertexts[i].counter;
        transit_work_start(&work, &key, random);
        transit_item item = { .text = vc_str(ciphertexts[i].ciphertext),
                              .context = vc_str(ciphertexts[i].derived ? "dGVuYW50LTQy" : ""),
                              .aad = vc_str(ciphertexts[i].bound ? "YWFk" : "") };
        assert_true(transit_decrypt(&work, &item, &out));
        assert_true(vc__view_is(vc__buf_get(&out), "aGVsbG8gdmF1bHQ="));
        transit_work_free(&work);
        transit_version_clear(&version);
    }
}

static void hmacs_are_those_of_openbao(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(hmacs); i++) {
        transit_key key;
        transit_version version;
        unsigned char sum[EVP_MAX_MD_SIZE];
        unsigned len = 0;
        vc__auto(vc__buf) theirs = VC__BUF(256);
        make_key(&key, &version, "openbao-2.7", "hmac", 32);
        const vc_view secret = transit_hmac_key(&key, &version),
                      tag = bytes_of(hmacs[i].hmac, false, &theirs);
        HMAC(transit_digest(vc_str(hmacs[i].hash)), secret.data, (int)secret.len,
             (const unsigned char *)"hello vault", 11, sum, &len);
        assert_int_equal(len, tag.len);
        assert_memory_equal(sum, tag.data, len);
        transit_version_clear(&version);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(convergent_encryption_is_that_of_vault),
        cmocka_unit_test(derived_keys_differ_by_context_only),
        cmocka_unit_test(xchacha_is_that_of_its_draft),
        cmocka_unit_test(ciphertexts_are_split),
        cmocka_unit_test(signatures_are_those_of_openbao),
        cmocka_unit_test(ciphertexts_are_opened_as_openbao_made_them),
        cmocka_unit_test(hmacs_are_those_of_openbao),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

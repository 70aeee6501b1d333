/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calls of transit.h that are not in typed.c against a server: data keys, HMACs, signatures by every type of
 * key, random bytes, digests. The server's address and root token come from the environment.
 */
#include "typed.h"

#define MOUNT "typedvalue"

static void make(vc_client *vault, const char *name, const char *type, int derived)
{
    vc_transit_settings *settings = vc_transit_settings_new(&err);
    CHECK(vc_transit_settings_set_type(settings, type, &err) == VC_OK);
    if (derived)
        CHECK(vc_transit_settings_set_derived(settings, 1, &err) == VC_OK);
    if (strcmp(type, "hmac") == 0)
        CHECK(vc_transit_settings_set_key_size(settings, 32, &err) == VC_OK);
    CHECK(vc_transit_key_create(vault, name, settings, &err) == VC_OK);
    vc_transit_settings_free(settings);
}

static void data_keys(vc_client *vault)
{
    vc_bytes key = VC_BYTES_INIT, sealed = VC_BYTES_INIT, back = VC_BYTES_INIT;
    vc_transit_options *options = vc_transit_options_new(&err);
    make(vault, MOUNT "/aes", "aes256-gcm96", 0);
    make(vault, MOUNT "/derived", "aes256-gcm96", 1);
    for (unsigned bits = 128; bits <= 512; bits *= 2) {
        CHECK(vc_transit_datakey_create(vault, MOUNT "/aes", bits, NULL, &key, &sealed, &err) == VC_OK);
        CHECK(key.len == bits / 8 && starts(sealed, "vault:v1:"));
        CHECK(vc_transit_decrypt(vault, MOUNT "/aes", vc_bytes_view(sealed), NULL, &back, &err) == VC_OK &&
              is(back, key.data, key.len));
        vc_bytes_free(&key);
        vc_bytes_free(&sealed);
        vc_bytes_free(&back);
    }
    CHECK(vc_transit_datakey_create(vault, MOUNT "/aes", 256, NULL, NULL, &sealed, &err) == VC_OK);
    CHECK(vc_transit_decrypt(vault, MOUNT "/aes", vc_bytes_view(sealed), NULL, &back, &err) == VC_OK && back.len == 32);
    vc_bytes_free(&sealed);
    vc_bytes_free(&back);
    CHECK(vc_transit_datakey_create(vault, MOUNT "/derived", 256, options, &key, &sealed, &err) == VC_E_REQUEST);
    CHECK(vc_transit_options_set_context(options, vc_str("c"), &err) == VC_OK);
    CHECK(vc_transit_datakey_create(vault, MOUNT "/derived", 256, options, &key, &sealed, &err) == VC_OK);
    CHECK(vc_transit_decrypt(vault, MOUNT "/derived", vc_bytes_view(sealed), options, &back, &err) == VC_OK &&
          is(back, key.data, 32));
    vc_bytes_free(&key);
    vc_bytes_free(&sealed);
    vc_bytes_free(&back);
    CHECK(vc_transit_datakey_create(vault, MOUNT "/aes", 192, NULL, &key, &sealed, &err) == VC_E_ARGUMENT);
    CHECK(vc_transit_datakey_create(vault, MOUNT "/none", 256, NULL, &key, &sealed, &err) == VC_E_NOT_FOUND);
    CHECK(!key.data && !sealed.data);
    vc_transit_options_free(options);
}

static void random_bytes(vc_client *vault)
{
    vc_bytes one = VC_BYTES_INIT, other = VC_BYTES_INIT;
    static const char *const sources[] = { NULL, "platform", "all" };
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        CHECK(vc_transit_random(vault, MOUNT, sources[i], 33, &one, &err) == VC_OK && one.len == 33);
        CHECK(vc_transit_random(vault, MOUNT, sources[i], 33, &other, &err) == VC_OK && !is(one, other.data, 33));
        vc_bytes_free(&one);
        vc_bytes_free(&other);
    }
    CHECK(vc_transit_random(vault, MOUNT, NULL, 100000, &one, &err) == VC_OK && one.len == 100000);
    vc_bytes_free(&one);
    CHECK(vc_transit_random(vault, MOUNT, "dice", 3, &one, &err) == VC_E_REQUEST);
    CHECK(vc_transit_random(vault, MOUNT, "a/b", 3, &one, &err) == VC_E_ARGUMENT);
    CHECK(vc_transit_random(vault, MOUNT, NULL, 0, &one, &err) == VC_E_ARGUMENT);
    CHECK(vc_transit_random(vault, MOUNT, NULL, 1 << 30, &one, &err) == VC_E_REQUEST && !one.data);
}

static void digests(vc_client *vault)
{
    static const char empty[] = "\xe3\xb0\xc4\x42\x98\xfc\x1c\x14\x9a\xfb\xf4\xc8\x99\x6f\xb9\x24"
                                "\x27\xae\x41\xe4\x64\x9b\x93\x4c\xa4\x95\x99\x1b\x78\x52\xb8\x55";
    vc_bytes digest = VC_BYTES_INIT;
    CHECK(vc_transit_hash(vault, MOUNT, NULL, vc_str(""), &digest, &err) == VC_OK && is(digest, empty, 32));
    vc_bytes_free(&digest);
    static const struct {
        const char *name;
        size_t len;
    } names[] = { { "sha2-224", 28 }, { "sha2-256", 32 }, { "sha2-384", 48 }, { "sha2-512", 64 },
                  { "sha3-224", 28 }, { "sha3-256", 32 }, { "sha3-384", 48 }, { "sha3-512", 64 } };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        CHECK(vc_transit_hash(vault, MOUNT, names[i].name, vc_view_of("a\0b", 3), &digest, &err) == VC_OK);
        CHECK(digest.len == names[i].len);
        vc_bytes_free(&digest);
    }
    CHECK(vc_transit_hash(vault, MOUNT, "md5", vc_str(""), &digest, &err) == VC_E_REQUEST);
    CHECK(vc_transit_hash(vault, MOUNT, "\"", vc_str(""), &digest, &err) == VC_E_ARGUMENT && !digest.data);
}

static void hmacs(vc_client *vault)
{
    static const char *const keys[] = { MOUNT "/aes", MOUNT "/hmac" };
    static const char *const hashes[] = { NULL, "sha2-224", "sha2-384", "sha2-512", "sha3-256" };
    make(vault, MOUNT "/hmac", "hmac", 0);
    vc_bytes hmac = VC_BYTES_INIT, out = VC_BYTES_INIT;
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < sizeof hashes / sizeof hashes[0]; i++) {
            vc_transit_options *options = vc_transit_options_new(&err);
            CHECK(vc_transit_options_set_hash_algorithm(options, hashes[i], &err) == VC_OK);
            CHECK(vc_transit_hmac(vault, keys[k], vc_str("m"), options, &hmac, &err) == VC_OK);
            CHECK(starts(hmac, "vault:v1:"));
            CHECK(vc_transit_verify_hmac(vault, keys[k], vc_str("m"), vc_bytes_view(hmac), options, &err) == VC_OK);
            CHECK(vc_transit_verify_hmac(vault, keys[k], vc_str("n"), vc_bytes_view(hmac), options, &err) ==
                  VC_E_SIGNATURE);
            vc_bytes_free(&hmac);
            vc_transit_options_free(options);
        }
    CHECK(vc_transit_hmac(vault, MOUNT "/aes", vc_str(""), NULL, &hmac, &err) == VC_OK);
    CHECK(vc_transit_verify_hmac(vault, MOUNT "/aes", vc_str(""), vc_bytes_view(hmac), NULL, &err) == VC_OK);
    static const char *const bad[] = { "", "vault:v1:", "vault:v1:AAAA", "vault:v9:AAAA", "x", "vault:v1:!" };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const vc_code code = vc_transit_verify_hmac(vault, MOUNT "/aes", vc_str(""), vc_str(bad[i]), NULL, &err);
        CHECK(code == VC_E_SIGNATURE || code == VC_E_REFUSED);
    }
    CHECK(vc_transit_verify_hmac(vault, MOUNT "/aes", vc_str(""), vc_str(NULL), NULL, &err) == VC_E_SIGNATURE);
    CHECK(vc_transit_verify_hmac(vault, MOUNT "/none", vc_str(""), vc_bytes_view(hmac), NULL, &err) == VC_E_NOT_FOUND);
    CHECK(vc_transit_hmac(vault, MOUNT "/none", vc_str(""), NULL, &out, &err) == VC_E_NOT_FOUND && !out.data);
    vc_transit_options *options = vc_transit_options_new(&err);
    CHECK(vc_transit_options_set_context(options, vc_str(""), &err) == VC_OK);
    CHECK(vc_transit_hmac(vault, MOUNT "/aes", vc_str(""), options, &out, &err) == VC_E_ARGUMENT);
    vc_transit_options_free(options);
    options = vc_transit_options_new(&err);
    vc_transit_options_set_key_version(options, 7);
    CHECK(vc_transit_hmac(vault, MOUNT "/aes", vc_str(""), options, &out, &err) == VC_E_REQUEST);
    vc_transit_options_free(options);
    vc_bytes_free(&hmac);
}

static vc_transit_options *signing(const char *hash, const char *signature, const char *marshaling, int salt)
{
    vc_transit_options *options = vc_transit_options_new(&err);
    CHECK(vc_transit_options_set_hash_algorithm(options, hash, &err) == VC_OK);
    CHECK(vc_transit_options_set_signature_algorithm(options, signature, &err) == VC_OK);
    CHECK(vc_transit_options_set_marshaling(options, marshaling, &err) == VC_OK);
    if (salt)
        CHECK(vc_transit_options_set_salt_length(options, salt, &err) == VC_OK);
    return options;
}

static void sign_and_verify(vc_client *vault, const char *key, const vc_transit_options *options, vc_view input)
{
    vc_bytes signature = VC_BYTES_INIT;
    CHECK(vc_transit_sign(vault, key, input, options, &signature, &err) == VC_OK);
    CHECK(starts(signature, "vault:v1:"));
    CHECK(vc_transit_verify(vault, key, input, vc_bytes_view(signature), options, &err) == VC_OK);
    if (signature.len > 20) {
        signature.data[15] = signature.data[15] == 'A' ? 'B' : 'A';
        const vc_code code = vc_transit_verify(vault, key, input, vc_bytes_view(signature), options, &err);
        CHECK(code == VC_E_SIGNATURE);
    }
    vc_bytes_free(&signature);
}

static void signatures(vc_client *vault)
{
    static const struct {
        const char *type, *hash, *signature, *marshaling;
        int salt;
    } cases[] = {
        { "ed25519", NULL, NULL, NULL, 0 },
        { "ecdsa-p256", NULL, NULL, NULL, 0 },
        { "ecdsa-p256", "sha2-512", NULL, "jws", 0 },
        { "ecdsa-p384", "sha2-384", NULL, "asn1", 0 },
        { "ecdsa-p521", "sha3-512", NULL, NULL, 0 },
        { "rsa-2048", NULL, NULL, NULL, 0 },
        { "rsa-2048", "sha2-512", "pss", NULL, VC_TRANSIT_SALT_HASH },
        { "rsa-2048", "sha2-256", "pss", NULL, 20 },
        { "rsa-2048", "sha2-256", "pss", NULL, VC_TRANSIT_SALT_AUTO },
        { "rsa-2048", "sha2-384", "pkcs1v15", NULL, 0 },
        { "rsa-3072", NULL, NULL, NULL, 0 },
        { "rsa-4096", NULL, "pkcs1v15", NULL, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char name[80];
        snprintf(name, sizeof name, MOUNT "/%s", cases[i].type);
        make(vault, name, cases[i].type, 0);
        vc_transit_options *options = signing(cases[i].hash, cases[i].signature, cases[i].marshaling, cases[i].salt);
        sign_and_verify(vault, name, options, vc_view_of("m\0", 2));
        sign_and_verify(vault, name, options, vc_str(""));
        vc_transit_options_free(options);
    }
}

static void other_signatures(vc_client *vault)
{
    vc_bytes signature = VC_BYTES_INIT, digest = VC_BYTES_INIT;
    /* The digest of a value, signed as such, is the signature of the value. */
    vc_transit_options *options = signing("sha2-256", "pkcs1v15", NULL, 0);
    CHECK(vc_transit_hash(vault, MOUNT, "sha2-256", vc_str("m"), &digest, &err) == VC_OK);
    vc_transit_options_set_prehashed(options, 1);
    sign_and_verify(vault, MOUNT "/rsa-2048", options, vc_bytes_view(digest));
    CHECK(vc_transit_sign(vault, MOUNT "/rsa-2048", vc_bytes_view(digest), options, &signature, &err) == VC_OK);
    vc_transit_options_set_prehashed(options, 0);
    CHECK(vc_transit_verify(vault, MOUNT "/rsa-2048", vc_str("m"), vc_bytes_view(signature), options, &err) == VC_OK);
    vc_bytes_free(&signature);
    vc_transit_options_set_prehashed(options, 1);
    CHECK(vc_transit_sign(vault, MOUNT "/rsa-2048", vc_str("short"), options, &signature, &err) == VC_E_REFUSED);
    vc_transit_options_free(options);

    make(vault, MOUNT "/ed-derived", "ed25519", 1);
    options = vc_transit_options_new(&err);
    CHECK(vc_transit_sign(vault, MOUNT "/ed-derived", vc_str("m"), options, &signature, &err) == VC_E_REQUEST);
    CHECK(vc_transit_options_set_context(options, vc_str("c"), &err) == VC_OK);
    sign_and_verify(vault, MOUNT "/ed-derived", options, vc_str("m"));
    vc_transit_options_set_key_version(options, 3);
    CHECK(vc_transit_sign(vault, MOUNT "/ed-derived", vc_str("m"), options, &signature, &err) == VC_E_REQUEST);
    CHECK(vc_transit_decrypt(vault, MOUNT "/aes", vc_str("vault:v1:AAAA"), options, &digest, &err) == VC_E_CIPHERTEXT);
    vc_transit_options_free(options);

    CHECK(vc_transit_sign(vault, MOUNT "/aes", vc_str("m"), NULL, &signature, &err) == VC_E_REQUEST);
    CHECK(vc_transit_sign(vault, MOUNT "/none", vc_str("m"), NULL, &signature, &err) == VC_E_NOT_FOUND);
    CHECK(vc_transit_verify(vault, MOUNT "/none", vc_str("m"), vc_str("vault:v1:AAAA"), NULL, &err) == VC_E_NOT_FOUND);
    options = signing("md5", NULL, NULL, 0);
    CHECK(vc_transit_sign(vault, MOUNT "/rsa-2048", vc_str("m"), options, &signature, &err) == VC_E_REQUEST);
    CHECK(vc_transit_encrypt(vault, MOUNT "/aes", vc_str("m"), options, &signature, &err) == VC_E_ARGUMENT);
    CHECK(vc_transit_options_set_hash_algorithm(options, "SHA\"", &err) == VC_E_ARGUMENT);
    CHECK(vc_transit_options_set_salt_length(options, -3, &err) == VC_E_ARGUMENT);
    vc_transit_options_free(options);
    options = signing(NULL, NULL, "xml", 0);
    CHECK(vc_transit_sign(vault, MOUNT "/ecdsa-p256", vc_str("m"), options, &signature, &err) == VC_E_REQUEST);
    vc_transit_options_free(options);
    CHECK(!signature.data);
    vc_bytes_free(&digest);
}

/* A context and associated data of 1 MiB is what the options take; Vault's own limit on a string is as much in Base64. */
static void large_options(void)
{
    enum { MIB = 1 << 20 };
    char *bytes = calloc(1, MIB + 1);
    vc_transit_options *options = vc_transit_options_new(&err);
    CHECK(vc_transit_options_set_context(options, vc_view_of(bytes, MIB), &err) == VC_OK);
    CHECK(vc_transit_options_set_context(options, vc_view_of(bytes, MIB + 1), &err) == VC_E_LIMIT);
    CHECK(vc_transit_options_set_associated_data(options, vc_view_of(bytes, MIB), &err) == VC_OK);
    vc_transit_options_free(options);
    free(bytes);
}

int main(void)
{
    vc_client *vault = vc_client_open(NULL, &err);
    if (!vault) {
        printf("%s\n", err.message);
        return 99;
    }
    CHECK(vc_sys_mount_enable(vault, MOUNT, "transit", NULL, &err) == VC_OK);
    data_keys(vault);
    random_bytes(vault);
    digests(vault);
    hmacs(vault);
    signatures(vault);
    other_signatures(vault);
    large_options();
    vc_client_close(vault);
    printf("%d passed, %d failed\n", passed, failed);
    return failed != 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calls of transit_key.h against a server, with the installed headers only. The server's address and root
 * token come from the environment.
 */
#include "typed.h"

#define MOUNT "typedkey"

static void list(vc_client *vault)
{
    vc_transit_keys *keys = vc_transit_keys_read(vault, MOUNT, &err);
    CHECK(keys && vc_transit_keys_count(keys) == 0 && !vc_transit_keys_name(keys, 0));
    vc_transit_keys_free(keys);
    CHECK(vc_transit_key_create(vault, MOUNT "/b", NULL, &err) == VC_OK);
    CHECK(vc_transit_key_create(vault, MOUNT "/a", NULL, &err) == VC_OK);
    keys = vc_transit_keys_read(vault, MOUNT "/", &err);
    CHECK(keys && vc_transit_keys_count(keys) == 2);
    CHECK(keys && strcmp(vc_transit_keys_name(keys, 0), "a") == 0 && strcmp(vc_transit_keys_name(keys, 1), "b") == 0);
    CHECK(keys && !vc_transit_keys_name(keys, 2));
    vc_transit_keys_free(keys);
    CHECK(!vc_transit_keys_read(vault, "nosuchmount", &err) && err.code == VC_E_NOT_FOUND);
}

/* Every type that a server of our days has: made, read, its versions and public keys told. */
static void types(vc_client *vault)
{
    static const struct {
        const char *type;
        int encrypts, signs, pairs;
    } cases[] = {
        { "aes128-gcm96", 1, 0, 0 }, { "aes256-gcm96", 1, 0, 0 }, { "chacha20-poly1305", 1, 0, 0 },
        { "ed25519", 0, 1, 1 },      { "ecdsa-p256", 0, 1, 1 },   { "ecdsa-p384", 0, 1, 1 },
        { "ecdsa-p521", 0, 1, 1 },   { "rsa-2048", 1, 1, 1 },     { "rsa-3072", 1, 1, 1 },
        { "rsa-4096", 1, 1, 1 },     { "hmac", 0, 0, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char name[80];
        snprintf(name, sizeof name, MOUNT "/type-%s", cases[i].type);
        vc_transit_settings *settings = vc_transit_settings_new(&err);
        CHECK(vc_transit_settings_set_type(settings, cases[i].type, &err) == VC_OK);
        if (strcmp(cases[i].type, "hmac") == 0)
            CHECK(vc_transit_settings_set_key_size(settings, 64, &err) == VC_OK);
        CHECK(vc_transit_key_create(vault, name, settings, &err) == VC_OK);
        CHECK(vc_transit_key_rotate(vault, name, &err) == VC_OK);
        vc_transit_settings_free(settings);
        vc_transit_key *key = vc_transit_key_read(vault, name, &err);
        CHECK(key && strcmp(vc_transit_key_type(key), cases[i].type) == 0);
        CHECK(key && vc_transit_key_latest_version(key) == 2);
        CHECK(key && vc_transit_key_supports_encryption(key) == cases[i].encrypts);
        CHECK(key && vc_transit_key_supports_signing(key) == cases[i].signs);
        const size_t versions = strcmp(cases[i].type, "hmac") == 0 ? 0 : 2;
        CHECK(key && vc_transit_key_version_count(key) == versions);
        for (size_t v = 0; key && v < versions; v++) {
            CHECK(vc_transit_key_version(key, v) == v + 1);
            CHECK(vc_transit_key_version_created(key, v + 1) > 1700000000);
            const char *public = vc_transit_key_version_public_key(key, v + 1);
            CHECK(cases[i].pairs ? strlen(public) > 40 : !public[0]);
            CHECK(!vc_transit_key_version_certificates(key, v + 1)[0]);
        }
        vc_transit_key_free(key);
    }
}

static void trim_and_delete(vc_client *vault)
{
    static const char name[] = MOUNT "/old";
    CHECK(vc_transit_key_create(vault, name, NULL, &err) == VC_OK);
    CHECK(vc_transit_key_rotate(vault, name, &err) == VC_OK && vc_transit_key_rotate(vault, name, &err) == VC_OK);
    CHECK(vc_transit_key_trim(vault, name, 2, &err) == VC_E_REQUEST);
    CHECK(vc_transit_key_trim(vault, MOUNT "/none", 2, &err) == VC_E_NOT_FOUND);
    vc_transit_settings *settings = vc_transit_settings_new(&err);
    CHECK(vc_transit_settings_set_min_decryption_version(settings, 2, &err) == VC_OK);
    CHECK(vc_transit_settings_set_min_encryption_version(settings, 3, &err) == VC_OK);
    CHECK(vc_transit_key_configure(vault, name, settings, &err) == VC_OK);
    CHECK(vc_transit_key_trim(vault, name, 2, &err) == VC_OK);
    vc_transit_key *key = vc_transit_key_read(vault, name, &err);
    CHECK(key && vc_transit_key_min_available_version(key) == 2 && vc_transit_key_version_count(key) == 2);
    CHECK(key && vc_transit_key_version(key, 0) == 2 && vc_transit_key_version(key, 1) == 3);
    CHECK(key && !vc_transit_key_allows_deletion(key) && !vc_transit_key_is_soft_deleted(key));
    vc_transit_key_free(key);
    CHECK(vc_transit_key_trim(vault, name, 9, &err) == VC_E_REQUEST);
    CHECK(vc_transit_key_delete(vault, name, &err) == VC_E_REQUEST);
    vc_transit_settings_free(settings);
    settings = vc_transit_settings_new(&err);
    CHECK(vc_transit_settings_set_deletion_allowed(settings, 1, &err) == VC_OK);
    CHECK(vc_transit_key_configure(vault, name, settings, &err) == VC_OK);
    CHECK(vc_transit_key_delete(vault, name, &err) == VC_OK);
    CHECK(vc_transit_key_delete(vault, name, &err) == VC_E_NOT_FOUND);
    vc_transit_settings_free(settings);
}

static void upsert(vc_client *vault)
{
    int allowed = -1;
    vc_bytes out = VC_BYTES_INIT;
    CHECK(vc_transit_mount_get_upsert(vault, MOUNT, &allowed, &err) == VC_OK && allowed == 1);
    CHECK(vc_transit_mount_set_upsert(vault, MOUNT, 0, &err) == VC_OK);
    CHECK(vc_transit_mount_get_upsert(vault, MOUNT, &allowed, &err) == VC_OK && allowed == 0);
    CHECK(vc_transit_encrypt(vault, MOUNT "/upserted", vc_str("x"), NULL, &out, &err) == VC_E_NOT_FOUND);
    CHECK(vc_transit_mount_set_upsert(vault, MOUNT, 1, &err) == VC_OK);
    CHECK(vc_transit_encrypt(vault, MOUNT "/upserted", vc_str("x"), NULL, &out, &err) == VC_OK);
    vc_bytes_free(&out);
}

/* A key that may leave, of a type. */
static void make_exportable(vc_client *vault, const char *name, const char *type)
{
    vc_transit_settings *settings = vc_transit_settings_new(&err);
    CHECK(vc_transit_settings_set_type(settings, type, &err) == VC_OK);
    CHECK(vc_transit_settings_set_exportable(settings, 1, &err) == VC_OK);
    CHECK(vc_transit_settings_set_plaintext_backup(settings, 1, &err) == VC_OK);
    CHECK(vc_transit_key_create(vault, name, settings, &err) == VC_OK);
    vc_transit_settings_free(settings);
}

static void check_export(vc_client *vault, const char *name, const char *type, size_t len, const char *begins)
{
    vc_transit_material *material = vc_transit_key_export(vault, name, type, 0, &err);
    CHECK(material && vc_transit_material_count(material) == 1 && vc_transit_material_version(material, 0) == 1);
    const vc_view key = material ? vc_transit_material_key(material, 0) : vc_str(NULL);
    CHECK(key.data && (!len || key.len == len) && key.data[key.len] == 0);
    CHECK(!begins || (key.data && strncmp(key.data, begins, strlen(begins)) == 0));
    CHECK(!material || (!vc_transit_material_key(material, 1).data && !vc_transit_material_version(material, 1)));
    vc_transit_material_free(material);
}

static void exports(vc_client *vault)
{
    make_exportable(vault, MOUNT "/x-aes", "aes256-gcm96");
    make_exportable(vault, MOUNT "/x-rsa", "rsa-2048");
    make_exportable(vault, MOUNT "/x-ec", "ecdsa-p256");
    make_exportable(vault, MOUNT "/x-ed", "ed25519");
    check_export(vault, MOUNT "/x-aes", "encryption-key", 32, NULL);
    check_export(vault, MOUNT "/x-aes", "hmac-key", 32, NULL);
    check_export(vault, MOUNT "/x-rsa", "encryption-key", 0, "-----BEGIN RSA PRIVATE KEY-----");
    check_export(vault, MOUNT "/x-rsa", "public-key", 0, "-----BEGIN PUBLIC KEY-----");
    check_export(vault, MOUNT "/x-ec", "signing-key", 0, "-----BEGIN EC PRIVATE KEY-----");
    check_export(vault, MOUNT "/x-ed", "signing-key", 64, NULL);
    check_export(vault, MOUNT "/x-ed", "public-key", 32, NULL);
    for (int i = 0; i < 11; i++)
        CHECK(vc_transit_key_rotate(vault, MOUNT "/x-aes", &err) == VC_OK);
    vc_transit_material *all = vc_transit_key_export(vault, MOUNT "/x-aes", "encryption-key", 0, &err);
    vc_transit_material *last =
        vc_transit_key_export(vault, MOUNT "/x-aes", "encryption-key", VC_TRANSIT_LATEST, &err);
    vc_transit_material *tenth = vc_transit_key_export(vault, MOUNT "/x-aes", "encryption-key", 10, &err);
    CHECK(all && last && tenth && vc_transit_material_count(all) == 12);
    CHECK(all && vc_transit_material_version(all, 9) == 10 && vc_transit_material_version(all, 11) == 12);
    CHECK(last && vc_transit_material_version(last, 0) == 12 && vc_transit_material_count(last) == 1);
    CHECK(all && tenth &&
          memcmp(vc_transit_material_key(all, 9).data, vc_transit_material_key(tenth, 0).data, 32) == 0);
    vc_transit_material_free(all);
    vc_transit_material_free(last);
    vc_transit_material_free(tenth);
    static const struct {
        const char *name, *type;
        uint64_t version;
        vc_code code;
    } refused[] = {
        { MOUNT "/a", "encryption-key", 0, VC_E_REQUEST },     { MOUNT "/x-aes", "encryption-key", 99, VC_E_REQUEST },
        { MOUNT "/x-aes", "signing-key", 0, VC_E_REQUEST },    { MOUNT "/x-aes", "public-key", 0, VC_E_REQUEST },
        { MOUNT "/x-ec", "encryption-key", 0, VC_E_REQUEST },  { MOUNT "/x-ec", "certificate-chain", 0, VC_E_REQUEST },
        { MOUNT "/none", "encryption-key", 0, VC_E_NOT_FOUND }, { MOUNT "/x-ec", "soul", 0, VC_E_REQUEST },
        { MOUNT "/x-ec", "a/b", 0, VC_E_ARGUMENT },            { MOUNT "/x-ec", NULL, 0, VC_E_ARGUMENT },
    };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        const int right = !vc_transit_key_export(vault, refused[i].name, refused[i].type, refused[i].version, &err) &&
                          err.code == refused[i].code;
        CHECK(right);
        if (!right)
            printf("# case %zu\n", i);
    }
}

static void backups(vc_client *vault)
{
    vc_bytes sealed = VC_BYTES_INIT, backup = VC_BYTES_INIT, plain = VC_BYTES_INIT;
    make_exportable(vault, MOUNT "/saved", "aes256-gcm96");
    CHECK(vc_transit_encrypt(vault, MOUNT "/saved", vc_str("kept"), NULL, &sealed, &err) == VC_OK);
    CHECK(vc_transit_key_backup(vault, MOUNT "/saved", &backup, &err) == VC_OK && backup.len > 100);
    CHECK(vc_transit_key_restore(vault, MOUNT "/", vc_bytes_view(backup), 0, &err) == VC_E_REQUEST);
    CHECK(vc_transit_key_restore(vault, MOUNT "/saved", vc_bytes_view(backup), 0, &err) == VC_E_REQUEST);
    CHECK(vc_transit_key_restore(vault, MOUNT "/", vc_bytes_view(backup), 1, &err) == VC_OK);
    CHECK(vc_transit_key_restore(vault, MOUNT "/restored", vc_bytes_view(backup), 0, &err) == VC_OK);
    CHECK(vc_transit_decrypt(vault, MOUNT "/restored", vc_bytes_view(sealed), NULL, &plain, &err) == VC_OK &&
          is(plain, "kept", 4));
    vc_bytes_free(&plain);
    vc_bytes_free(&backup);
    CHECK(vc_transit_key_backup(vault, MOUNT "/a", &backup, &err) == VC_E_REQUEST && !backup.data);
    CHECK(vc_transit_key_backup(vault, MOUNT "/none", &backup, &err) == VC_E_NOT_FOUND);
    CHECK(vc_transit_key_restore(vault, MOUNT "/bad", vc_str("AAAA"), 0, &err) != VC_OK);
    CHECK(vc_transit_key_restore(vault, MOUNT "/bad", vc_str(""), 0, &err) == VC_E_ARGUMENT);
    vc_bytes_free(&sealed);
}

/* Wraps a key and imports it. */
static vc_code bring(vc_client *vault, const char *name, const char *type, vc_view key, const char *hash, int version)
{
    vc_bytes pem = VC_BYTES_INIT, wrapped = VC_BYTES_INIT;
    vc_transit_settings *settings = vc_transit_settings_new(&err);
    vc_code code = vc_transit_wrapping_key_read(vault, MOUNT, &pem, &err);
    CHECK(code == VC_OK && starts(pem, "-----BEGIN PUBLIC KEY-----"));
    CHECK(vc_transit_wrap_key(vc_bytes_view(pem), key, hash, &wrapped, &err) == VC_OK);
    CHECK(vc_transit_settings_set_type(settings, type, &err) == VC_OK);
    CHECK(vc_transit_settings_set_exportable(settings, 1, &err) == VC_OK);
    if (version)
        code = vc_transit_key_import_version(vault, name, vc_bytes_view(wrapped), hash, &err);
    else
        code = vc_transit_key_import(vault, name, vc_bytes_view(wrapped), hash, settings, &err);
    vc_transit_settings_free(settings);
    vc_bytes_free(&wrapped);
    vc_bytes_free(&pem);
    return code;
}

/* A private key that Vault made, exported: the PEM that it gave is what is brought. */
static void bring_pair(vc_client *vault, const char *from, const char *name, const char *type)
{
    vc_transit_material *made = vc_transit_key_export(vault, from, "signing-key", 1, &err);
    CHECK(made != NULL);
    if (made)
        CHECK(bring(vault, name, type, vc_transit_material_key(made, 0), NULL, 0) == VC_OK);
    vc_transit_key *one = vc_transit_key_read(vault, from, &err), *other = vc_transit_key_read(vault, name, &err);
    CHECK(one && other && vc_transit_key_is_imported(other) && strcmp(vc_transit_key_type(other), type) == 0);
    CHECK(one && other && strcmp(vc_transit_key_version_public_key(one, 1),
                                 vc_transit_key_version_public_key(other, 1)) == 0);
    vc_transit_key_free(one);
    vc_transit_key_free(other);
    vc_transit_material_free(made);
}

static void imports(vc_client *vault)
{
    static const char raw[] = "0123456789abcdef0123456789ABCDEF";
    static const char *const hashes[] = { NULL, "SHA1", "SHA224", "SHA256", "SHA384", "SHA512" };
    char name[80];
    for (size_t i = 0; i < sizeof hashes / sizeof hashes[0]; i++) {
        snprintf(name, sizeof name, MOUNT "/mine%zu", i);
        CHECK(bring(vault, name, "aes256-gcm96", vc_view_of(raw, 32), hashes[i], 0) == VC_OK);
    }
    vc_transit_material *back = vc_transit_key_export(vault, MOUNT "/mine1", "encryption-key", 0, &err);
    CHECK(back && vc_transit_material_key(back, 0).len == 32 &&
          memcmp(vc_transit_material_key(back, 0).data, raw, 32) == 0);
    vc_transit_material_free(back);
    CHECK(bring(vault, MOUNT "/mine1", "aes256-gcm96", vc_view_of(raw, 32), NULL, 0) == VC_E_REQUEST);
    CHECK(bring(vault, MOUNT "/mine1", "aes256-gcm96", vc_view_of(raw + 1, 32), NULL, 1) == VC_OK);
    vc_transit_key *key = vc_transit_key_read(vault, MOUNT "/mine1", &err);
    CHECK(key && vc_transit_key_latest_version(key) == 2 && vc_transit_key_is_imported(key) &&
          !vc_transit_key_allows_rotation(key));
    vc_transit_key_free(key);
    CHECK(vc_transit_key_rotate(vault, MOUNT "/mine1", &err) == VC_E_REQUEST);
    CHECK(bring(vault, MOUNT "/a", "aes256-gcm96", vc_view_of(raw, 32), NULL, 1) == VC_E_REQUEST);
    CHECK(bring(vault, MOUNT "/none", "aes256-gcm96", vc_view_of(raw, 32), NULL, 1) == VC_E_NOT_FOUND);
    CHECK(bring(vault, MOUNT "/short", "aes256-gcm96", vc_view_of(raw, 31), NULL, 0) == VC_E_REQUEST);
    vc_bytes sealed = VC_BYTES_INIT, plain = VC_BYTES_INIT;
    CHECK(vc_transit_encrypt(vault, MOUNT "/mine2", vc_str("x"), NULL, &sealed, &err) == VC_OK);
    CHECK(vc_transit_decrypt(vault, MOUNT "/mine3", vc_bytes_view(sealed), NULL, &plain, &err) == VC_OK);
    vc_bytes_free(&sealed);
    vc_bytes_free(&plain);
    CHECK(bring(vault, MOUNT "/mine128", "aes128-gcm96", vc_view_of(raw, 16), NULL, 0) == VC_OK);
    CHECK(bring(vault, MOUNT "/minecha", "chacha20-poly1305", vc_view_of(raw, 32), NULL, 0) == VC_OK);
    bring_pair(vault, MOUNT "/x-rsa", MOUNT "/mine-rsa", "rsa-2048");
    bring_pair(vault, MOUNT "/x-ec", MOUNT "/mine-ec", "ecdsa-p256");
    /* of RFC 8410, section 10.3 */
    static const char ed[] = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
                             "-----END PRIVATE KEY-----\n";
    CHECK(bring(vault, MOUNT "/mine-ed", "ed25519", vc_str(ed), "SHA512", 0) == VC_OK);
    key = vc_transit_key_read(vault, MOUNT "/mine-ed", &err);
    CHECK(key && strcmp(vc_transit_key_version_public_key(key, 1), "Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=") == 0);
    vc_transit_key_free(key);
}

int main(void)
{
    vc_client *vault = vc_client_open(NULL, &err);
    if (!vault) {
        printf("%s\n", err.message);
        return 99;
    }
    CHECK(vc_sys_mount_enable(vault, MOUNT, "transit", NULL, &err) == VC_OK);
    list(vault);
    types(vault);
    trim_and_delete(vault);
    upsert(vault);
    exports(vault);
    backups(vault);
    imports(vault);
    vc_client_close(vault);
    printf("%d passed, %d failed\n", passed, failed);
    return failed != 0;
}

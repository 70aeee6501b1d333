/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transit_key - the life of a key with <vaultcrypt/transit_key.h>: made, read, listed, rotated, configured, trimmed and
 * deleted; and whether values may make keys. Makes and deletes the key `example-life`.
 */
#include "api.h"

static const char name[] = "example-life";

static void make(vc_client *vault)
{
    vc_transit_settings *settings = made(vc_transit_settings_new(&err));
    must(vc_transit_settings_set_type(settings, "ed25519", &err));
    must(vc_transit_settings_set_auto_rotate(settings, 30 * 24 * 3600, &err));
    must(vc_transit_key_create(vault, name, settings, &err));
    vc_transit_settings_free(settings);
    must(vc_transit_key_rotate(vault, name, &err));
}

static void show(vc_client *vault)
{
    vc_transit_key *key = made(vc_transit_key_read(vault, name, &err));
    printf("%s: %s, latest version %llu, %s\n", vc_transit_key_name(key), vc_transit_key_type(key),
           (unsigned long long)vc_transit_key_latest_version(key),
           vc_transit_key_supports_signing(key) ? "signs" : "does not sign");
    for (size_t i = 0; i < vc_transit_key_version_count(key); i++) {
        const uint64_t version = vc_transit_key_version(key, i);
        printf("  version %llu of %llu s since 1970: %s%s\n", (unsigned long long)version,
               (unsigned long long)vc_transit_key_version_created(key, version),
               vc_transit_key_version_public_key(key, version), vc_transit_key_version_certificates(key, version));
    }
    vc_transit_key_free(key);
}

static void list(vc_client *vault)
{
    vc_transit_keys *keys = made(vc_transit_keys_read(vault, NULL, &err));
    for (size_t i = 0; i < vc_transit_keys_count(keys); i++)
        printf("  %s\n", vc_transit_keys_name(keys, i));
    vc_transit_keys_free(keys);
}

static void end(vc_client *vault)
{
    vc_transit_settings *settings = made(vc_transit_settings_new(&err));
    must(vc_transit_settings_set_min_decryption_version(settings, 2, &err));
    must(vc_transit_settings_set_min_encryption_version(settings, 2, &err));
    must(vc_transit_settings_set_deletion_allowed(settings, 1, &err));
    must(vc_transit_key_configure(vault, name, settings, &err));
    vc_transit_settings_free(settings);
    must(vc_transit_key_trim(vault, name, 2, &err)); /* version 1 is gone for good */
    must(vc_transit_key_delete(vault, name, &err));  /* and so is the key */
}

int main(void)
{
    vc_client *vault = made(vc_client_open(NULL, &err));
    int allowed;
    make(vault);
    show(vault);
    list(vault);
    end(vault);
    must(vc_transit_mount_get_upsert(vault, NULL, &allowed, &err));
    printf("a value for a key that is not there %s one\n", allowed ? "makes" : "does not make");
    must(vc_transit_mount_set_upsert(vault, NULL, allowed, &err));
    vc_client_close(vault);
    return 0;
}

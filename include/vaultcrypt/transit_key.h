/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transit_key.h - the keys of Vault's transit secrets engine: made, read, listed, configured, rotated,
 * trimmed, deleted; exported, backed up and restored; imported (bring your own key). Each call is shown at
 * work in examples/api/transit_key.c, transit_backup.c or transit_import.c.
 *
 * A key is named "KEY" or "MOUNT/KEY"; the mount is "transit" when none is named. A `mount` alone may be NULL:
 * "transit". Every call that takes a client blocks, retries what passes by itself until the client's deadline,
 * on failure leaves its outputs as they were, and may return, besides its own errors, those that transit.h
 * lists for all.
 *
 * Threads: as vc_client; settings, keys, lists and material have one owner, their getters may be called by
 * many.
 */
#ifndef VAULTCRYPT_TRANSIT_KEY_H
#define VAULTCRYPT_TRANSIT_KEY_H

#include <vaultcrypt/client.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a key is created or configured with. Only what is set is sent. */
typedef struct vc_transit_settings vc_transit_settings;

VC_API VC_MUST_CHECK vc_transit_settings *vc_transit_settings_new(vc_error *err); /* VC_E_MEMORY */
VC_API void vc_transit_settings_free(vc_transit_settings *settings);              /* NULL is fine */

/*
 * At creation only. Type: Vault's names, such as "aes256-gcm96" (Vault's default), "chacha20-poly1305",
 * "rsa-4096". VC_E_MEMORY; VC_E_ARGUMENT for a type that is not UTF-8.
 */
VC_API vc_code vc_transit_settings_set_type(vc_transit_settings *settings, const char *type, vc_error *err);
VC_API vc_code vc_transit_settings_set_derived(vc_transit_settings *settings, int derived, vc_error *err);
VC_API vc_code vc_transit_settings_set_convergent(vc_transit_settings *settings, int convergent,
                                                  vc_error *err);
/* Bytes of a key of type "hmac": 32 (Vault's default) to 512. */
VC_API vc_code vc_transit_settings_set_key_size(vc_transit_settings *settings, uint64_t bytes, vc_error *err);
/* When a key is imported only: Vault itself may make later versions of it. */
VC_API vc_code vc_transit_settings_set_allow_rotation(vc_transit_settings *settings, int allowed,
                                                      vc_error *err);

/*
 * At creation, and later; Vault never takes the first two back. The period is in seconds: 0 (off) or at
 * least 3600. VC_E_MEMORY.
 */
VC_API vc_code vc_transit_settings_set_exportable(vc_transit_settings *settings, int exportable,
                                                  vc_error *err);
VC_API vc_code vc_transit_settings_set_plaintext_backup(vc_transit_settings *settings, int allowed,
                                                        vc_error *err);
VC_API vc_code vc_transit_settings_set_auto_rotate(vc_transit_settings *settings, uint64_t seconds,
                                                   vc_error *err);

/* Of an existing key only. min_encryption_version 0: the latest only. VC_E_MEMORY. */
VC_API vc_code vc_transit_settings_set_min_decryption_version(vc_transit_settings *settings, uint64_t version,
                                                              vc_error *err);
VC_API vc_code vc_transit_settings_set_min_encryption_version(vc_transit_settings *settings, uint64_t version,
                                                              vc_error *err);
VC_API vc_code vc_transit_settings_set_deletion_allowed(vc_transit_settings *settings, int allowed,
                                                        vc_error *err);

/*
 * POST MOUNT/keys/KEY. `settings` NULL: Vault's defaults. A key of that name that exists stays as it is,
 * whatever the settings, and that is VC_OK: vc_transit_key_read() tells. VC_E_ARGUMENT for settings of
 * existing keys only; VC_E_REQUEST for a type that Vault does not know, or settings that do not go together.
 */
VC_API vc_code vc_transit_key_create(vc_client *client, const char *key, const vc_transit_settings *settings,
                                     vc_error *err);

/*
 * POST MOUNT/keys/KEY/config. VC_E_ARGUMENT for settings of creation, or none at all; VC_E_REQUEST for
 * impossible versions.
 */
VC_API vc_code vc_transit_key_configure(vc_client *client, const char *key,
                                        const vc_transit_settings *settings, vc_error *err);

/* POST MOUNT/keys/KEY/rotate: a new version, which is the latest. Not sent again after a doubtful failure. */
VC_API vc_code vc_transit_key_rotate(vc_client *client, const char *key, vc_error *err);

/*
 * POST MOUNT/keys/KEY/trim: versions below `min_available_version` are gone for good, and so is what they
 * encrypted. VC_E_REQUEST unless min_decryption_version and min_encryption_version of the key are both set to
 * that version or a later one.
 */
VC_API vc_code vc_transit_key_trim(vc_client *client, const char *key, uint64_t min_available_version,
                                   vc_error *err);

/*
 * DELETE MOUNT/keys/KEY: the key and all that it encrypted are gone for good. VC_E_REQUEST unless its
 * configuration allows deletion; VC_E_NOT_FOUND. Not sent again after a doubtful failure.
 */
VC_API vc_code vc_transit_key_delete(vc_client *client, const char *key, vc_error *err);

/* LIST MOUNT/keys: the names of all keys, in Vault's order. NULL on failure; no key at all is no failure. */
typedef struct vc_transit_keys vc_transit_keys;

VC_API VC_MUST_CHECK vc_transit_keys *vc_transit_keys_read(vc_client *client, const char *mount,
                                                           vc_error *err);
VC_API void vc_transit_keys_free(vc_transit_keys *keys); /* NULL is fine */
VC_API size_t vc_transit_keys_count(const vc_transit_keys *keys);
VC_API const char *vc_transit_keys_name(const vc_transit_keys *keys, size_t i); /* NULL beyond the last */

/* A key as Vault tells of it, never its material. */
typedef struct vc_transit_key vc_transit_key;

/* GET MOUNT/keys/KEY. NULL on failure; free with vc_transit_key_free(). */
VC_API VC_MUST_CHECK vc_transit_key *vc_transit_key_read(vc_client *client, const char *key, vc_error *err);
VC_API void vc_transit_key_free(vc_transit_key *key); /* NULL is fine */

/* Texts are borrowed from the key and never NULL; what Vault did not tell is "", 0 or false. */
VC_API const char *vc_transit_key_name(const vc_transit_key *key);
VC_API const char *vc_transit_key_type(const vc_transit_key *key);
VC_API uint64_t vc_transit_key_latest_version(const vc_transit_key *key);
VC_API uint64_t vc_transit_key_min_available_version(const vc_transit_key *key);
VC_API uint64_t vc_transit_key_min_decryption_version(const vc_transit_key *key);
VC_API uint64_t vc_transit_key_min_encryption_version(const vc_transit_key *key);
VC_API uint64_t vc_transit_key_auto_rotate_seconds(const vc_transit_key *key);
VC_API int vc_transit_key_supports_encryption(const vc_transit_key *key);
VC_API int vc_transit_key_supports_decryption(const vc_transit_key *key);
VC_API int vc_transit_key_supports_derivation(const vc_transit_key *key);
VC_API int vc_transit_key_supports_signing(const vc_transit_key *key);
VC_API int vc_transit_key_is_derived(const vc_transit_key *key);
VC_API int vc_transit_key_is_convergent(const vc_transit_key *key);
VC_API int vc_transit_key_is_exportable(const vc_transit_key *key);
VC_API int vc_transit_key_is_imported(const vc_transit_key *key);
VC_API int vc_transit_key_allows_plaintext_backup(const vc_transit_key *key);
VC_API int vc_transit_key_allows_deletion(const vc_transit_key *key);
/* Versions of an imported key that Vault may make itself; key marked as deleted (OpenBao). */
VC_API int vc_transit_key_allows_rotation(const vc_transit_key *key);
VC_API int vc_transit_key_is_soft_deleted(const vc_transit_key *key);

/*
 * The versions that are left, oldest first; none for a key of type "hmac", of which Vault does not tell them.
 * The i-th version's number; 0 beyond the last.
 */
VC_API size_t vc_transit_key_version_count(const vc_transit_key *key);
VC_API uint64_t vc_transit_key_version(const vc_transit_key *key, size_t i);

/*
 * Of a version by its number: when it was made (seconds since 1970, UTC; 0: not told), its public key (PEM;
 * for "ed25519" Base64 of the 32 bytes; "" for keys that have none, and for derived ones) and its certificate
 * chain (PEM; "" without one).
 */
VC_API uint64_t vc_transit_key_version_created(const vc_transit_key *key, uint64_t version);
VC_API const char *vc_transit_key_version_public_key(const vc_transit_key *key, uint64_t version);
VC_API const char *vc_transit_key_version_certificates(const vc_transit_key *key, uint64_t version);

/*
 * Key material as it was exported, in memory that is locked, left out of core dumps and wiped when it is
 * freed; in a forked child it is gone (the getters give the absent view there).
 */
typedef struct vc_transit_material vc_transit_material;

/*
 * GET MOUNT/export/TYPE/KEY[/VERSION]. Type: "encryption-key", "signing-key", "hmac-key", "public-key" or
 * "certificate-chain". Version 0: all; VC_TRANSIT_LATEST: the latest. NULL on failure: VC_E_REQUEST (the key
 * is not exportable, has no key of that type, no such version); VC_E_LIMIT (over 1 MiB in all: ask for one
 * version). Free with vc_transit_material_free().
 */
#define VC_TRANSIT_LATEST UINT64_MAX
VC_API VC_MUST_CHECK vc_transit_material *vc_transit_key_export(vc_client *client, const char *key,
                                                                const char *type, uint64_t version,
                                                                vc_error *err);
VC_API void vc_transit_material_free(vc_transit_material *material); /* wipes; NULL is fine */

/*
 * How many versions there are, the i-th one's number, and its key: raw bytes where Vault has a symmetric or an
 * Ed25519 key, PEM for others, with a NUL behind. Borrowed; the absent view (or 0) beyond the last.
 */
VC_API size_t vc_transit_material_count(const vc_transit_material *material);
VC_API uint64_t vc_transit_material_version(const vc_transit_material *material, size_t i);
VC_API vc_view vc_transit_material_key(const vc_transit_material *material, size_t i);

/*
 * GET MOUNT/backup/KEY: the key with all its versions and its configuration, IN CLEAR (Base64 of JSON): keep
 * it as you would the key. Vault requires that the key be exportable and allow plaintext backups, else
 * VC_E_REQUEST. vc_bytes_free() wipes and frees `*backup`.
 */
VC_API vc_code vc_transit_key_backup(vc_client *client, const char *key, vc_bytes *backup, vc_error *err);

/*
 * POST MOUNT/restore[/KEY]. `key`: "KEY" or "MOUNT/KEY"; "MOUNT/" or NULL restores under the name that the
 * backup has. `force` replaces a key of that name, and loses it; without it that is VC_E_REQUEST, as is a text
 * that is no backup. Without `force` not sent again after a doubtful failure.
 */
VC_API vc_code vc_transit_key_restore(vc_client *client, const char *key, vc_view backup, int force,
                                      vc_error *err);

/*
 * POST and GET MOUNT/config/keys: whether vc_transit_encrypt() makes keys that do not exist (Vault's default),
 * for tokens with `create` on its path.
 */
VC_API vc_code vc_transit_mount_set_upsert(vc_client *client, const char *mount, int allowed, vc_error *err);
VC_API vc_code vc_transit_mount_get_upsert(vc_client *client, const char *mount, int *allowed, vc_error *err);

/*
 * GET MOUNT/wrapping_key: the RSA-4096 public key of the mount (PEM), under which keys are imported. Free
 * `*pem` with vc_bytes_free().
 */
VC_API vc_code vc_transit_wrapping_key_read(vc_client *client, const char *mount, vc_bytes *pem,
                                            vc_error *err);

/*
 * Wraps a key for vc_transit_key_import(), here, without Vault, so that it can be done where the key is: a new
 * AES-256 key wraps it (AES-KWP: NIST SP 800-38F, RFC 5649) and is itself encrypted to `wrapping_key` (RSA-OAEP,
 * RFC 8017). `key`: the raw bytes of a symmetric key, or a private key as PKCS#8 DER, or in any PEM form
 * without a pass phrase (it is made PKCS#8). `hash`, of OAEP: "SHA1", "SHA224", "SHA256", "SHA384", "SHA512";
 * NULL: "SHA256". `*wrapped` is Base64 text; free it with vc_bytes_free(). VC_E_ARGUMENT: not an RSA public
 * key, an empty key or one over 1 MiB, another hash; VC_E_MEMORY, VC_E_INTERNAL (libcrypto).
 */
VC_API vc_code vc_transit_wrap_key(vc_view wrapping_key, vc_view key, const char *hash, vc_bytes *wrapped,
                                   vc_error *err);

/*
 * POST MOUNT/keys/KEY/import: a key of yours becomes version 1 of a new key. `hash` as it was wrapped with.
 * `settings` may be NULL (type "aes256-gcm96"); what is set at creation can be set, and allow_rotation.
 * VC_E_REQUEST: the key exists, the wrapped key is not for this mount or hash, or not of that type. Not sent
 * again after a doubtful failure.
 */
VC_API vc_code vc_transit_key_import(vc_client *client, const char *key, vc_view wrapped, const char *hash,
                                     const vc_transit_settings *settings, vc_error *err);

/* POST MOUNT/keys/KEY/import_version: the next version of a key that was imported. Otherwise alike. */
VC_API vc_code vc_transit_key_import_version(vc_client *client, const char *key, vc_view wrapped,
                                             const char *hash, vc_error *err);

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transit.h - single values and keys of Vault's transit secrets engine. (Many values at once: batch.h.)
 *
 * A key is named "KEY" or "MOUNT/KEY"; the mount is "transit" when none is named. Every call blocks, retries
 * what passes by itself until the client's deadline, and on failure leaves its outputs as they were.
 *
 * Every call that takes a client may return, besides its own errors: VC_E_ARGUMENT (a key or mount name that
 * Vault does not take), VC_E_DENIED, VC_E_NOT_FOUND (no such key, mount or namespace), VC_E_REQUEST (Vault
 * refused the request; its own log has the reason), VC_E_SEALED, VC_E_BUSY, VC_E_SERVER, VC_E_CONNECT,
 * VC_E_TLS, VC_E_TIMEOUT, VC_E_PROTOCOL, VC_E_STATE (the client was opened in another process), VC_E_LIMIT,
 * VC_E_MEMORY. vc_error.source then names the path of the request.
 *
 * Threads: as vc_client; options, settings and keys have one owner, their getters may be called by many.
 */
#ifndef VAULTCRYPT_TRANSIT_H
#define VAULTCRYPT_TRANSIT_H

#include <vaultcrypt/client.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a value is bound to, and which version of the key takes it. */
typedef struct vc_transit_options vc_transit_options;

/* No context, no associated data, the latest version. NULL and VC_E_MEMORY on failure. */
VC_API VC_MUST_CHECK vc_transit_options *vc_transit_options_new(vc_error *err);
VC_API void vc_transit_options_free(vc_transit_options *options); /* NULL is fine */

/*
 * Raw bytes, copied; Base64 is made on the way to Vault. The context picks the derived key (keys made with
 * `derived`); associated data is authenticated with the value (AEAD keys) and must be the same when it is
 * decrypted. VC_E_LIMIT (over 1 MiB), VC_E_MEMORY.
 */
VC_API vc_code vc_transit_options_set_context(vc_transit_options *options, vc_view context, vc_error *err);
VC_API vc_code vc_transit_options_set_associated_data(vc_transit_options *options, vc_view data,
                                                      vc_error *err);

/* The version that encrypts (encrypt and rewrap); 0 is the latest. */
VC_API void vc_transit_options_set_key_version(vc_transit_options *options, uint64_t version);

/*
 * POST MOUNT/encrypt/KEY: any bytes to a ciphertext "vault:vN:...". `options` may be NULL. Free `*ciphertext`
 * with vc_bytes_free(). Vault makes a key that does not exist when the token's policy has `create` on this
 * path. VC_E_REFUSED: Vault refused this value; VC_E_TOO_LARGE: over Vault's limits (786 432 bytes by default
 * on current versions).
 */
VC_API vc_code vc_transit_encrypt(vc_client *client, const char *key, vc_view plaintext,
                                  const vc_transit_options *options, vc_bytes *ciphertext, vc_error *err);

/*
 * POST MOUNT/decrypt/KEY: the bytes back. VC_E_CIPHERTEXT: malformed, changed, or made with another key,
 * context or associated data; VC_E_REFUSED: of a version that the key no longer opens; VC_E_TOO_LARGE.
 */
VC_API vc_code vc_transit_decrypt(vc_client *client, const char *key, vc_view ciphertext,
                                  const vc_transit_options *options, vc_bytes *plaintext, vc_error *err);

/*
 * POST MOUNT/rewrap/KEY: the same value under the latest version of the key (or the one of the options);
 * Vault does not show it. Errors as vc_transit_decrypt(); VC_E_ARGUMENT with associated data, which Vault
 * does not take here: decrypt and encrypt instead.
 */
VC_API vc_code vc_transit_rewrap(vc_client *client, const char *key, vc_view ciphertext,
                                 const vc_transit_options *options, vc_bytes *rewrapped, vc_error *err);

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

#ifdef __cplusplus
}
#endif

#endif

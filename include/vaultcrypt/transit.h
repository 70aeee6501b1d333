/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transit.h - single values through Vault's transit secrets engine. (Its keys: transit_key.h; many
 * values at once: transit_batch.h.) Each call is shown at work in examples/api/transit.c.
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

/* What a value is bound to, which version of the key takes it, and how it is signed. */
typedef struct vc_transit_options vc_transit_options;

/* No context, no associated data, the latest version, Vault's default algorithms. NULL and VC_E_MEMORY. */
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

/* The version that encrypts, rewraps, signs or makes the HMAC; 0 is the latest. */
VC_API void vc_transit_options_set_key_version(vc_transit_options *options, uint64_t version);

/*
 * Of signatures and HMACs, by Vault's names; NULL: Vault's default. Hash: "sha2-224", "sha2-256" (the default),
 * "sha2-384", "sha2-512", "sha3-256", ..., for RSA keys also "none" (with pkcs1v15 and prehashed). Signature, of
 * RSA keys: "pss" (the default) or "pkcs1v15". Marshaling, of ECDSA keys: "asn1" (the default; Base64 behind
 * "vault:v1:") or "jws" (URL-safe Base64 without padding). VC_E_ARGUMENT: no such name can be.
 */
VC_API vc_code vc_transit_options_set_hash_algorithm(vc_transit_options *options, const char *algorithm,
                                                     vc_error *err);
VC_API vc_code vc_transit_options_set_signature_algorithm(vc_transit_options *options, const char *algorithm,
                                                          vc_error *err);
VC_API vc_code vc_transit_options_set_marshaling(vc_transit_options *options, const char *algorithm,
                                                 vc_error *err);

/* The input is the digest itself, by the hash algorithm: raw bytes. (Not for Ed25519.) */
VC_API void vc_transit_options_set_prehashed(vc_transit_options *options, int prehashed);

/* Bytes of the salt of "pss": as many as fit (the default), as the hash has, or 0 to 65535. VC_E_ARGUMENT. */
#define VC_TRANSIT_SALT_AUTO (-1)
#define VC_TRANSIT_SALT_HASH (-2)
VC_API vc_code vc_transit_options_set_salt_length(vc_transit_options *options, int bytes, vc_error *err);

/*
 * In all calls below `options` may be NULL; what a call cannot take of them is VC_E_ARGUMENT (a version where
 * nothing is made is passed over). VC_E_REFUSED: Vault refused this value; VC_E_TOO_LARGE: it is over Vault's
 * limits (786 432 bytes by default on current versions). Free outputs with vc_bytes_free(), which wipes them.
 */

/*
 * POST MOUNT/encrypt/KEY: any bytes to a ciphertext "vault:vN:...". Vault makes a key that does not exist when
 * the token's policy has `create` on this path (vc_transit_mount_set_upsert()).
 */
VC_API vc_code vc_transit_encrypt(vc_client *client, const char *key, vc_view plaintext,
                                  const vc_transit_options *options, vc_bytes *ciphertext, vc_error *err);

/*
 * POST MOUNT/decrypt/KEY: the bytes back. VC_E_CIPHERTEXT: malformed, changed, or made with another key,
 * context or associated data; VC_E_REFUSED: of a version that the key no longer opens.
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

/*
 * POST MOUNT/datakey/plaintext/KEY or, with `plaintext` NULL, MOUNT/datakey/wrapped/KEY: a new key of 128, 256
 * or 512 bits for use outside of Vault: its raw bytes, and itself encrypted (an ordinary ciphertext of `key`:
 * vc_transit_decrypt() opens it). VC_E_ARGUMENT: other bits.
 */
VC_API vc_code vc_transit_datakey_create(vc_client *client, const char *key, unsigned bits,
                                         const vc_transit_options *options, vc_bytes *plaintext,
                                         vc_bytes *ciphertext, vc_error *err);

/*
 * POST MOUNT/hmac/KEY: "vault:vN:..." of any bytes, with the HMAC key that every transit key has (the key
 * itself for type "hmac").
 */
VC_API vc_code vc_transit_hmac(vc_client *client, const char *key, vc_view input,
                               const vc_transit_options *options, vc_bytes *hmac, vc_error *err);

/*
 * POST MOUNT/sign/KEY: "vault:vN:..." of any bytes. VC_E_REQUEST: the type of the key does not sign, or not
 * with these options.
 */
VC_API vc_code vc_transit_sign(vc_client *client, const char *key, vc_view input,
                               const vc_transit_options *options, vc_bytes *signature, vc_error *err);

/*
 * POST MOUNT/verify/KEY. VC_OK: the signature (or HMAC) is that of the input, and nothing else is: what is
 * wrong, malformed, or of a version that does not exist, is VC_E_SIGNATURE; of a version that the key no longer
 * takes VC_E_REFUSED. Options as when it was made.
 */
VC_API VC_MUST_CHECK vc_code vc_transit_verify(vc_client *client, const char *key, vc_view input,
                                               vc_view signature, const vc_transit_options *options,
                                               vc_error *err);
VC_API VC_MUST_CHECK vc_code vc_transit_verify_hmac(vc_client *client, const char *key, vc_view input,
                                                    vc_view hmac, const vc_transit_options *options,
                                                    vc_error *err);

/*
 * POST MOUNT/random[/SOURCE]: `count` raw bytes; `mount` NULL: "transit". Source: "platform" (NULL is that),
 * "seal" or "all". VC_E_REQUEST: more than the server gives at once (OpenBao 131 072).
 */
VC_API vc_code vc_transit_random(vc_client *client, const char *mount, const char *source, size_t count,
                                 vc_bytes *bytes, vc_error *err);

/*
 * POST MOUNT/hash: the digest of any bytes, raw. Algorithm as for signatures; NULL: "sha2-256". (Where the
 * value need not leave the process, hash it there.)
 */
VC_API vc_code vc_transit_hash(vc_client *client, const char *mount, const char *algorithm, vc_view input,
                               vc_bytes *digest, vc_error *err);

#ifdef __cplusplus
}
#endif

#endif

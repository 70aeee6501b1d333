/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transform_token.h - tokenization in Vault's transform engine (Vault Enterprise, and the development server of this
 * project): values become tokens, and Vault keeps which is which. Also the keys and stores behind it, and keys of yours for
 * transformations. Examples: examples/api/transform_token.c, examples/api/transform_store.c
 *
 * Names, blocking, outputs and errors: as transform.h says for all.
 *
 * Threads: as vc_client; objects have one owner, their getters may be called by many.
 */
#ifndef VAULTCRYPT_TRANSFORM_TOKEN_H
#define VAULTCRYPT_TRANSFORM_TOKEN_H

#include <vaultcrypt/transform.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a new token is to have; VC_E_LIMIT and VC_E_MEMORY from the setters that copy. */

/* Seconds; 0: none. Vault caps it to the transformation's max_ttl. Not together with an expiration. */
VC_API void vc_transform_options_set_ttl(vc_transform_options *options, uint64_t seconds);
/*
 * RFC 3339 ("2030-12-31T23:59:59Z"). For a search: exactly this one, or VC_TRANSFORM_ANY for any and none; without it, tokens that
 * never expire. VC_E_ARGUMENT.
 */
#define VC_TRANSFORM_ANY "any"
VC_API vc_code vc_transform_options_set_expiration(vc_transform_options *options, const char *time, vc_error *err);
/* For a search: from `least` to `most`, both inclusive. VC_E_ARGUMENT. */
VC_API vc_code vc_transform_options_set_expirations(vc_transform_options *options, const char *least, const char *most,
                                                    vc_error *err);
/* One of the pairs that Vault keeps with the token. VC_E_ARGUMENT: `=` or `,` in the key, `,` in the value, not UTF-8. */
VC_API vc_code vc_transform_options_add_metadata(vc_transform_options *options, const char *key, const char *value,
                                                 vc_error *err);
/* 1: the transformation is convergent, so that a second request makes no second token. Default 0. */
VC_API void vc_transform_options_set_convergent(vc_transform_options *options, int convergent);

/*
 * POST MOUNT/encode/ROLE with a tokenization: `*token` is UTF-8 text. Never sent again when it is not known whether Vault got it (a broken
 * connection, a time-out, 5xx): a second token would be made that nobody knows of. The call is an error then (VC_E_CONNECT,
 * VC_E_TIMEOUT, VC_E_SERVER) and its caller decides. With vc_transform_options_set_convergent() it is sent again like any other.
 * vc_transform_decode() is the way back; VC_E_REFUSED there: no such token, or it has expired.
 */
VC_API vc_code vc_transform_tokenize(vc_client *client, const char *role, vc_view value,
                                     const vc_transform_options *options, vc_bytes *token, vc_error *err);

/* POST MOUNT/validate/ROLE: whether this is a token that has not expired. VC_E_REQUEST: not a tokenization. */
VC_API vc_code vc_transform_validate(vc_client *client, const char *role, vc_view token,
                                     const vc_transform_options *options, int *valid, vc_error *err);

/* POST MOUNT/tokenized/ROLE: whether there is a token, not expired, for this value. */
VC_API vc_code vc_transform_is_tokenized(vc_client *client, const char *role, vc_view value,
                                         const vc_transform_options *options, int *tokenized, vc_error *err);

/*
 * POST MOUNT/metadata/ROLE: the pairs of a token as "key=value,key=value" (VC_BYTES_INIT when there are none), and when it expires (RFC
 * 3339; VC_BYTES_INIT: never). Either pointer may be NULL: not wanted. VC_E_REQUEST: no such token, or it has expired.
 */
VC_API vc_code vc_transform_metadata(vc_client *client, const char *role, vc_view token,
                                     const vc_transform_options *options, vc_bytes *metadata, vc_bytes *expiration,
                                     vc_error *err);

/*
 * POST MOUNT/tokens/ROLE: the tokens of a value, with the expirations of the options. Only where the transformation is convergent, or
 * exportable with an external store: else VC_E_REQUEST.
 */
VC_API VC_MUST_CHECK vc_names *vc_transform_tokens(vc_client *client, const char *role, vc_view value,
                                                   const vc_transform_options *options, vc_error *err);

/*
 * DELETE MOUNT/tokens/ROLE: one token. DELETE MOUNT/tokenized/ROLE: those that vc_transform_tokens() would find. (Both with a body,
 * which some proxies drop.)
 */
VC_API vc_code vc_transform_token_delete(vc_client *client, const char *role, vc_view token,
                                         const vc_transform_options *options, vc_error *err);
VC_API vc_code vc_transform_tokenized_delete(vc_client *client, const char *role, vc_view value,
                                             const vc_transform_options *options, vc_error *err);

/* What a transformation of type "tokenization" has more (vc_transform_transformation_new()). Setters as transform.h says. */
/* "default", or "exportable": everything can be exported in clear. It cannot be changed later. */
VC_API vc_code vc_transform_transformation_set_mapping_mode(vc_transform_transformation *transformation,
                                                            const char *mode, vc_error *err);
/* 1: equal values with equal expirations have one token. It cannot be changed later. */
VC_API vc_code vc_transform_transformation_set_convergent(vc_transform_transformation *transformation, int convergent,
                                                          vc_error *err);
VC_API vc_code vc_transform_transformation_set_max_ttl(vc_transform_transformation *transformation, uint64_t seconds,
                                                       vc_error *err); /* 0: none */
VC_API vc_code vc_transform_transformation_add_store(vc_transform_transformation *transformation, const char *store,
                                                     vc_error *err); /* default "builtin/internal" */
VC_API const char *vc_transform_transformation_mapping_mode(const vc_transform_transformation *transformation);
VC_API int vc_transform_transformation_is_convergent(const vc_transform_transformation *transformation);
VC_API uint64_t vc_transform_transformation_max_ttl(const vc_transform_transformation *transformation); /* seconds */
VC_API size_t vc_transform_transformation_store_count(const vc_transform_transformation *transformation);
VC_API const char *vc_transform_transformation_store(const vc_transform_transformation *transformation, size_t i);

/*
 * The key of a tokenization, by the transformation's name: LIST MOUNT/tokenization/keys, GET .../NAME; POST .../NAME/rotate: new
 * tokens have a new version (not sent again after a doubtful failure); .../config: the oldest version whose tokens can be decoded, and
 * how often it rotates by itself (seconds, an hour at least, 0: not; VC_TRANSFORM_UNCHANGED: as it is); .../trim: older versions are
 * lost for ever. VC_E_REQUEST: a version that cannot be.
 */
typedef struct vc_transform_key vc_transform_key;
#define VC_TRANSFORM_UNCHANGED UINT64_MAX

VC_API VC_MUST_CHECK vc_names *vc_transform_keys_list(vc_client *client, const char *mount, vc_error *err);
VC_API VC_MUST_CHECK vc_transform_key *vc_transform_key_read(vc_client *client, const char *name, vc_error *err);
VC_API void vc_transform_key_free(vc_transform_key *key); /* NULL is fine */
VC_API uint64_t vc_transform_key_latest_version(const vc_transform_key *key);
VC_API uint64_t vc_transform_key_min_available_version(const vc_transform_key *key);
VC_API uint64_t vc_transform_key_min_decryption_version(const vc_transform_key *key);
VC_API uint64_t vc_transform_key_auto_rotate_seconds(const vc_transform_key *key); /* 0: it does not */
VC_API vc_code vc_transform_key_rotate(vc_client *client, const char *name, vc_error *err);
VC_API vc_code vc_transform_key_configure(vc_client *client, const char *name, uint64_t min_decryption_version,
                                          uint64_t auto_rotate_seconds, vc_error *err);
VC_API vc_code vc_transform_key_trim(vc_client *client, const char *name, uint64_t min_available_version, vc_error *err);

/*
 * A store: a database for tokens. POST, GET and DELETE MOUNT/stores/NAME, LIST MOUNT/stores. The password goes to Vault and never comes
 * back: what was read must be given it again before it is written. Text setters: VC_E_ARGUMENT (not UTF-8), VC_E_LIMIT, VC_E_MEMORY.
 */
typedef struct vc_transform_store vc_transform_store;

/* `driver`: "postgres", "mysql" or "mssql"; `connection` has {{username}} and {{password}} in it. */
VC_API VC_MUST_CHECK vc_transform_store *vc_transform_store_new(const char *driver, const char *connection, vc_error *err);
VC_API void vc_transform_store_free(vc_transform_store *store); /* wipes; NULL is fine */
VC_API vc_code vc_transform_store_set_user(vc_transform_store *store, const char *name, vc_view password, vc_error *err);
VC_API vc_code vc_transform_store_set_schema(vc_transform_store *store, const char *schema, vc_error *err); /* "public" */
VC_API vc_code vc_transform_store_set_connections(vc_transform_store *store, uint64_t most_open, uint64_t most_idle,
                                                  vc_error *err); /* default 4 and 4 */
VC_API const char *vc_transform_store_type(const vc_transform_store *store); /* "sql" */
VC_API const char *vc_transform_store_driver(const vc_transform_store *store); /* NULL: not told */
VC_API const char *vc_transform_store_connection(const vc_transform_store *store);
VC_API vc_code vc_transform_store_write(vc_client *client, const char *name, const vc_transform_store *store, vc_error *err);
VC_API VC_MUST_CHECK vc_transform_store *vc_transform_store_read(vc_client *client, const char *name, vc_error *err);
VC_API VC_MUST_CHECK vc_names *vc_transform_stores_list(vc_client *client, const char *mount, vc_error *err);
VC_API vc_code vc_transform_store_delete(vc_client *client, const char *name, vc_error *err);
/* POST MOUNT/stores/NAME/schema: makes or upgrades the tables, as this user of the database. */
VC_API vc_code vc_transform_store_write_schema(vc_client *client, const char *name, const char *user, vc_view password,
                                               vc_error *err);

/*
 * Keys of yours (Vault 1.16 and newer): GET MOUNT/wrapping_key (PEM; free it), vc_transit_wrap_key() of transit_key.h, then POST
 * MOUNT/transformations/TYPE/NAME/import (fpe, tokenization: an AES-256 key for a new transformation; `allow_rotation` for tokenization) or
 * .../tokenization/NAME/import_version. `hash` as it was wrapped with; NULL: "SHA256". VC_E_ARGUMENT: masking has no key, not Base64;
 * VC_E_REQUEST: it exists, or the key is not right. Not sent again after a doubtful failure.
 */
VC_API vc_code vc_transform_wrapping_key_read(vc_client *client, const char *mount, vc_bytes *pem, vc_error *err);
VC_API vc_code vc_transform_transformation_import(vc_client *client, const char *name,
                                                  const vc_transform_transformation *transformation, vc_view wrapped,
                                                  const char *hash, int allow_rotation, vc_error *err);
VC_API vc_code vc_transform_key_import_version(vc_client *client, const char *name, vc_view wrapped, const char *hash,
                                               vc_error *err);

#ifdef __cplusplus
}
#endif

#endif

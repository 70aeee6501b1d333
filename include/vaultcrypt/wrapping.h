/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wrapping.h - response wrapping: a reply that stays in Vault, and a token that opens it once. Who finds the token used
 * already knows that somebody else has seen what it held.
 *
 * The reply to any request comes wrapped with vc_vault_options_set_wrap_ttl() (vault.h). Every call blocks, retries what
 * passes by itself until the client's deadline, and on failure leaves its outputs as they were. Each may return, besides its own
 * errors, those that transit.h lists for all. Example: examples/api/sys_wrapping.c
 *
 * Threads: as vc_client; what is returned has one owner, its getters may be called by many. Texts of getters are borrowed.
 */
#ifndef VAULTCRYPT_WRAPPING_H
#define VAULTCRYPT_WRAPPING_H

#include <vaultcrypt/client.h>
#include <vaultcrypt/vault.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A wrapped reply, seen from outside. Wiped when it is freed. */
typedef struct vc_wrapping vc_wrapping;

VC_API void vc_wrapping_free(vc_wrapping *wrapping);                 /* NULL is fine */
VC_API vc_view vc_wrapping_token(const vc_wrapping *wrapping);       /* opens it once; absent after a lookup */
VC_API const char *vc_wrapping_accessor(const vc_wrapping *wrapping); /* of that token; "" when not told */
VC_API uint64_t vc_wrapping_ttl(const vc_wrapping *wrapping);        /* seconds it was given when it was made */
VC_API const char *vc_wrapping_created(const vc_wrapping *wrapping); /* RFC 3339, by the server's clock */
/*
 * The endpoint whose reply it is, without /v1/ ("auth/approle/role/app/secret-id", "sys/wrapping/wrap"). Compare it before
 * unwrapping: a token from someone else may wrap anything.
 */
VC_API const char *vc_wrapping_path(const vc_wrapping *wrapping);

/* What a reply to a request with a wrap_ttl tells. NULL: VC_E_PROTOCOL (it is not wrapped), VC_E_MEMORY. */
VC_API VC_MUST_CHECK vc_wrapping *vc_vault_reply_wrapping(const vc_vault_reply *reply, vc_error *err);

/*
 * POST sys/wrapping/wrap: wraps any JSON object for `ttl` seconds. VC_E_ARGUMENT: no `ttl`, or no JSON object; VC_E_LIMIT: over 32 MiB.
 */
VC_API VC_MUST_CHECK vc_wrapping *vc_wrapping_wrap(vc_client *client, vc_view json, uint64_t ttl, vc_error *err);

/*
 * POST sys/wrapping/unwrap, with the wrapping token in place of the client's own, which is not needed. `*reply` is what was
 * wrapped: a whole reply of Vault, as vc_vault_request() gives; free it. Not sent again after a doubtful failure: the token may be spent
 * then. VC_E_SPENT: the token was used before, has expired or never was. If you did not use it, somebody did: take what it
 * held for stolen. VC_E_ARGUMENT: an empty token, or one with other than printable ASCII characters.
 */
VC_API vc_code vc_wrapping_unwrap(vc_client *client, vc_view token, vc_vault_reply **reply, vc_error *err);

/* POST sys/wrapping/lookup: how and when it was made; does not open it. The client's own token is not needed. Errors as above. */
VC_API VC_MUST_CHECK vc_wrapping *vc_wrapping_lookup(vc_client *client, vc_view token, vc_error *err);

/* POST sys/wrapping/rewrap: the same content under a new token; the old one is spent. With the client's own token. Errors as above. */
VC_API VC_MUST_CHECK vc_wrapping *vc_wrapping_rewrap(vc_client *client, vc_view token, vc_error *err);

#ifdef __cplusplus
}
#endif

#endif

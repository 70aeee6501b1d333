/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vault.h - any request to Vault or OpenBao, for endpoints that have no function of their own: with the same
 * retries, token, namespace, TLS and error rules as those that have one. Example: examples/api/vault_request.c
 *
 *     vc_vault_reply *reply = NULL;
 *     vc_code code = vc_vault_request(vault, "GET", "sys/quotas/config", vc_str(NULL), NULL, &reply, &err);
 *     if (!code)
 *         use(vc_vault_reply_body(reply));
 *     vc_vault_reply_free(reply);
 *
 * Threads: as vc_client; options and replies have one owner, getters may be called by many.
 */
#ifndef VAULTCRYPT_VAULT_H
#define VAULTCRYPT_VAULT_H

#include <vaultcrypt/client.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How a request is sent. */
typedef struct vc_vault_options vc_vault_options;

/* The defaults that the setters name. NULL and VC_E_MEMORY on failure. */
VC_API VC_MUST_CHECK vc_vault_options *vc_vault_options_new(vc_error *err);
VC_API void vc_vault_options_free(vc_vault_options *options); /* NULL is fine */

/*
 * Whether the request may be sent again when it is not known if Vault got it (a broken connection, a time-out,
 * 5xx). Default: GET, LIST and HEAD yes, the others no. What Vault certainly has not done (412, 429, 503) is
 * sent again in any case.
 */
VC_API void vc_vault_options_set_replay_safe(vc_vault_options *options, int safe);

/* 1: sent once; whatever comes is the answer, 429 and 503 too. Default 0: retries until the deadline. */
VC_API void vc_vault_options_set_once(vc_vault_options *options, int once);

/*
 * Another namespace than the client's: "a/b"; slashes around it do not matter; "" is the root namespace, NULL the client's.
 * VC_E_ARGUMENT (an empty name within), VC_E_LIMIT, VC_E_MEMORY.
 */
VC_API vc_code vc_vault_options_set_namespace(vc_vault_options *options, const char *name, vc_error *err);

/* Seconds for which the reply stays in Vault, wrapped: see wrapping.h. 0 (the default): it comes as it is. */
VC_API void vc_vault_options_set_wrap_ttl(vc_vault_options *options, uint64_t seconds);

/* 1: the client's token is not sent, and not needed (sys/health, log-ins). Default 0. */
VC_API void vc_vault_options_set_no_token(vc_vault_options *options, int none);

/* A reply. It may hold secrets: its memory is wiped when it is freed. */
typedef struct vc_vault_reply vc_vault_reply;

VC_API void vc_vault_reply_free(vc_vault_reply *reply); /* NULL is fine */
VC_API int vc_vault_reply_status(const vc_vault_reply *reply); /* of HTTP: 200, 204, 404, ... */
/* As it came, borrowed from the reply; absent for a reply without one. */
VC_API vc_view vc_vault_reply_body(const vc_vault_reply *reply);
VC_API const char *vc_vault_reply_request_id(const vc_vault_reply *reply); /* for Vault's audit log; or "" */
/* The value of a header, whatever its case; absent when there is none. Of several, the first. */
VC_API vc_view vc_vault_reply_header(const vc_vault_reply *reply, const char *name);
/* What Vault warns of, at most 256 texts. They may repeat names and values of the request. */
VC_API size_t vc_vault_reply_warning_count(const vc_vault_reply *reply);
VC_API const char *vc_vault_reply_warning(const vc_vault_reply *reply, size_t i); /* NULL beyond the last */

/*
 * Sends a request; blocks until its answer is final or the client's deadline has passed.
 *
 * `method`: GET, LIST (sent as GET with ?list=true), POST, PUT, PATCH, DELETE or HEAD. `path`: what stands behind
 * "/v1/" ("transit/keys/payments"), or all of it with "/v1/" in front; perhaps with a query behind a `?`.
 * Characters that a URL does not take are percent-encoded; a `%` must begin an encoded byte. `body`: JSON, or absent;
 * not with GET, LIST and HEAD. `options` NULL: the defaults. `reply` NULL: not wanted.
 *
 * `*reply` is set whenever an answer of HTTP came, also with an error code; otherwise it is NULL.
 *
 * VC_OK: a status of 200 to 299. VC_E_ARGUMENT: another method, a URL instead of a path, a part of the path that is empty, `.` or
 * `..`, control characters, a body where there is none; VC_E_LIMIT: a path over 4 KiB, a body over 64 MiB; and what
 * transit.h lists for all calls, by the status: VC_E_REQUEST, VC_E_DENIED, VC_E_NOT_FOUND, VC_E_BUSY, VC_E_SEALED,
 * VC_E_SERVER, ...
 */
VC_API vc_code vc_vault_request(vc_client *client, const char *method, const char *path, vc_view body,
                                const vc_vault_options *options, vc_vault_reply **reply, vc_error *err);

#ifdef __cplusplus
}
#endif

#endif

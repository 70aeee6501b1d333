/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token.h - tokens: the client's own, and others by their accessor; making them for others.
 *
 * The client keeps its own token alive by itself (renewal, log-in): none of this is needed for that. Every call blocks, retries
 * what passes by itself until the client's deadline, and on failure leaves its outputs as they were. Each may return,
 * besides its own errors, those that transit.h lists for all. Example: examples/api/sys_token.c
 *
 * Threads: as vc_client; settings and what is returned have one owner, getters may be called by many. Texts of
 * getters are borrowed.
 */
#ifndef VAULTCRYPT_TOKEN_H
#define VAULTCRYPT_TOKEN_H

#include <vaultcrypt/client.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What Vault tells of a token. The token itself is not in it. */
typedef struct vc_token vc_token;

VC_API void vc_token_free(vc_token *token);                      /* NULL is fine */
VC_API const char *vc_token_accessor(const vc_token *token);     /* "" for a batch token */
VC_API const char *vc_token_display_name(const vc_token *token); /* never NULL */
VC_API const char *vc_token_type(const vc_token *token);         /* "service" or "batch" */
VC_API uint64_t vc_token_ttl(const vc_token *token);             /* seconds; 0: never expires */
VC_API uint64_t vc_token_creation_ttl(const vc_token *token);    /* seconds; 0: never expires */
VC_API uint64_t vc_token_uses(const vc_token *token);            /* uses left; 0: not counted */
VC_API int vc_token_is_renewable(const vc_token *token);
VC_API int vc_token_is_orphan(const vc_token *token);
VC_API size_t vc_token_policy_count(const vc_token *token);
VC_API const char *vc_token_policy(const vc_token *token, size_t i); /* NULL beyond the last */
/* (A reply with more than 4096 policies is VC_E_PROTOCOL.) */

/* GET auth/token/lookup-self: the client's own. This is a use of it, where uses are counted. */
VC_API VC_MUST_CHECK vc_token *vc_token_lookup_self(vc_client *client, vc_error *err);

/*
 * POST auth/token/lookup-accessor, revoke-accessor: a token whose accessor is known. VC_E_DENIED or VC_E_NOT_FOUND: there is no such
 * token (any more), or the policies do not allow it.
 */
VC_API VC_MUST_CHECK vc_token *vc_token_lookup_accessor(vc_client *client, const char *accessor, vc_error *err);
VC_API vc_code vc_token_revoke_accessor(vc_client *client, const char *accessor, vc_error *err);

/*
 * POST auth/token/renew-self: asks for `increment` more seconds (0: as many as it was made with). What Vault grants is vc_token_ttl() of
 * the answer, and may be less. VC_E_REQUEST: the token cannot be renewed.
 */
VC_API VC_MUST_CHECK vc_token *vc_token_renew_self(vc_client *client, uint64_t increment, vc_error *err);

/* POST auth/token/revoke-self: the client's own token ends, and those made with it. Its next call logs in anew, or is VC_E_DENIED. */
VC_API vc_code vc_token_revoke_self(vc_client *client, vc_error *err);

/* How a new token is to be. Setters copy: VC_E_ARGUMENT for text that is not UTF-8, VC_E_MEMORY. */
typedef struct vc_token_settings vc_token_settings;

/* A child of the client's token with its policies. NULL and VC_E_MEMORY on failure. */
VC_API VC_MUST_CHECK vc_token_settings *vc_token_settings_new(vc_error *err);
VC_API void vc_token_settings_free(vc_token_settings *settings); /* NULL is fine */
VC_API vc_code vc_token_settings_add_policy(vc_token_settings *settings, const char *name, vc_error *err);
VC_API vc_code vc_token_settings_set_no_default_policy(vc_token_settings *settings, int none, vc_error *err);
/* Seconds. `ttl` 0: the system's. `explicit_max_ttl`: no renewal goes beyond. `period`: each renewal grants as much, without end. */
VC_API vc_code vc_token_settings_set_ttl(vc_token_settings *settings, uint64_t seconds, vc_error *err);
VC_API vc_code vc_token_settings_set_explicit_max_ttl(vc_token_settings *settings, uint64_t seconds, vc_error *err);
VC_API vc_code vc_token_settings_set_period(vc_token_settings *settings, uint64_t seconds, vc_error *err);
VC_API vc_code vc_token_settings_set_renewable(vc_token_settings *settings, int renewable, vc_error *err); /* default 1 */
VC_API vc_code vc_token_settings_set_uses(vc_token_settings *settings, uint64_t uses, vc_error *err); /* 0: not counted */
/* "service" (default) or "batch". */
VC_API vc_code vc_token_settings_set_type(vc_token_settings *settings, const char *type, vc_error *err);
/* 1: an orphan, which does not end with its maker. Needs `sudo`, or the root policy. */
VC_API vc_code vc_token_settings_set_no_parent(vc_token_settings *settings, int orphan, vc_error *err);
VC_API vc_code vc_token_settings_set_display_name(vc_token_settings *settings, const char *name, vc_error *err);
/* One of the pairs that the audit log shows. VC_E_ARGUMENT: a key of more than 255 bytes, too. */
VC_API vc_code vc_token_settings_set_meta(vc_token_settings *settings, const char *key, const char *value, vc_error *err);

/*
 * POST auth/token/create. `settings` NULL: a child with the same policies. `*token` is the token, to be freed (and wiped) with
 * vc_bytes_free(); `*about` (NULL: not wanted) what it is: free it. VC_E_REQUEST: Vault refused (policies that the client's token does
 * not have, a ttl above the maximum, ...). Not sent again after a doubtful failure, for that would make a second one.
 */
VC_API vc_code vc_token_create(vc_client *client, const vc_token_settings *settings, vc_bytes *token, vc_token **about,
                               vc_error *err);

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token.h - what Vault tells of tokens, and requests about them. Replies hold the token itself: they are read with the
 * pull reader, where they stand, and the token is copied only for who asked for it. (token.c, token_settings.c)
 *
 * Vault endpoints: auth/token/lookup-self, lookup-accessor, revoke-accessor, renew-self, revoke-self, create.
 *
 * Threads: one owner.
 */
#ifndef VC__VAULT_TOKEN_H
#define VC__VAULT_TOKEN_H

#include "vault/request.h"

#include <vaultcrypt/token.h>

/* Each fills a request, to be cleaned up in any case. VC_E_ARGUMENT, VC_E_LIMIT, VC_E_MEMORY. */

/* METHOD auth/token/OPERATION, without a body. */
vc_code vc__token_request(vc_request *request, const char *method, const char *operation, bool replay_safe,
                          vc_error *err);
vc_code vc__token_lookup_self(vc_request *request, vc_error *err);
/* "lookup-accessor", "revoke-accessor". */
vc_code vc__token_accessor(vc_request *request, const char *operation, const char *accessor, vc_error *err);
vc_code vc__token_renew_self(vc_request *request, uint64_t increment, vc_error *err);
vc_code vc__token_create(vc_request *request, const vc_token_settings *settings, vc_error *err);

/* The reply to a lookup; `body` is overwritten. NULL: VC_E_PROTOCOL, VC_E_MEMORY, VC_E_LIMIT, or as vc__reply_error(). */
vc_token *vc__token_parse(int status, char *body, size_t len, vc_error *err);

/* A reply with an `auth` block; a copy of the token in `*secret` (NULL: not wanted), untouched on failure. Errors as above. */
vc_token *vc__token_parse_auth(int status, char *body, size_t len, vc_bytes *secret, vc_error *err);

#endif

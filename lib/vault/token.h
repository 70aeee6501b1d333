/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token.h - what Vault tells of the client's own token. The reply holds the token itself: it is read with the
 * pull reader, where it stands, and never copied.
 *
 * Vault endpoint: GET auth/token/lookup-self.
 *
 * Threads: one owner.
 */
#ifndef VC__VAULT_TOKEN_H
#define VC__VAULT_TOKEN_H

#include "vault/request.h"

#include <vaultcrypt/sys.h>

/* Fills a request, to be cleaned up in any case. VC_E_MEMORY. */
vc_code vc__token_lookup_self(vc_request *request, vc_error *err);

/* The reply; `body` is overwritten. NULL: VC_E_PROTOCOL, VC_E_MEMORY, VC_E_LIMIT, or as vc__reply_error(). */
vc_token *vc__token_parse(int status, char *body, size_t len, vc_error *err);

#endif

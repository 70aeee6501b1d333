/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wrapping.h - wrapped replies: requests and what is told of them. The wrapping token is a secret: it passes through no
 * json-c object, and a vc_wrapping is wiped.
 *
 * Vault endpoints: POST sys/wrapping/wrap, unwrap, lookup, rewrap.
 *
 * Threads: one owner.
 */
#ifndef VC__VAULT_WRAPPING_H
#define VC__VAULT_WRAPPING_H

#include "vault/request.h"

#include <vaultcrypt/wrapping.h>

/* Each fills a request, to be cleaned up in any case. VC_E_ARGUMENT, VC_E_LIMIT, VC_E_MEMORY as the public calls. */
vc_code vc__wrapping_wrap(vc_request *request, vc_view json, uint64_t ttl, vc_error *err);
/* POST sys/wrapping/OPERATION ("lookup", which is open to all, "rewrap") with the token in the body. */
vc_code vc__wrapping_request(vc_request *request, const char *operation, vc_view token, vc_error *err);
/* The same with the token in the header: `token` is borrowed by the request. */
vc_code vc__wrapping_unwrap(vc_request *request, const vc__secret *token, vc_error *err);

/* A wrapping token's form: VC_E_ARGUMENT. */
vc_code vc__wrapping_token_check(vc_view token, vc_error *err);

/*
 * `wrap_info` of a reply, or for a lookup its `data`; `body` is overwritten. NULL: as vc__reply_error(), VC_E_PROTOCOL,
 * VC_E_MEMORY.
 */
vc_wrapping *vc__wrapping_parse(int status, char *body, size_t len, vc_error *err);

#endif

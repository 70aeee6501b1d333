/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transform.h - requests on single values of transform, beside encode and decode (single.h).
 *
 * Vault endpoints: POST MOUNT/encode/ROLE, validate/ROLE, metadata/ROLE, tokenized/ROLE, tokens/ROLE, rewrap/ROLE; DELETE
 * MOUNT/tokens/ROLE, tokenized/ROLE, with a body.
 *
 * Threads: one owner.
 */
#ifndef VC__VAULT_TRANSFORM_H
#define VC__VAULT_TRANSFORM_H

#include "vault/request.h"

#include <vaultcrypt/transform_token.h>

/*
 * Each fills a request, to be cleaned up in any case. VC_E_ARGUMENT (a name, text that is not UTF-8), VC_E_LIMIT, VC_E_MEMORY.
 * `options` may be NULL.
 */

/* An encode that makes a token: not to be sent again, unless the options say convergent. */
vc_code vc__transform_tokenize(vc_request *request, const char *role, vc_view value,
                               const vc_transform_options *options, vc_error *err);

/* METHOD MOUNT/OPERATION/ROLE {MEMBER: value}; `search`: with the options' expirations. */
vc_code vc__transform_ask(vc_request *request, const char *method, const char *operation, const char *role,
                          const char *member, vc_view value, const vc_transform_options *options, bool search,
                          vc_error *err);

vc_code vc__transform_rewrap(vc_request *request, const char *role, vc_view value, const vc_transform_options *from,
                             const vc_transform_options *to, vc_error *err);

#endif

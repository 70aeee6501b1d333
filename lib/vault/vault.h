/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vault.h - requests to any endpoint, and their replies as they came. The public face is <vaultcrypt/vault.h>.
 *
 * Threads: one owner.
 */
#ifndef VC__VAULT_VAULT_H
#define VC__VAULT_VAULT_H

#include "base/cleanup.h"
#include "vault/request.h"

#include <vaultcrypt/vault.h>

VC__DEFINE_CLEANUP(vc_vault_reply, vc_vault_reply_free)

/* Fills a request, to be cleaned up in any case. Errors: as vc_vault_request() before anything is sent. */
vc_code vc__vault_request(vc_request *request, const char *method, const char *path, vc_view body,
                          const vc_vault_options *options, vc_error *err);

/* Takes the reply out of a request that was answered. NULL: VC_E_MEMORY. */
vc_vault_reply *vc__vault_reply_take(vc_request *request, vc_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transit_key.h - keys of the transit engine: requests and replies.
 *
 * Vault endpoints: POST MOUNT/keys/KEY, GET MOUNT/keys/KEY, POST MOUNT/keys/KEY/config, POST
 * MOUNT/keys/KEY/rotate. Older servers answer the writes with 204, newer ones with 200 and the key:
 * vc__reply_error() is all that these need. A rotation is not sent again after a doubtful failure.
 *
 * Threads: one owner.
 */
#ifndef VC__VAULT_TRANSIT_KEY_H
#define VC__VAULT_TRANSIT_KEY_H

#include "base/cleanup.h"
#include "vault/request.h"

#include <vaultcrypt/transit.h>

/*
 * Each fills a request, to be cleaned up in any case. VC_E_ARGUMENT (names; settings of another call),
 * VC_E_LIMIT, VC_E_MEMORY.
 */
vc_code vc__transit_key_create(vc_request *request, const char *place, const vc_transit_settings *settings,
                               vc_error *err);
vc_code vc__transit_key_configure(vc_request *request, const char *place, const vc_transit_settings *settings,
                                  vc_error *err);
vc_code vc__transit_key_rotate(vc_request *request, const char *place, vc_error *err);
vc_code vc__transit_key_read(vc_request *request, const char *place, vc_error *err);

/* The reply to a read. NULL: as vc__object_read(), and VC_E_PROTOCOL for what does not look like a key. */
vc_transit_key *vc__transit_key_parse(int status, vc_view body, vc_error *err);

#endif

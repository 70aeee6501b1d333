/* SPDX-License-Identifier: Apache-2.0 */
/*
 * single.h - requests for one value: transit encrypt, decrypt, rewrap, and transform encode, decode. Bodies
 * and replies are those of an item of a batch (batch.h): plaintext never passes through json-c.
 *
 * Vault endpoints: POST MOUNT/encrypt/KEY, MOUNT/decrypt/KEY, MOUNT/rewrap/KEY; POST MOUNT/encode/ROLE,
 * MOUNT/decode/ROLE, MOUNT/decode/ROLE/FORMAT. All may be sent again; an encode by tokenization then leaves a
 * second token behind, which decodes too.
 *
 * Threads: options have one owner; the builders read them.
 */
#ifndef VC__VAULT_SINGLE_H
#define VC__VAULT_SINGLE_H

#include "vault/batch.h"
#include "vault/request.h"

#include <vaultcrypt/transform.h>
#include <vaultcrypt/transit.h>

/*
 * Fills a request that is to be cleaned up in any case. `place` is "NAME" or "MOUNT/NAME". The reply is read
 * with vc__single_read(). VC_E_ARGUMENT (a name, options that the verb does not take, text that is not
 * UTF-8), VC_E_LIMIT, VC_E_MEMORY.
 */
vc_code vc__transit_request(vc_request *request, vc__verb verb, const char *place, vc_view input,
                            const vc_transit_options *options, vc_error *err);
vc_code vc__transform_request(vc_request *request, vc__verb verb, const char *place, vc_view input,
                              const vc_transform_options *options, vc_error *err);

#endif

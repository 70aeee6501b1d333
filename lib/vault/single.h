/* SPDX-License-Identifier: Apache-2.0 */
/*
 * single.h - requests for one value: transit encrypt, decrypt, rewrap, hmac, sign, verify, and transform
 * encode, decode. Bodies and replies are those of an item of a batch (batch.h): plaintext never passes through
 * json-c. And data keys, random bytes, digests.
 *
 * Vault endpoints: POST MOUNT/encrypt/KEY, MOUNT/decrypt/KEY, MOUNT/rewrap/KEY, MOUNT/hmac/KEY, MOUNT/sign/KEY,
 * MOUNT/verify/KEY, MOUNT/datakey/plaintext/KEY, MOUNT/datakey/wrapped/KEY, MOUNT/random[/SOURCE], MOUNT/hash;
 * POST MOUNT/encode/ROLE, MOUNT/decode/ROLE, MOUNT/decode/ROLE/FORMAT. All may be sent again, but an encode with the options of a token
 * that is not convergent.
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
vc_code vc__transit_verify_request(vc_request *request, vc__verb verb, const char *place, vc_view input,
                                   vc_view signature, const vc_transit_options *options, vc_error *err);
vc_code vc__transform_request(vc_request *request, vc__verb verb, const char *place, vc_view input,
                              const vc_transform_options *options, vc_error *err);

/* What an item may be at all: VC_E_CIPHERTEXT, VC_E_SIGNATURE for what is no text. */
vc_code vc__transit_item_check(vc__verb verb, const vc__item *item, vc_error *err);

/* Requests as above; a NULL mount is "transit", a NULL algorithm or source Vault's default. */
vc_code vc__transit_datakey_request(vc_request *request, bool plaintext, const char *place, unsigned bits,
                                    const vc_transit_options *options, vc_error *err);
vc_code vc__transit_random_request(vc_request *request, const char *mount, const char *source, size_t count,
                                   vc_error *err);
vc_code vc__transit_hash_request(vc_request *request, const char *mount, const char *algorithm, vc_view input,
                                 vc_error *err);

/*
 * Their replies, which are overwritten: Base64 is decoded in place, the views point into the body. `wanted`: a
 * plaintext must be there, or must not. VC_E_PROTOCOL too for a length that cannot be.
 */
vc_code vc__transit_datakey_parse(vc_view *plaintext, vc_view *ciphertext, bool wanted, int status, char *body,
                                  size_t len, vc_error *err);
vc_code vc__transit_random_parse(vc_view *bytes, size_t count, int status, char *body, size_t len, vc_error *err);
vc_code vc__transit_hash_parse(vc_view *sum, const char *algorithm, int status, char *body, size_t len,
                               vc_error *err);

#endif

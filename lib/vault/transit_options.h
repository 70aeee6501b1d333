/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transit_options.h - what the calls of transit.h and the batches of transit_batch.h are asked with.
 *
 * Threads: one owner.
 */
#ifndef VC__VAULT_TRANSIT_OPTIONS_H
#define VC__VAULT_TRANSIT_OPTIONS_H

#include "vault/batch.h"

#include <vaultcrypt/transit.h>

enum { VC__TRANSIT_OPTION_MAX = 1 << 20, VC__TRANSIT_WORD = 32 };

struct vc_transit_options {
    vc__buf context, associated_data;
    uint64_t key_version;
    char hash[VC__TRANSIT_WORD], signature[VC__TRANSIT_WORD], marshaling[VC__TRANSIT_WORD];
    bool prehashed;
    bool salted; /* salt_length is set */
    int salt_length;
};

/*
 * Fills in what an item has not: context, associated data, version. VC_E_ARGUMENT for what the verb does not
 * take, of the options or of the item. `options` may be NULL.
 */
vc_code vc__transit_options_apply(const vc_transit_options *options, vc__verb verb, vc__item *item,
                                  vc_error *err);

/* Appends the members that stand beside the input or the items: ',"name":value' and so on. */
void vc__transit_options_members(const vc_transit_options *options, vc__verb verb, vc__buf *out);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * letter_key.h - under which key and context the bodies of dead letters are encrypted: those of a schema that is made for it, with one rule
 * for whole values. Who writes letters and who opens them make theirs here, so that they agree.
 *
 * Threads: any; nothing is kept.
 */
#ifndef VC__KAFKA_LETTER_KEY_H
#define VC__KAFKA_LETTER_KEY_H

#include "base/buf.h"

#include <vaultcrypt/schema.h>

enum { VC__LETTER_NAME_ROOM = 256 };

typedef struct vc__letter_key {
    bool fixed; /* `source: static`; it has no mount */
    bool pair;  /* a name of `keys`, of a `hybrid` field; likewise */
    char mount[VC__LETTER_NAME_ROOM], name[VC__LETTER_NAME_ROOM];
} vc__letter_key;

/*
 * "KEY" or "MOUNT/KEY"; without a mount it is in `mount`, or in "transit" when that is NULL. VC_E_ARGUMENT: longer than a token can say. What
 * Vault takes for a name is checked by the schema.
 */
vc_code vc__letter_key_parse(vc__letter_key *key, const char *mount, const char *text, vc_error *err);

/*
 * That of the rule's first `envelope` field, else of its first `hybrid` one. Not one of `format: kroxylicious`, whose key is to encrypt nothing
 * else. NULL: the rule has none.
 */
const vc_field *vc__letter_rule_field(const vc_rule *rule);
void vc__letter_field_key(const vc_field *field, vc__letter_key *key);

/* Both are fixed, of pairs, or Vault's. */
static inline bool vc__letter_key_alike(const vc__letter_key *a, const vc__letter_key *b)
{
    return a->fixed == b->fixed && a->pair == b->pair;
}

bool vc__letter_key_equal(const vc__letter_key *a, const vc__letter_key *b);

/*
 * The text of the schema: protects with the first key under the first context ("dead_letter:" and the rule's, cut to what a context may
 * have), and opens what any of them has protected. All keys are of the first one's sort: fixed, of
 * pairs, or Vault's. Errors are the buffer's.
 */
void vc__letter_schema_write(vc__buf *out, const vc__letter_key *keys, size_t key_count, const char *const *contexts,
                             size_t context_count);

#endif

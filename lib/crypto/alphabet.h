/* SPDX-License-Identifier: Apache-2.0 */
/*
 * alphabet.h - the characters that format-preserving encryption works on: 2 to 65536 distinct code points,
 * whose order gives each its number. Order matters: it decides what the ciphertext is.
 *
 * Threads: immutable after creation and counted by reference: share freely.
 */
#ifndef VC__CRYPTO_ALPHABET_H
#define VC__CRYPTO_ALPHABET_H

#include "base/buf.h"

enum { VC__ALPHABET_MAX = 65536 };

typedef struct vc__alphabet vc__alphabet;

/*
 * From its characters as UTF-8. NULL: VC_E_CONFIG (not UTF-8, too few, too many, or one twice), VC_E_MEMORY.
 */
vc__alphabet *vc__alphabet_new(vc_view characters, vc_error *err);

/*
 * Vault's built-in ones, with their full names: "builtin/numeric", "builtin/alphalower",
 * "builtin/alphaupper", "builtin/alphanumericlower", "builtin/alphanumericupper", "builtin/alphanumeric".
 * Their order is not published: here it is 0-9, a-z, A-Z. NULL: VC_E_NOT_FOUND, VC_E_MEMORY.
 */
vc__alphabet *vc__alphabet_builtin(vc_view name, vc_error *err);

/* The names of the built-in ones, ended by NULL. */
const char *const *vc__alphabet_builtins(void);

vc__alphabet *vc__alphabet_ref(vc__alphabet *alphabet);
void vc__alphabet_unref(vc__alphabet *alphabet);
VC__DEFINE_CLEANUP(vc__alphabet, vc__alphabet_unref)

/* How many characters: the radix. */
uint32_t vc__alphabet_size(const vc__alphabet *alphabet);

/* The characters as they were given; alive as long as the alphabet. */
vc_view vc__alphabet_characters(const vc__alphabet *alphabet);

/* The number of a code point, or -1 when it is not in the alphabet. */
int32_t vc__alphabet_index(const vc__alphabet *alphabet, uint32_t code_point);

/* Appends the character with that number (below the size). */
void vc__alphabet_append(const vc__alphabet *alphabet, uint32_t index, vc__buf *out);

#endif

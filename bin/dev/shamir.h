/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shamir.h - the unseal key in shares (Shamir, "How to Share a Secret", 1979), in the form of Vault's: over
 * GF(2^8), each share the bytes of the polynomials at x, and x behind.
 */
#ifndef VC__DEV_SHAMIR_H
#define VC__DEV_SHAMIR_H

#include "crypto/random.h"

#include <stdbool.h>
#include <stddef.h>

enum { DEV_SECRET = 32, DEV_SHARE = DEV_SECRET + 1, DEV_SHARES = 16 };

/* `shares` has room for `count` of DEV_SHARE bytes; `threshold` (2 or more) of them are enough. */
bool dev_shamir_split(const unsigned char *secret, size_t count, size_t threshold, vc__random *random,
                      unsigned char (*shares)[DEV_SHARE]);

/* The secret of `count` different shares; wrong shares give a wrong secret. False: two are of one x. */
bool dev_shamir_join(unsigned char (*shares)[DEV_SHARE], size_t count, unsigned char *secret);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* near.h - how far a word is from a name, for "did you mean". */
#ifndef VC_BIN_NEAR_H
#define VC_BIN_NEAR_H

#include <stddef.h>

enum { NEAR_ENOUGH = 2 }; /* letters wrong, missing or too many */

/* Letters to change, add or take away; more than NEAR_ENOUGH for anything that is no likely slip. */
size_t near_distance(const char *word, const char *name);

#endif

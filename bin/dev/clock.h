/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock.h - time and names: the two clocks, RFC 3339, random identifiers.
 */
#ifndef VC__DEV_CLOCK_H
#define VC__DEV_CLOCK_H

#include "base/buf.h"
#include "crypto/random.h"

/* Milliseconds that only ever go forward. */
uint64_t dev_now(void);

/* Nanoseconds since 1970. */
int64_t dev_wall(void);

/* Go's RFC3339Nano, UTC, as a JSON string. */
void dev_time_write(vc__buf *out, int64_t wall);

/* A random UUID, 36 characters and a NUL. */
void dev_uuid(vc__random *random, char *out);

/* `len` random letters and digits, and a NUL. */
void dev_letters(vc__random *random, char *out, size_t len);

/* `len` random bytes in hexadecimal, and a NUL. */
void dev_hex(vc__random *random, char *out, size_t len);

#endif

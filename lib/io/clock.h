/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock.h - the only clock of the library: monotonic, in milliseconds from an arbitrary start. Everything below lib/io gets the
 * time as an argument.
 *
 * Threads: any.
 */
#ifndef VC__IO_CLOCK_H
#define VC__IO_CLOCK_H

#include <stdint.h>

uint64_t vc__clock_ms(void);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz.h - what fuzz targets share: the entry point, a claim that must hold, and lines of an input. */
#ifndef VC__FUZZ_H
#define VC__FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vaultcrypt/types.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not assert(): it must hold in every build. */
#define HOLDS(claim)                                                                   \
    do {                                                                               \
        if (!(claim)) {                                                                \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #claim); \
            abort();                                                                   \
        }                                                                              \
    } while (0)

/* Takes the first line, without its newline, off `rest`. */
static inline vc_view fuzz_line(vc_view *rest)
{
    const char *newline = rest->len ? memchr(rest->data, '\n', rest->len) : NULL;
    const size_t len = newline ? (size_t)(newline - rest->data) : rest->len;
    const vc_view line = vc_view_of(rest->data, len);
    const size_t taken = len + (newline != NULL);
    *rest = vc_view_of(rest->data + taken, rest->len - taken);
    return line;
}

#endif

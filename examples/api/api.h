/* SPDX-License-Identifier: Apache-2.0 */
/* api.h - what the examples of single calls share: an error ends the program, with what the library says of it. */
#ifndef EXAMPLES_API_H
#define EXAMPLES_API_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vaultcrypt/vaultcrypt.h>

static vc_error err = VC_ERROR_INIT;

static inline void stop(void)
{
    char text[1000];
    fprintf(stderr, "%s\n", vc_error_format(&err, text, sizeof text));
    exit(1);
}

/* The result of a call that returns a code; and of one that makes something. */
static inline void must(vc_code code)
{
    if (code)
        stop();
}

static inline void *made(void *thing)
{
    if (!thing)
        stop();
    return thing;
}

#endif

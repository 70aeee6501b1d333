/* SPDX-License-Identifier: Apache-2.0 */
/* typed.h - what the programs of the typed calls share. */
#ifndef TYPED_H
#define TYPED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vaultcrypt/vaultcrypt.h>

static int passed, failed;
static vc_error err = VC_ERROR_INIT;

static void check(int holds, int line, const char *what)
{
    char text[1000];
    passed += holds != 0;
    failed += holds == 0;
    if (!holds)
        printf("not ok - line %d: %s (last error: %s)\n", line, what, vc_error_format(&err, text, sizeof text));
}

#define CHECK(condition) check((condition), __LINE__, #condition)

static inline int is(vc_bytes bytes, const char *data, size_t len)
{
    return bytes.len == len && (!len || memcmp(bytes.data, data, len) == 0);
}

static inline int starts(vc_bytes bytes, const char *text)
{
    return bytes.data && strncmp(bytes.data, text, strlen(text)) == 0;
}

#endif

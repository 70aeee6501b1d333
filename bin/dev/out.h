/* SPDX-License-Identifier: Apache-2.0 */
/*
 * out.h - writes JSON the way Go's encoder does: no spaces; <, >, & and U+2028, U+2029 escaped. Commas come
 * by themselves. Errors are the buffer's.
 */
#ifndef VC__DEV_OUT_H
#define VC__DEV_OUT_H

#include "base/buf.h"

/* The comma before a value or a member's name, where one is due. */
static inline void out_comma(vc__buf *out)
{
    if (out->len == 0)
        return;
    const char last = out->data[out->len - 1];
    if (last != '{' && last != '[' && last != ':')
        vc__buf_byte(out, ',');
}

static inline void out_open(vc__buf *out, char bracket)
{
    out_comma(out);
    vc__buf_byte(out, bracket);
}

static inline void out_close(vc__buf *out, char bracket)
{
    vc__buf_byte(out, bracket);
}

/* Text that is JSON already. */
static inline void out_json(vc__buf *out, vc_view json)
{
    out_comma(out);
    vc__buf_view(out, json);
}

void out_string(vc__buf *out, vc_view text);
/* A member's name that needs no escapes. */
void out_key(vc__buf *out, const char *name);
void out_int(vc__buf *out, long long number);
void out_bool(vc__buf *out, bool yes);

static inline void out_null(vc__buf *out)
{
    out_json(out, vc_str("null"));
}

static inline void out_member(vc__buf *out, const char *name, const char *text)
{
    out_key(out, name);
    out_string(out, vc_str(text));
}

static inline void out_member_int(vc__buf *out, const char *name, long long number)
{
    out_key(out, name);
    out_int(out, number);
}

static inline void out_member_bool(vc__buf *out, const char *name, bool yes)
{
    out_key(out, name);
    out_bool(out, yes);
}

static inline void out_member_json(vc__buf *out, const char *name, const char *json)
{
    out_key(out, name);
    out_json(out, vc_str(json));
}

#endif

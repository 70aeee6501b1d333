/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/secret.h"

#include <stdarg.h>
#include <stdio.h>

void vc__buf_free(vc__buf *buf)
{
    if (buf->data) {
        vc__wipe(buf->data, buf->cap);
        vc__free(buf->data);
    }
    *buf = (vc__buf)VC__BUF(buf->max);
}

void vc__buf_clear(vc__buf *buf)
{
    if (buf->data)
        vc__wipe(buf->data, buf->len);
    buf->len = 0;
    buf->failed = VC_OK;
}

void vc__buf_cut(vc__buf *buf, size_t len)
{
    if (len >= buf->len)
        return;
    vc__wipe(buf->data + len, buf->len - len);
    buf->len = len;
}

/* realloc() would leave the old bytes behind in freed memory: take new memory, copy, wipe the old. */
static vc_code grow(vc__buf *buf, size_t cap)
{
    char *data = vc__realloc(NULL, cap, 1);
    if (!data)
        return VC_E_MEMORY;
    if (buf->data) {
        memcpy(data, buf->data, buf->len);
        vc__wipe(buf->data, buf->cap);
        vc__free(buf->data);
    }
    data[buf->len] = 0;
    buf->data = data;
    buf->cap = cap;
    return VC_OK;
}

vc_code vc__buf_reserve_slow(vc__buf *buf, size_t more)
{
    if (buf->failed)
        return buf->failed;
    if (more > buf->max || buf->len > buf->max - more || buf->len + more == SIZE_MAX)
        return buf->failed = VC_E_LIMIT;
    const size_t need = buf->len + more + 1; /* and the NUL */
    if (need <= buf->cap)
        return VC_OK;
    size_t cap = buf->cap < 64 ? 64 : buf->cap;
    while (cap < need)
        cap = cap > SIZE_MAX / 2 ? need : cap * 2;
    if (cap > buf->max && buf->max < SIZE_MAX)
        cap = buf->max + 1 > need ? buf->max + 1 : need;
    return buf->failed = grow(buf, cap);
}

vc_code vc__buf_check(const vc__buf *buf, const char *what, vc_error *err)
{
    if (buf->failed == VC_E_LIMIT)
        return vc__error(err, VC_E_LIMIT, "%s is larger than its maximum of %zu bytes", what, buf->max);
    if (buf->failed)
        return vc__error_memory(err);
    return VC_OK;
}

vc_bytes vc__buf_take(vc__buf *buf)
{
    vc_bytes bytes = { buf->data, buf->len };
    *buf = (vc__buf)VC__BUF(buf->max);
    return bytes;
}

void vc__buf_printf(vc__buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    const int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len < 0 && !buf->failed)
        buf->failed = VC_E_LIMIT; /* longer than an int counts */
    if (len > 0 && vc__buf_reserve(buf, (size_t)len) == VC_OK) {
        vsnprintf(buf->data + buf->len, (size_t)len + 1, format, again);
        buf->len += (size_t)len;
    }
    va_end(again);
}

/*
 * vc_bytes come from vc__buf_take() or vc__bytes_dup(); only `len` is known here, which is all that was
 * written.
 */
void vc_bytes_free(vc_bytes *bytes)
{
    if (!bytes || !bytes->data)
        return;
    vc__wipe(bytes->data, bytes->len);
    vc__free(bytes->data);
    *bytes = (vc_bytes)VC_BYTES_INIT;
}

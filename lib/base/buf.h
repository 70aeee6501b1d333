/* SPDX-License-Identifier: Apache-2.0 */
/*
 * buf.h - the one growing buffer. It has a maximum from birth, and is always wiped over its whole capacity
 * before memory is given back or moved: buffers hold plaintext more often than not.
 *
 * Errors are sticky: after a failed append (maximum or memory) the contents stay as they were, further
 * appends do nothing, and vc__buf_check() tells. So a run of appends is checked once, at its end.
 *
 * Threads: one owner.
 */
#ifndef VC__BASE_BUF_H
#define VC__BASE_BUF_H

#include "base/cleanup.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <vaultcrypt/error.h>

typedef struct vc__buf {
    char *data; /* NULL until the first byte; then always a NUL behind `len` bytes */
    size_t len;
    size_t cap;
    size_t max; /* most bytes it may hold */
    vc_code failed;
} vc__buf;

#define VC__BUF(maximum) { NULL, 0, 0, (maximum), VC_OK }

/* Wipes and frees; the buffer is empty then, with the same maximum, and can be used again. */
void vc__buf_free(vc__buf *buf);

/* Wipes the contents, keeps the memory, forgets a failure. */
void vc__buf_clear(vc__buf *buf);

/* Wipes what is behind the first `len` bytes and cuts it off; nothing when there are no more. */
void vc__buf_cut(vc__buf *buf, size_t len);

/* Room for `more` bytes behind `len`: VC_OK, VC_E_LIMIT or VC_E_MEMORY (also made sticky). */
vc_code vc__buf_reserve_slow(vc__buf *buf, size_t more);

/* VC_OK, or what failed, with a message that names `what` ("request body") and the maximum. */
vc_code vc__buf_check(const vc__buf *buf, const char *what, vc_error *err);

/*
 * Gives the bytes away (to be freed by vc_bytes_free()); the buffer is empty then. Never fails: empty gives
 * VC_BYTES_INIT.
 */
vc_bytes vc__buf_take(vc__buf *buf);

/* printf onto the end. Only for what may be seen: never secrets. */
void vc__buf_printf(vc__buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

static inline void vc__buf_cleanup(vc__buf *buf)
{
    vc__buf_free(buf);
}

static inline vc_code vc__buf_reserve(vc__buf *buf, size_t more)
{
    if (__builtin_expect(buf->failed == VC_OK && more < buf->cap - buf->len, 1))
        return VC_OK;
    return vc__buf_reserve_slow(buf, more);
}

/* `data` is not the buffer's own: growing wipes what was there. */
static inline void vc__buf_append(vc__buf *buf, const char *data, size_t len)
{
    if (len && vc__buf_reserve(buf, len) == VC_OK) {
        memcpy(buf->data + buf->len, data, len);
        buf->len += len;
        buf->data[buf->len] = 0;
    }
}

static inline void vc__buf_view(vc__buf *buf, vc_view view)
{
    vc__buf_append(buf, view.data, view.len);
}

static inline void vc__buf_str(vc__buf *buf, const char *text)
{
    vc__buf_append(buf, text, strlen(text));
}

static inline void vc__buf_byte(vc__buf *buf, char byte)
{
    vc__buf_append(buf, &byte, 1);
}

static inline vc_view vc__buf_get(const vc__buf *buf)
{
    return vc_view_of(buf->data, buf->len);
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * secretbuf.h - a buffer of a fixed size in secret pages (pages.h): where bytes that are a key arrive before they are taken apart. `buf` is
 * used as any buffer; it never grows, and is never given to vc__buf_free() or vc__buf_take().
 *
 * Threads: one owner.
 */
#ifndef VC__BASE_SECRETBUF_H
#define VC__BASE_SECRETBUF_H

#include "base/buf.h"
#include "base/error.h"
#include "base/pages.h"

typedef struct vc__secretbuf {
    vc__pages pages;
    vc__buf buf;
} vc__secretbuf;

/* Room for at least `max` bytes. VC_E_MEMORY. */
static inline vc_code vc__secretbuf_map(vc__secretbuf *secret, size_t max, vc_error *err)
{
    if (!vc__pages_map(&secret->pages, max + 1, true))
        return vc__error_memory(err);
    secret->buf = (vc__buf){ secret->pages.data, 0, secret->pages.len, secret->pages.len - 1, VC_OK };
    return VC_OK;
}

static inline void vc__secretbuf_cleanup(vc__secretbuf *secret)
{
    vc__pages_unmap(&secret->pages);
    secret->buf = (vc__buf)VC__BUF(0);
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * types.h - views, owned bytes and the macros that every other header uses.
 *
 * Inputs are views: borrowed, passed by value, never required to end in NUL. Outputs that the caller owns are
 * vc_bytes, freed with vc_bytes_free(), which wipes them first.
 */
#ifndef VAULTCRYPT_TYPES_H
#define VAULTCRYPT_TYPES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define VC_API __attribute__((visibility("default")))
#define VC_MUST_CHECK __attribute__((warn_unused_result))
#else
#define VC_API
#define VC_MUST_CHECK
#endif

/* Borrowed bytes. `data` may be NULL only when `len` is 0; {NULL, 0} means "absent" where a function says so. */
typedef struct vc_view {
    const char *data;
    size_t len;
} vc_view;

/* Owned bytes. Start from VC_BYTES_INIT. `data` ends in a NUL that `len` does not count; it may hold others. */
typedef struct vc_bytes {
    char *data;
    size_t len;
} vc_bytes;

#if defined(__cplusplus) && __cplusplus >= 201103L
#define VC_BYTES_INIT { nullptr, 0 }
#else
#define VC_BYTES_INIT { NULL, 0 }
#endif

/* A view of `len` bytes at `data`. */
static inline vc_view vc_view_of(const void *data, size_t len)
{
    vc_view view;
    view.data = (const char *)data;
    view.len = len;
    return view;
}

/* A view of a NUL-terminated string; NULL gives the absent view. */
static inline vc_view vc_str(const char *text)
{
    return vc_view_of(text, text ? strlen(text) : 0);
}

/* A view of owned bytes. */
static inline vc_view vc_bytes_view(vc_bytes bytes)
{
    return vc_view_of(bytes.data, bytes.len);
}

/* Wipes and frees what `bytes` owns and sets it to VC_BYTES_INIT. NULL and empty are fine. */
VC_API void vc_bytes_free(vc_bytes *bytes);

#ifdef __cplusplus
}
#endif

#endif

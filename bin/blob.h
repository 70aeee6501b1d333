/* SPDX-License-Identifier: Apache-2.0 */
/*
 * blob.h - bytes that may be secret: what is read from files and terminals, and bodies of requests. The memory is wiped when it
 * moves and when it is freed. A failure (no memory, over the maximum) sticks; the bytes are gone then.
 */
#ifndef VC_BIN_BLOB_H
#define VC_BIN_BLOB_H

#include <stdbool.h>
#include <stddef.h>
#include <vaultcrypt/types.h>

enum { BLOB_MAX = 64 << 20 };

/* Start from { 0 }. `data` ends in a NUL that `len` does not count. */
typedef struct blob {
    char *data;
    size_t len, room;
    bool failed;
} blob;

void blob_add(blob *b, const void *data, size_t len);
void blob_text(blob *b, const char *text);
void blob_free(blob *b);
void blob_wipe(void *data, size_t len);

static inline vc_view blob_view(const blob *b)
{
    return vc_view_of(b->data ? b->data : "", b->len);
}

/* Standard Base64. False: not Base64, or no memory. */
bool blob_base64(blob *b, vc_view bytes);
bool blob_from_base64(blob *b, vc_view text);

/* -- the body of a request: a JSON object, member by member ------------------------------------------------------- */

/* Names are ours or the user's; a member whose value is absent ({NULL, 0}, NULL, 0) is left out. */
void body_text(blob *body, const char *name, const char *value);
void body_view(blob *body, const char *name, vc_view value); /* UTF-8 */
void body_base64(blob *body, const char *name, vc_view value);
void body_number(blob *body, const char *name, unsigned long long value);
void body_true(blob *body, const char *name, bool value); /* left out when it is false */
void body_json(blob *body, const char *name, vc_view json);
/*
 * The whole; "{}" when nothing was added. Once, at the end. What failed is a view of no bytes with a length, for which
 * body_is_lost() holds: call_run() tells it, and sends nothing.
 */
vc_view body_end(blob *body);

static inline bool body_is_lost(vc_view body)
{
    return body.len && !body.data;
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * read.h - a pull reader for bodies that we consume whole, such as the replies of Vault's batch operations:
 * token by token, strict RFC 8259, no recursion, no allocation. Strings are decoded in place, so the body is
 * overwritten as it is read. (User records are never read this way: they are scanned and spliced.)
 *
 *     vc__reader reader;
 *     vc__reader_start(&reader, body, len);
 *     if (vc__reader_next(&reader) == VC__TOKEN_OBJECT)
 *         while (vc__reader_next(&reader) == VC__TOKEN_NAME)
 *             if (vc__view_is(reader.text, "ciphertext") && vc__reader_next(&reader) == VC__TOKEN_STRING)
 *                 use(reader.text);
 *             else
 *                 vc__reader_skip(&reader);
 *     if (vc__reader_next(&reader) != VC__TOKEN_END) ... an error, see vc__reader_error()
 *
 * Errors are sticky: after VC__TOKEN_ERROR every call gives VC__TOKEN_ERROR, so a loop may look once, behind
 * its end.
 *
 * Threads: a reader has one owner. It is a plain value: no freeing.
 */
#ifndef VC__JSON_READ_H
#define VC__JSON_READ_H

#include "base/buf.h"

typedef enum vc__token {
    VC__TOKEN_ERROR = 0,  /* not JSON, a lone surrogate, or nested too deeply */
    VC__TOKEN_END,        /* behind the one value there is nothing more; given again when asked again */
    VC__TOKEN_OBJECT,     /* { */
    VC__TOKEN_OBJECT_END, /* } */
    VC__TOKEN_ARRAY,      /* [ */
    VC__TOKEN_ARRAY_END,  /* ] */
    VC__TOKEN_NAME,   /* of a member; `text` is its decoded content. The value's token or tokens come next */
    VC__TOKEN_STRING, /* `text` is its decoded content */
    VC__TOKEN_NUMBER, /* `text` as it stands */
    VC__TOKEN_TRUE,
    VC__TOKEN_FALSE,
    VC__TOKEN_NULL
} vc__token;

enum { VC__READER_DEPTH = 512 }; /* arrays and objects within each other */

typedef struct vc__reader {
    vc_view text; /* of the last name, string or number; points into the body and stays good as long as that
                     does */
    size_t depth; /* open arrays and objects */
    /* the rest is the reader's own */
    char *begin, *at, *end;
    const char *expected; /* set by an error */
    uint8_t state;
    uint8_t token;
    bool object; /* the innermost */
    uint64_t objects[VC__READER_DEPTH / 64]; /* a bit for each depth: is it an object? */
} vc__reader;

/* `body` is lent to the reader and may be changed by it until the caller is done. */
void vc__reader_start(vc__reader *reader, char *body, size_t len);

/* The next token. Duplicate names are not looked for. */
vc__token vc__reader_next(vc__reader *reader);

/*
 * Passes over the rest of what the last token began: after a name the member's value, after { or [ all up to
 * its end (that token too); after anything else nothing. All of it is checked. False after an error.
 */
bool vc__reader_skip(vc__reader *reader);

/*
 * After VC__TOKEN_ERROR: sets `code` (VC_E_PROTOCOL for a reply, VC_E_JSON otherwise) with the byte offset
 * and what was expected there; never bytes of the body. Line and column are not told, for decoding has moved
 * them.
 */
vc_code vc__reader_error(const vc__reader *reader, vc_code code, vc_error *err);

#endif

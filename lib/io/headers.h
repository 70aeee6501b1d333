/* SPDX-License-Identifier: Apache-2.0 */
/*
 * headers.h - the header lines of one exchange: those of the target, and those of the request (token, namespace, time to live of a
 * wrapped reply). libcurl reads them where they are: they stay until the exchange has ended.
 *
 * Threads: as its transfer, one owner.
 */
#ifndef VC__IO_HEADERS_H
#define VC__IO_HEADERS_H

#include "io/cluster.h"
#include "io/session.h"

enum { VC__HEADER_NODES = 12 };

typedef struct vc__headers {
    struct curl_slist nodes[VC__HEADER_NODES];
    size_t count;
    size_t host; /* the node of the host's line, the last; `count` when there is none */
    vc__token_line *token; /* a reference of its own; NULL: the request goes without */
    vc__buf namespace, wrap, index;
} vc__headers;

/*
 * Makes the lines for `request` at `target`, with the token of now if it is the session's, and with what other replies told to send along.
 * VC_E_MEMORY, VC_E_LIMIT.
 */
vc_code vc__headers_make(vc__headers *headers, const vc__target *target, const vc_request *request, vc__session *session,
                         vc__cluster *cluster, vc_error *err);

/* The same request goes to another target: only the line of its host changes. */
void vc__headers_move(vc__headers *headers, const vc__target *target);

/* For libcurl; NULL when there are none. */
struct curl_slist *vc__headers_list(vc__headers *headers);

/* Lets go of the token. */
void vc__headers_clear(vc__headers *headers);
void vc__headers_cleanup(vc__headers *headers);

#endif

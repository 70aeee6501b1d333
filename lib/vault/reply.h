/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reply.h - the envelope of Vault's replies, read with the pull reader: request id, error texts, and `data`,
 * which its caller reads. And what a status other than success means.
 *
 * Threads: one owner; nothing is kept.
 */
#ifndef VC__VAULT_REPLY_H
#define VC__VAULT_REPLY_H

#include "json/read.h"
#include "vault/refusal.h"

typedef struct vc__reply {
    vc_view request_id;         /* "" when there is none; points into the body */
    const vc__refusal *refusal; /* of the first known text in `errors` */
    bool has_errors;            /* `errors` was there, be it empty */
    size_t error_count;         /* how many texts are in it */
    bool has_data;              /* `data` was there and is an object */
    bool broken; /* not JSON, not an object, a member twice, or what the reader of `data` found */
} vc__reply;

/*
 * Called with the reader behind the `{` of data; reads up to its `}` inclusive. False: the reply is broken.
 */
typedef bool (*vc__data_fn)(vc__reader *reader, void *arg);

/* Reads the whole body, which is overwritten (decoded in place). `data` NULL: passed over. */
void vc__reply_read(vc__reply *reply, vc__reader *reader, char *body, size_t len, vc__data_fn data,
                    void *arg);

/*
 * What a reply without usable data means, with status and request id. Known texts speak first where the
 * status leaves it open.
 */
const vc__refusal *vc__reply_refusal(const vc__reply *reply, int status);

/* Fills `err` from a refusal. Returns its code. */
vc_code vc__reply_refuse(const vc__refusal *refusal, const vc__reply *reply, int status, vc_error *err);

/*
 * Spec 1.6: a status that may pass by itself (412, 429, 5xx), unless the body of a 500 says that it will not.
 * The body may have been read before.
 */
bool vc__reply_passes(int status, vc_view body);

#endif

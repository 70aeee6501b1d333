/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transfer.h - one HTTP exchange on one libcurl easy handle, which is used again for the next.
 *
 * Threads: as its driver, one owner.
 */
#ifndef VC__IO_TRANSFER_H
#define VC__IO_TRANSFER_H

#include "io/headers.h"
#include "io/job.h"

#include <vaultcrypt/request.h>

typedef struct vc__transfer vc__transfer;
struct vc__transfer {
    const vc__target *target; /* what the handle is set up for; borrowed; NULL: nothing yet */
    size_t server;            /* of the cluster: where it went */
    uint64_t tried;           /* bits: servers that could not do it */
    bool inside;              /* the gate */
    bool away;                /* waits for a server */
    CURL *easy;
    vc__job *job;        /* whose request it is */
    vc_request *request; /* under way; NULL: idle */
    vc__headers headers;
    vc__buf url;
    vc__buf reply;
    int status;          /* of the reply; 0: none */
    bool denied;         /* was sent once more after a 403, or waits for that: the next is final */
    uint64_t generation; /* of the token that it carried */
    bool redirected;     /* one redirect is followed, no second */
    vc__address to;      /* where that leads */
    char curl_text[CURL_ERROR_SIZE];
    vc__transfer *next; /* in a queue of the driver */
};

/* NULL: VC_E_MEMORY. */
vc__transfer *vc__transfer_new(vc_error *err);
void vc__transfer_free(vc__transfer *transfer);
VC__DEFINE_CLEANUP(vc__transfer, vc__transfer_free)

/* Its request is this one, of this job. */
void vc__transfer_take(vc__transfer *transfer, vc__job *job, vc_request *request);

/* Makes the easy handle ready to send the request. VC_E_MEMORY, VC_E_LIMIT (a path that is too long), VC_E_INTERNAL, VC_E_CONFIG. */
vc_code vc__transfer_begin(vc__transfer *transfer, const vc__target *target, vc__session *session, vc__cluster *cluster, vc_error *err);

/* The same for where a redirect leads: same method, body, token. */
vc_code vc__transfer_move(vc__transfer *transfer, const vc__target *target, vc_error *err);

typedef enum vc__transfer_end { VC__TRANSFER_REPLIED = 0, VC__TRANSFER_FAILED, VC__TRANSFER_REDIRECTED } vc__transfer_end;

/*
 * libcurl is done with it: there is a reply (`status`), or none (`why` is filled), or Vault wants it sent to somewhere else (`to`). The
 * request is not answered yet.
 */
vc__transfer_end vc__transfer_judge(vc__transfer *transfer, CURLcode result, vc_error *why);

/* What a reply tells the whole cluster: its index, its connection, the version of HTTP. */
void vc__transfer_learn(vc__transfer *transfer, vc__cluster *cluster);

/* Answers the request: with the reply that came, or with a failure. The transfer is idle then. */
void vc__transfer_answer(vc__transfer *transfer, uint64_t now_ms);
void vc__transfer_fail(vc__transfer *transfer, const vc_error *why, uint64_t now_ms);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transfer.h - one HTTP exchange on one libcurl easy handle, which is used again for the next.
 *
 * Threads: as its driver, one owner.
 */
#ifndef VC__IO_TRANSFER_H
#define VC__IO_TRANSFER_H

#include "io/target.h"

#include <vaultcrypt/request.h>

typedef struct vc__transfer vc__transfer;
struct vc__transfer {
    const vc__target *target; /* borrowed */
    CURL *easy;
    vc_request *request; /* under way; NULL: idle */
    vc__buf url;
    vc__buf reply;
    bool redirected; /* one redirect is followed, no second */
    char curl_text[CURL_ERROR_SIZE];
    vc__transfer *next; /* in a list of the driver */
};

/* NULL: as vc__target_apply(), VC_E_MEMORY. */
vc__transfer *vc__transfer_new(const vc__target *target, vc_error *err);
void vc__transfer_free(vc__transfer *transfer);
VC__DEFINE_CLEANUP(vc__transfer, vc__transfer_free)

/* Makes the easy handle ready to send `request`. VC_E_MEMORY, VC_E_LIMIT (a path that is too long), VC_E_INTERNAL. */
vc_code vc__transfer_begin(vc__transfer *transfer, vc_request *request, vc_error *err);

typedef enum vc__transfer_end { VC__TRANSFER_ANSWERED = 0, VC__TRANSFER_AGAIN } vc__transfer_end;

/*
 * libcurl is done with it: answers the request with the reply or the failure (`*status`: HTTP status, or 0; `why`: the failure), or
 * says that it must be sent once more, to where Vault redirected it.
 */
vc__transfer_end vc__transfer_end_with(vc__transfer *transfer, CURLcode result, uint64_t now_ms, int *status, vc_error *why);

/* It was taken off in mid-flight: answers the request with VC_E_CANCELED. */
void vc__transfer_cancel(vc__transfer *transfer, uint64_t now_ms);

#endif

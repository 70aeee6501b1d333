/* SPDX-License-Identifier: Apache-2.0 */
/* sweep.h - what a scenario of the allocation-failure sweep is. */
#ifndef VC__TEST_SWEEP_H
#define VC__TEST_SWEEP_H

#include <stdbool.h>
#include <vaultcrypt/error.h>

/* What a scenario returns when it came to an end without an error, and with a wrong result. Never acceptable. */
enum { WRONG_RESULT = -1 };

typedef struct scenario {
    const char *name;
    bool (*prepare)(void);         /* once, before any failure; false: it cannot be run here. May be NULL */
    vc_code (*run)(vc_error *err); /* everything it makes, it frees */
    vc_code also[4];    /* what it may end with besides VC_OK (the right result in spite of it) and VC_E_MEMORY, */
    unsigned long kept; /* blocks that libraries may keep, */
    const char *why;    /* and why */
    bool empties;       /* libcrypto's queue of errors, which the application has too, must be empty behind it */
    unsigned long runs; /* most runs of a sweep; 0: as many as it has allocations, to a limit */
} scenario;

extern const scenario scenarios_text[], scenarios_vault[], scenarios_crypto[], scenarios_record[], scenarios_client[];
/* Each ends with a NULL name. */

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session_callback.h - what an application's callback answers (<vaultcrypt/auth.h>).
 *
 * Threads: one owner, for the time of the call.
 */
#ifndef VC__IO_SESSION_CALLBACK_H
#define VC__IO_SESSION_CALLBACK_H

#include "base/buf.h"
#include "base/secret.h"
#include "vault/lease.h"

#include <vaultcrypt/auth.h>

struct vc_auth_answer {
    vc__secret *token; /* either this, with its terms, */
    vc__lease_terms terms;
    vc__buf path;      /* or these */
    vc__secret *body;
};

#define VC__AUTH_ANSWER_INIT { NULL, { 0, 0, false, false }, VC__BUF(4096), NULL }

void vc_auth_answer_cleanup(vc_auth_answer *answer);

#endif

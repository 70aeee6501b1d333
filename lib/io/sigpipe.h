/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sigpipe.h - OpenSSL writes to sockets without MSG_NOSIGNAL: a server that hangs up would kill the program. SIGPIPE is blocked for
 * the calling thread meanwhile, and one that our writes raised is taken off before the mask goes back.
 *
 * Threads: block and restore on the same one.
 */
#ifndef VC__IO_SIGPIPE_H
#define VC__IO_SIGPIPE_H

#include <signal.h>
#include <stdbool.h>

typedef struct vc__sigpipe {
    sigset_t mask;
    bool pending; /* before: somebody else's, which stays */
} vc__sigpipe;

void vc__sigpipe_block(vc__sigpipe *state);
void vc__sigpipe_restore(const vc__sigpipe *state);

#endif

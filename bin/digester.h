/* SPDX-License-Identifier: Apache-2.0 */
/*
 * digester.h - the digest of a file in a thread of its own, as it takes longer than the rest: a few blocks of memory that go round. The
 * owner fills one, hands it on, goes on working with it, and asks for the next.
 *
 * Threads: one owner; `add` is called in the digest's thread.
 */
#ifndef VC_BIN_DIGESTER_H
#define VC_BIN_DIGESTER_H

#include <vaultcrypt/error.h>

typedef struct digester digester;
typedef vc_code (*digester_add)(void *party, vc_view bytes, vc_error *err);

/* Blocks of `room` bytes. NULL: `err`. */
digester *digester_start(digester_add add, void *party, size_t room, vc_error *err);
/* The next block, when the thread is done with it. The one before is the thread's alone from here on. */
char *digester_room(digester *d);
/* The block that was asked for last, with its first `len` bytes filled. */
void digester_give(digester *d, size_t len);
/* Waits for what was given. Returns what `add` first failed with. Wipes and frees; NULL is fine. */
vc_code digester_end(digester *d, vc_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session_keeper.h - who looks after the token of a client when no call does: vc_client_maintain(), the thread that is made when the
 * configuration asks for one, and the revocation at the end.
 *
 * Threads: start and end belong to whoever opens and closes the client.
 */
#ifndef VC__IO_SESSION_KEEPER_H
#define VC__IO_SESSION_KEEPER_H

#include "io/hub.h"

/* Starts the thread, if it is asked for. VC_E_MEMORY, VC_E_LIMIT (no thread can be made). */
vc_code vc__keeper_start(vc__hub *hub, vc_error *err);

/* Ends it, and revokes the token if that is asked for. Not `ours`, in a forked child: only forgets it. */
void vc__keeper_end(vc__hub *hub, bool ours);

/* As vc_client_maintain(), until `*stop`. */
vc_code vc__keeper_maintain(vc__hub *hub, const atomic_bool *stop, uint64_t *next_ms, vc_error *err);

#endif

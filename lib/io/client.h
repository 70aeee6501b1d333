/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client.h - what a vc_client is: a handle on a hub, with its own deadline and its own way to be canceled. And the way in for the
 * typed calls (transit.c, transform.c, sys.c): one request, sent until its answer is final.
 *
 * Threads: the hub and the configuration never change; the rest may be read and set by any thread.
 */
#ifndef VC__IO_CLIENT_H
#define VC__IO_CLIENT_H

#include "io/call.h"
#include "io/hub.h"
#include "vault/request.h"

struct vc_client {
    vc__hub *hub;
    const vc_config *config; /* the hub's */
    atomic_uint_least64_t deadline_ms; /* of a call; 0: as configured */
    atomic_bool canceled;
};

/* How long a call with this handle may take. */
uint64_t vc__client_deadline(const vc_client *client);

/*
 * Sends the request, as often as vc__request_again() says, until its reply or its failure is final or the handle's deadline has
 * passed; blocks. VC_OK: there is a final reply in `request` (status, reply), whatever its status: see vc__reply_error(). A reply of
 * 403 is VC_E_DENIED, with a message that tells a dead token from a missing policy. Otherwise what prevented a reply: VC_E_CONNECT,
 * VC_E_TLS, VC_E_TIMEOUT, VC_E_PROTOCOL, VC_E_CANCELED, VC_E_STATE (after a fork), VC_E_MEMORY.
 */
vc_code vc__client_call(vc_client *client, vc_request *request, vc_error *err);

/*
 * The same for any operation: steps it to its end with a borrowed driver. `patience_ms`: how long it goes on trying by itself, for what
 * the log says; 0: not known. See driver.h.
 */
vc_code vc__client_drive(vc_client *client, const vc__operation *operation, uint64_t patience_ms, vc_error *err);

#endif

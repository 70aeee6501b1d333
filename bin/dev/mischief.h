/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mischief.h - answers that no honest server gives: they trickle, lie about their length, never end, are no
 * text, are nested without reason, lead in a circle. For what clients make of them.
 */
#ifndef VC__DEV_MISCHIEF_H
#define VC__DEV_MISCHIEF_H

#include "server.h"

/*
 * What is answered in place of the request's reply, which must live as long as the response; NULL: no memory.
 * `*status` may change. `number` counts requests: some kinds come in two ways, in turn.
 */
struct MHD_Response *dev_mischief_response(dev_request *request, dev_mischief kind, uint64_t number,
                                           int *status);

#endif

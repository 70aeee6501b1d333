/* SPDX-License-Identifier: Apache-2.0 */
/*
 * denied.h - a 403 is either a policy or a token that is gone, and does not say which. The session has asked the token about itself (GET
 * auth/token/lookup-self); here is what came of it, for people.
 *
 * Threads: any; nothing is kept.
 */
#ifndef VC__IO_DENIED_H
#define VC__IO_DENIED_H

#include "io/session.h"

/* `action` ("POST transit/encrypt/payments") was denied: `why`, a VC_E_DENIED, gets the message that goes with the verdict. */
void vc__denied_explain(const vc_config *config, vc__verdict_on_token verdict, const char *action, vc_error *why);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * denied.h - a 403 is either a policy or a token that is gone, and does not say which. Asking the token about itself does
 * (GET auth/token/lookup-self). To log in again and replay belongs here too, once there are ways to log in.
 *
 * Threads: the caller has the driver.
 */
#ifndef VC__IO_DENIED_H
#define VC__IO_DENIED_H

#include "io/client.h"

/*
 * `why` is the VC_E_DENIED of the driver's last run: gets a message that says which of the two it is, as far as that can be told. Returns
 * its code. It costs a request, and a use of a token that has a limited number of them.
 */
vc_code vc__denied_explain(vc_client *client, vc__driver *driver, vc_error *why);

#endif

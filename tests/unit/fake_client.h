/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake_client.h - a stand-in for libvaultcrypt under the stream's tests: the public calls that a stream
 * makes, without schema, JSON or network. Protecting turns "text" into "P(text)"; opening takes it off again.
 * A record that starts with "bad" has an error of its own, and the rest of its text is a canary. What Vault
 * does is set in the client.
 */
#ifndef VC__FAKE_CLIENT_H
#define VC__FAKE_CLIENT_H

#include <stdatomic.h>
#include <vaultcrypt/client.h>

struct vc_client {
    atomic_int trouble;  /* a vc_code: every batch fails with it; 0: all is well */
    atomic_int delay_ms; /* a batch takes that long */
    atomic_int runs;
    atomic_int refusals; /* batches that failed */
};

struct vc_schema {
    vc_on_error on_error;
};

#endif

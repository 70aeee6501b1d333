/* SPDX-License-Identifier: Apache-2.0 */
/* client.h - what the tests of lib/io share: a client of a test server, calls with it, and a watch that no token leaks. */
#ifndef VC__TEST_CLIENT_H
#define VC__TEST_CLIENT_H

#include "io/client.h"
#include "unit/server.h"

#define TOKEN "hvs.CAESIcanaryTOKEN"

/* For `url`, with TOKEN, short times (a hang ends the test), and a log that is kept. */
vc_config *client_config(const char *url);
vc_client *client_for(const char *url);

/* All lines that were logged so far, and forgets them. */
const char *client_log_take(void);

/* One call; what came is copied to `reply` (may be NULL, 1 KiB). Fails the test when the error shows the token. */
typedef struct client_result {
    vc_code code;
    int status;
    unsigned tries;
    vc_error err;
    char reply[1024];
} client_result;

client_result client_call(vc_client *client, const char *method, const char *path, const char *body, bool replay_safe);

#endif

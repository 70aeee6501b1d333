/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attested.h - what producer and consumer of the confidential container demo share: variables of the environment by the original's names
 * (microsoft/confidential-container-demos, kafka/), and a schema made of them.
 */
#ifndef EXAMPLES_ATTESTED_H
#define EXAMPLES_ATTESTED_H

#include "../common.h"

/* The name by which the schema below and the keyring know the key pair. */
#define DEMO_KEY "demo"

/* A variable; `otherwise` when it is not set or empty. NULL: it must be there, and the program ends. */
const char *variable(const char *name, const char *otherwise);

/* LOG_FILE: where messages about the program go instead of standard error, appended. */
void open_log(void);

/* A line of it. Never a message's content, and nothing of a key. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * One rule for every topic: the whole value, by METHOD (rsa-oaep, as the original has it, or hybrid, for any length), under DEMO_KEY.
 * `head` is what stands before the records: "" or `keys:` and `key_release:`. Ends the program when it is not a schema.
 */
vc_schema *demo_schema(const char *head);

/* The batch without a driver: what these methods do needs no server. */
vc_code run_here(vc_batch *batch, vc_error *err);

#endif

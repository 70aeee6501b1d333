/* SPDX-License-Identifier: Apache-2.0 */
/* setup_key.h - what the two ways of `vaultcrypt setup-key` share: with the emulator, and as az's commands for people. */
#ifndef VC_BIN_SETUP_KEY_H
#define VC_BIN_SETUP_KEY_H

#include "commands.h"
#include "release_text.h"

struct setup_key_options {
    release_options policy;
    const char *type, *policy_file, *folder;
    unsigned long size;
    bool print, force;
};

typedef struct setup_key {
    const struct setup_key_options *options;
    const char *kid;
    char store[512];      /* a host, maybe with a port */
    const char *attester; /* host */
    const char *identity;
    blob policy;          /* its text */
} setup_key;

extern const struct command command_setup_key;

/* The commands that do it in a real store, a shell script, to standard output. */
int setup_key_print(const setup_key *setup);

/* What <KID>-info.json holds, as the original's setup-key.sh writes it. */
void setup_key_info(const setup_key *setup, blob *out);

#endif

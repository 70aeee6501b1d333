/* SPDX-License-Identifier: Apache-2.0 */
/* exit.h - exit codes of every program, the same table as in vaultcrypt(1). */
#ifndef VC_BIN_EXIT_H
#define VC_BIN_EXIT_H

#include <vaultcrypt/error.h>

enum {
    EXIT_FINE = 0,
    EXIT_DATA = 1,      /* a record could not be protected or opened: stopped there, or set aside */
    EXIT_USAGE = 2,     /* the command line */
    EXIT_CONFIG = 3,    /* schema or configuration; mount, key, role or topic that is not there */
    EXIT_DENIED = 4,    /* token or policy */
    EXIT_VAULT = 5,     /* Vault could not be reached, is sealed, or had errors until the deadline */
    EXIT_LOCAL = 6,     /* a file, memory, or another resource of this machine */
    EXIT_FENCED = 7,    /* another copy of the same name has taken this one's place: to start again would end that one */
    EXIT_INTERRUPT = 130 /* SIGINT */
};

int exit_code_of(vc_code code);

/* "vaultcrypt: what: error line" on standard error; returns the exit code. `what` may be NULL. */
int exit_report(const char *what, const vc_error *err);

#endif

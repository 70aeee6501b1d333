/* SPDX-License-Identifier: Apache-2.0 */
/* options.h - the command line of vaultcrypt-dev. */
#ifndef VC__DEV_OPTIONS_H
#define VC__DEV_OPTIONS_H

#include "kafka.h"
#include "server.h"
#include "skr.h"

enum { DEV_FAULTS_MAX = 32 };

typedef struct dev_options {
    dev_server_options server;
    dev_kafka_options kafka;
    dev_skr_options skr;
    bool no_kafka;
    bool with_skr;
    bool keep;      /* stay when the parent ends */
    char **command; /* NULL-terminated; NULL: none */
    const char *faults[DEV_FAULTS_MAX];
    const char *skr_faults[DEV_FAULTS_MAX];
} dev_options;

/* -1: go on. Otherwise the program's exit status: --help or --version were answered, or the usage is wrong.
 */
int dev_options_parse(dev_options *options, int argc, char **argv);

#endif

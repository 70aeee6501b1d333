/* SPDX-License-Identifier: Apache-2.0 */
/* stream_options.h - the command line of vaultcrypt-stream: its own options, and one for each setting of the configuration, by the library's table. */
#ifndef VC_BIN_STREAM_OPTIONS_H
#define VC_BIN_STREAM_OPTIONS_H

#include "option.h"

#include <vaultcrypt/kafka_stream_config.h>

struct stream_options {
    option_settings settings;
    const char *config, *properties;
    bool check, list;
};

/*
 * As option_parse(), for a command whose table is made here. `argv` is changed: --kafka.NAME=VALUE becomes -XNAME=VALUE.
 */
bool stream_options_parse(int argc, char **argv, struct stream_options *options, int *status);

/* The table, a line each: name, argument, default, help, with tabs between; for the shell's completion and tests. */
void stream_options_list(void);

/* A configuration by the file, the environment's VAULTCRYPT_BROKERS and the options. NULL: `err` says why. */
vc_stream_config *stream_options_config(const struct stream_options *options, vc_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* kcat.h - the options of vaultcrypt-consume and vaultcrypt-produce, which are kcat's, and of which the shell's completion knows too. */
#ifndef VC_BIN_KCAT_H
#define VC_BIN_KCAT_H

#include "connect.h"
#include "kafka.h"

struct consume_options {
    connect_options connect;
    struct kafka_options kafka;
    option_list topics, offsets;
    const char *partition, *group, *format, *delimiter, *key_delimiter, *schema, *record, *on_error;
    unsigned long count;
    bool exit_at_end, json, show_null, unbuffered, quiet;
};

struct produce_options {
    connect_options connect;
    struct kafka_options kafka;
    option_list headers;
    const char *topic, *partition, *delimiter, *key_delimiter, *key, *schema, *record, *on_error;
    unsigned long count, linger, batch, record_max;
    bool lines, null_values, all, quiet;
};

extern const struct command command_consume, command_produce;

#endif

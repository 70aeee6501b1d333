/* SPDX-License-Identifier: Apache-2.0 */
/* kafka.h - the options that say where Kafka is, shared by every program that talks to it. */
#ifndef VC_BIN_KAFKA_H
#define VC_BIN_KAFKA_H

#include "option.h"

#include <vaultcrypt/kafka.h>

struct kafka_options {
    const char *brokers, *config;
    option_list properties;
};

/* Rows of a command whose own structure `type` holds a kafka_options named `kafka`. */
#define KAFKA_ROWS(type)                                                                                                          \
    { OPTION_HEADING, 0, "Kafka (without these: VAULTCRYPT_BROKERS)", NULL, NULL, 0 },                                            \
    { OPTION_TEXT, 'b', "brokers", "LIST", "bootstrap.servers", offsetof(type, kafka.brokers) },                                  \
    { OPTION_TEXT, 'F', "kafka-config", "FILE", "properties of librdkafka, as kcat's -F", offsetof(type, kafka.config) },         \
    { OPTION_LIST, 'X', "property", "NAME=VALUE", "one of them; may be repeated", offsetof(type, kafka.properties) }

/*
 * Properties in their order: `defaults` (pairs of name and value up to a NULL; may be NULL), file, --brokers, -X; without any of these
 * VAULTCRYPT_BROKERS. NULL: `err` says why.
 */
vc_kafka_config *kafka_settings(const struct kafka_options *options, const char *const (*defaults)[2], vc_error *err);

/* Whether the command line or the environment says where Kafka is at all. */
bool kafka_is_named(const struct kafka_options *options);

#endif

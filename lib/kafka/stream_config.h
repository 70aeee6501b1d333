/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream_config.h - what a vc_stream_config holds: the values by the table of settings, and beside them the objects that Kafka's and Vault's
 * settings are given to at once, so that these tell what is wrong with a value where its place is still known. Values of secrets are in those objects alone.
 *
 * stream_config.c holds, stream_config_load.c reads a YAML text, stream_config_open.c makes clients and streams of it.
 *
 * Threads: one owner.
 */
#ifndef VC__KAFKA_STREAM_CONFIG_H
#define VC__KAFKA_STREAM_CONFIG_H

#include "base/buf.h"
#include "kafka/config.h"
#include "kafka/stream_settings.h"

#include <vaultcrypt/kafka_stream_config.h>

/* The values of one setting. */
typedef struct vc__values {
    char **list;
    size_t count;
    bool of_file; /* they came from a configuration file */
} vc__values;

/* A property of Kafka as it was set; "(set)" for a secret. */
typedef struct vc__shown {
    char *name, *value;
} vc__shown;

struct vc_stream_config {
    vc_kafka_config *kafka;
    vc_config *vault;
    vc__values *values; /* one for each setting */
    vc__shown *shown;
    size_t shown_count;
    char *file;         /* the last that was read; NULL: none */
    char *properties;   /* a file of librdkafka's properties; NULL: none */
    char **warnings;
    size_t warning_count;
    bool secret;        /* one was set since the reader began */
};

/* Where a value comes from. */
typedef struct vc__origin {
    bool file;    /* a configuration file, in this folder: */
    vc_view base; /* with a slash at its end, or empty */
} vc__origin;

/* As vc_stream_config_set(). */
vc_code vc__stream_config_put(vc_stream_config *config, vc_view name, const char *value, const vc__origin *origin, vc_error *err);

/* The first value or the default; NULL: none. By a name that there is. */
const char *vc__stream_config_text(const vc_stream_config *config, const char *name);
uint64_t vc__stream_config_number(const vc_stream_config *config, const char *name);

VC__DEFINE_CLEANUP(vc_stream_config, vc_stream_config_free)

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kafka.h - how Kafka is reached: librdkafka's properties, for streams (kafka_stream.h), files (kafka_file.h), and programs that use librdkafka
 * beside this library. libvaultcrypt-kafka.
 *
 *     vc_kafka_config *kafka = vc_kafka_config_new(&err);
 *     vc_kafka_config_set(kafka, "bootstrap.servers", "localhost:9092", &err);
 *     vc_kafka_config_set(kafka, "group.id", "encryptor", &err);
 *
 * Threads: a vc_kafka_config has one owner.
 */
#ifndef VAULTCRYPT_KAFKA_H
#define VAULTCRYPT_KAFKA_H

#include <vaultcrypt/client.h>

#ifdef __cplusplus
extern "C" {
#endif

/* -- configuration --------------------------------------------------------------------------------------- */

typedef struct vc_kafka_config vc_kafka_config;

/* librdkafka's rd_kafka_conf_t, for programs that use librdkafka beside this library. */
struct rd_kafka_conf_s;

typedef enum vc_kafka_role { VC_KAFKA_CONSUMER = 1, VC_KAFKA_PRODUCER = 2 } vc_kafka_role;

/* An empty configuration. NULL and VC_E_MEMORY on failure. */
VC_API VC_MUST_CHECK vc_kafka_config *vc_kafka_config_new(vc_error *err);

/* Wipes and frees; NULL is fine. */
VC_API void vc_kafka_config_free(vc_kafka_config *config);

/*
 * One property of librdkafka's CONFIGURATION.md, handed on verbatim; the last value counts. A property that
 * only consumers (or only producers) have goes to those alone. As in kcat, a topic property may be written
 * with the prefix "topic.". VC_E_CONFIG: no such property (with the nearest that there is), or librdkafka
 * refuses the value. Messages never hold the values of passwords, secrets and keys. VC_E_LIMIT (over 1 MiB),
 * VC_E_ARGUMENT, VC_E_MEMORY.
 */
VC_API vc_code vc_kafka_config_set(vc_kafka_config *config, const char *name, const char *value,
                                   vc_error *err);

/* The same from "name=value", kcat's -X. */
VC_API vc_code vc_kafka_config_set_pair(vc_kafka_config *config, const char *pair, vc_error *err);

/*
 * Reads a properties file, kcat's -F: `name=value` a line, blank around both is dropped, lines that start
 * with # (or ;) are comments. In a file with sections (`[default]`, `[consumer]`, `[producer]`), the latter
 * two hold for that role alone, and sections with other names are passed over: they belong to the
 * application. Errors name file and line: VC_E_IO, VC_E_CONFIG, VC_E_LIMIT, VC_E_MEMORY.
 */
VC_API vc_code vc_kafka_config_load(vc_kafka_config *config, const char *file, vc_error *err);

/*
 * A new rd_kafka_conf_t for that role, with the properties that were set and, below them, this library's own
 * defaults: for consumers a prefetch queue that does not stall (librdkafka before 2.2 pauses a partition for
 * a second each time a queue of the default size is full). Owned by the caller: rd_kafka_new() takes it,
 * rd_kafka_conf_destroy() frees it. VC_E_CONFIG, VC_E_ARGUMENT, VC_E_MEMORY.
 */
VC_API vc_code vc_kafka_config_conf(const vc_kafka_config *config, vc_kafka_role role,
                                    struct rd_kafka_conf_s **conf, vc_error *err);

#ifdef __cplusplus
}
#endif

#endif

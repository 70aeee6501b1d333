/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kafka.h - streams of protected records on Kafka: libvaultcrypt-kafka, on librdkafka.
 *
 *     vc_kafka_config *kafka = vc_kafka_config_new(&err);
 *     vc_kafka_config_set(kafka, "bootstrap.servers", "localhost:9092", &err);
 *     vc_kafka_config_set(kafka, "group.id", "encryptor", &err);
 *     vc_stream *stream = vc_stream_new(kafka, vault, schema, VC_PROTECT, &err);
 *     vc_stream_add_route(stream, "purchases", "purchases_encrypted", &err);
 *     vc_stream_run(stream, &err);
 *
 * Threads: a vc_kafka_config has one owner. A vc_stream has one owner too, which may be busy in
 * vc_stream_run(); meanwhile any thread may call vc_stream_stop() and vc_stream_get_stats().
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

/* -- streams --------------------------------------------------------------------------------------------- */

/*
 * A stream reads topics in a consumer group, protects or opens each record under a schema, and writes it to
 * another topic.
 *
 * At least once: an offset is committed only after the brokers have confirmed the delivery of every record
 * before it. After a crash some records may come twice; none is lost, and none leaves in clear. Key, headers
 * and timestamp of a record stay as they are. It goes to the partition with the same number when both topics
 * have the same count of partitions; otherwise its key decides (property `partitioner`). Records without a
 * value (tombstones) pass as they are. The order within a partition is kept.
 *
 * A record that cannot be protected or opened stops the stream (`on_error: fail`; all records before it are
 * delivered and committed), or leaves a letter in the dead-letter topic (`on_error: dead_letter`): a JSON
 * object with topic, partition, offset, timestamp, rule, and the reason as `error` (vc_code_name()),
 * `message` and `field`. Never the record's key, headers or body.
 *
 * Trouble with Vault (transport, seal, authentication, quota) is waited out: consuming pauses, the group
 * membership is kept. When it lasts longer than the deadline, the stream stops with that error; what was not
 * delivered is not committed.
 */
typedef struct vc_stream vc_stream;

/*
 * `kafka` is copied, `schema` is held by reference, `client` is borrowed and must live longer than the
 * stream. NULL on failure: VC_E_ARGUMENT, VC_E_MEMORY. Free with vc_stream_free().
 */
VC_API VC_MUST_CHECK vc_stream *vc_stream_new(const vc_kafka_config *kafka, vc_client *client,
                                              vc_schema *schema, vc_direction direction, vc_error *err);

/* NULL is fine. Not while it runs. */
VC_API void vc_stream_free(vc_stream *stream);

/*
 * Records of topic `source` go to topic `target`. At least one route, one for each source. VC_E_ARGUMENT,
 * VC_E_MEMORY.
 */
VC_API vc_code vc_stream_add_route(vc_stream *stream, const char *source, const char *target, vc_error *err);

/* The rule with this name for all records, instead of the one that fits the source topic. */
VC_API vc_code vc_stream_set_rule(vc_stream *stream, const char *name, vc_error *err);

/* Where dead letters go. Default: the target's name with "_dead_letter" behind. */
VC_API vc_code vc_stream_set_dead_letter_topic(vc_stream *stream, const char *topic, vc_error *err);

/*
 * A batch goes to Vault with this many records (default 1 000), or earlier after so many milliseconds
 * (default 10).
 */
VC_API vc_code vc_stream_set_batch(vc_stream *stream, size_t records, uint64_t linger_ms, vc_error *err);

/* How many batches are worked on at once, each by a thread of its own; default 2, at most 16. */
VC_API vc_code vc_stream_set_parallel(vc_stream *stream, size_t batches, vc_error *err);

/*
 * Offsets are committed after this many records (default 10 000), or earlier after so many milliseconds
 * (default 100).
 */
VC_API vc_code vc_stream_set_commit(vc_stream *stream, uint64_t records, uint64_t interval_ms, vc_error *err);

/* How long trouble with Vault may last before the stream gives up; default 300 000 ms. */
VC_API vc_code vc_stream_set_deadline(vc_stream *stream, uint64_t milliseconds, vc_error *err);

/* Ends after this many source records; 0: does not end (default). */
VC_API vc_code vc_stream_set_count(vc_stream *stream, uint64_t records, vc_error *err);

/* 1: ends when every partition has been read to its end, as kcat -e. */
VC_API vc_code vc_stream_set_exit_at_end(vc_stream *stream, int on, vc_error *err);

/*
 * 1: each partition is read from its beginning when it is first assigned, whatever the group has committed.
 */
VC_API vc_code vc_stream_set_reset(vc_stream *stream, int on, vc_error *err);

/*
 * Called with one line without a newline, which never holds secrets or records; from any thread of the
 * stream.
 */
VC_API vc_code vc_stream_set_log(vc_stream *stream, vc_log_fn log, void *user, vc_error *err);

/*
 * Runs until vc_stream_stop(), the count, the end of the topics, or an error; once only for each stream. In
 * every case it first waits for what is under way, commits what was delivered, and leaves the group. Property
 * `group.id` is needed; `auto.offset.reset` is `earliest` unless set; offsets are committed by the stream
 * alone. VC_OK; VC_E_CONFIG, VC_E_NO_RULE; VC_E_STATE (a second run); VC_E_KAFKA; class data: a record with
 * `on_error: fail` (the message names topic, partition and offset); classes auth, transport, server: Vault,
 * after the deadline; class config: Vault lacks a mount, key or role; VC_E_MEMORY.
 */
VC_API vc_code vc_stream_run(vc_stream *stream, vc_error *err);

/*
 * Asks the stream to end: records under way are finished and committed, then vc_stream_run() returns VC_OK.
 * From any thread, and from a signal handler. While Vault does not answer, the records that wait for it are
 * given up (not committed, not lost); that may take up to 30 s.
 */
VC_API void vc_stream_stop(vc_stream *stream);

/* Counters since vc_stream_run() began. */
typedef struct vc_stream_stats {
    size_t size;           /* sizeof(vc_stream_stats), set by the caller */
    uint64_t records_in;   /* consumed */
    uint64_t records_out;  /* delivered to the target, as the brokers confirmed */
    uint64_t dead_letters; /* delivered to the dead-letter topic */
    uint64_t fields;       /* values protected or opened */
    uint64_t batches;
    uint64_t requests; /* to Vault */
    uint64_t commits;
    uint64_t rebalances;
    uint64_t waits; /* times that trouble with Vault was waited out */
    double seconds; /* with records under way: from their reading to their delivery */
} vc_stream_stats;

VC_API void vc_stream_get_stats(const vc_stream *stream, vc_stream_stats *stats);

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kafka_stream.h - streams of protected records on Kafka: libvaultcrypt-kafka.
 *
 *     vc_stream *stream = vc_stream_new(kafka, vault, schema, VC_PROTECT, &err);
 *     vc_stream_add_route(stream, "purchases", "purchases_encrypted", &err);
 *     vc_stream_set_guarantee(stream, VC_EXACTLY_ONCE, &err);
 *     vc_stream_run(stream, &err);
 *
 * A stream reads topics in a consumer group, protects or opens each record under a schema, and writes it to another topic. Key, headers
 * and timestamp of a record stay as they are (unless the rule changes them), a header tells what was done. A record goes to the partition
 * with the same number when both topics have the same count of partitions; otherwise its key decides (property `partitioner`). Records
 * without a value (tombstones) pass as they are. The order within a partition is kept. Start as many streams of one group as there are
 * partitions; Kafka deals the partitions out.
 *
 * At least once: an offset is committed only after the brokers have confirmed the delivery of every record before it. After a crash some
 * records may come twice; none is lost. Exactly once: what was written and the offsets of what was read are one transaction
 * (KIP-98, KIP-447); readers with `isolation.level=read_committed` see each record once. Either way none leaves in clear.
 *
 * A record that cannot be protected or opened stops the stream, or leaves a letter in the dead-letter topic: see vc_stream_set_on_error().
 * Trouble with Vault (transport, seal, authentication, quota) is waited out: what was complete is committed, consuming pauses, the group
 * membership is kept. When it lasts longer than the deadline, the stream stops with that error; what was not delivered is not committed.
 *
 * A stream has lanes: threads with a producer each, between which the partitions are dealt.
 *
 * The producers' `linger.ms` is 100 where the application has set none, and a lane cuts it short whenever it has nothing more to send, so that
 * it delays nothing. One that was set holds as it is.
 *
 * Threads: a vc_stream has one owner, which may be busy in vc_stream_run(); meanwhile any thread may call vc_stream_stop(),
 * vc_stream_replace_schema(), vc_stream_get_stats(), vc_stream_get_state() and vc_stream_each_partition().
 */
#ifndef VAULTCRYPT_KAFKA_STREAM_H
#define VAULTCRYPT_KAFKA_STREAM_H

#include <vaultcrypt/kafka.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct vc_stream vc_stream;

typedef enum vc_guarantee { VC_AT_LEAST_ONCE = 0, VC_EXACTLY_ONCE = 1 } vc_guarantee;

/* syslog's numbers (RFC 5424 section 6.2.1). */
typedef enum vc_log_level {
    VC_LOG_ERROR = 3,   /* the stream ends */
    VC_LOG_WARNING = 4, /* something waits, or comes again */
    VC_LOG_INFO = 6,
    VC_LOG_DEBUG = 7
} vc_log_level;

/*
 * `kafka` is copied, `schema` is held by reference, `client` is borrowed and must live longer than the
 * stream. VC_PROTECT or VC_OPEN. NULL on failure: VC_E_ARGUMENT, VC_E_MEMORY. Free with vc_stream_free().
 */
VC_API VC_MUST_CHECK vc_stream *vc_stream_new(const vc_kafka_config *kafka, vc_client *client, vc_schema *schema,
                                              vc_direction direction, vc_error *err);

/* NULL is fine. Not while it runs. */
VC_API void vc_stream_free(vc_stream *stream);

/*
 * Protects anew: records are opened under `old`, then protected under the schema of vc_stream_new(), whose direction must be VC_PROTECT.
 * Between the two they are in memory only. A reference is taken. VC_E_ARGUMENT, VC_E_STATE.
 */
VC_API vc_code vc_stream_set_old_schema(vc_stream *stream, vc_schema *old, vc_error *err);

/* -- where from, where to -------------------------------------------------------------------------------- */

/*
 * Records of topic `source` go to topic `target`. A source that begins with ^ is a regular expression, as librdkafka and kcat have it: it
 * stands for all topics that match it, also those that are made later; then `target` must hold "{topic}", which the source's name takes
 * the place of (allowed for any source). The target of another route, and a dead-letter topic, are never read. A topic takes the first
 * route that fits. At least one route. VC_E_ARGUMENT, VC_E_MEMORY.
 */
VC_API vc_code vc_stream_add_route(vc_stream *stream, const char *source, const char *target, vc_error *err);

/* The rule with this name for all records, instead of the one that fits the source topic. */
VC_API vc_code vc_stream_set_rule(vc_stream *stream, const char *name, vc_error *err);

/* -- how ------------------------------------------------------------------------------------------------- */

/* Default: VC_AT_LEAST_ONCE. */
VC_API vc_code vc_stream_set_guarantee(vc_stream *stream, vc_guarantee guarantee, vc_error *err);

/*
 * The name of this copy among those of its group: `group.instance.id` (static membership, KIP-345: a restart within session.timeout.ms
 * moves no partitions), and with exactly once part of the `transactional.id` of each lane, GROUP-NAME-LANE, so that a restart ends at once
 * what the copy before it has left open. Of two copies with one name one ends with VC_E_FENCED, mostly the elder. Without
 * a name what a crashed copy left open holds its partitions back until transaction.timeout.ms has passed (60 s unless set). A property
 * `transactional.id` takes the place of GROUP-NAME. VC_E_ARGUMENT, VC_E_MEMORY.
 */
VC_API vc_code vc_stream_set_instance(vc_stream *stream, const char *name, vc_error *err);

/* How many lanes; 0 (default): one for each core that this process may use. At most 64. VC_E_ARGUMENT. */
VC_API vc_code vc_stream_set_threads(vc_stream *stream, size_t lanes, vc_error *err);

/*
 * A batch goes to Vault with at most this many records (default 4 000), or earlier after so many milliseconds (default 10). As the replies
 * of Vault take longer, batches grow up to that size by themselves.
 */
VC_API vc_code vc_stream_set_batch(vc_stream *stream, size_t records, uint64_t linger_ms, vc_error *err);

/*
 * Offsets, or the transaction, are committed after this many records of a lane (default 10 000), or earlier after so many milliseconds
 * (default 100).
 */
VC_API vc_code vc_stream_set_commit(vc_stream *stream, uint64_t records, uint64_t interval_ms, vc_error *err);

/* How long trouble with Vault may last before the stream gives up; default 300 000 ms. */
VC_API vc_code vc_stream_set_deadline(vc_stream *stream, uint64_t milliseconds, vc_error *err);

/*
 * Asked whether a key of a key pair that `rule` uses (vc_rule_uses_key()) is missing for a reason that may pass: its release is refused, who has it
 * (and may have a newer one) is away, it was not loaded yet. `rule` is that of a record, of the schema that it was under, and not to be kept; NULL:
 * any key that the stream's schemas name. VC_OK: none is. Otherwise VC_E_DENIED, or a code of the classes transport or server, with `err` filled in, which names
 * the key and the reason and holds no secret; it is logged. Called by any thread of the stream, several at a time; it does not block for long.
 */
typedef vc_code (*vc_stream_missing_fn)(void *user, const vc_rule *rule, vc_error *err);
/*
 * While a key of their rule is missing so, records (protecting: batches) that fail with VC_E_NO_KEY wait for it as records wait for Vault, up to the same time, and
 * nothing of their batch is produced. Without this call, and when no key is missing, such a record fails by itself, as any other, and
 * such a batch ends the stream.
 */
VC_API vc_code vc_stream_set_missing(vc_stream *stream, vc_stream_missing_fn missing, void *user, vc_error *err);

/* Ends after this many source records; 0: does not end (default). */
VC_API vc_code vc_stream_set_count(vc_stream *stream, uint64_t records, vc_error *err);

/* 1: ends when every partition has been read to its end, as kcat -e. */
VC_API vc_code vc_stream_set_exit_at_end(vc_stream *stream, int on, vc_error *err);

/* 1: each partition is read from its beginning when it is first assigned, whatever the group has committed. */
VC_API vc_code vc_stream_set_reset(vc_stream *stream, int on, vc_error *err);

/*
 * 1 (default): records that were protected get the header `vaultcrypt-schema`, vaultcrypt-format(5), in the place of one that is there; records that were
 * opened lose it.
 */
VC_API vc_code vc_stream_set_headers(vc_stream *stream, int on, vc_error *err);

/* -- topics that hold old and new ------------------------------------------------------------------------ */

/*
 * 1: what is protected already when protecting, or plaintext when opening, stays as it is and is counted (`kept`): vc_batch_set_migrate(), which tells
 * what that is worth, and with which methods it cannot be. Not together with an old schema. VC_E_ARGUMENT.
 */
VC_API vc_code vc_stream_set_migrate(vc_stream *stream, int on, vc_error *err);

/*
 * For streams that open: records of `topic` (as it is read) before that place are from the time before records were protected: they pass as they are, and are counted
 * (`passed`). From there on plaintext is an error as ever. By `timestamp_ms` (since 1970), which is worth something only where the topic has
 * message.timestamp.type=LogAppendTime, since a producer can set any other; or by the offset of one partition. A topic or partition has one such place, the
 * last that was set. VC_E_ARGUMENT, VC_E_MEMORY.
 */
VC_API vc_code vc_stream_add_cut_over_time(vc_stream *stream, const char *topic, int64_t timestamp_ms, vc_error *err);
VC_API vc_code vc_stream_add_cut_over_offset(vc_stream *stream, const char *topic, int32_t partition, int64_t offset, vc_error *err);

/* -- records that fail ----------------------------------------------------------------------------------- */

/*
 * What becomes of a record that fails under a rule whose `on_error` is `fail`: VC_ON_ERROR_FAIL (default) stops the stream, all records before it delivered
 * and committed; VC_ON_ERROR_DEAD_LETTER writes a letter and goes on, as for rules with `on_error: dead_letter`. VC_E_ARGUMENT.
 *
 * A letter is a JSON object with the place of the record (topic, partition, offset, timestamp), the rule, the reason (`error`, a
 * vc_code_name(); `message`; `field`), and the record itself, encrypted whole: vaultcrypt-format(5). Nothing of it is in clear. It belongs to the same
 * transaction.
 */
VC_API vc_code vc_stream_set_on_error(vc_stream *stream, vc_on_error on_error, vc_error *err);

/* Where letters go; may hold {topic} (the source) and {target}. Default: "{target}_dead_letter". */
VC_API vc_code vc_stream_set_dead_letter_topic(vc_stream *stream, const char *topic, vc_error *err);

/*
 * The transit key that letters are encrypted with, where the rule has no `envelope` field whose key that is. `mount` NULL: "transit". Without
 * any, letters hold the place of the record only.
 */
VC_API vc_code vc_stream_set_dead_letter_key(vc_stream *stream, const char *mount, const char *key, vc_error *err);

/* 0: letters hold the place of the record only. Default 1. */
VC_API vc_code vc_stream_set_dead_letter_body(vc_stream *stream, int on, vc_error *err);

/* -- running --------------------------------------------------------------------------------------------- */

/*
 * Called with one line without a newline, which never holds secrets or records; from any thread of the stream, one at a time.
 */
typedef void (*vc_stream_log_fn)(void *user, vc_log_level level, const char *line);
VC_API vc_code vc_stream_set_log(vc_stream *stream, vc_stream_log_fn log, void *user, vc_error *err);

/*
 * Runs until vc_stream_stop(), the count, the end of the topics, or an error; once only for each stream. In
 * every case it first waits for what is under way, commits what was delivered, and leaves the group. Property
 * `group.id` is needed; `auto.offset.reset` is `earliest` unless set; offsets are committed by the stream
 * alone. VC_OK; VC_E_CONFIG, VC_E_NO_RULE; VC_E_STATE (a second run); VC_E_KAFKA; class data: a record that stops it
 * (the message names topic, partition and offset); classes auth, transport, server: Vault,
 * after the deadline; class config: Vault lacks a mount, key or role; VC_E_MEMORY.
 */
VC_API vc_code vc_stream_run(vc_stream *stream, vc_error *err);

/*
 * Asks the stream to end: records under way are finished and committed, then vc_stream_run() returns VC_OK.
 * From any thread, and from a signal handler. While Vault does not answer, the records that wait for it are
 * given up (not committed, not lost).
 */
VC_API void vc_stream_stop(vc_stream *stream);

/*
 * Other schemas in the place of those it has (`old` as in vc_stream_set_old_schema(), NULL without), from the next batch of each lane on; what
 * waits for Vault or for a key is tried again under them.
 * References are taken. Every topic that is read must have a rule in the new one. VC_E_ARGUMENT, VC_E_NO_RULE: the stream goes on with
 * those that it has. From any thread.
 */
VC_API vc_code vc_stream_replace_schema(vc_stream *stream, vc_schema *schema, vc_schema *old, vc_error *err);

typedef enum vc_stream_state {
    VC_STREAM_NEW = 0,
    VC_STREAM_STARTING = 1, /* no partition has been assigned yet */
    VC_STREAM_RUNNING = 2,  /* also with no partition, when others of the group have them all */
    VC_STREAM_WAITING = 3,  /* for Vault */
    VC_STREAM_STOPPING = 4,
    VC_STREAM_ENDED = 5
} vc_stream_state;

VC_API vc_stream_state vc_stream_get_state(const vc_stream *stream);

enum { VC_STREAM_BUCKETS = 12 };

/* Counters since vc_stream_run() began. */
typedef struct vc_stream_stats {
    size_t size;           /* sizeof(vc_stream_stats), set by the caller */
    uint64_t records_in;   /* consumed */
    uint64_t records_out;  /* delivered to the target, as the brokers confirmed; with exactly once: committed */
    uint64_t dead_letters; /* delivered to the dead-letter topic */
    uint64_t fields;       /* values protected or opened */
    uint64_t batches;
    uint64_t requests; /* to Vault */
    uint64_t commits;  /* of offsets, or transactions */
    uint64_t rebalances;
    uint64_t waits; /* times that trouble with Vault was waited out */
    double seconds; /* with records under way: from their reading to their delivery */
    uint64_t bytes_in, bytes_out; /* keys and values */
    uint64_t aborts;              /* transactions that were aborted, and their records read again */
    uint64_t batch_records;       /* in all batches: divided by `batches`, how full they are */
    /*
     * How long batches took, Vault's replies included: batch_seconds[i] counts those of at most 0.5 ms * 2^i and more than the bucket
     * before; the last one has all that took longer.
     */
    uint64_t batch_seconds[VC_STREAM_BUCKETS];
    double batch_seconds_sum;
    uint64_t fields_by_method[VC_METHOD_ROOM]; /* `fields`, each under its method */
    uint64_t kept;   /* values that stayed as they were: vc_stream_set_migrate() */
    uint64_t passed; /* records before the cut-over, as they were */
    uint64_t turns;  /* of the reader, at least ten a second; for watchdogs: it stands still while brokers do not answer, for seconds */
} vc_stream_stats;

VC_API void vc_stream_get_stats(const vc_stream *stream, vc_stream_stats *stats);

/* One source partition that this copy has now. */
typedef struct vc_stream_partition {
    size_t size;       /* sizeof, set by the library */
    const char *topic; /* alive during the call */
    int32_t partition;
    int64_t committed; /* the offset from which another copy would go on; -1: not known yet */
    int64_t end;       /* of the partition, as last told by its broker; -1: not known yet. What is beyond `committed` is the lag */
} vc_stream_partition;

/* Calls `each` for every one. From any thread; `each` must not call the stream. */
VC_API void vc_stream_each_partition(vc_stream *stream, void (*each)(void *user, const vc_stream_partition *partition), void *user);

#ifdef __cplusplus
}
#endif

#endif

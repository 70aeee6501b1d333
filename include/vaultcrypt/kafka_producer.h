/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kafka_producer.h - records that are protected before they leave, for an application that has its own producer of librdkafka: they are
 * gathered, protected many at once, and handed to rd_kafka_produceva(). Nothing leaves in clear. libvaultcrypt-kafka.
 *
 *     vc_producer *protector = vc_producer_new(kafka, vault, schema, &err);
 *     message.topic = vc_str("purchases");
 *     message.value = record;
 *     vc_producer_produce(protector, &message, VC_ANY_PARTITION, 0, opaque, &err);      as often as there is something
 *     vc_producer_flush(protector, 30000, &err);                                        and at the end
 *
 * Delivery reports, errors, transactions and the handle stay the application's: `opaque` comes back in its own dr_msg_cb or event, as with
 * rd_kafka_produceva(). It has no thread and no timer of its own: vc_producer_due() tells when to call vc_producer_run() next. In a
 * transaction, run or flush it before rd_kafka_commit_transaction(), and drop what waits with rd_kafka_abort_transaction().
 *
 * An idempotent handle without transactions should have `max.in.flight.requests.per.connection` 1, or wait for the delivery of its first
 * record to a new partition: a broker that does not know the producer yet takes the first batch that comes for the beginning.
 *
 * Records keep their order, also towards each partition; those that fail leave a gap.
 *
 * Threads: a vc_producer has one owner. Any number of them may share a client, a schema and a handle of librdkafka.
 */
#ifndef VAULTCRYPT_KAFKA_PRODUCER_H
#define VAULTCRYPT_KAFKA_PRODUCER_H

#include <vaultcrypt/client.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct vc_producer vc_producer;

/* librdkafka's rd_kafka_t. */
struct rd_kafka_s;

/* librdkafka's RD_KAFKA_PARTITION_UA: its partitioner decides, by the key. */
#define VC_ANY_PARTITION (-1)

/*
 * The handle (a producer) and `client` (or a scope of it) are borrowed and must live longer; a reference is taken on the schema. NULL on
 * failure: VC_E_ARGUMENT, VC_E_MEMORY. Free with vc_producer_free().
 */
VC_API VC_MUST_CHECK vc_producer *vc_producer_new(struct rd_kafka_s *kafka, vc_client *client, vc_schema *schema, vc_error *err);

/* Wipes and frees. Records that still wait are dropped: flush first. NULL is fine. */
VC_API void vc_producer_free(vc_producer *producer);

/*
 * The rule with this name for all records, instead of the one that fits the topic of each; NULL: the latter again. VC_E_ARGUMENT,
 * VC_E_NO_RULE.
 */
VC_API vc_code vc_producer_set_rule(vc_producer *producer, const char *name, vc_error *err);

/*
 * Records go to Vault together when there are this many (default 1 000, at most 100 000) or this many bytes of them (default 8 MiB, at most
 * 1 GiB), or when the first has waited so many milliseconds (default 10). 0 leaves a limit as it is; a linger of 0 means: at once.
 * VC_E_ARGUMENT, VC_E_STATE (while records wait).
 */
VC_API vc_code vc_producer_set_batch(vc_producer *producer, size_t records, size_t bytes, uint64_t linger_ms, vc_error *err);

/*
 * 1 (default): each record gets the header `vaultcrypt-schema`, vaultcrypt-format(5), in the place of one that is there. VC_E_ARGUMENT.
 */
VC_API vc_code vc_producer_set_headers(vc_producer *producer, int on, vc_error *err);

/*
 * Called for each record that will not be sent, from within the call that found it out: `why` is of class data, VC_E_LIMIT, or VC_E_TOO_LARGE
 * and VC_E_KAFKA where librdkafka would not take it; `on_error` is what its rule asks for. `message` is the record in clear, as it was added,
 * and borrowed for the call. 0: go on with the records behind it. Otherwise stop there: the call returns the code of `why`, the
 * records before it have been handed over, those behind it wait for the next call. No call on the producer from within.
 *
 * Without this function each record that fails stops the call like that. (What brokers refuse later is in the delivery report.)
 */
typedef int (*vc_producer_failed_fn)(void *user, const vc_message *message, int32_t partition, void *opaque, const vc_error *why,
                                     vc_on_error on_error);
VC_API vc_code vc_producer_set_failed(vc_producer *producer, vc_producer_failed_fn failed, void *user, vc_error *err);

/*
 * Adds a record, which is copied: topic (needed), key, value and headers of `message` (from VC_MESSAGE_INIT), to that partition or
 * VC_ANY_PARTITION, with that timestamp (milliseconds since 1970; 0: now). A key or value whose data is NULL is Kafka's null; a tombstone
 * passes as it is. Never waits, and sends nothing. VC_E_LIMIT (retryable: as many wait as may; run it first; not retryable: the record is
 * larger than all that may wait), VC_E_NO_RULE, VC_E_ARGUMENT, VC_E_MEMORY: it was not added.
 */
VC_API vc_code vc_producer_add(vc_producer *producer, const vc_message *message, int32_t partition, int64_t timestamp_ms, void *opaque,
                               vc_error *err);

/*
 * The same, but runs first when that is due, or when the record would not fit. Every error means that it was not added; those of
 * vc_producer_run() are about records before it, which vc_producer_set_failed() tells apart. So a program that has nothing more for
 * now calls vc_producer_run() itself.
 */
VC_API vc_code vc_producer_produce(vc_producer *producer, const vc_message *message, int32_t partition, int64_t timestamp_ms, void *opaque,
                                   vc_error *err);

/* In how many milliseconds vc_producer_run() is due; 0: now; -1: nothing waits. */
VC_API int64_t vc_producer_due(const vc_producer *producer);

/* How many records wait: they were added, but neither handed to librdkafka nor failed. */
VC_API size_t vc_producer_waiting(const vc_producer *producer);

/*
 * Protects all records that wait, and hands them to librdkafka. While its queue is full it is polled, so the application's callbacks may be
 * called from within. VC_OK: each was handed over or failed. Otherwise what is left still waits, for the next call or
 * vc_producer_drop(): class data and VC_E_LIMIT (a record failed and stopped it, see vc_producer_set_failed()); classes auth, transport,
 * server, config (Vault was away or refused until the deadline; none was handed over); VC_E_KAFKA (the handle takes no records at all: a
 * fatal error, no transaction); VC_E_MEMORY; VC_E_STATE (between start and finish).
 */
VC_API vc_code vc_producer_run(vc_producer *producer, vc_error *err);

/*
 * Runs it until nothing waits, then waits until librdkafka has delivered all, at most so many milliseconds (rd_kafka_flush()).
 * VC_E_TIMEOUT: it has not; else as vc_producer_run().
 */
VC_API vc_code vc_producer_flush(vc_producer *producer, int timeout_ms, vc_error *err);

/* Wipes and forgets all records that wait; returns how many. Not between start and finish: 0 then. */
VC_API size_t vc_producer_drop(vc_producer *producer);

/*
 * For an event loop, without waiting. Start lends the batch of all that wait, to be run by vc_loop_submit_batch() or vc_batch_step(); NULL
 * and VC_OK: nothing waits. Meanwhile records may be added, for the next. When the batch has been run, finish takes its `code` and `why` (may
 * be NULL) and hands the records over: errors as of vc_producer_run(), and VC_E_BUSY: librdkafka's queue is full; serve its events, then
 * call finish again with VC_OK. The next start does what was left. Start: VC_E_STATE (one is under way, or finish must be called again),
 * VC_E_MEMORY, VC_E_CONFIG, VC_E_UNSUPPORTED. Finish: VC_E_STATE (nothing was started).
 */
VC_API vc_code vc_producer_start(vc_producer *producer, vc_batch **batch, vc_error *err);
VC_API vc_code vc_producer_finish(vc_producer *producer, vc_code code, const vc_error *why, vc_error *err);

#ifdef __cplusplus
}
#endif

#endif

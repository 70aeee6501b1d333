/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kafka_consumer.h - records of Kafka in clear, for an application that has its own consumer: its messages are opened just after librdkafka
 * handed them out, many with one call. libvaultcrypt-kafka.
 *
 *     vc_consumer *opener = vc_consumer_new(vault, schema, &err);
 *     ssize_t count = rd_kafka_consume_batch_queue(queue, 100, messages, 500);
 *     if (vc_consumer_open(opener, messages, (size_t)count, &err) == VC_OK)
 *         for (size_t i = 0; i < vc_consumer_count(opener); i++)
 *             if (vc_consumer_message(opener, i, &message) == VC_OK)
 *                 use(message.key, message.value);
 *             else
 *                 set_aside(messages[i], vc_consumer_error(opener, i));
 *
 * Consumer, group, offsets and commits stay the application's: nothing here calls librdkafka but to read the messages. It has no thread.
 *
 * Threads: a vc_consumer has one owner. Any number of them may share a client and a schema: one for each thread that consumes.
 */
#ifndef VAULTCRYPT_KAFKA_CONSUMER_H
#define VAULTCRYPT_KAFKA_CONSUMER_H

#include <vaultcrypt/client.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct vc_consumer vc_consumer;

/* librdkafka's rd_kafka_message_t. */
struct rd_kafka_message_s;

/*
 * `client` (or a scope of it) is borrowed and must live longer; a reference is taken on the schema. NULL on failure: VC_E_ARGUMENT,
 * VC_E_MEMORY. Free with vc_consumer_free().
 */
VC_API VC_MUST_CHECK vc_consumer *vc_consumer_new(vc_client *client, vc_schema *schema, vc_error *err);

/* Wipes what was opened, and frees. The messages are not touched. NULL is fine. */
VC_API void vc_consumer_free(vc_consumer *consumer);

/*
 * The rule with this name for all messages, instead of the one that fits the topic of each; NULL: the latter again. VC_E_ARGUMENT,
 * VC_E_NO_RULE.
 */
VC_API vc_code vc_consumer_set_rule(vc_consumer *consumer, const char *name, vc_error *err);

/*
 * Opens `count` messages, in their order; one is a count of 1. They are borrowed, as they are what has not changed points into them: destroy
 * them (rd_kafka_message_destroy()) only after the next vc_consumer_open(), vc_consumer_clear() or vc_consumer_free(). What was opened
 * before is wiped first.
 *
 * VC_OK: each message is open or has an error of its own, and the others are not touched by that. A message that stands for an event of
 * librdkafka (its `err` is set) has VC_E_KAFKA; one that no rule of the schema fits VC_E_NO_RULE. Otherwise Vault was away or refused until
 * the deadline, and `err` says why (classes auth, transport, server, config): those messages that were not finished have VC_E_CANCELED, and
 * all of them may be given again, for nothing was lost. VC_E_ARGUMENT, VC_E_LIMIT, VC_E_MEMORY: none is open, and the count is 0.
 */
VC_API vc_code vc_consumer_open(vc_consumer *consumer, struct rd_kafka_message_s *const *messages, size_t count, vc_error *err);

/*
 * The same for an event loop, without waiting: `*batch` is lent, to be run by vc_loop_submit_batch() or vc_batch_step(). When it has been
 * run the messages are open, as after vc_consumer_open(); no other call in between. Errors: as those of vc_consumer_open() that have
 * nothing to do with Vault.
 */
VC_API vc_code vc_consumer_prepare(vc_consumer *consumer, struct rd_kafka_message_s *const *messages, size_t count, vc_batch **batch,
                                   vc_error *err);

/* Wipes what was opened and lets go of the messages. */
VC_API void vc_consumer_clear(vc_consumer *consumer);

/* How many messages were given last. */
VC_API size_t vc_consumer_count(const vc_consumer *consumer);

/*
 * Message i in clear: VC_OK, and topic, key, value and headers in `*message` (from VC_MESSAGE_INIT), alive until the next call that opens,
 * clears or frees. A value whose data is NULL is a tombstone, which passes as it is. The header "vaultcrypt-schema", which told that the
 * record is protected, is not among the headers. Partition, offset and timestamp are in the message that was given. Otherwise the code of
 * vc_consumer_error(), and `*message` is left as it was: there is nothing in clear. VC_E_ARGUMENT: there is no message i.
 */
VC_API vc_code vc_consumer_message(const vc_consumer *consumer, size_t i, vc_message *message);

/*
 * Why message i is not open; NULL when it is. Class data: the record itself (was damaged, moved, or is in clear); VC_E_NO_RULE, VC_E_KAFKA,
 * VC_E_LIMIT and VC_E_CANCELED as above. Borrowed likewise.
 */
VC_API const vc_error *vc_consumer_error(const vc_consumer *consumer, size_t i);

/* What the rule of message i asks for, given its error: VC_ON_ERROR_FAIL or VC_ON_ERROR_DEAD_LETTER. */
VC_API vc_on_error vc_consumer_on_error(const vc_consumer *consumer, size_t i);

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* topic.h - settings that streams, senders and receivers have alike, and what the brokers know of a topic. Threads: any. */
#ifndef VC__KAFKA_TOPIC_H
#define VC__KAFKA_TOPIC_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <vaultcrypt/error.h>

/* Kafka's own rule for names; it also keeps patterns (a leading ^) out of subscriptions. VC_E_ARGUMENT. */
bool vc__topic_is(const char *name);
vc_code vc__topic_check(const char *name, vc_error *err);

/* At most 255 bytes of UTF-8. VC_E_ARGUMENT. */
vc_code vc__context_check(vc_view context, vc_error *err);

/* Asks how many partitions the topic has. 0: not known within `wait_ms`; `*result` says why, where there is a reason. */
int vc__topic_partitions(rd_kafka_t *rk, rd_kafka_topic_t *topic, int wait_ms, rd_kafka_resp_err_t *result);

/* A copy in place of what was there; NULL unsets. VC_E_MEMORY. */
vc_code vc__text_set(char **place, const char *text, vc_error *err);

#endif

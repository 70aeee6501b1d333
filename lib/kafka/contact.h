/* SPDX-License-Identifier: Apache-2.0 */
/*
 * contact.h - whether Kafka is there: a receiver knows it from what it reads; while nothing comes, the brokers are asked for the topic. What
 * librdkafka logs passes through here, for its last line says what is wrong with them.
 *
 * Threads: the receiver's own; vc__contact_log() from any.
 */
#ifndef VC__KAFKA_CONTACT_H
#define VC__KAFKA_CONTACT_H

#include <librdkafka/rdkafka.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <vaultcrypt/kafka.h>

typedef struct vc__contact {
    bool open;
    bool answered; /* a broker, at least once */
    bool away;     /* that was told */
    rd_kafka_t *rk;
    rd_kafka_topic_t *topic;
    uint64_t heard_ms;          /* when the topic was there last; at first, when it was begun */
    uint64_t asked_ms;          /* 0: never */
    rd_kafka_resp_err_t result; /* of the last question */
    vc_log_fn log;
    void *log_user;
    pthread_mutex_t lock;
    char trouble[256]; /* the last line of the log */
} vc__contact;

/* First: then vc__contact_log() can be given away, with the contact. VC_E_MEMORY. */
vc_code vc__contact_init(vc__contact *contact, vc_log_fn log, void *user, vc_error *err);
void vc__contact_cleanup(vc__contact *contact);

/* Passes the line on, and remembers it. */
void vc__contact_log(void *contact, const char *line);

/* The consumer and the topic that it is about. VC_E_KAFKA. */
vc_code vc__contact_open(vc__contact *contact, rd_kafka_t *rk, const char *topic, vc_error *err);
void vc__contact_close(vc__contact *contact); /* before the consumer is closed */

/* Something was read. */
void vc__contact_heard(vc__contact *contact);

/* Nothing was: asks, when it is time to, for up to a second. Tells once when Kafka is away, and when it is back. */
void vc__contact_look(vc__contact *contact);

/* VC_E_KAFKA when the topic was not there for so long; 0: however long. */
vc_code vc__contact_check(vc__contact *contact, uint64_t patience_ms, vc_error *err);

/* VC_E_CANCELED when it was stopped before any broker answered: nothing is known then. */
vc_code vc__contact_stopped(vc__contact *contact, vc_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka/contact.h"

#include "base/error.h"
#include "kafka/clock.h"
#include "kafka/topic.h"

#include <stdio.h>

enum { ASK_MS = 1000, AGAIN_MS = 500, QUIET_MS = 5000, TELL_MS = 5000 };

/* -- the log -------------------------------------------------------------------------------------------------------- */

/* "kafka: [thrd:NAME]: TEXT": the text alone. */
static const char *text_of(const char *line)
{
    static const char ours[] = "kafka: ", thread[] = "[thrd:";
    if (strncmp(line, ours, sizeof ours - 1) == 0)
        line += sizeof ours - 1;
    const char *end = strncmp(line, thread, sizeof thread - 1) == 0 ? strstr(line, "]: ") : NULL;
    return end ? end + 3 : line;
}

void vc__contact_log(void *user, const char *line)
{
    vc__contact *contact = user;
    pthread_mutex_lock(&contact->lock);
    snprintf(contact->trouble, sizeof contact->trouble, "%s", text_of(line));
    pthread_mutex_unlock(&contact->lock);
    if (contact->log)
        contact->log(contact->log_user, line);
}

/* What is wrong, in librdkafka's words: its log says more than the code. */
static void get_trouble(vc__contact *contact, char *out, size_t room)
{
    pthread_mutex_lock(&contact->lock);
    snprintf(out, room, "%s", contact->trouble[0] ? contact->trouble : rd_kafka_err2str(contact->result));
    pthread_mutex_unlock(&contact->lock);
}

static void tell(const vc__contact *contact, const char *text, const char *why)
{
    char line[512];
    if (!contact->log)
        return;
    snprintf(line, sizeof line, "%s%s", text, why);
    contact->log(contact->log_user, line);
}

/* -- life ----------------------------------------------------------------------------------------------------------- */

vc_code vc__contact_init(vc__contact *contact, vc_log_fn log, void *user, vc_error *err)
{
    *contact = (vc__contact){ .log = log, .log_user = user };
    if (pthread_mutex_init(&contact->lock, NULL))
        return vc__error_memory(err);
    contact->open = true;
    return VC_OK;
}

void vc__contact_cleanup(vc__contact *contact)
{
    if (contact->open)
        pthread_mutex_destroy(&contact->lock);
    contact->open = false;
}

vc_code vc__contact_open(vc__contact *contact, rd_kafka_t *rk, const char *topic, vc_error *err)
{
    contact->rk = rk;
    contact->topic = rd_kafka_topic_new(rk, topic, NULL);
    contact->heard_ms = vc__now_ms();
    return contact->topic ? VC_OK : vc__error(err, VC_E_KAFKA, "topic %s: %s", topic, rd_kafka_err2str(rd_kafka_last_error()));
}

void vc__contact_close(vc__contact *contact)
{
    if (contact->topic)
        rd_kafka_topic_destroy(contact->topic);
    contact->topic = NULL;
}

/* -- being there ---------------------------------------------------------------------------------------------------- */

void vc__contact_heard(vc__contact *contact)
{
    contact->heard_ms = vc__now_ms();
    contact->answered = true;
    if (contact->away)
        tell(contact, "Kafka is back", "");
    contact->away = false;
}

/* librdkafka's own codes are below 0: nobody has answered. The others are a broker's word about the topic. */
static bool no_answer(const vc__contact *contact)
{
    return (int)contact->result < 0;
}

void vc__contact_look(vc__contact *contact)
{
    const uint64_t now = vc__now_ms(), pause = contact->answered && !contact->away ? QUIET_MS : AGAIN_MS;
    const uint64_t last = contact->answered && contact->heard_ms > contact->asked_ms ? contact->heard_ms : contact->asked_ms;
    if (last && now < last + pause)
        return;
    const int partitions = vc__topic_partitions(contact->rk, contact->topic, ASK_MS, &contact->result);
    contact->asked_ms = vc__now_ms();
    if (partitions) {
        vc__contact_heard(contact);
    } else if (!no_answer(contact)) {
        contact->answered = true;
    } else if (!contact->away && contact->asked_ms >= contact->heard_ms + TELL_MS) {
        char why[sizeof contact->trouble];
        get_trouble(contact, why, sizeof why);
        tell(contact, "Kafka is away, waiting for it: ", why);
        contact->away = true;
    }
}

vc_code vc__contact_check(vc__contact *contact, uint64_t patience_ms, vc_error *err)
{
    char why[sizeof contact->trouble];
    const uint64_t silent_ms = vc__now_ms() - contact->heard_ms;
    if (!patience_ms || silent_ms < patience_ms || !contact->asked_ms || contact->asked_ms < contact->heard_ms)
        return VC_OK;
    get_trouble(contact, why, sizeof why);
    if (no_answer(contact))
        return vc__error(err, VC_E_KAFKA, "no broker of Kafka answered for %llu s: %s", (unsigned long long)(silent_ms / 1000), why);
    return vc__error(err, VC_E_KAFKA, "topic %s: %s", rd_kafka_topic_name(contact->topic), rd_kafka_err2str(contact->result));
}

vc_code vc__contact_stopped(vc__contact *contact, vc_error *err)
{
    char why[sizeof contact->trouble];
    if (contact->answered)
        return VC_OK;
    get_trouble(contact, why, sizeof why);
    return vc__error(err, VC_E_CANCELED, "stopped before any broker of Kafka answered: %s", why);
}

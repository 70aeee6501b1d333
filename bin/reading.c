/* SPDX-License-Identifier: Apache-2.0 */
#include "reading.h"

#include "exit.h"
#include "interrupt.h"

#include <limits.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WAIT_MS = 10000, POLL_MS = 100, LEAVE_MS = 1000 };

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

int reading_fail(reading *r, int status, const char *what, const char *why, const char *more)
{
    snprintf(r->why, sizeof r->why, "%s: %s%s%s", what, why, more[0] ? ": " : "", more);
    if (!r->quiet)
        fprintf(stderr, "vaultcrypt %s: %s\n", r->program, r->why);
    return r->status = status;
}

/* -- options ------------------------------------------------------------------------------------------------------- */

/* A whole number from 0 on. */
static bool read_number(const char *text, int64_t *number)
{
    const size_t digits = strspn(text, "0123456789");
    if (!digits || digits > 18 || text[digits])
        return false;
    *number = strtoll(text, NULL, 10);
    return true;
}

static bool read_offset(reading *r, const char *text)
{
    static const struct {
        const char *name;
        enum reading_start_kind kind;
    } names[] = { { "beginning", READING_BEGINNING }, { "end", READING_END }, { "stored", READING_STORED } };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(text, names[i].name) == 0) {
            r->start = names[i].kind;
            return true;
        }
    if (strncmp(text, "e@", 2) == 0)
        return read_number(text + 2, &r->stop_at) && r->stop_at > 0;
    r->start = text[0] == '-' ? READING_TAIL : strncmp(text, "s@", 2) == 0 ? READING_TIME : READING_OFFSET;
    return read_number(text + (r->start == READING_TAIL) + 2 * (r->start == READING_TIME), &r->from);
}

static int usage(reading *r, const char *what, const char *why)
{
    return reading_fail(r, EXIT_USAGE, what, why, "");
}

int reading_check(reading *r, const char *program, const reading_options *o)
{
    int64_t number;
    *r = (reading){ .program = program, .options = o, .partition = -1, .until = INT64_MAX, .left = o->count ? o->count : ULONG_MAX };
    if (!o->topics.count)
        return usage(r, "topics", "none is named");
    for (size_t i = 0; i < o->offsets.count; i++)
        if (!read_offset(r, o->offsets.values[i]))
            return usage(r, o->offsets.values[i], "an offset is beginning, end, stored, N, -N, s@MILLISECONDS or e@MILLISECONDS");
    if (o->partition && (!read_number(o->partition, &number) || number > INT32_MAX))
        return usage(r, o->partition, "a partition is a whole number from 0 on");
    if (o->partition)
        r->partition = (int32_t)number;
    if (o->group && (o->partition || r->start == READING_TIME || r->stop_at))
        return usage(r, "--group", "a group hands out partitions itself, and takes no times");
    return EXIT_FINE;
}

/* -- partitions ---------------------------------------------------------------------------------------------------- */

static reading_partition *find(const reading *r, const char *topic, int32_t id)
{
    for (int i = 0; i < r->known->cnt; i++)
        if (r->known->elems[i].partition == id && strcmp(r->known->elems[i].topic, topic) == 0)
            return &r->partitions[i];
    return NULL;
}

static reading_partition *add(reading *r, const char *topic, int32_t id)
{
    if ((size_t)r->known->cnt == r->room) {
        const size_t room = r->room ? 2 * r->room : 16;
        reading_partition *more = realloc(r->partitions, room * sizeof *more);
        if (!more) {
            reading_fail(r, EXIT_LOCAL, topic, "out of memory", "");
            return NULL;
        }
        r->partitions = more;
        r->room = room;
    }
    rd_kafka_topic_partition_list_add(r->known, topic, id);
    reading_partition *one = &r->partitions[r->known->cnt - 1];
    *one = (reading_partition){ .until = r->until };
    for (int i = 0; i < r->known->cnt; i++)
        r->partitions[i].of = &r->known->elems[i]; /* they may have moved */
    return one;
}

static bool over(const reading *r)
{
    size_t assigned = 0;
    if (r->status || !r->left || interrupt_signal)
        return true;
    for (int i = 0; i < r->known->cnt; i++) {
        assigned += r->partitions[i].assigned;
        if (r->partitions[i].assigned && !r->partitions[i].done)
            return false;
    }
    return assigned || !r->options->group;
}

/* No more of it. */
static void finish(reading *r, reading_partition *one)
{
    one->done = true;
    if (one->paused)
        return;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, one->of->topic, one->of->partition);
    one->paused = !rd_kafka_pause_partitions(r->kafka, list);
    rd_kafka_topic_partition_list_destroy(list);
}

static int64_t start_offset(const reading *r)
{
    switch ((int)r->start) {
    case READING_END: return RD_KAFKA_OFFSET_END;
    case READING_STORED: return RD_KAFKA_OFFSET_STORED;
    case READING_OFFSET: return r->from;
    case READING_TAIL: return RD_KAFKA_OFFSET_TAIL(r->from);
    default: return RD_KAFKA_OFFSET_BEGINNING;
    }
}

/* -- in a group ---------------------------------------------------------------------------------------------------- */

static void take(reading *r, rd_kafka_topic_partition_list_t *list)
{
    for (int i = 0; i < list->cnt; i++) {
        rd_kafka_topic_partition_t *of = &list->elems[i];
        reading_partition *one = find(r, of->topic, of->partition);
        if (!one && r->start) /* the first time alone */
            of->offset = start_offset(r);
        if (!one && !(one = add(r, of->topic, of->partition)))
            return;
        one->assigned = true;
        one->done = one->paused = false;
    }
}

static void give(reading *r, const rd_kafka_topic_partition_list_t *list)
{
    for (int i = 0; i < list->cnt; i++) {
        reading_partition *one = find(r, list->elems[i].topic, list->elems[i].partition);
        if (one)
            one->assigned = false;
    }
}

static void on_rebalance(rd_kafka_t *kafka, rd_kafka_resp_err_t what, rd_kafka_topic_partition_list_t *list, void *opaque)
{
    reading *r = opaque;
    const bool takes = what == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
    const char *protocol = rd_kafka_rebalance_protocol(kafka);
    if (takes)
        take(r, list);
    else
        give(r, list);
    if (protocol && strcmp(protocol, "COOPERATIVE") == 0) {
        rd_kafka_error_t *error = takes ? rd_kafka_incremental_assign(kafka, list) : rd_kafka_incremental_unassign(kafka, list);
        if (error)
            rd_kafka_error_destroy(error); /* an event tells what is fatal */
    } else {
        (void)rd_kafka_assign(kafka, takes ? list : NULL);
    }
}

static int subscribe(reading *r)
{
    const option_list *topics = &r->options->topics;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)topics->count);
    for (size_t i = 0; i < topics->count; i++)
        rd_kafka_topic_partition_list_add(list, topics->values[i], RD_KAFKA_PARTITION_UA);
    const rd_kafka_resp_err_t error = rd_kafka_subscribe(r->kafka, list);
    rd_kafka_topic_partition_list_destroy(list);
    return error ? reading_fail(r, EXIT_CONFIG, "topics", rd_kafka_err2str(error), r->last) : EXIT_FINE;
}

/* -- without one --------------------------------------------------------------------------------------------------- */

static int topic_status(rd_kafka_resp_err_t about)
{
    switch ((int)about) {
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION: return EXIT_CONFIG; /* none, or none that can be */
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED: return EXIT_DENIED;
    default: return EXIT_VAULT; /* a broker is away, or on its way up */
    }
}

static int add_topic(reading *r, const struct rd_kafka_metadata_topic *topic)
{
    if (topic->err)
        return reading_fail(r, topic_status(topic->err), topic->topic, rd_kafka_err2str(topic->err), "");
    if (r->partition >= topic->partition_cnt)
        return reading_fail(r, EXIT_CONFIG, topic->topic, "no such partition", r->options->partition);
    for (int32_t i = 0; i < topic->partition_cnt; i++)
        if ((r->partition < 0 || i == r->partition) && !find(r, topic->topic, i) && !add(r, topic->topic, i))
            return EXIT_LOCAL;
    return EXIT_FINE;
}

/* All topics that the expression fits, as librdkafka has it for groups: POSIX, extended. */
static int add_matching(reading *r, const char *pattern, const struct rd_kafka_metadata *metadata)
{
    regex_t regex;
    if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB))
        return reading_fail(r, EXIT_USAGE, pattern, "no regular expression", "");
    int found = 0;
    for (int i = 0; i < metadata->topic_cnt && !r->status; i++)
        if (regexec(&regex, metadata->topics[i].topic, 0, NULL, 0) == 0 && ++found)
            (void)add_topic(r, &metadata->topics[i]);
    regfree(&regex);
    return found || r->status ? r->status : reading_fail(r, EXIT_CONFIG, pattern, "no topic fits", "");
}

static void serve_events(reading *r)
{
    rd_kafka_message_t *event = rd_kafka_consumer_poll(r->kafka, 0); /* for the error that is kept */
    if (event)
        rd_kafka_message_destroy(event);
}

/* The partitions of one word. */
static int add_word(reading *r, const char *word)
{
    const struct rd_kafka_metadata *metadata = NULL;
    const bool is_pattern = word[0] == '^';
    rd_kafka_topic_t *topic = is_pattern ? NULL : rd_kafka_topic_new(r->kafka, word, NULL);
    if (!topic && !is_pattern)
        return reading_fail(r, EXIT_CONFIG, word, rd_kafka_err2str(rd_kafka_last_error()), "");
    const rd_kafka_resp_err_t error = rd_kafka_metadata(r->kafka, is_pattern, topic, &metadata, WAIT_MS);
    serve_events(r);
    if (error)
        reading_fail(r, r->denied ? EXIT_DENIED : EXIT_VAULT, word, rd_kafka_err2str(error), r->last);
    else if (is_pattern)
        (void)add_matching(r, word, metadata);
    else if (metadata->topic_cnt == 1)
        (void)add_topic(r, &metadata->topics[0]);
    else
        reading_fail(r, EXIT_CONFIG, word, rd_kafka_err2str(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART), "");
    if (!error)
        rd_kafka_metadata_destroy(metadata);
    if (topic)
        rd_kafka_topic_destroy(topic);
    return r->status;
}

/* Up to where, for those who do not read on; nothing there is an end too. */
static int bound(reading *r, reading_partition *one)
{
    int64_t low, high;
    const rd_kafka_resp_err_t error = rd_kafka_query_watermark_offsets(r->kafka, one->of->topic, one->of->partition, &low, &high, WAIT_MS);
    if (error)
        return reading_fail(r, topic_status(error), one->of->topic, rd_kafka_err2str(error), r->last);
    one->until = high < r->until ? high : r->until;
    one->done = low >= one->until;
    return EXIT_FINE;
}

static int assign(reading *r)
{
    for (int i = 0; i < r->known->cnt; i++) {
        r->known->elems[i].offset = r->start == READING_TIME ? r->from : start_offset(r);
        r->partitions[i].assigned = true;
        if (r->options->bounded && bound(r, &r->partitions[i]))
            return r->status;
    }
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
    if (r->start == READING_TIME)
        error = rd_kafka_offsets_for_times(r->kafka, r->known, WAIT_MS);
    for (int i = 0; i < r->known->cnt && !error && r->start == READING_TIME; i++)
        error = r->known->elems[i].err;
    if (!error)
        error = rd_kafka_assign(r->kafka, r->known);
    return error ? reading_fail(r, topic_status(error), "partitions", rd_kafka_err2str(error), r->last) : EXIT_FINE;
}

/* -- opening and closing ------------------------------------------------------------------------------------------- */

static void keep_error(rd_kafka_t *kafka, int error, const char *reason, void *user)
{
    reading *r = user;
    (void)kafka;
    r->down = r->down || error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN;
    r->denied = r->denied || error == RD_KAFKA_RESP_ERR__AUTHENTICATION;
    if (error != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
        snprintf(r->last, sizeof r->last, "%s", reason);
}

static void no_log(const rd_kafka_t *kafka, int level, const char *facility, const char *text)
{
    (void)kafka, (void)level, (void)facility, (void)text;
}

static bool is_set(rd_kafka_conf_t *conf, const char *name)
{
    char text[512];
    size_t size = sizeof text;
    return rd_kafka_conf_get(conf, name, text, &size) == RD_KAFKA_CONF_OK && size > 1;
}

static void set_fixed(const reading *r, rd_kafka_conf_t *conf)
{
    const char *const settings[][2] = { { "allow.auto.create.topics", "false" },
                                        { "enable.partition.eof", "true" },
                                        { "enable.auto.offset.store", "false" },
                                        { "enable.auto.commit", r->options->group ? "true" : "false" },
                                        { "group.id", r->options->group ? r->options->group : "vaultcrypt" } };
    size_t count = sizeof settings / sizeof settings[0];
    if (!r->options->group && is_set(conf, "group.id"))
        count--; /* whose stored offsets are meant; it is not joined */
    for (size_t i = 0; i < count; i++)
        (void)rd_kafka_conf_set(conf, settings[i][0], settings[i][1], NULL, 0);
}

int reading_open(reading *r, const vc_kafka_config *config)
{
    char text[512];
    vc_error err = VC_ERROR_INIT;
    rd_kafka_conf_t *conf = NULL;
    r->known = rd_kafka_topic_partition_list_new(16);
    if (vc_kafka_config_conf(config, VC_KAFKA_CONSUMER, &conf, &err))
        return r->status = exit_report(r->program, &err);
    rd_kafka_conf_set_opaque(conf, r);
    rd_kafka_conf_set_error_cb(conf, keep_error);
    rd_kafka_conf_set_log_cb(conf, no_log);
    if (r->options->group)
        rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
    set_fixed(r, conf);
    r->kafka = rd_kafka_new(RD_KAFKA_CONSUMER, conf, text, sizeof text);
    if (!r->kafka) {
        rd_kafka_conf_destroy(conf);
        return reading_fail(r, EXIT_CONFIG, "Kafka", text, "");
    }
    rd_kafka_poll_set_consumer(r->kafka);
    r->queue = rd_kafka_queue_get_consumer(r->kafka);
    if (r->options->group)
        return subscribe(r);
    for (size_t i = 0; i < r->options->topics.count && !r->status; i++)
        (void)add_word(r, r->options->topics.values[i]);
    return r->status ? r->status : assign(r);
}

/* Commits and leaves the group; false: after a signal, brokers that are away are not waited for. What they do not hear comes again. */
static bool leave(const reading *r)
{
    rd_kafka_queue_t *queue = rd_kafka_queue_new(r->kafka);
    const int64_t end = now_ms() + LEAVE_MS;
    rd_kafka_error_t *error = rd_kafka_consumer_close_queue(r->kafka, queue);
    if (error)
        rd_kafka_error_destroy(error); /* it is closed */
    while (!error && !rd_kafka_consumer_closed(r->kafka) && (!interrupt_signal || now_ms() < end)) {
        rd_kafka_message_t *event = rd_kafka_consume_queue(queue, POLL_MS); /* partitions are given back */
        if (event)
            rd_kafka_message_destroy(event);
    }
    rd_kafka_queue_destroy(queue);
    return error || rd_kafka_consumer_closed(r->kafka);
}

bool reading_close(reading *r)
{
    if (r->kafka) {
        if (!leave(r))
            return false; /* what destroys it would wait as long */
        rd_kafka_queue_destroy(r->queue);
        rd_kafka_destroy(r->kafka);
    }
    if (r->known)
        rd_kafka_topic_partition_list_destroy(r->known);
    free(r->partitions);
    return true;
}

/* -- records ------------------------------------------------------------------------------------------------------- */

static void take_event(reading *r, const rd_kafka_message_t *event)
{
    const char *topic = event->rkt ? rd_kafka_topic_name(event->rkt) : "Kafka";
    reading_partition *one = event->rkt ? find(r, topic, event->partition) : NULL;
    switch ((int)event->err) {
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
        if (one && (r->options->exit_at_end || r->options->bounded))
            finish(r, one);
        break;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_INVALID_GROUP_ID:
    case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
    case RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL:
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR__BAD_MSG:
    case RD_KAFKA_RESP_ERR__FATAL:
        if (!r->status)
            reading_fail(r, topic_status(event->err), topic, rd_kafka_message_errstr(event), r->last);
        break;
    default: /* it goes on when the brokers are back */
        snprintf(r->last, sizeof r->last, "%s", rd_kafka_message_errstr(event));
    }
}

/* Whether the record is one of those that were asked for. */
static bool is_wanted(reading *r, const rd_kafka_message_t *message)
{
    reading_partition *one = find(r, rd_kafka_topic_name(message->rkt), message->partition);
    if (!one || one->done || !r->left || r->status)
        return false;
    if (message->offset >= one->until || (r->stop_at && rd_kafka_message_timestamp(message, NULL) >= r->stop_at)) {
        finish(r, one);
        return false;
    }
    if (message->offset + 1 >= one->until)
        finish(r, one);
    r->left--;
    return true;
}

/* Only those who wait for an end give up when the brokers are away. */
static void count_idle(reading *r, bool came)
{
    const reading_options *o = r->options;
    r->idle_ms = came ? 0 : r->idle_ms + POLL_MS;
    r->down = r->down && !came;
    if (!r->status && r->down && r->idle_ms >= WAIT_MS && (o->exit_at_end || o->bounded))
        reading_fail(r, r->denied ? EXIT_DENIED : EXIT_VAULT, "Kafka", "the brokers cannot be reached", r->last);
}

/* As rd_kafka_consume_batch_queue(), which has no limit of bytes. */
static ssize_t fetch(const reading *r, rd_kafka_message_t **messages, size_t room)
{
    if (!r->bytes)
        return rd_kafka_consume_batch_queue(r->queue, POLL_MS, messages, room);
    const int64_t end = now_ms() + POLL_MS;
    size_t got = 0;
    for (size_t bytes = 0; got < room && bytes < r->bytes; got++) {
        const int64_t left = end - now_ms();
        if (!(messages[got] = rd_kafka_consume_queue(r->queue, left > 0 ? (int)left : 0)))
            break;
        bytes += messages[got]->len + messages[got]->key_len;
    }
    return (ssize_t)got;
}

bool reading_next(reading *r, rd_kafka_message_t **messages, size_t room, size_t *count)
{
    *count = 0;
    if (over(r))
        return false;
    const ssize_t got = fetch(r, messages, room < r->left ? room : r->left);
    for (ssize_t i = 0; i < got; i++) {
        if (!messages[i]->err && is_wanted(r, messages[i])) {
            messages[(*count)++] = messages[i];
            continue;
        }
        if (messages[i]->err)
            take_event(r, messages[i]);
        rd_kafka_message_destroy(messages[i]);
    }
    count_idle(r, got > 0);
    return true;
}

void reading_store(const reading *r, rd_kafka_message_t *const *messages, size_t count)
{
    for (size_t i = 0; i < count && r->options->group; i++)
        if (i + 1 == count || messages[i + 1]->rkt != messages[i]->rkt || messages[i + 1]->partition != messages[i]->partition)
            (void)rd_kafka_offset_store(messages[i]->rkt, messages[i]->partition, messages[i]->offset); /* refused when it was revoked */
}

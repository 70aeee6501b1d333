/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka/source.h"

#include "base/alloc.h"
#include "base/error.h"

#include <stdio.h>

static void say(vc__source *source, const char *what, const char *detail)
{
    char line[512];
    if (!source->log)
        return;
    snprintf(line, sizeof line, "kafka: %s%s", what, detail);
    source->log(source->log_user, line);
}

/* -- partitions ------------------------------------------------------------------------------------------ */

static vc__partition *find(const vc__source *source, const char *topic, int32_t id)
{
    for (size_t i = 0; i < source->partition_count; i++)
        if (source->partitions[i]->id == id && strcmp(source->partitions[i]->route->source, topic) == 0)
            return source->partitions[i];
    return NULL;
}

static vc__partition *find_or_add(vc__source *source, const char *topic, int32_t id)
{
    vc__partition *partition = find(source, topic, id);
    if (partition)
        return partition;
    vc__route *route = NULL;
    for (size_t i = 0; i < source->route_count && !route; i++)
        if (strcmp(source->routes[i].source, topic) == 0)
            route = &source->routes[i];
    if (!route)
        return NULL;
    if (source->partition_count == source->partition_room) {
        const size_t room = source->partition_room ? source->partition_room * 2 : 16;
        vc__partition **more = vc__realloc(source->partitions, room, sizeof *more);
        if (!more)
            return NULL;
        source->partitions = more;
        source->partition_room = room;
    }
    partition = vc__calloc(1, sizeof *partition);
    if (!partition)
        return NULL;
    *partition = (vc__partition){ .route = route, .id = id, .done = -1, .committed = -1 };
    source->partitions[source->partition_count++] = partition;
    return partition;
}

/* Messages come in runs of one partition, so the last answer mostly fits again. */
vc__partition *vc__source_partition(vc__source *source, const rd_kafka_message_t *message)
{
    if (!source->last || source->last_topic != message->rkt || source->last->id != message->partition) {
        source->last_topic = message->rkt;
        source->last = find(source, rd_kafka_topic_name(message->rkt), message->partition);
    }
    return source->last && source->last->assigned ? source->last : NULL;
}

bool vc__source_at_end(const vc__source *source)
{
    size_t assigned = 0;
    for (size_t i = 0; i < source->partition_count; i++) {
        assigned += source->partitions[i]->assigned;
        if (source->partitions[i]->assigned && !source->partitions[i]->at_end)
            return false;
    }
    return assigned > 0;
}

/* -- what librdkafka calls ------------------------------------------------------------------------------- */

static bool is_cooperative(rd_kafka_t *rk)
{
    const char *protocol = rd_kafka_rebalance_protocol(rk);
    return protocol && strcmp(protocol, "COOPERATIVE") == 0;
}

/* Both NULL means success. */
static vc_code kafka_failed(vc_error *err, const char *what, rd_kafka_error_t *error)
{
    if (!error)
        return VC_OK;
    vc__error(err, VC_E_KAFKA, "%s: %s", what, rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
    return VC_E_KAFKA;
}

static vc_code unassign(rd_kafka_t *rk, const rd_kafka_topic_partition_list_t *list, vc_error *err)
{
    if (is_cooperative(rk))
        return kafka_failed(err, "giving up partitions", rd_kafka_incremental_unassign(rk, list));
    const rd_kafka_resp_err_t code = rd_kafka_assign(rk, NULL);
    return code ? vc__error(err, VC_E_KAFKA, "giving up partitions: %s", rd_kafka_err2str(code)) : VC_OK;
}

static void on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
    (void)level, (void)facility;
    say(rd_kafka_opaque(rk), "", text);
}

/* Trouble with brokers, which librdkafka's log has told already. What ends a run comes in place of a message.
 */
static void on_error(rd_kafka_t *rk, int code, const char *reason, void *opaque)
{
    (void)rk, (void)code, (void)reason, (void)opaque;
}

static void on_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t *list,
                         void *opaque)
{
    vc__source *source = opaque;
    const bool assign = code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
    if (source->closing) {
        if (assign && is_cooperative(rk))
            (void)kafka_failed(NULL, "", rd_kafka_incremental_assign(rk, list));
        else
            unassign(rk, list, NULL);
        return;
    }
    if (source->rebalanced)
        rd_kafka_topic_partition_list_destroy(source->rebalanced);
    source->rebalanced = rd_kafka_topic_partition_list_copy(list);
    source->rebalance = assign ? VC__REBALANCE_ASSIGN : VC__REBALANCE_REVOKE;
    rd_kafka_queue_yield(source->queue); /* back to the stream as soon as nothing is left to read */
}

/*
 * Errors of a commit that pass: the group is changing hands, or a broker is away. The next commit covers the
 * same offsets.
 */
static bool commit_error_passes(rd_kafka_resp_err_t code)
{
    switch ((int)code) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
    case RD_KAFKA_RESP_ERR__NO_OFFSET:
    case RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID:
    case RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_COORDINATOR:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
    case RD_KAFKA_RESP_ERR__WAIT_COORD:
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
    case RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST:
    case RD_KAFKA_RESP_ERR__DESTROY:
    case RD_KAFKA_RESP_ERR__STATE: return true;
    default: return false;
    }
}

/* The commit did not happen: forget that it was made, so that the next one says it again. */
static void forget_commit(vc__source *source, const rd_kafka_topic_partition_list_t *list)
{
    for (int i = 0; list && i < list->cnt; i++) {
        vc__partition *partition = find(source, list->elems[i].topic, list->elems[i].partition);
        if (partition && partition->committed <= list->elems[i].offset)
            partition->committed = -1;
    }
}

static vc_code commit_failed(vc__source *source, rd_kafka_resp_err_t code,
                             const rd_kafka_topic_partition_list_t *list, vc_error *err)
{
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR__NO_OFFSET) {
        source->commit_trouble = RD_KAFKA_RESP_ERR_NO_ERROR;
        return VC_OK;
    }
    forget_commit(source, list);
    if (!commit_error_passes(code))
        return vc__error(err, VC_E_KAFKA, "committing offsets: %s", rd_kafka_err2str(code));
    if (source->commit_trouble != code)
        say(source, "offsets not committed, will try again: ", rd_kafka_err2str(code));
    source->commit_trouble = code;
    return VC_OK;
}

static void on_commit(rd_kafka_t *rk, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t *list,
                      void *opaque)
{
    vc__source *source = opaque;
    (void)rk;
    commit_failed(source, code, list, &source->failure);
}

/* -- reading --------------------------------------------------------------------------------------------- */

/* What comes in place of a message: the end of a partition, or trouble. */
static vc_code read_event(vc__source *source, const rd_kafka_message_t *event, vc_error *err)
{
    switch ((int)event->err) {
    case RD_KAFKA_RESP_ERR__PARTITION_EOF: {
        vc__partition *partition = vc__source_partition(source, event);
        if (partition)
            partition->at_end = true;
        return VC_OK;
    }
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_INVALID_GROUP_ID:
    case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
    case RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL:
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR__FATAL:
    case RD_KAFKA_RESP_ERR__BAD_MSG:
        return vc__error(err, VC_E_KAFKA, "reading %s: %s: %s",
                         event->rkt ? rd_kafka_topic_name(event->rkt) : "the topics",
                         rd_kafka_err2name(event->err), rd_kafka_message_errstr(event));
    default: say(source, "", rd_kafka_message_errstr(event)); return VC_OK;
    }
}

/* Keeps the messages of partitions that are ours, in order. */
static vc_code sift(vc__source *source, rd_kafka_message_t **messages, size_t got, size_t *count,
                    vc_error *err)
{
    vc_code code = VC_OK;
    for (size_t i = 0; i < got; i++) {
        if (messages[i]->err) {
            if (!code)
                code = read_event(source, messages[i], err);
        } else {
            vc__partition *partition = vc__source_partition(source, messages[i]);
            if (partition && !code) {
                partition->at_end = false;
                messages[(*count)++] = messages[i];
                continue;
            }
        }
        rd_kafka_message_destroy(messages[i]);
    }
    for (; code && *count; (*count)--)
        rd_kafka_message_destroy(messages[*count - 1]);
    return code;
}

vc_code vc__source_read(vc__source *source, int wait_ms, rd_kafka_message_t **messages, size_t room,
                        size_t *count, vc_error *err)
{
    *count = 0;
    const ssize_t got = rd_kafka_consume_batch_queue(source->queue, wait_ms, messages, room);
    if (got < 0)
        return vc__error(err, VC_E_KAFKA, "reading: %s", rd_kafka_err2str(rd_kafka_last_error()));
    const vc_code code = sift(source, messages, (size_t)got, count, err);
    if (code)
        return code;
    return source->failure.code ? vc__error_copy(err, &source->failure) : VC_OK;
}

void vc__source_pause(vc__source *source, bool pause)
{
    rd_kafka_topic_partition_list_t *list = NULL;
    if (source->paused == pause || rd_kafka_assignment(source->rk, &list))
        return;
    if (pause)
        rd_kafka_pause_partitions(source->rk, list);
    else
        rd_kafka_resume_partitions(source->rk, list);
    rd_kafka_topic_partition_list_destroy(list);
    source->paused = pause;
}

/* -- rebalances and commits ------------------------------------------------------------------------------ */

static void rebalance_over(vc__source *source)
{
    rd_kafka_topic_partition_list_destroy(source->rebalanced);
    source->rebalanced = NULL;
    source->rebalance = VC__REBALANCE_NONE;
    source->rebalances++;
}

vc_code vc__source_take(vc__source *source, vc_error *err)
{
    rd_kafka_topic_partition_list_t *list = source->rebalanced;
    for (int i = 0; i < list->cnt; i++) {
        vc__partition *partition = find_or_add(source, list->elems[i].topic, list->elems[i].partition);
        if (!partition)
            return vc__error_memory(err);
        if (source->reset && partition->epoch == 0)
            list->elems[i].offset = RD_KAFKA_OFFSET_BEGINNING;
        partition->assigned = true;
        partition->at_end = partition->stuck = false;
        partition->done = partition->committed = -1; /* it may have moved on elsewhere meanwhile */
    }
    source->last = NULL;
    vc_code code = VC_OK;
    if (is_cooperative(source->rk)) {
        code = kafka_failed(err, "taking up partitions", rd_kafka_incremental_assign(source->rk, list));
    } else {
        const rd_kafka_resp_err_t result = rd_kafka_assign(source->rk, list);
        if (result)
            code = vc__error(err, VC_E_KAFKA, "taking up partitions: %s", rd_kafka_err2str(result));
    }
    const bool pause = source->paused;
    source->paused = !pause; /* new partitions follow the rest */
    vc__source_pause(source, pause);
    rebalance_over(source);
    return code;
}

vc_code vc__source_give_up(vc__source *source, vc_error *err)
{
    if (!rd_kafka_assignment_lost(source->rk) && vc__source_commit(source, true, err))
        say(source, "",
            "offsets not committed before partitions were given up: their records will come again");
    rd_kafka_topic_partition_list_t *list = source->rebalanced;
    for (int i = 0; i < list->cnt; i++) {
        vc__partition *partition = find(source, list->elems[i].topic, list->elems[i].partition);
        if (!partition)
            continue;
        partition->assigned = false;
        partition->epoch++;
    }
    const vc_code code = unassign(source->rk, list, err);
    rebalance_over(source);
    return code;
}

vc_code vc__source_commit(vc__source *source, bool wait, vc_error *err)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)source->partition_count);
    if (!list)
        return vc__error_memory(err);
    for (size_t i = 0; i < source->partition_count; i++) {
        vc__partition *partition = source->partitions[i];
        if (!partition->assigned || partition->done < 0 || (partition->done == partition->committed && !wait))
            continue; /* a last commit says all again: the answer to an earlier one may still be on its way */
        rd_kafka_topic_partition_list_add(list, partition->route->source, partition->id)->offset =
            partition->done;
        partition->committed = partition->done;
    }
    vc_code code = VC_OK;
    if (list->cnt) {
        const rd_kafka_resp_err_t result = rd_kafka_commit(source->rk, list, !wait);
        code = commit_failed(source, result, list, err);
        source->commits++;
    }
    rd_kafka_topic_partition_list_destroy(list);
    return code;
}

/* -- life ------------------------------------------------------------------------------------------------ */

static vc_code subscribe(vc__source *source, vc_error *err)
{
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new((int)source->route_count);
    if (!topics)
        return vc__error_memory(err);
    for (size_t i = 0; i < source->route_count; i++)
        rd_kafka_topic_partition_list_add(topics, source->routes[i].source, RD_KAFKA_PARTITION_UA);
    const rd_kafka_resp_err_t code = rd_kafka_subscribe(source->rk, topics);
    rd_kafka_topic_partition_list_destroy(topics);
    return code ? vc__error(err, VC_E_KAFKA, "subscribing: %s", rd_kafka_err2str(code)) : VC_OK;
}

vc_code vc__source_open(vc__source *source, rd_kafka_conf_t *conf, vc_error *err)
{
    char reason[256];
    source->failure = (vc_error)VC_ERROR_INIT;
    rd_kafka_conf_set_opaque(conf, source);
    rd_kafka_conf_set_log_cb(conf, on_log);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
    rd_kafka_conf_set_offset_commit_cb(conf, on_commit);
    source->rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, reason, sizeof reason);
    if (!source->rk) {
        rd_kafka_conf_destroy(conf);
        return vc__error(err, VC_E_CONFIG, "the Kafka consumer cannot be made: %s", reason);
    }
    rd_kafka_poll_set_consumer(source->rk);
    source->queue = rd_kafka_queue_get_consumer(source->rk);
    return source->queue ? subscribe(source, err) : vc__error_memory(err);
}

void vc__source_close(vc__source *source)
{
    source->closing = true;
    if (source->rk) {
        if (source->rebalance == VC__REBALANCE_REVOKE)
            unassign(source->rk, source->rebalanced, NULL);
        if (source->queue)
            rd_kafka_consumer_close(source->rk);
    }
    if (source->queue)
        rd_kafka_queue_destroy(source->queue);
    if (source->rebalanced)
        rd_kafka_topic_partition_list_destroy(source->rebalanced);
    if (source->rk)
        rd_kafka_destroy(source->rk);
    for (size_t i = 0; i < source->partition_count; i++)
        vc__free(source->partitions[i]);
    vc__free(source->partitions);
    *source = (vc__source){ 0 };
}

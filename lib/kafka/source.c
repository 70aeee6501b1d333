/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka/source.h"

#include "base/alloc.h"
#include "base/error.h"
#include "kafka/clock.h"

#include <inttypes.h>
#include <time.h>

enum { SEEK_MS = 10000, FIND_MS = 2000, FIND_AGAIN_MS = 100, ECHO_MS = 60000 };

/* -- partitions ------------------------------------------------------------------------------------------ */

enum { ASK_MS = 10000 };

static vc__partition *find(const vc__source *source, const char *topic, int32_t id)
{
    for (size_t i = 0; i < source->partition_count; i++)
        if (source->partitions[i]->id == id && strcmp(source->partitions[i]->route->source, topic) == 0)
            return source->partitions[i];
    return NULL;
}

static vc__partition *find_or_add(vc__source *source, vc__route *route, int32_t id)
{
    vc__partition *partition = find(source, route->source, id);
    if (partition)
        return partition;
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
    *partition = (vc__partition){ .route = route, .id = id, .base = -1, .position = -1, .next = -1, .done = -1, .committed = -1 };
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
    const vc__source *source = rd_kafka_opaque(rk);
    (void)facility;
    vc__log_kafka(source->log, level, text);
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
    if (!assign && rd_kafka_assignment_lost(rk))
        source->lost_ms = vc__now_ms();
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

/*
 * The group knows this copy by its name, and somebody else by the same. When this one's session has just ended it may be itself: a request from before,
 * sent again, comes in after it has joined anew, and librdkafka takes the answer for its end. Then it is to be started again.
 */
static vc_code fenced(const vc__source *source, vc_error *err)
{
    if (source->lost_ms && vc__now_ms() - source->lost_ms < ECHO_MS)
        return vc__error(err, VC_E_KAFKA, "this copy's session in the group has ended, and when it joined again the brokers took it for two of one name "
                                          "(group.instance.id): nothing is lost; start it again");
    return vc__error(err, VC_E_FENCED, "another copy with the same instance name (group.instance.id) has joined the group, and has taken this one's "
                                       "place: give each copy a name of its own");
}

static vc_code commit_failed(vc__source *source, rd_kafka_resp_err_t code,
                             const rd_kafka_topic_partition_list_t *list, vc_error *err)
{
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR__NO_OFFSET) {
        source->commit_trouble = RD_KAFKA_RESP_ERR_NO_ERROR;
        return VC_OK;
    }
    forget_commit(source, list);
    if (code == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID)
        return fenced(source, err);
    if (!commit_error_passes(code))
        return vc__error(err, VC_E_KAFKA, "committing offsets: %s", rd_kafka_err2str(code));
    if (source->commit_trouble != code)
        vc__log(source->log, VC_LOG_WARNING, "kafka: offsets not committed, will try again: %s", rd_kafka_err2str(code));
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
    case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID: return fenced(source, err);
    case RD_KAFKA_RESP_ERR__FATAL:
    case RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL:
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR__BAD_MSG:
        if (event->err == RD_KAFKA_RESP_ERR__FATAL && rd_kafka_fatal_error(source->rk, NULL, 0) == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID)
            return fenced(source, err);
        return vc__error(err, VC_E_KAFKA, "reading %s: %s: %s",
                         event->rkt ? rd_kafka_topic_name(event->rkt) : "the topics",
                         rd_kafka_err2name(event->err), rd_kafka_message_errstr(event));
    default: vc__log(source->log, VC_LOG_WARNING, "kafka: %s", rd_kafka_message_errstr(event)); return VC_OK;
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
            if (partition && !code && messages[i]->offset >= partition->position) { /* else it was read before */
                partition->at_end = false;
                if (partition->base < 0)
                    partition->base = messages[i]->offset; /* also when it never gets to its lane: it is read again then */
                partition->position = messages[i]->offset + 1;
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

static vc_code take_one(vc__source *source, rd_kafka_topic_partition_t *given, vc__source_choose choose, void *user, vc_error *err)
{
    vc__route *route = vc__routes_get(source->routes, given->topic, err);
    if (!route)
        return err->code;
    pthread_mutex_lock(&source->lock);
    vc__partition *partition = find_or_add(source, route, given->partition);
    pthread_mutex_unlock(&source->lock);
    if (!partition)
        return vc__error_memory(err);
    if (source->reset && partition->epoch == 0)
        given->offset = RD_KAFKA_OFFSET_BEGINNING;
    partition->at_end = partition->touched = false;
    partition->base = partition->position = partition->next = partition->committed = -1; /* it may have moved on elsewhere meanwhile */
    atomic_store(&partition->done, -1);
    const vc_code code = choose(user, partition, err);
    pthread_mutex_lock(&source->lock);
    partition->assigned = !code;
    pthread_mutex_unlock(&source->lock);
    return code;
}

/* With reset: what the group has committed before this run has. */
static void ask_before(vc__source *source, const rd_kafka_topic_partition_list_t *given)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_copy(given);
    const bool known = list && !rd_kafka_committed(source->rk, list, ASK_MS);
    for (int i = 0; i < given->cnt; i++) {
        vc__partition *partition = find(source, given->elems[i].topic, given->elems[i].partition);
        if (partition)
            partition->group_had = known && !list->elems[i].err && list->elems[i].offset >= 0 ? list->elems[i].offset : -1;
    }
    if (list)
        rd_kafka_topic_partition_list_destroy(list);
}

/* One question; false: not now. Where nothing is committed the partition begins as configured. */
static bool ask_offsets(vc__source *source, rd_kafka_topic_partition_list_t *list, rd_kafka_resp_err_t *trouble)
{
    *trouble = rd_kafka_committed(source->rk, list, FIND_MS);
    for (int i = 0; i < list->cnt && !*trouble; i++)
        *trouble = list->elems[i].err;
    for (int i = 0; i < list->cnt && !*trouble; i++)
        if (list->elems[i].offset < 0)
            list->elems[i].offset = source->start;
    return !*trouble;
}

/*
 * Where the new partitions are read from. librdkafka would ask too, but 2.0.2 has been seen to take "not stable yet" for "none" when a second rebalance
 * comes meanwhile, and to read all anew. False: they are ours no longer, or the stream is to stop.
 */
static bool find_offsets(vc__source *source, rd_kafka_topic_partition_list_t *list)
{
    rd_kafka_resp_err_t trouble, told = RD_KAFKA_RESP_ERR_NO_ERROR;
    while (!ask_offsets(source, list, &trouble)) {
        if (trouble != told && trouble != RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT)
            vc__log(source->log, VC_LOG_WARNING, "kafka: asking for committed offsets: %s; will try again", rd_kafka_err2str(trouble));
        told = trouble;
        if (atomic_load(source->stop) || rd_kafka_assignment_lost(source->rk))
            return false;
        nanosleep(&(struct timespec){ .tv_nsec = FIND_AGAIN_MS * 1000000L }, NULL);
    }
    return true;
}

/*
 * While the group changes, librdkafka pauses the partitions that stay too, and has been seen (2.0.2) to lose records that it had fetched when that met with a
 * batch that was being read. So they are read from where they are, whatever it thinks. Nothing is asked of brokers for that.
 */
static vc_code keep_positions(vc__source *source, vc_error *err)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)source->partition_count);
    if (!list)
        return vc__error_memory(err);
    for (size_t i = 0; i < source->partition_count; i++) {
        const vc__partition *partition = source->partitions[i];
        if (partition->assigned && partition->position >= 0)
            rd_kafka_topic_partition_list_add(list, partition->route->source, partition->id)->offset = partition->position;
    }
    vc_code code = list->cnt ? kafka_failed(err, "reading on", rd_kafka_seek_partitions(source->rk, list, SEEK_MS)) : VC_OK;
    for (int i = 0; i < list->cnt && !code; i++)
        if (list->elems[i].err)
            code = vc__error(err, VC_E_KAFKA, "reading on in %s [%" PRId32 "]: %s", list->elems[i].topic, list->elems[i].partition,
                             rd_kafka_err2str(list->elems[i].err));
    rd_kafka_topic_partition_list_destroy(list);
    return code;
}

vc_code vc__source_take(vc__source *source, vc__source_choose choose, void *user, vc_error *err)
{
    rd_kafka_topic_partition_list_t *list = source->rebalanced;
    vc_error why = VC_ERROR_INIT;
    vc_code code = VC_OK;
    if (source->stop && list->cnt && !find_offsets(source, list))
        while (list->cnt)
            rd_kafka_topic_partition_list_del_by_idx(list, list->cnt - 1);
    for (int i = 0; i < list->cnt && !code; i++)
        code = take_one(source, &list->elems[i], choose, user, &why);
    source->last = NULL;
    if (code)
        return vc__error_copy(err, &why);
    if (source->reset)
        ask_before(source, list);
    if (is_cooperative(source->rk)) {
        code = kafka_failed(err, "taking up partitions", rd_kafka_incremental_assign(source->rk, list));
        code = code ? code : keep_positions(source, err);
    } else {
        const rd_kafka_resp_err_t result = rd_kafka_assign(source->rk, list);
        if (result)
            code = vc__error(err, VC_E_KAFKA, "taking up partitions: %s", rd_kafka_err2str(result));
    }
    /* New partitions follow the rest. None is resumed that was not paused: librdkafka would lose what it has fetched of it ahead. */
    if (source->paused)
        rd_kafka_pause_partitions(source->rk, list);
    rebalance_over(source);
    return code;
}

bool vc__source_reads(const vc__source *source, const vc__route *route)
{
    for (size_t i = 0; i < source->partition_count; i++)
        if (source->partitions[i]->assigned && source->partitions[i]->route == route)
            return true;
    return false;
}

vc__partition *vc__source_revoked(const vc__source *source, size_t i)
{
    const rd_kafka_topic_partition_list_t *list = source->rebalanced;
    for (int at = 0; list && at < list->cnt; at++) {
        vc__partition *partition = find(source, list->elems[at].topic, list->elems[at].partition);
        if (partition && partition->assigned && i-- == 0)
            return partition;
    }
    return NULL;
}

vc_code vc__source_give_up(vc__source *source, vc_error *err)
{
    rd_kafka_topic_partition_list_t *list = source->rebalanced;
    pthread_mutex_lock(&source->lock);
    for (int i = 0; i < list->cnt; i++) {
        vc__partition *partition = find(source, list->elems[i].topic, list->elems[i].partition);
        if (!partition)
            continue;
        partition->assigned = false;
        partition->lane = NULL;
        partition->epoch++;
    }
    pthread_mutex_unlock(&source->lock);
    source->last = NULL;
    if (source->paused) /* librdkafka remembers it beyond the assignment */
        rd_kafka_resume_partitions(source->rk, list);
    vc_code code = unassign(source->rk, list, err);
    if (!code && is_cooperative(source->rk))
        code = keep_positions(source, err);
    rebalance_over(source);
    return code;
}

/* The partitions of a lane, with where they are read from again. */
static rd_kafka_topic_partition_list_t *list_lane(vc__source *source, const struct vc__lane *lane)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)source->partition_count);
    for (size_t i = 0; list && i < source->partition_count; i++) {
        const vc__partition *partition = source->partitions[i];
        const int64_t offset = partition->next >= 0 ? partition->next : partition->base;
        if (partition->assigned && partition->lane == lane && offset >= 0) /* else nothing was read yet */
            rd_kafka_topic_partition_list_add(list, partition->route->source, partition->id)->offset = offset;
    }
    return list;
}

/* What the group has committed takes the place of what we know; what it has not begins where we began. */
static vc_code ask_committed(vc__source *source, rd_kafka_topic_partition_list_t *list, int wait_ms, vc_error *err)
{
    const rd_kafka_resp_err_t result = rd_kafka_committed(source->rk, list, wait_ms);
    if (result)
        return vc__error(err, VC_E_KAFKA, "asking for committed offsets: %s", rd_kafka_err2str(result));
    for (int i = 0; i < list->cnt; i++) {
        rd_kafka_topic_partition_t *one = &list->elems[i];
        if (one->err)
            return vc__error(err, VC_E_KAFKA, "asking for the committed offset of %s [%" PRId32 "]: %s", one->topic, one->partition,
                             rd_kafka_err2str(one->err));
    }
    for (int i = 0; i < list->cnt; i++) {
        rd_kafka_topic_partition_t *one = &list->elems[i];
        vc__partition *partition = find(source, one->topic, one->partition);
        /* None; what is not in the topic any more; or, with reset, what an earlier run had come to, which does not count. */
        if (one->offset < partition->base || (source->reset && atomic_load(&partition->done) < 0 && one->offset == partition->group_had))
            one->offset = partition->base;
        partition->next = one->offset;
        atomic_store(&partition->done, one->offset);
    }
    return VC_OK;
}

static int left_until(uint64_t until_ms)
{
    const uint64_t now = vc__now_ms();
    return until_ms > now ? (int)(until_ms - now) : 1;
}

vc_code vc__source_rewind(vc__source *source, const struct vc__lane *lane, bool ask, uint64_t until_ms, vc_error *err)
{
    rd_kafka_topic_partition_list_t *list = list_lane(source, lane);
    if (!list)
        return vc__error_memory(err);
    vc_code code = list->cnt && ask ? ask_committed(source, list, left_until(until_ms), err) : VC_OK;
    if (list->cnt && !code)
        code = kafka_failed(err, "reading again", rd_kafka_seek_partitions(source->rk, list, left_until(until_ms)));
    for (int i = 0; i < list->cnt && !code; i++)
        if (list->elems[i].err)
            code = vc__error(err, VC_E_KAFKA, "reading %s [%" PRId32 "] again: %s", list->elems[i].topic, list->elems[i].partition,
                             rd_kafka_err2str(list->elems[i].err));
    for (size_t i = 0; i < source->partition_count && !code; i++)
        if (source->partitions[i]->lane == lane && source->partitions[i]->base >= 0)
            source->partitions[i]->at_end = false; /* its end is told again */
    for (int i = 0; i < list->cnt && !code; i++) {
        vc__partition *partition = find(source, list->elems[i].topic, list->elems[i].partition);
        if (partition)
            partition->position = list->elems[i].offset;
    }
    rd_kafka_topic_partition_list_destroy(list);
    return code;
}

vc_code vc__source_commit(vc__source *source, bool wait, vc_error *err)
{
    if (rd_kafka_assignment_lost(source->rk)) /* the group would not take it, and end a copy that has a name */
        return VC_OK;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)source->partition_count);
    if (!list)
        return vc__error_memory(err);
    for (size_t i = 0; i < source->partition_count; i++) {
        vc__partition *partition = source->partitions[i];
        const int64_t done = atomic_load(&partition->done);
        if (!partition->assigned || done < 0 || (done == partition->committed && !wait))
            continue; /* a last commit says all again: the answer to an earlier one may still be on its way */
        rd_kafka_topic_partition_list_add(list, partition->route->source, partition->id)->offset = done;
        partition->committed = done;
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

vc_code vc__source_subscribe(vc__source *source, vc_error *err)
{
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new((int)source->routes->way_count);
    if (!topics)
        return vc__error_memory(err);
    for (size_t i = 0; i < source->routes->way_count; i++)
        rd_kafka_topic_partition_list_add(topics, source->routes->ways[i].source, RD_KAFKA_PARTITION_UA);
    const rd_kafka_resp_err_t code = rd_kafka_subscribe(source->rk, topics);
    rd_kafka_topic_partition_list_destroy(topics);
    return code ? vc__error(err, VC_E_KAFKA, "subscribing: %s", rd_kafka_err2str(code)) : VC_OK;
}

vc_code vc__source_init(vc__source *source, vc_error *err)
{
    *source = (vc__source){ 0 };
    return pthread_mutex_init(&source->lock, NULL) ? vc__error_memory(err) : VC_OK;
}

void vc__source_cleanup(vc__source *source)
{
    pthread_mutex_destroy(&source->lock);
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
    return source->queue ? VC_OK : vc__error_memory(err);
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
    rd_kafka_t *rk = source->rk;
    pthread_mutex_lock(&source->lock);
    for (size_t i = 0; i < source->partition_count; i++)
        vc__free(source->partitions[i]);
    vc__free(source->partitions);
    source->partitions = NULL;
    source->partition_count = source->partition_room = 0;
    source->rk = NULL;
    pthread_mutex_unlock(&source->lock);
    if (rk)
        rd_kafka_destroy(rk);
    source->queue = NULL;
    source->rebalanced = NULL;
    source->rebalance = VC__REBALANCE_NONE;
    source->last = NULL;
    source->last_topic = NULL;
    source->closing = source->paused = false;
}

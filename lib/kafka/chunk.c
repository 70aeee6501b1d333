/* SPDX-License-Identifier: Apache-2.0 */
/* chunk.c - what becomes of a chunk: protected (or opened), through what trouble with Vault there may be, and produced. */
#include "kafka/attempt.h"
#include "kafka/stream.h"

#include "base/alloc.h"
#include "base/error.h"
#include "kafka/clock.h"
#include "kafka/header.h"
#include "kafka/stamp.h"

#include <inttypes.h>

/* What a record, and each of its headers, takes at most beside its texts (RD_KAFKAP_MESSAGE_V2_MAX_OVERHEAD). */
enum { RECORD_BYTES = 36, HEADER_BYTES = 10 };

/* -- the batch ------------------------------------------------------------------------------------------- */

/* The headers of all messages, as views, but for the one that tells of the schema. */
static vc_code read_headers(vc__lane *lane, vc_error *err)
{
    size_t total = 0;
    for (size_t i = 0; i < lane->chunk_count; i++) {
        lane->chunk[i].header_first = total;
        lane->chunk[i].header_count = vc__header_count(lane->chunk[i].message);
        total += lane->chunk[i].header_count;
    }
    if (total > lane->header_room) {
        vc_header *more = vc__realloc(lane->headers, total, sizeof *more);
        if (!more)
            return vc__error_memory(err);
        lane->headers = more;
        lane->header_room = total;
    }
    for (size_t i = 0; i < lane->chunk_count; i++) {
        vc__entry *entry = &lane->chunk[i];
        if (entry->header_count)
            entry->header_count = vc__header_views(entry->message, lane->headers + entry->header_first);
    }
    return VC_OK;
}

/* The record as it was read. */
static vc_message original(const vc__lane *lane, size_t i, vc_view topic)
{
    const vc__entry *entry = &lane->chunk[i];
    return (vc_message){ .size = sizeof(vc_message),
                         .topic = topic,
                         .key = vc__kafka_view(entry->message->key, entry->message->key_len),
                         .value = vc__kafka_view(entry->message->payload, entry->message->len),
                         .headers = entry->header_count ? lane->headers + entry->header_first : NULL,
                         .header_count = entry->header_count };
}

/* Record i as a batch leaves it. */
static vc_message result(const vc_batch *batch, size_t i, vc_view topic)
{
    vc_message message = { .size = sizeof message, .topic = topic, .key = vc_batch_output_key(batch, i), .value = vc_batch_output(batch, i) };
    message.headers = vc_batch_output_headers(batch, i, &message.header_count);
    return message;
}

/* A rule is looked up once for a run of records of one topic. */
typedef struct last_rule {
    const vc__route *route;
    const vc_rule *rule;
} last_rule;

static const vc_rule *rule_of(const vc_stream *stream, const vc_schema *schema, const vc__route *route, last_rule *last, vc_error *err)
{
    if (last->route != route) {
        last->rule = vc__stream_rule(stream, schema, route->source, err);
        last->route = last->rule ? route : NULL;
    }
    return last->rule;
}

/* The topic that the protected record is in. */
static vc_view protected_topic(const vc_stream *stream, const vc__route *route)
{
    return vc_str(stream->direction == VC_PROTECT ? route->target : route->source);
}

/* It was written before records were protected. */
static bool is_before_cut_over(const vc_stream *stream, const vc__entry *entry)
{
    bool before = false;
    for (size_t i = 0; i < stream->cut_over_count; i++) {
        const vc__cut_over *cut = &stream->cut_overs[i];
        if (strcmp(cut->topic, entry->partition->route->source) != 0)
            continue;
        rd_kafka_timestamp_type_t type;
        const int64_t timestamp = rd_kafka_message_timestamp(entry->message, &type);
        if (cut->partition == entry->partition->id)
            return entry->message->offset < cut->place; /* its own place, whatever the time says */
        if (cut->partition < 0)
            before = type != RD_KAFKA_TIMESTAMP_NOT_AVAILABLE && timestamp < cut->place;
    }
    return before;
}

static vc_code fill_first(vc__lane *lane, vc_batch *batch, const vc_schema *schema, bool old, vc_error *err)
{
    last_rule last = { 0 };
    vc_code code = VC_OK;
    for (size_t i = 0; i < lane->chunk_count && !code; i++) {
        const vc__route *route = lane->chunk[i].partition->route;
        const vc_rule *rule = rule_of(lane->stream, schema, route, &last, err);
        if (!rule)
            return VC_E_NO_RULE;
        vc_message message = original(lane, i, old ? vc_str(route->source) : protected_topic(lane->stream, route));
        lane->chunk[i].passes = lane->stream->cut_over_count && is_before_cut_over(lane->stream, &lane->chunk[i]);
        if (lane->chunk[i].passes) /* the batch sees a tombstone in its place */
            message = (vc_message){ .size = sizeof message, .topic = message.topic };
        code = vc_batch_add_message(batch, rule, &message, err);
    }
    return code;
}

/* Protecting anew: what the first batch has opened. A record that it could not open is a tombstone here, and passed over later. */
static vc_code fill_second(vc__lane *lane, vc_error *err)
{
    last_rule last = { 0 };
    vc_code code = VC_OK;
    for (size_t i = 0; i < lane->chunk_count && !code; i++) {
        const vc__route *route = lane->chunk[i].partition->route;
        const vc_rule *rule = rule_of(lane->stream, lane->schema, route, &last, err);
        if (!rule)
            return VC_E_NO_RULE;
        vc_message message = { .size = sizeof message, .topic = vc_str(route->target) };
        if (!vc_batch_error(lane->open_batch, i))
            message = result(lane->open_batch, i, vc_str(route->target));
        code = vc_batch_add_message(lane->batch, rule, &message, err);
    }
    return code;
}

/* A key that the rule uses (NULL: any rule) is missing, and may come: why. */
static vc_code missing_key(const vc_stream *stream, const vc_rule *rule, vc_error *err)
{
    return err->code = stream->missing(stream->missing_user, rule, err); /* also when the callee forgot to fill it */
}

static bool fails_for_a_key(const vc_batch *batch, size_t i)
{
    const vc_error *why = vc_batch_error(batch, i);
    return why && why->code == VC_E_NO_KEY;
}

static bool any_fails_for_a_key(const vc__lane *lane)
{
    for (size_t i = 0; i < lane->chunk_count; i++)
        if (fails_for_a_key(lane->batch, i) || (lane->open_batch && fails_for_a_key(lane->open_batch, i)))
            return true;
    return false;
}

/* A question for each rule of a chunk, not for each record. */
typedef struct inquiry {
    last_rule last;
    const vc_rule *asked;
    vc_error why; /* of `asked` */
} inquiry;

/* Why a key of the record's rule (`old`: that of the old schema) is missing; `code` 0: none is. */
static const vc_error *missing_for(const vc__lane *lane, const vc__entry *entry, bool old, inquiry *all)
{
    const vc_rule *rule = rule_of(lane->stream, old ? lane->old : lane->schema, entry->partition->route, &all->last, NULL);
    if (rule && rule != all->asked) {
        all->asked = rule;
        all->why = (vc_error)VC_ERROR_INIT;
        (void)missing_key(lane->stream, rule, &all->why);
    }
    return &all->why;
}

/* Before the batch runs: which records are under a rule one of whose keys is missing; why goes into `why_not`, of the last. */
static void mark_lacking(vc__lane *lane, vc_error *why_not)
{
    for (int old = 0; old <= (lane->open_batch != NULL); old++) {
        inquiry all = { .why = VC_ERROR_INIT };
        for (size_t i = 0; i < lane->chunk_count; i++) {
            lane->chunk[i].lacked[old] = missing_for(lane, &lane->chunk[i], old, &all)->code != VC_OK;
            if (lane->chunk[i].lacked[old])
                vc__error_copy(why_not, &all.why);
        }
    }
}

/*
 * Afterwards: why one of those that failed for a key (`whole`: the batch did) has to wait, for its rule lacks one, or lacked one `before`. Others'
 * keys are not waited for: anyone can write a record that no key opens.
 */
static vc_code missing_keys(const vc__lane *lane, bool whole, const vc_error *before, vc_error *err)
{
    for (int old = 0; old <= (lane->open_batch != NULL); old++) {
        inquiry all = { .why = VC_ERROR_INIT };
        for (size_t i = 0; i < lane->chunk_count; i++) {
            if (!whole && !fails_for_a_key(old ? lane->open_batch : lane->batch, i))
                continue;
            const vc_error *why = lane->chunk[i].lacked[old] ? before : missing_for(lane, &lane->chunk[i], old, &all);
            if (why->code)
                return vc__error_copy(err, why);
        }
    }
    return VC_OK;
}

static void clear_batches(vc__lane *lane)
{
    if (lane->batch)
        vc_batch_clear(lane->batch); /* it may borrow from the other */
    if (lane->open_batch)
        vc_batch_clear(lane->open_batch);
}

static vc_code run_both(vc__lane *lane, uint64_t attempt_ms, vc_error *err)
{
    vc_batch *first = lane->open_batch ? lane->open_batch : lane->batch;
    clear_batches(lane);
    vc_code code = vc_batch_set_deadline(lane->batch, attempt_ms, err);
    if (!code && lane->open_batch)
        code = vc_batch_set_deadline(lane->open_batch, attempt_ms, err);
    const uint64_t begun = vc__now_us();
    code = code ? code : fill_first(lane, first, lane->open_batch ? lane->old : lane->schema, lane->open_batch, err);
    code = code ? code : vc_client_run(lane->scope, first, err);
    if (lane->open_batch && !code)
        code = fill_second(lane, err);
    if (lane->open_batch && !code)
        code = vc_client_run(lane->scope, lane->batch, err);
    lane->batch_us = vc__now_us() - begun;
    return code;
}

/* The keys of a schema may have gone with it. */
static vc_code other_schema(const vc__lane *lane, vc_error *err)
{
    vc_schema *schema = NULL, *old = NULL;
    const uint64_t now = vc__stream_schemas(lane->stream, lane->schema_generation, &schema, &old);
    vc_schema_unref(schema);
    vc_schema_unref(old);
    return now == lane->schema_generation ? VC_OK : vc__error(err, VC_E_BUSY, "another schema took the place of the one that records were under");
}

/*
 * A record that lacks a key which may come waits for it, and nothing of its chunk is kept meanwhile; nor of one whose schema was replaced. Asked
 * before and after: a key may have come while the batch ran. With all keys of its rule here it is the record's own fault: anyone can write one that
 * no key opens.
 */
static vc_code run_batches(vc__lane *lane, uint64_t attempt_ms, vc_error *err)
{
    vc_error before = VC_ERROR_INIT, after = VC_ERROR_INIT;
    const bool asks = lane->stream->missing != NULL;
    lane->lacks_key = false;
    vc_code code = vc__lane_take_schemas(lane, err);
    for (size_t i = 0; i < lane->chunk_count; i++)
        lane->chunk[i].lacked[0] = lane->chunk[i].lacked[1] = false;
    if (!code && asks && missing_key(lane->stream, NULL, &before)) /* seldom */
        mark_lacking(lane, &before);
    code = code ? code : run_both(lane, attempt_ms, err);
    const bool lacks = code == VC_E_NO_KEY || (!code && any_fails_for_a_key(lane)); /* one that protects fails the batch */
    if (!asks || !(lacks || code == VC_E_CONFIG))
        return code;
    if (lacks)
        after.code = missing_keys(lane, code == VC_E_NO_KEY, &before, &after);
    if (!after.code)
        after.code = other_schema(lane, &after);
    if (!after.code)
        return code;
    clear_batches(lane);
    lane->lacks_key = true;
    return vc__error_copy(err, &after);
}

static vc__verdict fail_with(vc__lane *lane, const vc_error *why)
{
    vc__stream_fail(lane->stream, why);
    return VC__OVER;
}

/* -- records that cannot pass ---------------------------------------------------------------------------- */

/* What a chunk comes to while it is produced. */
typedef struct outcome {
    vc__lane *lane;
    vc__span *span; /* NULL with transactions */
    char stamp[VC__STAMP_ROOM];
    const vc_rule *stamped; /* the rule that the stamp is of */
    size_t count;           /* records before the first that stops the stream */
    vc_error stop;          /* and why it does */
} outcome;

static vc__origin origin_of(const vc__entry *entry)
{
    rd_kafka_timestamp_type_t type;
    const int64_t timestamp = rd_kafka_message_timestamp(entry->message, &type);
    return (vc__origin){ .route = entry->partition->route,
                         .partition = entry->partition->id,
                         .offset = entry->message->offset,
                         .timestamp = type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? -1 : timestamp };
}

static vc_view stamp_of(outcome *o, const vc_rule *rule)
{
    const vc_stream *stream = o->lane->stream;
    if (!stream->headers || stream->direction != VC_PROTECT)
        return vc_view_of(NULL, 0);
    if (o->stamped != rule)
        vc__stamp_write(o->stamp, sizeof o->stamp, o->lane->schema, rule);
    o->stamped = rule;
    return vc_str(o->stamp);
}

/* As librdkafka counts it: what it refuses would stop the stream. */
static size_t size_of(const vc_message *message, vc_view stamp)
{
    size_t sum = RECORD_BYTES + message->key.len + message->value.len;
    for (size_t i = 0; i < message->header_count; i++)
        sum += HEADER_BYTES + message->headers[i].name.len + message->headers[i].value.len;
    return sum + (stamp.data ? HEADER_BYTES + strlen(VC__HEADER_SCHEMA) + stamp.len : 0);
}

/* Why record i cannot pass; NULL: it can. `room` is for what is found here. */
static const vc_error *fault_of(outcome *o, size_t i, const vc_rule *rule, vc_error *room)
{
    const vc__lane *lane = o->lane;
    const vc_error *why = lane->open_batch ? vc_batch_error(lane->open_batch, i) : NULL;
    why = why ? why : vc_batch_error(lane->batch, i);
    if (why || lane->chunk[i].passes)
        return why;
    const vc_message message = result(lane->batch, i, vc_view_of(NULL, 0));
    const size_t size = size_of(&message, message.value.data ? stamp_of(o, rule) : vc_view_of(NULL, 0));
    if (!message.value.data && lane->chunk[i].message->payload)
        vc__error(room, VC_E_INTERNAL, "a record without an error has no output");
    else if (size > lane->message_most)
        vc__error(room, VC_E_TOO_LARGE, "the record has %zu bytes now, more than the producer's message.max.bytes of %zu", size,
                  lane->message_most);
    else
        return NULL;
    return room;
}

static bool becomes_letter(const vc__lane *lane, size_t i)
{
    const vc_batch *batch = lane->open_batch && vc_batch_error(lane->open_batch, i) ? lane->open_batch : lane->batch;
    return lane->stream->on_error == VC_ON_ERROR_DEAD_LETTER || vc_batch_on_error(batch, i) == VC_ON_ERROR_DEAD_LETTER;
}

static vc_code add_letter(vc__lane *lane, size_t i, const vc_rule *rule, const vc_error *why, vc_error *err)
{
    const vc__origin origin = origin_of(&lane->chunk[i]);
    const vc_message whole = original(lane, i, vc_str(origin.route->source));
    const vc__letter letter = { .topic = origin.route->source,
                                .rule = vc_rule_name(rule),
                                .under = rule,
                                .partition = origin.partition,
                                .offset = origin.offset,
                                .timestamp = origin.timestamp,
                                .why = why };
    return vc__letters_add(lane->letters, &letter, &whole, &lane->chunk[i], err);
}

/* Those that fail become letters, up to one that stops the stream. */
static vc_code set_aside(outcome *o, vc_error *err)
{
    vc__lane *lane = o->lane;
    last_rule last = { 0 };
    vc_code code = VC_OK;
    for (size_t i = 0; i < o->count && !code; i++) {
        vc_error room = VC_ERROR_INIT;
        const vc__route *route = lane->chunk[i].partition->route;
        const vc_rule *rule = rule_of(lane->stream, lane->schema, route, &last, err);
        const vc_error *why = fault_of(o, i, rule, &room);
        lane->chunk[i].aside = why;
        if (!why)
            continue;
        if (why->code != VC_E_INTERNAL && becomes_letter(lane, i)) {
            code = add_letter(lane, i, rule, why, err);
            continue;
        }
        o->count = i;
        vc__error_copy(&o->stop, why);
        vc__error_prefix(&o->stop, "record %s [%" PRId32 "] at offset %" PRId64 " (rule %s): ", route->source,
                         lane->chunk[i].partition->id, lane->chunk[i].message->offset, vc_rule_name(rule));
    }
    return code;
}

static vc_code seal_letters(vc__lane *lane, uint64_t attempt_ms, vc_error *err)
{
    return vc__letters_run(lane->letters, lane->scope, attempt_ms, err);
}

/* -- producing ------------------------------------------------------------------------------------------- */

/* The producer failed: with a transaction, all of it comes again. */
static vc__verdict sink_failed(vc__lane *lane, const vc_error *why)
{
    if (!lane->sink.transactional && why->code == VC_E_CANCELED)
        return VC__AGAIN;
    if (!lane->sink.transactional || lane->sink.permanent) {
        vc__stream_fail(lane->stream, why);
        return VC__OVER;
    }
    return vc__lane_transaction_failed(lane, VC__ABORT, why);
}

static vc__verdict send_record(outcome *o, size_t i, const vc_rule *rule)
{
    vc__lane *lane = o->lane;
    const vc__entry *entry = &lane->chunk[i];
    vc_error fault = VC_ERROR_INIT;
    const vc__origin origin = origin_of(entry);
    const vc_message message = entry->passes ? original(lane, i, vc_view_of(NULL, 0)) : result(lane->batch, i, vc_view_of(NULL, 0));
    const vc_header *own = lane->headers + entry->header_first;
    const bool same = message.header_count == entry->header_count && (!message.header_count || message.headers == own);
    const vc__outgo outgo = { &message, entry->message, same, message.value.data ? stamp_of(o, rule) : vc_view_of(NULL, 0) };
    switch (vc__sink_send(&lane->sink, &origin, &outgo, o->span, &fault)) {
    case VC__PRODUCED:
        lane->since_records++;
        lane->passed += entry->passes;
        lane->since_bytes += message.key.len + message.value.len;
        return VC__FINE;
    case VC__SINK_FAILED: return sink_failed(lane, &fault);
    case VC__RECORD_REFUSED:
    default: /* its size was looked at before */ vc__stream_fail(lane->stream, &fault); return VC__OVER;
    }
}

static vc__verdict send_records(outcome *o)
{
    vc__lane *lane = o->lane;
    last_rule last = { 0 };
    vc__verdict verdict = VC__FINE;
    for (size_t i = 0; i < o->count && verdict == VC__FINE; i++)
        if (!lane->chunk[i].aside)
            verdict = send_record(o, i, rule_of(lane->stream, lane->schema, lane->chunk[i].partition->route, &last, NULL));
    return verdict;
}

static vc__verdict send_letters(outcome *o)
{
    vc__lane *lane = o->lane;
    const size_t count = vc__letters_count(lane->letters);
    for (size_t i = 0; i < count; i++) {
        vc_error fault = VC_ERROR_INIT;
        const vc__origin origin = origin_of(vc__letters_tag(lane->letters, i));
        switch (vc__sink_send_letter(&lane->sink, &origin, vc__letters_value(lane->letters, i), o->span, &fault)) {
        case VC__PRODUCED: lane->since_letters++; break;
        case VC__SINK_FAILED: return sink_failed(lane, &fault);
        case VC__RECORD_REFUSED:
        default: vc__stream_fail(lane->stream, &fault); return VC__OVER;
        }
    }
    return VC__FINE;
}

/* How far its partitions are, when all that it has of them is produced. */
static vc__verdict move_on(outcome *o)
{
    vc_error err = VC_ERROR_INIT;
    vc_code code = VC_OK;
    for (size_t i = 0; i < o->count && !code; i++) {
        const vc__entry *entry = &o->lane->chunk[i];
        const bool last = i + 1 == o->count || o->lane->chunk[i + 1].partition != entry->partition;
        if (!last)
            continue;
        code = vc__lane_touch(o->lane, entry->partition, entry->message->offset + 1, &err);
        if (!code && o->span)
            code = vc__span_mark(o->span, entry->partition, entry->message->offset + 1, &err);
    }
    if (code)
        return fail_with(o->lane, &err);
    o->lane->since += o->count;
    return VC__FINE;
}

static vc__verdict begin(outcome *o)
{
    vc__lane *lane = o->lane;
    vc_error why = VC_ERROR_INIT;
    if (!lane->sink.transactional) {
        o->span = vc__sink_begin_span(&lane->sink);
        if (!o->span && !lane->sink.failure.code)
            return VC__AGAIN; /* given up */
        return o->span ? VC__FINE : sink_failed(lane, &lane->sink.failure);
    }
    const vc__outcome begun = vc__transactions_begin(&lane->sink.transactions, &why);
    return begun == VC__DONE ? VC__FINE : vc__lane_transaction_failed(lane, begun, &why);
}

static vc__verdict produce(outcome *o)
{
    vc__verdict verdict = begin(o);
    if (verdict == VC__FINE)
        verdict = send_records(o);
    if (verdict == VC__FINE)
        verdict = send_letters(o);
    if (verdict == VC__FINE)
        verdict = move_on(o);
    if (verdict != VC__FINE && o->span)
        o->span->mark_count = 0; /* what is not whole moves nothing on */
    return verdict;
}

static vc__verdict run_chunk(vc__lane *lane)
{
    outcome o = { .lane = lane, .count = lane->chunk_count, .stop = VC_ERROR_INIT };
    vc_error err = VC_ERROR_INIT;
    if (read_headers(lane, &err))
        return fail_with(lane, &err);
    vc__verdict verdict = vc__attempt(lane, run_batches, "");
    if (verdict != VC__FINE)
        return verdict;
    vc__lane_count_batch(lane);
    if (set_aside(&o, &err))
        return fail_with(lane, &err);
    if (vc__letters_count(lane->letters))
        verdict = vc__attempt(lane, seal_letters, "dead letters: ");
    if (verdict == VC__FINE && o.count)
        verdict = produce(&o);
    if (verdict != VC__FINE || !o.stop.code)
        return verdict;
    verdict = vc__lane_commit(lane); /* all before the record that stops the stream */
    return verdict == VC__FINE ? fail_with(lane, &o.stop) : verdict;
}

vc__verdict vc__chunk_run(vc__lane *lane)
{
    const vc__verdict verdict = run_chunk(lane);
    if (lane->letters)
        vc__letters_clear(lane->letters);
    clear_batches(lane);
    return verdict;
}

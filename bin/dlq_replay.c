/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dlq_replay.c - `vaultcrypt dlq replay`: the records of dead letters, produced again. What was produced and how far the letters were read
 * are one transaction. The producer's transactional.id is the group: a second replay of the same letters fences the first.
 */
#define VC_BIN_DLQ_KAFKA
#include "dlq.h"

#include "dlq_send.h"
#include "exit.h"
#include "interrupt.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 500, MOST_BATCH = 10000, MOST_BYTES = 16 << 20 };

struct replay {
    const struct dlq_replay_options *options;
    dlq_reader reader;
    dlq_sender sender;
    vc_client *client;
    vc_schema *schema;
    vc_keysource *keys; /* of the schema's key pairs */
    vc_letter_opener *opener;
    dlq_letter *letters; /* of the batch under way */
    bool *wanted;        /* of them: in the opener, in their order */
    size_t count, room;
    uint64_t replayed, passed_over, without_record, strangers, skipped;
    bool stopped; /* at a letter that cannot be opened */
};

/* -- a batch --------------------------------------------------------------------------------------------- */

static void drop_batch(struct replay *r)
{
    vc_letter_opener_clear(r->opener);
    while (r->count)
        dlq_letter_free(&r->letters[--r->count]);
}

static void place_of(const dlq_letter *one, char *out, size_t room)
{
    char topic[256];
    snprintf(out, room, "record %s [%" PRId32 "] at offset %" PRId64, dlq_clean(vc_letter_topic(one->letter), topic, sizeof topic),
             vc_letter_partition(one->letter), vc_letter_offset(one->letter));
}

/* Whether its record is to be replayed; what can never be is told. */
static bool sort_out(struct replay *r, const dlq_letter *one)
{
    char place[400], text[800], omitted[100];
    if (!one->letter) {
        r->strangers++;
        dlq_say(&r->reader, one, one->why.message);
        return false;
    }
    if (!dlq_fits(&r->options->filter, one->letter)) {
        r->passed_over++;
        return false;
    }
    if (vc_letter_has_body(one->letter))
        return true;
    r->without_record++;
    place_of(one, place, sizeof place);
    snprintf(text, sizeof text, "%s is not in its letter (%s)", place,
             dlq_clean(vc_letter_body_omitted(one->letter), omitted, sizeof omitted));
    dlq_say(&r->reader, one, text);
    return false;
}

/* Up to so many letters, or bytes; those that are wanted go to the opener. */
static int gather(struct replay *r, bool *more)
{
    size_t bytes = 0, wanted = 0;
    const unsigned long most = r->options->count;
    int status = EXIT_FINE;
    while (!status && *more && r->count < r->room && bytes < MOST_BYTES && (!most || r->replayed + wanted < most)) {
        dlq_letter *one = &r->letters[r->count];
        vc_error err = VC_ERROR_INIT;
        status = dlq_next(&r->reader, one, more, &interrupt_signal);
        if (status || !*more)
            break;
        bytes += one->bytes;
        r->wanted[r->count++] = sort_out(r, one);
        if (!r->wanted[r->count - 1])
            continue;
        wanted++;
        if (vc_letter_opener_add(r->opener, one->letter, &err))
            status = exit_report("dlq replay", &err);
    }
    *more = *more && (!most || r->replayed + wanted < most);
    return status;
}

/* A letter that does not open: with --skip it is passed over, otherwise the batch is cut before it. */
static bool cannot_open(struct replay *r, const dlq_letter *one, const vc_error *why)
{
    char place[400], text[1200];
    place_of(one, place, sizeof place);
    snprintf(text, sizeof text, "%s cannot be opened: %s%s", place, why->message,
             r->options->schema || why->code != VC_E_CIPHERTEXT ? "" : "; with -k alone, no key of the stream's schema is asked for: give -s, too");
    dlq_say(&r->reader, one, text);
    r->skipped += r->options->skip;
    r->stopped = !r->options->skip;
    return r->options->skip;
}

/* Produces the batch, up to a letter that stops it; `*status` is that letter's. Returns how many of the batch are done. */
static size_t send_batch(struct replay *r, int *status)
{
    size_t opened = 0;
    for (size_t i = 0; i < r->count; i++) {
        if (!r->wanted[i])
            continue;
        const dlq_letter *one = &r->letters[i];
        const vc_error *why = vc_letter_opener_error(r->opener, opened);
        if (why && !cannot_open(r, one, why)) {
            *status = exit_code_of(why->code);
            return i;
        }
        if (!why) {
            const int sent = dlq_send(&r->sender, one, vc_letter_opener_message(r->opener, opened),
                                      vc_letter_opener_timestamp(r->opener, opened));
            if (sent) {
                *status = sent;
                return SIZE_MAX;
            }
        }
        opened++;
    }
    return r->count;
}

/* One transaction: all of it, or nothing. What came before a letter that stops it is committed. */
static int run_batch(struct replay *r)
{
    vc_error err = VC_ERROR_INIT;
    int status = EXIT_FINE;
    if (vc_letter_opener_run(r->opener, r->client, &err))
        return exit_report("dlq replay", &err);
    const int begun = dlq_begin(&r->sender);
    if (begun)
        return begun;
    const size_t done = send_batch(r, &status);
    if (done == SIZE_MAX) {
        dlq_abort(&r->sender);
        return status;
    }
    const uint64_t sent = r->sender.sent;
    const int committed = dlq_commit(&r->sender, r->letters, done);
    if (committed)
        return committed;
    r->replayed += sent;
    return status;
}

static int run_all(struct replay *r)
{
    bool more = true;
    int status = EXIT_FINE;
    while (!status && more && !interrupt_signal) {
        status = gather(r, &more);
        if (!status && r->count && !interrupt_signal)
            status = run_batch(r);
        drop_batch(r);
    }
    return status;
}

/* -- the whole ------------------------------------------------------------------------------------------- */

static vc_code open_vault(struct replay *r, vc_error *err)
{
    const struct dlq_replay_options *o = r->options;
    vc_code code = VC_OK;
    if (o->schema && !(r->schema = vc_schema_open(o->schema, err)))
        return err->code;
    const bool needs_vault = o->keys.count || connect_needs_vault(r->schema, VC_OPEN);
    r->client = needs_vault ? connect_telling(&o->connect, err) : connect_schema(&o->connect, r->schema, VC_OPEN, err);
    if (!r->client || (r->schema && !connect_keys(r->client, "dlq replay", r->schema, o->schema, VC_OPEN, &r->keys, err)) || !(r->opener = vc_letter_opener_new(r->schema, err)))
        return err->code;
    for (size_t i = 0; i < o->keys.count && !code; i++)
        code = vc_letter_opener_allow_key(r->opener, o->keys.values[i], err);
    return code;
}

static int open_kafka(struct replay *r, const char *group)
{
    const struct dlq_replay_options *o = r->options;
    int status = dlq_open(&r->reader, &o->kafka, group);
    int count;
    if (!status) /* before a producer is made, which would have it made */
        status = dlq_partitions(&r->reader, r->reader.topic, &count);
    /* What a replay before this one left open is ended by this, and only then its group tells how far it came. */
    if (!status)
        status = dlq_sender_open(&r->sender, &r->reader, &o->kafka, o->to, group, o->dry_run);
    return status ? status : dlq_start(&r->reader, true);
}

static int sum_up(const struct replay *r)
{
    const bool all = !r->strangers && !r->without_record && !r->skipped;
    if (!r->options->quiet)
        fprintf(stderr,
                "vaultcrypt dlq replay: %" PRIu64 " records %s, %" PRIu64 " letters without their record, %" PRIu64 " not opened, %" PRIu64
                " no letters, %" PRIu64 " not asked for\n",
                r->replayed, r->options->dry_run ? "would be replayed" : "replayed", r->without_record, r->skipped + r->stopped,
                r->strangers, r->passed_over);
    if (r->stopped)
        fprintf(stderr, "vaultcrypt dlq replay: stopped there: mend it and start again, or pass over such letters with --skip\n");
    return all ? EXIT_FINE : EXIT_DATA;
}

static int replay(const struct dlq_replay_options *o, const char *topic, const char *group)
{
    struct replay r = { .options = o, .room = o->batch ? o->batch : BATCH };
    vc_error err = VC_ERROR_INIT;
    r.reader = (dlq_reader){ .command = "dlq replay", .topic = topic };
    r.letters = calloc(r.room, sizeof *r.letters);
    r.wanted = calloc(r.room, sizeof *r.wanted);
    int status = !r.letters || !r.wanted  ? dlq_fail(&r.reader, EXIT_LOCAL, topic, "out of memory", "")
                 : open_vault(&r, &err) ? exit_report("dlq replay", &err)
                                        : EXIT_FINE;
    interrupt_at_once(true); /* nothing is under way */
    status = status ? status : open_kafka(&r, group);
    interrupt_at_once(false);
    if (!status) {
        status = run_all(&r);
        const int told = sum_up(&r);
        status = status ? status : interrupt_signal ? 128 + interrupt_signal : told;
    }
    dlq_sender_close(&r.sender);
    dlq_close(&r.reader);
    vc_letter_opener_free(r.opener);
    connect_end(r.client, r.keys);
    vc_schema_unref(r.schema);
    free(r.letters);
    free(r.wanted);
    return status;
}

static const char *what_is_wrong(const struct dlq_replay_options *o, const char *topic)
{
    const bool filtered = o->filter.error || o->filter.rule || o->filter.from;
    return !topic                           ? "a topic is needed"
           : !o->schema && !o->keys.count   ? "the schema or a key is needed that may open letters: -s SCHEMA, -k KEY"
           : o->to && !strcmp(o->to, topic) ? "--to is the dead-letter topic itself"
           : o->batch > MOST_BATCH          ? "--batch is at most 10000"
           : filtered && !o->group && !o->dry_run
               ? "with --error, --rule or --from a --group of its own is needed: what is not among them counts as done for it"
               : NULL;
}

int dlq_replay(int argc, char **argv)
{
    struct dlq_replay_options o = { .count = 0 };
    const char *operands[2];
    char group[300];
    int status;
    if (!option_parse(&command_dlq_replay, argc, argv, &o, operands, &status))
        return status;
    const char *wrong = what_is_wrong(&o, operands[0]);
    if (wrong) {
        fprintf(stderr, "vaultcrypt dlq replay: %s; vaultcrypt dlq replay --help\n", wrong);
        return EXIT_USAGE;
    }
    interrupt_catch();
    return replay(&o, operands[0], dlq_group(o.group, operands[0], group, sizeof group));
}

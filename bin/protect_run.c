/* SPDX-License-Identifier: Apache-2.0 */
/* protect_run.c - blocks of lines go through a batch and leave in the order they came, up to the first that stops the run. */
#include "commands.h"
#include "exit.h"
#include "protect.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { BLOCK_BYTES = 16 << 20 };

int protect_local_error(const struct protect_job *job, const char *what, int code)
{
    fprintf(stderr, "vaultcrypt %s: %s: %s\n", job->command->name, what, strerror(code));
    return EXIT_LOCAL;
}

/* -- output ------------------------------------------------------------------------------------------------ */

static bool flush_output(struct protect_job *job)
{
    for (size_t at = 0; at < job->pending_len;) {
        const ssize_t n = write(job->out, job->pending + at, job->pending_len - at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            job->status = protect_local_error(job, job->options.output ? job->options.output : "standard output", errno);
            return false;
        }
        at += (size_t)n;
    }
    job->pending_len = 0;
    return true;
}

static bool put(struct protect_job *job, const char *data, size_t len)
{
    if (job->pending_room - job->pending_len < len) {
        const size_t room = (job->pending_len + len) * 2 + 65536;
        char *pending = realloc(job->pending, room);
        if (!pending) {
            job->status = protect_local_error(job, "output", ENOMEM);
            return false;
        }
        job->pending = pending;
        job->pending_room = room;
    }
    if (len)
        memcpy(job->pending + job->pending_len, data, len);
    job->pending_len += len;
    return true;
}

void protect_show_progress(struct protect_job *job, bool last)
{
    if (job->options.quiet || !isatty(STDERR_FILENO) || isatty(job->out))
        return;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    const double since = (double)(now.tv_sec - job->shown.tv_sec) + (double)(now.tv_nsec - job->shown.tv_nsec) / 1e9;
    if (!last && since < 0.25)
        return;
    const double all = (double)(now.tv_sec - job->started.tv_sec) + (double)(now.tv_nsec - job->started.tv_nsec) / 1e9;
    fprintf(stderr, "\r%llu records, %.0f/s%s", job->written, all > 0 ? (double)job->written / all : 0, last ? "\n" : " ");
    job->shown = now;
}

/* -- records that cannot be done ------------------------------------------------------------------------------ */

static void print_json_text(FILE *to, const char *text)
{
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', to);
        if ((unsigned char)*text >= 0x20)
            fputc(*text, to);
    }
}

static void tell_place(const struct protect_job *job, uint64_t number, const vc_error *err)
{
    fprintf(stderr, "vaultcrypt %s: %s:%llu", job->command->name, job->input_name,
            (unsigned long long)number + (err->line ? err->line - 1 : 0));
    if (err->line)
        fprintf(stderr, ":%zu", err->column);
    /* What begins with text over many lines is likely to go on so. */
    const bool hint = err->code == VC_E_JSON && number == 1 && !job->options.document;
    fprintf(stderr, ": %s%s\n", err->message, hint ? " (one JSON value a line is due; --document takes one over many lines)" : "");
}

/* True to go on. */
static bool set_aside(struct protect_job *job, uint64_t number, const vc_error *err, vc_on_error on_error)
{
    job->status = EXIT_DATA;
    if (on_error != VC_ON_ERROR_DEAD_LETTER) {
        tell_place(job, number, err);
        job->stopped = true;
        return false;
    }
    job->set_aside++;
    if (!job->dead_letter) {
        tell_place(job, number, err);
        return true;
    }
    fprintf(job->dead_letter, "{\"source\":\"");
    print_json_text(job->dead_letter, job->input_name);
    fprintf(job->dead_letter, "\",\"line\":%llu,", (unsigned long long)number);
    if (err->line)
        fprintf(job->dead_letter, "\"byte\":%zu,", err->offset);
    fprintf(job->dead_letter, "\"rule\":\"");
    print_json_text(job->dead_letter, vc_rule_name(job->rule));
    fprintf(job->dead_letter, "\",\"code\":\"%s\",\"reason\":\"", vc_code_name(err->code));
    print_json_text(job->dead_letter, err->message);
    fprintf(job->dead_letter, "\"}\n");
    if (fflush(job->dead_letter)) {
        job->status = protect_local_error(job, job->options.dead_letter, errno);
        return false;
    }
    return true;
}

static bool refuse_long_line(struct protect_job *job, uint64_t number)
{
    vc_error err = VC_ERROR_INIT;
    err.code = VC_E_TOO_LARGE;
    snprintf(err.message, sizeof err.message, "the record is longer than %lu bytes (--max-record)", job->options.line_max);
    return set_aside(job, number, &err, vc_rule_on_error(job->rule));
}

/* What was protected `as: json` comes back with the white space it had; a line end within would make two records of one. */
static bool refuse_line_end(struct protect_job *job, uint64_t number)
{
    vc_error err = VC_ERROR_INIT;
    err.code = VC_E_TYPE;
    snprintf(err.message, sizeof err.message, "opened, the record has more than one line: it needs --document");
    return set_aside(job, number, &err, vc_rule_on_error(job->rule));
}

/* -- a block of lines ------------------------------------------------------------------------------------------ */

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

static bool is_null_record(vc_view text)
{
    while (text.len && is_space(text.data[0])) {
        text.data++;
        text.len--;
    }
    while (text.len && is_space(text.data[text.len - 1]))
        text.len--;
    return text.len == 4 && memcmp(text.data, "null", 4) == 0;
}

/* Of whole values any bytes are a record. */
static bool goes_to_batch(const struct protect_job *job, const line *one)
{
    return job->whole_value || (one->kind == LINE_RECORD && !is_null_record(lines_view(&job->reader, one)));
}

/* What became of record `i` of the block: its error, or NULL and what it is now. */
static const vc_error *outcome_of(const struct protect_job *job, size_t i, vc_view *text, vc_on_error *on_error)
{
    const vc_batch *batch = job->batch;
    if (job->former.batch && vc_batch_error(job->former.batch, i))
        batch = job->former.batch;
    else if (job->former.batch)
        i = job->former.places[i];
    *on_error = vc_batch_on_error(batch, i);
    *text = vc_batch_output(batch, i);
    return vc_batch_error(batch, i);
}

enum block_end {
    BLOCK_DONE = 0,
    BLOCK_STOPPED,   /* for a reason that has been told */
    BLOCK_UNFINISHED /* at a record that the batch did not come to */
};

/* Writes what is done, in order, up to the first record that stops the run. `job->next_line` is where it came to. */
static enum block_end write_block(struct protect_job *job)
{
    size_t record = 0;
    for (size_t i = 0; i < job->reader.count; i++) {
        const line *one = &job->reader.lines[i];
        vc_view text = lines_view(&job->reader, one);
        job->next_line = job->reader.first_line + i;
        if (one->kind == LINE_TOO_LONG) {
            if (!refuse_long_line(job, job->next_line))
                return BLOCK_STOPPED;
            continue;
        }
        if (goes_to_batch(job, one)) {
            vc_on_error on_error;
            const vc_error *err = outcome_of(job, record++, &text, &on_error);
            if (err && err->code == VC_E_CANCELED)
                return BLOCK_UNFINISHED;
            if (err) {
                if (!set_aside(job, job->next_line, err, on_error))
                    return BLOCK_STOPPED;
                continue;
            }
            if (!job->options.document && text.len && memchr(text.data, '\n', text.len)) {
                if (!refuse_line_end(job, job->next_line))
                    return BLOCK_STOPPED;
                continue;
            }
        }
        if (!put(job, text.data, text.len) || !put(job, job->reader.data + one->at + one->len, one->end_len))
            return BLOCK_STOPPED;
        job->written += one->kind == LINE_RECORD;
    }
    job->next_line = job->reader.first_line + job->reader.count;
    return BLOCK_DONE;
}

void protect_tell_stop(const struct protect_job *job)
{
    if (!job->options.document)
        fprintf(stderr, "vaultcrypt %s: stopped at line %llu; the %llu records before it are written, and nothing from there on\n",
                job->command->name, (unsigned long long)job->next_line, job->written);
}

static bool add_lines(struct protect_job *job, vc_batch *batch, const vc_rule *rule, vc_error *err)
{
    vc_batch_clear(batch);
    for (size_t i = 0; i < job->reader.count; i++) {
        const line *one = &job->reader.lines[i];
        if (goes_to_batch(job, one) && vc_batch_add(batch, rule, lines_view(&job->reader, one), err))
            return false;
    }
    return true;
}

/* What was opened goes into the other batch; the rest has its error. */
static bool hand_over(struct protect_job *job, vc_error *err)
{
    struct protect_former *former = &job->former;
    const size_t count = vc_batch_count(former->batch);
    if (count > former->room) {
        size_t *places = realloc(former->places, count * sizeof *places);
        if (!places) {
            err->code = VC_E_MEMORY;
            snprintf(err->message, sizeof err->message, "out of memory");
            return false;
        }
        former->places = places;
        former->room = count;
    }
    vc_batch_clear(job->batch);
    for (size_t i = 0; i < count; i++) {
        former->places[i] = vc_batch_count(job->batch);
        if (!vc_batch_error(former->batch, i) && vc_batch_add(job->batch, job->rule, vc_batch_output(former->batch, i), err))
            return false;
    }
    return true;
}

/* False: the batch cannot be filled; nothing of it is written. `*failed`: it was run, and failed as a whole. */
static bool run_batches(struct protect_job *job, bool *failed, vc_error *err)
{
    *failed = false;
    if (!job->former.batch) {
        if (!add_lines(job, job->batch, job->rule, err))
            return false;
        *failed = vc_client_run(job->client, job->batch, err) != VC_OK;
        return true;
    }
    vc_batch_clear(job->batch); /* it borrows from the other one */
    if (!add_lines(job, job->former.batch, job->former.rule, err))
        return false;
    vc_error why = VC_ERROR_INIT;
    *failed = vc_client_run(job->client, job->former.batch, err) != VC_OK;
    if (!hand_over(job, &why)) {
        *err = why;
        return false;
    }
    if (!*failed)
        *failed = vc_client_run(job->client, job->batch, err) != VC_OK;
    return true;
}

static bool run_block(struct protect_job *job)
{
    vc_error err = VC_ERROR_INIT;
    bool failed;
    if (!run_batches(job, &failed, &err)) {
        job->status = exit_report(job->command->name, &err);
        return false;
    }
    const enum block_end end = write_block(job);
    const bool flushed = flush_output(job);
    if (failed && flushed && end != BLOCK_STOPPED) {
        job->status = exit_report(job->command->name, &err);
        protect_tell_stop(job);
    }
    protect_show_progress(job, false);
    return end == BLOCK_DONE && flushed && !failed;
}

void protect_run(struct protect_job *job)
{
    const protect_options *o = &job->options;
    for (;;) {
        const int code = o->document ? lines_all(&job->reader) : lines_next(&job->reader, o->batch, BLOCK_BYTES, o->batch_ms);
        if (code) {
            job->status = protect_local_error(job, job->input_name, code);
            return;
        }
        if (job->reader.count == 0 || !run_block(job))
            return;
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * protect.c - `vaultcrypt encrypt` and `vaultcrypt decrypt`: NDJSON from standard input or a file, protected or opened by a schema,
 * to standard output or a file, in the order it came.
 */
#include "commands.h"
#include "connect.h"
#include "exit.h"
#include "lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <vaultcrypt/vaultcrypt.h>

typedef struct options {
    const char *schema, *record, *topic, *output, *dead_letter;
    unsigned long batch, batch_ms, line_max;
    bool document, quiet;
    connect_options connect;
} options;

enum { BLOCK_BYTES = 16 << 20 };

/* One run of the command. */
struct job {
    const struct command *command;
    options options;
    const char *input_name;
    vc_schema *schema;
    const vc_rule *rule;
    vc_client *client;
    vc_batch *batch;
    line_reader reader;
    int out;
    FILE *dead_letter;
    char *pending; /* output that is not written yet */
    size_t pending_len, pending_room;
    unsigned long long written, set_aside;
    uint64_t next_line; /* the first that is neither written nor set aside */
    struct timespec started, shown;
    int status;
};

static const option_row rows[] = {
    { OPTION_TEXT, 's', "schema", "FILE", "which fields, and how: vaultcrypt-schema(5)", offsetof(options, schema) },
    { OPTION_TEXT, 'r', "record", "NAME", "the rule of the schema (a lone rule needs no name)", offsetof(options, record) },
    { OPTION_TEXT, 't', "topic", "NAME", "the rule for that topic", offsetof(options, topic) },
    { OPTION_TEXT, 'o', "output", "FILE", "write there, not to standard output", offsetof(options, output) },
    { OPTION_FLAG, 0, "document", NULL, "the input is one JSON value over many lines", offsetof(options, document) },
    { OPTION_TEXT, 0, "dead-letter", "FILE", "where records with `on_error: dead_letter` are told (standard error)",
      offsetof(options, dead_letter) },
    { OPTION_COUNT, 0, "batch", "N", "records together at most (2000)", offsetof(options, batch) },
    { OPTION_MS, 0, "batch-time", "TIME", "wait that long for more records (20ms)", offsetof(options, batch_ms) },
    { OPTION_COUNT, 0, "max-record", "BYTES", "longest record (64M)", offsetof(options, line_max) },
    { OPTION_FLAG, 'q', "quiet", NULL, "no progress on the terminal", offsetof(options, quiet) },
    CONNECT_ROWS(options),
    { OPTION_END, 0, NULL, NULL, NULL, 0 },
};

static const char notes[] =
    "One JSON value a line. What the schema does not select leaves byte for byte as it came; blank lines, CRLF and a missing\n"
    "newline at the end are kept, and so is a lone `null` (a tombstone). The order is that of the input.\n"
    "A record that cannot be done stops the run after all before it have been written, or, with `on_error: dead_letter`, is set\n"
    "aside: its line number and the reason, never its body, go to --dead-letter. When Vault is away, records wait until --deadline.\n"
    "Exit codes: 0 all done, 1 a record stopped it or was set aside, 2 usage, 3 configuration or schema, 4 denied,\n"
    "5 Vault away until the deadline, 6 a file or another resource here.\n";

static int run_encrypt(int argc, char **argv);
static int run_decrypt(int argc, char **argv);

const struct command command_encrypt = { "encrypt", "-s SCHEMA [OPTIONS] [FILE]", "protect the fields of NDJSON records", notes, rows, 1,
                                  run_encrypt };
const struct command command_decrypt = { "decrypt", "-s SCHEMA [OPTIONS] [FILE]", "open the protected fields of NDJSON records", notes,
                                  rows, 1, run_decrypt };

static int local_error(struct job *job, const char *what, int code)
{
    fprintf(stderr, "vaultcrypt %s: %s: %s\n", job->command->name, what, strerror(code));
    return EXIT_LOCAL;
}

/* -- output ------------------------------------------------------------------------------------------------ */

static bool flush_output(struct job *job)
{
    for (size_t at = 0; at < job->pending_len;) {
        const ssize_t n = write(job->out, job->pending + at, job->pending_len - at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            job->status = local_error(job, job->options.output ? job->options.output : "standard output", errno);
            return false;
        }
        at += (size_t)n;
    }
    job->pending_len = 0;
    return true;
}

static bool put(struct job *job, const char *data, size_t len)
{
    if (job->pending_room - job->pending_len < len) {
        const size_t room = (job->pending_len + len) * 2 + 65536;
        char *pending = realloc(job->pending, room);
        if (!pending) {
            job->status = local_error(job, "output", ENOMEM);
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

static void show_progress(struct job *job, bool last)
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

static void tell_place(const struct job *job, uint64_t number, const vc_error *err)
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
static bool set_aside(struct job *job, uint64_t number, const vc_error *err, vc_on_error on_error)
{
    job->status = EXIT_DATA;
    if (on_error != VC_ON_ERROR_DEAD_LETTER) {
        tell_place(job, number, err);
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
        job->status = local_error(job, job->options.dead_letter, errno);
        return false;
    }
    return true;
}

static bool refuse_long_line(struct job *job, uint64_t number)
{
    vc_error err = VC_ERROR_INIT;
    err.code = VC_E_TOO_LARGE;
    snprintf(err.message, sizeof err.message, "the record is longer than %lu bytes (--max-record)", job->options.line_max);
    return set_aside(job, number, &err, vc_rule_on_error(job->rule));
}

/* What was protected `as: json` comes back with the white space it had; a line end within would make two records of one. */
static bool refuse_line_end(struct job *job, uint64_t number)
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

static bool goes_to_batch(const struct job *job, const line *one)
{
    return one->kind == LINE_RECORD && !is_null_record(lines_view(&job->reader, one));
}

enum block_end {
    BLOCK_DONE = 0,
    BLOCK_STOPPED,   /* for a reason that has been told */
    BLOCK_UNFINISHED /* at a record that the batch did not come to */
};

/* Writes what is done, in order, up to the first record that stops the run. `job->next_line` is where it came to. */
static enum block_end write_block(struct job *job)
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
            const vc_error *err = vc_batch_error(job->batch, record);
            if (err && err->code == VC_E_CANCELED)
                return BLOCK_UNFINISHED;
            if (err) {
                if (!set_aside(job, job->next_line, err, vc_batch_on_error(job->batch, record)))
                    return BLOCK_STOPPED;
                record++;
                continue;
            }
            text = vc_batch_output(job->batch, record++);
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

static bool run_block(struct job *job)
{
    vc_error err = VC_ERROR_INIT;
    vc_batch_clear(job->batch);
    for (size_t i = 0; i < job->reader.count; i++) {
        const line *one = &job->reader.lines[i];
        if (goes_to_batch(job, one) && vc_batch_add(job->batch, job->rule, lines_view(&job->reader, one), &err)) {
            job->status = exit_report(job->command->name, &err);
            return false;
        }
    }
    const bool failed = vc_client_run(job->client, job->batch, &err) != VC_OK;
    const enum block_end end = write_block(job);
    const bool flushed = flush_output(job);
    if (failed && flushed && end != BLOCK_STOPPED) {
        job->status = exit_report(job->command->name, &err);
        fprintf(stderr, "vaultcrypt %s: stopped at line %llu; the %llu records before it are written, and nothing from there on\n",
                job->command->name, (unsigned long long)job->next_line, job->written);
    }
    show_progress(job, false);
    return end == BLOCK_DONE && flushed && !failed;
}

static void run_job(struct job *job)
{
    const options *o = &job->options;
    for (;;) {
        const int code = o->document ? lines_all(&job->reader) : lines_next(&job->reader, o->batch, BLOCK_BYTES, o->batch_ms);
        if (code) {
            job->status = local_error(job, job->input_name, code);
            return;
        }
        if (job->reader.count == 0 || !run_block(job))
            return;
    }
}

/* -- opening and closing ------------------------------------------------------------------------------------------ */

static bool is_same_file(const struct stat *a, const struct stat *b)
{
    return S_ISREG(a->st_mode) && S_ISREG(b->st_mode) && a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static bool refuse_same_file(struct job *job, const char *file, const char *what)
{
    fprintf(stderr, "vaultcrypt %s: %s: %s are the same file\n", job->command->name, file, what);
    job->status = EXIT_USAGE;
    return false;
}

/* The output may not be the input: it would be cut before it is read. */
static bool open_output(struct job *job, const struct stat *in, const struct stat *letters)
{
    struct stat out;
    const char *file = job->options.output;
    job->out = STDOUT_FILENO;
    if (!file)
        return true;
    if (stat(file, &out) == 0 && is_same_file(&out, in))
        return refuse_same_file(job, file, "input and output");
    if (job->dead_letter && stat(file, &out) == 0 && is_same_file(&out, letters))
        return refuse_same_file(job, file, "output and dead letters");
    job->out = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (job->out < 0)
        job->status = local_error(job, file, errno);
    return job->out >= 0;
}

/* Files before anything is asked of Vault. */
static bool open_files(struct job *job, const char *input)
{
    struct stat in, letters;
    job->input_name = input ? input : "standard input";
    const int fd = input ? open(input, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
    if (fd < 0 || fstat(fd, &in)) {
        job->status = local_error(job, job->input_name, errno);
        return false;
    }
    lines_open(&job->reader, fd, job->options.line_max);
    const char *file = job->options.dead_letter;
    if (file && (!(job->dead_letter = fopen(file, "ae")) || fstat(fileno(job->dead_letter), &letters))) {
        job->status = local_error(job, file, errno);
        return false;
    }
    if (file && is_same_file(&letters, &in))
        return refuse_same_file(job, file, "input and dead letters");
    return open_output(job, &in, &letters);
}

static bool open_schema(struct job *job, vc_error *err)
{
    job->schema = vc_schema_open(job->options.schema, err);
    if (job->schema)
        job->rule = job->options.topic ? vc_schema_match(job->schema, vc_str(job->options.topic), err)
                                       : vc_schema_rule(job->schema, vc_str(job->options.record), err);
    return job->rule != NULL;
}

static void close_job(struct job *job)
{
    if (job->out != STDOUT_FILENO && job->out >= 0 && close(job->out) && job->status == EXIT_FINE)
        job->status = local_error(job, job->options.output, errno);
    if (job->dead_letter)
        fclose(job->dead_letter);
    if (job->reader.fd > STDIN_FILENO)
        close(job->reader.fd);
    lines_close(&job->reader);
    free(job->pending);
    vc_batch_free(job->batch);
    vc_client_close(job->client);
    vc_schema_unref(job->schema);
}

static int run(const struct command *command, vc_direction direction, int argc, char **argv)
{
    struct job job = { .command = command,
                .options = { .batch = 2000, .batch_ms = 20, .line_max = 64000000 },
                .out = -1,
                .reader = { .fd = -1 } };
    const char *operands[2];
    if (!option_parse(command, argc, argv, &job.options, operands, &job.status))
        return job.status;
    if (!job.options.schema || (job.options.record && job.options.topic)) {
        fprintf(stderr, "vaultcrypt %s: %s; vaultcrypt %s --help\n", command->name,
                job.options.schema ? "--record and --topic exclude each other" : "a schema is needed: -s FILE", command->name);
        return EXIT_USAGE;
    }
    vc_error err = VC_ERROR_INIT;
    if (!open_schema(&job, &err) || !(job.client = connect_open(&job.options.connect, &err)) ||
        !(job.batch = vc_batch_new(job.schema, direction, &err))) {
        job.status = exit_report(command->name, &err);
    } else if (open_files(&job, operands[0])) {
        clock_gettime(CLOCK_MONOTONIC, &job.started);
        run_job(&job);
        show_progress(&job, true);
        if (job.set_aside)
            fprintf(stderr, "vaultcrypt %s: %llu records done, %llu set aside\n", command->name, job.written, job.set_aside);
    }
    close_job(&job);
    return job.status;
}

static int run_encrypt(int argc, char **argv)
{
    return run(&command_encrypt, VC_PROTECT, argc, argv);
}

static int run_decrypt(int argc, char **argv)
{
    return run(&command_decrypt, VC_OPEN, argc, argv);
}

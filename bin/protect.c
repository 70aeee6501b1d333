/* SPDX-License-Identifier: Apache-2.0 */
/*
 * protect.c - `vaultcrypt encrypt`, `decrypt` and `rewrap`: NDJSON from standard input or a file, protected, opened or brought to the
 * latest version of its keys by a schema, to standard output or a file, in the order it came.
 */
#include "commands.h"
#include "exit.h"
#include "protect.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_MOST 4000000000UL /* what a batch holds */

/* What the three commands have; of `rewrap`, with FROM first. */
#define ROWS \
    { OPTION_TEXT, 's', "schema", "FILE", "which fields, and how: vaultcrypt-schema(5)", offsetof(protect_options, schema) }, \
    { OPTION_TEXT, 'r', "record", "NAME", "the rule of the schema (a lone rule needs no name)", offsetof(protect_options, record) }, \
    { OPTION_TEXT, 't', "topic", "NAME", "the rule for that topic", offsetof(protect_options, topic) }, \
    { OPTION_TEXT, 'o', "output", "FILE", "write there, not to standard output", offsetof(protect_options, output) }, \
    { OPTION_FLAG, 0, "document", NULL, "the input is one JSON value over many lines", offsetof(protect_options, document) }, \
    { OPTION_TEXT, 0, "dead-letter", "FILE", "where records with `on_error: dead_letter` are told (standard error)", \
      offsetof(protect_options, dead_letter) }, \
    { OPTION_COUNT, 0, "batch", "N", "records together at most (2000)", offsetof(protect_options, batch) }, \
    { OPTION_MS, 0, "batch-time", "TIME", "wait that long for more records (20ms)", offsetof(protect_options, batch_ms) }, \
    { OPTION_COUNT, 0, "max-record", "BYTES", "longest record (64M)", offsetof(protect_options, line_max) }, \
    { OPTION_FLAG, 'q', "quiet", NULL, "no progress on the terminal", offsetof(protect_options, quiet) }, \
    CONNECT_ROWS(protect_options), \
    BATCH_ROWS(protect_options), { OPTION_END, 0, NULL, NULL, NULL, 0 }

static const option_row rows[] = { ROWS };

static const option_row rewrap_rows[] = {
    { OPTION_TEXT, 0, "from", "FILE", "open by that schema, protect anew by -s", offsetof(protect_options, from) },
    ROWS,
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
static int run_rewrap(int argc, char **argv);

const struct command command_encrypt = { "encrypt", "-s SCHEMA [OPTIONS] [FILE]", "protect the fields of NDJSON records", notes, rows, 1,
                                  run_encrypt };
const struct command command_decrypt = { "decrypt", "-s SCHEMA [OPTIONS] [FILE]", "open the protected fields of NDJSON records", notes,
                                  rows, 1, run_decrypt };

const struct command command_rewrap = { "rewrap", "-s SCHEMA [OPTIONS] [FILE]", "bring protected fields to the latest version of their keys", notes,
                                 rewrap_rows, 1, run_rewrap };

/* -- opening and closing ------------------------------------------------------------------------------------------ */

static bool is_same_file(const struct stat *a, const struct stat *b)
{
    return S_ISREG(a->st_mode) && S_ISREG(b->st_mode) && a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static bool refuse_same_file(struct protect_job *job, const char *file, const char *what)
{
    fprintf(stderr, "vaultcrypt %s: %s: %s are the same file\n", job->command->name, file, what);
    job->status = EXIT_USAGE;
    return false;
}

/* The output may not be the input: it would be cut before it is read. */
static bool open_output(struct protect_job *job, const struct stat *in, const struct stat *letters)
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
        job->status = protect_local_error(job, file, errno);
    return job->out >= 0;
}

/* Files before anything is asked of Vault. */
static bool open_files(struct protect_job *job, const char *input)
{
    struct stat in, letters;
    job->input_name = input ? input : "standard input";
    const int fd = input ? open(input, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
    if (fd < 0 || fstat(fd, &in)) {
        job->status = protect_local_error(job, job->input_name, errno);
        return false;
    }
    lines_open(&job->reader, fd, job->options.line_max);
    const char *file = job->options.dead_letter;
    if (file && (!(job->dead_letter = fopen(file, "ae")) || fstat(fileno(job->dead_letter), &letters))) {
        job->status = protect_local_error(job, file, errno);
        return false;
    }
    if (file && is_same_file(&letters, &in))
        return refuse_same_file(job, file, "input and dead letters");
    return open_output(job, &in, &letters);
}

static const vc_rule *choose_rule(const struct protect_job *job, const vc_schema *schema, vc_error *err)
{
    return job->options.topic ? vc_schema_match(schema, vc_str(job->options.topic), err)
                              : vc_schema_rule(schema, vc_str(job->options.record), err);
}

static bool is_set(const vc_field *field, const char *option, const char *value)
{
    const char *is = vc_field_option(field, option);
    return is && (value ? strcmp(is, value) == 0 : *is != 0);
}

/* What of a rule takes a message of Kafka: a line has no topic, no key and no headers. NULL: nothing. */
static const char *beyond_lines(const vc_rule *rule, const vc_field **where)
{
    for (size_t i = 0; (*where = vc_rule_field_at(rule, i)); i++) {
        if (is_set(*where, "carry", "header"))
            return "`carry: header`";
        if (is_set(*where, "format", "kroxylicious"))
            return "`format: kroxylicious`";
        if (is_set(*where, "bind", NULL))
            return "`bind`";
        if (*where == vc_rule_record_key(rule))
            return "`record_key`";
    }
    return NULL;
}

/* Said before anything is read or asked: nothing passes as if it had been done. */
static bool check_lines(const struct protect_job *job, const vc_rule *rule, vc_error *err)
{
    const vc_field *where;
    const char *what = beyond_lines(rule, &where);
    if (!what)
        return true;
    err->code = VC_E_CONFIG;
    snprintf(err->message, sizeof err->message,
             "rule %.100s: %.100s: rules with %s are for messages of Kafka: a line here has no topic, key or headers. A program of yours does "
             "it, with vc_batch_add_message()%s",
             vc_rule_name(rule), vc_field_path(where), what, job->command == &command_rewrap && !job->options.from ? " and VC_REWRAP" : "");
    return false;
}

static bool open_former(struct protect_job *job, vc_error *err)
{
    struct protect_former *former = &job->former;
    former->schema = vc_schema_open(job->options.from, err);
    former->rule = former->schema ? choose_rule(job, former->schema, err) : NULL;
    former->batch = former->rule ? vc_batch_new(former->schema, VC_OPEN, err) : NULL;
    return former->batch != NULL;
}

static bool open_schema(struct protect_job *job, vc_error *err)
{
    job->schema = vc_schema_open(job->options.schema, err);
    if (job->schema)
        job->rule = choose_rule(job, job->schema, err);
    if (!job->rule || (job->options.from && !open_former(job, err)))
        return false;
    if (!check_lines(job, job->rule, err) || (job->former.rule && !check_lines(job, job->former.rule, err)))
        return false;
    job->whole_value = vc_rule_value(job->rule) || (job->former.rule && vc_rule_value(job->former.rule));
    if (!job->whole_value || job->options.document)
        return true;
    err->code = VC_E_CONFIG;
    snprintf(err->message, sizeof err->message,
             "rule %.100s protects values as a whole, which may be of any bytes: --document takes the input as one", vc_rule_name(job->rule));
    return false;
}

/* Of --from only what opens, then; and of the schema what protects. */
static bool open_client(struct protect_job *job, vc_direction direction, vc_error *err)
{
    const protect_options *o = &job->options;
    struct protect_former *former = &job->former;
    const char *command = job->command->name;
    if (!former->schema)
        return (job->client = connect_for(&o->connect, command, job->schema, o->schema, direction, &job->keys, err));
    const bool by_former = connect_needs_vault(former->schema, VC_OPEN); /* the one of the two that needs Vault makes the client */
    job->client = by_former ? connect_for(&o->connect, command, former->schema, o->from, VC_OPEN, &former->keys, err)
                            : connect_for(&o->connect, command, job->schema, o->schema, VC_PROTECT, &job->keys, err);
    return job->client && (by_former ? connect_keys(job->client, command, job->schema, o->schema, VC_PROTECT, &job->keys, err)
                                     : connect_keys(job->client, command, former->schema, o->from, VC_OPEN, &former->keys, err));
}

static void close_job(struct protect_job *job)
{
    if (job->out != STDOUT_FILENO && job->out >= 0 && close(job->out) && job->status == EXIT_FINE)
        job->status = protect_local_error(job, job->options.output, errno);
    if (job->dead_letter)
        fclose(job->dead_letter);
    if (job->reader.fd > STDIN_FILENO)
        close(job->reader.fd);
    lines_close(&job->reader);
    free(job->pending);
    vc_batch_free(job->batch); /* it borrows from the other one */
    vc_batch_free(job->former.batch);
    free(job->former.places);
    vc_keysource_free(job->former.keys);
    vc_schema_unref(job->former.schema);
    connect_end(job->client, job->keys);
    vc_schema_unref(job->schema);
}

static int run(const struct command *command, vc_direction direction, int argc, char **argv)
{
    struct protect_job job = { .command = command,
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
    if (job.options.line_max > LINE_MOST) {
        fprintf(stderr, "vaultcrypt %s: --max-record: no record can be longer than 4G\n", command->name);
        return EXIT_USAGE;
    }
    vc_error err = VC_ERROR_INIT;
    if (!open_schema(&job, &err) || !open_client(&job, direction, &err) ||
        !(job.batch = vc_batch_new(job.schema, job.options.from ? VC_PROTECT : direction, &err))) {
        job.status = exit_report(command->name, &err);
    } else if (open_files(&job, operands[0])) {
        clock_gettime(CLOCK_MONOTONIC, &job.started);
        protect_run(&job);
        protect_show_progress(&job, true);
        if (job.stopped)
            protect_tell_stop(&job);
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

static int run_rewrap(int argc, char **argv)
{
    return run(&command_rewrap, VC_REWRAP, argc, argv);
}

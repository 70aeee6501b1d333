/* SPDX-License-Identifier: Apache-2.0 */
#include "files.h"

#include "exit.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* -- telling ------------------------------------------------------------------------------------------------------- */

static const char *const kinds[] = { "", "started", "progress", "done", "present", "refused", "abandoned" };

void file_teller_init(file_teller *teller, const char *program, const char *verb, const char *output, bool quiet)
{
    *teller = (file_teller){ .program = program, .verb = verb, .quiet = quiet, .terminal = isatty(STDERR_FILENO) };
    (void)file_output(output, &teller->json);
}

static void add(struct json_object *object, const char *name, struct json_object *value)
{
    json_object_object_add(object, name, value);
}

static void tell_json(file_teller *teller, const vc_file_event *event)
{
    struct json_object *line = json_object_new_object();
    add(line, "event", json_object_new_string(kinds[event->kind]));
    if (event->name[0])
        add(line, "name", json_object_new_string(event->name));
    if (event->transfer[0])
        add(line, "transfer", json_object_new_string(event->transfer));
    add(line, "bytes", json_object_new_uint64(event->bytes));
    if (event->total != UINT64_MAX)
        add(line, "total", json_object_new_uint64(event->total));
    if (event->from)
        add(line, "from", json_object_new_uint64(event->from));
    if (event->why) {
        add(line, "error", json_object_new_string(vc_code_name(event->why->code)));
        add(line, "message", json_object_new_string(event->why->message));
    }
    puts(json_object_to_json_string_ext(line, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
    teller->failed = fflush(stdout) != 0 || teller->failed;
    json_object_put(line);
}

static void take_bar_away(file_teller *teller)
{
    if (teller->bar)
        fputs("\r\033[K", stderr);
    teller->bar = false;
}

static void show_bar(file_teller *teller, const vc_file_event *event)
{
    enum { WIDTH = 30 };
    char bar[WIDTH + 1];
    const double done = event->total && event->total != UINT64_MAX ? (double)event->bytes / (double)event->total : 0;
    const int filled = done > 1 ? WIDTH : (int)(done * WIDTH);
    memset(bar, ' ', WIDTH);
    memset(bar, '#', (size_t)filled);
    bar[WIDTH] = 0;
    fputs("\r\033[K", stderr);
    if (event->total == UINT64_MAX)
        fprintf(stderr, "%8.1f MB  %.60s", (double)event->bytes / 1e6, event->name);
    else
        fprintf(stderr, "[%s] %3.0f%% %8.1f MB  %.40s", bar, done * 100, (double)event->bytes / 1e6, event->name);
    fflush(stderr);
    teller->bar = true;
}

static void tell_text(file_teller *teller, const vc_file_event *event)
{
    const char *name = event->name[0] ? event->name : event->transfer[0] ? event->transfer : "a file";
    take_bar_away(teller);
    if (event->kind == VC_FILE_REFUSED)
        fprintf(stderr, "vaultcrypt %s: %s: refused: %s\n", teller->program, name, event->why ? event->why->message : "");
    else if (event->kind == VC_FILE_ABANDONED)
        fprintf(stderr, "vaultcrypt %s: %s: abandoned by its sender, %" PRIu64 " bytes dropped\n", teller->program, name, event->bytes);
    else if (!teller->quiet && event->kind == VC_FILE_PRESENT)
        fprintf(stderr, "vaultcrypt %s: %s: %s before\n", teller->program, name, teller->verb);
    else if (!teller->quiet && event->kind == VC_FILE_DONE)
        fprintf(stderr, "vaultcrypt %s: %s: %s, %" PRIu64 " bytes\n", teller->program, name, teller->verb, event->bytes);
    else if (!teller->quiet && teller->terminal)
        show_bar(teller, event);
}

void file_tell(void *user, const vc_file_event *event)
{
    file_teller *teller = user;
    if (teller->json)
        tell_json(teller, event);
    if (!teller->json || event->kind == VC_FILE_REFUSED)
        tell_text(teller, event);
}

void file_log(void *user, const char *line)
{
    const file_teller *teller = user;
    fprintf(stderr, "%svaultcrypt %s: %s\n", teller->bar ? "\r\033[K" : "", teller->program, line);
}

void file_teller_end(file_teller *teller)
{
    take_bar_away(teller);
}

/* -- settings ------------------------------------------------------------------------------------------------------ */

vc_file_format file_format(const char *name)
{
    if (!name || strcmp(name, "native") == 0)
        return VC_FILE_NATIVE;
    return strcmp(name, "demo") == 0 ? VC_FILE_DEMO : (vc_file_format)0;
}

int file_failed(const char *program, const vc_error *err)
{
    const int status = exit_report(program, err);
    return err->code == VC_E_STATE ? EXIT_LOCAL : status;
}

bool file_output(const char *name, bool *json)
{
    *json = name && strcmp(name, "json") == 0;
    return !name || *json || strcmp(name, "text") == 0;
}

/* -- beginning and end --------------------------------------------------------------------------------------------- */

bool file_begin(const struct command *command, int argc, char **argv, void *options, const char **operands, int *status)
{
    mallopt(M_MMAP_THRESHOLD, 256 << 10); /* segments go back to the system when they are freed */
    mallopt(M_ARENA_MAX, 2);
    return option_parse(command, argc, argv, options, operands, status);
}

int file_usage(const struct command *command, const char *wrong)
{
    fprintf(stderr, "vaultcrypt %s: %s; vaultcrypt %s --help\n", command->name, wrong, command->name);
    return EXIT_USAGE;
}

bool file_open(file_ends *ends, const struct kafka_options *kafka, const connect_options *connect, vc_error *err)
{
    ends->kafka = kafka_settings(kafka, NULL, err);
    ends->client = ends->kafka ? connect_telling(connect, err) : NULL;
    return ends->client != NULL;
}

void file_close(file_ends *ends)
{
    vc_client_close(ends->client);
    vc_kafka_config_free(ends->kafka);
}

void file_catch(void (*stop)(int number))
{
    const struct sigaction action = { .sa_handler = stop };
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

int file_interrupted(int number)
{
    return number == SIGINT ? EXIT_INTERRUPT : 128 + number;
}

int file_end(const file_teller *teller, int status)
{
    return teller->failed && status == EXIT_FINE ? EXIT_LOCAL : status;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* inspect.c - `vaultcrypt inspect`: values from files and standard input; for a topic it makes way for vaultcrypt-inspect-topic. */
#include "inspect.h"

#include "blob.h"
#include "exit.h"
#include "input.h"
#include "lines.h"
#include "program.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { STREAM_START = 64 << 10 /* more than the beginning of a sealed file has */, BLOCK_LINES = 1000 };

/* -- headers ------------------------------------------------------------------------------------------------------- */

/* Their values, which `list` views. */
struct headers {
    vc_header list[OPTION_LIST_MOST];
    blob values[OPTION_LIST_MOST];
    size_t count;
};

static bool add_hex(blob *out, const char *digits)
{
    const size_t len = strlen(digits);
    for (size_t i = 0; i + 1 < len; i += 2) {
        unsigned byte;
        char pair[3] = { digits[i], digits[i + 1], 0 };
        if (strspn(pair, "0123456789abcdefABCDEF") != 2 || sscanf(pair, "%2x", &byte) != 1)
            return false;
        const char one = (char)byte;
        blob_add(out, &one, 1);
    }
    if (!out->data)
        blob_add(out, "", 0); /* empty is not null */
    return len % 2 == 0 && !out->failed;
}

static int read_header(const char *text, vc_header *header, blob *value)
{
    const char *equals = strchr(text, '=');
    int status = EXIT_USAGE;
    if (!equals || equals == text) {
        fprintf(stderr, "vaultcrypt inspect: --header: NAME=VALUE\n");
        return status;
    }
    if (strncmp(equals + 1, "hex:", 4) != 0)
        status = input_value(&command_inspect, equals + 1, value);
    else if (add_hex(value, equals + 5))
        status = EXIT_FINE;
    else
        fprintf(stderr, "vaultcrypt inspect: --header: hex: wants pairs of hexadecimal digits\n");
    header->name = vc_view_of(text, (size_t)(equals - text));
    header->value = blob_view(value);
    return status;
}

static int read_headers(const struct inspect_options *o, struct headers *headers)
{
    int status = EXIT_FINE;
    for (; headers->count < o->headers.count && !status; headers->count++)
        status = read_header(o->headers.values[headers->count], &headers->list[headers->count],
                             &headers->values[headers->count]);
    return status;
}

static void free_headers(struct headers *headers)
{
    for (size_t i = 0; i < headers->count; i++)
        blob_free(&headers->values[i]);
}

/* -- values -------------------------------------------------------------------------------------------------------- */

static int tell(inspect_show *show, const struct headers *headers, const inspect_origin *origin, vc_view value)
{
    vc_message message = VC_MESSAGE_INIT;
    message.value = value;
    message.headers = headers->list;
    message.header_count = headers->count;
    return inspect_message(show, origin, &message);
}

static vc_view without_end(vc_view text)
{
    if (text.len && text.data[text.len - 1] == '\n')
        text.len--;
    if (text.len && text.data[text.len - 1] == '\r')
        text.len--;
    return text;
}

/* The format of a value as one; NULL: no memory. */
static const char *format_of(vc_view value, const struct headers *headers, vc_inspection **found)
{
    *found = NULL;
    return vc_inspect(value, headers->list, headers->count, found, NULL) ? NULL : vc_inspection_format(*found, 0);
}

static bool is_format(vc_view value, const struct headers *headers, const char *format)
{
    vc_inspection *found;
    const char *is = format_of(value, headers, &found);
    const bool same = is && strcmp(is, format) == 0 && !vc_inspection_text(found, 0, "error");
    vc_inspection_free(found);
    return same;
}

/* Whole, it is nothing that is known or sound, and it has several lines. Text does not hold NUL. */
static bool is_lines(vc_view value, const struct headers *headers)
{
    vc_inspection *found;
    if (!value.len || !memchr(value.data, '\n', value.len) || memchr(value.data, 0, value.len))
        return false;
    const char *is = format_of(value, headers, &found);
    const bool none = is && (strcmp(is, "unknown") == 0 || vc_inspection_text(found, 0, "error"));
    vc_inspection_free(found);
    return none;
}

/* Lines as they come, or of the text that was read. */
static int tell_lines(inspect_show *show, const struct headers *headers, const char *file, int fd)
{
    line_reader reader;
    int status = EXIT_FINE, error = 0;
    lines_open(&reader, fd, BLOB_MAX);
    while (!status && !(error = lines_next(&reader, BLOCK_LINES, BLOB_MAX, 100)) && reader.count)
        for (size_t i = 0; i < reader.count && !status; i++) {
            const inspect_origin origin = { .file = file, .line = reader.first_line + i, .timestamp = -1 };
            if (reader.lines[i].kind == LINE_RECORD)
                status = tell(show, headers, &origin, lines_view(&reader, &reader.lines[i]));
            else if (reader.lines[i].kind == LINE_TOO_LONG) {
                fprintf(stderr, "vaultcrypt inspect: line %llu is too long\n", (unsigned long long)origin.line);
                status = EXIT_LOCAL;
            }
        }
    lines_close(&reader);
    if (error) {
        fprintf(stderr, "vaultcrypt inspect: %s: %s\n", file ? file : "standard input", strerror(error));
        return EXIT_LOCAL;
    }
    return status;
}

static int tell_text_lines(inspect_show *show, const struct headers *headers, const char *file, vc_view text)
{
    int status = EXIT_FINE;
    for (uint64_t number = 1; text.len && !status; number++) {
        const char *newline = memchr(text.data, '\n', text.len);
        const size_t len = newline ? (size_t)(newline - text.data) + 1 : text.len;
        const vc_view one = without_end(vc_view_of(text.data, len));
        const inspect_origin origin = { .file = file, .line = number, .timestamp = -1 };
        if (one.len)
            status = tell(show, headers, &origin, one);
        text = vc_view_of(text.data + len, text.len - len);
    }
    return status;
}

/* All of it, but of a sealed file only the beginning, for it may be larger than memory. */
static int tell_whole(inspect_show *show, const struct headers *headers, const char *file, int fd, const char *name)
{
    blob input = { 0 };
    const inspect_origin origin = { .file = file, .timestamp = -1 };
    int status = input_read(&command_inspect, fd, name, STREAM_START, &input);
    if (!status && !is_format(blob_view(&input), headers, "stream"))
        status = input_read(&command_inspect, fd, name, SIZE_MAX, &input);
    vc_view value = blob_view(&input);
    if (!status && !show->options->document && is_lines(without_end(value), headers)) {
        show->several = true;
        status = tell_text_lines(show, headers, file, value);
    } else if (!status) {
        /* A line end at the end of a text is the editor's. */
        if (!show->options->document && value.len && !memchr(value.data, 0, value.len) &&
            !is_format(value, headers, "token") && !is_format(value, headers, "stream"))
            value = without_end(value);
        status = tell(show, headers, &origin, value);
    }
    blob_free(&input);
    return status;
}

static int tell_file(inspect_show *show, const struct headers *headers, const char *file)
{
    const char *name;
    int fd, status = input_open(&command_inspect, file, &fd, &name);
    if (status)
        return status;
    /* Standard input alone needs no name. */
    const char *shown = file && strcmp(file, "-") != 0 ? file : NULL;
    status = show->options->lines ? tell_lines(show, headers, shown, fd) : tell_whole(show, headers, shown, fd, name);
    input_close(fd);
    return status;
}

/* -- the command --------------------------------------------------------------------------------------------------- */

/* Does not return when it can be run. */
static int become_topic_reader(char **argv)
{
    static char name[] = "vaultcrypt-inspect-topic";
    char file[PROGRAM_FILE_ROOM];
    if (!program_find("inspect-topic", file, sizeof file)) {
        fprintf(stderr, "vaultcrypt inspect: this program was built without Kafka: build with librdkafka, and set "
                        "VAULTCRYPT_EXEC_PATH in a build tree\n");
        return EXIT_LOCAL;
    }
    argv[0] = name;
    execv(file, argv);
    fprintf(stderr, "vaultcrypt inspect: %s: %s\n", file, strerror(errno));
    return EXIT_LOCAL;
}

static const char *kafka_option(const struct inspect_options *o)
{
    return o->brokers            ? "brokers"
           : o->config           ? "kafka-config"
           : o->properties.count ? "property"
           : o->offset           ? "offset"
           : o->partition        ? "partition"
           : o->count            ? "count"
                                 : NULL;
}

static int check(const struct inspect_options *o)
{
    const char *idle = kafka_option(o);
    if (o->document && o->lines)
        fprintf(stderr, "vaultcrypt inspect: --document and --lines exclude each other\n");
    else if (idle)
        fprintf(stderr, "vaultcrypt inspect: --%s is for a topic: --topic\n", idle);
    else
        return output_check(&command_inspect, &o->output);
    return EXIT_USAGE;
}

int inspect_run(int argc, char **argv)
{
    struct inspect_options o = { .topic = NULL };
    const char *files[INSPECT_MOST_FILES + 1];
    int status;
    if (!option_parse(&command_inspect, argc, argv, &o, files, &status))
        return status;
    if (o.topic)
        return become_topic_reader(argv);
    if ((status = check(&o)))
        return status;
    struct headers headers = { .count = 0 };
    inspect_show show = { .options = &o, .several = o.lines || (files[0] && files[1]) };
    status = read_headers(&o, &headers);
    for (size_t i = 0; !status && (i == 0 || files[i]); i++)
        status = tell_file(&show, &headers, files[i]);
    free_headers(&headers);
    return status ? status : inspect_end(&show);
}

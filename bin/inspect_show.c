/* SPDX-License-Identifier: Apache-2.0 */
#include "inspect.h"

#include "exit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- JSON ---------------------------------------------------------------------------------------------------------- */

static struct json_object *row_json(const vc_inspection *found, size_t i, size_t row)
{
    const char *text = vc_inspection_row_text(found, i, row);
    switch (vc_inspection_row_kind(found, i, row)) {
    case VC_ROW_NUMBER:
        return json_object_new_uint64(strtoull(text, NULL, 10));
    case VC_ROW_FLAG:
        return json_object_new_boolean(strcmp(text, "true") == 0);
    case VC_ROW_TEXT:
    default:
        return json_object_new_string(text);
    }
}

/* "value" is "key" for what was found in a key, and "$.a" is "key $.a". */
static void place_name(const vc_inspection *found, size_t i, bool key, char *text, size_t room)
{
    const char *place = vc_inspection_place(found, i);
    if (!key)
        snprintf(text, room, "%s", place);
    else
        snprintf(text, room, "key%s%s", place[0] == '$' ? " " : "", place[0] == '$' ? place : "");
}

enum { PLACE_ROOM = 4200 };

static void add_things(struct json_object *list, const vc_inspection *found, bool key)
{
    char place[PLACE_ROOM];
    for (size_t i = 0; i < vc_inspection_count(found); i++) {
        struct json_object *thing = json_object_new_object();
        place_name(found, i, key, place, sizeof place);
        json_object_object_add(thing, "place", json_object_new_string(place));
        json_object_object_add(thing, "format", json_object_new_string(vc_inspection_format(found, i)));
        json_object_object_add(thing, "certain", json_object_new_boolean(vc_inspection_is_certain(found, i)));
        for (size_t row = 0; row < vc_inspection_row_count(found, i); row++)
            json_object_object_add(thing, vc_inspection_row_name(found, i, row), row_json(found, i, row));
        json_object_array_add(list, thing);
    }
}

static struct json_object *origin_json(const inspect_origin *origin)
{
    struct json_object *root = json_object_new_object();
    if (origin->file)
        json_object_object_add(root, "file", json_object_new_string(origin->file));
    if (origin->line)
        json_object_object_add(root, "line", json_object_new_uint64(origin->line));
    if (!origin->topic)
        return root;
    json_object_object_add(root, "topic", json_object_new_string(origin->topic));
    json_object_object_add(root, "partition", json_object_new_int(origin->partition));
    json_object_object_add(root, "offset", json_object_new_int64(origin->offset));
    if (origin->timestamp >= 0)
        json_object_object_add(root, "timestamp", json_object_new_int64(origin->timestamp));
    return root;
}

/* One line of JSON, or the field of it. Where there are several values, one that lacks the field is passed over. */
static int show_json(inspect_show *show, struct json_object *root)
{
    struct json_object *field;
    const output_options *output = &show->options->output;
    if (output->field && show->several && !output_find(root, output->field, &field))
        return EXIT_FINE;
    const int status = output_print(&command_inspect, output, NULL, root);
    show->shown = show->shown || status == EXIT_FINE;
    return status;
}

/* -- a table ------------------------------------------------------------------------------------------------------- */

/* A terminal obeys control characters: people see question marks instead. */
static void print_cell(const char *text, int width)
{
    int shown = 0;
    for (const char *at = text; *at; at++) {
        const unsigned char c = (unsigned char)*at;
        putchar(c < 0x20 || c == 0x7f ? '?' : c);
        shown += (c & 0xc0) != 0x80; /* not the rest of a character */
    }
    printf("%*s", width > shown ? width - shown : 0, "");
}

static void print_origin(const inspect_show *show, const inspect_origin *origin)
{
    char text[PLACE_ROOM];
    if (!show->several)
        return;
    if (origin->topic)
        snprintf(text, sizeof text, "%" PRId32 "/%" PRId64, origin->partition, origin->offset);
    else if (origin->file && origin->line)
        snprintf(text, sizeof text, "%s:%" PRIu64, origin->file, origin->line);
    else if (origin->line)
        snprintf(text, sizeof text, "%" PRIu64, origin->line);
    else
        snprintf(text, sizeof text, "%s", origin->file ? origin->file : "-");
    print_cell(text, 8);
    fputs("  ", stdout);
}

/* The last column: what is wrong, or what is bound, or how much there is. */
static void note_of(const vc_inspection *found, size_t i, char *text, size_t room)
{
    static const char *const alone[] = { "error", "bound", "missing", "file_name", "rsa_bits", "bytes" };
    const char *context = vc_inspection_text(found, i, "context"), *protected = vc_inspection_text(found, i, "protected");
    text[0] = 0;
    if (strcmp(vc_inspection_format(found, i), "segment") == 0)
        snprintf(text, room, "segment %s of part %s of a sealed file, header elsewhere", vc_inspection_text(found, i, "segment"),
                 vc_inspection_text(found, i, "part"));
    if (protected)
        snprintf(text, room, "%s of %s fields protected", protected, vc_inspection_text(found, i, "fields"));
    for (size_t n = 0; n < sizeof alone / sizeof alone[0] && !text[0]; n++)
        if (vc_inspection_text(found, i, alone[n]))
            snprintf(text, room, "%s: %s", alone[n], vc_inspection_text(found, i, alone[n]));
    if (strncmp(text, "bound: context", 14) == 0 && context)
        snprintf(text, room, "bound: context \"%s\"%s", context, vc_inspection_text(found, i, "bound") + 7);
}

static void print_thing(const inspect_show *show, const inspect_origin *origin, const vc_inspection *found, size_t i, bool key)
{
    char place[PLACE_ROOM], format[64], note[1024];
    const char *name = vc_inspection_text(found, i, "key"), *version = vc_inspection_text(found, i, "key_version");
    place_name(found, i, key, place, sizeof place);
    snprintf(format, sizeof format, "%s%s", vc_inspection_format(found, i), vc_inspection_is_certain(found, i) ? "" : "?");
    note_of(found, i, note, sizeof note);
    print_origin(show, origin);
    print_cell(place, 22);
    fputs("  ", stdout);
    print_cell(format, 16);
    fputs("  ", stdout);
    print_cell(name ? name : "-", 16);
    fputs("  ", stdout);
    print_cell(version ? version : "-", 7);
    fputs("  ", stdout);
    print_cell(note[0] ? note : "-", 0);
    putchar('\n');
    for (size_t row = 0; show->options->verbose && row < vc_inspection_row_count(found, i); row++) {
        printf("    %-18s  ", vc_inspection_row_name(found, i, row));
        print_cell(vc_inspection_row_text(found, i, row), 0);
        putchar('\n');
    }
}

static int show_table(inspect_show *show, const inspect_origin *origin, const vc_inspection *key, const vc_inspection *value)
{
    if (!show->begun && show->several)
        printf("%-8s  ", origin->topic ? "RECORD" : "VALUE");
    if (!show->begun)
        printf("%-22s  %-16s  %-16s  %-7s  %s\n", "PLACE", "FORMAT", "KEY", "VERSION", "NOTE");
    show->begun = true;
    for (size_t i = 0; key && i < vc_inspection_count(key); i++)
        print_thing(show, origin, key, i, true);
    for (size_t i = 0; i < vc_inspection_count(value); i++)
        print_thing(show, origin, value, i, false);
    return output_end(&command_inspect);
}

/* -- the whole ----------------------------------------------------------------------------------------------------- */

static void note_malformed(inspect_show *show, const vc_inspection *found)
{
    for (size_t i = 0; found && i < vc_inspection_count(found); i++)
        show->malformed = show->malformed || vc_inspection_text(found, i, "error");
}

/* Most keys are plain text, of which there is nothing to tell. */
static bool is_of_note(const vc_inspection *found)
{
    const char *format = vc_inspection_format(found, 0), *protected = vc_inspection_text(found, 0, "protected");
    if (strcmp(format, "json") == 0)
        return protected && strcmp(protected, "0") != 0;
    return strcmp(format, "unknown") != 0 && strcmp(format, "null") != 0;
}

static int show_found(inspect_show *show, const inspect_origin *origin, const vc_inspection *key, const vc_inspection *value)
{
    note_malformed(show, key);
    note_malformed(show, value);
    if (!output_is_json(&show->options->output) && !show->options->output.field)
        return show_table(show, origin, key, value);
    struct json_object *root = origin_json(origin), *list = json_object_new_array();
    if (key)
        add_things(list, key, true);
    add_things(list, value, false);
    json_object_object_add(root, "found", list);
    const int status = show_json(show, root);
    json_object_put(root);
    return status;
}

int inspect_message(inspect_show *show, const inspect_origin *origin, const vc_message *message)
{
    vc_error err = VC_ERROR_INIT;
    vc_inspection *key = NULL, *value = NULL;
    vc_code code = message->key.data ? vc_inspect(message->key, NULL, 0, &key, &err) : VC_OK;
    if (!code)
        code = vc_inspect(message->value, message->headers, message->header_count, &value, &err);
    const int status = code ? exit_report(command_inspect.name, &err)
                            : show_found(show, origin, key && is_of_note(key) ? key : NULL, value);
    vc_inspection_free(key);
    vc_inspection_free(value);
    return status;
}

int inspect_end(const inspect_show *show)
{
    const char *field = show->options->output.field;
    if (field && !show->shown && show->several) {
        fprintf(stderr, "vaultcrypt %s: no value has the field %s; -o json shows all\n", command_inspect.name, field);
        return EXIT_CONFIG;
    }
    return show->malformed ? EXIT_DATA : EXIT_FINE;
}

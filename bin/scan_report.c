/* SPDX-License-Identifier: Apache-2.0 */
/* scan_report.c - what a scan found, as JSON or as a table. */
#include "exit.h"
#include "scan.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *const scan_kind_names[SCAN_KINDS] = { "authenticated", "unverified", "clear", "missing", "damaged", "undecidable", "unreadable" };

bool scan_is_clean(const scan_result *result)
{
    return !result->kinds[SCAN_CLEAR] && !result->kinds[SCAN_DAMAGED] && !result->kinds[SCAN_UNREADABLE];
}

/* Columns that say nothing here are left out: without keys nothing is authenticated, with all of them nothing unverified. */
static bool is_shown(const scan_result *result, scan_kind kind)
{
    if (kind == SCAN_UNVERIFIED && !result->options->no_keys)
        return result->kinds[kind] > 0; /* some key pair is not here */
    return kind != SCAN_UNREADABLE && (kind != SCAN_AUTHENTICATED || !result->options->no_keys);
}

static uint64_t left_out(const scan_result *result)
{
    uint64_t found = result->kinds[SCAN_CLEAR] + result->kinds[SCAN_MISSING] + result->kinds[SCAN_DAMAGED] + result->kinds[SCAN_UNREADABLE];
    return found - result->position_count;
}

static const char *time_text(time_t when, char *text, size_t room)
{
    struct tm parts;
    if (!gmtime_r(&when, &parts) || !strftime(text, room, "%Y-%m-%dT%H:%M:%SZ", &parts))
        text[0] = 0;
    return text;
}

/* -- JSON ---------------------------------------------------------------------------------------------------------- */

static void add(struct json_object *to, const char *name, struct json_object *value)
{
    json_object_object_add(to, name, value);
}

static void add_text(struct json_object *to, const char *name, const char *text)
{
    add(to, name, json_object_new_string(text));
}

static void add_number(struct json_object *to, const char *name, uint64_t number)
{
    add(to, name, json_object_new_uint64(number));
}

static struct json_object *parts_json(const scan_result *result)
{
    struct json_object *list = json_object_new_array();
    for (size_t i = 0; i < result->part_count; i++) {
        const scan_part *part = &result->parts[i];
        struct json_object *one = json_object_new_object();
        add_text(one, "topic", part->topic);
        add(one, "partition", json_object_new_int(part->partition));
        add(one, "first_offset", json_object_new_int64(part->first));
        add(one, "last_offset", json_object_new_int64(part->last));
        add_number(one, "records", part->records);
        json_object_array_add(list, one);
    }
    return list;
}

static struct json_object *rows_json(const scan_result *result)
{
    struct json_object *list = json_object_new_array();
    for (size_t i = 0; i < result->row_count; i++) {
        const scan_row *row = &result->rows[i];
        struct json_object *one = json_object_new_object();
        add_text(one, "rule", vc_rule_name(row->rule));
        add_text(one, "field", vc_field_path(row->field));
        add_text(one, "method", vc_field_method(row->field));
        for (int kind = 0; kind < SCAN_KINDS; kind++)
            if (is_shown(result, (scan_kind)kind))
                add_number(one, scan_kind_names[kind], row->counts[kind]);
        json_object_array_add(list, one);
    }
    return list;
}

static struct json_object *positions_json(const scan_result *result)
{
    struct json_object *list = json_object_new_array();
    for (size_t i = 0; i < result->position_count; i++) {
        const scan_position *position = &result->positions[i];
        struct json_object *one = json_object_new_object();
        add_text(one, "finding", scan_kind_names[position->kind]);
        add_text(one, "topic", position->topic);
        add(one, "partition", json_object_new_int(position->partition));
        add(one, "offset", json_object_new_int64(position->offset));
        add_text(one, "rule", vc_rule_name(position->rule));
        if (position->field)
            add_text(one, "field", vc_field_path(position->field));
        add_text(one, "error", vc_code_name(position->code));
        json_object_array_add(list, one);
    }
    return list;
}

static struct json_object *make_json(const scan_result *result)
{
    char text[64];
    struct json_object *root = json_object_new_object();
    add_text(root, "result", !result->complete ? "incomplete" : scan_is_clean(result) ? "clean" : "findings");
    add_text(root, "schema", result->options->schema);
    add_text(root, "schema_id", vc_schema_id(result->schema));
    add(root, "keys", json_object_new_boolean(!result->options->no_keys));
    add(root, "complete", json_object_new_boolean(result->complete));
    add_text(root, "began", time_text(result->began, text, sizeof text));
    add_text(root, "ended", time_text(result->ended, text, sizeof text));
    add_number(root, "records", result->records);
    add_number(root, "tombstones", result->tombstones);
    add_number(root, "unreadable", result->kinds[SCAN_UNREADABLE]);
    add_number(root, "undecidable", result->kinds[SCAN_UNDECIDABLE]);
    add(root, "partitions", parts_json(result));
    add(root, "fields", rows_json(result));
    add(root, "positions", positions_json(result));
    add_number(root, "positions_left_out", left_out(result));
    return root;
}

/* -- a table ------------------------------------------------------------------------------------------------------- */

static int widest(const scan_result *result, const char *heading, const char *(*text)(const scan_row *row))
{
    size_t most = strlen(heading);
    for (size_t i = 0; i < result->row_count; i++) {
        const size_t len = strlen(text(&result->rows[i]));
        most = len > most ? len : most;
    }
    return (int)most;
}

static const char *rule_text(const scan_row *row)
{
    return vc_rule_name(row->rule);
}

static const char *field_text(const scan_row *row)
{
    return vc_field_path(row->field);
}

static void print_rows(const scan_result *result)
{
    const int rule = widest(result, "rule", rule_text), field = widest(result, "field", field_text);
    printf("%-*s  %-*s  %-9s", rule, "rule", field, "field", "method");
    for (int kind = 0; kind < SCAN_KINDS; kind++)
        if (is_shown(result, (scan_kind)kind))
            printf("  %13s", scan_kind_names[kind]);
    putchar('\n');
    for (size_t i = 0; i < result->row_count; i++) {
        const scan_row *row = &result->rows[i];
        printf("%-*s  %-*s  %-9s", rule, rule_text(row), field, field_text(row), vc_field_method(row->field));
        for (int kind = 0; kind < SCAN_KINDS; kind++)
            if (is_shown(result, (scan_kind)kind))
                printf("  %13" PRIu64, row->counts[kind]);
        putchar('\n');
    }
}

static void print_positions(const scan_result *result)
{
    for (size_t i = 0; i < result->position_count; i++) {
        const scan_position *one = &result->positions[i];
        printf("%s%s: %s [%" PRId32 "] at offset %" PRId64 ": %s%s%s: %s\n", i ? "" : "\n", scan_kind_names[one->kind], one->topic, one->partition,
               one->offset, vc_rule_name(one->rule), one->field ? " " : "", one->field ? vc_field_path(one->field) : "", vc_code_name(one->code));
    }
    if (left_out(result))
        printf("and %" PRIu64 " more (--positions)\n", left_out(result));
}

static void print_table(const scan_result *result)
{
    for (size_t i = 0; i < result->part_count; i++) {
        const scan_part *part = &result->parts[i];
        printf("%s [%" PRId32 "]: %" PRIu64 " records, offsets %" PRId64 " to %" PRId64 "\n", part->topic, part->partition, part->records, part->first,
               part->last);
    }
    printf("%" PRIu64 " records, %" PRIu64 " of them tombstones, %" PRIu64 " unreadable; schema %s\n\n", result->records, result->tombstones,
           result->kinds[SCAN_UNREADABLE], vc_schema_id(result->schema));
    print_rows(result);
    print_positions(result);
    if (!result->options->no_keys && result->kinds[SCAN_UNVERIFIED])
        printf("\nThe keys of some are not here: unverified is protected by its form, but not authenticated.\n");
    if (result->options->no_keys)
        printf("\nBy their form alone: unverified is protected, but not authenticated.\n");
    const uint64_t undecidable = result->kinds[SCAN_UNDECIDABLE];
    printf("\n%s\n", !result->complete         ? "Not complete: this is what was seen until it ended."
                     : !scan_is_clean(result) ? "Something is in clear, damaged or unreadable."
                     : undecidable            ? "Nothing of what can be judged is in clear, damaged or unreadable."
                                              : "Nothing is in clear, damaged or unreadable.");
    if (undecidable)
        printf("%" PRIu64 " values could not be judged (undecidable): they may be in clear, or made by anybody.\n", undecidable);
    if (result->kinds[SCAN_MISSING]) /* no finding, but whoever opens will fail there */
        printf("Fields that the schema wants are missing %" PRIu64 " times: opening such a record fails (`on_missing: ignore` would let it pass).\n",
               result->kinds[SCAN_MISSING]);
}

int scan_report(const scan_result *result)
{
    const output_options *output = &result->options->output;
    if (!output_is_json(output) && !output->field) {
        print_table(result);
        return output_end(&command_scan);
    }
    struct json_object *root = make_json(result);
    const int status = output_print(&command_scan, output, NULL, root);
    json_object_put(root);
    return status;
}

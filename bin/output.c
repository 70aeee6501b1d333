/* SPDX-License-Identifier: Apache-2.0 */
#include "output.h"

#include "exit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_LEN = 1024, DEEPEST = 16 };

bool output_is_json(const output_options *options)
{
    return options->format && strcmp(options->format, "json") == 0;
}

int output_end(const struct command *command)
{
    if (!fflush(stdout) && !ferror(stdout))
        return EXIT_FINE;
    fprintf(stderr, "vaultcrypt %s: standard output: %s\n", command->name, strerror(errno));
    return EXIT_LOCAL;
}

/* -- paths -------------------------------------------------------------------------------------------------------- */

/* The next step of a path: `.name`, `["name"]` or `[3]`; the first may lack its dot. False: malformed. */
static bool next_step(const char **path, bool first, char *name, size_t room, bool *is_index)
{
    const char *at = *path;
    *is_index = false;
    if (at[0] == '[') {
        const bool quoted = at[1] == '"';
        const char *from = at + (quoted ? 2 : 1), *end = strstr(from, quoted ? "\"]" : "]");
        if (!end || end == from || (size_t)(end - from) >= room)
            return false;
        snprintf(name, room, "%.*s", (int)(end - from), from);
        *is_index = !quoted;
        *path = end + (quoted ? 2 : 1);
        return quoted || strspn(name, "0123456789") == strlen(name);
    }
    if (at[0] == '.')
        at++;
    else if (!first)
        return false;
    const size_t len = strcspn(at, ".[");
    if (!len || len >= room)
        return false;
    snprintf(name, room, "%.*s", (int)len, at);
    *path = at + len;
    return true;
}

static bool is_path(const char *path)
{
    char name[NAME_MAX_LEN];
    bool is_index;
    if (strcmp(path, ".") == 0)
        return true;
    for (bool first = true; *path || first; first = false)
        if (!next_step(&path, first, name, sizeof name, &is_index))
            return false;
    return true;
}

bool output_find(struct json_object *root, const char *path, struct json_object **found)
{
    char name[NAME_MAX_LEN];
    bool is_index;
    *found = root;
    if (strcmp(path, ".") == 0)
        return true;
    for (bool first = true; *path || first; first = false) {
        if (!next_step(&path, first, name, sizeof name, &is_index))
            return false;
        if (json_object_is_type(*found, json_type_array)) {
            const size_t at = strtoul(name, NULL, 10);
            if (strspn(name, "0123456789") != strlen(name) || at >= json_object_array_length(*found))
                return false;
            *found = json_object_array_get_idx(*found, at);
        } else if (is_index || !json_object_object_get_ex(*found, name, found)) {
            return false;
        }
    }
    return true;
}

int output_check(const struct command *command, const output_options *options)
{
    if (options->format && strcmp(options->format, "json") != 0 && strcmp(options->format, "table") != 0)
        fprintf(stderr, "vaultcrypt %s: --format is table or json\n", command->name);
    else if (options->format && options->field)
        fprintf(stderr, "vaultcrypt %s: --format and --field exclude each other\n", command->name);
    else if (options->field && !is_path(options->field))
        fprintf(stderr, "vaultcrypt %s: --field: %s is not a path such as .data.keys[0] or .data[\"a.b\"]\n",
                command->name,
                options->field);
    else
        return EXIT_FINE;
    return EXIT_USAGE;
}

/* -- tables ------------------------------------------------------------------------------------------------------- */

static const char *plain_text(struct json_object *value)
{
    return json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
}

/* A terminal obeys control characters: people see others instead. Lines after the first stand under it. */
static void print_text(const char *text, size_t len, int indent)
{
    while (len && text[len - 1] == '\n')
        len--;
    for (size_t i = 0; i < len; i++) {
        const unsigned char c = (unsigned char)text[i];
        if (c == '\n')
            printf("\n%*s", indent, "");
        else
            putchar(c == '\t' || (c >= 0x20 && c != 0x7f) ? c : '?');
    }
}

static bool is_plain(struct json_object *value)
{
    return !json_object_is_type(value, json_type_object) && !json_object_is_type(value, json_type_array);
}

/* "a, b, c" of a list of plain values. */
static bool is_plain_list(struct json_object *value)
{
    if (!json_object_is_type(value, json_type_array))
        return false;
    for (size_t i = 0; i < json_object_array_length(value); i++)
        if (!is_plain(json_object_array_get_idx(value, i)))
            return false;
    return true;
}

static void print_value(struct json_object *value, int indent)
{
    if (!value)
        putchar('-');
    else if (json_object_is_type(value, json_type_string))
        print_text(json_object_get_string(value), (size_t)json_object_get_string_len(value), indent);
    else
        fputs(plain_text(value), stdout);
}

/* Each plain value with its name, in order; `width` 0: only measures, and returns the widest name. */
static int each_row(struct json_object *value, const char *name, int width, int depth)
{
    const bool leaf = is_plain(value) || is_plain_list(value) || depth >= DEEPEST;
    char inner[NAME_MAX_LEN];
    int widest = 0;
    if (!leaf && json_object_is_type(value, json_type_object)) {
        struct json_object_iterator at = json_object_iter_begin(value), end = json_object_iter_end(value);
        for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at)) {
            snprintf(inner, sizeof inner, "%s%s%s", name, *name ? "." : "", json_object_iter_peek_name(&at));
            const int one = each_row(json_object_iter_peek_value(&at), inner, width, depth + 1);
            widest = one > widest ? one : widest;
        }
        return widest;
    }
    if (!leaf) {
        for (size_t i = 0; i < json_object_array_length(value); i++) {
            snprintf(inner, sizeof inner, "%s[%zu]", name, i);
            const int one = each_row(json_object_array_get_idx(value, i), inner, width, depth + 1);
            widest = one > widest ? one : widest;
        }
        return widest;
    }
    if (!width)
        return (int)strlen(name);
    print_text(name, strlen(name), 0);
    printf("%*s", width - (int)strlen(name) + 2, "");
    if (json_object_is_type(value, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(value); i++) {
            fputs(i ? ", " : "", stdout);
            print_value(json_object_array_get_idx(value, i), width + 2);
        }
        fputs(json_object_array_length(value) ? "" : "-", stdout);
    } else {
        print_value(value, width + 2);
    }
    putchar('\n');
    return 0;
}

/* What LIST answers: names, one a line. */
static bool print_names(struct json_object *shown)
{
    struct json_object *keys;
    if (!json_object_is_type(shown, json_type_object) || !json_object_object_get_ex(shown, "keys", &keys) ||
        !json_object_is_type(keys, json_type_array))
        return false;
    for (size_t i = 0; i < json_object_array_length(keys); i++) {
        print_value(json_object_array_get_idx(keys, i), 0);
        putchar('\n');
    }
    return true;
}

/* The part of an answer that people want to see. */
static struct json_object *shown_part(struct json_object *root)
{
    static const char *const parts[] = { "data", "auth", "wrap_info" };
    struct json_object *part;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (json_object_is_type(root, json_type_object) && json_object_object_get_ex(root, parts[i], &part) &&
            json_object_is_type(part, json_type_object))
            return part;
    return root;
}

static void print_table(struct json_object *root)
{
    struct json_object *shown = shown_part(root);
    if (shown && is_plain(shown)) {
        print_value(shown, 0);
        putchar('\n');
    } else if (shown && !print_names(shown)) {
        const int width = each_row(shown, "", 0, 0);
        if (width)
            each_row(shown, "", width, 0);
    }
}

/* -- the whole -------------------------------------------------------------------------------------------------------- */

static int print_field(const struct command *command, const char *path, struct json_object *root)
{
    struct json_object *found;
    /* A name without a dot before it may also be one of the table's. */
    if (!output_find(root, path, &found) && (path[0] == '.' || !output_find(shown_part(root), path, &found))) {
        fprintf(stderr, "vaultcrypt %s: the answer has no field %s; -o json shows all\n", command->name, path);
        return EXIT_CONFIG;
    }
    if (json_object_is_type(found, json_type_string))
        fwrite(json_object_get_string(found), 1, (size_t)json_object_get_string_len(found), stdout);
    else
        fputs(plain_text(found), stdout);
    putchar('\n');
    return output_end(command);
}

int output_print(const struct command *command, const output_options *options, const char *main_field,
                 struct json_object *root)
{
    if (options->field)
        return print_field(command, options->field, root);
    if (output_is_json(options))
        puts(root ? plain_text(root) : "{}");
    else if (main_field && !options->format)
        return print_field(command, main_field, root);
    else
        print_table(root);
    return output_end(command);
}

int output_reply(const struct command *command, const output_options *options, const char *main_field, vc_view body)
{
    while (body.len && (body.data[body.len - 1] == '\n' || body.data[body.len - 1] == '\r'))
        body.len--;
    if (output_is_json(options) && body.len) {
        fwrite(body.data, 1, body.len, stdout);
        putchar('\n');
        return output_end(command);
    }
    struct json_object *root = NULL;
    if (body.len) {
        struct json_tokener *tokener = json_tokener_new_ex(64);
        root = tokener ? json_tokener_parse_ex(tokener, body.data, (int)body.len) : NULL;
        json_tokener_free(tokener);
        if (!root) {
            fprintf(stderr, "vaultcrypt %s: the answer is not JSON; -o json shows it as it is\n", command->name);
            return EXIT_VAULT;
        }
    }
    if (!root && !options->field && !output_is_json(options))
        return EXIT_FINE; /* done, and nothing to tell */
    const int status = output_print(command, options, main_field, root);
    json_object_put(root);
    return status;
}

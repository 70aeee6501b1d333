/* SPDX-License-Identifier: Apache-2.0 */
/* output.h - how an answer is shown: as a table for people, as JSON, or one field of it as raw text. Without colours. */
#ifndef VC_BIN_OUTPUT_H
#define VC_BIN_OUTPUT_H

#include "option.h"

#include <json-c/json.h>
#include <vaultcrypt/types.h>

typedef struct output_options {
    const char *format, *field;
} output_options;

/* Rows of a command whose own structure `type` holds an output_options named `output`. */
#define OUTPUT_ROWS(type) \
    { OPTION_HEADING, 0, "Output", NULL, NULL, 0 }, \
    { OPTION_TEXT, 'o', "format", "table|json", "a table, or the whole answer as JSON", offsetof(type, output.format) }, \
    { OPTION_TEXT, 'f', "field", "PATH", "one field as raw text, such as .data.ciphertext", \
      offsetof(type, output.field) }

/* Before anything is asked of Vault: EXIT_FINE or EXIT_USAGE, which was told. */
int output_check(const struct command *command, const output_options *options);

/* JSON was asked for. */
bool output_is_json(const output_options *options);

/*
 * Prints `root` and returns an exit code. A table shows what it holds for people: its member `data`, `auth` or `wrap_info`, the
 * first that is there, else all. `main_field` (may be NULL) is what the command is about: without options, it alone is printed.
 * A field that is not there is EXIT_CONFIG.
 */
int output_print(const struct command *command, const output_options *options, const char *main_field,
                 struct json_object *root);

/* The same for the body of a reply, empty after a 204; as JSON it is printed byte for byte. */
int output_reply(const struct command *command, const output_options *options, const char *main_field, vc_view body);

/* What a path such as .data.keys[0], .data.keys.1 or .data["a.b"] names; false: nothing, or the path is malformed. */
bool output_find(struct json_object *root, const char *path, struct json_object **found);

/* Standard output is flushed; EXIT_LOCAL, told, when that fails. */
int output_end(const struct command *command);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * option.h - command lines as tables. A command describes its options once; parsing (getopt_long, so GNU's conventions hold) and
 * --help are made from that.
 */
#ifndef VC_BIN_OPTION_H
#define VC_BIN_OPTION_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

typedef enum option_kind {
    OPTION_END = 0,
    OPTION_HEADING, /* a line in --help */
    OPTION_FLAG,    /* bool */
    OPTION_TEXT,    /* const char * */
    OPTION_LIST,    /* option_list: may be given several times */
    OPTION_COUNT,   /* unsigned long, at least 1; k, M, G and T are understood */
    OPTION_SETTING, /* option_settings: name and value, in the order of the command line */
    OPTION_MS       /* unsigned long, milliseconds; "250ms", "30s", "5m" or plain seconds */
} option_kind;

enum { OPTION_LIST_MOST = 16 };

/* What a member of kind OPTION_MS begins with when 0 means something and is not the default. */
#define OPTION_NOT_GIVEN ULONG_MAX

typedef struct option_list {
    const char *values[OPTION_LIST_MOST];
    size_t count;
} option_list;

enum { OPTION_SETTINGS_MOST = 256 };

typedef struct option_settings {
    const char *names[OPTION_SETTINGS_MOST], *values[OPTION_SETTINGS_MOST];
    size_t count;
} option_settings;

typedef struct option_row {
    option_kind kind;
    char letter;          /* 0: none */
    const char *name;     /* long name; of a heading, its text */
    const char *argument; /* "FILE"; NULL for flags */
    const char *help;
    size_t offset; /* of the member in the command's own structure */
} option_row;

struct command {
    const char *name;
    const char *usage;   /* behind the name: "-s SCHEMA [FILE]" */
    const char *summary; /* one line */
    const char *notes;   /* below the options; may be NULL */
    const option_row *rows;
    size_t most_operands;
    int (*run)(int argc, char **argv);
};

/*
 * Fills `target` from the command line; operands go to `operands` (NULL-terminated, room for most_operands + 1). Returns true to
 * go on; false when the program is to end with `*status` (--help, or a usage error that was reported).
 */
bool option_parse(const struct command *command, int argc, char **argv, void *target, const char **operands, int *status);

void option_help(const struct command *command);

/* Durations and counts as above, for other callers; false: not one. */
bool option_read_ms(const char *text, unsigned long *value);
bool option_read_count(const char *text, unsigned long *value);

/* What a variable says; NULL: it is not set, or empty, which is the same to all commands. */
const char *option_variable(const char *name);

#endif

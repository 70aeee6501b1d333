/* SPDX-License-Identifier: Apache-2.0 */
#include "option.h"

#include "exit.h"
#include "near.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ROWS = 128, HELP_OPTION = 1000, HELP_COLUMN = 32 };

static bool read_scaled(const char *text, const char *const *units, const unsigned long *scales, unsigned long *value)
{
    char *end;
    errno = 0;
    if (text[0] < '0' || text[0] > '9')
        return false;
    const unsigned long number = strtoul(text, &end, 10);
    if (errno)
        return false;
    for (size_t i = 0; units[i]; i++)
        if (strcmp(end, units[i]) == 0) {
            if (number > ULONG_MAX / scales[i])
                return false;
            *value = number * scales[i];
            return true;
        }
    return false;
}

bool option_read_ms(const char *text, unsigned long *value)
{
    static const char *const units[] = { "", "ms", "s", "m", "h", "d", NULL };
    static const unsigned long scales[] = { 1000, 1, 1000, 60000, 3600000, 86400000 };
    return read_scaled(text, units, scales, value);
}

bool option_read_count(const char *text, unsigned long *value)
{
    static const char *const units[] = { "", "k", "M", "G", "T", NULL };
    static const unsigned long scales[] = { 1, 1000, 1000000, 1000000000, 1000000000000 };
    return read_scaled(text, units, scales, value) && *value > 0;
}

/* A description that finds no room beside its option stands in the line below. */
static void print_row(const option_row *row)
{
    char left[160];
    if (row->letter)
        snprintf(left, sizeof left, "  -%c, --%s%s%s", row->letter, row->name, row->argument ? "=" : "", row->argument ? row->argument : "");
    else
        snprintf(left, sizeof left, "      --%s%s%s", row->name, row->argument ? "=" : "", row->argument ? row->argument : "");
    if (strlen(left) <= HELP_COLUMN)
        printf("%-*s %s\n", HELP_COLUMN, left, row->help);
    else
        printf("%s\n%*s %s\n", left, HELP_COLUMN, "", row->help);
}

void option_help(const struct command *command)
{
    printf("usage: vaultcrypt %s %s\n\n%s\n", command->name, command->usage, command->summary);
    for (const option_row *row = command->rows; row->kind != OPTION_END; row++) {
        if (row->kind == OPTION_HEADING) {
            printf("\n%s\n", row->name);
            continue;
        }
        print_row(row);
    }
    printf("      --help                     this text\n");
    if (command->notes)
        printf("\n%s", command->notes);
}

static bool add_to_list(const struct command *command, const option_row *row, option_list *list, const char *text)
{
    if (list->count == OPTION_LIST_MOST) {
        fprintf(stderr, "vaultcrypt %s: --%s: more than %d\n", command->name, row->name, OPTION_LIST_MOST);
        return false;
    }
    list->values[list->count++] = text;
    return true;
}

static bool add_setting(const struct command *command, const option_row *row, option_settings *settings, const char *text)
{
    if (settings->count == OPTION_SETTINGS_MOST) {
        fprintf(stderr, "vaultcrypt %s: --%s: more than %d settings\n", command->name, row->name, OPTION_SETTINGS_MOST);
        return false;
    }
    settings->names[settings->count] = row->name;
    settings->values[settings->count++] = text;
    return true;
}

static bool store(const struct command *command, const option_row *row, void *target, const char *text)
{
    char *place = (char *)target + row->offset;
    bool fine = true;
    if (row->kind == OPTION_FLAG)
        *(bool *)(void *)place = true;
    else if (row->kind == OPTION_TEXT)
        *(const char **)(void *)place = text;
    else if (row->kind == OPTION_LIST)
        return add_to_list(command, row, (option_list *)(void *)place, text);
    else if (row->kind == OPTION_SETTING)
        return add_setting(command, row, (option_settings *)(void *)place, text);
    else if (row->kind == OPTION_COUNT)
        fine = option_read_count(text, (unsigned long *)(void *)place);
    else
        fine = option_read_ms(text, (unsigned long *)(void *)place);
    if (!fine)
        fprintf(stderr, "vaultcrypt %s: --%s: %s is not %s\n", command->name, row->name, text,
                row->kind == OPTION_COUNT ? "a number from 1 on" : "a time such as 250ms, 30s or 5m");
    return fine;
}

/* getopt's two tables, made from ours; the value of a long option is its row's index plus 1. */
static void make_tables(const struct command *command, struct option *longs, char *shorts)
{
    size_t n = 0;
    *shorts++ = ':';
    for (size_t i = 0; command->rows[i].kind != OPTION_END && n < MOST_ROWS; i++) {
        const option_row *row = &command->rows[i];
        if (row->kind == OPTION_HEADING)
            continue;
        longs[n++] = (struct option){ row->name, row->argument ? required_argument : no_argument, NULL, (int)i + HELP_OPTION + 1 };
        if (row->letter) {
            *shorts++ = row->letter;
            if (row->argument)
                *shorts++ = ':';
        }
    }
    longs[n++] = (struct option){ "help", no_argument, NULL, HELP_OPTION };
    longs[n] = (struct option){ NULL, 0, NULL, 0 };
    *shorts = 0;
}

static const option_row *row_of(const struct command *command, int value)
{
    if (value > HELP_OPTION)
        return &command->rows[value - HELP_OPTION - 1];
    for (const option_row *row = command->rows; row->kind != OPTION_END; row++)
        if (row->letter && row->letter == value)
            return row;
    return NULL;
}

static bool usage_error(const struct command *command, int *status)
{
    fprintf(stderr, "usage: vaultcrypt %s %s\nMore: vaultcrypt %s --help\n", command->name, command->usage, command->name);
    *status = EXIT_USAGE;
    return false;
}

/* "-format=json": a name of an option with one dash, which would be read as letters. */
static const option_row *one_dash(const struct command *command, const char *word)
{
    const size_t len = word[0] == '-' && word[1] != '-' ? strcspn(word + 1, "=") : 0;
    for (const option_row *row = command->rows; len > 1 && row->kind != OPTION_END; row++)
        if (row->kind != OPTION_HEADING && strlen(row->name) == len && strncmp(word + 1, row->name, len) == 0)
            return row;
    return NULL;
}

static void no_option(const struct command *command, const char *word)
{
    char name[64] = "";
    const option_row *nearest = NULL;
    size_t distance = NEAR_ENOUGH + 1;
    if (word[0] == '-' && word[1] == '-')
        snprintf(name, sizeof name, "%.*s", (int)strcspn(word + 2, "="), word + 2);
    for (const option_row *row = command->rows; name[0] && row->kind != OPTION_END; row++)
        if (row->kind != OPTION_HEADING && near_distance(name, row->name) < distance) {
            nearest = row;
            distance = near_distance(name, row->name);
        }
    fprintf(stderr, "vaultcrypt %s: %s: no such option%s%s%s\n", command->name, word, nearest ? "; did you mean --" : "",
            nearest ? nearest->name : "", nearest ? "?" : "");
}

bool option_parse(const struct command *command, int argc, char **argv, void *target, const char **operands, int *status)
{
    struct option longs[MOST_ROWS + 2];
    char shorts[2 * MOST_ROWS + 2];
    make_tables(command, longs, shorts);
    opterr = 0;
    optind = 0;
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        const option_row *row = one_dash(command, argv[i]);
        if (row) {
            fprintf(stderr, "vaultcrypt %s: %s: names have two dashes: --%s\n", command->name, argv[i], row->name);
            return usage_error(command, status);
        }
    }
    for (int value; (value = getopt_long(argc, argv, shorts, longs, NULL)) != -1;) {
        if (value == HELP_OPTION || (value == '?' && optopt == 'h')) {
            option_help(command);
            *status = fflush(stdout) ? EXIT_LOCAL : EXIT_FINE;
            return false;
        }
        if (value == '?' || value == ':') {
            const char letter[] = { '-', (char)optopt, 0 }; /* of several behind one dash */
            if (value == ':' || optopt >= HELP_OPTION)
                fprintf(stderr, "vaultcrypt %s: %s: %s\n", command->name, argv[optind - 1],
                        value == ':' ? "the value is missing" : "this option takes no value");
            else
                no_option(command, optopt ? letter : argv[optind - 1]);
            return usage_error(command, status);
        }
        const option_row *row = row_of(command, value);
        if (!row || !store(command, row, target, optarg))
            return usage_error(command, status);
    }
    size_t n = 0;
    for (; optind < argc; optind++) {
        if (n == command->most_operands) {
            fprintf(stderr, "vaultcrypt %s: %s: one argument too many\n", command->name, argv[optind]);
            return usage_error(command, status);
        }
        operands[n++] = argv[optind];
    }
    operands[n] = NULL;
    return true;
}

const char *option_variable(const char *name)
{
    const char *text = getenv(name);
    return text && *text ? text : NULL;
}

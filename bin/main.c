/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vaultcrypt - one command to learn. `vaultcrypt X` runs the sub-command X: of this program, or the program vaultcrypt-X in
 * VAULTCRYPT_EXEC_PATH (for trees that are not installed) or in the libexec folder, as git does.
 */
#include "commands.h"
#include "exit.h"
#include "near.h"
#include "program.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <vaultcrypt/version.h>

static bool is_built_in(const char *name)
{
    const char *rest;
    for (size_t i = 0; commands[i]; i++)
        if (strcmp(name, commands[i]->name) == 0 || command_in_group(commands[i], name, &rest))
            return true;
    return false;
}

/* Programs that come with this one; those without a summary are parts of built-in commands, not to be called by people. */
static const struct {
    const char *name, *summary;
} known_programs[] = {
    { "consume", "print the records of a topic in clear, as kcat -C" },
    { "dlq", "dead letters: list them, replay their records" },
    { "dev", "an embedded Vault, Kafka and key release, for development" },
    { "produce", "send records, protected, to a topic, as kcat -P" },
    { "receive", "receive files from a topic of Kafka" },
    { "scan", "audit a topic: what of it is protected, and what is not" },
    { "send", "send files, sealed, to a topic of Kafka" },
    { "stream", "protect or open the records of topics, from one to another" },
    { "view", "a page that shows the records of topics, live, as stored and as opened" },
    { "doctor-kafka", NULL },
    { "inspect-topic", NULL },
};

static void print_program(void *user, const char *name)
{
    (void)user;
    if (is_built_in(name))
        return;
    for (size_t i = 0; i < sizeof known_programs / sizeof known_programs[0]; i++) {
        if (strcmp(name, known_programs[i].name) != 0)
            continue;
        if (known_programs[i].summary)
            printf("  %-12s %s (program of its own)\n", name, known_programs[i].summary);
        return;
    }
    printf("  %-12s program of its own: vaultcrypt %s --help\n", name, name);
}

/* The group of a command of two words; NULL: it stands alone. */
static const struct command_group *group_of(const struct command *command)
{
    const char *rest;
    for (const struct command_group *group = command_groups; group->name; group++)
        if (command_in_group(command, group->name, &rest))
            return group;
    return NULL;
}

static int help(void)
{
    const struct command_group *last = NULL;
    printf("usage: vaultcrypt COMMAND [OPTIONS]\n\n"
           "Fields, records and files protected with keys that live in Vault or OpenBao.\n\n");
    for (size_t i = 0; commands[i]; i++) {
        const struct command_group *group = group_of(commands[i]);
        if (!group)
            printf("  %-12s %s\n", commands[i]->name, commands[i]->summary);
        else if (group != last)
            printf("  %-12s %s\n", group->name, group->summary);
        last = group;
    }
    program_each(print_program, NULL);
    printf("\nvaultcrypt COMMAND --help tells more; vaultcrypt --version the version. Manual: vaultcrypt(1), vaultcrypt-schema(5).\n"
           "Exit codes: 0 fine, 1 a record could not be done, 2 usage, 3 configuration or schema, 4 denied, 5 Vault away, 6 local.\n");
    return fflush(stdout) ? EXIT_LOCAL : EXIT_FINE;
}

struct guess {
    const char *word;
    char name[64]; /* the nearest so far; "" when none is near */
    size_t distance;
};

static void guess_one(void *user, const char *name)
{
    struct guess *guess = user;
    const size_t distance = near_distance(guess->word, name);
    if (distance < guess->distance) {
        guess->distance = distance;
        snprintf(guess->name, sizeof guess->name, "%s", name);
    }
}

static void found_one(void *user, const char *name)
{
    (void)name;
    *(bool *)user = true;
}

/* Where programs are looked for is told unless a slip explains it; without any program there, always. */
static int no_command(const char *name)
{
    struct guess guess = { name, "", NEAR_ENOUGH + 1 };
    bool programs = false;
    program_each(found_one, &programs);
    for (size_t i = 0; commands[i]; i++)
        if (!group_of(commands[i]))
            guess_one(&guess, commands[i]->name);
    for (const struct command_group *group = command_groups; group->name; group++)
        guess_one(&guess, group->name);
    program_each(guess_one, &guess);
    fprintf(stderr, "vaultcrypt: no command '%s'%s%s%s; vaultcrypt --help lists all\n", name,
            guess.name[0] ? " (did you mean '" : "", guess.name, guess.name[0] ? "'?)" : "");
    if (!guess.name[0] || !programs)
        fprintf(stderr, "vaultcrypt: there is no vaultcrypt-%s in %s%s\n", name, program_folder(0),
                program_folder(1) ? " or the libexec folder" : " (VAULTCRYPT_EXEC_PATH names another folder, such as build/bin)");
    return EXIT_USAGE;
}

static int group_help(const struct command_group *group)
{
    const char *rest;
    printf("usage: vaultcrypt %s COMMAND [OPTIONS]\n\n%s\n\n", group->name, group->summary);
    for (size_t i = 0; commands[i]; i++)
        if (command_in_group(commands[i], group->name, &rest))
            printf("  %-14s %s\n", rest, commands[i]->summary);
    printf("\nvaultcrypt %s COMMAND --help tells more; manual: vaultcrypt-%s(1).\n", group->name, group->name);
    return fflush(stdout) ? EXIT_LOCAL : EXIT_FINE;
}

/* The second word picks the command; `argv[0]` is the first. */
static int run_group(const struct command_group *group, int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "", *rest;
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0)
        return group_help(group);
    struct guess guess = { name, "", NEAR_ENOUGH + 1 };
    for (size_t i = 0; commands[i]; i++) {
        if (!command_in_group(commands[i], group->name, &rest))
            continue;
        if (strcmp(rest, name) == 0)
            return commands[i]->run(argc - 1, argv + 1);
        guess_one(&guess, rest);
    }
    if (argc < 2)
        fprintf(stderr, "vaultcrypt %s: a command is needed; vaultcrypt %s --help lists them\n", group->name, group->name);
    else
        fprintf(stderr, "vaultcrypt %s: no command '%s'%s%s%s; vaultcrypt %s --help lists all\n", group->name, name,
                guess.name[0] ? " (did you mean '" : "", guess.name, guess.name[0] ? "'?)" : "", group->name);
    return EXIT_USAGE;
}

/* Only returns when there is no such program. */
static int run_program(const char *name, char **argv)
{
    for (size_t i = 0; program_folder(i); i++) {
        char file[PROGRAM_FILE_ROOM];
        if (!program_file(file, sizeof file, program_folder(i), name))
            continue;
        execv(file, argv);
        if (errno != ENOENT && errno != ENOTDIR) {
            fprintf(stderr, "vaultcrypt: %s: %s\n", file, strerror(errno));
            return EXIT_LOCAL;
        }
    }
    return no_command(name);
}

/* `help COMMAND` is `COMMAND --help`. */
static void turn_help(int argc, char **argv)
{
    static char option[] = "--help";
    memmove(argv + 1, argv + 2, (size_t)(argc - 2) * sizeof *argv);
    argv[argc - 1] = option;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        help();
        return EXIT_USAGE;
    }
    if (argc > 2 && strcmp(argv[1], "help") == 0 && argv[2][0] != '-')
        turn_help(argc, argv);
    const char *name = argv[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0)
        return help();
    if (strcmp(name, "--version") == 0 || strcmp(name, "version") == 0) {
        printf("vaultcrypt %s\n", vc_version());
        return fflush(stdout) ? EXIT_LOCAL : EXIT_FINE;
    }
    for (size_t i = 0; commands[i]; i++)
        if (strcmp(name, commands[i]->name) == 0)
            return commands[i]->run(argc - 1, argv + 1);
    for (const struct command_group *group = command_groups; group->name; group++)
        if (strcmp(name, group->name) == 0)
            return run_group(group, argc - 1, argv + 1);
    if (name[0] == '-' || strchr(name, '/')) {
        fprintf(stderr, "vaultcrypt: %s: a command comes first; vaultcrypt --help lists them\n", name);
        return EXIT_USAGE;
    }
    return run_program(name, argv + 1);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vaultcrypt - one command to learn. `vaultcrypt X` runs the sub-command X: of this program, or the program vaultcrypt-X in
 * VAULTCRYPT_EXEC_PATH (for trees that are not installed) or in the libexec folder, as git does.
 */
#include "commands.h"
#include "exit.h"
#include "near.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <vaultcrypt/version.h>

static const struct command *const commands[] = { &command_encrypt, &command_decrypt, &command_lint, &command_setup };
enum { COMMANDS = sizeof commands / sizeof commands[0] };

static const char *folder_at(size_t i)
{
    const char *own = getenv("VAULTCRYPT_EXEC_PATH");
    const bool set = own && *own;
    if (i == 0)
        return set ? own : PKGLIBEXECDIR;
    return i == 1 && set ? PKGLIBEXECDIR : NULL;
}

static const char prefix[] = "vaultcrypt-";
enum { PREFIX_LEN = sizeof prefix - 1, FILE_ROOM = 4096 };

static bool is_built_in(const char *name)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(name, commands[i]->name) == 0)
            return true;
    return false;
}

/* False when it does not fit. */
static bool program_file(char file[FILE_ROOM], const char *folder, const char *name)
{
    return (size_t)snprintf(file, FILE_ROOM, "%s/%s%s", folder, prefix, name) < FILE_ROOM;
}

static int is_program(const struct dirent *entry)
{
    return strncmp(entry->d_name, prefix, PREFIX_LEN) == 0 && !strchr(entry->d_name, '.');
}

/* Calls `take` for each program of its own that can be run, sorted; those of the first folder hide those of the second. */
static void each_program(void (*take)(void *user, const char *name), void *user)
{
    char file[FILE_ROOM];
    for (size_t i = 0; folder_at(i); i++) {
        struct dirent **entries;
        const int count = scandir(folder_at(i), &entries, is_program, alphasort);
        for (int n = 0; n < count; n++) {
            const char *name = entries[n]->d_name + PREFIX_LEN;
            const bool hidden = i && program_file(file, folder_at(0), name) && access(file, X_OK) == 0;
            if (!hidden && !is_built_in(name) && program_file(file, folder_at(i), name) && access(file, X_OK) == 0)
                take(user, name);
            free(entries[n]);
        }
        if (count >= 0)
            free(entries);
    }
}

static void print_program(void *user, const char *name)
{
    (void)user;
    printf("  %-10s program of its own: vaultcrypt %s --help\n", name, name);
}

static int help(void)
{
    printf("usage: vaultcrypt COMMAND [OPTIONS]\n\n"
           "Fields, records and files protected with keys that live in Vault or OpenBao.\n\n");
    for (size_t i = 0; i < COMMANDS; i++)
        printf("  %-10s %s\n", commands[i]->name, commands[i]->summary);
    each_program(print_program, NULL);
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

static int no_command(const char *name)
{
    struct guess guess = { name, "", NEAR_ENOUGH + 1 };
    for (size_t i = 0; i < COMMANDS; i++)
        guess_one(&guess, commands[i]->name);
    each_program(guess_one, &guess);
    fprintf(stderr, "vaultcrypt: no command '%s'%s%s%s; vaultcrypt --help lists all\n", name,
            guess.name[0] ? " (did you mean '" : "", guess.name, guess.name[0] ? "'?)" : "");
    if (!guess.name[0])
        fprintf(stderr, "vaultcrypt: there is no %s%s in %s%s\n", prefix, name, folder_at(0),
                folder_at(1) ? " or the libexec folder" : " (VAULTCRYPT_EXEC_PATH names another folder, such as build/bin)");
    return EXIT_USAGE;
}

/* Only returns when there is no such program. */
static int run_program(const char *name, char **argv)
{
    for (size_t i = 0; folder_at(i); i++) {
        char file[FILE_ROOM];
        if (!program_file(file, folder_at(i), name))
            continue;
        execv(file, argv);
        if (errno != ENOENT && errno != ENOTDIR) {
            fprintf(stderr, "vaultcrypt: %s: %s\n", file, strerror(errno));
            return EXIT_LOCAL;
        }
    }
    return no_command(name);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        help();
        return EXIT_USAGE;
    }
    const char *name = argv[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0)
        return help();
    if (strcmp(name, "--version") == 0 || strcmp(name, "version") == 0) {
        printf("vaultcrypt %s\n", vc_version());
        return fflush(stdout) ? EXIT_LOCAL : EXIT_FINE;
    }
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(name, commands[i]->name) == 0)
            return commands[i]->run(argc - 1, argv + 1);
    if (name[0] == '-' || strchr(name, '/')) {
        fprintf(stderr, "vaultcrypt: %s: a command comes first; vaultcrypt --help lists them\n", name);
        return EXIT_USAGE;
    }
    return run_program(name, argv + 1);
}

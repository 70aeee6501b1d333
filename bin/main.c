/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vaultcrypt - one command to learn. `vaultcrypt X` runs the sub-command X: of this program, or the program vaultcrypt-X in
 * VAULTCRYPT_EXEC_PATH (for trees that are not installed) or in the libexec folder, as git does.
 */
#include "commands.h"
#include "exit.h"

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

static void list_programs(void)
{
    for (size_t i = 0; folder_at(i); i++) {
        DIR *folder = opendir(folder_at(i));
        if (!folder)
            continue;
        for (const struct dirent *entry; (entry = readdir(folder));)
            if (strncmp(entry->d_name, "vaultcrypt-", 11) == 0 && !strchr(entry->d_name, '.'))
                printf("  %-10s program of its own: vaultcrypt %s --help\n", entry->d_name + 11, entry->d_name + 11);
        closedir(folder);
    }
}

static int help(void)
{
    printf("usage: vaultcrypt COMMAND [OPTIONS]\n\n"
           "Fields, records and files protected with keys that live in Vault or OpenBao.\n\n");
    for (size_t i = 0; i < COMMANDS; i++)
        printf("  %-10s %s\n", commands[i]->name, commands[i]->summary);
    list_programs();
    printf("\nvaultcrypt COMMAND --help tells more; vaultcrypt --version the version. Manual: vaultcrypt(1), vaultcrypt-schema(5).\n"
           "Exit codes: 0 fine, 1 a record could not be done, 2 usage, 3 configuration or schema, 4 denied, 5 Vault away, 6 local.\n");
    return fflush(stdout) ? EXIT_LOCAL : EXIT_FINE;
}

/* Only returns when there is no such program. */
static int run_program(const char *name, char **argv)
{
    for (size_t i = 0; folder_at(i); i++) {
        char file[4096];
        if ((size_t)snprintf(file, sizeof file, "%s/vaultcrypt-%s", folder_at(i), name) >= sizeof file)
            continue;
        execv(file, argv);
        if (errno != ENOENT && errno != ENOTDIR) {
            fprintf(stderr, "vaultcrypt: %s: %s\n", file, strerror(errno));
            return EXIT_LOCAL;
        }
    }
    fprintf(stderr, "vaultcrypt: no command '%s'. The commands: ", name);
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(stderr, "%s%s", i ? ", " : "", commands[i]->name);
    fprintf(stderr, "; more with vaultcrypt --help\n");
    return EXIT_USAGE;
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

/* SPDX-License-Identifier: Apache-2.0 */
/* dlq_main.c - vaultcrypt-dlq: dead letters listed, and their records replayed. A program of its own because it links librdkafka. */
#define VC_BIN_DLQ_KAFKA
#include "dlq.h"

#include "exit.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const struct command *command;
    int (*run)(int argc, char **argv);
} parts[] = { { &command_dlq_list, dlq_list }, { &command_dlq_replay, dlq_replay } };

enum { PARTS = sizeof parts / sizeof parts[0] };

static const char *name_of(size_t part)
{
    return parts[part].command->name + strlen("dlq ");
}

static int help(void)
{
    printf("usage: vaultcrypt dlq COMMAND [OPTIONS]\n\ndead letters: listed, and their records replayed\n\n");
    for (size_t i = 0; i < PARTS; i++)
        printf("  %-14s %s\n", name_of(i), parts[i].command->summary);
    printf("\nvaultcrypt dlq COMMAND --help tells more; manual: vaultcrypt-dlq(1).\n");
    return fflush(stdout) ? EXIT_LOCAL : EXIT_FINE;
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0)
        return help();
    for (size_t i = 0; i < PARTS; i++)
        if (strcmp(name, name_of(i)) == 0)
            return parts[i].run(argc - 1, argv + 1);
    if (argc < 2)
        fprintf(stderr, "vaultcrypt dlq: a command is needed; vaultcrypt dlq --help lists them\n");
    else
        fprintf(stderr, "vaultcrypt dlq: no command '%s'; vaultcrypt dlq --help lists all\n", name);
    return EXIT_USAGE;
}

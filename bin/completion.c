/* SPDX-License-Identifier: Apache-2.0 */
/* completion.c - `vaultcrypt completion bash`: completions for the shell, made from the tables that the options are parsed with. */
#include "call.h"
#include "commands.h"
#include "exit.h"
#include "program.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct options {
    int none;
};

static const option_row rows[] = { { OPTION_END, 0, NULL, NULL, NULL, 0 } };

static const char notes[] = "For this shell: . <(vaultcrypt completion bash). For all: > /etc/bash_completion.d/vaultcrypt\n"
                            "Exit codes: 0 done, 2 usage, 6 local.\n";

static int run(int argc, char **argv);

const struct command command_completion = { "completion", "bash", "completions for the shell", notes, rows, 1, run };

/* Words that a value is one of: "table|json"; not when a part stands for more, as in "TEXT|@FILE". */
static bool is_choice(const char *argument)
{
    if (!argument || !strchr(argument, '|'))
        return false;
    return strspn(argument, "abcdefghijklmnopqrstuvwxyz0123456789|-_") == strlen(argument);
}

static bool is_file(const char *argument)
{
    return argument && (strcmp(argument, "FILE") == 0 || strcmp(argument, "FOLDER") == 0);
}

/* One case of the function that tells a command's options: `name) options=...; choices=...; files=...` */
static void print_command(const struct command *command)
{
    printf("    '%s') options='", command->name);
    for (const option_row *row = command->rows; row->kind != OPTION_END; row++)
        if (row->kind != OPTION_HEADING)
            printf("--%s%s ", row->name, row->argument ? "=" : "");
    printf("--help'\n        case $2 in\n");
    for (const option_row *row = command->rows; row->kind != OPTION_END; row++) {
        if (row->kind == OPTION_HEADING || !(is_choice(row->argument) || is_file(row->argument)))
            continue;
        printf("        --%s", row->name);
        if (row->letter)
            printf("|-%c", row->letter);
        if (is_file(row->argument)) {
            printf(") values=@file ;;\n");
        } else {
            printf(") values='");
            for (const char *c = row->argument; *c; c++)
                putchar(*c == '|' ? ' ' : *c);
            printf("' ;;\n");
        }
    }
    /* Options with another value: nothing to offer. */
    printf("        ");
    bool first = true;
    for (const option_row *row = command->rows; row->kind != OPTION_END; row++) {
        if (row->kind == OPTION_HEADING || !row->argument || is_choice(row->argument) || is_file(row->argument))
            continue;
        printf("%s--%s", first ? "" : "|", row->name);
        if (row->letter)
            printf("|-%c", row->letter);
        first = false;
    }
    printf("%s) values=@none ;;\n        esac ;;\n", first ? "--none" : "");
}

static const char head[] = "# bash completion for vaultcrypt, made by `vaultcrypt completion bash`\n"
                           "\n"
                           "# The options of a command, and the values of the option before the cursor.\n"
                           "_vaultcrypt_options() {\n"
                           "    options= values=\n"
                           "    case $1 in\n";

static const char tail[] =
    "    esac\n"
    "}\n"
    "\n"
    "_vaultcrypt() {\n"
    "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[1]} group options values\n"
    "    COMPREPLY=()\n"
    "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
    "        mapfile -t COMPREPLY < <(compgen -W \"$_vaultcrypt_commands --help --version\" -- \"$word\")\n"
    "        return\n"
    "    fi\n"
    "    group=_vaultcrypt_group_${command//-/_}\n"
    "    if [ -n \"${!group-}\" ]; then\n"
    "        if [ \"$COMP_CWORD\" -eq 2 ]; then\n"
    "            mapfile -t COMPREPLY < <(compgen -W \"${!group} --help\" -- \"$word\")\n"
    "            return\n"
    "        fi\n"
    "        command=\"$command ${COMP_WORDS[2]}\"\n"
    "    fi\n"
    "    # --name=value is three words, unless COMP_WORDBREAKS lacks the sign\n"
    "    if [ \"$word\" = = ]; then word=\n"
    "    elif [ \"$before\" = = ]; then before=${COMP_WORDS[COMP_CWORD-2]}\n"
    "    fi\n"
    "    _vaultcrypt_options \"$command\" \"$before\"\n"
    "    case $values in\n"
    "    @file) mapfile -t COMPREPLY < <(compgen -f -- \"$word\") ;;\n"
    "    @none) ;;\n"
    "    '')\n"
    "        if [ \"${word:0:1}\" = - ]; then\n"
    "            mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$word\")\n"
    "            [ \"${#COMPREPLY[@]}\" -ne 1 ] || [ \"${COMPREPLY[0]: -1}\" != = ] || compopt -o nospace 2>/dev/null\n"
    "        else\n"
    "            mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n"
    "        fi ;;\n"
    "    *) mapfile -t COMPREPLY < <(compgen -W \"$values\" -- \"$word\") ;;\n"
    "    esac\n"
    "}\n"
    "complete -o filenames -F _vaultcrypt vaultcrypt\n";

/*
 * vaultcrypt-stream has an option for each setting of its configuration, and lists them by itself: name, argument and more with tabs between. NULL: it is not
 * there.
 */
static FILE *open_settings(pid_t *child)
{
    char file[PROGRAM_FILE_ROOM];
    int ends[2];
    if (!program_find("stream", file, sizeof file) || pipe(ends))
        return NULL;
    *child = fork();
    if (*child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        execl(file, file, "--settings", (char *)NULL);
        _exit(EXIT_LOCAL);
    }
    close(ends[1]);
    FILE *settings = *child > 0 ? fdopen(ends[0], "r") : NULL;
    if (!settings)
        close(ends[0]);
    return settings;
}

static void print_stream(void)
{
    enum { LINE_ROOM = 512, CHOICES_ROOM = 8192 };
    char line[LINE_ROOM], choices[CHOICES_ROOM] = "";
    size_t len = 0;
    pid_t child = 0;
    FILE *settings = open_settings(&child);
    if (!settings)
        return;
    printf("    'stream') options='--config= --check --settings --brokers= --group= --property= --config-file= --from= --to= --http= ");
    while (fgets(line, sizeof line, settings)) {
        const char *name = strtok(line, "\t"), *argument = strtok(NULL, "\t");
        if (!name || !argument)
            continue;
        printf("--%s= ", name);
        if (!is_choice(argument) && !is_file(argument))
            continue;
        len += (size_t)snprintf(choices + len, sizeof choices - len, "        --%s) values='%s' ;;\n", name, is_file(argument) ? "@file" : argument);
        len = len < sizeof choices ? len : sizeof choices - 1;
    }
    for (char *c = choices; (c = strchr(c, '|'));)
        *c = ' ';
    printf("--help'\n        case $2 in\n        --config|-c|--config-file|-F|-s) values=@file ;;\n%s        esac ;;\n", choices);
    fclose(settings);
    (void)waitpid(child, NULL, 0);
}

static bool is_there(const struct command *program)
{
    char file[PROGRAM_FILE_ROOM], name[64];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(program->name, " "), program->name); /* of a group: the program is its first word */
    return program_find(name, file, sizeof file);
}

static void print_group(const struct command *const *all, const struct command_group *group)
{
    const char *rest;
    printf("_vaultcrypt_group_");
    for (const char *c = group->name; *c; c++) /* a variable's name has no dash */
        putchar(*c == '-' ? '_' : *c);
    printf("='");
    bool first = true;
    for (size_t i = 0; all[i]; i++)
        if (command_in_group(all[i], group->name, &rest)) {
            printf("%s%s", first ? "" : " ", rest);
            first = false;
        }
    printf("'\n");
}

static void print_words(void)
{
    const char *rest;
    printf("_vaultcrypt_commands='");
    for (size_t i = 0; commands[i]; i++)
        if (!strchr(commands[i]->name, ' '))
            printf("%s ", commands[i]->name);
    for (size_t i = 0; program_commands[i]; i++)
        if (is_there(program_commands[i]) && !strchr(program_commands[i]->name, ' '))
            printf("%s ", program_commands[i]->name);
    char file[PROGRAM_FILE_ROOM];
    if (program_find("stream", file, sizeof file))
        printf("stream ");
    for (const struct command_group *group = program_groups; group->name; group++)
        for (size_t i = 0; program_commands[i]; i++)
            if (command_in_group(program_commands[i], group->name, &rest) && is_there(program_commands[i])) {
                printf("%s ", group->name);
                break;
            }
    for (const struct command_group *group = command_groups; group->name; group++)
        printf("%s%s", group->name, group[1].name ? " " : "");
    printf("'\n");
    for (const struct command_group *group = command_groups; group->name; group++)
        print_group(commands, group);
    for (const struct command_group *group = program_groups; group->name; group++)
        print_group(program_commands, group);
}

static int run(int argc, char **argv)
{
    struct options o = { 0 };
    const char *operands[2];
    int status;
    if (!option_parse(&command_completion, argc, argv, &o, operands, &status))
        return status;
    if (!operands[0] || strcmp(operands[0], "bash") != 0)
        return call_usage(&command_completion, "completions are made for bash");
    fputs(head, stdout);
    for (size_t i = 0; commands[i]; i++)
        print_command(commands[i]);
    for (size_t i = 0; program_commands[i]; i++)
        if (is_there(program_commands[i]))
            print_command(program_commands[i]);
    fflush(stdout);
    print_stream();
    printf("%s\n", tail);
    print_words();
    return output_end(&command_completion);
}

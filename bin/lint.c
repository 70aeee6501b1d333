/* SPDX-License-Identifier: Apache-2.0 */
/* lint.c - `vaultcrypt lint`: reads schemas as encrypt and decrypt would, and says what is wrong, or what they do. */
#include "commands.h"
#include "exit.h"

#include <stdio.h>
#include <string.h>
#include <vaultcrypt/schema.h>

struct options {
    const char *topic;
    bool quiet;
};

enum { MOST_FILES = 64 };

static const option_row rows[] = {
    { OPTION_TEXT, 't', "topic", "NAME", "tell which rule applies to that topic", offsetof(struct options, topic) },
    { OPTION_FLAG, 'q', "quiet", NULL, "nothing but errors", offsetof(struct options, quiet) },
    { OPTION_END, 0, NULL, NULL, NULL, 0 },
};

static const char notes[] = "Prints each rule with its topics, fields, methods and keys. Exit codes: 0 fine, 2 usage, 3 a schema is not valid or\n"
                            "has no rule for --topic, 6 a file cannot be read.\n";

static int run(int argc, char **argv);

const struct command command_lint = { "lint", "[OPTIONS] SCHEMA...", "check a schema, and show what it does", notes, rows, MOST_FILES, run };

static void print_field(const vc_field *field)
{
    static const char *const shown[] = { "mount", "key", "role", "transformation", "as", "tweak_source", "on_error", "on_missing" };
    printf("    %-24s %s", vc_field_path(field), vc_field_method(field));
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
        const char *value = vc_field_option(field, shown[i]);
        if (value)
            printf(" %s=%s", shown[i], value);
    }
    printf("\n");
}

static void print_rule(const vc_rule *rule)
{
    printf("  %s (context %s), topics:", vc_rule_name(rule), vc_rule_context(rule));
    const char *topic;
    for (size_t i = 0; (topic = vc_rule_topic_at(rule, i)); i++)
        printf(" %s", topic);
    printf("\n");
    const vc_field *field;
    for (size_t i = 0; (field = vc_rule_field_at(rule, i)); i++)
        print_field(field);
    if (!vc_rule_field_at(rule, 0))
        printf("    no fields: records pass unchanged\n");
}

static int lint(const char *file, const struct options *options)
{
    vc_error err = VC_ERROR_INIT;
    vc_schema *schema = vc_schema_open(file, &err);
    if (!schema)
        return exit_report(NULL, &err);
    int status = EXIT_FINE;
    if (options->topic) {
        const vc_rule *rule = vc_schema_match(schema, vc_str(options->topic), &err);
        if (!rule)
            status = exit_report(file, &err);
        else if (!options->quiet)
            print_rule(rule);
    } else if (!options->quiet) {
        printf("%s: fine\n", file);
        const vc_rule *rule;
        for (size_t i = 0; (rule = vc_schema_rule_at(schema, i)); i++)
            print_rule(rule);
    }
    vc_schema_unref(schema);
    return status;
}

static int run(int argc, char **argv)
{
    struct options options = { .topic = NULL };
    const char *files[MOST_FILES + 1];
    int status = EXIT_FINE;
    if (!option_parse(&command_lint, argc, argv, &options, files, &status))
        return status;
    if (!files[0]) {
        fprintf(stderr, "vaultcrypt lint: which schema? vaultcrypt lint --help\n");
        return EXIT_USAGE;
    }
    for (size_t i = 0; files[i]; i++) {
        const int one = lint(files[i], &options);
        if (one > status)
            status = one;
    }
    if (fflush(stdout))
        return EXIT_LOCAL;
    return status;
}

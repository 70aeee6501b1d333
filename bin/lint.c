/* SPDX-License-Identifier: Apache-2.0 */
/* lint.c - `vaultcrypt lint`: reads schemas as encrypt and decrypt would, and says what is wrong, or what they do. */
#include "commands.h"
#include "exit.h"
#include "schema_warn.h"

#include <stdio.h>
#include <string.h>
#include <vaultcrypt/schema.h>

struct options {
    const char *topic;
    bool quiet, verbose;
};

enum { MOST_FILES = 64 };

static const option_row rows[] = {
    { OPTION_TEXT, 't', "topic", "NAME", "tell which rule applies to that topic", offsetof(struct options, topic) },
    { OPTION_FLAG, 'q', "quiet", NULL, "nothing but errors", offsetof(struct options, quiet) },
    { OPTION_FLAG, 'v', "verbose", NULL, "what each method gives away, too", offsetof(struct options, verbose) },
    { OPTION_END, 0, NULL, NULL, NULL, 0 },
};

static const char notes[] = "Prints each rule with its topics, fields, methods and keys. Exit codes: 0 fine, 2 usage, 3 a schema is not valid or\n"
                            "has no rule for --topic, 6 a file cannot be read.\n";

static int run(int argc, char **argv);

const struct command command_lint = { "lint", "[OPTIONS] SCHEMA...", "check a schema, and show what it does", notes, rows, MOST_FILES, run };

static void print_field(const vc_field *field)
{
    static const char *const shown[] = { "mount",     "key",       "key_version", "source", "accept", "sign",    "signed_by", "context", "role",     "transformation", "as",
                                         "algorithm", "alphabet",  "pattern",     "tweak",  "bind",   "wrap",   "carry",   "format",   "keep_last",      "with",
                                         "all",       "tweak_source", "on_error", "on_missing" };
    printf("    %-24s %s", vc_field_path(field), vc_field_method(field));
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
        const char *value = vc_field_option(field, shown[i]);
        if (value)
            printf(" %s=%s", shown[i], value);
    }
    printf("\n");
}

static bool is(const char *text, const char *other)
{
    return text && strcmp(text, other) == 0;
}

/* What the method does not hide. */
static const char *given_away(const vc_field *field)
{
    const char *method = vc_field_method(field);
    if (is(method, "fpe") || is(method, "transform"))
        return "equal values under equal tweaks become equal, and a changed one opens to another value without an error";
    if (is(method, "siv") || is(method, "hash"))
        return "equal values become equal";
    if (is(method, "mask"))
        return "what is kept is in clear, and so is the length";
    if (is(method, "rsa-oaep"))
        return "whoever has the public key can make one, nothing of record and path is bound, and it does not tell its key: `hybrid` with `sign` does";
    if (is(method, "hybrid") && !vc_field_option(field, "sign") && !vc_field_option(field, "signed_by"))
        return "whoever has the public key can make one: `sign` and `signed_by` tell who did";
    if (is(vc_field_option(field, "format"), "kroxylicious"))
        return "nothing of topic, key or rule is bound: a value can be moved to another record";
    return is(method, "transit") ? "nothing of record and path is bound: a value can be moved to another place" : NULL;
}

/* Nothing here makes a schema invalid. */
static void warn(const char *file, const vc_field *field, const struct options *options)
{
    const char *note = options->verbose ? given_away(field) : NULL;
    if (is(vc_field_option(field, "algorithm"), "ff3-1"))
        fprintf(stderr, "%s:%zu: warning: %s: FF3-1 was withdrawn by NIST in 2025: the field opens what exists, and cannot be protected\n", file,
                vc_field_line(field), vc_field_path(field));
    if (note)
        fprintf(stderr, "%s:%zu: note: %s: %s: %s\n", file, vc_field_line(field), vc_field_path(field), vc_field_method(field), note);
}

static void print_rule(const char *file, const vc_rule *rule, const struct options *options)
{
    const vc_field *field;
    const char *topic, *context;
    if (options->quiet)
        return;
    for (size_t i = 0; (field = vc_rule_field_at(rule, i)); i++)
        warn(file, field, options);
    printf("  %s (context %s", vc_rule_name(rule), vc_rule_context(rule));
    for (size_t i = 1; (context = vc_rule_context_at(rule, i)); i++)
        printf("%s %s", i == 1 ? "; opens those of" : ",", context);
    printf("), topics:");
    for (size_t i = 0; (topic = vc_rule_topic_at(rule, i)); i++)
        printf(" %s", topic);
    printf("\n");
    for (size_t i = 0; (field = vc_rule_field_at(rule, i)); i++)
        print_field(field);
    if (!vc_rule_field_at(rule, 0))
        printf("    no fields: records pass unchanged\n");
}

/* The key pairs that the file names, and where each is to be had. */
static void print_keys(const vc_schema *schema)
{
    static const char *const where[] = { "file", "env", "vault.mount", "vault.key", "jwks", "kid", "release.kid" };
    const vc_schema_key *key;
    for (size_t k = 0; (key = vc_schema_key_at(schema, k)); k++) {
        const vc_schema_origin *origin;
        for (size_t n = 0; (origin = vc_schema_key_public_at(key, n)) || vc_schema_key_private_at(key, n); n++)
            for (int private = 0; private < 2; private++) {
                origin = private ? vc_schema_key_private_at(key, n) : vc_schema_key_public_at(key, n);
                if (!origin)
                    continue;
                printf("  key %s %s %s", vc_schema_key_name(key), private ? "private" : "public", vc_schema_origin_kind(origin));
                for (size_t i = 0; i < sizeof where / sizeof where[0]; i++)
                    if (vc_schema_origin_option(origin, where[i]))
                        printf(" %s", vc_schema_origin_option(origin, where[i]));
                printf("\n");
            }
    }
}

static void print_warning(void *user, const char *line)
{
    (void)user;
    fprintf(stderr, "%s\n", line);
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
        else
            print_rule(file, rule, options);
    } else {
        if (!options->quiet)
            printf("%s: fine\n", file);
        if (!options->quiet)
            print_keys(schema);
        if (!options->quiet)
            schema_warn(schema, file, print_warning, NULL);
        const vc_rule *rule;
        for (size_t i = 0; (rule = vc_schema_rule_at(schema, i)); i++)
            print_rule(file, rule, options);
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

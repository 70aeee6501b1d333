/* SPDX-License-Identifier: Apache-2.0 */
/*
 * setup.c - `vaultcrypt setup`: makes in Vault what a schema needs and is not there, and two policies, one to protect and one to
 * open. It never changes what is there already: what differs is told, and left to people.
 */
#include "commands.h"
#include "connect.h"
#include "exit.h"
#include "objects.h"
#include "policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    const char *schema, *policy_name, *policy;
    bool dry_run, no_policies;
    connect_options connect;
};

static const option_row rows[] = {
    { OPTION_TEXT, 's', "schema", "FILE", "what is needed: vaultcrypt-schema(5)", offsetof(struct options, schema) },
    { OPTION_FLAG, 'n', "dry-run", NULL, "only tell what would be made", offsetof(struct options, dry_run) },
    { OPTION_TEXT, 0, "policy", "protect|open|rewrap", "print that policy in HCL, ask Vault nothing", offsetof(struct options, policy) },
    { OPTION_TEXT, 0, "policy-name", "NAME", "policies NAME-protect and NAME-open (the schema file's name)",
      offsetof(struct options, policy_name) },
    { OPTION_FLAG, 0, "no-policies", NULL, "make no policies", offsetof(struct options, no_policies) },
    CONNECT_ROWS(struct options),
    { OPTION_END, 0, NULL, NULL, NULL, 0 },
};

static const char notes[] =
    "Makes mounts, transit keys, templates, transformations and roles as far as they are missing; what is there is left as it is,\n"
    "and told when it differs. It can be run again. The token needs to administer these; encrypt and decrypt then get along with\n"
    "tokens of the policies NAME-protect and NAME-open.\n"
    "Exit codes: 0 all there, 2 usage, 3 something differs or cannot be made, 4 denied, 5 Vault away, 6 local.\n";

static int run(int argc, char **argv);

const struct command command_setup = { "setup", "-s SCHEMA [OPTIONS]", "make in Vault what a schema needs", notes, rows, 0, run };

static int print_policy(const vc_schema *schema, const char *which)
{
    static const char *const words[] = { "protect", "open", "rewrap" };
    int direction = VC_PROTECT;
    while (direction <= VC_REWRAP && strcmp(which, words[direction]) != 0)
        direction++;
    if (direction > VC_REWRAP) {
        fprintf(stderr, "vaultcrypt setup: --policy is protect, open or rewrap\n");
        return EXIT_USAGE;
    }
    char *text = policy_text(schema, (vc_direction)direction);
    const bool failed = !text || fputs(text, stdout) < 0 || fflush(stdout);
    free(text);
    return failed ? EXIT_LOCAL : EXIT_FINE;
}

/* purchases.yaml -> purchases; characters that a policy name cannot have become dashes. */
static void name_of_file(const char *file, char *name, size_t room)
{
    const char *base = strrchr(file, '/');
    base = base ? base + 1 : file;
    const char *dot = strrchr(base, '.');
    const size_t len = dot && dot > base ? (size_t)(dot - base) : strlen(base);
    snprintf(name, room, "%.*s", (int)(len < room ? len : room - 1), base);
    for (char *c = name; *c; c++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.", *c))
            *c = '-';
}

static vc_code ensure_policies(struct objects *objects, const vc_schema *schema, const char *name, vc_error *err)
{
    static const struct {
        vc_direction direction;
        const char *suffix;
    } both[] = { { VC_PROTECT, "protect" }, { VC_OPEN, "open" } };
    vc_code code = VC_OK;
    for (size_t i = 0; i < 2 && !code; i++) {
        char full[300];
        snprintf(full, sizeof full, "%s-%s", name, both[i].suffix);
        char *text = policy_text(schema, both[i].direction);
        if (!text) {
            err->code = VC_E_MEMORY;
            snprintf(err->message, sizeof err->message, "out of memory");
            return VC_E_MEMORY;
        }
        code = objects_ensure_policy(objects, full, text, err);
        free(text);
    }
    return code;
}

typedef vc_code field_fn(struct objects *objects, const vc_field *field, vc_error *err);

static vc_code each_field(struct objects *objects, field_fn *work, vc_error *err)
{
    vc_code code = VC_OK;
    const vc_rule *rule;
    const vc_field *field;
    for (size_t r = 0; !code && (rule = vc_schema_rule_at(objects->schema, r)); r++)
        for (size_t f = 0; !code && (field = vc_rule_field_at(rule, f)); f++)
            code = work(objects, field, err);
    return code;
}

static int make_all(const struct options *options, const vc_schema *schema, vc_client *client)
{
    vc_error err = VC_ERROR_INIT;
    struct objects objects = { .client = client, .schema = schema, .dry_run = options->dry_run };
    vc_code code = objects_open(&objects, &err);
    code = code ? code : each_field(&objects, objects_ensure_field, &err);
    code = code ? code : each_field(&objects, objects_look_at_accepted, &err);
    code = code ? code : objects_ensure_pairs(&objects, &err);
    if (!code && !options->no_policies) {
        char name[256];
        name_of_file(options->policy_name ? options->policy_name : options->schema, name, sizeof name);
        code = ensure_policies(&objects, schema, options->policy_name ? options->policy_name : name, &err);
    }
    objects_close(&objects);
    if (fflush(stdout))
        return EXIT_LOCAL;
    if (code)
        return exit_report("setup", &err);
    return objects.differences ? EXIT_CONFIG : EXIT_FINE;
}

static int run(int argc, char **argv)
{
    struct options options = { .schema = NULL };
    const char *operands[1];
    int status = EXIT_FINE;
    if (!option_parse(&command_setup, argc, argv, &options, operands, &status))
        return status;
    if (!options.schema) {
        fprintf(stderr, "vaultcrypt setup: a schema is needed: -s FILE; vaultcrypt setup --help\n");
        return EXIT_USAGE;
    }
    vc_error err = VC_ERROR_INIT;
    vc_schema *schema = vc_schema_open(options.schema, &err);
    vc_client *client = NULL;
    if (!schema)
        status = exit_report("setup", &err);
    else if (options.policy)
        status = print_policy(schema, options.policy);
    else if (!(client = connect_open(&options.connect, &err)))
        status = exit_report("setup", &err);
    else
        status = make_all(&options, schema, client);
    vc_client_close(client);
    vc_schema_unref(schema);
    return status;
}

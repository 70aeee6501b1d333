/* SPDX-License-Identifier: Apache-2.0 */
/* status.c - `vaultcrypt status`: is Vault there and open, how long does the token live, and may it do what a schema needs. */
#include "call.h"
#include "commands.h"
#include "exit.h"
#include "policy.h"
#include "show.h"

#include <stdio.h>
#include <string.h>
#include <vaultcrypt/schema.h>
#include <vaultcrypt/vaultcrypt.h>

enum { PATIENCE_MS = 5000 };

struct options {
    const char *schema, *direction;
    connect_options connect;
    output_options output;
};

static const option_row rows[] = {
    { OPTION_TEXT, 's', "schema", "FILE", "may the token do what this schema needs, and are its key pairs there?",
      offsetof(struct options, schema) },
    { OPTION_TEXT, 0, "direction", "protect|open", "that direction alone (both)", offsetof(struct options, direction) },
    OUTPUT_ROWS(struct options),
    CONNECT_ROWS(struct options),
    { OPTION_END, 0, NULL, NULL, NULL, 0 },
};

static const char notes[] = "The key pairs that the schema names are told too: which are here, and why the others are not. Of a schema that needs no Vault,\n"
                            "none is asked.\n"
                            "Waits no longer than 5s for Vault, unless --deadline says so.\n"
                            "Exit codes: 0 all well, 2 usage, 3 configuration or schema, 4 no token, a dead one, or one that may not do what the\n"
                            "schema needs, 5 Vault cannot be reached, is sealed or not initialised, 6 local.\n";

static int run(int argc, char **argv);

const struct command command_status = { "status", "[OPTIONS]", "is Vault there, and what may the token do", notes,
                                        rows, 0, run };

/* One look at a server. */
struct look {
    const struct options *options;
    vc_client *client;
    vc_schema *schema;
    struct json_object *root;
    int status;
};

static void worse(struct look *look, int status)
{
    if (status > look->status)
        look->status = status;
}

static void add_error(struct json_object *object, const vc_error *err)
{
    char line[1024];
    show_text(object, "error", vc_error_format(err, line, sizeof line));
}

static bool look_at_server(struct look *look)
{
    vc_error err = VC_ERROR_INIT;
    vc_sys_health *health = vc_sys_health_read(look->client, &err);
    show_flag(look->root, "reachable", health != NULL);
    if (!health) {
        show_text(look->root, "error", err.message);
        worse(look, exit_code_of(err.code));
        return false;
    }
    const bool open = vc_sys_health_is_initialized(health) && !vc_sys_health_is_sealed(health);
    show_flag(look->root, "initialized", vc_sys_health_is_initialized(health));
    show_flag(look->root, "sealed", vc_sys_health_is_sealed(health));
    show_flag(look->root, "standby", vc_sys_health_is_standby(health));
    show_text(look->root, "version", vc_sys_health_version(health));
    show_text(look->root, "cluster_name", vc_sys_health_cluster_name(health));
    vc_sys_health_free(health);
    if (!open)
        worse(look, EXIT_VAULT);
    return open;
}

static bool look_at_token(struct look *look)
{
    vc_error err = VC_ERROR_INIT;
    struct json_object *about = json_object_new_object();
    vc_token *token = vc_token_lookup_self(look->client, &err);
    show_flag(about, "valid", token != NULL);
    if (token) {
        show_token(about, token);
    } else {
        show_text(about, "error", err.message);
        worse(look, exit_code_of(err.code));
    }
    vc_token_free(token);
    json_object_object_add(look->root, "token", about);
    return token != NULL;
}

static bool is_listed(struct json_object *list, const char *path)
{
    struct json_object *one;
    for (size_t i = 0; i < json_object_array_length(list); i++)
        if (json_object_object_get_ex(json_object_array_get_idx(list, i), "path", &one) &&
            strcmp(json_object_get_string(one), path) == 0)
            return true;
    return false;
}

static void look_at_path(struct look *look, struct json_object *list, const char *path)
{
    vc_error err = VC_ERROR_INIT;
    unsigned capabilities = 0;
    if (is_listed(list, path))
        return;
    const vc_code code = vc_sys_capabilities_self(look->client, path, &capabilities, &err);
    const bool allowed = !code && capabilities & (VC_CAPABILITY_UPDATE | VC_CAPABILITY_ROOT);
    struct json_object *one = json_object_new_object();
    show_text(one, "path", path);
    show_text(one, "needs", "update");
    show_flag(one, "allowed", allowed);
    if (code)
        add_error(one, &err);
    if (!allowed)
        worse(look, code ? exit_code_of(code) : EXIT_DENIED);
    json_object_array_add(list, one);
}

static void look_at_schema(struct look *look)
{
    struct json_object *list = json_object_new_array();
    const vc_rule *rule;
    const vc_field *field;
    for (int direction = VC_PROTECT; direction <= VC_OPEN; direction++) {
        if (look->options->direction && strcmp(look->options->direction,
                                               direction == VC_PROTECT ? "protect" : "open") != 0)
            continue;
        for (size_t r = 0; (rule = vc_schema_rule_at(look->schema, r)); r++)
            for (size_t f = 0; (field = vc_rule_field_at(rule, f)); f++) {
                char path[PATH_ROOM];
                for (size_t i = 0; policy_path(field, (vc_direction)direction, i, path, sizeof path); i++)
                    look_at_path(look, list, path);
            }
    }
    json_object_object_add(look->root, "schema", list);
}

/* -- key pairs ------------------------------------------------------------------------------------------------------ */

static vc_direction direction_of(const struct look *look)
{
    const char *direction = look->options->direction;
    return !direction ? VC_REWRAP : strcmp(direction, "open") == 0 ? VC_OPEN : VC_PROTECT;
}

static struct json_object *key_state(const vc_keysource_state *state)
{
    struct json_object *one = json_object_new_object();
    show_text(one, "name", state->name);
    show_text(one, "half", state->is_private ? "private" : "public");
    show_text(one, "place", state->place);
    show_text(one, "state", vc_key_state_name(state->state));
    show_flag(one, "serves", state->serves);
    if (state->id[0])
        show_text(one, "id", state->id);
    show_text(one, "text", state->text);
    return one;
}

static void look_at_keys(struct look *look)
{
    vc_error err = VC_ERROR_INIT;
    vc_keysource_state state = { .size = sizeof state };
    struct json_object *list = json_object_new_array();
    vc_keysource *source = connect_source(look->client, look->schema, look->options->schema, direction_of(look), &err);
    if (!source || vc_keysource_set_patience(source, 0, &err) || vc_keysource_load(source, &err) || vc_keysource_check(source, NULL, &err)) {
        show_text(look->root, "keys_error", err.message);
        worse(look, exit_code_of(err.code));
    }
    for (size_t i = 0; source && vc_keysource_get_state(source, i, &state); i++)
        if (state.state != VC_KEY_NOT_NEEDED)
            json_object_array_add(list, key_state(&state));
    json_object_object_add(look->root, "keys", list);
    vc_keysource_free(source);
}

static void print_keys(struct json_object *list)
{
    static const char *const shown[] = { "half", "name", "place", "state", "text", "id" };
    const char *words[6];
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        struct json_object *one = json_object_array_get_idx(list, i), *value;
        for (size_t k = 0; k < 6; k++)
            words[k] = json_object_object_get_ex(one, shown[k], &value) ? json_object_get_string(value) : "";
        printf("%-14s %s %s (%s): %s: %s%s%s\n", "key", words[0], words[1], words[2], words[3], words[4], *words[5] ? ", id " : "", words[5]);
    }
}

/* People see what matters, in their words. */
static void print_for_people(const struct look *look)
{
    static const char *const plain[] = { "address", "reachable", "error", "initialized", "sealed", "standby",
                                         "version", "cluster_name" };
    struct json_object *value, *one;
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        if (json_object_object_get_ex(look->root, plain[i], &value))
            printf("%-14s %s\n", plain[i], show_word(value));
    if (json_object_object_get_ex(look->root, "token", &value))
        show_token_line("token", value);
    if (json_object_object_get_ex(look->root, "schema", &value))
        for (size_t i = 0; i < json_object_array_length(value); i++) {
            struct json_object *path, *allowed;
            one = json_object_array_get_idx(value, i);
            if (json_object_object_get_ex(one, "path", &path) && json_object_object_get_ex(one, "allowed", &allowed))
                printf("%-14s update on %s\n", json_object_get_boolean(allowed) ? "may" : "may NOT",
                       json_object_get_string(path));
        }
    if (json_object_object_get_ex(look->root, "keys", &value))
        print_keys(value);
}

static int look_and_print(struct look *look, const vc_config *config)
{
    look->root = json_object_new_object();
    const bool asks = connect_needs_vault(look->schema, direction_of(look));
    if (asks)
        show_text(look->root, "address", connect_address(config));
    if (asks && look_at_server(look) && look_at_token(look) && look->schema)
        look_at_schema(look);
    if (look->schema && vc_schema_key_at(look->schema, 0))
        look_at_keys(look);
    if (!look->options->output.format && !look->options->output.field) {
        print_for_people(look);
        worse(look, output_end(&command_status));
    } else {
        worse(look, output_print(&command_status, &look->options->output, NULL, look->root));
    }
    json_object_put(look->root);
    return look->status;
}

static int run(int argc, char **argv)
{
    struct options o = { .connect = { .deadline = PATIENCE_MS } };
    const char *operands[1];
    struct look look = { .options = &o };
    vc_error err = VC_ERROR_INIT;
    int status;
    if (!option_parse(&command_status, argc, argv, &o, operands, &status))
        return status;
    if (output_check(&command_status, &o.output))
        return EXIT_USAGE;
    if (o.direction && strcmp(o.direction, "protect") != 0 && strcmp(o.direction, "open") != 0)
        return call_usage(&command_status, "--direction is protect or open");
    vc_config *config = NULL;
    if ((o.schema && !(look.schema = vc_schema_open(o.schema, &err))) || !(config = connect_quiet(&o.connect, &err)) ||
        !(look.client = vc_client_open(config, &err)))
        status = exit_report("status", &err);
    else
        status = look_and_print(&look, config);
    vc_client_close(look.client);
    vc_config_free(config);
    vc_schema_unref(look.schema);
    return status;
}

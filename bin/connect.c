/* SPDX-License-Identifier: Apache-2.0 */
#include "connect.h"

#include <stdio.h>
#include <string.h>

static void log_line(void *user, const char *line)
{
    (void)user;
    fprintf(stderr, "vaultcrypt: %s\n", line);
}

static vc_code apply_auth(vc_config *config, const connect_options *o, vc_error *err)
{
    const struct {
        const char *name, *value;
    } settings[] = {
        { "auth", o->auth },
        { "auth_mount", o->auth_mount },
        { "role", o->auth_role },
        { "role_id", o->role_id },
        { "secret_id_file", o->secret_id_file },
        { "wrapped_secret_id_file", o->wrapped_secret_id_file },
        { "username", o->auth_username },
        { "password_file", o->auth_password_file },
        { "jwt_file", o->auth_jwt_file },
        { "token_file_watch", o->watch_token_file },
        { "revoke_on_close", o->auth ? "true" : NULL },
    };
    vc_code code = VC_OK;
    for (size_t i = 0; i < sizeof settings / sizeof settings[0] && !code; i++)
        if (settings[i].value)
            code = vc_config_set(config, settings[i].name, settings[i].value, err);
    return code;
}

static vc_code apply(vc_config *config, const connect_options *o, vc_error *err)
{
    const struct {
        const char *value;
        vc_code (*set)(vc_config *, const char *, vc_error *);
    } texts[] = {
        { o->address, vc_config_set_address },       { o->namespace_name, vc_config_set_namespace },
        { o->token_file, vc_config_set_token_file }, { o->ca_cert, vc_config_set_ca_file },
        { o->ca_path, vc_config_set_ca_path },       { o->tls_server_name, vc_config_set_tls_server_name },
    };
    vc_code code = VC_OK;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0] && !code; i++)
        if (texts[i].value)
            code = texts[i].set(config, texts[i].value, err);
    if (!code && (o->client_cert || o->client_key))
        code = vc_config_set_client_cert(config, o->client_cert, o->client_key, err);
    if (!code && o->tls_skip_verify)
        code = vc_config_set_skip_verify(config, 1, err);
    if (!code && o->timeout)
        code = vc_config_set_timeout(config, o->timeout, err);
    if (!code && o->deadline)
        code = vc_config_set_deadline(config, o->deadline, err);
    if (!code && o->connections)
        code = vc_config_set_connections(config, o->connections, err);
    if (!code && o->batch_items)
        code = vc_config_set_batch_limits(config, o->batch_items, 0, err);
    return code ? code : apply_auth(config, o, err);
}

/* By the options first; the environment fills in the rest. */
static vc_config *make_config(const connect_options *options, vc_error *err)
{
    vc_config *config = vc_config_new(err);
    if (config && !apply(config, options, err) && !vc_config_from_env(config, err))
        return config;
    vc_config_free(config);
    return NULL;
}

vc_config *connect_config(const connect_options *options, vc_error *err)
{
    vc_config *config = make_config(options, err);
    if (config && vc_config_set_log(config, log_line, NULL, err)) {
        vc_config_free(config);
        return NULL;
    }
    return config;
}

vc_config *connect_quiet(const connect_options *options, vc_error *err)
{
    return make_config(options, err);
}

/* -- what a schema takes ------------------------------------------------------------------------------------------ */

static bool is(const char *text, const char *other)
{
    return text && strcmp(text, other) == 0;
}

/* Data keys and computed keys are Vault's, unless the program was given them. */
static bool field_needs_vault(const vc_field *field)
{
    static const char *const never[] = { "mask", "drop", "hybrid", "rsa-oaep" };
    const char *method = vc_field_method(field);
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
        if (is(method, never[i]))
            return false;
    return !is(vc_field_option(field, "source"), "static");
}

bool connect_needs_vault(const vc_schema *schema, vc_direction direction)
{
    const vc_rule *rule;
    const vc_field *field;
    if (!schema || vc_keysource_needs_vault(schema, direction))
        return true;
    for (size_t i = 0; (rule = vc_schema_rule_at(schema, i)); i++)
        for (size_t k = 0; (field = vc_rule_field_at(rule, k)); k++)
            if (field_needs_vault(field))
                return true;
    return false;
}

/* -- keys ----------------------------------------------------------------------------------------------------------- */

vc_keysource *connect_source(vc_client *client, vc_schema *schema, const char *file, vc_direction direction, vc_error *err)
{
    vc_keysource *source = vc_keysource_new(client, schema, NULL, err);
    if (source && !vc_keysource_set_direction(source, direction, err) && !vc_keysource_set_base(source, file, err) && !vc_keysource_use_env(source, err))
        return source;
    vc_keysource_free(source);
    return NULL;
}

/* What is missing: the run goes on, for only those records fail that take it. */
static void tell_missing(const char *command, const char *file, vc_keysource *source)
{
    vc_keysource_state state = { .size = sizeof state };
    for (size_t i = 0; vc_keysource_get_state(source, i, &state); i++)
        if (state.state == VC_KEY_REFUSED || state.state == VC_KEY_AWAY || state.state == VC_KEY_UNUSABLE)
            fprintf(stderr, "vaultcrypt %s: %s:%zu: %s key %s (%s): %s: %s\n", command, file, state.line, state.is_private ? "private" : "public",
                    state.name, state.place, vc_key_state_name(state.state), state.text);
}

bool connect_keys(vc_client *client, const char *command, vc_schema *schema, const char *file, vc_direction direction, vc_keysource **keys,
                  vc_error *err)
{
    *keys = NULL;
    if (!vc_schema_key_at(schema, 0))
        return true;
    vc_keysource *source = connect_source(client, schema, file, direction, err);
    if (source && !vc_keysource_load(source, err)) {
        tell_missing(command, file, source);
        if (!vc_keysource_set_log(source, log_line, NULL, err) && !vc_keysource_start(source, err)) {
            *keys = source;
            return true;
        }
    }
    vc_keysource_free(source);
    return false;
}

static vc_client *open_without_vault(const connect_options *options, vc_error *err)
{
    vc_config *config = vc_config_new(err);
    vc_client *client = config && !apply(config, options, err) && !vc_config_set_log(config, log_line, NULL, err) ? vc_client_open(config, err) : NULL;
    vc_config_free(config);
    return client;
}

vc_client *connect_schema(const connect_options *options, const vc_schema *schema, vc_direction direction, vc_error *err)
{
    return connect_needs_vault(schema, direction) ? connect_open(options, err) : open_without_vault(options, err);
}

vc_client *connect_for(const connect_options *options, const char *command, vc_schema *schema, const char *file, vc_direction direction,
                       vc_keysource **keys, vc_error *err)
{
    *keys = NULL;
    vc_client *client = connect_schema(options, schema, direction, err);
    if (!client || connect_keys(client, command, schema, file, direction, keys, err))
        return client;
    vc_client_close(client);
    return NULL;
}

void connect_end(vc_client *client, vc_keysource *keys)
{
    vc_keysource_free(keys);
    vc_client_close(client);
}

const char *connect_address(const vc_config *config)
{
    const char *address = vc_config_get(config, "address");
    return address ? address : "https://127.0.0.1:8200";
}

vc_client *connect_telling(const connect_options *options, vc_error *err)
{
    vc_config *config = connect_config(options, err);
    if (config && !vc_config_get(config, "address"))
        fprintf(stderr, "vaultcrypt: VAULT_ADDR is not set: %s is asked\n", connect_address(config));
    vc_client *client = config ? vc_client_open(config, err) : NULL;
    vc_config_free(config);
    return client;
}

vc_client *connect_open(const connect_options *options, vc_error *err)
{
    vc_config *config = connect_config(options, err);
    vc_client *client = config ? vc_client_open(config, err) : NULL;
    vc_config_free(config);
    return client;
}

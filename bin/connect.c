/* SPDX-License-Identifier: Apache-2.0 */
#include "connect.h"

#include <stdio.h>

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

/* SPDX-License-Identifier: Apache-2.0 */
#include "connect.h"

#include <stdio.h>

static void log_line(void *user, const char *line)
{
    (void)user;
    fprintf(stderr, "vaultcrypt: %s\n", line);
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
    vc_code code = vc_config_set_log(config, log_line, NULL, err);
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
    return code;
}

vc_client *connect_open(const connect_options *options, vc_error *err)
{
    vc_config *config = vc_config_new(err);
    vc_client *client = NULL;
    if (config && !apply(config, options, err) && !vc_config_from_env(config, err))
        client = vc_client_open(config, err);
    vc_config_free(config);
    return client;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "stream_keys.h"

#include <stdio.h>
#include <string.h>

static void log_line(void *user, const char *line)
{
    stream_log_line(user, strstr(line, "): here") || strstr(line, "): in Vault") ? VC_LOG_INFO : VC_LOG_WARNING, line);
}

/* `*source` NULL: the schema names no keys. */
static vc_code open_one(vc_client *client, vc_schema *schema, const char *file, vc_direction direction, stream_log *log, vc_keysource *before,
                        vc_keysource **source, vc_error *err)
{
    *source = NULL;
    if (!schema || !vc_schema_key_at(schema, 0))
        return VC_OK;
    vc_error why = VC_ERROR_INIT; /* err may be NULL */
    vc_keysource *made = vc_keysource_new(client, schema, NULL, &why);
    vc_code code = made ? vc_keysource_set_direction(made, direction, err) : why.code;
    if (!made && err)
        *err = why;
    code = code ? code : vc_keysource_set_base(made, file, err);
    code = code ? code : vc_keysource_use_env(made, err);
    code = code ? code : vc_keysource_set_log(made, log_line, log, err);
    if (!code && before) /* who reloads also pings the watchdog: it asks once, and the source's thread goes on */
        code = vc_keysource_set_patience(made, 0, err);
    if (!code && before)
        code = vc_keysource_follow(made, before, err);
    code = code ? code : vc_keysource_load(made, err);
    code = code ? code : vc_keysource_start(made, err);
    if (!code)
        *source = made;
    else
        vc_keysource_retire(made);
    return code;
}

static void exchange(stream_keys *keys, vc_keysource *now, vc_keysource *old)
{
    pthread_mutex_lock(&keys->lock);
    vc_keysource *const before = keys->now, *const older = keys->old;
    keys->now = now;
    keys->old = old;
    pthread_mutex_unlock(&keys->lock);
    vc_keysource_retire(before);
    vc_keysource_retire(older);
}

vc_code stream_keys_open(stream_keys *keys, const vc_stream_config *config, vc_client *client, vc_schema *schema, vc_schema *old, stream_log *log,
                         vc_error *err)
{
    vc_keysource *now = NULL, *former = NULL;
    const char *direction = vc_stream_config_get(config, "stream.direction", 0);
    const vc_direction way = direction && strcmp(direction, "open") == 0 ? VC_OPEN : VC_PROTECT; /* reprotect: opened by the old one */
    vc_code code = open_one(client, schema, vc_stream_config_get(config, "schema", 0), way, log, keys->now, &now, err);
    if (!code)
        code = open_one(client, old, vc_stream_config_get(config, "old_schema", 0), VC_OPEN, log, keys->old, &former, err);
    if (code)
        vc_keysource_retire(now);
    else
        exchange(keys, now, former);
    return code;
}

/* One that is not here, and may be yet. What is unusable (no such file, no such key) stays so until somebody mends it. */
static bool is_missing(const vc_keysource_state *state)
{
    return !state->serves && (state->state == VC_KEY_REFUSED || state->state == VC_KEY_AWAY || state->state == VC_KEY_UNKNOWN);
}

vc_code stream_keys_missing(void *user, vc_error *err)
{
    stream_keys *keys = user;
    vc_keysource_state state = { .size = sizeof state };
    vc_code code = VC_OK;
    pthread_mutex_lock(&keys->lock);
    vc_keysource *const sources[] = { keys->now, keys->old };
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; !code && sources[k] && vc_keysource_get_state(sources[k], i, &state); i++)
            if (is_missing(&state))
                code = state.state == VC_KEY_REFUSED ? VC_E_DENIED : VC_E_CONNECT;
    pthread_mutex_unlock(&keys->lock);
    if (!code || !err)
        return code;
    err->code = code;
    snprintf(err->message, sizeof err->message, "%s key %.100s (%.100s): %s: %.280s", state.is_private ? "private" : "public", state.name, state.place,
             vc_key_state_name(state.state), state.text);
    return code;
}

void stream_keys_close(stream_keys *keys)
{
    exchange(keys, NULL, NULL);
}

void stream_keys_each(stream_keys *keys, void (*each)(void *user, const vc_keysource_state *state), void *user)
{
    vc_keysource_state state = { .size = sizeof state };
    pthread_mutex_lock(&keys->lock);
    vc_keysource *const sources[] = { keys->now, keys->old };
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; sources[k] && vc_keysource_get_state(sources[k], i, &state); i++)
            each(user, &state);
    pthread_mutex_unlock(&keys->lock);
}

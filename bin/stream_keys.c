/* SPDX-License-Identifier: Apache-2.0 */
#include "stream_keys.h"

#include <stdio.h>
#include <string.h>

static void log_line(void *user, const char *line)
{
    stream_log_line(user, strstr(line, "): here") || strstr(line, "): in Vault") ? VC_LOG_INFO : VC_LOG_WARNING, line);
}

/* `*source` NULL: the schema names no keys. */
static vc_code make(vc_client *client, vc_schema *schema, const char *file, vc_direction direction, stream_log *log, vc_keysource **source, vc_error *err)
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
    if (!code)
        *source = made;
    else
        vc_keysource_free(made);
    return code;
}

static vc_code make_both(const vc_stream_config *config, vc_client *client, vc_schema *schema, vc_schema *old, stream_log *log, vc_keysource *made[2],
                         vc_error *err)
{
    const char *direction = vc_stream_config_get(config, "stream.direction", 0);
    const vc_direction way = direction && strcmp(direction, "open") == 0 ? VC_OPEN : VC_PROTECT; /* reprotect: opened by the old one */
    vc_code code = make(client, schema, vc_stream_config_get(config, "schema", 0), way, log, &made[0], err);
    if (!code)
        code = make(client, old, vc_stream_config_get(config, "old_schema", 0), VC_OPEN, log, &made[1], err);
    return code;
}

vc_code stream_keys_open(stream_keys *keys, const vc_stream_config *config, vc_client *client, vc_schema *schema, vc_schema *old, stream_log *log,
                         vc_error *err)
{
    vc_code code = make_both(config, client, schema, old, log, keys->now, err);
    for (size_t k = 0; k < 2 && !code; k++)
        if (keys->now[k]) {
            code = vc_keysource_load(keys->now[k], err);
            code = code ? code : vc_keysource_start(keys->now[k], err);
        }
    return code;
}

/* -- others in their place ------------------------------------------------------------------------------------------------ */

/* Where stream_keys_cancel() finds them. False: it was called already. */
static bool announce(stream_keys *keys, vc_keysource *const made[2])
{
    pthread_mutex_lock(&keys->lock);
    const bool canceled = keys->canceled;
    for (size_t k = 0; k < 2; k++)
        keys->next[k] = made[k];
    pthread_mutex_unlock(&keys->lock);
    return !canceled;
}

vc_code stream_keys_prepare(stream_keys *keys, const vc_stream_config *config, vc_client *client, vc_schema *schema, vc_schema *old, stream_log *log,
                            vc_error *err)
{
    vc_keysource *made[2] = { NULL, NULL };
    vc_code code = make_both(config, client, schema, old, log, made, err);
    const bool goes_on = announce(keys, made);
    for (size_t k = 0; k < 2 && !code && goes_on; k++)
        if (made[k])
            code = vc_keysource_prepare(made[k], err);
    if (code || goes_on)
        return code;
    if (err) {
        err->code = VC_E_CANCELED;
        snprintf(err->message, sizeof err->message, "the stream ends");
    }
    return VC_E_CANCELED;
}

void stream_keys_cancel(stream_keys *keys)
{
    pthread_mutex_lock(&keys->lock);
    keys->canceled = true;
    for (size_t k = 0; k < 2; k++)
        vc_keysource_cancel(keys->next[k]);
    pthread_mutex_unlock(&keys->lock);
}

static void hold(stream_keys *keys, bool held)
{
    pthread_mutex_lock(&keys->lock);
    keys->held = held;
    pthread_mutex_unlock(&keys->lock);
}

void stream_keys_hold(stream_keys *keys)
{
    hold(keys, true);
}

void stream_keys_drop(stream_keys *keys)
{
    vc_keysource *const made[2] = { keys->next[0], keys->next[1] }, *const none[2] = { NULL, NULL };
    (void)announce(keys, none);
    for (size_t k = 0; k < 2; k++)
        vc_keysource_retire(made[k]); /* with what it has added */
    hold(keys, false);
}

void stream_keys_add(stream_keys *keys)
{
    for (size_t k = 0; k < 2; k++)
        if (keys->next[k])
            (void)vc_keysource_commit(keys->next[k], NULL);
}

/* The one before asks no more first, so that what is handed over is what it has. Then which one protects is said anew. */
static void take_place(vc_keysource *next, vc_keysource *before, stream_log *log)
{
    char text[600];
    vc_error err = VC_ERROR_INIT;
    vc_code code = VC_OK;
    vc_keysource_cancel(before);
    if (!next)
        return;
    if (before)
        code = vc_keysource_follow(next, before, &err);
    if (!code)
        code = vc_keysource_commit(next, &err);
    if (!code)
        code = vc_keysource_start(next, &err);
    if (code && code != VC_E_CANCELED)
        stream_log_printf(log, VC_LOG_ERROR, "keys are not kept fresh: %s", vc_error_format(&err, text, sizeof text));
}

void stream_keys_commit(stream_keys *keys, stream_log *log)
{
    vc_keysource *before[2];
    for (size_t k = 0; k < 2; k++)
        take_place(keys->next[k], keys->now[k], log);
    pthread_mutex_lock(&keys->lock);
    for (size_t k = 0; k < 2; k++) {
        before[k] = keys->now[k];
        keys->now[k] = keys->next[k];
        keys->next[k] = NULL;
    }
    keys->held = false;
    pthread_mutex_unlock(&keys->lock);
    for (size_t k = 0; k < 2; k++)
        vc_keysource_retire(before[k]);
}

void stream_keys_close(stream_keys *keys)
{
    stream_keys_drop(keys);
    for (size_t k = 0; k < 2; k++) {
        vc_keysource_cancel(keys->now[0]); /* both at once */
        vc_keysource_cancel(keys->now[1]);
        vc_keysource_retire(keys->now[k]);
        keys->now[k] = NULL;
    }
}

/* -- what is known -------------------------------------------------------------------------------------------------------- */

/*
 * One that is not here, and may be yet; and one that is here of a place that nobody can ask now, which may have a newer one. What is unusable (no
 * such file, no such key) stays so until somebody mends it.
 */
static bool is_missing(const vc_keysource_state *state)
{
    return state->state == VC_KEY_AWAY || (!state->serves && (state->state == VC_KEY_REFUSED || state->state == VC_KEY_UNKNOWN));
}

vc_code stream_keys_missing(void *user, const vc_rule *rule, vc_error *err)
{
    stream_keys *keys = user;
    vc_keysource_state state = { .size = sizeof state };
    vc_code code = VC_OK;
    pthread_mutex_lock(&keys->lock);
    const bool held = keys->held;
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; !code && keys->now[k] && vc_keysource_get_state(keys->now[k], i, &state); i++)
            if (is_missing(&state) && (!rule || vc_rule_uses_key(rule, state.name)))
                code = state.state == VC_KEY_REFUSED ? VC_E_DENIED : VC_E_CONNECT;
    pthread_mutex_unlock(&keys->lock);
    if (!code && held)
        code = VC_E_BUSY;
    if (!code || !err)
        return code;
    err->code = code;
    if (code == VC_E_BUSY)
        snprintf(err->message, sizeof err->message, "the keys of another schema take the place of those from before");
    else
        snprintf(err->message, sizeof err->message, "%s key %.100s (%.100s): %s: %.280s", state.is_private ? "private" : "public", state.name, state.place,
             vc_key_state_name(state.state), state.text);
    return code;
}

void stream_keys_each(stream_keys *keys, void (*each)(void *user, const vc_keysource_state *state), void *user)
{
    vc_keysource_state state = { .size = sizeof state };
    pthread_mutex_lock(&keys->lock);
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; keys->now[k] && vc_keysource_get_state(keys->now[k], i, &state); i++)
            each(user, &state);
    pthread_mutex_unlock(&keys->lock);
}

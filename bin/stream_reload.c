/* SPDX-License-Identifier: Apache-2.0 */
#include "stream_reload.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

/* -- what waits for a restart --------------------------------------------------------------------------------------------- */

static bool equal(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* Settings of Vault, stream and HTTP that are fixed when the stream is made. */
static bool is_live(const char *name)
{
    static const char *const live[] = { "schema", "old_schema", "log.level" };
    for (size_t i = 0; i < sizeof live / sizeof live[0]; i++)
        if (strcmp(name, live[i]) == 0)
            return true;
    return false;
}

static bool same_values(const vc_stream_config *a, const vc_stream_config *b, const char *name)
{
    for (size_t i = 0;; i++) {
        const char *one = vc_stream_config_get(a, name, i), *other = vc_stream_config_get(b, name, i);
        if (!equal(one, other))
            return false;
        if (!one)
            return true;
    }
}

/* Properties that `mine` has, and `other` otherwise or, when that is asked for, not at all. Of secrets nobody can tell. */
static void tell_of_properties(stream_log *log, const vc_stream_config *mine, const vc_stream_config *other, bool missing_only)
{
    char full[300];
    const char *name;
    for (size_t i = 0; (name = vc_stream_config_property(mine, i)); i++) {
        snprintf(full, sizeof full, "kafka.%s", name);
        const char *there = vc_stream_config_get(other, full, 0);
        if (missing_only ? !there : !equal(vc_stream_config_get(mine, full, 0), there))
            stream_log_printf(log, VC_LOG_WARNING, "%s is another now, which counts after a restart", full);
    }
}

static void tell_what_waits(const stream_reload *reload, const vc_stream_config *before)
{
    const vc_stream_config *fresh = reload->fresh;
    tell_of_properties(reload->log, fresh, before, false);
    tell_of_properties(reload->log, before, fresh, true);
    vc_stream_setting setting = { .size = sizeof setting };
    for (size_t i = 0; vc_stream_config_setting(i, &setting); i++)
        if (!is_live(setting.name) && !same_values(before, fresh, setting.name))
            stream_log_printf(reload->log, VC_LOG_WARNING, "%s is another now, which counts after a restart", setting.name);
}

/* -- in the thread ------------------------------------------------------------------------------------------------------- */

/* All that can fail, and then nothing is changed. The new keys come first: no record is under a schema whose keys are to come yet. */
static vc_code exchange(stream_reload *reload, vc_schema *schema, vc_schema *old, vc_error *err)
{
    stream_keys_hold(reload->keys);
    stream_keys_add(reload->keys);
    vc_code code = vc_stream_replace_schema(reload->stream, schema, old, err);
    const bool replaced = !code;
    if (!code)
        code = vc_stream_config_reload_client(reload->fresh, reload->client, err);
    if (code && replaced)
        (void)vc_stream_replace_schema(reload->stream, reload->schema, reload->old, NULL);
    return code;
}

static vc_code take_over(stream_reload *reload, vc_error *err)
{
    vc_schema *schema = NULL, *old = NULL;
    vc_code code = vc_stream_config_check(reload->fresh, err);
    if (!code)
        code = vc_stream_config_schemas(reload->fresh, &schema, &old, err);
    if (!code)
        code = stream_keys_prepare(reload->keys, reload->fresh, reload->client, schema, old, reload->log, err);
    if (!code)
        code = exchange(reload, schema, old, err);
    if (code) {
        stream_keys_drop(reload->keys);
    } else {
        stream_keys_commit(reload->keys, reload->log);
        vc_schema *const gone[] = { reload->schema, reload->old };
        reload->schema = schema;
        reload->old = old;
        schema = gone[0];
        old = gone[1];
    }
    vc_schema_unref(schema);
    vc_schema_unref(old);
    return code;
}

static void *run(void *user)
{
    stream_reload *reload = user;
    reload->why = (vc_error)VC_ERROR_INIT;
    reload->fresh = stream_options_config(reload->options, &reload->why);
    reload->refused = !reload->fresh || take_over(reload, &reload->why);
    atomic_store(&reload->done, true);
    pthread_kill(reload->owner, SIGUSR2); /* it need not wait for its next look */
    return NULL;
}

/* -- its owner ----------------------------------------------------------------------------------------------------------- */

int stream_reload_begin(stream_reload *reload)
{
    reload->owner = pthread_self();
    reload->fresh = NULL;
    atomic_store(&reload->done, false);
    const int failed = pthread_create(&reload->thread, NULL, run, reload);
    reload->under_way = !failed;
    return failed;
}

bool stream_reload_is_done(const stream_reload *reload)
{
    return reload->under_way && atomic_load(&reload->done);
}

bool stream_reload_end(stream_reload *reload, vc_stream_config **config)
{
    if (!reload->under_way)
        return false;
    pthread_join(reload->thread, NULL);
    reload->under_way = false;
    if (reload->refused) {
        vc_stream_config_free(reload->fresh);
    } else {
        tell_what_waits(reload, *config);
        vc_stream_config_free(*config);
        *config = reload->fresh;
    }
    reload->fresh = NULL;
    return !reload->refused;
}

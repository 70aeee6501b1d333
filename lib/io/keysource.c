/* SPDX-License-Identifier: Apache-2.0 */
#include "io/keysource.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "io/clock.h"
#include "io/environment.h"

#include <stdio.h>

enum { REFRESH_MS = 300000, PATIENCE_MS = 10000, EXCHANGE_MS = 15000, VAULT_MS = 15000, REFRESH_LEAST_MS = 100 };

/* -- life -------------------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    vc__place_kind kind;
} kinds[] = {
    { "file", VC__PLACE_FILE },   { "env", VC__PLACE_ENV },   { "pem", VC__PLACE_PEM },
    { "vault", VC__PLACE_VAULT }, { "jwks", VC__PLACE_JWKS }, { "release", VC__PLACE_RELEASE },
};

static void add_place(vc_keysource *source, const vc_schema_key *key, const vc_schema_origin *origin, bool private)
{
    vc__place *place = source->places ? &source->places[source->count] : NULL;
    source->count++;
    if (!place)
        return; /* they are being counted */
    *place = (vc__place){ .key = key, .origin = origin, .private = private, .why = VC_ERROR_INIT };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(vc_schema_origin_kind(origin), kinds[i].name) == 0)
            place->kind = kinds[i].kind;
}

static void add_places(vc_keysource *source)
{
    const vc_schema_key *key;
    const vc_schema_origin *origin;
    source->count = 0;
    for (size_t i = 0; (key = vc_schema_key_at(source->schema, i)); i++) {
        for (size_t k = 0; (origin = vc_schema_key_public_at(key, k)); k++)
            add_place(source, key, origin, false);
        for (size_t k = 0; (origin = vc_schema_key_private_at(key, k)); k++)
            add_place(source, key, origin, true);
    }
}

static bool begins_name(const vc_keysource *source, size_t i)
{
    return !i || source->places[i].key != source->places[i - 1].key;
}

static vc_code read_refresh(vc_keysource *source, vc_error *err)
{
    const char *text = vc_schema_release_option(source->schema, "refresh");
    source->refresh_ms = REFRESH_MS;
    if (!text || vc__parse_duration(vc_str(text), &source->refresh_ms))
        return source->refresh_ms < REFRESH_LEAST_MS ? vc__error(err, VC_E_CONFIG, "`refresh` of key_release: 100ms is the least") : VC_OK;
    return vc__error(err, VC_E_CONFIG, "`refresh` of key_release: expected a time such as 5m or 90s");
}

static bool make_locks(vc_keysource *source)
{
    pthread_condattr_t attributes;
    if (pthread_condattr_init(&attributes))
        return false;
    const bool made = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 && pthread_cond_init(&source->woken, &attributes) == 0;
    (void)pthread_condattr_destroy(&attributes);
    return made && pthread_mutex_init(&source->passing, NULL) == 0 && pthread_mutex_init(&source->lock, NULL) == 0 &&
           pthread_mutex_init(&source->sleep_lock, NULL) == 0; /* glibc's take nothing and do not fail */
}

static vc_code set_up(vc_keysource *source, vc_client *client, vc_error *err)
{
    vc_code code = read_refresh(source, err);
    if (code)
        return code;
    if (client && !(source->client = vc_client_scope(client, err)))
        return VC_E_MEMORY;
    if (client)
        code = vc_client_set_deadline(source->client, VAULT_MS, err);
    if (code || !(source->web = vc_config_new(err)))
        return code ? code : VC_E_MEMORY;
    code = vc_config_set_timeout(source->web, EXCHANGE_MS, err);
    add_places(source);
    source->places = vc__calloc(source->count, sizeof *source->places);
    if (!source->places)
        return vc__error_memory(err);
    add_places(source);
    for (size_t i = 0; i < source->count; i++)
        if (begins_name(source, i)) {
            source->places[i].lack.name = vc_schema_key_name(source->places[i].key);
            vc__ring_lack_enlist(source->ring, &source->places[i].lack);
        }
    return code;
}

/* What it says of keys that are missing outlives it, as the keys do; `retired`: neither does. */
static void take_lacks(vc_keysource *source, bool retired)
{
    for (size_t i = 0; source->places && i < source->count; i++)
        if (source->places[i].lack.name)
            vc__ring_lack_delist(source->ring, &source->places[i].lack, !retired);
}

vc_keysource *vc_keysource_new(vc_client *client, vc_schema *schema, vc_keyring *ring, vc_error *err)
{
    if (!schema || (!client && !ring)) {
        vc__error(err, VC_E_ARGUMENT, "a key source needs a schema, and a keyring or a client that has one");
        return NULL;
    }
    vc_keysource *source = vc__calloc(1, sizeof *source);
    if (!source || !make_locks(source)) {
        vc__free(source);
        vc__error_memory(err);
        return NULL;
    }
    atomic_init(&source->cancel, false);
    source->schema = vc_schema_ref(schema);
    source->ring = vc_keyring_ref(ring ? ring : vc_client_keyring(client));
    source->patience_ms = PATIENCE_MS;
    source->seed = vc__clock_ms() ^ (uint64_t)(uintptr_t)source;
    if (!set_up(source, client, err)) {
        vc__keysource_enlist(source);
        (void)vc_keysource_set_direction(source, VC_PROTECT, NULL); /* the least: no key that opens, unless that is asked for */
        return source;
    }
    vc_keysource_free(source);
    return NULL;
}

void vc_keysource_free(vc_keysource *source)
{
    if (!source)
        return;
    vc__keysource_stop(source);
    vc__keysource_delist(source);
    take_lacks(source, source->retired);
    vc_client_close(source->client);
    vc_schema_unref(source->schema);
    vc_keyring_unref(source->ring);
    vc_config_free(source->web);
    vc__free(source->base);
    for (size_t i = 0; source->places && i < source->count; i++)
        vc__staged_free(source->places[i].staged);
    vc__free(source->places);
    pthread_cond_destroy(&source->woken);
    pthread_mutex_destroy(&source->sleep_lock);
    pthread_mutex_destroy(&source->lock);
    pthread_mutex_destroy(&source->passing);
    vc__free(source);
}

/* -- settings ---------------------------------------------------------------------------------------------- */

static vc_code no_source(vc_error *err)
{
    return vc__error(err, VC_E_ARGUMENT, "there is no key source (NULL)");
}

vc_code vc_keysource_set_direction(vc_keysource *source, vc_direction direction, vc_error *err)
{
    if (!source)
        return no_source(err);
    if (direction != VC_PROTECT && direction != VC_OPEN && direction != VC_REWRAP)
        return vc__error(err, VC_E_ARGUMENT, "no such direction");
    source->direction = direction;
    for (size_t i = 0; i < source->count; i++)
        if (!vc__key_needed(source->schema, source->places[i].key, source->places[i].private, direction))
            source->places[i].state = VC_KEY_NOT_NEEDED;
        else if (source->places[i].state == VC_KEY_NOT_NEEDED)
            source->places[i].state = VC_KEY_UNKNOWN;
    return VC_OK;
}

vc_code vc_keysource_set_base(vc_keysource *source, const char *file, vc_error *err)
{
    if (!source)
        return no_source(err);
    char *copy = file ? vc__memdup(file, strlen(file)) : NULL;
    if (file && !copy)
        return vc__error_memory(err);
    vc__free(source->base);
    source->base = copy;
    return VC_OK;
}

vc_code vc_keysource_use_env(vc_keysource *source, vc_error *err)
{
    if (!source)
        return no_source(err);
    source->environment = true;
    return vc__environment_web(source->web, err);
}

vc_code vc_keysource_set_web(vc_keysource *source, const vc_config *config, vc_error *err)
{
    if (!source || !config)
        return vc__error(err, VC_E_ARGUMENT, "a key source and a configuration are needed");
    vc_error why = VC_ERROR_INIT; /* err may be NULL */
    vc__autoptr(vc_config) web = vc__web_config(config, &why);
    if (!web)
        return vc__error_copy(err, &why);
    vc_config_free(source->web);
    source->web = vc__steal(&web);
    return VC_OK;
}

vc_code vc_keysource_set_patience(vc_keysource *source, uint64_t milliseconds, vc_error *err)
{
    if (!source)
        return no_source(err);
    source->patience_ms = milliseconds < UINT64_MAX / 4 ? milliseconds : UINT64_MAX / 4;
    return VC_OK;
}

vc_code vc_keysource_set_log(vc_keysource *source, vc_log_fn log, void *user, vc_error *err)
{
    if (!source)
        return no_source(err);
    source->log = log;
    source->log_user = user;
    return VC_OK;
}

/* -- what is known ----------------------------------------------------------------------------------------- */

const char *vc_key_state_name(vc_key_state state)
{
    switch (state) {
    case VC_KEY_HERE: return "here";
    case VC_KEY_IN_VAULT: return "in Vault";
    case VC_KEY_REFUSED: return "refused";
    case VC_KEY_AWAY: return "away";
    case VC_KEY_UNUSABLE: return "unusable";
    case VC_KEY_NOT_NEEDED: return "not needed";
    case VC_KEY_UNKNOWN:
    default: break;
    }
    return "unknown";
}

static bool serves(const vc__place *place)
{
    return place->count || place->symmetric;
}

int vc_keysource_get_state(vc_keysource *source, size_t i, vc_keysource_state *state)
{
    if (!source || !state || i >= source->count)
        return 0;
    const vc__place *place = &source->places[i];
    vc_keysource_state all = { .size = state->size };
    all.is_private = place->private;
    all.line = vc_schema_origin_line(place->origin);
    snprintf(all.name, sizeof all.name, "%s", vc_schema_key_name(place->key));
    vc__place_name(place, all.place, sizeof all.place);
    const uint64_t now = vc__clock_ms();
    pthread_mutex_lock(&source->lock);
    all.state = place->state;
    all.serves = serves(place);
    all.due_ms = place->settled || place->state == VC_KEY_NOT_NEEDED ? UINT64_MAX : place->due_ms > now ? place->due_ms - now : 0;
    snprintf(all.id, sizeof all.id, "%s", all.serves ? place->newest : "");
    snprintf(all.text, sizeof all.text, "%s", place->text);
    pthread_mutex_unlock(&source->lock);
    memcpy(state, &all, state->size < sizeof all ? state->size : sizeof all);
    return 1;
}

/* Of places i.. of the same name and half: one serves, or none is needed; else the first that failed. */
static const vc__place *lacking(const vc_keysource *source, size_t *i)
{
    const vc__place *first = &source->places[*i], *failed = NULL;
    bool fine = false;
    for (; *i < source->count && source->places[*i].key == first->key && source->places[*i].private == first->private; ++*i) {
        const vc__place *place = &source->places[*i];
        fine |= serves(place) || place->state == VC_KEY_NOT_NEEDED;
        if (!failed)
            failed = place;
    }
    return fine ? NULL : failed;
}

static vc_code tell(const vc_keysource *source, const vc__place *place, vc_error *err)
{
    const char *name = vc_schema_key_name(place->key), *half = place->private ? "private" : "public";
    if (!place->why.code)
        return vc__error(err, VC_E_STATE, "the keys of the schema were not loaded yet");
    const bool usage = place->state == VC_KEY_UNUSABLE;
    vc__error_copy(err, &place->why);
    vc__error(err, usage ? VC_E_CONFIG : place->why.code, "%s key `%.100s`: %s", half, name, place->why.message);
    if (err && !usage) {
        err->http_status = place->why.http_status;
        err->retryable = place->why.retryable;
    }
    return vc__error_at(err, source->base ? source->base : "schema", vc_schema_origin_line(place->origin), 1);
}

vc_code vc_keysource_check(vc_keysource *source, const vc_rule *rule, vc_error *err)
{
    vc_code code = VC_OK;
    if (!source)
        return no_source(err);
    pthread_mutex_lock(&source->lock);
    for (size_t i = 0; i < source->count && !code;) {
        const vc__place *place = lacking(source, &i);
        if (place && (!rule || vc_rule_uses_key(rule, vc_schema_key_name(place->key)))) {
            vc_error why = VC_ERROR_INIT;
            (void)tell(source, place, &why);
            code = vc__error_copy(err, &why), code = why.code;
        }
    }
    pthread_mutex_unlock(&source->lock);
    return code;
}

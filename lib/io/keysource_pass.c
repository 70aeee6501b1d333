/* SPDX-License-Identifier: Apache-2.0 */
#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "io/clock.h"
#include "io/keysource.h"

#include <stdio.h>

enum { AGAIN_AWAY_MS = 1000, AGAIN_REFUSED_MS = 2000, AGAIN_AWAY_MAX_MS = 60000, LOAD_STEP_MS = 250, LINE_ROOM = 1200, REASON_ROOM = 400 };

/* -- into the keyring -------------------------------------------------------------------------------------- */

static bool holds(const vc__place *place, const char *id)
{
    for (size_t i = 0; i < place->count; i++)
        if (strcmp(place->ids[i], id) == 0)
            return true;
    return false;
}

static void drop_all(vc_keysource *source, vc__place *place)
{
    for (size_t i = 0; i < place->count; i++)
        vc__keysource_drop(source, place, place->ids[i]);
    if (place->symmetric)
        vc__keysource_drop(source, place, NULL);
    pthread_mutex_lock(&source->lock);
    place->symmetric = false;
    place->count = 0;
    pthread_mutex_unlock(&source->lock);
}

static vc_code add_one(vc_keysource *source, const vc__place *place, const vc__found *found, vc_error *err)
{
    const char *name = vc_schema_key_name(place->key);
    if (!found->version)
        return vc__ring_add_pair(source->ring, name, found->pair, err);
    vc__auto(vc__buf) pem = VC__BUF(1 << 16);
    const vc_code code = vc__keypair_write(&pem, found->pair, err);
    return code ? code
                : vc_keyring_add_vault_private(source->ring, name, vc_schema_origin_option(place->origin, "vault.mount"),
                                               vc_schema_origin_option(place->origin, "vault.key"), found->version, vc__buf_get(&pem), err);
}

/* The ids that the place holds from now on: what was found, after what it keeps; what it does not keep is dropped. */
static void replace_ids(vc_keysource *source, vc__place *place, const vc__findings *findings)
{
    char ids[VC__PLACE_KEYS][VC__KEYPAIR_ID + 1];
    size_t count = 0;
    const bool keeps = place->kind == VC__PLACE_RELEASE && findings->count == 1; /* the store has its older versions still */
    for (size_t i = 0; i < place->count; i++) {
        bool again = false;
        for (size_t k = 0; k < findings->count; k++)
            again |= strcmp(place->ids[i], vc__keypair_id(findings->list[k].pair)) == 0;
        if (again)
            continue;
        if (keeps && place->count - i < VC__PLACE_KEYS)
            memcpy(ids[count++], place->ids[i], sizeof ids[0]);
        else
            vc__keysource_drop(source, place, place->ids[i]);
    }
    for (size_t k = 0; k < findings->count; k++)
        source->news |= !holds(place, vc__keypair_id(findings->list[k].pair));
    for (size_t k = 0; k < findings->count; k++)
        memcpy(ids[count++], vc__keypair_id(findings->list[k].pair), sizeof ids[0]);
    pthread_mutex_lock(&source->lock);
    memcpy(place->ids, ids, count * sizeof ids[0]);
    place->count = count;
    place->symmetric = findings->symmetric != NULL;
    place->newest[0] = 0;
    if (count)
        memcpy(place->newest, ids[count - 1], sizeof place->newest);
    pthread_mutex_unlock(&source->lock);
}

/* The first `count` of them were added, and are not listed as the place's: what it had before stays. */
static void take_back(vc_keysource *source, vc__place *place, const vc__findings *findings, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!holds(place, vc__keypair_id(findings->list[i].pair)))
            vc__keysource_drop(source, place, vc__keypair_id(findings->list[i].pair));
}

/* New ones before old ones go; all of them, or none. */
static vc_code put(vc_keysource *source, vc__place *place, const vc__findings *findings, vc_error *err)
{
    vc_code code = VC_OK;
    size_t added = 0;
    while (added < findings->count && !(code = add_one(source, place, &findings->list[added], err)))
        added++;
    if (!code && findings->symmetric)
        code = vc_keyring_add_static(source->ring, vc_schema_key_name(place->key), vc__secret_get(findings->symmetric), err);
    if (code) {
        take_back(source, place, findings, added);
        return code;
    }
    if (!findings->symmetric && place->symmetric)
        vc__keysource_drop(source, place, NULL);
    replace_ids(source, place, findings);
    return VC_OK;
}

/* -- what became of it ------------------------------------------------------------------------------------- */

static uint64_t jittered(vc_keysource *source, uint64_t ms)
{
    source->seed = source->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return ms - ms / 8 + (source->seed >> 33) % (ms / 4 + 1);
}

static uint64_t wait_of(vc_keysource *source, const vc__place *place)
{
    uint64_t wait = place->state == VC_KEY_REFUSED ? AGAIN_REFUSED_MS : AGAIN_AWAY_MS, most = source->refresh_ms;
    if (place->state != VC_KEY_REFUSED && place->state != VC_KEY_AWAY)
        return source->refresh_ms;
    if (place->state == VC_KEY_AWAY && most > AGAIN_AWAY_MAX_MS)
        most = AGAIN_AWAY_MAX_MS;
    for (unsigned i = 1; i < place->failures && wait < most; i++)
        wait *= 2;
    return jittered(source, wait < most ? wait : most);
}

static vc_key_state state_of(const vc__place *place, const vc_error *why)
{
    if (!why->code)
        return place->private && place->kind == VC__PLACE_VAULT ? VC_KEY_IN_VAULT : VC_KEY_HERE;
    if (why->code == VC_E_DENIED || (why->code == VC_E_REQUEST && place->kind == VC__PLACE_RELEASE))
        return VC_KEY_REFUSED;
    return why->retryable ? VC_KEY_AWAY : VC_KEY_UNUSABLE;
}

static void describe(const vc__findings *findings, char text[VC__PLACE_TEXT])
{
    if (findings->symmetric) {
        snprintf(text, VC__PLACE_TEXT, "symmetric, 256 bits");
        return;
    }
    const vc__keypair *newest = findings->list[findings->count - 1].pair;
    const vc__keypair_kind kind = vc__keypair_get_kind(newest);
    char bits[40] = "", more[40] = "";
    if (kind == VC__KEYPAIR_RSA)
        snprintf(bits, sizeof bits, ", %d bits", vc__keypair_bits(newest));
    if (findings->count > 1)
        snprintf(more, sizeof more, ", %zu versions", findings->count);
    snprintf(text, VC__PLACE_TEXT, "%s%s%s", vc__keypair_kind_name(kind), bits, more);
}

static void tell_ring(vc_keysource *source, const vc_schema_key *key);

/*
 * Sets the state; a change is worth a line in the log. The ring is told what may be missing before the place is none that is looked at for records:
 * in between they would be taken for forged.
 */
static void settle(vc_keysource *source, vc__place *place, const char *text, bool once, const vc_error *why, uint64_t now_ms)
{
    const vc_key_state state = state_of(place, why);
    char where[256], line[LINE_ROOM];
    pthread_mutex_lock(&source->lock);
    const bool changed = place->state != state || strcmp(place->text, text) != 0;
    place->failures = why->code ? place->failures + (place->failures < 30) : 0;
    place->state = state;
    place->why = *why;
    snprintf(place->text, sizeof place->text, "%s", text);
    place->settled = !why->code && (place->kind == VC__PLACE_PEM || place->kind == VC__PLACE_ENV || once);
    place->due_ms = place->settled ? UINT64_MAX : now_ms + wait_of(source, place);
    pthread_mutex_unlock(&source->lock);
    if (why->code)
        tell_ring(source, place->key);
    pthread_mutex_lock(&source->sleep_lock);
    place->steady = !place->settled && state != VC_KEY_REFUSED && state != VC_KEY_AWAY;
    pthread_mutex_unlock(&source->sleep_lock);
    if (!changed || !source->log)
        return;
    vc__place_name(place, where, sizeof where);
    snprintf(line, sizeof line, "key %s (%s %.200s): %s%s%s%s%s", vc_schema_key_name(place->key), place->private ? "private," : "public,", where,
             vc_key_state_name(state), text[0] ? ": " : "", text, place->newest[0] && !why->code ? ", id " : "", why->code ? "" : place->newest);
    source->log(source->log_user, line);
}

/* VC_OK also when the key cannot be had: `why`. */
static vc_code ask(vc_keysource *source, const vc__place *place, vc__findings *findings, vc_error *why, vc_error *err)
{
    const vc_code code = vc__place_look(source, place, findings, why);
    if (code == VC_E_MEMORY)
        return vc__error_memory(err);
    if (code == VC_E_CANCELED || atomic_load(&source->cancel))
        return vc__error(err, VC_E_CANCELED, "the key source was canceled");
    return VC_OK;
}

/* What was found goes into the keyring, what was refused from it. VC_E_MEMORY: nothing is changed. */
static vc_code enter(vc_keysource *source, vc__place *place, const vc__findings *findings, const vc_error *found, uint64_t now_ms, vc_error *err)
{
    char text[VC__PLACE_TEXT] = "";
    vc_error why = *found;
    vc__keysource_living_lock(); /* what is in the keyring, and whose it is, change together */
    const vc_code code = why.code ? why.code : put(source, place, findings, &why);
    if (code && place->kind == VC__PLACE_RELEASE && state_of(place, &why) == VC_KEY_REFUSED)
        drop_all(source, place);
    vc__keysource_living_unlock();
    if (code == VC_E_MEMORY)
        return vc__error_memory(err);
    if (code)
        snprintf(text, sizeof text, "%s", why.message);
    else
        describe(findings, text);
    settle(source, place, text, findings->once, &why, now_ms);
    return VC_OK;
}

static vc_code look(vc_keysource *source, vc__place *place, uint64_t now_ms, vc_error *err)
{
    vc_error why = VC_ERROR_INIT;
    vc__auto(vc__findings) findings = { 0 };
    const vc_code code = ask(source, place, &findings, &why, err);
    return code ? code : enter(source, place, &findings, &why, now_ms, err);
}

/* -- names ------------------------------------------------------------------------------------------------- */

/* Of the public ones the first place that has one protects, by its newest key. */
static void prefer(vc_keysource *source, const vc_schema_key *key)
{
    const char *name = vc_schema_key_name(key);
    for (size_t i = 0; i < source->count; i++) {
        const vc__place *place = &source->places[i];
        if (place->key != key || place->private || !place->count)
            continue;
        (void)vc_keyring_prefer_public(source->ring, name, place->newest, NULL);
        return;
    }
}

/* Whether keys of this name may be missing, and why, for the errors of records. Places that are not needed were not asked. */
static void tell_ring(vc_keysource *source, const vc_schema_key *key)
{
    char reason[REASON_ROOM] = "";
    vc__lack *lack = NULL;
    bool incomplete = false;
    for (int private = 1; private >= 0; private--) {
        const vc__place *missing = NULL;
        for (size_t i = 0; i < source->count; i++) {
            vc__place *place = &source->places[i];
            if (place->key != key)
                continue;
            lack = lack ? lack : &place->lack;
            if (place->private != private || place->state == VC_KEY_NOT_NEEDED)
                continue;
            incomplete |= place->why.code || place->state == VC_KEY_UNKNOWN;
            if (!missing && place->why.code)
                missing = place;
        }
        const size_t len = strlen(reason);
        if (missing)
            snprintf(reason + len, sizeof reason - len, "%s%.180s", len ? "; " : "", missing->why.message);
    }
    vc__ring_lack_tell(source->ring, lack, incomplete, reason);
}

/* -- a pass ------------------------------------------------------------------------------------------------ */

static bool wanted(const vc_keysource *source, const vc__place *place, vc__pass which, uint64_t now_ms)
{
    if (!vc__key_needed(source->schema, place->key, place->private, source->direction))
        return false;
    if (which == VC__PASS_ALL)
        return !place->settled || place->kind != VC__PLACE_FILE; /* a pipe has given what it had */
    if (which == VC__PASS_AWAY)
        return place->state == VC_KEY_AWAY;
    return place->state == VC_KEY_UNKNOWN || place->sought || (!place->settled && place->due_ms <= now_ms);
}

static uint64_t next_of(const vc_keysource *source, uint64_t now_ms)
{
    uint64_t next = UINT64_MAX;
    for (size_t i = 0; i < source->count; i++) {
        const vc__place *place = &source->places[i];
        if (place->state == VC_KEY_NOT_NEEDED || place->settled || !vc__key_needed(source->schema, place->key, place->private, source->direction))
            continue;
        const uint64_t left = place->due_ms > now_ms ? place->due_ms - now_ms : 0;
        next = left < next ? left : next;
    }
    return next;
}

/* Some place of the name was looked at. */
static void after(vc_keysource *source)
{
    for (size_t i = 0; i < source->count; i++)
        if (!i || source->places[i].key != source->places[i - 1].key) {
            prefer(source, source->places[i].key);
            tell_ring(source, source->places[i].key);
        }
}

/* At those that are `sought`, or at all others that are wanted. */
static vc_code look_at_some(vc_keysource *source, vc__pass which, bool sought, uint64_t now_ms, vc_error *err)
{
    vc_code code = VC_OK;
    bool looked = false;
    for (size_t i = 0; i < source->count && !code; i++) {
        vc__place *place = &source->places[i];
        if ((sought ? !place->sought : place->looked) || !wanted(source, place, which, now_ms))
            continue;
        looked = place->looked = true;
        code = atomic_load(&source->cancel) ? vc__error(err, VC_E_CANCELED, "the key source was canceled") : look(source, place, now_ms, err);
    }
    if (looked)
        after(source);
    return code;
}

/* What records wait for is looked at, and answered, before all else. */
static vc_code pass(vc_keysource *source, vc__pass which, uint64_t now_ms, vc_error *err)
{
    const bool seeks = which != VC__PASS_AWAY; /* which looks at few */
    const uint64_t sought = seeks ? vc__keysource_seek_take(source) : 0;
    vc_code code = VC_OK;
    for (size_t i = 0; i < source->count; i++)
        source->places[i].looked = false;
    if (sought)
        code = look_at_some(source, which, true, now_ms, err);
    if (seeks)
        vc__keysource_seek_done(source, sought, !code);
    source->news = false;
    code = code ? code : look_at_some(source, which, false, now_ms, err);
    if (seeks && source->news)
        vc__keysource_seek_news(source);
    return code;
}

vc_code vc__keysource_pass(vc_keysource *source, vc__pass which, uint64_t now_ms, uint64_t *next_ms, vc_error *err)
{
    pthread_mutex_lock(&source->lock);
    const uint64_t before = source->passes;
    pthread_mutex_unlock(&source->lock);
    pthread_mutex_lock(&source->passing);
    /* while this one waited, another has looked at all of them: that was it */
    const bool done = which == VC__PASS_ALL && source->passes != before;
    const vc_code code = done ? VC_OK : pass(source, which, now_ms, err);
    if (which == VC__PASS_ALL && !code) {
        pthread_mutex_lock(&source->lock);
        source->passes += !done;
        pthread_mutex_unlock(&source->lock);
    }
    if (next_ms)
        *next_ms = next_of(source, now_ms);
    pthread_mutex_unlock(&source->passing);
    return code;
}

vc_code vc_keysource_refresh(vc_keysource *source, uint64_t now_ms, uint64_t *next_ms, vc_error *err)
{
    if (!source)
        return vc__error(err, VC_E_ARGUMENT, "there is no key source (NULL)");
    return vc__keysource_pass(source, VC__PASS_DUE, now_ms, next_ms, err);
}

static bool somebody_is_away(vc_keysource *source)
{
    bool away = false;
    pthread_mutex_lock(&source->lock);
    for (size_t i = 0; i < source->count; i++)
        away |= source->places[i].state == VC_KEY_AWAY;
    pthread_mutex_unlock(&source->lock);
    return away;
}

vc_code vc_keysource_load(vc_keysource *source, vc_error *err)
{
    if (!source)
        return vc__error(err, VC_E_ARGUMENT, "there is no key source (NULL)");
    const uint64_t end = vc__clock_ms() + source->patience_ms;
    uint64_t wait = LOAD_STEP_MS;
    vc_code code = vc__keysource_pass(source, VC__PASS_ALL, vc__clock_ms(), NULL, err);
    while (!code && somebody_is_away(source)) {
        const uint64_t now = vc__clock_ms();
        if (now >= end)
            break;
        vc__keysource_sleep(source, wait < end - now ? wait : end - now);
        wait *= 2;
        code = vc__keysource_pass(source, VC__PASS_AWAY, vc__clock_ms(), NULL, err);
    }
    return code;
}

/* -- in two steps ------------------------------------------------------------------------------------------ */

static vc_code stage(vc_keysource *source, vc__place *place, vc_error *err)
{
    vc__staged *staged = vc__calloc(1, sizeof *staged);
    if (!staged)
        return vc__error_memory(err);
    staged->why = (vc_error)VC_ERROR_INIT;
    const vc_code code = ask(source, place, &staged->findings, &staged->why, err);
    if (code) {
        vc__staged_free(staged);
        return code;
    }
    vc__staged_free(place->staged);
    place->staged = staged;
    return VC_OK;
}

vc_code vc_keysource_prepare(vc_keysource *source, vc_error *err)
{
    vc_code code = VC_OK;
    if (!source)
        return vc__error(err, VC_E_ARGUMENT, "there is no key source (NULL)");
    pthread_mutex_lock(&source->passing);
    for (size_t i = 0; i < source->count && !code; i++)
        if (wanted(source, &source->places[i], VC__PASS_ALL, 0) && !vc__keysource_pipe_was_read(source, &source->places[i]))
            code = atomic_load(&source->cancel) ? vc__error(err, VC_E_CANCELED, "the key source was canceled") : stage(source, &source->places[i], err);
    pthread_mutex_unlock(&source->passing);
    return code;
}

/* What there is no memory for is asked for again in its turn. */
static void enter_staged(vc_keysource *source, vc__place *place, uint64_t now_ms)
{
    vc__staged *staged = place->staged;
    vc_error why = VC_ERROR_INIT;
    if (!staged)
        return;
    place->staged = NULL;
    if (enter(source, place, &staged->findings, &staged->why, now_ms, &why)) {
        why.retryable = 1;
        settle(source, place, why.message, false, &why, now_ms);
    }
    vc__staged_free(staged);
}

vc_code vc_keysource_commit(vc_keysource *source, vc_error *err)
{
    if (!source)
        return vc__error(err, VC_E_ARGUMENT, "there is no key source (NULL)");
    pthread_mutex_lock(&source->passing);
    for (size_t i = 0; i < source->count; i++)
        enter_staged(source, &source->places[i], vc__clock_ms());
    after(source);
    pthread_mutex_unlock(&source->passing);
    return VC_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* local_pair.c - the key pairs that a field names: the one that protects, and the one that a token says it is under. */
#include "base/error.h"
#include "base/text.h"
#include "crypto/hpke.h"
#include "record/batch.h"

#include <stdio.h>

enum { SEEK_MOST_MS = 5000 }; /* who has the key may hang: the record does without then */

vc_code vc__field_protector(vc_batch *batch, const vc_field *field, const vc__pair_found **found, vc_error *err)
{
    vc__local *local = &batch->local;
    vc__field_state *state = &local->fields[field->slot];
    *found = &state->protector;
    if (state->protector.pair && state->protector_run == local->run)
        return VC_OK;
    vc_error why = VC_ERROR_INIT;
    vc__pair_found_cleanup(&state->protector);
    const vc_code code = vc__ring_protector(local->ring, field->name, false, &state->protector, &why);
    state->protector_run = local->run;
    return code ? vc__error(err, code, "%s: %.450s", field->path_text, why.message) : VC_OK;
}

vc_code vc__field_pair_source(const vc_field *field, const vc__keypair *pair, uint8_t *source, vc_error *err)
{
    *source = vc__pair_source(pair);
    if (!*source)
        return vc__error(err, VC_E_CONFIG, "%s: the key %s of `%s` is one to sign with, not to protect with", field->path_text,
                         vc__keypair_id(pair), field->name);
    if (!field->hpke)
        return VC_OK;
    if (!vc__pair_takes(pair, VC__SOURCE_HPKE))
        return vc__error(err, VC_E_CONFIG, "%s: `wrap: hpke` takes a key of the curve P-256, and the key %s of `%s` is %s", field->path_text,
                         vc__keypair_id(pair), field->name, vc__keypair_kind_name(vc__keypair_get_kind(pair)));
    *source = VC__SOURCE_HPKE;
    return VC_OK;
}

/* An opener that was looked for in this batch already, of a key under one of the field's names. */
static const vc__key_name *known(const vc__local *local, const vc_field *field, const vc__native *token)
{
    const size_t set = (unsigned char)token->key_id.data[0] % VC__OPENER_SETS;
    for (size_t i = 0; i < VC__OPENER_WAYS; i++) {
        const vc__opener *opener = &local->openers[set][i];
        if (!opener->name || opener->run != local->run || opener->source != token->source ||
            memcmp(opener->id, token->key_id.data, sizeof opener->id) != 0 ||
            memcmp(opener->pair_id, token->key_name.data, sizeof opener->pair_id) != 0)
            continue;
        for (size_t k = 0; k < field->key_count; k++)
            if (strcmp(field->keys[k].name, opener->name->name) == 0)
                return &field->keys[k];
    }
    return NULL;
}

vc_code vc__private_turn(vc_batch *batch, vc__value *value, vc_error *err)
{
    static const char text[] = "so many values of the record were not opened by their keys that the rest is not tried";
    vc__local *local = &batch->local;
    vc__record *record = &batch->records[value->record];
    if (record->unopened >= VC__RECORD_UNOPENED_MOST) {
        const vc_field *field = vc__value_field(batch, value);
        vc_error why = VC_ERROR_INIT;
        vc__error(&why, VC_E_CIPHERTEXT, "%s: %s", field->path_text, text);
        /* Dropping field by field is what is to end. */
        const vc_code code = batch->survey ? vc__value_fail(batch, value, VC_E_CANCELED, text) : vc__record_fail(record, &why, field->on_error);
        return code ? vc__error_memory(err) : VC_E_CIPHERTEXT;
    }
    if (!local->private_left) {
        local->paused = true;
        return VC_E_NOT_FOUND;
    }
    local->private_left--;
    return VC_OK;
}

static vc__sought_names *find_sought(const vc__local *local, vc__pair_names names)
{
    for (size_t i = 0; i < local->sought_count; i++)
        if (local->sought[i].at == names.at)
            return &local->sought[i];
    return NULL;
}

vc_code vc__key_is_lacking(vc_batch *batch, vc__pair_names names, vc_error *err)
{
    vc__local *local = &batch->local;
    const vc__sought_names *known = find_sought(local, names);
    vc__sought_names new = { .at = names.at };
    if (!known) {
        const vc__sought sought = vc__ring_seek(local->ring, names, &new.seek, &new.all);
        new.over = sought != VC__SOUGHT;
        if (!vc__batch_room(&local->sought, &local->sought_room, local->sought_count, sizeof *local->sought))
            return vc__error_memory(err);
        local->sought[local->sought_count++] = new;
        local->seeking += !new.over;
        known = &new;
    }
    if (!known->over)
        return VC_E_NOT_FOUND;
    return known->all && !vc__ring_is_incomplete(local->ring, names) ? VC_OK : VC_E_NO_KEY;
}

bool vc__local_seeks(vc_batch *batch, uint64_t now_ms)
{
    vc__local *local = &batch->local;
    bool waits = false;
    for (size_t i = 0; i < local->sought_count && local->seeking; i++) {
        vc__sought_names *one = &local->sought[i];
        if (one->over)
            continue;
        if (!one->until_ms)
            one->until_ms = now_ms + SEEK_MOST_MS;
        const bool runs = vc__ring_is_sought(local->ring, one->seek);
        if (runs && now_ms < one->until_ms && now_ms < batch->spread.deadline) {
            waits = true;
            continue;
        }
        one->all &= !runs && !vc__ring_was_broken_off(local->ring, one->seek);
        one->over = true;
        local->seeking--;
    }
    return waits;
}

void vc__private_failed(vc_batch *batch, const vc__value *value)
{
    batch->records[value->record].unopened++;
}

bool vc__is_under(const vc_field *field, const vc__native *token, const vc__keypair *pair)
{
    return vc__view_is(token->key_name, vc__keypair_id(pair)) && (!field->hpke || token->source == VC__NATIVE_HPKE);
}

/* To be rewrapped, and under the key that protects: it is left as it is. */
static bool is_current(vc_batch *batch, const vc_field *field, const vc__native *token)
{
    const vc__pair_found *found;
    return !vc__field_protector(batch, field, &found, NULL) && vc__is_under(field, token, found->pair);
}

static vc_code no_key(vc_batch *batch, vc__value *value, const vc_field *field, const vc__native *token, const vc__pair_found *found)
{
    char text[VC__PAIR_REASON + 400], reason[VC__PAIR_REASON + 3];
    vc__ring_pair_reason(batch->local.ring, vc__field_names(field), reason);
    if (found->half == VC__PAIR_PUBLIC)
        snprintf(text, sizeof text, "its data key is wrapped to the key %.43s of `%.100s`, whose private half is not here%s",
                 token->key_name.data, field->names[found->name], reason);
    else
        snprintf(text, sizeof text, "its data key is wrapped to the key %.43s, which `%.100s`%s does not have here%s", token->key_name.data,
                 field->name, field->key_count > 1 ? " (or `accept`)" : "", reason);
    return vc__value_fail(batch, value, VC_E_NO_KEY, text);
}

/* Not damaged, and not anyone's fault but this build's: a key that is not here, so that nothing is dropped for it. */
static vc_code no_hpke(vc_batch *batch, vc__value *value, const vc__native *token, const vc_error *why)
{
    char text[400];
    snprintf(text, sizeof text, "its data key is wrapped to the key %.43s by HPKE, which cannot be opened here: %.250s", token->key_name.data, why->message);
    return vc__value_fail(batch, value, VC_E_NO_KEY, text);
}

vc_code vc__pair_name_of(vc_batch *batch, vc__value *value, const vc_field *field, const vc__native *token, const vc__key_name **name,
                         vc_error *err)
{
    *name = known(&batch->local, field, token);
    if (*name)
        return VC_OK;
    vc__auto(vc__pair_found) found;
    vc__ring_pair(batch->local.ring, vc__field_names(field), token->key_name, &found);
    const bool must_open = batch->direction != VC_REWRAP || !is_current(batch, field, token);
    const bool lacks = found.half == VC__PAIR_UNKNOWN || (found.half == VC__PAIR_PUBLIC && must_open);
    const vc_code sought = lacks ? vc__key_is_lacking(batch, vc__field_names(field), err) : VC_OK;
    if (sought == VC_E_NOT_FOUND || sought == VC_E_MEMORY)
        return sought;
    if (lacks)
        return no_key(batch, value, field, token, &found) ? vc__error_memory(err) : VC_OK;
    if (!vc__pair_takes(found.pair, token->source))
        return vc__value_fail(batch, value, VC_E_CIPHERTEXT, "its token says another kind of key than its key is of") ? vc__error_memory(err)
                                                                                                                       : VC_OK;
    vc_error why = VC_ERROR_INIT;
    if (token->source == VC__NATIVE_HPKE && must_open && vc__hpke_check(&why))
        return no_hpke(batch, value, token, &why) ? vc__error_memory(err) : VC_OK;
    *name = &field->keys[found.name];
    return VC_OK;
}

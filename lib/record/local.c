/* SPDX-License-Identifier: Apache-2.0 */
#include "record/local.h"

#include "base/alloc.h"
#include "base/error.h"
#include "record/batch.h"

/* -- life -------------------------------------------------------------------------------------------------------- */

void vc__local_init(vc__local *local)
{
    local->token = local->text = local->aad = local->seen = local->tried = (vc__buf)VC__BUF(VC__ARENA_MAX);
    local->run = 1;
}

void vc__local_clear(vc__local *local)
{
    if (local->ring)
        vc__fetch_clear(&local->fetch);
    for (size_t i = 0; i < local->place_count; i++) {
        local->places[i].left = (vc__share){ 0, 0 }; /* what was granted and not used counts as used */
        local->places[i].looked_ahead = false;
        local->places[i].carried = VC__NONE;
    }
    for (size_t i = 0; i < local->field_count; i++)
        local->fields[i].bound = 0; /* to a record that is not there any more */
    for (size_t i = 0; i < local->field_count; i++) { /* a private key goes with its removal, though the batch is kept */
        vc__pair_found_cleanup(&local->fields[i].protector);
        vc__pair_found_cleanup(&local->fields[i].signer);
    }
    for (size_t i = 0; i < local->carried_count; i++)
        vc__datakey_unref(local->carried[i].key);
    local->carried_count = local->waiting_count = 0;
    local->sought_count = local->seeking = 0;
    vc__rewrap_clear(local);
    vc__asks_clear(local);
    vc__buf_clear(&local->token);
    vc__buf_clear(&local->aad);
    vc__buf_clear(&local->text);
    local->run++;
}

static void free_keys(vc__local *local)
{
    for (size_t i = 0; i < local->field_count; i++) {
        vc__field_state *state = &local->fields[i];
        vc__native_frame_free(state->frame);
        vc__native_key_free(state->cipher);
        vc__fpe_key_free(state->fpe);
        vc__datakey_unref(state->key);
        vc__pair_found_cleanup(&state->protector);
        vc__pair_found_cleanup(&state->signer);
        vc__buf_free(&state->seen.text);
        vc__buf_free(&state->seen.bytes);
    }
    for (size_t i = 0; i < local->place_count; i++) {
        vc__native_key_free(local->places[i].cipher);
        vc__aead_free(local->places[i].foreign);
        vc__datakey_unref(local->places[i].key);
    }
    for (size_t i = 0; i < VC__OPENER_SETS * VC__OPENER_WAYS; i++) {
        vc__opener *opener = &local->openers[i / VC__OPENER_WAYS][i % VC__OPENER_WAYS];
        vc__native_key_free(opener->cipher);
        vc__aead_free(opener->foreign);
        vc__datakey_unref(opener->key);
        *opener = (vc__opener){ .name = NULL };
    }
    vc__free(local->fields);
    vc__free(local->places);
    local->fields = NULL;
    local->places = NULL;
    local->field_count = local->place_count = 0;
}

void vc__local_cleanup(vc__local *local)
{
    vc__local_clear(local);
    free_keys(local);
    if (local->ring)
        vc__fetch_cleanup(&local->fetch);
    vc_keyring_unref(local->ring);
    vc__random_free(local->random);
    vc__digest_free(local->digest);
    vc__buf_free(&local->token);
    vc__buf_free(&local->aad);
    vc__buf_free(&local->text);
    vc__buf_free(&local->seen);
    vc__buf_free(&local->tried);
    vc__free(local->waiting);
    vc__free(local->sought);
    vc__free(local->carried);
    vc__free(local->rewraps);
    vc__asks_cleanup(local);
}

void vc__local_set_keyring(vc__local *local, vc_keyring *ring)
{
    if (ring == local->ring)
        return;
    free_keys(local); /* they are of another keyring */
    if (local->ring)
        vc__fetch_cleanup(&local->fetch);
    vc_keyring_unref(local->ring);
    local->ring = ring ? vc_keyring_ref(ring) : NULL;
    if (ring)
        vc__fetch_init(&local->fetch, ring);
}

/* -- the pass ---------------------------------------------------------------------------------------------------- */

static vc__local_fn *const functions[][VC__METHOD_COUNT] = {
    [VC_PROTECT] = { [VC__METHOD_ENVELOPE] = vc__seal_envelope,
                     [VC__METHOD_SIV] = vc__seal_siv,
                     [VC__METHOD_HASH] = vc__seal_hash,
                     [VC__METHOD_FPE] = vc__encode_fpe,
                     [VC__METHOD_MASK] = vc__apply_mask,
                     [VC__METHOD_HYBRID] = vc__seal_envelope,
                     [VC__METHOD_RSA_OAEP] = vc__seal_rsa },
    [VC_OPEN] = { [VC__METHOD_ENVELOPE] = vc__open_token,
                  [VC__METHOD_SIV] = vc__open_token,
                  [VC__METHOD_FPE] = vc__decode_fpe,
                  [VC__METHOD_HYBRID] = vc__open_token,
                  [VC__METHOD_RSA_OAEP] = vc__open_rsa },
    [VC_REWRAP] = { [VC__METHOD_ENVELOPE] = vc__renew_token, [VC__METHOD_HYBRID] = vc__renew_hybrid },
};

static vc__local_fn *function_of(const vc_batch *batch, const vc_field *field)
{
    static vc__local_fn *const foreign[] = { [VC_PROTECT] = vc__seal_kroxylicious,
                                             [VC_OPEN] = vc__open_kroxylicious,
                                             [VC_REWRAP] = vc__renew_kroxylicious };
    if (field->kroxylicious)
        return foreign[batch->direction];
    return functions[batch->direction][field->method];
}

static bool waits(const vc_batch *batch, const vc__value *value)
{
    return value->kind != VC__VALUE_TWEAK && value->state == VC__VALUE_WAITING && !batch->records[value->record].error;
}

vc_code vc__local_wait(vc_batch *batch, const vc__value *value)
{
    vc__local *local = &batch->local;
    if (!vc__batch_room(&local->waiting, &local->waiting_room, local->waiting_count, sizeof *local->waiting))
        return VC_E_MEMORY;
    local->waiting[local->waiting_count++] = (uint32_t)(value - batch->values);
    return VC_OK;
}

/* Each by itself: where there was no memory for all of it, the next batch makes the rest. */
static vc_code make_states(vc_batch *batch, vc_error *err)
{
    vc__local *local = &batch->local;
    const size_t fields = vc__schema_slot_count(batch->schema), places = vc__schema_place_count(batch->schema);
    if (!local->fields && (local->fields = vc__calloc(fields + 1, sizeof *local->fields)))
        local->field_count = fields;
    if (!local->places && (local->places = vc__calloc(places + 1, sizeof *local->places))) {
        local->place_count = places;
        for (size_t i = 0; i < places; i++)
            local->places[i].carried = VC__NONE;
    }
    if (!local->fields || !local->places)
        return vc__error_memory(err);
    return local->random || (local->random = vc__random_new(err)) ? VC_OK : VC_E_MEMORY;
}

vc_code vc__local_start(vc_batch *batch, vc_error *err)
{
    vc__local *local = &batch->local;
    const vc_field *keyed = NULL;
    for (size_t i = 0; i < batch->value_count; i++) {
        const vc__value *value = &batch->values[i];
        if (!waits(batch, value))
            continue;
        const vc_field *field = vc__value_field(batch, value);
        if (vc__method_is_remote(field->method))
            continue;
        if (vc__local_wait(batch, value))
            return vc__error_memory(err);
        if (field->source && (!keyed || field->source == VC__KEY_OF_PAIR))
            keyed = field;
    }
    if (!local->waiting_count)
        return VC_OK;
    if (batch->direction == VC_REWRAP && (!keyed || keyed->source != VC__KEY_OF_PAIR))
        return vc__rewrap_start(batch, err);
    if (keyed && !local->ring)
        return vc__error(err, VC_E_CONFIG, "%s: `%s` takes its keys from a keyring: vc_batch_set_keyring()", keyed->path_text,
                         vc_field_method(keyed));
    vc_code code = make_states(batch, err);
    if (!code && keyed)
        code = vc__fetch_set_limits(&local->fetch, batch->spread.items_limit, batch->spread.bytes_limit, batch->spread.slot_count,
                                    batch->spread.deadline_ms, err);
    if (!code && keyed)
        code = vc__spread_set_limits(&local->ask_spread, batch->spread.items_limit, batch->spread.bytes_limit, batch->spread.slot_count, err);
    return code || batch->direction != VC_REWRAP ? code : vc__rewrap_start(batch, err);
}

/* How many calls the places are in for: a share is asked for as a whole. */
static void count_wants(vc_batch *batch)
{
    vc__local *local = &batch->local;
    for (size_t i = 0; i < local->place_count; i++) {
        local->places[i].want = (vc__share){ 0, 0 };
        local->places[i].stated = false;
    }
    for (size_t i = 0; i < local->waiting_count; i++) {
        const vc__value *value = &batch->values[local->waiting[i]];
        const vc_field *field = vc__value_field(batch, value);
        if (!vc__method_seals(field->method) || !waits(batch, value))
            continue;
        local->places[field->group].want.calls++;
        local->places[field->group].want.bytes += value->payload.len;
    }
}

vc_code vc__local_too_large(vc_batch *batch, vc__value *value, vc_error *err)
{
    const vc_error why = *err;
    vc_error_clear(err);
    return vc__value_fail(batch, value, VC_E_TOO_LARGE, why.message) ? vc__error_memory(err) : VC_OK;
}

vc_code vc__local_pass(vc_batch *batch, uint64_t now_ms, vc_error *err)
{
    vc__local *local = &batch->local;
    size_t kept = 0;
    if (batch->direction == VC_PROTECT)
        count_wants(batch);
    for (size_t i = 0; i < local->waiting_count; i++) {
        vc__value *value = &batch->values[local->waiting[i]];
        if (!waits(batch, value))
            continue;
        const vc_field *field = vc__value_field(batch, value);
        const vc_code code = function_of(batch, field)(batch, value, field, now_ms, err);
        if (code && code != VC_E_NOT_FOUND)
            return code == VC_E_LIMIT && batch->results.failed ? vc__buf_check(&batch->results, "the batch", err) : code;
        if (code)
            local->waiting[kept++] = local->waiting[i];
        else
            vc__value_count(batch, value);
        if (local->paused) { /* the rest is not looked at, step by step, for nothing */
            const size_t rest = local->waiting_count - i - 1;
            memmove(local->waiting + kept, local->waiting + i + 1, rest * sizeof *local->waiting);
            kept += rest;
            break;
        }
    }
    local->waiting_count = kept;
    return VC_OK;
}

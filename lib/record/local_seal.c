/* SPDX-License-Identifier: Apache-2.0 */
/* local_seal.c - values become tokens: envelope and hybrid, siv, hash. */
#include "base/error.h"
#include "base/text.h"
#include "record/batch.h"

bool vc__wire_key(const vc_batch *batch, const vc__record *record, vc_view *key)
{
    *key = record->key;
    if (!record->rule->record_key || !record->key.data || batch->direction != VC_PROTECT)
        return true;
    const vc__value *value = &batch->values[record->first];
    *key = vc_view_of(batch->results.data + value->result.at, value->result.len);
    return value->state == VC__VALUE_DONE;
}

static vc__native_type type_of(const vc__value *value)
{
    static const vc__native_type types[] = {
        [VC__JSON_NULL] = VC__NATIVE_NULL,     [VC__JSON_FALSE] = VC__NATIVE_BOOLEAN, [VC__JSON_TRUE] = VC__NATIVE_BOOLEAN,
        [VC__JSON_NUMBER] = VC__NATIVE_NUMBER, [VC__JSON_STRING] = VC__NATIVE_STRING, [VC__JSON_ARRAY] = VC__NATIVE_ARRAY,
        [VC__JSON_OBJECT] = VC__NATIVE_OBJECT,
    };
    return value->kind == VC__VALUE_FIELD ? types[value->hit.type] : VC__NATIVE_BYTES;
}

/* What all tokens of the field under one key share. */
static vc_code make_frame(vc_batch *batch, const vc_field *field, vc__native_key *cipher, const vc__datakey *key, vc_view path,
                          vc_error *err)
{
    vc__field_state *state = &batch->local.fields[field->slot];
    vc__native_frame_free(state->frame); /* its cipher may be gone: nothing seals with it, whatever comes of the new one */
    state->frame = NULL;
    state->bound = 0;
    vc__native token = { .flags = field->bind, .context = vc_str(field->context) };
    token.flags |= field->sign ? VC__NATIVE_SIGNED : 0;
    if (field->carry_header) {
        token.flags |= VC__NATIVE_KEY_OUTSIDE;
    } else {
        token.source = vc__datakey_place(key)->source;
        token.key_name = vc__datakey_name_text(&batch->local.text, key);
        token.key_version = vc__datakey_version(key);
        token.wrapped = vc__datakey_wrapped(key);
    }
    const vc_code code = vc__buf_check(&batch->local.text, "the name of a key", err);
    if (code)
        return code;
    state->frame = vc__native_frame_new(cipher, &token, path, err);
    return state->frame ? VC_OK : err->code;
}

static vc_code seal(vc_batch *batch, vc__value *value, const vc_field *field, vc_error *err)
{
    const vc_view content = vc__span_view(batch, value, value->payload);
    vc__native_frame *frame = batch->local.fields[field->slot].frame;
    if (field->sign)
        return vc__seal_signed(batch, value, field, type_of(value), err);
    const size_t at = batch->results.len;
    const vc_code code =
        (value->kind == VC__VALUE_FIELD ? vc__native_seal_text : vc__native_seal_bytes)(frame, batch->local.random, type_of(value),
                                                                                       content, &batch->results, err);
    if (code)
        return code;
    value->result = (vc__span){ at, batch->results.len - at, false };
    value->state = VC__VALUE_DONE;
    return VC_OK;
}

/* -- envelope, hybrid -- */

/* The wrapped key goes into a header of the record: which one. */
static vc_code carry(vc_batch *batch, vc__value *value, const vc_field *field, vc__sealer_place *place, vc_error *err)
{
    vc__local *local = &batch->local;
    if (place->carried == VC__NONE) {
        if (!vc__batch_room(&local->carried, &local->carried_room, local->carried_count, sizeof *local->carried))
            return vc__error_memory(err);
        place->carried = (uint32_t)local->carried_count;
        local->carried[local->carried_count++] = (vc__carried){ vc__datakey_ref(place->key), field };
    }
    value->need = place->carried;
    batch->records[value->record].carries = true;
    return VC_OK;
}

static vc_code bind_frame(vc_batch *batch, const vc__value *value, vc__field_state *state, vc_view key, vc_error *err)
{
    if (state->bound == (uint64_t)value->record + 1)
        return VC_OK;
    const vc_code code = vc__native_bind(state->frame, batch->records[value->record].topic, key, err);
    state->bound = code ? 0 : (uint64_t)value->record + 1;
    return code;
}

vc_code vc__seal_envelope(vc_batch *batch, vc__value *value, const vc_field *field, uint64_t now_ms, vc_error *err)
{
    vc__sealer_place *place = &batch->local.places[field->group];
    vc__field_state *state = &batch->local.fields[field->slot];
    vc_view key = { NULL, 0 };
    if ((field->bind & VC__BIND_KEY || field->sign) && !vc__wire_key(batch, &batch->records[value->record], &key))
        return VC_E_NOT_FOUND;
    vc_code code = vc__place_take(batch, place, field, value->payload.len, now_ms, err);
    if (code == VC_E_LIMIT)
        return vc__local_too_large(batch, value, err);
    if (code)
        return code;
    if (!state->frame || state->frame_of != place->changes) {
        code = make_frame(batch, field, place->cipher, place->key, vc_str(field->canonical), err);
        state->frame_of = place->changes;
    }
    if (!code && field->bind) {
        code = bind_frame(batch, value, state, key, err);
        if (code == VC_E_LIMIT)
            return vc__local_too_large(batch, value, err);
    }
    if (!code && field->carry_header)
        code = carry(batch, value, field, place, err);
    code = code ? code : seal(batch, value, field, err);
    if (!code)
        vc__place_took(place, value->payload.len);
    return code;
}

/* -- siv, hash -- */

static vc_code keyed_frame(vc_batch *batch, const vc_field *field, const char *purpose, vc__native_algorithm algorithm, vc_view path,
                           uint64_t now_ms, vc_error *err)
{
    vc__field_state *state = &batch->local.fields[field->slot];
    bool changed;
    const vc_code code = vc__field_key(batch, field, purpose, now_ms, &changed, err);
    if (code || (!changed && state->frame))
        return code;
    vc__native_frame_free(state->frame);
    vc__native_key_free(state->cipher);
    state->frame = NULL;
    state->cipher = vc__cipher_of(state->key, algorithm, err);
    return state->cipher ? make_frame(batch, field, state->cipher, state->key, path, err) : err->code;
}

vc_code vc__seal_siv(vc_batch *batch, vc__value *value, const vc_field *field, uint64_t now_ms, vc_error *err)
{
    /* Of fields the place is not bound: they are equal wherever they stand. */
    const vc_view path = vc_str(value->kind == VC__VALUE_FIELD ? "" : field->canonical);
    const vc_code code = keyed_frame(batch, field, "siv", VC__NATIVE_SIV, path, now_ms, err);
    return code ? code : seal(batch, value, field, err);
}

vc_code vc__seal_hash(vc_batch *batch, vc__value *value, const vc_field *field, uint64_t now_ms, vc_error *err)
{
    enum { HASH = 32 };
    vc_code code = keyed_frame(batch, field, "hash", VC__NATIVE_HMAC, vc_str(""), now_ms, err);
    if (code || !field->as_hex)
        return code ? code : seal(batch, value, field, err);
    vc__local *local = &batch->local;
    vc__buf_clear(&local->token);
    vc__buf_clear(&local->text);
    code = vc__native_seal_bytes(local->fields[field->slot].frame, local->random, type_of(value),
                                 vc__span_view(batch, value, value->payload), &local->token, err);
    if (code)
        return code;
    vc__hex_encode(&local->text, vc_view_of(local->token.data + local->token.len - HASH, HASH));
    code = vc__buf_check(&local->text, "a hash", err);
    return code ? code : vc__value_set_result(batch, value, vc__buf_get(&local->text), false);
}

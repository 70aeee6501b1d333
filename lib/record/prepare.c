/* SPDX-License-Identifier: Apache-2.0 */
/* prepare.c - a record becomes values: what is sent to Vault for each selected node. */
#include "record/batch.h"

#include "base/alloc.h"
#include "base/base64.h"
#include "base/error.h"
#include "base/text.h"
#include "json/string.h"

static const char vault_prefix[] = "vault:v";

/* Protected by Vault, or here. */
static bool is_protected(vc_view content)
{
    return vc__view_starts(content, vault_prefix) || vc__native_is_text(content);
}

vc_code vc__record_fail(vc__record *record, const vc_error *why, vc_on_error on_error)
{
    if (record->error)
        return VC_OK;
    record->error = vc__calloc(1, sizeof *record->error);
    if (!record->error)
        return VC_E_MEMORY;
    *record->error = (vc_error)VC_ERROR_INIT;
    vc__error_copy(record->error, why);
    /* Without a field to drop, dropping cannot help. */
    record->on_error = on_error == VC_ON_ERROR_DEAD_LETTER ? on_error : VC_ON_ERROR_FAIL;
    return VC_OK;
}

/*
 * The one place that says which faults `drop_field` drops: those that the value has for good. What somebody else lacks, a key that was not
 * released yet, or a version that Vault's policy keeps back, may come; dropped, the data would be lost by then.
 */
static bool is_for_good(vc_direction direction, vc_code code)
{
    static const vc_code own[] = { VC_E_MISSING /* the field of its tweak */, VC_E_TYPE, VC_E_AMBIGUOUS, VC_E_PROTECTED, VC_E_PLAINTEXT, VC_E_CIPHERTEXT,
                                   VC_E_TOO_LARGE, VC_E_SIGNATURE };
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        if (code == own[i])
            return true;
    return code == VC_E_REFUSED && direction == VC_PROTECT; /* in clear it does not fit; protected, it fitted once */
}

vc_code vc__value_fail(vc_batch *batch, vc__value *value, vc_code code, const char *text)
{
    const vc_field *field = vc__value_field(batch, value);
    if (batch->survey) { /* the others are looked at all the same */
        value->state = VC__VALUE_KEPT;
        value->fault = (uint8_t)code;
        return VC_OK;
    }
    if (batch->migrate && ((batch->direction == VC_PROTECT && code == VC_E_PROTECTED) || (batch->direction == VC_OPEN && code == VC_E_PLAINTEXT))) {
        value->state = VC__VALUE_KEPT;
        batch->stats.kept++;
        return VC_OK;
    }
    /* To rewrap is no reason to lose a ciphertext. */
    const bool drops = field->on_error == VC_ON_ERROR_DROP_FIELD && batch->direction != VC_REWRAP && value->kind == VC__VALUE_FIELD;
    if (drops && is_for_good(batch->direction, code)) {
        value->state = VC__VALUE_DROPPED;
        batch->stats.dropped++;
        return VC_OK;
    }
    vc_error why = VC_ERROR_INIT;
    vc__error(&why, code, "%s: %s", field->path_text, text);
    vc__record *record = &batch->records[value->record];
    return vc__record_fail(record, &why, drops ? record->rule->on_error : field->on_error);
}

/* In a survey: something that is not there is found too. */
static vc_code note_missing(vc_batch *batch, vc__record *record, size_t field)
{
    if (!vc__batch_room(&batch->values, &batch->value_room, batch->value_count, sizeof *batch->values))
        return VC_E_MEMORY;
    batch->values[batch->value_count++] = (vc__value){ .record = (uint32_t)(record - batch->records),
                                                       .field = (uint16_t)field,
                                                       .state = VC__VALUE_KEPT,
                                                       .fault = VC_E_MISSING,
                                                       .tweak_value = VC__NONE,
                                                       .need = VC__NONE };
    record->count++;
    return VC_OK;
}

/* A missing field is the whole record's fault, even with drop_field: a renamed field must not slip through. */
static vc_code check_missing(vc_batch *batch, vc__record *record)
{
    const vc_rule *rule = record->rule;
    for (size_t f = 0; f < rule->field_count; f++) {
        const vc_field *field = &rule->fields[f];
        /* What was dropped is missing when the record comes back. */
        bool found = field->ignore_missing || (field->method == VC__METHOD_DROP && batch->direction != VC_PROTECT);
        for (uint32_t i = 0; i < record->count && !found; i++) {
            const vc__value *value = &batch->values[record->first + i];
            found = value->kind == VC__VALUE_FIELD && value->field == f;
        }
        if (!found && batch->survey) {
            if (note_missing(batch, record, f))
                return VC_E_MEMORY;
        } else if (!found) {
            vc_error why = VC_ERROR_INIT;
            vc__error(&why, VC_E_MISSING, "%s: the record has no such field (`on_missing: ignore` would let it pass)",
                      field->path_text);
            return vc__record_fail(record, &why, field->on_error);
        }
    }
    return VC_OK;
}

static vc_view value_text(const vc_batch *batch, const vc__value *value)
{
    return vc_view_of(batch->records[value->record].in.data + value->hit.begin, value->hit.end - value->hit.begin);
}

vc_code vc__value_content(vc_batch *batch, const vc__value *value, vc__span *span)
{
    if (!value->hit.escaped) {
        *span = (vc__span){ value->hit.begin + 1, value->hit.end - value->hit.begin - 2, true };
        return VC_OK;
    }
    const size_t at = batch->scratch.len;
    if (vc__string_decode(&batch->scratch, value_text(batch, value), NULL))
        return VC_E_TYPE;
    *span = (vc__span){ at, batch->scratch.len - at, false };
    return batch->scratch.failed;
}

/* `as: json` sends the JSON text; a string that is protected already shows behind its quote. */
static vc_code protect_payload(vc_batch *batch, vc__value *value, const vc_field *field)
{
    vc_view seen;
    if (field->method == VC__METHOD_TRANSIT && field->as_json) {
        value->payload = (vc__span){ value->hit.begin, value->hit.end - value->hit.begin, true };
        seen = vc__span_view(batch, value, value->payload);
        if (value->hit.type == VC__JSON_STRING)
            seen = vc_view_of(seen.data + 1, seen.len - 2);
    } else {
        if (value->hit.type != VC__JSON_STRING)
            return vc__value_fail(batch, value, VC_E_TYPE, "is not a string; `transit` takes any value with `as: json`");
        const vc_code code = vc__value_content(batch, value, &value->payload);
        if (code == VC_E_TYPE)
            return vc__value_fail(batch, value, VC_E_TYPE, "holds a lone surrogate, which has no UTF-8");
        if (code)
            return code;
        seen = vc__span_view(batch, value, value->payload);
    }
    if (!field->nested && is_protected(seen))
        return vc__value_fail(batch, value, VC_E_PROTECTED, "is protected already (`nested: true` would protect it again)");
    return VC_OK;
}

static vc_code open_payload(vc_batch *batch, vc__value *value, const vc_field *field)
{
    static const char plaintext[] = "is plaintext where ciphertext is due";
    if (value->hit.type != VC__JSON_STRING)
        return vc__value_fail(batch, value, VC_E_PLAINTEXT, plaintext);
    const vc_code code = vc__value_content(batch, value, &value->payload);
    if (code == VC_E_TYPE)
        return vc__value_fail(batch, value, VC_E_CIPHERTEXT, "holds a lone surrogate: no ciphertext of Vault's");
    if (code)
        return code;
    if (field->method == VC__METHOD_TRANSIT && !vc__view_starts(vc__span_view(batch, value, value->payload), vault_prefix))
        return vc__value_fail(batch, value, VC_E_PLAINTEXT, plaintext);
    return VC_OK;
}

/* The hit of a tweak path: it belongs to the fields that name it, and is kept under the first of them. */
static vc_code attach_tweak(vc_batch *batch, vc__record *record, const vc__hit *hit)
{
    if (!vc__batch_room(&batch->values, &batch->value_room, batch->value_count, sizeof *batch->values))
        return VC_E_MEMORY;
    uint16_t f = 0;
    while (f < record->rule->field_count && record->rule->fields[f].tweak_path != hit->path)
        f++;
    batch->values[batch->value_count++] = (vc__value){ .hit = *hit,
                                                       .record = (uint32_t)(record - batch->records),
                                                       .field = f,
                                                       .kind = VC__VALUE_TWEAK,
                                                       .state = VC__VALUE_KEPT,
                                                       .tweak_value = VC__NONE,
                                                       .need = VC__NONE };
    record->count++;
    return VC_OK;
}

static vc_code add_value(vc_batch *batch, vc__record *record, const vc__hit *hit)
{
    const uint16_t field = record->rule->field_of_path[hit->path];
    if (field == VC__NO_PATH)
        return attach_tweak(batch, record, hit);
    if (!vc__batch_room(&batch->values, &batch->value_room, batch->value_count, sizeof *batch->values))
        return VC_E_MEMORY;
    batch->values[batch->value_count++] = (vc__value){
        .hit = *hit, .record = (uint32_t)(record - batch->records), .field = field, .tweak_value = VC__NONE, .need = VC__NONE
    };
    record->count++;
    return VC_OK;
}

/* By its path: fields may share the place of a supplied tweak. */
static vc__value *tweak_value_of(vc_batch *batch, const vc__record *record, const vc_field *field)
{
    for (uint32_t i = 0; i < record->count; i++) {
        vc__value *value = &batch->values[record->first + i];
        if (value->kind == VC__VALUE_TWEAK && value->hit.path == field->tweak_path)
            return value;
    }
    return NULL;
}

/* A supplied tweak is Base64 of the other field's content; a generated one has been stored as Base64 already. */
static vc_code read_tweak(vc_batch *batch, vc__value *value, const vc__value *place, bool encode)
{
    if (place->hit.type != VC__JSON_STRING)
        return vc__value_fail(batch, value, VC_E_TYPE, "its tweak is not a string");
    vc__span content;
    const vc_code code = vc__value_content(batch, place, &content);
    if (code == VC_E_TYPE)
        return vc__value_fail(batch, value, VC_E_TYPE, "its tweak holds a lone surrogate");
    if (code || !encode) {
        value->tweak = content;
        return code;
    }
    const size_t at = batch->scratch.len;
    if (vc__buf_reserve(&batch->scratch, vc__base64_encoded_len(content.len)) == VC_OK) /* the view must not move */
        vc__base64_encode(&batch->scratch, vc__span_view(batch, value, content));
    value->tweak = (vc__span){ at, batch->scratch.len - at, false };
    return batch->scratch.failed;
}

static vc_code set_tweak(vc_batch *batch, vc__record *record, vc__value *value, const vc_field *field)
{
    if (field->tweak_source == VC__TWEAK_INTERNAL || field->tweak)
        return VC_OK; /* a literal is added when the request is built */
    vc__value *place = tweak_value_of(batch, record, field);
    if (!place)
        return vc__value_fail(batch, value, VC_E_MISSING, "the field of its tweak is not in the record");
    if (field->tweak_source == VC__TWEAK_SUPPLIED)
        return read_tweak(batch, value, place, field->method == VC__METHOD_TRANSFORM);
    for (uint32_t i = 0; i < record->count; i++) {
        const vc__value *other = &batch->values[record->first + i];
        if (other != value && other->kind == VC__VALUE_FIELD && other->field == value->field)
            return vc__value_fail(batch, value, VC_E_AMBIGUOUS, "occurs more than once, and `tweak_to` has room for one tweak");
    }
    value->tweak_value = (uint32_t)(place - batch->values);
    if (batch->direction == VC_OPEN)
        return read_tweak(batch, value, place, false);
    if (place->hit.type != VC__JSON_NULL)
        return vc__value_fail(batch, value, VC_E_TYPE, "the field at `tweak_to` must be null, to be filled");
    return VC_OK;
}

/* In a survey: whether there is something to be authenticated at all. What was dropped when protecting, and is there, was not protected. */
static bool can_tell(vc__value *value, const vc_field *field)
{
    if (field->method == VC__METHOD_TRANSIT || vc__method_seals(field->method) || field->method == VC__METHOD_SIV ||
        field->method == VC__METHOD_RSA_OAEP)
        return true;
    value->state = VC__VALUE_KEPT;
    value->fault = field->method == VC__METHOD_DROP ? VC_E_PLAINTEXT : VC_E_UNSUPPORTED;
    return false;
}

static vc_code prepare_value(vc_batch *batch, vc__value *value, const vc_field *field)
{
    if (batch->survey && !can_tell(value, field))
        return VC_OK;
    if (!vc__method_is_remote(field->method))
        return vc__local_prepare(batch, value, field);
    if (batch->direction == VC_REWRAP && field->method != VC__METHOD_TRANSIT) { /* has no version to bring up */
        value->state = VC__VALUE_KEPT;
        return VC_OK;
    }
    return batch->direction == VC_PROTECT ? protect_payload(batch, value, field) : open_payload(batch, value, field);
}

static vc_code prepare_values(vc_batch *batch, vc__record *record)
{
    for (uint32_t i = 0; i < record->count && !record->error; i++) {
        vc__value *value = &batch->values[record->first + i];
        if (value->kind == VC__VALUE_TWEAK || value->fault)
            continue;
        const vc_field *field = vc__value_field(batch, value);
        vc_code code = prepare_value(batch, value, field);
        if (!code && !record->error && value->state == VC__VALUE_WAITING)
            code = set_tweak(batch, record, value, field);
        if (code)
            return code;
    }
    return VC_OK;
}

/* The record's key, or its value as a whole. */
static vc_code add_part(vc_batch *batch, vc__record *record, const vc_field *field, vc__value_kind kind, size_t len)
{
    if (!vc__batch_room(&batch->values, &batch->value_room, batch->value_count, sizeof *batch->values))
        return VC_E_MEMORY;
    batch->values[batch->value_count++] = (vc__value){ .hit = { .end = len },
                                                       .record = (uint32_t)(record - batch->records),
                                                       .field = (uint16_t)(field - record->rule->fields),
                                                       .kind = (uint8_t)kind,
                                                       .tweak_value = VC__NONE,
                                                       .need = VC__NONE };
    record->count++;
    return VC_OK;
}

/* The values of the JSON text. What is wrong with it goes into the record. */
static vc_code scan_values(vc_batch *batch, vc__record *record, vc_error *err)
{
    const vc__hit *hits;
    size_t count;
    vc_error why = VC_ERROR_INIT;
    vc_code code = vc__scan(batch->scanner, record->rule->selector, record->in, &hits, &count, &why);
    if (code == VC_E_MEMORY)
        return vc__error_copy(err, &why);
    if (code)
        return vc__record_fail(record, &why, record->rule->on_error);
    for (size_t i = 0; i < count && !code; i++)
        code = add_value(batch, record, &hits[i]);
    return code ? code : check_missing(batch, record);
}

vc_code vc__record_prepare(vc_batch *batch, uint32_t index, vc_error *err)
{
    vc__record *record = &batch->records[index];
    const vc_rule *rule = record->rule;
    vc_code code = vc__message_check(batch, record);
    if (!code && rule->record_key && record->key.data)
        code = add_part(batch, record, rule->record_key, VC__VALUE_KEY, record->key.len);
    if (!code && rule->value && record->in.data)
        code = add_part(batch, record, rule->value, VC__VALUE_WHOLE, record->in.len);
    else if (!code && record->in.data && !record->error)
        code = scan_values(batch, record, err);
    if (!code && !record->error)
        code = prepare_values(batch, record);
    if (code == VC_E_LIMIT)
        return vc__buf_check(&batch->scratch, "the batch", err);
    return code ? vc__error_memory(err) : VC_OK;
}

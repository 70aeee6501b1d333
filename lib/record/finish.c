/* SPDX-License-Identifier: Apache-2.0 */
/* finish.c - what Vault answered becomes JSON text, and finished records become output. */
#include "record/batch.h"

#include "base/error.h"
#include "base/text.h"
#include "json/string.h"

vc_code vc__value_set_result(vc_batch *batch, vc__value *value, vc_view bytes, bool as_text)
{
    const size_t at = batch->results.len;
    if (as_text)
        vc__buf_view(&batch->results, bytes);
    else
        vc__string_encode(&batch->results, bytes);
    value->result = (vc__span){ at, batch->results.len - at, false };
    value->state = VC__VALUE_DONE;
    return batch->results.failed;
}

vc_code vc__batch_check_json(vc_batch *batch, vc_view text)
{
    if (!batch->checker && !(batch->checker = vc__scanner_new(VC__DEPTH_MAX, NULL)))
        return VC_E_MEMORY;
    const vc__hit *hits;
    size_t count;
    const vc_code code = vc__scan(batch->checker, NULL, text, &hits, &count, NULL);
    return code && code != VC_E_MEMORY ? VC_E_JSON : code;
}

static vc_code accept_opened(vc_batch *batch, vc__value *value, const vc_field *field, vc_view content)
{
    if (field->method == VC__METHOD_TRANSIT && field->as_json) {
        const vc_code code = vc__batch_check_json(batch, content);
        if (code == VC_E_MEMORY)
            return code;
        if (code)
            return vc__value_fail(batch, value, VC_E_TYPE, "opened, it is not JSON; was it protected without `as: json`?");
        return vc__value_set_result(batch, value, content, true);
    }
    if (vc__utf8_valid(content) != content.len)
        return vc__value_fail(batch, value, VC_E_TYPE, "opened, it is not UTF-8 text, which a JSON string must be");
    return vc__value_set_result(batch, value, content, false);
}

/* Fail closed: what is put in the place of plaintext must look like what was asked for. */
static vc_code accept_protected(vc_batch *batch, vc__value *value, const vc_field *field, const vc__outcome *outcome,
                                vc_error *err)
{
    if (field->method == VC__METHOD_TRANSIT && !vc__view_starts(outcome->value, "vault:v"))
        return vc__error(err, VC_E_PROTOCOL, "%s: Vault's answer holds no ciphertext", field->path_text);
    if (value->tweak_value != VC__NONE && !outcome->tweak.len)
        return vc__error(err, VC_E_CONFIG, "%s: Vault made no tweak: is the transformation's tweak_source `generated`?",
                         field->path_text);
    vc_code code = vc__value_set_result(batch, value, outcome->value, false);
    if (!code && value->tweak_value != VC__NONE)
        code = vc__value_set_result(batch, &batch->values[value->tweak_value], outcome->tweak, false);
    return code;
}

void vc__value_count(vc_batch *batch, const vc__value *value)
{
    if (value->state != VC__VALUE_DONE)
        return;
    batch->stats.fields++;
    batch->stats.by_method[vc__value_field(batch, value)->method]++;
}

vc_code vc__value_accept(vc_batch *batch, vc__value *value, const vc__outcome *outcome, vc_error *err)
{
    const vc_field *field = vc__value_field(batch, value);
    vc_code code;
    if (outcome->code)
        code = vc__value_fail(batch, value, outcome->code, outcome->text);
    else if (batch->direction != VC_OPEN)
        code = accept_protected(batch, value, field, outcome, err);
    else {
        code = accept_opened(batch, value, field, outcome->value);
        /* The tweak has served: its place is null again. */
        if (!code && value->tweak_value != VC__NONE && value->state == VC__VALUE_DONE)
            code = vc__value_set_result(batch, &batch->values[value->tweak_value], vc_str("null"), true);
    }
    vc__value_count(batch, value);
    if (code == VC_E_LIMIT)
        return vc__buf_check(&batch->results, "the batch", err);
    return code == VC_E_MEMORY ? vc__error_memory(err) : code;
}

/* The edits of a record; false while a value waits for its result. */
static bool collect_edits(vc_batch *batch, const vc__record *record, size_t *count)
{
    *count = 0;
    for (uint32_t i = 0; i < record->count; i++) {
        const vc__value *value = &batch->values[record->first + i];
        if (value->state == VC__VALUE_WAITING)
            return false;
        if (value->state == VC__VALUE_KEPT || value->kind >= VC__VALUE_WHOLE)
            continue;
        batch->edits[(*count)++] = (vc__edit){
            .hit = &value->hit,
            .kind = value->state == VC__VALUE_DROPPED ? VC__EDIT_REMOVE : VC__EDIT_REPLACE,
            .value = vc_view_of(batch->results.data + value->result.at, value->result.len),
        };
    }
    return true;
}

static vc_code splice_all(vc_batch *batch, vc_error *err)
{
    for (size_t i = 0; i < batch->record_count; i++) {
        vc__record *record = &batch->records[i];
        size_t count;
        if (record->finished || record->error)
            continue;
        if (record->count && !vc__batch_room(&batch->edits, &batch->edit_room, record->count, sizeof *batch->edits))
            return vc__error_memory(err);
        if (!collect_edits(batch, record, &count))
            continue;
        if (record->in.data && !record->rule->value && !batch->survey) {
            record->out_at = batch->out.len;
            vc__splice(&batch->out, record->in, batch->edits, count);
            if (batch->out.failed)
                return vc__buf_check(&batch->out, "the output of the batch", err);
            record->out_len = batch->out.len - record->out_at;
        }
        record->finished = true;
    }
    return VC_OK;
}

vc_code vc__batch_finish(vc_batch *batch, vc_error *err)
{
    const vc_code code = splice_all(batch, err);
    /* Those before the one that could not be finished have headers too. */
    const vc_code headers = vc__batch_make_headers(batch, code ? NULL : err);
    return code ? code : headers;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* message.c - what Kafka has beside the value: key and headers, in and out. */
#include "base/error.h"
#include "base/text.h"
#include "record/batch.h"
#include "record/kroxylicious.h"

static bool carries_header(const vc_rule *rule)
{
    for (size_t i = 0; i < rule->part_count; i++)
        if (rule->fields[i].carry_header)
            return true;
    return false;
}

static bool has_header(const vc__record *record, const char *name)
{
    for (size_t i = 0; i < record->header_count; i++)
        if (vc__view_is(record->headers[i].name, name))
            return true;
    return false;
}

/* That of the record before it: most share their data keys. */
static vc_view keys_before(const vc_batch *batch, const vc__record *record)
{
    return record > batch->records ? record[-1].keys_in : vc_view_of(NULL, 0);
}

vc_code vc__message_check(vc_batch *batch, vc__record *record)
{
    const vc_rule *rule = record->rule;
    vc_error why = VC_ERROR_INIT;
    if (!rule->needs_message || !record->in.data || !carries_header(rule))
        return VC_OK;
    if (batch->direction == VC_PROTECT) {
        if (!has_header(record, VC__NATIVE_KEYS))
            return VC_OK;
        vc__error(&why, VC_E_PROTECTED, "the record has a header %s already", VC__NATIVE_KEYS);
    } else if (!has_header(record, VC__NATIVE_KEYS) || /* its tokens will tell whether they need it */
               vc__native_keys_of(record->headers, record->header_count, keys_before(batch, record), &record->keys_in, &why) == VC_OK) {
        return VC_OK;
    }
    return vc__record_fail(record, &why, rule->on_error);
}

/* More than a reader takes. */
static vc_code fail_keys(const vc_batch *batch, vc__record *record, uint32_t i, vc_error *err)
{
    vc_error why = VC_ERROR_INIT;
    vc__error(&why, VC_E_TOO_LARGE, "the record's values are under more than the %d data keys that a header takes", VC__NATIVE_KEYS_MAX);
    return vc__record_fail(record, &why, vc__value_field(batch, &batch->values[record->first + i])->on_error) ? vc__error_memory(err)
                                                                                                               : VC_OK;
}

static vc_code keep_keys(vc_batch *batch, vc__record *record, const vc__buf *keys, vc_error *err)
{
    vc_code code = vc__buf_check(keys, "a header of wrapped keys", err);
    if (code)
        return code;
    const size_t at = batch->results.len;
    vc__buf_view(&batch->results, vc__buf_get(keys));
    code = vc__buf_check(&batch->results, "the batch", err);
    if (!code) /* the whole of it, or nothing */
        record->keys_out = (vc__span){ at, batch->results.len - at, false };
    return code;
}

/* The data key of the record's value i; NULL: it is not one whose wrapped key goes into the header. */
static const vc__carried *carried_of(const vc_batch *batch, const vc__record *record, uint32_t i)
{
    const vc__value *value = &batch->values[record->first + i];
    return value->need == VC__NONE || !vc__value_field(batch, value)->carry_header ? NULL : &batch->local.carried[value->need];
}

/* The wrapped keys of the record's tokens, each once, as a header has them. */
static vc_code write_keys(vc_batch *batch, vc__record *record, vc_error *err)
{
    vc__local *local = &batch->local;
    size_t count = 0;
    vc__auto(vc__buf) keys = VC__BUF(1 << 20);
    for (uint32_t i = 0; i < record->count; i++) {
        const vc__carried *carried = carried_of(batch, record, i);
        bool told = !carried;
        for (uint32_t j = 0; j < i && !told; j++) {
            const vc__carried *before = carried_of(batch, record, j);
            told = before && before->key == carried->key; /* two names of one public key share their data keys */
        }
        if (told)
            continue;
        if (count++ == VC__NATIVE_KEYS_MAX)
            return fail_keys(batch, record, i, err);
        const vc_view name = vc__datakey_name_text(&local->text, carried->key);
        if (vc__buf_check(&local->text, "the name of a key", err))
            return local->text.failed;
        vc__native_keys_add(&keys, &(vc__native){ .source = vc__datakey_place(carried->key)->source,
                                                  .key_id = vc__datakey_id(carried->key),
                                                  .key_name = name,
                                                  .key_version = vc__datakey_version(carried->key),
                                                  .wrapped = vc__datakey_wrapped(carried->key) });
    }
    return keep_keys(batch, record, &keys, err);
}

/* The header as it came, with the keys renewed that its tokens asked for; entries that none of them names stay. */
static vc_code rewrite_keys(vc_batch *batch, vc__record *record, vc_error *err)
{
    vc__native entry;
    vc__auto(vc__buf) keys = VC__BUF(1 << 20);
    for (size_t at = 0; vc__native_keys_next(record->keys_in, &at, &entry);) {
        vc__rewrap_renew_entry(batch, record, &entry);
        vc__native_keys_add(&keys, &entry);
    }
    return keep_keys(batch, record, &keys, err);
}

static vc_code put(vc_batch *batch, vc__record *record, vc_header header, vc_error *err)
{
    if (!vc__batch_room(&batch->headers, &batch->header_room, batch->header_count, sizeof *batch->headers))
        return vc__error_memory(err);
    batch->headers[batch->header_count++] = header;
    record->out_header_count++;
    return VC_OK;
}

static bool is_kroxylicious(const vc__record *record)
{
    return record->rule->value && record->rule->value->kroxylicious && record->in.data;
}

/* It has served, and goes. */
static bool goes(const vc_batch *batch, const vc__record *record, vc_view name)
{
    if (batch->direction == VC_OPEN && record->keys_in.data && vc__view_is(name, VC__NATIVE_KEYS))
        return true;
    return is_kroxylicious(record) && batch->direction == VC_OPEN && vc__view_is(name, VC__KROXYLICIOUS_HEADER);
}

static vc_code change_headers(vc_batch *batch, vc__record *record, vc_error *err)
{
    vc_code code = VC_OK;
    const char *results = record->keys_out.len ? batch->results.data + record->keys_out.at : NULL;
    const vc_header keys = { vc_str(VC__NATIVE_KEYS), vc_view_of(results, record->keys_out.len) };
    const bool renews = batch->direction == VC_REWRAP; /* in its place */
    record->out_headers = batch->header_count;
    record->out_header_count = 0;
    if (is_kroxylicious(record) && batch->direction == VC_PROTECT)
        code = put(batch, record, vc__kroxylicious_header(), err);
    for (size_t i = 0; i < record->header_count && !code; i++)
        if (!goes(batch, record, record->headers[i].name))
            code = put(batch, record, renews && vc__view_is(record->headers[i].name, VC__NATIVE_KEYS) ? keys : record->headers[i], err);
    if (!code && record->keys_out.len && !renews)
        code = put(batch, record, keys, err);
    return code;
}

static bool headers_change(const vc_batch *batch, const vc__record *record)
{
    if (!record->finished || record->error)
        return false;
    if (batch->direction == VC_REWRAP)
        return record->carries;
    return record->carries || (record->keys_in.data && record->in.data) || is_kroxylicious(record);
}

static vc_code make_headers(vc_batch *batch, vc_error *err)
{
    vc_code code = VC_OK;
    batch->header_count = 0;
    for (size_t i = 0; i < batch->record_count && !code; i++)
        if (batch->records[i].carries && !batch->records[i].keys_out.len && headers_change(batch, &batch->records[i]))
            code = (batch->direction == VC_REWRAP ? rewrite_keys : write_keys)(batch, &batch->records[i], err);
    for (size_t i = 0; i < batch->record_count && !code; i++) /* results stay where they are from here on */
        if (headers_change(batch, &batch->records[i]))
            code = change_headers(batch, &batch->records[i], err);
    return code;
}

/* Without its headers no record leaves: nobody could open it. */
vc_code vc__batch_make_headers(vc_batch *batch, vc_error *err)
{
    const vc_code code = make_headers(batch, err);
    for (size_t i = 0; code && i < batch->record_count; i++)
        if (headers_change(batch, &batch->records[i]))
            batch->records[i].finished = false;
    return code;
}

vc_view vc_batch_output_key(const vc_batch *batch, size_t i)
{
    if (!batch || i >= batch->record_count || !batch->records[i].finished || batch->records[i].error || batch->survey)
        return vc_view_of(NULL, 0);
    const vc__record *record = &batch->records[i];
    const vc__value *value = record->rule->record_key && record->key.data ? &batch->values[record->first] : NULL;
    if (!value || value->state != VC__VALUE_DONE)
        return record->key;
    return value->result.len ? vc_view_of(batch->results.data + value->result.at, value->result.len) : vc_str("");
}

const vc_header *vc_batch_output_headers(const vc_batch *batch, size_t i, size_t *count)
{
    *count = 0;
    if (!batch || i >= batch->record_count || !batch->records[i].finished || batch->records[i].error || batch->survey)
        return NULL;
    const vc__record *record = &batch->records[i];
    const bool changed = headers_change(batch, record);
    *count = changed ? record->out_header_count : record->header_count;
    return !*count ? NULL : changed ? batch->headers + record->out_headers : record->headers;
}

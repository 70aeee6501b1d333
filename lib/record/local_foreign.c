/* SPDX-License-Identifier: Apache-2.0 */
/* local_foreign.c - whole values as Kroxylicious has them. Nothing of the record is bound to them: that is their format. */
#include "base/base64.h"
#include "base/error.h"
#include "base/text.h"
#include "record/batch.h"
#include "record/kroxylicious.h"
#include "vault/ciphertext.h"

static vc_code own_fault(vc_batch *batch, vc__value *value, vc_code code, const char *text, vc_error *err)
{
    return vc__value_fail(batch, value, code, text) ? vc__error_memory(err) : VC_OK;
}

vc_code vc__seal_kroxylicious(vc_batch *batch, vc__value *value, const vc_field *field, uint64_t now_ms, vc_error *err)
{
    vc__local *local = &batch->local;
    vc__sealer_place *place = &local->places[field->group];
    vc_code code = vc__place_take(batch, place, field, value->payload.len, now_ms, err);
    char iv[VC__AEAD_IV];
    if (code == VC_E_LIMIT)
        return vc__local_too_large(batch, value, err);
    code = code ? code : vc__random_bytes(local->random, iv, sizeof iv, err);
    if (code)
        return code;
    vc__buf_clear(&local->text);
    vc__buf_printf(&local->text, "vault:v%llu:", (unsigned long long)vc__datakey_version(place->key));
    vc__base64_encode(&local->text, vc__datakey_wrapped(place->key));
    code = vc__buf_check(&local->text, "a wrapped key", err);
    const size_t at = batch->results.len;
    code = code ? code
                : vc__kroxylicious_seal(&batch->results, place->foreign, vc_str(field->name), vc__buf_get(&local->text),
                                        vc_view_of(iv, sizeof iv), vc__span_view(batch, value, value->payload), err);
    if (code)
        return code;
    value->result = (vc__span){ at, batch->results.len - at, false };
    value->state = VC__VALUE_DONE;
    vc__place_took(place, value->payload.len);
    return VC_OK;
}

/* A name for the data key in our caches: the digest of its wrapped form, which the format has no other for. */
static vc_code name_key(vc__local *local, vc_view edek, char name[VC__NATIVE_ID], vc_error *err)
{
    if (!local->digest && !(local->digest = vc__digest_new(VC__SHA2_256, err)))
        return err->code;
    return vc__digest_of(local->digest, edek, (unsigned char *)name, err);
}

/* Of the names that the schema lists; the format tells no mount. */
static const vc__key_name *name_of(const vc_field *field, vc_view name)
{
    for (size_t i = 0; i < field->key_count; i++)
        if (vc__view_is(name, field->keys[i].name))
            return &field->keys[i];
    return NULL;
}

/* What the format has for a token's head. VC_E_CIPHERTEXT and others go into the value. */
static vc_code read_head(vc_batch *batch, const vc_field *field, const vc__kroxylicious *record, vc__native *head, const vc__key_name **name,
                         vc_error *why)
{
    vc__kroxylicious_edek edek;
    vc_view encoded;
    size_t len;
    vc_code code = vc__kroxylicious_edek_parse(&edek, record->edek, why);
    if (code)
        return code;
    *name = name_of(field, edek.key_name);
    if (!*name)
        return vc__error(why, VC_E_CIPHERTEXT, "is under a key that the schema does not list (`key`, `accept`)");
    vc__buf *wrapped = &batch->local.token;
    vc__buf_clear(wrapped);
    if (!vc__ciphertext_split(edek.ciphertext, &head->key_version, &encoded) || vc__buf_reserve(wrapped, encoded.len) ||
        vc__base64_decode(wrapped->data, &len, encoded, NULL))
        return wrapped->failed ? vc__buf_check(wrapped, "a wrapped key", why)
                               : vc__error(why, VC_E_CIPHERTEXT, "its wrapped key is none of Vault's");
    wrapped->len = len;
    head->wrapped = vc__buf_get(wrapped);
    head->algorithm = VC__FOREIGN;
    head->source = VC__NATIVE_TRANSIT;
    return VC_OK;
}

static vc_code put_back(vc_batch *batch, vc__value *value, const vc__kroxylicious_parcel *parcel, vc_error *err)
{
    if (parcel->outer_value || !parcel->value.data)
        return own_fault(batch, value, VC_E_TYPE, "opened, it holds no value", err);
    if (!parcel->outer_headers)
        return own_fault(batch, value, VC_E_TYPE, "its headers were encrypted with it, which Kroxylicious never does, and this version does not open", err);
    const vc_code code = vc__value_set_result(batch, value, parcel->value, true);
    return code == VC_E_MEMORY ? vc__error_memory(err) : code;
}

vc_code vc__foreign_take(vc_batch *batch, vc__value *value, const vc_field *field, vc__kroxylicious *record, vc__native *head,
                         const vc__key_name **name, vc_error *err)
{
    const vc__record *message = &batch->records[value->record];
    vc_error why = VC_ERROR_INIT;
    uint8_t version;
    *head = (vc__native){ 0 };
    vc_code code = vc__kroxylicious_marker(message->headers, message->header_count, &version, NULL, &why);
    code = code ? code : vc__kroxylicious_parse(record, version, vc__span_view(batch, value, value->payload), &why);
    code = code ? code : read_head(batch, field, record, head, name, &why);
    if (code && vc_code_class(code) == VC_CLASS_DATA)
        return own_fault(batch, value, code, why.message, err);
    return code ? vc__error_copy(err, &why) : VC_OK;
}

vc_code vc__open_kroxylicious(vc_batch *batch, vc__value *value, const vc_field *field, uint64_t now_ms, vc_error *err)
{
    vc__local *local = &batch->local;
    vc__native head;
    vc__kroxylicious record;
    vc__kroxylicious_parcel parcel;
    const vc__key_name *name = NULL;
    vc__opener *opener = NULL;
    vc_error why = VC_ERROR_INIT;
    char id[VC__NATIVE_ID];
    vc_code code = vc__foreign_take(batch, value, field, &record, &head, &name, err);
    if (code || batch->records[value->record].error)
        return code;
    code = name_key(local, record.edek, id, err);
    head.key_id = vc_view_of(id, sizeof id);
    code = code ? code : vc__opener_of(batch, value, field, &head, name, now_ms, &opener, err);
    if (code || !opener)
        return code;
    code = vc__kroxylicious_open(&record, opener->foreign, &local->text, &parcel, &why);
    if (!code)
        return put_back(batch, value, &parcel, err);
    if (code == VC_E_LIMIT)
        return own_fault(batch, value, VC_E_TOO_LARGE, why.message, err);
    return vc_code_class(code) == VC_CLASS_DATA ? own_fault(batch, value, code, why.message, err) : vc__error_copy(err, &why);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * local_open.c - tokens become values again. What opens is what the schema says, not what a token says of itself: algorithm, source, key,
 * context and binding are checked before a key is asked for.
 */
#include "base/error.h"
#include "base/secret.h"
#include "base/text.h"
#include "record/batch.h"

/* -- what a token must say -- */

/* "KEY", or "MOUNT/KEY" where the mount is not "transit": as vc__key_name_text() writes it. */
static bool is_named(const vc_field *field, const vc__key_name *name, vc_view said)
{
    if (field->source != VC__KEY_OF_TRANSIT || strcmp(name->mount, "transit") == 0)
        return vc__view_is(said, name->name);
    const size_t mount = strlen(name->mount);
    return said.len > mount && memcmp(said.data, name->mount, mount) == 0 && said.data[mount] == '/' &&
           vc__view_is(vc_view_of(said.data + mount + 1, said.len - mount - 1), name->name);
}

static const vc__key_name *name_of(const vc_field *field, vc_view said)
{
    for (size_t i = 0; i < field->key_count; i++)
        if (is_named(field, &field->keys[i], said))
            return &field->keys[i];
    return NULL;
}

static bool takes_context(const vc_rule *rule, const vc_field *field, vc_view context)
{
    if (vc__view_is(context, field->context))
        return true;
    /* With a context of its own a field is not bound to the rule's. */
    const size_t from = strcmp(field->context, rule->context) != 0;
    for (size_t i = from; i < rule->context_count; i++)
        if (vc__view_is(context, rule->contexts[i]))
            return true;
    return false;
}

static const char *fault_of(const vc_batch *batch, const vc__value *value, const vc_field *field, const vc__native *token)
{
    const vc__record *record = &batch->records[value->record];
    const uint8_t algorithm = field->method == VC__METHOD_SIV ? VC__NATIVE_SIV : VC__NATIVE_GCM;
    if (token->algorithm != algorithm)
        return "its token is of another method than the schema says";
    if (!takes_context(record->rule, field, token->context))
        return "its token is of a context that the schema does not list (`context`, `accept_contexts`)";
    if (field->bind & ~token->flags)
        return "its token is not bound to what the schema says (`bind`)";
    if (token->flags & VC__NATIVE_BINDS_TOPIC && !record->topic.data)
        return "its token is bound to a topic, which is not known here";
    if (token->flags & VC__NATIVE_BINDS_KEY && !record->topic.data)
        return "its token is bound to the record's key, which is not known here";
    if ((value->kind == VC__VALUE_FIELD) == (token->type == VC__NATIVE_BYTES))
        return "its token is of another kind of value";
    if (token->flags & VC__NATIVE_KEY_OUTSIDE && !record->keys_in.data)
        return field->carry_header ? "its wrapped key is in a header (vaultcrypt-keys) that the record does not have"
                                   : "its wrapped key is in a header, and the schema does not say so (`carry: header`)";
    return NULL;
}

static const char *fault_of_key(const vc_field *field, const vc__native *token, const vc__key_name *name)
{
    const bool pair = field->source == VC__KEY_OF_PAIR;
    if (pair != vc__native_is_pair(token->source) || (!pair && token->source != (uint8_t)field->source))
        return pair ? "its token is not under a public key, as the schema says (`hybrid`)"
               : vc__native_is_pair(token->source)
                    ? "its token is under a public key, and the schema says another source of its key (`hybrid` opens such)"
                    : "its token has its key from another source than the schema says (`source`)";
    if (pair) /* looked for in the keyring */
        return NULL;
    if (!name)
        return "its token is under a key that the schema does not list (`key`, `accept`)";
    if (field->method == VC__METHOD_ENVELOPE && field->source == VC__KEY_OF_STATIC && token->key_version)
        return "its token says a version of a static key, which has none";
    if (field->method == VC__METHOD_SIV && (!token->key_version || token->key_version > field->key_version))
        return "its token is under a later version of the key than the schema says (`key_version`)";
    return NULL;
}

vc_code vc__token_take(vc_batch *batch, vc__value *value, const vc_field *field, vc__native *token, const vc__key_name **name,
                       vc_error *err)
{
    vc__local *local = &batch->local;
    const vc_view text = vc__span_view(batch, value, value->payload);
    vc_error why = VC_ERROR_INIT;
    vc__buf_clear(&local->token);
    vc__native_seen *seen = local->fields ? &local->fields[field->slot].seen : NULL;
    vc_code code = value->kind == VC__VALUE_FIELD ? vc__native_read_text_seen(&local->token, text, seen, token, &why)
                                                  : vc__native_read_bytes(text, token, &why);
    if (code == VC_E_MEMORY || code == VC_E_LIMIT)
        return vc__error_copy(err, &why);
    if (code)
        return vc__value_fail(batch, value, code, code == VC_E_PLAINTEXT ? "is plaintext where ciphertext is due" : why.message)
                   ? vc__error_memory(err)
                   : VC_OK;
    const char *fault = fault_of(batch, value, field, token);
    if (!fault && token->flags & VC__NATIVE_KEY_OUTSIDE &&
        vc__native_keys_find(batch->records[value->record].keys_in, token, &why))
        fault = why.message;
    if (!fault) {
        *name = name_of(field, token->key_name);
        fault = fault_of_key(field, token, *name);
    }
    if (fault)
        return vc__value_fail(batch, value, VC_E_CIPHERTEXT, fault) ? vc__error_memory(err) : VC_OK;
    return field->source == VC__KEY_OF_PAIR ? vc__pair_name_of(batch, value, field, token, name, err) : VC_OK;
}

/* -- its key -- */

static bool fits_source(const vc__opener *opener, const vc_field *field, const vc__native *token)
{
    if (field->source != VC__KEY_OF_PAIR)
        return field->source == (vc__key_source)opener->source;
    return memcmp(opener->pair_id, token->key_name.data, sizeof opener->pair_id) == 0;
}

static bool fits(const vc__opener *opener, const vc_field *field, const vc__native *token, const vc__key_name *name)
{
    return opener->name && opener->algorithm == token->algorithm && opener->source == token->source &&
           (token->algorithm != VC__NATIVE_SIV || opener->version == token->key_version) &&
           (opener->name == name || (strcmp(opener->name->name, name->name) == 0 && strcmp(opener->name->mount, name->mount) == 0)) &&
           fits_source(opener, field, token) && memcmp(opener->id, token->key_id.data, sizeof opener->id) == 0;
}

/* The opener that is there, or the one to be filled. */
static vc__opener *find_opener(vc__local *local, const vc_field *field, const vc__native *token, const vc__key_name *name)
{
    const size_t set = (unsigned char)token->key_id.data[0] % VC__OPENER_SETS;
    for (size_t i = 0; i < VC__OPENER_WAYS; i++)
        if (fits(&local->openers[set][i], field, token, name))
            return &local->openers[set][i];
    return &local->openers[set][local->victims[set]++ % VC__OPENER_WAYS];
}

/* Where the token's data key is to be had; `id` and `found` hold what it points to. */
static vc__keyplace place_of(vc_batch *batch, const vc_field *field, const vc__native *token, const vc__key_name *name, uint64_t *version,
                             char id[VC__KEYPAIR_ID + 1], vc__pair_found *found)
{
    *version = token->key_version;
    if (!vc__native_is_pair(token->source))
        return (vc__keyplace){ token->source, name->mount, name->name };
    memcpy(id, token->key_name.data, VC__KEYPAIR_ID);
    id[VC__KEYPAIR_ID] = 0;
    vc__ring_pair(batch->local.ring, vc__field_names(field), token->key_name, found);
    if (found->half != VC__PAIR_IN_VAULT)
        return (vc__keyplace){ token->source, "", id };
    *version = found->version;
    return (vc__keyplace){ VC__SOURCE_VAULT, found->mount, found->key };
}

/* What has come of the need, or a new one. */
vc_code vc__token_key(vc_batch *batch, vc__value *value, const vc__native *token, const vc__key_name *name, uint64_t now_ms,
                      vc__datakey **key, vc_error *err)
{
    vc__local *local = &batch->local;
    char id[VC__KEYPAIR_ID + 1];
    uint64_t version;
    vc__auto(vc__pair_found) found = { .half = VC__PAIR_UNKNOWN };
    const vc__keyplace place = place_of(batch, vc__value_field(batch, value), token, name, &version, id, &found);
    const bool siv = token->algorithm == VC__NATIVE_SIV;
    *key = siv ? vc__ring_prf(local->ring, &place, token->key_version, "siv", token->context, now_ms)
               : vc__ring_opening(local->ring, &place, token->key_id, now_ms);
    if (*key)
        return VC_OK;
    const vc_error *why;
    vc_code code = vc__need_result(local, value->need, key, &why);
    if (code == VC_E_NOT_FOUND) {
        vc_error refusal = VC_ERROR_INIT;
        const bool here = vc__source_is_pair(place.source);
        code = here ? vc__private_turn(batch, value, err) : VC_OK;
        if (code)
            return code == VC_E_CIPHERTEXT ? VC_OK : code;
        code = siv ? vc__fetch_prf(&local->fetch, &place, token->key_version, "siv", token->context, &value->need, &refusal)
                   : (token->algorithm == VC__FOREIGN ? vc__fetch_foreign : vc__fetch_opening)(
                         &local->fetch, &place, token->key_id, version, token->wrapped, &value->need, &refusal);
        if (code && vc_code_class(code) != VC_CLASS_DATA)
            return vc__error_copy(err, &refusal);
        if (code)
            return vc__value_fail(batch, value, code, refusal.message) ? vc__error_memory(err) : VC_OK;
        code = vc__need_result(local, value->need, key, &why); /* what needs nobody else is there at once */
        if (here && code && code != VC_E_NOT_FOUND)
            vc__private_failed(batch, value);
    }
    if (!code || code == VC_E_NOT_FOUND)
        return code;
    /*
     * A version that Vault does not compute with any more came out of the record: others do not suffer for it. The schema's own key and version
     * are nothing about the record, which would be lost for a mistake in Vault.
     */
    const vc_field *field = vc__value_field(batch, value);
    const bool pinned = name == &field->keys[0] && token->key_version == field->key_version;
    const bool own = vc_code_class(code) == VC_CLASS_DATA || (code == VC_E_REQUEST && siv && !pinned);
    if (!own)
        return vc__error(err, code, "%s: %.800s", field->path_text, why->message);
    const vc_code told = vc_code_class(code) == VC_CLASS_DATA ? code : VC_E_REFUSED;
    return vc__value_fail(batch, value, told, why->message) ? vc__error_memory(err) : VC_OK;
}

vc_code vc__opener_of(vc_batch *batch, vc__value *value, const vc_field *field, const vc__native *token, const vc__key_name *name,
                      uint64_t now_ms, vc__opener **found, vc_error *err)
{
    vc__local *local = &batch->local;
    vc__opener *opener = find_opener(local, field, token, name);
    const bool there = fits(opener, field, token, name);
    *found = opener;
    if (there && opener->run == local->run)
        return VC_OK;
    *found = NULL;
    vc__datakey *key = NULL;
    vc_code code = vc__token_key(batch, value, token, name, now_ms, &key, err);
    if (code || !key)
        return code;
    if (!there || key != opener->key) {
        const bool foreign = token->algorithm == VC__FOREIGN;
        vc__native_key *cipher = foreign ? NULL : vc__cipher_of(key, (vc__native_algorithm)token->algorithm, err);
        vc__aead *aead = foreign ? vc__foreign_cipher_of(key, err) : NULL;
        if (!cipher && !aead) {
            vc__datakey_unref(key);
            return err->code;
        }
        vc__native_key_free(opener->cipher);
        vc__aead_free(opener->foreign);
        vc__datakey_unref(opener->key);
        *opener = (vc__opener){ .name = name,
                                .algorithm = token->algorithm,
                                .source = token->source,
                                .version = token->key_version,
                                .key = key,
                                .cipher = cipher,
                                .foreign = aead };
        memcpy(opener->id, token->key_id.data, sizeof opener->id);
        if (vc__native_is_pair(token->source))
            memcpy(opener->pair_id, token->key_name.data, sizeof opener->pair_id);
    } else {
        vc__datakey_unref(key);
    }
    opener->run = local->run;
    *found = opener;
    return VC_OK;
}

/* -- opening -- */

static vc_code make_aad(vc_batch *batch, const vc__value *value, const vc_field *field, const vc__native *token, vc_error *err)
{
    const vc__record *record = &batch->records[value->record];
    vc_view key;
    (void)vc__wire_key(batch, record, &key);
    const bool nowhere = field->method == VC__METHOD_SIV && value->kind == VC__VALUE_FIELD;
    vc__buf_clear(&batch->local.aad);
    vc__native_aad(&batch->local.aad, token, vc_str(nowhere ? "" : field->canonical), record->topic, key);
    return vc__buf_check(&batch->local.aad, "what a token is bound to", err);
}

static vc__native_type type_of_text(vc_view text)
{
    switch (text.len ? text.data[0] : 0) {
    case '"': return VC__NATIVE_STRING;
    case '{': return VC__NATIVE_OBJECT;
    case '[': return VC__NATIVE_ARRAY;
    case 't':
    case 'f': return VC__NATIVE_BOOLEAN;
    case 'n': return VC__NATIVE_NULL;
    default: return VC__NATIVE_NUMBER;
    }
}

/* Fail closed: what is put into the record must be what was taken out of one. */
static vc_code put_back(vc_batch *batch, vc__value *value, const vc_field *field, uint8_t type, vc_view content)
{
    if (field->method == VC__METHOD_SIV && type == VC__NATIVE_STRING) {
        if (vc__utf8_valid(content) != content.len)
            return vc__value_fail(batch, value, VC_E_TYPE, "opened, it is not UTF-8 text, which a JSON string must be");
        return vc__value_set_result(batch, value, content, false);
    }
    const vc_code code = type_of_text(content) == (vc__native_type)type ? vc__batch_check_json(batch, content) : VC_E_JSON;
    if (code == VC_E_MEMORY)
        return code;
    if (code)
        return vc__value_fail(batch, value, VC_E_TYPE, "opened, it is not JSON of the type that its token says");
    return vc__value_set_result(batch, value, content, true);
}

static vc_code open_bytes(vc_batch *batch, vc__value *value, const vc__opener *opener, const vc__native *token, vc_error *err)
{
    const size_t at = batch->results.len;
    const vc_code code = vc__native_open(opener->cipher, token, vc__buf_get(&batch->local.aad), &batch->results, err);
    if (code)
        return code;
    value->result = (vc__span){ at, batch->results.len - at, false };
    value->state = VC__VALUE_DONE;
    return VC_OK;
}

vc_code vc__open_token(vc_batch *batch, vc__value *value, const vc_field *field, uint64_t now_ms, vc_error *err)
{
    vc__local *local = &batch->local;
    vc__native token;
    const vc__key_name *name = NULL;
    vc__opener *opener = NULL;
    vc_code code = vc__token_take(batch, value, field, &token, &name, err);
    if (code || batch->records[value->record].error || value->state != VC__VALUE_WAITING)
        return code;
    code = make_aad(batch, value, field, &token, err);
    if (code)
        return code == VC_E_LIMIT ? vc__local_too_large(batch, value, err) : code;
    code = vc__check_signature(batch, value, field, &token, err); /* before a private key works for whoever it is */
    if (code || batch->records[value->record].error || value->state != VC__VALUE_WAITING)
        return code;
    code = vc__opener_of(batch, value, field, &token, name, now_ms, &opener, err);
    if (code || !opener)
        return code;
    vc_error why = VC_ERROR_INIT;
    vc_view content;
    if (value->kind == VC__VALUE_FIELD) {
        code = vc__native_open_place(opener->cipher, &token, vc__buf_get(&local->aad), &local->token, &content, &why);
        if (!code) {
            code = put_back(batch, value, field, token.type, content);
            return code == VC_E_MEMORY ? vc__error_memory(err) : code;
        }
    } else {
        code = open_bytes(batch, value, opener, &token, &why);
    }
    if (code == VC_E_LIMIT && !batch->results.failed) /* more than one call of the cipher takes */
        code = VC_E_TOO_LARGE;
    if (code && vc_code_class(code) == VC_CLASS_DATA)
        return vc__value_fail(batch, value, code, why.message) ? vc__error_memory(err) : VC_OK;
    return code ? vc__error_copy(err, &why) : VC_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * local_rewrap.c - the data keys of tokens under the latest version of the key that wraps them. Each different one is asked for once, however
 * many tokens carry it; the tokens' ids and ciphertexts stay. They are in the tokens, in the record's header of wrapped keys, or, as
 * Kroxylicious has them, in front of the value.
 */
#include "base/alloc.h"
#include "base/base64.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/text.h"
#include "record/batch.h"
#include "record/kroxylicious.h"
#include "vault/ciphertext.h"

#include <stdio.h>
#include <stdlib.h>

/* Of a token under a public key: source, key name, key id. */
enum { VC__PAIR_PLACE = 1 + VC__NATIVE_PAIR_NAME + VC__NATIVE_ID };

struct vc__rewrap {
    vc__node node;
    const vc__key_name *name;
    uint32_t index;      /* in the order of places */
    vc_view text;        /* "vault:vN:...", as Vault takes it; behind this structure */
    vc_view old;         /* raw, and its version; behind this structure too */
    uint64_t old_version;
    vc_view pair;        /* of a key pair, as it was: source, name, and the data key's id, as find_or_make() puts them; else empty */
    uint8_t new_source;  /* of a key pair */
    char new_name[VC__NATIVE_PAIR_NAME + 1];
    uint64_t version;    /* new */
    vc__buf wrapped;     /* new, raw */
    vc_code code;        /* it cannot be had */
    const char *why;
    char bytes[];
};

void vc__rewrap_clear(vc__local *local)
{
    for (size_t i = 0; i < local->rewrap_count; i++) {
        vc__buf_free(&local->rewraps[i]->wrapped);
        vc__free(local->rewraps[i]);
    }
    local->rewrap_count = 0;
    vc__table_free(&local->rewrap_table);
}

static struct vc__rewrap *make(const vc__native *token, const vc__key_name *name, vc_view key)
{
    struct vc__rewrap *rewrap = vc__calloc(1, sizeof *rewrap + key.len + vc__base64_encoded_len(token->wrapped.len) + 32);
    if (!rewrap)
        return NULL;
    rewrap->name = name;
    rewrap->wrapped = (vc__buf)VC__BUF(1 << 20);
    memcpy(rewrap->bytes, key.data, key.len);
    rewrap->node.key = vc_view_of(rewrap->bytes, key.len);
    rewrap->old = vc_view_of(rewrap->bytes + key.len - token->wrapped.len, token->wrapped.len);
    rewrap->old_version = token->key_version;
    if (vc__native_is_pair(token->source))
        rewrap->pair = vc_view_of(rewrap->old.data - VC__PAIR_PLACE, VC__PAIR_PLACE);
    char *text = rewrap->bytes + key.len;
    const size_t start = (size_t)snprintf(text, 32, "vault:v%llu:", (unsigned long long)token->key_version);
    vc__base64_encode_raw(text + start, (const unsigned char *)token->wrapped.data, token->wrapped.len);
    rewrap->text = vc_view_of(text, start + vc__base64_encoded_len(token->wrapped.len));
    return rewrap;
}

/* The one of this token's data key: that of an earlier token, or a new one. */
static vc_code find_or_make(vc_batch *batch, vc__value *value, const vc__native *token, const vc__key_name *name, vc_error *err)
{
    vc__local *local = &batch->local;
    vc__buf *key = &local->text;
    vc__buf_clear(key);
    vc__buf_append(key, name->mount, strlen(name->mount) + 1);
    vc__buf_append(key, name->name, strlen(name->name) + 1);
    vc__buf_append(key, (const char *)&token->key_version, sizeof token->key_version);
    if (vc__native_is_pair(token->source)) {
        /* The data key of these was found by its id, not by these bytes, which a token may have from another one: they are told apart. */
        vc__buf_byte(key, (char)token->source);
        vc__buf_view(key, token->key_name); /* 43 characters */
        vc__buf_view(key, token->key_id);
    }
    vc__buf_view(key, token->wrapped); /* last: rewrap->old */
    vc_code code = vc__buf_check(key, "a wrapped key", err);
    if (code)
        return code;
    vc__node *node = vc__table_find(&local->rewrap_table, vc__buf_get(key));
    if (node) {
        value->need = ((struct vc__rewrap *)(void *)((char *)node - offsetof(struct vc__rewrap, node)))->index;
        return VC_OK;
    }
    struct vc__rewrap *rewrap =
        vc__batch_room(&local->rewraps, &local->rewrap_room, local->rewrap_count, sizeof(struct vc__rewrap *)) ? make(token, name, vc__buf_get(key))
                                                                                                             : NULL;
    if (!rewrap || !vc__table_add(&local->rewrap_table, &rewrap->node)) {
        vc__free(rewrap);
        return vc__error_memory(err);
    }
    value->need = rewrap->index = (uint32_t)local->rewrap_count;
    local->rewraps[local->rewrap_count++] = rewrap;
    return VC_OK;
}

static int by_place(const void *a, const void *b)
{
    const struct vc__rewrap *x = *(struct vc__rewrap *const *)a, *y = *(struct vc__rewrap *const *)b;
    int order = strcmp(x->name->mount, y->name->mount);
    order = order ? order : strcmp(x->name->name, y->name->name);
    return order ? order : (x->index > y->index) - (x->index < y->index);
}

/* Requests are of one place: sorts, tells the values, and states the stretches. */
static vc_code sort_and_push(vc_batch *batch, vc_error *err)
{
    vc__local *local = &batch->local;
    if (!local->rewrap_count)
        return VC_OK;
    uint32_t *moved = vc__calloc(local->rewrap_count, sizeof *moved);
    if (!moved)
        return vc__error_memory(err);
    qsort(local->rewraps, local->rewrap_count, sizeof(struct vc__rewrap *), by_place);
    for (size_t i = 0; i < local->rewrap_count; i++)
        moved[local->rewraps[i]->index] = (uint32_t)i;
    for (size_t i = 0; i < local->waiting_count; i++) {
        vc__value *value = &batch->values[local->waiting[i]];
        value->need = value->need == VC__NONE ? VC__NONE : moved[value->need];
    }
    vc__free(moved);
    vc_code code = VC_OK;
    for (size_t i = 0, first = 0; i < local->rewrap_count && !code; i++) {
        const bool last = i + 1 == local->rewrap_count || local->rewraps[i + 1]->name->name != local->rewraps[i]->name->name ||
                          local->rewraps[i + 1]->name->mount != local->rewraps[i]->name->mount;
        if (!last)
            continue;
        code = vc__spread_push(&batch->spread,
                               (vc__stretch){ (uint32_t)(batch->order_count + first), (uint32_t)(i + 1 - first), 0 }, err);
        first = i + 1;
    }
    return code;
}

/* What is in the table came out of records: nobody may choose where it falls. */
static vc_code seed_table(vc__local *local, vc_error *err)
{
    if (local->rewrap_table.seed)
        return VC_OK;
    if (!local->random && !(local->random = vc__random_new(err)))
        return VC_E_MEMORY;
    return vc__random_bytes(local->random, &local->rewrap_table.seed, sizeof local->rewrap_table.seed, err);
}

/* For the signature is over the wrapped key too. */
static vc_code refuse_signed(vc_batch *batch, vc__value *value, vc_error *err)
{
    return vc__value_fail(batch, value, VC_E_SIGNATURE,
                          "its token is signed: rewrapped, its signature would not hold (open it, and protect it anew)")
               ? vc__error_memory(err)
               : VC_OK;
}

vc_code vc__rewrap_start(vc_batch *batch, vc_error *err)
{
    vc__local *local = &batch->local;
    vc_code code = seed_table(local, err);
    for (size_t i = 0; i < local->waiting_count && !code; i++) {
        vc__value *value = &batch->values[local->waiting[i]];
        const vc_field *field = vc__value_field(batch, value);
        vc__native token;
        const vc__key_name *name = NULL;
        if (batch->records[value->record].error || field->source == VC__KEY_OF_PAIR)
            continue; /* that of a key pair is opened here first */
        vc__kroxylicious record;
        code = field->kroxylicious ? vc__foreign_take(batch, value, field, &record, &token, &name, err)
                                   : vc__token_take(batch, value, field, &token, &name, err);
        if (!code && !batch->records[value->record].error && name && !field->kroxylicious && token.flags & VC__NATIVE_SIGNED)
            code = refuse_signed(batch, value, err);
        else if (!code && !batch->records[value->record].error && name)
            code = find_or_make(batch, value, &token, name, err);
    }
    return code ? code : sort_and_push(batch, err);
}

const vc__key_name *vc__rewrap_name(const vc_batch *batch, uint32_t i)
{
    return batch->local.rewraps[i]->name;
}

vc_view vc__rewrap_text(const vc_batch *batch, uint32_t i)
{
    return batch->local.rewraps[i]->text;
}

vc_code vc__rewrap_accept(vc_batch *batch, uint32_t i, vc_code code, vc_view text, const char *why, vc_error *err)
{
    struct vc__rewrap *rewrap = batch->local.rewraps[i];
    vc_view encoded;
    size_t len;
    rewrap->code = code;
    rewrap->why = why;
    if (code)
        return VC_OK;
    if (!vc__ciphertext_split(text, &rewrap->version, &encoded))
        return vc__error(err, VC_E_PROTOCOL, "Vault's answer holds no ciphertext");
    if (vc__buf_reserve(&rewrap->wrapped, encoded.len))
        return vc__buf_check(&rewrap->wrapped, "a wrapped key", err);
    if (vc__base64_decode(rewrap->wrapped.data, &len, encoded, NULL) || len > VC__NATIVE_WRAPPED_MAX)
        return vc__error(err, VC_E_PROTOCOL, "Vault's answer holds no ciphertext");
    rewrap->wrapped.len = len;
    return VC_OK;
}

/* What became of the value's key; `*rewrap` NULL and VC_OK: it cannot be had, and the value has failed. */
static vc_code find(vc_batch *batch, vc__value *value, const vc_field *field, const struct vc__rewrap **rewrap, vc_error *err)
{
    const vc__local *local = &batch->local;
    *rewrap = NULL;
    if (value->need == VC__NONE || value->need >= local->rewrap_count)
        return vc__error(err, VC_E_INTERNAL, "%s: nothing was asked for its key", field->path_text);
    const struct vc__rewrap *found = local->rewraps[value->need];
    if (found->code)
        return vc__value_fail(batch, value, found->code, found->why) ? vc__error_memory(err) : VC_OK;
    *rewrap = found;
    return VC_OK;
}

/* It is done without a change of its own: the record's header is what changes (message.c). */
static vc_code renewed_outside(vc_batch *batch, vc__value *value)
{
    batch->records[value->record].carries = true;
    value->state = VC__VALUE_DONE;
    vc__value_count(batch, value);
    value->state = VC__VALUE_KEPT;
    return VC_OK;
}

/* The token with the new wrapped key, onto an empty `out`; every other byte as it was. */
static vc_code write_token(vc__buf *out, const vc__native *token, vc_error *err)
{
    static const char magic[] = "\x8bVC\x01";
    vc__buf_append(out, magic, VC__NATIVE_MAGIC);
    vc__native_prefix(out, token);
    vc__buf_view(out, token->nonce);
    vc__buf_view(out, token->sealed);
    return vc__buf_check(out, "a token", err);
}

vc_code vc__renew_token(vc_batch *batch, vc__value *value, const vc_field *field, uint64_t now_ms, vc_error *err)
{
    (void)now_ms;
    vc__local *local = &batch->local;
    vc__native token;
    const vc__key_name *name = NULL;
    const struct vc__rewrap *rewrap;
    vc_code code = find(batch, value, field, &rewrap, err);
    if (code || !rewrap)
        return code;
    code = vc__token_take(batch, value, field, &token, &name, err);
    if (code || batch->records[value->record].error)
        return code;
    if (token.flags & VC__NATIVE_KEY_OUTSIDE)
        return renewed_outside(batch, value);
    token.key_version = rewrap->version;
    token.wrapped = vc__buf_get(&rewrap->wrapped);
    vc__buf_clear(&local->aad);
    code = write_token(&local->aad, &token, err);
    return code ? code : vc__token_result(batch, value, vc__buf_get(&local->aad), err);
}

/* -- under a new public key -- */

/* The data key of the token, wrapped to the key that protects now: once for all tokens that carry it. */
static vc_code wrap_anew(vc_batch *batch, vc__value *value, const vc__native *token, const vc__key_name *name, const vc__keypair *pair,
                         const vc__datakey *key, const struct vc__rewrap **found, vc_error *err)
{
    vc_code code = find_or_make(batch, value, token, name, err);
    if (code)
        return code;
    struct vc__rewrap *rewrap = batch->local.rewraps[value->need];
    *found = rewrap;
    if (rewrap->wrapped.len)
        return VC_OK;
    code = vc__field_pair_source(vc__value_field(batch, value), pair, &rewrap->new_source, err);
    if (code)
        return code;
    const vc__wrapping how = vc__source_wrapping(rewrap->new_source);
    memcpy(rewrap->new_name, vc__keypair_id(pair), sizeof rewrap->new_name);
    char bytes[VC__KEY_SIZE];
    code = vc__datakey_derive(key, VC__KEY_ITSELF, bytes, sizeof bytes, err);
    if (!code && vc__keypair_wrapped_size(pair, how) > VC__NATIVE_WRAPPED_MAX)
        code = vc__error(err, VC_E_CONFIG, "a token has no room for a data key that is wrapped to RSA-%d", vc__keypair_bits(pair));
    code = code ? code : vc__keypair_wrap(&rewrap->wrapped, pair, how, vc_view_of(bytes, sizeof bytes), err);
    vc__wipe(bytes, sizeof bytes);
    return code;
}

vc_code vc__renew_hybrid(vc_batch *batch, vc__value *value, const vc_field *field, uint64_t now_ms, vc_error *err)
{
    vc__local *local = &batch->local;
    vc__native token;
    const vc__key_name *name = NULL;
    const vc__pair_found *found;
    vc_code code = vc__token_take(batch, value, field, &token, &name, err);
    if (code || batch->records[value->record].error || value->state != VC__VALUE_WAITING)
        return code;
    if (token.flags & VC__NATIVE_SIGNED)
        return refuse_signed(batch, value, err);
    code = vc__field_protector(batch, field, &found, err);
    if (code)
        return code;
    if (vc__is_under(field, &token, found->pair)) {
        value->state = VC__VALUE_KEPT;
        return VC_OK;
    }
    vc__datakey *opened = NULL;
    code = vc__token_key(batch, value, &token, name, now_ms, &opened, err);
    vc__autoptr(vc__datakey) key = opened;
    if (code || !key)
        return code;
    const struct vc__rewrap *rewrap;
    code = wrap_anew(batch, value, &token, name, found->pair, key, &rewrap, err);
    if (code)
        return code;
    if (token.flags & VC__NATIVE_KEY_OUTSIDE)
        return renewed_outside(batch, value);
    token.source = rewrap->new_source;
    token.key_name = vc_str(rewrap->new_name);
    token.wrapped = vc__buf_get(&rewrap->wrapped);
    vc__buf_clear(&local->aad);
    code = write_token(&local->aad, &token, err);
    return code ? code : vc__token_result(batch, value, vc__buf_get(&local->aad), err);
}

/* A header's entry is the one that was asked about. */
static bool is_of(vc_batch *batch, const vc__value *value, const struct vc__rewrap *rewrap, const vc__native *entry)
{
    if (rewrap->code || rewrap->old_version != entry->key_version || !vc__view_equal(rewrap->old, entry->wrapped))
        return false;
    if (!rewrap->pair.len)
        return vc__view_equal(vc__key_name_text(&batch->local.text, vc__value_field(batch, value), rewrap->name), entry->key_name);
    const char *pair = rewrap->pair.data;
    return (uint8_t)pair[0] == entry->source && vc__view_equal(vc_view_of(pair + 1, VC__NATIVE_PAIR_NAME), entry->key_name) &&
           vc__view_equal(vc_view_of(pair + 1 + VC__NATIVE_PAIR_NAME, VC__NATIVE_ID), entry->key_id);
}

void vc__rewrap_renew_entry(vc_batch *batch, const vc__record *record, vc__native *entry)
{
    vc__local *local = &batch->local;
    for (uint32_t i = 0; i < record->count; i++) {
        const vc__value *value = &batch->values[record->first + i];
        if (value->state != VC__VALUE_KEPT || value->need == VC__NONE || value->need >= local->rewrap_count)
            continue;
        const struct vc__rewrap *rewrap = local->rewraps[value->need];
        if (!is_of(batch, value, rewrap, entry))
            continue;
        if (rewrap->pair.len) {
            entry->source = rewrap->new_source;
            entry->key_name = vc_str(rewrap->new_name);
        }
        entry->key_version = rewrap->version;
        entry->wrapped = vc__buf_get(&rewrap->wrapped);
        return;
    }
}

vc_code vc__renew_kroxylicious(vc_batch *batch, vc__value *value, const vc_field *field, uint64_t now_ms, vc_error *err)
{
    (void)now_ms;
    vc__local *local = &batch->local;
    vc__native head;
    vc__kroxylicious record;
    const vc__key_name *name = NULL;
    const struct vc__rewrap *rewrap;
    vc_code code = find(batch, value, field, &rewrap, err);
    if (code || !rewrap)
        return code;
    code = vc__foreign_take(batch, value, field, &record, &head, &name, err);
    if (code || batch->records[value->record].error)
        return code;
    vc__buf_clear(&local->text);
    vc__buf_printf(&local->text, "vault:v%llu:", (unsigned long long)rewrap->version);
    vc__base64_encode(&local->text, vc__buf_get(&rewrap->wrapped));
    code = vc__buf_check(&local->text, "a wrapped key", err);
    const size_t at = batch->results.len;
    code = code ? code
                : vc__kroxylicious_rewrap(&batch->results, &record, vc__span_view(batch, value, value->payload), vc_str(name->name),
                                          vc__buf_get(&local->text), err);
    if (code)
        return code;
    value->result = (vc__span){ at, batch->results.len - at, false };
    value->state = VC__VALUE_DONE;
    return VC_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* local_rsa.c - RSA-OAEP over the content itself, for messages as the Azure demo has them (azure.h). No token: it tells neither key nor place. */
#include "base/base64.h"
#include "base/error.h"
#include "base/text.h"
#include "crypto/failure.h"
#include "record/azure.h"
#include "record/batch.h"

#include <stdio.h>

static vc_code fail(vc_batch *batch, vc__value *value, vc_code code, const char *text, vc_error *err)
{
    return vc__value_fail(batch, value, code, text) ? vc__error_memory(err) : VC_OK;
}

vc_code vc__seal_rsa(vc_batch *batch, vc__value *value, const vc_field *field, uint64_t now_ms, vc_error *err)
{
    (void)now_ms;
    const vc__pair_found *found;
    vc_code code = vc__field_protector(batch, field, &found, err);
    if (code)
        return code;
    const vc__rsa *rsa = vc__keypair_rsa(found->pair);
    if (!rsa)
        return vc__error(err, VC_E_CONFIG, "%s: the key %s of `%s` is no RSA key", field->path_text, vc__keypair_id(found->pair), field->name);
    vc__buf *message = &batch->local.text;
    vc_error why = VC_ERROR_INIT;
    vc__buf_clear(message);
    code = vc__azure_seal(message, rsa, vc__span_view(batch, value, value->payload), &why);
    if (code == VC_E_TOO_LARGE)
        return fail(batch, value, code, why.message, err);
    if (code)
        return vc__error_copy(err, &why);
    code = vc__value_set_result(batch, value, vc__buf_get(message), value->kind != VC__VALUE_FIELD);
    return code == VC_E_MEMORY ? vc__error_memory(err) : code;
}

vc_code vc__rsa_opened(vc_batch *batch, vc__value *value, const vc_field *field, vc_view content, vc_error *err)
{
    (void)field;
    if (value->kind == VC__VALUE_FIELD && vc__utf8_valid(content) != content.len)
        return fail(batch, value, VC_E_TYPE, "opened, it is not UTF-8 text, which a JSON string must be", err);
    const vc_code code = vc__value_set_result(batch, value, content, value->kind != VC__VALUE_FIELD);
    return code == VC_E_MEMORY ? vc__error_memory(err) : code;
}

/* What was tried, and what was not to be had. */
typedef struct trial {
    size_t tried;
    size_t privates;   /* RSA keys whose private half is here or in Vault */
    size_t missing;    /* of the message's size, and public only */
    size_t missing_name;
    char missing_id[VC__KEYPAIR_ID + 1];
} trial;

/* It is as long as one of some RSA key of 2048 to 16384 bits. */
static bool may_be_rsa(vc_view message)
{
    return message.len >= vc__base64_encoded_len(2048 / 8) && message.len <= vc__base64_encoded_len(16384 / 8);
}

/* None of the keys opens it: why. */
static vc_code give_up(vc_batch *batch, vc__value *value, const vc_field *field, const trial *all, vc_view message, vc_error *err)
{
    char text[400 + VC__PAIR_REASON], reason[VC__PAIR_REASON + 3];
    vc_error why = VC_ERROR_INIT;
    bool lacks = false;
    if (all->tried || may_be_rsa(message)) { /* nobody can tell by a message which key it is for */
        vc__auto(vc__pair_found) more = { .half = VC__PAIR_UNKNOWN };
        const vc_code code = vc__key_is_lacking(batch, vc__field_names(field), err);
        if (code == VC_E_NOT_FOUND || code == VC_E_MEMORY)
            return code;
        vc__ring_pair_next(batch->local.ring, vc__field_names(field), vc__buf_get(&batch->local.seen), &more);
        lacks = code == VC_E_NO_KEY || more.half != VC__PAIR_UNKNOWN; /* which came just now */
    }
    vc__ring_pair_reason(batch->local.ring, vc__field_names(field), reason);
    if (!all->privates && !all->missing) {
        snprintf(text, sizeof text, "no private RSA key of `%.100s` is here%s", field->name, reason);
        return fail(batch, value, VC_E_NO_KEY, text, err);
    }
    if (all->missing) {
        snprintf(text, sizeof text, "%s the private half of %s of `%.100s` is not here%s",
                 all->tried ? "no private key that is here opens it, and" : "it may be for a key that is not here:", all->missing_id,
                 field->names[all->missing_name], reason);
        return fail(batch, value, VC_E_NO_KEY, text, err);
    }
    if (lacks) {
        snprintf(text, sizeof text, "no private key that is here opens it, and not all keys of `%.100s` are here%s", field->name, reason);
        return fail(batch, value, VC_E_NO_KEY, text, err);
    }
    if (!all->tried) {
        snprintf(text, sizeof text, "is no RSA-OAEP message of any key here: with %zu characters it was cut, or made for another key", message.len);
        return fail(batch, value, VC_E_CIPHERTEXT, text, err);
    }
    vc__private_failed(batch, value);
    vc__unauthentic(&why);
    return fail(batch, value, VC_E_CIPHERTEXT, why.message, err);
}

/* One of the private keys of the message's size. VC_E_CIPHERTEXT: not this one. VC_E_NOT_FOUND: Vault is asked. */
static vc_code try_one(vc_batch *batch, vc__value *value, const vc_field *field, const vc__pair_found *found, vc_error *err)
{
    vc__local *local = &batch->local;
    const vc_view message = vc__span_view(batch, value, value->payload);
    vc_error why = VC_ERROR_INIT;
    vc_code code;
    vc__buf_clear(&local->text);
    if (found->half == VC__PAIR_PRIVATE) {
        code = vc__azure_open(&local->text, vc__keypair_rsa(found->pair), message, &why);
        if (code == VC_E_CIPHERTEXT)
            return code;
        return code ? vc__error_copy(err, &why) : vc__rsa_opened(batch, value, field, vc__buf_get(&local->text), err);
    }
    code = vc__ask_open(batch, value, found, message, vc__buf_get(&local->tried), err);
    return code ? code : VC_E_NOT_FOUND;
}

static bool was_tried(vc_view tried, const vc__keypair *pair)
{
    for (size_t at = 0; at < tried.len; at += VC__THUMBPRINT)
        if (memcmp(tried.data + at, vc__keypair_thumbprint(pair), VC__THUMBPRINT) == 0)
            return true;
    return false;
}

static vc_code note(vc__buf *ids, const vc__pair_found *found, vc_error *err)
{
    vc__buf_append(ids, (const char *)vc__keypair_thumbprint(found->pair), VC__THUMBPRINT);
    return vc__buf_check(ids, "the keys that were tried", err);
}

/* Keys may come and go while Vault is asked, so they are told by their ids. */
vc_code vc__rsa_go_on(vc_batch *batch, vc__value *value, const vc_field *field, vc_view tried, vc_error *err)
{
    vc__local *local = &batch->local;
    const vc_view message = vc__span_view(batch, value, value->payload);
    trial all = { .tried = tried.len / VC__THUMBPRINT };
    vc__buf_clear(&local->seen);
    vc__buf_clear(&local->tried);
    vc__buf_view(&local->tried, tried);
    for (;;) {
        vc__auto(vc__pair_found) found;
        vc__ring_pair_next(local->ring, vc__field_names(field), vc__buf_get(&local->seen), &found);
        if (found.half == VC__PAIR_UNKNOWN)
            return give_up(batch, value, field, &all, message, err);
        vc_code code = note(&local->seen, &found, err);
        if (code)
            return code;
        const vc__rsa *rsa = vc__keypair_rsa(found.pair);
        const bool fits = rsa && message.len == vc__base64_encoded_len(vc__rsa_size(rsa));
        all.privates += rsa && found.half != VC__PAIR_PUBLIC;
        if (fits && found.half == VC__PAIR_PUBLIC && !all.missing++) {
            all.missing_name = found.name;
            memcpy(all.missing_id, vc__keypair_id(found.pair), sizeof all.missing_id);
        }
        if (!fits || found.half == VC__PAIR_PUBLIC || was_tried(tried, found.pair))
            continue;
        if (all.tried++ && local->private_left) /* the first one was counted; a value has its turn whole */
            local->private_left--;
        code = note(&local->tried, &found, err);
        code = code ? code : try_one(batch, value, field, &found, err);
        if (code != VC_E_CIPHERTEXT)
            return code == VC_E_NOT_FOUND ? VC_OK : code;
    }
}

vc_code vc__open_rsa(vc_batch *batch, vc__value *value, const vc_field *field, uint64_t now_ms, vc_error *err)
{
    (void)now_ms;
    const vc_view message = vc__span_view(batch, value, value->payload);
    if (!vc__base64_valid(message)) {
        char text[160];
        size_t bad = 0, len = 0;
        vc__buf *room = &batch->local.token;
        vc__buf_clear(room);
        if (vc__buf_reserve(room, message.len + 4))
            return vc__buf_check(room, "a message", err);
        (void)vc__base64_decode(room->data, &len, message, &bad);
        if (bad >= message.len) /* it ends too early */
            snprintf(text, sizeof text, "is no RSA-OAEP message of any key here: with %zu characters it was cut, or made for another key", message.len);
        else
            snprintf(text, sizeof text, "is an RSA-OAEP message that is not standard Base64, at byte %zu", bad);
        return fail(batch, value, VC_E_CIPHERTEXT, text, err);
    }
    const vc_code code = vc__private_turn(batch, value, err);
    if (code)
        return code == VC_E_CIPHERTEXT ? VC_OK : code;
    return vc__rsa_go_on(batch, value, field, vc_str(""), err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * local_sign.c - tokens that are signed, since anyone who has the public key of a `hybrid` field can make one: the signer's thumbprint and an
 * Ed25519 signature at the end of the token. It is made here, or by Vault, and checked before anything is unwrapped.
 */
#include "base/base64.h"
#include "base/base64url.h"
#include "base/error.h"
#include "base/text.h"
#include "record/batch.h"

#include <stdio.h>

/* -- making ---------------------------------------------------------------------------------------------- */

static vc_code find_signer(vc_batch *batch, const vc_field *field, const vc__pair_found **found, vc_error *err)
{
    vc__local *local = &batch->local;
    vc__field_state *state = &local->fields[field->slot];
    *found = &state->signer;
    if (!state->signer.pair || state->signer_run != local->run) {
        vc_error why = VC_ERROR_INIT;
        vc__pair_found_cleanup(&state->signer);
        const vc_code code = vc__ring_protector(local->ring, field->sign, true, &state->signer, &why);
        state->signer_run = local->run;
        if (code)
            return vc__error(err, code, "%s: %.450s", field->path_text, why.message);
    }
    if (vc__keypair_get_kind(state->signer.pair) == VC__KEYPAIR_ED25519)
        return VC_OK;
    return vc__error(err, VC_E_CONFIG, "%s: the key %s of `%s` is no Ed25519 key: it does not sign", field->path_text,
                     vc__keypair_id(state->signer.pair), field->sign);
}

vc_code vc__token_result(vc_batch *batch, vc__value *value, vc_view bytes, vc_error *err)
{
    const size_t at = batch->results.len;
    if (value->kind == VC__VALUE_FIELD) {
        vc__buf_str(&batch->results, "\"vc1:");
        vc__base64_encode(&batch->results, vc_view_of(bytes.data + VC__NATIVE_MAGIC, bytes.len - VC__NATIVE_MAGIC));
        vc__buf_byte(&batch->results, '"');
    } else {
        vc__buf_view(&batch->results, bytes);
    }
    const vc_code code = vc__buf_check(&batch->results, "the batch", err);
    if (code)
        return code;
    value->result = (vc__span){ at, batch->results.len - at, false };
    value->state = VC__VALUE_DONE;
    return VC_OK;
}

/* The token with the signer in its place and zeros for a signature, in `local->token`; what is to be signed in `local->text`. */
static vc_code prepare(vc_batch *batch, vc__value *value, const vc_field *field, vc__native_type type, const vc__pair_found *signer,
                       vc_error *err)
{
    static const char zeros[VC__NATIVE_SIGNATURE];
    vc__local *local = &batch->local;
    const vc__record *record = &batch->records[value->record];
    vc_view key;
    (void)vc__wire_key(batch, record, &key);
    vc__buf_clear(&local->token);
    vc_code code = vc__native_seal_bytes(local->fields[field->slot].frame, local->random, type, vc__span_view(batch, value, value->payload),
                                         &local->token, err);
    if (code)
        return code;
    vc__buf_append(&local->token, (const char *)vc__keypair_thumbprint(signer->pair), VC__NATIVE_SIGNER);
    vc__buf_append(&local->token, zeros, sizeof zeros);
    code = vc__buf_check(&local->token, "a token", err);
    vc__native token;
    code = code ? code : vc__native_read_bytes(vc__buf_get(&local->token), &token, err);
    if (code)
        return code;
    vc__buf_clear(&local->aad);
    vc__buf_clear(&local->text);
    vc__native_aad(&local->aad, &token, vc_str(field->canonical), record->topic, key);
    vc__native_signed(&local->text, &token, vc__buf_get(&local->aad), key);
    code = vc__buf_check(&local->aad, "what a token is bound to", err);
    return code ? code : vc__buf_check(&local->text, "what is signed", err);
}

vc_code vc__seal_signed(vc_batch *batch, vc__value *value, const vc_field *field, vc__native_type type, vc_error *err)
{
    vc__local *local = &batch->local;
    const vc__pair_found *signer;
    vc_code code = find_signer(batch, field, &signer, err);
    code = code ? code : prepare(batch, value, field, type, signer, err);
    if (code)
        return code == VC_E_LIMIT ? vc__local_too_large(batch, value, err) : code;
    const vc_view message = vc__buf_get(&local->text);
    if (signer->half == VC__PAIR_IN_VAULT)
        return vc__ask_sign(batch, value, signer, message, vc__buf_get(&local->token), err);
    vc__auto(vc__buf) signature = VC__BUF(VC__NATIVE_SIGNATURE + 1);
    code = vc__keypair_sign(&signature, signer->pair, message, err);
    if (code)
        return code;
    memcpy(local->token.data + local->token.len - VC__NATIVE_SIGNATURE, signature.data, VC__NATIVE_SIGNATURE);
    return vc__token_result(batch, value, vc__buf_get(&local->token), err);
}

/* -- checking -------------------------------------------------------------------------------------------- */

static vc_code fail(vc_batch *batch, vc__value *value, vc_code code, const char *text, vc_error *err)
{
    return vc__value_fail(batch, value, code, text) ? vc__error_memory(err) : VC_OK;
}

/* The names that may have signed, for people. */
static void list_names(const vc_field *field, char *out, size_t room)
{
    size_t at = 0;
    out[0] = 0;
    for (size_t i = 0; i < field->signed_by_count && at < room; i++)
        at += (size_t)snprintf(out + at, room - at, "%s`%.60s`", i ? ", " : "", field->signed_by[i]);
}

/* The public key of the signer, under one of the names; the last one is remembered. */
static const vc__pair_found *find_key(vc_batch *batch, const vc_field *field, const vc__native *token, vc_error *err)
{
    vc__local *local = &batch->local;
    vc__field_state *state = &local->fields[field->slot];
    if (state->signer.pair && state->signer_run == local->run &&
        memcmp(vc__keypair_thumbprint(state->signer.pair), token->signer.data, VC__NATIVE_SIGNER) == 0)
        return &state->signer;
    vc__auto(vc__buf) id = VC__BUF(VC__KEYPAIR_ID + 1);
    vc__base64url_encode(&id, token->signer);
    vc__pair_found_cleanup(&state->signer);
    if (vc__buf_check(&id, "the id of a key", err))
        return NULL;
    vc__ring_pair(local->ring, (vc__pair_names){ field->signed_by, field->signed_by_count }, vc__buf_get(&id), &state->signer);
    state->signer_run = local->run;
    return &state->signer;
}

/* `lacks`: it may be a key that is not here. */
static vc_code unknown_signer(vc_batch *batch, vc__value *value, const vc_field *field, bool lacks, vc_error *err)
{
    char text[400 + VC__PAIR_REASON], names[200], reason[VC__PAIR_REASON + 3];
    const vc__pair_names by = { field->signed_by, field->signed_by_count };
    vc__auto(vc__pair_found) any;
    vc__ring_pair_next(batch->local.ring, by, vc_str(""), &any);
    list_names(field, names, sizeof names);
    vc__ring_pair_reason(batch->local.ring, by, reason);
    lacks |= any.half == VC__PAIR_UNKNOWN;
    if (any.half == VC__PAIR_UNKNOWN)
        snprintf(text, sizeof text, "no key of %s is here to check its signature with%s", names, reason);
    else if (lacks)
        snprintf(text, sizeof text, "its token is signed by a key that is none of those of %s that are here (`signed_by`)%s", names, reason);
    else
        snprintf(text, sizeof text, "its token is signed by a key that is none of %s (`signed_by`)", names);
    return fail(batch, value, lacks ? VC_E_NO_KEY : VC_E_SIGNATURE, text, err);
}

static bool can_check(const vc__pair_found *signer)
{
    return signer->pair && vc__keypair_get_kind(signer->pair) == VC__KEYPAIR_ED25519;
}

vc_code vc__check_signature(vc_batch *batch, vc__value *value, const vc_field *field, const vc__native *token, vc_error *err)
{
    vc__local *local = &batch->local;
    if (!field->signed_by_count)
        return VC_OK;
    if (!(token->flags & VC__NATIVE_SIGNED))
        return fail(batch, value, VC_E_SIGNATURE, "its token is not signed, and the schema demands it (`signed_by`, `sign`)", err);
    const vc__pair_found *signer = find_key(batch, field, token, err);
    if (!signer)
        return err->code;
    vc_code code = VC_OK;
    if (!can_check(signer)) {
        code = vc__key_is_lacking(batch, (vc__pair_names){ field->signed_by, field->signed_by_count }, err);
        if (code == VC_E_NOT_FOUND || code == VC_E_MEMORY)
            return code;
        if (!(signer = find_key(batch, field, token, err))) /* it may have come just now */
            return err->code;
    }
    if (!can_check(signer))
        return unknown_signer(batch, value, field, code == VC_E_NO_KEY, err);
    vc_view key;
    (void)vc__wire_key(batch, &batch->records[value->record], &key);
    vc__buf_clear(&local->text);
    vc__native_signed(&local->text, token, vc__buf_get(&local->aad), key);
    code = vc__buf_check(&local->text, "what is signed", err);
    if (code)
        return code;
    vc_error why = VC_ERROR_INIT;
    code = vc__keypair_verify(signer->pair, vc__buf_get(&local->text), token->signature, &why);
    if (code == VC_E_SIGNATURE)
        return fail(batch, value, VC_E_SIGNATURE,
                    batch->records[value->record].topic.data
                        ? "its signature is not that of its signer: it was changed, or belongs to another record or place"
                        : "its signature does not hold without topic and key of the record, which are not known here: it was changed, or was of a "
                          "message (vc_batch_add_message())",
                    err);
    return code ? vc__error_copy(err, &why) : VC_OK;
}

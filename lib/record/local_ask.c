/* SPDX-License-Identifier: Apache-2.0 */
/*
 * local_ask.c - what is left to a private key in Vault: RSA-OAEP messages to open, tokens to sign. Many values of one key go in one request;
 * the spread is one of its own, since what is asked comes of what was fetched before, or of a key that did not open.
 */
#include "base/alloc.h"
#include "base/base64.h"
#include "base/error.h"
#include "record/batch.h"
#include "vault/ciphertext.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct vc__ask {
    uint32_t value;
    vc__verb verb;
    vc__keypair *signer;  /* signing: referenced */
    uint64_t version;     /* signing: of the key */
    const char *mount, *key;
    vc_view input;        /* what Vault gets */
    vc_view token;        /* signing: what the signature is put to; opening: thumbprints of the keys that were tried */
    char bytes[];         /* all of these */
} vc__ask;

/* -- life -------------------------------------------------------------------------------------------------- */

static void free_ask(vc__ask *ask)
{
    vc__keypair_unref(ask->signer);
    vc__free(ask);
}

void vc__asks_clear(vc__local *local)
{
    for (size_t i = 0; i < local->ask_count; i++)
        free_ask(local->asks[i]);
    local->ask_count = local->asks_stated = 0;
    vc__spread_clear(&local->ask_spread);
}

void vc__asks_cleanup(vc__local *local)
{
    vc__asks_clear(local);
    vc__spread_cleanup(&local->ask_spread);
    vc__free(local->asks);
}

static void *put(char **at, const void *bytes, size_t len)
{
    void *copy = *at;
    if (len)
        memcpy(copy, bytes, len);
    *at += len;
    return copy;
}

/* Everything is copied. NULL: no memory. */
static vc__ask *add(vc_batch *batch, const vc__value *value, const vc__pair_found *with, vc_view input, vc_view token)
{
    vc__local *local = &batch->local;
    const size_t mount = strlen(with->mount) + 1, key = strlen(with->key) + 1;
    if (!vc__batch_room(&local->asks, &local->ask_room, local->ask_count, sizeof *local->asks))
        return NULL;
    vc__ask *ask = vc__calloc(1, sizeof *ask + mount + key + input.len + token.len);
    if (!ask)
        return NULL;
    char *at = ask->bytes;
    ask->value = (uint32_t)(value - batch->values);
    ask->mount = put(&at, with->mount, mount);
    ask->key = put(&at, with->key, key);
    ask->input = vc_view_of(put(&at, input.data, input.len), input.len);
    ask->token = vc_view_of(put(&at, token.data, token.len), token.len);
    local->asks[local->ask_count++] = ask;
    return ask;
}

vc_code vc__ask_open(vc_batch *batch, const vc__value *value, const vc__pair_found *with, vc_view message, vc_view tried, vc_error *err)
{
    vc__auto(vc__buf) text = VC__BUF(VC__ARENA_MAX);
    vc__buf_printf(&text, "vault:v%llu:", (unsigned long long)with->version);
    vc__buf_view(&text, message); /* is Base64 as Vault has it */
    const vc_code code = vc__buf_check(&text, "an RSA-OAEP message", err);
    vc__ask *ask = code ? NULL : add(batch, value, with, vc__buf_get(&text), tried);
    if (!ask)
        return code ? code : vc__error_memory(err);
    ask->verb = VC__TRANSIT_DECRYPT;
    return VC_OK;
}

vc_code vc__ask_sign(vc_batch *batch, const vc__value *value, const vc__pair_found *with, vc_view message, vc_view token, vc_error *err)
{
    vc__ask *ask = add(batch, value, with, message, token);
    if (!ask)
        return vc__error_memory(err);
    ask->verb = VC__TRANSIT_SIGN;
    ask->version = with->version;
    ask->signer = vc__keypair_ref(with->pair);
    return VC_OK;
}

/* -- as the spread asks for them --------------------------------------------------------------------------- */

static vc__ask *ask_at(const vc_batch *batch, uint32_t i)
{
    return batch->local.asks[i];
}

static vc_code begin(void *self, const vc__stretch *stretch, vc__verb *verb, vc__buf *path, vc_error *err)
{
    vc_batch *batch = self;
    const vc__ask *ask = ask_at(batch, stretch->first);
    char *members = batch->local.ask_members;
    members[0] = 0;
    if (ask->verb == VC__TRANSIT_SIGN)
        snprintf(members, sizeof batch->local.ask_members, ",\"key_version\":%llu", (unsigned long long)ask->version);
    *verb = ask->verb;
    return vc__batch_path(path, ask->verb, vc_str(ask->mount), vc_str(ask->key), err);
}

static void item_at(void *self, uint32_t i, vc__item *item)
{
    item->value = ask_at(self, i)->input;
}

static vc_view members(void *self, vc__verb verb)
{
    (void)verb;
    return vc_str(((vc_batch *)self)->local.ask_members);
}

/* Vault signs with the version that was asked for; what it says is looked at all the same, before it leaves. */
static vc_code take_signature(vc_batch *batch, vc__ask *ask, vc__value *value, vc_view text, vc_error *err)
{
    uint64_t version;
    vc_view coded;
    char signature[VC__NATIVE_SIGNATURE + 4];
    size_t len = 0;
    vc_error why = VC_ERROR_INIT;
    char *token = (char *)(uintptr_t)ask->token.data; /* in `bytes` */
    const bool good = vc__ciphertext_split(text, &version, &coded) && version == ask->version &&
                      coded.len == vc__base64_encoded_len(VC__NATIVE_SIGNATURE) && !vc__base64_decode(signature, &len, coded, NULL) &&
                      len == VC__NATIVE_SIGNATURE;
    const vc_code code = good ? vc__keypair_verify(ask->signer, ask->input, vc_view_of(signature, len), &why) : VC_E_SIGNATURE;
    if (code == VC_E_SIGNATURE)
        return vc__error(err, VC_E_PROTOCOL, "%s: Vault's answer is no signature by version %llu of %s, as its public key has it",
                         vc__value_field(batch, value)->path_text, (unsigned long long)ask->version, ask->key);
    if (code)
        return vc__error_copy(err, &why);
    memcpy(token + ask->token.len - VC__NATIVE_SIGNATURE, signature, VC__NATIVE_SIGNATURE);
    return vc__token_result(batch, value, ask->token, err);
}

/* Vault's key does not open it: others may. */
static vc_code go_on(vc_batch *batch, const vc__ask *ask, vc__value *value, vc_error *err)
{
    const vc_code code = vc__rsa_go_on(batch, value, vc__value_field(batch, value), ask->token, err);
    if (code != VC_E_NOT_FOUND)
        return code;
    return vc__local_wait(batch, value) ? vc__error_memory(err) : VC_OK;
}

static bool is_settled(const vc_batch *batch, const vc__value *value)
{
    return value->state != VC__VALUE_WAITING || batch->records[value->record].error;
}

static vc_code accept(void *self, uint32_t i, const vc__outcome *outcome, vc_error *err)
{
    vc_batch *batch = self;
    vc__ask *ask = ask_at(batch, i);
    vc__value *value = &batch->values[ask->value];
    const vc_field *field = vc__value_field(batch, value);
    if (is_settled(batch, value))
        return VC_OK;
    if (outcome->code && vc_code_class(outcome->code) != VC_CLASS_DATA)
        return vc__error(err, outcome->code, "%s: %s", field->path_text, outcome->text);
    vc_code code;
    if (outcome->code && ask->verb == VC__TRANSIT_DECRYPT)
        code = go_on(batch, ask, value, err);
    else if (outcome->code)
        code = vc__value_fail(batch, value, outcome->code, outcome->text) ? vc__error_memory(err) : VC_OK;
    else if (ask->verb == VC__TRANSIT_SIGN)
        code = take_signature(batch, ask, value, outcome->value, err);
    else
        code = vc__rsa_opened(batch, value, field, outcome->value, err);
    if (!code)
        vc__value_count(batch, value);
    return code == VC_E_LIMIT ? vc__buf_check(&batch->results, "the batch", err) : code;
}

static vc_code refuse(void *self, uint32_t i, const vc_error *why, vc_error *err)
{
    vc_batch *batch = self;
    const vc__ask *ask = ask_at(batch, i);
    vc__value *value = &batch->values[ask->value];
    if (is_settled(batch, value))
        return VC_OK;
    if (ask->verb == VC__TRANSIT_DECRYPT && why->code != VC_E_TOO_LARGE)
        return go_on(batch, ask, value, err);
    const vc_code code = why->code == VC_E_TOO_LARGE ? VC_E_TOO_LARGE : VC_E_REFUSED;
    return vc__value_fail(batch, value, code, why->message) ? vc__error_memory(err) : VC_OK;
}

static const vc__spread_owner owner = { begin, item_at, members, NULL, accept, refuse };

void vc__asks_init(vc_batch *batch)
{
    vc__spread_init(&batch->local.ask_spread, &owner, batch);
}

/* -- the machine ------------------------------------------------------------------------------------------- */

static int by_key(const void *a, const void *b)
{
    const vc__ask *x = *(vc__ask *const *)a, *y = *(vc__ask *const *)b;
    if (x->verb != y->verb)
        return x->verb < y->verb ? -1 : 1;
    int order = strcmp(x->mount, y->mount);
    order = order ? order : strcmp(x->key, y->key);
    if (order)
        return order;
    if (x->version != y->version)
        return x->version < y->version ? -1 : 1;
    return (x->value > y->value) - (x->value < y->value);
}

static bool share_request(const vc__ask *x, const vc__ask *y)
{
    return x->verb == y->verb && x->version == y->version && strcmp(x->mount, y->mount) == 0 && strcmp(x->key, y->key) == 0;
}

/* What has come up since the last time. */
static vc_code state_asks(vc_batch *batch, uint64_t now_ms, vc_error *err)
{
    vc__local *local = &batch->local;
    vc__spread *spread = &local->ask_spread;
    const size_t first = local->asks_stated, count = local->ask_count - first;
    if (!count)
        return VC_OK;
    if (spread->phase == VC__SPREAD_DONE)
        spread->phase = VC__SPREAD_FILL;
    qsort(local->asks + first, count, sizeof *local->asks, by_key);
    vc_code code = VC_OK;
    for (size_t i = first, start = first; i < local->ask_count && !code; i++) {
        if (i + 1 < local->ask_count && share_request(local->asks[i], local->asks[i + 1]))
            continue;
        code = vc__spread_push(spread, (vc__stretch){ (uint32_t)start, (uint32_t)(i + 1 - start), 0 }, err);
        start = i + 1;
    }
    local->asks_stated = local->ask_count;
    if (code || spread->phase == VC__SPREAD_RUN)
        return code;
    spread->deadline_ms = batch->spread.deadline > now_ms ? batch->spread.deadline - now_ms : 0;
    return vc__spread_start(spread, now_ms, err);
}

vc_step vc__asks_step(vc_batch *batch, uint64_t now_ms, uint64_t *wait_until, vc_error *err)
{
    vc__local *local = &batch->local;
    for (;;) {
        if (state_asks(batch, now_ms, err))
            return VC_STEP_FAILED;
        if (local->ask_spread.phase == VC__SPREAD_FILL)
            return VC_STEP_DONE;
        const vc_step step = vc__spread_step(&local->ask_spread, now_ms, wait_until);
        if (step == VC_STEP_FAILED) {
            vc__error_copy(err, &local->ask_spread.failure);
            return step;
        }
        if (local->asks_stated == local->ask_count) /* no answer has led to another question */
            return step;
    }
}

vc_request *vc__asks_next(vc__local *local)
{
    return vc__spread_next(&local->ask_spread);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* transit_batch.c - encrypt, decrypt and rewrap, answered straight into the reply. */
#include "base/text.h"
#include "reply.h"
#include "transit_body.h"

#include <stdio.h>

/* Context in all items or in none. */
static bool uniform_context(const transit_batch *batch)
{
    for (size_t i = 1; i < batch->count; i++)
        if ((batch->items[i].context.len != 0) != (batch->items[0].context.len != 0))
            return false;
    return true;
}

/* Items that are not what they should be, in the words of the decoder that reads them there. */
static void refuse_items(dev_request *request, const transit_batch *batch)
{
    char before[64] = "";
    if (!batch->flavour->openbao && !batch->alone)
        snprintf(before, sizeof before, "%zu error(s) decoding:\n\n", batch->error_count);
    else if (batch->verb == TRANSIT_REWRAP)
        snprintf(before, sizeof before, "decoding failed due to the following error(s):\n\n");
    dev_reply_wrapped(request, 500, "failed to parse batch input: %s%s", before, batch->errors.data);
}

/* What makes the whole request fail. True: go on. */
static bool check(dev_request *request, const transit_batch *batch)
{
    const bool nonce_refused = !batch->flavour->openbao;
    bool nonce = !batch->many && batch->single.has_nonce;
    for (size_t i = 0; i < batch->count; i++)
        nonce |= batch->items[i].has_nonce;
    if (batch->not_a_list)
        dev_reply_wrapped(request, 500,
                          "failed to parse batch input: %ssource data must be an array or slice, got %s",
                          batch->verb != TRANSIT_REWRAP ? ""
                          : batch->flavour->openbao     ? "'' "
                                                        : "'': ",
                          batch->not_a_list);
    else if (batch->many && (batch->alone || batch->error_count))
        refuse_items(request, batch);
    else if (batch->many && batch->count == 0)
        dev_reply_error(request, 400, "missing batch input to process");
    else if (!batch->many && batch->wrong[0])
        dev_reply_error(request, 400, "%s", batch->wrong);
    else if (!batch->many &&
             (batch->verb == TRANSIT_ENCRYPT ? !batch->single.has_text : batch->single.text.len == 0))
        dev_reply_error(request, 400, "%s", transit_missing(batch));
    else if (!uniform_context(batch))
        dev_reply_error(request, 400, "context should be set either in all the request blocks or in none");
    else if (batch->verb == TRANSIT_ENCRYPT && nonce && nonce_refused)
        dev_reply_error(request, 400, "nonce provided when not allowed");
    else
        return true;
    return false;
}

/* Makes the key that is encrypted with for the first time; NULL: answered. */
static const transit_key *make_key(dev_request *request, const transit_batch *batch)
{
    const vc_view name = batch->type.len ? batch->type : vc_str("aes256-gcm96");
    const bool context = batch->many ? batch->items[0].context.len : batch->single.context.len;
    const transit_make make = { .type = transit_type_find(request->server->flavour, name),
                                .derived = context,
                                .convergent = batch->derive };
    const transit_key *key = NULL;
    if (batch->derive && !context)
        dev_reply_error(request, 400,
                        "convergent encryption requires derivation to be enabled, so context is required");
    else if (vc__view_starts(name, "ecdsa-p") && make.type)
        dev_reply_error(request, 400, "key type %s not supported for this operation", make.type->name);
    else if (!make.type || !transit_associates(make.type))
        dev_reply_error(request, 400, "unknown key type %.*s", (int)name.len, name.data);
    else if (transit_of(request)->no_upsert)
        dev_reply_error(request, 400, "encryption key not found");
    else if (!(key = transit_key_make(request, request->args[0], &make)))
        dev_reply_error(request, 500, "out of memory");
    return key;
}

/* The key, made when encrypting may make it; NULL: answered. */
static const transit_key *key_for(dev_request *request, const transit_batch *batch)
{
    transit_key *key = transit_key_get(request, 0);
    if (key)
        return key;
    if (batch->verb != TRANSIT_ENCRYPT || request->op != DEV_CREATE) {
        dev_reply_error(request, 400, "encryption key not found");
        return NULL;
    }
    return make_key(request, batch);
}

/* Only some ciphers take associated data. True: this one does, or there is none. */
static bool check_aad(const transit_work *work, transit_item *item, size_t at)
{
    if (item->aad.len == 0 || transit_associates(work->key->type))
        return true;
    item->error = "'[%zu].associated_data' provided for non-AEAD cipher suite %s";
    item->error_at = at;
    item->error_name = work->key->type->name;
    item->neither = true;
    return false;
}

static bool check_padding(const transit_work *work, transit_item *item, size_t at)
{
    const vc_view padding = item->padding;
    if (padding.len == 0)
        return true;
    item->neither = true;
    item->error_at = at;
    if (!vc__view_is(padding, "oaep") && !vc__view_is(padding, "pkcs1v15")) {
        item->error = "'[%zu].padding_scheme' invalid: unknown padding scheme";
        return false;
    }
    if (work->key->type->kind == TRANSIT_RSA)
        return !(item->neither = false);
    item->error = "'[%zu].padding_scheme' invalid: unsupported padding scheme for key type %s";
    item->error_name = work->key->type->name;
    return false;
}

/* Does the item; what it becomes goes to `out` as the members of an object. False: item->error is written
 * instead. */
static bool do_item(transit_work *work, transit_verb verb, transit_item *item, size_t at, vc__buf *out)
{
    const size_t start = out->len;
    int version = 0;
    bool done;
    if (verb != TRANSIT_REWRAP && (!check_padding(work, item, at) || !check_aad(work, item, at)))
        return false;
    if (verb == TRANSIT_DECRYPT) {
        vc__buf_append(out, "\"plaintext\":\"", 13);
        done = transit_decrypt(work, item, out);
        vc__buf_byte(out, '"');
        if (done)
            return true;
        out->len = start;
        return false;
    }
    vc__buf_append(out, "\"ciphertext\":\"", 14);
    done = verb == TRANSIT_ENCRYPT ? transit_encrypt(work, item, out, &version)
                                   : transit_rewrap(work, item, out, &version);
    if (!done) {
        out->len = start;
        return false;
    }
    vc__buf_append(out, "\",\"key_version\":", 16);
    char digits[16];
    vc__buf_append(out, digits, (size_t)snprintf(digits, sizeof digits, "%d", version));
    return true;
}

static void answer_single(dev_request *request, transit_batch *batch, transit_work *work)
{
    char text[256];
    vc__buf *out = dev_reply_data(request);
    out_open(out, '{');
    if (do_item(work, batch->verb, &batch->single, 0, out)) {
        out_close(out, '}');
        return;
    }
    transit_error_write(&batch->single, text, sizeof text);
    if (batch->single.internal)
        dev_reply_wrapped(request, 500, "%s", text);
    else
        dev_reply_error(request, 400, "%s", text);
}

static void write_item(transit_work *work, const transit_batch *batch, size_t at, vc__buf *out)
{
    transit_item *item = &batch->items[at];
    vc__buf_byte(out, '{');
    if (!do_item(work, batch->verb, item, at, out)) {
        char text[256];
        transit_error_write(item, text, sizeof text);
        if (batch->verb == TRANSIT_DECRYPT)
            vc__buf_str(out, "\"plaintext\":\"\",");
        vc__buf_str(out, "\"error\":");
        out_string(out, vc_str(text));
    }
    vc__buf_append(out, ",\"reference\":", 13);
    out_string(out, item->reference);
    vc__buf_byte(out, '}');
}

/* Rewrap's item errors leave 200; the others answer by their worst item, or as the caller wishes when some
   went well. -1: the wish is not a number. */
static int batch_status(dev_request *request, const transit_batch *batch, size_t failed, bool user,
                        bool internal)
{
    if (batch->verb == TRANSIT_REWRAP || failed == 0)
        return 200;
    const int status = user ? 400 : internal ? 500 : 200;
    if (!batch->has_code || failed == batch->count)
        return status;
    if (batch->bad_code)
        return -1;
    if (batch->code >= 1 && batch->code <= 599)
        return batch->code >= 100 && batch->code < 200 ? 200 : (int)batch->code; /* 1xx is no final status */
    dev_reply_warning(
        request, "invalid HTTP response code override from partial_failure_response_code, reverting to %d",
        status);
    return status;
}

static void answer_many(dev_request *request, transit_batch *batch, transit_work *work)
{
    vc__buf *out = dev_reply_data(request);
    size_t failed = 0;
    bool user = false, internal = false;
    vc__buf_str(out, "{\"batch_results\":[");
    for (size_t i = 0; i < batch->count; i++) {
        transit_item *item = &batch->items[i];
        if (i)
            vc__buf_byte(out, ',');
        write_item(work, batch, i, out);
        failed += item->error != NULL;
        user |= item->error && !item->internal && !item->neither;
        internal |= item->internal;
        if (batch->verb == TRANSIT_REWRAP && item->internal) {
            char text[256];
            transit_error_write(item, text, sizeof text);
            dev_reply_wrapped(request, 500, "%s", text);
            return;
        }
    }
    vc__buf_str(out, "]}");
    request->reply.status = batch_status(request, batch, failed, user, internal);
    if (request->reply.status < 0)
        dev_reply_error(request, 400,
                        "error converting input for field \"partial_failure_response_code\": '' cannot parse "
                        "value as 'int': "
                        "strconv.ParseInt: invalid syntax");
}

static const char *known_fields(const transit_batch *batch)
{
    if (batch->verb == TRANSIT_ENCRYPT)
        return batch->flavour->openbao
                   ? " name plaintext context type convergent_encryption key_version batch_input "
                     "partial_failure_response_code associated_data "
                   : " name plaintext context nonce type convergent_encryption key_version batch_input "
                     "partial_failure_response_code associated_data padding_scheme ";
    return batch->verb == TRANSIT_DECRYPT
               ? " name ciphertext context nonce batch_input partial_failure_response_code "
                 "associated_data padding_scheme "
               : " name ciphertext context nonce key_version batch_input ";
}

static void handle(dev_request *request, transit_verb verb)
{
    transit_batch batch = { .verb = verb, .flavour = request->server->flavour, .errors = VC__BUF(1 << 16) };
    transit_work work = { 0 };
    const transit_key *key;
    if (!transit_body_read(&batch, &request->body)) {
        dev_reply_not_json(request);
    } else if (check(request, &batch) && (key = key_for(request, &batch))) {
        transit_work_start(&work, key, request->connection->random);
        if (batch.many)
            answer_many(request, &batch, &work);
        else
            answer_single(request, &batch, &work);
        dev_warn_ignored(request, known_fields(&batch), batch.names, batch.name_count);
        transit_work_free(&work);
    }
    transit_batch_free(&batch);
}

void transit_on_encrypt(dev_request *request)
{
    handle(request, TRANSIT_ENCRYPT);
}

void transit_on_decrypt(dev_request *request)
{
    handle(request, TRANSIT_DECRYPT);
}

void transit_on_rewrap(dev_request *request)
{
    handle(request, TRANSIT_REWRAP);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transit_batch.c - the bodies of encrypt, decrypt and rewrap, one item or many. They are hot: read with the
 * pull reader, answered straight into the reply.
 */
#include "base/alloc.h"
#include "base/text.h"
#include "json/read.h"
#include "param.h"
#include "reply.h"
#include "transit.h"

#include <stdio.h>
#include <stdlib.h>

enum { NAMES_MAX = 32, ITEMS_MAX = 1000000 };

typedef enum batch_kind { ENCRYPT, DECRYPT, REWRAP } batch_kind;

/* A body that was read. */
typedef struct transit_batch {
    batch_kind kind;
    bool openbao;
    transit_item single;
    char wrong[160]; /* what is wrong with the types of top-level members; empty: nothing */
    bool many;       /* batch_input was there */
    transit_item *items;
    size_t count, cap;
    const char *not_a_list; /* Go's name of what batch_input is instead */
    vc__buf errors;         /* what is wrong with items, as mapstructure says it */
    size_t error_count;
    bool has_code; /* partial_failure_response_code */
    long long code;
    bool bad_code; /* not a number at all */
    bool derive;
    vc_view type;
    vc_view names[NAMES_MAX]; /* of the top-level members */
    size_t name_count;
} transit_batch;

static const char *const text_names[] = { "plaintext", "ciphertext", "ciphertext" };
static const char *const missing_texts[] = { "missing plaintext to encrypt", "missing ciphertext to decrypt",
                                             "missing ciphertext to decrypt" };

/* Go's name of a value's type. */
static const char *go_type(vc__token token)
{
    if (token == VC__TOKEN_STRING)
        return "string";
    if (token == VC__TOKEN_NUMBER)
        return "json.Number";
    if (token == VC__TOKEN_TRUE || token == VC__TOKEN_FALSE)
        return "bool";
    if (token == VC__TOKEN_OBJECT)
        return "map[string]interface {}";
    return token == VC__TOKEN_ARRAY ? "[]interface {}" : "<nil>";
}

static void add_error(transit_batch *batch, const char *text)
{
    if (batch->errors.len)
        vc__buf_byte(&batch->errors, '\n');
    vc__buf_str(&batch->errors, batch->openbao ? "" : "* ");
    vc__buf_str(&batch->errors, text);
    batch->error_count++;
}

static void missing_error(transit_batch *batch, size_t at)
{
    char text[128];
    snprintf(text, sizeof text, "'[%zu].%s' %s", at, text_names[batch->kind], missing_texts[batch->kind]);
    add_error(batch, text);
}

static void type_error(transit_batch *batch, size_t at, const char *member, bool number,
                       const vc__reader *reader, vc__token got)
{
    char text[192];
    if (number && got == VC__TOKEN_NUMBER)
        snprintf(
            text, sizeof text,
            "error decoding json.Number into [%zu].%s: strconv.ParseInt: parsing \"%.*s\": invalid syntax",
            at, member, (int)(reader->text.len < 40 ? reader->text.len : 40), reader->text.data);
    else
        snprintf(text, sizeof text, "'[%zu].%s' expected type '%s', got unconvertible type '%s'", at, member,
                 number ? "int" : "string", go_type(got));
    add_error(batch, text);
}

static bool parse_number(vc_view text, long long *number)
{
    char copy[24], *end;
    if (text.len >= sizeof copy)
        return false;
    memcpy(copy, text.data, text.len);
    copy[text.len] = 0;
    *number = strtoll(copy, &end, 10);
    return *end == 0;
}

/* Passes over what a token that is not wanted began. */
static void pass(vc__reader *reader, vc__token token)
{
    if (token == VC__TOKEN_OBJECT || token == VC__TOKEN_ARRAY)
        vc__reader_skip(reader);
}

/* The item's member of that name, where it is a string. */
static vc_view *string_member(const transit_batch *batch, transit_item *item, vc_view name)
{
    if (vc__view_is(name, text_names[batch->kind]))
        return &item->text;
    if (vc__view_is(name, "reference"))
        return &item->reference;
    if (vc__view_is(name, "context"))
        return &item->context;
    if (vc__view_is(name, "associated_data"))
        return &item->aad;
    return NULL;
}

/* A member at the top level, where Vault takes almost anything for a string or a number. */
static void read_top_member(transit_batch *batch, vc__reader *reader)
{
    const vc_view name = reader->text;
    transit_item *item = &batch->single;
    vc_view *string = string_member(batch, item, name);
    const bool is_version = vc__view_is(name, "key_version");
    if (!string && !is_version && !vc__view_is(name, "nonce")) {
        vc__reader_skip(reader);
        return;
    }
    const vc__token token = vc__reader_next(reader);
    const bool flag = token == VC__TOKEN_TRUE || token == VC__TOKEN_FALSE;
    const vc_view text = flag ? vc_str(token == VC__TOKEN_TRUE ? "1" : "0") : reader->text;
    item->has_text |= string == &item->text;
    if (token == VC__TOKEN_OBJECT || token == VC__TOKEN_ARRAY)
        snprintf(
            batch->wrong, sizeof batch->wrong,
            "error converting input for field \"%.*s\": '' expected type '%s', got unconvertible type '%s'",
            (int)name.len, name.data, is_version ? "int" : "string", go_type(token));
    else if (is_version && token != VC__TOKEN_NULL && !parse_number(text, &item->version))
        snprintf(batch->wrong, sizeof batch->wrong,
                 "error converting input for field \"key_version\": '' cannot parse value as 'int': "
                 "strconv.ParseInt: invalid syntax");
    else if (string && token != VC__TOKEN_NULL)
        *string = text;
    else if (!is_version && token == VC__TOKEN_STRING)
        item->has_nonce |= text.len != 0;
    pass(reader, token);
}

/* One member of item number `at`. */
static void read_member(transit_batch *batch, vc__reader *reader, transit_item *item, size_t at)
{
    const vc_view name = reader->text;
    vc_view *string = string_member(batch, item, name);
    const bool is_text = string == &item->text, is_version = vc__view_is(name, "key_version");
    if (!string && !is_version && !vc__view_is(name, "nonce")) {
        vc__reader_skip(reader);
        return;
    }
    const vc__token token = vc__reader_next(reader);
    if (token == VC__TOKEN_NULL && !(is_text && batch->kind == ENCRYPT)) {
        item->has_text |= is_text;
    } else if (string &&
               (token == VC__TOKEN_STRING || (token == VC__TOKEN_NUMBER && batch->kind == REWRAP))) {
        *string = reader->text;
        item->has_text |= is_text;
    } else if (is_version && token == VC__TOKEN_NUMBER && parse_number(reader->text, &item->version)) {
        return;
    } else if (!string && !is_version && token == VC__TOKEN_STRING) {
        item->has_nonce |= reader->text.len != 0;
    } else if (token != VC__TOKEN_ERROR) {
        char member[32];
        item->has_text |= is_text; /* it is wrong, not missing */
        snprintf(member, sizeof member, "%.*s", (int)name.len, name.data);
        type_error(batch, at, member, is_version, reader, token);
        pass(reader, token);
    }
}

static transit_item *add_item(transit_batch *batch)
{
    if (batch->count == batch->cap) {
        const size_t cap = batch->cap ? batch->cap * 2 : 256;
        transit_item *items = cap > ITEMS_MAX ? NULL : vc__realloc(batch->items, cap, sizeof *items);
        if (!items)
            return NULL;
        batch->items = items;
        batch->cap = cap;
    }
    transit_item *item = &batch->items[batch->count++];
    memset(item, 0, sizeof *item);
    return item;
}

static bool read_items(transit_batch *batch, vc__reader *reader)
{
    for (vc__token token; (token = vc__reader_next(reader)) != VC__TOKEN_ARRAY_END;) {
        if (token == VC__TOKEN_ERROR)
            return false;
        transit_item *item = add_item(batch);
        if (!item)
            return false;
        if (token != VC__TOKEN_OBJECT) {
            char text[64];
            snprintf(text, sizeof text, "[%zu] expected a map, got '%s'", batch->count - 1, go_type(token));
            add_error(batch, text);
            pass(reader, token);
            continue;
        }
        while (vc__reader_next(reader) == VC__TOKEN_NAME)
            read_member(batch, reader, item, batch->count - 1);
        if (!item->has_text && batch->kind != REWRAP)
            missing_error(batch, batch->count - 1);
    }
    return true;
}

static bool read_batch_input(transit_batch *batch, vc__reader *reader)
{
    const vc__token token = vc__reader_next(reader);
    batch->many = token != VC__TOKEN_NULL;
    batch->count = 0;
    if (token == VC__TOKEN_ARRAY)
        return read_items(batch, reader);
    batch->not_a_list = batch->many ? go_type(token) : NULL;
    pass(reader, token);
    return token != VC__TOKEN_ERROR;
}

static void read_code(transit_batch *batch, vc__reader *reader)
{
    const vc__token token = vc__reader_next(reader);
    const bool text = token == VC__TOKEN_NUMBER || token == VC__TOKEN_STRING;
    batch->has_code = true; /* null is 0, which is no status */
    batch->bad_code = token != VC__TOKEN_NULL && !(text && parse_number(reader->text, &batch->code));
    pass(reader, token);
}

static bool read_top(transit_batch *batch, vc__reader *reader)
{
    const vc_view name = reader->text;
    if (batch->name_count < NAMES_MAX)
        batch->names[batch->name_count++] = name;
    if (vc__view_is(name, "batch_input"))
        return read_batch_input(batch, reader);
    if (vc__view_is(name, "partial_failure_response_code")) {
        read_code(batch, reader);
    } else if (vc__view_is(name, "convergent_encryption")) {
        batch->derive |= vc__reader_next(reader) == VC__TOKEN_TRUE;
    } else if (vc__view_is(name, "type")) {
        if (vc__reader_next(reader) == VC__TOKEN_STRING)
            batch->type = reader->text;
    } else {
        read_top_member(batch, reader);
    }
    return true;
}

/* False: not a JSON object. */
static bool read_body(transit_batch *batch, vc__buf *body)
{
    vc__reader reader;
    if (dev_body_blank(body))
        return true;
    vc__reader_start(&reader, body->data, body->len);
    const vc__token token = vc__reader_next(&reader);
    if (token == VC__TOKEN_NULL)
        return vc__reader_next(&reader) == VC__TOKEN_END;
    if (token != VC__TOKEN_OBJECT)
        return false;
    while (vc__reader_next(&reader) == VC__TOKEN_NAME)
        if (!read_top(batch, &reader))
            return false;
    return vc__reader_next(&reader) == VC__TOKEN_END;
}

/* Context in all items or in none. */
static bool uniform_context(const transit_batch *batch)
{
    for (size_t i = 1; i < batch->count; i++)
        if ((batch->items[i].context.len != 0) != (batch->items[0].context.len != 0))
            return false;
    return true;
}

/* What makes the whole request fail. True: go on. */
static bool check(dev_request *request, const transit_batch *batch)
{
    const bool nonce_refused = !batch->openbao;
    bool nonce = !batch->many && batch->single.has_nonce;
    for (size_t i = 0; i < batch->count; i++)
        nonce |= batch->items[i].has_nonce;
    if (batch->not_a_list)
        dev_reply_wrapped(request, 500,
                          "failed to parse batch input: source data must be an array or slice, got %s",
                          batch->not_a_list);
    else if (batch->many && batch->error_count && batch->openbao)
        dev_reply_wrapped(request, 500, "failed to parse batch input: %s", batch->errors.data);
    else if (batch->many && batch->error_count)
        dev_reply_wrapped(request, 500, "failed to parse batch input: %zu error(s) decoding:\n\n%s",
                          batch->error_count, batch->errors.data);
    else if (batch->many && batch->count == 0)
        dev_reply_error(request, 400, "missing batch input to process");
    else if (!batch->many && batch->wrong[0])
        dev_reply_error(request, 400, "%s", batch->wrong);
    else if (!batch->many && (batch->kind == ENCRYPT ? !batch->single.has_text : batch->single.text.len == 0))
        dev_reply_error(request, 400, "%s", missing_texts[batch->kind]);
    else if (!uniform_context(batch))
        dev_reply_error(request, 400, "context should be set either in all the request blocks or in none");
    else if (batch->kind == ENCRYPT && nonce && nonce_refused)
        dev_reply_error(request, 400, "nonce provided when not allowed");
    else
        return true;
    return false;
}

/* The key, made when encrypting may make it; NULL: answered. */
static const transit_key *key_for(dev_request *request, const transit_batch *batch)
{
    transit_key *key = transit_key_get(request, 0);
    if (key)
        return key;
    if (batch->kind != ENCRYPT || transit_of(request)->no_upsert || request->op != DEV_CREATE) {
        dev_reply_error(request, 400, "encryption key not found");
        return NULL;
    }
    const transit_type *type = transit_type_find(batch->type.len ? batch->type : vc_str("aes256-gcm96"));
    const bool context = batch->many ? batch->items[0].context.len : batch->single.context.len;
    if (!type)
        dev_reply_error(request, 400, "unknown key type %.*s", (int)batch->type.len, batch->type.data);
    else if (context || batch->derive)
        dev_reply_error(request, 400, "derived and convergent keys are not in this emulator yet");
    else if (!type->algorithm)
        dev_reply_error(request, 400, "key type %s is not in this emulator yet", type->name);
    else if (!(key = transit_key_make(request, request->args[0], type)))
        dev_reply_error(request, 500, "out of memory");
    return key;
}

/* Does the item; what it becomes goes to `out` as the members of an object. False: item->error is written
 * instead. */
static bool do_item(transit_work *work, batch_kind kind, transit_item *item, vc__buf *out)
{
    const size_t start = out->len;
    int version = 0;
    bool done;
    if (kind == DECRYPT) {
        vc__buf_append(out, "\"plaintext\":\"", 13);
        done = transit_decrypt(work, item, out);
        vc__buf_byte(out, '"');
        if (done)
            return true;
        out->len = start;
        return false;
    }
    vc__buf_append(out, "\"ciphertext\":\"", 14);
    done = kind == ENCRYPT ? transit_encrypt(work, item, out, &version)
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
    if (do_item(work, batch->kind, &batch->single, out)) {
        out_close(out, '}');
        return;
    }
    transit_error_write(&batch->single, text, sizeof text);
    if (batch->single.internal)
        dev_reply_wrapped(request, 500, "%s", text);
    else
        dev_reply_error(request, 400, "%s", text);
}

static void write_item(transit_work *work, const transit_batch *batch, transit_item *item, vc__buf *out)
{
    vc__buf_byte(out, '{');
    if (!do_item(work, batch->kind, item, out)) {
        char text[256];
        transit_error_write(item, text, sizeof text);
        if (batch->kind == DECRYPT)
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
    if (batch->kind == REWRAP || failed == 0)
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
        write_item(work, batch, item, out);
        failed += item->error != NULL;
        user |= item->error && !item->internal;
        internal |= item->internal;
        if (batch->kind == REWRAP && item->internal) {
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
    if (batch->kind == ENCRYPT)
        return batch->openbao
                   ? " name plaintext context type convergent_encryption key_version batch_input "
                     "partial_failure_response_code associated_data "
                   : " name plaintext context nonce type convergent_encryption key_version batch_input "
                     "partial_failure_response_code associated_data padding_scheme ";
    return batch->kind == DECRYPT
               ? " name ciphertext context nonce batch_input partial_failure_response_code "
                 "associated_data padding_scheme "
               : " name ciphertext context nonce key_version batch_input ";
}

static void handle(dev_request *request, batch_kind kind)
{
    transit_batch batch = { .kind = kind,
                            .openbao = request->server->flavour->openbao,
                            .errors = VC__BUF(1 << 16) };
    transit_work work = { 0 };
    const transit_key *key;
    if (!read_body(&batch, &request->body)) {
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
    vc__buf_free(&batch.errors);
    vc__free(batch.items);
}

void transit_on_encrypt(dev_request *request)
{
    handle(request, ENCRYPT);
}

void transit_on_decrypt(dev_request *request)
{
    handle(request, DECRYPT);
}

void transit_on_rewrap(dev_request *request)
{
    handle(request, REWRAP);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* transform_item.c - the frame of requests on values: read, each item done, answered. Hot. */
#include "transform_item.h"

#include "base/alloc.h"
#include "base/text.h"
#include "json/read.h"
#include "param.h"
#include "reply.h"

#include <stdio.h>

enum { NAMES_MAX = 32, ITEMS_MAX = 1000000, OUTPUT_MAX = 1 << 20 };

typedef struct item_batch {
    transform_item single;
    bool many, not_a_list;
    transform_item *items;
    size_t count, cap;
    vc_view names[NAMES_MAX];
    size_t name_count;
} item_batch;

bool transform_fail(transform_error *error, int status, const char *text)
{
    error->status = status;
    snprintf(error->text, sizeof error->text, "%s", text);
    return false;
}

/* -- reading -- */

static void pass(vc__reader *reader, vc__token token)
{
    if (token == VC__TOKEN_OBJECT || token == VC__TOKEN_ARRAY)
        vc__reader_skip(reader);
}

static void read_member(vc__reader *reader, transform_item *item)
{
    static const char *const names[ITEM_MEMBERS] = {
        "value",    "transformation", "reference",      "tweak",          "ttl",                   "expiration",
        "metadata", "token",          "min_expiration", "max_expiration", "decode_transformation", "decode_tweak"
    };
    for (size_t i = 0; i < ITEM_MEMBERS; i++) {
        if (!vc__view_is(reader->text, names[i]))
            continue;
        const vc__token token = vc__reader_next(reader);
        if (token == VC__TOKEN_STRING || token == VC__TOKEN_NUMBER) {
            item->text[i] = vc_view_of(reader->text.data ? reader->text.data : "", reader->text.len);
        } else if (token != VC__TOKEN_NULL) {
            item->wrong_type = true;
            pass(reader, token);
        }
        return;
    }
    vc__reader_skip(reader);
}

static transform_item *add_item(item_batch *batch)
{
    if (batch->count == batch->cap) {
        const size_t cap = batch->cap ? batch->cap * 2 : 256;
        transform_item *items = cap > ITEMS_MAX ? NULL : vc__realloc(batch->items, cap, sizeof *items);
        if (!items)
            return NULL;
        batch->items = items;
        batch->cap = cap;
    }
    transform_item *item = &batch->items[batch->count++];
    memset(item, 0, sizeof *item);
    return item;
}

static bool read_items(item_batch *batch, vc__reader *reader)
{
    for (vc__token token; (token = vc__reader_next(reader)) != VC__TOKEN_ARRAY_END;) {
        transform_item *item = token == VC__TOKEN_ERROR ? NULL : add_item(batch);
        if (!item)
            return false;
        if (token != VC__TOKEN_OBJECT) {
            item->wrong_type = true;
            pass(reader, token);
            continue;
        }
        while (vc__reader_next(reader) == VC__TOKEN_NAME)
            read_member(reader, item);
    }
    return true;
}

static bool read_top(item_batch *batch, vc__reader *reader)
{
    if (batch->name_count < NAMES_MAX)
        batch->names[batch->name_count++] = reader->text;
    if (!vc__view_is(reader->text, "batch_input")) {
        read_member(reader, &batch->single);
        return true;
    }
    const vc__token token = vc__reader_next(reader);
    batch->many = token != VC__TOKEN_NULL;
    batch->count = 0;
    if (token == VC__TOKEN_ARRAY)
        return read_items(batch, reader);
    batch->not_a_list = batch->many;
    pass(reader, token);
    return token != VC__TOKEN_ERROR;
}

static bool read_body(item_batch *batch, vc__buf *body)
{
    vc__reader reader;
    if (dev_body_blank(body))
        return true;
    vc__reader_start(&reader, body->data, body->len);
    if (vc__reader_next(&reader) != VC__TOKEN_OBJECT)
        return false;
    while (vc__reader_next(&reader) == VC__TOKEN_NAME)
        if (!read_top(batch, &reader))
            return false;
    return vc__reader_next(&reader) == VC__TOKEN_END;
}

/* -- which transformation -- */

transform_kind *transform_kind_of(const transform_work *work, vc_view wanted, transform_error *error)
{
    const size_t count = json_object_array_length(work->role);
    const char *name = NULL;
    if (wanted.len == 0 && count == 1)
        name = json_object_get_string(json_object_array_get_idx(work->role, 0));
    for (size_t i = 0; i < count && !name; i++) {
        const char *each = json_object_get_string(json_object_array_get_idx(work->role, i));
        name = vc__view_is(wanted, each) ? each : NULL;
    }
    if (!name) {
        transform_fail(error, 400,
                       wanted.len ? "the transformation is not among those of this role"
                                  : "transformation must be given: the role has not exactly one");
        return NULL;
    }
    transform_kind *kind = dev_names_get(&transform_of(work->request)->kinds, vc_str(name));
    if (!kind) {
        transform_fail(error, 400, "the transformation does not exist");
        return NULL;
    }
    for (size_t i = 0; i < json_object_array_length(kind->allowed_roles); i++)
        if (transform_glob(json_object_get_string(json_object_array_get_idx(kind->allowed_roles, i)),
                           work->role_name))
            return kind;
    transform_fail(error, 400, "the transformation does not allow this role");
    return NULL;
}

/* -- answering -- */

static bool do_item(transform_work *work, transform_verb *verb, const transform_item *item, vc__buf *out,
                    transform_error *error)
{
    if (item->wrong_type)
        return transform_fail(error, 400, "a member of the request has the wrong type");
    return verb(work, item, out, error);
}

static void add_reference(const transform_item *item, vc__buf *out)
{
    if (!item->text[ITEM_REFERENCE].data)
        return;
    out_key(out, "reference");
    out_string(out, item->text[ITEM_REFERENCE]);
}

static void answer_single(transform_work *work, transform_verb *verb, const item_batch *batch, bool silent)
{
    dev_request *request = work->request;
    transform_error error;
    vc__buf *out = dev_reply_data(request);
    out_open(out, '{');
    if (!do_item(work, verb, &batch->single, out, &error)) {
        if (error.status == 500)
            dev_reply_wrapped(request, 500, "%s", error.text);
        else
            dev_reply_error(request, error.status, "%s", error.text);
        return;
    }
    if (silent) {
        dev_reply_empty(request);
        return;
    }
    add_reference(&batch->single, out);
    out_close(out, '}');
}

/* As transit: the worst item decides the status. There is no partial_failure_response_code here. */
static void answer_many(transform_work *work, transform_verb *verb, const item_batch *batch)
{
    int status = 200;
    vc__buf *out = dev_reply_data(work->request);
    vc__buf_str(out, "{\"batch_results\":[");
    for (size_t i = 0; i < batch->count; i++) {
        transform_error error;
        out_open(out, '{');
        if (!do_item(work, verb, &batch->items[i], out, &error)) {
            out_member(out, "error", error.text);
            status = error.status == 400 || status == 400 ? 400 : 500;
        }
        add_reference(&batch->items[i], out);
        out_close(out, '}');
    }
    vc__buf_str(out, "]}");
    work->request->reply.status = status;
}

static void answer(transform_work *work, transform_verb *verb, const item_batch *batch, bool silent)
{
    dev_request *request = work->request;
    work->role = dev_names_get(&transform_of(request)->roles, request->args[0]);
    if (!work->role)
        dev_reply_error(request, 400, "role \"%s\" does not exist", work->role_name);
    else if (batch->not_a_list)
        dev_reply_wrapped(request, 500, "failed to parse batch input: it is not a list");
    else if (batch->many && batch->count == 0)
        dev_reply_error(request, 400, "missing batch input to process");
    else if (batch->many)
        answer_many(work, verb, batch);
    else
        answer_single(work, verb, batch, silent);
    if (work->capped && request->reply.enveloped)
        dev_reply_warning(request, "TTL or expiration is beyond the transformation's max_ttl; it was capped");
    dev_warn_ignored(request,
                     " value transformation tweak reference ttl expiration metadata token min_expiration max_expiration "
                     "decode_transformation decode_tweak batch_input role_name decode_format ",
                     batch->names, batch->name_count);
}

void transform_items(dev_request *request, transform_verb *verb, bool silent)
{
    char role_name[256];
    item_batch batch = { .count = 0 };
    transform_work work = { .request = request,
                            .role_name = role_name,
                            .format = request->args[1],
                            .output = VC__BUF(OUTPUT_MAX),
                            .between = VC__BUF(OUTPUT_MAX),
                            .tweak = VC__BUF(OUTPUT_MAX) };
    snprintf(role_name, sizeof role_name, "%.*s", (int)request->args[0].len, request->args[0].data);
    if (read_body(&batch, &request->body))
        answer(&work, verb, &batch, silent);
    else
        dev_reply_not_json(request);
    for (size_t i = 0; i < work.key_count; i++)
        vc__fpe_key_free(work.keys[i].key);
    vc__buf_free(&work.output);
    vc__buf_free(&work.between);
    vc__buf_free(&work.tweak);
    vc__free(batch.items);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* transform_code.c - encode and decode, one item or many. Hot: read with the pull reader, answered straight
 * into the reply. */
#include "base/alloc.h"
#include "base/base64.h"
#include "base/secret.h"
#include "base/text.h"
#include "json/read.h"
#include "param.h"
#include "reply.h"
#include "transform.h"

#include <stdio.h>

enum { NAMES_MAX = 32, ITEMS_MAX = 1000000, KEYS_MAX = 8, OUTPUT_MAX = 1 << 20 };

typedef struct code_item {
    vc_view value, transformation, tweak, reference;
    bool has_value, has_reference;
    const char *wrong_type; /* a member that is not a string */
} code_item;

typedef struct code_batch {
    bool decode;
    vc_view format; /* of decoding; absent: none */
    code_item single;
    bool many, not_a_list;
    code_item *items;
    size_t count, cap;
    vc_view names[NAMES_MAX];
    size_t name_count;
} code_batch;

/* FPE keys of the transformations that this request has used so far. */
typedef struct code_work {
    const dev_request *request;
    json_object *role;
    const char *role_name;
    struct {
        const transform_kind *kind;
        vc__fpe_key *key;
    } keys[KEYS_MAX];
    size_t key_count;
    vc__buf output;
    vc__buf tweak; /* decoded */
} code_work;

/* What went wrong with an item. */
typedef struct code_error {
    int status;
    char text[512];
} code_error;

static bool fail(code_error *error, int status, const char *text)
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

static void read_member(vc__reader *reader, code_item *item)
{
    const vc_view name = reader->text;
    const struct {
        const char *name;
        vc_view *text;
        bool *has;
    } members[] = { { "value", &item->value, &item->has_value },
                    { "transformation", &item->transformation, NULL },
                    { "tweak", &item->tweak, NULL },
                    { "reference", &item->reference, &item->has_reference } };
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        if (!vc__view_is(name, members[i].name))
            continue;
        const vc__token token = vc__reader_next(reader);
        if (token == VC__TOKEN_STRING || token == VC__TOKEN_NUMBER) {
            *members[i].text = reader->text;
            if (members[i].has)
                *members[i].has = true;
        } else if (token != VC__TOKEN_NULL) {
            item->wrong_type = members[i].name;
            pass(reader, token);
        }
        return;
    }
    vc__reader_skip(reader);
}

static code_item *add_item(code_batch *batch)
{
    if (batch->count == batch->cap) {
        const size_t cap = batch->cap ? batch->cap * 2 : 256;
        code_item *items = cap > ITEMS_MAX ? NULL : vc__realloc(batch->items, cap, sizeof *items);
        if (!items)
            return NULL;
        batch->items = items;
        batch->cap = cap;
    }
    code_item *item = &batch->items[batch->count++];
    memset(item, 0, sizeof *item);
    return item;
}

static bool read_items(code_batch *batch, vc__reader *reader)
{
    for (vc__token token; (token = vc__reader_next(reader)) != VC__TOKEN_ARRAY_END;) {
        code_item *item = token == VC__TOKEN_ERROR ? NULL : add_item(batch);
        if (!item)
            return false;
        if (token != VC__TOKEN_OBJECT) {
            item->wrong_type = "item";
            pass(reader, token);
            continue;
        }
        while (vc__reader_next(reader) == VC__TOKEN_NAME)
            read_member(reader, item);
    }
    return true;
}

static bool read_top(code_batch *batch, vc__reader *reader)
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

static bool read_body(code_batch *batch, vc__buf *body)
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

/* -- one item -- */

/* The transformation that an item means; NULL with the error. */
static const transform_kind *kind_of(const code_work *work, const code_item *item, code_error *error)
{
    const size_t count = json_object_array_length(work->role);
    const char *name = NULL;
    if (item->transformation.len == 0 && count == 1)
        name = json_object_get_string(json_object_array_get_idx(work->role, 0));
    for (size_t i = 0; i < count && !name; i++) {
        const char *each = json_object_get_string(json_object_array_get_idx(work->role, i));
        name = vc__view_is(item->transformation, each) ? each : NULL;
    }
    if (!name) {
        fail(error, 400,
             item->transformation.len ? "the transformation is not among those of this role"
                                      : "transformation must be given: the role has not exactly one");
        return NULL;
    }
    const transform_kind *kind = dev_names_get(&transform_of(work->request)->kinds, vc_str(name));
    if (!kind) {
        fail(error, 400, "the transformation does not exist");
        return NULL;
    }
    for (size_t i = 0; i < json_object_array_length(kind->allowed_roles); i++)
        if (transform_glob(json_object_get_string(json_object_array_get_idx(kind->allowed_roles, i)),
                           work->role_name))
            return kind;
    fail(error, 400, "the transformation does not allow this role");
    return NULL;
}

static vc__fpe_key *key_of(code_work *work, const transform_kind *kind, const transform_template *template,
                           code_error *error)
{
    for (size_t i = 0; i < work->key_count; i++)
        if (work->keys[i].kind == kind)
            return work->keys[i].key;
    vc_error err = VC_ERROR_INIT;
    const uint32_t radix = vc__alphabet_size(vc__template_alphabet(template->compiled));
    if (work->key_count == KEYS_MAX)
        vc__fpe_key_free(work->keys[--work->key_count].key);
    vc__fpe_key *key = vc__fpe_key_new(kind->algorithm, vc_view_of(kind->key, sizeof kind->key), radix, &err);
    if (!key) {
        fail(error, 500, err.message);
        return NULL;
    }
    work->keys[work->key_count].kind = kind;
    work->keys[work->key_count++].key = key;
    return key;
}

/* The tweak to use; with `made` set it is a new one, to be told. */
static bool tweak_of(code_work *work, const transform_kind *kind, const code_item *item, bool decode,
                     vc_view *tweak, bool *made, code_error *error)
{
    vc__buf *bytes = &work->tweak;
    size_t len, bad = 0;
    vc__buf_clear(bytes);
    *made = kind->tweak == TWEAK_GENERATED && !decode;
    const size_t own = kind->max_tweak_len && kind->max_tweak_len < TRANSFORM_TWEAK
                           ? (size_t)kind->max_tweak_len
                           : TRANSFORM_TWEAK;
    if (kind->tweak == TWEAK_INTERNAL) {
        *tweak = vc_view_of(kind->own_tweak, own);
        return true;
    }
    if (vc__buf_reserve(bytes, item->tweak.len + TRANSFORM_TWEAK) != VC_OK)
        return fail(error, 400, "the tweak is too long");
    if (*made) {
        if (vc__random_bytes(work->request->connection->random, bytes->data, own, NULL) != VC_OK)
            return fail(error, 500, "no random bytes");
        *tweak = vc_view_of(bytes->data, own);
        return true;
    }
    if (vc__base64_decode_go(bytes->data, &len, item->tweak, &bad) != VC_OK) {
        fail(error, 400, "");
        snprintf(error->text, sizeof error->text, "illegal base64 data at input byte %zu", bad);
        return false;
    }
    const bool fits = kind->algorithm == VC__FPE_FF3_1
                          ? len == TRANSFORM_TWEAK
                          : kind->max_tweak_len == 0 || len <= (size_t)kind->max_tweak_len;
    if (!fits) {
        fail(error, 400, "");
        snprintf(error->text, sizeof error->text, "incorrect tweak size provided: %zu", len);
        return false;
    }
    *tweak = vc_view_of(bytes->data, len);
    return true;
}

static bool library_error(code_error *error, vc_code code, const vc_error *err)
{
    return fail(error, code == VC_E_MEMORY || code == VC_E_INTERNAL ? 500 : 400, err->message);
}

/* The item's outcome lies in work->output, and with `made` in *tweak. */
static bool transform_item(code_work *work, const code_batch *batch, const code_item *item, vc_view *tweak,
                           bool *made, code_error *error)
{
    vc_error err = VC_ERROR_INIT;
    vc__buf_clear(&work->output);
    *made = false;
    if (item->wrong_type)
        return fail(error, 400, "a member of the request has the wrong type");
    if (!item->has_value)
        return fail(error, 400, "missing value");
    const transform_kind *kind = kind_of(work, item, error);
    if (!kind)
        return false;
    const transform_template *template =
        dev_names_get(&transform_of(work->request)->templates, vc_str(kind->template));
    if (!template)
        return fail(error, 400, "the transformation's template does not exist");
    if (kind->type == TRANSFORM_MASKING) {
        if (batch->decode)
            return fail(error, 400, "masked values cannot be decoded");
        const vc_code code =
            vc__template_mask(template->compiled, kind->mask, item->value, &work->output, &err);
        return code == VC_OK || library_error(error, code, &err);
    }
    if (template->alphabet[0] == 0)
        return fail(error, 400, "the transformation's template has no alphabet");
    vc__fpe_key *key = key_of(work, kind, template, error);
    if (!key || !tweak_of(work, kind, item, batch->decode, tweak, made, error))
        return false;
    const vc_code code = batch->decode ? vc__template_decode(template->compiled, key, *tweak, item->value,
                                                             batch->format, &work->output, &err)
                                       : vc__template_encode(template->compiled, key, *tweak, item->value,
                                                             &work->output, &err);
    return code == VC_OK || library_error(error, code, &err);
}

static void write_outcome(code_work *work, const code_batch *batch, vc_view tweak, bool made, vc__buf *out)
{
    out_key(out, batch->decode ? "decoded_value" : "encoded_value");
    out_string(out, vc__buf_get(&work->output));
    if (made) {
        out_key(out, "tweak");
        vc__buf_byte(out, '"');
        vc__base64_encode(out, tweak);
        vc__buf_byte(out, '"');
    }
}

/* -- the request -- */

static void answer_single(dev_request *request, code_batch *batch, code_work *work)
{
    code_error error;
    vc_view tweak;
    bool made;
    if (!transform_item(work, batch, &batch->single, &tweak, &made, &error)) {
        if (error.status == 500)
            dev_reply_wrapped(request, 500, "%s", error.text);
        else
            dev_reply_error(request, error.status, "%s", error.text);
        return;
    }
    vc__buf *out = dev_reply_data(request);
    out_open(out, '{');
    write_outcome(work, batch, tweak, made, out);
    if (batch->single.has_reference) {
        out_key(out, "reference");
        out_string(out, batch->single.reference);
    }
    out_close(out, '}');
}

/* As transit: the worst item decides the status. There is no partial_failure_response_code here. */
static void answer_many(dev_request *request, code_batch *batch, code_work *work)
{
    int status = 200;
    vc__buf *out = dev_reply_data(request);
    vc__buf_str(out, "{\"batch_results\":[");
    for (size_t i = 0; i < batch->count; i++) {
        const code_item *item = &batch->items[i];
        code_error error;
        vc_view tweak;
        bool made;
        out_open(out, '{');
        if (transform_item(work, batch, item, &tweak, &made, &error)) {
            write_outcome(work, batch, tweak, made, out);
        } else {
            out_member(out, "error", error.text);
            status = error.status == 400 || status == 400 ? 400 : 500;
        }
        if (item->has_reference) {
            out_key(out, "reference");
            out_string(out, item->reference);
        }
        out_close(out, '}');
    }
    vc__buf_str(out, "]}");
    request->reply.status = status;
}

static void answer(dev_request *request, code_batch *batch)
{
    char role_name[256];
    const vc_view role = request->args[0];
    code_work work = { .request = request,
                       .role_name = role_name,
                       .output = VC__BUF(OUTPUT_MAX),
                       .tweak = VC__BUF(OUTPUT_MAX) };
    work.role = dev_names_get(&transform_of(request)->roles, role);
    snprintf(role_name, sizeof role_name, "%.*s", (int)role.len, role.data);
    if (!work.role)
        dev_reply_error(request, 400, "role \"%s\" does not exist", role_name);
    else if (batch->not_a_list)
        dev_reply_wrapped(request, 500, "failed to parse batch input: it is not a list");
    else if (batch->many && batch->count == 0)
        dev_reply_error(request, 400, "missing batch input to process");
    else if (batch->many)
        answer_many(request, batch, &work);
    else
        answer_single(request, batch, &work);
    dev_warn_ignored(
        request,
        " value transformation tweak reference ttl expiration metadata batch_input role_name decode_format ",
        batch->names, batch->name_count);
    for (size_t i = 0; i < work.key_count; i++)
        vc__fpe_key_free(work.keys[i].key);
    vc__buf_free(&work.output);
    vc__buf_free(&work.tweak);
}

static void handle(dev_request *request, bool decode)
{
    code_batch batch = { .decode = decode, .format = request->args[1] };
    if (read_body(&batch, &request->body))
        answer(request, &batch);
    else
        dev_reply_not_json(request);
    vc__free(batch.items);
}

void transform_encode(dev_request *request)
{
    handle(request, false);
}

void transform_decode(dev_request *request)
{
    handle(request, true);
}

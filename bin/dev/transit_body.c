/* SPDX-License-Identifier: Apache-2.0 */
#include "transit_body.h"

#include "base/alloc.h"
#include "base/text.h"
#include "param.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { ITEMS_MAX = 1000000 };

static const char *const text_names[] = { "plaintext", "ciphertext", "ciphertext" };
static const char *const missing_texts[] = { "missing plaintext to encrypt", "missing ciphertext to decrypt",
                                             "missing ciphertext to decrypt" };

const char *transit_go_type(vc__token token)
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

const char *transit_go_kind(vc__token token)
{
    if (token == VC__TOKEN_STRING || token == VC__TOKEN_NUMBER)
        return "string";
    return token == VC__TOKEN_OBJECT ? "map" : token == VC__TOKEN_ARRAY ? "slice" : "bool";
}

static void add_error(transit_batch *batch, const char *text)
{
    batch->error_count++;
    if (batch->alone)
        return;
    if (batch->errors.len)
        vc__buf_byte(&batch->errors, '\n');
    vc__buf_str(&batch->errors, batch->flavour->openbao ? "" : "* ");
    vc__buf_str(&batch->errors, text);
}

/* What is no object at all; where the body is read the fast way, that is told alone. */
static void not_a_map(transit_batch *batch, size_t at, vc__token got)
{
    char text[96];
    if (batch->verb == TRANSIT_REWRAP && got == VC__TOKEN_NULL)
        return;
    if (batch->verb != TRANSIT_REWRAP) {
        if (!batch->alone)
            vc__buf_clear(&batch->errors);
        if (!batch->alone)
            vc__buf_printf(&batch->errors, "[%zu] expected a map, got '%s'", at, transit_go_type(got));
        batch->alone = true;
        return;
    }
    snprintf(text, sizeof text,
             batch->flavour->openbao ? "'[%zu]' expected a map or struct, got \"%s\""
                                     : "[%zu] expected a map, got '%s'",
             at, transit_go_kind(got));
    add_error(batch, text);
}

static void missing_error(transit_batch *batch, size_t at)
{
    char text[128];
    snprintf(text, sizeof text, "'[%zu].%s' %s", at, text_names[batch->verb], missing_texts[batch->verb]);
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
                 number ? "int" : "string", transit_go_type(got));
    add_error(batch, text);
}

static bool parse_number(vc_view text, long long *number)
{
    char copy[24], *end;
    if (text.len >= sizeof copy)
        return false;
    memcpy(copy, text.data, text.len);
    copy[text.len] = 0;
    errno = 0;
    *number = strtoll(copy, &end, 10);
    return *end == 0 && errno == 0;
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
    if (vc__view_is(name, text_names[batch->verb]))
        return &item->text;
    if (vc__view_is(name, "reference"))
        return &item->reference;
    if (vc__view_is(name, "context"))
        return &item->context;
    if (vc__view_is(name, "associated_data"))
        return &item->aad;
    if (batch->flavour->padding && vc__view_is(name, "padding_scheme"))
        return &item->padding;
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
            (int)name.len, name.data, is_version ? "int" : "string", transit_go_type(token));
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
    const bool other = !string && batch->verb != TRANSIT_REWRAP &&
                       (vc__view_is(name, "plaintext") || vc__view_is(name, "ciphertext"));
    if (!string && !is_version && !other && (batch->flavour->openbao || !vc__view_is(name, "nonce"))) {
        vc__reader_skip(reader);
        return;
    }
    const vc__token token = vc__reader_next(reader);
    if (other && token == VC__TOKEN_STRING) {
        return;
    } else if (token == VC__TOKEN_NULL && !(is_text && batch->verb == TRANSIT_ENCRYPT)) {
        item->has_text |= is_text;
    } else if (string &&
               (token == VC__TOKEN_STRING || (token == VC__TOKEN_NUMBER && batch->verb == TRANSIT_REWRAP))) {
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
            not_a_map(batch, batch->count - 1, token);
            pass(reader, token);
            continue;
        }
        while (vc__reader_next(reader) == VC__TOKEN_NAME)
            read_member(batch, reader, item, batch->count - 1);
        if (!item->has_text && batch->verb != TRANSIT_REWRAP)
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
    batch->not_a_list = !batch->many                    ? NULL
                        : batch->verb == TRANSIT_REWRAP ? transit_go_kind(token)
                                                        : transit_go_type(token);
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
    if (batch->name_count < TRANSIT_NAMES_MAX)
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
bool transit_body_read(transit_batch *batch, vc__buf *body)
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

void transit_batch_free(transit_batch *batch)
{
    vc__buf_free(&batch->errors);
    vc__free(batch->items);
}

const char *transit_missing(const transit_batch *batch)
{
    return missing_texts[batch->verb];
}

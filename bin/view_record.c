/* SPDX-License-Identifier: Apache-2.0 */
#include "view_record.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

enum { JSON_MOST = 4 << 20, MOST_HEADERS = 64, MOST_THINGS = 64, KEEP_MOST = 2 << 20 };

static const char *const names[VIEW_STATES] = { "open",   "null",   "stored", "clear",   "damaged",   "refused",
                                                "denied", "no-key", "away",   "no-rule", "unreadable" };

const char *view_state_name(view_state state)
{
    return names[state];
}

bool view_state_waits(view_state state)
{
    return state == VIEW_AWAY || state == VIEW_NO_KEY || state == VIEW_DENIED || state == VIEW_REFUSED;
}

/* -- messages ------------------------------------------------------------------------------------------------------ */

/* Copies to `*at`, which moves on. Null stays null. */
static vc_view copy_to(char **at, const void *data, size_t len)
{
    if (!data)
        return vc_view_of(NULL, 0);
    char *to = *at;
    if (len)
        memcpy(to, data, len);
    *at += len + 1; /* so that even what is empty has an address of its own */
    return vc_view_of(to, len);
}

view_message *view_message_new(const rd_kafka_message_t *from)
{
    rd_kafka_headers_t *headers = NULL;
    rd_kafka_timestamp_type_t type;
    const char *topic = rd_kafka_topic_name(from->rkt), *name;
    const void *value;
    size_t len, count = rd_kafka_message_headers(from, &headers) ? 0 : rd_kafka_header_cnt(headers);
    size_t bytes = strlen(topic) + 1 + from->len + 1 + from->key_len + 1;
    for (size_t i = 0; i < count && !rd_kafka_header_get_all(headers, i, &name, &value, &len); i++)
        bytes += strlen(name) + 1 + len + 1;
    view_message *made = malloc(sizeof *made + count * sizeof(vc_header) + bytes);
    if (!made)
        return NULL;
    vc_header *list = (vc_header *)(void *)(made + 1);
    char *at = (char *)(list + count);
    *made = (view_message){ .message = VC_MESSAGE_INIT, .partition = from->partition, .offset = from->offset };
    made->size = sizeof *made + count * sizeof(vc_header) + bytes;
    made->time = rd_kafka_message_timestamp(from, &type);
    made->time_type = type == RD_KAFKA_TIMESTAMP_CREATE_TIME ? "create" : type == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME ? "append" : NULL;
    made->message.topic = copy_to(&at, topic, strlen(topic));
    made->message.key = copy_to(&at, from->key, from->key_len);
    made->message.value = copy_to(&at, from->payload, from->len);
    made->message.headers = count ? list : NULL;
    made->message.header_count = count;
    for (size_t i = 0; i < count && !rd_kafka_header_get_all(headers, i, &name, &value, &len); i++) {
        list[i].name = copy_to(&at, name, strlen(name));
        list[i].value = copy_to(&at, value, len);
    }
    atomic_init(&made->refs, 1);
    return made;
}

view_message *view_message_ref(view_message *message)
{
    atomic_fetch_add(&message->refs, 1);
    return message;
}

void view_message_unref(view_message *message)
{
    if (!message || atomic_fetch_sub(&message->refs, 1) != 1)
        return;
    OPENSSL_cleanse(message, message->size); /* what should be ciphertext may be plaintext */
    free(message);
}

/* -- what is told of one ------------------------------------------------------------------------------------------- */

static void write_headers(view_json *json, const vc_message *message, size_t show)
{
    view_json_name(json, "headers");
    view_json_begin(json, '[');
    for (size_t i = 0; i < message->header_count && i < MOST_HEADERS; i++) {
        view_json_begin(json, '{');
        view_json_name(json, "name");
        view_json_bytes(json, message->headers[i].name, show);
        view_json_name(json, "value");
        view_json_bytes(json, message->headers[i].value, show);
        view_json_end(json, '}');
    }
    view_json_end(json, ']');
    if (message->header_count > MOST_HEADERS)
        view_json_member_number(json, "headers_left_out", (int64_t)(message->header_count - MOST_HEADERS));
}

static void write_thing(view_json *json, const vc_inspection *found, size_t i, bool is_key)
{
    view_json_begin(json, '{');
    view_json_member_text(json, "place", vc_inspection_place(found, i));
    if (is_key)
        view_json_member_flag(json, "in_key", true);
    view_json_member_text(json, "format", vc_inspection_format(found, i));
    view_json_member_flag(json, "certain", vc_inspection_is_certain(found, i));
    view_json_name(json, "rows");
    view_json_begin(json, '{');
    for (size_t row = 0; row < vc_inspection_row_count(found, i); row++)
        view_json_member_text(json, vc_inspection_row_name(found, i, row), vc_inspection_row_text(found, i, row));
    view_json_end(json, '}');
    view_json_end(json, '}');
}

/* What shows without a key. Of a key that is plain text there is nothing to tell. */
static void write_found(view_json *json, const vc_message *message)
{
    vc_inspection *key = NULL, *value = NULL;
    size_t told = 0;
    view_json_name(json, "found");
    view_json_begin(json, '[');
    if (!vc_inspect(message->value, message->headers, message->header_count, &value, NULL))
        for (size_t i = 0; i < vc_inspection_count(value) && told < MOST_THINGS; i++, told++)
            write_thing(json, value, i, false);
    if (message->key.len && !vc_inspect(message->key, NULL, 0, &key, NULL) && strcmp(vc_inspection_format(key, 0), "unknown") != 0)
        for (size_t i = 0; i < vc_inspection_count(key) && told < MOST_THINGS; i++, told++)
            write_thing(json, key, i, true);
    view_json_end(json, ']');
    vc_inspection_free(key);
    vc_inspection_free(value);
}

static const char *result_name(const view_outcome *outcome, const vc_field *field)
{
    if (outcome->state == VIEW_OPEN)
        return "open";
    for (size_t i = 0; i < outcome->finding_count; i++)
        if (outcome->findings[i].field == field)
            switch ((int)outcome->findings[i].code) {
            case VC_OK: return "open";
            case VC_E_PLAINTEXT: return "clear";
            case VC_E_MISSING: return "missing";
            case VC_E_UNSUPPORTED: return "undecidable";
            case VC_E_CANCELED: return "not tried";
            case VC_E_REFUSED: return "refused";
            case VC_E_NO_KEY: return "no-key";
            default: return "damaged";
            }
    return NULL;
}

static void write_fields(view_json *json, const view_outcome *outcome)
{
    const vc_field *field;
    view_json_name(json, "fields");
    view_json_begin(json, '[');
    for (size_t i = 0; outcome->rule && i < MOST_THINGS && (field = vc_rule_field_at(outcome->rule, i)); i++) {
        const char *result = result_name(outcome, field), *key = vc_field_option(field, "key");
        view_json_begin(json, '{');
        view_json_member_text(json, "path", vc_field_path(field));
        view_json_member_text(json, "method", vc_field_method(field));
        if (key)
            view_json_member_text(json, "key", key);
        if (result)
            view_json_member_text(json, "result", result);
        view_json_end(json, '}');
    }
    view_json_end(json, ']');
}

static void write_place(view_json *json, const view_message *from)
{
    view_json_name(json, "topic");
    view_json_string(json, from->message.topic);
    view_json_member_number(json, "partition", from->partition);
    view_json_member_number(json, "offset", from->offset);
    if (from->time >= 0) {
        view_json_member_number(json, "time", from->time);
        view_json_member_text(json, "time_type", from->time_type);
    }
}

static void write_outcome(view_json *json, const view_outcome *outcome, size_t show)
{
    view_json_member_text(json, "state", names[outcome->state]);
    view_json_member_text(json, "rule", outcome->rule ? vc_rule_name(outcome->rule) : NULL);
    if (outcome->why && outcome->why[0])
        view_json_member_text(json, "why", outcome->why);
    if (outcome->where && outcome->where[0])
        view_json_member_text(json, "where", outcome->where);
    if (outcome->state != VIEW_OPEN && !(outcome->state == VIEW_NULL && outcome->rule)) /* its key was opened */
        return;
    view_json_name(json, "opened");
    view_json_begin(json, '{');
    view_json_name(json, "key");
    view_json_bytes(json, outcome->opened.key, show);
    view_json_name(json, "value");
    view_json_bytes(json, outcome->opened.value, show);
    view_json_end(json, '}');
}

static void write_all(view_json *json, const view_message *from, const view_outcome *outcome, size_t show)
{
    write_place(json, from);
    write_outcome(json, outcome, show);
    view_json_name(json, "key");
    view_json_bytes(json, from->message.key, show);
    view_json_name(json, "stored");
    view_json_bytes(json, from->message.value, show);
    write_headers(json, &from->message, show);
    write_fields(json, outcome);
    write_found(json, &from->message);
}

/* When even that is too much. */
static void write_little(view_json *json, const view_message *from, const view_outcome *outcome)
{
    view_json_free(json);
    json->failed = false;
    write_place(json, from);
    view_json_member_text(json, "state", names[outcome->state]);
    view_json_member_text(json, "rule", outcome->rule ? vc_rule_name(outcome->rule) : NULL);
    view_json_member_text(json, "why", "too large to be shown");
}

view_record *view_record_new(view_message *message, const view_outcome *outcome, size_t show)
{
    view_record *record = malloc(sizeof *record);
    if (!record)
        return NULL;
    *record = (view_record){ .state = outcome->state, .json = VIEW_JSON_INIT(JSON_MOST) };
    atomic_init(&record->refs, 1);
    write_all(&record->json, message, outcome, show);
    if (record->json.failed)
        write_little(&record->json, message, outcome);
    if (record->json.failed) {
        view_record_unref(record);
        return NULL;
    }
    if (view_state_waits(outcome->state) && message->size <= KEEP_MOST)
        record->message = view_message_ref(message);
    record->size = sizeof *record + record->json.room + (record->message ? message->size : 0);
    return record;
}

view_record *view_record_ref(view_record *record)
{
    atomic_fetch_add(&record->refs, 1);
    return record;
}

void view_record_unref(view_record *record)
{
    if (!record || atomic_fetch_sub(&record->refs, 1) != 1)
        return;
    view_json_free(&record->json);
    view_message_unref(record->message);
    free(record);
}

void view_record_write(const view_record *record, view_json *json)
{
    view_json_begin(json, '{');
    view_json_member_number(json, "id", (int64_t)record->id);
    view_json_member_number(json, "change", (int64_t)record->change);
    view_json_raw(json, vc_view_of(record->json.data, record->json.len));
    view_json_end(json, '}');
}

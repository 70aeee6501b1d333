/* SPDX-License-Identifier: Apache-2.0 */
/* letter_read.c - a dead letter's text, read. It comes from a topic that others may write to. */
#include "base/alloc.h"
#include "base/base64.h"
#include "base/error.h"
#include "base/text.h"
#include "kafka/letter.h"

#include <json-c/json.h>
#include <limits.h>
#include <vaultcrypt/kafka_letter.h>

enum { MAX_DEPTH = 8, MAX_TEXT = (1 << 30) - 1, MAX_TOPIC = 249 };

struct vc_letter {
    char *topic, *rule, *error, *message, *field, *omitted;
    int32_t partition;
    int64_t offset, timestamp;
    vc__buf body;
    bool has_body;
};

VC__DEFINE_CLEANUP(vc_letter, vc_letter_free)
VC__DEFINE_CLEANUP(json_object, json_object_put)
VC__DEFINE_CLEANUP(json_tokener, json_tokener_free)

static vc_code malformed(vc_error *err, const char *what)
{
    return vc__error(err, VC_E_JSON, "this is no dead letter: %s", what);
}

static json_object *parse_object(vc_view value, vc_error *err)
{
    vc__autoptr(json_tokener) tokener = json_tokener_new_ex(MAX_DEPTH);
    if (!tokener) {
        vc__error_memory(err);
        return NULL;
    }
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    vc__autoptr(json_object) root = json_tokener_parse_ex(tokener, value.len ? value.data : "", (int)value.len);
    const bool whole = json_tokener_get_error(tokener) == json_tokener_success && json_tokener_get_parse_end(tokener) == value.len;
    if (whole && json_object_is_type(root, json_type_object))
        return vc__steal(&root);
    malformed(err, "it is not a JSON object");
    return NULL;
}

/* A text without NUL, in UTF-8, of which json-c lets pass forms that are too long; "" where it is not there and need not be. */
static vc_code take_text(json_object *root, const char *name, bool needed, char **text, vc_error *err)
{
    json_object *member = NULL;
    const bool there = json_object_object_get_ex(root, name, &member);
    if (!there && needed)
        return vc__error(err, VC_E_JSON, "this is no dead letter: it has no `%s`", name);
    if (there && !json_object_is_type(member, json_type_string))
        return vc__error(err, VC_E_JSON, "this is no dead letter: `%s` is no text", name);
    const vc_view view = there ? vc_view_of(json_object_get_string(member), (size_t)json_object_get_string_len(member)) : vc_str("");
    if (memchr(view.data, 0, view.len))
        return vc__error(err, VC_E_JSON, "this is no dead letter: `%s` holds a NUL", name);
    if (vc__utf8_valid(view) != view.len)
        return vc__error(err, VC_E_JSON, "this is no dead letter: `%s` is not UTF-8", name);
    *text = vc__memdup(view.data, view.len);
    return *text ? VC_OK : vc__error_memory(err);
}

/* A whole number from 0 to `most`; -1 where it is not there and need not be. */
static vc_code take_number(json_object *root, const char *name, bool needed, int64_t most, int64_t *number, vc_error *err)
{
    json_object *member = NULL;
    *number = -1;
    if (!json_object_object_get_ex(root, name, &member) && !needed)
        return VC_OK;
    const bool whole = json_object_is_type(member, json_type_int);
    *number = whole ? json_object_get_int64(member) : -1;
    if (whole && *number >= 0 && *number <= most)
        return VC_OK;
    return vc__error(err, VC_E_JSON, "this is no dead letter: `%s` is no number that can be there", name);
}

static vc_code take_body(json_object *root, vc_letter *letter, vc_error *err)
{
    json_object *member = NULL;
    if (!json_object_object_get_ex(root, "body", &member))
        return take_text(root, "body_omitted", false, &letter->omitted, err);
    if (!json_object_is_type(member, json_type_string))
        return malformed(err, "`body` is no text");
    const vc_view text = vc_view_of(json_object_get_string(member), (size_t)json_object_get_string_len(member));
    letter->body = (vc__buf)VC__BUF(MAX_TEXT);
    if (vc__buf_reserve(&letter->body, text.len + 1))
        return vc__buf_check(&letter->body, "dead letter", err);
    if (vc__base64_decode(letter->body.data, &letter->body.len, text, NULL))
        return malformed(err, "`body` is not Base64");
    letter->has_body = true;
    return VC_OK;
}

static vc_code take_all(json_object *root, vc_letter *letter, vc_error *err)
{
    int64_t version, partition = 0;
    vc_code code = take_number(root, "version", true, INT64_MAX, &version, err);
    if (!code && version != VC__LETTER_VERSION)
        return vc__error(err, VC_E_UNSUPPORTED, "a dead letter of version %lld: this library reads version %d", (long long)version,
                         VC__LETTER_VERSION);
    code = code ? code : take_text(root, "topic", true, &letter->topic, err);
    code = code ? code : take_number(root, "partition", true, INT32_MAX, &partition, err);
    code = code ? code : take_number(root, "offset", true, INT64_MAX, &letter->offset, err);
    code = code ? code : take_number(root, "timestamp", false, INT64_MAX, &letter->timestamp, err);
    code = code ? code : take_text(root, "rule", true, &letter->rule, err);
    code = code ? code : take_text(root, "error", true, &letter->error, err);
    code = code ? code : take_text(root, "message", true, &letter->message, err);
    code = code ? code : take_text(root, "field", false, &letter->field, err);
    code = code ? code : take_body(root, letter, err);
    letter->partition = (int32_t)partition;
    if (!code && (!letter->topic[0] || strlen(letter->topic) > MAX_TOPIC))
        return malformed(err, "`topic` is none");
    return code;
}

vc_letter *vc_letter_parse(vc_view value, vc_error *err)
{
    if (value.len > MAX_TEXT) {
        vc__error(err, VC_E_LIMIT, "a dead letter of more than %d bytes", MAX_TEXT);
        return NULL;
    }
    vc__autoptr(json_object) root = parse_object(value, err);
    if (!root)
        return NULL;
    vc__autoptr(vc_letter) letter = vc__calloc(1, sizeof *letter);
    if (!letter) {
        vc__error_memory(err);
        return NULL;
    }
    return take_all(root, letter, err) ? NULL : vc__steal(&letter);
}

void vc_letter_free(vc_letter *letter)
{
    if (!letter)
        return;
    vc__free(letter->topic);
    vc__free(letter->rule);
    vc__free(letter->error);
    vc__free(letter->message);
    vc__free(letter->field);
    vc__free(letter->omitted);
    vc__buf_free(&letter->body);
    vc__free(letter);
}

const char *vc_letter_topic(const vc_letter *letter)
{
    return letter->topic;
}

int32_t vc_letter_partition(const vc_letter *letter)
{
    return letter->partition;
}

int64_t vc_letter_offset(const vc_letter *letter)
{
    return letter->offset;
}

int64_t vc_letter_timestamp(const vc_letter *letter)
{
    return letter->timestamp;
}

const char *vc_letter_rule(const vc_letter *letter)
{
    return letter->rule;
}

const char *vc_letter_error(const vc_letter *letter)
{
    return letter->error;
}

const char *vc_letter_message(const vc_letter *letter)
{
    return letter->message;
}

const char *vc_letter_field(const vc_letter *letter)
{
    return letter->field;
}

int vc_letter_has_body(const vc_letter *letter)
{
    return letter->has_body;
}

const char *vc_letter_body_omitted(const vc_letter *letter)
{
    return letter->omitted ? letter->omitted : "";
}

vc_view vc_letter_body(const vc_letter *letter)
{
    return letter->has_body ? vc__buf_get(&letter->body) : vc_str(NULL);
}

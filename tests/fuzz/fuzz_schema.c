/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any text as a schema: it is refused with a place and a message that may be shown, or it loads and then
 * answers every question.
 */
#include "fuzz.h"

#include "base/text.h"
#include "schema/schema.h"

static void check_error(const vc_error *err)
{
    HOLDS(err->code == VC_E_SCHEMA || err->code == VC_E_PATH || err->code == VC_E_UNSUPPORTED ||
          err->code == VC_E_LIMIT || err->code == VC_E_MEMORY);
    HOLDS(err->code == VC_E_LIMIT || err->code == VC_E_MEMORY || (err->line && err->column));
    const vc_view message = vc_str(err->message);
    HOLDS(message.len && vc__utf8_valid(message) == message.len);
    for (size_t i = 0; i < message.len; i++)
        HOLDS((unsigned char)message.data[i] >= 0x20 && message.data[i] != 0x7f);
}

static void check_field(const vc_schema *schema, const vc_rule *rule, size_t index)
{
    static const char *const always[] = { "on_error", "on_missing", "nested" };
    static const char *const transform[] = { "role", "tweak_source" };
    const vc_field *field = vc_rule_field_at(rule, index);
    const bool in_text = index < rule->field_count;
    HOLDS((vc_field_path(field)[0] == '$') == in_text && vc_field_method(field)[0] && vc_field_line(field));
    HOLDS(field->mount && field->name && field->context && field->canonical[0] == vc_field_path(field)[0]);
    for (size_t i = 0; i < sizeof always / sizeof always[0]; i++)
        HOLDS(vc_field_option(field, always[i]));
    if (field->method == VC__METHOD_TRANSIT)
        HOLDS(vc_field_option(field, "key"));
    for (size_t i = 0; i < 2 && field->method == VC__METHOD_TRANSFORM; i++)
        HOLDS(vc_field_option(field, transform[i]));
    for (size_t i = 0; i < field->option_count; i++)
        HOLDS(vc_field_option(field, field->options[i].name) == field->options[i].value);
    HOLDS(!vc_field_option(field, "no such option"));
    const bool remote = vc__method_is_remote(field->method);
    HOLDS(!remote || field->group < vc__schema_group_count(schema));
    HOLDS(remote || field->method >= VC__METHOD_MASK || (field->key_count && field->keys[0].name == field->name));
    if (!in_text) {
        HOLDS(field == rule->value || field == rule->record_key);
        return;
    }
    HOLDS(field->path == index && rule->field_of_path[field->path] == index);
    const bool placed = field->tweak_path != VC__NO_PATH;
    HOLDS(!placed || (field->tweak_path >= rule->field_count && field->tweak_path < rule->path_count));
    HOLDS(placed || field->tweak_source != VC__TWEAK_GENERATED);
    HOLDS((field->tweak_source == VC__TWEAK_SUPPLIED) ==
          (field->tweak != NULL || (placed && field->tweak_source != VC__TWEAK_GENERATED)));
}

static void check_rule(const vc_schema *schema, const vc_rule *rule)
{
    HOLDS(vc_rule_name(rule)[0] && vc_rule_context(rule)[0]);
    HOLDS(vc_schema_rule(schema, vc_str(vc_rule_name(rule)), NULL) == rule);
    HOLDS(vc_rule_on_error(rule) != VC_ON_ERROR_DROP_FIELD);
    for (size_t i = 0; vc_rule_topic_at(rule, i); i++) {
        const vc_view topic = vc_str(vc_rule_topic_at(rule, i));
        const bool prefix = topic.data[topic.len - 1] == '*';
        const vc_rule *match = vc_schema_match(schema, vc_view_of(topic.data, topic.len - prefix), NULL);
        HOLDS(match && (prefix || match == rule));
    }
    for (size_t i = 0; vc_rule_field_at(rule, i); i++)
        check_field(schema, rule, i);
}

static void check_keys(const vc_schema *schema)
{
    static const char *const kinds[] = { "file", "env", "pem", "vault", "jwks", "release" };
    for (size_t i = 0; vc_schema_key_at(schema, i); i++) {
        const vc_schema_key *key = vc_schema_key_at(schema, i);
        HOLDS(vc_schema_key_named(schema, vc_schema_key_name(key)) == key && vc_schema_key_line(key));
        HOLDS(vc_schema_key_public_at(key, 0) || vc_schema_key_private_at(key, 0));
        for (size_t n = 0; vc_schema_key_public_at(key, n) || vc_schema_key_private_at(key, n); n++) {
            const vc_schema_origin *both[] = { vc_schema_key_public_at(key, n), vc_schema_key_private_at(key, n) };
            for (size_t b = 0; b < 2; b++) {
                size_t kind = 0;
                while (both[b] && kind < sizeof kinds / sizeof kinds[0] && strcmp(kinds[kind], vc_schema_origin_kind(both[b])) != 0)
                    kind++;
                HOLDS(!both[b] || (kind < sizeof kinds / sizeof kinds[0] && vc_schema_origin_line(both[b])));
            }
        }
    }
    HOLDS(!vc_schema_release_option(schema, "url") == !vc_schema_release_option(schema, "akv_endpoint"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vc_error err = VC_ERROR_INIT;
    vc_schema *schema = vc_schema_parse(vc_view_of(data, size), "fuzz", &err);
    if (!schema) {
        check_error(&err);
        return 0;
    }
    vc_schema_unref(vc_schema_ref(schema));
    check_keys(schema);
    for (size_t i = 0; vc_schema_rule_at(schema, i); i++)
        check_rule(schema, vc_schema_rule_at(schema, i));
    if (!vc_schema_match(schema, vc_view_of(data, size), &err))
        HOLDS(err.code == VC_E_NO_RULE);
    if (!vc_schema_rule(schema, vc_str(NULL), &err))
        HOLDS(err.code == VC_E_NO_RULE && vc_schema_rule_at(schema, 1));
    vc_schema_unref(schema);
    return 0;
}

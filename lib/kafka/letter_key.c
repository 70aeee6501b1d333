/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka/letter_key.h"

#include "base/error.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>

/* Most bytes of a context; see vaultcrypt-schema(5). */
enum { MOST_CONTEXT = 255 };

vc_code vc__letter_key_parse(vc__letter_key *key, const char *mount, const char *text, vc_error *err)
{
    const char *slash = strrchr(text, '/');
    const vc_view given = slash ? vc_view_of(text, (size_t)(slash - text)) : vc_str(mount ? mount : "transit");
    const vc_view name = vc_str(slash ? slash + 1 : text);
    if (given.len + 1 + name.len >= VC__LETTER_NAME_ROOM || !name.len || !given.len)
        return vc__error(err, VC_E_ARGUMENT, "a key for dead letters is KEY or MOUNT/KEY, of at most %d bytes",
                         VC__LETTER_NAME_ROOM - 1);
    *key = (vc__letter_key){ .fixed = false };
    memcpy(key->mount, given.data, given.len);
    memcpy(key->name, name.data, name.len);
    return VC_OK;
}

static bool option_is(const vc_field *field, const char *name, const char *value)
{
    const char *text = vc_field_option(field, name);
    return text && strcmp(text, value) == 0;
}

const vc_field *vc__letter_rule_field(const vc_rule *rule)
{
    const vc_field *field, *hybrid = NULL;
    for (size_t i = 0; rule && (field = vc_rule_field_at(rule, i)); i++) {
        if (strcmp(vc_field_method(field), "envelope") == 0 && !option_is(field, "format", "kroxylicious"))
            return field;
        if (!hybrid && strcmp(vc_field_method(field), "hybrid") == 0)
            hybrid = field;
    }
    return hybrid;
}

void vc__letter_field_key(const vc_field *field, vc__letter_key *key)
{
    const char *mount = vc_field_option(field, "mount"), *name = vc_field_option(field, "key");
    *key = (vc__letter_key){ .fixed = option_is(field, "source", "static"), .pair = strcmp(vc_field_method(field), "hybrid") == 0 };
    snprintf(key->name, sizeof key->name, "%s", name ? name : "");
    if (!key->fixed && !key->pair)
        snprintf(key->mount, sizeof key->mount, "%s", mount ? mount : "transit");
}

bool vc__letter_key_equal(const vc__letter_key *a, const vc__letter_key *b)
{
    return vc__letter_key_alike(a, b) && strcmp(a->mount, b->mount) == 0 && strcmp(a->name, b->name) == 0;
}

/* -- the schema's text ----------------------------------------------------------------------------------- */

/* In double quotes, as YAML 1.1 has them: what is not plain ASCII by its number, so that nothing is a line break or is refused. */
static void write_quoted(vc__buf *out, vc_view text)
{
    for (size_t at = 0; at < text.len;) {
        const uint32_t point = vc__utf8_next(text, &at);
        if (point == '"' || point == '\\')
            vc__buf_byte(out, '\\');
        if (point >= 0x20 && point < 0x7f)
            vc__buf_byte(out, (char)point);
        else
            vc__buf_printf(out, "\\U%08" PRIX32, point);
    }
}

static void write_context(vc__buf *out, const char *context)
{
    static const char prefix[] = "dead_letter:";
    vc_view text = vc_str(context);
    if (text.len > MOST_CONTEXT - (sizeof prefix - 1))
        text.len = vc__utf8_valid(vc_view_of(text.data, MOST_CONTEXT - (sizeof prefix - 1)));
    vc__buf_printf(out, "\"%s", prefix);
    write_quoted(out, text);
    vc__buf_byte(out, '"');
}

static void write_key(vc__buf *out, const vc__letter_key *key)
{
    vc__buf_str(out, "\"");
    write_quoted(out, vc_str(key->name));
    if (key->fixed || key->pair) {
        vc__buf_str(out, key->fixed ? "\", source: static" : "\"");
        return;
    }
    vc__buf_str(out, "\", mount: \"");
    write_quoted(out, vc_str(key->mount));
    vc__buf_byte(out, '"');
}

static void write_accepted(vc__buf *out, const vc__letter_key *keys, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        vc__buf_str(out, i ? ", \"" : "\"");
        if (!keys[i].fixed && !keys[i].pair) {
            write_quoted(out, vc_str(keys[i].mount));
            vc__buf_byte(out, '/');
        }
        write_quoted(out, vc_str(keys[i].name));
        vc__buf_byte(out, '"');
    }
}

void vc__letter_schema_write(vc__buf *out, const vc__letter_key *keys, size_t key_count, const char *const *contexts,
                             size_t context_count)
{
    vc__buf_str(out, "version: 1\nrecords:\n  - name: dead_letter\n    topics: [\"*\"]\n    context: ");
    write_context(out, contexts[0]);
    vc__buf_str(out, "\n    accept_contexts: [");
    for (size_t i = 1; i < context_count; i++) {
        vc__buf_str(out, i > 1 ? ", " : "");
        write_context(out, contexts[i]);
    }
    vc__buf_printf(out, "]\n    value:\n      %s: {key: ", keys[0].pair ? "hybrid" : "envelope");
    write_key(out, &keys[0]);
    vc__buf_str(out, "}\n      accept: [");
    write_accepted(out, keys + 1, key_count - 1);
    vc__buf_str(out, "]\n");
}

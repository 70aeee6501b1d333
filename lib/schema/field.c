/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/load.h"

#include "base/alloc.h"
#include "base/base64.h"
#include "base/error.h"
#include "base/text.h"

/* A field while it is read. */
typedef struct reader {
    const vc__loader *load;
    vc_field *field;
    bool singular; /* its path */
    const vc__yaml_node *path;
    const vc__yaml_node *tweak_path;
    vc__option options[16]; /* as many as a field can have */
    size_t option_count;
} reader;

static void set(reader *r, const char *name, const char *value)
{
    r->options[r->option_count++] = (vc__option){ name, value };
}

/* One text option of a method, read by `as`; absent is fine. */
typedef enum text_kind { NAME, NAME_OR_BUILTIN, MOUNT, TEXT } text_kind;

static vc_code read_text(reader *r, const vc__yaml_node *node, const char *option, text_kind kind,
                         const char **text)
{
    if (!node)
        return VC_OK;
    vc_code code = VC_OK;
    switch (kind) {
    case NAME:
    case NAME_OR_BUILTIN:
        code = vc__value_name(r->load, node, kind == NAME_OR_BUILTIN, text);
        break;
    case MOUNT:
        code = vc__value_mount(r->load, node, text);
        break;
    case TEXT:
        code = vc__value_text(r->load, node, text);
        break;
    }
    if (!code)
        set(r, option, *text);
    return code;
}

static vc_code read_mount(reader *r, const vc__yaml_node *node, const char *engine)
{
    r->field->mount = engine;
    if (!node)
        set(r, "mount", engine);
    return read_text(r, node, "mount", MOUNT, &r->field->mount);
}

/* -- transit --------------------------------------------------------------------------------------------- */

static vc_code read_transit_setup(reader *r, const vc__yaml_node *node)
{
    static const char *const keys[] = { "type", NULL };
    const vc__yaml_node *type;
    const char *text;
    if (!node)
        return VC_OK;
    const vc_code code = vc__value_map(r->load, node, "`setup`", keys, &type);
    if (code)
        return code;
    if (!type)
        set(r, "setup.type", "aes256-gcm96");
    return read_text(r, type, "setup.type", NAME, &text);
}

static vc_code read_transit(reader *r, const vc__yaml_node *node)
{
    enum { KEY, MOUNTED, AS, SETUP, KEYS };
    static const char *const keys[] = { "key", "mount", "as", "setup", NULL };
    static const char *const types[] = { "json", NULL };
    const vc__yaml_node *found[KEYS];
    vc_code code = vc__value_map(r->load, node, "`transit`", keys, found);
    if (code)
        return code;
    if (!found[KEY])
        return vc__value_error(r->load, node->key, VC_E_SCHEMA,
                               "`transit` needs `key`: the name of a transit key");
    size_t type;
    if (found[AS]) {
        code = vc__value_choice(r->load, found[AS], types, &type);
        if (code)
            return code;
        r->field->as_json = true;
        set(r, "as", "json");
    }
    code = read_text(r, found[KEY], "key", NAME, &r->field->name);
    code = code ? code : read_mount(r, found[MOUNTED], "transit");
    return code ? code : read_transit_setup(r, found[SETUP]);
}

/* -- transform ------------------------------------------------------------------------------------------- */

static const char *const tweak_sources[] = { "internal", "supplied", "generated", NULL };

static vc_code check_base64(reader *r, const vc__yaml_node *node)
{
    char *room = vc__calloc(node->text.len / 4 * 3 + 1, 1);
    if (!room)
        return vc__error_memory(r->load->err);
    size_t len, bad = 0;
    const vc_code code = vc__base64_decode(room, &len, node->text, &bad);
    vc__free(room);
    if (!code)
        return VC_OK;
    return vc__value_error_in(
        r->load, node, bad, VC_E_SCHEMA,
        "`tweak`: neither Base64 (standard alphabet, padded), as Vault takes it, nor a path ($.name)");
}

static vc_code read_supplied(reader *r, const vc__yaml_node *node)
{
    const char *text;
    const vc_code code = vc__value_text(r->load, node, &text);
    if (code)
        return code;
    set(r, "tweak", text);
    if (text[0] == '$') {
        r->tweak_path = node;
        return VC_OK;
    }
    r->field->tweak = text;
    return check_base64(r, node);
}

static vc_code read_generated(reader *r, const vc__yaml_node *node)
{
    if (!r->singular)
        return vc__value_error(
            r->load, r->path, VC_E_SCHEMA,
            "`%.*s`: `tweak_source: generated` has one place for one tweak: names and indexes only",
            VC__SHOWN(r->path->text));
    const char *text;
    const vc_code code = vc__value_text(r->load, node, &text);
    if (code)
        return code;
    set(r, "tweak_to", text);
    r->tweak_path = node;
    return VC_OK;
}

static vc_code read_tweak(reader *r, const vc__yaml_node *transform, const vc__yaml_node *source,
                          const vc__yaml_node *tweak, const vc__yaml_node *tweak_to)
{
    size_t choice = VC__TWEAK_INTERNAL;
    if (source) {
        const vc_code code = vc__value_choice(r->load, source, tweak_sources, &choice);
        if (code)
            return code;
    }
    r->field->tweak_source = (vc__tweak_source)choice;
    set(r, "tweak_source", tweak_sources[choice]);
    if (tweak && choice != VC__TWEAK_SUPPLIED)
        return vc__value_error(r->load, tweak->key, VC_E_SCHEMA,
                               "`tweak` goes with `tweak_source: supplied` only");
    if (tweak_to && choice != VC__TWEAK_GENERATED)
        return vc__value_error(r->load, tweak_to->key, VC_E_SCHEMA,
                               "`tweak_to` goes with `tweak_source: generated` only");
    const vc__yaml_node *place = source ? source : transform;
    if (choice == VC__TWEAK_SUPPLIED) {
        if (!tweak)
            return vc__value_error(r->load, place, VC_E_SCHEMA,
                                   "`tweak_source: supplied` needs `tweak`: Base64, or a path");
        return read_supplied(r, tweak);
    }
    if (choice == VC__TWEAK_GENERATED) {
        if (!tweak_to)
            return vc__value_error(
                r->load, place, VC_E_SCHEMA,
                "`tweak_source: generated` needs `tweak_to`: the path that keeps the tweak");
        return read_generated(r, tweak_to);
    }
    return VC_OK;
}

static vc_code read_transform_setup(reader *r, const vc__yaml_node *node)
{
    enum { TEMPLATE, PATTERN, ALPHABET, ENCODE_FORMAT, KEYS };
    static const char *const keys[] = { "template", "pattern", "alphabet", "encode_format", NULL };
    const vc__yaml_node *found[KEYS];
    const char *text;
    if (!node)
        return VC_OK;
    vc_code code = vc__value_map(r->load, node, "`setup`", keys, found);
    if (code)
        return code;
    if (!r->field->transformation)
        return vc__value_error(r->load, node->key, VC_E_SCHEMA,
                               "`setup` needs `transformation`: the name of what it makes");
    if (!found[PATTERN] && !found[TEMPLATE])
        return vc__value_error(r->load, node, VC_E_SCHEMA,
                               "`setup` needs `pattern`, or a `template` that Vault has");
    for (size_t i = ALPHABET; i < KEYS && !found[PATTERN]; i++)
        if (found[i])
            return vc__value_error(r->load, found[i]->key, VC_E_SCHEMA, "`%s` goes with `pattern` only",
                                   keys[i]);
    if (found[PATTERN] && found[TEMPLATE] && vc__view_starts(found[TEMPLATE]->text, "builtin/"))
        return vc__value_error(r->load, found[TEMPLATE], VC_E_SCHEMA,
                               "`template`: one of Vault's own cannot be given a `pattern`");
    if (!found[TEMPLATE])
        set(r, "setup.template", r->field->transformation);
    if (found[PATTERN] && !found[ALPHABET])
        set(r, "setup.alphabet", "builtin/numeric");
    code = read_text(r, found[TEMPLATE], "setup.template", NAME_OR_BUILTIN, &text);
    code = code ? code : read_text(r, found[PATTERN], "setup.pattern", TEXT, &text);
    code = code ? code : read_text(r, found[ALPHABET], "setup.alphabet", NAME_OR_BUILTIN, &text);
    return code ? code : read_text(r, found[ENCODE_FORMAT], "setup.encode_format", TEXT, &text);
}

static vc_code read_transform(reader *r, const vc__yaml_node *node)
{
    enum { ROLE, TRANSFORMATION, MOUNTED, TWEAK_SOURCE, TWEAK, TWEAK_TO, SETUP, KEYS };
    static const char *const keys[] = { "role",  "transformation", "mount", "tweak_source",
                                        "tweak", "tweak_to",       "setup", NULL };
    const vc__yaml_node *found[KEYS];
    vc_code code = vc__value_map(r->load, node, "`transform`", keys, found);
    if (code)
        return code;
    if (!found[ROLE])
        return vc__value_error(r->load, node->key, VC_E_SCHEMA,
                               "`transform` needs `role`: the name of a transform role");
    code = read_text(r, found[ROLE], "role", NAME, &r->field->name);
    code = code ? code
                : read_text(r, found[TRANSFORMATION], "transformation", NAME, &r->field->transformation);
    code = code ? code : read_mount(r, found[MOUNTED], "transform");
    code = code ? code : read_tweak(r, node, found[TWEAK_SOURCE], found[TWEAK], found[TWEAK_TO]);
    return code ? code : read_transform_setup(r, found[SETUP]);
}

/* -- the field ------------------------------------------------------------------------------------------- */

enum { PATH, ON_ERROR, ON_MISSING, NESTED, METHODS };
static const char *const field_keys[] = { "path",      "on_error", "on_missing", "nested", "transit",
                                          "transform", "envelope", "siv",        "fpe",    "hash",
                                          "mask",      "drop",     NULL };
enum { FIELD_KEYS = sizeof field_keys / sizeof field_keys[0] - 1 };

/* In the order of field_keys from METHODS on; those behind are known, and not built yet. */
static vc_code (*const methods[])(reader *r, const vc__yaml_node *node) = { read_transit, read_transform };

static vc_code find_method(const vc__loader *load, const vc__yaml_node *node,
                           const vc__yaml_node *const *found, size_t *method)
{
    *method = FIELD_KEYS;
    for (size_t i = METHODS; i < FIELD_KEYS; i++) {
        if (!found[i])
            continue;
        if (i - METHODS >= sizeof methods / sizeof methods[0])
            return vc__value_error(load, found[i]->key, VC_E_UNSUPPORTED,
                                   "`%s` is not built into this version: it has `transit` and `transform`",
                                   field_keys[i]);
        if (*method != FIELD_KEYS)
            return vc__value_error(load, found[i]->key, VC_E_SCHEMA,
                                   "a field has one method: it has `%s` already", field_keys[*method]);
        *method = i;
    }
    if (*method == FIELD_KEYS)
        return vc__value_error(load, node, VC_E_SCHEMA, "a field needs a method: `transit` or `transform`");
    return VC_OK;
}

/* In the order of vc_on_error. */
static const char *const on_errors[] = { "fail", "dead_letter", "drop_field", NULL };

vc_code vc__defaults_load(const vc__loader *load, const vc__yaml_node *on_error,
                          const vc__yaml_node *on_missing, const vc__yaml_node *nested,
                          vc__defaults *defaults)
{
    static const char *const missing[] = { "fail", "ignore", NULL };
    size_t choice;
    if (on_error) {
        const vc_code code = vc__value_choice(load, on_error, on_errors, &choice);
        if (code)
            return code;
        defaults->on_error = (vc_on_error)choice;
    }
    if (on_missing) {
        const vc_code code = vc__value_choice(load, on_missing, missing, &choice);
        if (code)
            return code;
        defaults->ignore_missing = choice == 1;
    }
    return nested ? vc__value_bool(load, nested, &defaults->nested) : VC_OK;
}

static vc_code keep_options(reader *r, const vc__defaults *own)
{
    set(r, "on_error", on_errors[own->on_error]);
    set(r, "on_missing", own->ignore_missing ? "ignore" : "fail");
    set(r, "nested", own->nested ? "true" : "false");
    vc__option *options = vc__arena_alloc(r->load->arena, r->option_count, sizeof *options);
    if (!options)
        return vc__error_memory(r->load->err);
    memcpy(options, r->options, r->option_count * sizeof *options);
    r->field->options = options;
    r->field->option_count = r->option_count;
    return VC_OK;
}

vc_code vc__field_load(const vc__loader *load, const vc__yaml_node *node, const vc__defaults *defaults,
                       vc__targets *targets, vc_field *field, const vc__yaml_node **tweak_path)
{
    const vc__yaml_node *found[FIELD_KEYS];
    vc_code code = vc__value_map(load, node, "a field", field_keys, found);
    if (code)
        return code;
    if (!found[PATH])
        return vc__value_error(load, node, VC_E_SCHEMA, "a field needs `path`");
    vc__defaults own = *defaults;
    size_t method = 0;
    *field = (vc_field){ .path = (uint16_t)targets->count,
                         .tweak_path = VC__NO_PATH,
                         .line = node->line,
                         .column = node->column };
    code = vc__targets_add(load, targets, found[PATH], &field->path_text);
    code = code ? code : vc__defaults_load(load, found[ON_ERROR], found[ON_MISSING], found[NESTED], &own);
    code = code ? code : find_method(load, node, found, &method);
    if (code)
        return code;
    field->method = (vc__method)(method - METHODS);
    field->on_error = own.on_error;
    field->ignore_missing = own.ignore_missing;
    field->nested = own.nested;
    reader r = { .load = load,
                 .field = field,
                 .path = found[PATH],
                 .singular = vc__path_is_singular(targets->list[field->path].path) };
    code = methods[field->method](&r, found[method]);
    *tweak_path = r.tweak_path;
    return code ? code : keep_options(&r, &own);
}

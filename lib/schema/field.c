/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/field.h"

#include "base/error.h"
#include "base/text.h"

enum { PATH, ON_ERROR, ON_MISSING, NESTED, ACCEPT, METHODS };
static const char *const field_keys[] = { "path",      "on_error", "on_missing", "nested", "accept", "transit",
                                          "transform", "envelope", "siv",        "fpe",    "hash",   "mask",
                                          "drop",      "hybrid",   "rsa-oaep",   NULL };
enum { FIELD_KEYS = sizeof field_keys / sizeof field_keys[0] - 1 };

/* By vc__method, as field_keys from METHODS on. */
static vc__method_fn *const methods[VC__METHOD_COUNT] = {
    vc__method_transit, vc__method_transform, vc__method_envelope, vc__method_siv,
    vc__method_fpe,     vc__method_hash,      vc__method_mask,     vc__method_drop,
    vc__method_hybrid,  vc__method_rsa_oaep,
};
_Static_assert((int)FIELD_KEYS == (int)METHODS + (int)VC__METHOD_COUNT, "a key for each method");

static vc_code find_method(const vc__loader *load, const vc__yaml_node *node, const vc__yaml_node *const *found,
                           size_t *method)
{
    *method = FIELD_KEYS;
    for (size_t i = METHODS; i < FIELD_KEYS; i++) {
        if (!found[i])
            continue;
        if (*method != FIELD_KEYS)
            return vc__value_error(load, found[i]->key, VC_E_SCHEMA,
                                   "a field has one method: it has `%s` already", field_keys[*method]);
        *method = i;
    }
    if (*method == FIELD_KEYS)
        return vc__value_error(load, node, VC_E_SCHEMA,
                               "a field needs a method: `transit`, `transform`, `envelope`, `siv`, `fpe`, `hash`, "
                               "`mask`, `drop`, `hybrid` or `rsa-oaep`");
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

static vc_code keep_options(vc__field_reader *r, const vc__defaults *own)
{
    vc__field_set(r, "on_error", on_errors[own->on_error]);
    vc__field_set(r, "on_missing", own->ignore_missing ? "ignore" : "fail");
    vc__field_set(r, "nested", own->nested ? "true" : "false");
    vc__option *options = vc__arena_alloc(r->load->arena, r->option_count, sizeof *options);
    if (!options)
        return vc__error_memory(r->load->err);
    memcpy(options, r->options, r->option_count * sizeof *options);
    r->field->options = options;
    r->field->option_count = r->option_count;
    return VC_OK;
}

static void init_field(vc_field *field, const vc__yaml_node *node, const vc__defaults *own)
{
    *field = (vc_field){ .path = VC__NO_PATH,
                         .tweak_path = VC__NO_PATH,
                         .mount = "",
                         .name = "",
                         .context = own->context,
                         .on_error = own->on_error,
                         .ignore_missing = own->ignore_missing,
                         .nested = own->nested,
                         .line = node->line,
                         .column = node->column };
}

static vc_code set_path(const vc__loader *load, const vc__yaml_node *node, vc__targets *targets, vc_field *field)
{
    field->path = (uint16_t)targets->count;
    const vc_code code = vc__targets_add(load, targets, node, &field->path_text);
    if (code)
        return code;
    vc__auto(vc__buf) text = VC__BUF(2 << 20);
    vc__path_write(&text, targets->list[field->path].path);
    field->canonical = text.failed ? NULL : vc__arena_text(load->arena, vc__buf_get(&text));
    return field->canonical ? VC_OK : vc__error_memory(load->err);
}

vc_code vc__field_load(const vc__loader *load, const vc__yaml_node *node, const vc_schema *schema, const vc__defaults *defaults,
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
    init_field(field, node, &own);
    code = set_path(load, found[PATH], targets, field);
    code = code ? code : vc__defaults_load(load, found[ON_ERROR], found[ON_MISSING], found[NESTED], &own);
    code = code ? code : find_method(load, node, found, &method);
    if (code)
        return code;
    field->method = (vc__method)(method - METHODS);
    field->on_error = own.on_error;
    field->ignore_missing = own.ignore_missing;
    field->nested = own.nested;
    if (found[ACCEPT] && vc__method_is_remote(field->method))
        return vc__value_error(load, found[ACCEPT]->key, VC_E_SCHEMA, "`accept` goes with `envelope`, `hybrid`, `rsa-oaep` and `siv` only");
    vc__field_reader r = { .load = load,
                           .field = field,
                           .path = found[PATH],
                           .accept = found[ACCEPT],
                           .schema = schema,
                           .singular = vc__path_is_singular(targets->list[field->path].path) };
    code = methods[field->method](&r, found[method]);
    *tweak_path = r.tweak_path;
    return code ? code : keep_options(&r, &own);
}

/* -- what is no JSON value ------------------------------------------------------------------------------- */

/* A record key or a whole value cannot be dropped: with it goes the record. */
static vc_code check_on_error(const vc__loader *load, const vc__yaml_node *on_error, vc__defaults *own)
{
    if (own->on_error != VC_ON_ERROR_DROP_FIELD)
        return VC_OK;
    if (on_error)
        return vc__value_error(load, on_error, VC_E_SCHEMA, "`on_error`: there is no field here that could be dropped");
    own->on_error = VC_ON_ERROR_FAIL;
    return VC_OK;
}

static vc_code read_format(vc__field_reader *r, const vc__yaml_node *node)
{
    static const char *const formats[] = { "native", "kroxylicious", NULL };
    size_t format;
    const vc_code code = vc__field_choice(r, node, "format", formats, &format);
    if (code)
        return code;
    vc_field *field = r->field;
    field->kroxylicious = format == 1;
    if (field->kroxylicious && field->source != VC__KEY_OF_TRANSIT)
        return vc__value_error(r->load, node, VC_E_SCHEMA, "`format: kroxylicious` has its keys from Vault alone");
    if (field->kroxylicious && (field->bind || field->carry_header || field->signed_by_count))
        return vc__value_error(r->load, node, VC_E_SCHEMA,
                               "`format: kroxylicious` has no room for `bind`, `carry` or a signature: nothing is bound, and each "
                               "value carries its key");
    return VC_OK;
}

/* The one of the methods that is there. */
static vc_code find_whole(const vc__loader *load, const vc__yaml_node *node, const vc__yaml_node *const *found, size_t count,
                          const char *const *keys, size_t *method)
{
    *method = count;
    for (size_t i = 0; i < count; i++) {
        if (!found[i])
            continue;
        if (*method != count)
            return vc__value_error(load, found[i]->key, VC_E_SCHEMA, "`value` has one method: it has `%s` already", keys[*method]);
        *method = i;
    }
    return *method == count ? vc__value_error(load, node, VC_E_SCHEMA, "`value` needs a method: `envelope`, `hybrid` or `rsa-oaep`") : VC_OK;
}

vc_code vc__value_load(const vc__loader *load, const vc__yaml_node *node, const vc_schema *schema, const vc__defaults *defaults, vc_field *field)
{
    enum { ENVELOPE, HYBRID, RSA_OAEP, FORMAT, FAULTS, TAKES, NEST, KEYS };
    static const char *const keys[] = { "envelope", "hybrid", "rsa-oaep", "format", "on_error", "accept", "nested", NULL };
    static const vc__method whole[] = { VC__METHOD_ENVELOPE, VC__METHOD_HYBRID, VC__METHOD_RSA_OAEP };
    const vc__yaml_node *found[KEYS];
    size_t method = 0;
    vc_code code = vc__value_map(load, node, "`value`", keys, found);
    if (code)
        return code;
    code = find_whole(load, node, found, FORMAT, keys, &method);
    if (code)
        return code;
    if (found[FORMAT] && method != ENVELOPE)
        return vc__value_error(load, found[FORMAT]->key, VC_E_SCHEMA, "`format` goes with `envelope` only");
    vc__defaults own = *defaults;
    code = vc__defaults_load(load, found[FAULTS], NULL, found[NEST], &own);
    code = code ? code : check_on_error(load, found[FAULTS], &own);
    if (code)
        return code;
    init_field(field, node, &own);
    field->path_text = field->canonical = "value";
    field->method = whole[method];
    vc__field_reader r = { .load = load, .field = field, .accept = found[TAKES], .schema = schema };
    code = methods[field->method](&r, found[method]);
    if (!code && method == ENVELOPE)
        code = read_format(&r, found[FORMAT]);
    return code ? code : keep_options(&r, &own);
}

vc_code vc__record_key_load(const vc__loader *load, const vc__yaml_node *node, const vc__defaults *defaults,
                            vc_field *field)
{
    enum { SIV, FAULTS, TAKES, NEST, KEYS };
    static const char *const keys[] = { "siv", "on_error", "accept", "nested", NULL };
    const vc__yaml_node *found[KEYS];
    vc_code code = vc__value_map(load, node, "`record_key`", keys, found);
    if (code)
        return code;
    if (!found[SIV])
        return vc__value_error(load, node, VC_E_SCHEMA,
                               "`record_key` needs a method: `siv` (equal keys must stay equal, or partitions and "
                               "compaction break)");
    vc__defaults own = *defaults;
    code = vc__defaults_load(load, found[FAULTS], NULL, found[NEST], &own);
    code = code ? code : check_on_error(load, found[FAULTS], &own);
    if (code)
        return code;
    init_field(field, node, &own);
    field->path_text = field->canonical = "key";
    field->method = VC__METHOD_SIV;
    vc__field_reader r = { .load = load, .field = field, .accept = found[TAKES] };
    code = vc__method_siv(&r, found[SIV]);
    return code ? code : keep_options(&r, &own);
}

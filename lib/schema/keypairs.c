/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keypairs.c - `keys:`, the key pairs that fields name, and `key_release:`: where each key is to be had. Nothing is fetched or opened here:
 * that is a key source's to do.
 */
#include "schema/keypairs.h"

#include "base/error.h"
#include "base/text.h"

#include <string.h>

enum { MOST_KEYS = 256, MOST_ORIGINS = 64, PEM_MAX = 64 << 10, OPTIONS_MAX = 3 };

/* -- texts ----------------------------------------------------------------------------------------------- */

/* Without TLS only to this machine: what comes is a key to trust, or a key to keep. */
static vc_code read_url(const vc__loader *load, const vc__yaml_node *node, const char **text)
{
    static const char *const here[] = { "http://localhost", "http://127.0.0.1", "http://[::1]" };
    const vc_code code = vc__value_text(load, node, text);
    if (code)
        return code;
    if (vc__view_starts(node->text, "https://") && (*text)[strlen("https://")])
        return VC_OK;
    for (size_t i = 0; i < sizeof here / sizeof here[0]; i++) {
        const char *rest = *text + strlen(here[i]);
        if (vc__view_starts(node->text, here[i]) && (!*rest || *rest == ':' || *rest == '/') && !strchr(*text, '@'))
            return VC_OK;
    }
    return vc__value_error(load, node, VC_E_SCHEMA,
                           "`%s`: must be an https:// URL; http:// is for this machine alone (localhost, 127.0.0.1, [::1])",
                           node->key->text.data);
}

static vc_code read_env(const vc__loader *load, const vc__yaml_node *node, const char **text)
{
    const vc_code code = vc__value_label(load, node, text);
    if (code)
        return code;
    for (const char *c = *text; *c; c++)
        if (!(*c == '_' || (*c >= 'A' && *c <= 'Z') || (*c >= 'a' && *c <= 'z') || (c != *text && *c >= '0' && *c <= '9')))
            return vc__value_error_in(load, node, (size_t)(c - *text), VC_E_SCHEMA,
                                      "`env`: not the name of a variable: letters, digits and _");
    return VC_OK;
}

/* Public keys only: a schema is for anyone to read. */
static vc_code read_pem(const vc__loader *load, const vc__yaml_node *node, const char **text)
{
    if (node->kind != VC__YAML_SCALAR || node->text.len > PEM_MAX)
        return vc__value_error(load, node, VC_E_SCHEMA, "`pem`: must be the text of a PEM file, of 64 KiB at most");
    if (strstr(node->text.data, "PRIVATE KEY-----")) /* YAML has no NUL */
        return vc__value_error(load, node, VC_E_SCHEMA,
                               "`pem`: a private key has no place in a schema: name its file, or have it released");
    if (!strstr(node->text.data, "-----BEGIN "))
        return vc__value_error(load, node, VC_E_SCHEMA, "`pem`: holds no -----BEGIN line%s",
                               node->text.len < 256 ? " (the path of a file goes into `file`)" : "");
    *text = vc__arena_text(load->arena, node->text);
    return *text ? VC_OK : vc__error_memory(load->err);
}

/* -- where a key is to be had ---------------------------------------------------------------------------- */

typedef vc_code read_fn(const vc__loader *load, const vc__yaml_node *node, const char **text);

typedef struct origin_reader {
    const vc__loader *load;
    vc_schema_origin *origin;
    vc__option options[OPTIONS_MAX];
} origin_reader;

static vc_code keep(origin_reader *r, const char *option, const vc__yaml_node *node, read_fn *read)
{
    const char *text = NULL;
    const vc_code code = read(r->load, node, &text);
    if (!code)
        r->options[r->origin->option_count++] = (vc__option){ option, text };
    return code;
}

static vc_code read_name(const vc__loader *load, const vc__yaml_node *node, const char **text)
{
    return vc__value_name(load, node, false, text);
}

static vc_code read_vault(origin_reader *r, const vc__yaml_node *node)
{
    enum { MOUNT, KEY, COUNT };
    static const char *const keys[] = { "mount", "key", NULL };
    const vc__yaml_node *found[COUNT];
    vc_code code = vc__value_map(r->load, node, "`vault`", keys, found);
    if (code)
        return code;
    if (!found[KEY])
        return vc__value_error(r->load, node->key, VC_E_SCHEMA, "`vault` needs `key`: the name of a key of the transit engine");
    if (found[MOUNT])
        code = keep(r, "vault.mount", found[MOUNT], vc__value_mount);
    else
        r->options[r->origin->option_count++] = (vc__option){ "vault.mount", "transit" };
    return code ? code : keep(r, "vault.key", found[KEY], read_name);
}

static vc_code read_release(origin_reader *r, const vc__yaml_node *node)
{
    static const char *const keys[] = { "kid", NULL };
    const vc__yaml_node *found[1];
    const vc_code code = vc__value_map(r->load, node, "`release`", keys, found);
    if (code)
        return code;
    if (!found[0])
        return vc__value_error(r->load, node->key, VC_E_SCHEMA, "`release` needs `kid`: the name of the key in the key store");
    return keep(r, "release.kid", found[0], vc__value_label);
}

enum { FILE_, ENV, VAULT, PEM, JWKS, KID, ORIGIN_KEYS };
enum { PRIVATE_FILE, PRIVATE_VAULT, PRIVATE_RELEASE, PRIVATE_KEYS };
static const char *const public_keys[] = { "file", "env", "vault", "pem", "jwks", "kid", NULL };
static const char *const private_keys[] = { "file", "vault", "release", NULL };

/* The one of `found` that says where; its key in `*kind`. */
static vc_code one_of(const vc__loader *load, const vc__yaml_node *node, const vc__yaml_node *const *found, const char *const *keys,
                      size_t count, const char *all, size_t *kind)
{
    *kind = count;
    for (size_t i = 0; i < count; i++) {
        if (!found[i])
            continue;
        if (*kind != count)
            return vc__value_error(load, found[i]->key, VC_E_SCHEMA,
                                   "one place for one key: it has `%s` already (several keys are a list)", keys[*kind]);
        *kind = i;
    }
    return *kind == count ? vc__value_error(load, node, VC_E_SCHEMA, "it does not say where the key is: %s", all) : VC_OK;
}

static vc_code read_public(origin_reader *r, const vc__yaml_node *node)
{
    const vc__yaml_node *found[ORIGIN_KEYS];
    size_t kind;
    vc_code code = vc__value_map(r->load, node, "`public`", public_keys, found);
    code = code ? code : one_of(r->load, node, found, public_keys, KID, "`file`, `env`, `vault`, `pem` or `jwks`", &kind);
    if (code)
        return code;
    r->origin->kind = public_keys[kind];
    if (found[KID] && kind != JWKS)
        return vc__value_error(r->load, found[KID]->key, VC_E_SCHEMA, "`kid` goes with `jwks` only: it names one key of several");
    switch (kind) {
    case FILE_: return keep(r, "file", found[FILE_], vc__value_text);
    case ENV: return keep(r, "env", found[ENV], read_env);
    case VAULT: return read_vault(r, found[VAULT]);
    case PEM: return keep(r, "pem", found[PEM], read_pem);
    default: break;
    }
    code = keep(r, "jwks", found[JWKS], read_url);
    return code || !found[KID] ? code : keep(r, "kid", found[KID], vc__value_label);
}

static vc_code read_private(origin_reader *r, const vc__yaml_node *node)
{
    const vc__yaml_node *found[PRIVATE_KEYS];
    for (const vc__yaml_node *item = node->kind == VC__YAML_MAP ? node->first : NULL; item; item = item->next)
        if (vc__view_is(item->key->text, "pem"))
            return vc__value_error(r->load, item->key, VC_E_SCHEMA,
                                   "a private key has no place in a schema: name its file, or have it released");
    size_t kind;
    vc_code code = vc__value_map(r->load, node, "`private`", private_keys, found);
    code = code ? code : one_of(r->load, node, found, private_keys, PRIVATE_KEYS, "`file`, `vault` or `release`", &kind);
    if (code)
        return code;
    r->origin->kind = private_keys[kind];
    if (kind == PRIVATE_FILE)
        return keep(r, "file", found[PRIVATE_FILE], vc__value_text);
    return kind == PRIVATE_VAULT ? read_vault(r, found[PRIVATE_VAULT]) : read_release(r, found[PRIVATE_RELEASE]);
}

static vc_code read_origin(const vc__loader *load, const vc__yaml_node *node, bool private, vc_schema_origin *origin)
{
    origin->line = node->line;
    origin_reader r = { .load = load, .origin = origin };
    const vc_code code = private ? read_private(&r, node) : read_public(&r, node);
    if (code)
        return code;
    vc__option *options = vc__arena_alloc(load->arena, origin->option_count, sizeof *options);
    if (!options)
        return vc__error_memory(load->err);
    memcpy(options, r.options, origin->option_count * sizeof *options);
    origin->options = options;
    return VC_OK;
}

static bool same_origin(const vc_schema_origin *a, const vc_schema_origin *b)
{
    if (strcmp(a->kind, b->kind) != 0 || a->option_count != b->option_count)
        return false;
    for (size_t i = 0; i < a->option_count; i++)
        if (strcmp(a->options[i].value, b->options[i].value) != 0)
            return false;
    return true;
}

/* One map, or a list of them. */
static vc_code read_origins(const vc__loader *load, const vc__yaml_node *node, bool private, vc__origins *out)
{
    const bool list = node->kind == VC__YAML_LIST;
    const size_t count = list ? node->count : 1;
    if (!count)
        return vc__value_error(load, node, VC_E_SCHEMA, "`%s`: is empty", node->key->text.data);
    if (count > MOST_ORIGINS)
        return vc__value_error(load, node, VC_E_LIMIT, "`%s`: more than %d", node->key->text.data, MOST_ORIGINS);
    vc_schema_origin *all = vc__arena_alloc(load->arena, count, sizeof *all);
    if (!all)
        return vc__error_memory(load->err);
    out->list = all;
    for (const vc__yaml_node *item = list ? node->first : node; item; item = list ? item->next : NULL) {
        const vc_code code = read_origin(load, item, private, &all[out->count]);
        if (code)
            return code;
        for (size_t i = 0; i < out->count; i++)
            if (same_origin(&all[i], &all[out->count]))
                return vc__value_error(load, item, VC_E_SCHEMA, "`%s`: the same place as in line %zu", node->key->text.data,
                                       all[i].line);
        out->count++;
    }
    return VC_OK;
}

/* -- keys ------------------------------------------------------------------------------------------------ */

static vc_code read_key(const vc__loader *load, const vc__yaml_node *node, vc_schema *schema)
{
    enum { NAME, PUBLIC, PRIVATE, COUNT };
    static const char *const keys[] = { "name", "public", "private", NULL };
    const vc__yaml_node *found[COUNT];
    vc_schema_key *key = &schema->keys[schema->key_count];
    vc_code code = vc__value_map(load, node, "a key", keys, found);
    if (code)
        return code;
    if (!found[NAME])
        return vc__value_error(load, node, VC_E_SCHEMA, "a key needs `name`");
    code = vc__value_name(load, found[NAME], false, &key->name);
    for (size_t i = 0; !code && i < schema->key_count; i++)
        if (strcmp(schema->keys[i].name, key->name) == 0)
            code = vc__value_error(load, found[NAME], VC_E_SCHEMA, "the key `%s` is also in line %zu (keys over time are a list)", key->name,
                                   schema->keys[i].line);
    key->line = node->line;
    schema->key_count++;
    if (!code && !found[PUBLIC] && !found[PRIVATE])
        return vc__value_error(load, node, VC_E_SCHEMA, "a key needs `public` (to protect, or to verify) or `private` (to open, or to sign)");
    if (!code && found[PUBLIC])
        code = read_origins(load, found[PUBLIC], false, &key->public);
    return code || !found[PRIVATE] ? code : read_origins(load, found[PRIVATE], true, &key->private);
}

vc_code vc__keypairs_load(const vc__loader *load, const vc__yaml_node *node, vc_schema *schema)
{
    vc_code code = vc__value_list(load, node, "keys");
    if (code)
        return code;
    if (!node->count)
        return vc__value_error(load, node, VC_E_SCHEMA, "`keys`: is empty");
    if (node->count > MOST_KEYS)
        return vc__value_error(load, node, VC_E_LIMIT, "`keys`: more than %d", MOST_KEYS);
    schema->keys = vc__arena_alloc(load->arena, node->count, sizeof *schema->keys);
    schema->key_names = vc__arena_alloc(load->arena, node->count + 1, sizeof *schema->key_names);
    if (!schema->keys || !schema->key_names)
        return vc__error_memory(load->err);
    for (const vc__yaml_node *item = node->first; item && !code; item = item->next)
        code = read_key(load, item, schema);
    for (size_t i = 0; i < schema->key_count && !code; i++)
        schema->key_names[i] = schema->keys[i].name;
    return code;
}

vc_code vc__keypairs_check(const vc__loader *load, const vc__yaml_node *node, const char *option, const vc_schema *schema)
{
    if (!schema->key_count)
        return VC_OK;
    for (size_t i = 0; i < schema->key_count; i++)
        if (vc__view_is(node->text, schema->key_names[i]))
            return VC_OK;
    const char *near = vc__nearest(node->text, schema->key_names);
    return vc__value_error(load, node, VC_E_SCHEMA, "`%s`: no key of `keys` is called `%.*s`%s%.100s%s", option, VC__SHOWN(node->text),
                           near ? ": did you mean `" : "", near ? near : "", near ? "`?" : "");
}

/* -- the release of keys --------------------------------------------------------------------------------- */

/* A number of seconds, or "5m" and the like; what it comes to is the key source's to say. */
static vc_code read_refresh(const vc__loader *load, const vc__yaml_node *node, const char **text)
{
    vc_code code = vc__value_label(load, node, text);
    if (code)
        return code;
    bool digit = false, good = true;
    for (const char *c = *text; *c && good; c++) {
        digit |= *c >= '0' && *c <= '9';
        good = strchr("0123456789.smh", *c) && (digit || c != *text);
    }
    return good && digit ? VC_OK
                         : vc__value_error(load, node, VC_E_SCHEMA, "`refresh`: must be a time such as 5m, 90s or 1h (a number: seconds)");
}

vc_code vc__key_release_load(const vc__loader *load, const vc__yaml_node *node, vc_schema *schema)
{
    enum { URL, MAA, AKV, TOKEN_FILE, REFRESH, COUNT };
    static const char *const keys[] = { "url", "maa_endpoint", "akv_endpoint", "access_token_file", "refresh", NULL };
    static read_fn *const readers[COUNT] = { read_url, vc__value_label, vc__value_label, vc__value_text, read_refresh };
    const vc__yaml_node *found[COUNT];
    vc_code code = vc__value_map(load, node, "`key_release`", keys, found);
    if (code)
        return code;
    for (size_t i = URL; i <= AKV; i++)
        if (!found[i])
            return vc__value_error(load, node->key, VC_E_SCHEMA, "`key_release` needs `%s`", keys[i]);
    vc__option *options = vc__arena_alloc(load->arena, COUNT, sizeof *options);
    if (!options)
        return vc__error_memory(load->err);
    schema->release = options;
    for (size_t i = 0; i < COUNT && !code; i++) {
        if (!found[i])
            continue;
        const char *text = NULL;
        code = readers[i](load, found[i], &text);
        options[schema->release_count++] = (vc__option){ keys[i], text };
    }
    return code;
}

/* -- what it says ---------------------------------------------------------------------------------------- */

const vc_schema_key *vc_schema_key_at(const vc_schema *schema, size_t index)
{
    return index < schema->key_count ? &schema->keys[index] : NULL;
}

const vc_schema_key *vc_schema_key_named(const vc_schema *schema, const char *name)
{
    for (size_t i = 0; i < schema->key_count; i++)
        if (strcmp(schema->keys[i].name, name) == 0)
            return &schema->keys[i];
    return NULL;
}

const char *vc_schema_key_name(const vc_schema_key *key)
{
    return key->name;
}

size_t vc_schema_key_line(const vc_schema_key *key)
{
    return key->line;
}

static const vc_schema_origin *origin_at(const vc__origins *all, size_t index)
{
    return index < all->count ? &all->list[index] : NULL;
}

const vc_schema_origin *vc_schema_key_public_at(const vc_schema_key *key, size_t index)
{
    return origin_at(&key->public, index);
}

const vc_schema_origin *vc_schema_key_private_at(const vc_schema_key *key, size_t index)
{
    return origin_at(&key->private, index);
}

const char *vc_schema_origin_kind(const vc_schema_origin *origin)
{
    return origin->kind;
}

static const char *option_of(const vc__option *options, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(options[i].name, name) == 0)
            return options[i].value;
    return NULL;
}

const char *vc_schema_origin_option(const vc_schema_origin *origin, const char *name)
{
    return option_of(origin->options, origin->option_count, name);
}

size_t vc_schema_origin_line(const vc_schema_origin *origin)
{
    return origin->line;
}

const char *vc_schema_release_option(const vc_schema *schema, const char *name)
{
    return option_of(schema->release, schema->release_count, name);
}

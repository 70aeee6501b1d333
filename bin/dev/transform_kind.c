/* SPDX-License-Identifier: Apache-2.0 */
/* transform_kind.c - transformations. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/secret.h"
#include "base/text.h"
#include "param.h"
#include "reply.h"
#include "transform.h"

static const char *const type_names[] = { "fpe", "masking", "tokenization" };
static const char *const tweak_names[] = { "supplied", "generated", "internal" };

void transform_kind_free(void *item)
{
    transform_kind *kind = item;
    if (!kind)
        return;
    vc__free(kind->name);
    vc__free(kind->template);
    json_object_put(kind->allowed_roles);
    json_object_put(kind->stores);
    transform_tokens_free(&kind->tokens);
    vc__wipe(kind, sizeof *kind);
    vc__free(kind);
}

/* The type that the path names ("transformations/fpe/..."); -1 for the generic path. */
static int path_type(const dev_request *request)
{
    static const char *const parts[] = { "/transformations/fpe/", "/transformations/masking/",
                                         "/transformations/tokenization/" };
    for (int type = TRANSFORM_FPE; type <= TRANSFORM_TOKENIZATION; type++)
        if (memmem(request->path.data, request->path.len, parts[type], strlen(parts[type])))
            return type;
    return -1;
}

static transform_kind *find(const dev_request *request)
{
    transform_kind *kind = dev_names_get(&transform_of(request)->kinds, request->args[0]);
    const int type = path_type(request);
    return kind && (type < 0 || type == (int)kind->type) ? kind : NULL;
}

transform_kind *transform_tokenization(dev_request *request)
{
    transform_kind *kind = dev_names_get(&transform_of(request)->kinds, request->args[0]);
    if (kind && kind->type == TRANSFORM_TOKENIZATION)
        return kind;
    dev_reply_missing(request);
    return NULL;
}

static void write_tokenization(const transform_kind *kind, vc__buf *out)
{
    out_member_bool(out, "convergent", kind->convergent);
    out_member(out, "mapping_mode", kind->exportable ? "exportable" : "default");
    out_member_int(out, "max_ttl", kind->max_ttl);
    out_member_json(out, "stores", json_object_to_json_string_ext(kind->stores, JSON_C_TO_STRING_NOSLASHESCAPE));
}

void transform_kind_read(dev_request *request)
{
    const transform_kind *kind = find(request);
    if (!kind) {
        dev_reply_missing(request);
        return;
    }
    vc__buf *out = dev_reply_data(request);
    out_open(out, '{');
    out_member_json(out, "allowed_roles",
                    json_object_to_json_string_ext(kind->allowed_roles, JSON_C_TO_STRING_NOSLASHESCAPE));
    if (kind->type != TRANSFORM_MASKING)
        out_member_bool(out, "deletion_allowed", kind->deletion_allowed);
    if (kind->type == TRANSFORM_TOKENIZATION)
        write_tokenization(kind, out);
    if (kind->type == TRANSFORM_FPE && request->server->flavour->ff1) {
        out_member(out, "fpe_algorithm", kind->algorithm == VC__FPE_FF1 ? "ff1" : "ff3-1");
        out_member_int(out, "max_tweak_len", kind->max_tweak_len);
    }
    if (kind->type == TRANSFORM_MASKING)
        out_member_int(out, "masking_character", kind->mask);
    out_key(out, "templates");
    out_open(out, '[');
    out_string(out, vc_str(kind->template));
    out_close(out, ']');
    if (kind->type == TRANSFORM_FPE)
        out_member(out, "tweak_source", tweak_names[kind->tweak]);
    out_member(out, "type", type_names[kind->type]);
    out_close(out, '}');
}

static int index_of(const char *const *names, int count, vc_view name)
{
    for (int i = 0; i < count; i++)
        if (vc__view_is(name, names[i]))
            return i;
    return -1;
}

/* The type that path and body name, and an existing one has; -1: answered. */
static int type_of(dev_request *request, const transform_kind *old)
{
    vc_view name;
    int type = path_type(request);
    if (!dev_param_string(request, "type", &name))
        return -1;
    if (type < 0 && name.len == 0 && old)
        type = (int)old->type;
    if (type < 0)
        type = index_of(type_names, 3, name);
    if (type < 0)
        dev_reply_error(request, 400, name.len ? "unknown transformation type" : "missing type");
    else if (old && type != (int)old->type)
        dev_reply_error(request, 400, "the type of a transformation cannot be changed");
    else
        return type;
    return -1;
}

/* What a write says; views are lent by the body. */
typedef struct wish {
    vc_view template, tweak, mask;
    json_object *roles; /* owned */
    bool deletion_allowed;
    long long max_tweak_len;
    int source;
    vc_view mode;
    bool convergent;
    long long max_ttl;
    json_object *stores; /* owned */
} wish;

static bool stores_exist(const dev_request *request, json_object *stores)
{
    for (size_t i = 0; i < json_object_array_length(stores); i++) {
        const char *name = json_object_get_string(json_object_array_get_idx(stores, i));
        if (strcmp(name, "builtin/internal") != 0 && !dev_names_get(&transform_of(request)->stores, vc_str(name)))
            return false;
    }
    return json_object_array_length(stores) > 0;
}

/* What a tokenization has. False: answered. */
static bool read_tokenization(dev_request *request, const transform_kind *kind, bool is_new, wish *want)
{
    want->convergent = kind->convergent;
    want->max_ttl = kind->max_ttl;
    if (!dev_param_string(request, "mapping_mode", &want->mode) ||
        !dev_param_bool(request, "convergent", &want->convergent) ||
        !dev_param_duration(request, "max_ttl", &want->max_ttl) ||
        !dev_param_list(request, "stores", &want->stores))
        return false;
    const bool exportable = want->mode.len ? vc__view_is(want->mode, "exportable") : kind->exportable;
    if (want->mode.len && !exportable && !vc__view_is(want->mode, "default"))
        dev_reply_error(request, 400, "invalid mapping_mode: one of default, exportable");
    else if (!is_new && (want->convergent != kind->convergent || exportable != kind->exportable))
        dev_reply_error(request, 400, "convergent and mapping_mode cannot be changed");
    else if (want->stores && !stores_exist(request, want->stores))
        dev_reply_error(request, 400, "stores must name stores that exist");
    else
        return true;
    return false;
}

/* False: answered. */
static bool read_wish(dev_request *request, const transform_kind *kind, bool is_new, wish *want)
{
    want->deletion_allowed = kind->deletion_allowed;
    want->max_tweak_len = kind->max_tweak_len;
    if (!dev_param_string(request, "template", &want->template) ||
        !dev_param_string(request, "tweak_source", &want->tweak) ||
        !dev_param_string(request, "masking_character", &want->mask) ||
        !dev_param_bool(request, "deletion_allowed", &want->deletion_allowed) ||
        !dev_param_int(request, "max_tweak_len", &want->max_tweak_len) ||
        !dev_param_list(request, "allowed_roles", &want->roles))
        return false;
    if (kind->type == TRANSFORM_TOKENIZATION)
        return read_tokenization(request, kind, is_new, want);
    want->source = want->tweak.len ? index_of(tweak_names, 3, want->tweak) : (int)kind->tweak;
    const vc_view template = want->template.len ? want->template : vc_str(kind->template);
    if (template.len == 0)
        dev_reply_error(request, 400, "missing template");
    else if (!dev_names_get(&transform_of(request)->templates, template))
        dev_reply_error(request, 400, "template \"%.*s\" does not exist", (int)template.len, template.data);
    else if (want->source < 0)
        dev_reply_error(request, 400, "invalid tweak_source: one of supplied, generated, internal");
    else if (want->max_tweak_len < 0 || (!is_new && want->max_tweak_len != kind->max_tweak_len))
        dev_reply_error(request, 400,
                        is_new ? "max_tweak_len cannot be negative" : "max_tweak_len cannot be changed");
    else
        return true;
    return false;
}

/* False: no memory, and nothing has changed. */
static bool apply(transform_kind *kind, wish *want)
{
    size_t at = 0;
    char *template = want->template.len ? vc__memdup(want->template.data, want->template.len) : NULL;
    if (want->template.len && !template)
        return false;
    if (template) {
        vc__free(kind->template);
        kind->template = template;
    }
    if (want->roles) {
        json_object_put(kind->allowed_roles);
        kind->allowed_roles = vc__steal(&want->roles);
    }
    if (want->stores) {
        json_object_put(kind->stores);
        kind->stores = vc__steal(&want->stores);
    }
    kind->exportable = want->mode.len ? vc__view_is(want->mode, "exportable") : kind->exportable;
    kind->convergent = want->convergent;
    kind->max_ttl = want->max_ttl;
    kind->tweak = (transform_tweak)want->source;
    kind->max_tweak_len = want->max_tweak_len;
    kind->deletion_allowed = want->deletion_allowed;
    if (want->mask.len)
        kind->mask = vc__utf8_next(want->mask, &at);
    return true;
}

static transform_kind *new_kind(const dev_request *request, transform_type type)
{
    transform_kind *kind = vc__calloc(1, sizeof *kind);
    if (!kind)
        return NULL;
    kind->type = type;
    kind->mask = '*';
    kind->algorithm = request->server->flavour->ff1 ? VC__FPE_FF1 : VC__FPE_FF3_1;
    kind->name = vc__memdup(request->args[0].data, request->args[0].len);
    kind->allowed_roles = json_object_new_array();
    if (type == TRANSFORM_TOKENIZATION) {
        kind->template = vc__memdup("builtin/any", strlen("builtin/any"));
        kind->stores = json_object_new_array();
        json_object_array_add(kind->stores, json_object_new_string("builtin/internal"));
        kind->latest_version = kind->min_decryption_version = 1;
    }
    vc__random *random = request->connection->random;
    if (!kind->name || !kind->allowed_roles ||
        vc__random_bytes(random, kind->key, sizeof kind->key, NULL) != VC_OK ||
        vc__random_bytes(random, kind->own_tweak, sizeof kind->own_tweak, NULL) != VC_OK) {
        transform_kind_free(kind);
        return NULL;
    }
    return kind;
}

void transform_kind_write(dev_request *request)
{
    dev_names *kinds = &transform_of(request)->kinds;
    transform_kind *kind = dev_names_get(kinds, request->args[0]);
    const bool is_new = !kind;
    const int type = type_of(request, kind);
    if (type < 0)
        return;
    if (is_new && !(kind = new_kind(request, (transform_type)type))) {
        dev_reply_error(request, 500, "out of memory");
        return;
    }
    wish want = { 0 };
    const bool good = read_wish(request, kind, is_new, &want);
    if (good && apply(kind, &want) && (!is_new || dev_names_put(kinds, request->args[0], vc__steal(&kind))))
        dev_reply_empty(request);
    else if (good)
        dev_reply_error(request, 500, "out of memory");
    if (is_new)
        transform_kind_free(kind);
    json_object_put(want.roles);
    json_object_put(want.stores);
}

static const char *role_with(const transform *state, const char *name)
{
    for (size_t i = 0; i < state->roles.count; i++) {
        json_object *list = state->roles.list[i].item;
        for (size_t j = 0; j < json_object_array_length(list); j++)
            if (strcmp(json_object_get_string(json_object_array_get_idx(list, j)), name) == 0)
                return state->roles.list[i].name;
    }
    return NULL;
}

void transform_kind_delete(dev_request *request)
{
    const transform_kind *kind = find(request);
    const char *role = kind ? role_with(transform_of(request), kind->name) : NULL;
    if (role) {
        dev_reply_error(request, 400, "transformation is in use by role \"%s\"", role);
    } else if (kind && kind->type != TRANSFORM_MASKING && !kind->deletion_allowed) {
        dev_reply_error(request, 400, "deletion is not allowed for this transformation");
    } else {
        if (kind)
            dev_names_drop(&transform_of(request)->kinds, request->args[0]);
        dev_reply_empty(request);
    }
}

void transform_kind_list(dev_request *request)
{
    const dev_names *kinds = &transform_of(request)->kinds;
    const int type = path_type(request);
    dev_names some = { 0 };
    for (size_t i = 0; i < kinds->count; i++) {
        transform_kind *kind = kinds->list[i].item;
        if (type < 0 || type == (int)kind->type)
            dev_names_put(&some, vc_str(kind->name), kind);
    }
    transform_list(request, &some);
    dev_names_free(&some);
}

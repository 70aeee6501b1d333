/* SPDX-License-Identifier: Apache-2.0 */
/* transform_kind.c - transformations of all types, and keys of one's own for them. */
#include "vault/transform_object.h"

#include "base/error.h"
#include "base/text.h"
#include "vault/object.h"
#include "vault/transit_key.h"

struct vc_transform_transformation {
    vc__object object;
};

vc_transform_transformation *vc_transform_transformation_new(const char *type, vc_error *err)
{
    vc_transform_transformation *transformation = vc__object_new(err);
    if (transformation && vc__object_set_text(&transformation->object, "type", vc_str(type), err)) {
        vc_transform_transformation_free(transformation);
        return NULL;
    }
    return transformation;
}

void vc_transform_transformation_free(vc_transform_transformation *transformation)
{
    vc__object_free(transformation);
}

vc_code vc_transform_transformation_set_template(vc_transform_transformation *transformation,
                                                 const char *name, vc_error *err)
{
    return vc__object_set_text(&transformation->object, "template", vc_str(name), err);
}

vc_code vc_transform_transformation_set_tweak_source(vc_transform_transformation *transformation,
                                                     const char *source, vc_error *err)
{
    return vc__object_set_text(&transformation->object, "tweak_source", vc_str(source), err);
}

vc_code vc_transform_transformation_set_masking_character(vc_transform_transformation *transformation,
                                                          vc_view character, vc_error *err)
{
    size_t at = 0;
    if (character.len && vc__utf8_valid(character) == character.len)
        vc__utf8_next(character, &at);
    if (!at || at != character.len)
        return vc__error(err, VC_E_ARGUMENT, "the masking character must be one character");
    return vc__object_set_text(&transformation->object, "masking_character", character, err);
}

vc_code vc_transform_transformation_add_allowed_role(vc_transform_transformation *transformation,
                                                     const char *role, vc_error *err)
{
    return vc__object_add_text(&transformation->object, "allowed_roles", vc_str(role), err);
}

vc_code vc_transform_transformation_set_deletion_allowed(vc_transform_transformation *transformation,
                                                         int allowed, vc_error *err)
{
    return vc__object_set_flag(&transformation->object, "deletion_allowed", allowed, err);
}

const char *vc_transform_transformation_type(const vc_transform_transformation *transformation)
{
    return vc__object_text(&transformation->object, "type");
}

const char *vc_transform_transformation_template(const vc_transform_transformation *transformation)
{
    return vc__object_text(&transformation->object, "template");
}

const char *vc_transform_transformation_tweak_source(const vc_transform_transformation *transformation)
{
    return vc__object_text(&transformation->object, "tweak_source");
}

const char *vc_transform_transformation_masking_character(const vc_transform_transformation *transformation)
{
    return vc__object_text(&transformation->object, "masking_character");
}

const char *vc_transform_transformation_fpe_algorithm(const vc_transform_transformation *transformation)
{
    return vc__object_text(&transformation->object, "fpe_algorithm");
}

size_t vc_transform_transformation_allowed_role_count(const vc_transform_transformation *transformation)
{
    return vc__object_count(&transformation->object, "allowed_roles");
}

const char *vc_transform_transformation_allowed_role(const vc_transform_transformation *transformation,
                                                     size_t i)
{
    return vc__object_at(&transformation->object, "allowed_roles", i);
}

vc_code vc_transform_transformation_set_max_tweak_len(vc_transform_transformation *transformation, uint64_t bytes,
                                                      vc_error *err)
{
    return vc__object_set_number(&transformation->object, "max_tweak_len", bytes, err);
}

uint64_t vc_transform_transformation_max_tweak_len(const vc_transform_transformation *transformation)
{
    return vc__object_number(&transformation->object, "max_tweak_len");
}

int vc_transform_transformation_allows_deletion(const vc_transform_transformation *transformation)
{
    return vc__object_flag(&transformation->object, "deletion_allowed");
}

/* --- tokenization --- */

vc_code vc_transform_transformation_set_mapping_mode(vc_transform_transformation *transformation, const char *mode,
                                                     vc_error *err)
{
    return vc__object_set_text(&transformation->object, "mapping_mode", vc_str(mode), err);
}

vc_code vc_transform_transformation_set_convergent(vc_transform_transformation *transformation, int convergent,
                                                   vc_error *err)
{
    return vc__object_set_flag(&transformation->object, "convergent", convergent, err);
}

vc_code vc_transform_transformation_set_max_ttl(vc_transform_transformation *transformation, uint64_t seconds,
                                                vc_error *err)
{
    return vc__object_set_number(&transformation->object, "max_ttl", seconds, err);
}

vc_code vc_transform_transformation_add_store(vc_transform_transformation *transformation, const char *store,
                                              vc_error *err)
{
    return vc__object_add_text(&transformation->object, "stores", vc_str(store), err);
}

const char *vc_transform_transformation_mapping_mode(const vc_transform_transformation *transformation)
{
    return vc__object_text(&transformation->object, "mapping_mode");
}

int vc_transform_transformation_is_convergent(const vc_transform_transformation *transformation)
{
    return vc__object_flag(&transformation->object, "convergent");
}

uint64_t vc_transform_transformation_max_ttl(const vc_transform_transformation *transformation)
{
    return vc__object_seconds(&transformation->object, "max_ttl");
}

size_t vc_transform_transformation_store_count(const vc_transform_transformation *transformation)
{
    return vc__object_count(&transformation->object, "stores");
}

const char *vc_transform_transformation_store(const vc_transform_transformation *transformation, size_t i)
{
    return vc__object_at(&transformation->object, "stores", i);
}

/* --- requests --- */

/* Each type has its own path and its own members. */
struct kind {
    const char *type, *path;
    const char *const *names;
    bool has_key;
};

static const struct kind *kind_of(const vc_transform_transformation *transformation)
{
    static const char *const fpe[] = { "template", "tweak_source", "allowed_roles", "deletion_allowed", "max_tweak_len",
                                       NULL };
    static const char *const masking[] = { "template", "masking_character", "allowed_roles", "deletion_allowed", NULL };
    static const char *const tokenization[] = { "mapping_mode", "convergent",       "max_ttl", "stores",
                                                "allowed_roles", "deletion_allowed", NULL };
    static const struct kind kinds[] = {
        { "fpe", "transformations/fpe", fpe, true },
        { "masking", "transformations/masking", masking, false },
        { "tokenization", "transformations/tokenization", tokenization, true },
    };
    const char *type = vc_transform_transformation_type(transformation);
    for (size_t i = 0; type && i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(type, kinds[i].type) == 0)
            return &kinds[i];
    return NULL;
}

static vc_code unknown_type(vc_request *request, vc_error *err)
{
    vc__request_init(request, "POST", 0, true);
    return vc__error(err, VC_E_ARGUMENT, "the type of a transformation is fpe, masking or tokenization");
}

vc_code vc__transform_transformation_write(vc_request *request, const char *place,
                                           const vc_transform_transformation *transformation, vc_error *err)
{
    const struct kind *kind = kind_of(transformation);
    if (!kind)
        return unknown_type(request, err);
    const vc_code code = vc__transform_begin(request, "POST", kind->path, place, "", err);
    if (code)
        return code;
    vc__object_write(&transformation->object, kind->names, &request->body);
    return vc__buf_check(&request->body, "the request", err);
}

/*
 * A read tells of `templates`, a list with one name, and of the masking character by its number: both become
 * what a write takes.
 */
static vc_code as_written(vc__object *object, vc_error *err)
{
    const char *pattern = vc__object_at(object, "templates", 0);
    if (pattern && !vc__object_has(object, "template")) {
        const vc_code code = vc__object_set_text(object, "template", vc_str(pattern), err);
        if (code)
            return code;
    }
    const uint64_t rune = vc__object_number(object, "masking_character");
    if (!rune || rune > 0x10ffff || (rune >= 0xd800 && rune < 0xe000))
        return VC_OK;
    vc__auto(vc__buf) character = VC__BUF(8);
    vc__utf8_append(&character, (uint32_t)rune);
    const vc_code code = vc__buf_check(&character, "a character", err);
    return code ? code : vc__object_set_text(object, "masking_character", vc__buf_get(&character), err);
}

vc_transform_transformation *vc__transform_transformation_parse(int status, vc_view body, vc_error *err)
{
    vc_transform_transformation *transformation = vc__object_parse(status, body, err);
    if (transformation && as_written(&transformation->object, err)) {
        vc_transform_transformation_free(transformation);
        return NULL;
    }
    return transformation;
}

/* --- keys of one's own --- */

vc_code vc__transform_import(vc_request *request, const char *place, const vc_transform_transformation *transformation,
                             vc_view wrapped, const char *hash, bool allow_rotation, vc_error *err)
{
    const struct kind *kind = kind_of(transformation);
    if (!kind)
        return unknown_type(request, err);
    vc_code code = vc__transform_begin(request, "POST", kind->path, place, "/import", err);
    request->replay_safe = false;
    if (code)
        return code;
    if (!kind->has_key)
        return vc__error(err, VC_E_ARGUMENT, "masking has no key");
    vc__object_write(&transformation->object, kind->names, &request->body);
    code = vc__buf_check(&request->body, "the request", err);
    if (code)
        return code;
    vc__buf_cut(&request->body, request->body.len - 1);
    if (request->body.len > 1)
        vc__buf_byte(&request->body, ',');
    if (allow_rotation)
        vc__buf_str(&request->body, "\"allow_rotation\":true,");
    return vc__wrapped_key_append(request, wrapped, hash, err);
}

vc_code vc__transform_import_version(vc_request *request, const char *place, vc_view wrapped, const char *hash, vc_error *err)
{
    const vc_code code =
        vc__transform_begin(request, "POST", "transformations/tokenization", place, "/import_version", err);
    request->replay_safe = false;
    if (code)
        return code;
    vc__buf_byte(&request->body, '{');
    return vc__wrapped_key_append(request, wrapped, hash, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/transform_object.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "vault/endpoint.h"
#include "vault/object.h"

enum { BODY_MAX = 1 << 20 };

struct vc_transform_role {
    vc__object object;
};

struct vc_transform_transformation {
    vc__object object;
};

struct vc_transform_template {
    vc__object object;
};

/* All three are one vc__object: made empty, made from a reply, freed. NULL on failure. */
static void *new_object(vc_error *err)
{
    vc__object *object = vc__calloc(1, sizeof *object);
    if (!object)
        vc__error_memory(err);
    else if (vc__object_init(object, err)) {
        vc__free(object);
        object = NULL;
    }
    return object;
}

static void *parse_object(int status, vc_view body, vc_error *err)
{
    vc__object *object = vc__calloc(1, sizeof *object);
    if (!object)
        vc__error_memory(err);
    else if (vc__object_read(object, status, body, err)) {
        vc__free(object);
        object = NULL;
    }
    return object;
}

static void free_object(vc__object *object)
{
    if (object)
        vc__object_cleanup(object);
    vc__free(object);
}

/* "/v1/MOUNT/KIND/NAME" */
static vc_code begin(vc_request *request, const char *method, const char *kind, const char *place,
                     vc_error *err)
{
    vc__request_init(request, method, BODY_MAX, true);
    vc_view mount, name;
    const vc_code code = vc__place_parse(vc_str(place), "transform", &mount, &name, err);
    return code ? code : vc__endpoint(&request->path, mount, kind, name, err);
}

static vc_code write_object(vc_request *request, const char *kind, const char *place,
                            const vc__object *object, const char *const *names, vc_error *err)
{
    const vc_code code = begin(request, "POST", kind, place, err);
    if (code)
        return code;
    vc__object_write(object, names, &request->body);
    return vc__buf_check(&request->body, "the request", err);
}

vc_code vc__transform_read(vc_request *request, const char *kind, const char *place, vc_error *err)
{
    return begin(request, "GET", kind, place, err);
}

/* --- roles --- */

vc_transform_role *vc_transform_role_new(vc_error *err)
{
    return new_object(err);
}

void vc_transform_role_free(vc_transform_role *role)
{
    free_object(role ? &role->object : NULL);
}

vc_code vc_transform_role_add_transformation(vc_transform_role *role, const char *name, vc_error *err)
{
    return vc__object_add_text(&role->object, "transformations", vc_str(name), err);
}

size_t vc_transform_role_transformation_count(const vc_transform_role *role)
{
    return vc__object_count(&role->object, "transformations");
}

const char *vc_transform_role_transformation(const vc_transform_role *role, size_t i)
{
    return vc__object_at(&role->object, "transformations", i);
}

vc_code vc__transform_role_write(vc_request *request, const char *place, const vc_transform_role *role,
                                 vc_error *err)
{
    static const char *const names[] = { "transformations", NULL };
    return write_object(request, "role", place, &role->object, names, err);
}

vc_transform_role *vc__transform_role_parse(int status, vc_view body, vc_error *err)
{
    return parse_object(status, body, err);
}

/* --- transformations --- */

vc_transform_transformation *vc_transform_transformation_new(const char *type, vc_error *err)
{
    vc_transform_transformation *transformation = new_object(err);
    if (transformation && vc__object_set_text(&transformation->object, "type", vc_str(type), err)) {
        vc_transform_transformation_free(transformation);
        return NULL;
    }
    return transformation;
}

void vc_transform_transformation_free(vc_transform_transformation *transformation)
{
    free_object(transformation ? &transformation->object : NULL);
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

vc_code vc__transform_transformation_write(vc_request *request, const char *place,
                                           const vc_transform_transformation *transformation, vc_error *err)
{
    static const struct {
        const char *type, *kind;
    } kinds[] = {
        { "fpe", "transformations/fpe" },
        { "masking", "transformations/masking" },
        { "tokenization", "transformations/tokenization" },
    };
    static const char *const names[] = { "template",      "tweak_source",     "masking_character",
                                         "allowed_roles", "deletion_allowed", NULL };
    const char *type = vc_transform_transformation_type(transformation);
    for (size_t i = 0; type && i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(type, kinds[i].type) == 0)
            return write_object(request, kinds[i].kind, place, &transformation->object, names, err);
    vc__request_init(request, "POST", BODY_MAX, true);
    return vc__error(err, VC_E_ARGUMENT, "the type of a transformation is fpe, masking or tokenization");
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
    vc_transform_transformation *transformation = parse_object(status, body, err);
    if (transformation && as_written(&transformation->object, err)) {
        vc_transform_transformation_free(transformation);
        return NULL;
    }
    return transformation;
}

/* --- templates --- */

vc_transform_template *vc_transform_template_new(vc_error *err)
{
    return new_object(err);
}

void vc_transform_template_free(vc_transform_template *pattern)
{
    free_object(pattern ? &pattern->object : NULL);
}

vc_code vc_transform_template_set_pattern(vc_transform_template *pattern, const char *regex, vc_error *err)
{
    const vc_code code = vc__object_set_text(&pattern->object, "type", vc_str("regex"), err);
    return code ? code : vc__object_set_text(&pattern->object, "pattern", vc_str(regex), err);
}

vc_code vc_transform_template_set_alphabet(vc_transform_template *pattern, const char *name, vc_error *err)
{
    return vc__object_set_text(&pattern->object, "alphabet", vc_str(name), err);
}

vc_code vc_transform_template_set_encode_format(vc_transform_template *pattern, const char *format,
                                                vc_error *err)
{
    return vc__object_set_text(&pattern->object, "encode_format", vc_str(format), err);
}

vc_code vc_transform_template_set_decode_format(vc_transform_template *pattern, const char *name,
                                                const char *format, vc_error *err)
{
    return vc__object_set_in(&pattern->object, "decode_formats", vc_str(name), vc_str(format), err);
}

const char *vc_transform_template_pattern(const vc_transform_template *pattern)
{
    return vc__object_text(&pattern->object, "pattern");
}

const char *vc_transform_template_alphabet(const vc_transform_template *pattern)
{
    return vc__object_text(&pattern->object, "alphabet");
}

const char *vc_transform_template_encode_format(const vc_transform_template *pattern)
{
    return vc__object_text(&pattern->object, "encode_format");
}

const char *vc_transform_template_decode_format(const vc_transform_template *pattern, const char *name)
{
    return vc__object_in(&pattern->object, "decode_formats", name);
}

vc_code vc__transform_template_write(vc_request *request, const char *place,
                                     const vc_transform_template *pattern, vc_error *err)
{
    static const char *const names[] = { "type",          "pattern",        "alphabet",
                                         "encode_format", "decode_formats", NULL };
    return write_object(request, "template", place, &pattern->object, names, err);
}

vc_transform_template *vc__transform_template_parse(int status, vc_view body, vc_error *err)
{
    return parse_object(status, body, err);
}

/* --- alphabets --- */

vc_code vc__transform_alphabet_write(vc_request *request, const char *place, vc_view alphabet, vc_error *err)
{
    vc_code code = begin(request, "POST", "alphabet", place, err);
    vc__object object = VC__OBJECT;
    if (!code)
        code = vc__object_init(&object, err);
    if (!code)
        code = vc__object_set_text(&object, "alphabet", alphabet, err);
    if (!code) {
        vc__object_write(&object, NULL, &request->body);
        code = vc__buf_check(&request->body, "the request", err);
    }
    vc__object_cleanup(&object);
    return code;
}

vc_code vc__transform_alphabet_parse(vc_bytes *alphabet, int status, vc_view body, vc_error *err)
{
    vc__object object = VC__OBJECT;
    vc_code code = vc__object_read(&object, status, body, err);
    const char *text = code ? NULL : vc__object_text(&object, "alphabet");
    if (!code && !text)
        code = vc__error(err, VC_E_PROTOCOL, "the reply does not tell of an alphabet");
    if (!code) {
        const vc_bytes copy = { vc__memdup(text, strlen(text)), strlen(text) };
        if (copy.data)
            *alphabet = copy;
        else
            code = vc__error_memory(err);
    }
    vc__object_cleanup(&object);
    return code;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/transform_object.h"

#include "base/error.h"
#include "vault/endpoint.h"
#include "vault/object.h"

enum { BODY_MAX = 1 << 20 };

struct vc_transform_role {
    vc__object object;
};

struct vc_transform_template {
    vc__object object;
};

vc_code vc__transform_begin(vc_request *request, const char *method, const char *kind, const char *place,
                            const char *behind, vc_error *err)
{
    vc__request_init(request, method, BODY_MAX, true);
    vc_view mount, name;
    vc_code code = vc__place_parse(vc_str(place), "transform", &mount, &name, err);
    if (!code)
        code = vc__endpoint(&request->path, mount, kind, name, err);
    if (code)
        return code;
    vc__buf_str(&request->path, behind);
    return vc__buf_check(&request->path, "the request's path", err);
}

vc_code vc__transform_begin_mount(vc_request *request, const char *mount, const char *what, vc_error *err)
{
    vc__request_init(request, "GET", BODY_MAX, true);
    return vc__endpoint(&request->path, vc_str(mount ? mount : "transform"), what, vc_str(NULL), err);
}

static vc_code write_object(vc_request *request, const char *kind, const char *place,
                            const vc__object *object, const char *const *names, vc_error *err)
{
    const vc_code code = vc__transform_begin(request, "POST", kind, place, "", err);
    if (code)
        return code;
    vc__object_write(object, names, &request->body);
    return vc__buf_check(&request->body, "the request", err);
}

vc_code vc__transform_read(vc_request *request, const char *kind, const char *place, vc_error *err)
{
    return vc__transform_begin(request, "GET", kind, place, "", err);
}

/* --- roles --- */

vc_transform_role *vc_transform_role_new(vc_error *err)
{
    return vc__object_new(err);
}

void vc_transform_role_free(vc_transform_role *role)
{
    vc__object_free(role);
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
    return vc__object_parse(status, body, err);
}

/* --- templates --- */

vc_transform_template *vc_transform_template_new(vc_error *err)
{
    return vc__object_new(err);
}

void vc_transform_template_free(vc_transform_template *pattern)
{
    vc__object_free(pattern);
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
    return vc__object_parse(status, body, err);
}

/* --- alphabets --- */

vc_code vc__transform_alphabet_write(vc_request *request, const char *place, vc_view alphabet, vc_error *err)
{
    vc_code code = vc__transform_begin(request, "POST", "alphabet", place, "", err);
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
    return vc__object_read_text(alphabet, status, body, "alphabet", "an alphabet", err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* transform_shape.c - alphabets and templates. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "json_each.h"
#include "param.h"
#include "reply.h"
#include "transform.h"

void transform_alphabet_free(void *item)
{
    transform_alphabet *alphabet = item;
    if (!alphabet)
        return;
    vc__alphabet_unref(alphabet->alphabet);
    vc__free(alphabet);
}

void transform_template_free(void *item)
{
    transform_template *template = item;
    if (!template)
        return;
    vc__free(template->pattern);
    vc__free(template->alphabet);
    vc__free(template->encode_format);
    json_object_put(template->decode_formats);
    vc__template_free(template->compiled);
    vc__free(template);
}

/* Takes the reference. */
static bool put_alphabet(transform *state, vc_view name, vc__alphabet *alphabet)
{
    transform_alphabet *item = alphabet ? vc__calloc(1, sizeof *item) : NULL;
    if (!item) {
        vc__alphabet_unref(alphabet);
        return false;
    }
    item->alphabet = alphabet;
    return dev_names_put(&state->alphabets, name, item);
}

static bool put_builtin_template(transform *state, vc_view name, vc_error *err)
{
    transform_template *item = vc__calloc(1, sizeof *item);
    if (!item)
        return false;
    item->compiled = vc__template_builtin(name, err);
    if (item->compiled) {
        const vc_view pattern = vc__template_pattern(item->compiled);
        item->pattern = vc__memdup(pattern.data, pattern.len);
        item->alphabet = vc__memdup("builtin/numeric", 15);
        item->encode_format = vc__memdup("", 0);
    }
    if (!item->compiled || !item->pattern || !item->alphabet || !item->encode_format) {
        transform_template_free(item);
        return false;
    }
    return dev_names_put(&state->templates, name, item);
}

bool transform_shapes_setup(transform *state, vc_error *err)
{
    bool good = true;
    for (const char *const *name = vc__alphabet_builtins(); *name; name++)
        good = good && put_alphabet(state, vc_str(*name), vc__alphabet_builtin(vc_str(*name), err));
    for (const char *const *name = vc__template_builtins(); *name; name++)
        good = good && put_builtin_template(state, vc_str(*name), err);
    return good;
}

/* The path's own text for the built-in ones: "builtin/" and a name. */
vc_view transform_name(const dev_request *request)
{
    const vc_view name = request->args[0];
    const size_t len = strlen("builtin/");
    const bool builtin =
        (size_t)(name.data - request->path.data) > len && memcmp(name.data - len, "builtin/", len) == 0;
    return builtin ? vc_view_of(name.data - len, name.len + len) : name;
}

void transform_builtin_write(dev_request *request)
{
    dev_reply_error(request, 400, "names that begin with \"builtin/\" are reserved");
}

/* -- alphabets -- */

static const char *template_with(const transform *state, vc_view alphabet)
{
    for (size_t i = 0; i < state->templates.count; i++) {
        const transform_template *template = state->templates.list[i].item;
        if (vc__view_is(alphabet, template->alphabet))
            return state->templates.list[i].name;
    }
    return NULL;
}

void transform_alphabet_read(dev_request *request)
{
    const transform_alphabet *alphabet =
        dev_names_get(&transform_of(request)->alphabets, transform_name(request));
    if (!alphabet) {
        dev_reply_missing(request);
        return;
    }
    vc__buf *out = dev_reply_data(request);
    out_open(out, '{');
    out_key(out, "alphabet");
    out_string(out, vc__alphabet_characters(alphabet->alphabet));
    out_close(out, '}');
}

void transform_alphabet_write(dev_request *request)
{
    transform *state = transform_of(request);
    vc_view characters;
    vc_error err = VC_ERROR_INIT;
    if (!dev_param_string(request, "alphabet", &characters))
        return;
    const char *used = template_with(state, request->args[0]);
    if (characters.len == 0) {
        dev_reply_error(request, 400, "missing alphabet");
        return;
    }
    if (used) {
        dev_reply_error(
            request, 400,
            "alphabet is in use by template \"%s\": values that were encoded with it could not be decoded",
            used);
        return;
    }
    vc__alphabet *alphabet = vc__alphabet_new(characters, &err);
    if (!alphabet)
        dev_reply_error(request, err.code == VC_E_MEMORY ? 500 : 400, "%s", err.message);
    else if (put_alphabet(state, request->args[0], alphabet))
        dev_reply_empty(request);
    else
        dev_reply_error(request, 500, "out of memory");
}

void transform_alphabet_delete(dev_request *request)
{
    transform *state = transform_of(request);
    const char *used = template_with(state, request->args[0]);
    if (used) {
        dev_reply_error(request, 400, "alphabet is in use by template \"%s\"", used);
        return;
    }
    dev_names_drop(&state->alphabets, request->args[0]);
    dev_reply_empty(request);
}

void transform_alphabet_list(dev_request *request)
{
    transform_list(request, &transform_of(request)->alphabets);
}

/* -- templates -- */

static const char *kind_with(const transform *state, vc_view template)
{
    for (size_t i = 0; i < state->kinds.count; i++) {
        const transform_kind *kind = state->kinds.list[i].item;
        if (vc__view_is(template, kind->template))
            return kind->name;
    }
    return NULL;
}

void transform_template_read(dev_request *request)
{
    const transform_template *template =
        dev_names_get(&transform_of(request)->templates, transform_name(request));
    if (!template) {
        dev_reply_missing(request);
        return;
    }
    vc__buf *out = dev_reply_data(request);
    out_open(out, '{');
    out_member(out, "alphabet", template->alphabet);
    if (template->decode_formats)
        out_member_json(
            out, "decode_formats",
            json_object_to_json_string_ext(template->decode_formats, JSON_C_TO_STRING_NOSLASHESCAPE));
    if (template->encode_format[0])
        out_member(out, "encode_format", template->encode_format);
    out_member(out, "pattern", template->pattern);
    out_member(out, "type", "regex");
    out_close(out, '}');
}

static vc_code compile(transform_template *template, vc__alphabet *alphabet, vc_error *err)
{
    template->compiled =
        vc__template_new(vc_str(template->pattern), alphabet,
                         vc_view_of(template->encode_format[0] ? template->encode_format : NULL,
                                    strlen(template->encode_format)),
                         err);
    if (!template->compiled)
        return err->code;
    if (!template->decode_formats)
        return VC_OK;
    DEV_JSON_EACH (template->decode_formats, each) {
        const char *name = json_object_iter_peek_name(&each);
        json_object *format = json_object_iter_peek_value(&each);
        if (!json_object_is_type(format, json_type_string))
            return vc__error(err, VC_E_CONFIG, "decode_formats: names and formats are strings");
        const vc_code code = vc__template_add_decode_format(template->compiled, vc_str(name),
                                                            vc_str(json_object_get_string(format)), err);
        if (code != VC_OK)
            return code;
    }
    return VC_OK;
}

/* What the request says, over what was there; NULL: answered. */
static transform_template *build_template(dev_request *request, const transform_template *old)
{
    vc_view type, pattern, alphabet, format;
    if (!dev_param_string(request, "type", &type) || !dev_param_string(request, "pattern", &pattern) ||
        !dev_param_string(request, "alphabet", &alphabet) ||
        !dev_param_string(request, "encode_format", &format))
        return NULL;
    if (old) {
        pattern = pattern.data ? pattern : vc_str(old->pattern);
        alphabet = alphabet.data ? alphabet : vc_str(old->alphabet);
        format = format.data ? format : vc_str(old->encode_format);
    }
    json_object *formats = dev_param(request, "decode_formats");
    if (!formats && old)
        formats = old->decode_formats;
    if (type.data && !vc__view_is(type, "regex")) {
        dev_reply_error(request, 400, "invalid template type: only \"regex\" is known");
    } else if (pattern.len == 0) {
        dev_reply_error(request, 400, "missing pattern");
    } else if (formats && !json_object_is_type(formats, json_type_object)) {
        dev_reply_error(request, 400, "decode_formats is not a map of names to formats");
    } else {
        transform_template *template = vc__calloc(1, sizeof *template);
        if (template) {
            template->pattern = vc__memdup(pattern.data, pattern.len);
            template->alphabet = vc__memdup(alphabet.data, alphabet.len);
            template->encode_format = vc__memdup(format.data, format.len);
            template->decode_formats = json_object_get(formats);
        }
        if (template && template->pattern && template->alphabet && template->encode_format)
            return template;
        transform_template_free(template);
        dev_reply_error(request, 500, "out of memory");
    }
    return NULL;
}

void transform_template_write(dev_request *request)
{
    transform *state = transform_of(request);
    vc_error err = VC_ERROR_INIT;
    transform_template *template =
        build_template(request, dev_names_get(&state->templates, request->args[0]));
    if (!template)
        return;
    /* masking asks no alphabet */
    const vc_view name = template->alphabet[0] ? vc_str(template->alphabet) : vc_str("builtin/numeric");
    const transform_alphabet *alphabet = dev_names_get(&state->alphabets, name);
    if (!alphabet)
        dev_reply_error(request, 400, "alphabet \"%.*s\" does not exist", (int)name.len, name.data);
    else if (compile(template, alphabet->alphabet, &err) != VC_OK)
        dev_reply_error(request, err.code == VC_E_MEMORY ? 500 : 400, "%s", err.message);
    else if (!dev_names_put(&state->templates, request->args[0], vc__steal(&template)))
        dev_reply_error(request, 500, "out of memory");
    else
        dev_reply_empty(request);
    transform_template_free(template);
}

void transform_template_delete(dev_request *request)
{
    transform *state = transform_of(request);
    const char *used = kind_with(state, request->args[0]);
    if (used) {
        dev_reply_error(request, 400, "template is in use by transformation \"%s\"", used);
        return;
    }
    dev_names_drop(&state->templates, request->args[0]);
    dev_reply_empty(request);
}

void transform_template_list(dev_request *request)
{
    transform_list(request, &transform_of(request)->templates);
}

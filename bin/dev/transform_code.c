/* SPDX-License-Identifier: Apache-2.0 */
/* transform_code.c - encode, decode and rewrap: FPE and masking here, tokens in transform_token.c. */
#include "base/base64.h"
#include "base/text.h"
#include "reply.h"
#include "transform_item.h"

#include <stdio.h>

/* A transformation as one item uses it. */
typedef struct code_use {
    const transform_kind *kind;
    const transform_template *template;
    bool decode;
    vc_view value, tweak_text; /* the tweak as it was given */
    vc_view format;
    vc_view tweak; /* as it is used */
    bool made;     /* here, and is to be told */
} code_use;

static vc__fpe_key *key_of(transform_work *work, const code_use *use, transform_error *error)
{
    for (size_t i = 0; i < work->key_count; i++)
        if (work->keys[i].kind == use->kind)
            return work->keys[i].key;
    vc_error err = VC_ERROR_INIT;
    const uint32_t radix = vc__alphabet_size(vc__template_alphabet(use->template->compiled));
    if (work->key_count == TRANSFORM_KEYS)
        vc__fpe_key_free(work->keys[--work->key_count].key);
    vc__fpe_key *key =
        vc__fpe_key_new(use->kind->algorithm, vc_view_of(use->kind->key, sizeof use->kind->key), radix, &err);
    if (!key) {
        transform_fail(error, 500, err.message);
        return NULL;
    }
    work->keys[work->key_count].kind = use->kind;
    work->keys[work->key_count++].key = key;
    return key;
}

static bool decode_tweak(transform_work *work, code_use *use, transform_error *error)
{
    size_t len, bad = 0;
    vc__buf *bytes = &work->tweak;
    if (vc__base64_decode_go(bytes->data, &len, use->tweak_text, &bad) != VC_OK) {
        transform_fail(error, 400, "");
        snprintf(error->text, sizeof error->text, "illegal base64 data at input byte %zu", bad);
        return false;
    }
    const long long most = use->kind->max_tweak_len;
    const bool fits =
        use->kind->algorithm == VC__FPE_FF3_1 ? len == TRANSFORM_TWEAK : most == 0 || len <= (size_t)most;
    if (!fits) {
        transform_fail(error, 400, "");
        snprintf(error->text, sizeof error->text, "incorrect tweak size provided: %zu", len);
        return false;
    }
    use->tweak = vc_view_of(bytes->data, len);
    return true;
}

/* The tweak to use. */
static bool find_tweak(transform_work *work, code_use *use, transform_error *error)
{
    const transform_kind *kind = use->kind;
    const size_t own = kind->max_tweak_len && kind->max_tweak_len < TRANSFORM_TWEAK ? (size_t)kind->max_tweak_len
                                                                                    : TRANSFORM_TWEAK;
    if (kind->tweak == TWEAK_INTERNAL) {
        use->tweak = vc_view_of(kind->own_tweak, own);
        return true;
    }
    vc__buf_clear(&work->tweak);
    if (vc__buf_reserve(&work->tweak, use->tweak_text.len + TRANSFORM_TWEAK) != VC_OK)
        return transform_fail(error, 400, "the tweak is too long");
    use->made = kind->tweak == TWEAK_GENERATED && !use->decode;
    if (!use->made)
        return decode_tweak(work, use, error);
    if (vc__random_bytes(work->request->connection->random, work->tweak.data, own, NULL) != VC_OK)
        return transform_fail(error, 500, "no random bytes");
    use->tweak = vc_view_of(work->tweak.data, own);
    return true;
}

static bool library_error(transform_error *error, vc_code code, const vc_error *err)
{
    return transform_fail(error, code == VC_E_MEMORY || code == VC_E_INTERNAL ? 500 : 400, err->message);
}

static bool find_template(const transform_work *work, code_use *use, transform_error *error)
{
    use->template = dev_names_get(&transform_of(work->request)->templates, vc_str(use->kind->template));
    return use->template || transform_fail(error, 400, "the transformation's template does not exist");
}

/* The result lies in `out`. */
static bool fpe(transform_work *work, code_use *use, vc__buf *out, transform_error *error)
{
    vc_error err = VC_ERROR_INIT;
    if (!find_template(work, use, error))
        return false;
    if (use->template->alphabet[0] == 0)
        return transform_fail(error, 400, "the transformation's template has no alphabet");
    vc__fpe_key *key = key_of(work, use, error);
    if (!key || !find_tweak(work, use, error))
        return false;
    const vc__template *template = use->template->compiled;
    const vc_code code =
        use->decode ? vc__template_decode(template, key, use->tweak, use->value, use->format, out, &err)
                    : vc__template_encode(template, key, use->tweak, use->value, out, &err);
    return code == VC_OK || library_error(error, code, &err);
}

static bool mask(transform_work *work, code_use *use, transform_error *error)
{
    vc_error err = VC_ERROR_INIT;
    if (use->decode)
        return transform_fail(error, 400, "masked values cannot be decoded");
    if (!find_template(work, use, error))
        return false;
    const vc_code code =
        vc__template_mask(use->template->compiled, use->kind->mask, use->value, &work->output, &err);
    return code == VC_OK || library_error(error, code, &err);
}

static void write_result(const transform_work *work, const code_use *use, vc__buf *out)
{
    out_key(out, use->decode ? "decoded_value" : "encoded_value");
    out_string(out, vc__buf_get(&work->output));
    if (!use->made)
        return;
    out_key(out, "tweak");
    vc__buf_byte(out, '"');
    vc__base64_encode(out, use->tweak);
    vc__buf_byte(out, '"');
}

static bool code(transform_work *work, const transform_item *item, bool decode, vc__buf *out, transform_error *error)
{
    code_use use = { .decode = decode,
                     .value = item->text[ITEM_VALUE],
                     .tweak_text = item->text[ITEM_TWEAK],
                     .format = work->format };
    if (!use.value.data)
        return transform_fail(error, 400, "missing value");
    use.kind = transform_kind_of(work, item->text[ITEM_TRANSFORMATION], error);
    if (!use.kind)
        return false;
    vc__buf_clear(&work->output);
    if (use.kind->type == TRANSFORM_TOKENIZATION)
        return decode ? transform_token_decode(work, item, out, error)
                      : transform_token_encode(work, item, out, error);
    if (use.kind->type == TRANSFORM_MASKING ? !mask(work, &use, error) : !fpe(work, &use, &work->output, error))
        return false;
    write_result(work, &use, out);
    return true;
}

static bool encode(transform_work *work, const transform_item *item, vc__buf *out, transform_error *error)
{
    return code(work, item, false, out, error);
}

static bool decode(transform_work *work, const transform_item *item, vc__buf *out, transform_error *error)
{
    return code(work, item, true, out, error);
}

/* From one FPE transformation to another; the value between is seen by nobody. */
static bool rewrap(transform_work *work, const transform_item *item, vc__buf *out, transform_error *error)
{
    code_use from = { .decode = true,
                      .value = item->text[ITEM_VALUE],
                      .tweak_text = item->text[ITEM_DECODE_TWEAK] };
    code_use to = { .tweak_text = item->text[ITEM_TWEAK] };
    if (!from.value.data)
        return transform_fail(error, 400, "missing value");
    if (!item->text[ITEM_TRANSFORMATION].len || !item->text[ITEM_DECODE_TRANSFORMATION].len)
        return transform_fail(error, 400, "both transformation and decode_transformation must be given");
    from.kind = transform_kind_of(work, item->text[ITEM_DECODE_TRANSFORMATION], error);
    to.kind = from.kind ? transform_kind_of(work, item->text[ITEM_TRANSFORMATION], error) : NULL;
    if (!to.kind)
        return false;
    if (from.kind->type != TRANSFORM_FPE || to.kind->type != TRANSFORM_FPE)
        return transform_fail(error, 400, "only values of FPE transformations can be rewrapped");
    vc__buf_clear(&work->output);
    vc__buf_clear(&work->between);
    if (!fpe(work, &from, &work->between, error))
        return false;
    to.value = vc__buf_get(&work->between);
    if (!fpe(work, &to, &work->output, error))
        return false;
    write_result(work, &to, out);
    return true;
}

void transform_encode(dev_request *request)
{
    transform_items(request, encode, false);
}

void transform_decode(dev_request *request)
{
    transform_items(request, decode, false);
}

/* Came with FF1. */
void transform_rewrap(dev_request *request)
{
    if (request->server->flavour->ff1)
        transform_items(request, rewrap, false);
    else
        dev_reply_wrapped(request, 404, "unsupported path");
}

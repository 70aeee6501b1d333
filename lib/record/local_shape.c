/* SPDX-License-Identifier: Apache-2.0 */
/* local_shape.c - values that keep their shape: fpe, and mask, which does not come back. */
#include "base/error.h"
#include "base/secret.h"
#include "base/text.h"
#include "record/batch.h"

/* -- fpe -- */

static vc_code make_key(vc_batch *batch, const vc_field *field, vc_error *err)
{
    vc__field_state *state = &batch->local.fields[field->slot];
    char derived[VC__KEY_SIZE];
    vc__fpe_key_free(state->fpe);
    state->fpe = NULL;
    const vc__key_purpose purpose = field->algorithm == VC__FPE_FF1 ? VC__KEY_FF1 : VC__KEY_FF3_1;
    if (!vc__datakey_derive(state->key, purpose, derived, sizeof derived, err))
        state->fpe = vc__fpe_key_new(field->algorithm, vc_view_of(derived, sizeof derived),
                                     vc__alphabet_size(vc__template_alphabet(field->template)), err);
    vc__wipe(derived, sizeof derived);
    return state->fpe ? VC_OK : err->code;
}

/* Of the value alone, or of all: what passes when another value comes is the value's. */
static bool is_values_own(vc_code code, const vc__buf *out)
{
    return code == VC_E_REFUSED || code == VC_E_TOO_LARGE || code == VC_E_ARGUMENT || (code == VC_E_LIMIT && !out->failed);
}

static vc_code apply_fpe(vc_batch *batch, vc__value *value, const vc_field *field, uint64_t now_ms, bool encode, vc_error *err)
{
    vc__local *local = &batch->local;
    vc__field_state *state = &local->fields[field->slot];
    bool changed;
    vc_code code = vc__field_key(batch, field, "fpe", now_ms, &changed, err);
    if (!code && (changed || !state->fpe))
        code = make_key(batch, field, err);
    if (code)
        return code;
    const vc_view content = vc__span_view(batch, value, value->payload);
    const vc_view tweak = field->tweak_path == VC__NO_PATH ? field->tweak_bytes : vc__span_view(batch, value, value->tweak);
    vc_error why = VC_ERROR_INIT;
    vc__buf_clear(&local->text);
    code = encode ? vc__template_encode(field->template, state->fpe, tweak, content, &local->text, &why)
                  : vc__template_decode(field->template, state->fpe, tweak, content, vc_view_of(NULL, 0), &local->text, &why);
    if (!code)
        return vc__value_set_result(batch, value, vc__buf_get(&local->text), false);
    if (!is_values_own(code, &local->text))
        return vc__error_copy(err, &why);
    return vc__value_fail(batch, value, code == VC_E_TOO_LARGE ? code : VC_E_REFUSED, why.message) ? vc__error_memory(err) : VC_OK;
}

vc_code vc__encode_fpe(vc_batch *batch, vc__value *value, const vc_field *field, uint64_t now_ms, vc_error *err)
{
    return apply_fpe(batch, value, field, now_ms, true, err);
}

vc_code vc__decode_fpe(vc_batch *batch, vc__value *value, const vc_field *field, uint64_t now_ms, vc_error *err)
{
    return apply_fpe(batch, value, field, now_ms, false, err);
}

/* -- mask -- */

/* Letters and digits are hidden; of other scripts, everything. */
static bool is_hidden(const vc_field *field, uint32_t c)
{
    return field->mask_all || c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

vc_code vc__apply_mask(vc_batch *batch, vc__value *value, const vc_field *field, uint64_t now_ms, vc_error *err)
{
    (void)now_ms;
    vc__buf *out = &batch->local.text;
    const vc_view content = vc__span_view(batch, value, value->payload);
    size_t count = 0;
    for (size_t at = 0; at < content.len;)
        count += is_hidden(field, vc__utf8_next(content, &at));
    /* A value that would stay whole is hidden whole. */
    size_t hide = count > field->keep_last ? count - field->keep_last : count;
    vc__buf_clear(out);
    for (size_t at = 0; at < content.len;) {
        uint32_t c = vc__utf8_next(content, &at);
        if (hide && is_hidden(field, c)) {
            c = field->mask_with;
            hide--;
        }
        vc__utf8_append(out, c);
    }
    const vc_code code = vc__buf_check(out, "a masked value", err);
    return code ? code : vc__value_set_result(batch, value, vc__buf_get(out), false);
}

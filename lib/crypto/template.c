/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/template.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/text.h"
#include "crypto/format.h"

#include <stdatomic.h>

/* Ours: Vault does not publish its own. */
static const char *const builtin_names[] = { "builtin/creditcardnumber", "builtin/socialsecuritynumber",
                                             NULL };
static const char *const builtin_patterns[] = {
    "(\\d{4})[- ]?(\\d{4})[- ]?(\\d{4})(?:[- ]?(\\d{1,4})(?:[- ]?(\\d{1,3}))?)?"
    "|(\\d{4})[- ](\\d{6})[- ](\\d{5})",
    "(\\d{3})[- ]?(\\d{2})[- ]?(\\d{4})",
};

/* A named decode format. */
struct named {
    struct named *next;
    char *name;
    size_t name_len;
    vc__format *format;
};

/* What one operation works in. */
struct scratch {
    vc__match *match;
    size_t count;             /* numerals captured */
    size_t used;              /* of `in` and `out`, to be wiped */
    uint16_t in[VC__FPE_MAX]; /* the numerals, group after group */
    uint16_t out[VC__FPE_MAX];
    uint16_t starts[]; /* of each group in the numerals, from group 1, and of what would be the next */
};

typedef _Atomic(struct scratch *) slot;

struct vc__template {
    vc__pattern *pattern;
    vc__alphabet *alphabet;
    vc__format *encode_format; /* NULL: none */
    struct named *decode_formats;
    slot spare_slot;
    slot *spare; /* the same, for functions that hold the template const */
};

/* -- the object -- */

static vc_code set_encode_format(vc__template *template, vc_view text, vc_error *err)
{
    template->encode_format = vc__format_new(text, template->pattern, err);
    if (!template->encode_format)
        return VC_E_CONFIG;
    if (!vc__format_is_complete(template->encode_format, vc__pattern_groups(template->pattern)))
        return vc__error(err, VC_E_CONFIG,
                         "an encode format names every group of the pattern once, in order: else its values "
                         "could not be decoded");
    return VC_OK;
}

vc__template *vc__template_new(vc_view pattern, vc__alphabet *alphabet, vc_view encode_format, vc_error *err)
{
    vc__autoptr(vc__template) template = vc__calloc(1, sizeof *template);
    if (!template) {
        vc__error_memory(err);
        return NULL;
    }
    atomic_init(&template->spare_slot, NULL);
    template->spare = &template->spare_slot;
    template->alphabet = vc__alphabet_ref(alphabet);
    template->pattern = vc__pattern_new(pattern, err);
    if (!template->pattern ||
        (encode_format.data && set_encode_format(template, encode_format, err) != VC_OK))
        return NULL;
    return vc__steal(&template);
}

vc__template *vc__template_builtin(vc_view name, vc_error *err)
{
    for (size_t i = 0; builtin_names[i]; i++) {
        if (!vc__view_is(name, builtin_names[i]))
            continue;
        vc__autoptr(vc__alphabet) digits = vc__alphabet_builtin(vc_str("builtin/numeric"), err);
        return digits ? vc__template_new(vc_str(builtin_patterns[i]), digits, vc_view_of(NULL, 0), err)
                      : NULL;
    }
    vc__error(err, VC_E_NOT_FOUND, "there is no built-in template of that name");
    return NULL;
}

const char *const *vc__template_builtins(void)
{
    return builtin_names;
}

static void scratch_free(struct scratch *scratch)
{
    if (!scratch)
        return;
    vc__match_free(scratch->match);
    vc__free(scratch);
}

void vc__template_free(vc__template *template)
{
    if (!template)
        return;
    for (struct named *named = template->decode_formats, *next; named; named = next) {
        next = named->next;
        vc__format_free(named->format);
        vc__free(named->name);
        vc__free(named);
    }
    scratch_free(template->spare ? atomic_load(template->spare) : NULL);
    vc__format_free(template->encode_format);
    vc__pattern_free(template->pattern);
    vc__alphabet_unref(template->alphabet);
    vc__free(template);
}

static struct named *find_named(const vc__template *template, vc_view name)
{
    struct named *named = template->decode_formats;
    while (named && !vc__view_equal(vc_view_of(named->name, named->name_len), name))
        named = named->next;
    return named;
}

vc_code vc__template_add_decode_format(vc__template *template, vc_view name, vc_view format, vc_error *err)
{
    vc_error why = VC_ERROR_INIT;
    vc__autoptr(vc__format) made = vc__format_new(format, template->pattern, &why);
    if (!made)
        return vc__error_copy(err, &why);
    struct named *named = find_named(template, name);
    if (named) {
        vc__format_free(named->format);
    } else {
        named = vc__calloc(1, sizeof *named);
        if (named)
            named->name = vc__memdup(name.data, name.len);
        if (!named || !named->name) {
            vc__free(named);
            return vc__error_memory(err);
        }
        named->name_len = name.len;
        named->next = template->decode_formats;
        template->decode_formats = named;
    }
    named->format = vc__steal(&made);
    return VC_OK;
}

const vc__alphabet *vc__template_alphabet(const vc__template *template)
{
    return template->alphabet;
}

vc_view vc__template_pattern(const vc__template *template)
{
    return vc__pattern_text(template->pattern);
}

vc__width vc__template_captured(const vc__template *template)
{
    return vc__pattern_captured(template->pattern);
}

/* -- room to work in: the spare one, unless another operation has it at this time -- */

static struct scratch *scratch_take(const vc__template *template, vc_error *err)
{
    struct scratch *scratch = atomic_exchange(template->spare, NULL);
    if (scratch)
        return scratch;
    scratch = vc__calloc(1, sizeof *scratch +
                                (vc__pattern_groups(template->pattern) + 1) * sizeof scratch->starts[0]);
    if (scratch)
        scratch->match = vc__match_new(template->pattern);
    if (scratch && scratch->match)
        return scratch;
    scratch_free(scratch);
    vc__error_memory(err);
    return NULL;
}

static void scratch_give(const vc__template *template, struct scratch *scratch)
{
    vc__wipe(scratch->in, scratch->used * sizeof scratch->in[0]);
    vc__wipe(scratch->out, scratch->used * sizeof scratch->out[0]);
    scratch->used = 0;
    struct scratch *none = NULL;
    if (!atomic_compare_exchange_strong(template->spare, &none, scratch))
        scratch_free(scratch);
}

/* -- values -- */

/* The numerals of all groups of the value that was just matched, into `in`. */
static vc_code collect(const vc__template *template, struct scratch *scratch, vc_view value, vc_error *err)
{
    const size_t groups = vc__pattern_groups(template->pattern);
    size_t count = 0;
    for (size_t group = 1; group <= groups; group++) {
        scratch->starts[group - 1] = (uint16_t)count;
        size_t at, end;
        if (!vc__match_group(scratch->match, group, &at, &end))
            continue;
        for (const vc_view upto = vc_view_of(value.data, end); at < end; count++) {
            const int32_t index = vc__alphabet_index(template->alphabet, vc__utf8_next(upto, &at));
            if (index < 0)
                return vc__error(err, VC_E_REFUSED,
                                 "the value has a character to be transformed that is not in the alphabet");
            if (count == VC__FPE_MAX)
                return vc__error(err, VC_E_REFUSED, "the value has more than %d characters to be transformed",
                                 VC__FPE_MAX);
            scratch->in[count] = (uint16_t)index;
            scratch->used = count >= scratch->used ? count + 1 : scratch->used;
        }
    }
    scratch->starts[groups] = (uint16_t)count;
    scratch->count = count;
    return VC_OK;
}

static vc_code match_value(struct scratch *scratch, vc_view value, vc_error *err)
{
    if (value.len > VC__TEMPLATE_VALUE_MAX)
        return vc__error(err, VC_E_TOO_LARGE, "the value is longer than the %d bytes that a template takes",
                         VC__TEMPLATE_VALUE_MAX);
    if (vc__utf8_valid(value) != value.len)
        return vc__error(err, VC_E_REFUSED, "the value is not UTF-8");
    return vc__match_run(scratch->match, value, err);
}

static void append_group(const vc__template *template, const struct scratch *scratch, size_t group,
                         vc__buf *out)
{
    for (size_t i = scratch->starts[group - 1]; i < scratch->starts[group]; i++)
        vc__alphabet_append(template->alphabet, scratch->out[i], out);
}

static void append_mask(uint32_t mask, vc_view characters, vc__buf *out)
{
    for (size_t at = 0; at < characters.len;) {
        (void)vc__utf8_next(characters, &at);
        vc__utf8_append(out, mask);
    }
}

/* The value with its groups replaced, by what is in `out` or, where there is a mask, by that. */
static void keep_shape(const vc__template *template, const struct scratch *scratch, vc_view value,
                       const uint32_t *mask, vc__buf *out)
{
    size_t done = 0;
    for (size_t group = 1; group <= vc__pattern_groups(template->pattern); group++) {
        size_t start, end;
        if (!vc__match_group(scratch->match, group, &start, &end))
            continue;
        vc__buf_append(out, value.data + done, start - done);
        if (mask)
            append_mask(*mask, vc_view_of(value.data + start, end - start), out);
        else
            append_group(template, scratch, group, out);
        done = end;
    }
    if (value.len > done)
        vc__buf_append(out, value.data + done, value.len - done);
}

static void follow_format(const vc__template *template, const struct scratch *scratch,
                          const vc__format *format, vc__buf *out)
{
    for (size_t i = 0; i < format->count; i++) {
        if (format->parts[i].group)
            append_group(template, scratch, format->parts[i].group, out);
        else
            vc__buf_view(out, format->parts[i].text);
    }
}

/*
 * What was encoded must be what decoding will find: the same characters, captured from what is now in `out`
 * from `start`.
 */
static vc_code check_decodable(const vc__template *template, struct scratch *scratch, const vc__buf *out,
                               size_t start, vc_error *err)
{
    const vc_view encoded = vc_view_of(out->data + start, out->len - start);
    const size_t count = scratch->count;
    vc_code code = match_value(scratch, encoded, err);
    if (code == VC_OK)
        code = collect(template, scratch, encoded, err);
    if (code == VC_OK && scratch->count == count &&
        memcmp(scratch->in, scratch->out, count * sizeof scratch->in[0]) == 0)
        return VC_OK;
    if (code != VC_OK && code != VC_E_REFUSED)
        return code;
    return vc__error(
        err, VC_E_REFUSED,
        "the encoded value would not match its `pattern`, and could not be decoded: let the "
        "pattern take every character of the alphabet");
}

struct task {
    const vc__template *template;
    vc__fpe_key *key;
    vc_view tweak, value;
    const vc__format *format;
    bool encode;
};

static vc_code transform(const struct task *task, struct scratch *scratch, vc__buf *out, vc_error *err)
{
    const vc__template *template = task->template;
    vc_code code = match_value(scratch, task->value, err);
    if (code == VC_OK)
        code = collect(template, scratch, task->value, err);
    if (code == VC_OK)
        code = (task->encode ? vc__fpe_encrypt : vc__fpe_decrypt)(task->key, task->tweak, scratch->in,
                                                                  scratch->count, scratch->out, err);
    if (code != VC_OK)
        return code;
    const size_t start = out->len;
    if (task->format)
        follow_format(template, scratch, task->format, out);
    else
        keep_shape(template, scratch, task->value, NULL, out);
    code = vc__buf_check(out, "the transformed value", err);
    return code == VC_OK && task->encode ? check_decodable(template, scratch, out, start, err) : code;
}

static vc_code run(const struct task *task, vc__buf *out, vc_error *err)
{
    if (vc__fpe_key_radix(task->key) != vc__alphabet_size(task->template->alphabet))
        return vc__error(err, VC_E_ARGUMENT,
                         "the key is for alphabets of %u characters, the template's has %u",
                         vc__fpe_key_radix(task->key), vc__alphabet_size(task->template->alphabet));
    struct scratch *scratch = scratch_take(task->template, err);
    if (!scratch)
        return VC_E_MEMORY;
    const size_t start = out->len;
    const vc_code code = transform(task, scratch, out, err);
    if (code != VC_OK)
        vc__buf_cut(out, start);
    scratch_give(task->template, scratch);
    return code;
}

vc_code vc__template_encode(const vc__template *template, vc__fpe_key *key, vc_view tweak, vc_view value,
                            vc__buf *out, vc_error *err)
{
    return run(&(struct task){ template, key, tweak, value, template->encode_format, true }, out, err);
}

vc_code vc__template_decode(const vc__template *template, vc__fpe_key *key, vc_view tweak, vc_view value,
                            vc_view decode_format, vc__buf *out, vc_error *err)
{
    const struct named *named = decode_format.data ? find_named(template, decode_format) : NULL;
    if (decode_format.data && !named)
        return vc__error(err, VC_E_NOT_FOUND, "the template has no decode format of that name");
    return run(&(struct task){ template, key, tweak, value, named ? named->format : NULL, false }, out, err);
}

vc_code vc__template_mask(const vc__template *template, uint32_t mask, vc_view value, vc__buf *out,
                          vc_error *err)
{
    if (mask > 0x10ffff || (mask >= 0xd800 && mask <= 0xdfff))
        return vc__error(err, VC_E_ARGUMENT, "a masking character is not a Unicode character");
    struct scratch *scratch = scratch_take(template, err);
    if (!scratch)
        return VC_E_MEMORY;
    const size_t start = out->len;
    vc_code code = match_value(scratch, value, err);
    if (code == VC_OK) {
        keep_shape(template, scratch, value, &mask, out);
        code = vc__buf_check(out, "the masked value", err);
    }
    if (code != VC_OK)
        vc__buf_cut(out, start);
    scratch_give(template, scratch);
    return code;
}

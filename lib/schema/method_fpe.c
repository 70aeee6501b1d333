/* SPDX-License-Identifier: Apache-2.0 */
/* method_fpe.c - format-preserving encryption here: FF1, and FF3-1 for opening what exists. */
#include "base/error.h"
#include "base/text.h"
#include "schema/field.h"

enum { KEY, KEY_VERSION, MOUNTED, SOURCE, CONTEXT, ALGORITHM, ALPHABET, PATTERN, TWEAK, KEYS };

/* Names in the file for alphabets that have one; any other text is the characters themselves. */
static const struct {
    const char *name, *builtin;
} alphabets[] = {
    { "digits", "builtin/numeric" },
    { "lowercase", "builtin/alphalower" },
    { "uppercase", "builtin/alphaupper" },
    { "lowercase_digits", "builtin/alphanumericlower" },
    { "uppercase_digits", "builtin/alphanumericupper" },
    { "alphanumeric", "builtin/alphanumeric" },
};

static vc__alphabet *make_alphabet(const char *text, vc_error *why)
{
    for (size_t i = 0; i < sizeof alphabets / sizeof alphabets[0]; i++)
        if (strcmp(text, alphabets[i].name) == 0)
            return vc__alphabet_builtin(vc_str(alphabets[i].builtin), why);
    return vc__alphabet_new(vc_str(text), why);
}

static vc_code take_error(vc__field_reader *r, const vc__yaml_node *node, const vc_error *why)
{
    if (why->code == VC_E_MEMORY)
        return vc__error_memory(r->load->err);
    return vc__value_error(r->load, node, VC_E_SCHEMA, "%s", why->message);
}

static vc_code read_template(vc__field_reader *r, const vc__yaml_node *fpe, const vc__yaml_node *const *found)
{
    const char *characters = "digits", *pattern = "(?s)(.+)";
    vc_code code = vc__field_text(r, found[ALPHABET], "alphabet", VC__TEXT_TEXT, &characters);
    code = code ? code : vc__field_text(r, found[PATTERN], "pattern", VC__TEXT_TEXT, &pattern);
    if (code)
        return code;
    if (!found[ALPHABET])
        vc__field_set(r, "alphabet", characters);
    vc_error why = VC_ERROR_INIT;
    vc__autoptr(vc__alphabet) alphabet = make_alphabet(characters, &why);
    if (!alphabet)
        return take_error(r, found[ALPHABET] ? found[ALPHABET] : fpe, &why);
    r->field->template = vc__template_new(vc_str(pattern), alphabet, vc_view_of(NULL, 0), &why);
    if (!r->field->template)
        return take_error(r, found[PATTERN] ? found[PATTERN] : fpe, &why);
    const size_t most = vc__template_captured(r->field->template).most;
    const size_t least = vc__fpe_min(vc__alphabet_size(alphabet));
    if (most < least)
        return vc__value_error(r->load, found[PATTERN], VC_E_SCHEMA,
                               "`pattern` captures %zu characters at most; with %u in the alphabet fewer than %zu have "
                               "under a million values, which can all be tried",
                               most, vc__alphabet_size(alphabet), least);
    return VC_OK;
}

static vc_code read_tweak(vc__field_reader *r, const vc__yaml_node *fpe, const vc__yaml_node *node)
{
    vc_field *field = r->field;
    const bool ff3 = field->algorithm == VC__FPE_FF3_1;
    if (!node)
        return ff3 ? vc__value_error(r->load, fpe->key, VC_E_SCHEMA, "`ff3-1` needs `tweak`: 7 bytes in Base64, or a path")
                   : VC_OK;
    const char *text;
    const vc_code code = vc__field_text(r, node, "tweak", VC__TEXT_TEXT, &text);
    if (code)
        return code;
    if (text[0] == '$') {
        field->tweak_source = VC__TWEAK_SUPPLIED;
        r->tweak_path = node;
        return VC_OK;
    }
    const vc_code decoded = vc__field_base64(r, node, &field->tweak_bytes);
    if (decoded)
        return decoded;
    if (ff3 && field->tweak_bytes.len != VC__FF3_1_TWEAK)
        return vc__value_error(r->load, node, VC_E_SCHEMA, "`tweak`: FF3-1 takes 7 bytes, not %zu",
                               field->tweak_bytes.len);
    return VC_OK;
}

vc_code vc__method_fpe(vc__field_reader *r, const vc__yaml_node *node)
{
    static const char *const keys[] = { "key",       "key_version", "mount",   "source", "context",
                                        "algorithm", "alphabet",    "pattern", "tweak",  NULL };
    static const char *const algorithms[] = { "ff1", "ff3-1", NULL };
    const vc__yaml_node *found[KEYS];
    vc_code code = vc__value_map(r->load, node, "`fpe`", keys, found);
    if (!code && r->accept)
        return vc__value_error(r->load, r->accept->key, VC_E_SCHEMA,
                               "`accept` goes with tokens, which name their key: `fpe` leaves no room for that");
    const vc__key_nodes nodes = code ? (vc__key_nodes){ 0 }
                                     : (vc__key_nodes){ found[KEY], found[MOUNTED], found[SOURCE], found[KEY_VERSION],
                                                        found[CONTEXT] };
    size_t algorithm = 0;
    code = code ? code : vc__field_pinned_keys(r, node, "fpe", &nodes);
    code = code ? code : vc__field_choice(r, found[ALGORITHM], "algorithm", algorithms, &algorithm);
    if (code)
        return code;
    r->field->algorithm = algorithm ? VC__FPE_FF3_1 : VC__FPE_FF1;
    code = read_template(r, node, found);
    return code ? code : read_tweak(r, node, found[TWEAK]);
}

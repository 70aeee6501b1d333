/* SPDX-License-Identifier: Apache-2.0 */
/* release_claims.c - the claims of an environment: a JSON object, laid flat. */
#include "base/alloc.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "keys/policy_text.h"

#include <vaultcrypt/release_policy.h>

enum { MOST_CLAIMS = 1024, NAME_MAX_LEN = 1024, SHOWN = 64 };

typedef struct claim {
    vc_view name, value;
} claim;

struct vc_claims {
    char *text;
    vc__arena arena;
    claim *list;
    size_t count;
};

VC__DEFINE_CLEANUP(vc_claims, vc_claims_free)

static bool has(const vc_claims *claims, vc_view name)
{
    for (size_t i = 0; i < claims->count; i++)
        if (vc__view_equal(claims->list[i].name, name))
            return true;
    return false;
}

/* Also of what is passed over: of two of one name nobody knows which is meant. */
static vc_code add(vc_claims *claims, vc__policy_text *text, size_t at, vc_view name, vc_view value)
{
    char shown[SHOWN];
    if (has(claims, name))
        return vc__policy_text_error(text, at, "`%s` comes twice", vc__policy_text_shown(name, shown, sizeof shown));
    if (claims->count == MOST_CLAIMS)
        return vc__policy_text_error(text, at, "more than %d claims", MOST_CLAIMS);
    const char *kept = vc__arena_text(&claims->arena, name);
    if (!kept)
        return vc__error_memory(text->err);
    claims->list[claims->count++] = (claim){ vc_view_of(kept, name.len), value };
    return VC_OK;
}

/* The members of an object, behind its brace; `prefix` is what their names begin with. */
static vc_code object(vc_claims *claims, vc__policy_text *text, vc__buf *prefix)
{
    const size_t outside = prefix->len;
    vc_code code = VC_OK;
    while (code == VC_OK) {
        vc__token token = vc__policy_text_next(text);
        if (token == VC__TOKEN_ERROR)
            return VC_E_CONFIG;
        if (token == VC__TOKEN_OBJECT_END)
            return VC_OK;
        const size_t at = vc__policy_text_at(text, token);
        vc__buf_view(prefix, text->reader.text);
        if (prefix->failed)
            return prefix->failed == VC_E_MEMORY ? vc__error_memory(text->err)
                                                 : vc__policy_text_error(text, at, "a name of more than %d bytes", NAME_MAX_LEN);
        token = vc__policy_text_next(text);
        if (token == VC__TOKEN_ERROR)
            return VC_E_CONFIG;
        const bool scalar = token == VC__TOKEN_STRING || token == VC__TOKEN_NUMBER || token == VC__TOKEN_TRUE || token == VC__TOKEN_FALSE;
        code = add(claims, text, at, vc__buf_get(prefix), scalar ? text->reader.text : vc_view_of(NULL, 0));
        if (code == VC_OK && token == VC__TOKEN_OBJECT) {
            vc__buf_byte(prefix, '.');
            if (text->reader.depth > 16)
                code = vc__policy_text_error(text, at, "claims are nested too deeply");
            else
                code = object(claims, text, prefix);
        } else if (code == VC_OK && token == VC__TOKEN_ARRAY && !vc__reader_skip(&text->reader)) {
            code = vc__policy_text_error(text, (size_t)(text->reader.at - text->reader.begin), "not JSON: expected %s", text->reader.expected);
        }
        vc__buf_cut(prefix, outside);
    }
    return code;
}

static vc_code whole(vc_claims *claims, vc__policy_text *text)
{
    vc__auto(vc__buf) prefix = VC__BUF(NAME_MAX_LEN);
    const vc__token token = vc__policy_text_next(text);
    if (token == VC__TOKEN_ERROR)
        return VC_E_CONFIG;
    if (token != VC__TOKEN_OBJECT)
        return vc__policy_text_error(text, vc__policy_text_at(text, token), "must be an object: {\"x-ms-attestation-type\": \"sevsnpvm\", ...}");
    const vc_code code = object(claims, text, &prefix);
    if (code)
        return code;
    return vc__policy_text_next(text) == VC__TOKEN_END ? VC_OK : VC_E_CONFIG;
}

vc_claims *vc_claims_parse(vc_view json, const char *source, vc_error *err)
{
    vc_error spare = VC_ERROR_INIT;
    vc__policy_text text = { .copy = NULL };
    vc__autoptr(vc_claims) claims = vc__calloc(1, sizeof *claims);
    if (!claims || !(claims->list = vc__calloc(MOST_CLAIMS, sizeof *claims->list))) {
        vc__error_memory(err);
        return NULL;
    }
    vc_code code = vc__policy_text_start(&text, json, source, "claims", err ? err : &spare);
    claims->text = text.copy;
    if (code == VC_OK)
        code = whole(claims, &text);
    return code ? NULL : vc__steal(&claims);
}

void vc_claims_free(vc_claims *claims)
{
    if (!claims)
        return;
    vc__arena_free(&claims->arena);
    vc__free(claims->list);
    vc__free(claims->text);
    vc__free(claims);
}

vc_view vc_claims_get(const vc_claims *claims, vc_view name)
{
    for (size_t i = 0; i < claims->count; i++)
        if (vc__view_equal(claims->list[i].name, name))
            return claims->list[i].value;
    return vc_view_of(NULL, 0);
}

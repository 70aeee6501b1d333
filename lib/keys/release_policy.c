/* SPDX-License-Identifier: Apache-2.0 */
/* release_policy.c - reads release policies: from a text to a tree, or to the place where it is wrong. */
#include "keys/release_policy.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "keys/policy_text.h"

enum { MOST_DEPTH = 16, SHOWN = 48 };

/* What stands where, and which members that may have. */
typedef enum place { IN_POLICY = 0, IN_AUTHORITY, IN_CONDITION } place;

enum { VERSION = 1, AUTHORITY = 2, CLAIM = 4, EQUALS = 8, ANY_OF = 16, ALL_OF = 32 };

static const struct {
    const char *name;
    unsigned member;
} members[] = { { "version", VERSION }, { "authority", AUTHORITY }, { "claim", CLAIM },
                { "equals", EQUALS },   { "anyOf", ANY_OF },        { "allOf", ALL_OF } };

static const unsigned allowed[] = { VERSION | ANY_OF, AUTHORITY | ANY_OF | ALL_OF, CLAIM | EQUALS | ANY_OF | ALL_OF };
static const char *const place_names[] = { "a policy", "an authority", "a condition" };

typedef struct parser {
    vc__policy_text text;
    vc_release_policy *policy;
} parser;

static vc_code object(parser *p, place where, size_t depth, vc__condition *out);

/* The token must be `want`; else the message says what is due. */
static vc_code expect(parser *p, vc__token want, const char *member, const char *due)
{
    const vc__token token = vc__policy_text_next(&p->text);
    if (token == VC__TOKEN_ERROR)
        return VC_E_CONFIG;
    return token == want ? VC_OK
                         : vc__policy_text_error(&p->text, vc__policy_text_at(&p->text, token), "`%s` must be %s", member, due);
}

/* A list of authorities or of conditions. */
static vc_code list(parser *p, const char *name, place items, size_t depth, vc__condition **out)
{
    const vc_code code = expect(p, VC__TOKEN_ARRAY, name, "a list");
    if (code)
        return code;
    const size_t begin = vc__policy_text_at(&p->text, VC__TOKEN_ARRAY);
    for (bool empty = true;; empty = false) {
        const vc__token token = vc__policy_text_next(&p->text);
        if (token == VC__TOKEN_ERROR)
            return VC_E_CONFIG;
        if (token == VC__TOKEN_ARRAY_END)
            return empty ? vc__policy_text_error(&p->text, begin, "`%s` is empty", name) : VC_OK;
        const size_t at = vc__policy_text_at(&p->text, token);
        if (token != VC__TOKEN_OBJECT)
            return vc__policy_text_error(&p->text, at, "`%s` holds what is not %s: {...}", name, place_names[items]);
        vc__condition *one = vc__arena_alloc(&p->policy->arena, 1, sizeof *one);
        if (!one)
            return vc__error_memory(p->text.err);
        vc__policy_text_place(&p->text, at, &one->line, &one->column);
        *out = one;
        out = &one->next;
        const vc_code within = object(p, items, depth, one);
        if (within)
            return within;
    }
}

static vc_code version(parser *p)
{
    const vc_code code = expect(p, VC__TOKEN_STRING, "version", "the text \"1.0.0\"");
    if (code)
        return code;
    const vc_view text = p->text.reader.text;
    p->policy->old_version = vc__view_is(text, "0.2");
    if (!p->policy->old_version && !vc__view_is(text, "1.0.0"))
        return vc__policy_text_error(&p->text, vc__policy_text_at(&p->text, VC__TOKEN_STRING), "`version` must be \"1.0.0\"");
    return VC_OK;
}

static vc_code authority(parser *p, vc__condition *out)
{
    static const char due[] = "the https:// address of an attestation service";
    const vc_code code = expect(p, VC__TOKEN_STRING, "authority", due);
    if (code)
        return code;
    out->is_authority = true;
    out->value = p->text.reader.text;
    if (!vc__view_starts(out->value, "https://") || out->value.len == strlen("https://"))
        return vc__policy_text_error(&p->text, vc__policy_text_at(&p->text, VC__TOKEN_STRING), "`authority` must be %s", due);
    return VC_OK;
}

static vc_code claim(parser *p, vc__condition *out)
{
    const vc_code code = expect(p, VC__TOKEN_STRING, "claim", "the name of a claim, a text");
    if (code)
        return code;
    out->name = p->text.reader.text;
    if (!out->name.len)
        return vc__policy_text_error(&p->text, vc__policy_text_at(&p->text, VC__TOKEN_STRING), "`claim` is empty");
    return VC_OK;
}

static vc_code equals(parser *p, vc__condition *out)
{
    const vc__token token = vc__policy_text_next(&p->text);
    if (token == VC__TOKEN_ERROR)
        return VC_E_CONFIG;
    if (token != VC__TOKEN_STRING && token != VC__TOKEN_NUMBER && token != VC__TOKEN_TRUE && token != VC__TOKEN_FALSE)
        return vc__policy_text_error(&p->text, vc__policy_text_at(&p->text, token), "`equals` must be a text, a number, true or false");
    out->value = p->text.reader.text;
    return VC_OK;
}

/* A name that nothing here has. */
static vc_code unknown(parser *p, place where, vc_view name)
{
    /* of the grammar, but no key store takes them yet */
    static const char *const operators[] = { "notEquals", "less", "lessOrEquals", "greater", "greaterOrEquals", "exists" };
    static const char *const lists[][5] = { { "version", "anyOf" }, { "authority", "anyOf", "allOf" }, { "claim", "equals", "anyOf", "allOf" } };
    const size_t at = vc__policy_text_at(&p->text, VC__TOKEN_NAME);
    char shown[SHOWN];
    vc__policy_text_shown(name, shown, sizeof shown);
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++)
        if (vc__view_is(name, operators[i]) && where == IN_CONDITION)
            return vc__policy_text_error(&p->text, at, "the operator `%s` is not supported: `equals` is the only one", shown);
    const char *near = vc__nearest(name, lists[where]);
    if (near)
        return vc__policy_text_error(&p->text, at, "unknown member of %s: `%s`: did you mean `%s`?", place_names[where], shown, near);
    return vc__policy_text_error(&p->text, at, "unknown member of %s: `%s`%s", place_names[where], shown,
                                 where == IN_CONDITION ? ": the only operator is `equals`" : "");
}

static vc_code member(parser *p, place where, size_t depth, unsigned *seen, vc__condition *out)
{
    const vc_view name = p->text.reader.text;
    const size_t at = vc__policy_text_at(&p->text, VC__TOKEN_NAME);
    size_t i = 0;
    while (i < sizeof members / sizeof members[0] && !vc__view_is(name, members[i].name))
        i++;
    if (i == sizeof members / sizeof members[0] || !(allowed[where] & members[i].member))
        return unknown(p, where, name);
    const unsigned one = members[i].member;
    if (*seen & one)
        return vc__policy_text_error(&p->text, at, "`%s` comes twice", members[i].name);
    if ((one & (ANY_OF | ALL_OF) && *seen & (ANY_OF | ALL_OF | CLAIM | EQUALS)) || (one & (CLAIM | EQUALS) && *seen & (ANY_OF | ALL_OF)))
        return vc__policy_text_error(&p->text, at, "%s is one of `anyOf`, `allOf`%s", place_names[where],
                                     where == IN_CONDITION ? ", or `claim` with `equals`" : "");
    *seen |= one;
    switch (one) {
    case VERSION: return version(p);
    case AUTHORITY: return authority(p, out);
    case CLAIM: return claim(p, out);
    case EQUALS: return equals(p, out);
    default: break;
    }
    if (depth == MOST_DEPTH)
        return vc__policy_text_error(&p->text, at, "more than %d lists within each other", MOST_DEPTH);
    out->kind = one == ANY_OF ? VC__CONDITION_ANY : VC__CONDITION_ALL;
    return list(p, members[i].name, where == IN_POLICY ? IN_AUTHORITY : IN_CONDITION, depth + 1, &out->first);
}

/* What an object lacks, at its brace. */
static vc_code complete(parser *p, place where, unsigned seen, size_t at)
{
    if (where == IN_POLICY && !(seen & VERSION))
        return vc__policy_text_error(&p->text, at, "a policy needs \"version\": \"1.0.0\"");
    if (where == IN_POLICY && !(seen & ANY_OF))
        return vc__policy_text_error(&p->text, at, "a policy needs `anyOf`, a list of authorities");
    if (where == IN_AUTHORITY && !(seen & AUTHORITY))
        return vc__policy_text_error(&p->text, at, "an authority needs `authority`, the address of an attestation service");
    if (where == IN_AUTHORITY && !(seen & (ANY_OF | ALL_OF)))
        return vc__policy_text_error(&p->text, at, "an authority needs `allOf` or `anyOf`, a list of conditions");
    if (where == IN_CONDITION && !(seen & (ANY_OF | ALL_OF)) && (seen & (CLAIM | EQUALS)) != (CLAIM | EQUALS))
        return vc__policy_text_error(&p->text, at, "a condition needs %s",
                                     seen & CLAIM    ? "`equals`"
                                     : seen & EQUALS ? "`claim`"
                                                     : "`claim` with `equals`, or `anyOf`, or `allOf`");
    return VC_OK;
}

/* From behind its brace to behind the closing one. */
static vc_code object(parser *p, place where, size_t depth, vc__condition *out)
{
    const size_t begin = vc__policy_text_at(&p->text, VC__TOKEN_OBJECT);
    unsigned seen = 0;
    for (;;) {
        const vc__token token = vc__policy_text_next(&p->text);
        if (token == VC__TOKEN_ERROR)
            return VC_E_CONFIG;
        if (token == VC__TOKEN_OBJECT_END)
            return complete(p, where, seen, begin);
        const vc_code code = member(p, where, depth, &seen, out);
        if (code)
            return code;
    }
}

static vc_code whole(parser *p)
{
    vc__condition top = { .kind = VC__CONDITION_ANY };
    const vc__token token = vc__policy_text_next(&p->text);
    if (token == VC__TOKEN_ERROR)
        return VC_E_CONFIG;
    if (token != VC__TOKEN_OBJECT)
        return vc__policy_text_error(&p->text, vc__policy_text_at(&p->text, token), "must be an object: {\"version\": \"1.0.0\", \"anyOf\": [...]}");
    const vc_code code = object(p, IN_POLICY, 0, &top);
    p->policy->authorities = top.first;
    if (code)
        return code;
    return vc__policy_text_next(&p->text) == VC__TOKEN_END ? VC_OK : VC_E_CONFIG;
}

VC__DEFINE_CLEANUP(vc_release_policy, vc_release_policy_free)

vc_release_policy *vc_release_policy_parse(vc_view text, const char *source, vc_error *err)
{
    vc_error spare = VC_ERROR_INIT;
    parser p = { .policy = NULL };
    vc__autoptr(vc_release_policy) policy = vc__calloc(1, sizeof *policy);
    if (!policy) {
        vc__error_memory(err);
        return NULL;
    }
    vc_code code = vc__policy_text_start(&p.text, text, source, "release policy", err ? err : &spare);
    policy->text = p.text.copy;
    p.policy = policy;
    if (code == VC_OK)
        code = whole(&p);
    return code ? NULL : vc__steal(&policy);
}

void vc_release_policy_free(vc_release_policy *policy)
{
    if (!policy)
        return;
    vc__arena_free(&policy->arena);
    vc__free(policy->text);
    vc__free(policy);
}

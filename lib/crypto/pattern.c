/* SPDX-License-Identifier: Apache-2.0 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "crypto/pattern.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "crypto/syntax.h"

#include <pcre2.h>

struct vc__pattern {
    pcre2_general_context *memory;
    pcre2_match_context *limits;
    pcre2_code *code;
    char *text;
    size_t text_len;
    uint32_t groups;
};

struct vc__match {
    const vc__pattern *pattern;
    pcre2_match_data *data;
};

static void *take(size_t size, void *unused)
{
    (void)unused;
    return vc__realloc(NULL, size, 1);
}

static void give(void *memory, void *unused)
{
    (void)unused;
    vc__free(memory);
}

static vc_code compile(vc__pattern *pattern, vc_error *err)
{
    pcre2_compile_context *context = pcre2_compile_context_create(pattern->memory);
    if (!context)
        return vc__error_memory(err);
    pcre2_set_newline(context, PCRE2_NEWLINE_LF); /* as RE2 has it, whatever this PCRE2 was built with */
    int number = 0;
    size_t at = 0;
    pattern->code = pcre2_compile((PCRE2_SPTR)pattern->text, pattern->text_len,
                                  PCRE2_UTF | PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_DOLLAR_ENDONLY |
                                      PCRE2_NEVER_UCP | PCRE2_NEVER_BACKSLASH_C,
                                  &number, &at, context);
    pcre2_compile_context_free(context);
    if (pattern->code)
        return VC_OK;
    if (number == PCRE2_ERROR_HEAP_FAILED)
        return vc__error_memory(err);
    char text[120] = "";
    pcre2_get_error_message(number, (PCRE2_UCHAR *)text, sizeof text);
    return vc__error(err, VC_E_CONFIG, "pattern, at byte %zu: %s", at, text);
}

static vc_code check_text(vc_view text, vc_error *err)
{
    if (text.len > VC__PATTERN_MAX)
        return vc__error(err, VC_E_CONFIG, "a pattern is longer than %d bytes", VC__PATTERN_MAX);
    if (vc__utf8_valid(text) != text.len)
        return vc__error(err, VC_E_CONFIG, "pattern, at byte %zu: not UTF-8", vc__utf8_valid(text));
    return vc__syntax_check(text, err);
}

vc__pattern *vc__pattern_new(vc_view text, vc_error *err)
{
    if (check_text(text, err) != VC_OK)
        return NULL;
    vc__autoptr(vc__pattern) pattern = vc__calloc(1, sizeof *pattern);
    if (pattern) {
        pattern->memory = pcre2_general_context_create(take, give, NULL);
        pattern->text = vc__memdup(text.data, text.len);
        pattern->text_len = text.len;
    }
    if (pattern && pattern->memory)
        pattern->limits = pcre2_match_context_create(pattern->memory);
    if (!pattern || !pattern->text || !pattern->limits) {
        vc__error_memory(err);
        return NULL;
    }
    pcre2_set_match_limit(pattern->limits, VC__PATTERN_STEPS);
    pcre2_set_heap_limit(pattern->limits, VC__PATTERN_HEAP_KIB);
    if (compile(pattern, err) != VC_OK)
        return NULL;
    pcre2_pattern_info(pattern->code, PCRE2_INFO_CAPTURECOUNT, &pattern->groups);
    return vc__steal(&pattern);
}

void vc__pattern_free(vc__pattern *pattern)
{
    if (!pattern)
        return;
    pcre2_code_free(pattern->code);
    pcre2_match_context_free(pattern->limits);
    pcre2_general_context_free(pattern->memory);
    vc__free(pattern->text);
    vc__free(pattern);
}

vc_view vc__pattern_text(const vc__pattern *pattern)
{
    return vc_view_of(pattern->text, pattern->text_len);
}

size_t vc__pattern_groups(const vc__pattern *pattern)
{
    return pattern->groups;
}

/* PCRE2's table of names: entries of equal size, the number in two bytes, then the name with a NUL. */
size_t vc__pattern_named(const vc__pattern *pattern, vc_view name)
{
    PCRE2_SPTR table = NULL;
    uint32_t count = 0, size = 0;
    pcre2_pattern_info(pattern->code, PCRE2_INFO_NAMECOUNT, &count);
    pcre2_pattern_info(pattern->code, PCRE2_INFO_NAMEENTRYSIZE, &size);
    pcre2_pattern_info(pattern->code, PCRE2_INFO_NAMETABLE, &table);
    for (; count; count--, table += size)
        if (vc__view_is(name, (const char *)table + 2))
            return (size_t)table[0] << 8 | table[1];
    return 0;
}

vc__match *vc__match_new(const vc__pattern *pattern)
{
    vc__match *match = vc__calloc(1, sizeof *match);
    if (!match)
        return NULL;
    match->pattern = pattern;
    match->data = pcre2_match_data_create_from_pattern(pattern->code, pattern->memory);
    if (match->data)
        return match;
    vc__free(match);
    return NULL;
}

void vc__match_free(vc__match *match)
{
    if (!match)
        return;
    pcre2_match_data_free(match->data);
    vc__free(match);
}

vc_code vc__match_run(vc__match *match, vc_view value, vc_error *err)
{
    const int result = pcre2_match(match->pattern->code, (PCRE2_SPTR)(value.data ? value.data : ""),
                                   value.len, 0, PCRE2_NO_UTF_CHECK, match->data, match->pattern->limits);
    if (result > 0)
        return VC_OK;
    switch (result) {
    case PCRE2_ERROR_NOMATCH:
        return vc__error(err, VC_E_REFUSED, "the value does not match its `pattern`");
    case PCRE2_ERROR_MATCHLIMIT:
    case PCRE2_ERROR_DEPTHLIMIT:
    case PCRE2_ERROR_HEAPLIMIT:
        return vc__error(
            err, VC_E_LIMIT,
            "its `pattern` needs too many steps on this value: write it without nested repeats");
    case PCRE2_ERROR_NOMEMORY:
        return vc__error_memory(err);
    default:
        return vc__error(err, VC_E_INTERNAL, "PCRE2 answers %d", result);
    }
}

bool vc__match_group(const vc__match *match, size_t group, size_t *start, size_t *end)
{
    const PCRE2_SIZE *places = pcre2_get_ovector_pointer(match->data);
    *start = places[2 * group];
    *end = places[2 * group + 1];
    return *start != PCRE2_UNSET;
}

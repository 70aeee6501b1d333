/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hcl.c - the part of HCL in which policies are written:
 *
 *     path "transit/encrypt/app" {
 *         capabilities = ["update"]
 *         allowed_parameters = { "context" = ["eA=="] "plaintext" = [] }
 *     }
 *
 * with comments of the three kinds, `name = "..."` at the top, and the old `policy = "read"` instead of
 * capabilities.
 */
#include "base/error.h"
#include "base/text.h"
#include "policy.h"

#include <stdio.h>

typedef enum token_kind { END = 0, WORD, STRING, SIGN, BROKEN } token_kind;

typedef struct lexer {
    vc_view text;
    size_t at;
    size_t line;
    token_kind kind; /* the current token */
    vc_view value;   /* a string's content as it stands, or a word */
    char sign;
} lexer;

static bool starts(const lexer *lex, const char *what)
{
    return vc__view_starts(vc_view_of(lex->text.data + lex->at, lex->text.len - lex->at), what);
}

static void skip_line(lexer *lex)
{
    while (lex->at < lex->text.len && lex->text.data[lex->at] != '\n')
        lex->at++;
}

/* False: a comment that does not end. */
static bool skip_blank(lexer *lex)
{
    while (lex->at < lex->text.len) {
        const char byte = lex->text.data[lex->at];
        if (byte == '#' || starts(lex, "//")) {
            skip_line(lex);
        } else if (starts(lex, "/*")) {
            while (lex->at < lex->text.len && !starts(lex, "*/"))
                lex->line += lex->text.data[lex->at++] == '\n';
            if (lex->at == lex->text.len)
                return false;
            lex->at += 2;
        } else if (byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n') {
            lex->line += byte == '\n';
            lex->at++;
        } else {
            return true;
        }
    }
    return true;
}

static bool word_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '_' || byte == '-' || byte == '.';
}

static token_kind lex_string(lexer *lex)
{
    const size_t begin = ++lex->at;
    while (lex->at < lex->text.len && lex->text.data[lex->at] != '"') {
        /* paths and capabilities have no use for escapes */
        if (lex->text.data[lex->at] == '\\' || lex->text.data[lex->at] == '\n')
            return BROKEN;
        lex->at++;
    }
    if (lex->at == lex->text.len)
        return BROKEN;
    lex->value = vc_view_of(lex->text.data + begin, lex->at - begin);
    lex->at++;
    return STRING;
}

static void advance(lexer *lex)
{
    if (!skip_blank(lex)) {
        lex->kind = BROKEN;
    } else if (lex->at == lex->text.len) {
        lex->kind = END;
    } else if (lex->text.data[lex->at] == '"') {
        lex->kind = lex_string(lex);
    } else if (strchr("{}[]=,", lex->text.data[lex->at]) && lex->text.data[lex->at]) {
        lex->kind = SIGN;
        lex->sign = lex->text.data[lex->at++];
    } else if (word_byte(lex->text.data[lex->at])) {
        const size_t begin = lex->at;
        while (lex->at < lex->text.len && word_byte(lex->text.data[lex->at]))
            lex->at++;
        lex->kind = WORD;
        lex->value = vc_view_of(lex->text.data + begin, lex->at - begin);
    } else {
        lex->kind = BROKEN;
    }
}

static bool at_sign(const lexer *lex, char sign)
{
    return lex->kind == SIGN && lex->sign == sign;
}

static vc_code expect_sign(lexer *lex, char sign, vc_error *err)
{
    if (!at_sign(lex, sign))
        return vc__error(err, VC_E_CONFIG, "line %zu: `%c` expected", lex->line, sign);
    advance(lex);
    return VC_OK;
}

static vc_code expect_string(lexer *lex, vc_view *value, vc_error *err)
{
    if (lex->kind != STRING)
        return vc__error(err, VC_E_CONFIG, "line %zu: a quoted string expected", lex->line);
    *value = lex->value;
    advance(lex);
    return VC_OK;
}

static vc_code parse_capabilities(lexer *lex, unsigned *caps, vc_error *err)
{
    vc_view name = { NULL, 0 };
    vc_code code = expect_sign(lex, '[', err);
    while (code == VC_OK && !at_sign(lex, ']')) {
        const size_t line = lex->line;
        if ((code = expect_string(lex, &name, err)) != VC_OK)
            break;
        const unsigned cap = dev_capability(name);
        if (cap == 0)
            return vc__error(err, VC_E_CONFIG, "line %zu: invalid capability \"%.*s\"", line, (int)name.len,
                             name.data);
        *caps |= cap;
        if (at_sign(lex, ','))
            advance(lex);
        else if (!at_sign(lex, ']'))
            code = expect_sign(lex, ']', err);
    }
    return code == VC_OK ? expect_sign(lex, ']', err) : code;
}

/* What the old `policy = "..."` stands for. */
static vc_code parse_old_policy(lexer *lex, unsigned *caps, vc_error *err)
{
    static const struct {
        const char *name;
        unsigned caps;
    } old[] = {
        { "deny", DEV_CAP_DENY },
        { "read", DEV_CAP_READ | DEV_CAP_LIST },
        { "write", DEV_CAP_CREATE | DEV_CAP_READ | DEV_CAP_UPDATE | DEV_CAP_DELETE | DEV_CAP_LIST },
        { "sudo",
          DEV_CAP_CREATE | DEV_CAP_READ | DEV_CAP_UPDATE | DEV_CAP_DELETE | DEV_CAP_LIST | DEV_CAP_SUDO },
    };
    vc_view name = { NULL, 0 };
    const size_t line = lex->line;
    const vc_code code = expect_string(lex, &name, err);
    if (code != VC_OK)
        return code;
    for (size_t i = 0; i < sizeof old / sizeof old[0]; i++) {
        if (vc__view_is(name, old[i].name)) {
            *caps |= old[i].caps;
            return VC_OK;
        }
    }
    return vc__error(err, VC_E_CONFIG, "line %zu: invalid policy \"%.*s\"", line, (int)name.len, name.data);
}

static json_object *parse_value(lexer *lex, unsigned depth);

/* Behind the opening bracket, to behind the closing one. */
static json_object *parse_list(lexer *lex, unsigned depth)
{
    json_object *list = json_object_new_array();
    while (list && !at_sign(lex, ']')) {
        json_object *item = parse_value(lex, depth);
        if (item)
            json_object_array_add(list, item);
        if (item && at_sign(lex, ','))
            advance(lex);
        if (!item || (lex->kind != STRING && lex->kind != WORD && !at_sign(lex, ']'))) {
            json_object_put(list);
            return NULL;
        }
    }
    advance(lex);
    return list;
}

/* { "name" = value, ... }; the commas may be left out. */
static json_object *parse_table(lexer *lex, unsigned depth)
{
    json_object *table = json_object_new_object();
    while (table && !at_sign(lex, '}')) {
        char name[256];
        json_object *value = NULL;
        const bool named = lex->kind == STRING || lex->kind == WORD;
        snprintf(name, sizeof name, "%.*s", named ? (int)lex->value.len : 0, named ? lex->value.data : "");
        advance(lex);
        if (named && at_sign(lex, '=')) {
            advance(lex);
            value = parse_value(lex, depth);
        }
        if (!value) {
            json_object_put(table);
            return NULL;
        }
        json_object_object_add(table, name, value);
        if (at_sign(lex, ','))
            advance(lex);
    }
    advance(lex);
    return table;
}

/* A string, a number, a boolean, a list or a table. NULL: something else. */
static json_object *parse_value(lexer *lex, unsigned depth)
{
    if (depth == 0 || lex->kind == END || lex->kind == BROKEN)
        return NULL;
    const lexer before = *lex;
    advance(lex);
    if (before.kind == STRING)
        return json_object_new_string_len(before.value.data, (int)before.value.len);
    if (before.kind == SIGN)
        return before.sign == '['   ? parse_list(lex, depth - 1)
               : before.sign == '{' ? parse_table(lex, depth - 1)
                                    : NULL;
    uint64_t number;
    if (vc__parse_uint(before.value, INT64_MAX, &number))
        return json_object_new_int64((int64_t)number);
    return vc__view_is(before.value, "true")    ? json_object_new_boolean(true)
           : vc__view_is(before.value, "false") ? json_object_new_boolean(false)
                                                : NULL;
}

static vc_code parse_limit(lexer *lex, vc_view path, vc_view key, size_t line, dev_rule *rule, vc_error *err)
{
    enum { DEPTH = 8 };
    json_object *value = parse_value(lex, DEPTH);
    const vc_code code = value ? dev_rule_limit(rule, key, value, err)
                               : vc__error(err, VC_E_CONFIG, "line %zu: a value expected", lex->line);
    json_object_put(value);
    if (code == VC_E_UNSUPPORTED)
        return vc__error(err, VC_E_CONFIG,
                         "path \"%.*s\": 1 error occurred:\n\t* invalid key \"%.*s\" on line %zu\n\n",
                         (int)path.len, path.data, (int)key.len, key.data, line);
    return code;
}

/* What is inside the braces, to behind the closing one. */
static vc_code parse_rule(lexer *lex, vc_view path, dev_rule *rule, vc_error *err)
{
    vc_view ignored;
    vc_code code = VC_OK;
    while (code == VC_OK && !at_sign(lex, '}')) {
        const vc_view key = lex->value;
        const size_t line = lex->line;
        if (lex->kind != WORD)
            return vc__error(err, VC_E_CONFIG, "line %zu: a key or `}` expected", line);
        advance(lex);
        if (!at_sign(lex, '{') && (code = expect_sign(lex, '=', err)) != VC_OK)
            break;
        if (vc__view_is(key, "capabilities"))
            code = parse_capabilities(lex, &rule->caps, err);
        else if (vc__view_is(key, "policy"))
            code = parse_old_policy(lex, &rule->caps, err);
        else if (vc__view_is(key, "comment"))
            code = expect_string(lex, &ignored, err);
        else
            code = parse_limit(lex, path, key, line, rule, err);
    }
    return code == VC_OK ? expect_sign(lex, '}', err) : code;
}

static vc_code parse_path(lexer *lex, dev_policy *policy, vc_error *err)
{
    vc_view path;
    dev_rule rule = { 0 };
    vc_code code = expect_string(lex, &path, err);
    if (code == VC_OK)
        code = expect_sign(lex, '{', err);
    if (code == VC_OK)
        code = parse_rule(lex, path, &rule, err);
    if (code == VC_OK)
        return dev_policy_rule(policy, path, &rule, err);
    dev_rule_clear(&rule);
    return code;
}

vc_code dev_hcl_parse(dev_policy *policy, vc_view text, vc_error *err)
{
    lexer lex = { .text = text, .line = 1 };
    vc_view ignored;
    advance(&lex);
    vc_code code = VC_OK;
    while (code == VC_OK && lex.kind != END) {
        const vc_view key = lex.value;
        if (lex.kind != WORD)
            return vc__error(err, VC_E_CONFIG, "line %zu: `path` expected", lex.line);
        advance(&lex);
        if (vc__view_is(key, "path")) {
            code = parse_path(&lex, policy, err);
        } else if (vc__view_is(key, "name")) {
            code = expect_sign(&lex, '=', err);
            if (code == VC_OK)
                code = expect_string(&lex, &ignored, err);
        } else {
            return vc__error(err, VC_E_CONFIG, "invalid key \"%.*s\" on line %zu", (int)key.len, key.data,
                             lex.line);
        }
    }
    return code;
}

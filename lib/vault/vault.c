/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/vault.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "json/read.h"
#include "vault/endpoint.h"

#include <strings.h>

enum { BODY_MAX = 64 << 20, TEXTS_MAX = 1 << 20, NAMESPACE_MAX = 4096, WARNINGS_MAX = 256 };

struct vc_vault_options {
    bool replay_told, replay_safe;
    bool once, no_token;
    uint64_t wrap_ttl;
    bool elsewhere; /* in `namespace` */
    vc__buf namespace;
};

vc_vault_options *vc_vault_options_new(vc_error *err)
{
    vc_vault_options *options = vc__calloc(1, sizeof *options);
    if (!options)
        vc__error_memory(err);
    else
        options->namespace.max = NAMESPACE_MAX;
    return options;
}

void vc_vault_options_free(vc_vault_options *options)
{
    if (options)
        vc__buf_free(&options->namespace);
    vc__free(options);
}

void vc_vault_options_set_replay_safe(vc_vault_options *options, int safe)
{
    options->replay_told = true;
    options->replay_safe = safe;
}

void vc_vault_options_set_once(vc_vault_options *options, int once)
{
    options->once = once;
}

vc_code vc_vault_options_set_namespace(vc_vault_options *options, const char *name, vc_error *err)
{
    vc__auto(vc__buf) normal = VC__BUF(NAMESPACE_MAX);
    const vc_code code = vc__endpoint_namespace(&normal, vc_str(name), err);
    if (code)
        return code;
    vc__buf_free(&options->namespace);
    options->namespace = normal;
    normal = (vc__buf)VC__BUF(NAMESPACE_MAX);
    options->elsewhere = name != NULL;
    return VC_OK;
}

void vc_vault_options_set_wrap_ttl(vc_vault_options *options, uint64_t seconds)
{
    options->wrap_ttl = seconds;
}

void vc_vault_options_set_no_token(vc_vault_options *options, int none)
{
    options->no_token = none;
}

/* --- the request --- */

static void apply(const vc_vault_options *options, vc_request *request)
{
    if (options->replay_told)
        request->replay_safe = options->replay_safe;
    request->once = options->once;
    request->wrap_ttl = options->wrap_ttl;
    if (options->no_token)
        request->auth = VC__AUTH_NONE;
    if (options->elsewhere)
        request->namespace_override = options->namespace.data ? options->namespace.data : "";
}

struct method {
    const char *name, *sent;
    bool reads; /* changes nothing, has no body */
};

static const struct method *find_method(const char *name)
{
    static const struct method methods[] = {
        { "GET", "GET", true },  { "LIST", "GET", true },     { "HEAD", "HEAD", true },     { "POST", "POST", false },
        { "PUT", "PUT", false }, { "PATCH", "PATCH", false }, { "DELETE", "DELETE", false },
    };
    for (size_t i = 0; name && i < sizeof methods / sizeof methods[0]; i++)
        if (strcmp(name, methods[i].name) == 0)
            return &methods[i];
    return NULL;
}

/* RFC 3986: what may stand in a path or a query as it is. */
static bool is_plain(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c && strchr("-._~!$&'()*+,;=:@/", c));
}

/* The parts of a path, looked at as Vault will see them: decoded. */
struct part {
    size_t len; /* so far */
    bool dots;  /* nothing but dots */
};

static bool part_ends(struct part *part)
{
    const bool fine = part->len && !(part->dots && part->len <= 2);
    *part = (struct part){ 0, true };
    return fine;
}

static bool part_takes(struct part *part, unsigned char c)
{
    if (c == '/')
        return part_ends(part);
    part->len++;
    part->dots = part->dots && c == '.';
    return true;
}

static vc_code bad_path(vc_error *err, const char *why)
{
    return vc__error(err, VC_E_ARGUMENT, "the path of the request: %s", why);
}

/* One byte of it, encoded already or not; moves `*at` behind it. */
static vc_code append_byte(vc__buf *out, vc_view text, size_t *at, unsigned char *byte, vc_error *err)
{
    static const char hex[] = "0123456789ABCDEF";
    *byte = (unsigned char)text.data[*at];
    const bool encoded = *byte == '%';
    if (encoded && (text.len - *at < 3 || !vc__hex_decode(byte, vc_view_of(text.data + *at + 1, 2))))
        return bad_path(err, "a '%' must begin an encoded byte such as %20; '%' itself is %25");
    if (*byte < 0x20 || *byte == 0x7f)
        return bad_path(err, "it has a control character");
    if (!encoded && *byte == '#')
        return bad_path(err, "a '#' is written %23");
    if (encoded || is_plain(*byte)) {
        vc__buf_append(out, text.data + *at, encoded ? 3 : 1);
    } else {
        const char escape[3] = { '%', hex[*byte >> 4], hex[*byte & 15] };
        vc__buf_append(out, escape, sizeof escape);
    }
    *at += encoded ? 3 : 1;
    return VC_OK;
}

static vc_code append_path(vc__buf *out, vc_view path, vc_error *err)
{
    struct part part = { 0, true };
    for (size_t at = 0; at < path.len;) {
        unsigned char byte;
        const vc_code code = append_byte(out, path, &at, &byte, err);
        if (code)
            return code;
        if (!part_takes(&part, byte))
            return bad_path(err, "no part of it may be empty, '.' or '..'");
    }
    /* One slash at the end is fine. */
    if (!path.len || (path.data[path.len - 1] != '/' && !part_ends(&part)))
        return bad_path(err, path.len ? "no part of it may be empty, '.' or '..'" : "it is empty");
    return VC_OK;
}

static vc_code append_query(vc__buf *out, vc_view query, vc_error *err)
{
    for (size_t at = 0; at < query.len;) {
        unsigned char byte;
        const vc_code code = append_byte(out, query, &at, &byte, err);
        if (code)
            return code;
    }
    return VC_OK;
}

static vc_code build_path(vc__buf *out, const char *path, bool list, vc_error *err)
{
    static const char prefix[] = "/v1/";
    if (!path)
        return bad_path(err, "there is none (NULL)");
    path += vc__view_starts(vc_str(path), prefix) ? sizeof prefix - 1 : path[0] == '/';
    const char *question = strchr(path, '?');
    const vc_view before = question ? vc_view_of(path, (size_t)(question - path)) : vc_str(path);
    for (size_t i = 0; i + 3 <= before.len; i++)
        if (memcmp(before.data + i, "://", 3) == 0)
            return bad_path(err, "a path is needed, not a URL: the address is the client's");
    vc__buf_str(out, prefix);
    vc_code code = append_path(out, before, err);
    if (!code && (question || list))
        vc__buf_byte(out, '?');
    if (!code && question)
        code = append_query(out, vc_str(question + 1), err);
    if (!code && list)
        vc__buf_str(out, question && question[1] ? "&list=true" : "list=true");
    return code ? code : vc__buf_check(out, "the path of a request", err);
}

vc_code vc__vault_request(vc_request *request, const char *name, const char *path, vc_view body,
                          const vc_vault_options *options, vc_error *err)
{
    const struct method *method = find_method(name);
    vc__request_init(request, method ? method->sent : "GET", BODY_MAX, method && method->reads);
    if (!method)
        return vc__error(err, VC_E_ARGUMENT, "a request is GET, LIST, HEAD, POST, PUT, PATCH or DELETE");
    if (method->reads && body.len)
        return vc__error(err, VC_E_ARGUMENT, "%s takes no body", method->name);
    request->keep_headers = true;
    if (options)
        apply(options, request);
    const vc_code code = build_path(&request->path, path, strcmp(method->name, "LIST") == 0, err);
    if (code)
        return code;
    vc__buf_view(&request->body, body);
    return vc__buf_check(&request->body, "the body of a request", err);
}

/* --- the reply --- */

struct vc_vault_reply {
    int status;
    vc__buf body;
    vc__buf headers;
    vc__buf texts;  /* the request id and the warnings, each with a NUL behind */
    size_t id_len;  /* with its NUL; the warnings follow */
    size_t warning_count;
};

void vc_vault_reply_free(vc_vault_reply *reply)
{
    if (!reply)
        return;
    vc__buf_free(&reply->body);
    vc__buf_free(&reply->headers);
    vc__buf_free(&reply->texts);
    vc__free(reply);
}

int vc_vault_reply_status(const vc_vault_reply *reply)
{
    return reply->status;
}

vc_view vc_vault_reply_body(const vc_vault_reply *reply)
{
    return vc__buf_get(&reply->body);
}

const char *vc_vault_reply_request_id(const vc_vault_reply *reply)
{
    return reply->id_len ? reply->texts.data : "";
}

static vc_view trimmed(const char *from, const char *end)
{
    while (from < end && (*from == ' ' || *from == '\t'))
        from++;
    while (from < end && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
        end--;
    return vc_view_of(from, (size_t)(end - from));
}

vc_view vc_vault_reply_header(const vc_vault_reply *reply, const char *name)
{
    const size_t len = strlen(name);
    for (const char *line = reply->headers.data; line && *line;) {
        const char *end = strchr(line, '\n');
        if (!end)
            break;
        if ((size_t)(end - line) > len && strncasecmp(line, name, len) == 0 && line[len] == ':')
            return trimmed(line + len + 1, end);
        line = end + 1;
    }
    return vc_str(NULL);
}

size_t vc_vault_reply_warning_count(const vc_vault_reply *reply)
{
    return reply->warning_count;
}

const char *vc_vault_reply_warning(const vc_vault_reply *reply, size_t i)
{
    if (i >= reply->warning_count)
        return NULL;
    const char *warning = reply->texts.data + reply->id_len;
    while (i--)
        warning += strlen(warning) + 1;
    return warning;
}

/* With its NUL; what stands behind one within is cut off. */
static void keep(vc__buf *texts, vc_view text)
{
    const char *end = text.len ? memchr(text.data, 0, text.len) : NULL;
    vc__buf_append(texts, text.data, end ? (size_t)(end - text.data) : text.len);
    vc__buf_byte(texts, 0);
}

static void read_warnings(vc__reader *reader, vc__buf *warnings, size_t *count)
{
    if (vc__reader_next(reader) != VC__TOKEN_ARRAY) {
        vc__reader_skip(reader);
        return;
    }
    for (vc__token token; (token = vc__reader_next(reader)) != VC__TOKEN_ARRAY_END && token != VC__TOKEN_ERROR;) {
        if (token == VC__TOKEN_STRING && *count < WARNINGS_MAX) {
            keep(warnings, reader->text);
            ++*count;
        }
        vc__reader_skip(reader);
    }
}

/* On a copy, for reading overwrites. What is no envelope of Vault has neither id nor warnings. */
static vc_code read_texts(vc_vault_reply *reply)
{
    vc__auto(vc__buf) copy = VC__BUF(BODY_MAX);
    vc__auto(vc__buf) warnings = VC__BUF(TEXTS_MAX);
    if (!reply->body.len)
        return VC_OK;
    vc__buf_view(&copy, vc__buf_get(&reply->body));
    if (copy.failed)
        return copy.failed;
    vc__reader reader;
    vc__reader_start(&reader, copy.data, copy.len);
    if (vc__reader_next(&reader) != VC__TOKEN_OBJECT)
        return VC_OK;
    while (vc__reader_next(&reader) == VC__TOKEN_NAME) {
        if (vc__view_is(reader.text, "request_id") && !reply->texts.len) {
            if (vc__reader_next(&reader) == VC__TOKEN_STRING)
                keep(&reply->texts, reader.text);
            vc__reader_skip(&reader);
        } else if (vc__view_is(reader.text, "warnings")) {
            read_warnings(&reader, &warnings, &reply->warning_count);
        } else {
            vc__reader_skip(&reader);
        }
    }
    reply->id_len = reply->texts.len;
    vc__buf_view(&reply->texts, vc__buf_get(&warnings));
    const vc_code code = warnings.failed ? warnings.failed : reply->texts.failed;
    if (code)
        reply->warning_count = 0;
    return code;
}

vc_vault_reply *vc__vault_reply_take(vc_request *request, vc_error *err)
{
    vc__autoptr(vc_vault_reply) reply = vc__calloc(1, sizeof *reply);
    if (!reply) {
        vc__error_memory(err);
        return NULL;
    }
    reply->texts.max = 2 * TEXTS_MAX;
    reply->status = request->status;
    reply->body = request->reply;
    request->reply = (vc__buf)VC__BUF(request->reply.max);
    reply->headers = request->headers;
    request->headers = (vc__buf)VC__BUF(request->headers.max);
    const vc_code code = read_texts(reply);
    if (code == VC_E_MEMORY) {
        vc__error_memory(err);
        return NULL;
    }
    return vc__steal(&reply);
}

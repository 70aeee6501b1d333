/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

static const struct {
    vc_code code;
    vc_class class;
    const char *name;
} codes[] = {
    { VC_OK, VC_CLASS_NONE, "ok" },
    { VC_E_ARGUMENT, VC_CLASS_USAGE, "argument" },
    { VC_E_STATE, VC_CLASS_USAGE, "state" },
    { VC_E_MEMORY, VC_CLASS_RESOURCE, "memory" },
    { VC_E_LIMIT, VC_CLASS_RESOURCE, "limit" },
    { VC_E_UNSUPPORTED, VC_CLASS_CONFIG, "unsupported" },
    { VC_E_IO, VC_CLASS_RESOURCE, "io" },
    { VC_E_CANCELED, VC_CLASS_USAGE, "canceled" },
    { VC_E_INTERNAL, VC_CLASS_RESOURCE, "internal" },
    { VC_E_CONFIG, VC_CLASS_CONFIG, "config" },
    { VC_E_SCHEMA, VC_CLASS_CONFIG, "schema" },
    { VC_E_PATH, VC_CLASS_CONFIG, "path" },
    { VC_E_NO_RULE, VC_CLASS_CONFIG, "no_rule" },
    { VC_E_JSON, VC_CLASS_DATA, "json" },
    { VC_E_MISSING, VC_CLASS_DATA, "missing" },
    { VC_E_TYPE, VC_CLASS_DATA, "type" },
    { VC_E_AMBIGUOUS, VC_CLASS_DATA, "ambiguous" },
    { VC_E_UNLISTED, VC_CLASS_DATA, "unlisted" },
    { VC_E_PROTECTED, VC_CLASS_DATA, "protected" },
    { VC_E_PLAINTEXT, VC_CLASS_DATA, "plaintext" },
    { VC_E_CIPHERTEXT, VC_CLASS_DATA, "ciphertext" },
    { VC_E_REFUSED, VC_CLASS_DATA, "refused" },
    { VC_E_TOO_LARGE, VC_CLASS_DATA, "too_large" },
    { VC_E_SIGNATURE, VC_CLASS_DATA, "signature" },
    { VC_E_NO_KEY, VC_CLASS_DATA, "no_key" },
    { VC_E_CONNECT, VC_CLASS_TRANSPORT, "connect" },
    { VC_E_TLS, VC_CLASS_TRANSPORT, "tls" },
    { VC_E_TIMEOUT, VC_CLASS_TRANSPORT, "timeout" },
    { VC_E_PROTOCOL, VC_CLASS_TRANSPORT, "protocol" },
    { VC_E_DENIED, VC_CLASS_AUTH, "denied" },
    { VC_E_NOT_FOUND, VC_CLASS_CONFIG, "not_found" },
    { VC_E_REQUEST, VC_CLASS_CONFIG, "request" },
    { VC_E_SEALED, VC_CLASS_SERVER, "sealed" },
    { VC_E_BUSY, VC_CLASS_SERVER, "busy" },
    { VC_E_SERVER, VC_CLASS_SERVER, "server" },
    { VC_E_SPENT, VC_CLASS_AUTH, "spent" },
    { VC_E_KAFKA, VC_CLASS_SERVER, "kafka" },
    { VC_E_FENCED, VC_CLASS_CONFIG, "fenced" },
};

vc_class vc_code_class(vc_code code)
{
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (codes[i].code == code)
            return codes[i].class;
    return VC_CLASS_SERVER;
}

const char *vc_code_name(vc_code code)
{
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (codes[i].code == code)
            return codes[i].name;
    return "unknown";
}

/*
 * A caller built against an older, smaller structure is refused rather than overrun. Newer and larger is
 * fine.
 */
static vc_error *usable(vc_error *err)
{
    return err && err->size >= sizeof *err ? err : NULL;
}

void vc_error_clear(vc_error *err)
{
    if (!usable(err))
        return;
    const size_t size = err->size;
    *err = (vc_error)VC_ERROR_INIT;
    err->size = size;
}

char *vc_error_format(const vc_error *err, char *text, size_t room)
{
    if (!room)
        return text;
    if (!err || err->code == VC_OK) {
        snprintf(text, room, "no error");
        return text;
    }
    size_t at = 0;
#define ADD(...)                                                                                      \
    do {                                                                                              \
        if (at < room)                                                                                \
            at += (size_t)snprintf(text + at, room - at, __VA_ARGS__);                                \
    } while (0)
    if (err->source[0])
        ADD("%s:", err->source);
    if (err->line)
        ADD("%zu:%zu:", err->line, err->column);
    ADD("%s%s", at ? " " : "", err->message);
    if (err->http_status)
        ADD(" (HTTP %d%s%s)", err->http_status, err->request_id[0] ? ", request id " : "", err->request_id);
#undef ADD
    return text;
}

vc_code vc__error(vc_error *err, vc_code code, const char *format, ...)
{
    if (!usable(err))
        return code;
    char message[sizeof err->message]; /* an argument may be the old message */
    va_list args;
    va_start(args, format);
    if (vsnprintf(message, sizeof message, format, args) < 0)
        message[0] = 0;
    va_end(args);
    vc_error_clear(err);
    err->code = code;
    memcpy(err->message, message, sizeof message);
    return code;
}

vc_code vc__error_memory(vc_error *err)
{
    return vc__error(err, VC_E_MEMORY, "out of memory");
}

vc_code vc__error_at(vc_error *err, const char *source, size_t line, size_t column)
{
    if (!usable(err))
        return VC_E_INTERNAL;
    if (source)
        snprintf(err->source, sizeof err->source, "%s", source);
    err->line = line;
    err->column = column;
    return err->code;
}

vc_code vc__error_offset(vc_error *err, size_t offset, size_t line, size_t column)
{
    if (!usable(err))
        return VC_E_INTERNAL;
    err->offset = offset;
    return vc__error_at(err, NULL, line, column);
}

/* A request id is a UUID; anything else in its place is not ours to print. */
static int is_request_id_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == '-';
}

vc_code vc__error_http(vc_error *err, int status, vc_view request_id, int retryable)
{
    if (!usable(err))
        return VC_E_INTERNAL;
    err->http_status = status;
    err->retryable = retryable;
    size_t n = 0;
    while (n < request_id.len && n < sizeof err->request_id - 1 && is_request_id_char(request_id.data[n])) {
        err->request_id[n] = request_id.data[n];
        n++;
    }
    err->request_id[n == request_id.len ? n : 0] = 0;
    return err->code;
}

vc_code vc__error_copy(vc_error *err, const vc_error *from)
{
    if (usable(err) && err != from) {
        const size_t size = err->size;
        *err = *from;
        err->size = size;
    }
    return from->code;
}

void vc__error_prefix(vc_error *err, const char *format, ...)
{
    char text[sizeof err->message];
    va_list args;
    if (!err)
        return;
    va_start(args, format);
    const int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (len >= 0 && (size_t)len < sizeof text)
        snprintf(text + len, sizeof text - (size_t)len, "%s", err->message);
    memcpy(err->message, text, sizeof text);
}

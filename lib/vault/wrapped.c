/* SPDX-License-Identifier: Apache-2.0 */
/* The replies about a response-wrapped SecretID. */
#include "base/error.h"
#include "base/text.h"
#include "vault/login.h"
#include "vault/reply.h"

/* One member of `data`, a string; a view of the body. */
typedef struct wanted {
    const char *name;
    vc_view value;
    bool found;
} wanted;

static bool read_wanted(vc__reader *reader, void *arg)
{
    wanted *w = arg;
    vc__token next = VC__TOKEN_ERROR;
    bool good = true;
    while (good && (next = vc__reader_next(reader)) == VC__TOKEN_NAME) {
        if (!vc__view_is(reader->text, w->name)) {
            good = vc__reader_skip(reader);
            continue;
        }
        good = !w->found && vc__reader_next(reader) == VC__TOKEN_STRING;
        w->found = good;
        w->value = reader->text;
    }
    return good && next == VC__TOKEN_OBJECT_END;
}

static bool read_one(wanted *w, char *body, size_t len)
{
    vc__reader reader;
    vc__reply reply;
    vc__reply_read(&reply, &reader, body, len, read_wanted, w);
    return !reply.broken && w->found;
}

static bool drop_prefix(vc_view *text, vc_view prefix)
{
    if (text->len < prefix.len || (prefix.len && memcmp(text->data, prefix.data, prefix.len) != 0))
        return false;
    *text = vc_view_of(text->data + prefix.len, text->len - prefix.len);
    return true;
}

/* auth/MOUNT/role/ROLE/secret-id, and nothing else. */
static bool is_place_of(vc_view path, vc_view mount, vc_view role)
{
    static const char last[] = "/secret-id";
    const size_t tail = sizeof last - 1;
    if (!drop_prefix(&path, vc_str("auth/")) || !drop_prefix(&path, mount) || !drop_prefix(&path, vc_str("/role/")) ||
        path.len <= tail || memcmp(path.data + path.len - tail, last, tail) != 0)
        return false;
    const vc_view found = vc_view_of(path.data, path.len - tail);
    return role.data ? vc__view_equal(found, role) : !memchr(found.data, '/', found.len);
}

/* The path may begin with the namespace, whose own names never are "auth". */
static bool is_expected(vc_view path, vc_view mount, vc_view role)
{
    while (!vc__view_starts(path, "auth/")) {
        const char *slash = path.len ? memchr(path.data, '/', path.len) : NULL;
        if (!slash)
            return false;
        path = vc_view_of(slash + 1, path.len - (size_t)(slash + 1 - path.data));
    }
    return is_place_of(path, mount, role);
}

static bool is_gone(int status)
{
    return status == 400 || status == 403;
}

vc__wrapped vc__wrapped_lookup_read(int status, char *body, size_t len, vc_view mount, vc_view role, vc_error *err)
{
    if (is_gone(status)) {
        vc__error(err, VC_E_DENIED,
                  "the wrapping token of the SecretID is not valid: it was used before, has expired, or never was one of this "
                  "server. If nobody here has used it, somebody else has: treat the SecretID as stolen and destroy it, then "
                  "deliver a new one");
        vc__error_http(err, status, vc_str(NULL), 0);
        return VC__WRAPPED_GONE;
    }
    wanted path = { "creation_path", { NULL, 0 }, false };
    if (vc__reply_error(status, vc_view_of(body, len), err))
        return VC__WRAPPED_UNKNOWN;
    if (!read_one(&path, body, len)) {
        vc__error(err, VC_E_PROTOCOL, "the reply does not tell where the wrapping token was made");
        return VC__WRAPPED_UNKNOWN;
    }
    if (is_expected(path.value, mount, role))
        return VC__WRAPPED_FINE;
    vc__error(err, VC_E_DENIED,
              "the wrapping token was not made at auth/%.*s/role/%s/secret-id, so it wraps no SecretID of that role: somebody may "
              "have put it in the place of the true one. It was not unwrapped",
              (int)(mount.len < 64 ? mount.len : 64), mount.data ? mount.data : "", role.data ? role.data : "*");
    return VC__WRAPPED_FOREIGN;
}

vc__secret *vc__wrapped_unwrap_read(int status, char *body, size_t len, vc_error *err)
{
    wanted secret_id = { "secret_id", { NULL, 0 }, false };
    if (is_gone(status)) {
        vc__error(err, VC_E_DENIED,
                  "the wrapping token of the SecretID was used by somebody else between its lookup and now: treat the SecretID "
                  "as stolen and destroy it, then deliver a new one");
        vc__error_http(err, status, vc_str(NULL), 0);
        return NULL;
    }
    if (vc__reply_error(status, vc_view_of(body, len), err))
        return NULL;
    if (!read_one(&secret_id, body, len) || !secret_id.value.len) {
        vc__error(err, VC_E_PROTOCOL, "what was unwrapped holds no secret_id");
        return NULL;
    }
    return vc__secret_new(secret_id.value, VC__LOCK_TRY, err);
}

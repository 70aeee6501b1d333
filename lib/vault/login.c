/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/login.h"

#include "base/error.h"
#include "base/text.h"
#include "json/string.h"
#include "vault/endpoint.h"
#include "vault/vault.h"

enum { BODY_MAX = 1 << 20 };

/* How the body of a method names what it takes; a NULL name: it takes none in the body. */
static const struct {
    const char *name, *mount;
    const char *name_member, *secret_member;
    bool needs_name, name_in_path;
} methods[VC__LOGIN_METHODS] = {
    [VC__LOGIN_APPROLE] = { "approle", "approle", "role_id", "secret_id", true, false },
    [VC__LOGIN_KUBERNETES] = { "kubernetes", "kubernetes", "role", "jwt", true, false },
    [VC__LOGIN_JWT] = { "jwt", "jwt", "role", "jwt", false, false },
    [VC__LOGIN_CERT] = { "cert", "cert", "name", NULL, false, false },
    [VC__LOGIN_USERPASS] = { "userpass", "userpass", NULL, "password", true, true },
    [VC__LOGIN_LDAP] = { "ldap", "ldap", NULL, "password", true, true },
};

const char *vc__login_name(vc__login_method method)
{
    return methods[method].name;
}

vc_view vc__login_mount(const vc__login *login)
{
    return login->mount.len ? login->mount : vc_str(methods[login->method].mount);
}

/* Appends ,"name":"value" (without a comma at first). */
static void append_member(vc__buf *body, const char *name, vc_view value)
{
    if (!name || !value.data)
        return;
    vc__buf_str(body, body->len > 1 ? ",\"" : "\"");
    vc__buf_str(body, name);
    vc__buf_str(body, "\":");
    vc__string_encode(body, value);
}

/* A user may have a name that no key has (ann@example.com), but it is one segment. */
static vc_code append_user(vc__buf *path, vc_view user, vc_error *err)
{
    static const char hex[] = "0123456789ABCDEF";
    if (memchr(user.data, '/', user.len) || vc__view_is(user, ".") || vc__view_is(user, ".."))
        return vc__error(err, VC_E_ARGUMENT, "the user's name holds a slash, or is '.' or '..': no path can name it");
    vc__buf_byte(path, '/');
    for (size_t i = 0; i < user.len; i++) {
        const unsigned char c = (unsigned char)user.data[i];
        if (vc__name_valid(vc_view_of(&user.data[i], 1)) || c == '-' || c == '.' || c == '~')
            vc__buf_byte(path, (char)c);
        else
            vc__buf_append(path, (const char[]){ '%', hex[c >> 4], hex[c & 15] }, 3);
    }
    return vc__buf_check(path, "a request path", err);
}

static vc_code begin(vc_request *request, const char *path, vc_error *err)
{
    vc__request_init(request, "POST", BODY_MAX, true);
    request->auth = VC__AUTH_NONE;
    vc__buf_str(&request->path, path);
    return vc__buf_check(&request->path, "the request's path", err);
}

static vc_code check_text(const vc__login *login, vc_view text, const char *what, bool needed, vc_error *err)
{
    if (needed && !text.len)
        return vc__error(err, VC_E_ARGUMENT, "the log-in by %s needs a %s", methods[login->method].name, what);
    if (vc__utf8_valid(text) != text.len)
        return vc__error(err, VC_E_ARGUMENT, "the %s of a %s log-in is not UTF-8", what, methods[login->method].name);
    return VC_OK;
}

static vc_code append_path(vc__buf *path, const vc__login *login, vc_error *err)
{
    vc__auto(vc__buf) mount = VC__BUF(path->max);
    vc__buf_str(&mount, "auth/");
    vc__buf_view(&mount, vc__login_mount(login));
    if (vc__buf_check(&mount, "the mount", err))
        return mount.failed;
    const vc_code code = vc__endpoint(path, vc__buf_get(&mount), "login", vc_str(NULL), err);
    return code || !methods[login->method].name_in_path ? code : append_user(path, login->name, err);
}

vc_code vc__login_request(vc_request *request, const vc__login *login, vc_error *err)
{
    const char *const name = methods[login->method].name_member, *const secret = methods[login->method].secret_member;
    vc_code code = begin(request, "", err);
    if (!code)
        code = check_text(login, login->name, name ? name : "user", methods[login->method].needs_name, err);
    if (!code && secret)
        code = check_text(login, login->secret, secret, true, err);
    if (!code)
        code = append_path(&request->path, login, err);
    if (code)
        return code;
    vc__buf_byte(&request->body, '{');
    append_member(&request->body, name, login->name);
    append_member(&request->body, secret, login->secret);
    vc__buf_byte(&request->body, '}');
    return vc__buf_check(&request->body, "the log-in", err);
}

vc_code vc__login_custom_request(vc_request *request, vc_view path, vc_view body, vc_error *err)
{
    vc__auto(vc__buf) text = VC__BUF(4096);
    vc__buf_view(&text, path);
    if (vc__buf_check(&text, "the path of a log-in", err)) {
        (void)begin(request, "", NULL);
        return text.failed;
    }
    const vc_code code = vc__vault_request(request, "POST", text.data, body, NULL, err);
    request->auth = VC__AUTH_NONE;
    request->replay_safe = true;
    return code;
}

vc_code vc__renew_request(vc_request *request, vc_error *err)
{
    const vc_code code = begin(request, "/v1/auth/token/renew-self", err);
    request->auth = VC__AUTH_SESSION;
    vc__buf_str(&request->body, "{}");
    return code ? code : vc__buf_check(&request->body, "the request", err);
}

vc_code vc__revoke_request(vc_request *request, vc_error *err)
{
    const vc_code code = begin(request, "/v1/auth/token/revoke-self", err);
    request->auth = VC__AUTH_SESSION;
    return code;
}

vc_code vc__wrapped_lookup_request(vc_request *request, vc_view wrapping_token, vc_error *err)
{
    const vc_code code = begin(request, "/v1/sys/wrapping/lookup", err);
    if (code)
        return code;
    if (!vc__token_is_sane(wrapping_token))
        return vc__error(err, VC_E_ARGUMENT, "the wrapping token is empty, too long or holds a character that no token has");
    vc__buf_byte(&request->body, '{');
    append_member(&request->body, "token", wrapping_token);
    vc__buf_byte(&request->body, '}');
    return vc__buf_check(&request->body, "the request", err);
}

vc_code vc__wrapped_unwrap_request(vc_request *request, const vc__secret *wrapping_token, vc_error *err)
{
    const vc_code code = begin(request, "/v1/sys/wrapping/unwrap", err);
    request->auth = VC__AUTH_OWN;
    request->own_token = wrapping_token;
    request->replay_safe = false; /* a lost reply and a thief look alike afterwards */
    return code;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "io/auth.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"

enum { TEXT_MAX = 4096, SECRET_MAX = 65536 };

static const vc__auth nothing_set;

const vc__auth *vc__auth_of(const vc_config *config)
{
    return config->auth ? config->auth : &nothing_set;
}

void vc__auth_free(vc__auth *auth)
{
    if (!auth)
        return;
    for (size_t i = 0; i < VC__AUTH_TEXTS; i++)
        vc__free(auth->text[i]);
    vc__secret_free(auth->secret);
    vc__free(auth);
}
VC__DEFINE_CLEANUP(vc__auth, vc__auth_free)

static vc_code set_copy(char **place, const char *text, vc_error *err)
{
    char *copy = text ? vc__memdup(text, strlen(text)) : NULL;
    if (text && !copy)
        return vc__error_memory(err);
    vc__free(*place);
    *place = copy;
    return VC_OK;
}

vc_code vc__auth_copy(vc__auth **out, const vc__auth *auth, vc_error *err)
{
    *out = NULL;
    if (!auth)
        return VC_OK;
    vc__autoptr(vc__auth) copy = vc__calloc(1, sizeof *copy);
    if (!copy)
        return vc__error_memory(err);
    *copy = *auth;
    copy->secret = NULL;
    memset(copy->text, 0, sizeof copy->text);
    for (size_t i = 0; i < VC__AUTH_TEXTS; i++)
        if (set_copy(&copy->text[i], auth->text[i], err))
            return VC_E_MEMORY;
    if (auth->secret && !(copy->secret = vc__secret_new(vc__secret_get(auth->secret), VC__LOCK_TRY, err)))
        return VC_E_MEMORY;
    *out = vc__steal(&copy);
    return VC_OK;
}

/* The object, made with the first setting. */
static vc__auth *need(vc_config *config, vc_error *err)
{
    if (!config) {
        vc__error(err, VC_E_ARGUMENT, "there is no configuration to set (NULL)");
        return NULL;
    }
    if (!config->auth && !(config->auth = vc__calloc(1, sizeof *config->auth)))
        vc__error_memory(err);
    return config->auth;
}

static vc_code failed(const vc_config *config)
{
    return config ? VC_E_MEMORY : VC_E_ARGUMENT;
}

vc_code vc__auth_set_text(vc_config *config, vc__auth_text which, const char *text, vc_error *err)
{
    vc__auth *auth = need(config, err);
    if (!auth)
        return failed(config);
    if (text && (strlen(text) > TEXT_MAX || vc__utf8_valid(vc_str(text)) != strlen(text)))
        return vc__error(err, VC_E_CONFIG, "a setting of the log-in is longer than %d bytes, or is not UTF-8", TEXT_MAX);
    return set_copy(&auth->text[which], text && *text ? text : NULL, err);
}

static vc_code set_secret(vc__auth *auth, vc_view secret, vc_error *err)
{
    vc__secret *copy = NULL;
    if (secret.len > SECRET_MAX)
        return vc__error(err, VC_E_CONFIG, "the secret of a log-in is longer than %d bytes", SECRET_MAX);
    if (secret.len && !(copy = vc__secret_new(secret, VC__LOCK_TRY, err)))
        return VC_E_MEMORY;
    vc__secret_free(auth->secret);
    auth->secret = copy;
    return VC_OK;
}

/* A name that a method needs. */
static vc_code missing(vc__login_method method, const char *what, vc_error *err)
{
    return vc__error(err, VC_E_ARGUMENT, "the log-in by %s needs a %s", vc__login_name(method), what);
}

/* What all methods have; `name` NULL: none. A method that is set replaces the one before, with its names and secret. */
static vc_code set_method(vc_config *config, vc__login_method method, const char *mount, vc__auth_text which, const char *name,
                          vc_view secret, vc_error *err)
{
    vc__auth *auth = need(config, err);
    vc_code code = auth ? set_secret(auth, secret, err) : failed(config);
    static const vc__auth_text names[] = { VC__AUTH_ROLE_ID, VC__AUTH_ROLE, VC__AUTH_USER };
    for (size_t i = 0; !code && i < sizeof names / sizeof names[0]; i++)
        code = vc__auth_set_text(config, names[i], names[i] == which ? name : NULL, err);
    if (!code)
        code = vc__auth_set_text(config, VC__AUTH_MOUNT, mount, err);
    if (code)
        return code;
    auth->kind = VC__AUTH_BY_LOGIN;
    auth->method = method;
    auth->wrapped = false;
    return VC_OK;
}

vc_code vc_config_set_auth_approle(vc_config *config, const char *mount, const char *role_id, vc_view secret_id, vc_error *err)
{
    if (!role_id || !*role_id)
        return missing(VC__LOGIN_APPROLE, "role_id", err);
    return set_method(config, VC__LOGIN_APPROLE, mount, VC__AUTH_ROLE_ID, role_id, secret_id, err);
}

vc_code vc_config_set_auth_approle_wrapped(vc_config *config, const char *mount, const char *role_id, const char *role,
                                           vc_view wrapping_token, vc_error *err)
{
    if (wrapping_token.len && !vc__token_is_sane(wrapping_token))
        return vc__error(err, VC_E_CONFIG, "the wrapping token is too long, or holds a character that no token has");
    vc_code code = vc_config_set_auth_approle(config, mount, role_id, wrapping_token, err);
    if (!code)
        code = vc__auth_set_text(config, VC__AUTH_ROLE, role, err);
    if (!code)
        config->auth->wrapped = true;
    return code;
}

vc_code vc_config_set_auth_kubernetes(vc_config *config, const char *mount, const char *role, const char *jwt_file, vc_error *err)
{
    if (!role || !*role)
        return missing(VC__LOGIN_KUBERNETES, "role", err);
    const vc_code code = set_method(config, VC__LOGIN_KUBERNETES, mount, VC__AUTH_ROLE, role, vc_str(NULL), err);
    return code ? code : vc__auth_set_text(config, VC__AUTH_SECRET_FILE, jwt_file, err);
}

vc_code vc_config_set_auth_jwt(vc_config *config, const char *mount, const char *role, const char *jwt_file, vc_error *err)
{
    if (!jwt_file || !*jwt_file)
        return missing(VC__LOGIN_JWT, "file with the JWT", err);
    const vc_code code = set_method(config, VC__LOGIN_JWT, mount, VC__AUTH_ROLE, role, vc_str(NULL), err);
    return code ? code : vc__auth_set_text(config, VC__AUTH_SECRET_FILE, jwt_file, err);
}

vc_code vc_config_set_auth_cert(vc_config *config, const char *mount, const char *role, vc_error *err)
{
    return set_method(config, VC__LOGIN_CERT, mount, VC__AUTH_ROLE, role, vc_str(NULL), err);
}

vc_code vc_config_set_auth_userpass(vc_config *config, const char *mount, const char *user, vc_view password, vc_error *err)
{
    if (!user || !*user)
        return missing(VC__LOGIN_USERPASS, "user", err);
    return set_method(config, VC__LOGIN_USERPASS, mount, VC__AUTH_USER, user, password, err);
}

vc_code vc_config_set_auth_ldap(vc_config *config, const char *mount, const char *user, vc_view password, vc_error *err)
{
    if (!user || !*user)
        return missing(VC__LOGIN_LDAP, "user", err);
    return set_method(config, VC__LOGIN_LDAP, mount, VC__AUTH_USER, user, password, err);
}

vc_code vc_config_set_auth_secret_file(vc_config *config, const char *file, vc_error *err)
{
    if (config && config->auth)
        config->auth->file_setting = NULL;
    return vc__auth_set_text(config, VC__AUTH_SECRET_FILE, file, err);
}

/* The setter of the requests' namespace knows what one looks like. */
vc_code vc_config_set_auth_namespace(vc_config *config, const char *name, vc_error *err)
{
    vc__auth *auth = need(config, err);
    vc__autoptr(vc_config) scratch = auth ? vc_config_new(err) : NULL;
    if (!scratch)
        return failed(config);
    const vc_code code = vc_config_set_namespace(scratch, name, err);
    const char *text = scratch->text[VC__SET_NAMESPACE];
    return code ? code : set_copy(&auth->text[VC__AUTH_NAMESPACE], name && !text ? "" : text, err);
}

vc_code vc_config_set_auth_callback(vc_config *config, vc_auth_fn callback, void *user, vc_error *err)
{
    vc__auth *auth = need(config, err);
    if (!auth)
        return failed(config);
    auth->kind = callback ? VC__AUTH_BY_CALLBACK : VC__AUTH_BY_TOKEN;
    auth->callback = callback;
    auth->user = user;
    return VC_OK;
}

vc_code vc_config_set_token_file_watch(vc_config *config, const char *file, vc_error *err)
{
    return vc__auth_set_text(config, VC__AUTH_TOKEN_FILE, file, err);
}

vc_code vc_config_set_revoke_on_close(vc_config *config, int revoke, vc_error *err)
{
    vc__auth *auth = need(config, err);
    if (!auth)
        return failed(config);
    auth->revoke = revoke != 0;
    return VC_OK;
}

vc_code vc_config_set_renewal(vc_config *config, vc_renewal renewal, vc_error *err)
{
    vc__auth *auth = need(config, err);
    if (!auth)
        return failed(config);
    if (renewal != VC_RENEWAL_CALLS && renewal != VC_RENEWAL_THREAD && renewal != VC_RENEWAL_OFF)
        return vc__error(err, VC_E_ARGUMENT, "there is no such way of renewal");
    auth->renewal = renewal;
    return VC_OK;
}

/* -- as a whole --------------------------------------------------------------------------------------------------- */

bool vc__auth_can_login(const vc__auth *auth)
{
    return auth->kind != VC__AUTH_BY_TOKEN;
}

const char *vc__auth_method_name(const vc_config *config)
{
    const vc__auth *auth = vc__auth_of(config);
    if (auth->kind == VC__AUTH_BY_LOGIN)
        return vc__login_name(auth->method);
    if (auth->kind == VC__AUTH_BY_CALLBACK)
        return "callback";
    return auth->text[VC__AUTH_TOKEN_FILE] ? "token_file" : config->token ? "token" : "";
}

static vc_code lacks(const vc__auth *auth, const char *what, vc_error *err)
{
    return vc__error(err, VC_E_CONFIG, "the log-in by %s needs %s", vc__login_name(auth->method), what);
}

/* Whether the file that was set by name is the method's. */
static bool takes_file(const vc__auth *auth)
{
    static const char *const ends[VC__LOGIN_METHODS] = {
        [VC__LOGIN_APPROLE] = "secret_id_file", [VC__LOGIN_KUBERNETES] = "jwt_file", [VC__LOGIN_JWT] = "jwt_file",
        [VC__LOGIN_USERPASS] = "password_file", [VC__LOGIN_LDAP] = "password_file",
    };
    const char *end = ends[auth->method];
    const size_t len = strlen(auth->file_setting), tail = end ? strlen(end) : 0;
    return end && len >= tail && strcmp(auth->file_setting + len - tail, end) == 0;
}

vc_code vc__auth_check(const vc_config *config, vc_error *err)
{
    const vc__auth *auth = vc__auth_of(config);
    const bool has_secret = auth->secret || auth->text[VC__AUTH_SECRET_FILE];
    if (auth->kind != VC__AUTH_BY_LOGIN) {
        if (auth->kind == VC__AUTH_BY_TOKEN && (auth->text[VC__AUTH_ROLE_ID] || auth->text[VC__AUTH_USER]))
            return vc__error(err, VC_E_CONFIG, "a role_id or a user is set, but not the method (auth) that they are for");
        return VC_OK;
    }
    if (auth->file_setting && !takes_file(auth))
        return vc__error(err, VC_E_CONFIG, "%s is not what a %s log-in takes", auth->file_setting, vc__login_name(auth->method));
    if (auth->text[VC__AUTH_TOKEN_FILE])
        return vc__error(err, VC_E_CONFIG, "the token comes from a watched file or from a log-in, not both");
    switch (auth->method) {
    case VC__LOGIN_APPROLE:
        if (!auth->text[VC__AUTH_ROLE_ID])
            return lacks(auth, "a role_id", err);
        return has_secret ? VC_OK : lacks(auth, "a SecretID, plain or wrapped (secret_id_file, wrapped_secret_id_file)", err);
    case VC__LOGIN_KUBERNETES:
        return auth->text[VC__AUTH_ROLE] ? VC_OK : lacks(auth, "a role", err);
    case VC__LOGIN_JWT:
        return has_secret ? VC_OK : lacks(auth, "a file with the JWT (jwt_file)", err);
    case VC__LOGIN_CERT:
        return config->text[VC__SET_CLIENT_CERT] ? VC_OK : lacks(auth, "a client certificate (client_cert, client_key)", err);
    case VC__LOGIN_USERPASS:
    case VC__LOGIN_LDAP:
        if (!auth->text[VC__AUTH_USER])
            return lacks(auth, "a user (username)", err);
        return has_secret ? VC_OK : lacks(auth, "a password (password_file)", err);
    case VC__LOGIN_METHODS:
        break;
    }
    return vc__error(err, VC_E_INTERNAL, "there is no such log-in");
}

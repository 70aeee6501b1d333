/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of log-ins by name and text, for vc_config_set(). They may come in any order. */
#include "base/error.h"
#include "base/text.h"
#include "io/auth.h"

static vc_code set_method(vc_config *config, const char *value, vc_error *err)
{
    vc_code code = vc_config_set_auth_callback(config, NULL, NULL, err); /* makes the object; a token, so far */
    if (code || strcmp(value, "token") == 0)
        return code;
    config->auth->kind = VC__AUTH_BY_LOGIN;
    if (strcmp(value, "oidc") == 0) { /* JWT by another name, and mount */
        config->auth->method = VC__LOGIN_JWT;
        return config->auth->text[VC__AUTH_MOUNT] ? VC_OK : vc__auth_set_text(config, VC__AUTH_MOUNT, value, err);
    }
    for (int method = 0; method < VC__LOGIN_METHODS; method++)
        if (strcmp(value, vc__login_name((vc__login_method)method)) == 0) {
            config->auth->method = (vc__login_method)method;
            return VC_OK;
        }
    config->auth->kind = VC__AUTH_BY_TOKEN;
    return vc__error(err, VC_E_CONFIG, "expected token, approle, kubernetes, jwt, oidc, cert, userpass or ldap");
}

static vc_code set_file(vc_config *config, const char *setting, const char *value, vc_error *err)
{
    const vc_code code = vc__auth_set_text(config, VC__AUTH_SECRET_FILE, value, err);
    if (code)
        return code;
    config->auth->file_setting = setting;
    config->auth->wrapped = strcmp(setting, "wrapped_secret_id_file") == 0;
    return VC_OK;
}

static vc_code set_revoke(vc_config *config, const char *value, vc_error *err)
{
    bool truth;
    if (!vc__parse_truth(vc_str(value), &truth))
        return vc__error(err, VC_E_CONFIG, "expected true or false");
    return vc_config_set_revoke_on_close(config, truth, err);
}

static vc_code set_renewal(vc_config *config, const char *value, vc_error *err)
{
    static const char *const names[] = { "calls", "thread", "off" }; /* as vc_renewal */
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(value, names[i]) == 0)
            return vc_config_set_renewal(config, (vc_renewal)i, err);
    return vc__error(err, VC_E_CONFIG, "expected calls, thread or off");
}

typedef vc_code (*setter)(vc_config *config, const char *value, vc_error *err);

/* Either a text or a file as it stands, or a setter. */
static const struct {
    const char *name;
    int text; /* -1: none */
    setter set;
} settings[] = {
    { "auth", -1, set_method },
    { "auth_mount", VC__AUTH_MOUNT, NULL },
    { "auth_namespace", -1, vc_config_set_auth_namespace },
    { "role_id", VC__AUTH_ROLE_ID, NULL },
    { "role", VC__AUTH_ROLE, NULL },
    { "username", VC__AUTH_USER, NULL },
    { "secret_id_file", VC__AUTH_SECRET_FILE, NULL },
    { "wrapped_secret_id_file", VC__AUTH_SECRET_FILE, NULL },
    { "jwt_file", VC__AUTH_SECRET_FILE, NULL },
    { "password_file", VC__AUTH_SECRET_FILE, NULL },
    { "token_file_watch", VC__AUTH_TOKEN_FILE, NULL },
    { "revoke_on_close", -1, set_revoke },
    { "renewal", -1, set_renewal },
};

enum { SETTINGS = sizeof settings / sizeof settings[0] };

const char *vc__auth_setting_name(size_t i)
{
    return i < SETTINGS ? settings[i].name : NULL;
}

bool vc__auth_set_by_name(vc_config *config, const char *name, const char *value, vc_code *code, vc_error *err)
{
    size_t i = 0;
    while (i < SETTINGS && strcmp(settings[i].name, name) != 0)
        i++;
    if (i == SETTINGS)
        return false;
    if (settings[i].set)
        *code = settings[i].set(config, value, err);
    else if (settings[i].text == VC__AUTH_SECRET_FILE)
        *code = set_file(config, settings[i].name, value, err);
    else
        *code = vc__auth_set_text(config, (vc__auth_text)settings[i].text, value, err);
    return true;
}

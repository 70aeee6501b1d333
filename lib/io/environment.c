/* SPDX-License-Identifier: Apache-2.0 */
/* The one place of the library that reads the environment: vc_config_from_env(), and for a key source vc_keysource_use_env(). */
#define _GNU_SOURCE /* secure_getenv(): a set-uid program does not trust its caller's variables */
#include "base/error.h"
#include "base/text.h"
#include "io/environment.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { NAME_MAX_LEN = 64, PATH_ROOM = 4096 };

/* In the order in which they count: once a setting is there, later rows for it do nothing. */
static const struct {
    const char *suffix; /* behind BAO_ or VAULT_ */
    const char *name;   /* for vc_config_set() */
    vc__setting setting;
} variables[] = {
    { "AGENT_ADDR", "address", VC__SET_ADDRESS },
    { "ADDR", "address", VC__SET_ADDRESS },
    { "TOKEN", "token", VC__SET_TOKEN },
    { "NAMESPACE", "namespace", VC__SET_NAMESPACE },
    { "CLIENT_CERT", "client_cert", VC__SET_CLIENT_CERT },
    { "CLIENT_KEY", "client_key", VC__SET_CLIENT_KEY },
    { "TLS_SERVER_NAME", "tls_server_name", VC__SET_TLS_SERVER_NAME },
    { "SKIP_VERIFY", "skip_verify", VC__SET_SKIP_VERIFY },
    { "CLIENT_TIMEOUT", "timeout", VC__SET_TIMEOUT },
    { "PROXY_ADDR", "proxy", VC__SET_PROXY },
    { "MAX_RETRIES", "max_retries", VC__SET_MAX_RETRIES },
    { "RATE_LIMIT", "rate_limit", VC__SET_RATE_LIMIT },
    { "DISABLE_REDIRECTS", "disable_redirects", VC__SET_DISABLE_REDIRECTS },
};

static const struct {
    const char *suffix, *name;
} authorities[] = {
    { "CACERT", "ca_file" },
    { "CACERT_BYTES", "ca_pem" },
    { "CAPATH", "ca_path" },
};

/* As curl does, HTTP_PROXY in capitals is not read when a web server may have made it of a header (CGI). */
static const struct {
    const char *variable;
    vc__setting setting;
} proxies[] = {
    { "https_proxy", VC__SET_HTTPS_PROXY }, { "HTTPS_PROXY", VC__SET_HTTPS_PROXY },
    { "http_proxy", VC__SET_HTTP_PROXY },   { "HTTP_PROXY", VC__SET_HTTP_PROXY },
    { "no_proxy", VC__SET_NO_PROXY },       { "NO_PROXY", VC__SET_NO_PROXY },
};

static const char *read_variable(const char *name)
{
    const char *value = secure_getenv(name);
    return value && *value ? value : NULL;
}

const char *vc__environment_text(const char *name)
{
    return read_variable(name);
}

/* BAO_x, else VAULT_x; `variable` gets the whole name. */
static const char *read_vault_variable(const char *suffix, char variable[NAME_MAX_LEN])
{
    snprintf(variable, NAME_MAX_LEN, "BAO_%s", suffix);
    const char *value = read_variable(variable);
    if (value)
        return value;
    snprintf(variable, NAME_MAX_LEN, "VAULT_%s", suffix);
    return read_variable(variable);
}

static vc_code set_from(vc_config *config, const char *suffix, const char *name, vc_error *err)
{
    char variable[NAME_MAX_LEN];
    const char *value = read_vault_variable(suffix, variable);
    if (!value)
        return VC_OK;
    vc_error inner = VC_ERROR_INIT;
    const vc_code code = vc_config_set(config, name, value, &inner);
    return code ? vc__error(err, code, "%s: %s", variable, inner.message) : VC_OK;
}

static vc_code read_authorities(vc_config *config, vc_error *err)
{
    static const vc__setting all[] = { VC__SET_CA_FILE, VC__SET_CA_PEM, VC__SET_CA_PATH };
    for (size_t i = 0; i < sizeof authorities / sizeof authorities[0]; i++) {
        for (size_t j = 0; j < sizeof all / sizeof all[0]; j++)
            if (vc__config_is_set(config, all[j]))
                return VC_OK;
        const vc_code code = set_from(config, authorities[i].suffix, authorities[i].name, err);
        if (code)
            return code;
    }
    return VC_OK;
}

static vc_code read_proxies(vc_config *config, vc_error *err)
{
    if (vc__config_is_set(config, VC__SET_PROXY))
        return VC_OK;
    const bool cgi = secure_getenv("REQUEST_METHOD") != NULL;
    for (size_t i = 0; i < sizeof proxies / sizeof proxies[0]; i++) {
        const char *value = read_variable(proxies[i].variable);
        if (!value || vc__config_is_set(config, proxies[i].setting) || (cgi && strcmp(proxies[i].variable, "HTTP_PROXY") == 0))
            continue;
        const vc_code code = vc__config_set_text(config, proxies[i].setting, vc_str(value), err);
        if (code)
            return code;
    }
    return VC_OK;
}

vc_code vc__environment_web(vc_config *config, vc_error *err)
{
    static const struct {
        const char *variable;
        vc__setting setting;
    } authority[] = { { "SSL_CERT_FILE", VC__SET_CA_FILE }, { "SSL_CERT_DIR", VC__SET_CA_PATH } };
    vc_code code = read_proxies(config, err);
    const bool chosen = vc__config_is_set(config, VC__SET_CA_FILE) || vc__config_is_set(config, VC__SET_CA_PATH) ||
                        vc__config_is_set(config, VC__SET_CA_PEM);
    for (size_t i = 0; i < sizeof authority / sizeof authority[0] && !code && !chosen; i++) {
        const char *value = read_variable(authority[i].variable);
        if (value)
            code = vc__config_set_text(config, authority[i].setting, vc_str(value), err);
    }
    return code;
}

static vc_code read_token_helper(vc_config *config, vc_error *err)
{
    char file[PATH_ROOM];
    const char *home = read_variable("HOME");
    if (vc__config_is_set(config, VC__SET_TOKEN) || !home)
        return VC_OK;
    if ((size_t)snprintf(file, sizeof file, "%s/.vault-token", home) >= sizeof file || access(file, F_OK))
        return VC_OK;
    return vc_config_set_token_file(config, file, err);
}

vc_code vc_config_from_env(vc_config *config, vc_error *err)
{
    if (!config)
        return vc__error(err, VC_E_ARGUMENT, "there is no configuration to fill (NULL)");
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
        if (vc__config_is_set(config, variables[i].setting))
            continue;
        const vc_code code = set_from(config, variables[i].suffix, variables[i].name, err);
        if (code)
            return code;
    }
    vc_code code = read_authorities(config, err);
    if (!code)
        code = read_proxies(config, err);
    return code ? code : read_token_helper(config, err);
}

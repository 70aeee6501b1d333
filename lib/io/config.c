/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* memmem() */
#include "io/config.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "io/address.h"
#include "io/auth.h"
#include "io/file.h"
#include "vault/endpoint.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>

enum {
    DEFAULT_MS = 60000,
    DEFAULT_CONNECTIONS = 4,
    DEFAULT_IN_FLIGHT = 64,
    TOKEN_MAX = 8192, /* Vault answers 431 above */
    TOKEN_FILE_MAX = TOKEN_MAX + 2,
    TEXT_MAX = 4096,
    PEM_MAX = 4 << 20,
    LOG_LINE = 1024
};

vc_config *vc_config_new(vc_error *err)
{
    vc_config *config = vc__calloc(1, sizeof *config);
    if (!config) {
        vc__error_memory(err);
        return NULL;
    }
    config->timeout_ms = DEFAULT_MS;
    config->deadline_ms = DEFAULT_MS;
    config->connections = DEFAULT_CONNECTIONS;
    config->in_flight = DEFAULT_IN_FLIGHT;
    return config;
}

/* A proxy's address may hold a password. */
static void free_text(char *text)
{
    if (text)
        vc__wipe(text, strlen(text));
    vc__free(text);
}

void vc_config_free(vc_config *config)
{
    if (!config)
        return;
    for (size_t i = 0; i < VC__TEXT_COUNT; i++)
        free_text(config->text[i]);
    vc__secret_free(config->token);
    vc__auth_free(config->auth);
    vc_keyring_unref(config->keyring);
    vc__free(config);
}

vc_config *vc__config_copy(const vc_config *config, vc_error *err)
{
    vc__autoptr(vc_config) copy = vc_config_new(err);
    if (!copy)
        return NULL;
    *copy = *config;
    copy->token = NULL;
    copy->keyring = vc_keyring_ref(config->keyring);
    copy->auth = NULL;
    memset(copy->text, 0, sizeof copy->text);
    for (size_t i = 0; i < VC__TEXT_COUNT; i++) {
        if (!config->text[i])
            continue;
        copy->text[i] = vc__memdup(config->text[i], strlen(config->text[i]));
        if (!copy->text[i]) {
            vc__error_memory(err);
            return NULL;
        }
    }
    if (config->token) {
        copy->token = vc__secret_new(vc__secret_get(config->token), VC__LOCK_TRY, err);
        if (!copy->token)
            return NULL;
    }
    if (vc__auth_copy(&copy->auth, config->auth, err))
        return NULL;
    return vc__steal(&copy);
}

vc_code vc__config_set_text(vc_config *config, vc__setting setting, vc_view text, vc_error *err)
{
    char *copy = NULL;
    if (text.len) {
        if (memchr(text.data, 0, text.len))
            return vc__error(err, VC_E_CONFIG, "a setting holds a NUL byte");
        const bool pem = setting == VC__SET_CA_PEM || setting == VC__SET_CLIENT_CERT_PEM || setting == VC__SET_CLIENT_KEY_PEM;
        if (text.len > (pem ? PEM_MAX : TEXT_MAX))
            return vc__error(err, VC_E_CONFIG, "a setting is too long");
        copy = vc__memdup(text.data, text.len);
        if (!copy)
            return vc__error_memory(err);
    }
    free_text(config->text[setting]);
    config->text[setting] = copy;
    vc__config_mark(config, setting);
    return VC_OK;
}

static vc_code no_config(vc_error *err)
{
    return vc__error(err, VC_E_ARGUMENT, "there is no configuration to set (NULL)");
}

/* One address, written as it will be used, behind what `list` holds. */
static vc_code append_address(vc__buf *list, vc_view text, vc_error *err)
{
    char url[TEXT_MAX];
    vc__auto(vc__address) address = VC__ADDRESS_INIT;
    if (text.len >= sizeof url || memchr(text.data, 0, text.len))
        return vc__error(err, VC_E_CONFIG, "an address is too long");
    snprintf(url, sizeof url, "%.*s", (int)text.len, text.data);
    const vc_code code = vc__address_parse(&address, NULL, url, err);
    if (code)
        return code;
    if (address.path.len && memchr(address.path.data, '?', address.path.len))
        return vc__error(err, VC_E_CONFIG, "the address of Vault may not hold a query (?...)");
    if (list->len)
        vc__buf_byte(list, ',');
    vc__address_origin(&address, list);
    vc__buf_view(list, vc__buf_get(&address.path));
    return vc__buf_check(list, "the address", err);
}

static vc_code set_addresses(vc_config *config, const char *before, const char *urls, vc_error *err)
{
    vc__auto(vc__buf) list = VC__BUF(TEXT_MAX);
    vc__buf_str(&list, before ? before : "");
    for (vc_view rest = vc_str(urls), address; vc__list_next(&rest, &address);) {
        const vc_code code = append_address(&list, address, err);
        if (code)
            return code;
    }
    return vc__config_set_text(config, VC__SET_ADDRESS, vc__buf_get(&list), err);
}

vc_code vc_config_set_address(vc_config *config, const char *url, vc_error *err)
{
    return config ? set_addresses(config, NULL, url, err) : no_config(err);
}

vc_code vc_config_add_address(vc_config *config, const char *url, vc_error *err)
{
    if (!config || !url)
        return vc__error(err, VC_E_ARGUMENT, "there is no address to add (NULL)");
    return set_addresses(config, config->text[VC__SET_ADDRESS], url, err);
}

static bool is_printable(vc_view text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] <= ' ' || text.data[i] > '~')
            return false;
    return true;
}

vc_code vc_config_set_token(vc_config *config, vc_view token, vc_error *err)
{
    if (!config)
        return no_config(err);
    if (token.len && token.data[token.len - 1] == '\n')
        token.len -= token.len > 1 && token.data[token.len - 2] == '\r' ? 2 : 1;
    if (token.len > TOKEN_MAX)
        return vc__error(err, VC_E_CONFIG, "the token is longer than %d bytes", TOKEN_MAX);
    if (!is_printable(token))
        return vc__error(err, VC_E_CONFIG, "the token holds a blank, a line break or another character that no token has");
    vc__secret *secret = NULL;
    if (token.len) {
        vc_error inner = VC_ERROR_INIT;
        secret = vc__secret_new(token, VC__LOCK_TRY, &inner);
        if (!secret)
            return vc__error_copy(err, &inner);
    }
    vc__secret_free(config->token);
    config->token = secret;
    vc__config_mark(config, VC__SET_TOKEN);
    return VC_OK;
}

vc_code vc_config_set_token_file(vc_config *config, const char *file, vc_error *err)
{
    if (!config || !file)
        return vc__error(err, VC_E_ARGUMENT, "the token file has no name");
    vc__auto(vc__buf) text = VC__BUF(TOKEN_FILE_MAX);
    vc_code code = vc__file_read(file, "the token file", &text, err);
    if (code)
        return code;
    vc_error inner = VC_ERROR_INIT;
    code = vc_config_set_token(config, vc__buf_get(&text), &inner);
    if (code == VC_OK && !config->token)
        return vc__error(err, VC_E_CONFIG, "the token file %s is empty", file);
    return code ? vc__error(err, code, "the token file %s: %s", file, inner.message) : VC_OK;
}

vc_code vc_config_set_namespace(vc_config *config, const char *name, vc_error *err)
{
    if (!config)
        return no_config(err);
    vc__auto(vc__buf) normal = VC__BUF(TEXT_MAX);
    const vc_code code = vc__endpoint_namespace(&normal, vc_str(name), err);
    if (code == VC_E_ARGUMENT && err)
        err->code = VC_E_CONFIG;
    if (code)
        return code == VC_E_ARGUMENT ? VC_E_CONFIG : code;
    return vc__config_set_text(config, VC__SET_NAMESPACE, vc__buf_get(&normal), err);
}

/* Files are looked at when the client is opened: they may appear until then. */
vc_code vc_config_set_ca_file(vc_config *config, const char *file, vc_error *err)
{
    return config ? vc__config_set_text(config, VC__SET_CA_FILE, vc_str(file), err) : no_config(err);
}

vc_code vc_config_set_ca_path(vc_config *config, const char *folder, vc_error *err)
{
    return config ? vc__config_set_text(config, VC__SET_CA_PATH, vc_str(folder), err) : no_config(err);
}

vc_code vc__config_set_pem(vc_config *config, vc__setting setting, vc_view pem, vc_error *err)
{
    static const char begin[] = "-----BEGIN ";
    if (pem.len && !memmem(pem.data, pem.len, begin, sizeof begin - 1))
        return vc__error(err, VC_E_CONFIG, "the text of %s is not PEM: it lacks \"-----BEGIN\"",
                         setting == VC__SET_CA_PEM            ? "the certificate authority"
                         : setting == VC__SET_CLIENT_CERT_PEM ? "the client certificate"
                                                              : "the client's key");
    return vc__config_set_text(config, setting, pem, err);
}

vc_code vc_config_set_ca_pem(vc_config *config, vc_view pem, vc_error *err)
{
    return config ? vc__config_set_pem(config, VC__SET_CA_PEM, pem, err) : no_config(err);
}

vc_code vc_config_set_client_pem(vc_config *config, vc_view cert, vc_view key, vc_error *err)
{
    if (!config)
        return no_config(err);
    const vc_code code = vc__config_set_pem(config, VC__SET_CLIENT_CERT_PEM, cert, err);
    return code ? code : vc__config_set_pem(config, VC__SET_CLIENT_KEY_PEM, key, err);
}

vc_code vc_config_set_client_cert(vc_config *config, const char *cert_file, const char *key_file, vc_error *err)
{
    if (!config)
        return no_config(err);
    const vc_code code = vc__config_set_text(config, VC__SET_CLIENT_CERT, vc_str(cert_file), err);
    return code ? code : vc__config_set_text(config, VC__SET_CLIENT_KEY, vc_str(key_file), err);
}

vc_code vc_config_set_tls_server_name(vc_config *config, const char *name, vc_error *err)
{
    if (!config)
        return no_config(err);
    for (const char *c = name ? name : ""; *c; c++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_", *c))
            return vc__error(err, VC_E_CONFIG, "a TLS server name is a host name such as vault.example");
    return vc__config_set_text(config, VC__SET_TLS_SERVER_NAME, vc_str(name), err);
}

vc_code vc_config_set_skip_verify(vc_config *config, int skip, vc_error *err)
{
    if (!config)
        return no_config(err);
    config->skip_verify = skip != 0;
    vc__config_mark(config, VC__SET_SKIP_VERIFY);
    return VC_OK;
}

vc_code vc_config_set_proxy(vc_config *config, const char *url, const char *no_proxy, vc_error *err)
{
    if (!config)
        return no_config(err);
    const vc_code code = vc__config_set_text(config, VC__SET_PROXY, vc_str(url), err);
    return code ? code : vc__config_set_text(config, VC__SET_NO_PROXY, vc_str(no_proxy), err);
}

static vc_code set_time(vc_config *config, vc__setting setting, uint64_t *place, uint64_t ms, vc_error *err)
{
    enum { DAYS_MAX = 366 };
    if (!ms || ms > UINT64_C(86400000) * DAYS_MAX)
        return vc__error(err, VC_E_CONFIG, "a time limit is more than 0 and at most %d days", DAYS_MAX);
    *place = ms;
    vc__config_mark(config, setting);
    return VC_OK;
}

vc_code vc_config_set_timeout(vc_config *config, uint64_t milliseconds, vc_error *err)
{
    return config ? set_time(config, VC__SET_TIMEOUT, &config->timeout_ms, milliseconds, err) : no_config(err);
}

vc_code vc_config_set_deadline(vc_config *config, uint64_t milliseconds, vc_error *err)
{
    return config ? set_time(config, VC__SET_DEADLINE, &config->deadline_ms, milliseconds, err) : no_config(err);
}

vc_code vc_config_set_connections(vc_config *config, size_t connections, vc_error *err)
{
    if (!config)
        return no_config(err);
    if (!connections || connections > VC__CONNECTIONS_MAX)
        return vc__error(err, VC_E_CONFIG, "connections: a number from 1 to %d", VC__CONNECTIONS_MAX);
    config->connections = connections;
    vc__config_mark(config, VC__SET_CONNECTIONS);
    return VC_OK;
}

vc_code vc_config_set_in_flight(vc_config *config, size_t requests, vc_error *err)
{
    if (!config)
        return no_config(err);
    if (!requests || requests > VC__IN_FLIGHT_MAX)
        return vc__error(err, VC_E_CONFIG, "in_flight: a number from 1 to %d", VC__IN_FLIGHT_MAX);
    config->in_flight = requests;
    vc__config_mark(config, VC__SET_IN_FLIGHT);
    return VC_OK;
}

vc_code vc_config_set_max_retries(vc_config *config, unsigned retries, vc_error *err)
{
    if (!config)
        return no_config(err);
    config->tries_max = retries < UINT_MAX ? retries + 1 : 0;
    vc__config_mark(config, VC__SET_MAX_RETRIES);
    return VC_OK;
}

vc_code vc_config_set_rate_limit(vc_config *config, double rate, double burst, vc_error *err)
{
    enum { RATE_MAX = 1000000 };
    if (!config)
        return no_config(err);
    if (!(rate >= 0) || rate > RATE_MAX || !(burst >= 0) || burst > RATE_MAX)
        return vc__error(err, VC_E_CONFIG, "a rate limit is requests in a second, perhaps with a burst: \"100\", \"100:20\"");
    config->rate = rate;
    config->burst = burst > 0 ? burst : rate;
    vc__config_mark(config, VC__SET_RATE_LIMIT);
    return VC_OK;
}

vc_code vc_config_set_redirects(vc_config *config, int follow, const char *hosts, vc_error *err)
{
    if (!config)
        return no_config(err);
    config->disable_redirects = !follow;
    vc__config_mark(config, VC__SET_DISABLE_REDIRECTS);
    return vc__config_set_text(config, VC__SET_REDIRECT_HOSTS, vc_str(hosts), err);
}

vc_code vc_config_set_batch_limits(vc_config *config, size_t items, size_t bytes, vc_error *err)
{
    if (!config)
        return no_config(err);
    config->batch_items = items;
    config->batch_bytes = bytes;
    vc__config_mark(config, VC__SET_BATCH_LIMITS);
    return VC_OK;
}

vc_code vc_config_set_log(vc_config *config, vc_log_fn log, void *user, vc_error *err)
{
    if (!config)
        return no_config(err);
    config->log = log;
    config->log_user = user;
    return VC_OK;
}

vc_code vc_config_set_keyring(vc_config *config, vc_keyring *ring, vc_error *err)
{
    if (!config)
        return no_config(err);
    vc_keyring *before = config->keyring;
    config->keyring = vc_keyring_ref(ring);
    vc_keyring_unref(before);
    return VC_OK;
}

void vc__config_log(const vc_config *config, const char *format, ...)
{
    if (!config->log)
        return;
    char line[LOG_LINE];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    config->log(config->log_user, line);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "io/target.h"

#include "base/alloc.h"
#include "base/error.h"
#include "io/file.h"

#include <vaultcrypt/version.h>

enum {
    LINE_MAX_LEN = 16384,
    CONNECT_MS_MAX = 10000,
    RECEIVE_BUFFER = 65536
};

static const char default_address[] = "https://127.0.0.1:8200";

/* libcurl's lists want `char *`, and only read. */
static void add_node(vc__target *target, const char *line)
{
    struct curl_slist *node = target->headers;
    while (node->data)
        node++;
    if (node != target->headers)
        node[-1].next = node;
    node->data = (char *)(uintptr_t)line;
    target->first_header = target->headers;
}

static vc_code make_token_line(vc__target *target, vc_error *err)
{
    if (!target->config->token)
        return VC_OK;
    vc__auto(vc__buf) line = VC__BUF(LINE_MAX_LEN);
    vc__buf_str(&line, "X-Vault-Token: ");
    vc__buf_view(&line, vc__secret_get(target->config->token));
    if (vc__buf_check(&line, "the token's header line", err))
        return line.failed;
    vc_error inner = VC_ERROR_INIT;
    target->token_line = vc__secret_new(vc__buf_get(&line), VC__LOCK_TRY, &inner);
    if (!target->token_line)
        return vc__error_copy(err, &inner);
    add_node(target, vc__secret_get(target->token_line).data);
    return VC_OK;
}

static vc_code make_lines(vc__target *target, vc_error *err)
{
    const char *namespace = target->config->text[VC__SET_NAMESPACE];
    size_t count = 0;
    for (size_t i = 0; i < VC__HEADER_LINES; i++)
        target->lines[i].max = LINE_MAX_LEN;
    vc__buf_str(&target->lines[count++], "X-Vault-Request: true");
    vc__buf_str(&target->lines[count++], "Content-Type: application/json");
    vc__buf_str(&target->lines[count++], "Expect:"); /* no value: libcurl leaves it out, and saves large bodies a round trip */
    if (namespace)
        vc__buf_printf(&target->lines[count++], "X-Vault-Namespace: %s", namespace);
    if (target->route.len) {
        vc__buf_str(&target->lines[count], "Host: ");
        vc__address_authority(&target->address, &target->lines[count++]);
    }
    for (size_t i = 0; i < count; i++) {
        if (vc__buf_check(&target->lines[i], "a header line", err))
            return target->lines[i].failed;
        add_node(target, target->lines[i].data);
    }
    return VC_OK;
}

/*
 * With a TLS server name the URL has that name, which libcurl then uses for SNI and for the certificate; the connection goes to the
 * address all the same.
 */
static vc_code make_origin(vc__target *target, vc_error *err)
{
    const char *server_name = target->config->text[VC__SET_TLS_SERVER_NAME];
    const vc__address *address = &target->address;
    if (server_name && address->tls) {
        vc__buf_printf(&target->route, "%s:%u:%s:%u", server_name, address->port, address->host, address->port);
        vc__buf_printf(&target->origin, "https://%s:%u", server_name, address->port);
        target->connect_to.data = target->route.data;
    } else {
        vc__address_origin(address, &target->origin);
    }
    const vc_code code = vc__buf_check(&target->route, "the address", err);
    return code ? code : vc__buf_check(&target->origin, "the address", err);
}

/* Its address may hold a password: no message repeats it, and libcurl, whose messages do, gets none that it cannot read. */
static vc_code check_proxy(const char *proxy, vc_error *err)
{
    CURLU *url = curl_url();
    if (!url)
        return vc__error_memory(err);
    const CURLUcode result = curl_url_set(url, CURLUPART_URL, proxy, CURLU_GUESS_SCHEME | CURLU_NON_SUPPORT_SCHEME);
    curl_url_cleanup(url);
    if (result == CURLUE_OUT_OF_MEMORY)
        return vc__error_memory(err);
    return result ? vc__error(err, VC_E_CONFIG, "the proxy's address is none: %s. Is every special character of its password "
                                                "written with a percent sign, as in %%2F?",
                              curl_url_strerror(result))
                  : VC_OK;
}

static vc_code choose_proxy(vc__target *target, vc_error *err)
{
    const vc_config *config = target->config;
    const char *proxy = config->text[VC__SET_PROXY];
    if (!vc__config_is_set(config, VC__SET_PROXY) && !vc__address_is_loopback(&target->address))
        proxy = config->text[target->address.tls ? VC__SET_HTTPS_PROXY : VC__SET_HTTP_PROXY];
    target->proxy = proxy ? proxy : "";
    return *target->proxy ? check_proxy(target->proxy, err) : VC_OK;
}

static vc_code check_config(const vc__target *target, vc_error *err)
{
    static const struct {
        vc__setting setting;
        const char *what;
    } files[] = {
        { VC__SET_CA_FILE, "the file of certificate authorities" },
        { VC__SET_CA_PATH, "the folder of certificate authorities" },
        { VC__SET_CLIENT_CERT, "the client certificate" },
        { VC__SET_CLIENT_KEY, "the client's key" },
    };
    const vc_config *config = target->config;
    if (config->text[VC__SET_CLIENT_KEY] && !config->text[VC__SET_CLIENT_CERT])
        return vc__error(err, VC_E_CONFIG, "there is a client key without a client certificate");
    if (config->text[VC__SET_CA_FILE] && config->text[VC__SET_CA_PEM]) /* libcurl would leave the file out without a word */
        return vc__error(err, VC_E_CONFIG, "certificate authorities come from a file or from a text, not both");
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        const char *file = config->text[files[i].setting];
        const vc_code code = file ? vc__file_check(file, files[i].what, err) : VC_OK;
        if (code)
            return code;
    }
    if (target->address.tls && config->skip_verify)
        vc__config_log(config, "the certificate of %s is not verified: whoever stands between can read everything", target->name);
    if (!target->address.tls && !vc__address_is_loopback(&target->address))
        vc__config_log(config, "%s is not encrypted: token and plaintext can be read on the way", target->name);
    return VC_OK;
}

vc__target *vc__target_new(const vc_config *config, vc_error *err)
{
    vc__autoptr(vc__target) target = vc__calloc(1, sizeof *target);
    if (!target) {
        vc__error_memory(err);
        return NULL;
    }
    target->config = config;
    target->address = (vc__address)VC__ADDRESS_INIT;
    target->origin.max = target->route.max = VC__ADDRESS_MAX;
    target->name = config->text[VC__SET_ADDRESS] ? config->text[VC__SET_ADDRESS] : default_address;
    if (vc__address_parse(&target->address, NULL, target->name, err) || make_origin(target, err) ||
        make_token_line(target, err) || make_lines(target, err) || check_config(target, err) ||
        choose_proxy(target, err))
        return NULL;
    return vc__steal(&target);
}

void vc__target_free(vc__target *target)
{
    if (!target)
        return;
    for (size_t i = 0; i < VC__HEADER_LINES; i++)
        vc__buf_free(&target->lines[i]);
    vc__secret_free(target->token_line);
    vc__address_cleanup(&target->address);
    vc__buf_free(&target->origin);
    vc__buf_free(&target->route);
    vc__free(target);
}

/* Sets one option unless one before failed. */
#define SET(option, value)                                                                                             \
    do {                                                                                                               \
        if (result == CURLE_OK)                                                                                        \
            result = curl_easy_setopt(easy, option, value);                                                            \
    } while (0)

/* Only the authorities that were named count then: libcurl's built-in places are taken away. */
static CURLcode apply_authorities(const vc_config *config, CURL *easy)
{
    CURLcode result = CURLE_OK;
    const char *file = config->text[VC__SET_CA_FILE], *path = config->text[VC__SET_CA_PATH];
    char *pem = config->text[VC__SET_CA_PEM];
    if (!file && !path && !pem)
        return CURLE_OK;
    SET(CURLOPT_CAINFO, file);
    SET(CURLOPT_CAPATH, path);
    if (pem) {
        struct curl_blob blob = { pem, strlen(pem), CURL_BLOB_NOCOPY };
        SET(CURLOPT_CAINFO_BLOB, &blob);
    }
    return result;
}

static CURLcode apply_tls(const vc__target *target, CURL *easy)
{
    const vc_config *config = target->config;
    CURLcode result = CURLE_OK;
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_VERIFYPEER, config->skip_verify ? 0L : 1L);
    SET(CURLOPT_SSL_VERIFYHOST, config->skip_verify ? 0L : 2L);
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    SET(CURLOPT_SSL_SESSIONID_CACHE, 0L); /* 7.88 frees a session twice when memory is short; connections are kept anyway */
    if (config->text[VC__SET_CLIENT_CERT]) {
        SET(CURLOPT_SSLCERT, config->text[VC__SET_CLIENT_CERT]);
        SET(CURLOPT_SSLKEY, config->text[VC__SET_CLIENT_KEY]); /* NULL: it is in the certificate's file */
    }
    return result ? result : apply_authorities(config, easy);
}

vc_code vc__target_apply(const vc__target *target, CURL *easy, vc_error *err)
{
    const vc_config *config = target->config;
    const uint64_t connect_ms = config->timeout_ms < CONNECT_MS_MAX ? config->timeout_ms : CONNECT_MS_MAX;
    CURLcode result = CURLE_OK;
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_PATH_AS_IS, 1L);
    SET(CURLOPT_USERAGENT, "libvaultcrypt/" VC_VERSION);
    SET(CURLOPT_HTTPHEADER, target->first_header);
    SET(CURLOPT_TIMEOUT_MS, (long)config->timeout_ms);
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms);
    SET(CURLOPT_TCP_KEEPALIVE, 1L);
    SET(CURLOPT_BUFFERSIZE, (long)RECEIVE_BUFFER);
    /* Both set, even if empty: otherwise libcurl looks into the environment. */
    SET(CURLOPT_PROXY, target->proxy);
    SET(CURLOPT_NOPROXY, config->text[VC__SET_NO_PROXY] ? config->text[VC__SET_NO_PROXY] : "");
    SET(CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE); /* a proxy gets no token */
    if (target->route.len)
        SET(CURLOPT_CONNECT_TO, &target->connect_to);
    if (result == CURLE_OK)
        result = apply_tls(target, easy);
    if (result == CURLE_OUT_OF_MEMORY)
        return vc__error_memory(err);
    return result ? vc__error(err, VC_E_CONFIG, "this libcurl cannot be set up: %s", curl_easy_strerror(result)) : VC_OK;
}

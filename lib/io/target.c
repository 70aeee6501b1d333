/* SPDX-License-Identifier: Apache-2.0 */
#include "io/target.h"

#include "base/alloc.h"
#include "base/error.h"
#include "io/file.h"

#include <vaultcrypt/version.h>

enum {
    CONNECT_MS_MAX = 10000,
    RECEIVE_BUFFER = 65536
};

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
        vc__buf_str(&target->host_line, "Host: ");
        vc__address_authority(address, &target->host_line);
    } else if (address->socket[0]) {
        vc__buf_str(&target->origin, "http://localhost");
    } else {
        vc__address_origin(address, &target->origin);
    }
    vc_code code = vc__buf_check(&target->route, "the address", err);
    if (!code)
        code = vc__buf_check(&target->host_line, "a header line", err);
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
    if (target->address.socket[0])
        proxy = NULL;
    else if (!vc__config_is_set(config, VC__SET_PROXY) && !vc__address_is_loopback(&target->address))
        proxy = config->text[target->address.tls ? VC__SET_HTTPS_PROXY : VC__SET_HTTP_PROXY];
    target->proxy = proxy ? proxy : "";
    return *target->proxy ? check_proxy(target->proxy, err) : VC_OK;
}

vc_code vc__target_check_config(const vc_config *config, vc_error *err)
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
    const bool cert = config->text[VC__SET_CLIENT_CERT] || config->text[VC__SET_CLIENT_CERT_PEM];
    if ((config->text[VC__SET_CLIENT_KEY] || config->text[VC__SET_CLIENT_KEY_PEM]) && !cert)
        return vc__error(err, VC_E_CONFIG, "there is a client key without a client certificate");
    if (config->text[VC__SET_CLIENT_CERT] && config->text[VC__SET_CLIENT_CERT_PEM])
        return vc__error(err, VC_E_CONFIG, "the client certificate comes from a file or from a text, not both");
    if (config->text[VC__SET_CA_FILE] && config->text[VC__SET_CA_PEM]) /* libcurl would leave the file out without a word */
        return vc__error(err, VC_E_CONFIG, "certificate authorities come from a file or from a text, not both");
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        const char *file = config->text[files[i].setting];
        const vc_code code = file ? vc__file_check(file, files[i].what, err) : VC_OK;
        if (code)
            return code;
    }
    return VC_OK;
}

void vc__target_warn(const vc__target *target)
{
    const vc_config *config = target->config;
    if (target->address.tls && config->skip_verify)
        vc__config_log(config, "the certificate of %s is not verified: whoever stands between can read everything", target->name);
    if (!target->address.tls && !vc__address_is_loopback(&target->address))
        vc__config_log(config, "%s is not encrypted: token and plaintext can be read on the way", target->name);
}

vc__target *vc__target_new(const vc_config *config, const char *address, vc_error *err)
{
    vc__autoptr(vc__target) target = vc__calloc(1, sizeof *target);
    if (!target) {
        vc__error_memory(err);
        return NULL;
    }
    target->config = config;
    target->address = (vc__address)VC__ADDRESS_INIT;
    target->origin.max = target->route.max = target->host_line.max = VC__ADDRESS_MAX;
    target->name = vc__memdup(address, strlen(address));
    if (!target->name) {
        vc__error_memory(err);
        return NULL;
    }
    if (vc__address_parse(&target->address, NULL, address, err) || make_origin(target, err) || choose_proxy(target, err))
        return NULL;
    return vc__steal(&target);
}

void vc__target_free(vc__target *target)
{
    if (!target)
        return;
    vc__address_cleanup(&target->address);
    vc__buf_free(&target->origin);
    vc__buf_free(&target->route);
    vc__buf_free(&target->host_line);
    vc__free(target->name);
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
    SET(CURLOPT_PIPEWAIT, target->address.tls ? 1L : 0L); /* HTTP/2 may come of it: then one connection is enough */
    if (config->text[VC__SET_CLIENT_CERT]) {
        SET(CURLOPT_SSLCERT, config->text[VC__SET_CLIENT_CERT]);
        SET(CURLOPT_SSLKEY, config->text[VC__SET_CLIENT_KEY]); /* NULL: it is in the certificate's file */
    }
    if (config->text[VC__SET_CLIENT_CERT_PEM]) {
        char *cert = config->text[VC__SET_CLIENT_CERT_PEM], *key = config->text[VC__SET_CLIENT_KEY_PEM];
        if (!key && !config->text[VC__SET_CLIENT_KEY])
            key = cert; /* both in one text */
        struct curl_blob cert_blob = { cert, strlen(cert), CURL_BLOB_NOCOPY };
        SET(CURLOPT_SSLCERT_BLOB, &cert_blob);
        if (key) {
            struct curl_blob key_blob = { key, strlen(key), CURL_BLOB_NOCOPY };
            SET(CURLOPT_SSLKEY_BLOB, &key_blob);
        } else {
            SET(CURLOPT_SSLKEY, config->text[VC__SET_CLIENT_KEY]);
        }
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
    SET(CURLOPT_TIMEOUT_MS, (long)config->timeout_ms);
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms);
    SET(CURLOPT_TCP_KEEPALIVE, 1L);
    SET(CURLOPT_BUFFERSIZE, (long)RECEIVE_BUFFER);
    /* Both set, even if empty: otherwise libcurl looks into the environment. */
    SET(CURLOPT_PROXY, target->proxy);
    SET(CURLOPT_NOPROXY, config->text[VC__SET_NO_PROXY] ? config->text[VC__SET_NO_PROXY] : "");
    SET(CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE); /* a proxy gets no token */
    SET(CURLOPT_CONNECT_TO, target->route.len ? &target->connect_to : NULL);
    SET(CURLOPT_UNIX_SOCKET_PATH, target->address.socket[0] ? target->address.socket : NULL);
    if (result == CURLE_OK)
        result = apply_tls(target, easy);
    if (result == CURLE_OUT_OF_MEMORY)
        return vc__error_memory(err);
    return result ? vc__error(err, VC_E_CONFIG, "this libcurl cannot be set up: %s", curl_easy_strerror(result)) : VC_OK;
}

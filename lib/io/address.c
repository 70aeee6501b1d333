/* SPDX-License-Identifier: Apache-2.0 */
#include "io/address.h"

#include "base/error.h"
#include "base/text.h"

#include <curl/curl.h>
#include <stdio.h>
#include <strings.h>

enum { PORT_HTTP = 80, PORT_HTTPS = 443, PORT_MAX = 65535 };

VC__DEFINE_CLEANUP(CURLU, curl_url_cleanup)
VC__DEFINE_CLEANUP(char, curl_free)

void vc__address_cleanup(vc__address *address)
{
    vc__buf_free(&address->path);
}

static char *part(CURLU *url, CURLUPart which)
{
    char *text = NULL;
    return curl_url_get(url, which, &text, CURLU_DEFAULT_PORT) ? NULL : text;
}

static vc_code refuse_parts(CURLU *url, vc_error *err)
{
    vc__autoptr(char) user = part(url, CURLUPART_USER);
    vc__autoptr(char) password = part(url, CURLUPART_PASSWORD);
    vc__autoptr(char) fragment = part(url, CURLUPART_FRAGMENT);
    if (user || password)
        return vc__error(err, VC_E_CONFIG, "an address may not hold a user name or password; Vault takes a token");
    if (fragment)
        return vc__error(err, VC_E_CONFIG, "an address may not hold a fragment (#...)");
    return VC_OK;
}

static vc_code read_parts(vc__address *out, CURLU *url, vc_error *err)
{
    vc__autoptr(char) scheme = part(url, CURLUPART_SCHEME);
    vc__autoptr(char) host = part(url, CURLUPART_HOST);
    vc__autoptr(char) port = part(url, CURLUPART_PORT);
    vc__autoptr(char) path = part(url, CURLUPART_PATH);
    vc__autoptr(char) query = part(url, CURLUPART_QUERY);
    out->tls = scheme && strcasecmp(scheme, "https") == 0;
    if (scheme && !out->tls && strcasecmp(scheme, "http") != 0)
        return vc__error(err, VC_E_CONFIG, "an address begins with https:// or http://");
    if (!scheme || !host || !port || !path) /* an http URL has them all */
        return vc__error_memory(err);
    uint64_t number;
    if (!vc__parse_uint(vc_str(port), PORT_MAX, &number) || !number)
        return vc__error(err, VC_E_CONFIG, "the port of an address is a number from 1 to 65535");
    out->port = (unsigned)number;
    if ((size_t)snprintf(out->host, sizeof out->host, "%s", host) >= sizeof out->host)
        return vc__error(err, VC_E_CONFIG, "the host name of an address is too long");
    vc_view rest = vc_str(path);
    while (rest.len && rest.data[rest.len - 1] == '/')
        rest.len--;
    vc__buf_free(&out->path);
    vc__buf_view(&out->path, rest);
    if (query) {
        vc__buf_byte(&out->path, '?');
        vc__buf_str(&out->path, query);
    }
    return vc__buf_check(&out->path, "the path of an address", err);
}

/* unix:///path, or unix:/path */
static vc_code parse_socket(vc__address *out, const char *text, vc_error *err)
{
    const char *path = text + strlen("unix:");
    if (strncmp(path, "//", 2) == 0)
        path += 2;
    if (*path != '/' || !path[1])
        return vc__error(err, VC_E_CONFIG, "the address of a unix socket is written unix:///path/to/socket");
    if ((size_t)snprintf(out->socket, sizeof out->socket, "%s", path) >= sizeof out->socket)
        return vc__error(err, VC_E_CONFIG, "the path of a unix socket has at most %zu bytes", sizeof out->socket - 1);
    out->tls = false;
    out->port = PORT_HTTP;
    snprintf(out->host, sizeof out->host, "localhost");
    vc__buf_free(&out->path);
    return VC_OK;
}

vc_code vc__address_parse(vc__address *out, const char *base, const char *text, vc_error *err)
{
    if (!base && vc__view_starts(vc_str(text), "unix:"))
        return parse_socket(out, text, err);
    vc__autoptr(CURLU) url = curl_url();
    if (!url)
        return vc__error_memory(err);
    if (base && curl_url_set(url, CURLUPART_URL, base, 0))
        return vc__error(err, VC_E_CONFIG, "the address is not a URL");
    switch ((int)curl_url_set(url, CURLUPART_URL, text, 0)) {
    case CURLUE_OK:
        break;
    case CURLUE_OUT_OF_MEMORY:
        return vc__error_memory(err);
    case CURLUE_BAD_SCHEME:
    case CURLUE_UNSUPPORTED_SCHEME:
        return vc__error(err, VC_E_CONFIG, "an address begins with https:// or http://");
    default:
        return vc__error(err, VC_E_CONFIG, "the address is not a URL such as https://vault.example:8200");
    }
    const vc_code code = refuse_parts(url, err);
    return code ? code : read_parts(out, url, err);
}

bool vc__address_same_server(const vc__address *a, const vc__address *b)
{
    return a->tls == b->tls && a->port == b->port && strcasecmp(a->host, b->host) == 0 && strcmp(a->socket, b->socket) == 0;
}

bool vc__address_is_loopback(const vc__address *address)
{
    unsigned a, b, c, d;
    char more;
    return strcasecmp(address->host, "localhost") == 0 || strcmp(address->host, "[::1]") == 0 ||
           (sscanf(address->host, "%3u.%3u.%3u.%3u%c", &a, &b, &c, &d, &more) == 4 && a == 127);
}

void vc__address_authority(const vc__address *address, vc__buf *out)
{
    vc__buf_str(out, address->host);
    if (address->port != (address->tls ? PORT_HTTPS : PORT_HTTP))
        vc__buf_printf(out, ":%u", address->port);
}

void vc__address_origin(const vc__address *address, vc__buf *out)
{
    if (address->socket[0]) {
        vc__buf_printf(out, "unix://%s", address->socket);
        return;
    }
    vc__buf_str(out, address->tls ? "https://" : "http://");
    vc__address_authority(address, out);
}

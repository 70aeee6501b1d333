/* SPDX-License-Identifier: Apache-2.0 */
#include "io/failure.h"

#include "base/error.h"
#include "io/file.h"

#include <stdio.h>

enum { REASON_ROOM = 256 };

typedef enum failure_kind {
    BROKEN = 0, /* in mid-exchange */
    RESOLVE,
    CONNECT,
    PROXY,
    TLS_HANDSHAKE,
    TLS_VERIFY,
    TLS_FILES,
    TIMEOUT,
    NOT_VAULT,
    MEMORY,
    INTERNAL
} failure_kind;

/* What is not listed is INTERNAL: it should not happen to plain requests over HTTP. */
static const struct {
    CURLcode result;
    failure_kind kind;
} kinds[] = {
    { CURLE_GOT_NOTHING, BROKEN },
    { CURLE_PARTIAL_FILE, BROKEN },
    { CURLE_RECV_ERROR, BROKEN },
    { CURLE_SEND_ERROR, BROKEN },
    { CURLE_HTTP2, BROKEN },
    { CURLE_HTTP2_STREAM, BROKEN },
    { CURLE_SEND_FAIL_REWIND, BROKEN },
    { CURLE_COULDNT_RESOLVE_HOST, RESOLVE },
    { CURLE_COULDNT_CONNECT, CONNECT },
    { CURLE_INTERFACE_FAILED, CONNECT },
    { CURLE_COULDNT_RESOLVE_PROXY, PROXY },
    { CURLE_PROXY, PROXY },
    { CURLE_SSL_CONNECT_ERROR, TLS_HANDSHAKE },
    { CURLE_SSL_CLIENTCERT, TLS_HANDSHAKE },
    { CURLE_SSL_INVALIDCERTSTATUS, TLS_VERIFY },
    { CURLE_PEER_FAILED_VERIFICATION, TLS_VERIFY },
    { CURLE_SSL_ISSUER_ERROR, TLS_VERIFY },
    { CURLE_SSL_CACERT_BADFILE, TLS_FILES },
    { CURLE_SSL_CERTPROBLEM, TLS_FILES },
    { CURLE_SSL_CIPHER, TLS_FILES },
    { CURLE_SSL_CRL_BADFILE, TLS_FILES },
    { CURLE_OPERATION_TIMEDOUT, TIMEOUT },
    { CURLE_WEIRD_SERVER_REPLY, NOT_VAULT },
    { CURLE_UNSUPPORTED_PROTOCOL, NOT_VAULT },
    { CURLE_BAD_CONTENT_ENCODING, NOT_VAULT },
    { CURLE_HTTP_RETURNED_ERROR, NOT_VAULT },
    { CURLE_OUT_OF_MEMORY, MEMORY },
};

static failure_kind kind_of(CURLcode result, const char *text)
{
    /* OpenSSL's word for a connection that was closed under the handshake. */
    if (result == CURLE_SSL_CONNECT_ERROR && (strstr(text, "SSL_ERROR_SYSCALL") || strstr(text, "onnection reset")))
        return BROKEN;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (kinds[i].result == result)
            return kinds[i].kind;
    return INTERNAL;
}

/* libcurl's own words may repeat what a server said, or the address of a proxy with its password. */
static bool may_repeat(failure_kind kind)
{
    return kind == PROXY || kind == NOT_VAULT || kind == INTERNAL;
}

/* libcurl's words, else its words for the code; what is not printable ASCII becomes '?'. */
static const char *reason_of(CURLcode result, const char *text, char reason[REASON_ROOM])
{
    snprintf(reason, REASON_ROOM, "%s", text && *text ? text : curl_easy_strerror(result));
    for (char *c = reason; *c; c++)
        if (*c < ' ' || *c > '~')
            *c = '?';
    return reason;
}

/* What to look at where it is Vault that is asked. */
static const char *hint(const vc__target *target, const char *text)
{
    return target->web ? "" : text;
}

static vc_code connect_failure(const vc__target *target, CURL *easy, char reason[REASON_ROOM], vc_error *why)
{
    long number = 0;
    if (curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &number) == CURLE_OK && number) {
        vc__system_text((int)number, reason, REASON_ROOM);
        if (reason[0] >= 'A' && reason[0] <= 'Z')
            reason[0] = (char)(reason[0] - 'A' + 'a');
    }
    return vc__error(why, VC_E_CONNECT, "cannot connect to %s: %s%s", target->name, reason,
                     hint(target, ". Is Vault running there? VAULT_ADDR or the configuration says where."));
}

static vc_code timeout_failure(const vc__target *target, CURL *easy, vc_error *why)
{
    curl_off_t sent_at = 0;
    (void)curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &sent_at);
    if (!sent_at)
        return vc__error(why, VC_E_TIMEOUT, "no connection to %s in time. Is the address right, and no firewall in between?",
                         target->name);
    return vc__error(why, VC_E_TIMEOUT, "%s did not answer within %llu ms%s", target->name,
                     (unsigned long long)target->config->timeout_ms, hint(target, " (VAULT_CLIENT_TIMEOUT)"));
}

static vc_code handshake_failure(const char *name, const char *reason, vc_error *why)
{
    const char *plain = strstr(reason, "wrong version number") ? ". Does it speak plain http:// there?" : "";
    return vc__error(why, VC_E_TLS, "TLS with %s failed: %s%s", name, reason, plain);
}

static vc_code fill(const vc__target *target, CURL *easy, failure_kind kind, char reason[REASON_ROOM], vc_error *why)
{
    const char *name = target->name;
    switch (kind) {
    case RESOLVE:
        return vc__error(why, VC_E_CONNECT, "cannot find the host of %s: %s%s", name, reason,
                         hint(target, ". VAULT_ADDR or the configuration says where Vault is."));
    case CONNECT:
        return connect_failure(target, easy, reason, why);
    case PROXY:
        return vc__error(why, VC_E_CONNECT, "cannot reach %s through the proxy: %s", name, reason);
    case BROKEN:
        return vc__error(why, VC_E_CONNECT, "the connection to %s broke before the answer was whole: %s", name, reason);
    case TLS_HANDSHAKE:
        return handshake_failure(name, reason, why);
    case TLS_VERIFY:
        return vc__error(why, VC_E_TLS,
                         "the certificate of %s is not accepted: %s%s", name, reason,
                         hint(target, ". VAULT_CACERT names whom to trust, VAULT_TLS_SERVER_NAME the name it is for."));
    case TLS_FILES:
        return vc__error(why, VC_E_TLS, "TLS cannot be set up for %s: %s. Check the files of authorities, certificate and key.",
                         name, reason);
    case TIMEOUT:
        return timeout_failure(target, easy, why);
    case NOT_VAULT:
        return vc__error(why, VC_E_PROTOCOL, "%s answers, but not as %s does: %s. Check the address.", name,
                         target->web ? "a web server" : "Vault", reason);
    case MEMORY:
        return vc__error_memory(why);
    case INTERNAL:
        break;
    }
    return vc__error(why, VC_E_INTERNAL, "the request to %s failed: %s", name, reason);
}

vc_code vc__curl_failure(const vc__target *target, CURL *easy, CURLcode result, const char *text, vc_error *why)
{
    char reason[REASON_ROOM];
    reason_of(result, text, reason);
    const failure_kind kind = kind_of(result, reason);
    if (may_repeat(kind))
        reason_of(result, NULL, reason);
    const vc_code code = fill(target, easy, kind, reason, why);
    why->retryable = kind == BROKEN || kind == RESOLVE || kind == CONNECT || kind == PROXY || kind == TIMEOUT;
    return code;
}

/*
 * libcurl counts curl_global_init(), and it is thread-safe in the versions that configure asks for. There is no curl_global_cleanup(): it would
 * pull libcurl from under other users in this process who never counted themselves in; what stays is a few hundred bytes.
 */
vc_code vc__curl_start(vc_error *err)
{
    const CURLcode result = curl_global_init(CURL_GLOBAL_DEFAULT);
    return result ? vc__error(err, VC_E_INTERNAL, "libcurl does not start: %s", curl_easy_strerror(result)) : VC_OK;
}

bool vc__curl_unsent(CURL *easy)
{
    long bytes = 1;
    return curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &bytes) == CURLE_OK && bytes == 0;
}

vc_code vc__curl_multi_failure(CURLMcode result, vc_error *err)
{
    if (result == CURLM_OUT_OF_MEMORY)
        return vc__error_memory(err);
    return vc__error(err, VC_E_INTERNAL, "libcurl failed: %s", curl_multi_strerror(result));
}

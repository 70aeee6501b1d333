/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skr_sidecar.c - the sidecar's REST API, with what is odd about it: a status that is 200 either way, an error that is an empty
 * object, and an attestation that fails in one answer with two JSON values. The bodies are those of
 * microsoft/confidential-sidecar-containers: internal/httpginendpoints, pkg/skr/skr.go, pkg/common/akv.go and http.go.
 */
#include "skr.h"

#include "base/base64.h"
#include "base/base64url.h"
#include "base/text.h"
#include "clock.h"
#include "crypto/hash.h"
#include "json_each.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>

enum { CAUSE = 4096, RUNTIME_MAX = 1 << 16, REPORT = 1184, REPORT_DATA_AT = 80, HOST_DATA_AT = 192, TOKEN_LIFE = 28800 };

/* Where people are sent to, in every error (pkg/skr/skr.go). */
static const char where_to_read[] =
    "ERROR: Please refer to the documentation for more information on how to use this sidecar.\n"
    "ACI: https://github.com/microsoft/confidential-sidecar-containers/blob/main/examples/skr/aci/README.md\n"
    "KATA: https://github.com/microsoft/confidential-sidecar-containers/blob/main/examples/skr/aks/README.md\n"
    "Troubleshooting: https://github.com/microsoft/confidential-sidecar-containers/blob/main/examples/skr/TROUBLESHOOTING.md";

/* {"error":"what\n...: cause"} */
static void refuse(skr_request *request, int status, const char *what, const char *cause)
{
    vc__auto(vc__buf) text = VC__BUF(CAUSE + 2048);
    vc__buf_str(&text, what);
    vc__buf_byte(&text, '\n');
    vc__buf_str(&text, where_to_read);
    vc__buf_str(&text, ": ");
    vc__buf_str(&text, cause);
    vc__buf *out = skr_answer(request, status);
    out_open(out, '{');
    out_member(out, "error", text.data ? text.data : what);
    out_close(out, '}');
}

/* -- status --------------------------------------------------------------------------------------------------------------- */

void skr_status(skr_request *request)
{
    vc__buf_printf(skr_answer(request, 200), "{\"message\":\"Status %s\"}", request->skr->not_ready ? "NOT OK" : "OK");
}

/* -- attestation ---------------------------------------------------------------------------------------------------------- */

/* Whether a host is one of the emulated services: DEV_SKR_MAA, or another name in that zone. */
static bool is_maa(const char *host)
{
    static const char zone[] = ".dev.localhost";
    const size_t len = strlen(host);
    return len >= sizeof zone && strcmp(host + len - (sizeof zone - 1), zone) == 0 && !strpbrk(host, "/:@? ");
}

/* What Go's HTTP client says of a host that nobody knows; a scheme in front becomes one. */
static void no_such_host(char *cause, const char *prefix, const char *host, const char *path)
{
    const size_t len = strcspn(host, ":/");
    snprintf(cause, CAUSE, "%sHTTP GET failed: Post \"https://%.400s%.400s\": dial tcp: lookup %.*s: no such host", prefix, host, path,
             (int)(len < 200 ? len : 200), host);
}

/* False: `cause` says why the environment is not attested by that service. */
static bool attested(const dev_skr *skr, const char *maa, char *cause)
{
    if (!skr->world.claims) {
        snprintf(cause, CAUSE, "failed to retrieve attestation report: open /dev/sev-guest: no such file or directory");
        return false;
    }
    if (is_maa(maa))
        return true;
    no_such_host(cause, "retrieving MAA token from MAA endpoint failed: maa post request failed: ", maa,
                 "/attest/SevSnpVM?api-version=2020-10-01");
    return false;
}

/* Go's validator, of a field that is not there. */
static void field_missing(char *cause, const char *type, const char *field)
{
    const size_t at = strlen(cause);
    snprintf(cause + at, CAUSE - at, "%sKey: '%s.%s' Error:Field validation for '%s' failed on the 'required' tag", at ? "\n" : "", type, field,
             field);
}

/* A body that is no JSON object says so; a field that must be there and is not, too. */
static bool bound(const skr_request *request, const char *type, const char *const (*fields)[2], size_t count, char *cause)
{
    cause[0] = 0;
    if (!request->json) {
        snprintf(cause, CAUSE, "%s", request->body.len ? "invalid character looking for beginning of value" : "EOF");
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const char *text = skr_text(request->json, fields[i][0]);
        if (!text || !*text)
            field_missing(cause, type, fields[i][1]);
    }
    return !*cause;
}

/* -- tokens --------------------------------------------------------------------------------------------------------------- */

static void signer_id(const dev_skr *skr, char *id)
{
    snprintf(id, 20, "dev-%d", EVP_PKEY_get_bits(skr->signer));
}

static bool sign(EVP_PKEY *key, vc__buf *token)
{
    unsigned char signature[512];
    size_t len = sizeof signature;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    const bool well = context && EVP_DigestSignInit_ex(context, NULL, "SHA256", NULL, NULL, key, NULL) == 1 &&
                      EVP_DigestSign(context, signature, &len, (const unsigned char *)token->data, token->len) == 1;
    EVP_MD_CTX_free(context);
    if (well) {
        vc__buf_byte(token, '.');
        vc__base64url_encode(token, vc_view_of(signature, len));
    }
    return well && token->failed == VC_OK;
}

/* The claims as they stand, and what the service adds. */
static void write_payload(const dev_skr *skr, const char *maa, json_object *runtime, vc__buf *out)
{
    char id[37];
    const int64_t now = dev_wall() / 1000000000;
    json_object *claims = json_tokener_parse(skr->world.text);
    dev_uuid(skr->random, id);
    out_open(out, '{');
    DEV_JSON_EACH(claims, each)
    {
        const char *name = json_object_iter_peek_name(&each);
        json_object *value = json_object_iter_peek_value(&each);
        out_string(out, vc_str(name));
        vc__buf_byte(out, ':');
        vc__buf_str(out, value ? json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE) : "null");
    }
    out_member_int(out, "exp", now + TOKEN_LIFE);
    out_member_int(out, "iat", now);
    out_key(out, "iss");
    vc__buf_printf(out, "\"https://%s\"", maa);
    out_member(out, "jti", id);
    out_member_int(out, "nbf", now);
    out_member_json(out, "x-ms-runtime", json_object_to_json_string_ext(runtime, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
    out_close(out, '}');
    json_object_put(claims);
}

static bool make_token(const dev_skr *skr, const char *maa, json_object *runtime, vc__buf *token)
{
    char id[20];
    vc__auto(vc__buf) header = VC__BUF(1024), payload = VC__BUF(1 << 18);
    signer_id(skr, id);
    vc__buf_printf(&header, "{\"alg\":\"RS256\",\"jku\":\"https://%s/certs\",\"kid\":\"%s\",\"typ\":\"JWT\"}", maa, id);
    write_payload(skr, maa, runtime, &payload);
    vc__base64url_encode(token, vc__buf_get(&header));
    vc__buf_byte(token, '.');
    vc__base64url_encode(token, vc__buf_get(&payload));
    return !header.failed && !payload.failed && sign(skr->signer, token);
}

/* The key that signs them, as a JWK set. */
void skr_maa_certs(skr_request *request)
{
    char id[20];
    const dev_skr_version pair = { .kind = SKR_RSA, .pair = request->skr->signer };
    vc__buf *out = skr_answer(request, 200);
    signer_id(request->skr, id);
    vc__buf_printf(out, "{\"keys\":[{\"alg\":\"RS256\",\"kid\":\"%s\",\"kty\":\"RSA\",\"use\":\"sig\"", id);
    dev_skr_public(&pair, out);
    vc__buf_str(out, "}]}");
}

/* Standard base64, as the sidecar reads it. False: `cause`. */
static bool runtime_bytes(skr_request *request, vc__buf *bytes, char *cause)
{
    size_t len = 0, bad = 0;
    const vc_view text = vc_str(skr_text(request->json, "runtime_data"));
    if (vc__buf_reserve(bytes, text.len + 4) == VC_OK && vc__base64_decode_go(bytes->data, &len, text, &bad) == VC_OK) {
        bytes->len = len;
        bytes->data[len] = 0;
        return true;
    }
    snprintf(cause, CAUSE, "illegal base64 data at input byte %zu", bad);
    return false;
}

void skr_attest_maa(skr_request *request)
{
    static const char *const fields[][2] = { { "maa_endpoint", "MAAEndpoint" }, { "runtime_data", "RuntimeData" } };
    char cause[CAUSE];
    vc__auto(vc__buf) bytes = VC__BUF(RUNTIME_MAX), token = VC__BUF(1 << 19);
    if (!bound(request, "MAAAttestData", fields, 2, cause)) {
        refuse(request, 400, "invalid request format", cause);
        return;
    }
    if (!runtime_bytes(request, &bytes, cause)) {
        refuse(request, 400, "decoding base64-encoded runtime data of request failed", cause);
        return;
    }
    const char *maa = skr_text(request->json, "maa_endpoint");
    json_object *runtime = bytes.len ? json_tokener_parse(bytes.data) : NULL;
    bool well = attested(request->skr, maa, cause);
    if (well && !json_object_is_type(runtime, json_type_object)) {
        snprintf(cause, CAUSE, "retrieving MAA token from MAA endpoint failed: pulling maa post response failed: {\"error\":{\"code\":"
                               "\"InvalidParameter\",\"message\":\"runtimeData is not valid JSON\"}}: http response status equal to 400 Bad Request");
        well = false;
    }
    if (well)
        well = make_token(request->skr, maa, runtime, &token);
    json_object_put(runtime);
    if (!well) /* and then it goes on, so that two values are answered */
        refuse(request, 403, "attestation failed", cause);
    vc__buf *out = well ? skr_answer(request, 200) : &request->twin.reply.body;
    vc__buf_printf(out, "{\"token\":\"%s\"}", well ? token.data : "");
}

/* An SEV-SNP report of version 2, of which report data and host data are filled in, and which nobody signed. */
void skr_attest_raw(skr_request *request)
{
    static const char *const fields[][2] = { { "runtime_data", "RuntimeData" } };
    char cause[CAUSE];
    unsigned char report[REPORT] = { 2 }, host[32];
    vc__auto(vc__buf) bytes = VC__BUF(RUNTIME_MAX), hex = VC__BUF(2 * REPORT + 1);
    if (!bound(request, "RawAttestData", fields, 1, cause)) {
        refuse(request, 400, "invalid request format", cause);
        return;
    }
    if (!runtime_bytes(request, &bytes, cause)) {
        refuse(request, 400, "decoding base64-encoded runtime data of request failed", cause);
        return;
    }
    vc__autoptr(vc__digest) digest = vc__digest_new(VC__SHA2_256, NULL);
    const vc_claims *claims = request->skr->world.claims;
    const vc_view measured = claims ? vc_claims_get(claims, vc_str("x-ms-sevsnpvm-hostdata")) : vc_view_of(NULL, 0);
    if (!digest || vc__digest_of(digest, vc__buf_get(&bytes), report + REPORT_DATA_AT, NULL) != VC_OK) {
        refuse(request, 403, "failure to fetch attestation report hex", "no memory");
        return;
    }
    if (measured.len == 64 && vc__hex_decode(host, measured))
        memcpy(report + HOST_DATA_AT, host, sizeof host);
    vc__hex_encode(&hex, vc_view_of(report, sizeof report));
    vc__buf_printf(skr_answer(request, 200), "{\"report\":\"%s\"}", hex.data ? hex.data : "");
}

/* -- release -------------------------------------------------------------------------------------------------------------- */

typedef struct release {
    skr_request *request;
    const char *maa, *akv, *kid, *token;
    char *cause;
} release;

/* What the key store answered, through the sidecar's three wrappings. */
static bool store_says(release *r, const char *status, const char *code, const char *inner, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

static bool store_says(release *r, const char *status, const char *code, const char *inner, const char *format, ...)
{
    char message[1200];
    va_list list;
    vc__auto(vc__buf) body = VC__BUF(CAUSE);
    va_start(list, format);
    vsnprintf(message, sizeof message, format, list);
    va_end(list);
    vc__buf_str(&body, "{\"error\":{");
    out_member(&body, "code", code);
    out_member(&body, "message", message);
    if (inner)
        vc__buf_printf(&body, ",\"innererror\":{\"code\":\"%s\"}", inner);
    vc__buf_str(&body, "}}");
    snprintf(r->cause, CAUSE, "releasing the key %.200s failed: pulling AKV response body failed: %s: http response status equal to %s", r->kid,
             body.data ? body.data : "", status);
    return false;
}

/* Whether the sidecar gets a token for the key store, and what that is worth there. */
static bool authorised(release *r)
{
    const dev_skr_world *world = &r->request->skr->world;
    if (!r->token && !world->identity) {
        snprintf(r->cause, CAUSE,
                 "retrieving authentication token failed: Get \"http://169.254.169.254/metadata/identity/oauth2/token\": no managed identity here");
        return false;
    }
    if (strcmp(r->akv, r->request->skr->host) != 0 &&
        (strncmp(r->akv, "localhost:", 10) != 0 || strcmp(r->akv + 10, strchr(r->request->skr->host, ':') + 1) != 0)) {
        char prefix[300], path[300];
        snprintf(prefix, sizeof prefix, "releasing the key %.200s failed: AKV post request failed: ", r->kid);
        snprintf(path, sizeof path, "/keys/%.200s/release?api-version=7.4", r->kid);
        no_such_host(r->cause, prefix, r->akv, path);
        return false;
    }
    if (r->token && world->token[0] && strcmp(r->token, world->token) != 0)
        return store_says(r, "401 Unauthorized", "Unauthorized", NULL, "AKV10032: Invalid issuer, or the token is not valid.");
    if (!world->role)
        return store_says(r, "403 Forbidden", "Forbidden", "ForbiddenByRbac",
                          "Caller is not authorized to perform action on resource.\r\nIf role assignments, deny assignments or role definitions "
                          "were changed recently, please observe propagation time.\r\nAction: 'Microsoft.KeyVault/vaults/keys/release/action'\r\n"
                          "Resource: 'keys/%s'\r\nAssignment: (not found)\r\n",
                          r->kid);
    return true;
}

static bool allowed(release *r, const dev_skr_version **version)
{
    vc_error err = VC_ERROR_INIT;
    char authority[512];
    const dev_skr *skr = r->request->skr;
    if (!skr_find_key(skr, vc_str(r->kid), version))
        return store_says(r, "404 Not Found", "KeyNotFound", NULL, "A key with (name/id) %s was not found in this key vault.", r->kid);
    if (!(*version)->enabled)
        return store_says(r, "403 Forbidden", "Forbidden", "KeyDisabled", "Operation release is not allowed on a disabled key.");
    if (!(*version)->exportable || !(*version)->policy)
        return store_says(r, "400 Bad Request", "BadParameter", NULL, "Key is not exportable.");
    snprintf(authority, sizeof authority, "https://%s", r->maa);
    if (vc_release_policy_decide((*version)->policy, vc_str(authority), skr->world.claims, NULL, NULL, &err) == VC_OK)
        return true;
    dev_log(skr->server, DEV_LOG_INFO, "skr: key %s: %s", r->kid, err.message); /* the real store tells nobody which claim it was */
    return store_says(r, "403 Forbidden", "Forbidden", "AccessDenied",
                      "Target environment attestation does not meet key release policy requirements.");
}

void skr_key_release(skr_request *request)
{
    static const char *const fields[][2] = { { "maa_endpoint", "MAAEndpoint" }, { "akv_endpoint", "AKVEndpoint" }, { "kid", "KID" } };
    char cause[CAUSE], why[CAUSE];
    const dev_skr_version *version = NULL;
    json_object *given;
    const bool odd = request->json && json_object_object_get_ex(request->json, "access_token", &given) && !skr_text(request->json, "access_token");
    if (odd || !bound(request, "KeyReleaseData", fields, 3, cause)) {
        vc__buf_str(skr_answer(request, 400), "{\"error\":{}}"); /* an error object, marshalled: nothing of it is exported */
        return;
    }
    const char *token = skr_text(request->json, "access_token");
    release r = { request, skr_text(request->json, "maa_endpoint"), skr_text(request->json, "akv_endpoint"), skr_text(request->json, "kid"),
                  token && *token ? token : NULL, cause };
    if (!attested(request->skr, r.maa, why)) {
        snprintf(cause, CAUSE, "attestation failed: %.3000s", why);
        refuse(request, 403, "secure key release failed", cause);
        return;
    }
    vc__auto(vc__buf) jwk = VC__BUF(1 << 16);
    if (!authorised(&r) || !allowed(&r, &version) || !dev_skr_jwk(version, true, &jwk)) {
        refuse(request, 403, "secure key release failed", cause);
        return;
    }
    vc__buf *out = skr_answer(request, 200);
    out_open(out, '{');
    out_key(out, "key");
    out_string(out, vc__buf_get(&jwk));
    out_close(out, '}');
    dev_log(request->skr->server, DEV_LOG_INFO, "skr: key %s released", r.kid);
}

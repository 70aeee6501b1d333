/* SPDX-License-Identifier: Apache-2.0 */
/* sidecar_refusal.c - what the texts mean with which a sidecar refuses a key, in words that say what to do. */
#include "base/error.h"
#include "base/text.h"
#include "io/sidecar.h"
#include "json/read.h"

#include <ctype.h>
#include <stdio.h>

enum { TEXT_MAX = 16384, EXCERPT = 160, CLAIMS = 120, RUN_MASKED = 16, RUN_MASKED_ALWAYS = 48 };

/* The first one whose words are all in the text holds. */
static const struct {
    const char *words[2];
    const char *means;
} meanings[] = {
    { { "/dev/sev", "attestation" }, "nothing attests this environment: it has no SEV-SNP device, so it does not run as a confidential container" },
    { { "failed to retrieve attestation report", "" }, "nothing attests this environment: it has no attestation report" },
    { { "does not meet key release policy", "" },
      "the attested environment does not meet the key's release policy (the key store tells nobody by which claim: compare the policy with the "
      "environment's claims)" },
    { { "ForbiddenByRbac", "" },
      "a role is missing: the identity needs Key Vault Crypto Officer and Key Vault Crypto User (action "
      "Microsoft.KeyVault/vaults/keys/release/action); a new role takes some minutes to count" },
    { { "not authorized to perform action", "" },
      "a role is missing: the identity needs Key Vault Crypto Officer and Key Vault Crypto User (of a managed HSM: Managed HSM Crypto Officer and "
      "Managed HSM Crypto User for /keys)" },
    { { "KeyNotFound", "" }, "the key store has no key of this name: check `kid` and `akv_endpoint`" },
    { { "KeyDisabled", "" }, "the key is disabled in the key store" },
    { { "not exportable", "" }, "the key was made without a release policy, or not exportable: it can never be released" },
    { { "AKV10032", "" }, "the key store does not take the access token: it is of another tenant, or has expired" },
    { { "401 Unauthorized", "" }, "the key store does not take the access token: it has expired, or is none" },
    { { "authentication token failed", "" }, "there is no managed identity here: assign one, or name an access token's file (`access_token_file`)" },
    { { "AKV post request failed", "no such host" }, "the key store's host is not found: check `akv_endpoint`, a host without https://" },
    { { "AKV post request failed", "" }, "the sidecar does not reach the key store: check `akv_endpoint` and the network" },
    { { "maa post request failed", "no such host" }, "the attestation service's host is not found: check `maa_endpoint`, a host without https://" },
    { { "maa post request failed", "" }, "the sidecar does not reach the attestation service: check `maa_endpoint` and the network" },
    { { "attestation failed", "" }, "the environment could not be attested" },
};

/* The text of "error", in `text`; empty: it is none ({"error":{}} is what comes of most bad requests). */
static void error_text(vc_view body, vc__buf *text)
{
    vc__auto(vc__buf) copy = VC__BUF(TEXT_MAX);
    vc__reader reader;
    vc__buf_append(&copy, body.data, body.len < TEXT_MAX - 1 ? body.len : TEXT_MAX - 1);
    if (copy.failed || !copy.len)
        return;
    vc__reader_start(&reader, copy.data, copy.len);
    if (vc__reader_next(&reader) != VC__TOKEN_OBJECT)
        return;
    while (vc__reader_next(&reader) == VC__TOKEN_NAME)
        if (vc__view_is(reader.text, "error") && vc__reader_next(&reader) == VC__TOKEN_STRING)
            vc__buf_view(text, reader.text);
        else
            vc__reader_skip(&reader);
}

static const char *meaning_of(const char *text)
{
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++)
        if (strstr(text, meanings[i].words[0]) && strstr(text, meanings[i].words[1]))
            return meanings[i].means;
    return NULL;
}

/* The names of claims that the text speaks of: ": x-ms-..., x-ms-...", or nothing. */
static void claims_of(const char *text, char out[CLAIMS])
{
    size_t len = 0;
    out[0] = 0;
    for (const char *at = text; (at = strstr(at, "x-ms-"));) {
        size_t n = 0;
        while (islower((unsigned char)at[n]) || isdigit((unsigned char)at[n]) || at[n] == '-' || at[n] == '.')
            n++;
        if (n <= 48 && len + n + 4 < CLAIMS)
            len += (size_t)snprintf(out + len, CLAIMS - len, "%s%.*s", len ? ", " : ": ", (int)n, at);
        at += n;
    }
}

static bool may_be_secret(char c)
{
    return isalnum((unsigned char)c) || strchr("+/_=-", c);
}

/* What is printable of a text's beginning, without what could be a token or a key. */
static void excerpt_of(const char *text, char out[EXCERPT + 1])
{
    size_t len = 0;
    while (*text && len < EXCERPT) {
        size_t run = 0;
        bool digit = false;
        while (text[run] && may_be_secret(text[run])) {
            digit |= isdigit((unsigned char)text[run]) != 0;
            run++;
        }
        if ((run >= RUN_MASKED && digit) || run >= RUN_MASKED_ALWAYS) {
            len += (size_t)snprintf(out + len, EXCERPT + 1 - len, "***");
            len = len > EXCERPT ? EXCERPT : len;
            text += run;
            continue;
        }
        for (run = run ? run : 1; run && len < EXCERPT; run--, text++)
            out[len++] = *text >= ' ' && *text <= '~' ? *text : ' ';
    }
    out[len] = 0;
}

/* Behind the words that every error begins with: what happened, and where to read about it. */
static const char *cause_of(const char *text)
{
    static const char last_words[] = "TROUBLESHOOTING.md: ";
    const char *at = strstr(text, last_words), *line = strchr(text, '\n');
    return at ? at + strlen(last_words) : line && line[1] ? line + 1 : text;
}

/*
 * The sidecar says 403 to whatever went wrong. Behind a reply that it passes on stands that reply's status, at the very end: it decides, and what
 * a body quotes does not. 0: nobody replied.
 */
static int status_within(const char *text)
{
    static const char words[] = "status equal to ";
    const char *last = NULL;
    for (const char *at = text; (at = strstr(at, words)); at += sizeof words - 1)
        last = at + sizeof words - 1;
    int status = 0;
    for (size_t i = 0; last && i < 3 && isdigit((unsigned char)last[i]); i++)
        status = status * 10 + (last[i] - '0');
    return status;
}

/* Nobody has refused: attestation service, key store or metadata service cannot be asked now. */
static bool is_outage(const char *text, int within)
{
    static const char *const asked[] = { "post request failed", "authentication token", "HTTP GET failed", "refreshing CertChain failed" };
    const bool token = strstr(text, "retrieving authentication token") != NULL;
    if (within) /* the metadata service says 404 and 410 while it is being updated */
        return within == 408 || within == 429 || within >= 500 || (token && (within == 404 || within == 410));
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++)
        if (strstr(text, asked[i]))
            return true;
    return false;
}

static vc_code code_of(int status, const char *text)
{
    const int within = status == 403 ? status_within(text) : 0;
    if (status == 403 && is_outage(text, within))
        return within == 429 ? VC_E_BUSY : VC_E_SERVER;
    return status == 403 ? VC_E_DENIED : status == 429 ? VC_E_BUSY : status >= 500 ? VC_E_SERVER : VC_E_REQUEST;
}

vc_code vc__sidecar_fault(const char *what, const char *check, int status, vc_view body, vc_error *err)
{
    char claims[CLAIMS], excerpt[EXCERPT + 1] = "";
    vc__auto(vc__buf) text = VC__BUF(TEXT_MAX);
    error_text(body, &text);
    const char *words = text.data ? text.data : "", *means = meaning_of(words);
    const vc_code code = code_of(status, words);
    const bool away = code == VC_E_BUSY || code == VC_E_SERVER;
    claims_of(words, claims);
    if (!means && !strstr(words, "\"kty") && !strstr(words, "\\\"kty"))
        excerpt_of(cause_of(words), excerpt);
    if (means)
        vc__error(err, code, "%.160s %s: %s%s", what, away ? "failed" : "was refused", means, claims);
    else if (code == VC_E_REQUEST && !excerpt[0])
        vc__error(err, code, "the sidecar does not take the request for %.160s: check %s", what, check);
    else
        vc__error(err, code, "%.160s %s%s%s%s", what, code == VC_E_DENIED ? "was refused" : "failed", excerpt[0] ? ": " : "", excerpt, claims);
    return vc__error_http(err, status, vc_str(NULL), away);
}

vc_code vc__sidecar_refusal(const char *kid, int status, vc_view body, vc_error *err)
{
    char what[140];
    snprintf(what, sizeof what, "the release of key %.100s", kid);
    return vc__sidecar_fault(what, "`url`, `maa_endpoint`, `akv_endpoint` and `kid`", status, body, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What answers log-ins. The first byte picks the reader (g: grant, t: terms, l: lookup of a wrapping token, u: unwrapping), the next
 * three are the digits of the status; what follows is the body: "g200{...}".
 */
#include "fuzz.h"

#include "vault/login.h"

enum { HEAD = 4 };

static void grant(int status, char *body, size_t len)
{
    vc__grant read;
    vc_error err = VC_ERROR_INIT;
    const vc_code code = vc__grant_read(&read, status, body, len, "the log-in", &err);
    HOLDS(code == err.code);
    HOLDS((code == VC_OK) == (read.token != NULL));
    if (code) {
        HOLDS(err.message[0] && err.http_status == status);
        return;
    }
    HOLDS(status >= 200 && status <= 299);
    const vc_view token = vc__secret_get(read.token);
    HOLDS(vc__token_is_sane(token) && token.len <= len);
    HOLDS(strlen(read.accessor) < VC__ACCESSOR_ROOM && read.policies.len <= len);
    vc__lease lease;
    uint64_t at;
    vc__lease_init(&lease, 1, true);
    vc__lease_start(&lease, 1000, &read.terms, VC__LEASE_FRESH);
    for (uint64_t now = 1000; now < 10000000; now = now * 2 + 1)
        HOLDS(vc__lease_look(&lease, now, &at) == VC__LEASE_OVER || vc__lease_left(&lease, now) > 0);
    vc__grant_cleanup(&read);
}

static void terms(int status, char *body, size_t len)
{
    vc__lease_terms read = { 1, 2, true, false };
    vc_error err = VC_ERROR_INIT;
    const vc_code code = vc__terms_read(&read, status, body, len, &err);
    HOLDS(code == err.code);
    HOLDS(!code || (read.ttl_s == 1 && read.uses == 2 && read.renewable));
}

static void unwrap(int status, char *body, size_t len)
{
    vc_error err = VC_ERROR_INIT;
    vc__secret *secret = vc__wrapped_unwrap_read(status, body, len, &err);
    HOLDS((secret != NULL) == (err.code == VC_OK));
    HOLDS(!secret || (vc__secret_get(secret).len && vc__secret_get(secret).len <= len));
    vc__secret_free(secret);
}

static void look_up(int status, char *body, size_t len)
{
    vc_error err = VC_ERROR_INIT;
    const vc__wrapped wrapped = vc__wrapped_lookup_read(status, body, len, vc_str("approle"), vc_str("app"), &err);
    HOLDS((wrapped == VC__WRAPPED_FINE) == (err.code == VC_OK));
    HOLDS(wrapped != VC__WRAPPED_FINE || (status >= 200 && status <= 299));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < HEAD)
        return 0;
    const int status = (data[1] - '0') * 100 + (data[2] - '0') * 10 + (data[3] - '0');
    const size_t len = size - HEAD;
    char *body = malloc(len ? len : 1);
    if (!body)
        return 0;
    memcpy(body, data + HEAD, len);
    if (data[0] == 'g')
        grant(status, body, len);
    else if (data[0] == 't')
        terms(status, body, len);
    else if (data[0] == 'l')
        look_up(status, body, len);
    else
        unwrap(status, body, len);
    free(body);
    return 0;
}

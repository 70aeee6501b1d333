/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replies of Vault. The first byte picks the codec, the next three are the digits of the status, the fifth is
 * the number of items; what follows is the body: "b2002{...}" is a reply with status 200 to a batch of two
 * decrypts.
 */
#include "fuzz.h"

#include "vault/batch.h"
#include "vault/refusal.h"
#include "vault/request.h"
#include "vault/sys.h"
#include "vault/token.h"
#include "vault/transform_object.h"
#include "vault/transit_key.h"

enum { HEAD = 5, VERBS = 5, COUNT_MAX = 16 };

static bool inside(vc_view view, const char *body, size_t len)
{
    return !view.data || !view.len || (view.data >= body && view.data + view.len <= body + len);
}

static void check_outcome(vc__verb verb, const vc__outcome *outcome, const char *body, size_t len)
{
    HOLDS(inside(outcome->value, body, len) && inside(outcome->tweak, body, len));
    HOLDS((outcome->code == VC_OK) == (outcome->text == NULL));
    if (outcome->code)
        HOLDS(!outcome->value.data);
    else if (verb == VC__TRANSIT_ENCRYPT || verb == VC__TRANSIT_REWRAP)
        HOLDS(outcome->value.len > 9 && memcmp(outcome->value.data, "vault:v", 7) == 0);
    else
        HOLDS(verb != VC__TRANSFORM_ENCODE || outcome->value.len);
}

static void batch(vc__verb verb, int status, char *body, size_t len, size_t count)
{
    vc__outcome *outcomes = calloc(count ? count : 1, sizeof *outcomes);
    vc_error err = VC_ERROR_INIT;
    const vc__verdict verdict = vc__batch_read(verb, status, body, len, outcomes, count, &err);
    for (size_t i = 0; i < count; i++) {
        if (verdict == VC__VERDICT_ITEMS)
            check_outcome(verb, &outcomes[i], body, len);
        else
            HOLDS(!outcomes[i].value.data);
    }
    HOLDS((verdict == VC__VERDICT_ITEMS) == (err.code == VC_OK));
    HOLDS(verdict == VC__VERDICT_ITEMS || (err.message[0] && err.http_status == status));
    free(outcomes);
}

static void single(vc__verb verb, int status, char *body, size_t len)
{
    vc__outcome outcome;
    vc_error err = VC_ERROR_INIT;
    const vc_code code = vc__single_read(verb, status, body, len, &outcome, &err);
    HOLDS(code == err.code);
    if (code)
        HOLDS(!outcome.value.data);
    else
        check_outcome(verb, &outcome, body, len);
}

static int each_mount(void *user, const char *path, const char *type)
{
    (void)user;
    HOLDS(path[0] && type);
    return 1;
}

static void objects(unsigned which, int status, char *body, size_t len)
{
    const vc_view view = vc_view_of(body, len);
    vc_error err = VC_ERROR_INIT;
    vc_bytes bytes = VC_BYTES_INIT;
    vc_request request;
    bool made = false;
    if (which == 0) {
        vc_transit_key *key = vc__transit_key_parse(status, view, &err);
        made = key && vc_transit_key_type(key) && vc_transit_key_latest_version(key);
        vc_transit_key_free(key);
    } else if (which == 1) {
        vc_sys_mounts *mounts = vc__sys_mounts_parse(status, view, &err);
        if ((made = mounts != NULL))
            vc_sys_mounts_each(mounts, each_mount, NULL);
        vc_sys_mounts_free(mounts);
    } else if (which == 2) {
        vc_sys_health *health = vc__sys_health_parse(status, view, &err);
        made = health && vc_sys_health_version(health);
        vc_sys_health_free(health);
    } else if (which == 3) {
        vc_token *token = vc__token_parse(status, body, len, &err);
        made = token != NULL;
        for (size_t i = 0; token && i < vc_token_policy_count(token); i++)
            HOLDS(strlen(vc_token_policy(token, i)) <= len);
        vc_token_free(token);
    } else if (which == 4) {
        vc_transform_transformation *transformation = vc__transform_transformation_parse(status, view, &err);
        made = transformation != NULL;
        if (made) {
            vc__transform_transformation_write(&request, "t", transformation, NULL);
            vc__request_cleanup(&request);
        }
        vc_transform_transformation_free(transformation);
    } else {
        made = vc__sys_policy_parse(&bytes, status, view, &err) == VC_OK;
        vc_bytes_free(&bytes);
    }
    HOLDS(made == (err.code == VC_OK));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < HEAD)
        return 0;
    const unsigned which = data[0] - 'a';
    const int status = (data[1] - '0') * 100 + (data[2] - '0') * 10 + (data[3] - '0');
    const size_t len = size - HEAD;
    char *body = malloc(len ? len : 1);
    if (!body)
        return 0;
    memcpy(body, data + HEAD, len);
    (void)vc__reply_error(status, vc_view_of(body, len), NULL);
    (void)vc__refusal_is_final(vc_view_of(body, len));
    if (which < VERBS)
        batch((vc__verb)which, status, body, len, (unsigned)(data[4] - '0') % COUNT_MAX);
    else if (which < 2 * VERBS)
        single((vc__verb)(which - VERBS), status, body, len);
    else
        objects((which - 2 * VERBS) % 6, status, body, len);
    free(body);
    return 0;
}

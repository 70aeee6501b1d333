/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replies of the transit engine beyond those of fuzz_vault.c: HMACs, signatures, verdicts, key material, lists, data
 * keys. The first byte picks the codec, the next three are the digits of the status, the fifth is the number of items
 * (or of bytes); what follows is the body.
 */
#include "fuzz.h"

#include "base/text.h"
#include "vault/batch.h"
#include "vault/single.h"
#include "vault/transit_key.h"

enum { HEAD = 5, VERBS = 4, COUNT_MAX = 16 };

static bool inside(vc_view view, const char *body, size_t len)
{
    return !view.data || !view.len || (view.data >= body && view.data + view.len <= body + len);
}

static void check_outcome(vc__verb verb, const vc__outcome *outcome, const char *body, size_t len)
{
    const bool verifies = verb == VC__TRANSIT_VERIFY || verb == VC__TRANSIT_VERIFY_HMAC;
    HOLDS(inside(outcome->value, body, len));
    HOLDS((outcome->code == VC_OK) == (outcome->text == NULL));
    HOLDS(!outcome->value.data || (!outcome->code && !verifies && vc__view_starts(outcome->value, "vault:v")));
    HOLDS(outcome->code || verifies || outcome->value.data);
}

static void batch(vc__verb verb, int status, char *body, size_t len, size_t count)
{
    vc__outcome outcomes[COUNT_MAX];
    vc_error err = VC_ERROR_INIT;
    const vc__verdict verdict = vc__batch_read(verb, status, body, len, outcomes, count, &err);
    for (size_t i = 0; i < count && verdict == VC__VERDICT_ITEMS; i++)
        check_outcome(verb, &outcomes[i], body, len);
    HOLDS((verdict == VC__VERDICT_ITEMS) == (err.code == VC_OK));
}

static void single(vc__verb verb, int status, char *body, size_t len)
{
    vc__outcome outcome;
    vc_error err = VC_ERROR_INIT;
    const vc_code code = vc__single_read(verb, status, body, len, &outcome, &err);
    HOLDS(code == err.code);
    if (!code)
        check_outcome(verb, &outcome, body, len);
}

static bool material(int status, char *body, size_t len, vc_error *err)
{
    vc_transit_material *made = vc__transit_material_parse(status, body, len, err);
    uint64_t before = 0;
    for (size_t i = 0; made && i < vc_transit_material_count(made); i++) {
        const vc_view key = vc_transit_material_key(made, i);
        HOLDS(key.data && key.len && key.data[key.len] == 0 && vc_transit_material_version(made, i) >= before);
        before = vc_transit_material_version(made, i);
    }
    vc_transit_material_free(made);
    return made != NULL;
}

static bool keys(int status, char *body, size_t len, vc_error *err)
{
    vc_transit_keys *made = vc__transit_keys_parse(status, vc_view_of(body, len), err);
    for (size_t i = 0; made && i < vc_transit_keys_count(made); i++)
        HOLDS(vc_transit_keys_name(made, i));
    vc_transit_keys_free(made);
    return made != NULL;
}

static bool key(int status, char *body, size_t len, vc_error *err)
{
    vc_transit_key *made = vc__transit_key_parse(status, vc_view_of(body, len), err);
    for (size_t i = 0; made && i < vc_transit_key_version_count(made); i++) {
        const uint64_t version = vc_transit_key_version(made, i);
        HOLDS(!i || version >= vc_transit_key_version(made, i - 1));
        HOLDS(vc_transit_key_version_public_key(made, version) && vc_transit_key_version_certificates(made, version));
        (void)vc_transit_key_version_created(made, version);
    }
    vc_transit_key_free(made);
    return made != NULL;
}

static bool texts(unsigned which, int status, char *body, size_t len, size_t count, vc_error *err)
{
    vc_view one = { NULL, 0 }, other = { NULL, 0 };
    int allowed = -1;
    vc_code code;
    switch (which) {
    case 0:
        code = vc__transit_datakey_parse(&one, &other, count % 2, status, body, len, err);
        break;
    case 1:
        code = vc__transit_random_parse(&one, count, status, body, len, err);
        HOLDS(code || one.len == count);
        break;
    case 2:
        code = vc__transit_hash_parse(&one, "sha2-256", status, body, len, err);
        HOLDS(code || one.len == 32);
        break;
    case 3:
        code = vc__transit_backup_parse(&one, status, body, len, err);
        break;
    case 4:
        code = vc__transit_upsert_parse(&allowed, status, body, len, err);
        HOLDS((code == VC_OK) == (allowed >= 0));
        break;
    default:
        code = vc__transit_wrapping_key_parse(&one, status, body, len, err);
        break;
    }
    HOLDS(inside(one, body, len) && inside(other, body, len));
    HOLDS(!code || !one.data);
    return code == VC_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const vc__verb verbs[VERBS] = { VC__TRANSIT_HMAC, VC__TRANSIT_SIGN, VC__TRANSIT_VERIFY, VC__TRANSIT_VERIFY_HMAC };
    if (size < HEAD)
        return 0;
    const unsigned which = data[0] - 'a';
    const int status = (data[1] - '0') * 100 + (data[2] - '0') * 10 + (data[3] - '0');
    const size_t len = size - HEAD, count = (unsigned)(data[4] - '0') % COUNT_MAX;
    char *body = malloc(len ? len : 1);
    vc_error err = VC_ERROR_INIT;
    if (!body)
        return 0;
    memcpy(body, data + HEAD, len);
    if (which < VERBS)
        batch(verbs[which], status, body, len, count);
    else if (which < 2 * VERBS)
        single(verbs[which - VERBS], status, body, len);
    else {
        const unsigned kind = (which - 2 * VERBS) % 9;
        const bool made = kind == 0   ? material(status, body, len, &err)
                          : kind == 1 ? keys(status, body, len, &err)
                          : kind == 2 ? key(status, body, len, &err)
                                      : texts(kind - 3, status, body, len, count, &err);
        HOLDS(made == (err.code == VC_OK));
    }
    free(body);
    return 0;
}

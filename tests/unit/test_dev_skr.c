/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of the emulated key store: written as JWK and read back, and what is no whole key of these kinds. */
#include "unit/test.h"

#include "base/cleanup.h"
#include "json_each.h"
#include "skr_key.h"

VC__DEFINE_CLEANUP(dev_skr_version, dev_skr_version_free)

static vc__random *randomness;

static int begin(void **state)
{
    (void)state;
    return (randomness = vc__random_new(NULL)) ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    vc__random_free(randomness);
    return 0;
}

static const struct {
    dev_skr_kind kind;
    int bits;
    const char *names, *kty; /* of the whole JWK, in their order */
} kinds[] = {
    { SKR_RSA, 2048, "d dp dq e key_ops kty n p q qi ", "RSA" },
    { SKR_EC, 256, "crv d key_ops kty x y ", "EC" },
    { SKR_EC, 384, "crv d key_ops kty x y ", "EC" },
    { SKR_EC, 521, "crv d key_ops kty x y ", "EC" },
    { SKR_OCT, 256, "k key_ops kty ", "oct" },
    { SKR_OCT, 128, "k key_ops kty ", "oct" },
};

static void names_of(json_object *jwk, vc__buf *out)
{
    DEV_JSON_EACH(jwk, each)
    {
        vc__buf_str(out, json_object_iter_peek_name(&each));
        vc__buf_byte(out, ' ');
    }
}

static void there_and_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(kinds); i++) {
        vc__auto(vc__buf) whole = VC__BUF(1 << 16), public = VC__BUF(1 << 16), again = VC__BUF(1 << 16), names = VC__BUF(1000);
        vc__autoptr(dev_skr_version) version = dev_skr_version_make(kinds[i].kind, kinds[i].bits, randomness);
        assert_non_null(version);
        assert_int_equal(strlen(version->id), 32);
        version->key_ops = json_tokener_parse("[\"wrapKey\"]");
        assert_true(dev_skr_jwk(version, true, &whole) && dev_skr_jwk(version, false, &public));
        json_object *jwk = json_tokener_parse(whole.data);
        names_of(jwk, &names);
        assert_string_equal(names.data, kinds[i].names);
        assert_null(strchr(whole.data, '=')); /* base64url without padding */
        assert_null(strstr(public.data, "\"d\""));
        assert_null(strstr(public.data, "\"k\""));
        vc__autoptr(dev_skr_version) back = dev_skr_version_read(jwk, randomness);
        assert_non_null(back);
        assert_int_equal(back->kind, kinds[i].kind);
        assert_string_equal(dev_skr_kty(back), kinds[i].kty);
        back->key_ops = json_object_get(version->key_ops);
        assert_true(dev_skr_jwk(back, true, &again));
        assert_string_equal(again.data, whole.data);
        /* half of it is none */
        json_object *half = json_tokener_parse(public.data);
        assert_null(dev_skr_version_read(half, randomness));
        json_object_put(half);
        json_object_put(jwk);
    }
    assert_null(dev_skr_version_make(SKR_OCT, 1024, randomness));
    vc__autoptr(dev_skr_version) hsm = dev_skr_version_make(SKR_EC, 256, randomness);
    hsm->hsm = true;
    assert_string_equal(dev_skr_kty(hsm), "EC-HSM");
}

static const char *const none[] = {
    "[]",
    "\"RSA\"",
    "{}",
    "{\"kty\":7}",
    "{\"kty\":\"OKP\",\"k\":\"AAAA\"}",
    "{\"kty\":\"oct\"}",
    "{\"kty\":\"oct\",\"k\":7}",
    "{\"kty\":\"oct\",\"k\":\"\"}",
    "{\"kty\":\"oct\",\"k\":\"AAA=\"}",
    "{\"kty\":\"oct\",\"k\":\"A+/A\"}",
    "{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\",\"d\":\"AQAB\",\"p\":\"AQAB\",\"q\":\"AQAB\",\"dp\":\"AQAB\",\"dq\":\"AQAB\",\"qi\":\"AQAB\"}",
    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AQAB\",\"y\":\"AQAB\",\"d\":\"AQAB\"}",
    "{\"kty\":\"EC\",\"crv\":\"P-1\",\"x\":\"AQAB\",\"y\":\"AQAB\",\"d\":\"AQAB\"}",
};

static void no_keys(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(none); i++) {
        json_object *jwk = json_tokener_parse(none[i]);
        dev_skr_version *version = dev_skr_version_read(jwk, randomness);
        json_object_put(jwk);
        if (version)
            fail_msg("it is read: %s", none[i]);
    }
    /* a private key that is not that of the public one */
    vc__auto(vc__buf) text = VC__BUF(1 << 16), other = VC__BUF(1 << 16);
    vc__autoptr(dev_skr_version) one = dev_skr_version_make(SKR_EC, 256, randomness);
    vc__autoptr(dev_skr_version) two = dev_skr_version_make(SKR_EC, 256, randomness);
    assert_true(dev_skr_jwk(one, true, &text) && dev_skr_jwk(two, true, &other));
    json_object *mixed = json_tokener_parse(text.data), *second = json_tokener_parse(other.data), *d;
    assert_true(json_object_object_get_ex(second, "d", &d));
    json_object_object_add(mixed, "d", json_object_get(d));
    assert_null(dev_skr_version_read(mixed, randomness));
    json_object_put(mixed);
    json_object_put(second);
}

/* With memory that runs out at every place in turn. libcrypto and json-c have their own. */
static vc_code write_and_read(void *argument)
{
    vc__auto(vc__buf) whole = VC__BUF(1 << 16);
    vc__autoptr(dev_skr_version) version = dev_skr_version_make(*(dev_skr_kind *)argument, 256, randomness);
    if (!version || !dev_skr_jwk(version, true, &whole))
        return VC_E_MEMORY;
    json_object *jwk = json_tokener_parse(whole.data);
    vc__autoptr(dev_skr_version) back = dev_skr_version_read(jwk, randomness);
    json_object_put(jwk);
    return back ? VC_OK : VC_E_MEMORY;
}

static void memory(void **state)
{
    (void)state;
    dev_skr_kind kind = SKR_EC;
    SWEEP_ALLOCATIONS(write_and_read, &kind);
    kind = SKR_OCT;
    SWEEP_ALLOCATIONS(write_and_read, &kind);
    dev_skr_key_free(NULL);
    dev_skr_version_free(NULL);
}

int main(void)
{
    static const struct CMUnitTest tests[] = { cmocka_unit_test(there_and_back), cmocka_unit_test(no_keys), cmocka_unit_test(memory) };
    return cmocka_run_group_tests_name("keys of the key store", tests, begin, end);
}

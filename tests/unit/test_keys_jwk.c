/* SPDX-License-Identifier: Apache-2.0 */
/* lib/keys/jwk: the keys of RFC 7518 appendix C and RFC 8037 appendix A, an RSA key in all its forms, sets, released keys. */
#include "unit/test.h"

#include "base/alloc.h"
#include "base/base64url.h"
#include "base/text.h"
#include "keys/jwk.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#define BOB_PUBLIC "\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ\",\"y\":\"e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck\""
#define BOB_D "\"d\":\"VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw\""
#define BOB_ID "Vy57XrArUrW0NbpI12tEzDHABxMwrTh6HHXRenSpnCo"
#define ALICE_PUBLIC "\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0\",\"y\":\"SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps\""
#define ED_PUBLIC "\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\""
#define ED_D "\"d\":\"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A\""
#define ED_ID "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"

/* The members of an RSA key, each `"n":"...",`. */
enum { N, E, D, P, Q, DP, DQ, QI, NUMBERS };
static char rsa[NUMBERS][600];

static int make_rsa(void **state)
{
    (void)state;
    static const char *const names[NUMBERS] = { "n", "e", "d", "p", "q", "dp", "dq", "qi" };
    static const char *const params[NUMBERS] = {
        OSSL_PKEY_PARAM_RSA_N,         OSSL_PKEY_PARAM_RSA_E,         OSSL_PKEY_PARAM_RSA_D,
        OSSL_PKEY_PARAM_RSA_FACTOR1,   OSSL_PKEY_PARAM_RSA_FACTOR2,   OSSL_PKEY_PARAM_RSA_EXPONENT1,
        OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
    };
    EVP_PKEY *pkey = EVP_RSA_gen(2048);
    for (size_t i = 0; i < NUMBERS; i++) {
        unsigned char bytes[300];
        BIGNUM *bn = NULL;
        vc__auto(vc__buf) text = VC__BUF(1000);
        assert_int_equal(EVP_PKEY_get_bn_param(pkey, params[i], &bn), 1);
        vc__base64url_encode(&text, vc_view_of(bytes, (size_t)BN_bn2bin(bn, bytes)));
        snprintf(rsa[i], sizeof rsa[i], "\"%s\":\"%s\",", names[i], text.data);
        BN_free(bn);
    }
    EVP_PKEY_free(pkey);
    return 0;
}

/* With the numbers that `has` has bits for. */
static void rsa_jwk(vc__buf *out, unsigned has, const char *more)
{
    vc__buf_str(out, "{");
    for (size_t i = 0; i < NUMBERS; i++)
        if (has & 1u << i)
            vc__buf_str(out, rsa[i]);
    vc__buf_printf(out, "%s\"kty\":\"RSA\"}", more);
}

static vc_code parse(const char *text, vc__jwk_half half, vc__jwk *out, vc_error *err)
{
    const size_t len = strlen(text);
    char *copy = vc__memdup(text, len); /* of its own size, for the sanitizer */
    const vc_code code = vc__jwk_parse(out, vc_view_of(copy, len), half, err);
    assert_string_equal(copy, text);
    vc__free(copy);
    return code;
}

static void kinds(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        vc__jwk_half half;
        vc__keypair_kind kind;
        const char *id, *kid;
    } table[] = {
        { "{" BOB_PUBLIC "}", VC__JWK_PUBLIC, VC__KEYPAIR_P256, BOB_ID, "" },
        { "{" BOB_PUBLIC "," BOB_D ",\"kid\":\"orders-1\",\"key_ops\":[\"deriveKey\",{}]}", VC__JWK_PRIVATE, VC__KEYPAIR_P256, BOB_ID, "orders-1" },
        { " \r\n{ \"kid\" : \"a b\" , \"\\u006bty\":\"EC-HSM\",\"crv\":\"P-256\",\"x\":\"weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ\",\"y\":\"e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck\"}\n", VC__JWK_PUBLIC, VC__KEYPAIR_P256, BOB_ID, "" },
        { "{" ED_PUBLIC "}", VC__JWK_PUBLIC, VC__KEYPAIR_ED25519, ED_ID, "" },
        { "{" ED_D "," ED_PUBLIC "}", VC__JWK_PRIVATE, VC__KEYPAIR_ED25519, ED_ID, "" },
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        vc__auto(vc__jwk) jwk = { 0 }, other = { 0 };
        vc_error err = VC_ERROR_INIT;
        if (parse(table[i].text, table[i].half, &jwk, &err))
            fail_msg("%zu: %s", i, err.message);
        assert_true(jwk.pair && !jwk.oct);
        assert_int_equal(vc__keypair_get_kind(jwk.pair), table[i].kind);
        assert_int_equal(vc__keypair_is_private(jwk.pair), table[i].half);
        assert_string_equal(vc__keypair_id(jwk.pair), table[i].id);
        assert_string_equal(jwk.kid, table[i].kid);
        assert_int_equal(parse(table[i].text, (vc__jwk_half)!table[i].half, &other, NULL), VC_E_ARGUMENT);
        assert_true(!other.pair && !other.oct && !other.kid[0]);
    }
    vc__auto(vc__jwk) oct = { 0 }, none = { 0 };
    assert_int_equal(parse("{\"kty\":\"oct\",\"k\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\"}", VC__JWK_PRIVATE, &oct, NULL), VC_OK);
    assert_true(oct.oct && !oct.pair && vc__secret_get(oct.oct).len == 32 && vc__secret_get(oct.oct).data[31] == 31);
    assert_int_equal(parse("{\"kty\":\"oct\",\"k\":\"AAEC\"}", VC__JWK_PUBLIC, &none, NULL), VC_E_ARGUMENT);
}

static void rsa_forms(void **state)
{
    (void)state;
    static const unsigned private[] = { 255, 7, 31 };
    vc__auto(vc__buf) text = VC__BUF(10000);
    vc__auto(vc__jwk) public = { 0 };
    rsa_jwk(&text, 3, "\"alg\":\"RSA-OAEP-256\",");
    assert_int_equal(parse(text.data, VC__JWK_PUBLIC, &public, NULL), VC_OK);
    for (size_t i = 0; i < COUNT(private); i++) {
        vc__auto(vc__jwk) jwk = { 0 };
        vc__buf_clear(&text);
        rsa_jwk(&text, private[i], "\"kid\":\"k\",");
        assert_int_equal(parse(text.data, VC__JWK_PRIVATE, &jwk, NULL), VC_OK);
        assert_string_equal(vc__keypair_id(jwk.pair), vc__keypair_id(public.pair));
        assert_int_equal(parse(text.data, VC__JWK_PUBLIC, &jwk, NULL), VC_E_ARGUMENT);
    }
    static const unsigned wrong[] = { 1, 2, 5, 6, 15, 31 ^ 16, 7 | 32 };
    for (size_t i = 0; i < COUNT(wrong); i++) {
        vc__auto(vc__jwk) jwk = { 0 };
        vc__buf_clear(&text);
        rsa_jwk(&text, wrong[i], "");
        assert_int_equal(parse(text.data, wrong[i] & 4 ? VC__JWK_PRIVATE : VC__JWK_PUBLIC, &jwk, NULL), VC_E_ARGUMENT);
    }
    vc__auto(vc__jwk) jwk = { 0 };
    vc__buf_clear(&text);
    rsa_jwk(&text, 255, "\"oth\":[],");
    assert_int_equal(parse(text.data, VC__JWK_PRIVATE, &jwk, NULL), VC_E_ARGUMENT);
    assert_int_equal(ERR_peek_error(), 0);
}

/* A point with a zero in front of X, which some write without it: found by trying. */
static void lacking_zeros(void **state)
{
    (void)state;
    for (size_t tries = 0; tries < 100000; tries++) {
        unsigned char x[32], y[32];
        size_t x_len, y_len;
        BIGNUM *bx = NULL, *by = NULL;
        EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
        assert_true(EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_EC_PUB_X, &bx) && EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_EC_PUB_Y, &by));
        x_len = (size_t)BN_bn2bin(bx, x), y_len = (size_t)BN_bn2bin(by, y);
        BN_free(bx);
        BN_free(by);
        EVP_PKEY_free(pkey);
        if (x_len == 32 && y_len == 32)
            continue;
        vc__auto(vc__buf) text = VC__BUF(1000);
        vc__auto(vc__jwk) jwk = { 0 };
        vc__buf_str(&text, "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"");
        vc__base64url_encode(&text, vc_view_of(x, x_len));
        vc__buf_str(&text, "\",\"y\":\"");
        vc__base64url_encode(&text, vc_view_of(y, y_len));
        vc__buf_str(&text, "\"}");
        assert_int_equal(parse(text.data, VC__JWK_PUBLIC, &jwk, NULL), VC_OK);
        return;
    }
    fail();
}

static void refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } table[] = {
        { "", "JWK" }, { "[]", "object" }, { "\"x\"", "object" }, { "{", "JWK" }, { "{}", "no \"kty\"" }, { "{\"kty\":1}", "must be a string" },
        { "{\"kty\":{}}", "must be a string" }, { "{\"kty\":\"EC\",\"kty\":\"EC\"}", "twice" }, { "{\"kty\":\"DSA\"}", "not supported" },
        { "{\"kty\":\"EC\",\"crv\":\"P-384\"}", "not supported" }, { "{\"kty\":\"OKP\",\"crv\":\"X25519\"}", "not supported" },
        { "{" BOB_PUBLIC "} x", "JWK" }, { "{" BOB_PUBLIC ",\"d\":\"!\"}", "private key" }, { "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\"}", "no \"y\"" },
        { "{\"kty\":\"EC\",\"crv\":\"P-256\",\"y\":\"AA\"}", "no \"x\"" }, { "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"A+==\"}", "\"y\" of the JWK is not base64url" },
        { "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"\"}", "\"y\" of the JWK is not base64url" },
        { "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"}", "no point" }, { "{\"kty\":\"OKP\",\"crv\":\"Ed25519\"}", "no \"x\"" },
        { "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AA\"}", "32 bytes" }, { "{\"kty\":\"RSA\"}", "n and e" },
        { "{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}", "bits" }, { "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"\\ud800\"}", "JWK" },
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        vc__auto(vc__jwk) jwk = { 0 };
        vc_error err = VC_ERROR_INIT;
        assert_int_equal(parse(table[i].text, VC__JWK_PUBLIC, &jwk, &err), VC_E_ARGUMENT);
        if (!strstr(err.message, table[i].says))
            fail_msg("%zu: \"%s\" does not say \"%s\"", i, err.message, table[i].says);
        assert_true(!jwk.pair && !jwk.oct);
    }
    vc__auto(vc__jwk) jwk = { 0 };
    assert_int_equal(parse("{" BOB_PUBLIC ",\"d\":\"VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdA\"}", VC__JWK_PRIVATE, &jwk, NULL), VC_E_ARGUMENT);
    assert_int_equal(parse("{" ED_PUBLIC ",\"d\":\"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2B\"}", VC__JWK_PRIVATE, &jwk, NULL), VC_E_ARGUMENT);
    assert_int_equal(parse("{" ALICE_PUBLIC "," BOB_D "}", VC__JWK_PRIVATE, &jwk, NULL), VC_E_ARGUMENT);
    assert_int_equal(parse("{\"kty\":\"oct\"}", VC__JWK_PRIVATE, &jwk, NULL), VC_E_ARGUMENT);
    assert_int_equal(parse("{\"kty\":\"oct\",\"k\":\"\"}", VC__JWK_PRIVATE, &jwk, NULL), VC_E_ARGUMENT);
    assert_int_equal(vc__jwk_parse(&jwk, vc_view_of("", VC__JWK_MAX + 1), VC__JWK_PUBLIC, NULL), VC_E_LIMIT);
    assert_int_equal(ERR_peek_error(), 0);
}

/* A text that is cut anywhere is no key. */
static void cut(void **state)
{
    (void)state;
    static const char text[] = "{" BOB_PUBLIC "," BOB_D "}";
    for (size_t len = 0; len < strlen(text); len++) {
        vc__auto(vc__jwk) jwk = { 0 };
        char *copy = vc__memdup(text, len);
        assert_int_equal(vc__jwk_parse(&jwk, vc_view_of(copy, len), VC__JWK_PRIVATE, NULL), VC_E_ARGUMENT);
        vc__free(copy);
    }
}

/* -- sets -------------------------------------------------------------------------------------------------- */

static void sets(void **state)
{
    (void)state;
#define SET(keys) "{\"x\":[{}],\"keys\":[" keys "]}"
#define BOB "{" BOB_PUBLIC ",\"kid\":\"bob\"}"
#define ALICE "{" ALICE_PUBLIC ",\"kid\":\"alice\"}"
#define DSA "{\"kty\":\"DSA\",\"kid\":\"dsa\"},{\"kty\":\"oct\",\"k\":\"AAAA\"}"
    static const struct {
        const char *text, *kid, *id;
        vc_code code;
    } table[] = {
        { SET(BOB), NULL, BOB_ID, VC_OK },
        { SET(DSA "," BOB), NULL, BOB_ID, VC_OK },
        { SET(BOB "," BOB), NULL, BOB_ID, VC_OK },
        { SET(ALICE "," BOB), NULL, NULL, VC_E_ARGUMENT },
        { SET(ALICE "," BOB), "bob", BOB_ID, VC_OK },
        { SET(ALICE "," BOB), BOB_ID, BOB_ID, VC_OK },
        { SET(ALICE "," DSA ",{\"kty\":\"RSA\"}," BOB), BOB_ID, BOB_ID, VC_OK }, /* others may be broken */
        { SET("{" ALICE_PUBLIC ",\"kid\":\"" BOB_ID "\"}," BOB), ED_ID, NULL, VC_E_NOT_FOUND },
        { SET(BOB ",{" ED_PUBLIC ",\"kid\":\"" BOB_ID "\"}"), BOB_ID, ED_ID, VC_OK }, /* a kid before a thumbprint */
        { SET("{" ED_PUBLIC ",\"kid\":\"" BOB_ID "\"}," BOB), BOB_ID, ED_ID, VC_OK },
        { SET(ALICE "," BOB), "carol", NULL, VC_E_NOT_FOUND },
        { SET(BOB ",{" ED_PUBLIC ",\"kid\":\"bob\"}"), "bob", NULL, VC_E_ARGUMENT },
        { SET(DSA), "dsa", NULL, VC_E_ARGUMENT },
        { SET(DSA), NULL, NULL, VC_E_NOT_FOUND },
        { SET(""), NULL, NULL, VC_E_NOT_FOUND },
        { SET("{" BOB_PUBLIC "," BOB_D ",\"kid\":\"bob\"}"), "bob", NULL, VC_E_ARGUMENT }, /* whoever serves this has given it away */
        { SET("{" BOB_PUBLIC "," BOB_D "}"), NULL, NULL, VC_E_ARGUMENT },
        { SET(BOB ",1"), "bob", NULL, VC_E_ARGUMENT },
        { SET(BOB) " x", "bob", NULL, VC_E_ARGUMENT },
        { BOB, NULL, NULL, VC_E_ARGUMENT }, { "{\"keys\":{}}", NULL, NULL, VC_E_ARGUMENT }, { "[]", NULL, NULL, VC_E_ARGUMENT },
        { "", NULL, NULL, VC_E_ARGUMENT }, { "{\"keys\":[", NULL, NULL, VC_E_ARGUMENT },
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        vc__auto(vc__jwk) jwk = { 0 };
        vc_error err = VC_ERROR_INIT;
        const vc_code code = vc__jwks_pick(&jwk, vc_str(table[i].text), vc_str(table[i].kid), &err);
        if (code != table[i].code)
            fail_msg("%zu: %s", i, err.message);
        if (table[i].id)
            assert_string_equal(vc__keypair_id(jwk.pair), table[i].id);
        else
            assert_null(jwk.pair);
    }
}

/* -- released ---------------------------------------------------------------------------------------------- */

static void released(void **state)
{
    (void)state;
#define QUOTED(kty) "\\\"kty\\\":\\\"" kty "\\\""
    static const char bob[] = "{\"note\":{},\"key\":\"{" QUOTED("EC") ",\\\"crv\\\":\\\"P-256\\\",\\\"kid\\\":\\\"orders-1\\\",\\\"x\\\":\\\"weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ\\\","
                              "\\\"y\\\":\\\"e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck\\\",\\\"d\\\":\\\"VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw\\\"}\"}\n";
    vc__auto(vc__jwk) jwk = { 0 }, oct = { 0 };
    assert_int_equal(vc__jwk_released(&jwk, vc_str(bob), NULL), VC_OK);
    assert_string_equal(vc__keypair_id(jwk.pair), BOB_ID);
    assert_true(vc__keypair_is_private(jwk.pair));
    assert_string_equal(jwk.kid, "orders-1");
    assert_int_equal(vc__jwk_released(&oct, vc_str("{\"key\":\"{" QUOTED("oct-HSM") ",\\\"k\\\":\\\"AAEC\\\"}\"}"), NULL), VC_OK);
    assert_int_equal(vc__secret_get(oct.oct).len, 3);
    static const char *const wrong[] = {
        "", "{}", "[]", "null", "{\"key\":1}", "{\"key\":{}}", "{\"key\":\"\"}", "{\"key\":\"{}\"}", "{\"key\":\"{}\",\"key\":\"{}\"}", "{\"key\":\"{" QUOTED("RSA") "}\"}",
        "{\"key\":\"{" QUOTED("oct") ",\\\"k\\\":\\\"AAEC\\\"}\"", "{\"key\":\"{" QUOTED("oct") ",\\\"k\\\":\\\"AAEC\\\"}\"} x",
        "{\"key\":\"{" QUOTED("oct") ",\\\"k\\\":\\\"AAEC\\\"} x\"}", "{\"error\":{}}", "{\"key\":\"{\\\"kty\\\":\\\"EC\\\",\\\"crv\\\":\\\"P-256\\\",\\\"x\\\":\\\"AA\\\",\\\"y\\\":\\\"AA\\\"}\"}",
    };
    for (size_t i = 0; i < COUNT(wrong); i++) {
        vc__auto(vc__jwk) none = { 0 };
        assert_int_equal(vc__jwk_released(&none, vc_str(wrong[i]), NULL), VC_E_ARGUMENT);
        assert_true(!none.pair && !none.oct);
    }
}

static void either_form(void **state)
{
    (void)state;
    vc__auto(vc__buf) pem = VC__BUF(1000);
    vc__auto(vc__jwk) jwk = { 0 };
    assert_int_equal(parse("{" BOB_PUBLIC "}", VC__JWK_PUBLIC, &jwk, NULL), VC_OK);
    assert_int_equal(vc__keypair_write(&pem, jwk.pair, NULL), VC_OK);
    const vc_view texts[] = { vc__buf_get(&pem), vc_str(" \n{" BOB_PUBLIC "}") };
    for (size_t i = 0; i < COUNT(texts); i++) {
        vc__autoptr(vc__keypair) pair = vc__key_read(texts[i], VC__JWK_PUBLIC, NULL);
        assert_string_equal(vc__keypair_id(pair), BOB_ID);
        assert_null(vc__key_read(texts[i], VC__JWK_PRIVATE, NULL));
    }
    vc_error err = VC_ERROR_INIT;
    assert_null(vc__key_read(vc_str("{\"kty\":\"oct\",\"k\":\"AAEC\"}"), VC__JWK_PRIVATE, &err));
    assert_non_null(strstr(err.message, "symmetric"));
    assert_null(vc__key_read(vc_str(" "), VC__JWK_PUBLIC, NULL));
    assert_null(vc__key_read(vc_view_of(NULL, 0), VC__JWK_PUBLIC, NULL));
}

/* -- lack of memory ---------------------------------------------------------------------------------------- */

static vc_code parse_one(void *arg)
{
    vc__auto(vc__jwk) jwk = { 0 };
    vc_error err = VC_ERROR_INIT;
    return vc__jwk_parse(&jwk, vc_str(arg), VC__JWK_PRIVATE, &err);
}

static vc_code pick_one(void *arg)
{
    vc__auto(vc__jwk) jwk = { 0 };
    vc_error err = VC_ERROR_INIT;
    return vc__jwks_pick(&jwk, vc_str(arg), vc_str(BOB_ID), &err);
}

static void allocations(void **state)
{
    (void)state;
    vc__auto(vc__buf) text = VC__BUF(10000);
    rsa_jwk(&text, 7, "");
    SWEEP_ALLOCATIONS(parse_one, text.data);
    SWEEP_ALLOCATIONS(parse_one, (void *)(uintptr_t) "{" BOB_PUBLIC "," BOB_D "}");
    SWEEP_ALLOCATIONS(parse_one, (void *)(uintptr_t) "{\"kty\":\"oct\",\"k\":\"AAEC\"}");
    SWEEP_ALLOCATIONS(pick_one, (void *)(uintptr_t)SET(ALICE "," BOB));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds), cmocka_unit_test(rsa_forms), cmocka_unit_test(lacking_zeros), cmocka_unit_test(refused),
        cmocka_unit_test(cut),   cmocka_unit_test(sets),      cmocka_unit_test(released),      cmocka_unit_test(either_form),   cmocka_unit_test(allocations),
    };
    return cmocka_run_group_tests_name("keys_jwk", tests, make_rsa, NULL);
}

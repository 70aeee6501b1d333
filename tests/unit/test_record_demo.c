/* SPDX-License-Identifier: Apache-2.0 */
/* lib/record/demo: payloads that Python made (cryptography's AESGCM and json.dumps), and all that is none. */
#include "unit/test.h"

#include "base/text.h"
#include "record/demo.h"

enum { ROOM = 4096 };

/* key 00..1f, nonce 20..3f; of "hello world", and of an empty file */
#define PAYLOAD(hex_ciphertext, hex_tag) \
    "{\"ciphertext\": \"" hex_ciphertext "\", \"tag\": \"" hex_tag \
    "\", \"nonce\": \"ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=\"}"
#define HELLO PAYLOAD("7686a73bef48ee44a2635f0e84c730c2", "3d0068a813035d520f769f071195d4b1")
#define EMPTY PAYLOAD("", "6d1e1f971418d98619cc7a94f9a96925")

static char nonce[VC__DEMO_NONCE];

static vc__aead *dek(void)
{
    char key[VC__DEMO_KEY];
    for (size_t i = 0; i < sizeof key; i++) {
        key[i] = (char)i;
        nonce[i] = (char)(32 + i);
    }
    vc__aead *aead = vc__aead_new(VC__AES256_GCM, vc_view_of(key, sizeof key), NULL);
    assert_non_null(aead);
    return aead;
}

static vc_code read_one(vc__aead *aead, const char *json, vc__buf *out, vc_error *err)
{
    vc__demo payload;
    const vc_code code = vc__demo_parse(&payload, vc_str(json), err);
    return code ? code : vc__demo_open(out, aead, &payload, err);
}

static void theirs_opens(void **state)
{
    (void)state;
    static const char *const same[] = {
        HELLO,
        "{\"nonce\":\"ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=\",\"tag\":\"3d0068a813035d520f769f071195d4b1\",\"ciphertext\":\"7686a73bef48ee44a2635f0e84c730c2\"}",
        (" {\n \"x\" : [1, {\"tag\": 2}],\t\"tag\" : \"3d0068a813035d520f769f071195d4b1\" , \"ciphertext\" :\r\n \"7686A73BEF48EE44A2635F0E84C730C2\" , "
        "\"nonce\": \"ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8\\u003d\" } "),
    };
    vc__autoptr(vc__aead) aead = dek();
    for (size_t i = 0; i < COUNT(same); i++) {
        vc__auto(vc__buf) out = VC__BUF(ROOM);
        vc__buf_str(&out, "before");
        assert_int_equal(read_one(aead, same[i], &out, NULL), VC_OK);
        assert_string_equal(out.data, "beforehello world");
    }
    vc__auto(vc__buf) out = VC__BUF(ROOM);
    assert_int_equal(read_one(aead, EMPTY, &out, NULL), VC_OK);
    assert_int_equal(out.len, 0);
}

static void ours_is_theirs(void **state)
{
    (void)state;
    vc__autoptr(vc__aead) aead = dek();
    vc__auto(vc__buf) out = VC__BUF(ROOM);
    assert_int_equal(vc__demo_seal(&out, aead, vc_view_of(nonce, sizeof nonce), vc_str("hello world"), NULL), VC_OK);
    assert_string_equal(out.data, HELLO);
    assert_int_equal(out.len, vc__demo_size(11));
    vc__buf_clear(&out);
    assert_int_equal(vc__demo_seal(&out, aead, vc_view_of(nonce, sizeof nonce), vc_str(""), NULL), VC_OK);
    assert_string_equal(out.data, EMPTY);
}

static void any_length(void **state)
{
    (void)state;
    static char file[70000];
    vc__autoptr(vc__aead) aead = dek();
    for (size_t i = 0; i < sizeof file; i++)
        file[i] = (char)(i * 31 + i / 256);
    for (size_t len = 0; len < sizeof file; len = len < 200 ? len + 1 : len * 3) {
        vc__auto(vc__buf) out = VC__BUF(200000);
        vc__auto(vc__buf) back = VC__BUF(200000);
        assert_int_equal(vc__demo_seal(&out, aead, vc_view_of(nonce, sizeof nonce), vc_view_of(file, len), NULL), VC_OK);
        assert_int_equal(out.len, vc__demo_size(len));
        assert_int_equal(read_one(aead, out.data, &back, NULL), VC_OK);
        assert_true(vc__view_equal(vc__buf_get(&back), vc_view_of(file, len)));
    }
    vc_error err = VC_ERROR_INIT;
    vc__auto(vc__buf) small = VC__BUF(100);
    assert_int_equal(vc__demo_seal(&small, aead, vc_view_of(nonce, sizeof nonce), vc_str("f"), &err), VC_E_LIMIT);
    assert_int_equal(vc__demo_seal(&small, aead, vc_view_of(nonce, 12), vc_str("f"), &err), VC_E_ARGUMENT);
    assert_int_equal(small.len, 0);
    assert_int_equal(vc__demo_size(SIZE_MAX), SIZE_MAX);
}

#define NONCE "\"ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=\""
#define TAG "\"00112233445566778899aabbccddeeff\""

static void refused(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        vc_code code;
        const char *text; /* part of it */
    } table[] = {
        { "", VC_E_JSON, "" },
        { "[]", VC_E_MISSING, "$.ciphertext" },
        { "{}", VC_E_MISSING, "$.ciphertext" },
        { "{\"ciphertext\":\"\",\"tag\":" TAG "}", VC_E_MISSING, "$.nonce" },
        { "{\"ciphertext\":\"\",\"nonce\":" NONCE "}", VC_E_MISSING, "$.tag" },
        { "{\"ciphertext\":null,\"tag\":" TAG ",\"nonce\":" NONCE "}", VC_E_MISSING, "$.ciphertext" },
        { "{\"ciphertext\":\"\",\"tag\":" TAG ",\"tag\":" TAG ",\"nonce\":" NONCE "}", VC_E_AMBIGUOUS, "" },
        { "{\"ciphertext\":\"\",\"tag\":" TAG ",\"nonce\":" NONCE "}x", VC_E_JSON, "" },
        { "{\"ciphertext\":\"00\",\"tag\":" TAG ",\"nonce\":" NONCE "}", VC_E_CIPHERTEXT, "fours" },
        { "{\"ciphertext\":\"0000000g\",\"tag\":" TAG ",\"nonce\":" NONCE "}", VC_E_CIPHERTEXT, "fours" },
        { "{\"ciphertext\":\"\\u003000\",\"tag\":" TAG ",\"nonce\":" NONCE "}", VC_E_CIPHERTEXT, "fours" },
        { "{\"ciphertext\":\"\",\"tag\":\"00112233445566778899aabbccddee\",\"nonce\":" NONCE "}", VC_E_CIPHERTEXT, "tag" },
        { "{\"ciphertext\":\"\",\"tag\":\"00112233445566778899aabbccddeegg\",\"nonce\":" NONCE "}", VC_E_CIPHERTEXT, "tag" },
        { "{\"ciphertext\":\"\",\"tag\":" TAG ",\"nonce\":\"AAECAwQFBgcICQoL\"}", VC_E_CIPHERTEXT, "nonce" },
        { "{\"ciphertext\":\"\",\"tag\":" TAG ",\"nonce\":\"ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8-\"}",
          VC_E_CIPHERTEXT, "nonce" },
        { "{\"ciphertext\":\"\",\"tag\":" TAG ",\"nonce\":\"\\ud800\"}", VC_E_CIPHERTEXT, "nonce" },
        { "{\"ciphertext\":\"\",\"tag\":" TAG ",\"nonce\":" NONCE "}", VC_E_CIPHERTEXT, "authenticated" },
    };
    vc__autoptr(vc__aead) aead = dek();
    for (size_t i = 0; i < COUNT(table); i++) {
        vc_error err = VC_ERROR_INIT;
        vc__auto(vc__buf) out = VC__BUF(ROOM);
        assert_int_equal(read_one(aead, table[i].json, &out, &err), table[i].code);
        assert_int_equal(err.code, table[i].code);
        assert_non_null(strstr(err.message, table[i].text));
        assert_int_equal(out.len, 0);
    }
}

/* Each digit of ciphertext, tag and nonce counts; what is authentic and not Base64 is refused too. */
static void not_authentic(void **state)
{
    (void)state;
    char text[] = HELLO;
    vc__autoptr(vc__aead) aead = dek();
    for (size_t i = 0; text[i]; i++) {
        if (!strchr("0123456789abcdef", text[i]) || i < 16)
            continue;
        vc__auto(vc__buf) out = VC__BUF(ROOM);
        const char was = text[i];
        text[i] = was == '0' ? '1' : '0';
        assert_int_not_equal(read_one(aead, text, &out, NULL), VC_OK);
        assert_int_equal(out.len, 0);
        text[i] = was;
    }
    char sealed[4 + VC__AEAD_TAG];
    vc__demo payload = { .ciphertext = vc_view_of(NULL, 0) };
    vc__auto(vc__buf) digits = VC__BUF(ROOM);
    vc__auto(vc__buf) out = VC__BUF(ROOM);
    vc_error err = VC_ERROR_INIT;
    assert_int_equal(vc__aead_seal(aead, vc_view_of(nonce, sizeof nonce), vc_str(NULL), vc_str("ab-_"), sealed, NULL), VC_OK);
    vc__hex_encode(&digits, vc_view_of(sealed, 4));
    memcpy(payload.nonce, nonce, sizeof nonce);
    memcpy(payload.tag, sealed + 4, VC__AEAD_TAG);
    payload.ciphertext = vc__buf_get(&digits);
    assert_int_equal(vc__demo_open(&out, aead, &payload, &err), VC_E_CIPHERTEXT);
    assert_string_equal(err.message, "the demo's payload: what was encrypted is not Base64");
    assert_int_equal(out.len, 0);
}

static void headers(void **state)
{
    (void)state;
    vc__demo_headers found;
    const vc_header key = { vc_str("X-encryptionkey"), vc_str("vault:v3:AAAA") };
    const vc_header name = { vc_str("X-filename"), vc_str("../a b") };
    const vc_header good[] = { { vc_str("other"), vc_str(NULL) }, name, key };
    assert_int_equal(vc__demo_headers_parse(&found, good, 3, NULL), VC_OK);
    assert_true(vc__view_is(found.key, "vault:v3:AAAA") && vc__view_is(found.name, "../a b") && found.key_version == 3);
    const vc_header no_wrap = { vc_str("X-encryptionkey"), vc_str("vault:v3:AAA") };
    const vc_header null_name = { vc_str("X-filename"), vc_str(NULL) };
    const struct {
        vc_header list[3];
        size_t count;
        const char *text;
    } bad[] = {
        { { name }, 1, "the header X-encryptionkey is missing" },
        { { key }, 1, "the header X-filename is missing" },
        { { key, name, key }, 3, "the header X-encryptionkey comes twice" },
        { { key, name, name }, 3, "the header X-filename comes twice" },
        { { key, null_name }, 2, "the header X-filename is empty" },
        { { no_wrap, name }, 2, "the header X-encryptionkey is not a wrapped key of Vault's (vault:vN:...)" },
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        vc_error err = VC_ERROR_INIT;
        assert_int_equal(vc__demo_headers_parse(&found, bad[i].list, bad[i].count, &err), VC_E_CIPHERTEXT);
        assert_string_equal(err.message, bad[i].text);
        assert_null(found.key.data);
    }
}

static vc_code all_once(void *arg)
{
    vc__auto(vc__buf) out = VC__BUF(ROOM);
    vc__auto(vc__buf) back = VC__BUF(ROOM);
    const vc_code code = vc__demo_seal(&out, arg, vc_view_of(nonce, sizeof nonce), vc_str("file"), NULL);
    return code ? code : read_one(arg, out.data, &back, NULL);
}

static void allocations(void **state)
{
    (void)state;
    vc__autoptr(vc__aead) aead = dek();
    SWEEP_ALLOCATIONS(all_once, aead);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(theirs_opens), cmocka_unit_test(ours_is_theirs), cmocka_unit_test(any_length),
        cmocka_unit_test(refused),      cmocka_unit_test(not_authentic),  cmocka_unit_test(headers),
        cmocka_unit_test(allocations),
    };
    return cmocka_run_group_tests_name("record_demo", tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* lib/vault: bodies of data operations, their replies, requests and retries. */
#include "unit/test.h"

#include "base/text.h"
#include "vault/batch.h"
#include "vault/refusal.h"
#include "vault/request.h"

static vc_view view(const char *text)
{
    return vc_str(text);
}

static void test_paths(void **state)
{
    (void)state;
    static const struct {
        vc__verb verb;
        const char *mount, *name, *path; /* NULL: VC_E_ARGUMENT */
    } cases[] = {
        { VC__TRANSIT_ENCRYPT, "transit", "payments", "/v1/transit/encrypt/payments" },
        { VC__TRANSIT_DECRYPT, "team/a b/transit", "k.1-x", "/v1/team/a%20b/transit/decrypt/k.1-x" },
        { VC__TRANSIT_REWRAP, "transit/", "k", "/v1/transit/rewrap/k" },
        { VC__TRANSFORM_ENCODE, "transform", "r", "/v1/transform/encode/r" },
        { VC__TRANSFORM_DECODE, "tr\xc3\xa4nsform", "r", "/v1/tr%C3%A4nsform/decode/r" },
        { VC__TRANSIT_ENCRYPT, "", "k", NULL },
        { VC__TRANSIT_ENCRYPT, "transit", "", NULL },
        { VC__TRANSIT_ENCRYPT, "transit", "..", NULL },
        { VC__TRANSIT_ENCRYPT, "..", "k", NULL },
        { VC__TRANSIT_ENCRYPT, "a/../b", "k", NULL },
        { VC__TRANSIT_ENCRYPT, "a//b", "k", NULL },
        { VC__TRANSIT_ENCRYPT, "/transit", "k", NULL },
        { VC__TRANSIT_ENCRYPT, "transit", "a/b", NULL },
        { VC__TRANSIT_ENCRYPT, "transit", "-k", NULL },
        { VC__TRANSIT_ENCRYPT, "transit", "k.", NULL },
        { VC__TRANSIT_ENCRYPT, "transit", "k?list=true", NULL },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        vc__auto(vc__buf) out = VC__BUF(1000);
        vc_error err = VC_ERROR_INIT;
        const vc_code code =
            vc__batch_path(&out, cases[i].verb, view(cases[i].mount), view(cases[i].name), &err);
        assert_int_equal(code, cases[i].path ? VC_OK : VC_E_ARGUMENT);
        assert_int_equal(err.code, code);
        if (cases[i].path)
            assert_string_equal(out.data, cases[i].path);
    }
}

static void test_bodies(void **state)
{
    (void)state;
    const vc__item items[] = {
        { .value = vc_view_of("hi", 2),
          .context = vc_view_of("\0\xff", 2),
          .key_version = 18446744073709551615u },
        { .value = vc_view_of("", 0), .associated_data = vc_view_of("a", 1) },
    };
    static const struct {
        vc__verb verb;
        const char *body;
    } cases[] = {
        { VC__TRANSIT_ENCRYPT,
          "{\"batch_input\":[{\"plaintext\":\"aGk=\",\"context\":\"AP8=\",\"key_version\":"
          "18446744073709551615},"
          "{\"plaintext\":\"\",\"associated_data\":\"YQ==\"}],\"partial_failure_response_code\":200}" },
        { VC__TRANSIT_DECRYPT,
          "{\"batch_input\":[{\"ciphertext\":\"hi\",\"context\":\"AP8=\",\"key_version\":"
          "18446744073709551615},"
          "{\"ciphertext\":\"\",\"associated_data\":\"YQ==\"}],\"partial_failure_response_code\":200}" },
        { VC__TRANSIT_REWRAP, "{\"batch_input\":[{\"ciphertext\":\"hi\",\"context\":\"AP8=\",\"key_version\":"
                              "18446744073709551615},"
                              "{\"ciphertext\":\"\",\"associated_data\":\"YQ==\"}]}" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        vc__auto(vc__buf) body = VC__BUF(10000);
        vc__batch_begin(&body, cases[i].verb);
        for (size_t k = 0; k < COUNT(items); k++) {
            const size_t before = body.len;
            vc__batch_item(&body, cases[i].verb, &items[k], k == 0);
            assert_true(body.len - before <= vc__batch_item_size(cases[i].verb, &items[k]));
        }
        vc__batch_end(&body, cases[i].verb);
        assert_string_equal(body.data, cases[i].body);
    }
    vc__auto(vc__buf) controls = VC__BUF(10000);
    const vc__item worst = {
        .value = view("\x01\x02\x03\x04\x05\x06\x07\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19"
                      "\x01\x02\x03\x04\x05\x06\x07\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19")
    };
    vc__batch_item(&controls, VC__TRANSFORM_ENCODE, &worst, false);
    assert_true(controls.len <= vc__batch_item_size(VC__TRANSFORM_ENCODE, &worst));
    char large[3000];
    memset(large, '"', sizeof large);
    const vc__item quotes = { .value = vc_view_of(large, sizeof large) };
    vc__buf_clear(&controls);
    vc__batch_item(&controls, VC__TRANSFORM_ENCODE, &quotes, false);
    assert_true(controls.len > 6000 && controls.len <= vc__batch_item_size(VC__TRANSFORM_ENCODE, &quotes));
    vc__auto(vc__buf) body = VC__BUF(10000);
    const vc__item item = { .value = view("1\"\x01"), .transformation = view("ccn"), .tweak = view("AAA=") };
    vc__batch_begin(&body, VC__TRANSFORM_ENCODE);
    vc__batch_item(&body, VC__TRANSFORM_ENCODE, &item, true);
    vc__batch_end(&body, VC__TRANSFORM_ENCODE);
    assert_string_equal(
        body.data,
        "{\"batch_input\":[{\"value\":\"1\\\"\\u0001\",\"transformation\":\"ccn\",\"tweak\":\"AAA=\"}]}");
}

/* One reply to a batch of `count` items. */
struct reply_case {
    const char *name;
    vc__verb verb;
    int status;
    size_t count;
    const char *body;
    vc__verdict verdict;
    vc_code code;      /* of the reply, or of item 0 */
    const char *value; /* of item 0; NULL: not looked at */
};

static void check_replies(const struct reply_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct reply_case *c = &cases[i];
        /* Of exact size, so that the sanitizers see a byte too many. */
        const size_t len = strlen(c->body);
        char *body = malloc(len ? len : 1);
        memcpy(body, c->body, len);
        vc__outcome outcomes[4] = { { .code = VC_OK } };
        outcomes[c->count].code = VC_E_KAFKA; /* never touched: the one behind the last */
        vc_error err = VC_ERROR_INIT;
        const vc__verdict verdict =
            vc__batch_read(c->verb, c->status, len ? body : NULL, len, outcomes, c->count, &err);
        const vc_code code = verdict == VC__VERDICT_ITEMS ? outcomes[0].code : err.code;
        if (verdict != c->verdict || code != c->code)
            fail_msg("%s: verdict %d, code %s", c->name, (int)verdict, vc_code_name(code));
        assert_true(!c->value || vc__view_is(outcomes[0].value, c->value));
        assert_int_equal(outcomes[c->count].code, VC_E_KAFKA);
        if (verdict == VC__VERDICT_ITEMS) {
            assert_true((outcomes[0].code == VC_OK) != (outcomes[0].text != NULL));
        } else {
            assert_int_equal(err.http_status, c->status);
            assert_int_equal(err.retryable, verdict == VC__VERDICT_RETRY);
            assert_true(err.message[0]);
            for (size_t k = 0; k < c->count; k++)
                assert_null(outcomes[k].value.data);
        }
        free(body);
    }
}

#define RESULTS(items)                                                                                       \
    "{\"request_id\":\"0a-1\",\"data\":{\"batch_results\":[" items "]},\"warnings\":null}\n"
#define ERRORS(text) "{\"errors\":[\"" text "\"]}\n"

static void test_items(void **state)
{
    (void)state;
    static const struct reply_case cases[] = {
        { "encrypted", VC__TRANSIT_ENCRYPT, 200, 1,
          RESULTS("{\"ciphertext\":\"vault:v12:aGk=\",\"key_version\":12}"), VC__VERDICT_ITEMS, VC_OK,
          "vault:v12:aGk=" },
        { "spaced", VC__TRANSIT_ENCRYPT, 200, 1,
          " { \"data\" : { \"batch_results\" : [ { \"ciphertext\" : \"vault:v1:aGk=\" } ] } } ",
          VC__VERDICT_ITEMS, VC_OK, "vault:v1:aGk=" },
        { "escaped", VC__TRANSIT_ENCRYPT, 200, 1, RESULTS("{\"ciphertext\":\"vault:v1:\\/\\u0061Gk=\"}"),
          VC__VERDICT_ITEMS, VC_OK, "vault:v1:/aGk=" },
        { "unknown members", VC__TRANSIT_ENCRYPT, 200, 1,
          "{\"data\":{\"x\":[{\"batch_results\":1}],\"batch_results\":[{\"a\":{\"ciphertext\":[1]},"
          "\"ciphertext\":\"vault:v1:aGk=\","
          "\"reference\":\"\",\"error\":null,\"key_version\":null}],\"y\":{}},\"z\":[[]]}",
          VC__VERDICT_ITEMS, VC_OK, "vault:v1:aGk=" },
        { "with a partial failure code", VC__TRANSIT_ENCRYPT, 207, 2,
          RESULTS("{\"ciphertext\":\"vault:v1:aGk=\"},{\"error\":\"x\"}"), VC__VERDICT_ITEMS, VC_OK,
          "vault:v1:aGk=" },
        { "all failed", VC__TRANSIT_ENCRYPT, 400, 1,
          RESULTS("{\"error\":\"illegal base64 data at input byte 3\",\"reference\":\"\"}"),
          VC__VERDICT_ITEMS, VC_E_REFUSED, NULL },
        { "error beside an empty value", VC__TRANSIT_DECRYPT, 400, 1,
          RESULTS("{\"plaintext\":\"\",\"error\":\"invalid ciphertext\"}"), VC__VERDICT_ITEMS,
          VC_E_CIPHERTEXT, NULL },
        { "error beside a value", VC__TRANSIT_DECRYPT, 200, 1,
          RESULTS("{\"plaintext\":\"aGk=\",\"error\":\"?\"}"), VC__VERDICT_ITEMS, VC_E_REFUSED, NULL },
        { "decrypted", VC__TRANSIT_DECRYPT, 200, 1, RESULTS("{\"plaintext\":\"aGk=\",\"reference\":\"\"}"),
          VC__VERDICT_ITEMS, VC_OK, "hi" },
        { "decrypted to nothing", VC__TRANSIT_DECRYPT, 200, 1, RESULTS("{\"plaintext\":\"\",\"error\":\"\"}"),
          VC__VERDICT_ITEMS, VC_OK, "" },
        { "wrong key", VC__TRANSIT_DECRYPT, 500, 1,
          RESULTS("{\"error\":\"cipher: message authentication failed\"}"), VC__VERDICT_ITEMS,
          VC_E_CIPHERTEXT, NULL },
        { "framed text", VC__TRANSIT_DECRYPT, 500, 1,
          RESULTS("{\"error\":\"1 error occurred:\\n\\t* cipher: message authentication failed\\n\\n\"}"),
          VC__VERDICT_ITEMS, VC_E_CIPHERTEXT, NULL },
        { "key of a derived type", VC__TRANSIT_ENCRYPT, 400, 1,
          RESULTS("{\"error\":\"missing 'context' for key derivation; ...\"}"), VC__VERDICT_ITEMS,
          VC_E_REQUEST, NULL },
        { "RSA", VC__TRANSIT_ENCRYPT, 500, 1,
          RESULTS("{\"error\":\"failed to RSA encrypt the plaintext: crypto/rsa: message too long for RSA "
                  "key size\"}"),
          VC__VERDICT_ITEMS, VC_E_TOO_LARGE, NULL },
        { "rewrapped", VC__TRANSIT_REWRAP, 200, 1,
          RESULTS("{\"ciphertext\":\"vault:v2:aGk=\",\"key_version\":2}"), VC__VERDICT_ITEMS, VC_OK,
          "vault:v2:aGk=" },
    };
    check_replies(cases, COUNT(cases));
    /* An empty batch has no item 0 to look at. */
    char body[] = RESULTS("");
    assert_int_equal(vc__batch_read(VC__TRANSIT_ENCRYPT, 200, body, sizeof body - 1, NULL, 0, NULL),
                     VC__VERDICT_ITEMS);
}

/* The examples that Vault publishes for its transform engine (API documentation: Encode, Decode). */
static void test_published_transform(void **state)
{
    (void)state;
    static const struct reply_case cases[] = {
        { "encode", VC__TRANSFORM_ENCODE, 200, 2,
          RESULTS("{\"encoded_value\":\"5682-4613-6822-8064\"},"
                  "{\"encoded_value\":\"Q4tYgFXHxURXf9MLekG82L51vSAQrDnpAiaB37J4VPRxoQEB3fRpwR\","
                  "\"reference\":\"order#1234\"}"),
          VC__VERDICT_ITEMS, VC_OK, "5682-4613-6822-8064" },
        { "decode", VC__TRANSFORM_DECODE, 200, 2,
          RESULTS("{\"encoded_value\":\"1111-2222-3333-4444\",\"reference\":\"order#1234\"},"
                  "{\"encoded_value\":\"1111-2222-3333-4444\"}"),
          VC__VERDICT_ITEMS, VC_OK, "1111-2222-3333-4444" },
        { "decode, as servers do", VC__TRANSFORM_DECODE, 200, 1,
          RESULTS("{\"decoded_value\":\"1111-2222-3333-4444\"}"), VC__VERDICT_ITEMS, VC_OK,
          "1111-2222-3333-4444" },
        { "both names", VC__TRANSFORM_DECODE, 200, 1,
          RESULTS("{\"encoded_value\":\"x\",\"decoded_value\":\"1\"}"), VC__VERDICT_ITEMS, VC_OK, "1" },
        { "no such name in an encode", VC__TRANSFORM_ENCODE, 200, 1, RESULTS("{\"decoded_value\":\"1\"}"),
          VC__VERDICT_FATAL, VC_E_PROTOCOL, NULL },
        { "encoded to nothing", VC__TRANSFORM_ENCODE, 200, 1, RESULTS("{\"encoded_value\":\"\"}"),
          VC__VERDICT_FATAL, VC_E_PROTOCOL, NULL },
        { "an error", VC__TRANSFORM_ENCODE, 200, 1,
          RESULTS("{\"error\":\"unable to find matching expression\"}"), VC__VERDICT_ITEMS, VC_E_REFUSED,
          NULL },
        { "an error that begins like one about the key", VC__TRANSFORM_ENCODE, 400, 1,
          RESULTS("{\"error\":\"key not found ...\"}"), VC__VERDICT_ITEMS, VC_E_REFUSED, NULL },
        { "tweak", VC__TRANSFORM_ENCODE, 400, 1, ERRORS("incorrect tweak size provided: 0"),
          VC__VERDICT_SPLIT, VC_E_REFUSED, NULL },
    };
    check_replies(cases, COUNT(cases));
    static const struct {
        vc__verb verb;
        const char *value, *reply, *result, *tweak;
    } singles[] = {
        { VC__TRANSFORM_ENCODE, "1111-2222-3333-4444",
          "{\"data\":{\"encoded_value\":\"9300-3376-4943-8903\"}}", "9300-3376-4943-8903", NULL },
        { VC__TRANSFORM_ENCODE, "1111-2222-3333-4444",
          "{\"data\":{\"encoded_value\":\"9300-3376-4943-8903\",\"tweak\":\"3T+WJ0yG9Q==\"}}",
          "9300-3376-4943-8903", "3T+WJ0yG9Q==" },
        { VC__TRANSFORM_DECODE, "418-56-4374", "{\"data\":{\"decoded_value\":\"111-22-3333\"}}",
          "111-22-3333", NULL },
        { VC__TRANSFORM_DECODE, "418-56-4374", "{\"data\":{\"decoded_value\":\"4444\"}}", "4444", NULL },
    };
    for (size_t i = 0; i < COUNT(singles); i++) {
        char body[200];
        strcpy(body, singles[i].reply);
        vc__outcome outcome;
        assert_int_equal(vc__single_read(singles[i].verb, 200, body, strlen(body), &outcome, NULL), VC_OK);
        assert_true(vc__view_is(outcome.value, singles[i].result));
        assert_true(singles[i].tweak ? vc__view_is(outcome.tweak, singles[i].tweak)
                                     : outcome.tweak.data == NULL);
    }
}

/* What is no outcome for each item is none at all. */
static void test_fail_closed(void **state)
{
    (void)state;
#define FATAL(name, count, body)                                                                             \
    { name, VC__TRANSIT_ENCRYPT, 200, count, body, VC__VERDICT_FATAL, VC_E_PROTOCOL, NULL },                 \
    {                                                                                                        \
        name ", 400", VC__TRANSIT_ENCRYPT, 400, count, body, VC__VERDICT_FATAL, VC_E_PROTOCOL, NULL          \
    }
#define GOOD "{\"ciphertext\":\"vault:v1:aGk=\"}"
    static const struct reply_case cases[] = {
        FATAL("empty body", 1, ""),
        FATAL("not JSON", 1, "<html>"),
        FATAL("not an object", 1, "[]"),
        FATAL("no data", 1, "{}"),
        FATAL("data is null", 1, "{\"data\":null}"),
        FATAL("data is a list", 1, "{\"data\":[]}"),
        FATAL("no results", 1, "{\"data\":{}}"),
        FATAL("results are null", 1, "{\"data\":{\"batch_results\":null}}"),
        FATAL("results are an object", 1, "{\"data\":{\"batch_results\":{}}}"),
        FATAL("results outside of data", 1, "{\"batch_results\":[" GOOD "]}"),
        FATAL("too few", 2, RESULTS(GOOD)),
        FATAL("none", 1, RESULTS("")),
        FATAL("too many", 1, RESULTS(GOOD "," GOOD)),
        FATAL("an item is null", 2, RESULTS(GOOD ",null")),
        FATAL("an item is a text", 1, RESULTS("\"vault:v1:aGk=\"")),
        FATAL("an item is a list", 1, RESULTS("[]")),
        FATAL("an empty item", 2, RESULTS(GOOD ",{}")),
        FATAL("an item with a reference only", 1, RESULTS("{\"reference\":\"r\"}")),
        FATAL("an empty error", 1, RESULTS("{\"error\":\"\"}")),
        FATAL("a null value", 1, RESULTS("{\"ciphertext\":null}")),
        FATAL("an empty value", 1, RESULTS("{\"ciphertext\":\"\"}")),
        FATAL("a number for a value", 1, RESULTS("{\"ciphertext\":1}")),
        FATAL("an object for a value", 1, RESULTS("{\"ciphertext\":{}}")),
        FATAL("a number for an error", 1, RESULTS("{\"error\":1}")),
        FATAL("the value twice", 1,
              RESULTS("{\"ciphertext\":\"vault:v1:aGk=\",\"ciphertext\":\"vault:v1:aGk=\"}")),
        FATAL("the error twice", 1, RESULTS("{\"error\":\"\",\"error\":\"x\"}")),
        FATAL("the results twice", 1,
              "{\"data\":{\"batch_results\":[" GOOD "],\"batch_results\":[" GOOD "]}}"),
        FATAL("the results twice, the second time none", 1,
              "{\"data\":{\"batch_results\":[" GOOD "],\"batch_results\":[]}}"),
        FATAL("data twice", 1, "{\"data\":{\"batch_results\":[" GOOD "]},\"data\":{}}"),
        { "errors twice", VC__TRANSIT_ENCRYPT, 200, 1,
          "{\"errors\":[],\"errors\":[],\"data\":{\"batch_results\":[" GOOD "]}}", VC__VERDICT_FATAL,
          VC_E_PROTOCOL, NULL },
        FATAL("plaintext for a ciphertext", 1, RESULTS("{\"ciphertext\":\"hello\"}")),
        FATAL("the name for a ciphertext", 1, RESULTS("{\"ciphertext\":\"vault:v1:\"}")),
        FATAL("no version", 1, RESULTS("{\"ciphertext\":\"vault:v:aGk=\"}")),
        FATAL("no colon", 1, RESULTS("{\"ciphertext\":\"vault:v1\"}")),
        FATAL("a decrypt's reply", 1, RESULTS("{\"plaintext\":\"aGk=\"}")),
        FATAL("a version that is a text", 1,
              RESULTS("{\"ciphertext\":\"vault:v1:aGk=\",\"key_version\":\"1\"}")),
        FATAL("a negative version", 1, RESULTS("{\"ciphertext\":\"vault:v1:aGk=\",\"key_version\":-1}")),
        FATAL("a version with a fraction", 1,
              RESULTS("{\"ciphertext\":\"vault:v1:aGk=\",\"key_version\":1.5}")),
        FATAL("a huge version", 1,
              RESULTS("{\"ciphertext\":\"vault:v1:aGk=\",\"key_version\":99999999999999999999999}")),
        FATAL("half a surrogate pair", 1, RESULTS("{\"ciphertext\":\"vault:v1:\\ud800\"}")),
        FATAL("behind the end", 1, RESULTS(GOOD) "x"),
        FATAL("twice", 1, RESULTS(GOOD) RESULTS(GOOD)),
        { "not Base64", VC__TRANSIT_DECRYPT, 200, 1, RESULTS("{\"plaintext\":\"aGk\"}"), VC__VERDICT_FATAL,
          VC_E_PROTOCOL, NULL },
        { "URL-safe Base64", VC__TRANSIT_DECRYPT, 200, 1, RESULTS("{\"plaintext\":\"__8=\"}"),
          VC__VERDICT_FATAL, VC_E_PROTOCOL, NULL },
        { "no content", VC__TRANSIT_DECRYPT, 204, 1, "", VC__VERDICT_FATAL, VC_E_PROTOCOL, NULL },
        { "cut off at 500", VC__TRANSIT_ENCRYPT, 500, 2, "{\"data\":{\"batch_results\":[" GOOD ",",
          VC__VERDICT_FATAL, VC_E_PROTOCOL, NULL },
    };
    check_replies(cases, COUNT(cases));
}

/* Spec 1.3, 1.5, 1.6 and 5.3: refusals of a batch as a whole. */
static void test_verdicts(void **state)
{
    (void)state;
#define E VC__TRANSIT_ENCRYPT
#define FRAMED(text) ERRORS("1 error occurred:\\n\\t* " text "\\n\\n")
    static const struct reply_case cases[] = {
        { "no key", E, 400, 1, ERRORS("encryption key not found"), VC__VERDICT_FATAL, VC_E_NOT_FOUND, NULL },
        { "mixed contexts", E, 400, 3,
          ERRORS("context should be set either in all the request blocks or in none"), VC__VERDICT_SPLIT,
          VC_E_REFUSED, NULL },
        { "empty batch", E, 400, 1, ERRORS("missing batch input to process"), VC__VERDICT_FATAL, VC_E_REQUEST,
          NULL },
        { "AAD and RSA", E, 400, 1,
          ERRORS("'[0].associated_data' provided for non-AEAD cipher suite rsa-4096"), VC__VERDICT_FATAL,
          VC_E_REQUEST, NULL },
        { "an unknown text", E, 400, 1, ERRORS("the moon is full"), VC__VERDICT_SPLIT, VC_E_REFUSED, NULL },
        { "errors without text", E, 400, 1, "{\"errors\":[]}", VC__VERDICT_SPLIT, VC_E_REFUSED, NULL },
        { "errors of other types", E, 400, 1, "{\"errors\":[1,null,{\"a\":[]},[\"permission denied\"]]}",
          VC__VERDICT_SPLIT, VC_E_REFUSED, NULL },
        { "a proxy's 400", E, 400, 1, "Bad Request", VC__VERDICT_FATAL, VC_E_PROTOCOL, NULL },
        { "OpenBao's complexity", E, 400, 2,
          ERRORS("refused JSON input due to high complexity: exceeded maximum number of strings"),
          VC__VERDICT_TOO_LARGE, VC_E_TOO_LARGE, NULL },
        { "OpenBao's complexity, as decoded", E, 400, 2,
          ERRORS("failed to decode JSON input: refused JSON input due to high complexity: exceeded maximum "
                 "estimated memory limits"),
          VC__VERDICT_TOO_LARGE, VC_E_TOO_LARGE, NULL },
        { "Vault's JSON limits", E, 500, 2, ERRORS("JSON array exceeds allowed element count"),
          VC__VERDICT_TOO_LARGE, VC_E_TOO_LARGE, NULL },
        { "Vault's JSON limits, framed", E, 500, 2, FRAMED("JSON string value exceeds allowed length"),
          VC__VERDICT_TOO_LARGE, VC_E_TOO_LARGE, NULL },
        { "too large", E, 413, 2, ERRORS("http: request body too large"), VC__VERDICT_TOO_LARGE,
          VC_E_TOO_LARGE, NULL },
        { "too large for a proxy", E, 413, 2, "<html>413</html>", VC__VERDICT_TOO_LARGE, VC_E_TOO_LARGE,
          NULL },
        { "too large, OpenBao's buffer", E, 500, 2, ERRORS("http: request body too large"),
          VC__VERDICT_TOO_LARGE, VC_E_TOO_LARGE, NULL },
        { "an item that Vault cannot read", E, 500, 2,
          FRAMED("failed to parse batch input: 1 error(s) decoding:\\n\\n* '[1].plaintext' missing plaintext "
                 "to encrypt"),
          VC__VERDICT_SPLIT, VC_E_REFUSED, NULL },
        { "an item that OpenBao cannot read", E, 500, 2,
          FRAMED("failed to parse batch input: '[1].plaintext' missing plaintext to encrypt"),
          VC__VERDICT_SPLIT, VC_E_REFUSED, NULL },
        { "RSA", E, 500, 2,
          FRAMED("failed to RSA encrypt the plaintext: crypto/rsa: message too long for RSA key size"),
          VC__VERDICT_SPLIT, VC_E_TOO_LARGE, NULL },
        { "denied", E, 403, 1, FRAMED("permission denied"), VC__VERDICT_DENIED, VC_E_DENIED, NULL },
        { "denied, token gone", E, 403, 1,
          "{\"errors\":[\"2 errors occurred:\\n\\t* permission denied\\n\\t* invalid token\\n\\n\"]}",
          VC__VERDICT_DENIED, VC_E_DENIED, NULL },
        { "denied by a proxy", E, 403, 1, "no", VC__VERDICT_DENIED, VC_E_DENIED, NULL },
        { "no mount", E, 404, 1, ERRORS("no handler for route \\\"x/encrypt/k\\\". route entry not found."),
          VC__VERDICT_FATAL, VC_E_NOT_FOUND, NULL },
        { "another engine", E, 404, 1, FRAMED("unsupported path"), VC__VERDICT_FATAL, VC_E_NOT_FOUND, NULL },
        { "no namespace", E, 404, 1, ERRORS("namespace not found"), VC__VERDICT_FATAL, VC_E_NOT_FOUND, NULL },
        { "nothing", E, 404, 1, "{\"errors\":[]}", VC__VERDICT_FATAL, VC_E_NOT_FOUND, NULL },
        { "not so", E, 405, 1, FRAMED("unsupported operation"), VC__VERDICT_FATAL, VC_E_REQUEST, NULL },
        { "behind", E, 412, 1, ERRORS("required index state not present"), VC__VERDICT_RETRY, VC_E_SERVER,
          NULL },
        { "media type", E, 415, 1, "", VC__VERDICT_FATAL, VC_E_REQUEST, NULL },
        { "quota", E, 429, 1, ERRORS("request path \\\"transit/encrypt/aes\\\": rate limit quota exceeded"),
          VC__VERDICT_RETRY, VC_E_BUSY, NULL },
        { "quota, with a text about a value", E, 429, 1, ERRORS("invalid ciphertext"), VC__VERDICT_RETRY,
          VC_E_BUSY, NULL },
        { "header too large", E, 431, 1, "", VC__VERDICT_FATAL, VC_E_REQUEST, NULL },
        { "plain 500", E, 500, 1, FRAMED("context canceled"), VC__VERDICT_RETRY, VC_E_SERVER, NULL },
        { "500 without a body", E, 500, 1, "", VC__VERDICT_RETRY, VC_E_SERVER, NULL },
        { "not initialised", E, 501, 1, "", VC__VERDICT_FATAL, VC_E_SEALED, NULL },
        { "proxy", E, 502, 1, "<html>", VC__VERDICT_RETRY, VC_E_SERVER, NULL },
        { "sealed", E, 503, 1, ERRORS("Vault is sealed"), VC__VERDICT_RETRY, VC_E_SEALED, NULL },
        { "503 with a text about a value", E, 503, 1, ERRORS("encryption key not found"), VC__VERDICT_RETRY,
          VC_E_SEALED, NULL },
        { "proxy's time-out", E, 504, 1, "", VC__VERDICT_RETRY, VC_E_SERVER, NULL },
        { "507", E, 507, 1, "", VC__VERDICT_RETRY, VC_E_SERVER, NULL },
        { "redirection", E, 307, 1, "", VC__VERDICT_FATAL, VC_E_PROTOCOL, NULL },
        { "no status", E, 0, 1, "", VC__VERDICT_FATAL, VC_E_PROTOCOL, NULL },
        { "odd status", E, 999, 1, "", VC__VERDICT_FATAL, VC_E_PROTOCOL, NULL },
        { "success with errors", E, 200, 1, ERRORS("permission denied"), VC__VERDICT_FATAL, VC_E_PROTOCOL,
          NULL },
    };
    check_replies(cases, COUNT(cases));
#undef E
}

/* What only Vault Enterprise has is said where it is asked for. */
static void test_a_missing_engine(void **state)
{
    static const char hint[] = "transform is part of Vault Enterprise only";
    (void)state;
    const vc__refusal *transit = vc__refusal_find(vc_str("no handler for route \"transit/keys/nokey\". route entry not found."));
    const vc__refusal *transform = vc__refusal_find(vc_str("no handler for route \"transform/encode/x\". route entry not found."));
    assert_null(strstr(transit->says, hint));
    assert_non_null(strstr(transform->says, hint));
    assert_true(transit->code == VC_E_NOT_FOUND && transform->code == VC_E_NOT_FOUND);
}

/* Vault's words and ours are never mixed: what it says may repeat values. */
static void test_nothing_is_echoed(void **state)
{
    (void)state;
    static const char canary[] = "CANARY-4711";
    static const int seen_statuses[] = { 200, 207, 400, 403, 404, 405, 413, 429, 500, 503 };
    static const char *const texts[] = { "%s",
                                         "unknown key type %s",
                                         "no handler for route \\\"%s\\\"",
                                         "invalid ciphertext: %s",
                                         "failed to parse batch input: %s",
                                         "%s exceeds allowed" };
    static const char *const frames[] = { "{\"errors\":[\"%s\"]}",
                                          "{\"data\":{\"batch_results\":[{\"error\":\"%s\"}]}}",
                                          "{\"request_id\":\"%s\",\"errors\":[\"?\"]}",
                                          "{\"data\":{\"batch_results\":[\"%s\"]}}", "%s" };
    for (size_t s = 0; s < COUNT(seen_statuses); s++)
        for (size_t t = 0; t < COUNT(texts); t++)
            for (size_t f = 0; f < COUNT(frames); f++) {
                char text[200], body[400], shown[1000];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
                snprintf(text, sizeof text, texts[t], canary);
                snprintf(body, sizeof body, frames[f], text);
#pragma GCC diagnostic pop
                vc__outcome outcome = { .code = VC_OK };
                vc_error err = VC_ERROR_INIT;
                char copy[400];
                strcpy(copy, body);
                vc__batch_read(VC__TRANSIT_DECRYPT, seen_statuses[s], copy, strlen(copy), &outcome, 1, &err);
                assert_null(strstr(vc_error_format(&err, shown, sizeof shown), canary));
                assert_true(!outcome.text || !strstr(outcome.text, canary));
                vc_error_clear(&err);
                vc__reply_error(seen_statuses[s], vc_str(body), &err);
                assert_null(strstr(vc_error_format(&err, shown, sizeof shown), canary));
                vc_error_clear(&err);
                vc__single_read(VC__TRANSIT_DECRYPT, seen_statuses[s], body, strlen(body), &outcome, &err);
                assert_null(strstr(vc_error_format(&err, shown, sizeof shown), canary));
            }
}

/* Every authentication failure reads the same. */
static void test_one_text(void **state)
{
    (void)state;
    static const char *const same[] = {
        "cipher: message authentication failed", "chacha20poly1305: message authentication failed",
        "failed to RSA decrypt the ciphertext: crypto/rsa: decryption error"
    };
    const char *first = vc__refusal_of_item(VC__TRANSIT_DECRYPT, vc_str(same[0]))->says;
    for (size_t i = 0; i < COUNT(same); i++)
        assert_string_equal(vc__refusal_of_item(VC__TRANSIT_DECRYPT, vc_str(same[i]))->says, first);
}

static void test_singles(void **state)
{
    (void)state;
    static const struct {
        vc__verb verb;
        int status;
        const char *body;
        vc_code code;
        const char *value;
    } cases[] = {
        { VC__TRANSIT_ENCRYPT, 200, "{\"data\":{\"ciphertext\":\"vault:v1:aGk=\",\"key_version\":1}}", VC_OK,
          "vault:v1:aGk=" },
        { VC__TRANSIT_DECRYPT, 200, "{\"data\":{\"plaintext\":\"aGk=\"}}", VC_OK, "hi" },
        { VC__TRANSIT_DECRYPT, 200, "{\"data\":{\"plaintext\":\"\"}}", VC_OK, "" },
        { VC__TRANSIT_DECRYPT, 200, "{\"data\":{\"plaintext\":null}}", VC_E_PROTOCOL, NULL },
        { VC__TRANSIT_DECRYPT, 200, "{\"data\":{}}", VC_E_PROTOCOL, NULL },
        { VC__TRANSIT_DECRYPT, 200, "{\"data\":null}", VC_E_PROTOCOL, NULL },
        { VC__TRANSIT_DECRYPT, 200, "", VC_E_PROTOCOL, NULL },
        { VC__TRANSIT_DECRYPT, 204, "", VC_E_PROTOCOL, NULL },
        { VC__TRANSIT_DECRYPT, 200, "{\"data\":{\"plaintext\":\"aGk=\"}", VC_E_PROTOCOL, NULL },
        { VC__TRANSIT_DECRYPT, 200, "{\"data\":{\"plaintext\":\"aGk=\",\"error\":\"?\"}}", VC_E_REFUSED,
          NULL },
        { VC__TRANSIT_DECRYPT, 400, "{\"data\":{\"plaintext\":\"aGk=\"}}", VC_E_PROTOCOL, NULL },
        { VC__TRANSIT_DECRYPT, 400, ERRORS("cipher: message authentication failed"), VC_E_CIPHERTEXT, NULL },
        { VC__TRANSFORM_ENCODE, 400, ERRORS("unable to find matching expression"), VC_E_REFUSED, NULL },
        { VC__TRANSFORM_ENCODE, 404, ERRORS("no handler for route"), VC_E_NOT_FOUND, NULL },
        { VC__TRANSFORM_ENCODE, 500, "", VC_E_SERVER, NULL },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char body[300];
        strcpy(body, cases[i].body);
        vc__outcome outcome;
        vc_error err = VC_ERROR_INIT;
        const vc_code code =
            vc__single_read(cases[i].verb, cases[i].status, body, strlen(body), &outcome, &err);
        assert_int_equal(code, cases[i].code);
        assert_int_equal(err.code, code);
        assert_true(!cases[i].value || vc__view_is(outcome.value, cases[i].value));
        assert_true(cases[i].verb != VC__TRANSFORM_ENCODE || cases[i].status != 400 ||
                    strstr(err.message, "template"));
    }
}

/* Cut off anywhere, a good reply is none. */
static void test_cut_off(void **state)
{
    (void)state;
    static const char whole[] =
        RESULTS("{\"ciphertext\":\"vault:v1:aGk=\",\"key_version\":1,\"reference\":\"\"},{\"error\":\"x\"}");
    for (size_t cut = 0; cut + 2 < sizeof whole; cut++) {
        char *body = malloc(cut + 1);
        memcpy(body, whole, cut);
        vc__outcome outcomes[2];
        vc_error err = VC_ERROR_INIT;
        assert_int_equal(vc__batch_read(VC__TRANSIT_ENCRYPT, 200, body, cut, outcomes, 2, &err),
                         VC__VERDICT_FATAL);
        assert_int_equal(err.code, VC_E_PROTOCOL);
        free(body);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_items),
        cmocka_unit_test(test_published_transform),
        cmocka_unit_test(test_fail_closed),
        cmocka_unit_test(test_verdicts),
        cmocka_unit_test(test_a_missing_engine),
        cmocka_unit_test(test_nothing_is_echoed),
        cmocka_unit_test(test_one_text),
        cmocka_unit_test(test_singles),
        cmocka_unit_test(test_cut_off),
    };
    return cmocka_run_group_tests_name("vault", tests, NULL, NULL);
}

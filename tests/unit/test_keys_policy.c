/* SPDX-License-Identifier: Apache-2.0 */
/* Release policies: what is read and what is refused, and where; the matrix of claims and policies; what is called weak. */
#include "unit/test.h"

#include "base/buf.h"
#include "base/cleanup.h"

#include <vaultcrypt/release_policy.h>

VC__DEFINE_CLEANUP(vc_release_policy, vc_release_policy_free)
VC__DEFINE_CLEANUP(vc_claims, vc_claims_free)

#define MAA "https://maa.example"
#define POLICY(conditions) "{\"version\":\"1.0.0\",\"anyOf\":[{\"authority\":\"" MAA "\",\"allOf\":[" conditions "]}]}"
#define CLAIM(name, value) "{\"claim\":\"" name "\",\"equals\":" value "}"

/* -- what is not read ----------------------------------------------------------------------------------------------------- */

typedef struct refusal {
    const char *text;
    size_t line, column;
    const char *message; /* a part of it */
} refusal;

static const refusal policies[] = {
    { "", 1, 1, "release policy: not JSON" },
    { "[]", 1, 1, "must be an object" },
    { "\"x\"", 1, 1, "must be an object" },
    { "{}", 1, 1, "a policy needs \"version\": \"1.0.0\"" },
    { "{\"version\":\"1.0.0\"}", 1, 1, "a policy needs `anyOf`, a list of authorities" },
    { "{\"version\":1}", 1, 12, "`version` must be the text \"1.0.0\"" },
    { "{\"version\":\"2.0.0\"}", 1, 12, "`version` must be \"1.0.0\"" },
    { "{\"version\":\"1.0.0\",\n \"version\":\"1.0.0\"}", 2, 2, "`version` comes twice" },
    { "{\"version\":\"1.0.0\",\n \"v\\u0065rsion\":\"1.0.0\"}", 2, 2, "`version` comes twice" },
    { "{\"Version\":\"1.0.0\"}", 1, 2, "unknown member of a policy: `Version`: did you mean `version`?" },
    { "{\"version\":\"1.0.0\",\"anyof\":[]}", 1, 20, "unknown member of a policy: `anyof`: did you mean `anyOf`?" },
    { "{\"version\":\"1.0.0\",\"allOf\":[]}", 1, 20, "unknown member of a policy: `allOf`" },
    { "{\"version\":\"1.0.0\",\"anyOf\":{}}", 1, 28, "`anyOf` must be a list" },
    { "{\"version\":\"1.0.0\",\"anyOf\":[]}", 1, 28, "`anyOf` is empty" },
    { "{\"version\":\"1.0.0\",\"anyOf\":[1]}", 1, 29, "`anyOf` holds what is not an authority" },
    { "{\"version\":\"1.0.0\",\"anyOf\":[{}]}", 1, 29, "an authority needs `authority`" },
    { "{\"version\":\"1.0.0\",\"anyOf\":[{\"authority\":\"" MAA "\"}]}", 1, 29, "an authority needs `allOf` or `anyOf`" },
    { "{\"version\":\"1.0.0\",\"anyOf\":[{\"authority\":7}]}", 1, 42, "`authority` must be the https:// address" },
    { "{\"version\":\"1.0.0\",\"anyOf\":[{\"authority\":\"maa.example\"}]}", 1, 42, "`authority` must be the https:// address" },
    { "{\"version\":\"1.0.0\",\"anyOf\":[{\"authority\":\"https://\"}]}", 1, 42, "`authority` must be the https:// address" },
    { "{\"version\":\"1.0.0\",\"anyOf\":[{\"authority\":\"" MAA "\",\"anyOf\":[" CLAIM("a", "1") "],\n\"allOf\":[]}]}", 2, 1,
      "an authority is one of `anyOf`, `allOf`" },
    { "{\"version\":\"1.0.0\",\"anyOf\":[{\"authority\":\"" MAA "\",\"claim\":\"a\"}]}", 1, 64, "unknown member of an authority: `claim`" },
    /* the trailing comma of the original's script */
    { "{\"anyOf\":[{\"authority\":\"" MAA "\",\"allOf\":[\n" CLAIM("a", "\"b\"") ",\n] } ], \"version\":\"1.0.0\" }", 2, 27, "not JSON: expected no trailing comma" },
    { POLICY(CLAIM("a", "1")) " x", 1, 102, "not JSON: expected nothing behind the value" },
    { POLICY(""), 1, 72, "`allOf` is empty" },
    { POLICY("{}"), 1, 73, "a condition needs `claim` with `equals`, or `anyOf`, or `allOf`" },
    { POLICY("{\"claim\":\"a\"}"), 1, 73, "a condition needs `equals`" },
    { POLICY("{\"equals\":\"a\"}"), 1, 73, "a condition needs `claim`" },
    { POLICY("{\"claim\":\"\",\"equals\":\"a\"}"), 1, 82, "`claim` is empty" },
    { POLICY("{\"claim\":1,\"equals\":\"a\"}"), 1, 82, "`claim` must be the name of a claim" },
    { POLICY("{\"claim\":\"a\",\"equals\":null}"), 1, 95, "`equals` must be a text, a number, true or false" },
    { POLICY("{\"claim\":\"a\",\"equals\":[1]}"), 1, 95, "`equals` must be a text, a number, true or false" },
    { POLICY("{\"claim\":\"a\",\"equals\":{}}"), 1, 95, "`equals` must be a text, a number, true or false" },
    { POLICY("{\"claim\":\"a\",\"notEquals\":\"b\"}"), 1, 86, "the operator `notEquals` is not supported: `equals` is the only one" },
    { POLICY("{\"claim\":\"a\",\"exists\":true}"), 1, 86, "the operator `exists` is not supported" },
    { POLICY("{\"claim\":\"a\",\"matches\":\"b\"}"), 1, 86, "unknown member of a condition: `matches`: the only operator is `equals`" },
    { POLICY("{\"claim\":\"a\",\"equal\":\"b\"}"), 1, 86, "unknown member of a condition: `equal`: did you mean `equals`?" },
    { POLICY("{\"claim\":\"a\",\"\\u001b[2J\\u0085\":\"b\"}"), 1, 86, "`?[2J??`" },
    { POLICY("{\"claim\":\"a\",\"equals\":\"b\",\"equals\":\"c\"}"), 1, 99, "`equals` comes twice" },
    { POLICY("{\"claim\":\"a\",\"equals\":\"b\",\"anyOf\":[]}"), 1, 99, "a condition is one of `anyOf`, `allOf`, or `claim` with `equals`" },
    { POLICY("{\"anyOf\":[" CLAIM("a", "1") "],\"claim\":\"b\"}"), 1, 109, "a condition is one of `anyOf`, `allOf`, or `claim` with `equals`" },
    { POLICY("{\"claim\":\"a\\ud800\",\"equals\":\"b\"}"), 1, 82, "not JSON" },
    { POLICY("{\"claim\":\"a\nb\",\"equals\":\"b\"}"), 1, 84, "not JSON" },
    { POLICY("'a'"), 1, 73, "not JSON: expected a value" },
};

static const refusal claim_sets[] = {
    { "", 1, 1, "claims: not JSON" },
    { "[]", 1, 1, "must be an object" },
    { "{\"a\":1,\n\"a\":2}", 2, 1, "`a` comes twice" },
    { "{\"a\":{\"b\":1},\n\"a.b\":2}", 2, 1, "`a.b` comes twice" },
    { "{\"a\":1,}", 1, 7, "not JSON: expected no trailing comma" },
    { "{\"a\":[1,]}", 1, 8, "not JSON: expected no trailing comma" },
    { "{} {}", 1, 4, "not JSON" },
    { "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":1}}}}}}}}}}}}}}}}}", 1, 77, "nested too deeply" },
};

static void same_place(const char *text, const refusal *want, const vc_error *err, bool made)
{
    char shown[700];
    vc_error_format(err, shown, sizeof shown);
    if (made || err->code != VC_E_CONFIG || err->line != want->line || err->column != want->column || !strstr(err->message, want->message) ||
        strcmp(err->source, "p.json") != 0)
        fail_msg("%s: %s, not %zu:%zu %s\n%s", made ? "it is read" : "refused", shown, want->line, want->column, want->message, text);
}

static void refusals(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(policies); i++) {
        vc_error err = VC_ERROR_INIT;
        vc__autoptr(vc_release_policy) policy = vc_release_policy_parse(vc_str(policies[i].text), "p.json", &err);
        same_place(policies[i].text, &policies[i], &err, policy);
        assert_null(vc_release_policy_parse(vc_str(policies[i].text), NULL, NULL));
    }
    for (size_t i = 0; i < COUNT(claim_sets); i++) {
        vc_error err = VC_ERROR_INIT;
        vc__autoptr(vc_claims) claims = vc_claims_parse(vc_str(claim_sets[i].text), "p.json", &err);
        same_place(claim_sets[i].text, &claim_sets[i], &err, claims);
    }
}

static void limits(void **state)
{
    (void)state;
    vc_error err = VC_ERROR_INIT;
    vc__auto(vc__buf) text = VC__BUF(1 << 18);
    /* 16 conditions within each other, and one more */
    for (int lists = 16; lists <= 17; lists++) { /* two of them are those of policy and authority */
        vc__buf_clear(&text);
        vc__buf_str(&text, "{\"version\":\"1.0.0\",\"anyOf\":[{\"authority\":\"" MAA "\",\"allOf\":[");
        for (int i = 2; i < lists; i++)
            vc__buf_str(&text, "{\"allOf\":[");
        vc__buf_str(&text, CLAIM("a", "1"));
        for (int i = 2; i < lists; i++)
            vc__buf_str(&text, "]}");
        vc__buf_str(&text, "]}]}");
        vc__autoptr(vc_release_policy) policy = vc_release_policy_parse(vc__buf_get(&text), NULL, &err);
        assert_true((policy != NULL) == (lists == 16));
    }
    assert_non_null(strstr(err.message, "more than 16 lists within each other"));
    vc__buf_clear(&text);
    while (text.len <= 65536)
        vc__buf_byte(&text, ' ');
    assert_null(vc_release_policy_parse(vc__buf_get(&text), NULL, &err));
    assert_int_equal(err.code, VC_E_LIMIT);
    assert_null(vc_claims_parse(vc__buf_get(&text), NULL, &err));
    assert_int_equal(err.code, VC_E_LIMIT);
    assert_null(vc_release_policy_parse(vc_view_of(NULL, 3), NULL, &err));
    assert_int_equal(err.code, VC_E_ARGUMENT);
    vc_release_policy_free(NULL);
    vc_claims_free(NULL);
}

/* -- the matrix ----------------------------------------------------------------------------------------------------------- */

#define HOST "x-ms-sevsnpvm-hostdata"
#define DEBUG "x-ms-sevsnpvm-is-debuggable"
#define KIND "x-ms-attestation-type"
#define GOOD_CLAIMS "\"" KIND "\":\"sevsnpvm\",\"" HOST "\":\"4142\",\"x-ms-compliance-status\":\"azure-signed-katacc-uvm\""

/* Environments, by column. */
static const struct {
    const char *name, *authority, *claims;
} worlds[] = {
    { "attested", MAA, "{" GOOD_CLAIMS ",\"" DEBUG "\":false}" },
    { "as texts", MAA, "{" GOOD_CLAIMS ",\"" DEBUG "\":\"false\"}" },
    { "debuggable", MAA, "{" GOOD_CLAIMS ",\"" DEBUG "\":true}" },
    { "another container", MAA, "{\"" KIND "\":\"sevsnpvm\",\"" HOST "\":\"4143\",\"x-ms-compliance-status\":\"azure-signed-katacc-uvm\",\"" DEBUG "\":false}" },
    { "another authority", "https://maa.other", "{" GOOD_CLAIMS ",\"" DEBUG "\":false}" },
    { "within", MAA, "{\"x-ms-isolation-tee\":{" GOOD_CLAIMS ",\"" DEBUG "\":false},\"n\":7,\"l\":[1],\"z\":null}" },
    { "nothing", MAA, "{}" },
};

#define DEMO                                                                                                            \
    POLICY(CLAIM(KIND, "\"sevsnpvm\"") "," CLAIM(HOST, "\"4142\"") "," CLAIM("x-ms-compliance-status", "\"azure-signed-katacc-uvm\"") "," CLAIM( \
        DEBUG, "\"false\""))

/* For each policy: R released, - refused, by world; and what is weak. */
static const struct {
    const char *name, *policy, *released;
    unsigned weak;
} rows[] = {
    { "the demo's", DEMO, "RR-----", 0 },
    { "false as a boolean", POLICY(CLAIM(HOST, "\"4142\"") "," CLAIM(DEBUG, "false") "," CLAIM(KIND, "\"sevsnpvm\"")), "RR-----", 0 },
    { "hostdata alone", POLICY(CLAIM(HOST, "\"4142\"")), "RRR----", VC_RELEASE_DEBUGGABLE | VC_RELEASE_ANY_PLATFORM },
    { "true is not false", POLICY(CLAIM(HOST, "\"4142\"") "," CLAIM(DEBUG, "true") "," CLAIM(KIND, "\"sevsnpvm\"")), "--R----", VC_RELEASE_DEBUGGABLE },
    { "any container", POLICY(CLAIM(KIND, "\"sevsnpvm\"") "," CLAIM(DEBUG, "\"false\"")), "RR-R---", VC_RELEASE_ANY_WORKLOAD },
    { "case counts", POLICY(CLAIM(KIND, "\"SevSnpVm\"") "," CLAIM(HOST, "\"4142\"") "," CLAIM(DEBUG, "\"false\"")), "-------", 0 },
    { "one of two containers",
      POLICY("{\"anyOf\":[" CLAIM(HOST, "\"4142\"") "," CLAIM(HOST, "\"4143\"") "]}," CLAIM(DEBUG, "\"false\"") "," CLAIM(KIND, "\"sevsnpvm\"")),
      "RR-R---", 0 },
    { "hostdata or something else", POLICY("{\"anyOf\":[" CLAIM(HOST, "\"9\"") "," CLAIM(KIND, "\"sevsnpvm\"") "]}," CLAIM(DEBUG, "\"false\"")), "RR-R---",
      VC_RELEASE_ANY_WORKLOAD | VC_RELEASE_ANY_PLATFORM },
    { "any of, at the authority",
      "{\"version\":\"1.0.0\",\"anyOf\":[{\"authority\":\"" MAA "\",\"anyOf\":[" CLAIM(HOST, "\"4143\"") "," CLAIM(DEBUG, "true") "]}]}", "--RR---",
      VC_RELEASE_ANY_WORKLOAD | VC_RELEASE_DEBUGGABLE | VC_RELEASE_ANY_PLATFORM },
    { "two authorities",
      "{\"version\":\"1.0.0\",\"anyOf\":[{\"authority\":\"https://maa.other\",\"allOf\":[" CLAIM(HOST, "\"4142\"") "]},"
      "{\"authority\":\"" MAA "\",\"allOf\":[" CLAIM(HOST, "\"4143\"") "]}]}",
      "---RR--", VC_RELEASE_DEBUGGABLE | VC_RELEASE_ANY_PLATFORM },
    { "the same authority twice",
      "{\"version\":\"1.0.0\",\"anyOf\":[{\"authority\":\"" MAA "\",\"allOf\":[" CLAIM(HOST, "\"4143\"") "]},"
      "{\"authority\":\"" MAA "\",\"allOf\":[" CLAIM(DEBUG, "true") "]}]}",
      "--RR---", VC_RELEASE_ANY_WORKLOAD | VC_RELEASE_DEBUGGABLE | VC_RELEASE_ANY_PLATFORM },
    { "claims within", POLICY(CLAIM("x-ms-isolation-tee." HOST, "\"4142\"") "," CLAIM("x-ms-isolation-tee." DEBUG, "\"false\"") "," CLAIM("x-ms-isolation-tee." KIND, "\"sevsnpvm\"")), "-----R-", 0 },
    { "a number", POLICY(CLAIM("n", "7")), "-----R-", VC_RELEASE_ANY_WORKLOAD | VC_RELEASE_DEBUGGABLE | VC_RELEASE_ANY_PLATFORM },
    { "a number as it stands", POLICY(CLAIM("n", "7.0")), "-------", VC_RELEASE_ANY_WORKLOAD | VC_RELEASE_DEBUGGABLE | VC_RELEASE_ANY_PLATFORM },
    { "a list is no claim", POLICY(CLAIM("l", "\"\"")), "-------", VC_RELEASE_ANY_WORKLOAD | VC_RELEASE_DEBUGGABLE | VC_RELEASE_ANY_PLATFORM },
    { "null is no claim", POLICY(CLAIM("z", "\"null\"")), "-------", VC_RELEASE_ANY_WORKLOAD | VC_RELEASE_DEBUGGABLE | VC_RELEASE_ANY_PLATFORM },
    { "claims of who asks",
      POLICY(CLAIM("x-ms-runtime." HOST, "\"4142\"") "," CLAIM("x-ms-runtime." DEBUG, "\"false\"") "," CLAIM("x-ms-runtime." KIND, "\"sevsnpvm\"")), "-------",
      VC_RELEASE_ANY_WORKLOAD | VC_RELEASE_DEBUGGABLE | VC_RELEASE_ANY_PLATFORM | VC_RELEASE_OWN_CLAIM },
    { "one claim of who asks, deep down",
      POLICY(CLAIM(HOST, "\"4142\"") "," CLAIM(DEBUG, "\"false\"") "," CLAIM(KIND, "\"sevsnpvm\"") ",{\"anyOf\":[" CLAIM("n", "7") ",{\"allOf\":[" CLAIM(
          "x-ms-runtime.client-payload.nonce", "\"1\"") "]}]}"),
      "-------", VC_RELEASE_OWN_CLAIM },
    { "all of them", POLICY(CLAIM(HOST, "\"4142\"") "," CLAIM(DEBUG, "\"false\"") "," CLAIM(KIND, "\"sevsnpvm\"") "," CLAIM("x-ms-runtime", "\"\"")), "-------",
      VC_RELEASE_OWN_CLAIM },
    { "names that only begin so, and what the firmware tells",
      POLICY(CLAIM(HOST, "\"4142\"") "," CLAIM(DEBUG, "\"false\"") "," CLAIM(KIND, "\"sevsnpvm\"") "," CLAIM("x-ms-runtimes.a", "1") "," CLAIM("x-ms-runtim", "1") "," CLAIM(
          "x-ms-isolation-tee.x-ms-runtime.vm-configuration.secure-boot", "true")),
      "-------", 0 },
    { "an object is no claim", POLICY(CLAIM("x-ms-isolation-tee", "\"\"")), "-------",
      VC_RELEASE_ANY_WORKLOAD | VC_RELEASE_DEBUGGABLE | VC_RELEASE_ANY_PLATFORM },
    { "an old version, a slash",
      "{\"version\":\"0.2\",\"anyOf\":[{\"authority\":\"" MAA "/\",\"allOf\":[" CLAIM(KIND, "\"sevsnpvm\"") "," CLAIM(DEBUG, "\"false\"") "," CLAIM(
          HOST, "\"4142\"") "]}]}",
      "-------", VC_RELEASE_OLD_VERSION | VC_RELEASE_SLASH },
    { "escapes", POLICY("{\"cl\\u0061im\":\"x-ms-sevsnpvm-host\\u0064ata\",\"equals\":\"\\u0034142\"}"), "RRR----",
      VC_RELEASE_DEBUGGABLE | VC_RELEASE_ANY_PLATFORM },
};

static void matrix(void **state)
{
    (void)state;
    for (size_t row = 0; row < COUNT(rows); row++) {
        vc_error err = VC_ERROR_INIT;
        vc__autoptr(vc_release_policy) policy = vc_release_policy_parse(vc_str(rows[row].policy), "p.json", &err);
        if (!policy)
            fail_msg("%s: %s", rows[row].name, err.message);
        if (vc_release_policy_weaknesses(policy) != rows[row].weak)
            fail_msg("%s: weaknesses %u, not %u", rows[row].name, vc_release_policy_weaknesses(policy), rows[row].weak);
        for (size_t world = 0; world < COUNT(worlds); world++) {
            vc__autoptr(vc_claims) claims = vc_claims_parse(vc_str(worlds[world].claims), NULL, &err);
            assert_non_null(claims);
            const vc_code code = vc_release_policy_decide(policy, vc_str(worlds[world].authority), claims, NULL, NULL, &err);
            const vc_code want = rows[row].released[world] == 'R' ? VC_OK : VC_E_DENIED;
            if (code != want)
                fail_msg("%s, %s: %s, not %s", rows[row].name, worlds[world].name, vc_code_name(code), vc_code_name(want));
            assert_true(code == VC_OK || strncmp(err.message, "not released: ", 14) == 0);
        }
    }
}

/* -- findings ------------------------------------------------------------------------------------------------------------- */

static void note(void *context, const vc_release_finding *finding)
{
    static const char *const words[] = { "?", "authority", "missing", "differs" };
    vc__buf_printf(context, "%zu:%zu %s %.*s %.*s|%.*s\n", finding->line, finding->column, words[finding->fault], (int)finding->claim.len,
                   finding->claim.data ? finding->claim.data : "", (int)finding->wanted.len, finding->wanted.data, (int)finding->found.len,
                   finding->found.data ? finding->found.data : "");
}

static void findings(void **state)
{
    (void)state;
    static const char text[] = "{\"version\":\"1.0.0\",\"anyOf\":[\n{\"authority\":\"https://maa.other\",\"allOf\":[" CLAIM("a", "1") "]},\n"
                               "{\"authority\":\"" MAA "\",\"allOf\":[\n" CLAIM("a", "1") ",\n" CLAIM("b", "2") ",\n"
                               "{\"anyOf\":[" CLAIM("b", "2") "," CLAIM("c", "3") "]},\n{\"anyOf\":[" CLAIM("a", "0") "," CLAIM("c", "4") "]}]}]}";
    static const char want[] = "5:1 missing b 2|\n7:11 differs a 0|1\n7:36 differs c 4|3\n2:1 authority  https://maa.other|" MAA "\n";
    vc_error err = VC_ERROR_INIT;
    vc__auto(vc__buf) told = VC__BUF(10000);
    vc__autoptr(vc_release_policy) policy = vc_release_policy_parse(vc_str(text), NULL, &err);
    vc__autoptr(vc_claims) claims = vc_claims_parse(vc_str("{\"a\":1,\"c\":3}"), NULL, &err);
    assert_int_equal(vc_release_policy_decide(policy, vc_str(MAA), claims, note, &told, &err), VC_E_DENIED);
    assert_string_equal(told.data, want);
    assert_string_equal(err.message, "not released: claim b is missing (the policy wants \"2\")");
    vc__buf_clear(&told);
    assert_int_equal(vc_release_policy_decide(policy, vc_str("https://maa.other"), claims, note, &told, &err), VC_OK);
    assert_int_equal(told.len, 0);
    assert_int_equal(vc_release_policy_decide(policy, vc_str("https://x"), claims, NULL, NULL, &err), VC_E_DENIED);
    assert_string_equal(err.message, "not released: https://x is not an authority of the policy (that is https://maa.other)");
    assert_int_equal(vc_release_policy_decide(NULL, vc_str(MAA), claims, NULL, NULL, &err), VC_E_ARGUMENT);
    assert_int_equal(vc_release_policy_decide(policy, vc_str(MAA), NULL, NULL, NULL, NULL), VC_E_ARGUMENT);
    const vc_view value = vc_claims_get(claims, vc_str("c"));
    assert_int_equal(value.len, 1);
    assert_null(vc_claims_get(claims, vc_str("d")).data);
    for (unsigned weak = 1; weak <= VC_RELEASE_OWN_CLAIM; weak *= 2)
        assert_true(strlen(vc_release_weakness_text((vc_release_weakness)weak)) > 20);
}

/* -- memory --------------------------------------------------------------------------------------------------------------- */

static vc_code read_both(void *argument)
{
    (void)argument;
    vc_error err = VC_ERROR_INIT;
    vc__autoptr(vc_release_policy) policy = vc_release_policy_parse(vc_str(DEMO), NULL, &err);
    if (!policy)
        return err.code;
    vc__autoptr(vc_claims) claims = vc_claims_parse(vc_str(worlds[5].claims), NULL, &err);
    return claims ? VC_OK : err.code;
}

static void memory(void **state)
{
    (void)state;
    SWEEP_ALLOCATIONS(read_both, NULL);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(refusals), cmocka_unit_test(limits), cmocka_unit_test(matrix), cmocka_unit_test(findings), cmocka_unit_test(memory),
    };
    return cmocka_run_group_tests_name("release policies", tests, NULL, NULL);
}

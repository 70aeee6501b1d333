/* SPDX-License-Identifier: Apache-2.0 */
/* Policies: what their text means, and which rule of several counts. */
#include "unit/test.h"

#include "policy.h"

enum {
    C = DEV_CAP_CREATE,
    R = DEV_CAP_READ,
    U = DEV_CAP_UPDATE,
    D = DEV_CAP_DELETE,
    L = DEV_CAP_LIST,
    S = DEV_CAP_SUDO
};

static dev_policy *parse(const char *text)
{
    vc_error err = VC_ERROR_INIT;
    dev_policy *policy = dev_policy_parse(vc_str(text), &err);
    if (!policy)
        print_message("%s\n", err.message);
    assert_non_null(policy);
    return policy;
}

static const struct {
    const char *policy, *path;
    unsigned caps;
} cases[] = {
    { "path \"a/b\" { capabilities = [\"read\", \"list\"] }", "a/b", R | L },
    { "path \"a/b\" { capabilities = [\"read\"] }", "a/bc", 0 },
    { "path \"a/b\" { capabilities = [\"read\"] }", "a", 0 },
    { "path \"/a/b\" { capabilities = [\"read\"] }", "a/b", R },
    { "path \"a/*\" { capabilities = [\"read\"] }", "a/", R },
    { "path \"a/*\" { capabilities = [\"read\"] }", "a/b/c", R },
    { "path \"a/*\" { capabilities = [\"read\"] }", "a", 0 },
    { "path \"*\" { capabilities = [\"sudo\"] }", "anything/at/all", S },
    { "path \"a*b\" { capabilities = [\"read\"] }", "axb", 0 }, /* only a final star is one */
    { "path \"a/+/c\" { capabilities = [\"read\"] }", "a/b/c", R },
    { "path \"a/+/c\" { capabilities = [\"read\"] }", "a/b/d/c", 0 },
    { "path \"a/+\" { capabilities = [\"read\"] }", "a/b", R },
    { "path \"+/+/c*\" { capabilities = [\"read\"] }", "a/b/cd/e", R },
    { "path \"a/x+\" { capabilities = [\"read\"] }", "a/xy", 0 }, /* nor is a plus inside a segment */
    { "path \"a/x+\" { capabilities = [\"read\"] }", "a/x+", R },
    /* a list's path ends in a slash, a policy's may or may not */
    { "path \"t/keys\" { capabilities = [\"list\"] }", "t/keys/", L },
    { "path \"t/keys/\" { capabilities = [\"list\"] }", "t/keys/", L },
    { "path \"t/keys/*\" { capabilities = [\"list\"] }", "t/keys/", L },
    /* the most specific counts, alone */
    { "path \"a/*\" { capabilities = [\"read\"] } path \"a/b\" { capabilities = [\"update\"] }", "a/b", U },
    { "path \"a/b\" { capabilities = [\"update\"] } path \"a/*\" { capabilities = [\"read\"] }", "a/b", U },
    { "path \"a/*\" { capabilities = [\"read\"] } path \"a/b*\" { capabilities = [\"update\"] }", "a/bc", U },
    { "path \"a/+/c\" { capabilities = [\"read\"] } path \"a/b/*\" { capabilities = [\"update\"] }", "a/b/c",
      U },
    { "path \"+/b\" { capabilities = [\"read\"] } path \"a/+\" { capabilities = [\"update\"] }", "a/b", U },
    { "path \"a/+/*\" { capabilities = [\"read\"] } path \"a/+/c\" { capabilities = [\"update\"] }", "a/b/c",
      U },
    { "path \"a/+/+\" { capabilities = [\"read\"] } path \"a/+/c\" { capabilities = [\"update\"] }", "a/b/c",
      U },
    { "path \"a/*\" { capabilities = [\"read\"] } path \"a/secret\" { capabilities = [\"deny\"] }",
      "a/secret", DEV_CAP_DENY },
    { "path \"a\" { capabilities = [\"deny\", \"read\"] }", "a", DEV_CAP_DENY },
    { "path \"a\" { capabilities = [\"read\"] } path \"a\" { capabilities = [\"update\"] }", "a", R | U },
    { "path \"a\" { capabilities = [] }", "a", 0 },
    /* forms of the language */
    { "# one\n// two\n/* three\n*/ path \"a\" {\n  capabilities = [\n \"read\", # why\n \"list\",\n ]\n}\n",
      "a", R | L },
    { "name = \"x\" path \"a\" { comment = \"c\" capabilities = [\"patch\"] }", "a", DEV_CAP_PATCH },
    { "path \"a\" { policy = \"write\" }", "a", C | R | U | D | L },
    { "path \"a\" { policy = \"read\" }", "a", R | L },
    { " {\"path\": {\"a/*\": {\"capabilities\": [\"create\", \"delete\"]}}}", "a/b", C | D },
    { "", "a", 0 },
};

static void rules_give_what_they_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        dev_policy *policy = parse(cases[i].policy);
        const dev_policy *list[] = { policy };
        const unsigned caps = dev_acl(list, 1, vc_str(cases[i].path));
        if (caps != cases[i].caps)
            print_message("%s on %s\n", cases[i].policy, cases[i].path);
        assert_int_equal(caps, cases[i].caps);
        dev_policy_free(policy);
    }
}

static const char limits[] =
    "path \"keys/*\" { capabilities = [\"update\"]\n"
    "  allowed_parameters = { \"type\" = [\"aes128\", \"chacha*\", \"*ed*\"], n = [3, true] any = [] } }\n"
    "path \"no\" { capabilities = [\"update\"] denied_parameters = { \"type\" = [\"*x\"] \"gone\" = [] } }\n"
    "path \"none\" { capabilities = [\"update\"] denied_parameters { \"*\" = [] } }\n"
    "path \"must\" { capabilities = [\"update\"] required_parameters = [\"a\", \"b\"] }\n"
    "path \"open\" { capabilities = [\"update\"] allowed_parameters = { \"*\" = [] \"type\" = [\"a\"] } }\n"
    "path \"wrap\" { capabilities = [\"read\"] min_wrapping_ttl = \"1m\" max_wrapping_ttl = \"1h\" }\n";

static const struct {
    const char *path, *body;
    long long wrap;
    bool allowed;
} requests[] = {
    { "keys/a", "{}", 0, true },
    { "keys/a", "{\"type\":\"aes128\"}", 0, true },
    { "keys/a", "{\"type\":\"aes\"}", 0, false },
    { "keys/a", "{\"type\":\"chacha20\"}", 0, true },
    { "keys/a", "{\"type\":\"xed25519\"}", 0, true },
    { "keys/a", "{\"n\":3}", 0, true },
    { "keys/a", "{\"n\":true}", 0, true },
    { "keys/a", "{\"n\":\"3\"}", 0, false },
    { "keys/a", "{\"any\":[1]}", 0, true },
    { "keys/a", "{\"other\":1}", 0, false },
    { "no", "{\"type\":\"ax\"}", 0, false },
    { "no", "{\"type\":\"a\"}", 0, true },
    { "no", "{\"gone\":null}", 0, false },
    { "none", "{}", 0, true },
    { "none", "{\"a\":1}", 0, false },
    { "must", "{\"a\":1}", 0, false },
    { "must", "{\"a\":1,\"b\":null}", 0, true },
    { "open", "{\"x\":1,\"type\":\"a\"}", 0, true },
    { "open", "{\"type\":\"b\"}", 0, false },
    { "wrap", "{}", 0, false },
    { "wrap", "{}", 59, false },
    { "wrap", "{}", 60, true },
    { "wrap", "{}", 3601, false },
};

static void parameters_are_held_to_the_rule(void **state)
{
    (void)state;
    dev_policy *policy = parse(limits);
    const dev_policy *list[] = { policy };
    for (size_t i = 0; i < COUNT(requests); i++) {
        const dev_permit permit = dev_acl_permit(list, 1, vc_str(requests[i].path));
        json_object *body = json_tokener_parse(requests[i].body);
        assert_true(dev_permit_limits(&permit));
        const bool allowed = dev_permit_allows(&permit, permit.caps & U, body, requests[i].wrap);
        if (allowed != requests[i].allowed)
            print_message("%s %s\n", requests[i].path, requests[i].body);
        assert_int_equal(allowed, requests[i].allowed);
        json_object_put(body);
    }
    dev_policy_free(policy);
}

static void policies_add_up(void **state)
{
    (void)state;
    dev_policy *a = parse("path \"x/*\" { capabilities = [\"read\"] }"),
               *b = parse("path \"x/*\" { capabilities = [\"update\"] }");
    dev_policy *c = parse("path \"x/*\" { capabilities = [\"deny\"] }"), *root = parse("");
    root->root = true;
    const dev_policy *list[] = { a, b, c, root };
    assert_int_equal(dev_acl(list, 1, vc_str("x/1")), R);
    assert_int_equal(dev_acl(list, 2, vc_str("x/1")), R | U);
    assert_int_equal(dev_acl(list, 3, vc_str("x/1")), DEV_CAP_DENY);
    assert_int_equal(dev_acl(list, 4, vc_str("x/1")), DEV_CAP_ROOT);
    assert_int_equal(dev_acl(list, 0, vc_str("x/1")), 0);
    dev_policy_free(a);
    dev_policy_free(b);
    dev_policy_free(c);
    dev_policy_free(root);
}

static const struct {
    const char *text;
    vc_code code;
    const char *message;
} refused[] = {
    { "path", VC_E_CONFIG, "a quoted string expected" },
    { "path \"a\"", VC_E_CONFIG, "`{` expected" },
    { "path \"a\" {", VC_E_CONFIG, "a key or `}` expected" },
    { "path \"a\" { capabilities }", VC_E_CONFIG, "`=` expected" },
    { "path \"a\" { capabilities = \"read\" }", VC_E_CONFIG, "`[` expected" },
    { "path \"a\" { capabilities = [\"read\" }", VC_E_CONFIG, "`]` expected" },
    { "path \"a\" { capabilities = [\"fly\"] }", VC_E_CONFIG, "line 1: invalid capability \"fly\"" },
    { "\n\npath \"a\" { policy = \"fly\" }", VC_E_CONFIG, "line 3: invalid policy \"fly\"" },
    { "path \"a\" { allowed_params = {} }", VC_E_CONFIG,
      "path \"a\": 1 error occurred:\n\t* invalid key \"allowed_params\" on line 1" },
    { "path \"a\" { allowed_parameters = 7 }", VC_E_CONFIG, "not a table of parameters" },
    { "path \"a\" { allowed_parameters = { \"b\" = \"c\" } }", VC_E_CONFIG, "values are not a list" },
    { "path \"a\" { allowed_parameters = { \"b\" } }", VC_E_CONFIG, "a value expected" },
    { "path \"a\" { allowed_parameters = { \"b\" = [ }", VC_E_CONFIG, "a value expected" },
    { "path \"a\" { required_parameters = \"b\" }", VC_E_CONFIG, "is not a list" },
    { "path \"a\" { min_wrapping_ttl = \"x\" }", VC_E_CONFIG, "is not a duration" },
    { "path \"a\" { min_wrapping_ttl = \"2m\" max_wrapping_ttl = \"1m\" }", VC_E_CONFIG,
      "max_wrapping_ttl cannot be less" },
    { "rule \"a\" {}", VC_E_CONFIG, "invalid key \"rule\"" },
    { "path \"a { }", VC_E_CONFIG, "a quoted string expected" },
    { "path \"a\\\"\" { }", VC_E_CONFIG, "a quoted string expected" },
    { "/* path", VC_E_CONFIG, "`path` expected" },
    { "path \"a/+*\" { capabilities = [\"read\"] }", VC_E_CONFIG, "invalid use of wildcards" },
    { "{\"path\": 1}", VC_E_CONFIG, "a member \"path\", an object" },
    { "{\"path\": {\"a\": {\"capabilities\": [\"fly\"]}}}", VC_E_CONFIG, "invalid capability" },
    { "{\"path\": {\"a\": {\"capabilities\": \"read\"}}}", VC_E_CONFIG, "not a list" },
    { "{\"path\": {\"a\": {\"capabilities\": [], \"x\": 1}}}", VC_E_UNSUPPORTED, "invalid key \"x\"" },
    { "{", VC_E_CONFIG, "not a JSON object" },
};

static void bad_policies_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++) {
        vc_error err = VC_ERROR_INIT;
        const long alive = inject_alive();
        assert_null(dev_policy_parse(vc_str(refused[i].text), &err));
        if (!strstr(err.message, refused[i].message))
            print_message("%s: %s\n", refused[i].text, err.message);
        assert_non_null(strstr(err.message, refused[i].message));
        assert_int_equal(err.code, refused[i].code);
        assert_int_equal(inject_alive(), alive);
    }
}

static void capabilities_are_listed_sorted(void **state)
{
    (void)state;
    vc__auto(vc__buf) out = VC__BUF(256);
    dev_capabilities_write(&out, U | R | C | S);
    vc__buf_byte(&out, ' ');
    dev_capabilities_write(&out, 0);
    assert_string_equal(out.data, "[\"create\",\"read\",\"sudo\",\"update\"] ,[\"deny\"]");
    assert_int_equal(dev_capability(vc_str("root")), 0);
    assert_int_equal(dev_capability(vc_str("deny")), DEV_CAP_DENY);
}

static vc_code parse_some(void *arg)
{
    (void)arg;
    vc_error err = VC_ERROR_INIT;
    dev_policy *policy = dev_policy_parse(
        vc_str("path \"a/*\" { capabilities = [\"read\"] } path \"b\" { policy = \"deny\" }"), &err);
    const vc_code code = policy ? VC_OK : err.code;
    dev_policy_free(policy);
    return code;
}

static void parsing_survives_lack_of_memory(void **state)
{
    (void)state;
    SWEEP_ALLOCATIONS(parse_some, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_give_what_they_say),        cmocka_unit_test(policies_add_up),
        cmocka_unit_test(bad_policies_are_refused),        cmocka_unit_test(capabilities_are_listed_sorted),
        cmocka_unit_test(parsing_survives_lack_of_memory), cmocka_unit_test(parameters_are_held_to_the_rule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

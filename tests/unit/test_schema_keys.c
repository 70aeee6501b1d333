/* SPDX-License-Identifier: Apache-2.0 */
/* `keys:` and `key_release:` of a schema: what they answer, and what is refused where. */
#include "unit/test.h"

#include "base/buf.h"
#include "base/cleanup.h"

#include <vaultcrypt/schema.h>

VC__DEFINE_CLEANUP(vc_schema, vc_schema_unref)

static const char records[] = "records: [{name: a, fields: []}]\n";

static const char whole[] = "version: 1\n"
                            "keys:\n"
                            "- name: orders\n"
                            "  public:\n"
                            "  - file: orders-pub.pem\n"
                            "  - env: PUBKEY\n"
                            "  - pem: |\n"
                            "      -----BEGIN PUBLIC KEY-----\n"
                            "      AAAA\n"
                            "      -----END PUBLIC KEY-----\n"
                            "  - vault: {key: orders-rsa}\n"
                            "  - jwks: https://keys.example/jwks.json\n"
                            "    kid: orders-1\n"
                            "  - jwks: http://localhost:8080/jwks.json\n"
                            "  private:\n"
                            "  - release: {kid: orders-1}\n"
                            "  - file: orders.key\n"
                            "  - vault: {mount: eu/transit/, key: orders-rsa}\n"
                            "- name: shop-1\n"
                            "  public: {file: shop-ed25519.pem}\n"
                            "key_release:\n"
                            "  url: http://127.0.0.1:8080\n"
                            "  maa_endpoint: sharedeus.eus.attest.azure.net\n"
                            "  akv_endpoint: vault.azure.net\n"
                            "  access_token_file: /run/token\n"
                            "  refresh: 5m\n";

static void assert_origin(const vc_schema_origin *origin, const char *kind, const char *option, const char *value)
{
    assert_non_null(origin);
    assert_string_equal(vc_schema_origin_kind(origin), kind);
    const char *is = vc_schema_origin_option(origin, option);
    if (!is || !value)
        assert_ptr_equal(is, value);
    else
        assert_string_equal(is, value);
}

static void keys_have_their_places(void **state)
{
    (void)state;
    vc__auto(vc__buf) text = VC__BUF(1 << 16);
    vc_error err = VC_ERROR_INIT;
    vc__buf_str(&text, whole);
    vc__buf_str(&text, records);
    vc__autoptr(vc_schema) schema = vc_schema_parse(vc__buf_get(&text), "t.yaml", &err);
    if (!schema)
        fail_msg("%s (line %zu)", err.message, err.line);
    const vc_schema_key *orders = vc_schema_key_at(schema, 0), *shop = vc_schema_key_at(schema, 1);
    assert_null(vc_schema_key_at(schema, 2));
    assert_string_equal(vc_schema_key_name(orders), "orders");
    assert_int_equal(vc_schema_key_line(orders), 3);
    assert_ptr_equal(vc_schema_key_named(schema, "shop-1"), shop);
    assert_null(vc_schema_key_named(schema, "shop"));
    assert_origin(vc_schema_key_public_at(orders, 0), "file", "file", "orders-pub.pem");
    assert_int_equal(vc_schema_origin_line(vc_schema_key_public_at(orders, 0)), 5);
    assert_origin(vc_schema_key_public_at(orders, 0), "file", "env", NULL);
    assert_origin(vc_schema_key_public_at(orders, 1), "env", "env", "PUBKEY");
    assert_origin(vc_schema_key_public_at(orders, 2), "pem", "pem", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n");
    assert_origin(vc_schema_key_public_at(orders, 3), "vault", "vault.mount", "transit");
    assert_origin(vc_schema_key_public_at(orders, 3), "vault", "vault.key", "orders-rsa");
    assert_origin(vc_schema_key_public_at(orders, 4), "jwks", "jwks", "https://keys.example/jwks.json");
    assert_origin(vc_schema_key_public_at(orders, 4), "jwks", "kid", "orders-1");
    assert_origin(vc_schema_key_public_at(orders, 5), "jwks", "kid", NULL);
    assert_null(vc_schema_key_public_at(orders, 6));
    assert_origin(vc_schema_key_private_at(orders, 0), "release", "release.kid", "orders-1");
    assert_origin(vc_schema_key_private_at(orders, 1), "file", "file", "orders.key");
    assert_origin(vc_schema_key_private_at(orders, 2), "vault", "vault.mount", "eu/transit");
    assert_null(vc_schema_key_private_at(orders, 3));
    assert_null(vc_schema_key_private_at(shop, 0));
    assert_origin(vc_schema_key_public_at(shop, 0), "file", "file", "shop-ed25519.pem");
    assert_string_equal(vc_schema_release_option(schema, "url"), "http://127.0.0.1:8080");
    assert_string_equal(vc_schema_release_option(schema, "maa_endpoint"), "sharedeus.eus.attest.azure.net");
    assert_string_equal(vc_schema_release_option(schema, "akv_endpoint"), "vault.azure.net");
    assert_string_equal(vc_schema_release_option(schema, "access_token_file"), "/run/token");
    assert_string_equal(vc_schema_release_option(schema, "refresh"), "5m");
    assert_null(vc_schema_release_option(schema, "kid"));
}

static void a_schema_without_keys_has_none(void **state)
{
    (void)state;
    vc__auto(vc__buf) text = VC__BUF(1 << 16);
    vc__buf_str(&text, "version: 1\n");
    vc__buf_str(&text, records);
    vc__autoptr(vc_schema) schema = vc_schema_parse(vc__buf_get(&text), "t.yaml", NULL);
    assert_non_null(schema);
    assert_null(vc_schema_key_at(schema, 0));
    assert_null(vc_schema_key_named(schema, "a"));
    assert_null(vc_schema_release_option(schema, "url"));
}

static const struct {
    const char *yaml; /* from line 2 on */
    vc_code code;
    size_t line, column;
    const char *message;
} refusals[] = {
    { "keys:", VC_E_SCHEMA, 2, 6, "`keys`: must be a list of keys, not nothing" },
    { "keys: []", VC_E_SCHEMA, 2, 7, "`keys`: is empty" },
    { "keys: {name: a}", VC_E_SCHEMA, 2, 7, "must be a list of keys, not a map" },
    { "keys: [a]", VC_E_SCHEMA, 2, 8, "a key must be a map" },
    { "key: []", VC_E_SCHEMA, 2, 1, "did you mean `keys`?" },
    { "keyrelease: {}", VC_E_SCHEMA, 2, 1, "did you mean `key_release`?" },
    { "keys:\n- {public: {file: a}}", VC_E_SCHEMA, 3, 3, "a key needs `name`" },
    { "keys:\n- {name: a}", VC_E_SCHEMA, 3, 3, "a key needs `public`" },
    { "keys:\n- {name: a b, public: {file: a}}", VC_E_SCHEMA, 3, 11, "not a name" },
    { "keys:\n- {name: a, pubic: {file: a}}", VC_E_SCHEMA, 3, 13, "unknown key in a key: `pubic`: did you mean `public`?" },
    { "keys:\n- {name: a, public: {file: a}}\n- {name: a, public: {file: b}}", VC_E_SCHEMA, 4, 10, "the key `a` is also in line 3" },
    { "keys:\n- {name: a, public: a.pem}", VC_E_SCHEMA, 3, 21, "`public` must be a map" },
    { "keys:\n- {name: a, public: []}", VC_E_SCHEMA, 3, 21, "`public`: is empty" },
    { "keys:\n- {name: a, public: [a.pem]}", VC_E_SCHEMA, 3, 22, "`public` must be a map" },
    { "keys:\n- {name: a, public: {}}", VC_E_SCHEMA, 3, 21, "does not say where the key is: `file`, `env`, `vault`, `pem` or `jwks`" },
    { "keys:\n- {name: a, public: {fil: x}}", VC_E_SCHEMA, 3, 22, "unknown key in `public`: `fil`: did you mean `file`?" },
    { "keys:\n- {name: a, public: {file: x, env: y}}", VC_E_SCHEMA, 3, 31, "it has `file` already (several keys are a list)" },
    { "keys:\n- {name: a, public: [{file: x}, {file: y}, {file: x}]}", VC_E_SCHEMA, 3, 44, "the same place as in line 3" },
    { "keys:\n- {name: a, public: {kid: x}}", VC_E_SCHEMA, 3, 21, "does not say where" },
    { "keys:\n- {name: a, public: {file: x, kid: y}}", VC_E_SCHEMA, 3, 31, "`kid` goes with `jwks` only" },
    { "keys:\n- {name: a, public: {file: ''}}", VC_E_SCHEMA, 3, 28, "`file`: is empty" },
    { "keys:\n- {name: a, public: {env: A-B}}", VC_E_SCHEMA, 3, 28, "not the name of a variable" },
    { "keys:\n- {name: a, public: {env: 1A}}", VC_E_SCHEMA, 3, 27, "not the name of a variable" },
    { "keys:\n- {name: a, public: {pem: a.pem}}", VC_E_SCHEMA, 3, 27, "no -----BEGIN line (the path of a file goes into `file`)" },
    { "keys:\n- {name: a, public: {pem: [a]}}", VC_E_SCHEMA, 3, 27, "must be the text of a PEM file" },
    { "keys:\n- name: a\n  public:\n    pem: |\n      -----BEGIN PRIVATE KEY-----", VC_E_SCHEMA, 5, 10, "a private key has no place in a schema" },
    { "keys:\n- name: a\n  public:\n    pem: |\n      -----BEGIN EC PRIVATE KEY-----", VC_E_SCHEMA, 5, 10, "a private key has no place" },
    { "keys:\n- {name: a, private: {pem: x}}", VC_E_SCHEMA, 3, 23, "a private key has no place in a schema" },
    { "keys:\n- {name: a, private: {env: X}}", VC_E_SCHEMA, 3, 23, "unknown key in `private`: `env`: it can be `file`, `vault` or `release`" },
    { "keys:\n- {name: a, private: {}}", VC_E_SCHEMA, 3, 22, "does not say where the key is: `file`, `vault` or `release`" },
    { "keys:\n- {name: a, private: {release: {}}}", VC_E_SCHEMA, 3, 23, "`release` needs `kid`" },
    { "keys:\n- {name: a, private: {release: orders}}", VC_E_SCHEMA, 3, 32, "`release` must be a map" },
    { "keys:\n- {name: a, private: {release: {key: x}}}", VC_E_SCHEMA, 3, 33, "unknown key in `release`" },
    { "keys:\n- {name: a, private: {vault: {}}}", VC_E_SCHEMA, 3, 23, "`vault` needs `key`" },
    { "keys:\n- {name: a, private: {vault: {key: a/b}}}", VC_E_SCHEMA, 3, 37, "not a name that Vault takes" },
    { "keys:\n- {name: a, private: {vault: {mount: a//b, key: x}}}", VC_E_SCHEMA, 3, 40, "not a path of Vault" },
    { "keys:\n- {name: a, public: {jwks: keys.json}}", VC_E_SCHEMA, 3, 28, "must be an https:// URL" },
    { "keys:\n- {name: a, public: {jwks: 'https://'}}", VC_E_SCHEMA, 3, 28, "must be an https:// URL" },
    { "keys:\n- {name: a, public: {jwks: 'http://keys.example/'}}", VC_E_SCHEMA, 3, 28, "http:// is for this machine alone" },
    { "keys:\n- {name: a, public: {jwks: 'http://localhost.example/'}}", VC_E_SCHEMA, 3, 28, "http:// is for this machine alone" },
    { "keys:\n- {name: a, public: {jwks: 'http://localhost:x@keys.example/'}}", VC_E_SCHEMA, 3, 28, "http:// is for this machine alone" },
    { "key_release: {}", VC_E_SCHEMA, 2, 1, "`key_release` needs `url`" },
    { "key_release: [a]", VC_E_SCHEMA, 2, 14, "`key_release` must be a map" },
    { "key_release: {url: 'http://localhost:8080', akv_endpoint: x}", VC_E_SCHEMA, 2, 1, "`key_release` needs `maa_endpoint`" },
    { "key_release: {url: 'http://localhost:8080', maa_endpoint: x}", VC_E_SCHEMA, 2, 1, "`key_release` needs `akv_endpoint`" },
    { "key_release: {url: 'http://skr:8080', maa_endpoint: x, akv_endpoint: y}", VC_E_SCHEMA, 2, 20, "http:// is for this machine alone" },
    { "key_release: {urls: x}", VC_E_SCHEMA, 2, 15, "unknown key in `key_release`: `urls`: did you mean `url`?" },
    { "key_release: {url: 'https://x', maa_endpoint: x, akv_endpoint: y, refresh: often}", VC_E_SCHEMA, 2, 76, "must be a time such as 5m" },
    { "key_release: {url: 'https://x', maa_endpoint: x, akv_endpoint: y, refresh: m5}", VC_E_SCHEMA, 2, 76, "must be a time such as 5m" },
    { "key_release: {url: 'https://x', maa_endpoint: x, akv_endpoint: y, acces_token_file: z}", VC_E_SCHEMA, 2, 67, "did you mean `access_token_file`?" },
};

static void what_is_wrong_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(refusals); i++) {
        vc__auto(vc__buf) text = VC__BUF(1 << 16);
        vc__buf_printf(&text, "version: 1\n%s\n%s", refusals[i].yaml, records);
        vc_error err = VC_ERROR_INIT;
        vc__autoptr(vc_schema) schema = vc_schema_parse(vc__buf_get(&text), "t.yaml", &err);
        if (schema || err.code != refusals[i].code || err.line != refusals[i].line || err.column != refusals[i].column ||
            !strstr(err.message, refusals[i].message))
            fail_msg("%s\n%s: %zu:%zu: %s, not %zu:%zu: %s", refusals[i].yaml, schema ? "it loads" : "refused", err.line, err.column,
                     err.message, refusals[i].line, refusals[i].column, refusals[i].message);
    }
}

static void limits_hold(void **state)
{
    (void)state;
    static const struct {
        size_t keys, origins;
        const char *refused; /* NULL: it loads */
    } sizes[] = { { 256, 1, NULL }, { 257, 1, "`keys`: more than 256" }, { 1, 64, NULL }, { 1, 65, "`public`: more than 64" } };
    for (size_t i = 0; i < COUNT(sizes); i++) {
        vc__auto(vc__buf) text = VC__BUF(1 << 20);
        vc__buf_str(&text, "version: 1\nkeys:\n");
        for (size_t k = 0; k < sizes[i].keys; k++) {
            vc__buf_printf(&text, "- {name: k%zu, public: [", k);
            for (size_t o = 0; o < sizes[i].origins; o++)
                vc__buf_printf(&text, "{file: f%zu}, ", o);
            vc__buf_str(&text, "]}\n");
        }
        vc__buf_str(&text, records);
        vc_error err = VC_ERROR_INIT;
        vc__autoptr(vc_schema) schema = vc_schema_parse(vc__buf_get(&text), "t.yaml", &err);
        assert_int_equal(schema != NULL, sizes[i].refused == NULL);
        assert_true(schema || (err.code == VC_E_LIMIT && strstr(err.message, sizes[i].refused)));
    }
}

static vc_code parse(const char *text)
{
    vc_error err = VC_ERROR_INIT;
    vc__autoptr(vc_schema) schema = vc_schema_parse(vc_str(text), "t.yaml", &err);
    return schema ? VC_OK : err.code;
}

static void lack_of_memory_is_an_error(void **state)
{
    (void)state;
    vc__auto(vc__buf) text = VC__BUF(1 << 16);
    vc__buf_str(&text, whole);
    vc__buf_str(&text, records);
    SWEEP_ALLOCATIONS(parse, text.data);
}

static void a_rule_uses_its_keys(void **state)
{
    (void)state;
    static const char text[] = "version: 1\n"
                               "keys: [{name: a, public: {file: a}}, {name: b, public: {file: b}}, {name: c, public: {file: c}}, {name: d, public: {file: d}}]\n"
                               "records:\n"
                               "- {name: one, fields: [{path: $.x, hybrid: {key: a, accept: [b], sign: c, signed_by: [d]}}]}\n"
                               "- {name: two, fields: [{path: $.x, envelope: {source: static, key: d}}, {path: $.y, rsa-oaep: {key: b}}]}\n"
                               "- {name: three, fields: [{path: $.x, transit: {key: a}}]}\n";
    static const char *const uses[] = { "abcd", "bd", "" };
    vc_error err = VC_ERROR_INIT;
    vc__autoptr(vc_schema) schema = vc_schema_parse(vc_str(text), "t.yaml", &err);
    if (!schema)
        fail_msg("%s", err.message);
    for (size_t i = 0; i < COUNT(uses); i++)
        for (char name[] = "a"; name[0] <= 'e'; name[0]++)
            assert_int_equal(vc_rule_uses_key(vc_schema_rule_at(schema, i), name), strchr(uses[i], name[0]) != NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_have_their_places), cmocka_unit_test(a_schema_without_keys_has_none),
        cmocka_unit_test(what_is_wrong_is_refused), cmocka_unit_test(limits_hold),
        cmocka_unit_test(a_rule_uses_its_keys), cmocka_unit_test(lack_of_memory_is_an_error),
    };
    return cmocka_run_group_tests_name("schema_keys", tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A stream's configuration: the YAML text, settings over it, what is printed, and what comes of it. */
#include "unit/test.h"

#include <sys/stat.h>
#include <unistd.h>
#include <vaultcrypt/auth.h>
#include <vaultcrypt/kafka_stream_config.h>

#define CANARY "c4nary-pa55word"

static const char whole[] = "kafka:\n"
                            "  bootstrap.servers: localhost:1\n"
                            "  group.id: encryptor\n"
                            "  sasl.password: " CANARY "\n"
                            "  producer: {linger.ms: 5}\n"
                            "vault:\n"
                            "  address: https://vault.example:8200\n"
                            "  token: " CANARY "\n"
                            "  auth: {method: approle, mount: team/approle, role_id: r1, secret_id_file: secret-id}\n"
                            "schema: purchases.yaml\n"
                            "stream:\n"
                            "  topics: [purchases, \"^orders_.*\"]\n"
                            "  to: \"{topic}_encrypted\"\n"
                            "  threads: 3\n"
                            "  batch: {records: 1000, linger: 20ms}\n"
                            "  dead_letter: {key: app, body: none}\n"
                            "log: {format: json}\n";

static vc_stream_config *parsed(const char *text)
{
    vc_error err = VC_ERROR_INIT;
    vc_stream_config *config = vc_stream_config_new(&err);
    assert_non_null(config);
    if (vc_stream_config_parse(config, vc_str(text), "/etc/vc/encryptor.yaml", &err))
        fail_msg("%s:%zu: %s", err.source, err.line, err.message);
    return config;
}

static void a_cut_over_has_its_form(void **state)
{
    (void)state;
    static const struct {
        const char *direction, *place;
        vc_code expected;
    } cases[] = { { "open", "purchases=2026-01-31T12:00:00Z", VC_OK },
                  { "open", "purchases:3=81724", VC_OK },
                  { "protect", "purchases:3=81724", VC_E_CONFIG },
                  { "open", "purchases", VC_E_CONFIG },
                  { "open", "=5", VC_E_CONFIG },
                  { "open", ":0=5", VC_E_CONFIG },
                  { "open", "purchases=5", VC_E_CONFIG },
                  { "open", "purchases:=5", VC_E_CONFIG },
                  { "open", "purchases:-1=5", VC_E_CONFIG },
                  { "open", "purchases:2147483648=5", VC_E_CONFIG },
                  { "open", "purchases:0=", VC_E_CONFIG },
                  { "open", "purchases:0=9223372036854775808", VC_E_CONFIG },
                  { "open", "no topic=2026-01-31T12:00:00Z", VC_E_CONFIG } };
    for (size_t i = 0; i < COUNT(cases); i++) {
        vc_error err = VC_ERROR_INIT;
        vc_stream_config *config = parsed(whole);
        vc_config *vault = vc_config_new(NULL);
        vc_client *client = vc_client_open(vault, NULL);
        vc_schema *schema = vc_schema_parse(vc_str("version: 1\nrecords:\n  - {name: r, topics: [\"*\"], fields: [{path: $.x, transit: {key: k}}]}\n"), "s", NULL);
        assert_non_null(client);
        assert_non_null(schema);
        assert_int_equal(vc_stream_config_set(config, "stream.direction", cases[i].direction, &err), VC_OK);
        assert_int_equal(vc_stream_config_set(config, "stream.cut_over", cases[i].place, &err), VC_OK);
        vc_stream *stream = vc_stream_config_stream(config, client, schema, NULL, &err);
        assert_int_equal(stream ? VC_OK : err.code, cases[i].expected);
        vc_stream_free(stream);
        vc_schema_unref(schema);
        vc_client_close(client);
        vc_config_free(vault);
        vc_stream_config_free(config);
    }
}

static void settings_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value;
    } expected[] = { { "kafka.group.id", "encryptor" },
                     { "kafka.producer.linger.ms", "5" },
                     { "kafka.sasl.password", "(set)" },
                     { "vault.token", "(set)" },
                     { "vault.auth.method", "approle" },
                     { "vault.auth.secret_id_file", "/etc/vc/secret-id" },
                     { "schema", "/etc/vc/purchases.yaml" },
                     { "stream.topics", "purchases" },
                     { "stream.to", "{topic}_encrypted" },
                     { "stream.batch.linger", "20ms" },
                     { "stream.guarantee", "exactly_once" },
                     { "stream.on_error", "dead_letter" },
                     { "log.format", "json" },
                     { "log.level", "info" },
                     { "http.listen", NULL },
                     { "stream.nothing", NULL } };
    vc_stream_config *config = parsed(whole);
    for (size_t i = 0; i < COUNT(expected); i++) {
        const char *value = vc_stream_config_get(config, expected[i].name, 0);
        if (expected[i].value)
            assert_string_equal(value, expected[i].value);
        else
            assert_null(value);
    }
    assert_string_equal(vc_stream_config_get(config, "stream.topics", 1), "^orders_.*");
    assert_null(vc_stream_config_get(config, "stream.topics", 2));
    assert_int_equal(vc_stream_config_check(config, NULL), VC_OK);
    vc_stream_config_free(config);
}

static void options_come_over_the_file(void **state)
{
    (void)state;
    vc_stream_config *config = parsed(whole);
    assert_int_equal(vc_stream_config_set(config, "stream.topics", "a", NULL), VC_OK);
    assert_int_equal(vc_stream_config_set(config, "stream.topics", "b", NULL), VC_OK);
    assert_int_equal(vc_stream_config_set(config, "schema", "other.yaml", NULL), VC_OK);
    assert_int_equal(vc_stream_config_set(config, "kafka.group.id", "g2", NULL), VC_OK);
    assert_int_equal(vc_stream_config_set(config, "kafka.consumer.fetch.wait.max.ms", "7", NULL), VC_OK);
    assert_string_equal(vc_stream_config_get(config, "stream.topics", 0), "a");
    assert_string_equal(vc_stream_config_get(config, "stream.topics", 1), "b");
    assert_null(vc_stream_config_get(config, "stream.topics", 2));
    assert_string_equal(vc_stream_config_get(config, "schema", 0), "other.yaml");
    assert_string_equal(vc_stream_config_get(config, "kafka.group.id", 0), "g2");
    vc_stream_config_free(config);
}

static void mistakes_are_told_with_their_place(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t line, column;
        const char *message; /* a part of it */
    } cases[] = {
        { "", 1, 1, "empty" },
        { "- a\n", 1, 1, "is a map" },
        { "strem: {}\n", 1, 1, "did you mean `stream`?" },
        { "stream:\n  guarante: exactly_once\n", 2, 3, "did you mean `stream.guarantee`?" },
        { "stream:\n  guarantee: twice\n", 2, 14, "exactly_once|at_least_once" },
        { "stream: {guarantee: exactly}\n", 1, 21, "exactly_once|at_least_once" },
        { "stream: {guarantee: \"\"}\n", 1, 21, "exactly_once|at_least_once" },
        { "stream:\n  batch: {linger: 10 ms}\n", 2, 19, "250ms" },
        { "stream:\n  batch: {linger: 1w}\n", 2, 19, "expected a time" },
        { "stream:\n  threads: -1\n", 2, 12, "expected a number" },
        { "stream:\n  threads:\n", 2, 11, "has no value" },
        { "stream:\n  batch: 5\n", 2, 10, "is a map" },
        { "stream:\n  to: [a, b]\n", 2, 7, "takes one value" },
        { "stream:\n  to: ''\n", 2, 7, "is empty" },
        { "stream:\n  topics: []\n", 2, 11, "is empty" },
        { "stream:\n  topics: [a, [b]]\n", 2, 15, "takes one value" },
        { "kafka:\n  group.ids: a\n", 2, 14, "did you mean \"group.id\"?" },
        { "kafka:\n  acks: many\n", 2, 9, "librdkafka" },
        { "kafka:\n  consumer: {consumer: {acks: 1}}\n", 2, 24, "takes one value" },
        { "kafka: a\n", 1, 8, "is a map" },
        { "vault:\n  address: 'ftp://x'\n", 2, 12, "vault.address: " },
        { "vault:\n  auth: {method: magic}\n", 2, 18, "approle" },
        { "vault:\n  token_file: /nowhere/token\n", 2, 15, "/nowhere/token" },
        { "schema: a\nschema: b\n", 2, 1, "the same key" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        vc_error err = VC_ERROR_INIT;
        vc_stream_config *config = vc_stream_config_new(NULL);
        const vc_code code = vc_stream_config_parse(config, vc_str(cases[i].text), "f.yaml", &err);
        if (!code || err.line != cases[i].line || err.column != cases[i].column || !strstr(err.message, cases[i].message))
            fail_msg("%s -> %d %s:%zu:%zu: %s", cases[i].text, (int)code, err.source, err.line, err.column, err.message);
        assert_string_equal(err.source, "f.yaml");
        vc_stream_config_free(config);
    }
}

static void secrets_stay_out_of_messages(void **state)
{
    (void)state;
    static const char *const texts[] = { "vault:\n  token: \"" CANARY " x\"\n", "vault:\n  proxy: [\"http://u:" CANARY "@x\"]\n",
                                         "kafka:\n  ssl.key.pem: [" CANARY "]\n", "kafka:\n  ssl.key.password:\n    " CANARY ": 1\n",
                                         "vault:\n  token: {" CANARY ": 1}\n" };
    for (size_t i = 0; i < COUNT(texts); i++) {
        vc_error err = VC_ERROR_INIT;
        vc_stream_config *config = vc_stream_config_new(NULL);
        assert_int_not_equal(vc_stream_config_parse(config, vc_str(texts[i]), "f.yaml", &err), VC_OK);
        assert_null(strstr(err.message, "c4nary"));
        vc_stream_config_free(config);
    }
}

static void what_is_missing_is_named(void **state)
{
    (void)state;
    static const char *const missing[] = { "bootstrap.servers: localhost:1", "group.id: encryptor", "schema: purchases.yaml", "topics: [purchases, \"^orders_.*\"]",
                                           "to: \"{topic}_encrypted\"" };
    static const char *const names[] = { "kafka.bootstrap.servers", "kafka.group.id", "schema", "stream.topics", "stream.to" };
    for (size_t i = 0; i < COUNT(missing); i++) {
        char text[sizeof whole];
        vc_error err = VC_ERROR_INIT;
        strcpy(text, whole);
        char *at = strstr(text, missing[i]);
        assert_non_null(at);
        memmove(at, at + strlen(missing[i]), strlen(at + strlen(missing[i])) + 1);
        vc_stream_config *config = parsed(text);
        assert_int_equal(vc_stream_config_check(config, &err), VC_E_CONFIG);
        assert_ptr_equal(strstr(err.message, names[i]), err.message);
        vc_stream_config_free(config);
    }
    vc_error err = VC_ERROR_INIT;
    vc_stream_config *config = parsed(whole);
    assert_int_equal(vc_stream_config_set(config, "old_schema", "x.yaml", NULL), VC_OK);
    assert_int_equal(vc_stream_config_check(config, &err), VC_E_CONFIG);
    assert_int_equal(vc_stream_config_set(config, "stream.direction", "reprotect", NULL), VC_OK);
    assert_int_equal(vc_stream_config_check(config, &err), VC_OK);
    vc_stream_config_free(config);
    config = parsed(whole);
    assert_int_equal(vc_stream_config_set(config, "stream.direction", "reprotect", NULL), VC_OK);
    assert_int_equal(vc_stream_config_check(config, &err), VC_E_CONFIG);
    assert_non_null(strstr(err.message, "old_schema"));
    vc_stream_config_free(config);
}

/* -- printing -------------------------------------------------------------------------------------------- */

static void collect(void *user, const char *line)
{
    strcat(user, line);
    strcat(user, "\n");
}

static void what_is_printed_can_be_read_again(void **state)
{
    (void)state;
    char first[16384] = "", second[16384] = "";
    vc_stream_config *config = parsed(whole);
    assert_int_equal(vc_stream_config_set(config, "stream.rule", "say \"a\\b\"\n", NULL), VC_OK);
    assert_int_equal(vc_stream_config_print(config, collect, first, NULL), VC_OK);
    assert_null(strstr(first, "c4nary"));
    assert_non_null(strstr(first, "# token: (set)") ? "" : strstr(first, "# token: \"(set)\""));
    assert_non_null(strstr(first, "  guarantee: exactly_once\n"));
    assert_non_null(strstr(first, "  batch:\n    records: 1000\n    linger: 20ms\n"));
    vc_stream_config *again = parsed(first);
    assert_string_equal(vc_stream_config_get(again, "stream.rule", 0), "say \"a\\b\"\n");
    assert_int_equal(vc_stream_config_print(again, collect, second, NULL), VC_OK);
    assert_null(strstr(second, "# token"));
    assert_non_null(strstr(second, "  topics: [\"purchases\", \"^orders_.*\"]\n"));
    vc_stream_config_free(config);
    vc_stream_config_free(again);
}

static void the_table_is_in_order(void **state)
{
    (void)state;
    vc_stream_setting one = { .size = sizeof one };
    size_t n = 0;
    vc_stream_config *config = vc_stream_config_new(NULL);
    for (; vc_stream_config_setting(n, &one); n++) {
        assert_true(one.help[0] && strlen(one.help) < 80);
        const char *value = vc_stream_config_get(config, one.name, 0);
        if (one.fallback)
            assert_int_equal(vc_stream_config_set(config, one.name, value, NULL), VC_OK);
        else
            assert_null(value);
    }
    assert_true(n > 50);
    assert_int_equal(vc_stream_config_setting(n, &one), 0);
    vc_stream_config_free(config);
}

/* -- files ----------------------------------------------------------------------------------------------- */

static char *file_with(const char *text, mode_t mode)
{
    static char name[] = "/tmp/test_stream_config.XXXXXX";
    strcpy(name + sizeof name - 7, "XXXXXX");
    const int fd = mkstemp(name);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
    return name;
}

static void open_secrets_are_warned_of(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        mode_t mode;
        bool warned;
    } cases[] = { { "vault: {token: t}\n", 0644, true },
                  { "vault: {token: t}\n", 0640, false },
                  { "kafka: {sasl.password: t}\n", 0604, true },
                  { "kafka: {group.id: t}\n", 0644, false } };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *name = file_with(cases[i].text, cases[i].mode);
        vc_stream_config *config = vc_stream_config_new(NULL);
        assert_int_equal(vc_stream_config_load(config, name, NULL), VC_OK);
        assert_int_equal(vc_stream_config_warning(config, 0) != NULL, cases[i].warned);
        assert_null(vc_stream_config_warning(config, 1));
        assert_string_equal(vc_stream_config_file(config, 0), name);
        unlink(name);
        vc_stream_config_free(config);
    }
    vc_error err = VC_ERROR_INIT;
    vc_stream_config *config = vc_stream_config_new(NULL);
    assert_int_equal(vc_stream_config_load(config, "/nowhere/x.yaml", &err), VC_E_IO);
    assert_non_null(strstr(err.message, "/nowhere/x.yaml"));
    vc_stream_config_free(config);
}

static void files_to_look_at(void **state)
{
    (void)state;
    vc_stream_config *config = parsed(whole);
    assert_string_equal(vc_stream_config_file(config, 0), "/etc/vc/secret-id");
    assert_string_equal(vc_stream_config_file(config, 1), "/etc/vc/purchases.yaml");
    assert_null(vc_stream_config_file(config, 2));
    vc_stream_config_free(config);
}

/* -- what it is for -------------------------------------------------------------------------------------- */

static const char schema_text[] = "version: 1\nrecords:\n  - name: p\n    topics: [purchases]\n    fields:\n      - path: $.a\n        transit: {key: t}\n";

static void a_stream_comes_of_it(void **state)
{
    (void)state;
    vc_error err = VC_ERROR_INIT;
    char text[1024];
    vc_schema *schema = NULL, *old = NULL;
    char *name = file_with(schema_text, 0644);
    snprintf(text, sizeof text,
             "kafka: {bootstrap.servers: 'localhost:1', group.id: g}\nvault: {address: 'http://127.0.0.1:1', token: t, renewal: calls}\nschema: %s\n"
             "stream: {topics: [purchases], to: '{topic}_encrypted'}\n", name);
    vc_stream_config *config = parsed(text);
    vc_client *client = vc_stream_config_client(config, NULL, NULL, &err);
    assert_non_null(client);
    assert_int_equal(vc_stream_config_schemas(config, &schema, &old, &err), VC_OK);
    assert_null(old);
    vc_stream *stream = vc_stream_config_stream(config, client, schema, old, &err);
    assert_non_null(stream);
    assert_int_equal(vc_stream_get_state(stream), VC_STREAM_NEW);
    vc_stream_free(stream);

    /* a setter's refusal is the configuration's matter */
    assert_int_equal(vc_stream_config_set(config, "stream.threads", "1000", NULL), VC_OK);
    assert_null(vc_stream_config_stream(config, client, schema, old, &err));
    assert_int_equal(err.code, VC_E_CONFIG);
    vc_schema_unref(schema);

    assert_int_equal(vc_stream_config_set(config, "stream.topics", "nobody", NULL), VC_OK);
    assert_int_equal(vc_stream_config_schemas(config, &schema, &old, &err), VC_E_NO_RULE);
    assert_null(schema);
    vc_client_close(client);
    vc_stream_config_free(config);
    unlink(name);
}

static void a_token_can_be_exchanged(void **state)
{
    (void)state;
    vc_token_info info = { .size = sizeof info };
    vc_stream_config *none = parsed("vault: {address: 'http://127.0.0.1:1', renewal: calls}\n"), *one = parsed("vault: {token: t, renewal: calls}\n");
    assert_int_equal(vc_stream_config_reload_client(one, NULL, NULL), VC_E_ARGUMENT);
    vc_client *client = vc_stream_config_client(none, NULL, NULL, NULL);
    assert_non_null(client);
    vc_client_token_info(client, &info);
    assert_int_equal(info.held, 0);
    assert_int_equal(vc_stream_config_reload_client(one, client, NULL), VC_OK);
    vc_client_token_info(client, &info);
    assert_int_equal(info.held, 1);
    vc_client_close(client);
    vc_stream_config_free(none);
    vc_stream_config_free(one);
}

static vc_code read_whole(void *unused)
{
    vc_error err = VC_ERROR_INIT;
    (void)unused;
    vc_stream_config *config = vc_stream_config_new(&err);
    const vc_code code = config ? vc_stream_config_parse(config, vc_str(whole), "f.yaml", &err) : err.code;
    vc_stream_config_free(config);
    return code;
}

static void memory_may_run_out(void **state)
{
    (void)state;
    SWEEP_ALLOCATIONS(read_whole, NULL);
}

int main(void)
{
    /* nothing of the caller's environment counts */
    static const char *const names[] = { "VAULT_ADDR", "VAULT_TOKEN", "VAULT_AGENT_ADDR", "BAO_ADDR", "BAO_TOKEN", "HOME" };
    for (size_t i = 0; i < COUNT(names); i++)
        unsetenv(names[i]);
    setenv("HOME", "/nowhere", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_are_read),
        cmocka_unit_test(a_cut_over_has_its_form),
        cmocka_unit_test(options_come_over_the_file),
        cmocka_unit_test(mistakes_are_told_with_their_place),
        cmocka_unit_test(secrets_stay_out_of_messages),
        cmocka_unit_test(what_is_missing_is_named),
        cmocka_unit_test(what_is_printed_can_be_read_again),
        cmocka_unit_test(the_table_is_in_order),
        cmocka_unit_test(open_secrets_are_warned_of),
        cmocka_unit_test(files_to_look_at),
        cmocka_unit_test(a_stream_comes_of_it),
        cmocka_unit_test(a_token_can_be_exchanged),
        cmocka_unit_test(memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replies of real servers (tests/vectors/vault/NAME.ndjson, recorded), each through the codec that its
 * request belongs to. What it must come to stands in NAME.expected, a line a case. With --print as its
 * argument the program prints such lines instead.
 */
#include "unit/test.h"

#include "base/base64.h"
#include "base/text.h"
#include "vault/batch.h"
#include "vault/single.h"
#include "vault/sys.h"
#include "vault/token.h"
#include "vault/transit_key.h"

#include <json-c/json.h>

enum { LINE_MAX_BYTES = 1 << 16, ITEMS_MAX = 16 };

static const char *const servers[] = { "vault-1.14.2", "openbao-2.7.2" };
static const char *const verdicts[] = { "items", "too_large", "split", "retry", "denied", "fatal" };

/* One recorded pair. */
struct pair {
    struct json_object *json, *request;
    const char *name, *method, *path;
    int status;
    vc_view reply;
};

static bool parse_pair(struct pair *pair, const char *line)
{
    struct json_object *json = json_tokener_parse(line), *reply;
    if (!json)
        return false;
    *pair = (struct pair){
        .json = json,
        .request = json_object_object_get(json, "request"),
        .name = json_object_get_string(json_object_object_get(json, "case")),
        .method = json_object_get_string(json_object_object_get(json, "method")),
        .path = json_object_get_string(json_object_object_get(json, "path")),
        .status = json_object_get_int(json_object_object_get(json, "status")),
    };
    reply = json_object_object_get(json, "reply");
    pair->reply = vc_view_of(json_object_get_string(reply), (size_t)json_object_get_string_len(reply));
    return true;
}

static bool verb_of(const struct pair *pair, vc__verb *verb)
{
    static const struct {
        const char *path;
        vc__verb verb;
    } verbs[] = {
        { "/v1/transit/encrypt/", VC__TRANSIT_ENCRYPT },
        { "/v1/transit/decrypt/", VC__TRANSIT_DECRYPT },
        { "/v1/transit/rewrap/", VC__TRANSIT_REWRAP },   { "/v1/transit/hmac/", VC__TRANSIT_HMAC },
        { "/v1/transit/sign/", VC__TRANSIT_SIGN },       { "/v1/transit/verify/", VC__TRANSIT_VERIFY },
    };
    for (size_t i = 0; i < COUNT(verbs); i++)
        if (strncmp(pair->path, verbs[i].path, strlen(verbs[i].path)) == 0) {
            *verb = verbs[i].verb;
            if (*verb == VC__TRANSIT_VERIFY && json_object_object_get(pair->request, "hmac"))
                *verb = VC__TRANSIT_VERIFY_HMAC;
            return true;
        }
    return false;
}

static void show_value(vc__buf *out, vc__verb verb, const vc__outcome *outcome)
{
    if (outcome->code) {
        vc__buf_str(out, vc_code_name(outcome->code));
        assert_non_null(outcome->text);
    } else if (verb == VC__TRANSIT_VERIFY || verb == VC__TRANSIT_VERIFY_HMAC) {
        vc__buf_str(out, "ok valid");
    } else if (verb == VC__TRANSIT_DECRYPT) {
        vc__buf_printf(out, "ok '%.*s'", (int)(outcome->value.len < 40 ? outcome->value.len : 40),
                       outcome->value.data);
    } else {
        vc__buf_printf(out, "ok %.9s.. %u", outcome->value.data, (unsigned)outcome->key_version);
    }
}

static void run_batch(vc__buf *out, vc__verb verb, const struct pair *pair, struct json_object *items,
                      char *body)
{
    const size_t count = json_object_is_type(items, json_type_array) ? json_object_array_length(items) : 1;
    assert_true(count <= ITEMS_MAX);
    vc__outcome outcomes[ITEMS_MAX];
    vc_error err = VC_ERROR_INIT;
    const vc__verdict verdict =
        vc__batch_read(verb, pair->status, body, pair->reply.len, outcomes, count, &err);
    vc__buf_str(out, verdicts[verdict]);
    for (size_t i = 0; verdict == VC__VERDICT_ITEMS && i < count; i++) {
        vc__buf_str(out, i ? ", " : " ");
        show_value(out, verb, &outcomes[i]);
    }
    if (verdict != VC__VERDICT_ITEMS) {
        vc__buf_printf(out, " %s", vc_code_name(err.code));
        assert_int_equal(err.http_status, pair->status);
        assert_int_equal(err.retryable, verdict == VC__VERDICT_RETRY);
        assert_true(err.message[0]);
    }
}

static void run_single(vc__buf *out, vc__verb verb, const struct pair *pair, char *body)
{
    vc__outcome outcome;
    vc_error err = VC_ERROR_INIT;
    const vc_code code = vc__single_read(verb, pair->status, body, pair->reply.len, &outcome, &err);
    if (code) {
        vc__buf_str(out, vc_code_name(code));
        assert_int_equal(code, err.code);
        assert_int_equal(err.http_status, pair->status);
    } else {
        show_value(out, verb, &outcome);
    }
}

static void run_key(vc__buf *out, const struct pair *pair, vc_error *err)
{
    vc_transit_key *key = vc__transit_key_parse(pair->status, pair->reply, err);
    if (key)
        vc__buf_printf(
            out, "key %s %s latest %u available %u decrypts %u encrypts %u %s%s%s%s%s%s%s",
            vc_transit_key_name(key), vc_transit_key_type(key), (unsigned)vc_transit_key_latest_version(key),
            (unsigned)vc_transit_key_min_available_version(key),
            (unsigned)vc_transit_key_min_decryption_version(key),
            (unsigned)vc_transit_key_min_encryption_version(key),
            vc_transit_key_supports_encryption(key) ? "E" : "-",
            vc_transit_key_supports_decryption(key) ? "D" : "-",
            vc_transit_key_supports_signing(key) ? "S" : "-", vc_transit_key_is_derived(key) ? "d" : "-",
            vc_transit_key_is_convergent(key) ? "c" : "-", vc_transit_key_is_exportable(key) ? "x" : "-",
            vc_transit_key_allows_deletion(key) ? "r" : "-");
    vc_transit_key_free(key);
}

static void run_health(vc__buf *out, const struct pair *pair, vc_error *err)
{
    vc_sys_health *health = vc__sys_health_parse(pair->status, pair->reply, err);
    if (health)
        vc__buf_printf(out, "health %d %d %d %s", vc_sys_health_is_initialized(health),
                       vc_sys_health_is_sealed(health), vc_sys_health_is_standby(health),
                       vc_sys_health_version(health));
    vc_sys_health_free(health);
}

static void run_token(vc__buf *out, const struct pair *pair, char *body, vc_error *err)
{
    vc_token *token = vc__token_parse(pair->status, body, pair->reply.len, err);
    if (token) {
        vc__buf_printf(out, "token %s %s ttl %u of %u uses %u %d %d", vc_token_type(token),
                       vc_token_display_name(token), (unsigned)vc_token_ttl(token),
                       (unsigned)vc_token_creation_ttl(token), (unsigned)vc_token_uses(token),
                       vc_token_is_renewable(token), vc_token_is_orphan(token));
        for (size_t i = 0; i < vc_token_policy_count(token); i++)
            vc__buf_printf(out, " %s", vc_token_policy(token, i));
        assert_null(vc_token_policy(token, vc_token_policy_count(token)));
    }
    vc_token_free(token);
}

static void run_capabilities(vc__buf *out, const struct pair *pair, vc_error *err)
{
    struct json_object *paths = json_object_object_get(pair->request, "paths");
    for (size_t i = 0; i < json_object_array_length(paths); i++) {
        unsigned capabilities = 0;
        const char *path = json_object_get_string(json_object_array_get_idx(paths, i));
        if (vc__sys_capabilities_parse(&capabilities, &path, 1, pair->status, pair->reply, err) == VC_OK)
            vc__buf_printf(out, "%scan %u", i ? ", " : "", capabilities);
    }
}

static void run_datakey(vc__buf *out, const struct pair *pair, char *body, vc_error *err)
{
    vc_view plain, sealed;
    const bool wanted = strstr(pair->path, "/plaintext/") != NULL;
    if (vc__transit_datakey_parse(&plain, &sealed, wanted, pair->status, body, pair->reply.len, err) == VC_OK)
        vc__buf_printf(out, "data key %zu %.9s..", plain.len, sealed.data);
}

/* These were recorded in hexadecimal, which we do not ask for. */
static void run_text(vc__buf *out, const char *name, const struct pair *pair, char *body, vc_error *err)
{
    vc_view text;
    if (vc__reply_text(&text, name, pair->status, body, pair->reply.len, err) == VC_OK)
        vc__buf_printf(out, "%s of %zu", name, text.len);
}

static void run_export(vc__buf *out, const struct pair *pair, char *body, vc_error *err)
{
    vc_transit_material *material = vc__transit_material_parse(pair->status, body, pair->reply.len, err);
    if (material)
        vc__buf_printf(out, "material %zu: %zu", vc_transit_material_count(material),
                       vc_transit_material_key(material, 0).len);
    vc_transit_material_free(material);
}

/* What a pair comes to, in words. */
static void run(vc__buf *out, const struct pair *pair)
{
    vc__auto(vc__buf) body = VC__BUF(LINE_MAX_BYTES);
    vc__buf_view(&body, pair->reply);
    struct json_object *items = NULL;
    vc_error err = VC_ERROR_INIT;
    vc__verb verb;
    if (verb_of(pair, &verb)) {
        if (json_object_is_type(pair->request, json_type_object) &&
            json_object_object_get_ex(pair->request, "batch_input", &items))
            run_batch(out, verb, pair, items, body.data);
        else
            run_single(out, verb, pair, body.data);
        return;
    }
    if (strstr(pair->path, "/transit/keys/") && strcmp(pair->method, "GET") == 0)
        run_key(out, pair, &err);
    else if (strstr(pair->path, "/transit/datakey/"))
        run_datakey(out, pair, body.data, &err);
    else if (strstr(pair->path, "/transit/random"))
        run_text(out, "random_bytes", pair, body.data, &err);
    else if (strstr(pair->path, "/transit/hash"))
        run_text(out, "sum", pair, body.data, &err);
    else if (strstr(pair->path, "/transit/export/"))
        run_export(out, pair, body.data, &err);
    else if (strstr(pair->path, "/sys/health"))
        run_health(out, pair, &err);
    else if (strstr(pair->path, "/lookup-self"))
        run_token(out, pair, body.data, &err);
    else if (strstr(pair->path, "/capabilities-self"))
        run_capabilities(out, pair, &err);
    else
        vc__buf_str(out, vc_code_name(vc__reply_error(pair->status, pair->reply, &err)));
    if (!out->len)
        vc__buf_str(out, vc_code_name(err.code));
}

/* The request that we would have sent for a recorded one of a single value. */
static void rebuild(const struct pair *pair)
{
    vc__verb verb;
    struct json_object *value;
    if (!verb_of(pair, &verb) || verb > VC__TRANSIT_REWRAP || pair->status != 200 || !json_object_is_type(pair->request, json_type_object))
        return;
    vc_transit_options *options = vc_transit_options_new(NULL);
    char input[1000];
    size_t len = 0;
    struct json_object_iterator at = json_object_iter_begin(pair->request),
                                end = json_object_iter_end(pair->request);
    for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at)) {
        const char *name = json_object_iter_peek_name(&at);
        struct json_object *member = json_object_iter_peek_value(&at);
        if (strcmp(name, "batch_input") == 0 || strcmp(name, "nonce") == 0 || strcmp(name, "bogus") == 0) {
            vc_transit_options_free(options);
            return;
        }
        char raw[1000];
        size_t raw_len = 0;
        const vc_view text = vc_str(json_object_get_string(member));
        if (strcmp(name, "ciphertext") != 0)
            vc__base64_decode(raw, &raw_len, text, NULL);
        if (strcmp(name, "context") == 0)
            vc_transit_options_set_context(options, vc_view_of(raw, raw_len), NULL);
        else if (strcmp(name, "associated_data") == 0)
            vc_transit_options_set_associated_data(options, vc_view_of(raw, raw_len), NULL);
        else if (strcmp(name, "key_version") == 0)
            vc_transit_options_set_key_version(options, json_object_get_uint64(member));
        else if (strcmp(name, "plaintext") == 0)
            memcpy(input, raw, len = raw_len);
        else if (strcmp(name, "ciphertext") == 0)
            memcpy(input, text.data, len = text.len);
    }
    vc_request request;
    assert_int_equal(
        vc__transit_request(&request, verb,
                            pair->path + sizeof "/v1/transit/encrypt/" - 1 - (verb == VC__TRANSIT_REWRAP),
                            vc_view_of(input, len), options, NULL),
        VC_OK);
    assert_string_equal(vc_request_path(&request), pair->path);
    assert_string_equal(vc_request_method(&request), "POST");
    value = json_tokener_parse(request.body.data);
    assert_non_null(value);
    assert_true(json_object_equal(value, pair->request));
    json_object_put(value);
    vc__request_cleanup(&request);
    vc_transit_options_free(options);
}

static FILE *open_vector(const char *server, const char *ending)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/tests/vectors/vault/%s.%s",
             getenv("top_srcdir") ? getenv("top_srcdir") : ".", server, ending);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    return file;
}

static bool next_line(FILE *file, char *line)
{
    if (!fgets(line, LINE_MAX_BYTES, file))
        return false;
    line[strcspn(line, "\n")] = 0;
    return true;
}

static void test_recorded(void **state)
{
    const char *server = *state;
    FILE *pairs = open_vector(server, "ndjson"), *expected = open_vector(server, "expected");
    static char line[LINE_MAX_BYTES], want[LINE_MAX_BYTES];
    size_t count = 0;
    while (next_line(pairs, line)) {
        struct pair pair;
        assert_true(parse_pair(&pair, line));
        vc__auto(vc__buf) got = VC__BUF(LINE_MAX_BYTES);
        vc__buf_printf(&got, "%s | ", pair.name);
        vc__auto(vc__buf) outcome = VC__BUF(LINE_MAX_BYTES);
        run(&outcome, &pair);
        vc__buf_view(&got, vc__buf_get(&outcome));
        assert_true(next_line(expected, want));
        assert_string_equal(got.data, want);
        rebuild(&pair);
        json_object_put(pair.json);
        count++;
    }
    assert_true(count > 100);
    assert_false(next_line(expected, want));
    fclose(pairs);
    fclose(expected);
}

/*
 * Cut off anywhere, no recorded reply is a success; and nothing is read outside of it (the sanitizers
 * look).
 */
static void test_cut_off(void **state)
{
    FILE *pairs = open_vector(*state, "ndjson");
    static char line[LINE_MAX_BYTES];
    while (next_line(pairs, line)) {
        struct pair pair;
        assert_true(parse_pair(&pair, line));
        const vc_view whole = pair.reply;
        const size_t len = whole.len && whole.data[whole.len - 1] == '\n' ? whole.len - 1 : whole.len;
        for (size_t cut = 0; cut < len && pair.status < 300 && pair.status != 204; cut++) {
            vc__verb verb;
            vc__auto(vc__buf) outcome = VC__BUF(LINE_MAX_BYTES);
            char *part = malloc(cut + 1);
            memcpy(part, whole.data, cut);
            part[cut] = 0;
            pair.reply = vc_view_of(part, cut);
            run(&outcome, &pair);
            if (verb_of(&pair, &verb) || strcmp(pair.method, "GET") == 0)
                assert_true(vc__view_is(vc__buf_get(&outcome), "protocol") ||
                            vc__view_is(vc__buf_get(&outcome), "fatal protocol"));
            free(part);
        }
        json_object_put(pair.json);
    }
    fclose(pairs);
}

static int print(const char *server)
{
    FILE *pairs = open_vector(server, "ndjson");
    static char line[LINE_MAX_BYTES];
    while (next_line(pairs, line)) {
        struct pair pair;
        vc__auto(vc__buf) outcome = VC__BUF(LINE_MAX_BYTES);
        if (!parse_pair(&pair, line))
            return 1;
        run(&outcome, &pair);
        printf("%s | %s\n", pair.name, outcome.data);
        json_object_put(pair.json);
    }
    fclose(pairs);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--print") == 0)
        return print(argv[2]);
    const struct CMUnitTest tests[] = {
        { "replies of Vault 1.14.2", test_recorded, NULL, NULL, (void *)(uintptr_t)servers[0] },
        { "replies of OpenBao 2.7.2", test_recorded, NULL, NULL, (void *)(uintptr_t)servers[1] },
        { "replies of Vault 1.14.2, cut off", test_cut_off, NULL, NULL, (void *)(uintptr_t)servers[0] },
    };
    return cmocka_run_group_tests_name("vault_recorded", tests, NULL, NULL);
}

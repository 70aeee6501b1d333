/* SPDX-License-Identifier: Apache-2.0 */
/* payload.h against a server in this process that plays Vault's transit engine. The codec's vectors are test_record_foreign's. */
#include "unit/client.h"

#include "base/text.h"

#include <vaultcrypt/payload.h>

#define KEY_TEXT "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define OTHER_KEY "AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define WRAPPED "vault:v3:d3JhcHBlZCBrZXkgb2YgdGhlIHRlc3Q="

static const char *opened; /* what decrypt answers with; NULL: 400 */
static char last_path[1024];

static void transit(void *user, const server_request *request, server_answer *answer)
{
    char body[256];
    (void)user;
    snprintf(last_path, sizeof last_path, "%s", request->path);
    if (strstr(request->path, "/datakey/plaintext/"))
        server_reply(answer, 200, "", "{\"data\":{\"plaintext\":\"" KEY_TEXT "\",\"ciphertext\":\"" WRAPPED "\",\"key_version\":3}}");
    else if (opened) {
        snprintf(body, sizeof body, "{\"data\":{\"plaintext\":\"%s\"}}", opened);
        server_reply(answer, 200, "", body);
    } else {
        server_reply(answer, 400, "", "{\"errors\":[\"cipher: message authentication failed\"]}");
    }
}

static http_server *server;
static vc_client *client;

static int set_up(void **state)
{
    (void)state;
    server = server_start(transit, NULL, NULL);
    client = client_for(server_url(server));
    opened = KEY_TEXT;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    vc_client_close(client);
    server_stop(server);
    return 0;
}

static vc_code open_one(const vc_header *headers, size_t count, vc_view value, vc_bytes *file, vc_bytes *name, vc_error *err)
{
    return vc_payload_open(client, "a/mount/key", headers, count, value, file, name, err);
}

static void files_come_back(void **state)
{
    (void)state;
    static const size_t sizes[] = { 0, 1, 2, 3, 100, 300000 };
    for (size_t i = 0; i < COUNT(sizes); i++) {
        char *data = malloc(sizes[i] + 1);
        memset(data, (int)i + 200, sizes[i]);
        vc_error err = VC_ERROR_INIT;
        vc_bytes value = VC_BYTES_INIT, key = VC_BYTES_INIT, file = VC_BYTES_INIT, name = VC_BYTES_INIT;
        if (vc_payload_seal(client, "a/mount/key", vc_view_of(data, sizes[i]), &value, &key, &err))
            fail_msg("%s", err.message);
        assert_string_equal(last_path, "/v1/a/mount/datakey/plaintext/key");
        assert_int_equal(value.len, vc_payload_size(sizes[i]));
        assert_string_equal(key.data, WRAPPED);
        const vc_header headers[] = { { vc_str("x"), vc_str("y") },
                                      { vc_str(VC_PAYLOAD_NAME_HEADER), vc_str("../name") },
                                      { vc_str(VC_PAYLOAD_KEY_HEADER), vc_bytes_view(key) } };
        if (open_one(headers, 3, vc_bytes_view(value), &file, &name, &err))
            fail_msg("%s", err.message);
        assert_string_equal(last_path, "/v1/a/mount/decrypt/key");
        assert_true(vc__view_equal(vc_bytes_view(file), vc_view_of(data, sizes[i])));
        assert_string_equal(name.data, "../name"); /* as it stands: the caller must check it */
        vc_bytes_free(&file);
        assert_int_equal(open_one(headers, 3, vc_bytes_view(value), &file, NULL, NULL), VC_OK);
        vc_bytes_free(&file);
        vc_bytes_free(&name);
        vc_bytes_free(&value);
        vc_bytes_free(&key);
        free(data);
    }
}

static void what_was_changed_is_refused(void **state)
{
    (void)state;
    vc_bytes value = VC_BYTES_INIT, key = VC_BYTES_INIT, file = VC_BYTES_INIT, name = VC_BYTES_INIT;
    vc_error err = VC_ERROR_INIT;
    assert_int_equal(vc_payload_seal(client, "key", vc_str("CANARY in clear"), &value, &key, NULL), VC_OK);
    const vc_header both[] = { { vc_str(VC_PAYLOAD_NAME_HEADER), vc_str("name") },
                               { vc_str(VC_PAYLOAD_KEY_HEADER), vc_bytes_view(key) },
                               { vc_str(VC_PAYLOAD_KEY_HEADER), vc_bytes_view(key) },
                               { vc_str(VC_PAYLOAD_NAME_HEADER), vc_str("name") } };
    const vc_view whole = vc_bytes_view(value);
    assert_int_equal(open_one(both, 2, whole, &file, &name, NULL), VC_OK);
    vc_bytes_free(&file);
    vc_bytes_free(&name);
    assert_int_equal(open_one(both, 1, whole, &file, &name, NULL), VC_E_CIPHERTEXT);
    assert_int_equal(open_one(both + 2, 1, whole, &file, &name, NULL), VC_E_CIPHERTEXT);
    assert_int_equal(open_one(both, 3, whole, &file, &name, NULL), VC_E_CIPHERTEXT);
    assert_int_equal(open_one(both + 1, 3, whole, &file, &name, NULL), VC_E_CIPHERTEXT);
    for (size_t i = 0; i < value.len; i++) {
        value.data[i] ^= 1;
        const vc_code code = open_one(both, 2, whole, &file, &name, &err);
        if (code == VC_OK || vc_code_class(code) != VC_CLASS_DATA || file.data || name.data || strstr(err.message, "CANARY"))
            fail_msg("byte %zu: %s", i, err.message);
        value.data[i] ^= 1;
    }
    for (size_t len = 0; len < value.len; len++)
        assert_int_equal(vc_code_class(open_one(both, 2, vc_view_of(value.data, len), &file, &name, NULL)), VC_CLASS_DATA);
    opened = OTHER_KEY;
    assert_int_equal(open_one(both, 2, whole, &file, &name, NULL), VC_E_CIPHERTEXT);
    opened = "c2hvcnQ=";
    assert_int_equal(open_one(both, 2, whole, &file, &name, NULL), VC_E_CIPHERTEXT);
    opened = NULL;
    assert_int_equal(open_one(both, 2, whole, &file, &name, NULL), VC_E_CIPHERTEXT);
    assert_null(file.data);
    assert_null(name.data);
    vc_bytes_free(&value);
    vc_bytes_free(&key);
}

static void arguments_are_checked(void **state)
{
    (void)state;
    vc_bytes value = VC_BYTES_INIT, key = VC_BYTES_INIT;
    static const char big[1] = "";
    assert_int_equal(vc_payload_seal(client, "key", vc_view_of(big, (64 << 20) + 1), &value, &key, NULL), VC_E_TOO_LARGE);
    assert_int_equal(vc_payload_open(client, "key", NULL, 0, vc_view_of(big, (size_t)1 << 30), &value, NULL, NULL), VC_E_TOO_LARGE);
    assert_int_equal(vc_payload_seal(NULL, "key", vc_str("x"), &value, &key, NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_payload_seal(client, "key", vc_str("x"), NULL, &key, NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_payload_seal(client, "../key", vc_str("x"), &value, &key, NULL), VC_E_ARGUMENT);
    assert_int_equal(server_requests(server), 0);
    assert_true(vc_payload_size(SIZE_MAX) == SIZE_MAX);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = { TEST(files_come_back), TEST(what_was_changed_is_refused), TEST(arguments_are_checked) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/vectors/format/pairs.json (its README.md tells what the members mean): data keys that are wrapped to public keys, here or in a header, and signatures, made with
 * Python's cryptography. What is valid is verified, unwrapped and opens, and what we wrap and sign is taken by the same keys; what is not is refused
 * for the reason and at the byte that the file says.
 */
#include "unit/test.h"

#include "base/base64url.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "crypto/hpke.h"
#include "crypto/keypair.h"
#include "keys/datakey.h"
#include "keys/ring.h"
#include "record/native.h"

#include <json-c/json.h>

enum { ROOM = 1 << 14 };

static struct json_object *root;

static struct json_object *member(struct json_object *object, const char *name)
{
    struct json_object *value = NULL;
    if (!json_object_object_get_ex(object, name, &value))
        fail_msg("no member %s", name);
    return value;
}

static vc_view view_of(struct json_object *value)
{
    return value ? vc_view_of(json_object_get_string(value), (size_t)json_object_get_string_len(value)) : vc_str("");
}

static vc_view text_of(struct json_object *object, const char *name)
{
    struct json_object *value = NULL;
    return json_object_object_get_ex(object, name, &value) ? view_of(value) : vc_str("");
}

static vc_view unhex(vc_view hex, char *room)
{
    assert_true(hex.len / 2 <= ROOM && vc__hex_decode((unsigned char *)room, hex));
    return vc_view_of(room, hex.len / 2);
}

static vc__keypair *pair_of(vc_view name, bool private)
{
    struct json_object *pair = member(member(root, "pairs"), name.data);
    vc_error err = VC_ERROR_INIT;
    vc__keypair *made = (private ? vc__keypair_private : vc__keypair_public)(text_of(pair, private ? "private" : "public"), &err);
    if (!made)
        fail_msg("%s: %s", name.data, err.message);
    assert_true(vc__view_is(text_of(pair, "id"), vc__keypair_id(made)));
    return made;
}

typedef struct reading {
    struct json_object *test;
    vc__native token;
    vc__buf scratch, aad, signed_part, out;
    char bytes[ROOM], record_key[ROOM];
    vc_view record;
} reading;

static vc_code read_token(reading *r, vc_error *err)
{
    const vc_view token = text_of(r->test, "token");
    if (vc__view_is(text_of(r->test, "form"), "text"))
        return vc__native_read_text(&r->scratch, token, &r->token, err);
    return vc__native_read_bytes(unhex(token, r->bytes), &r->token, err);
}

/* The header of Kafka, when the wrapped key is there. */
static vc_code read_headers(reading *r, vc_error *err)
{
    static char rooms[2][ROOM];
    vc_header headers[2];
    struct json_object *list;
    if (!(r->token.flags & VC__NATIVE_KEY_OUTSIDE))
        return VC_OK;
    const size_t count = json_object_object_get_ex(r->test, "headers", &list) ? json_object_array_length(list) : 0;
    assert_true(count <= COUNT(headers));
    for (size_t i = 0; i < count; i++) {
        struct json_object *pair = json_object_array_get_idx(list, i);
        headers[i].name = view_of(json_object_array_get_idx(pair, 0));
        headers[i].value = unhex(view_of(json_object_array_get_idx(pair, 1)), rooms[i]);
    }
    vc_view value;
    const vc_code code = vc__native_keys_of(headers, count, vc_str(""), &value, err);
    return code ? code : vc__native_keys_find(value, &r->token, err);
}

/* What is wrong with the signature that is demanded: "signer", "signature"; NULL: nothing. */
static const char *fault_of_signature(reading *r)
{
    const vc_view by = text_of(r->test, "signed_by");
    if (!by.len)
        return NULL;
    if (!(r->token.flags & VC__NATIVE_SIGNED))
        return "signer";
    vc__autoptr(vc__keypair) signer = pair_of(by, false);
    if (memcmp(vc__keypair_thumbprint(signer), r->token.signer.data, VC__NATIVE_SIGNER) != 0)
        return "signer";
    vc__native_signed(&r->signed_part, &r->token, vc__buf_get(&r->aad), r->record);
    const vc_code code = vc__keypair_verify(signer, vc__buf_get(&r->signed_part), r->token.signature, NULL);
    assert_true(code == VC_OK || code == VC_E_SIGNATURE);
    return code ? "signature" : NULL;
}

/* The data key: unwrapped, or, under a static key, as the file has it. False: it cannot be. */
static bool find_key(reading *r, char key[32])
{
    char room[ROOM];
    if (!vc__native_is_pair(r->token.source)) {
        memcpy(key, unhex(text_of(member(root, "keys"), text_of(r->test, "key").data), room).data, 32);
        return true;
    }
    vc__autoptr(vc__keypair) pair = pair_of(text_of(r->test, "pair"), true);
    vc__auto(vc__buf) out = VC__BUF(4096);
    const vc_code code = vc__keypair_unwrap(&out, pair, vc__source_wrapping(r->token.source), r->token.wrapped, NULL);
    if (code && code != VC_E_CIPHERTEXT)
        fail_msg("%s: %s", text_of(r->test, "name").data, vc_code_name(code));
    if (!code)
        memcpy(key, out.data, 32);
    return !code && out.len == 32;
}

static vc_code open_with(reading *r, const char key[32])
{
    const vc__keyplace place = { VC__SOURCE_STATIC, "", "k" };
    vc__autoptr(vc__datakey) data = vc__datakey_new(vc_view_of(key, 32), &place, 0, vc_str("w"), NULL);
    char derived[32];
    assert_int_equal(vc__datakey_derive(data, VC__KEY_TOKEN_GCM, derived, sizeof derived, NULL), VC_OK);
    vc__autoptr(vc__native_key) cipher = vc__native_key_new(VC__NATIVE_GCM, vc__datakey_id(data), vc_view_of(derived, sizeof derived), NULL);
    return vc__native_open(cipher, &r->token, vc__buf_get(&r->aad), &r->out, NULL);
}

/* Ours goes to the same keys: what is wrapped here is unwrapped, what is signed here verifies as theirs does (Ed25519 has one signature). */
static void check_ours(reading *r, const char key[32])
{
    vc__autoptr(vc__keypair) pair = pair_of(text_of(r->test, "pair"), true);
    vc__autoptr(vc__keypair) public = pair_of(text_of(r->test, "pair"), false);
    vc__auto(vc__buf) wrapped = VC__BUF(2048), again = VC__BUF(4096), signature = VC__BUF(65);
    if (!vc__native_is_pair(r->token.source))
        return;
    const vc__wrapping how = vc__source_wrapping(r->token.source);
    assert_int_equal(vc__keypair_wrap(&wrapped, public, how, vc_view_of(key, 32), NULL), VC_OK);
    assert_int_equal(wrapped.len, r->token.wrapped.len);
    assert_int_equal(vc__keypair_unwrap(&again, pair, how, vc__buf_get(&wrapped), NULL), VC_OK);
    assert_memory_equal(again.data, key, 32);
    if (!text_of(r->test, "signed_by").len)
        return;
    vc__autoptr(vc__keypair) signer = pair_of(text_of(r->test, "signed_by"), true);
    assert_int_equal(vc__keypair_sign(&signature, signer, vc__buf_get(&r->signed_part), NULL), VC_OK);
    assert_true(vc__view_equal(vc__buf_get(&signature), r->token.signature));
}

static void check_valid(reading *r, const char key[32])
{
    char room[ROOM];
    assert_int_equal(r->token.flags, json_object_get_int(member(r->test, "flags")));
    assert_int_equal(r->token.source, json_object_get_int(member(r->test, "source")));
    assert_true(vc__view_equal(r->token.key_name, text_of(r->test, "key_name")));
    assert_true(vc__view_equal(r->token.key_id, unhex(text_of(r->test, "key_id"), room)));
    assert_true(vc__view_equal(r->token.wrapped, unhex(text_of(r->test, "wrapped"), room)));
    assert_true(vc__view_equal(vc__buf_get(&r->out), unhex(text_of(r->test, "plaintext"), room)));
    check_ours(r, key);
    /* its parts, written again */
    vc__auto(vc__buf) prefix = VC__BUF(ROOM);
    if (r->token.flags & VC__NATIVE_KEY_OUTSIDE)
        return;
    vc__native_prefix(&prefix, &r->token);
    assert_memory_equal(prefix.data, r->token.header.data, prefix.len);
}

/* What a reader comes to, in its order. */
static const char *outcome_of(reading *r, vc_error *err, char key[32])
{
    if (read_token(r, err))
        return "structure";
    if (read_headers(r, err))
        return "headers";
    r->record = unhex(text_of(r->test, "record_key"), r->record_key);
    vc__native_aad(&r->aad, &r->token, text_of(r->test, "path"), text_of(r->test, "topic"), r->record);
    const char *fault = fault_of_signature(r);
    if (fault)
        return fault;
    if (r->token.source == VC__NATIVE_HPKE && vc__hpke_check(NULL))
        return "not built in";
    if (!find_key(r, key))
        return "unwrap";
    return open_with(r, key) ? "authentication" : "valid";
}

static void run(struct json_object *test)
{
    reading *r = calloc(1, sizeof *r);
    assert_non_null(r);
    *r = (reading){ .test = test, .scratch = VC__BUF(ROOM), .aad = VC__BUF(ROOM), .signed_part = VC__BUF(ROOM), .out = VC__BUF(ROOM) };
    vc__buf_str(&r->out, "");
    vc_error err = VC_ERROR_INIT;
    char key[32];
    const char *outcome = outcome_of(r, &err, key), *name = text_of(test, "name").data;
    const vc_view wanted = text_of(test, "result");
    const bool not_here = strcmp(outcome, "not built in") == 0 && /* what comes behind unwrapping is not seen then */
                          (vc__view_is(wanted, "valid") || vc__view_is(wanted, "unwrap") || vc__view_is(wanted, "authentication"));
    if (!not_here && !vc__view_is(wanted, outcome))
        fail_msg("%s: %s (%s), not %s", name, outcome, err.message, text_of(test, "result").data);
    if (strcmp(outcome, "valid") == 0)
        check_valid(r, key);
    if (strcmp(outcome, "structure") == 0 || (strcmp(outcome, "headers") == 0 && json_object_object_get_ex(test, "offset", NULL))) {
        char at[64];
        snprintf(at, sizeof at, " is refused at byte %d: ", json_object_get_int(member(test, "offset")));
        if (!strstr(err.message, at))
            fail_msg("%s: %s, not%s", name, err.message, at);
    }
    vc__buf_free(&r->scratch);
    vc__buf_free(&r->aad);
    vc__buf_free(&r->signed_part);
    vc__buf_free(&r->out);
    free(r);
}

static void pairs(void **state)
{
    (void)state;
    struct json_object *tests = member(root, "tests");
    const size_t count = json_object_array_length(tests);
    assert_true(count >= 150);
    for (size_t i = 0; i < count; i++)
        run(json_object_array_get_idx(tests, i));
    print_message("# pairs.json: %zu\n", count);
}

int main(void)
{
    char file[1024];
    const char *tree = getenv("top_srcdir");
    snprintf(file, sizeof file, "%s/tests/vectors/format/pairs.json", tree ? tree : "..");
    root = json_object_from_file(file);
    if (!root)
        return 1;
    const struct CMUnitTest tests[] = { cmocka_unit_test(pairs) };
    const int failed = cmocka_run_group_tests_name("record_vectors_pair", tests, NULL, NULL);
    json_object_put(root);
    return failed;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/vectors/format/tokens.json (its README.md tells what the members mean) through native.h: what is valid opens, is
 * what the file says, and is written the same again; what is not is refused for the reason and at the byte that the file says.
 */
#include "unit/test.h"

#include "base/text.h"
#include "crypto/aead.h"
#include "crypto/hash.h"
#include "crypto/wrap.h"
#include "record/native.h"

#include <json-c/json.h>

enum { ROOM = 1 << 16 };

static const char unauthentic[] =
    "the ciphertext cannot be authenticated: it was changed, or belongs to another key or context";

static struct json_object *root;

static struct json_object *optional(struct json_object *object, const char *name)
{
    struct json_object *value = NULL;
    json_object_object_get_ex(object, name, &value);
    return value;
}

static struct json_object *member(struct json_object *object, const char *name)
{
    struct json_object *value = optional(object, name);
    if (!value)
        fail_msg("no member %s", name);
    return value;
}

static vc_view view_of(struct json_object *value)
{
    return value ? vc_view_of(json_object_get_string(value), (size_t)json_object_get_string_len(value)) : vc_str("");
}

static vc_view text_of(struct json_object *object, const char *name)
{
    return view_of(member(object, name));
}

static vc_view unhex(vc_view hex, char *room)
{
    assert_true(hex.len / 2 <= ROOM && vc__hex_decode((unsigned char *)room, hex));
    return vc_view_of(room, hex.len / 2);
}

/* What a reader of this test would know, and what it came to. */
typedef struct reading {
    struct json_object *test;
    vc__native token;
    vc__buf scratch, aad, out;
    char bytes[ROOM];
} reading;

static void derive(const char *key_name, uint8_t algorithm, vc_view *id, vc_view *key, char *room)
{
    static const struct {
        const char *label;
        size_t size;
    } labels[] = {
        [VC__NATIVE_GCM] = { "vaultcrypt 1 token AES-256-GCM", 32 },
        [VC__NATIVE_SIV] = { "vaultcrypt 1 AES-256-SIV", 64 },
        [VC__NATIVE_HMAC] = { "vaultcrypt 1 HMAC-SHA-256", 32 },
    };
    char ikm[ROOM];
    const vc_view bytes = unhex(text_of(member(member(root, "keys"), key_name), "key"), ikm), none = vc_str("");
    vc__autoptr(vc__hkdf) hkdf = vc__hkdf_new(VC__SHA2_256, NULL);
    assert_int_equal(vc__hkdf_derive(hkdf, bytes, none, vc_str("vaultcrypt 1 key id"), room, 32, NULL), VC_OK);
    assert_int_equal(vc__hkdf_derive(hkdf, bytes, none, vc_str(labels[algorithm].label), room + 32,
                                     labels[algorithm].size, NULL),
                     VC_OK);
    *id = vc_view_of(room, 32);
    *key = vc_view_of(room + 32, labels[algorithm].size);
}

static vc__native_key *key_of(struct json_object *test, uint8_t algorithm)
{
    char room[128];
    vc_view id, derived;
    derive(json_object_get_string(member(test, "key")), algorithm, &id, &derived, room);
    vc__native_key *key = vc__native_key_new((vc__native_algorithm)algorithm, id, derived, NULL);
    assert_non_null(key);
    return key;
}

static vc_code read_token(reading *r, vc_error *err)
{
    const vc_view token = text_of(r->test, "token");
    if (vc__view_is(text_of(r->test, "form"), "text")) {
        assert_int_equal(vc__native_is_text(token), !vc__view_is(text_of(r->test, "result"), "plaintext"));
        return vc__native_read_text(&r->scratch, token, &r->token, err);
    }
    return vc__native_read_bytes(unhex(token, r->bytes), &r->token, err);
}

/* The header of Kafka, when the wrapped key is there. */
static vc_code read_headers(reading *r, vc_error *err)
{
    static char rooms[8][4096];
    vc_header headers[8];
    struct json_object *list = optional(r->test, "headers");
    const size_t count = list ? json_object_array_length(list) : 0;
    assert_true(count <= COUNT(headers));
    for (size_t i = 0; i < count; i++) {
        struct json_object *pair = json_object_array_get_idx(list, i), *value = json_object_array_get_idx(pair, 1);
        headers[i].name = view_of(json_object_array_get_idx(pair, 0));
        headers[i].value = value ? unhex(view_of(value), rooms[i]) : vc_view_of(NULL, 0);
    }
    if (!(r->token.flags & VC__NATIVE_KEY_OUTSIDE))
        return VC_OK;
    vc_view value;
    const vc_code code = vc__native_keys_of(headers, count, vc_str(""), &value, err);
    return code ? code : vc__native_keys_find(value, &r->token, err);
}

static bool context_accepted(reading *r)
{
    struct json_object *list = member(r->test, "contexts");
    for (size_t i = 0; i < json_object_array_length(list); i++)
        if (vc__view_equal(view_of(json_object_array_get_idx(list, i)), r->token.context))
            return true;
    return false;
}

static vc_code open_token(reading *r, vc__native_key *key, vc_error *err)
{
    char record_key[ROOM];
    vc__native_aad(&r->aad, &r->token, text_of(r->test, "path"), view_of(optional(r->test, "topic")),
                   unhex(view_of(optional(r->test, "record_key")), record_key));
    assert_int_equal(r->aad.failed, VC_OK);
    if (r->token.algorithm != VC__NATIVE_HMAC)
        return vc__native_open(key, &r->token, vc__buf_get(&r->aad), &r->out, err);
    char content[ROOM];
    return vc__native_verify(key, &r->token, vc__buf_get(&r->aad),
                             unhex(view_of(optional(r->test, "plaintext")), content), err);
}

/* Over the ciphertext it comes to the same. */
static void check_in_place(reading *r, vc__native_key *key, vc_code expected)
{
    if (r->token.algorithm == VC__NATIVE_HMAC || !vc__view_is(text_of(r->test, "form"), "text"))
        return;
    vc_view plaintext;
    const vc_view sealed = r->token.sealed;
    assert_int_equal(vc__native_open_place(key, &r->token, vc__buf_get(&r->aad), &r->scratch, &plaintext, NULL), expected);
    if (expected == VC_OK)
        assert_true(vc__view_equal(plaintext, vc__buf_get(&r->out)));
    for (size_t i = 0; expected != VC_OK && i < sealed.len; i++)
        assert_int_equal(sealed.data[i], 0);
}

/* -- what is valid -- */

static void check_fields(reading *r)
{
    static const char *const types[] = { "bytes", "string", "number", "boolean", "null", "array", "object" };
    const vc__native *t = &r->token;
    char room[ROOM];
    assert_int_equal(t->algorithm, json_object_get_int(member(r->test, "algorithm")));
    assert_int_equal(t->flags, json_object_get_int(member(r->test, "flags")));
    assert_true(vc__view_is(text_of(r->test, "type"), types[t->type]));
    assert_true(vc__view_equal(t->context, text_of(r->test, "context")));
    assert_true(vc__view_equal(t->key_id, unhex(text_of(r->test, "key_id"), room)));
    if (t->flags & VC__NATIVE_KEY_OUTSIDE) { /* it came from the header */
        assert_true(vc__view_is(t->key_name, "archive") && t->source == VC__NATIVE_STATIC);
        return;
    }
    assert_int_equal(t->source, json_object_get_int(member(r->test, "source")));
    assert_true(vc__view_equal(t->key_name, text_of(r->test, "key_name")));
    assert_int_equal(t->key_version, json_object_get_int64(member(r->test, "key_version")));
    assert_true(vc__view_equal(t->wrapped, unhex(text_of(r->test, "wrapped"), room)));
}

/* A key that is wrapped under the static one is the one that the file names. */
static void check_wrapped(reading *r)
{
    if (r->token.source != VC__NATIVE_STATIC || !r->token.wrapped.len || r->token.key_version)
        return;
    char kek[ROOM], key[ROOM];
    vc__auto(vc__buf) unwrapped = VC__BUF(64);
    assert_int_equal(vc__kwp_unwrap(&unwrapped, unhex(text_of(member(root, "static_key"), "key"), kek), r->token.wrapped, NULL), VC_OK);
    const char *name = json_object_get_string(member(r->test, "key"));
    assert_true(vc__view_equal(vc__buf_get(&unwrapped), unhex(text_of(member(member(root, "keys"), name), "key"), key)));
}

/* A frame makes the same token again: all of it without a nonce, else what is before it. */
static void check_writing(reading *r, vc__native_key *key)
{
    char topic_key[ROOM], content[ROOM];
    vc__native given = r->token;
    if (given.flags & VC__NATIVE_KEY_OUTSIDE) {
        given.source = VC__NATIVE_NOWHERE;
        given.key_name = given.wrapped = vc_str("");
        given.key_version = 0;
    }
    const bool text = vc__view_is(text_of(r->test, "form"), "text");
    vc__autoptr(vc__native_frame) frame = vc__native_frame_new(key, &given, text_of(r->test, "path"), NULL);
    assert_non_null(frame);
    assert_int_equal(vc__native_bind(frame, view_of(optional(r->test, "topic")),
                                     unhex(view_of(optional(r->test, "record_key")), topic_key), NULL),
                     VC_OK);
    vc__autoptr(vc__random) random = vc__random_new(NULL);
    vc__auto(vc__buf) again = VC__BUF(ROOM);
    vc__buf_str(&again, "before");
    const vc_view plaintext = unhex(text_of(r->test, "plaintext"), content), token = text_of(r->test, "token");
    assert_int_equal((text ? vc__native_seal_text : vc__native_seal_bytes)(frame, random, (vc__native_type)r->token.type,
                                                                          plaintext, &again, NULL),
                     VC_OK);
    vc_view made = vc_view_of(again.data + 6, again.len - 6);
    if (text) {
        assert_true(made.data[0] == '"' && made.data[made.len - 1] == '"');
        made = vc_view_of(made.data + 1, made.len - 2);
    }
    const vc_view whole = text ? token : unhex(token, r->bytes);
    assert_int_equal(made.len, whole.len);
    size_t same = whole.len;
    if (r->token.algorithm == VC__NATIVE_GCM)
        same -= text ? (28 + plaintext.len) / 3 * 4 + 4 : 28 + plaintext.len;
    assert_memory_equal(made.data, whole.data, same);
}

static void run_valid(reading *r)
{
    vc_error err = VC_ERROR_INIT;
    char content[ROOM];
    if (read_token(r, &err) || read_headers(r, &err))
        fail_msg("%s", err.message);
    assert_true(context_accepted(r));
    check_fields(r);
    check_wrapped(r);
    vc__autoptr(vc__native_key) key = key_of(r->test, r->token.algorithm);
    vc__buf_str(&r->out, "");
    if (open_token(r, key, &err))
        fail_msg("%s", err.message);
    if (r->token.algorithm != VC__NATIVE_HMAC)
        assert_true(vc__view_equal(vc__buf_get(&r->out), unhex(text_of(r->test, "plaintext"), content)));
    check_writing(r, key);
    if (vc__view_is(text_of(r->test, "form"), "text"))
        check_in_place(r, key, VC_OK);
}

/* -- what is not -- */

/* The ciphertext that was made for two keys does open under the second: it is the key id that refuses it. */
static void check_collision(reading *r)
{
    struct json_object *expected = optional(r->test, "cipher_opens_to");
    if (!expected)
        return;
    char room[128], out[ROOM], bytes[ROOM];
    vc_view id, derived;
    derive(json_object_get_string(member(r->test, "key")), VC__NATIVE_GCM, &id, &derived, room);
    vc__autoptr(vc__aead) aead = vc__aead_new(VC__AES256_GCM, derived, NULL);
    const vc_view plain = unhex(view_of(expected), bytes);
    assert_int_equal(vc__aead_open(aead, r->token.nonce, vc__buf_get(&r->aad), r->token.sealed, out, NULL), VC_OK);
    assert_memory_equal(out, plain.data, plain.len);
}

static void assert_refused_at(reading *r, const vc_error *err)
{
    struct json_object *offset = optional(r->test, "offset");
    assert_int_equal(err->code, VC_E_CIPHERTEXT);
    if (!offset)
        return;
    char place[64];
    snprintf(place, sizeof place, " is refused at byte %d: ", json_object_get_int(offset));
    if (!strstr(err->message, place))
        fail_msg("not%s but %s", place, err->message);
}

static void run_unauthentic(reading *r)
{
    vc_error err = VC_ERROR_INIT;
    if (read_token(r, &err) || read_headers(r, &err))
        fail_msg("%s", err.message);
    assert_true(context_accepted(r));
    vc__autoptr(vc__native_key) key = key_of(r->test, r->token.algorithm);
    vc__buf_str(&r->out, "before");
    assert_int_equal(open_token(r, key, &err), VC_E_CIPHERTEXT);
    assert_string_equal(err.message, unauthentic);
    assert_true(vc__view_is(vc__buf_get(&r->out), "before"));
    check_collision(r);
    check_in_place(r, key, VC_E_CIPHERTEXT);
}

static void run_invalid(reading *r, vc_view result)
{
    vc_error err = VC_ERROR_INIT;
    vc_code code = read_token(r, &err);
    if (vc__view_is(result, "plaintext")) {
        assert_int_equal(code, VC_E_PLAINTEXT);
        return;
    }
    if (vc__view_is(result, "structure")) {
        assert_int_equal(code, VC_E_CIPHERTEXT);
        assert_null(r->token.key_id.data);
        assert_refused_at(r, &err);
        return;
    }
    assert_int_equal(code, VC_OK);
    code = read_headers(r, &err);
    if (vc__view_is(result, "headers")) {
        assert_int_equal(code, VC_E_CIPHERTEXT);
        assert_refused_at(r, &err);
        return;
    }
    assert_true(vc__view_is(result, "context"));
    assert_false(context_accepted(r));
}

static void run_one(struct json_object *test)
{
    static reading r;
    memset(&r, 0, sizeof r);
    r.test = test;
    r.scratch = r.aad = r.out = (vc__buf)VC__BUF(ROOM);
    const vc_view result = text_of(test, "result");
    if (vc__view_is(result, "valid"))
        run_valid(&r);
    else if (vc__view_is(result, "authentication"))
        run_unauthentic(&r);
    else
        run_invalid(&r, result);
    vc__buf_free(&r.scratch);
    vc__buf_free(&r.aad);
    vc__buf_free(&r.out);
}

static void tokens(void **state)
{
    (void)state;
    char path[4096];
    snprintf(path, sizeof path, "%s/tests/vectors/format/tokens.json", getenv("top_srcdir") ? getenv("top_srcdir") : ".");
    root = json_object_from_file(path);
    assert_non_null(root);
    struct json_object *tests = member(root, "tests");
    size_t valid = 0;
    const size_t count = json_object_array_length(tests);
    for (size_t i = 0; i < count; i++) {
        struct json_object *test = json_object_array_get_idx(tests, i);
        if (getenv("VECTORS_VERBOSE"))
            print_message("# %s\n", json_object_get_string(member(test, "name")));
        run_one(test);
        valid += vc__view_is(text_of(test, "result"), "valid");
    }
    print_message("# tokens.json: %zu valid, %zu to be refused\n", valid, count - valid);
    assert_true(valid > 40 && count - valid > 180);
    json_object_put(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(tokens) };
    return cmocka_run_group_tests_name("record_vectors", tests, NULL, NULL);
}

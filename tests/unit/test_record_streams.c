/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/vectors/format/streams.json (its README.md tells what the members mean) through sealers and unsealers: what is valid opens, in one
 * piece and byte by byte, is what the file says, and is sealed to the same bytes again; what is not is refused, and no byte of it goes
 * out that is not the beginning of a valid one.
 */
#include "unit/sealed.h"

#include "base/text.h"
#include "crypto/failure.h"
#include "crypto/hash.h"

#include <json-c/json.h>

VC__DEFINE_CLEANUP(vc_sealer, vc_sealer_free)
VC__DEFINE_CLEANUP(vc_unsealer, vc_unsealer_free)
VC__DEFINE_CLEANUP(vc_manifest, vc_manifest_free)

enum { ROOM = 1 << 16 };

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

static const char *text_of(struct json_object *object, const char *name)
{
    return json_object_get_string(member(object, name));
}

static void add_hex(vc__buf *out, vc_view hex)
{
    unsigned char bytes[ROOM];
    assert_true(hex.len / 2 <= ROOM && vc__hex_decode(bytes, hex));
    vc__buf_append(out, (const char *)bytes, hex.len / 2);
}

static struct json_object *test_named(const char *name)
{
    struct json_object *tests = member(root, "tests");
    for (size_t i = 0; i < json_object_array_length(tests); i++)
        if (strcmp(text_of(json_object_array_get_idx(tests, i), "name"), name) == 0)
            return json_object_array_get_idx(tests, i);
    fail_msg("no test %s", name);
    return NULL;
}

/* The pieces of a test, joined: bytes, or parts of another test, whose own are bytes. */
static void join(vc__buf *out, struct json_object *test)
{
    struct json_object *pieces = member(test, "pieces");
    for (size_t i = 0; i < json_object_array_length(pieces); i++) {
        struct json_object *piece = json_object_array_get_idx(pieces, i);
        if (!json_object_is_type(piece, json_type_array)) {
            add_hex(out, view_of(piece));
            continue;
        }
        vc__auto(vc__buf) whole = VC__BUF(ROOM);
        const size_t from = (size_t)json_object_get_int64(json_object_array_get_idx(piece, 1));
        const size_t to = (size_t)json_object_get_int64(json_object_array_get_idx(piece, 2));
        join(&whole, test_named(json_object_get_string(json_object_array_get_idx(piece, 0))));
        assert_true(from <= to && to <= whole.len);
        vc__buf_append(out, whole.data + from, to - from);
    }
}

/* The reader's data key, and what it derives. */
static void derive(struct json_object *test, const char *label, char out[32])
{
    vc__auto(vc__buf) key = VC__BUF(ROOM);
    vc__autoptr(vc__hkdf) hkdf = vc__hkdf_new(VC__SHA2_256, NULL);
    add_hex(&key, view_of(member(member(member(root, "keys"), text_of(test, "key")), "key")));
    assert_int_equal(vc__hkdf_derive(hkdf, vc__buf_get(&key), vc_str(""), vc_str(label), out, 32, NULL), VC_OK);
}

static vc_code fetch(void *user, const vc__native *token, const vc__seal_key *key, char stream_key[VC__SEGMENT_KEY], vc_error *err)
{
    char id[32];
    struct json_object *test = user;
    assert_true(key->is_static);
    derive(test, "vaultcrypt 1 key id", id);
    if (!vc__view_equal(token->key_id, vc_view_of(id, sizeof id)))
        return vc__unauthentic(err);
    derive(test, "vaultcrypt 1 stream", stream_key);
    return VC_OK;
}

static vc_unsealer *unsealer_of(struct json_object *test)
{
    struct json_object *contexts = member(test, "contexts");
    vc_unsealer *unsealer = vc_unsealer_new(NULL);
    assert_non_null(unsealer);
    assert_int_equal(vc_unsealer_allow_static_key(unsealer, text_of(member(root, "static_key"), "name"), NULL), VC_OK);
    for (size_t i = 0; i < json_object_array_length(contexts); i++)
        assert_int_equal(vc_unsealer_allow_context(unsealer, view_of(json_object_array_get_idx(contexts, i)), NULL), VC_OK);
    assert_int_equal(vc__unsealer_begin(unsealer, fetch, test, NULL), VC_OK);
    return unsealer;
}

/* Pulls up to the manifest, tells what was before the part, and then all. */
static vc_code open_stream(vc_unsealer *unsealer, struct json_object *test, vc_view bytes, size_t piece, vc__buf *out, vc_error *err)
{
    vc_unseal_event event = VC_UNSEAL_MORE;
    vc_view plaintext;
    while (bytes.len && event == VC_UNSEAL_MORE) {
        vc_view part = vc_view_of(bytes.data, bytes.len < piece ? bytes.len : piece);
        const size_t len = part.len;
        const vc_code code = vc_unsealer_pull(unsealer, &part, &event, &plaintext, err);
        if (code)
            return code;
        bytes = vc_view_of(bytes.data + len - part.len, bytes.len - len + part.len);
    }
    if (optional(test, "before")) {
        vc__auto(vc__buf) before = VC__BUF(ROOM);
        add_hex(&before, view_of(optional(test, "before")));
        assert_int_equal(vc_unsealer_digest(unsealer, vc__buf_get(&before), NULL), VC_OK);
    }
    return sealed_open(unsealer, bytes, piece, out, err);
}

static void check_manifest(const vc_manifest *got, struct json_object *wanted)
{
    vc_view name, id;
    uint32_t mode;
    int64_t mtime;
    uint64_t size;
    struct json_object *value;
    assert_non_null(got);
    value = optional(wanted, "name");
    assert_true(vc_manifest_name(got, &name) ? value && vc__view_equal(name, view_of(value)) : !value);
    value = optional(wanted, "mode");
    assert_true(vc_manifest_mode(got, &mode) ? value && mode == (uint32_t)json_object_get_int64(value) : !value);
    value = optional(wanted, "mtime");
    assert_true(vc_manifest_mtime(got, &mtime) ? value && mtime == json_object_get_int64(value) : !value);
    value = optional(wanted, "size");
    assert_true(vc_manifest_size(got, &size) ? value && size == (uint64_t)json_object_get_int64(value) : !value);
    value = optional(wanted, "transfer_id");
    vc__auto(vc__buf) wanted_id = VC__BUF(ROOM);
    add_hex(&wanted_id, view_of(value));
    assert_true(vc_manifest_transfer_id(got, &id) ? vc__view_equal(id, vc__buf_get(&wanted_id)) : !value);
    value = optional(wanted, "offset");
    assert_true(vc_manifest_offset(got) == (value ? (uint64_t)json_object_get_int64(value) : 0));
}

/* The same header, manifest, plaintext, salt and prefix give the same bytes. */
static void seal_again(struct json_object *test, const vc_manifest *manifest, vc_view bytes, vc_view plaintext)
{
    vc__native token;
    char stream_key[32];
    size_t count = 0;
    vc_view id;
    vc__auto(vc__buf) again = VC__BUF(ROOM);
    vc__autoptr(vc_sealer) sealer = vc_sealer_new("archive", NULL);
    assert_int_equal(vc__native_read_bytes(bytes, &token, NULL), VC_OK);
    assert_int_equal(vc_sealer_set_static_key(sealer, 1, NULL), VC_OK);
    assert_int_equal(vc_sealer_set_context(sealer, token.context, NULL), VC_OK);
    assert_int_equal(vc_sealer_set_segment(sealer, (size_t)json_object_get_int64(member(test, "segment")), NULL), VC_OK);
    assert_int_equal(vc_sealer_set_manifest(sealer, manifest, NULL), VC_OK);
    if (vc_manifest_transfer_id(manifest, &id))
        assert_int_equal(vc_sealer_set_part(sealer, id, vc_manifest_offset(manifest), NULL), VC_OK);
    derive(test, "vaultcrypt 1 stream", stream_key);
    assert_int_equal(vc__sealer_begin(sealer, &token, vc_view_of(stream_key, sizeof stream_key),
                                      vc_view_of(token.nonce.data, VC__SEALER_DRAWN), NULL),
                     VC_OK);
    vc__auto(vc__buf) before = VC__BUF(ROOM);
    add_hex(&before, view_of(optional(test, "before")));
    assert_int_equal(vc_sealer_digest(sealer, vc__buf_get(&before), NULL), VC_OK);
    assert_int_equal(sealed_push(sealer, plaintext, 700, &again, NULL, NULL), VC_OK);
    assert_int_equal(sealed_finish(sealer, &again, NULL, &count, NULL), VC_OK);
    assert_true(vc__view_equal(vc__buf_get(&again), bytes));
}

static void run_valid(struct json_object *test, vc_view bytes)
{
    static const size_t pieces[] = { SIZE_MAX, 1, 61 };
    vc__auto(vc__buf) plaintext = VC__BUF(ROOM);
    add_hex(&plaintext, view_of(member(test, "plaintext")));
    for (size_t i = 0; i < COUNT(pieces); i++) {
        vc_error err = VC_ERROR_INIT;
        vc__auto(vc__buf) out = VC__BUF(ROOM);
        vc__autoptr(vc_unsealer) unsealer = unsealer_of(test);
        if (open_stream(unsealer, test, bytes, pieces[i], &out, &err))
            fail_msg("%s: %s", text_of(test, "name"), err.message);
        assert_true(vc__view_equal(vc__buf_get(&out), vc__buf_get(&plaintext)));
        assert_int_equal(vc_unsealer_segment(unsealer), json_object_get_int64(member(test, "segment")));
        check_manifest(vc_unsealer_manifest(unsealer), member(test, "manifest"));
        if (!strstr(text_of(test, "name"), "unknown types")) /* which no sealer writes */
            seal_again(test, vc_unsealer_manifest(unsealer), bytes, vc__buf_get(&plaintext));
    }
}

static void run_refused(struct json_object *test, vc_view bytes)
{
    static const size_t pieces[] = { SIZE_MAX, 1 };
    for (size_t i = 0; i < COUNT(pieces); i++) {
        vc_error err = VC_ERROR_INIT;
        vc__auto(vc__buf) out = VC__BUF(ROOM);
        vc__autoptr(vc_unsealer) unsealer = unsealer_of(test);
        const vc_code code = open_stream(unsealer, test, bytes, pieces[i], &out, &err);
        if (code != VC_E_CIPHERTEXT)
            fail_msg("%s: %d %s", text_of(test, "name"), code, err.message);
        const char *fault = text_of(test, "fault");
        if (strcmp(fault, "end") == 0 && !strstr(err.message, "cut off"))
            fail_msg("%s: %s", text_of(test, "name"), err.message);
        if (strcmp(fault, "manifest") == 0 && (out.len || !strstr(err.message, "manifest")))
            fail_msg("%s: %s", text_of(test, "name"), err.message);
    }
}

static void every_vector(void **state)
{
    (void)state;
    struct json_object *tests = member(root, "tests");
    const size_t count = json_object_array_length(tests);
    size_t valid = 0;
    for (size_t i = 0; i < count; i++) {
        struct json_object *test = json_object_array_get_idx(tests, i);
        const bool is_valid = strcmp(text_of(test, "result"), "valid") == 0;
        vc__auto(vc__buf) bytes = VC__BUF(ROOM);
        join(&bytes, test);
        valid += is_valid;
        if (is_valid)
            run_valid(test, vc__buf_get(&bytes));
        else
            run_refused(test, vc__buf_get(&bytes));
    }
    assert_true(valid >= 10 && count - valid >= 90);
    print_message("# %zu valid streams, %zu that are refused\n", valid, count - valid);
}

static int read_file(void **state)
{
    (void)state;
    const char *source = getenv("top_srcdir");
    char name[4096];
    snprintf(name, sizeof name, "%s/tests/vectors/format/streams.json", source ? source : ".");
    root = json_object_from_file(name);
    return root ? 0 : -1;
}

static int drop_file(void **state)
{
    (void)state;
    json_object_put(root);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_vector) };
    return cmocka_run_group_tests(tests, read_file, drop_file);
}

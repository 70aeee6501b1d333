/* SPDX-License-Identifier: Apache-2.0 */
/* native.h beside its vectors: round trips, what cannot be made, what a failure leaves behind. */
#include "unit/test.h"

#include "base/base64.h"
#include "base/text.h"
#include "record/native.h"

static const char derived[65] = "derived keys of 32 or 64 bytes are not the data key, not at all.";
static const char id[33] = "thirty-two bytes are the key's id";
static const char wrapped[61] = "sixty bytes, as Vault's transit engine wraps a key of 32: ok";

static const vc__native_algorithm algorithms[] = { VC__NATIVE_GCM, VC__NATIVE_SIV, VC__NATIVE_HMAC };

static vc__native_key *key_of(vc__native_algorithm algorithm, vc_error *err)
{
    return vc__native_key_new(algorithm, vc_view_of(id, 32), vc_view_of(derived, algorithm == VC__NATIVE_SIV ? 64 : 32), err);
}

static vc__native token_of(vc__native_algorithm algorithm)
{
    return (vc__native){ .source = VC__NATIVE_TRANSIT,
                         .context = vc_str("purchases"),
                         .key_name = vc_str("app"),
                         .key_version = 3,
                         .wrapped = vc_view_of(wrapped, algorithm == VC__NATIVE_GCM ? 60 : 0) };
}

typedef struct world {
    vc__native_key *key;
    vc__native_frame *frame;
    vc__random *random;
    vc__buf out, scratch, aad;
} world;

static void world_cleanup(world *w)
{
    vc__native_frame_free(w->frame);
    vc__native_key_free(w->key);
    vc__random_free(w->random);
    vc__buf_free(&w->out);
    vc__buf_free(&w->scratch);
    vc__buf_free(&w->aad);
}

static vc_code make_world(world *w, vc__native_algorithm algorithm, uint8_t flags, vc_view path, vc_error *err)
{
    *w = (world){ .out = VC__BUF(1 << 20), .scratch = VC__BUF(1 << 20), .aad = VC__BUF(1 << 20) };
    vc__native token = token_of(algorithm);
    token.flags = flags;
    w->random = vc__random_new(err);
    w->key = w->random ? key_of(algorithm, err) : NULL;
    w->frame = w->key ? vc__native_frame_new(w->key, &token, path, err) : NULL;
    return w->frame ? VC_OK : err->code;
}

/* Text in `out` from `start`, in quotes. */
static vc_code read_back(world *w, size_t start, vc__native *token, vc_view path, vc_error *err)
{
    const vc_view text = vc_view_of(w->out.data + start + 1, w->out.len - start - 2);
    vc__buf_clear(&w->scratch);
    vc__buf_clear(&w->aad);
    vc_code code = vc__native_read_text(&w->scratch, text, token, err);
    if (code == VC_OK)
        vc__native_aad(&w->aad, token, path, vc_str("topic"), vc_str("key"));
    return code ? code : vc__buf_check(&w->aad, "aad", err);
}

/* Every length of context, so that every remainder of Base64's groups comes by, and of content. */
static void round_trips(void **state)
{
    (void)state;
    char content[131], context[8] = "context";
    memset(content, 'c', sizeof content);
    vc_error err = VC_ERROR_INIT;
    for (size_t a = 0; a < COUNT(algorithms); a++) {
        for (size_t n = 0; n < 7 * sizeof content; n++) {
            world w __attribute__((cleanup(world_cleanup)));
            assert_int_equal(make_world(&w, algorithms[a], 0, vc_str("$.a"), &err), VC_OK);
            vc__native token = token_of(algorithms[a]), read;
            token.context = vc_view_of(context, n % 7);
            vc__native_frame_free(w.frame);
            w.frame = vc__native_frame_new(w.key, &token, vc_str("$.a"), &err);
            const vc_view plain = vc_view_of(content, n / 7);
            const vc__native_type type = (vc__native_type)(n % 7);
            vc__buf_str(&w.out, "{\"a\":");
            assert_int_equal(vc__native_seal_text(w.frame, w.random, type, plain, &w.out, &err), VC_OK);
            assert_true(w.out.len < w.out.cap && w.out.data[w.out.len] == 0);
            assert_true(vc__native_is_text(vc_str(w.out.data + 6)));
            assert_int_equal(read_back(&w, 5, &read, vc_str("$.a"), &err), VC_OK);
            assert_int_equal(read.type, type);
            assert_int_equal(read.algorithm, algorithms[a]);
            assert_true(vc__view_equal(read.context, token.context) && vc__view_equal(read.wrapped, token.wrapped));
            if (algorithms[a] == VC__NATIVE_HMAC) {
                assert_int_equal(vc__native_verify(w.key, &read, vc__buf_get(&w.aad), plain, &err), VC_OK);
                continue;
            }
            vc_view opened;
            vc__buf_clear(&w.out);
            assert_int_equal(vc__native_open(w.key, &read, vc__buf_get(&w.aad), &w.out, &err), VC_OK);
            assert_true(vc__view_equal(vc__buf_get(&w.out), plain));
            assert_int_equal(vc__native_open_place(w.key, &read, vc__buf_get(&w.aad), &w.scratch, &opened, &err), VC_OK);
            assert_true(vc__view_equal(opened, plain));
        }
    }
}

/* Base64 made from bytes that lie at the rear of its own place is the same: sealing depends on it. */
static void base64_in_place(void **state)
{
    (void)state;
    for (size_t n = 0; n < 300; n++) {
        unsigned char bytes[300];
        char place[400], apart[400];
        for (size_t i = 0; i < n; i++)
            bytes[i] = (unsigned char)(i * 91 + n);
        const size_t size = vc__base64_encoded_len(n);
        memcpy(place + size - n, bytes, n);
        vc__base64_encode_raw(place, (const unsigned char *)place + size - n, n);
        vc__base64_encode_raw(apart, bytes, n);
        assert_memory_equal(place, apart, size);
    }
}

/* A frame serves values of all types and records in turn, and GCM never gives the same token twice. */
static void one_frame_many_values(void **state)
{
    (void)state;
    world w __attribute__((cleanup(world_cleanup)));
    vc_error err = VC_ERROR_INIT;
    const vc_view path = vc_str("$.a");
    assert_int_equal(make_world(&w, VC__NATIVE_GCM, VC__NATIVE_BINDS_TOPIC | VC__NATIVE_BINDS_KEY, path, &err), VC_OK);
    assert_int_equal(vc__native_seal_text(w.frame, w.random, VC__NATIVE_STRING, vc_str("x"), &w.out, &err), VC_E_STATE);
    assert_int_equal(w.out.len, 0);
    char previous[400] = "";
    for (int i = 0; i < 21; i++) {
        const bool other = i % 3 == 1;
        assert_int_equal(vc__native_bind(w.frame, vc_str(other ? "to" : "topic"), vc_str(other ? "pickey" : "key"), &err), VC_OK);
        vc__buf_clear(&w.out);
        assert_int_equal(vc__native_seal_text(w.frame, w.random, (vc__native_type)(i % 7), vc_str("x"), &w.out, &err), VC_OK);
        assert_string_not_equal(w.out.data, previous);
        snprintf(previous, sizeof previous, "%s", w.out.data);
        vc__native token;
        vc_view opened;
        assert_int_equal(read_back(&w, 0, &token, path, &err), VC_OK);
        assert_int_equal(token.type, i % 7);
        assert_int_equal(vc__native_open_place(w.key, &token, vc__buf_get(&w.aad), &w.scratch, &opened, &err),
                         other ? VC_E_CIPHERTEXT : VC_OK);
    }
}

static void equal_gives_equal(void **state)
{
    (void)state;
    vc_error err = VC_ERROR_INIT;
    for (size_t a = 1; a < COUNT(algorithms); a++) {
        world w __attribute__((cleanup(world_cleanup)));
        assert_int_equal(make_world(&w, algorithms[a], 0, vc_str(""), &err), VC_OK);
        static const struct {
            vc__native_type type;
            const char *content;
        } values[] = { { VC__NATIVE_STRING, "17" }, { VC__NATIVE_NUMBER, "17" }, { VC__NATIVE_STRING, "18" } };
        size_t starts[7] = { 0 };
        for (size_t i = 0; i < 6; i++) {
            assert_int_equal(vc__native_seal_bytes(w.frame, NULL, values[i % 3].type, vc_str(values[i % 3].content), &w.out, &err), VC_OK);
            starts[i + 1] = w.out.len;
        }
        for (size_t i = 0; i < 6; i++)
            for (size_t k = 0; k < 6; k++)
                assert_int_equal(memcmp(w.out.data + starts[i], w.out.data + starts[k], starts[1]) == 0, i % 3 == k % 3);
    }
}

/* -- what cannot be made -- */

static void refuses_to_make(void **state)
{
    (void)state;
    vc_error err = VC_ERROR_INIT;
    char long_text[1100];
    memset(long_text, 'x', sizeof long_text);
    static const size_t wrong_lengths[] = { 0, 31, 33, 64 };
    for (size_t i = 0; i < COUNT(wrong_lengths); i++)
        assert_null(vc__native_key_new(VC__NATIVE_GCM, vc_view_of(id, 32), vc_view_of(derived, wrong_lengths[i]), &err));
    assert_null(vc__native_key_new(VC__NATIVE_SIV, vc_view_of(id, 32), vc_view_of(derived, 32), &err));
    assert_null(vc__native_key_new(VC__NATIVE_GCM, vc_view_of(id, 31), vc_view_of(derived, 32), &err));
    assert_null(vc__native_key_new(VC__NATIVE_SEGMENTS, vc_view_of(id, 32), vc_view_of(derived, 32), &err));
    assert_int_equal(err.code, VC_E_ARGUMENT);
    for (size_t a = 0; a < COUNT(algorithms); a++) {
        const bool gcm = algorithms[a] == VC__NATIVE_GCM;
        vc__autoptr(vc__native_key) key = key_of(algorithms[a], NULL);
        vc__native good = token_of(algorithms[a]), bad[10];
        for (size_t i = 0; i < COUNT(bad); i++)
            bad[i] = good;
        bad[0].context = vc_view_of(long_text, 256);
        bad[1].context = vc_str("\xff");
        bad[2].key_name = vc_view_of(long_text, 256);
        bad[3].wrapped = gcm ? vc_view_of(long_text, 1025) : vc_str("w");
        bad[4].key_version = (uint64_t)UINT32_MAX + 1;
        bad[5].flags = 0x10;
        bad[6].flags = VC__NATIVE_KEY_OUTSIDE;
        bad[7].source = VC__NATIVE_NOWHERE;
        bad[8].source = 3;
        bad[9].wrapped = gcm ? vc_str("") : vc_str("w");
        for (size_t i = 0; i < COUNT(bad); i++) {
            assert_null(vc__native_frame_new(key, &bad[i], vc_str("$.a"), &err));
            assert_int_equal(err.code, VC_E_ARGUMENT);
        }
        vc__native_frame *frame = vc__native_frame_new(key, &good, vc_str("$.a"), &err);
        assert_non_null(frame);
        vc__native_frame_free(frame);
    }
    vc__native_frame_free(NULL);
    vc__native_key_free(NULL);
}

/* A buffer that is full keeps what it had. */
static void a_full_buffer(void **state)
{
    (void)state;
    vc_error err = VC_ERROR_INIT;
    world w __attribute__((cleanup(world_cleanup)));
    assert_int_equal(make_world(&w, VC__NATIVE_GCM, 0, vc_str("$.a"), &err), VC_OK);
    w.out.max = 100;
    vc__buf_str(&w.out, "before");
    assert_int_equal(vc__native_seal_text(w.frame, w.random, VC__NATIVE_STRING, vc_str("x"), &w.out, &err), VC_E_LIMIT);
    assert_int_equal(vc__native_seal_bytes(w.frame, w.random, VC__NATIVE_STRING, vc_str("x"), &w.out, &err), VC_E_LIMIT);
    assert_true(vc__view_is(vc_view_of(w.out.data, w.out.len), "before"));
    assert_int_equal(vc__native_seal_text(w.frame, w.random, VC__NATIVE_STRING, vc_view_of("x", (size_t)1 << 31), &w.out, &err), VC_E_LIMIT);
}

static void wrong_ways_to_open(void **state)
{
    (void)state;
    vc_error err = VC_ERROR_INIT;
    world w __attribute__((cleanup(world_cleanup)));
    assert_int_equal(make_world(&w, VC__NATIVE_GCM, 0, vc_str("$.a"), &err), VC_OK);
    vc__autoptr(vc__native_key) siv = key_of(VC__NATIVE_SIV, NULL);
    vc__autoptr(vc__native_key) hmac = key_of(VC__NATIVE_HMAC, NULL);
    vc__native token;
    vc_view opened;
    assert_int_equal(vc__native_seal_text(w.frame, w.random, VC__NATIVE_STRING, vc_str("text"), &w.out, &err), VC_OK);
    assert_int_equal(read_back(&w, 0, &token, vc_str("$.a"), &err), VC_OK);
    vc__auto(vc__buf) other = VC__BUF(1 << 10);
    const vc_view aad = vc__buf_get(&w.aad);
    assert_int_equal(vc__native_open(siv, &token, aad, &other, &err), VC_E_ARGUMENT);
    assert_int_equal(vc__native_open(hmac, &token, aad, &other, &err), VC_E_ARGUMENT);
    assert_int_equal(vc__native_verify(w.key, &token, aad, vc_str("text"), &err), VC_E_ARGUMENT);
    assert_int_equal(vc__native_verify(hmac, &token, aad, vc_str("text"), &err), VC_E_ARGUMENT);
    assert_int_equal(vc__native_open_place(w.key, &token, aad, &other, &opened, &err), VC_E_ARGUMENT);
    assert_int_equal(other.len, 0);
    token.algorithm = VC__NATIVE_HMAC;
    assert_int_equal(vc__native_open(hmac, &token, aad, &other, &err), VC_E_ARGUMENT);
}

/* Only a body that ends too early says that more may help; until it does not, at every length. */
static void streams_come_in_pieces(void **state)
{
    (void)state;
    vc__auto(vc__buf) body = VC__BUF(1 << 10);
    vc__native token = token_of(VC__NATIVE_GCM), read;
    token.algorithm = VC__NATIVE_SEGMENTS;
    token.key_id = vc_view_of(id, 32);
    token.key_version = 300; /* two bytes */
    vc__native_prefix(&body, &token);
    const size_t prefix = body.len;
    char setup[43];
    memset(setup, 's', sizeof setup);
    vc__buf_append(&body, setup, sizeof setup);
    vc__buf_str(&body, "segments");
    for (size_t n = 0; n <= body.len; n++) {
        char *exact = malloc(n ? n : 1); /* so that reading beyond is seen */
        assert_non_null(exact);
        memcpy(exact, body.data, n);
        const vc_code code = vc__native_parse(&read, vc_view_of(exact, n), NULL);
        assert_int_equal(code, n < prefix + 43 ? VC_E_CIPHERTEXT : VC_OK);
        assert_int_equal(read.cut, code != VC_OK);
        if (code == VC_OK)
            assert_true(read.nonce.len == 43 && read.sealed.len == n - prefix - 43 && read.key_version == 300);
        free(exact);
    }
    body.data[1] = 0x40;
    assert_int_equal(vc__native_parse(&read, vc__buf_get(&body), NULL), VC_E_CIPHERTEXT);
    assert_false(read.cut);
}

/* -- wrapped keys in a header -- */

static void keys_of_a_header(void **state)
{
    (void)state;
    vc__auto(vc__buf) value = VC__BUF(1 << 16);
    char ids[VC__NATIVE_KEYS_MAX + 1][VC__NATIVE_ID];
    vc_error err = VC_ERROR_INIT;
    vc__native token = token_of(VC__NATIVE_GCM), found;
    for (size_t i = 0; i < COUNT(ids); i++) {
        memset(ids[i], (int)i, VC__NATIVE_ID);
        ids[i][31] = (char)(i >> 8);
        token.key_id = vc_view_of(ids[i], VC__NATIVE_ID);
        token.key_version = i * 100;
        vc__native_keys_add(&value, &token);
        assert_int_equal(vc__native_keys_check(vc__buf_get(&value), &err), i < VC__NATIVE_KEYS_MAX ? VC_OK : VC_E_CIPHERTEXT);
    }
    assert_non_null(strstr(err.message, "more than 255 keys"));
    for (size_t i = 0; i < VC__NATIVE_KEYS_MAX; i++) {
        found = (vc__native){ .key_id = vc_view_of(ids[i], VC__NATIVE_ID), .flags = VC__NATIVE_KEY_OUTSIDE };
        assert_int_equal(vc__native_keys_find(vc__buf_get(&value), &found, &err), VC_OK);
        assert_true(found.key_version == i * 100 && found.source == VC__NATIVE_TRANSIT && vc__view_is(found.key_name, "app"));
        assert_true(vc__view_equal(found.wrapped, token.wrapped));
    }
    found.key_id = vc_view_of(id, 32);
    assert_int_equal(vc__native_keys_find(vc__buf_get(&value), &found, &err), VC_E_CIPHERTEXT);
}

/* -- no memory -- */

static vc_code seal_and_open(void *arg)
{
    const vc__native_algorithm algorithm = *(const vc__native_algorithm *)arg;
    vc_error err = VC_ERROR_INIT;
    world w __attribute__((cleanup(world_cleanup)));
    vc_code code = make_world(&w, algorithm, VC__NATIVE_BINDS_TOPIC | VC__NATIVE_BINDS_KEY, vc_str("$.a"), &err);
    vc__native token;
    if (!code)
        code = vc__native_bind(w.frame, vc_str("topic"), vc_str("key"), &err);
    if (!code)
        code = vc__native_seal_text(w.frame, w.random, VC__NATIVE_STRING, vc_str("text"), &w.out, &err);
    if (!code)
        code = read_back(&w, 0, &token, vc_str("$.a"), &err);
    vc__buf_free(&w.out);
    if (!code && algorithm == VC__NATIVE_HMAC)
        return vc__native_verify(w.key, &token, vc__buf_get(&w.aad), vc_str("text"), &err);
    if (!code)
        code = vc__native_open(w.key, &token, vc__buf_get(&w.aad), &w.out, &err);
    if (!code)
        assert_true(vc__view_is(vc__buf_get(&w.out), "text"));
    return code;
}

static void survives_lack_of_memory(void **state)
{
    (void)state;
    for (size_t a = 0; a < COUNT(algorithms); a++) {
        vc__native_algorithm algorithm = algorithms[a];
        SWEEP_ALLOCATIONS(seal_and_open, &algorithm);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trips),        cmocka_unit_test(base64_in_place),
        cmocka_unit_test(one_frame_many_values), cmocka_unit_test(equal_gives_equal),
        cmocka_unit_test(refuses_to_make),    cmocka_unit_test(a_full_buffer),
        cmocka_unit_test(wrong_ways_to_open), cmocka_unit_test(streams_come_in_pieces),
        cmocka_unit_test(keys_of_a_header),   cmocka_unit_test(survives_lack_of_memory),
    };
    return cmocka_run_group_tests_name("record_native", tests, NULL, NULL);
}

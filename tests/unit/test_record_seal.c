/* SPDX-License-Identifier: Apache-2.0 */
/* Sealed files, both ways, under a key that is simply there: every size around a boundary, cut anywhere, and whatever else can be done to one. */
#include "unit/sealed.h"

#include "base/alloc.h"
#include "base/text.h"

VC__DEFINE_CLEANUP(vc_sealer, vc_sealer_free)
VC__DEFINE_CLEANUP(vc_unsealer, vc_unsealer_free)
VC__DEFINE_CLEANUP(vc_manifest, vc_manifest_free)

enum { SEGMENT = VC_SEAL_SEGMENT_LEAST, DATA_MAX = 5 * SEGMENT, ENDS_MAX = 16 };

static char data[DATA_MAX];

static int make_data(void **state)
{
    (void)state;
    for (size_t i = 0; i < DATA_MAX; i++)
        data[i] = (char)(i * 7 + i / 251);
    return 0;
}

typedef struct sealed {
    vc__buf bytes;
    size_t ends[ENDS_MAX], count; /* of segments */
} sealed;

static vc_sealer *sealer_of(const char *drawn)
{
    vc_sealer *sealer = vc_sealer_new("files", NULL);
    assert_non_null(sealer);
    assert_int_equal(vc_sealer_set_segment(sealer, SEGMENT, NULL), VC_OK);
    if (drawn)
        assert_int_equal(sealed_begin(sealer, drawn, NULL), VC_OK);
    return sealer;
}

static void seal(sealed *file, size_t len, size_t piece, const char *drawn)
{
    vc__autoptr(vc_sealer) sealer = sealer_of(drawn ? drawn : sealed_drawn);
    *file = (sealed){ .bytes = VC__BUF(1 << 20) };
    assert_int_equal(sealed_push(sealer, vc_view_of(data, len), piece, &file->bytes, file->ends, NULL), VC_OK);
    while (file->count < ENDS_MAX && file->ends[file->count])
        file->count++;
    assert_int_equal(sealed_finish(sealer, &file->bytes, file->ends, &file->count, NULL), VC_OK);
}

/* What opens of it; plaintext in `out`. */
static vc_code open_with(vc_view bytes, size_t piece, vc__buf *out, vc_error *err)
{
    vc__autoptr(vc_unsealer) unsealer = sealed_opening(NULL);
    assert_non_null(unsealer);
    *out = (vc__buf)VC__BUF(1 << 20);
    return sealed_open(unsealer, bytes, piece, out, err);
}

/* Refused; and what was given out is a beginning of the data, in whole segments. */
static void refused(vc_view bytes, const char *what)
{
    vc_error err = VC_ERROR_INIT;
    vc__auto(vc__buf) out = VC__BUF(1);
    const vc_code code = open_with(bytes, SIZE_MAX, &out, &err);
    if (code != VC_E_CIPHERTEXT)
        print_error("%s: %d %s\n", what, code, err.message);
    assert_int_equal(code, VC_E_CIPHERTEXT);
    assert_int_equal(err.code, VC_E_CIPHERTEXT);
    assert_true(out.len <= DATA_MAX && (out.len == 0 || memcmp(out.data, data, out.len) == 0));
}

static void every_size_round_a_boundary(void **state)
{
    (void)state;
    static const size_t sizes[] = { 0,           1,           2,           39,          40,           41,          SEGMENT - 1, SEGMENT,
                                    SEGMENT + 1, SEGMENT + 40, SEGMENT * 2 - 1, SEGMENT * 2, SEGMENT * 2 + 1, SEGMENT * 3 + 40, DATA_MAX };
    static const size_t pieces[] = { SIZE_MAX, 1, 3, SEGMENT - 1, SEGMENT, SEGMENT + 1, SEGMENT * 2, 700 };
    for (size_t s = 0; s < COUNT(sizes); s++) {
        sealed first = { 0 };
        seal(&first, sizes[s], SIZE_MAX, NULL);
        /* Header and manifest, data, trailer. */
        assert_int_equal(first.count, 2 + (sizes[s] + SEGMENT - 1) / SEGMENT);
        for (size_t p = 0; p < COUNT(pieces); p++) {
            sealed file = { 0 };
            vc__auto(vc__buf) out = VC__BUF(1);
            seal(&file, sizes[s], pieces[p], NULL);
            assert_true(vc__view_equal(vc__buf_get(&file.bytes), vc__buf_get(&first.bytes)));
            assert_int_equal(open_with(vc__buf_get(&file.bytes), pieces[p], &out, NULL), VC_OK);
            assert_true(vc__view_equal(vc__buf_get(&out), vc_view_of(data, sizes[s])));
            vc__buf_free(&file.bytes);
        }
        vc__buf_free(&first.bytes);
    }
}

/* At every single byte: the two halves open as the whole does, and the first half alone does not. */
static void cut_anywhere(void **state)
{
    (void)state;
    static const size_t sizes[] = { 0, 40, SEGMENT, SEGMENT + 40 };
    for (size_t s = 0; s < COUNT(sizes); s++) {
        sealed file;
        seal(&file, sizes[s], SIZE_MAX, NULL);
        for (size_t cut = 0; cut < file.bytes.len; cut++) {
            vc__autoptr(vc_unsealer) unsealer = sealed_opening(NULL);
            vc__auto(vc__buf) out = VC__BUF(1 << 20);
            vc_error err = VC_ERROR_INIT;
            assert_int_equal(sealed_open(unsealer, vc_view_of(file.bytes.data, cut), SIZE_MAX, &out, &err), VC_E_CIPHERTEXT);
            assert_non_null(strstr(err.message, "cut off"));
            assert_true(out.len <= sizes[s] && (out.len == 0 || memcmp(out.data, data, out.len) == 0));
            /* That was no more than a question: the rest may still come. */
            assert_int_equal(sealed_open(unsealer, vc_view_of(file.bytes.data + cut, file.bytes.len - cut), SIZE_MAX, &out, NULL), VC_OK);
            assert_true(vc__view_equal(vc__buf_get(&out), vc_view_of(data, sizes[s])));
        }
        vc__buf_free(&file.bytes);
    }
}

/* Every bit but those that say where to ask: key name, key version's place and wrapped key are not authenticated, they find the key or not. */
static void every_flip_is_refused(void **state)
{
    (void)state;
    sealed file;
    seal(&file, SEGMENT + 50, SIZE_MAX, NULL);
    const size_t name = 4 + 3 + 32 + 1 + 1 + 1, wrapped = name + 1 + 5 + 1 + 1;
    for (size_t bit = 0; bit < file.bytes.len * 8; bit++) {
        if (bit / 8 >= wrapped && bit / 8 < wrapped + 13)
            continue;
        file.bytes.data[bit / 8] ^= (char)(1 << bit % 8);
        refused(vc__buf_get(&file.bytes), "a flipped bit");
        file.bytes.data[bit / 8] ^= (char)(1 << bit % 8);
    }
    vc__buf_free(&file.bytes);
}

static vc_view segment_of(const sealed *file, size_t i)
{
    const size_t begin = i ? file->ends[i - 1] : 0;
    return vc_view_of(file->bytes.data + begin, file->ends[i] - begin);
}

/* A file of the segments whose numbers `order` tells ('0' is header and manifest; letters are those of another file: 'a' its first). */
static void reordered(const sealed *file, const sealed *other, const char *order)
{
    vc__auto(vc__buf) bytes = VC__BUF(1 << 20);
    for (const char *at = order; *at; at++)
        vc__buf_view(&bytes, *at >= 'a' ? segment_of(other, (size_t)(*at - 'a')) : segment_of(file, (size_t)(*at - '0')));
    refused(vc__buf_get(&bytes), order);
}

static void no_other_order_is_taken(void **state)
{
    (void)state;
    char drawn[VC__SEALER_DRAWN + 1];
    memcpy(drawn, sealed_drawn, sizeof drawn);
    drawn[0] ^= 1;
    sealed file, other;
    seal(&file, SEGMENT * 2 + 100, SIZE_MAX, NULL); /* 0 1 2 3 4 */
    seal(&other, SEGMENT * 2 + 100, SIZE_MAX, drawn);
    static const char *const orders[] = {
        "02134", "01324", "01243", "04123", "1234", "0234", "0134", "0124", "04", "014", "0123", "012", "01", "0", /* moved, dropped, cut */
        "011234", "012334", "012344", "001234", "0123401234",                                         /* doubled */
        "0b234", "01c34", "012d4", "0123e", "a1234", "abcd4", "0bcde", "012cde", "01234e", "01234a"                 /* mixed */
    };
    for (size_t i = 0; i < COUNT(orders); i++)
        reordered(&file, &other, orders[i]);
    vc__buf_free(&file.bytes);
    vc__buf_free(&other.bytes);
}

static void bytes_behind_the_end(void **state)
{
    (void)state;
    sealed file;
    seal(&file, 10, SIZE_MAX, NULL);
    vc__buf_byte(&file.bytes, 0);
    refused(vc__buf_get(&file.bytes), "a byte behind the end");
    /* In a piece of its own too. */
    vc__autoptr(vc_unsealer) unsealer = sealed_opening(NULL);
    vc__auto(vc__buf) out = VC__BUF(1 << 20);
    assert_int_equal(sealed_open(unsealer, vc_view_of(file.bytes.data, file.bytes.len - 1), 7, &out, NULL), VC_OK);
    vc_view more = vc_view_of("", 1), plaintext;
    vc_unseal_event event;
    assert_int_equal(vc_unsealer_pull(unsealer, &more, &event, &plaintext, NULL), VC_E_CIPHERTEXT);
    assert_int_equal(vc_unsealer_finish(unsealer, NULL), VC_E_CIPHERTEXT); /* sticky */
    vc__buf_free(&file.bytes);
}

/* What failed gives nothing: not in the caller's room either. */
static void a_bad_segment_gives_zeros(void **state)
{
    (void)state;
    sealed file;
    static const char zeros[SEGMENT];
    char room[SEGMENT];
    seal(&file, SEGMENT * 2, SIZE_MAX, NULL);
    file.bytes.data[file.ends[2] - 1] ^= 1; /* of the second data segment */
    vc__autoptr(vc_unsealer) unsealer = sealed_opening(NULL);
    vc_view bytes = vc__buf_get(&file.bytes), plaintext;
    vc_unseal_event event;
    assert_int_equal(vc_unsealer_pull(unsealer, &bytes, &event, &plaintext, NULL), VC_OK);
    assert_int_equal(event, VC_UNSEAL_MANIFEST);
    assert_int_equal(vc_unsealer_segment(unsealer), SEGMENT);
    assert_int_equal(vc_unsealer_set_room(unsealer, room, SEGMENT - 1, NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_unsealer_set_room(unsealer, room, SEGMENT, NULL), VC_OK);
    assert_int_equal(vc_unsealer_pull(unsealer, &bytes, &event, &plaintext, NULL), VC_OK);
    assert_int_equal(event, VC_UNSEAL_DATA);
    assert_ptr_equal(plaintext.data, room);
    assert_memory_equal(room, data, SEGMENT);
    assert_int_equal(vc_unsealer_pull(unsealer, &bytes, &event, &plaintext, NULL), VC_E_CIPHERTEXT);
    assert_int_equal(plaintext.len, 0);
    assert_memory_equal(room, zeros, SEGMENT);
    assert_int_equal(vc_unsealer_pull(unsealer, &bytes, &event, &plaintext, NULL), VC_E_CIPHERTEXT);
    vc__buf_free(&file.bytes);
}

static void only_what_is_allowed_opens(void **state)
{
    (void)state;
    static const struct {
        const char *key, *static_key, *context, *sealed_for;
        vc_code code;
    } table[] = {
        { "files", NULL, NULL, "", VC_OK },
        { "transit/files", NULL, NULL, "", VC_OK },
        { "files", NULL, "", "", VC_OK },
        { "files", NULL, "payroll", "payroll", VC_OK },
        { "other", NULL, NULL, "", VC_E_CIPHERTEXT },
        { "team/files", NULL, NULL, "", VC_E_CIPHERTEXT },
        { NULL, "files", NULL, "", VC_E_CIPHERTEXT },
        { "files", NULL, NULL, "payroll", VC_E_CIPHERTEXT },
        { "files", NULL, "payroll", "", VC_E_CIPHERTEXT },
        { "files", NULL, "payrol", "payroll", VC_E_CIPHERTEXT },
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        vc__auto(vc__buf) bytes = VC__BUF(1 << 20);
        vc__auto(vc__buf) out = VC__BUF(1 << 20);
        size_t count = 0;
        vc__autoptr(vc_sealer) sealer = sealer_of(NULL);
        assert_int_equal(vc_sealer_set_context(sealer, vc_str(table[i].sealed_for), NULL), VC_OK);
        assert_int_equal(sealed_begin(sealer, NULL, NULL), VC_OK);
        assert_int_equal(sealed_push(sealer, vc_str("text"), 4, &bytes, NULL, NULL), VC_OK);
        assert_int_equal(sealed_finish(sealer, &bytes, NULL, &count, NULL), VC_OK);
        vc__autoptr(vc_unsealer) unsealer = vc_unsealer_new(NULL);
        if (table[i].key)
            assert_int_equal(vc_unsealer_allow_key(unsealer, table[i].key, NULL), VC_OK);
        if (table[i].static_key)
            assert_int_equal(vc_unsealer_allow_static_key(unsealer, table[i].static_key, NULL), VC_OK);
        if (table[i].context)
            assert_int_equal(vc_unsealer_allow_context(unsealer, vc_str(table[i].context), NULL), VC_OK);
        assert_int_equal(vc__unsealer_begin(unsealer, sealed_fetch, NULL, NULL), VC_OK);
        assert_int_equal(sealed_open(unsealer, vc__buf_get(&bytes), SIZE_MAX, &out, NULL), table[i].code);
        assert_int_equal(out.len, table[i].code ? 0 : 4);
    }
}

static void other_things_are_no_sealed_files(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        const char *text;
    } table[] = {
        { "hello", 5, "does not begin" },
        { "\x8bVB", 3, "does not begin" },
        { "\x8bVC\x02", 4, "version" },
        { "\x8bVC\x01\x02", 5, "protected value" },
        { "\x8bVC\x01\x12", 5, "algorithm" },
        { "\x8bVC\x01\x11\x08", 6, "flag" },
        { "", 0, "cut off" },
        { "\x8bVC\x01\x11", 5, "cut off" },
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        vc_error err = VC_ERROR_INIT;
        vc__auto(vc__buf) out = VC__BUF(1);
        assert_int_equal(open_with(vc_view_of(table[i].bytes, table[i].len), 1, &out, &err), VC_E_CIPHERTEXT);
        if (!strstr(err.message, table[i].text))
            print_error("%zu: %s\n", i, err.message);
        assert_non_null(strstr(err.message, table[i].text));
    }
}

/* -- manifests and parts -- */

static void manifests_come_through(void **state)
{
    (void)state;
    vc__autoptr(vc_manifest) manifest = vc_manifest_new(NULL);
    vc_view name, id;
    uint32_t mode;
    int64_t mtime;
    uint64_t size;
    assert_int_equal(vc_manifest_name(manifest, &name) + vc_manifest_mode(manifest, &mode) + vc_manifest_mtime(manifest, &mtime) +
                         vc_manifest_size(manifest, &size) + vc_manifest_transfer_id(manifest, &id), 0);
    assert_int_equal(vc_manifest_set_name(manifest, vc_str("Gr\xc3\xb6\xc3\x9f" "e.csv"), NULL), VC_OK);
    vc_manifest_set_mode(manifest, 0106640);
    vc_manifest_set_mtime(manifest, -1234567890123);
    vc_manifest_set_size(manifest, 9);
    vc__auto(vc__buf) bytes = VC__BUF(1 << 20);
    vc__auto(vc__buf) out = VC__BUF(1 << 20);
    size_t count = 0;
    vc__autoptr(vc_sealer) sealer = sealer_of(NULL);
    assert_int_equal(vc_sealer_set_part(sealer, vc_str("a transfer's id."), 4, NULL), VC_OK);
    assert_int_equal(vc_sealer_set_manifest(sealer, manifest, NULL), VC_OK);
    assert_int_equal(sealed_begin(sealer, NULL, NULL), VC_OK);
    assert_int_equal(vc_sealer_digest(sealer, vc_str("123"), NULL), VC_OK);
    assert_int_equal(vc_sealer_digest(sealer, vc_str("4"), NULL), VC_OK);
    assert_int_equal(sealed_push(sealer, vc_str("56789"), 2, &bytes, NULL, NULL), VC_OK);
    assert_int_equal(sealed_finish(sealer, &bytes, NULL, &count, NULL), VC_OK);

    vc__autoptr(vc_unsealer) unsealer = sealed_opening(NULL);
    vc_view sealed_bytes = vc__buf_get(&bytes), plaintext;
    vc_unseal_event event;
    assert_null(vc_unsealer_manifest(unsealer));
    assert_int_equal(vc_unsealer_pull(unsealer, &sealed_bytes, &event, &plaintext, NULL), VC_OK);
    assert_int_equal(event, VC_UNSEAL_MANIFEST);
    const vc_manifest *got = vc_unsealer_manifest(unsealer);
    assert_true(vc_manifest_name(got, &name) && vc__view_is(name, "Gr\xc3\xb6\xc3\x9f" "e.csv"));
    assert_true(vc_manifest_mode(got, &mode) && mode == 06640);
    assert_true(vc_manifest_mtime(got, &mtime) && mtime == -1234567890123);
    assert_true(vc_manifest_size(got, &size) && size == 9);
    assert_true(vc_manifest_transfer_id(got, &id) && vc__view_is(id, "a transfer's id."));
    assert_int_equal(vc_manifest_offset(got), 4);
    /* The bytes before must be told first, and no more than these. */
    assert_int_equal(vc_unsealer_pull(unsealer, &sealed_bytes, &event, &plaintext, NULL), VC_E_STATE);
    assert_int_equal(vc_unsealer_digest(unsealer, vc_str("12345"), NULL), VC_E_STATE);
    assert_int_equal(vc_unsealer_digest(unsealer, vc_str("1234"), NULL), VC_OK);
    assert_int_equal(sealed_open(unsealer, sealed_bytes, 1, &out, NULL), VC_OK);
    assert_true(vc__view_is(vc__buf_get(&out), "56789"));
}

/* A second part goes on only on the same bytes that its sender had before it. */
static void parts_of_another_file_make_no_whole(void **state)
{
    (void)state;
    static const char *const before[] = { "abcd", "abcx", "abcde" };
    for (size_t i = 0; i < COUNT(before); i++) {
        vc__auto(vc__buf) bytes = VC__BUF(1 << 20);
        vc__auto(vc__buf) out = VC__BUF(1 << 20);
        size_t count = 0;
        vc__autoptr(vc_sealer) sealer = sealer_of(NULL);
        assert_int_equal(vc_sealer_set_part(sealer, vc_str("a transfer's id."), 4, NULL), VC_OK);
        assert_int_equal(vc_sealer_set_digest_apart(sealer, 1, NULL), VC_OK);
        assert_int_equal(sealed_begin(sealer, NULL, NULL), VC_OK);
        assert_int_equal(sealed_push(sealer, vc_str("efgh"), 4, &bytes, NULL, NULL), VC_OK);
        assert_int_equal(vc_sealer_digest(sealer, vc_str("abcdefgh"), NULL), VC_OK);
        assert_int_equal(sealed_finish(sealer, &bytes, NULL, &count, NULL), VC_OK);

        vc__autoptr(vc_unsealer) unsealer = vc_unsealer_new(NULL);
        vc_error err = VC_ERROR_INIT;
        assert_int_equal(vc_unsealer_allow_key(unsealer, "files", NULL), VC_OK);
        assert_int_equal(vc_unsealer_set_digest_apart(unsealer, 1, NULL), VC_OK);
        assert_int_equal(vc__unsealer_begin(unsealer, sealed_fetch, NULL, NULL), VC_OK);
        assert_int_equal(vc_unsealer_digest(unsealer, vc_str(before[i]), NULL), VC_OK);
        assert_int_equal(vc_unsealer_digest(unsealer, vc_str("efgh"), NULL), VC_OK);
        const vc_code code = sealed_open(unsealer, vc__buf_get(&bytes), SIZE_MAX, &out, &err);
        assert_int_equal(code, i == 0 ? VC_OK : i == 1 ? VC_E_CIPHERTEXT : VC_E_STATE);
        if (i == 1)
            assert_non_null(strstr(err.message, "digest"));
    }
}

static void bad_manifests_are_refused(void **state)
{
    (void)state;
#define CASE(text, code) { text, sizeof text - 1, code }
    static const struct {
        const char *bytes;
        size_t len;
        vc_code code;
    } table[] = {
        CASE("", VC_OK),
        CASE("\x01\x01" "a", VC_OK),
        CASE("\x80\x02zz", VC_OK),
        CASE("\xff\x00\x01\x01" "a", VC_OK),
        CASE("\x01\x00", VC_E_CIPHERTEXT),
        CASE("\x01\x01/", VC_E_CIPHERTEXT),
        CASE("\x01\x03" "a/b", VC_E_CIPHERTEXT),
        CASE("\x01\x01.", VC_E_CIPHERTEXT),
        CASE("\x01\x02..", VC_E_CIPHERTEXT),
        CASE("\x01\x03...", VC_OK),
        CASE("\x01\x02" "a\x00", VC_E_CIPHERTEXT),
        CASE("\x01\x01\xff", VC_E_CIPHERTEXT),
        CASE("\x01\x01" "a\x01\x01" "a", VC_E_CIPHERTEXT),
        CASE("\x01", VC_E_CIPHERTEXT),
        CASE("\x01\x02" "a", VC_E_CIPHERTEXT),
        CASE("\x01\x81\x00" "a", VC_E_CIPHERTEXT), /* a length in more bytes than it needs */
        CASE("\x02\x03\x00\x00\x00", VC_E_CIPHERTEXT),
        CASE("\x02\x04\x00\x00\x01\xa4", VC_OK),
        CASE("\x04\x08\x00\x00\x00\x00\x00\x00\x00\x05", VC_OK),
        CASE("\x04\x07\x00\x00\x00\x00\x00\x00\x05", VC_E_CIPHERTEXT),
        CASE("\x05\x10" "0123456789abcdef", VC_OK),
        CASE("\x05\x0f" "0123456789abcde", VC_E_CIPHERTEXT),
        CASE("\x06\x08\x00\x00\x00\x00\x00\x00\x00\x05", VC_E_CIPHERTEXT), /* without an id */
        CASE("\x05\x10" "0123456789abcdef\x06\x08\x00\x00\x00\x00\x00\x00\x00\x05\x04\x08\x00\x00\x00\x00\x00\x00\x00\x04", VC_E_CIPHERTEXT),
        CASE("\x05\x10" "0123456789abcdef\x06\x08\x00\x00\x00\x00\x00\x00\x00\x05\x04\x08\x00\x00\x00\x00\x00\x00\x00\x05", VC_OK),
        CASE("\x80\x00\x80\x00", VC_OK), /* of what is passed over nothing is asked */
        CASE("\x80\x00\x81\x00", VC_OK),
        CASE("\x00\x00", VC_E_CIPHERTEXT),
        CASE("\x07\x00", VC_E_CIPHERTEXT),
        CASE("\x7f\x01" "a", VC_E_CIPHERTEXT),
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        vc_manifest manifest;
        const vc_manifest none = { 0 };
        const vc_code code = vc__manifest_parse(&manifest, vc_view_of(table[i].bytes, table[i].len), NULL);
        if (code != table[i].code)
            print_error("manifest %zu\n", i);
        assert_int_equal(code, table[i].code);
        if (code)
            assert_memory_equal(&manifest, &none, sizeof none);
    }
}

static void arguments_and_order(void **state)
{
    (void)state;
    vc__autoptr(vc_sealer) sealer = sealer_of(NULL);
    vc__autoptr(vc_unsealer) unsealer = vc_unsealer_new(NULL);
    vc__autoptr(vc_manifest) manifest = vc_manifest_new(NULL);
    vc_view empty = vc_str(""), segment, plaintext;
    vc_unseal_event event;
    char long_text[257] = { 0 };
    memset(long_text, 'k', 256);
    assert_null(vc_sealer_new(NULL, NULL));
    assert_null(vc_sealer_new("", NULL));
    assert_null(vc_sealer_new("mount/", NULL));
    assert_null(vc_sealer_new(long_text, NULL));
    assert_int_equal(vc_sealer_set_segment(sealer, VC_SEAL_SEGMENT_LEAST - 1, NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_sealer_set_segment(sealer, VC_SEAL_SEGMENT_MOST + 1, NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_sealer_set_context(sealer, vc_str("\xff"), NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_sealer_set_context(sealer, vc_str(long_text), NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_sealer_set_part(sealer, vc_str("short"), 0, NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_sealer_push(sealer, &empty, &segment, NULL), VC_E_STATE);
    assert_int_equal(vc_sealer_finish(sealer, &segment, NULL), VC_E_STATE);
    assert_int_equal(vc_sealer_digest(sealer, empty, NULL), VC_E_STATE);
    assert_int_equal(sealed_begin(sealer, NULL, NULL), VC_OK);
    assert_int_equal(sealed_begin(sealer, NULL, NULL), VC_E_STATE);
    assert_int_equal(vc_sealer_set_static_key(sealer, 1, NULL), VC_E_STATE);
    assert_int_equal(vc_sealer_set_context(sealer, empty, NULL), VC_E_STATE);
    assert_int_equal(vc_sealer_set_segment(sealer, SEGMENT, NULL), VC_E_STATE);
    assert_int_equal(vc_sealer_set_manifest(sealer, manifest, NULL), VC_E_STATE);
    assert_int_equal(vc_sealer_set_digest_apart(sealer, 1, NULL), VC_E_STATE);
    assert_int_equal(vc_unsealer_pull(unsealer, &empty, &event, &plaintext, NULL), VC_E_STATE);
    assert_int_equal(vc_unsealer_finish(unsealer, NULL), VC_E_STATE);
    assert_int_equal(vc_unsealer_digest(unsealer, empty, NULL), VC_E_STATE);
    assert_int_equal(vc__unsealer_begin(unsealer, sealed_fetch, NULL, NULL), VC_E_STATE); /* no key is allowed */
    assert_int_equal(vc_unsealer_allow_key(unsealer, "", NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_unsealer_allow_context(unsealer, vc_str(long_text), NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_unsealer_set_segment_limit(unsealer, 1, NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_unsealer_allow_key(unsealer, "files", NULL), VC_OK);
    assert_int_equal(vc__unsealer_begin(unsealer, sealed_fetch, NULL, NULL), VC_OK);
    assert_int_equal(vc_unsealer_allow_key(unsealer, "files", NULL), VC_E_STATE);
}

/* The manifest's size holds both ways, and what failed fails on. */
static void a_file_that_changes_is_not_sealed(void **state)
{
    (void)state;
    vc__autoptr(vc_manifest) manifest = vc_manifest_new(NULL);
    vc_manifest_set_size(manifest, 5);
    for (int more = 0; more < 2; more++) {
        vc__auto(vc__buf) bytes = VC__BUF(1 << 20);
        vc__autoptr(vc_sealer) sealer = sealer_of(NULL);
        size_t count = 0;
        vc_view segment;
        assert_int_equal(vc_sealer_set_manifest(sealer, manifest, NULL), VC_OK);
        assert_int_equal(sealed_begin(sealer, NULL, NULL), VC_OK);
        assert_int_equal(sealed_push(sealer, vc_str(more ? "123456" : "1234"), 6, &bytes, NULL, NULL), more ? VC_E_LIMIT : VC_OK);
        assert_int_equal(sealed_finish(sealer, &bytes, NULL, &count, NULL), more ? VC_E_LIMIT : VC_E_STATE);
        assert_int_equal(vc_sealer_finish(sealer, &segment, NULL), more ? VC_E_LIMIT : VC_E_STATE);
        assert_int_equal(segment.len, 0);
    }
}

static void larger_segments_than_allowed(void **state)
{
    (void)state;
    vc__auto(vc__buf) bytes = VC__BUF(1 << 20);
    vc__auto(vc__buf) out = VC__BUF(1 << 20);
    size_t count = 0;
    vc__autoptr(vc_sealer) sealer = sealer_of(NULL);
    assert_int_equal(vc_sealer_set_segment(sealer, SEGMENT + 1, NULL), VC_OK);
    assert_int_equal(sealed_begin(sealer, NULL, NULL), VC_OK);
    assert_int_equal(sealed_finish(sealer, &bytes, NULL, &count, NULL), VC_OK);
    vc__autoptr(vc_unsealer) unsealer = vc_unsealer_new(NULL);
    assert_int_equal(vc_unsealer_allow_key(unsealer, "files", NULL), VC_OK);
    assert_int_equal(vc_unsealer_set_segment_limit(unsealer, SEGMENT, NULL), VC_OK);
    assert_int_equal(vc__unsealer_begin(unsealer, sealed_fetch, NULL, NULL), VC_OK);
    assert_int_equal(sealed_open(unsealer, vc__buf_get(&bytes), SIZE_MAX, &out, NULL), VC_E_LIMIT);
}

static vc_code there_and_back(void *arg)
{
    (void)arg;
    vc_error err = VC_ERROR_INIT;
    vc__auto(vc__buf) bytes = VC__BUF(1 << 20);
    vc__auto(vc__buf) out = VC__BUF(1 << 20);
    size_t count = 0;
    vc__autoptr(vc_sealer) sealer = vc_sealer_new("files", &err);
    vc__autoptr(vc_unsealer) unsealer = sealer ? sealed_opening(&err) : NULL;
    vc__autoptr(vc_manifest) manifest = unsealer ? vc_manifest_new(&err) : NULL;
    if (!manifest)
        return err.code;
    vc_code code = vc_sealer_set_segment(sealer, SEGMENT, &err);
    if (!code)
        code = vc_sealer_set_manifest(sealer, manifest, &err);
    if (!code)
        code = sealed_begin(sealer, NULL, &err);
    if (!code)
        code = sealed_push(sealer, vc_view_of(data, SEGMENT + 5), 500, &bytes, NULL, &err);
    if (!code)
        code = sealed_finish(sealer, &bytes, NULL, &count, &err);
    return code ? code : sealed_open(unsealer, vc__buf_get(&bytes), 500, &out, &err);
}

static void survives_lack_of_memory(void **state)
{
    (void)state;
    SWEEP_ALLOCATIONS(there_and_back, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_size_round_a_boundary),
        cmocka_unit_test(cut_anywhere),
        cmocka_unit_test(every_flip_is_refused),
        cmocka_unit_test(no_other_order_is_taken),
        cmocka_unit_test(bytes_behind_the_end),
        cmocka_unit_test(a_bad_segment_gives_zeros),
        cmocka_unit_test(only_what_is_allowed_opens),
        cmocka_unit_test(other_things_are_no_sealed_files),
        cmocka_unit_test(manifests_come_through),
        cmocka_unit_test(parts_of_another_file_make_no_whole),
        cmocka_unit_test(bad_manifests_are_refused),
        cmocka_unit_test(arguments_and_order),
        cmocka_unit_test(a_file_that_changes_is_not_sealed),
        cmocka_unit_test(larger_segments_than_allowed),
        cmocka_unit_test(survives_lack_of_memory),
    };
    return cmocka_run_group_tests(tests, make_data, NULL);
}

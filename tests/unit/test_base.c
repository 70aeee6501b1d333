/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/test.h"

#include "base/base64.h"
#include "base/base64url.h"
#include "base/error.h"
#include "base/pages.h"
#include "base/secret.h"
#include "base/text.h"
#include "base/varint.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vaultcrypt/version.h>

static void buffer_has_a_maximum(void **state)
{
    (void)state;
    vc__auto(vc__buf) buf = VC__BUF(5);
    vc__buf_str(&buf, "12345");
    assert_int_equal(vc__buf_check(&buf, "it", NULL), VC_OK);
    vc__buf_byte(&buf, '6');
    vc__buf_str(&buf, "");
    vc_error err = VC_ERROR_INIT;
    assert_int_equal(vc__buf_check(&buf, "it", &err), VC_E_LIMIT);
    assert_string_equal(err.message, "it is larger than its maximum of 5 bytes");
    assert_string_equal(buf.data, "12345");
    vc__buf_clear(&buf);
    vc__buf_printf(&buf, "%d-%s", 12, "ab");
    assert_string_equal(buf.data, "12-ab");
    vc__buf_printf(&buf, "%s", "c");
    assert_int_equal(buf.failed, VC_E_LIMIT);
    vc_bytes bytes = vc__buf_take(&buf);
    assert_string_equal(bytes.data, "12-ab");
    vc_bytes_free(&bytes);
    assert_null(bytes.data);
}

static void buffer_edges(void **state)
{
    (void)state;
    vc__auto(vc__buf) none = VC__BUF(0);
    vc__buf_append(&none, NULL, 0);
    assert_int_equal(vc__buf_check(&none, "it", NULL), VC_OK);
    assert_int_equal(vc__buf_get(&none).len, 0);
    vc__buf_byte(&none, 'x');
    assert_int_equal(none.failed, VC_E_LIMIT);
    vc_bytes empty = vc__buf_take(&none);
    assert_null(empty.data);
    vc_bytes_free(&empty);
    vc_bytes_free(NULL);

    vc__auto(vc__buf) vast = VC__BUF(SIZE_MAX);
    vc__buf_str(&vast, "abc");
    assert_int_equal(vc__buf_reserve(&vast, SIZE_MAX), VC_E_LIMIT);
    vast.failed = VC_OK;
    assert_int_equal(vc__buf_reserve(&vast, SIZE_MAX - 3), VC_E_LIMIT); /* no room for the NUL */
    vast.failed = VC_OK;
    inject_fail_at(1);
    assert_int_equal(vc__buf_reserve(&vast, SIZE_MAX - 4), VC_E_MEMORY);
    inject_fail_at(0);
    assert_string_equal(vast.data, "abc");
    vc_error err = VC_ERROR_INIT;
    assert_int_equal(vc__buf_check(&vast, "it", &err), VC_E_MEMORY);

    vc__auto(vc__buf) buf = VC__BUF(100);
    vc__buf_str(&buf, "0123456789");
    vc__buf_cut(&buf, 20);
    assert_int_equal(buf.len, 10);
    vc__buf_cut(&buf, 4);
    assert_string_equal(buf.data, "0123");
    for (size_t i = 4; i < 10; i++)
        assert_int_equal(buf.data[i], 0);
    vc__buf_clear(&buf);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(buf.data[i], 0);
    vc__buf_str(&buf, "");
    vc__buf_printf(&buf, "%s", "");
    assert_int_equal(buf.len, 0);
    for (int i = 0; i < 100; i++)
        vc__buf_byte(&buf, (char)('a' + i % 26));
    assert_int_equal(vc__buf_check(&buf, "it", NULL), VC_OK);
    assert_int_equal(buf.cap, 101);
    vc__buf_free(&buf);
    assert_null(buf.data);
    vc__buf_str(&buf, "again");
    assert_string_equal(buf.data, "again");
}

static vc_code grow_buffer(void *arg)
{
    (void)arg;
    vc__auto(vc__buf) buf = VC__BUF(1 << 20);
    for (int i = 0; i < 1000; i++)
        vc__buf_str(&buf, "0123456789");
    return vc__buf_check(&buf, "it", NULL);
}

static void buffer_survives_lack_of_memory(void **state)
{
    (void)state;
    SWEEP_ALLOCATIONS(grow_buffer, NULL);
}

static const struct {
    const char *text; /* RFC 4648 section 10, and more */
    const char *encoded;
} base64_pairs[] = {
    { "", "" },         { "f", "Zg==" },         { "fo", "Zm8=" },           { "foo", "Zm9v" },
    { "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" }, { "\xff\xfe\xfd", "//79" },
};

static void base64_round_trips(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(base64_pairs); i++) {
        vc__auto(vc__buf) out = VC__BUF(100);
        vc__base64_encode(&out, vc_str(base64_pairs[i].text));
        assert_true(vc__view_is(vc__buf_get(&out), base64_pairs[i].encoded));
        char back[100];
        size_t len;
        assert_int_equal(vc__base64_decode(back, &len, vc_str(base64_pairs[i].encoded), NULL), VC_OK);
        assert_true(vc__view_is(vc_view_of(back, len), base64_pairs[i].text));
        assert_int_equal(vc__base64_decode_go(back, &len, vc_str(base64_pairs[i].encoded), NULL), VC_OK);
        assert_true(vc__view_is(vc_view_of(back, len), base64_pairs[i].text));
    }
}

static void base64_refuses(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t bad;
    } table[] = {
        { "Zg=", 3 },  { "Zg", 2 },   { "Z===", 1 },     { "Zm9v!A==", 4 }, { "Zh==", 1 },  { "Zm9=", 2 },
        { "====", 0 }, { "Zg==Zg==", 2 }, { "Zm 9v", 2 }, { "Zm-_", 2 },    { "\nZm9v", 0 }, { "A", 1 },
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        char out[100];
        size_t len = 99, bad = 99;
        assert_int_equal(vc__base64_decode(out, &len, vc_str(table[i].text), &bad), VC_E_PROTOCOL);
        assert_int_equal(len, 0);
        assert_int_equal(bad, table[i].bad);
    }
}

/*
 * What Go's base64.StdEncoding.DecodeString answers (go 1.26): the bytes, or NULL and N of CorruptInputError.
 */
static const struct {
    const char *text, *bytes;
    size_t bad;
} go_answers[] = {
    { "", "", 0 }, { "\n", "", 0 }, { "\r\n", "", 0 }, { "Z", NULL, 0 }, { "Zg", NULL, 0 },
    { "Zg=", NULL, 3 }, { "Zg==", "f", 0 }, { "Zg===", NULL, 4 }, { "Zg====", NULL, 4 }, { "Zm8", NULL, 0 },
    { "Zm8=", "fo", 0 }, { "Zm8==", NULL, 4 }, { "Zm9v", "foo", 0 }, { "Zm9v=", NULL, 4 },
    { "Zm9vZ", NULL, 4 }, { "Zm9vZg", NULL, 4 }, { "Zm9vZg=", NULL, 7 }, { "Zm9vZg==x", NULL, 8 },
    { "Zg==Zg==", NULL, 4 }, { "=", NULL, 0 }, { "==", NULL, 0 }, { "====", NULL, 0 }, { "Z=", NULL, 1 },
    { "Z==", NULL, 1 }, { "Z===", NULL, 1 }, { "Zg=x", NULL, 2 }, { "Zg=\n=", "f", 0 },
    { "Zg\n==", "f", 0 }, { "Z\ng==", "f", 0 }, { "Zg==\n", "f", 0 }, { "Zg==\r\n\r\n", "f", 0 },
    { "Zg==\nx", NULL, 5 }, { "Zg=\nx", NULL, 3 }, { "Zg=\n", NULL, 4 }, { "Zg\n=", NULL, 4 },
    { "Zm8\n=", "fo", 0 }, { "Zm8=\n", "fo", 0 }, { "Zm8=\nx", NULL, 5 }, { "Zm8=x", NULL, 4 },
    { "\nZm9v", "foo", 0 }, { "Zm9v\n", "foo", 0 }, { "Z\nm\n9\nv", "foo", 0 }, { "Zm 9v", NULL, 2 },
    { "Zm-_", NULL, 2 }, { "Zm9v!A==", NULL, 4 }, { "Zm9vZm9v!", NULL, 8 },
    { "Zm9vZm9vZm9vZm9v*m9v", NULL, 16 }, { "Zm9vZm9vZm9vZm9vZm9vZm9v*m9v", NULL, 24 },
    { "Zm9vZm9vZm9\nvZm9v*m9v", NULL, 17 }, { "Zh==", "f", 0 }, { "Zm9=", "fo", 0 },
    { "//79", "\xff\xfe\xfd", 0 }, { "Zm9vZm9vZm9vZm9vZm9v=", NULL, 20 },
    { "Zm9vZm9vZm9vZm9vZm9vZ", NULL, 20 }, { "Zm9vZm9vZm9vZm9vZm9vZg=", NULL, 23 },
    { "Zm9vZm9vZm9vZm9vZm9vZg=\n", NULL, 24 }, { "Z\n", NULL, 1 }, { "Zg\n", NULL, 1 },
    { "Zm9\n", NULL, 1 }, { "Zm9\n\n", NULL, 2 }, { "Z\n=", NULL, 2 }, { "Z\n\n===", NULL, 3 },
    { "Zm9vZ===", NULL, 5 }, { "Zm9v\n=", NULL, 5 }, { "Zm9v\n\nZ", NULL, 6 }, { "aGk", NULL, 0 },
    { "not base64!", NULL, 3 }, { "Zg=\n\n=", "f", 0 }, { "Zg=\n=\n", "f", 0 }, { "Zg=\n=\nx", NULL, 6 },
    { "Zg==\n\n=", NULL, 6 }, { "Zm8=\n=", NULL, 5 }, { "\xc3\xa9", NULL, 0 }, { "Zm9v\xc3\xa9", NULL, 4 },
    { "ZmZmZmZmZm9vZmZm9\xff", NULL, 17 },
};

static void base64_is_go_s(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(go_answers); i++) {
        const vc_view text = vc_str(go_answers[i].text);
        const size_t room = text.len / 4 * 3;
        char *out = malloc(room + 1); /* exact, for the sanitizers */
        out[room] = 'x';
        size_t len = 99, bad = 99;
        const vc_code code = vc__base64_decode_go(out, &len, text, &bad);
        if (code != (go_answers[i].bytes ? VC_OK : VC_E_PROTOCOL) || (code && bad != go_answers[i].bad))
            fail_msg("%s: %d at %zu", go_answers[i].text, code, bad);
        assert_true(vc__view_is(vc_view_of(out, len), go_answers[i].bytes ? go_answers[i].bytes : ""));
        assert_int_equal(out[room], 'x');
        free(out);
        assert_int_equal(vc__base64_decode_go(NULL, &len, vc_str("!"), NULL), VC_E_PROTOCOL);
    }
}

/*
 * Every length, in place too; and whatever single character is put wrong is found where it is, with nothing
 * left behind.
 */
/* RFC 4648, section 10, in the alphabet of section 5 and without padding; RFC 7515, appendix C. */
static void base64url(void **state)
{
    (void)state;
    static const struct {
        const char *bytes, *text;
    } pairs[] = { { "", "" },           { "f", "Zg" },         { "fo", "Zm8" },          { "foo", "Zm9v" },
                  { "foob", "Zm9vYg" }, { "fooba", "Zm9vYmE" }, { "foobar", "Zm9vYmFy" }, { "\3\354\377\340\301", "A-z_4ME" } };
    static const char *const wrong[] = { "Z",    "Zg==", "Zm8=",   "Zh",    "Zm9",  "A+z/4ME", "Zm 9v", "Zm9v\n",
                                         "Zm9vY", "=",    "Zm9vYmE=", "Zm9vYm.y", "Zm\3239" };
    for (size_t i = 0; i < COUNT(pairs); i++) {
        vc__auto(vc__buf) out = VC__BUF(100);
        vc__auto(vc__buf) back = VC__BUF(100);
        vc__buf_str(&out, "x");
        vc__base64url_encode(&out, vc_str(pairs[i].bytes));
        assert_int_equal(out.len, 1 + vc__base64url_encoded_len(strlen(pairs[i].bytes)));
        assert_true(vc__view_is(vc_view_of(out.data + 1, out.len - 1), pairs[i].text));
        vc__buf_str(&back, "y");
        assert_int_equal(vc__base64url_decode(&back, vc_str(pairs[i].text)), VC_OK);
        assert_true(vc__view_is(vc_view_of(back.data + 1, back.len - 1), pairs[i].bytes));
    }
    for (size_t i = 0; i < COUNT(wrong); i++) {
        vc__auto(vc__buf) out = VC__BUF(100);
        assert_int_equal(vc__base64url_decode(&out, vc_str(wrong[i])), VC_E_PROTOCOL);
        assert_int_equal(out.len, 0);
    }
    vc__auto(vc__buf) small = VC__BUF(4);
    assert_int_equal(vc__base64url_decode(&small, vc_str("Zm9vYmE")), VC_E_LIMIT);
}

static void base64_any_length(void **state)
{
    (void)state;
    unsigned char bytes[100];
    char text[200], back[200];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 151 + 7);
    for (size_t n = 0; n <= sizeof bytes; n++) {
        const size_t text_len = vc__base64_encoded_len(n);
        text[text_len] = 'x';
        vc__base64_encode_raw(text, bytes, n);
        assert_int_equal(text[text_len], 'x');
        size_t len = 99, bad;
        assert_int_equal(vc__base64_decode_go(back, &len, vc_view_of(text, text_len), NULL), VC_OK);
        assert_int_equal(len, n);
        assert_memory_equal(back, bytes, n);
        for (size_t at = 0; at + 4 < text_len; at += 5) {
            const char good = text[at];
            text[at] = at % 2 ? '=' : (char)0x80;
            memset(back, 'x', sizeof back);
            assert_int_equal(vc__base64_decode(back, &len, vc_view_of(text, text_len), &bad), VC_E_PROTOCOL);
            assert_int_equal(bad, at);
            for (size_t k = 0; k < at / 4 * 3; k++)
                assert_int_equal(back[k], 0);
            assert_int_equal(vc__base64_decode_go(back, &len, vc_view_of(text, text_len), &bad),
                             VC_E_PROTOCOL);
            text[at] = good;
        }
        assert_int_equal(vc__base64_decode(text, &len, vc_view_of(text, text_len), NULL), VC_OK);
        assert_int_equal(len, n);
        assert_memory_equal(text, bytes, n);
    }
}

static void errors_format(void **state)
{
    (void)state;
    char text[200];
    vc_error err = VC_ERROR_INIT;
    assert_string_equal(vc_error_format(&err, text, sizeof text), "no error");
    assert_int_equal(vc__error(&err, VC_E_SEALED, "Vault is sealed: unseal it"), VC_E_SEALED);
    vc__error_http(&err, 503, vc_str("a7d5864d-98e0-eafd-0f10-0ad1501b3771"), 1);
    assert_string_equal(
        vc_error_format(&err, text, sizeof text),
        "Vault is sealed: unseal it (HTTP 503, request id a7d5864d-98e0-eafd-0f10-0ad1501b3771)");
    vc__error_http(&err, 503, vc_str("<script>"), 1);
    assert_string_equal(err.request_id, "");
    vc__error(&err, VC_E_SCHEMA, "unknown key");
    vc__error_at(&err, "purchases.yaml", 3, 7);
    assert_string_equal(vc_error_format(&err, text, sizeof text), "purchases.yaml:3:7: unknown key");
    assert_string_equal(vc_error_format(&err, text, 5), "purc");
    assert_int_equal(vc__error(NULL, VC_E_PATH, "x"), VC_E_PATH);
    assert_int_equal(vc_code_class(VC_E_CIPHERTEXT), VC_CLASS_DATA);
    assert_int_equal(vc_code_class((vc_code)999), VC_CLASS_SERVER);
    assert_string_equal(vc_code_name(VC_E_BUSY), "busy");
    vc_error small = VC_ERROR_INIT;
    small.size = 16; /* an older caller: not touched */
    vc__error(&small, VC_E_PATH, "x");
    assert_int_equal(small.code, VC_OK);
}

static void secrets_hold(void **state)
{
    (void)state;
    vc__autoptr(vc__secret) secret = vc__secret_new(vc_str("hvs.token"), VC__LOCK_TRY, NULL);
    assert_non_null(secret);
    assert_true(vc__secret_equal(vc__secret_get(secret), vc_str("hvs.token")));
    assert_false(vc__secret_equal(vc__secret_get(secret), vc_str("hvs.tokem")));
    assert_false(vc__secret_equal(vc__secret_get(secret), vc_str("hvs.toke")));
    assert_int_equal(vc__secret_get(secret).data[9], 0);
    vc_error err = VC_ERROR_INIT;
    assert_null(vc__secret_new(vc_view_of("", (size_t)2 << 20), VC__LOCK_OFF, &err));
    assert_int_equal(err.code, VC_E_LIMIT);
}

/* Runs `act` in a child that may die; gives its wait status. No core is left. */
static int in_child(void (*act)(const void *), const void *arg)
{
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        const struct rlimit none = { 0, 0 };
        setrlimit(RLIMIT_CORE, &none);
        signal(SIGSEGV, SIG_DFL); /* cmocka catches it */
        act(arg);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

/* AddressSanitizer takes SIGSEGV for itself and makes mlock() do nothing. */
static bool is_sanitized(void)
{
    const char *sanitized = getenv("SANITIZED");
    return sanitized && *sanitized;
}

static void touch(const void *byte)
{
    (void)*(const volatile char *)byte;
}

/* One byte behind the NUL, and any before the pages, are out of bounds for the hardware. */
static void secrets_have_guards(void **state)
{
    (void)state;
    if (is_sanitized())
        skip();
    static const size_t lengths[] = { 0, 1, 32, 4086, 4087, 4088, 5000 };
    static const char bytes[5000];
    for (size_t i = 0; i < COUNT(lengths); i++) {
        vc__autoptr(vc__secret) secret = vc__secret_new(vc_view_of(bytes, lengths[i]), VC__LOCK_TRY, NULL);
        assert_non_null(secret);
        const char *end = vc__secret_get(secret).data + lengths[i];
        assert_int_equal(in_child(touch, end), 0); /* the NUL; in the child all are zeros, but there */
        const int status = in_child(touch, end + 1);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
    }
    vc__pages pages;
    assert_true(vc__pages_map(&pages, 1, false));
    const int status = in_child(touch, pages.data - 1);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
    assert_int_equal(in_child(touch, pages.data + pages.len - 1), 0);
    vc__pages_unmap(&pages);
    assert_null(pages.data);
    vc__pages_unmap(&pages);
}

static void expect_no_secret(const void *arg)
{
    const vc__secret *secret = arg;
    if (vc__secret_get(secret).len != 0)
        _exit(1);
    vc__secret *again = vc__secret_new(vc_str("another"), VC__LOCK_TRY, NULL);
    if (!again || vc__secret_get(again).len != 7)
        _exit(2);
    vc__secret_free(again);
}

static void free_it(const void *arg)
{
    vc__secret *secret;
    memcpy(&secret, arg, sizeof secret);
    vc__secret_free(secret);
}

static void secrets_do_not_fork(void **state)
{
    (void)state;
    vc__autoptr(vc__secret) secret = vc__secret_new(vc_str("hvs.token"), VC__LOCK_TRY, NULL);
    assert_int_equal(in_child(expect_no_secret, secret), 0);
    assert_int_equal(in_child(free_it, &secret), 0);
    assert_true(vc__secret_equal(vc__secret_get(secret), vc_str("hvs.token")));
}

/* Without the right and without the limit: try goes on unlocked, require says no. */
static void lock_in_vain(const void *arg)
{
    (void)arg;
    const struct rlimit none = { 0, 0 };
    if (setrlimit(RLIMIT_MEMLOCK, &none) != 0 || (geteuid() == 0 && setuid(65534) != 0))
        _exit(77);
    vc_error err = VC_ERROR_INIT;
    vc__secret *tried = vc__secret_new(vc_str("x"), VC__LOCK_TRY, &err);
    if (!tried || vc__secret_locked(tried))
        _exit(1);
    if (vc__secret_new(vc_str("x"), VC__LOCK_REQUIRE, &err) || err.code != VC_E_CONFIG ||
        !strstr(err.message, "ulimit -l"))
        _exit(2);
    vc__secret_free(tried);
}

static void locks_are_optional(void **state)
{
    (void)state;
    vc__autoptr(vc__secret) off = vc__secret_new(vc_str("x"), VC__LOCK_OFF, NULL);
    assert_false(vc__secret_locked(off));
    assert_false(vc__secret_locked(NULL));
    assert_int_equal(vc__secret_get(NULL).len, 0);
}

static void locks_are_required(void **state)
{
    (void)state;
    if (is_sanitized())
        skip();
    const int status = in_child(lock_in_vain, NULL);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77)
        skip();
    assert_int_equal(WEXITSTATUS(status), 0);
}

static vc_code make_secret(void *arg)
{
    (void)arg;
    vc_error err = VC_ERROR_INIT;
    vc__autoptr(vc__secret) secret = vc__secret_new(vc_str("x"), VC__LOCK_TRY, &err);
    return secret ? VC_OK : err.code;
}

static void secrets_survive_lack_of_memory(void **state)
{
    (void)state;
    SWEEP_ALLOCATIONS(make_secret, NULL);
}

/* Every code point there is comes back; what is no code point is no UTF-8. */
static void utf8_round_trips(void **state)
{
    (void)state;
    vc__auto(vc__buf) buf = VC__BUF(16);
    for (uint32_t c = 0; c < 0x110000; c++) {
        vc__buf_clear(&buf);
        vc__utf8_append(&buf, c);
        const bool surrogate = c >= 0xd800 && c < 0xe000;
        assert_int_equal(vc__utf8_valid(vc__buf_get(&buf)), surrogate ? 0 : buf.len);
        size_t at = 0;
        assert_int_equal(vc__utf8_next(vc__buf_get(&buf), &at), c);
        assert_int_equal(at, buf.len);
        if (!surrogate && buf.len > 1) /* cut short */
            assert_int_equal(vc__utf8_valid(vc_view_of(buf.data, buf.len - 1)), 0);
    }
    static const struct {
        const char *text;
        size_t valid;
    } table[] = {
        { "12345678\x80", 8 },
        { "1234567\xc3\xa9"
          "8",
          10 },
        { "\xc1\xbf", 0 },
        { "\xe0\x9f\xbf", 0 },
        { "\xf0\x8f\xbf\xbf", 0 },
        { "\xf5\x80\x80\x80", 0 },
        { "\xff", 0 },
        { "\xc3(", 0 },
        { "\xe2\x82(", 0 },
        { "\xf0\x9f\x98(", 0 },
        { "a\xc3", 1 },
    };
    for (size_t i = 0; i < COUNT(table); i++)
        assert_int_equal(vc__utf8_valid(vc_str(table[i].text)), table[i].valid);
}

static void errors_fit_any_room(void **state)
{
    (void)state;
    vc_error err = VC_ERROR_INIT;
    char whole[2000], part[2000];
    vc__error(&err, VC_E_SERVER, "%0600d", 7); /* cut to its room */
    assert_int_equal(strlen(err.message), sizeof err.message - 1);
    vc__error_at(&err, "a/rather/long/source.yaml", 12, 345);
    vc__error_http(&err, 500, vc_str("a7d5864d-98e0-eafd-0f10-0ad1501b3771"), 0);
    const size_t len = strlen(vc_error_format(&err, whole, sizeof whole));
    for (size_t room = 0; room <= len + 2; room++) {
        memset(part, 'x', sizeof part);
        assert_ptr_equal(vc_error_format(&err, part, room), part);
        if (room) {
            assert_int_equal(strlen(part), room <= len ? room - 1 : len);
            assert_memory_equal(part, whole, strlen(part));
        }
        assert_int_equal(part[room], 'x');
    }
    vc__error(&err, VC_E_CONFIG, "first");
    vc__error(&err, VC_E_SCHEMA, "second, after %s", err.message); /* the old message as an argument */
    assert_string_equal(err.message, "second, after first");
    assert_int_equal(err.line, 0);
    assert_string_equal(err.source, "");
    vc_error copy = VC_ERROR_INIT;
    assert_int_equal(vc__error_copy(&copy, &err), VC_E_SCHEMA);
    assert_string_equal(copy.message, err.message);
    assert_int_equal(vc__error_copy(NULL, &err), VC_E_SCHEMA);
    assert_int_equal(vc__error_copy(&err, &err), VC_E_SCHEMA);
    vc_error_clear(&err);
    assert_int_equal(err.code, VC_OK);
    assert_int_equal(err.size, sizeof err);
    vc_error_clear(NULL);
    vc_error later = VC_ERROR_INIT; /* a caller whose structure is larger keeps its size */
    later.size = sizeof later + 64;
    vc__error(&later, VC_E_PATH, "x");
    assert_int_equal(later.size, sizeof later + 64);
    vc__error_http(&later, 503,
                   vc_str("0123456789012345678901234567890123456789012345678901234567890123456789"), 1);
    assert_string_equal(later.request_id, "");
}

static void every_code_has_a_name(void **state)
{
    (void)state;
    static const vc_code codes[] = {
        VC_OK,          VC_E_ARGUMENT,  VC_E_STATE,      VC_E_MEMORY,  VC_E_LIMIT,     VC_E_UNSUPPORTED,
        VC_E_IO,        VC_E_CANCELED,  VC_E_INTERNAL,   VC_E_CONFIG,  VC_E_SCHEMA,    VC_E_PATH,
        VC_E_NO_RULE,   VC_E_JSON,      VC_E_MISSING,    VC_E_TYPE,    VC_E_AMBIGUOUS, VC_E_UNLISTED,
        VC_E_PROTECTED, VC_E_PLAINTEXT, VC_E_CIPHERTEXT, VC_E_REFUSED, VC_E_TOO_LARGE, VC_E_SIGNATURE, VC_E_NO_KEY, VC_E_CONNECT,
        VC_E_TLS,       VC_E_TIMEOUT,   VC_E_PROTOCOL,   VC_E_DENIED,  VC_E_NOT_FOUND, VC_E_REQUEST,
        VC_E_SEALED,    VC_E_BUSY,      VC_E_SERVER,     VC_E_SPENT,     VC_E_KAFKA,
        VC_E_FENCED
    };
    for (size_t i = 0; i < COUNT(codes); i++)
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(vc_code_name(codes[i]), vc_code_name(codes[k]));
    assert_string_not_equal(vc_code_name(VC_E_KAFKA), "unknown");
    assert_string_equal(vc_code_name((vc_code)7777), "unknown");
    assert_int_equal(vc_code_class(VC_E_SEALED), VC_CLASS_SERVER);
    assert_int_equal(vc_code_class(VC_OK), VC_CLASS_NONE);
}

static void text_helpers(void **state)
{
    (void)state;
    static const char *const names[] = { "transit", "transform", "envelope", "on_error", NULL };
    assert_string_equal(vc__nearest(vc_str("transfrom"), names), "transform");
    assert_string_equal(vc__nearest(vc_str("onerror"), names), "on_error");
    assert_null(vc__nearest(vc_str("zebra"), names));
    uint64_t n;
    assert_true(vc__parse_uint(vc_str("65535"), 65535, &n) && n == 65535);
    assert_false(vc__parse_uint(vc_str("65536"), 65535, &n));
    assert_false(vc__parse_uint(vc_str("01"), 65535, &n));
    assert_false(vc__parse_uint(vc_str(""), 65535, &n));
    assert_true(vc__parse_uint(vc_str("18446744073709551615"), UINT64_MAX, &n) && n == UINT64_MAX);
    assert_false(vc__parse_uint(vc_str("18446744073709551616"), UINT64_MAX, &n));
    assert_int_equal(vc__utf8_valid(vc_str("a\xc3\xa9\xf0\x9f\x98\x80")), 7);
    assert_int_equal(vc__utf8_valid(vc_str("ab\xed\xa0\x80")), 2);  /* a surrogate */
    assert_int_equal(vc__utf8_valid(vc_str("12345678\xc0\xaf")), 8); /* over-long */
    assert_int_equal(vc__utf8_valid(vc_str("\xf4\x90\x80\x80")), 0); /* above U+10FFFF */
    vc__auto(vc__buf) hex = VC__BUF(10);
    vc__hex_encode(&hex, vc_view_of("\x00\xff", 2));
    assert_string_equal(hex.data, "00ff");
    unsigned char raw[2];
    assert_true(vc__hex_decode(raw, vc_str("00fF")) && raw[1] == 0xff);
    assert_false(vc__hex_decode(raw, vc_str("0")));
    assert_false(vc__hex_decode(raw, vc_str("0g")));
}

static void version_is_one(void **state)
{
    (void)state;
    assert_string_equal(vc_version(), VC_VERSION);
}

static void test_rfc3339(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t seconds;
    } good[] = {
        { "1970-01-01T00:00:00Z", 0 },
        { "1970-01-02T00:00:01.5z", 86401 },
        { "2000-02-29T12:00:00Z", 951825600 },
        { "2026-11-22T06:22:05.716024041Z", 1795328525 },
        { "2026-11-22T07:52:05+01:30", 1795328525 },
        { "2026-11-21 23:22:05-07:00", 1795328525 },
        { "2016-12-31T23:59:60Z", 1483228800 },
        { "9999-12-31T23:59:59Z", 253402300799 },
    };
    for (size_t i = 0; i < COUNT(good); i++) {
        uint64_t seconds = 1;
        assert_true(vc__parse_rfc3339(vc_str(good[i].text), &seconds));
        assert_int_equal(seconds, good[i].seconds);
        for (size_t len = 0; len < 10; len++)
            assert_false(vc__parse_rfc3339(vc_view_of(good[i].text, len), &seconds));
        assert_int_equal(seconds, good[i].seconds);
    }
    static const char *const bad[] = {
        "1969-12-31T23:59:59Z", "2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:61Z", "2026-01-01T00:00:00",  "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00Z ",
        "2026-01-01T00:00:00+1:00", "2026-01-01T00:00:00+24:00", "1970-01-01T00:00:00+00:01", "2026-1-01T00:00:00Z",
        "", "null",
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        uint64_t seconds = 7;
        assert_false(vc__parse_rfc3339(vc_str(bad[i]), &seconds));
        assert_int_equal(seconds, 7);
    }
}

static void varints_are_kafka_s(void **state)
{
    (void)state;
    static const struct {
        int64_t number;
        const char *zigzag, *plain; /* hex; NULL: no such number */
    } table[] = {
        { -2, "03", NULL },          { -1, "01", NULL },          { 0, "00", "00" },
        { 1, "02", "01" },           { 63, "7e", "3f" },          { 64, "8001", "40" },
        { 128, "8002", "8001" },     { 8191, "fe7f", "ff3f" },    { 8192, "808001", "8040" },
        { 1048576, "80808001", "808040" }, { INT32_MAX, "feffffff0f", "ffffffff07" },
        { INT32_MIN, "ffffffff0f", NULL }, { UINT32_MAX, NULL, "ffffffff0f" },
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        vc__auto(vc__buf) out = VC__BUF(100);
        vc__auto(vc__buf) hex = VC__BUF(100);
        int32_t back = 0;
        uint32_t plain = 0;
        size_t at = 0;
        if (table[i].zigzag) {
            vc__zigzag_write(&out, (int32_t)table[i].number);
            vc__hex_encode(&hex, vc__buf_get(&out));
            assert_string_equal(hex.data, table[i].zigzag);
            assert_true(vc__zigzag_read(vc__buf_get(&out), &at, true, &back));
            assert_int_equal(back, (int32_t)table[i].number);
            assert_int_equal(at, out.len);
        }
        if (table[i].plain) {
            vc__buf_clear(&out);
            vc__buf_clear(&hex);
            vc__uvarint_write(&out, (uint32_t)table[i].number);
            assert_int_equal(out.len, vc__uvarint_size((uint32_t)table[i].number));
            vc__hex_encode(&hex, vc__buf_get(&out));
            assert_string_equal(hex.data, table[i].plain);
            at = 0;
            assert_true(vc__uvarint_read(vc__buf_get(&out), &at, true, &plain));
            assert_int_equal(plain, (uint32_t)table[i].number);
            for (size_t cut = 0; cut < out.len; cut++) {
                at = 0;
                assert_false(vc__uvarint_read(vc_view_of(out.data, cut), &at, false, &plain));
            }
        }
    }
}

static void varints_refuse(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        bool strict, lax; /* taken when minimal, when any */
    } table[] = {
        { "", 0, false, false },
        { "\x80", 1, false, false },
        { "\x80\x00", 2, false, true },
        { "\x81\x80\x80\x80\x00", 5, false, true },
        { "\xff\xff\xff\xff\x0f", 5, true, true },
        { "\xff\xff\xff\xff\x1f", 5, false, false }, /* 33 bits */
        { "\xff\xff\xff\xff\x8f\x00", 6, false, false },
        { "\x00", 1, true, true },
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        const vc_view bytes = vc_view_of(table[i].bytes, table[i].len);
        uint32_t value = 4711;
        size_t at = 0;
        assert_int_equal(vc__uvarint_read(bytes, &at, true, &value), table[i].strict);
        if (!table[i].strict)
            assert_true(at == 0 && value == 4711);
        at = 0;
        assert_int_equal(vc__uvarint_read(bytes, &at, false, &value), table[i].lax);
        at = SIZE_MAX; /* no place in there */
        assert_false(vc__uvarint_read(bytes, &at, false, &value));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rfc3339),
        cmocka_unit_test(buffer_has_a_maximum), cmocka_unit_test(buffer_edges),
        cmocka_unit_test(buffer_survives_lack_of_memory), cmocka_unit_test(base64_round_trips),
        cmocka_unit_test(base64_refuses), cmocka_unit_test(base64_is_go_s),
        cmocka_unit_test(base64_any_length), cmocka_unit_test(base64url), cmocka_unit_test(errors_format),
        cmocka_unit_test(errors_fit_any_room), cmocka_unit_test(every_code_has_a_name),
        cmocka_unit_test(secrets_hold), cmocka_unit_test(secrets_have_guards),
        cmocka_unit_test(secrets_do_not_fork), cmocka_unit_test(locks_are_optional),
        cmocka_unit_test(locks_are_required),
        cmocka_unit_test(secrets_survive_lack_of_memory), cmocka_unit_test(utf8_round_trips),
        cmocka_unit_test(text_helpers), cmocka_unit_test(varints_are_kafka_s),
        cmocka_unit_test(varints_refuse), cmocka_unit_test(version_is_one),
    };
    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}

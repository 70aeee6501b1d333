/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE /* usleep() */
#include "unit/fake_keys.h"

#include "base/base64.h"
#include "base/error.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "json/read.h"
#include "unit/test.h"

#include <unistd.h>

void fake_keys_wrap(const unsigned char key[32], char wrapped[33])
{
    wrapped[0] = 'W';
    for (int i = 0; i < 32; i++)
        wrapped[1 + i] = (char)(key[i] ^ 0x5a);
}

static void append_base64(vc__buf *out, const void *bytes, size_t len)
{
    vc__base64_encode(out, vc_view_of(bytes, len));
}

static void answer_datakey(fake_keys *fake, vc__buf *out)
{
    unsigned char key[32];
    char wrapped[33];
    static unsigned made;
    memset(key, 0, sizeof key);
    const unsigned number = ++made;
    memcpy(key, &number, sizeof number);
    fake_keys_wrap(key, wrapped);
    vc__buf_printf(out, "{\"request_id\":\"r\",\"data\":{\"ciphertext\":\"vault:v%llu:", (unsigned long long)fake->latest);
    append_base64(out, wrapped, sizeof wrapped);
    vc__buf_str(out, "\",\"key_version\":1,\"plaintext\":\"");
    append_base64(out, key, fake->short_key ? 16 : 32);
    vc__buf_str(out, "\"}}");
    fake->datakeys++;
}

static void answer_item(vc__buf *out, vc_view ciphertext)
{
    char raw[2000];
    size_t len = 0;
    const char *colon = memchr(ciphertext.data + 6, ':', ciphertext.len - 6);
    assert_non_null(colon);
    const vc_view coded = vc_view_of(colon + 1, (size_t)(ciphertext.data + ciphertext.len - colon - 1));
    assert_int_equal(vc__base64_decode(raw, &len, coded, NULL), VC_OK);
    if (!len || raw[0] != 'W') {
        vc__buf_str(out, "{\"plaintext\":\"\",\"error\":\"cipher: message authentication failed\"}");
        return;
    }
    for (size_t i = 1; i < len; i++)
        raw[i] ^= 0x5a;
    vc__buf_str(out, "{\"plaintext\":\"");
    append_base64(out, raw + 1, len - 1);
    vc__buf_str(out, "\"}");
    memset(raw, 0, sizeof raw);
}

static void answer_decrypt(fake_keys *fake, vc__buf *out, vc_view body)
{
    vc__auto(vc__buf) copy = VC__BUF(64 << 20);
    vc__buf_view(&copy, body);
    if (copy.failed) { /* a sweep */
        out->failed = copy.failed;
        return;
    }
    vc__reader reader;
    vc__reader_start(&reader, copy.data, copy.len);
    vc__token token;
    unsigned items = 0;
    vc__buf_str(out, "{\"request_id\":\"r\",\"data\":{\"batch_results\":[");
    while ((token = vc__reader_next(&reader)) != VC__TOKEN_END && token != VC__TOKEN_ERROR)
        if (token == VC__TOKEN_NAME && vc__view_is(reader.text, "ciphertext")) {
            assert_int_equal(vc__reader_next(&reader), VC__TOKEN_STRING);
            if (items++)
                vc__buf_byte(out, ',');
            answer_item(out, reader.text);
        }
    vc__buf_str(out, "]}}");
    fake->decrypts++;
    fake->decrypted += items;
    if (items > fake->largest)
        fake->largest = items;
}

/* The key of version N is 32 bytes of N. */
static void answer_hmac(fake_keys *fake, vc__buf *out, vc_view body)
{
    vc__auto(vc__buf) copy = VC__BUF(1 << 20);
    vc__buf_view(&copy, body);
    if (copy.failed) { /* a sweep */
        out->failed = copy.failed;
        return;
    }
    const char *input = strstr(copy.data, "\"input\":\""), *version = strstr(copy.data, "\"key_version\":");
    assert_non_null(input);
    assert_non_null(version);
    const unsigned long n = strtoul(version + 14, NULL, 10);
    char label[600];
    size_t len = 0;
    input += 9;
    assert_int_equal(vc__base64_decode(label, &len, vc_view_of(input, strcspn(input, "\"")), NULL), VC_OK);
    unsigned char key[32], tag[32];
    memset(key, (int)n, sizeof key);
    vc__autoptr(vc__hmac) hmac = vc__hmac_new(VC__SHA2_256, vc_view_of(key, sizeof key), NULL);
    if (!hmac || vc__hmac_of(hmac, vc_view_of(label, len), tag, NULL)) {
        out->failed = VC_E_MEMORY;
        return;
    }
    vc__buf_printf(out, "{\"request_id\":\"r\",\"data\":{\"hmac\":\"vault:v%lu:",
                   fake->hmac_version ? (unsigned long)fake->hmac_version : n);
    append_base64(out, tag, sizeof tag);
    vc__buf_str(out, "\"}}");
    fake->hmacs++;
}

static bool fails(fake_keys *fake, vc_request *request, uint64_t now_ms)
{
    if (!fake->status)
        return false;
    vc_error why = VC_ERROR_INIT;
    vc__error(&why, VC_E_CONNECT, "connection refused");
    if (fake->status < 0)
        assert_int_equal(vc_request_failed(request, &why, now_ms, NULL), VC_OK);
    else
        assert_int_equal(vc_request_reply(request, fake->status, vc_str(NULL), vc_str(fake->reply), now_ms, NULL), VC_OK);
    if (fake->fail_first && !--fake->fail_first)
        fake->status = 0;
    return true;
}

void fake_keys_answer(fake_keys *fake, vc_request *request, uint64_t now_ms)
{
    if (fake->delay_us)
        usleep(fake->delay_us);
    pthread_mutex_lock(&fake->lock);
    const char *path = vc_request_path(request);
    const vc_view body = vc_request_body(request);
    snprintf(fake->last_path, sizeof fake->last_path, "%s", path);
    snprintf(fake->last_body, sizeof fake->last_body, "%.*s", (int)(body.len < 590 ? body.len : 590), body.data);
    vc__auto(vc__buf) out = VC__BUF(64 << 20);
    if (!fails(fake, request, now_ms)) {
        if (strstr(path, "/datakey/plaintext/"))
            answer_datakey(fake, &out);
        else if (strstr(path, "/decrypt/"))
            answer_decrypt(fake, &out, body);
        else if (strstr(path, "/hmac/"))
            answer_hmac(fake, &out, body);
        else
            fail_msg("asked for %s", path);
        const vc_code code = out.failed ? VC_E_MEMORY : vc_request_reply(request, 200, vc_str(NULL), vc__buf_get(&out), now_ms, NULL);
        if (code) { /* a sweep */
            vc_error why = VC_ERROR_INIT;
            vc__error_memory(&why);
            (void)vc_request_failed(request, &why, now_ms, NULL);
        }
    }
    pthread_mutex_unlock(&fake->lock);
}

vc_code fake_keys_run(fake_keys *fake, vc__fetch *fetch, uint64_t *now_ms, vc_error *err)
{
    vc_error own = VC_ERROR_INIT;
    err = err ? err : &own;
    while (vc__fetch_wanted(fetch)) {
        uint64_t until = UINT64_MAX;
        switch (vc__fetch_step(fetch, *now_ms, &until, err)) {
        case VC_STEP_DONE:
            return VC_OK;
        case VC_STEP_SEND: {
            unsigned sent = 0;
            for (vc_request *request; (request = vc__fetch_next(fetch)); sent++)
                fake_keys_answer(fake, request, *now_ms);
            (void)sent;
            break;
        }
        case VC_STEP_WAIT:
            assert_true(until != UINT64_MAX && until > *now_ms);
            *now_ms = until;
            break;
        case VC_STEP_FAILED:
        default:
            assert_true(err->code != VC_OK);
            return err->code;
        }
    }
    return VC_OK;
}

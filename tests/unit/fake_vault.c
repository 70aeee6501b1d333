/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* memmem() */
#include "unit/fake_vault.h"

#include "base/base64.h"
#include "base/error.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "json/read.h"
#include "json/string.h"
#include "unit/test.h"

static const char tweak[] = "c29tZW51bQ==";

static const char *name_of_result(const char *path)
{
    return strstr(path, "/encrypt/") ? "ciphertext" : strstr(path, "/decrypt/") ? "plaintext"
           : strstr(path, "/encode/") ? "encoded_value" : "decoded_value";
}

static void turn_digits(vc__buf *out, vc_view value)
{
    vc__auto(vc__buf) turned = VC__BUF(1 << 20);
    vc__buf_view(&turned, value);
    for (size_t i = 0; i < turned.len; i++)
        if (turned.data[i] >= '0' && turned.data[i] <= '9')
            turned.data[i] = (char)('9' - turned.data[i] + '0');
    vc__string_encode(out, vc__buf_get(&turned));
}

/* What the operations on bytes answer; a signature is right when it is what sign would answer. */
static bool answer_bytes(vc__buf *out, const char *path, vc_view value, vc_view signature)
{
    vc__auto(vc__buf) text = VC__BUF(1 << 20);
    vc__buf_str(&text, "vault:v1:");
    vc__buf_view(&text, value);
    if (strstr(path, "/hmac/"))
        vc__buf_printf(out, "{\"hmac\":\"%s\",\"reference\":\"\"}", text.data);
    else if (strstr(path, "/sign/"))
        vc__buf_printf(out, "{\"signature\":\"%s\",\"key_version\":1,\"reference\":\"\"}", text.data);
    else if (strstr(path, "/verify/"))
        vc__buf_str(out, vc__view_equal(vc__buf_get(&text), signature) ? "{\"valid\":true}" : "{\"reference\":\"\"}");
    else if (strstr(path, "/rewrap/"))
        vc__buf_printf(out, "{\"ciphertext\":\"vault:v2:%.*s\",\"key_version\":2}", (int)(value.len > 9 ? value.len - 9 : 0),
                       value.len > 9 ? value.data + 9 : "");
    else
        return false;
    return true;
}

static void answer_item(const fake_vault *fake, vc__buf *out, const char *path, vc_view value, bool had_tweak)
{
    if (strstr(path, "/encrypt/")) {
        if (fake->clear_results)
            vc__buf_printf(out, "{\"ciphertext\":\"%.*s\"}", (int)value.len, value.data);
        else
            vc__buf_printf(out, "{\"ciphertext\":\"vault:v1:%.*s\",\"key_version\":1,\"reference\":\"\"}", (int)value.len, value.data);
    } else if (strstr(path, "/rewrap/")) { /* "vault:v1:X" becomes "vault:v2:X" */
        const size_t prefix = strlen("vault:v1");
        assert_true(value.len > prefix);
        vc__buf_printf(out, "{\"ciphertext\":\"vault:v2%.*s\",\"key_version\":2}", (int)(value.len - prefix), value.data + prefix);
    } else if (strstr(path, "/decrypt/")) {
        const size_t prefix = strlen("vault:v1:");
        if (value.len < prefix)
            vc__buf_str(out, "{\"plaintext\":\"\",\"error\":\"invalid ciphertext: no prefix\",\"reference\":\"\"}");
        else
            vc__buf_printf(out, "{\"plaintext\":\"%.*s\",\"reference\":\"\"}", (int)(value.len - prefix), value.data + prefix);
    } else if (fake->generate_tweaks && strstr(path, "/decode/") && !had_tweak) {
        vc__buf_str(out, "{\"error\":\"incorrect tweak size provided: 0\"}");
    } else {
        vc__buf_printf(out, "{\"%s\":", name_of_result(path));
        turn_digits(out, value);
        if (fake->generate_tweaks && strstr(path, "/encode/"))
            vc__buf_printf(out, ",\"tweak\":\"%s\"", tweak);
        vc__buf_byte(out, '}');
    }
}

/* What the value says in clear, to find "bad" and "poison" in it. */
static bool value_holds(const char *path, vc_view value, const char *word)
{
    char clear[512];
    size_t len = value.len;
    if (strstr(path, "/encrypt/") || strstr(path, "/hmac/") || strstr(path, "/sign/") || strstr(path, "/verify/")) {
        if (value.len > 600 || vc__base64_decode(clear, &len, value, NULL))
            return false;
        value = vc_view_of(clear, len);
    }
    return value.len && memmem(value.data, value.len, word, strlen(word));
}

struct answer {
    vc__buf text;
    size_t items, tweaks, contexts;
    bool poisoned;
};

static void read_item(const fake_vault *fake, vc__reader *reader, const char *path, struct answer *answer)
{
    vc_view value = { NULL, 0 }, signature = { NULL, 0 };
    bool had_tweak = false;
    while (vc__reader_next(reader) == VC__TOKEN_NAME) {
        const bool is_value = vc__view_is(reader->text, "plaintext") || vc__view_is(reader->text, "ciphertext") ||
                              vc__view_is(reader->text, "value") || vc__view_is(reader->text, "input");
        const bool is_signature = vc__view_is(reader->text, "signature") || vc__view_is(reader->text, "hmac");
        had_tweak |= vc__view_is(reader->text, "tweak");
        answer->contexts += vc__view_is(reader->text, "context");
        if (is_signature && vc__reader_next(reader) == VC__TOKEN_STRING)
            signature = reader->text;
        else if (is_signature)
            fail_msg("a signature that is no text");
        else if (is_value && vc__reader_next(reader) == VC__TOKEN_STRING)
            value = reader->text;
        else if (!is_value)
            vc__reader_skip(reader);
    }
    assert_non_null(value.data);
    answer->tweaks += had_tweak;
    if (answer->items++)
        vc__buf_byte(&answer->text, ',');
    answer->poisoned |= value_holds(path, value, "poison");
    if (value_holds(path, value, "bad"))
        vc__buf_str(&answer->text, strstr(path, "/decrypt/") ? "{\"plaintext\":\"\",\"error\":\"cipher: message authentication failed\"}"
                                                             : "{\"error\":\"the value said hvs.CANARY\"}");
    else if (!answer_bytes(&answer->text, path, value, signature))
        answer_item(fake, &answer->text, path, value, had_tweak);
}

static void read_items(const fake_vault *fake, const char *path, vc_view body, struct answer *answer)
{
    vc__auto(vc__buf) copy = VC__BUF(64 << 20);
    vc__buf_view(&copy, body);
    vc__reader reader;
    vc__reader_start(&reader, copy.data, copy.len);
    assert_int_equal(vc__reader_next(&reader), VC__TOKEN_OBJECT);
    while (vc__reader_next(&reader) == VC__TOKEN_NAME) {
        if (!vc__view_is(reader.text, "batch_input")) {
            vc__reader_skip(&reader);
            continue;
        }
        assert_int_equal(vc__reader_next(&reader), VC__TOKEN_ARRAY);
        while (vc__reader_next(&reader) == VC__TOKEN_OBJECT)
            read_item(fake, &reader, path, answer);
    }
    assert_int_equal(vc__reader_next(&reader), VC__TOKEN_END);
}

static void reply(vc_request *request, int status, const char *body, uint64_t now_ms)
{
    assert_int_equal(vc_request_reply(request, status, vc_view_of(NULL, 0), vc_str(body), now_ms, NULL), VC_OK);
}

static void reply_bytes(vc_request *request, bool data_key, const unsigned char bytes[32], uint64_t now_ms)
{
    vc__auto(vc__buf) text = VC__BUF(4096), encoded = VC__BUF(100);
    vc__base64_encode(&encoded, vc_view_of((const char *)bytes, 32));
    if (data_key)
        vc__buf_printf(&text, "{\"data\":{\"plaintext\":\"%s\",\"ciphertext\":\"vault:v1:%s\",\"key_version\":1}}", encoded.data,
                       encoded.data);
    else
        vc__buf_printf(&text, "{\"data\":{\"hmac\":\"vault:v1:%s\"}}", encoded.data);
    reply(request, 200, text.data, now_ms);
}

/* What keys are made of: POST datakey/plaintext/NAME, and hmac/NAME/sha2-256 with one input. */
static bool answer_keys(fake_vault *fake, vc_request *request, uint64_t now_ms)
{
    const char *path = vc_request_path(request);
    unsigned char bytes[32] = { 0 };
    if (strstr(path, "/datakey/plaintext/")) {
        const unsigned long number = ++fake->keys;
        memcpy(bytes, &number, sizeof number);
        reply_bytes(request, true, bytes, now_ms);
        return true;
    }
    if (!strstr(path, "/hmac/") || memmem(vc_request_body(request).data, vc_request_body(request).len, "batch_input", 11))
        return false;
    fake->computed++;
    vc__auto(vc__buf) all = VC__BUF(1 << 20);
    vc__buf_str(&all, path);
    vc__buf_view(&all, vc_request_body(request));
    vc__autoptr(vc__digest) digest = vc__digest_new(VC__SHA2_256, NULL);
    assert_int_equal(vc__digest_of(digest, vc__buf_get(&all), bytes, NULL), VC_OK);
    reply_bytes(request, false, bytes, now_ms);
    return true;
}

void fake_vault_answer(fake_vault *fake, vc_request *request, uint64_t now_ms)
{
    const char *path = vc_request_path(request);
    fake->requests++;
    if (fake->no_reply) {
        vc_error why = VC_ERROR_INIT;
        vc__error(&why, VC_E_CONNECT, "cannot connect");
        why.retryable = 1;
        assert_int_equal(vc_request_failed(request, &why, now_ms, NULL), VC_OK);
        return;
    }
    if (fake->fail_first) {
        fake->fail_first--;
        reply(request, fake->fail_status, "{\"errors\":[]}", now_ms);
        return;
    }
    if (fake->most_bytes && vc_request_body(request).len > fake->most_bytes) {
        reply(request, 413, "{\"errors\":[\"http: request body too large\"]}", now_ms);
        return;
    }
    if (answer_keys(fake, request, now_ms))
        return;
    vc__auto(vc__buf) text = VC__BUF(64 << 20);
    struct answer answer = { .text = VC__BUF(64 << 20) };
    read_items(fake, path, vc_request_body(request), &answer);
    if (fake->most_items && answer.items > fake->most_items) {
        reply(request, 400, "{\"errors\":[\"refused JSON input due to high complexity: exceeded maximum number of strings\"]}", now_ms);
    } else if (answer.contexts && answer.contexts != answer.items) {
        reply(request, 400, "{\"errors\":[\"context should be set either in all the request blocks or in none\"]}", now_ms);
    } else if (answer.poisoned) {
        reply(request, 500, "{\"errors\":[\"1 error occurred:\\n\\t* failed to parse batch input: '[0].plaintext' poison\\n\\n\"]}", now_ms);
    } else {
        vc__buf_str(&text, "{\"request_id\":\"b5687220-faf6-c303-44e2-5039c42b98ae\",\"data\":{\"batch_results\":[");
        if (fake->short_results && answer.items > 1)
            answer.text.len = (size_t)(strrchr(answer.text.data, ',') - answer.text.data);
        vc__buf_view(&text, vc__buf_get(&answer.text));
        vc__buf_str(&text, "]}}\n");
        fake->items += answer.items;
        fake->tweaks += answer.tweaks;
        fake->largest = answer.items > fake->largest ? answer.items : fake->largest;
        reply(request, 200, text.data, now_ms);
    }
    vc__buf_free(&answer.text);
}

vc_code fake_vault_drive(fake_vault *fake, fake_step *step_it, fake_next *next, void *self, vc_error *err)
{
    uint64_t now = 1000, until = 0;
    for (;;) {
        const vc_step step = step_it(self, now, &until, err);
        if (step == VC_STEP_DONE)
            return VC_OK;
        if (step == VC_STEP_FAILED)
            return err ? err->code : VC_E_INTERNAL;
        if (step == VC_STEP_WAIT)
            now = until > now ? until : now + 1;
        for (vc_request *request; (request = next(self));)
            fake_vault_answer(fake, request, now);
    }
}

static vc_step step_batch(void *self, uint64_t now_ms, uint64_t *wait_until, vc_error *err)
{
    return vc_batch_step(self, now_ms, wait_until, err);
}

static vc_request *next_of_batch(void *self)
{
    return vc_batch_next_request(self);
}

vc_code fake_vault_run(fake_vault *fake, vc_batch *batch, vc_error *err)
{
    return fake_vault_drive(fake, step_batch, next_of_batch, batch, err);
}

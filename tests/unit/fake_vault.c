/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* memmem() */
#include "unit/fake_vault.h"

#include "base/base64.h"
#include "base/error.h"
#include "base/text.h"
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

static void answer_item(const fake_vault *fake, vc__buf *out, const char *path, vc_view value, bool had_tweak)
{
    if (strstr(path, "/encrypt/")) {
        if (fake->clear_results)
            vc__buf_printf(out, "{\"ciphertext\":\"%.*s\"}", (int)value.len, value.data);
        else
            vc__buf_printf(out, "{\"ciphertext\":\"vault:v1:%.*s\",\"key_version\":1,\"reference\":\"\"}", (int)value.len, value.data);
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
    if (strstr(path, "/encrypt/")) {
        if (value.len > 600 || vc__base64_decode(clear, &len, value, NULL))
            return false;
        value = vc_view_of(clear, len);
    }
    return value.len && memmem(value.data, value.len, word, strlen(word));
}

struct answer {
    vc__buf text;
    size_t items, tweaks;
    bool poisoned;
};

static void read_item(const fake_vault *fake, vc__reader *reader, const char *path, struct answer *answer)
{
    vc_view value = { NULL, 0 };
    bool had_tweak = false;
    while (vc__reader_next(reader) == VC__TOKEN_NAME) {
        const bool is_value = vc__view_is(reader->text, "plaintext") || vc__view_is(reader->text, "ciphertext") ||
                              vc__view_is(reader->text, "value");
        had_tweak |= vc__view_is(reader->text, "tweak");
        if (is_value && vc__reader_next(reader) == VC__TOKEN_STRING)
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
    else
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
    vc__auto(vc__buf) text = VC__BUF(64 << 20);
    struct answer answer = { .text = VC__BUF(64 << 20) };
    read_items(fake, path, vc_request_body(request), &answer);
    if (fake->most_items && answer.items > fake->most_items) {
        reply(request, 400, "{\"errors\":[\"refused JSON input due to high complexity: exceeded maximum number of strings\"]}", now_ms);
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

vc_code fake_vault_run(fake_vault *fake, vc_batch *batch, vc_error *err)
{
    uint64_t now = 1000, until = 0;
    for (;;) {
        const vc_step step = vc_batch_step(batch, now, &until, err);
        if (step == VC_STEP_DONE)
            return VC_OK;
        if (step == VC_STEP_FAILED)
            return err ? err->code : VC_E_INTERNAL;
        if (step == VC_STEP_WAIT)
            now = until > now ? until : now + 1;
        for (vc_request *request; (request = vc_batch_next_request(batch));)
            fake_vault_answer(fake, request, now);
    }
}

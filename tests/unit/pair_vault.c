/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/pair_vault.h"

#include "base/base64.h"
#include "base/text.h"
#include "json/read.h"
#include "unit/test.h"

/* One item: "vault:v1:..." or Base64. */
static void open_item(pair_vault *vault, vc_view text, vc__buf *out)
{
    char sealed[2100];
    size_t len = 0;
    vc__auto(vc__buf) content = VC__BUF(4096);
    assert_true(vc__view_starts(text, "vault:v"));
    const bool good = vc__view_starts(text, "vault:v1:") &&
                      !vc__base64_decode(sealed, &len, vc_view_of(text.data + 9, text.len - 9), NULL) &&
                      !vc__oaep_open(&content, vc__keypair_rsa(vault->rsa), "SHA256", vc_view_of(sealed, len), NULL);
    if (!good) {
        vc__buf_str(out, "{\"error\":\"failed to RSA decrypt the ciphertext: crypto/rsa: decryption error\"}");
        return;
    }
    vc__buf_str(out, "{\"plaintext\":\"");
    vc__base64_encode(out, vc__buf_get(&content));
    vc__buf_str(out, "\"}");
}

static void sign_item(pair_vault *vault, vc_view text, vc__buf *out)
{
    vc__auto(vc__buf) message = VC__BUF(1 << 20), signature = VC__BUF(65);
    size_t len = 0;
    assert_int_equal(vc__buf_reserve(&message, text.len), VC_OK);
    assert_int_equal(vc__base64_decode(message.data, &len, text, NULL), VC_OK);
    message.len = len;
    assert_int_equal(vc__keypair_sign(&signature, vault->ed, vc__buf_get(&message), NULL), VC_OK);
    signature.data[5] ^= vault->wrong_signature ? 1 : 0;
    vc__buf_str(out, "{\"signature\":\"vault:v1:");
    vc__base64_encode(out, vc__buf_get(&signature));
    vc__buf_str(out, "\",\"key_version\":1}");
}

static void answer(pair_vault *vault, vc_request *request, uint64_t now_ms)
{
    char decrypt[100], sign[100];
    snprintf(decrypt, sizeof decrypt, "/v1/transit/decrypt/%s", vault->rsa_name ? vault->rsa_name : "none");
    snprintf(sign, sizeof sign, "/v1/transit/sign/%s", vault->sign_name ? vault->sign_name : "none");
    const bool opens = strcmp(vc_request_path(request), decrypt) == 0;
    if (!opens && strcmp(vc_request_path(request), sign) != 0)
        fail_msg("%s was asked for", vc_request_path(request));
    vc__auto(vc__buf) body = VC__BUF(16 << 20), out = VC__BUF(16 << 20);
    vc__buf_view(&body, vc_request_body(request));
    assert_int_equal(body.failed, VC_OK);
    if (!opens)
        assert_non_null(strstr(body.data, ",\"key_version\":1}"));
    vc__reader reader;
    vc__reader_start(&reader, body.data, body.len);
    unsigned items = 0;
    vc__buf_str(&out, "{\"request_id\":\"r\",\"data\":{\"batch_results\":[");
    for (vc__token token; (token = vc__reader_next(&reader)) != VC__TOKEN_END && token != VC__TOKEN_ERROR;) {
        if (token != VC__TOKEN_NAME || !vc__view_is(reader.text, opens ? "ciphertext" : "input"))
            continue;
        assert_int_equal(vc__reader_next(&reader), VC__TOKEN_STRING);
        vc__buf_str(&out, items++ ? "," : "");
        (opens ? open_item : sign_item)(vault, reader.text, &out);
    }
    vc__buf_str(&out, "]}}");
    vault->requests++;
    vault->items += items;
    vault->largest = items > vault->largest ? items : vault->largest;
    assert_int_equal(vc_request_reply(request, 200, vc_view_of(NULL, 0), vc__buf_get(&out), now_ms, NULL), VC_OK);
}

vc_code pair_vault_run(pair_vault *vault, vc_batch *batch, vc_error *err)
{
    uint64_t now = 1000, until = 0;
    for (;;) {
        const vc_step step = vc_batch_step(batch, now, &until, err);
        if (step == VC_STEP_DONE)
            return VC_OK;
        if (step == VC_STEP_FAILED)
            return err->code;
        if (step == VC_STEP_WAIT)
            now = until > now ? until : now + 1;
        for (vc_request *request; (request = vc_batch_next_request(batch));)
            answer(vault, request, now);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"
#include "base/secretbuf.h"
#include "io/clock.h"
#include "io/sidecar.h"
#include "keys/attest_reply.h"

#include <time.h>
#include <vaultcrypt/attest.h>

enum { EXCHANGE_MS = 15000, RUNTIME_MAX = 32 << 10, BODY_MAX = 64 << 10, STEP_MS = 250, STEP_MAX_MS = 2000 };

/* One question. */
typedef struct question {
    vc__sidecar sidecar;
    const char *path, *what;
    vc_code (*read)(char *reply, size_t len, vc__buf *out, vc_error *err);
    vc__buf body;
} question;

static void question_cleanup(question *q)
{
    vc__buf_free(&q->body);
}

static vc_code ask_once(const question *q, vc_bytes *answer, vc_error *err)
{
    vc__auto(vc__secretbuf) reply = { { 0 }, VC__BUF(0) };
    vc__auto(vc__buf) out = VC__BUF(VC__ATTEST_REPLY_MAX);
    int status = 0;
    vc_code code = vc__secretbuf_map(&reply, VC__ATTEST_REPLY_MAX, err);
    if (!code)
        code = vc__sidecar_ready(&q->sidecar, err);
    if (!code)
        code = vc__sidecar_exchange(&q->sidecar, q->path, vc__buf_get(&q->body), &reply.buf, &status, err);
    if (code)
        return code;
    if (status != 200)
        return vc__sidecar_fault(q->what, "its URL, the attestation service's host and the runtime data", status, vc__buf_get(&reply.buf), err);
    code = q->read(reply.buf.data, reply.buf.len, &out, err);
    if (!code)
        *answer = vc__buf_take(&out);
    return code;
}

/* A signal cuts the pause short, no more. */
static void pause_ms(uint64_t ms)
{
    const struct timespec time = { (time_t)(ms / 1000), (long)(ms % 1000) * 1000000 };
    (void)nanosleep(&time, NULL);
}

static vc_code ask(const question *q, uint64_t patience_ms, vc_bytes *answer, vc_error *err)
{
    const uint64_t begun = vc__clock_ms();
    for (uint64_t step = STEP_MS;; step = step * 2 < STEP_MAX_MS ? step * 2 : STEP_MAX_MS) {
        vc_error why = VC_ERROR_INIT; /* err may be NULL */
        const vc_code code = ask_once(q, answer, &why);
        const uint64_t past = vc__clock_ms() - begun;
        if (code && why.retryable && past < patience_ms) {
            pause_ms(step < patience_ms - past ? step : patience_ms - past);
            continue;
        }
        return code ? vc__error_copy(err, &why) : VC_OK;
    }
}

static vc_code put_runtime(question *q, vc_view data, vc_error *err)
{
    vc__auto(vc__buf) text = VC__BUF(BODY_MAX);
    vc__base64_encode(&text, data);
    if (!text.failed)
        vc__sidecar_put(&q->body, "runtime_data", vc__buf_get(&text));
    vc__buf_byte(&q->body, '}');
    return text.failed ? vc__buf_check(&text, "the runtime data", err) : vc__buf_check(&q->body, "the request", err);
}

static vc_code run(const vc_attest_options *options, question *q, vc_view data, vc_bytes *answer, vc_error *err)
{
    vc_attest_options o = { .size = sizeof o };
    if (!answer || !data.len || !data.data || data.len > RUNTIME_MAX)
        return vc__error(err, VC_E_ARGUMENT, "a place for the answer, and runtime data of 1 byte to 32 KiB, are needed");
    if (options)
        memcpy(&o, options, options->size < sizeof o ? options->size : sizeof o);
    vc_error why = VC_ERROR_INIT;
    vc__autoptr(vc_config) web = o.web ? vc__web_config(o.web, &why) : vc_config_new(&why);
    if (!web)
        return vc__error_copy(err, &why);
    vc_code code = o.web ? VC_OK : vc_config_set_timeout(web, EXCHANGE_MS, err);
    q->sidecar.config = web;
    q->sidecar.url = o.url ? o.url : "http://localhost:8080";
    if (!code)
        code = put_runtime(q, data, err);
    return code ? code : ask(q, o.patience_ms, answer, err);
}

vc_code vc_attest_maa(const vc_attest_options *options, const char *maa_endpoint, vc_view runtime_data, vc_bytes *token, vc_error *err)
{
    vc__auto(question) q = { .path = "/attest/maa", .what = "the attestation", .read = vc__attest_token, .body = VC__BUF(BODY_MAX) };
    if (!maa_endpoint || !*maa_endpoint)
        return vc__error(err, VC_E_ARGUMENT, "the host of an attestation service is needed");
    vc__buf_byte(&q.body, '{');
    vc__sidecar_put(&q.body, "maa_endpoint", vc_str(maa_endpoint));
    return run(options, &q, runtime_data, token, err);
}

vc_code vc_attest_raw(const vc_attest_options *options, vc_view runtime_data, vc_bytes *report, vc_error *err)
{
    vc__auto(question) q = { .path = "/attest/raw", .what = "the report", .read = vc__attest_report, .body = VC__BUF(BODY_MAX) };
    vc__buf_byte(&q.body, '{');
    return run(options, &q, runtime_data, report, err);
}

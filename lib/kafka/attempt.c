/* SPDX-License-Identifier: Apache-2.0 */
/* attempt.c - what a lane tries, through what trouble with Vault, or with a key, there may be. */
#include "kafka/attempt.h"

#include "base/error.h"
#include "kafka/clock.h"
#include "kafka/stream.h"

#include <inttypes.h>

/*
 * An attempt is short, so that a hung connection is not waited for. When time was what it lacked, the next one
 * gets more: Vault may be slow rather than away.
 */
enum { FIRST_ATTEMPT_MS = 5000, LAST_ATTEMPT_MS = 30000, FIRST_PAUSE_MS = 250, LAST_PAUSE_MS = 5000, LOOK_MS = 100 };

/* What passes when Vault comes back, or when somebody lets us in again. */
static bool is_trouble(vc_code code)
{
    switch (vc_code_class(code)) {
    case VC_CLASS_AUTH:
    case VC_CLASS_TRANSPORT:
    case VC_CLASS_SERVER: return true;
    case VC_CLASS_NONE:
    case VC_CLASS_USAGE:
    case VC_CLASS_RESOURCE:
    case VC_CLASS_CONFIG:
    case VC_CLASS_DATA:
    default: return false;
    }
}

static bool is_abandoned(vc__lane *lane)
{
    pthread_mutex_lock(&lane->lock);
    const bool abandoned = lane->abandon;
    pthread_mutex_unlock(&lane->lock);
    return abandoned;
}

/* Sleeps, and serves delivery reports meanwhile. False: it is not to be waited for any longer. */
static bool sleep_ms(vc__lane *lane, uint64_t ms)
{
    const uint64_t until = vc__now_ms() + ms;
    for (uint64_t now = vc__now_ms(); now < until && !is_abandoned(lane); now = vc__now_ms()) {
        vc__sink_poll(&lane->sink, (int)(until - now < LOOK_MS ? until - now : LOOK_MS));
        vc__sink_settle(&lane->sink);
        vc__lane_report(lane);
        if (lane->sink.failure.code)
            return false;
    }
    return !is_abandoned(lane);
}

/*
 * An attempt failed. What was produced before is committed, so that no transaction is open and nothing waits for this chunk. False: not
 * to be tried again; `*verdict` says what then.
 */
static bool wait_out(vc__lane *lane, uint64_t pause, uint64_t give_up, const vc_error *why, vc__verdict *verdict)
{
    vc_stream *stream = lane->stream;
    const uint64_t now = vc__now_ms();
    vc__stream_trouble(stream, lane, why);
    *verdict = vc__lane_commit(lane);
    if (*verdict != VC__FINE)
        return false;
    *verdict = VC__AGAIN; /* given up for now, unless time is up */
    if (!sleep_ms(lane, now + pause < give_up ? pause : give_up > now ? give_up - now : 0)) {
        if (lane->sink.transactional && lane->sink.failure.code)
            *verdict = vc__lane_transaction_failed(lane, vc__transactions_judge(&lane->sink.transactions, RD_KAFKA_RESP_ERR__FATAL), &lane->sink.failure);
        return false;
    }
    if (vc__now_ms() < give_up)
        return true;
    vc_error last = VC_ERROR_INIT;
    vc__error_copy(&last, why);
    vc__error_prefix(&last, "gave up after %" PRIu64 " s %s, nothing is lost: ", stream->deadline_ms / 1000,
                     lane->lacks_key ? "without a key" : "of trouble with Vault");
    vc__stream_fail(stream, &last);
    *verdict = VC__OVER;
    return false;
}

/* A transaction that is open must be through before its time is up. */
static uint64_t longest_attempt(const vc__lane *lane, uint64_t attempt)
{
    const vc__transactions *t = &lane->sink.transactions;
    const uint64_t bound = lane->sink.transactional && t->open ? t->timeout_ms / 3 : attempt;
    return bound < attempt ? bound : attempt;
}

vc__verdict vc__attempt(vc__lane *lane, vc__attempt_fn run, const char *what)
{
    const uint64_t give_up = vc__now_ms() + lane->stream->deadline_ms;
    uint64_t longest = FIRST_ATTEMPT_MS, pause = FIRST_PAUSE_MS;
    for (;;) {
        const uint64_t now = vc__now_ms(), left = give_up > now ? give_up - now : 1;
        const uint64_t most = longest_attempt(lane, longest);
        vc_error why = VC_ERROR_INIT;
        const vc_code code = run(lane, most < left ? most : left, &why);
        if (!code) {
            vc__stream_trouble_over(lane->stream, lane);
            return VC__FINE;
        }
        why.code = code; /* also when the callee forgot to fill it */
        if (code == VC_E_CANCELED && is_abandoned(lane)) {
            vc__stream_trouble_left(lane->stream, lane);
            return VC__AGAIN;
        }
        if (!is_trouble(code)) {
            vc__error_prefix(&why, "%s", what);
            vc__stream_fail(lane->stream, &why);
            return VC__OVER;
        }
        vc__verdict verdict;
        if (!wait_out(lane, pause, give_up, &why, &verdict)) {
            vc__stream_trouble_left(lane->stream, lane);
            return verdict;
        }
        if (code == VC_E_TIMEOUT)
            longest = longest * 2 < LAST_ATTEMPT_MS ? longest * 2 : LAST_ATTEMPT_MS;
        pause = pause * 2 < LAST_PAUSE_MS ? pause * 2 : LAST_PAUSE_MS;
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "io/breaker.h"

bool vc__breaker_admits(const vc__breaker *breaker, uint64_t now_ms)
{
    return breaker->state == VC__BREAKER_CLOSED || now_ms >= breaker->until;
}

bool vc__breaker_admit(vc__breaker *breaker, uint64_t now_ms)
{
    if (!vc__breaker_admits(breaker, now_ms))
        return false;
    if (breaker->state != VC__BREAKER_CLOSED) {
        breaker->state = VC__BREAKER_HALF_OPEN;
        breaker->until = now_ms + VC__BREAKER_TRIAL_MS;
    }
    return true;
}

uint64_t vc__breaker_due(const vc__breaker *breaker)
{
    return breaker->state == VC__BREAKER_CLOSED ? 0 : breaker->until;
}

bool vc__breaker_good(vc__breaker *breaker)
{
    const bool closes = breaker->state != VC__BREAKER_CLOSED;
    *breaker = (vc__breaker){ .state = VC__BREAKER_CLOSED };
    return closes;
}

bool vc__breaker_bad(vc__breaker *breaker, uint64_t now_ms, unsigned threshold)
{
    const bool was_closed = breaker->state == VC__BREAKER_CLOSED;
    breaker->failures++;
    /* What was under way when it opened tells nothing new. */
    if (breaker->state == VC__BREAKER_OPEN || (was_closed && breaker->failures < threshold))
        return false;
    breaker->delay_ms = was_closed ? VC__BREAKER_FIRST_MS : breaker->delay_ms * 2;
    if (breaker->delay_ms > VC__BREAKER_LAST_MS)
        breaker->delay_ms = VC__BREAKER_LAST_MS;
    breaker->state = VC__BREAKER_OPEN;
    breaker->until = now_ms + breaker->delay_ms;
    return was_closed;
}

void vc__breaker_release(vc__breaker *breaker, uint64_t now_ms)
{
    if (breaker->state != VC__BREAKER_HALF_OPEN)
        return;
    breaker->state = VC__BREAKER_OPEN;
    breaker->until = now_ms + breaker->delay_ms;
}

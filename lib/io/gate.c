/* SPDX-License-Identifier: Apache-2.0 */
#include "io/gate.h"

#include "base/error.h"

vc_code vc__gate_init(vc__gate *gate, size_t most, double rate, double burst, vc_error *err)
{
    *gate = (vc__gate){ .most = most, .rate = rate, .burst = burst < 1 ? 1 : burst };
    gate->credit = gate->burst;
    return pthread_mutex_init(&gate->lock, NULL) ? vc__error_memory(err) : VC_OK;
}

void vc__gate_destroy(vc__gate *gate)
{
    pthread_mutex_destroy(&gate->lock);
}

/* A bucket that fills with `rate`, up to `burst`. */
static bool has_credit(vc__gate *gate, uint64_t now_ms, uint64_t *again)
{
    if (gate->rate <= 0)
        return true;
    if (now_ms > gate->counted_ms) {
        const double more = gate->counted_ms ? (double)(now_ms - gate->counted_ms) * gate->rate / 1000 : 0;
        gate->credit = gate->credit + more < gate->burst ? gate->credit + more : gate->burst;
        gate->counted_ms = now_ms;
    }
    if (gate->credit >= 1)
        return true;
    *again = now_ms + 1 + (uint64_t)((1 - gate->credit) * 1000 / gate->rate);
    return false;
}

bool vc__gate_enter(vc__gate *gate, uint64_t now_ms, uint64_t *again)
{
    bool open = false;
    *again = UINT64_MAX;
    pthread_mutex_lock(&gate->lock);
    if (gate->inside >= gate->most) {
        gate->awaited = true;
    } else if (has_credit(gate, now_ms, again)) {
        gate->credit -= gate->rate > 0;
        gate->inside++;
        open = true;
    }
    pthread_mutex_unlock(&gate->lock);
    return open;
}

bool vc__gate_leave(vc__gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    gate->inside--;
    const bool awaited = gate->awaited;
    gate->awaited = false;
    pthread_mutex_unlock(&gate->lock);
    return awaited;
}

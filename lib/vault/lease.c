/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/lease.h"

enum {
    RENEW_BACKOFF_MS = 10000, /* doubled with each failure */
    RENEW_BACKOFF_MAX_MS = 300000,
    LOGIN_BACKOFF_MS = 5000,
    LOGIN_BACKOFF_MAX_MS = 60000,
    AWAY_BACKOFF_MS = 500,
    AWAY_BACKOFF_MAX_MS = 5000,
    SHORTEST_MS = 250,
    LATE_MS = 1000
};

static const uint64_t never = UINT64_MAX;
static const uint64_t longest_s = UINT64_C(100) * 365 * 86400; /* keeps sums of milliseconds in range */

/* xorshift64*: spreads clients, nothing else hangs on it. */
static uint64_t random_below(vc__lease *lease, uint64_t limit)
{
    uint64_t x = lease->seed ? lease->seed : UINT64_C(0x9e3779b97f4a7c15);
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    lease->seed = x;
    return limit ? (x * UINT64_C(0x2545f4914f6cdd1d) >> 16) % limit : 0;
}

static uint64_t ms_of(uint64_t seconds)
{
    return (seconds < longest_s ? seconds : longest_s) * 1000;
}

static void set_step(vc__lease *lease, vc__lease_due step, uint64_t at)
{
    lease->step = step;
    lease->next = at;
}

/* What comes after a grant of `left` ms at `now`. */
static void plan(vc__lease *lease, uint64_t now, uint64_t left)
{
    const uint64_t grace = lease->grace;
    const uint64_t sleep = left / 3 * 2 + grace / 3;
    const bool room = left > grace && left - sleep > grace;
    if (lease->endless)
        set_step(lease, VC__LEASE_NOTHING, never);
    else if (lease->renewable && room && sleep && !(lease->shrunk && lease->can_login))
        set_step(lease, VC__LEASE_RENEW, now + sleep);
    else if (lease->can_login)
        set_step(lease, VC__LEASE_LOGIN, left > grace ? now + left - grace : now);
    else
        set_step(lease, VC__LEASE_NOTHING, never);
}

static void draw_grace(vc__lease *lease, uint64_t left)
{
    lease->shrunk = left < lease->prior;
    if (left > lease->prior)
        lease->grace = left / 10 + random_below(lease, left / 10 + 1);
    lease->prior = left;
}

/*
 * A clock that was set back moves every time with it: what was left stays left. Threads that read the clock before they come here
 * may be late by a little.
 */
static void follow_clock(vc__lease *lease, uint64_t now)
{
    const uint64_t back = now < lease->seen ? lease->seen - now : 0;
    if (back && back <= LATE_MS)
        return;
    lease->seen = now;
    if (!back)
        return;
    if (lease->next != never)
        lease->next = lease->next > back ? lease->next - back : 0;
    if (lease->ends != never)
        lease->ends = lease->ends > back ? lease->ends - back : 0;
}

void vc__lease_init(vc__lease *lease, uint64_t seed, bool can_login)
{
    *lease = (vc__lease){ .can_login = can_login, .seed = seed, .step = VC__LEASE_OVER };
}

static void grant(vc__lease *lease, uint64_t sent_ms, const vc__lease_terms *terms)
{
    const uint64_t left = ms_of(terms->ttl_s);
    if (lease->seen < sent_ms)
        lease->seen = sent_ms;
    lease->failures = 0;
    lease->renewable = terms->renewable && !terms->capped;
    lease->ends = lease->endless ? never : sent_ms + left;
    draw_grace(lease, left);
    plan(lease, sent_ms, left);
}

void vc__lease_start(vc__lease *lease, uint64_t sent_ms, const vc__lease_terms *terms, int fresh)
{
    static const vc__lease_terms unknown = { 0, 0, false, false };
    if (!terms)
        terms = &unknown;
    lease->held = true;
    lease->prior = lease->grace = 0;
    lease->endless = !terms->ttl_s;
    lease->granted_uses = lease->uses = terms->uses;
    grant(lease, sent_ms, terms);
    if (fresh == VC__LEASE_GIVEN && lease->renewable && !lease->endless)
        set_step(lease, VC__LEASE_RENEW, sent_ms);
}

void vc__lease_lose(vc__lease *lease)
{
    lease->held = false;
    lease->failures = 0;
    set_step(lease, VC__LEASE_OVER, 0);
}

void vc__lease_renewed(vc__lease *lease, uint64_t sent_ms, const vc__lease_terms *terms)
{
    /* 0 is then less than a second, and not "for ever". */
    if (!lease->held)
        return;
    lease->endless = lease->endless && !terms->ttl_s;
    grant(lease, sent_ms, terms);
}

static uint64_t back_off(unsigned failures, uint64_t first, uint64_t last)
{
    uint64_t wait = first;
    for (unsigned i = 1; i < failures && wait < last; i++)
        wait *= 2;
    return wait < last ? wait : last;
}

/* Not so long that a short life passes over it: a third of what is left at most. */
static uint64_t within(uint64_t wait, uint64_t left)
{
    const uint64_t most = left / 3 > SHORTEST_MS ? left / 3 : SHORTEST_MS;
    return wait < most ? wait : most;
}

void vc__lease_renew_failed(vc__lease *lease, uint64_t now_ms, bool refused)
{
    follow_clock(lease, now_ms);
    if (!lease->held)
        return;
    const uint64_t left = vc__lease_left(lease, now_ms);
    lease->failures++;
    if (refused)
        lease->renewable = false;
    const uint64_t again = now_ms + within(back_off(lease->failures, RENEW_BACKOFF_MS, RENEW_BACKOFF_MAX_MS), left);
    if (lease->endless) {
        set_step(lease, VC__LEASE_NOTHING, never);
    } else if (lease->renewable && again + (lease->can_login ? lease->grace : 0) < lease->ends) {
        set_step(lease, VC__LEASE_RENEW, again);
    } else {
        lease->failures = 0;
        lease->renewable = false; /* there is no time for another try */
        plan(lease, now_ms, left);
    }
}

void vc__lease_login_failed(vc__lease *lease, uint64_t now_ms, bool refused)
{
    follow_clock(lease, now_ms);
    lease->failures++;
    uint64_t wait = refused ? back_off(lease->failures, LOGIN_BACKOFF_MS, LOGIN_BACKOFF_MAX_MS)
                            : back_off(lease->failures, AWAY_BACKOFF_MS, AWAY_BACKOFF_MAX_MS);
    if (lease->held && !lease->endless && lease->ends > now_ms)
        wait = within(wait, lease->ends - now_ms);
    set_step(lease, lease->held ? VC__LEASE_LOGIN : VC__LEASE_OVER, now_ms + wait);
}

void vc__lease_forgive(vc__lease *lease, uint64_t now_ms)
{
    lease->failures = 0;
    if (lease->step == VC__LEASE_LOGIN || lease->step == VC__LEASE_OVER)
        lease->next = lease->next < now_ms ? lease->next : now_ms;
}

void vc__lease_spend(vc__lease *lease)
{
    if (lease->uses)
        lease->uses--;
}

/* The last use is left alone where there are more, because Vault may count one that was not counted here. */
static bool is_used_up(const vc__lease *lease)
{
    return lease->granted_uses && lease->uses <= (lease->granted_uses > 1);
}

static bool is_nearly_used_up(const vc__lease *lease)
{
    return lease->granted_uses > 2 && lease->uses <= 1 + lease->granted_uses / 5;
}

vc__lease_due vc__lease_look(vc__lease *lease, uint64_t now_ms, uint64_t *at)
{
    follow_clock(lease, now_ms);
    *at = lease->next;
    if (!lease->held)
        return VC__LEASE_OVER;
    /* For the next log-in, after one that failed. */
    const bool waits = lease->failures && lease->step == VC__LEASE_LOGIN && lease->next > now_ms;
    const bool over = !lease->endless && now_ms >= lease->ends;
    if (over || (is_used_up(lease) && lease->can_login)) {
        if (!waits)
            *at = now_ms;
        return VC__LEASE_OVER;
    }
    if (is_nearly_used_up(lease) && lease->can_login && !waits) {
        *at = now_ms;
        return VC__LEASE_LOGIN;
    }
    if (lease->next > now_ms) {
        /* Its end is a time to look, too. */
        if (lease->ends < *at)
            *at = lease->ends;
        return VC__LEASE_NOTHING;
    }
    return lease->step;
}

uint64_t vc__lease_left(const vc__lease *lease, uint64_t now_ms)
{
    if (!lease->held)
        return 0;
    if (lease->endless)
        return never;
    return lease->ends > now_ms ? lease->ends - now_ms : 0;
}

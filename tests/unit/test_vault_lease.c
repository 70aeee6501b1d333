/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lib/vault/lease: weeks in the life of tokens, with a clock of the test's own, against a small model of how Vault grants: ttl, max_ttl,
 * period, uses.
 */
#include "unit/test.h"

#include "vault/lease.h"

#define SECOND UINT64_C(1000)
#define HOUR (3600 * SECOND)
#define DAY (24 * HOUR)

static const uint64_t never = UINT64_MAX;

/* -- single steps ------------------------------------------------------------------------------------------------- */

static vc__lease_due look(vc__lease *lease, uint64_t now)
{
    uint64_t at;
    return vc__lease_look(lease, now, &at);
}

static uint64_t next_of(vc__lease *lease, uint64_t now)
{
    uint64_t at;
    (void)vc__lease_look(lease, now, &at);
    return at;
}

static vc__lease started(uint64_t now, uint64_t ttl_s, bool renewable, bool can_login, int fresh)
{
    vc__lease lease;
    vc__lease_init(&lease, 7, can_login);
    vc__lease_start(&lease, now, &(vc__lease_terms){ ttl_s, 0, renewable, false }, fresh);
    return lease;
}

static void without_a_token_a_login_is_due(void **state)
{
    (void)state;
    vc__lease lease;
    uint64_t at;
    vc__lease_init(&lease, 1, true);
    assert_int_equal(vc__lease_look(&lease, 5000, &at), VC__LEASE_OVER);
    assert_true(at <= 5000);
    assert_int_equal(vc__lease_left(&lease, 5000), 0);
    vc__lease_spend(&lease);
    vc__lease_renewed(&lease, 5000, &(vc__lease_terms){ 10, 0, true, false }); /* of a token that is gone: of no account */
    assert_int_equal(look(&lease, 5000), VC__LEASE_OVER);
}

static void an_endless_token_needs_nothing(void **state)
{
    (void)state;
    vc__lease lease = started(1000, 0, false, true, VC__LEASE_FRESH);
    assert_int_equal(look(&lease, 1000), VC__LEASE_NOTHING);
    assert_int_equal(next_of(&lease, 1000 + 4000 * DAY), never);
    assert_int_equal(vc__lease_left(&lease, 4000 * DAY), never);
    vc__lease_renew_failed(&lease, 2000, true);
    assert_int_equal(next_of(&lease, 3000), never);
    vc__lease_start(&lease, 1000, NULL, VC__LEASE_GIVEN); /* nothing known */
    assert_int_equal(look(&lease, 4000 * DAY), VC__LEASE_NOTHING);
}

/* Spec 3.3: sleep = 2/3 of what is left + 1/3 of the grace period, which is a tenth to two tenths of it. */
static void renewal_comes_after_two_thirds(void **state)
{
    (void)state;
    uint64_t least = never, most = 0;
    for (uint64_t seed = 1; seed < 500; seed++) {
        vc__lease lease;
        vc__lease_init(&lease, seed * 977, true);
        vc__lease_start(&lease, 50000, &(vc__lease_terms){ 900, 0, true, false }, VC__LEASE_FRESH);
        assert_int_equal(look(&lease, 50000), VC__LEASE_NOTHING);
        const uint64_t wait = next_of(&lease, 50000) - 50000;
        least = wait < least ? wait : least;
        most = wait > most ? wait : most;
        assert_int_equal(look(&lease, 50000 + wait - 1), VC__LEASE_NOTHING);
        assert_int_equal(look(&lease, 50000 + wait), VC__LEASE_RENEW);
    }
    assert_in_range(least, 630 * SECOND, 633 * SECOND);
    assert_in_range(most, 657 * SECOND, 660 * SECOND);
}

static void a_given_token_is_renewed_at_once(void **state)
{
    (void)state;
    vc__lease lease = started(1000, 3600, true, false, VC__LEASE_GIVEN);
    assert_int_equal(look(&lease, 1000), VC__LEASE_RENEW);
    vc__lease_renewed(&lease, 1000, &(vc__lease_terms){ 3600, 0, true, false });
    assert_int_equal(look(&lease, 1001), VC__LEASE_NOTHING);
    lease = started(1000, 3600, false, false, VC__LEASE_GIVEN);
    assert_int_equal(look(&lease, 1000), VC__LEASE_NOTHING);
}

static void what_is_not_renewable_is_replaced_in_its_grace_period(void **state)
{
    (void)state;
    vc__lease lease = started(0, 1000, false, true, VC__LEASE_FRESH);
    const uint64_t at = next_of(&lease, 1);
    assert_in_range(at, 800 * SECOND, 900 * SECOND);
    assert_int_equal(look(&lease, at - 1), VC__LEASE_NOTHING);
    assert_int_equal(look(&lease, at), VC__LEASE_LOGIN);
    assert_int_equal(look(&lease, 1000 * SECOND - 1), VC__LEASE_LOGIN); /* it serves to its last moment */
    assert_int_equal(look(&lease, 1000 * SECOND), VC__LEASE_OVER);
    lease = started(0, 1000, false, false, VC__LEASE_FRESH); /* no way to log in: nothing to do until it is over */
    assert_int_equal(next_of(&lease, 1), 1000 * SECOND);
    assert_int_equal(look(&lease, 1000 * SECOND), VC__LEASE_OVER);
}

static void a_shortened_lease_means_that_max_ttl_is_near(void **state)
{
    (void)state;
    vc__lease lease = started(0, 1000, true, true, VC__LEASE_FRESH);
    const uint64_t grace = lease.grace;
    vc__lease_renewed(&lease, 700 * SECOND, &(vc__lease_terms){ 850, 0, true, false }); /* leaves room, but another would be in vain */
    assert_int_equal(lease.grace, grace);
    assert_int_equal(lease.step, VC__LEASE_LOGIN);
    assert_int_equal(next_of(&lease, 700 * SECOND), 1550 * SECOND - grace);
    vc__lease_renewed(&lease, 1100 * SECOND, &(vc__lease_terms){ 200, 0, true, false });
    assert_int_equal(lease.step, VC__LEASE_LOGIN);
    assert_int_equal(next_of(&lease, 1100 * SECOND), 1300 * SECOND - grace);
    vc__lease_renewed(&lease, 1299 * SECOND, &(vc__lease_terms){ 1, 0, true, false });
    assert_int_equal(look(&lease, 1299 * SECOND), VC__LEASE_LOGIN);
    vc__lease_renewed(&lease, 1299 * SECOND, &(vc__lease_terms){ 0, 0, true, false }); /* under a second: not "for ever" */
    assert_int_equal(look(&lease, 1299 * SECOND), VC__LEASE_OVER);
    vc__lease_renewed(&lease, 1300 * SECOND, &(vc__lease_terms){ 3000, 0, true, false }); /* it grows again: a new grace period */
    assert_in_range(lease.grace, 300 * SECOND, 600 * SECOND);
    assert_int_equal(lease.step, VC__LEASE_RENEW);
}

/* Vault says that max_ttl cut it: the lease is used to its grace period, and not renewed in vain. */
static void a_capped_lease_is_not_renewed(void **state)
{
    (void)state;
    vc__lease lease = started(0, 1000, true, true, VC__LEASE_FRESH);
    vc__lease_renewed(&lease, 700 * SECOND, &(vc__lease_terms){ 900, 0, true, true });
    assert_int_equal(lease.step, VC__LEASE_LOGIN);
    assert_int_equal(next_of(&lease, 700 * SECOND), 1600 * SECOND - lease.grace);
    vc__lease_start(&lease, 0, &(vc__lease_terms){ 900, 0, true, true }, VC__LEASE_GIVEN);
    assert_int_equal(lease.step, VC__LEASE_LOGIN);
}

/* 10 s, 20, 40, 80, 160, 300, 300, ..., as long as there is time. */
static void failed_renewals_back_off(void **state)
{
    (void)state;
    static const uint64_t waits[] = { 10, 20, 40, 80, 160, 300, 300, 300 };
    vc__lease lease = started(0, 86400, true, true, VC__LEASE_FRESH);
    uint64_t now = next_of(&lease, 0);
    for (size_t i = 0; i < COUNT(waits); i++) {
        assert_int_equal(look(&lease, now), VC__LEASE_RENEW);
        vc__lease_renew_failed(&lease, now, false);
        assert_int_equal(next_of(&lease, now), now + waits[i] * SECOND);
        now += waits[i] * SECOND;
    }
    vc__lease_renewed(&lease, now, &(vc__lease_terms){ 86400, 0, true, false });
    now = next_of(&lease, now);
    vc__lease_renew_failed(&lease, now, false);
    assert_int_equal(next_of(&lease, now), now + 10 * SECOND); /* forgotten by the success */
    vc__lease_renew_failed(&lease, now, true);                  /* refused: no second try, but a log-in in time */
    assert_int_equal(lease.step, VC__LEASE_LOGIN);
    assert_int_equal(next_of(&lease, now), lease.ends - lease.grace);
}

static void failed_renewals_end_in_a_login(void **state)
{
    (void)state;
    for (uint64_t ttl = 1; ttl < 100000; ttl = ttl * 3 + 1) {
        vc__lease lease = started(0, ttl, true, true, VC__LEASE_FRESH);
        uint64_t now = next_of(&lease, 0), tries = 0;
        for (; look(&lease, now) == VC__LEASE_RENEW; tries++) {
            vc__lease_renew_failed(&lease, now, false);
            const uint64_t next = next_of(&lease, now);
            assert_true(next >= now);
            now = next;
        }
        assert_int_equal(look(&lease, now), VC__LEASE_LOGIN);
        assert_true(now < lease.ends);
        assert_in_range(tries, 1, 400);
    }
    vc__lease lease = started(0, 30, true, false, VC__LEASE_FRESH); /* no way to log in: to the end */
    uint64_t now = next_of(&lease, 0), last = 0;
    while (look(&lease, now) == VC__LEASE_RENEW) {
        last = now;
        vc__lease_renew_failed(&lease, now, false);
        now = next_of(&lease, now);
    }
    assert_true(last > 29 * SECOND);
    assert_int_equal(look(&lease, 30 * SECOND), VC__LEASE_OVER);
}

static void failed_logins_back_off(void **state)
{
    (void)state;
    static const uint64_t waits[] = { 5, 10, 20, 40, 60, 60 };
    vc__lease lease;
    uint64_t at, now = 1000;
    vc__lease_init(&lease, 1, true);
    for (size_t i = 0; i < COUNT(waits); i++) {
        assert_int_equal(vc__lease_look(&lease, now, &at), VC__LEASE_OVER);
        assert_true(at <= now);
        vc__lease_login_failed(&lease, now, true);
        assert_int_equal(vc__lease_look(&lease, now + 1, &at), VC__LEASE_OVER);
        assert_int_equal(at, now + waits[i] * SECOND);
        now = at;
    }
    vc__lease_login_failed(&lease, now, true);
    vc__lease_forgive(&lease, now + 1);
    assert_int_equal(vc__lease_look(&lease, now + 1, &at), VC__LEASE_OVER);
    assert_int_equal(at, now + 1);
    vc__lease_login_failed(&lease, now + 1, false); /* no answer: not so long */
    assert_int_equal(next_of(&lease, now + 2), now + 501);

    lease = started(0, 100, false, true, VC__LEASE_FRESH); /* the old token serves between the tries */
    now = next_of(&lease, 0);
    for (unsigned tries = 0; now < 100 * SECOND; tries++) {
        assert_int_equal(look(&lease, now), VC__LEASE_LOGIN);
        vc__lease_login_failed(&lease, now, true);
        assert_int_equal(look(&lease, now), VC__LEASE_NOTHING);
        now = next_of(&lease, now);
        assert_true(tries < 40);
    }
    assert_int_equal(vc__lease_look(&lease, 100 * SECOND, &at), VC__LEASE_OVER);
}

static void uses_are_counted(void **state)
{
    (void)state;
    static const struct {
        uint64_t granted, soft, hard; /* uses left when a log-in is due, and when it must come first */
    } cases[] = { { 1, 0, 0 }, { 2, 1, 1 }, { 3, 1, 1 }, { 5, 2, 1 }, { 10, 3, 1 }, { 1000, 201, 1 } };
    for (size_t i = 0; i < COUNT(cases); i++) {
        vc__lease lease;
        vc__lease_init(&lease, 3, true);
        vc__lease_start(&lease, 0, &(vc__lease_terms){ 3600, cases[i].granted, true, false }, VC__LEASE_FRESH);
        for (uint64_t left = cases[i].granted;; left--) {
            const vc__lease_due due = look(&lease, 10);
            assert_int_equal(due, left <= cases[i].hard   ? VC__LEASE_OVER
                                  : left <= cases[i].soft ? VC__LEASE_LOGIN
                                                          : VC__LEASE_NOTHING);
            if (!left)
                break;
            vc__lease_spend(&lease);
        }
        vc__lease_spend(&lease);
        assert_int_equal(lease.uses, 0);
    }
    vc__lease lease; /* no way to log in: to the last */
    vc__lease_init(&lease, 3, false);
    vc__lease_start(&lease, 0, &(vc__lease_terms){ 3600, 2, true, false }, VC__LEASE_FRESH);
    vc__lease_spend(&lease);
    vc__lease_spend(&lease);
    assert_int_equal(look(&lease, 10), VC__LEASE_NOTHING);
    /* A renewal does not give uses back. */
    vc__lease_init(&lease, 3, true);
    vc__lease_start(&lease, 0, &(vc__lease_terms){ 3600, 2, true, false }, VC__LEASE_FRESH);
    vc__lease_spend(&lease);
    vc__lease_renewed(&lease, 0, &(vc__lease_terms){ 3600, 2, true, false });
    assert_int_equal(look(&lease, 10), VC__LEASE_OVER);
}

static void a_token_that_is_lost_is_over(void **state)
{
    (void)state;
    vc__lease lease = started(0, 3600, true, true, VC__LEASE_FRESH);
    vc__lease_lose(&lease);
    assert_int_equal(look(&lease, 1), VC__LEASE_OVER);
    assert_int_equal(vc__lease_left(&lease, 1), 0);
    vc__lease_start(&lease, 1, &(vc__lease_terms){ 3600, 0, true, false }, VC__LEASE_FRESH);
    assert_int_equal(look(&lease, 1), VC__LEASE_NOTHING);
}

static void clocks_jump(void **state)
{
    (void)state;
    vc__lease lease = started(100 * HOUR, 3600, true, true, VC__LEASE_FRESH);
    /* Ahead, as when a machine wakes: over, not overflown. */
    assert_int_equal(look(&lease, 1000 * DAY), VC__LEASE_OVER);
    assert_int_equal(look(&lease, never), VC__LEASE_OVER);
    /* Back by 50 hours: what was left then is left now. */
    lease = started(100 * HOUR, 3600, true, true, VC__LEASE_FRESH);
    const uint64_t wait = next_of(&lease, 100 * HOUR) - 100 * HOUR;
    assert_int_equal(next_of(&lease, 50 * HOUR), 50 * HOUR + wait);
    assert_int_equal(vc__lease_left(&lease, 50 * HOUR), HOUR);
    assert_int_equal(look(&lease, 50 * HOUR + wait), VC__LEASE_RENEW);
    assert_int_equal(look(&lease, 0), VC__LEASE_RENEW);
    /* Threads that are late by a little move nothing. */
    lease = started(100 * HOUR, 3600, true, true, VC__LEASE_FRESH);
    for (unsigned i = 0; i < 100000; i++)
        (void)look(&lease, 100 * HOUR + i % 3);
    assert_int_equal(vc__lease_left(&lease, 100 * HOUR), HOUR);
    /* The largest lease that a reply may name. */
    lease = started(100 * HOUR, UINT64_MAX, true, true, VC__LEASE_FRESH);
    assert_int_equal(look(&lease, 100 * HOUR), VC__LEASE_NOTHING);
    assert_true(next_of(&lease, 100 * HOUR) > 1000 * DAY);
}

/* -- weeks ---------------------------------------------------------------------------------------------------------- */

/* What the server does. Times in ms; ttl, max and period in whole seconds, as Vault grants. */
typedef struct world {
    const char *what;
    uint64_t ttl, max, period; /* seconds; max 0: none */
    bool renewable;
    uint64_t uses;
    uint64_t shrink;                 /* each renewal grants so many percent of the one before; 0: all */
    uint64_t renew_down, login_down; /* of every 100 tries in a row so many fail */
    uint64_t every, length;          /* a call each so many ms, for so long */
    uint64_t logins_most, renewals_most;
    bool stays_up;                   /* no call finds the token dead */
    bool says_so;                    /* warns when max_ttl cuts */
} world;

typedef struct run {
    uint64_t now, born, dies, left, granted;
    uint64_t logins, renewals, tries, dead_calls, calls;
} run;

static void log_in(const world *w, run *r, vc__lease *lease)
{
    if (r->tries++ % 100 < w->login_down) {
        vc__lease_login_failed(lease, r->now, true);
        return;
    }
    const uint64_t ttl = w->period ? w->period : w->ttl;
    r->logins++;
    r->born = r->now;
    r->granted = ttl;
    r->dies = r->now + ttl * SECOND;
    r->left = w->uses;
    vc__lease_start(lease, r->now, &(vc__lease_terms){ ttl, w->uses, w->renewable, false }, VC__LEASE_FRESH);
}

static void renew(const world *w, run *r, vc__lease *lease)
{
    if (r->tries++ % 100 < w->renew_down || r->now >= r->dies) {
        vc__lease_renew_failed(lease, r->now, r->now >= r->dies);
        return;
    }
    uint64_t ttl = w->period ? w->period : w->ttl;
    if (w->shrink)
        ttl = r->granted * w->shrink / 100;
    const bool capped = w->max && r->now + ttl * SECOND > r->born + w->max * SECOND;
    if (capped)
        ttl = (r->born + w->max * SECOND - r->now) / SECOND;
    r->renewals++;
    r->granted = ttl;
    r->dies = r->now + ttl * SECOND;
    vc__lease_spend(lease);
    r->left -= r->left != 0;
    vc__lease_renewed(lease, r->now, &(vc__lease_terms){ ttl, 0, w->renewable, capped && w->says_so });
}

/* Does all that is due; true: a call may go out. */
static bool settle(const world *w, run *r, vc__lease *lease)
{
    for (unsigned steps = 0;; steps++) {
        uint64_t at;
        assert_true(steps < 10); /* never a storm */
        const vc__lease_due due = vc__lease_look(lease, r->now, &at);
        if (due == VC__LEASE_RENEW)
            renew(w, r, lease);
        else if (due == VC__LEASE_LOGIN || (due == VC__LEASE_OVER && at <= r->now))
            log_in(w, r, lease);
        else
            return due == VC__LEASE_NOTHING;
    }
}

static run live(const world *w, uint64_t seed)
{
    run r = { .now = 5 * DAY };
    vc__lease lease;
    vc__lease_init(&lease, seed, true);
    for (const uint64_t end = r.now + w->length; r.now < end; r.now += w->every) {
        r.calls++;
        const bool may = settle(w, &r, &lease);
        const bool dead = !may || r.now >= r.dies || (w->uses && !r.left);
        r.dead_calls += dead;
        if (may) {
            vc__lease_spend(&lease);
            r.left -= r.left != 0;
        }
    }
    return r;
}

static void weeks_pass(void **state)
{
    (void)state;
    static const world worlds[] = {
        { "ttl 1 h, no max", 3600, 0, 0, true, 0, 0, 0, 0, 10 * SECOND, 28 * DAY, 1, 1080, true, false },
        { "ttl 1 h, max 24 h", 3600, 86400, 0, true, 0, 0, 0, 0, 10 * SECOND, 28 * DAY, 29, 1100, true, false },
        { "ttl 3 s, max 9 s", 3, 9, 0, true, 0, 0, 0, 0, 10, HOUR, 450, 1400, true, false },
        { "the same, with a warning", 3, 9, 0, true, 0, 0, 0, 0, 10, HOUR, 450, 1400, true, true },
        { "period 1 h", 0, 0, 3600, true, 0, 0, 0, 0, 10 * SECOND, 28 * DAY, 1, 1080, true, false },
        { "period 2 s", 0, 0, 2, true, 0, 0, 0, 0, 10, HOUR, 1, 2600, true, false },
        { "batch tokens of 20 min", 1200, 0, 0, false, 0, 0, 0, 0, SECOND, 28 * DAY, 2600, 0, true, false },
        { "ttl 1 s, not renewable", 1, 0, 0, false, 0, 0, 0, 0, 10, HOUR, 4600, 0, true, false },
        { "20 uses", 3600, 0, 0, true, 20, 0, 0, 0, SECOND, 2 * DAY, 11600, 1, true, false },
        { "2 uses", 3600, 0, 0, true, 2, 0, 0, 0, SECOND, DAY, 86400, 1, true, false },
        { "1 use", 3600, 0, 0, true, 1, 0, 0, 0, SECOND, DAY, 86400, 1, true, false },
        { "each renewal grants 80 %", 3600, 0, 0, true, 0, 80, 0, 0, 10 * SECOND, 28 * DAY, 500, 500, true, false },
        { "9 of 10 renewals fail", 3600, 86400, 0, true, 0, 0, 90, 0, SECOND, 28 * DAY, 600, 1100, true, false },
        { "all renewals fail", 3600, 0, 0, true, 0, 0, 100, 0, SECOND, 28 * DAY, 800, 0, true, false },
        { "half of the log-ins fail", 3600, 0, 0, false, 0, 0, 0, 50, SECOND, 28 * DAY, 800, 0, false, false },
        { "one call a day", 3600, 86400, 0, true, 0, 0, 0, 0, DAY, 60 * DAY, 60, 60, true, false },
        { "one call in 50 minutes", 3600, 86400, 0, true, 0, 0, 0, 0, 50 * 60 * SECOND, 28 * DAY, 30, 900, true, false },
    };
    for (size_t i = 0; i < COUNT(worlds); i++) {
        const world *w = &worlds[i];
        const run r = live(w, 11 * i + 1);
        if (w->stays_up ? r.dead_calls != 0 : r.dead_calls * 1000 > r.calls * 20)
            fail_msg("%s: %lu of %lu calls found no token", w->what, (unsigned long)r.dead_calls, (unsigned long)r.calls);
        if (r.logins > w->logins_most || r.renewals > w->renewals_most || !r.logins)
            fail_msg("%s: %lu log-ins, %lu renewals", w->what, (unsigned long)r.logins, (unsigned long)r.renewals);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_token_a_login_is_due),
        cmocka_unit_test(an_endless_token_needs_nothing),
        cmocka_unit_test(renewal_comes_after_two_thirds),
        cmocka_unit_test(a_given_token_is_renewed_at_once),
        cmocka_unit_test(what_is_not_renewable_is_replaced_in_its_grace_period),
        cmocka_unit_test(a_shortened_lease_means_that_max_ttl_is_near),
        cmocka_unit_test(a_capped_lease_is_not_renewed),
        cmocka_unit_test(failed_renewals_back_off),
        cmocka_unit_test(failed_renewals_end_in_a_login),
        cmocka_unit_test(failed_logins_back_off),
        cmocka_unit_test(uses_are_counted),
        cmocka_unit_test(a_token_that_is_lost_is_over),
        cmocka_unit_test(clocks_jump),
        cmocka_unit_test(weeks_pass),
    };
    return cmocka_run_group_tests_name("vault_lease", tests, NULL, NULL);
}

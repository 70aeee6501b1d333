/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lease.h - the life of one token: when it is renewed, when a new log-in is due, when it is over. No clock, no
 * I/O, no randomness of its own: time (monotonic, milliseconds) and a seed come in.
 *
 *      start -> (2/3 of the lease) RENEW -> renewed -> ... -> the server shortens what it grants: max_ttl is
 *      near -> LOGIN within the grace period, the old token serves on -> start of the next
 *
 * The rules are those of the lifetime watcher of Vault's Go client (its api/lifetime_watcher.go), with these
 * differences: a token that has just come from a log-in is not renewed at once, for the log-in has told all
 * that a renewal would; what is left at the end is used, for the log-in is due only when the grace period
 * begins; a lease that max_ttl has cut (Vault says so, or grants less than before) is not renewed in vain; and failures of renewals
 * do back off.
 *
 * Threads: one owner (the session, under its lock).
 */
#ifndef VC__VAULT_LEASE_H
#define VC__VAULT_LEASE_H

#include <stdbool.h>
#include <stdint.h>

typedef enum vc__lease_due {
    VC__LEASE_NOTHING = 0,
    VC__LEASE_RENEW, /* the token serves meanwhile */
    VC__LEASE_LOGIN, /* the token serves meanwhile */
    VC__LEASE_OVER   /* it serves no longer, or there is none: log in first */
} vc__lease_due;

/* What Vault grants: by a log-in, a renewal, or as a lookup tells. */
typedef struct vc__lease_terms {
    uint64_t ttl_s; /* 0: never ends */
    uint64_t uses;  /* 0: not counted; of no account in a renewal */
    bool renewable;
    bool capped;    /* by max_ttl: another renewal brings nothing more */
} vc__lease_terms;

typedef struct vc__lease {
    bool can_login;  /* there is a way to a next token */
    bool held;       /* there is a token */
    bool endless;    /* or its end is not known */
    bool renewable;
    vc__lease_due step; /* what comes next, and when */
    uint64_t next;      /* ms; UINT64_MAX: never */
    uint64_t ends;      /* ms */
    uint64_t grace;     /* ms before the end */
    bool shrunk;        /* the last grant was less than the one before: max_ttl is near */
    uint64_t prior;     /* ms that the last grant gave: while it grows, the grace period is drawn anew */
    uint64_t granted_uses, uses; /* uses left; granted 0: not counted */
    unsigned failures;  /* in a row, of renewals or log-ins */
    uint64_t seen;      /* the latest time: one before it is a clock that was set back */
    uint64_t seed;
} vc__lease;

enum {
    VC__LEASE_GIVEN = 0, /* the terms are those of a token of unknown age: renew it first */
    VC__LEASE_FRESH      /* it was granted just now */
};

/* No token. `seed` spreads renewals of many clients. */
void vc__lease_init(vc__lease *lease, uint64_t seed, bool can_login);

/*
 * A new token. `sent_ms`: when the request was sent that granted it, for its life began no earlier. `fresh`: see
 * above. Without `terms` nothing is known of its life: it serves, and nothing is ever due.
 */
void vc__lease_start(vc__lease *lease, uint64_t sent_ms, const vc__lease_terms *terms, int fresh);

/* The token is gone, whatever its lease said. */
void vc__lease_lose(vc__lease *lease);

void vc__lease_renewed(vc__lease *lease, uint64_t sent_ms, const vc__lease_terms *terms);

/* `refused`: the server will not renew it (400, 403, 404), so it is not asked again. */
void vc__lease_renew_failed(vc__lease *lease, uint64_t now_ms, bool refused);

/*
 * The next try comes after a back-off, with or without a token that still serves: a long one when the server `refused` (it may lock users
 * who try too often), else a short one.
 */
void vc__lease_login_failed(vc__lease *lease, uint64_t now_ms, bool refused);

/* The reason of the failures may be gone (a credential file has changed): nothing is held back. */
void vc__lease_forgive(vc__lease *lease, uint64_t now_ms);

/* A request goes out with the token. */
void vc__lease_spend(vc__lease *lease);

/*
 * What is due now. `*at`: when to ask again (UINT64_MAX: no need to); of VC__LEASE_OVER, when the next log-in
 * may be tried: now, or later after one that failed.
 */
vc__lease_due vc__lease_look(vc__lease *lease, uint64_t now_ms, uint64_t *at);

/* Milliseconds that are left; UINT64_MAX: without end, or not known; 0: over. */
uint64_t vc__lease_left(const vc__lease *lease, uint64_t now_ms);

#endif

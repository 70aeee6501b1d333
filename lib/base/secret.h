/* SPDX-License-Identifier: Apache-2.0 */
/*
 * secret.h - long-lived secrets (tokens, keys): pages of their own (pages.h), locked, left out of core dumps,
 * with guard pages, wiped over their whole capacity when freed. In a forked child they are gone:
 * vc__secret_get() gives no bytes there, so a child that needs one must be given it anew. There is no way to
 * print one.
 *
 * Threads: one owner; reading by many is fine.
 */
#ifndef VC__BASE_SECRET_H
#define VC__BASE_SECRET_H

#include "base/cleanup.h"

#include <stdbool.h>
#include <vaultcrypt/error.h>

/* What to do when memory cannot be locked (RLIMIT_MEMLOCK). */
typedef enum vc__lock_policy { VC__LOCK_TRY = 0, VC__LOCK_REQUIRE, VC__LOCK_OFF } vc__lock_policy;

typedef struct vc__secret vc__secret;

/*
 * A copy of `bytes`. NULL: VC_E_MEMORY, VC_E_LIMIT (over 1 MiB), VC_E_CONFIG (locking required and refused).
 */
vc__secret *vc__secret_new(vc_view bytes, vc__lock_policy policy, vc_error *err);
void vc__secret_free(vc__secret *secret);
VC__DEFINE_CLEANUP(vc__secret, vc__secret_free)

/* The bytes, with a NUL behind them; alive as long as the secret. */
vc_view vc__secret_get(const vc__secret *secret);
bool vc__secret_locked(const vc__secret *secret);

/* Equal in length and bytes; the time depends on the lengths alone. */
bool vc__secret_equal(vc_view a, vc_view b);

/* Overwrites in a way that no compiler removes. */
void vc__wipe(void *memory, size_t len);

#endif

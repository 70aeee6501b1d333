/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attempt.h - trying what takes Vault, or a key that may be missing, until it is done.
 *
 * Threads: the lane's own.
 */
#ifndef VC__KAFKA_ATTEMPT_H
#define VC__KAFKA_ATTEMPT_H

#include "kafka/lane.h"

/* Tries once, for so long; may be called again after it failed with a code of the classes auth, transport or server. */
typedef vc_code (*vc__attempt_fn)(vc__lane *lane, uint64_t attempt_ms, vc_error *err);

/* Until it is done, or given up; `what` goes before the error that stops the stream. What was produced before is committed while it waits. */
vc__verdict vc__attempt(vc__lane *lane, vc__attempt_fn run, const char *what);

#endif

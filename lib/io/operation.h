/* SPDX-License-Identifier: Apache-2.0 */
/*
 * operation.h - what a driver needs of an operation: a state machine that is stepped, lends requests and reads their answers.
 * <vaultcrypt/batch.h> says what step and next mean.
 *
 * Threads: one owner.
 */
#ifndef VC__IO_OPERATION_H
#define VC__IO_OPERATION_H

#include <vaultcrypt/request.h>

typedef struct vc__operation {
    vc_step (*step)(void *self, uint64_t now_ms, uint64_t *wait_until, vc_error *err);
    vc_request *(*next)(void *self);
    void *self;
} vc__operation;

#endif

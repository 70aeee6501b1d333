/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test.h - what every unit test uses: cmocka, and the allocation-failure sweep.
 */
#ifndef VC__TEST_H
#define VC__TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <vaultcrypt/error.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* From inject.c: fail the allocation number `n` (1 is the next) and all after it; 0: none. */
void inject_fail_at(unsigned long n);
/* Allocations asked for since inject_fail_at(), and those of vc__ memory alive now. */
unsigned long inject_count(void);
long inject_alive(void);

/*
 * Runs `body` with allocation 1, 2, 3, ... failing, until it succeeds. body returns VC_OK or an error; a run in which an
 * allocation failed must return VC_E_MEMORY (or be one that can do without, VC_OK) and leave nothing allocated.
 */
#define SWEEP_ALLOCATIONS(body, arg)                                                                                   \
    do {                                                                                                               \
        for (unsigned long sweep_n = 1;; sweep_n++) {                                                                  \
            const long sweep_alive = inject_alive();                                                                   \
            inject_fail_at(sweep_n);                                                                                   \
            const vc_code sweep_code = body(arg);                                                                      \
            const unsigned long sweep_count = inject_count();                                                          \
            inject_fail_at(0);                                                                                         \
            assert_int_equal(inject_alive(), sweep_alive);                                                             \
            if (sweep_count < sweep_n) {                                                                               \
                assert_int_equal(sweep_code, VC_OK);                                                                   \
                assert_true(sweep_n > 1);                                                                              \
                break;                                                                                                 \
            }                                                                                                          \
            assert_true(sweep_code == VC_E_MEMORY || sweep_code == VC_OK);                                             \
            assert_true(sweep_n < 1000000);                                                                            \
        }                                                                                                              \
    } while (0)

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apart.h - tests that mostly wait, for a group to form or a session to end: all of them run at the same time, each in a process of its own.
 */
#ifndef VC__APART_H
#define VC__APART_H

#include "unit/test.h"

enum { MAX_SCENARIOS = 40 };

typedef struct scenario {
    const char *name;
    CMUnitTestFunction run;
    bool alone; /* it compares times: it begins once those before it in the list have ended */
} scenario;

/* clang-format off */
#define SCENARIO(test) { .name = #test, .run = test }
#define SCENARIO_ALONE(test) { .name = #test, .run = test, .alone = true }
/* clang-format on */

/* What main() does: all of the list as a group of that name; with the name of one as only argument, that one in this process. */
int run_apart(int argc, char **argv, const char *group, const scenario *list, size_t count);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* finding.h - what doctor found: one after the other, each with what to do about it. */
#ifndef VC_BIN_FINDING_H
#define VC_BIN_FINDING_H

#include <json-c/json.h>
#include <stdbool.h>

typedef enum finding_level {
    FINDING_OK = 0,
    FINDING_SKIPPED, /* could not be looked at; no fault */
    FINDING_WARNING, /* works, and will not for ever, or not as it should */
    FINDING_FAULT
} finding_level;

/* The findings of one run. `status` is the exit code of the first fault: what comes later may follow from it. */
typedef struct findings {
    struct json_object *list;
    int status;
} findings;

bool findings_open(findings *found);
void findings_close(findings *found);

/* The same text of the same check is there once. `check`: "tcp"; `advice` NULL: none. `status`: exit code of a fault. */
void finding_add(findings *found, finding_level level, int status, const char *check, const char *advice,
                 const char *format, ...)
    __attribute__((format(printf, 6, 7)));

/* One that another program found, as JSON of the same form. False: it is none. */
bool finding_take(findings *found, struct json_object *one);

size_t findings_count(const findings *found, finding_level level);

/* As a table for people: what is wrong stands out by its word. */
void findings_print(const findings *found);

#endif

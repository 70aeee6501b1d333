/* SPDX-License-Identifier: Apache-2.0 */
/* scan.h - vaultcrypt-scan: its options, of which the shell's completion knows too, what it counts, and how that is reported. */
#ifndef VC_BIN_SCAN_H
#define VC_BIN_SCAN_H

#include "connect.h"
#include "kafka.h"
#include "output.h"

#include <stdint.h>
#include <time.h>
#include <vaultcrypt/batch.h>

struct scan_options {
    connect_options connect;
    struct kafka_options kafka;
    output_options output;
    const char *schema, *record, *partition, *from, *to;
    unsigned long count, positions;
    bool no_keys;
};

extern const struct command command_scan;

/* What a value is. */
typedef enum scan_kind {
    SCAN_AUTHENTICATED = 0,
    SCAN_UNVERIFIED, /* has the form; nobody looked further */
    SCAN_CLEAR,
    SCAN_MISSING,
    SCAN_DAMAGED,
    SCAN_UNDECIDABLE,
    SCAN_UNREADABLE, /* of a whole record */
    SCAN_KINDS
} scan_kind;

extern const char *const scan_kind_names[SCAN_KINDS];

/* A field of a rule. */
typedef struct scan_row {
    const vc_rule *rule;
    const vc_field *field;
    uint64_t counts[SCAN_KINDS];
} scan_row;

/* Where something is that an auditor wants to see. */
typedef struct scan_position {
    char *topic;
    int32_t partition;
    int64_t offset;
    const vc_rule *rule;
    const vc_field *field; /* NULL: the record */
    scan_kind kind;
    vc_code code;
} scan_position;

/* What was read of a partition. */
typedef struct scan_part {
    char *topic;
    int32_t partition;
    int64_t first, last; /* offsets */
    uint64_t records;
} scan_part;

typedef struct scan_result {
    const struct scan_options *options;
    const vc_schema *schema;
    scan_row *rows;
    size_t row_count, row_room;
    scan_position *positions;
    size_t position_count, position_room;
    scan_part *parts;
    size_t part_count, part_room;
    uint64_t kinds[SCAN_KINDS]; /* over all rows */
    uint64_t records, tombstones;
    time_t began, ended;
    bool complete;
} scan_result;

/* Nothing in clear, damaged or unreadable. */
bool scan_is_clean(const scan_result *result);

/* Prints it. An exit code, told: EXIT_FINE, or why it could not be printed. */
int scan_report(const scan_result *result);

#endif

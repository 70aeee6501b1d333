/* SPDX-License-Identifier: Apache-2.0 */
/*
 * batch.h - the inside of a vc_batch, shared by the files of this folder: batch.c (life, getters), prepare.c (record -> values),
 * run.c (values -> requests -> replies), finish.c (results -> output). The public face is <vaultcrypt/batch.h>.
 *
 * Bytes live in three arenas that may move while they grow, so they are named by offset:
 *   scratch  what goes to Vault and is not a plain slice of the record (unescaped strings, tweaks)
 *   results  JSON text that takes the place of a value
 *   out      finished records
 *
 * Threads: one owner.
 */
#ifndef VC__RECORD_BATCH_H
#define VC__RECORD_BATCH_H

#include "base/buf.h"
#include "json/scan.h"
#include "json/splice.h"
#include "schema/schema.h"
#include "vault/batch.h"
#include "vault/request.h"

#include <vaultcrypt/batch.h>

enum {
    VC__DEPTH_MAX = 512,
    VC__BATCH_ITEMS = 240,      /* see vc_batch_set_limits() */
    VC__BATCH_BYTES = 8 << 20,
    VC__BATCH_IN_FLIGHT = 4,    /* likewise */
    VC__BATCH_IN_FLIGHT_MAX = 64,
    VC__BATCH_BODY_MAX = 64 << 20,
    VC__BATCH_BYTES_MAX = VC__BATCH_BODY_MAX - 4096, /* with room for what ends a body */
    VC__BATCH_DEADLINE_MS = 60000
};

#define VC__ARENA_MAX ((size_t)4 << 30)
#define VC__NONE UINT32_MAX

/* Bytes in an arena, or in the record itself. */
typedef struct vc__span {
    size_t at;
    size_t len;
    bool in_record;
} vc__span;

typedef enum vc__value_kind {
    VC__VALUE_FIELD = 0, /* a field of the rule: goes to Vault */
    VC__VALUE_TWEAK      /* the place of a tweak: read or written along with a field */
} vc__value_kind;

typedef enum vc__value_state {
    VC__VALUE_WAITING = 0, /* no result yet */
    VC__VALUE_DONE,        /* `result` takes its place */
    VC__VALUE_KEPT,        /* stays as it is */
    VC__VALUE_DROPPED      /* on_error: drop_field */
} vc__value_state;

/* A selected node of a record. The values of a record stand together, in the order of the text. */
typedef struct vc__value {
    vc__hit hit;
    vc__span payload; /* what is sent: content, or JSON text */
    vc__span tweak;   /* Base64 text; len 0: none */
    vc__span result;  /* in `results` */
    uint32_t record;
    uint32_t tweak_value; /* the value where a generated tweak goes; VC__NONE */
    uint16_t field;       /* index in the rule's fields */
    uint8_t kind;
    uint8_t state;
} vc__value;

typedef struct vc__record {
    vc_view in;
    const vc_rule *rule;
    uint32_t first, count; /* its values */
    size_t out_at, out_len;
    vc_error *error; /* owned; NULL: fine */
    vc_on_error on_error; /* what the rule asks for, given `error` */
    bool finished;   /* has an output, or is a tombstone */
} vc__record;

/* A run of values of one group: `order[first .. first + count)`. */
typedef struct vc__range {
    uint32_t first, count;
    uint16_t group;
} vc__range;

/* One request under way. */
typedef struct vc__slot {
    vc_request request;
    vc__range range;
    bool used;
} vc__slot;

typedef enum vc__phase { VC__PHASE_FILL = 0, VC__PHASE_RUN, VC__PHASE_DONE, VC__PHASE_FAILED } vc__phase;

struct vc_batch {
    vc_schema *schema;
    vc_direction direction;
    vc__phase phase;
    vc__scanner *scanner;
    vc__scanner *checker; /* of opened `as: json` values; made when first needed */

    vc__record *records;
    size_t record_count, record_room;
    vc__value *values;
    size_t value_count, value_room;
    vc__buf scratch, results, out;
    vc__edit *edits; /* of one record, while it is spliced */
    size_t edit_room;

    uint32_t *order;     /* values to send, sorted by group */
    size_t order_room;
    vc__range *todo;     /* stack of runs that are not sent yet */
    size_t todo_count, todo_room;
    vc__slot *slots;
    size_t slot_count;
    vc__outcome *outcomes;
    size_t outcome_room;

    size_t items_limit, bytes_limit; /* as set */
    size_t items_max, bytes_max; /* in force: what a refusal taught counts */
    uint64_t deadline_ms, deadline;
    bool limits_set, deadline_set; /* by the owner */
    uint64_t took;    /* most items that Vault took in one request of this batch */
    bool refused_size;
    uint64_t seed;
    vc_error failure; /* of the batch as a whole; while it runs, the last reason for a retry */
    vc_batch_stats stats;
};

/* Whether the owner has set limits or deadline itself; a driver leaves them alone then. */
bool vc__batch_limits_are_set(const vc_batch *batch);
bool vc__batch_deadline_is_set(const vc_batch *batch);

/* As vc_batch_set_limits() and vc_batch_set_deadline(), for a driver: they do not count as the owner's. */
vc_code vc__batch_suggest_limits(vc_batch *batch, size_t items, size_t bytes, size_t in_flight, vc_error *err);
vc_code vc__batch_suggest_deadline(vc_batch *batch, uint64_t milliseconds, vc_error *err);

/* Makes room for one more element; false: no memory. */
bool vc__batch_room(void *array, size_t *room, size_t count, size_t size);

/* prepare.c: scans the last record and makes its values. A fault of the record goes into it; VC_E_MEMORY and VC_E_LIMIT return. */
vc_code vc__record_prepare(vc_batch *batch, uint32_t index, vc_error *err);

/* A fault of one value: drops the field where the rule says so, otherwise the record has an error. VC_E_MEMORY. */
vc_code vc__value_fail(vc_batch *batch, vc__value *value, vc_code code, const char *text);

/* A fault of a whole record; `why` is copied, unless it has one already. VC_E_MEMORY. */
vc_code vc__record_fail(vc__record *record, const vc_error *why, vc_on_error on_error);

/* finish.c: takes one outcome of Vault for a value. */
vc_code vc__value_accept(vc_batch *batch, vc__value *value, const vc__outcome *outcome, vc_error *err);

/* finish.c: splices every record that has all its results. */
vc_code vc__batch_finish(vc_batch *batch, vc_error *err);

/* run.c: forgets requests under way. */
void vc__batch_stop(vc_batch *batch);

static inline const vc_field *vc__value_field(const vc_batch *batch, const vc__value *value)
{
    return &batch->records[value->record].rule->fields[value->field];
}

static inline vc_view vc__span_view(const vc_batch *batch, const vc__value *value, vc__span span)
{
    const char *base = span.in_record ? batch->records[value->record].in.data : batch->scratch.data;
    return span.len ? vc_view_of(base + span.at, span.len) : vc_view_of("", 0);
}

#endif

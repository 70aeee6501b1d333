/* SPDX-License-Identifier: Apache-2.0 */
/*
 * batch.h - the inside of a vc_batch, shared by the files of this folder: batch.c (life, getters), message.c (what Kafka has beside the
 * value), prepare.c (record -> values), run.c (values -> requests -> replies; local.h has those that no request of their own is made
 * for), finish.c (results -> output). The public face is <vaultcrypt/batch.h>.
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
#include "record/local.h"
#include "vault/spread.h"

#include <vaultcrypt/batch.h>

enum { VC__DEPTH_MAX = 512 };

#define VC__ARENA_MAX ((size_t)4 << 30)
#define VC__NONE UINT32_MAX

/* Bytes in an arena, or in the record itself. */
typedef struct vc__span {
    size_t at;
    size_t len;
    bool in_record;
} vc__span;

typedef enum vc__value_kind {
    VC__VALUE_FIELD = 0, /* a field of the rule */
    VC__VALUE_TWEAK,     /* the place of a tweak: read or written along with a field */
    VC__VALUE_WHOLE,     /* the record's value as a whole */
    VC__VALUE_KEY        /* the record's key; before the others of its record */
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
    uint32_t need;        /* what local.h is to fetch, carry or rewrap for it; VC__NONE */
    uint16_t field;       /* index in the rule's fields */
    uint8_t kind;
    uint8_t state;
    uint8_t fault; /* of a survey: a vc_code; 0: none */
} vc__value;

typedef struct vc__record {
    vc_view in;
    const vc_rule *rule;
    vc_view topic, key; /* of a message */
    const vc_header *headers;
    size_t header_count;
    vc_view keys_in;         /* opening with `carry: header`: that header's value, checked */
    vc__span keys_out;       /* protecting with it: the same, in `results` */
    size_t out_headers, out_header_count; /* in the batch's headers */
    uint32_t first, count; /* its values */
    size_t out_at, out_len;
    vc_error *error; /* owned; NULL: fine */
    vc_on_error on_error; /* what the rule asks for, given `error` */
    bool finished;   /* has an output, or is a tombstone */
    uint8_t unopened; /* values that no private key opened */
    bool carries;    /* some of its tokens have their wrapped key in a Kafka header */
} vc__record;

typedef enum vc__batch_phase { VC__BATCH_FILL = 0, VC__BATCH_RUN, VC__BATCH_DONE, VC__BATCH_FAILED } vc__batch_phase;

struct vc_batch {
    vc_schema *schema;
    vc_direction direction;
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
    size_t order_room, order_count;
    vc__local local;     /* values that are protected and opened here */
    vc_header *headers;  /* of finished messages whose headers change */
    size_t header_count, header_room;
    vc__batch_phase phase;

    vc__spread spread; /* stretches are places in `order`; limits, deadline, requests and the failure are there */
    bool limits_set, deadline_set, keyring_set; /* by the owner */
    bool migrate;
    bool survey;
    vc_batch_stats stats; /* fields and dropped */
};

/* Whether the owner has set limits or deadline itself; a driver leaves them alone then. */
bool vc__batch_limits_are_set(const vc_batch *batch);
bool vc__batch_deadline_is_set(const vc_batch *batch);

/* As vc_batch_set_limits() and vc_batch_set_deadline(), for a driver: they do not count as the owner's. */
vc_code vc__batch_suggest_limits(vc_batch *batch, size_t items, size_t bytes, size_t in_flight, vc_error *err);
vc_code vc__batch_suggest_deadline(vc_batch *batch, uint64_t milliseconds, vc_error *err);

/* The same for vc_batch_set_keyring(). Does nothing where the owner has set one. */
vc_code vc__batch_suggest_keyring(vc_batch *batch, vc_keyring *ring, vc_error *err);

/* Makes room for one more element; false: no memory. */
bool vc__batch_room(void *array, size_t *room, size_t count, size_t size);

/* prepare.c: scans the last record and makes its values. A fault of the record goes into it; VC_E_MEMORY and VC_E_LIMIT return. */
vc_code vc__record_prepare(vc_batch *batch, uint32_t index, vc_error *err);

/* A fault of one value: drops the field where the rule says so and the fault is for good, otherwise the record has an error. VC_E_MEMORY. */
vc_code vc__value_fail(vc_batch *batch, vc__value *value, vc_code code, const char *text);

/* Its result is there: counts it. */
void vc__value_count(vc_batch *batch, const vc__value *value);

/* A fault of a whole record; `why` is copied, unless it has one already. VC_E_MEMORY. */
vc_code vc__record_fail(vc__record *record, const vc_error *why, vc_on_error on_error);

/* finish.c: `bytes` as a JSON string, or as they stand, are the value's result. VC_E_MEMORY, VC_E_LIMIT. */
vc_code vc__value_set_result(vc_batch *batch, vc__value *value, vc_view bytes, bool as_text);

/* finish.c: the text is JSON, of any type. VC_E_JSON; VC_E_MEMORY. */
vc_code vc__batch_check_json(vc_batch *batch, vc_view text);

/* message.c: the headers of finished records, once all results are there. VC_E_MEMORY. */
vc_code vc__batch_make_headers(vc_batch *batch, vc_error *err);

/* message.c: what a record brings along is right for its rule. The fault goes into the record; VC_E_MEMORY. */
vc_code vc__message_check(vc_batch *batch, vc__record *record);

/* prepare.c: the content of a string, a slice of the record or decoded into scratch. VC_E_TYPE: a lone surrogate. */
vc_code vc__value_content(vc_batch *batch, const vc__value *value, vc__span *span);

/* finish.c: takes one outcome of Vault for a value. */
vc_code vc__value_accept(vc_batch *batch, vc__value *value, const vc__outcome *outcome, vc_error *err);

/* finish.c: splices every record that has all its results. */
vc_code vc__batch_finish(vc_batch *batch, vc_error *err);

/* run.c: the owner of the values, as a spread asks for it. */
extern const vc__spread_owner vc__batch_owner;

static inline const vc_field *vc__value_field(const vc_batch *batch, const vc__value *value)
{
    return &batch->records[value->record].rule->fields[value->field];
}

static inline vc_view vc__span_view(const vc_batch *batch, const vc__value *value, vc__span span)
{
    const vc__record *record = &batch->records[value->record];
    const char *base = !span.in_record                 ? batch->scratch.data
                       : value->kind == VC__VALUE_KEY ? record->key.data
                                                      : record->in.data;
    return span.len ? vc_view_of(base + span.at, span.len) : vc_view_of("", 0);
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view_record.h - a record of Kafka as vaultcrypt-view holds it: the message, copied, as long as it may have to be opened again; and the JSON
 * that tells of it. Both are counted by reference, and never change once they are made.
 *
 * Threads: any, but the two numbers that the ring gives are the ring's.
 */
#ifndef VC_BIN_VIEW_RECORD_H
#define VC_BIN_VIEW_RECORD_H

#include "view_json.h"

#include <librdkafka/rdkafka.h>
#include <stdatomic.h>
#include <vaultcrypt/inspect.h>
#include <vaultcrypt/schema.h>

/* What became of it. */
typedef enum view_state {
    VIEW_OPEN = 0,
    VIEW_NULL,       /* Kafka's null, of which there is nothing to open */
    VIEW_STORED,     /* no schema was given: nothing is opened */
    VIEW_CLEAR,      /* plaintext where ciphertext is due */
    VIEW_DAMAGED,    /* it cannot be authenticated */
    VIEW_REFUSED,    /* Vault refused this value */
    VIEW_DENIED,     /* by token or policy */
    VIEW_NO_KEY,     /* the key is not there */
    VIEW_AWAY,       /* Vault is away */
    VIEW_NO_RULE,    /* of the schema */
    VIEW_UNREADABLE, /* not what the rule expects: no JSON, a field is missing, ... */
    VIEW_STATES
} view_state;

const char *view_state_name(view_state state);

/* Whether it may open later, by itself. */
bool view_state_waits(view_state state);

typedef struct view_message {
    vc_message message;
    int32_t partition;
    int64_t offset, time;  /* time: milliseconds since 1970, or -1 */
    const char *time_type; /* "create", "append" or NULL */
    size_t size;           /* of all this in memory */
    atomic_uint refs;
} view_message;

/* A copy of it; NULL: no memory. */
view_message *view_message_new(const rd_kafka_message_t *from);
view_message *view_message_ref(view_message *message);
void view_message_unref(view_message *message);

/* Of each field of the rule: how it came out. */
typedef struct view_finding {
    const vc_field *field;
    vc_code code; /* VC_OK; VC_E_UNSUPPORTED: nobody can tell; VC_E_CANCELED: it was not tried; else why not */
} view_finding;

enum { VIEW_FINDINGS_MOST = 64 };

/* How opening ended. All borrowed. */
typedef struct view_outcome {
    view_state state;
    const vc_rule *rule; /* NULL: none */
    vc_message opened;   /* of VIEW_OPEN */
    const char *why, *where; /* "" or NULL: nothing to say */
    view_finding findings[VIEW_FINDINGS_MOST];
    size_t finding_count;
} view_outcome;

typedef struct view_record {
    uint64_t id;     /* from 1 on; stays when it is opened again */
    uint64_t change; /* from 1 on; the order in which they are told */
    view_state state;
    view_json json;        /* members of an object, without brackets, and without id and change */
    view_message *message; /* NULL: there is no opening it again */
    size_t size;
    atomic_uint refs;
} view_record;

/* `show`: bytes of a value that are shown at most. NULL: no memory. */
view_record *view_record_new(view_message *message, const view_outcome *outcome, size_t show);
view_record *view_record_ref(view_record *record);
void view_record_unref(view_record *record);

/* The whole object. */
void view_record_write(const view_record *record, view_json *json);

#endif

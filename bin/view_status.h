/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view_status.h - how vaultcrypt-view is: Kafka, Vault, keys, what was read and what became of it, second by second.
 *
 * Threads: all functions but new and free take its own lock.
 */
#ifndef VC_BIN_VIEW_STATUS_H
#define VC_BIN_VIEW_STATUS_H

#include "view_record.h"

typedef struct view_status view_status;

enum { VIEW_HISTORY = 120 /* seconds that are kept */, VIEW_PARTS_MOST = 256 };

view_status *view_status_new(void);
void view_status_free(view_status *status);

/* What is named: "kafka", "vault", "from", "keys"; its state in a word, and why for people. Both are copied, and cut. */
typedef enum view_matter { VIEW_KAFKA = 0, VIEW_VAULT, VIEW_KEYS, VIEW_FROM, VIEW_MATTERS } view_matter;
void view_status_set(view_status *status, view_matter matter, const char *state, const char *why);

/* A record came, or was opened again. */
void view_status_count(view_status *status, view_state state, bool again);

/* Where reading is in a partition, and its end; -1: not known. */
typedef struct view_part {
    char topic[250];
    int32_t partition;
    int64_t next, end;
} view_part;
void view_status_set_parts(view_status *status, const view_part *parts, size_t count);

/* Once a second. */
void view_status_tick(view_status *status);

/* How often it ticked: a reader that has seen that number has seen the newest. */
uint64_t view_status_ticks(view_status *status);

/* Members of an object; with the history, or its newest second alone. */
void view_status_write(view_status *status, view_json *json, bool history);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gather.h - records that wait to be protected: copies, wiped when they are forgotten. They are kept as offsets into one text, which may
 * move while it grows; vc__gather_message() gives views, which are alive until the next record is added.
 *
 * Threads: one owner.
 */
#ifndef VC__KAFKA_GATHER_H
#define VC__KAFKA_GATHER_H

#include "base/buf.h"

#include <vaultcrypt/batch.h>

/* A piece of the text; `at` is SIZE_MAX for Kafka's null. */
typedef struct vc__piece {
    size_t at, len;
} vc__piece;

typedef struct vc__gathered {
    const vc_rule *rule;
    vc__piece topic, key, value; /* the topic has a NUL behind it */
    size_t header, header_count; /* the first in the array of pieces: name, value */
    int32_t partition;
    int64_t timestamp;
    void *opaque;
    size_t at;         /* in the batch that is made of them, where one is */
    vc_error *refused; /* why it is not in it; NULL: it is */
} vc__gathered;

typedef struct vc__gather {
    vc__buf text;
    vc__gathered *records;
    size_t count, room;
    vc__piece *headers; /* two for each */
    size_t header_count, header_room;
    vc_header *views; /* filled by vc__gather_views() */
    size_t view_room;
    uint64_t since; /* when the first came */
} vc__gather;

/*
 * Adds a copy. Rule, partition, timestamp and opaque are those of `like`. VC_E_LIMIT (the text's maximum; nothing was added), VC_E_MEMORY
 * (likewise).
 */
vc_code vc__gather_add(vc__gather *gather, const vc_message *message, const vc__gathered *like, vc_error *err);

/* How many bytes of text a message takes. */
size_t vc__gather_size(const vc_message *message);

/* Makes the views of all headers, once no record will be added any more. VC_E_MEMORY. */
vc_code vc__gather_views(vc__gather *gather, vc_error *err);

/* Record i, after vc__gather_views(). */
vc_message vc__gather_message(const vc__gather *gather, size_t i);

/* That no batch takes record i; a copy of why. VC_E_MEMORY. And none was refused. */
vc_code vc__gather_refuse(vc__gather *gather, size_t i, const vc_error *why, vc_error *err);
void vc__gather_refuse_none(vc__gather *gather);

/* Its topic as librdkafka wants it. */
const char *vc__gather_topic(const vc__gather *gather, size_t i);

/* Wipes the copies and keeps the memory; and frees it. */
void vc__gather_clear(vc__gather *gather);
void vc__gather_free(vc__gather *gather);

#endif

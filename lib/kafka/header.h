/* SPDX-License-Identifier: Apache-2.0 */
/* header.h - the headers of librdkafka's messages as views. Threads: any; nothing is kept. */
#ifndef VC__KAFKA_HEADER_H
#define VC__KAFKA_HEADER_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <vaultcrypt/message.h>

/* On a record that is protected: by which schema and rule. */
#define VC__HEADER_SCHEMA "vaultcrypt-schema"

/* Kafka's null is absent; empty is not. */
static inline vc_view vc__kafka_view(const void *data, size_t len)
{
    return vc_view_of(data, data ? len : 0);
}

/* How many headers a message has. */
static inline size_t vc__header_count(const rd_kafka_message_t *message)
{
    rd_kafka_headers_t *theirs;
    return rd_kafka_message_headers(message, &theirs) ? 0 : rd_kafka_header_cnt(theirs);
}

/* What a message takes: key, value, headers. */
static inline size_t vc__message_bytes(const rd_kafka_message_t *message)
{
    rd_kafka_headers_t *theirs;
    size_t bytes = message->key_len + message->len, len;
    const char *name;
    const void *value;
    if (rd_kafka_message_headers(message, &theirs))
        return bytes;
    for (size_t i = 0; !rd_kafka_header_get_all(theirs, i, &name, &value, &len); i++)
        bytes += strlen(name) + (value ? len : 0);
    return bytes;
}

/* Fills `headers` with all but VC__HEADER_SCHEMA; returns how many. */
static inline size_t vc__header_views(const rd_kafka_message_t *message, vc_header *headers)
{
    rd_kafka_headers_t *theirs;
    size_t count = 0, len;
    const char *name;
    const void *value;
    if (rd_kafka_message_headers(message, &theirs))
        return 0;
    for (size_t i = 0; !rd_kafka_header_get_all(theirs, i, &name, &value, &len); i++)
        if (strcmp(name, VC__HEADER_SCHEMA) != 0)
            headers[count++] = (vc_header){ vc_str(name), vc__kafka_view(value, len) };
    return count;
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka/segment.h"

#include "base/error.h"

#include <sys/random.h>

vc_code vc__transfer_id_new(unsigned char id[VC__TRANSFER_ID], vc_error *err)
{
    if (getrandom(id, VC__TRANSFER_ID, 0) != VC__TRANSFER_ID)
        return vc__error(err, VC_E_INTERNAL, "the system has no random bytes");
    return VC_OK;
}

static void put32(unsigned char *out, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        out[i] = (unsigned char)(value >> (24 - 8 * i));
}

static uint32_t get32(const unsigned char *in)
{
    return (uint32_t)in[0] << 24 | (uint32_t)in[1] << 16 | (uint32_t)in[2] << 8 | in[3];
}

void vc__place_write(unsigned char out[VC__PLACE_BYTES], const vc__place *place)
{
    put32(out, place->part);
    put32(out + 4, place->index);
}

/* The header's value, when there is exactly one of that name, with that length. */
static const unsigned char *lone(const rd_kafka_headers_t *headers, const char *name, size_t len)
{
    const void *value = NULL, *second;
    size_t size = 0, other;
    if (rd_kafka_header_get(headers, 0, name, &value, &size) || size != len || !value)
        return NULL;
    return rd_kafka_header_get(headers, 1, name, &second, &other) ? value : NULL;
}

bool vc__place_read(vc__place *place, const rd_kafka_message_t *message)
{
    rd_kafka_headers_t *headers = NULL;
    if (rd_kafka_message_headers(message, &headers) || !headers)
        return false;
    const unsigned char *id = lone(headers, VC__TRANSFER_HEADER, VC__TRANSFER_ID);
    const unsigned char *where = lone(headers, VC__SEGMENT_HEADER, VC__PLACE_BYTES);
    *place = (vc__place){ .given_up = !message->payload };
    if (!id || (!where && !place->given_up))
        return false;
    memcpy(place->id, id, sizeof place->id);
    if (where) {
        place->part = get32(where);
        place->index = get32(where + 4);
    }
    return true;
}

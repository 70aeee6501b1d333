/* SPDX-License-Identifier: Apache-2.0 */
/*
 * segment.h - what stands beside the value of a record that holds a segment: two headers. They are not authenticated, and need not be:
 * they say where a segment belongs, and the sealed file (seal.h) lets no other pass there.
 *
 *     vaultcrypt-transfer   the transfer id, 16 bytes; also the record's key
 *     vaultcrypt-segment    number of the part, number of the record within; 4 bytes each, most significant first
 *
 * A record without a value, with the first header alone, says that the transfer is given up.
 *
 * Threads: any; nothing is kept.
 */
#ifndef VC__KAFKA_SEGMENT_H
#define VC__KAFKA_SEGMENT_H

#include "kafka/filename.h"

#include <librdkafka/rdkafka.h>
#include <stdint.h>

#define VC__TRANSFER_HEADER "vaultcrypt-transfer"
#define VC__SEGMENT_HEADER "vaultcrypt-segment"

/*
 * Plaintext bytes of a segment: whole pages, and with all that is around it below 900 000, so the default limits of clients and brokers
 * hold (message.max.bytes: 1 000 000 and 1 048 588).
 */
enum { VC__FILE_SEGMENT = 217 * 4096, VC__PLACE_BYTES = 8 };

typedef struct vc__place {
    unsigned char id[VC__TRANSFER_ID];
    uint32_t part, index;
    bool given_up; /* no value */
} vc__place;

/* 16 bytes from the system. VC_E_INTERNAL. */
vc_code vc__transfer_id_new(unsigned char id[VC__TRANSFER_ID], vc_error *err);

void vc__place_write(unsigned char out[VC__PLACE_BYTES], const vc__place *place);

/* Both headers must be there, each once. False: this is no segment. */
bool vc__place_read(vc__place *place, const rd_kafka_message_t *message);

#endif

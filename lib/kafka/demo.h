/* SPDX-License-Identifier: Apache-2.0 */
/*
 * demo.h - files in the original demo's format: one record, its headers X-encryptionkey and X-filename. The name is not authenticated there.
 */
#ifndef VC__KAFKA_DEMO_H
#define VC__KAFKA_DEMO_H

#include "kafka/receiver.h"
#include "kafka/sender.h"

/* Reads `size` bytes of `fd` and sends them. VC_E_TOO_LARGE: no record can hold that. */
vc_code vc__demo_send(vc_file_sender *sender, int fd, const char *name, uint64_t size, int32_t partition, vc_error *err);

/*
 * Such a transfer has no id of its own: one is made of the record's place and value. The place alone would not do, for a folder may receive from
 * several topics, and a topic may be made anew. VC_E_MEMORY.
 */
vc_code vc__demo_id(unsigned char id[VC__TRANSFER_ID], const char *topic, const rd_kafka_message_t *message, vc_error *err);

/* As vc__transfer_take(). */
vc_code vc__demo_take(vc_file_receiver *receiver, const rd_kafka_message_t *message, vc_error *err);

#endif

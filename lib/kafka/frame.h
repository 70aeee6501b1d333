/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frame.h - a whole record of Kafka as bytes: what the body of a dead letter is before it is encrypted. With the record goes the place
 * where it was read, so that the letter's text, which anyone who may write to its topic can change, cannot send it elsewhere. Byte by
 * byte in vaultcrypt-format(5).
 *
 * Threads: any; nothing is kept.
 */
#ifndef VC__KAFKA_FRAME_H
#define VC__KAFKA_FRAME_H

#include "base/buf.h"

#include <vaultcrypt/message.h>

typedef struct vc__frame {
    vc_message message; /* its topic is the one it was read from */
    int32_t partition;
    int64_t offset;
    int64_t timestamp; /* ms since 1970; -1: none */
} vc__frame;

enum { VC__FRAME_VERSION = 1, VC__FRAME_TOPIC_MOST = 249 };

/* Appends it. Errors are the buffer's; VC_E_LIMIT also for what has 4 GiB. */
void vc__frame_write(vc__buf *out, const vc__frame *frame);

/*
 * Reads what was written, and nothing else: each number in its only form, no byte too many. The views are into `bytes`; the headers are
 * freed with vc__frame_cleanup(). VC_E_CIPHERTEXT: malformed; VC_E_UNSUPPORTED: another version; VC_E_MEMORY. Then `frame` is empty.
 */
vc_code vc__frame_read(vc_view bytes, vc__frame *frame, vc_error *err);

void vc__frame_cleanup(vc__frame *frame);

#endif

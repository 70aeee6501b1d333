/* SPDX-License-Identifier: Apache-2.0 */
/* Records as bytes, as dead letters hold them: what is read is written again to the same bytes; what is refused leaves nothing. */
#include "fuzz.h"

#include "kafka/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const vc_view bytes = vc_view_of(data, size);
    vc__frame frame;
    if (vc__frame_read(bytes, &frame, NULL) == VC_OK) {
        vc__auto(vc__buf) again = VC__BUF(size + 1024);
        vc__frame_write(&again, &frame);
        HOLDS(!again.failed && again.len == size && memcmp(again.data, data, size) == 0);
    } else {
        HOLDS(!frame.message.headers && !frame.message.header_count && !frame.message.value.data && !frame.message.topic.data);
    }
    vc__frame_cleanup(&frame);
    return 0;
}

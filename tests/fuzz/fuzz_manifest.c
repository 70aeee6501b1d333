/* SPDX-License-Identifier: Apache-2.0 */
/* Manifests: what is read is written again, to something that reads the same; what is refused leaves nothing. And trailers. */
#include "fuzz.h"

#include "record/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const vc_view bytes = vc_view_of(data, size);
    vc_manifest manifest, again;
    const vc_manifest none = { 0 };
    if (vc__manifest_parse(&manifest, bytes, NULL) == VC_OK) {
        vc__auto(vc__buf) written = VC__BUF(VC__MANIFEST_MAX);
        vc__manifest_write(&written, &manifest);
        HOLDS(!written.failed && written.len <= size);
        HOLDS(vc__manifest_parse(&again, vc__buf_get(&written), NULL) == VC_OK);
        HOLDS(memcmp(&manifest, &again, sizeof manifest) == 0);
        uint64_t whole;
        HOLDS(!vc_manifest_size(&manifest, &whole) || vc_manifest_offset(&manifest) <= whole);
    } else {
        HOLDS(memcmp(&manifest, &none, sizeof none) == 0);
    }
    uint64_t bytes_in_all = 7;
    vc_view digest = { NULL, 0 };
    HOLDS((vc__trailer_parse(bytes, &bytes_in_all, &digest, NULL) == VC_OK) == (size == VC__TRAILER));
    HOLDS(size == VC__TRAILER ? digest.len == VC__TRAILER_DIGEST : bytes_in_all == 7);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Base64: the two readers agree where they should, in place too; what was read is written as it was. */
#include "fuzz.h"

#include "base/base64.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const vc_view text = vc_view_of(data, size);
    const size_t room = size / 4 * 3;
    char *strict = malloc(room ? room : 1), *lax = malloc(room ? room : 1), *place = malloc(size ? size : 1);
    HOLDS(strict && lax && place);
    if (size)
        memcpy(place, data, size);
    size_t strict_len, lax_len, place_len, bad = 0;
    const vc_code strictly = vc__base64_decode(strict, &strict_len, text, &bad);
    HOLDS(strictly == VC_OK || bad <= size);
    HOLDS(vc__base64_decode(place, &place_len, vc_view_of(place, size), NULL) == strictly);
    const vc_code laxly = vc__base64_decode_go(lax, &lax_len, text, &bad);
    HOLDS(laxly == VC_OK ? lax_len <= room : bad <= size && lax_len == 0);
    if (strictly == VC_OK) {
        HOLDS(laxly == VC_OK);
        HOLDS(vc__view_equal(vc_view_of(strict, strict_len), vc_view_of(lax, lax_len)));
        HOLDS(vc__view_equal(vc_view_of(strict, strict_len), vc_view_of(place, place_len)));
        vc__auto(vc__buf) again = VC__BUF(1 << 20);
        vc__base64_encode(&again, vc_view_of(strict, strict_len));
        HOLDS(vc__view_equal(vc__buf_get(&again), text));
    }
    free(strict);
    free(lax);
    free(place);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "record/sum.h"

#include "base/error.h"

#include <inttypes.h>

vc_code vc__sum_begin(vc__sum *sum, vc_error *err)
{
    sum->digest = vc__digest_new(VC__SHA2_256, &sum->failure);
    if (sum->digest)
        (void)vc__digest_begin(sum->digest, &sum->failure);
    return sum->failure.code ? vc__error_copy(err, &sum->failure) : VC_OK;
}

void vc__sum_free(vc__sum *sum)
{
    vc__digest_free(sum->digest);
    sum->digest = NULL;
}

vc_code vc__sum_add(vc__sum *sum, vc_view bytes, vc_error *err)
{
    if (!sum->failure.code && !vc__digest_add(sum->digest, bytes, &sum->failure))
        sum->bytes += bytes.len;
    return sum->failure.code ? vc__error_copy(err, &sum->failure) : VC_OK;
}

vc_code vc__sum_add_own(vc__sum *sum, uint64_t begin, vc_view bytes, vc_error *err)
{
    if (!sum->digest)
        return vc__error(err, VC_E_STATE, "the digest has not begun");
    if (!sum->apart && (sum->bytes > begin || bytes.len > begin - sum->bytes))
        return vc__error(err, VC_E_STATE, "the digest takes the %" PRIu64 " bytes before this part and no more: the others are added as they go by",
                         begin);
    return vc__sum_add(sum, bytes, err);
}

vc_code vc__sum_end(vc__sum *sum, uint64_t bytes, unsigned char out[VC__SUM], vc_error *err)
{
    if (sum->failure.code)
        return vc__error_copy(err, &sum->failure);
    if (sum->bytes != bytes)
        return vc__error(err, VC_E_STATE, "the digest has had %" PRIu64 " bytes of the file's %" PRIu64, sum->bytes, bytes);
    return vc__digest_end(sum->digest, out, err);
}

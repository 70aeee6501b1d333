/* SPDX-License-Identifier: Apache-2.0 */
#include "record/sealer.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/text.h"

#include <inttypes.h>

enum { FIRST_MAX = 4096 + VC__MANIFEST_MAX };

static const char magic[VC__NATIVE_MAGIC] = "\x8bVC\x01";

/* -- making one -- */

vc_sealer *vc_sealer_new(const char *key, vc_error *err)
{
    vc_sealer *sealer = vc__calloc(1, sizeof *sealer);
    if (!sealer) {
        vc__error_memory(err);
        return NULL;
    }
    sealer->segment = VC_SEAL_SEGMENT_DEFAULT;
    sealer->first = (vc__buf)VC__BUF(FIRST_MAX);
    sealer->failure = sealer->sum.failure = (vc_error)VC_ERROR_INIT;
    if (vc__seal_key_set(&sealer->key, key, false, err)) {
        vc_sealer_free(sealer);
        return NULL;
    }
    return sealer;
}

void vc_sealer_free(vc_sealer *sealer)
{
    if (!sealer)
        return;
    vc__seal_key_free(&sealer->key);
    vc__sum_free(&sealer->sum);
    vc__segments_free(sealer->segments);
    vc__buf_free(&sealer->first);
    vc__free(sealer->out);
    if (sealer->gathered)
        vc__wipe(sealer->gathered, sealer->segment);
    vc__free(sealer->gathered);
    vc__free(sealer);
}

static vc_code fresh(const vc_sealer *sealer, vc_error *err)
{
    return sealer->stage == VC__SEALER_NEW ? VC_OK : vc__error(err, VC_E_STATE, "sealing has begun: nothing can be set any more");
}

vc_code vc_sealer_set_static_key(vc_sealer *sealer, int static_key, vc_error *err)
{
    const vc_code code = fresh(sealer, err);
    if (code || sealer->key.is_static == !!static_key)
        return code;
    return vc__seal_key_set(&sealer->key, sealer->key.text, static_key, err);
}

vc_code vc_sealer_set_context(vc_sealer *sealer, vc_view context, vc_error *err)
{
    const vc_code code = fresh(sealer, err);
    if (code)
        return code;
    if (context.len > sizeof sealer->context || vc__utf8_valid(context) != context.len)
        return vc__error(err, VC_E_ARGUMENT, "a context is UTF-8 of at most %zu bytes", sizeof sealer->context);
    if (context.len)
        memcpy(sealer->context, context.data, context.len);
    sealer->context_len = context.len;
    return VC_OK;
}

vc_code vc_sealer_set_segment(vc_sealer *sealer, size_t bytes, vc_error *err)
{
    const vc_code code = fresh(sealer, err);
    if (code)
        return code;
    if (bytes < VC_SEAL_SEGMENT_LEAST || bytes > VC_SEAL_SEGMENT_MOST)
        return vc__error(err, VC_E_ARGUMENT, "a segment has %d to %d bytes, not %zu", VC_SEAL_SEGMENT_LEAST, VC_SEAL_SEGMENT_MOST,
                         bytes);
    sealer->segment = bytes;
    return VC_OK;
}

/* The part is the sealer's own setting, whichever comes first. */
vc_code vc_sealer_set_manifest(vc_sealer *sealer, const vc_manifest *manifest, vc_error *err)
{
    const vc_code code = fresh(sealer, err);
    if (code)
        return code;
    const vc_manifest old = sealer->manifest;
    vc_view id;
    sealer->manifest = *manifest;
    return vc_manifest_transfer_id(&old, &id) ? vc__manifest_set_part(&sealer->manifest, id, old.offset, err) : VC_OK;
}

vc_code vc_sealer_set_part(vc_sealer *sealer, vc_view transfer_id, uint64_t offset, vc_error *err)
{
    const vc_code code = fresh(sealer, err);
    return code ? code : vc__manifest_set_part(&sealer->manifest, transfer_id, offset, err);
}

vc_code vc_sealer_set_digest_apart(vc_sealer *sealer, int apart, vc_error *err)
{
    const vc_code code = fresh(sealer, err);
    if (!code)
        sealer->sum.apart = apart != 0;
    return code;
}

vc_view vc__sealer_context(const vc_sealer *sealer)
{
    return vc_view_of(sealer->context, sealer->context_len);
}

/* -- the header -- */

static vc_code begin_segments(vc_sealer *sealer, const vc__native *token, vc_view stream_key, vc_view drawn, vc_error *err)
{
    char setup[VC__SEGMENT_SETUP];
    vc__auto(vc__buf) aad = VC__BUF(FIRST_MAX);
    memcpy(setup, drawn.data, VC__SEALER_DRAWN);
    vc__segment_put(setup + VC__SEALER_DRAWN, (uint32_t)sealer->segment);
    vc__buf_append(&sealer->first, magic, sizeof magic);
    vc__native_prefix(&sealer->first, token);
    vc__buf_append(&sealer->first, setup, sizeof setup);
    vc__native_aad(&aad, token, vc_str("stream"), vc_view_of(NULL, 0), vc_view_of(NULL, 0));
    const vc_code code = vc__buf_check(&aad, "what a sealed file authenticates", err);
    if (code)
        return code;
    vc_error why = VC_ERROR_INIT;
    sealer->segments = vc__segments_new(stream_key, vc__buf_get(&aad), vc_view_of(setup, sizeof setup), &why);
    return sealer->segments ? VC_OK : vc__error_copy(err, &why);
}

static vc_code seal_manifest(vc_sealer *sealer, vc_error *err)
{
    vc__auto(vc__buf) text = VC__BUF(VC__MANIFEST_MAX);
    vc__manifest_write(&text, &sealer->manifest);
    vc_code code = vc__buf_check(&text, "the manifest of a sealed file", err);
    if (code)
        return code;
    const size_t len = text.len + VC__SEGMENT_EXTRA;
    (void)vc__buf_reserve(&sealer->first, len);
    code = vc__buf_check(&sealer->first, "the header of a sealed file", err);
    if (!code)
        code = vc__segments_seal(sealer->segments, vc__buf_get(&text), false, sealer->first.data + sealer->first.len, err);
    if (!code)
        sealer->first.len += len;
    return code;
}

static vc_code begin(vc_sealer *sealer, const vc__native *token, vc_view stream_key, vc_view drawn, vc_error *err)
{
    vc__native full = *token;
    uint64_t size;
    full.algorithm = VC__NATIVE_SEGMENTS;
    full.flags = 0;
    full.type = VC__NATIVE_BYTES;
    full.context = vc__sealer_context(sealer);
    full.extensions = full.header = full.nonce = full.sealed = vc_view_of(NULL, 0);
    if (drawn.len != VC__SEALER_DRAWN)
        return vc__error(err, VC_E_ARGUMENT, "a sealed file draws %d bytes, not %zu", VC__SEALER_DRAWN, drawn.len);
    if (vc_manifest_size(&sealer->manifest, &size) && sealer->manifest.offset > size)
        return vc__error(err, VC_E_ARGUMENT, "the part begins behind the end of the file");
    sealer->at = sealer->manifest.offset;
    vc_code code = vc__sum_begin(&sealer->sum, err);
    if (!code && !(sealer->out = vc__calloc(1, sealer->segment + VC__SEGMENT_EXTRA)))
        code = vc__error_memory(err);
    if (!code)
        code = begin_segments(sealer, &full, stream_key, drawn, err);
    return code ? code : seal_manifest(sealer, err);
}

vc_code vc__sealer_begin(vc_sealer *sealer, const vc__native *token, vc_view stream_key, vc_view drawn, vc_error *err)
{
    const vc_code code = fresh(sealer, err);
    if (code)
        return code;
    sealer->stage = VC__SEALER_FIRST; /* whatever comes of it: what was drawn is spent */
    if (begin(sealer, token, stream_key, drawn, &sealer->failure))
        return vc__error_copy(err, &sealer->failure);
    return VC_OK;
}

/* -- data -- */

static vc_code check_open(vc_sealer *sealer, vc_error *err)
{
    if (sealer->failure.code)
        return vc__error_copy(err, &sealer->failure);
    if (sealer->stage == VC__SEALER_NEW)
        return vc__error(err, VC_E_STATE, "vc_sealer_start() comes first");
    return VC_OK;
}

static vc_view give_first(vc_sealer *sealer)
{
    sealer->stage = VC__SEALER_DATA;
    return vc__buf_get(&sealer->first);
}

static vc_code seal_segment(vc_sealer *sealer, vc_view plaintext, bool last, vc_view *segment)
{
    /* The last number there is belongs to the trailer. */
    if (!last && vc__segments_next(sealer->segments) == UINT32_MAX)
        return vc__error(&sealer->failure, VC_E_LIMIT, "a sealed file has 2^32 segments at most: take larger ones");
    const vc_code code = vc__segments_seal(sealer->segments, plaintext, last, sealer->out, &sealer->failure);
    if (!code)
        *segment = vc_view_of(sealer->out, plaintext.len + VC__SEGMENT_EXTRA);
    return code;
}

/* Plaintext that is not a whole segment waits for the rest of it. */
static vc_code gather(vc_sealer *sealer, vc_view piece, vc_view *segment)
{
    if (!sealer->gathered && !(sealer->gathered = vc__calloc(1, sealer->segment)))
        return vc__error_memory(&sealer->failure);
    memcpy(sealer->gathered + sealer->gathered_len, piece.data, piece.len);
    sealer->gathered_len += piece.len;
    if (sealer->gathered_len < sealer->segment)
        return VC_OK;
    sealer->gathered_len = 0;
    return seal_segment(sealer, vc_view_of(sealer->gathered, sealer->segment), false, segment);
}

static vc_code take(vc_sealer *sealer, vc_view *plaintext, vc_view *segment)
{
    const size_t room = sealer->segment - sealer->gathered_len;
    const vc_view piece = vc_view_of(plaintext->data, plaintext->len < room ? plaintext->len : room);
    uint64_t size = UINT64_MAX;
    (void)vc_manifest_size(&sealer->manifest, &size);
    if (piece.len > size - sealer->at)
        return vc__error(&sealer->failure, VC_E_LIMIT, "the file has more than the %" PRIu64 " bytes of its manifest: it changed while it was read",
                         size);
    vc_code code = sealer->sum.apart ? VC_OK : vc__sum_add(&sealer->sum, piece, &sealer->failure);
    if (code)
        return code;
    code = piece.len == sealer->segment ? seal_segment(sealer, piece, false, segment) : gather(sealer, piece, segment);
    if (code)
        return code;
    sealer->at += piece.len;
    plaintext->data += piece.len;
    plaintext->len -= piece.len;
    return VC_OK;
}

vc_code vc_sealer_push(vc_sealer *sealer, vc_view *plaintext, vc_view *segment, vc_error *err)
{
    *segment = vc_view_of(NULL, 0);
    const vc_code code = check_open(sealer, err);
    if (code)
        return code;
    if (sealer->stage == VC__SEALER_ENDED)
        return vc__error(err, VC_E_STATE, "sealing has ended: no more plaintext");
    if (sealer->stage == VC__SEALER_FIRST) {
        *segment = give_first(sealer);
        return VC_OK;
    }
    if (!sealer->sum.apart && sealer->sum.bytes != sealer->at)
        return vc__error(err, VC_E_STATE, "vc_sealer_digest() has had %" PRIu64 " of the %" PRIu64 " bytes before this part",
                         sealer->sum.bytes, sealer->at);
    if (plaintext->len && take(sealer, plaintext, segment))
        return vc__error_copy(err, &sealer->failure);
    return VC_OK;
}

static vc_code seal_trailer(vc_sealer *sealer, vc_view *segment)
{
    unsigned char digest[VC__SUM], trailer[VC__TRAILER];
    uint64_t size = sealer->at;
    (void)vc_manifest_size(&sealer->manifest, &size);
    if (size != sealer->at)
        return vc__error(&sealer->failure, VC_E_STATE,
                         "the file has %" PRIu64 " bytes, not the %" PRIu64 " of its manifest: it changed while it was read", sealer->at,
                         size);
    const vc_code code = vc__sum_end(&sealer->sum, sealer->at, digest, &sealer->failure);
    if (code)
        return code;
    vc__trailer_write(trailer, sealer->at, digest);
    sealer->stage = VC__SEALER_ENDED;
    return seal_segment(sealer, vc_view_of(trailer, sizeof trailer), true, segment);
}

vc_code vc_sealer_finish(vc_sealer *sealer, vc_view *segment, vc_error *err)
{
    *segment = vc_view_of(NULL, 0);
    vc_code code = check_open(sealer, err);
    if (code || sealer->stage == VC__SEALER_ENDED)
        return code;
    if (sealer->stage == VC__SEALER_FIRST) {
        *segment = give_first(sealer);
        return VC_OK;
    }
    if (sealer->gathered_len) {
        const vc_view rest = vc_view_of(sealer->gathered, sealer->gathered_len);
        sealer->gathered_len = 0;
        code = seal_segment(sealer, rest, false, segment);
    } else {
        code = seal_trailer(sealer, segment);
    }
    return code ? vc__error_copy(err, &sealer->failure) : VC_OK;
}

vc_code vc_sealer_digest(vc_sealer *sealer, vc_view plaintext, vc_error *err)
{
    return vc__sum_add_own(&sealer->sum, sealer->manifest.offset, plaintext, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "record/unsealer.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/text.h"

#include <inttypes.h>

enum {
    CONTEXTS_MAX = 65536, /* bytes of all that are allowed */
    BODY_LEAST = 1 + VC__SEGMENT_TAG,
    BODY_TRAILER = VC__TRAILER + VC__SEGMENT_TAG
};

/* -- making one -- */

vc_unsealer *vc_unsealer_new(vc_error *err)
{
    vc_unsealer *unsealer = vc__calloc(1, sizeof *unsealer);
    if (!unsealer) {
        vc__error_memory(err);
        return NULL;
    }
    unsealer->limit = VC_SEAL_SEGMENT_MOST;
    unsealer->head = (vc__buf)VC__BUF(VC__UNSEALER_HEADER_MAX);
    unsealer->contexts = (vc__buf)VC__BUF(CONTEXTS_MAX);
    unsealer->failure = unsealer->sum.failure = (vc_error)VC_ERROR_INIT;
    return unsealer;
}

void vc_unsealer_free(vc_unsealer *unsealer)
{
    if (!unsealer)
        return;
    for (size_t i = 0; i < unsealer->key_count; i++)
        vc__seal_key_free(&unsealer->keys[i]);
    vc__free(unsealer->keys);
    vc_keyring_unref(unsealer->ring);
    vc__buf_free(&unsealer->contexts);
    vc__buf_free(&unsealer->head);
    vc__segments_free(unsealer->segments);
    vc__sum_free(&unsealer->sum);
    vc__free(unsealer->gathered);
    if (unsealer->own)
        vc__wipe(unsealer->own, unsealer->segment);
    vc__free(unsealer->own);
    vc__free(unsealer);
}

static vc_code fresh(const vc_unsealer *unsealer, vc_error *err)
{
    return unsealer->stage == VC__UNSEALER_NEW ? VC_OK : vc__error(err, VC_E_STATE, "opening has begun: nothing can be set any more");
}

static vc_code allow_key(vc_unsealer *unsealer, const char *text, bool is_static, vc_error *err)
{
    vc__seal_key key = { 0 };
    vc_code code = fresh(unsealer, err);
    if (!code)
        code = vc__seal_key_set(&key, text, is_static, err);
    if (code)
        return code;
    vc__seal_key *keys = vc__realloc(unsealer->keys, unsealer->key_count + 1, sizeof *keys);
    if (!keys) {
        vc__seal_key_free(&key);
        return vc__error_memory(err);
    }
    unsealer->keys = keys;
    keys[unsealer->key_count++] = key;
    return VC_OK;
}

vc_code vc_unsealer_allow_key(vc_unsealer *unsealer, const char *key, vc_error *err)
{
    return allow_key(unsealer, key, false, err);
}

vc_code vc_unsealer_allow_static_key(vc_unsealer *unsealer, const char *name, vc_error *err)
{
    return allow_key(unsealer, name, true, err);
}

vc_code vc_unsealer_allow_context(vc_unsealer *unsealer, vc_view context, vc_error *err)
{
    const vc_code code = fresh(unsealer, err);
    if (code)
        return code;
    if (context.len > VC__NATIVE_NAME_MAX || vc__utf8_valid(context) != context.len)
        return vc__error(err, VC_E_ARGUMENT, "a context is UTF-8 of at most %d bytes", VC__NATIVE_NAME_MAX);
    const size_t len = unsealer->contexts.len;
    vc__buf_byte(&unsealer->contexts, (char)context.len);
    vc__buf_view(&unsealer->contexts, context);
    if (unsealer->contexts.failed)
        vc__buf_cut(&unsealer->contexts, len);
    return vc__buf_check(&unsealer->contexts, "the contexts that are allowed", err);
}

vc_code vc_unsealer_set_segment_limit(vc_unsealer *unsealer, size_t bytes, vc_error *err)
{
    const vc_code code = fresh(unsealer, err);
    if (code)
        return code;
    if (bytes < VC_SEAL_SEGMENT_LEAST || bytes > VC_SEAL_SEGMENT_MOST)
        return vc__error(err, VC_E_ARGUMENT, "a segment has %d to %d bytes, not %zu", VC_SEAL_SEGMENT_LEAST, VC_SEAL_SEGMENT_MOST,
                         bytes);
    unsealer->limit = bytes;
    return VC_OK;
}

vc_code vc_unsealer_set_digest_apart(vc_unsealer *unsealer, int apart, vc_error *err)
{
    const vc_code code = fresh(unsealer, err);
    if (!code)
        unsealer->sum.apart = apart != 0;
    return code;
}

vc_code vc__unsealer_begin(vc_unsealer *unsealer, vc__unsealer_fetch fetch, void *user, vc_error *err)
{
    vc_code code = fresh(unsealer, err);
    if (!code && !unsealer->key_count)
        code = vc__error(err, VC_E_STATE, "no key is allowed: vc_unsealer_allow_key() comes first");
    if (!code)
        code = vc__sum_begin(&unsealer->sum, err);
    if (code)
        return code;
    unsealer->fetch = fetch;
    unsealer->user = user;
    unsealer->stage = VC__UNSEALER_HEADER;
    return VC_OK;
}

vc_code vc_unsealer_set_room(vc_unsealer *unsealer, void *room, size_t size, vc_error *err)
{
    const size_t need = unsealer->segment ? unsealer->segment : unsealer->limit;
    if (room && size < need)
        return vc__error(err, VC_E_ARGUMENT, "plaintext takes %zu bytes of room, not %zu", need, size);
    unsealer->room = room;
    return VC_OK;
}

const vc_manifest *vc_unsealer_manifest(const vc_unsealer *unsealer)
{
    return vc_unsealer_segment(unsealer) ? &unsealer->manifest : NULL;
}

size_t vc_unsealer_segment(const vc_unsealer *unsealer)
{
    return unsealer->segments && vc__segments_next(unsealer->segments) ? unsealer->segment : 0;
}

/* -- segments -- */

static void pass(vc_unsealer *unsealer, vc_view *sealed, size_t len)
{
    sealed->data += len;
    sealed->len -= len;
    unsealer->taken += len;
}

static vc_code take_length(vc_unsealer *unsealer, vc_view *sealed)
{
    const size_t need = sizeof unsealer->length - unsealer->length_have;
    const size_t len = sealed->len < need ? sealed->len : need;
    memcpy(unsealer->length + unsealer->length_have, sealed->data, len);
    pass(unsealer, sealed, len);
    unsealer->length_have += len;
    if (len < need)
        return VC_OK;
    const bool first = vc__segments_next(unsealer->segments) == 0;
    const size_t body = vc__segment_get(unsealer->length);
    const size_t least = first ? VC__SEGMENT_TAG : BODY_LEAST;
    const size_t most = (first ? VC__MANIFEST_MAX : unsealer->segment) + VC__SEGMENT_TAG;
    if (body < least || body > most || (unsealer->short_seen && body != BODY_TRAILER))
        return vc__error(&unsealer->failure, VC_E_CIPHERTEXT, "a sealed file is refused at byte %" PRIu64 ": a segment of %zu bytes",
                         unsealer->taken - sizeof unsealer->length, body);
    unsealer->length_have = 0;
    unsealer->body = body;
    unsealer->stage = VC__UNSEALER_BODY;
    return VC_OK;
}

/*
 * The whole body, in `*body`, from where it lies when it is there in one piece; or `*body` is empty: more is wanted. A segment's
 * memory is not made before segment 0, which vouches for its size, is authentic.
 */
static vc_code take_body(vc_unsealer *unsealer, vc_view *sealed, vc_view *body)
{
    const size_t need = unsealer->body - unsealer->gathered_len;
    const size_t len = sealed->len < need ? sealed->len : need;
    const vc_view piece = vc_view_of(sealed->data, len);
    pass(unsealer, sealed, len);
    if (len == unsealer->body) {
        *body = piece;
        return VC_OK;
    }
    if (unsealer->body > unsealer->gathered_room) {
        const size_t full = unsealer->segment + VC__SEGMENT_TAG;
        const size_t room = vc__segments_next(unsealer->segments) ? full : unsealer->body;
        char *gathered = vc__realloc(unsealer->gathered, room, 1);
        if (!gathered)
            return vc__error_memory(&unsealer->failure);
        unsealer->gathered = gathered;
        unsealer->gathered_room = room;
    }
    memcpy(unsealer->gathered + unsealer->gathered_len, piece.data, len);
    unsealer->gathered_len += len;
    if (unsealer->gathered_len < unsealer->body)
        return VC_OK;
    unsealer->gathered_len = 0;
    *body = vc_view_of(unsealer->gathered, unsealer->body);
    return VC_OK;
}

static vc_code open_manifest(vc_unsealer *unsealer, vc_view body, vc_unseal_event *event)
{
    char *text = vc__calloc(1, body.len);
    if (!text)
        return vc__error_memory(&unsealer->failure);
    vc_code code = vc__segments_open(unsealer->segments, body, false, text, &unsealer->failure);
    const size_t len = body.len - VC__SEGMENT_TAG;
    if (!code)
        code = vc__manifest_parse(&unsealer->manifest, vc_view_of(text, len), &unsealer->failure);
    vc__wipe(text, len);
    vc__free(text);
    unsealer->at = unsealer->manifest.offset;
    *event = VC_UNSEAL_MANIFEST;
    return code;
}

static vc_code inconsistent(vc_unsealer *unsealer)
{
    return vc__error(&unsealer->failure, VC_E_CIPHERTEXT, "the sealed file's data are not as many bytes as it says");
}

/* VC_OK with `*was` false: it is not the last one. */
static vc_code open_trailer(vc_unsealer *unsealer, vc_view body, bool *was)
{
    char trailer[VC__TRAILER];
    vc_view digest;
    uint64_t size = UINT64_MAX;
    vc_code code = vc__segments_open(unsealer->segments, body, true, trailer, &unsealer->failure);
    *was = !code;
    if (code == VC_E_CIPHERTEXT && !unsealer->short_seen) {
        vc_error_clear(&unsealer->failure);
        return VC_OK;
    }
    if (!code)
        code = vc__trailer_parse(vc_view_of(trailer, sizeof trailer), &unsealer->size, &digest, &unsealer->failure);
    if (code)
        return code;
    memcpy(unsealer->digest, digest.data, sizeof unsealer->digest);
    if (unsealer->size != unsealer->at || (vc_manifest_size(&unsealer->manifest, &size) && size != unsealer->at))
        return inconsistent(unsealer);
    return VC_OK;
}

static vc_code open_data(vc_unsealer *unsealer, vc_view body, vc_view *plaintext)
{
    uint64_t size = UINT64_MAX;
    const size_t len = body.len - VC__SEGMENT_TAG;
    if (!unsealer->room && !unsealer->own && !(unsealer->own = vc__calloc(1, unsealer->segment)))
        return vc__error_memory(&unsealer->failure);
    char *out = unsealer->room ? unsealer->room : unsealer->own;
    vc_code code = vc__segments_open(unsealer->segments, body, false, out, &unsealer->failure);
    if (code)
        return code;
    (void)vc_manifest_size(&unsealer->manifest, &size);
    if (len > size - unsealer->at)
        code = inconsistent(unsealer);
    if (!code && !unsealer->sum.apart)
        code = vc__sum_add(&unsealer->sum, vc_view_of(out, len), &unsealer->failure);
    if (code) {
        vc__wipe(out, len);
        return code;
    }
    unsealer->short_seen = len < unsealer->segment;
    unsealer->at += len;
    *plaintext = vc_view_of(out, len);
    return VC_OK;
}

static vc_code open_body(vc_unsealer *unsealer, vc_view body, vc_unseal_event *event, vc_view *plaintext)
{
    unsealer->stage = VC__UNSEALER_LENGTH;
    if (vc__segments_next(unsealer->segments) == 0)
        return open_manifest(unsealer, body, event);
    if (body.len == BODY_TRAILER) {
        bool was;
        const vc_code code = open_trailer(unsealer, body, &was);
        if (code || was) {
            unsealer->stage = VC__UNSEALER_ENDED;
            *event = VC_UNSEAL_END;
            return code;
        }
    }
    *event = VC_UNSEAL_DATA;
    return open_data(unsealer, body, plaintext);
}

static vc_code refuse_more(vc_unsealer *unsealer)
{
    return vc__error(&unsealer->failure, VC_E_CIPHERTEXT, "a sealed file is refused at byte %" PRIu64 ": bytes behind its end",
                     unsealer->taken);
}

/* Up to the next event, or the end of what is there. */
static vc_code advance(vc_unsealer *unsealer, vc_view *sealed, vc_unseal_event *event, vc_view *plaintext)
{
    while (sealed->len && *event == VC_UNSEAL_MORE) {
        vc_code code = VC_OK;
        vc_view body = vc_view_of(NULL, 0);
        switch (unsealer->stage) {
        case VC__UNSEALER_HEADER: code = vc__unsealer_take_header(unsealer, sealed); break;
        case VC__UNSEALER_LENGTH: code = take_length(unsealer, sealed); break;
        case VC__UNSEALER_BODY:
            code = take_body(unsealer, sealed, &body);
            if (!code && body.len)
                code = open_body(unsealer, body, event, plaintext);
            break;
        case VC__UNSEALER_NEW:
        case VC__UNSEALER_ENDED: code = refuse_more(unsealer); break;
        }
        if (code)
            return code;
    }
    return unsealer->stage == VC__UNSEALER_ENDED && sealed->len ? refuse_more(unsealer) : VC_OK;
}

vc_code vc_unsealer_pull(vc_unsealer *unsealer, vc_view *sealed, vc_unseal_event *event, vc_view *plaintext, vc_error *err)
{
    *event = VC_UNSEAL_MORE;
    *plaintext = vc_view_of(NULL, 0);
    if (!unsealer->failure.code) {
        if (unsealer->stage == VC__UNSEALER_NEW)
            return vc__error(err, VC_E_STATE, "vc_unsealer_start() comes first");
        if (vc_unsealer_segment(unsealer) && !unsealer->sum.apart && unsealer->sum.bytes != unsealer->at)
            return vc__error(err, VC_E_STATE, "vc_unsealer_digest() has had %" PRIu64 " of the %" PRIu64 " bytes before this part",
                             unsealer->sum.bytes, unsealer->at);
        if (unsealer->stage == VC__UNSEALER_ENDED && !sealed->len)
            *event = VC_UNSEAL_END;
        else if (advance(unsealer, sealed, event, plaintext) == VC_OK)
            return VC_OK;
    }
    if (!unsealer->failure.code)
        return VC_OK;
    *event = VC_UNSEAL_MORE;
    *plaintext = vc_view_of(NULL, 0);
    return vc__error_copy(err, &unsealer->failure);
}

vc_code vc_unsealer_digest(vc_unsealer *unsealer, vc_view plaintext, vc_error *err)
{
    return vc__sum_add_own(&unsealer->sum, unsealer->manifest.offset, plaintext, err);
}

vc_code vc_unsealer_finish(vc_unsealer *unsealer, vc_error *err)
{
    unsigned char digest[VC__SUM];
    if (unsealer->failure.code)
        return vc__error_copy(err, &unsealer->failure);
    if (unsealer->stage == VC__UNSEALER_NEW)
        return vc__error(err, VC_E_STATE, "vc_unsealer_start() comes first");
    if (unsealer->stage != VC__UNSEALER_ENDED)
        return vc__error(err, VC_E_CIPHERTEXT, "the sealed file is cut off: it ends at byte %" PRIu64 ", before its last segment",
                         unsealer->taken);
    vc_code code = vc__sum_end(&unsealer->sum, unsealer->at, digest, err);
    if (code)
        return code;
    if (!vc__secret_equal(vc_view_of(digest, sizeof digest), vc_view_of(unsealer->digest, sizeof unsealer->digest)))
        code = vc__error(&unsealer->failure, VC_E_CIPHERTEXT,
                         "the digest of the file is another: what was opened is not all of one file");
    return code ? vc__error_copy(err, &unsealer->failure) : VC_OK;
}

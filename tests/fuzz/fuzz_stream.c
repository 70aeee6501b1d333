/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sealed files. The first byte says what the rest is:
 *   'r'  bytes of a sealed file: opened in one piece and in many, it comes to the same end, with the same plaintext
 *   'p'  plaintext: sealed in pieces, it opens in pieces
 *   's'  segments that are all authentic, of any size and content, in the place of a sealer's: u8 last, u16 length, bytes (or, when
 *        there are fewer, zeros behind them)
 * One key opens all that is sealed here; of 'r' it opens nothing, so that header and lengths are what is tried.
 */
#include "fuzz.h"

#include "record/unsealer.h"

static const char stream_key[VC__SEGMENT_KEY + 1] = "the stream key of fuzzing, 32 by";
static const char drawn[VC__SEALER_DRAWN + 1] = "a salt of just thirty-two bytes:prefix:";
static const char id[VC__NATIVE_ID + 1] = "the id of a data key, 32 bytes..";

enum { SEGMENT = VC_SEAL_SEGMENT_LEAST, MOST = 1 << 22 };

static vc_code fetch(void *user, const vc__native *token, const vc__seal_key *key, char out[VC__SEGMENT_KEY], vc_error *err)
{
    (void)user, (void)token, (void)key, (void)err;
    memcpy(out, stream_key, VC__SEGMENT_KEY);
    return VC_OK;
}

static vc_unsealer *unsealer_of(void)
{
    vc_unsealer *unsealer = vc_unsealer_new(NULL);
    HOLDS(unsealer && vc_unsealer_allow_key(unsealer, "files", NULL) == VC_OK);
    HOLDS(vc_unsealer_allow_static_key(unsealer, "archive", NULL) == VC_OK);
    HOLDS(vc_unsealer_allow_context(unsealer, vc_str(""), NULL) == VC_OK);
    HOLDS(vc__unsealer_begin(unsealer, fetch, NULL, NULL) == VC_OK);
    return unsealer;
}

/* Pieces of 1 to `piece` bytes. What was before a part is zeros, as many as are not too many. */
static vc_code open_all(vc_view bytes, size_t piece, vc__buf *out)
{
    static const char zeros[4096];
    vc_unsealer *unsealer = unsealer_of();
    vc_code code = VC_OK;
    for (size_t n = 1; bytes.len && !code; n = n % piece + 1) {
        vc_view part = vc_view_of(bytes.data, bytes.len < n ? bytes.len : n), plaintext;
        vc_unseal_event event;
        bytes = vc_view_of(part.data + part.len, bytes.len - part.len);
        do {
            code = vc_unsealer_pull(unsealer, &part, &event, &plaintext, NULL);
            HOLDS(!code || (event == VC_UNSEAL_MORE && plaintext.len == 0));
            HOLDS((event == VC_UNSEAL_DATA) == (plaintext.len > 0));
            HOLDS(event != VC_UNSEAL_MORE || code || part.len == 0);
            vc__buf_view(out, plaintext);
            if (event == VC_UNSEAL_MANIFEST && vc_manifest_offset(vc_unsealer_manifest(unsealer)) <= sizeof zeros)
                HOLDS(vc_unsealer_digest(unsealer, vc_view_of(zeros, vc_manifest_offset(vc_unsealer_manifest(unsealer))), NULL) == VC_OK);
        } while (!code && event != VC_UNSEAL_MORE && event != VC_UNSEAL_END);
    }
    if (!code)
        code = vc_unsealer_finish(unsealer, NULL);
    vc_unsealer_free(unsealer);
    return code;
}

static void same_in_pieces(vc_view bytes)
{
    vc__auto(vc__buf) whole = VC__BUF(MOST);
    vc__auto(vc__buf) pieces = VC__BUF(MOST);
    const vc_code code = open_all(bytes, SIZE_MAX, &whole);
    HOLDS(open_all(bytes, 700, &pieces) == code);
    HOLDS(whole.len == pieces.len && (!whole.len || memcmp(whole.data, pieces.data, whole.len) == 0));
}

static vc_sealer *sealer_of(void)
{
    vc_sealer *sealer = vc_sealer_new("files", NULL);
    const vc__native token = { .source = VC__NATIVE_TRANSIT, .key_id = vc_view_of(id, VC__NATIVE_ID), .key_name = vc_str("files"),
                               .key_version = 1, .wrapped = vc_str("wrapped") };
    HOLDS(sealer && vc_sealer_set_segment(sealer, SEGMENT, NULL) == VC_OK);
    HOLDS(vc__sealer_begin(sealer, &token, vc_view_of(stream_key, VC__SEGMENT_KEY), vc_view_of(drawn, VC__SEALER_DRAWN), NULL) == VC_OK);
    return sealer;
}

static void there_and_back(vc_view plaintext)
{
    vc__auto(vc__buf) sealed = VC__BUF(MOST);
    vc__auto(vc__buf) out = VC__BUF(MOST);
    vc_sealer *sealer = sealer_of();
    vc_view rest = plaintext, segment;
    for (size_t n = 1; rest.len; n = n % 1500 + 7) {
        vc_view part = vc_view_of(rest.data, rest.len < n ? rest.len : n);
        rest = vc_view_of(part.data + part.len, rest.len - part.len);
        do {
            HOLDS(vc_sealer_push(sealer, &part, &segment, NULL) == VC_OK);
            vc__buf_view(&sealed, segment);
        } while (segment.len);
    }
    do {
        HOLDS(vc_sealer_finish(sealer, &segment, NULL) == VC_OK);
        vc__buf_view(&sealed, segment);
    } while (segment.len);
    vc_sealer_free(sealer);
    HOLDS(open_all(vc__buf_get(&sealed), 1100, &out) == VC_OK);
    HOLDS(out.len == plaintext.len && (!out.len || memcmp(out.data, plaintext.data, out.len) == 0));
}

/* The header of a sealer, and behind it what the input says. */
static void authentic_segments(vc_view script)
{
    vc__auto(vc__buf) sealed = VC__BUF(MOST);
    vc__auto(vc__buf) aad = VC__BUF(4096);
    vc_sealer *sealer = sealer_of();
    vc_view none = vc_view_of(NULL, 0), first;
    HOLDS(vc_sealer_push(sealer, &none, &first, NULL) == VC_OK);
    vc__native token;
    HOLDS(vc__native_read_bytes(first, &token, NULL) == VC_OK);
    vc__buf_append(&sealed, first.data, first.len - token.sealed.len);
    vc__native_aad(&aad, &token, vc_str("stream"), none, none);
    vc__segments *segments = vc__segments_new(vc_view_of(stream_key, VC__SEGMENT_KEY), vc__buf_get(&aad), token.nonce, NULL);
    HOLDS(segments);
    bool last = false;
    while (script.len >= 3 && !last && sealed.len < MOST / 4) {
        static char text[65536], out[65536 + VC__SEGMENT_EXTRA];
        const size_t len = (size_t)(unsigned char)script.data[1] << 8 | (unsigned char)script.data[2];
        const size_t have = script.len - 3 < len ? script.len - 3 : len;
        last = script.data[0] & 1;
        memset(text, 0, len);
        memcpy(text, script.data + 3, have);
        script = vc_view_of(script.data + 3 + have, script.len - 3 - have);
        HOLDS(vc__segments_seal(segments, vc_view_of(text, len), last, out, NULL) == VC_OK);
        vc__buf_append(&sealed, out, len + VC__SEGMENT_EXTRA);
    }
    vc__segments_free(segments);
    vc_sealer_free(sealer);
    same_in_pieces(vc__buf_get(&sealed));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size || size > 65536)
        return 0;
    const vc_view rest = vc_view_of(data + 1, size - 1);
    if (data[0] == 'r')
        same_in_pieces(rest);
    else if (data[0] == 'p')
        there_and_back(rest);
    else if (data[0] == 's')
        authentic_segments(rest);
    return 0;
}

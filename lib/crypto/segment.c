/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/segment.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/pages.h"
#include "base/secret.h"
#include "crypto/aead.h"
#include "crypto/hash.h"

enum { INFO_MAX = 64 << 10, NONCE_NUMBER = VC__SEGMENT_PREFIX, NONCE_LAST = NONCE_NUMBER + 4 };

static const char label[] = "vaultcrypt 1 segments";

struct vc__segments {
    vc__aead *aead;
    uint64_t next;
    bool ended;
    long process;
    char nonce[VC__AEAD_IV];
};

static bool derive(char key[VC__SEGMENT_KEY], vc_view stream_key, vc_view aad, vc_view setup, vc_error *err)
{
    vc__auto(vc__buf) info = VC__BUF(INFO_MAX);
    vc__buf_str(&info, label);
    vc__buf_view(&info, aad);
    vc__buf_append(&info, setup.data + VC__SEGMENT_SALT, setup.len - VC__SEGMENT_SALT);
    if (vc__buf_check(&info, "what a sealed file authenticates", err))
        return false;
    vc__autoptr(vc__hkdf) hkdf = vc__hkdf_new(VC__SHA2_256, err);
    return hkdf && vc__hkdf_derive(hkdf, stream_key, vc_view_of(setup.data, VC__SEGMENT_SALT), vc__buf_get(&info), key,
                                   VC__SEGMENT_KEY, err) == VC_OK;
}

vc__segments *vc__segments_new(vc_view stream_key, vc_view aad, vc_view setup, vc_error *err)
{
    if (stream_key.len != VC__SEGMENT_KEY || setup.len != VC__SEGMENT_SETUP) {
        vc__error(err, VC_E_ARGUMENT, "segments need a key of %d bytes and a setup of %d, not %zu and %zu", VC__SEGMENT_KEY,
                  VC__SEGMENT_SETUP, stream_key.len, setup.len);
        return NULL;
    }
    vc__autoptr(vc__segments) segments = vc__calloc(1, sizeof *segments);
    if (!segments) {
        vc__error_memory(err);
        return NULL;
    }
    segments->process = vc__process_id();
    memcpy(segments->nonce, setup.data + VC__SEGMENT_SALT, VC__SEGMENT_PREFIX);
    char key[VC__SEGMENT_KEY];
    if (derive(key, stream_key, aad, setup, err))
        segments->aead = vc__aead_new(VC__AES256_GCM, vc_view_of(key, sizeof key), err);
    vc__wipe(key, sizeof key);
    return segments->aead ? vc__steal(&segments) : NULL;
}

void vc__segments_free(vc__segments *segments)
{
    if (!segments)
        return;
    vc__aead_free(segments->aead);
    vc__free(segments);
}

uint64_t vc__segments_next(const vc__segments *segments)
{
    return segments->next;
}

static vc_code check_next(const vc__segments *segments, vc_error *err)
{
    if (segments->ended)
        return vc__error(err, VC_E_STATE, "the last segment was before this one");
    if (segments->next > UINT32_MAX)
        return vc__error(err, VC_E_LIMIT, "a sealed file has 2^32 segments at most: take larger ones");
    return VC_OK;
}

static vc_view set_nonce(vc__segments *segments, bool last)
{
    vc__segment_put(segments->nonce + NONCE_NUMBER, (uint32_t)segments->next);
    segments->nonce[NONCE_LAST] = last;
    return vc_view_of(segments->nonce, sizeof segments->nonce);
}

vc_code vc__segments_seal(vc__segments *segments, vc_view plaintext, bool last, char *out, vc_error *err)
{
    vc_code code = check_next(segments, err);
    if (!code && segments->process != vc__process_id())
        code = vc__error(err, VC_E_STATE, "this file was begun before fork(): the child would use the parent's nonces again");
    if (!code) {
        const vc_view nonce = set_nonce(segments, last);
        segments->next++; /* whatever becomes of it: this number is spent */
        segments->ended = last;
        vc__segment_put(out, (uint32_t)(plaintext.len + VC__SEGMENT_TAG));
        code = vc__aead_seal(segments->aead, nonce, vc_view_of(NULL, 0), plaintext, out + VC__SEGMENT_LENGTH, err);
    }
    if (code)
        memset(out, 0, plaintext.len + VC__SEGMENT_EXTRA);
    return code;
}

vc_code vc__segments_open(vc__segments *segments, vc_view sealed, bool last, char *out, vc_error *err)
{
    vc_code code = check_next(segments, err);
    if (code) {
        vc__wipe(out, sealed.len > VC__SEGMENT_TAG ? sealed.len - VC__SEGMENT_TAG : 0);
        return code;
    }
    code = vc__aead_open(segments->aead, set_nonce(segments, last), vc_view_of(NULL, 0), sealed, out, err);
    if (!code) {
        segments->next++;
        segments->ended = last;
    }
    return code;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/alloc.h"
#include "base/base64.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/varint.h"
#include "record/native_key.h"


/*
 * The type is the third byte of a body, so in Base64 only the first four characters depend on it, and in the
 * associated data the byte behind the version and the first two.
 */
enum { TYPE_AT = 2, TYPE_IN_AAD = 3, START = 5 /* "vc1: with its quote */ };

static const char start[] = "\"vc1:";
static const char magic[] = { '\x8b', 'V', 'C', VC__NATIVE_VERSION };

struct vc__native_frame {
    vc__native_key *key; /* borrowed */
    bool binds, bound;
    uint8_t flags;
    size_t own;     /* bytes of `aad` that do not change from record to record */
    vc__buf prefix; /* the body up to before the nonce */
    vc__buf text;   /* Base64 of its whole groups of three bytes */
    vc__buf aad;
};

enum { PREFIX_MAX = 2048, AAD_MAX = 1 << 26 };

/* A reader must take what is written here: it is asked. The parser wants something behind the prefix. */
static vc_code check(const vc__native *token, vc_error *err)
{
    enum { SIGNED = VC__NATIVE_SIGNER + VC__NATIVE_SIGNATURE };
    vc__auto(vc__buf) body = VC__BUF(PREFIX_MAX + 256);
    const char zeros[VC__AEAD_IV + VC__NATIVE_HASH + SIGNED] = { 0 };
    vc__native_prefix(&body, token);
    vc__buf_append(&body, zeros, token->algorithm == VC__NATIVE_HMAC ? VC__NATIVE_HASH : sizeof zeros);
    vc__native parsed;
    vc_code code = vc__buf_check(&body, "the prefix of a token", err);
    if (code == VC_OK)
        code = vc__native_parse(&parsed, vc__buf_get(&body), err);
    if (code == VC_E_LIMIT || code == VC_E_CIPHERTEXT || token->key_version > UINT32_MAX)
        return vc__error(err, VC_E_ARGUMENT,
                         "no token can be made with this context, key name, key version or wrapped key: too long, or "
                         "missing, or not UTF-8");
    return code;
}

static vc_code fill(vc__native_frame *frame, const vc__native *token, vc_view path, vc_error *err)
{
    const vc_view none = vc_view_of(NULL, 0);
    vc__native first = *token;
    first.flags = token->flags & (uint8_t) ~(VC__NATIVE_BINDS_TOPIC | VC__NATIVE_BINDS_KEY);
    vc__native_prefix(&frame->prefix, token);
    vc__native_aad(&frame->aad, &first, path, none, none); /* up to what is bound */
    vc_code code = vc__buf_check(&frame->prefix, "the prefix of a token", err);
    if (code == VC_OK)
        code = vc__buf_check(&frame->aad, "what is bound to a token", err);
    if (code != VC_OK)
        return code;
    frame->aad.data[2] = (char)token->flags;
    frame->own = frame->aad.len;
    const size_t whole = frame->prefix.len - frame->prefix.len % 3;
    vc__base64_encode(&frame->text, vc_view_of(frame->prefix.data, whole));
    return vc__buf_check(&frame->text, "the prefix of a token", err);
}

vc__native_frame *vc__native_frame_new(vc__native_key *key, const vc__native *token, vc_view path,
                                       vc_error *err)
{
    vc__native whole = *token;
    whole.algorithm = (uint8_t)key->algorithm;
    whole.type = VC__NATIVE_BYTES;
    whole.key_id = vc_view_of(key->id, sizeof key->id);
    whole.extensions = whole.header = vc_view_of(NULL, 0);
    if (check(&whole, err) != VC_OK)
        return NULL;
    vc__autoptr(vc__native_frame) frame = vc__calloc(1, sizeof *frame);
    if (!frame) {
        vc__error_memory(err);
        return NULL;
    }
    frame->key = key;
    frame->flags = token->flags;
    frame->binds = token->flags & (VC__NATIVE_BINDS_TOPIC | VC__NATIVE_BINDS_KEY);
    frame->prefix = frame->text = (vc__buf)VC__BUF(PREFIX_MAX * 2);
    frame->aad = (vc__buf)VC__BUF(AAD_MAX);
    return fill(frame, &whole, path, err) == VC_OK ? vc__steal(&frame) : NULL;
}

void vc__native_frame_free(vc__native_frame *frame)
{
    if (!frame)
        return;
    vc__buf_free(&frame->prefix);
    vc__buf_free(&frame->text);
    vc__buf_free(&frame->aad);
    vc__free(frame);
}

static void bind_one(vc__buf *aad, bool wanted, vc_view bytes)
{
    if (!wanted)
        return;
    if (bytes.len > AAD_MAX)
        aad->failed = VC_E_LIMIT;
    vc__uvarint_write(aad, (uint32_t)bytes.len);
    vc__buf_view(aad, bytes);
}

vc_code vc__native_bind(vc__native_frame *frame, vc_view topic, vc_view record_key, vc_error *err)
{
    if (!frame->binds)
        return VC_OK;
    vc__buf_cut(&frame->aad, frame->own);
    frame->aad.failed = VC_OK;
    bind_one(&frame->aad, frame->flags & VC__NATIVE_BINDS_TOPIC, topic);
    bind_one(&frame->aad, frame->flags & VC__NATIVE_BINDS_KEY, record_key);
    const vc_code code = vc__buf_check(&frame->aad, "what is bound to a token", err);
    frame->bound = code == VC_OK;
    return code;
}

/* -- sealing -- */

/* What the nonce, V or tag, and the content come to. */
static size_t sealed_size(const vc__native_frame *frame, size_t plaintext_len)
{
    switch (frame->key->algorithm) {
    case VC__NATIVE_GCM: return VC__AEAD_IV + plaintext_len + VC__AEAD_TAG;
    case VC__NATIVE_SIV: return VC__SIV_TAG + plaintext_len;
    case VC__NATIVE_HMAC:
    case VC__NATIVE_SEGMENTS:
    default: return VC__NATIVE_HASH;
    }
}

static vc_code hash(vc__hmac *hmac, vc_view aad, vc_view content, char *out, vc_error *err)
{
    const vc_view parts[] = { aad, content };
    return vc__hmac_parts(hmac, parts, 2, (unsigned char *)out, err);
}

/* Nonce and sealed part to `out`, sealed_size() bytes; zero on failure. */
static vc_code encipher(vc__native_frame *frame, vc__random *random, vc_view plaintext, char *out,
                        vc_error *err)
{
    const vc_view aad = vc__buf_get(&frame->aad);
    vc__native_key *key = frame->key;
    if (key->algorithm == VC__NATIVE_SIV)
        return vc__siv_seal(key->siv, &aad, 1, plaintext, out, err);
    if (key->algorithm == VC__NATIVE_HMAC)
        return hash(key->hmac, aad, plaintext, out, err);
    vc_code code = vc__random_bytes(random, out, VC__AEAD_IV, err);
    if (code == VC_OK)
        code = vc__aead_seal(key->aead, vc_view_of(out, VC__AEAD_IV), aad, plaintext, out + VC__AEAD_IV, err);
    if (code != VC_OK)
        vc__wipe(out, VC__AEAD_IV + plaintext.len + VC__AEAD_TAG);
    return code;
}

/* Ready to seal one value of that type, with `size` bytes of room behind `out`. */
static vc_code prepare(vc__native_frame *frame, vc__native_type type, vc_view plaintext, vc__buf *out,
                       size_t size, vc_error *err)
{
    if (frame->binds && !frame->bound)
        return vc__error(err, VC_E_STATE, "a token that binds topic or record key, before these were said");
    if (plaintext.len > VC__NATIVE_PLAIN_MAX)
        return vc__error(err, VC_E_LIMIT, "a value of more than 1 GiB is too large for a token");
    if (vc__buf_reserve(out, size) != VC_OK)
        return vc__buf_check(out, "a record with its tokens", err);
    frame->aad.data[TYPE_IN_AAD] = (char)type;
    frame->prefix.data[TYPE_AT] = (char)type;
    return VC_OK;
}

/*
 * The bytes behind the whole groups are made at the rear end of where their Base64 goes, and become Base64
 * from there: the writer never overtakes the reader (base64.h).
 */
vc_code vc__native_seal_text(vc__native_frame *frame, vc__random *random, vc__native_type type,
                            vc_view plaintext, vc__buf *out, vc_error *err)
{
    if (frame->flags & VC__NATIVE_SIGNED)
        return vc__error(err, VC_E_STATE, "a token that is to be signed, before it is");
    const size_t over = frame->prefix.len % 3;
    const size_t raw_size = over + sealed_size(frame, plaintext.len);
    const size_t base64_size = vc__base64_encoded_len(raw_size);
    const size_t size = START + frame->text.len + base64_size + 1;
    vc_code code = prepare(frame, type, plaintext, out, size, err);
    if (code != VC_OK)
        return code;
    char *at = out->data + out->len;
    char *base64 = at + START + frame->text.len;
    char *raw = base64 + base64_size - raw_size;
    code = encipher(frame, random, plaintext, raw + over, err);
    if (code != VC_OK)
        return code;
    memcpy(raw, frame->prefix.data + frame->prefix.len - over, over);
    memcpy(at, start, START);
    memcpy(at + START, frame->text.data, frame->text.len);
    vc__base64_encode_raw(at + START, (const unsigned char *)frame->prefix.data, 3);
    vc__base64_encode_raw(base64, (const unsigned char *)raw, raw_size);
    at[size - 1] = '"';
    at[size] = 0;
    out->len += size;
    return VC_OK;
}

vc_code vc__native_seal_bytes(vc__native_frame *frame, vc__random *random, vc__native_type type,
                             vc_view plaintext, vc__buf *out, vc_error *err)
{
    const size_t before = sizeof magic + frame->prefix.len;
    const size_t size = before + sealed_size(frame, plaintext.len);
    vc_code code = prepare(frame, type, plaintext, out, size, err);
    if (code != VC_OK)
        return code;
    char *at = out->data + out->len;
    code = encipher(frame, random, plaintext, at + before, err);
    if (code != VC_OK)
        return code;
    memcpy(at, magic, sizeof magic);
    memcpy(at + sizeof magic, frame->prefix.data, frame->prefix.len);
    at[size] = 0;
    out->len += size;
    return VC_OK;
}

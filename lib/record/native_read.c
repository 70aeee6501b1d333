/* SPDX-License-Identifier: Apache-2.0 */
#include "record/native_read.h"

#include "base/base64.h"
#include "base/error.h"
#include "base/text.h"
#include "base/varint.h"

static const char magic[] = "\x8bVC";

/* -- the reader -- */

bool vc__native_fault(vc__native_reader *reader, size_t at, const char *fault)
{
    if (!reader->fault) {
        reader->fault = fault;
        reader->fault_at = at;
    }
    return false;
}

static bool ends_early(vc__native_reader *reader)
{
    if (!reader->fault)
        reader->cut = true;
    return vc__native_fault(reader, reader->in.len, "it ends too early");
}

bool vc__native_take(vc__native_reader *reader, size_t len, vc_view *out)
{
    if (reader->fault)
        return false;
    if (len > reader->in.len - reader->at)
        return ends_early(reader);
    *out = vc_view_of(len ? reader->in.data + reader->at : NULL, len);
    reader->at += len;
    return true;
}

bool vc__native_take_byte(vc__native_reader *reader, uint8_t *out)
{
    vc_view byte;
    if (!vc__native_take(reader, 1, &byte))
        return false;
    *out = (uint8_t)byte.data[0];
    return true;
}

bool vc__native_take_number(vc__native_reader *reader, uint32_t *out)
{
    if (reader->fault)
        return false;
    if (vc__uvarint_read(reader->in, &reader->at, true, out))
        return true;
    for (size_t i = 0; i < VC__UVARINT_MAX; i++) {
        if (i >= reader->in.len - reader->at)
            return ends_early(reader);
        if (!(reader->in.data[reader->at + i] & 0x80))
            break;
    }
    return vc__native_fault(reader, reader->at,
                            "a number of more than 32 bits, or of more bytes than it needs");
}

bool vc__native_take_counted(vc__native_reader *reader, size_t max, const char *too_long, vc_view *out)
{
    const size_t at = reader->at;
    uint32_t len;
    if (!vc__native_take_number(reader, &len))
        return false;
    return len > max ? vc__native_fault(reader, at, too_long) : vc__native_take(reader, len, out);
}

/* A key pair goes by its id, of which there are no versions; the sizes are those of what wraps to it. */
static const char *fault_of_pair(const vc__native *token)
{
    enum { RSA_LEAST = 256, EC_WRAPPED = 105, HPKE_WRAPPED = 113, POINT = 0x04 };
    static const uint64_t base64url[2] = { UINT64_C(0x03ff200000000000), UINT64_C(0x07fffffe87fffffe) }; /* a bit for each of ASCII */
    bool id = token->key_name.len == VC__NATIVE_PAIR_NAME;
    for (size_t i = 0; i < token->key_name.len && id; i++) {
        const unsigned char c = (unsigned char)token->key_name.data[i];
        id = c < 128 && base64url[c / 64] >> c % 64 & 1;
    }
    if (!id)
        return "a key name that is no id of a public key";
    if (token->key_version)
        return "a version of a public key, which has none";
    const size_t size = token->source == VC__NATIVE_EC ? EC_WRAPPED : HPKE_WRAPPED;
    if (token->source == VC__NATIVE_RSA ? token->wrapped.len < RSA_LEAST : token->wrapped.len != size || token->wrapped.data[0] != POINT)
        return "a wrapped key that is of another size, or begins otherwise, than its source makes them";
    return NULL;
}

bool vc__native_take_place(vc__native_reader *reader, vc__native *token, bool checked)
{
    const size_t at = reader->at;
    uint32_t version;
    if (!vc__native_take_byte(reader, &token->source) ||
        !vc__native_take_counted(reader, VC__NATIVE_NAME_MAX, "a key name of more than 255 bytes",
                                &token->key_name) ||
        !vc__native_take_number(reader, &version) ||
        !vc__native_take_counted(reader, VC__NATIVE_WRAPPED_MAX, "a wrapped key of more than 1024 bytes",
                                &token->wrapped))
        return false;
    token->key_version = version;
    token->place = vc_view_of(reader->in.data + at, reader->at - at);
    if (checked)
        return true;
    if (token->source > VC__NATIVE_HPKE)
        return vc__native_fault(reader, at, "an unknown source of keys");
    const char *fault = vc__native_is_pair(token->source) ? fault_of_pair(token) : NULL;
    return !fault || vc__native_fault(reader, at + 1, fault);
}

vc_code vc__native_reader_end(const vc__native_reader *reader, const char *what, vc_error *err)
{
    if (!reader->fault)
        return VC_OK;
    return vc__error(err, VC_E_CIPHERTEXT, "%s is refused at byte %zu: %s", what, reader->fault_at,
                     reader->fault);
}

/* -- a body -- */

static bool take_first_bytes(vc__native_reader *reader, vc__native *token)
{
    if (!vc__native_take_byte(reader, &token->algorithm))
        return false;
    const uint8_t a = token->algorithm;
    const bool carries = a == VC__NATIVE_GCM || a == VC__NATIVE_SEGMENTS;
    if (!carries && a != VC__NATIVE_SIV && a != VC__NATIVE_HMAC)
        return vc__native_fault(reader, 0, "an unknown algorithm");
    if (!vc__native_take_byte(reader, &token->flags))
        return false;
    if (token->flags & ~VC__NATIVE_FLAGS)
        return vc__native_fault(reader, 1, "an unknown flag");
    if (token->flags && a == VC__NATIVE_SEGMENTS)
        return vc__native_fault(reader, 1, "a flag that a stream has not");
    if (token->flags & VC__NATIVE_KEY_OUTSIDE && !carries)
        return vc__native_fault(reader, 1, "a wrapped key outside, of an algorithm that has none");
    if (token->flags & VC__NATIVE_SIGNED && a != VC__NATIVE_GCM)
        return vc__native_fault(reader, 1, "a signature, of an algorithm that has none");
    if (token->flags & VC__NATIVE_SIGNED && token->flags & VC__NATIVE_KEY_OUTSIDE)
        return vc__native_fault(reader, 1, "a signature, with the wrapped key outside");
    if (!vc__native_take_byte(reader, &token->type))
        return false;
    if (token->type > VC__NATIVE_OBJECT || (a == VC__NATIVE_SEGMENTS && token->type != VC__NATIVE_BYTES))
        return vc__native_fault(reader, 2, "an unknown type of value");
    return true;
}

/* What is authenticated. */
static bool take_header(vc__native_reader *reader, vc__native *token)
{
    if (!take_first_bytes(reader, token) || !vc__native_take(reader, VC__NATIVE_ID, &token->key_id) ||
        !vc__native_take_counted(reader, VC__NATIVE_NAME_MAX, "a context of more than 255 bytes",
                                &token->context))
        return false;
    const size_t valid = vc__utf8_valid(token->context);
    if (valid < token->context.len)
        return vc__native_fault(reader, reader->at - token->context.len + valid,
                               "a context that is not UTF-8");
    if (!vc__native_take_counted(reader, 0, "extensions, of which this version knows none",
                                &token->extensions))
        return false;
    token->header = vc_view_of(reader->in.data, reader->at);
    return true;
}

/* A wrapped key is either here or outside, and SIV and HMAC have none. */
static bool take_key(vc__native_reader *reader, vc__native *token)
{
    const size_t at = reader->at;
    if (!vc__native_take_place(reader, token, false))
        return false;
    const bool outside = token->flags & VC__NATIVE_KEY_OUTSIDE;
    const bool none = outside || token->algorithm == VC__NATIVE_SIV || token->algorithm == VC__NATIVE_HMAC;
    if (outside != (token->source == VC__NATIVE_NOWHERE))
        return vc__native_fault(reader, at, "a source of keys that does not go with the flags");
    if (vc__native_is_pair(token->source) && token->algorithm != VC__NATIVE_GCM)
        return vc__native_fault(reader, at, "a source of keys that the algorithm has not");
    if (outside && (token->key_name.len || token->key_version))
        return vc__native_fault(reader, at + 1, "a key name or version, with the wrapped key outside");
    if (none != (token->wrapped.len == 0))
        return vc__native_fault(reader, reader->at - token->wrapped.len,
                               none ? "a wrapped key where none belongs" : "no wrapped key");
    return true;
}

/* Nonce and sealed bytes: their least, and for a hash their only size. */
static bool take_sealed(vc__native_reader *reader, vc__native *token)
{
    static const struct {
        uint8_t algorithm, nonce, least;
        bool exact;
    } sizes[] = {
        { VC__NATIVE_GCM, 12, 16, false },
        { VC__NATIVE_SIV, 0, 16, false },
        { VC__NATIVE_HMAC, 0, 32, true },
        { VC__NATIVE_SEGMENTS, 43, 0, false },
    };
    size_t i = 0;
    while (sizes[i].algorithm != token->algorithm)
        i++;
    if (!vc__native_take(reader, sizes[i].nonce, &token->nonce))
        return false;
    const size_t tail = token->flags & VC__NATIVE_SIGNED ? VC__NATIVE_SIGNER + VC__NATIVE_SIGNATURE : 0;
    const size_t left = reader->in.len - reader->at;
    if (left < sizes[i].least + tail)
        return ends_early(reader);
    if (sizes[i].exact && left > sizes[i].least)
        return vc__native_fault(reader, reader->at + sizes[i].least, "bytes behind its end");
    if (!vc__native_take(reader, left - tail, &token->sealed))
        return false;
    return !tail || (vc__native_take(reader, VC__NATIVE_SIGNER, &token->signer) &&
                     vc__native_take(reader, VC__NATIVE_SIGNATURE, &token->signature));
}

vc_code vc__native_parse(vc__native *token, vc_view body, vc_error *err)
{
    vc__native_reader reader = { .in = body };
    *token = (vc__native){ 0 };
    if (take_header(&reader, token) && take_key(&reader, token) && take_sealed(&reader, token))
        return VC_OK;
    *token = (vc__native){ .cut = reader.cut };
    return vc__native_reader_end(&reader, "the body of a token", err);
}

/* -- text and bytes -- */

/* The length of "vcN:", N being 1 to 999; 0 when the text does not begin so. */
static size_t text_start(vc_view text)
{
    size_t at = 2;
    if (text.len < 4 || memcmp(text.data, "vc", 2) != 0 || text.data[2] == '0')
        return 0;
    while (at < text.len && at < 5 && text.data[at] >= '0' && text.data[at] <= '9')
        at++;
    return at > 2 && at < text.len && text.data[at] == ':' ? at + 1 : 0;
}

bool vc__native_is_text(vc_view text)
{
    return text_start(text) != 0;
}

bool vc__native_is_bytes(vc_view bytes)
{
    return bytes.len >= sizeof magic - 1 && memcmp(bytes.data, magic, sizeof magic - 1) == 0;
}

static vc_code not_a_token(vc__native *token, vc_error *err)
{
    *token = (vc__native){ 0 };
    return vc__error(err, VC_E_PLAINTEXT, "no token of ours, which it should be");
}

static vc_code refuse(vc__native *token, size_t at, const char *fault, bool cut, vc_error *err)
{
    const vc__native_reader reader = { .fault = fault, .fault_at = at };
    *token = (vc__native){ .cut = cut };
    return vc__native_reader_end(&reader, "a token", err);
}

static const char unknown_version[] = "a version of the format that is not known here";

enum { GROUP = 4, GROUP_BYTES = 3, SEEN_MAX = 4096 };

/* The first group has the type, in which tokens differ that have the rest in common. */
static bool begins_as_seen(const vc__native_seen *seen, vc_view base64)
{
    return seen && seen->text.len && base64.len > GROUP + seen->text.len && memcmp(base64.data + GROUP, seen->text.data, seen->text.len) == 0;
}

/* Whole groups up to the nonce. Without memory nothing is kept, which costs time alone. */
static void keep_seen(vc__native_seen *seen, vc_view base64, const char *body, const vc__native *token)
{
    const size_t groups = (size_t)(token->place.data + token->place.len - body) / GROUP_BYTES;
    seen->text.max = seen->bytes.max = SEEN_MAX;
    vc__buf_clear(&seen->text);
    vc__buf_clear(&seen->bytes);
    if (!groups || groups * GROUP > SEEN_MAX / 2)
        return;
    vc__buf_append(&seen->text, base64.data + GROUP, (groups - 1) * GROUP);
    vc__buf_append(&seen->bytes, body + GROUP_BYTES, (groups - 1) * GROUP_BYTES);
    if (seen->text.failed || seen->bytes.failed) {
        vc__buf_free(&seen->text);
        vc__buf_free(&seen->bytes);
    }
}

/* Into `body`, which has room for it all. */
static vc_code decode(char *body, size_t *len, vc_view base64, const vc__native_seen *seen, size_t *bad)
{
    size_t first = 0;
    if (!begins_as_seen(seen, base64))
        return vc__base64_decode(body, len, base64, bad);
    const size_t at = GROUP + seen->text.len;
    vc_code code = vc__base64_decode(body, &first, vc_view_of(base64.data, GROUP), bad);
    if (!code && first != GROUP_BYTES) { /* padding, and more behind it */
        *bad = GROUP;
        return VC_E_PROTOCOL;
    }
    memcpy(body + GROUP_BYTES, seen->bytes.data, seen->bytes.len);
    if (!code && vc__base64_decode(body + GROUP_BYTES + seen->bytes.len, len, vc_view_of(base64.data + at, base64.len - at), bad)) {
        *bad += at;
        return VC_E_PROTOCOL;
    }
    *len += GROUP_BYTES + seen->bytes.len;
    return code;
}

vc_code vc__native_read_text_seen(vc__buf *scratch, vc_view text, vc__native_seen *seen, vc__native *token, vc_error *err)
{
    const size_t start = text_start(text);
    if (!start)
        return not_a_token(token, err);
    if (start != VC__NATIVE_MAGIC || text.data[2] != '0' + VC__NATIVE_VERSION)
        return refuse(token, 2, unknown_version, false, err);
    const vc_view base64 = vc_view_of(text.data + start, text.len - start);
    if (vc__buf_reserve(scratch, base64.len / 4 * 3) != VC_OK)
        return vc__buf_check(scratch, "a token", err);
    size_t len = 0, bad = 0;
    char *body = scratch->data ? scratch->data + scratch->len : NULL;
    if (decode(body, &len, base64, seen, &bad) != VC_OK)
        return refuse(token, start + bad, "wrong Base64", false, err);
    scratch->len += len;
    const vc_code code = vc__native_parse(token, vc_view_of(body, len), err);
    if (!code && seen && !begins_as_seen(seen, base64))
        keep_seen(seen, base64, body, token);
    return code;
}

vc_code vc__native_read_text(vc__buf *scratch, vc_view text, vc__native *token, vc_error *err)
{
    return vc__native_read_text_seen(scratch, text, NULL, token, err);
}

vc_code vc__native_read_bytes(vc_view bytes, vc__native *token, vc_error *err)
{
    const size_t have = bytes.len < sizeof magic - 1 ? bytes.len : sizeof magic - 1;
    if (memcmp(bytes.len ? bytes.data : magic, magic, have) != 0 || !have)
        return not_a_token(token, err);
    if (bytes.len < VC__NATIVE_MAGIC)
        return refuse(token, bytes.len, "it ends too early", true, err);
    if (bytes.data[3] != VC__NATIVE_VERSION)
        return refuse(token, 3, unknown_version, false, err);
    return vc__native_parse(token, vc_view_of(bytes.data + VC__NATIVE_MAGIC, bytes.len - VC__NATIVE_MAGIC), err);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "record/demo.h"

#include "base/base64.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/text.h"
#include "json/scan.h"
#include "json/string.h"
#include "vault/ciphertext.h"

static const char head[] = "{\"ciphertext\": \"", middle[] = "\", \"tag\": \"", nonce_name[] = "\", \"nonce\": \"",
                  tail[] = "\"}";

enum {
    FIXED = sizeof head + sizeof middle + sizeof nonce_name + sizeof tail - 4 + 2 * VC__AEAD_TAG + 44,
    NONCE_TEXT = 44, /* Base64 of 32 bytes */
    DEPTH = 64       /* of what stands beside the three members */
};

size_t vc__demo_size(size_t len)
{
    return len > SIZE_MAX / 4 ? SIZE_MAX : 2 * vc__base64_encoded_len(len) + FIXED;
}

/* -- writing ------------------------------------------------------------------------------------------- */

/* `len` bytes at the end of 2 * len become that many hexadecimal digits, from the front: each is read before its place is
   written. */
static void spread_hex(char *room, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        const unsigned char byte = (unsigned char)room[len + i];
        room[2 * i] = digits[byte >> 4];
        room[2 * i + 1] = digits[byte & 15];
    }
}

/* The Base64 text lies where the second half of its hexadecimal digits will be, and is encrypted there. */
vc_code vc__demo_seal(vc__buf *out, vc__aead *aead, vc_view nonce, vc_view file, vc_error *err)
{
    const size_t size = vc__demo_size(file.len), text = vc__base64_encoded_len(file.len), before = out->len;
    if (nonce.len != VC__DEMO_NONCE)
        return vc__error(err, VC_E_ARGUMENT, "the demo's payload has a nonce of 32 bytes");
    if (size == SIZE_MAX || vc__buf_reserve(out, size))
        return size == SIZE_MAX ? vc__error(err, VC_E_LIMIT, "the file is too large for one record")
                                : vc__buf_check(out, "the demo's payload", err);
    vc__buf_str(out, head);
    char *const digits = out->data + out->len;
    vc__base64_encode_raw(digits + text, (const unsigned char *)file.data, file.len);
    const vc_code code = vc__aead_seal(aead, nonce, vc_view_of(NULL, 0), vc_view_of(digits + text, text),
                                       digits + text, err);
    if (code) {
        vc__buf_cut(out, before);
        return code;
    }
    char tag[VC__AEAD_TAG];
    memcpy(tag, digits + 2 * text, sizeof tag);
    spread_hex(digits, text);
    out->len += 2 * text;
    vc__buf_str(out, middle);
    vc__hex_encode(out, vc_view_of(tag, sizeof tag));
    vc__buf_str(out, nonce_name);
    vc__base64_encode(out, nonce);
    vc__buf_str(out, tail);
    return VC_OK;
}

/* -- reading ------------------------------------------------------------------------------------------- */

enum { CIPHERTEXT = 0, TAG, NONCE, MEMBERS };
static const char *const paths[MEMBERS] = { "$.ciphertext", "$.tag", "$.nonce" };

static vc_code refuse(vc_error *err, const char *what)
{
    return vc__error(err, VC_E_CIPHERTEXT, "the demo's payload: %s", what);
}

/* Where the three are; VC_E_MISSING: not all of them are there. */
static vc_code find_members(vc_view json, vc_view found[MEMBERS], vc_error *err)
{
    vc_code code = VC_OK;
    vc__path *parsed[MEMBERS] = { NULL };
    const vc__path *borrowed[MEMBERS];
    vc_error why = VC_ERROR_INIT;
    for (size_t i = 0; i < MEMBERS && !code; i++) {
        borrowed[i] = parsed[i] = vc__path_parse(vc_str(paths[i]), &why);
        code = parsed[i] ? VC_OK : why.code;
    }
    vc__autoptr(vc__selector) selector = code ? NULL : vc__selector_new(borrowed, NULL, MEMBERS, false, &why);
    vc__autoptr(vc__scanner) scanner = selector ? vc__scanner_new(DEPTH, &why) : NULL;
    const vc__hit *hits = NULL;
    size_t count = 0;
    code = scanner ? vc__scan(scanner, selector, json, &hits, &count, &why) : why.code;
    for (size_t i = 0; i < MEMBERS; i++)
        vc__path_free(parsed[i]);
    if (code)
        return vc__error_copy(err, &why);
    for (size_t i = 0; i < count; i++)
        if (hits[i].type == VC__JSON_STRING)
            found[hits[i].path] = vc_view_of(json.data + hits[i].begin, hits[i].end - hits[i].begin);
    for (size_t i = 0; i < MEMBERS; i++)
        if (!found[i].data)
            return vc__error(err, VC_E_MISSING, "the demo's payload: no text at %s", paths[i]);
    return VC_OK;
}

/* Some writers escape the slash. */
static vc_code take_nonce(vc__demo *payload, vc_view quoted, vc_error *err)
{
    vc__auto(vc__buf) text = VC__BUF(8 * NONCE_TEXT);
    size_t len = 0;
    const vc_code code = vc__string_decode(&text, quoted, NULL);
    if (!code && text.failed == VC_E_MEMORY)
        return vc__error_memory(err);
    char bytes[NONCE_TEXT / 4 * 3];
    if (code || text.failed || text.len != NONCE_TEXT ||
        vc__base64_decode(bytes, &len, vc__buf_get(&text), NULL) != VC_OK || len != VC__DEMO_NONCE)
        return refuse(err, "the nonce is not 32 bytes in Base64");
    memcpy(payload->nonce, bytes, VC__DEMO_NONCE);
    return VC_OK;
}

static bool is_hex(vc_view text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!(text.data[i] >= '0' && text.data[i] <= '9') && !((text.data[i] | 0x20) >= 'a' && (text.data[i] | 0x20) <= 'f'))
            return false;
    return text.len % 2 == 0;
}

vc_code vc__demo_parse(vc__demo *payload, vc_view json, vc_error *err)
{
    vc_view found[MEMBERS] = { { NULL, 0 } };
    memset(payload, 0, sizeof *payload);
    vc_code code = find_members(json, found, err);
    if (code)
        return code;
    const vc_view tag = vc_view_of(found[TAG].data + 1, found[TAG].len - 2);
    const vc_view ciphertext = vc_view_of(found[CIPHERTEXT].data + 1, found[CIPHERTEXT].len - 2);
    if (tag.len != 2 * VC__AEAD_TAG || !vc__hex_decode(payload->tag, tag))
        code = refuse(err, "the tag is not 16 bytes in hexadecimal digits");
    else if (ciphertext.len % 8 || !is_hex(ciphertext)) /* Base64 comes in fours */
        code = refuse(err, "the ciphertext is not hexadecimal digits for Base64, which comes in fours");
    else
        code = take_nonce(payload, found[NONCE], err);
    if (code)
        memset(payload, 0, sizeof *payload);
    else
        payload->ciphertext = ciphertext;
    return code;
}

vc_code vc__demo_open(vc__buf *out, vc__aead *aead, const vc__demo *payload, vc_error *err)
{
    const size_t text = payload->ciphertext.len / 2;
    size_t len = 0;
    if (vc__buf_reserve(out, text + VC__AEAD_TAG))
        return vc__buf_check(out, "the file of the demo's payload", err);
    char *const at = out->data + out->len;
    if (!vc__hex_decode((unsigned char *)at, payload->ciphertext))
        return refuse(err, "the ciphertext is not hexadecimal");
    memcpy(at + text, payload->tag, sizeof payload->tag);
    vc_code code = vc__aead_open(aead, vc_view_of(payload->nonce, sizeof payload->nonce), vc_view_of(NULL, 0),
                                 vc_view_of(at, text + VC__AEAD_TAG), at, err);
    if (!code && vc__base64_decode(at, &len, vc_view_of(at, text), NULL) != VC_OK)
        code = refuse(err, "what was encrypted is not Base64");
    vc__wipe(at + (code ? 0 : len), text + VC__AEAD_TAG - (code ? 0 : len));
    if (!code)
        out->len += len;
    return code;
}

vc_code vc__demo_headers_parse(vc__demo_headers *found, const vc_header *headers, size_t count, vc_error *err)
{
    static const char *const names[] = { VC__DEMO_KEY_HEADER, VC__DEMO_NAME_HEADER };
    vc_view values[2] = { { NULL, 0 } }, encoded;
    memset(found, 0, sizeof *found);
    for (size_t n = 0; n < 2; n++) {
        for (size_t i = 0; i < count; i++) {
            if (!vc__view_is(headers[i].name, names[n]))
                continue;
            if (values[n].data)
                return vc__error(err, VC_E_CIPHERTEXT, "the header %s comes twice", names[n]);
            if (!headers[i].value.len)
                return vc__error(err, VC_E_CIPHERTEXT, "the header %s is empty", names[n]);
            values[n] = headers[i].value;
        }
        if (!values[n].data)
            return vc__error(err, VC_E_CIPHERTEXT, "the header %s is missing", names[n]);
    }
    if (!vc__ciphertext_split(values[0], &found->key_version, &encoded) || !vc__base64_valid(encoded)) {
        memset(found, 0, sizeof *found);
        return vc__error(err, VC_E_CIPHERTEXT, "the header %s is not a wrapped key of Vault's (vault:vN:...)", names[0]);
    }
    found->key = values[0];
    found->name = values[1];
    return VC_OK;
}

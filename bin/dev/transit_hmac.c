/* SPDX-License-Identifier: Apache-2.0 */
/* transit_hmac.c - HMACs: made, and verified. */
#include "base/base64.h"
#include "base/text.h"
#include "param.h"
#include "reply.h"
#include "transit_texts.h"

#include <openssl/crypto.h>
#include <openssl/hmac.h>

const EVP_MD *transit_digest(vc_view name)
{
    static const struct {
        const char *name;
        const EVP_MD *(*digest)(void);
    } digests[] = {
        { "sha1", EVP_sha1 },         { "sha2-224", EVP_sha224 },   { "sha2-256", EVP_sha256 },
        { "sha2-384", EVP_sha384 },   { "sha2-512", EVP_sha512 },   { "sha3-224", EVP_sha3_224 },
        { "sha3-256", EVP_sha3_256 }, { "sha3-384", EVP_sha3_384 }, { "sha3-512", EVP_sha3_512 }
    };
    for (size_t i = 0; i < sizeof digests / sizeof digests[0]; i++)
        if (vc__view_is(name, digests[i].name))
            return digests[i].digest();
    return NULL;
}

bool transit_digest_name(dev_request *request, const char *const *names, vc_view *name)
{
    *name = request->args[1];
    for (; *names && name->len == 0; names++)
        if (!dev_param_string(request, *names, name))
            return false;
    return true;
}

/* What HMACs are made and verified with. */
typedef struct hmac_work {
    const transit_key *key;
    const EVP_MD *digest;
    vc__buf input, expected;
} hmac_work;

static void hmac(const hmac_work *maker, const transit_version *version, unsigned char *out, unsigned *len)
{
    const vc_view key = transit_hmac_key(maker->key, version);
    HMAC(maker->digest, key.data, (int)key.len, (const unsigned char *)maker->input.data, maker->input.len,
         out, len);
}

/* Why no HMAC is made with this version; NULL: it is. */
static const char *why_not(const transit_key *key, long long *number, char *text, size_t room)
{
    if (*number == 0)
        *number = key->latest;
    if (*number != key->latest && key->min_encryption > 0 && *number < key->min_encryption)
        return "cannot generate HMAC: version is too old (disallowed by policy)";
    if (key->soft_deleted)
        return transit_soft_deleted;
    if (*number < 0)
        return "key version does not exist (cannot be negative)";
    if (*number > key->latest) {
        snprintf(text, room, "key version does not exist; latest key version is %d", key->latest);
        return text;
    }
    return transit_key_version(key, *number) ? NULL : "no such key version";
}

static void write_hmac(hmac_work *maker, long long number, vc__buf *out)
{
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    hmac(maker, transit_key_version(maker->key, number), sum, &len);
    out_key(out, "hmac");
    vc__buf_printf(out, "\"vault:v%lld:", number);
    vc__base64_encode(out, vc_view_of((const char *)sum, len));
    vc__buf_byte(out, '"');
}

static void hmac_many(dev_request *request, hmac_work *maker, long long number)
{
    vc__buf *out = dev_reply_data(request);
    vc__buf_str(out, "{\"batch_results\":[");
    for (size_t at = 0; at < transit_texts_count(request); at++) {
        vc_view input, reference;
        size_t bad;
        out_open(out, '{');
        if (!transit_text(request, at, "input", &input))
            transit_text_error(out, "missing input for HMAC");
        else if (!transit_decode(input, &maker->input, &bad))
            transit_text_error(out, "unable to decode input as base64: illegal base64 data at input byte %zu",
                               bad);
        else
            write_hmac(maker, number, out);
        transit_text(request, at, "reference", &reference);
        out_key(out, "reference");
        out_string(out, reference);
        out_close(out, '}');
    }
    vc__buf_str(out, "]}");
}

static void hmac_one(dev_request *request, hmac_work *maker, long long number)
{
    vc_view input;
    size_t bad;
    if (!dev_param_string(request, "input", &input))
        return;
    if (!dev_param_given(request, "input")) {
        dev_reply_error(request, 400, "missing input for HMAC");
    } else if (!transit_decode(input, &maker->input, &bad)) {
        dev_reply_error(request, 400,
                        "unable to decode input as base64: illegal base64 data at input byte %zu", bad);
    } else {
        vc__buf *out = dev_reply_data(request);
        out_open(out, '{');
        write_hmac(maker, number, out);
        out_close(out, '}');
    }
}

static void hmac_with(dev_request *request, hmac_work *maker, vc_view algorithm)
{
    long long number = 0;
    char text[96];
    if (!dev_param_int(request, "key_version", &number))
        return;
    const char *why = why_not(maker->key, &number, text, sizeof text);
    if (why)
        dev_reply_error(request, 400, "%s", why);
    else if (vc__view_is(algorithm, "none"))
        dev_reply_error(request, 400, "algorithm cannot be none");
    else if (!(maker->digest = transit_digest(algorithm)))
        dev_reply_error(request, 400, "unsupported algorithm '\\x00'"); /* a number, printed as a character */
    else
        switch (transit_texts_check(request, "transit.batchRequestHMACItem")) {
        case TRANSIT_MANY: hmac_many(request, maker, number); break;
        case TRANSIT_ONE: hmac_one(request, maker, number); break;
        case TRANSIT_REFUSED: break;
        }
}

void transit_on_hmac(dev_request *request)
{
    static const char *const names[] = { "algorithm", NULL };
    hmac_work maker = { .key = transit_key_get(request, 0),
                        .input = VC__BUF(DEV_BODY_MAX),
                        .expected = VC__BUF(DEV_BODY_MAX) };
    vc_view algorithm;
    if (!transit_digest_name(request, names, &algorithm))
        return;
    if (!dev_param_given(request, "algorithm") && algorithm.len == 0)
        algorithm = vc_str("sha2-256");
    if (!maker.key)
        dev_reply_error(request, 400, "encryption key not found");
    else
        hmac_with(request, &maker, algorithm);
    vc__buf_free(&maker.input);
}

/* -- verify -- */

/* NULL: *valid says what came out. Else the error, with %zu for *bad. */
static const char *verify(hmac_work *maker, vc_view input, vc_view tag, bool *valid, size_t *bad)
{
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    long number = 0;
    vc_view encoded;
    if (!transit_decode(input, &maker->input, bad))
        return "unable to decode input as base64: illegal base64 data at input byte %zu";
    switch (transit_split_text(tag, &number, &encoded)) {
    case TRANSIT_NO_PREFIX: return "invalid HMAC to verify: no prefix";
    case TRANSIT_FIELDS: return "invalid HMAC: wrong number of fields";
    case TRANSIT_NUMBER: return "invalid HMAC: version number could not be decoded";
    case TRANSIT_SPLIT_OK: break;
    }
    if (!transit_decode(encoded, &maker->expected, bad))
        return "unable to decode verification HMAC as base64: illegal base64 data at input byte %zu";
    if (number > maker->key->latest)
        return "invalid HMAC: version is too new";
    if (number < maker->key->min_decryption)
        return "cannot verify HMAC: version is too old (disallowed by policy)";
    if (maker->key->soft_deleted)
        return transit_soft_deleted;
    hmac(maker, transit_key_version(maker->key, number), sum, &len);
    *valid = maker->expected.len == len && CRYPTO_memcmp(maker->expected.data, sum, len) == 0;
    return NULL;
}

static void write_why(const char *why, size_t bad, char *text, size_t room)
{
    const char *mark = strstr(why, "%zu");
    if (mark)
        snprintf(text, room, "%.*s%zu", (int)(mark - why), why, bad);
    else
        snprintf(text, room, "%s", why);
}

static void verify_many(dev_request *request, hmac_work *maker)
{
    vc__buf *out = dev_reply_data(request);
    vc__buf_str(out, "{\"batch_results\":[");
    for (size_t at = 0; at < transit_texts_count(request); at++) {
        vc_view input, tag, reference;
        size_t bad = 0;
        bool valid = false;
        char text[160];
        transit_text(request, at, "hmac", &tag);
        const char *why = transit_text(request, at, "input", &input) ? verify(maker, input, tag, &valid, &bad)
                                                                     : "missing input";
        out_open(out, '{');
        if (valid)
            out_member_bool(out, "valid", true);
        if (why) {
            write_why(why, bad, text, sizeof text);
            transit_text_error(out, "%s", text);
        }
        transit_text(request, at, "reference", &reference);
        out_key(out, "reference");
        out_string(out, reference);
        out_close(out, '}');
    }
    vc__buf_str(out, "]}");
}

static void verify_one(dev_request *request, hmac_work *maker)
{
    vc_view input, tag;
    size_t bad = 0;
    bool valid = false;
    char text[160];
    if (!dev_param_string(request, "input", &input) || !dev_param_string(request, "hmac", &tag))
        return;
    const char *why = verify(maker, input, tag, &valid, &bad);
    if (why) {
        write_why(why, bad, text, sizeof text);
        dev_reply_error(request, 400, "%s", text);
        return;
    }
    vc__buf *out = dev_reply_data(request);
    out_open(out, '{');
    out_member_bool(out, "valid", valid);
    out_close(out, '}');
}

void transit_verify_hmac(dev_request *request, vc_view algorithm, bool many)
{
    hmac_work maker = { .key = transit_key_get(request, 0),
                        .digest = transit_digest(algorithm),
                        .input = VC__BUF(DEV_BODY_MAX),
                        .expected = VC__BUF(DEV_BODY_MAX) };
    if (!maker.key)
        dev_reply_error(request, 400, "encryption key not found");
    else if (vc__view_is(algorithm, "none"))
        dev_reply_error(request, 400, "algorithm cannot be none");
    else if (!maker.digest)
        dev_reply_error(request, 400, "invalid hash algorithm \"%.*s\"", (int)algorithm.len, algorithm.data);
    else if (many)
        verify_many(request, &maker);
    else
        verify_one(request, &maker);
    vc__buf_free(&maker.input);
    vc__buf_free(&maker.expected);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* transit_more.c - data keys, random bytes, digests. */
#include "base/alloc.h"
#include "base/base64.h"
#include "base/secret.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "param.h"
#include "reply.h"
#include "transit.h"

enum { RANDOM_MAX = 131072, RANDOM_MAX_NEW = 10 << 20 };

/* Newer Vaults give more, but not from a seal. */
static long long random_max(const dev_request *request)
{
    const vc_view source = request->args[0];
    const bool seal = vc__view_is(source, "seal") || vc__view_is(source, "all");
    return request->server->flavour->big_random && !seal ? RANDOM_MAX_NEW : RANDOM_MAX;
}

static void refuse_datakey(dev_request *request, const transit_item *item)
{
    char text[512];
    if (item->error)
        transit_error_write(item, text, sizeof text);
    if (item->error && !item->internal)
        dev_reply_error(request, 400, "%s", text);
    else
        dev_reply_wrapped(request, 500, "%s", item->error ? text : "no random bytes");
}

static void write_datakey(dev_request *request, transit_work *work, transit_item *item, size_t len,
                          bool plaintext)
{
    char bytes[64];
    int version;
    vc__auto(vc__buf) ciphertext = VC__BUF(2048);
    if (vc__random_bytes(work->random, bytes, len, NULL) != VC_OK ||
        !transit_seal(work, item, vc_view_of(bytes, len), &ciphertext, &version)) {
        refuse_datakey(request, item);
        return;
    }
    vc__buf *out = dev_reply_data(request);
    out_open(out, '{');
    out_key(out, "ciphertext");
    out_string(out, vc__buf_get(&ciphertext));
    out_member_int(out, "key_version", version);
    if (plaintext) {
        out_key(out, "plaintext");
        vc__buf_byte(out, '"');
        vc__base64_encode(out, vc_view_of(bytes, len));
        vc__buf_byte(out, '"');
    }
    out_close(out, '}');
    vc__wipe(bytes, sizeof bytes);
}

/* The context must be base64 even where it is not used. */
static bool good_context(dev_request *request, transit_item *item)
{
    size_t len;
    if (!dev_param_string(request, "context", &item->context) ||
        !dev_param_string(request, "associated_data", &item->aad) ||
        !dev_param_int(request, "key_version", &item->version))
        return false;
    vc__auto(vc__buf) decoded = VC__BUF(DEV_BODY_MAX);
    if (vc__buf_reserve(&decoded, item->context.len) == VC_OK &&
        vc__base64_decode_go(decoded.data, &len, item->context, NULL) == VC_OK)
        return true;
    dev_reply_error(request, 400, "failed to base64-decode context");
    return false;
}

void transit_on_datakey(dev_request *request)
{
    const bool plaintext = vc__view_is(request->args[0], "plaintext");
    const transit_key *key = transit_key_get(request, 1);
    transit_item item = { 0 };
    long long bits = 256;
    if (!plaintext && !vc__view_is(request->args[0], "wrapped"))
        dev_reply_error(request, 400, "Invalid path, must be 'plaintext' or 'wrapped'");
    else if (!dev_param_int(request, "bits", &bits) || !good_context(request, &item))
        return;
    else if (!key)
        dev_reply_error(request, 400, "encryption key not found");
    else if (bits != 128 && bits != 256 && bits != 512)
        dev_reply_error(request, 400, "invalid bit length");
    else if (item.aad.len && !transit_associates(key->type))
        dev_reply_error(request, 400, "'associated_data' provided for non-AEAD cipher suite %s",
                        key->type->name);
    else {
        transit_work work;
        transit_work_start(&work, key, request->connection->random);
        write_datakey(request, &work, &item, (size_t)bits / 8, plaintext);
        transit_work_free(&work);
    }
}

/* random, random/16, random/all, random/all/16. False: answered. */
static bool random_path(dev_request *request, long long *bytes)
{
    uint64_t number;
    const vc_view first = request->args[0], second = request->args[1];
    const bool source =
        vc__view_is(first, "platform") || vc__view_is(first, "all") || vc__view_is(first, "seal");
    const vc_view count = source ? second : first;
    if (vc__view_is(first, "seal"))
        dev_reply_warning(request, "no seal/entropy augmentation available, using platform entropy source");
    if (second.len && !source) {
        dev_reply_error(request, 400,
                        "unsupported entropy source \"%.*s\"; must be \"platform\" or \"seal\", or \"all\"",
                        (int)first.len, first.data);
        return false;
    }
    if (count.len && !vc__parse_uint(count, INT32_MAX, &number)) {
        dev_reply_error(request, 400,
                        "error parsing url-set byte count: strconv.Atoi: parsing \"%.*s\": invalid syntax",
                        (int)count.len, count.data);
        return false;
    }
    if (count.len)
        *bytes = (long long)number;
    return true;
}

void transit_on_random(dev_request *request)
{
    vc_view format;
    long long bytes = 32;
    if (!dev_param_int(request, "bytes", &bytes) || !dev_param_string(request, "format", &format) ||
        !random_path(request, &bytes))
        return;
    const bool hex = vc__view_is(format, "hex");
    vc__auto(vc__buf) random = VC__BUF(RANDOM_MAX_NEW);
    if (bytes < 1) {
        dev_reply_error(request, 400, "'bytes' cannot be less than 1");
    } else if (bytes > random_max(request)) {
        dev_reply_error(request, 400, "'bytes' should be less than %lld", random_max(request));
    } else if (format.len && !hex && !vc__view_is(format, "base64")) {
        dev_reply_error(request, 400, "unsupported encoding format \"%.*s\"; must be \"hex\" or \"base64\"",
                        (int)format.len, format.data);
    } else if (vc__buf_reserve(&random, (size_t)bytes) != VC_OK ||
               vc__random_bytes(request->connection->random, random.data, (size_t)bytes, NULL) != VC_OK) {
        dev_reply_error(request, 500, "no random bytes");
    } else {
        random.len = (size_t)bytes;
        vc__buf *out = dev_reply_data(request);
        vc__buf_str(out, "{\"random_bytes\":\"");
        if (hex)
            vc__hex_encode(out, vc__buf_get(&random));
        else
            vc__base64_encode(out, vc__buf_get(&random));
        vc__buf_str(out, "\"}");
    }
}

static void write_sum(dev_request *request, vc__hash hash, vc_view input, bool base64)
{
    unsigned char sum[VC__HASH_MAX];
    vc__autoptr(vc__digest) digest = vc__digest_new(hash, NULL);
    if (!digest || vc__digest_of(digest, input, sum, NULL) != VC_OK) {
        dev_reply_error(request, 500, "libcrypto failed");
        return;
    }
    vc__buf *out = dev_reply_data(request);
    vc__buf_str(out, "{\"sum\":\"");
    if (base64)
        vc__base64_encode(out, vc_view_of(sum, vc__hash_size(hash)));
    else
        vc__hex_encode(out, vc_view_of(sum, vc__hash_size(hash)));
    vc__buf_str(out, "\"}");
}

void transit_on_hash(dev_request *request)
{
    vc_view input, format, algorithm = request->args[0];
    size_t len, bad = 0;
    if (!dev_param_string(request, "input", &input) || !dev_param_string(request, "format", &format) ||
        (algorithm.len == 0 && !dev_param_string(request, "algorithm", &algorithm)))
        return;
    const vc__hash hash = vc__hash_named(algorithm.len ? algorithm : vc_str("sha2-256"));
    const bool base64 = vc__view_is(format, "base64");
    vc__auto(vc__buf) bytes = VC__BUF(DEV_BODY_MAX);
    if (!dev_param_given(request, "input"))
        dev_reply_error(request, 400, "input missing");
    else if (vc__buf_reserve(&bytes, input.len) != VC_OK)
        dev_reply_error(request, 500, "out of memory");
    else if (vc__base64_decode_go(bytes.data, &len, input, &bad) != VC_OK)
        dev_reply_error(request, 400,
                        "unable to decode input as base64: illegal base64 data at input byte %zu", bad);
    else if (hash == VC__HASH_NONE)
        dev_reply_error(request, 400, "unsupported algorithm %.*s", (int)algorithm.len, algorithm.data);
    else if (format.len && !base64 && !vc__view_is(format, "hex"))
        dev_reply_error(request, 400, "unsupported encoding format %.*s; must be \"hex\" or \"base64\"",
                        (int)format.len, format.data);
    else
        write_sum(request, hash, vc_view_of(bytes.data, len), base64);
}

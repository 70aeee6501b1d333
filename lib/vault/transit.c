/* SPDX-License-Identifier: Apache-2.0 */
/* transit.c - single values: requests, and replies that are not those of an item of a batch. */
#include "vault/single.h"

#include "base/base64.h"
#include "base/error.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "vault/endpoint.h"
#include "vault/member.h"
#include "vault/transit_key.h"
#include "vault/transit_options.h"

enum { BODY_MAX = 32 << 20 /* what Vault takes by default */ };

static bool is_text(vc__verb verb)
{
    return verb == VC__TRANSIT_DECRYPT || verb == VC__TRANSIT_REWRAP;
}

vc_code vc__transit_item_check(vc__verb verb, const vc__item *item, vc_error *err)
{
    if (is_text(verb) && vc__utf8_valid(item->value) != item->value.len)
        return vc__error(err, VC_E_CIPHERTEXT, "this is not a ciphertext of Vault's transit engine");
    if (vc__utf8_valid(item->signature) != item->signature.len)
        return vc__error(err, VC_E_SIGNATURE, "this is not a signature or HMAC of Vault's transit engine");
    return VC_OK;
}

static vc_code item_request(vc_request *request, vc__verb verb, const char *place, vc__item item,
                            const vc_transit_options *options, vc_error *err)
{
    vc__request_init(request, "POST", BODY_MAX, true);
    vc_code code = vc__transit_options_apply(options, verb, &item, err);
    if (!code)
        code = vc__transit_item_check(verb, &item, err);
    vc_view mount, name;
    if (!code)
        code = vc__place_parse(vc_str(place), "transit", &mount, &name, err);
    if (!code)
        code = vc__batch_path(&request->path, verb, mount, name, err);
    if (code)
        return code;
    vc__buf *body = &request->body;
    vc__buf_reserve(body, vc__batch_item_size(verb, &item));
    vc__batch_item(body, verb, &item, true);
    if (options && !body->failed) {
        body->len--; /* the last brace */
        vc__transit_options_members(options, verb, body);
        vc__buf_byte(body, '}');
    }
    return vc__buf_check(body, "the request", err);
}

vc_code vc__transit_request(vc_request *request, vc__verb verb, const char *place, vc_view input,
                            const vc_transit_options *options, vc_error *err)
{
    return item_request(request, verb, place, (vc__item){ .value = input }, options, err);
}

vc_code vc__transit_verify_request(vc_request *request, vc__verb verb, const char *place, vc_view input,
                                   vc_view signature, const vc_transit_options *options, vc_error *err)
{
    if (!signature.data)
        signature = vc_str("");
    return item_request(request, verb, place, (vc__item){ .value = input, .signature = signature }, options, err);
}

/* -- data keys ----------------------------------------------------------------------------------------- */

vc_code vc__transit_datakey_request(vc_request *request, bool plaintext, const char *place, unsigned bits,
                                    const vc_transit_options *options, vc_error *err)
{
    vc__request_init(request, "POST", 4 << 20, true);
    vc__item item = { .value = vc_str("") };
    vc_code code = vc__transit_options_apply(options, VC__TRANSIT_ENCRYPT, &item, err);
    if (!code && bits != 128 && bits != 256 && bits != 512)
        code = vc__error(err, VC_E_ARGUMENT, "data keys have 128, 256 or 512 bits, not %u", bits);
    vc_view mount, name;
    if (!code)
        code = vc__place_parse(vc_str(place), "transit", &mount, &name, err);
    if (!code)
        code = vc__endpoint(&request->path, mount, plaintext ? "datakey/plaintext" : "datakey/wrapped", name, err);
    if (code)
        return code;
    vc__buf *body = &request->body;
    vc__buf_printf(body, "{\"bits\":%u", bits);
    if (item.context.data) {
        vc__buf_str(body, ",\"context\":\"");
        vc__base64_encode(body, item.context);
        vc__buf_byte(body, '"');
    }
    if (item.associated_data.data) {
        vc__buf_str(body, ",\"associated_data\":\"");
        vc__base64_encode(body, item.associated_data);
        vc__buf_byte(body, '"');
    }
    if (item.key_version)
        vc__buf_printf(body, ",\"key_version\":%llu", (unsigned long long)item.key_version);
    vc__buf_byte(body, '}');
    return vc__buf_check(body, "the request", err);
}

/* Decoded where it stands: the text lies in a body that is ours to write to. */
static vc_code decode(vc_view *text, vc_error *err)
{
    char *const place = (char *)(uintptr_t)text->data;
    if (vc__base64_decode(place, &text->len, *text, NULL))
        return vc__error(err, VC_E_PROTOCOL, "the reply has something else where Base64 is due");
    return VC_OK;
}

vc_code vc__transit_datakey_parse(vc_view *plaintext, vc_view *ciphertext, bool wanted, int status, char *body,
                                  size_t len, vc_error *err)
{
    vc__member members[] = { { .name = "ciphertext" }, { .name = "plaintext" } };
    vc_code code = vc__reply_members(status, body, len, members, 2, err);
    if (code)
        return code;
    if (!vc__view_starts(members[0].text, "vault:v") || members[1].seen != wanted)
        return vc__error(err, VC_E_PROTOCOL, "the reply is no data key of the kind that was asked for");
    if (wanted)
        code = decode(&members[1].text, err);
    if (!code && wanted && !members[1].text.len)
        code = vc__error(err, VC_E_PROTOCOL, "the data key of the reply is empty");
    if (!code) {
        *ciphertext = members[0].text;
        *plaintext = members[1].text;
    }
    return code;
}

/* -- random bytes, digests ----------------------------------------------------------------------------- */

vc_code vc__transit_random_request(vc_request *request, const char *mount, const char *source, size_t count,
                                   vc_error *err)
{
    vc_code code = vc__transit_mount_begin(request, "POST", mount, "random", err);
    if (!code && source && (!vc__name_valid(vc_str(source)) || strlen(source) > 32))
        code = vc__error(err, VC_E_ARGUMENT, "sources of random bytes are \"platform\", \"seal\" and \"all\"");
    if (!code && !count)
        code = vc__error(err, VC_E_ARGUMENT, "no random byte is asked for");
    if (code)
        return code;
    if (source)
        vc__buf_printf(&request->path, "/%s", source);
    vc__buf_printf(&request->body, "{\"bytes\":%zu,\"format\":\"base64\"}", count);
    code = vc__buf_check(&request->path, "the request's path", err);
    return code ? code : vc__buf_check(&request->body, "the request", err);
}

vc_code vc__transit_random_parse(vc_view *bytes, size_t count, int status, char *body, size_t len, vc_error *err)
{
    vc_view text;
    vc_code code = vc__reply_text(&text, "random_bytes", status, body, len, err);
    if (!code)
        code = decode(&text, err);
    if (!code && text.len != count)
        code = vc__error(err, VC_E_PROTOCOL, "the reply has not as many random bytes as were asked for");
    if (!code)
        *bytes = text;
    return code;
}

vc_code vc__transit_hash_request(vc_request *request, const char *mount, const char *algorithm, vc_view input,
                                 vc_error *err)
{
    vc_code code = vc__transit_mount_begin(request, "POST", mount, "hash", err);
    request->body.max = BODY_MAX;
    if (!code && algorithm && (!vc__name_valid(vc_str(algorithm)) || strlen(algorithm) > 32))
        code = vc__error(err, VC_E_ARGUMENT, "this is not the name of a hash algorithm, such as \"sha2-256\"");
    if (code)
        return code;
    vc__buf_str(&request->body, "{\"input\":\"");
    vc__base64_encode(&request->body, input);
    vc__buf_str(&request->body, "\",\"format\":\"base64\"");
    if (algorithm)
        vc__buf_printf(&request->body, ",\"algorithm\":\"%s\"", algorithm);
    vc__buf_byte(&request->body, '}');
    return vc__buf_check(&request->body, "the request", err);
}

vc_code vc__transit_hash_parse(vc_view *sum, const char *algorithm, int status, char *body, size_t len,
                               vc_error *err)
{
    const vc__hash hash = algorithm ? vc__hash_named(vc_str(algorithm)) : VC__SHA2_256;
    vc_view text;
    vc_code code = vc__reply_text(&text, "sum", status, body, len, err);
    if (!code)
        code = decode(&text, err);
    if (!code && (!text.len || (hash && text.len != vc__hash_size(hash))))
        code = vc__error(err, VC_E_PROTOCOL, "the digest of the reply has not the length of its algorithm");
    if (!code)
        *sum = text;
    return code;
}

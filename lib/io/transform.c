/* SPDX-License-Identifier: Apache-2.0 */
/* transform.c - the calls on single values of transform. */
#include "vault/transform.h"

#include "base/error.h"
#include "io/typed.h"
#include "vault/member.h"
#include "vault/names.h"
#include "vault/single.h"

/* A call whose reply has an encoded value, and perhaps a tweak (NULL: not wanted). */
static vc_code encoded_by(vc_client *client, vc_request *request, vc_code built, vc_bytes *encoded, vc_bytes *tweak,
                          vc_error *err)
{
    vc_code code = vc__typed_send(client, request, built, err);
    vc__outcome outcome;
    vc_bytes given = VC_BYTES_INIT;
    if (!code)
        code = vc__single_read(VC__TRANSFORM_ENCODE, request->status, request->reply.data, request->reply.len, &outcome,
                               err);
    if (!code && tweak && outcome.tweak.len)
        code = vc__typed_copy(&given, outcome.tweak, err);
    if (!code)
        code = vc__typed_copy(encoded, outcome.value, err);
    if (code)
        vc_bytes_free(&given);
    else if (tweak)
        *tweak = given;
    return vc__typed_end(request, code, err);
}

vc_code vc_transform_encode(vc_client *client, const char *role, vc_view value,
                            const vc_transform_options *options, vc_bytes *encoded, vc_bytes *tweak,
                            vc_error *err)
{
    vc_request request;
    const vc_code built = vc__transform_request(&request, VC__TRANSFORM_ENCODE, role, value, options, err);
    return encoded_by(client, &request, built, encoded, tweak, err);
}

vc_code vc_transform_rewrap(vc_client *client, const char *role, vc_view value, const vc_transform_options *from,
                            const vc_transform_options *to, vc_bytes *encoded, vc_bytes *tweak, vc_error *err)
{
    vc_request request;
    const vc_code built = vc__transform_rewrap(&request, role, value, from, to, err);
    return encoded_by(client, &request, built, encoded, tweak, err);
}

vc_code vc_transform_tokenize(vc_client *client, const char *role, vc_view value,
                              const vc_transform_options *options, vc_bytes *token, vc_error *err)
{
    vc_request request;
    const vc_code built = vc__transform_tokenize(&request, role, value, options, err);
    return encoded_by(client, &request, built, token, NULL, err);
}

vc_code vc_transform_decode(vc_client *client, const char *role, vc_view value,
                            const vc_transform_options *options, vc_bytes *decoded, vc_error *err)
{
    const vc__verb verb = VC__TRANSFORM_DECODE;
    vc_request request;
    vc_code code = vc__typed_send(client, &request,
                                  vc__transform_request(&request, verb, role, value, options, err), err);
    vc__outcome outcome;
    if (!code)
        code = vc__single_read(verb, request.status, request.reply.data, request.reply.len, &outcome, err);
    if (!code)
        code = vc__typed_copy(decoded, outcome.value, err);
    return vc__typed_end(&request, code, err);
}

/* --- about tokens --- */

/* A call whose reply has these members. */
static vc_code ask(vc_client *client, vc_request *request, vc_code built, vc__member *members, size_t count, vc_error *err)
{
    const vc_code code = vc__typed_send(client, request, built, err);
    return code ? code
                : vc__reply_members(request->status, request->reply.data, request->reply.len, members, count, err);
}

static vc_code ask_flag(vc_client *client, const char *operation, const char *name, const char *role, vc_view value,
                        const vc_transform_options *options, int *flag, vc_error *err)
{
    vc_request request;
    vc__member member = { .name = name, .type = VC__MEMBER_FLAG };
    const vc_code built =
        vc__transform_ask(&request, "POST", operation, role, "value", value, options, false, err);
    vc_code code = ask(client, &request, built, &member, 1, err);
    if (!code && !member.seen)
        code = vc__error(err, VC_E_PROTOCOL, "the reply does not say what was asked");
    if (!code)
        *flag = member.flag;
    return vc__typed_end(&request, code, err);
}

vc_code vc_transform_validate(vc_client *client, const char *role, vc_view token,
                              const vc_transform_options *options, int *valid, vc_error *err)
{
    return ask_flag(client, "validate", "valid", role, token, options, valid, err);
}

vc_code vc_transform_is_tokenized(vc_client *client, const char *role, vc_view value,
                                  const vc_transform_options *options, int *tokenized, vc_error *err)
{
    return ask_flag(client, "tokenized", "tokenized", role, value, options, tokenized, err);
}

vc_code vc_transform_metadata(vc_client *client, const char *role, vc_view token,
                              const vc_transform_options *options, vc_bytes *metadata, vc_bytes *expiration,
                              vc_error *err)
{
    vc_request request;
    vc__member members[] = { { .name = "metadata" }, { .name = "expiration_time" } };
    vc_bytes pairs = VC_BYTES_INIT, time = VC_BYTES_INIT;
    const vc_code built =
        vc__transform_ask(&request, "POST", "metadata", role, "value", token, options, false, err);
    vc_code code = ask(client, &request, built, members, 2, err);
    if (!code && metadata && members[0].text.len)
        code = vc__typed_copy(&pairs, members[0].text, err);
    if (!code && expiration && members[1].text.len)
        code = vc__typed_copy(&time, members[1].text, err);
    if (code) {
        vc_bytes_free(&pairs);
        vc_bytes_free(&time);
        return vc__typed_end(&request, code, err);
    }
    if (metadata)
        *metadata = pairs;
    if (expiration)
        *expiration = time;
    return vc__typed_end(&request, VC_OK, err);
}

static void *parse_tokens(int status, vc_view body, vc_error *err)
{
    return vc__names_parse(status, body, "tokens", err);
}

vc_names *vc_transform_tokens(vc_client *client, const char *role, vc_view value,
                              const vc_transform_options *options, vc_error *err)
{
    vc_request request;
    const vc_code built = vc__transform_ask(&request, "POST", "tokens", role, "value", value, options, true, err);
    return vc__typed_read(client, &request, built, parse_tokens, err);
}

vc_code vc_transform_token_delete(vc_client *client, const char *role, vc_view token,
                                  const vc_transform_options *options, vc_error *err)
{
    vc_request request;
    const vc_code built = vc__transform_ask(&request, "DELETE", "tokens", role, "token", token, options, false, err);
    return vc__typed_write(client, &request, built, err);
}

vc_code vc_transform_tokenized_delete(vc_client *client, const char *role, vc_view value,
                                      const vc_transform_options *options, vc_error *err)
{
    vc_request request;
    const vc_code built =
        vc__transform_ask(&request, "DELETE", "tokenized", role, "value", value, options, true, err);
    return vc__typed_write(client, &request, built, err);
}

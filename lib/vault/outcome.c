/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outcome.c - the replies to data operations, of batches and of single values: one pass, values decoded where
 * they stand.
 */
#include "vault/batch.h"

#include "base/base64.h"
#include "base/error.h"
#include "base/text.h"
#include "vault/reply.h"

/* The members of a result that we know. */
enum { OTHER = 0, VALUE = 1, OTHER_VALUE = 2, ERROR = 4, TWEAK = 8, VERSION = 16, VALID = 32 };

static bool is(vc_view name, const char *text)
{
    return memcmp(name.data, text, name.len) == 0;
}

static bool verifies(vc__verb verb)
{
    return verb == VC__TRANSIT_VERIFY || verb == VC__TRANSIT_VERIFY_HMAC;
}

static unsigned member_of(vc__verb verb, vc_view name)
{
    const bool encrypts = verb == VC__TRANSIT_ENCRYPT || verb == VC__TRANSIT_REWRAP;
    const bool transform = verb == VC__TRANSFORM_ENCODE || verb == VC__TRANSFORM_DECODE;
    switch (name.len) {
    case 4:
        return verb == VC__TRANSIT_HMAC && is(name, "hmac") ? VALUE : OTHER;
    case 5:
        if (is(name, "error"))
            return ERROR;
        if ((verifies(verb) || verb == VC__TRANSFORM_VALIDATE) && is(name, "valid"))
            return VALID;
        return transform && is(name, "tweak") ? TWEAK : OTHER;
    case 8:
        return verb == VC__TRANSFORM_METADATA && is(name, "metadata") ? VALUE : OTHER;
    case 9:
        if (verb == VC__TRANSFORM_TOKENIZED && is(name, "tokenized"))
            return VALID;
        if (verb == VC__TRANSIT_SIGN && is(name, "signature"))
            return VALUE;
        return verb == VC__TRANSIT_DECRYPT && is(name, "plaintext") ? VALUE : OTHER;
    case 10:
        return encrypts && is(name, "ciphertext") ? VALUE : OTHER;
    case 11:
        return (encrypts || verb == VC__TRANSIT_SIGN) && is(name, "key_version") ? VERSION : OTHER;
    case 13:
        if (verb == VC__TRANSFORM_DECODE && is(name, "decoded_value"))
            return VALUE;
        /* Vault's documents show a batch of decodes answered with this one. */
        if (transform && is(name, "encoded_value"))
            return verb == VC__TRANSFORM_ENCODE ? VALUE : OTHER_VALUE;
        return OTHER;
    case 15:
        return verb == VC__TRANSFORM_METADATA && is(name, "expiration_time") ? TWEAK : OTHER;
    default:
        return OTHER;
    }
}

/* What a result says, before it is judged. */
struct result {
    unsigned seen;
    vc_view value, other_value, error;
    bool valid;
};

/* One known member behind its name. False: of another type, or there twice. */
static bool read_member(vc__reader *reader, unsigned member, struct result *result, vc__outcome *outcome)
{
    const vc__token token = vc__reader_next(reader);
    if (token == VC__TOKEN_NULL)
        return true;
    if (result->seen & member)
        return false;
    result->seen |= member;
    if (member == VALID) {
        result->valid = token == VC__TOKEN_TRUE;
        return result->valid || token == VC__TOKEN_FALSE;
    }
    if (member == VERSION)
        return token == VC__TOKEN_NUMBER && vc__parse_uint(reader->text, UINT32_MAX, &outcome->key_version);
    if (token != VC__TOKEN_STRING)
        return false;
    if (member == VALUE)
        result->value = reader->text;
    else if (member == OTHER_VALUE)
        result->other_value = reader->text;
    else if (member == ERROR)
        result->error = reader->text;
    else
        outcome->tweak = reader->text;
    return true;
}

/* Nothing but a ciphertext may ever take a plaintext's place. */
static bool is_ciphertext(vc_view text)
{
    size_t i = sizeof "vault:v" - 1;
    if (text.len < i || memcmp(text.data, "vault:v", i) != 0)
        return false;
    const size_t digits = i;
    while (i < text.len && (unsigned char)(text.data[i] - '0') < 10)
        i++;
    return i > digits && i + 1 < text.len && text.data[i] == ':';
}

static bool refused(const vc__refusal *refusal, vc__outcome *outcome)
{
    *outcome = (vc__outcome){ .code = refusal->code, .text = refusal->says };
    return true;
}

/* The result read, its verdict. False: neither value nor error, or a value that cannot be one. */
static bool judge(vc__verb verb, const struct result *result, vc__outcome *outcome)
{
    if (result->error.len)
        return refused(vc__refusal_of_item(verb, result->error), outcome);
    if (verifies(verb)) /* batches of HMACs leave a false out */
        return result->valid || refused(vc__refusal_of_signature(), outcome);
    if (verb == VC__TRANSFORM_VALIDATE || verb == VC__TRANSFORM_TOKENIZED) {
        outcome->flag = result->valid;
        return (result->seen & VALID) != 0;
    }
    if (!(result->seen & (VALUE | OTHER_VALUE)))
        return verb == VC__TRANSFORM_METADATA;
    outcome->value = result->seen & VALUE ? result->value : result->other_value;
    switch (verb) {
    case VC__TRANSIT_ENCRYPT:
    case VC__TRANSIT_REWRAP:
    case VC__TRANSIT_HMAC:
    case VC__TRANSIT_SIGN:
        return is_ciphertext(outcome->value);
    case VC__TRANSIT_DECRYPT: {
        /* The reader works on the writable body: this only undoes the view's const. */
        char *const place = (char *)(uintptr_t)outcome->value.data;
        return vc__base64_decode(place, &outcome->value.len, outcome->value, NULL) == VC_OK;
    }
    case VC__TRANSFORM_ENCODE:
        return outcome->value.len > 0;
    case VC__TRANSFORM_DECODE:
    case VC__TRANSFORM_VALIDATE:
    case VC__TRANSFORM_TOKENIZED:
    case VC__TRANSFORM_METADATA:
    case VC__TRANSIT_VERIFY:
    case VC__TRANSIT_VERIFY_HMAC:
    default:
        return true;
    }
}

static bool read_outcome(vc__reader *reader, vc__verb verb, vc__outcome *outcome)
{
    struct result result = { 0 };
    *outcome = (vc__outcome){ 0 };
    vc__token token;
    while ((token = vc__reader_next(reader)) == VC__TOKEN_NAME) {
        const unsigned member = member_of(verb, reader->text);
        if (member == OTHER)
            vc__reader_skip(reader);
        else if (!read_member(reader, member, &result, outcome))
            return false;
    }
    return token == VC__TOKEN_OBJECT_END && judge(verb, &result, outcome);
}

struct results {
    vc__verb verb;
    vc__outcome *outcomes;
    size_t count, read;
    bool found;      /* batch_results was there */
    const char *why; /* what is wrong with it */
};

static bool wrong(struct results *results, const char *why)
{
    results->why = why;
    return false;
}

static bool read_results(vc__reader *reader, struct results *results)
{
    if (results->found)
        return wrong(results, "the reply has batch_results twice");
    results->found = true;
    if (vc__reader_next(reader) != VC__TOKEN_ARRAY)
        return wrong(results, "batch_results of the reply is no array");
    vc__token token;
    while ((token = vc__reader_next(reader)) == VC__TOKEN_OBJECT) {
        if (results->read == results->count)
            return wrong(results, "the reply has more results than the request had items");
        if (!read_outcome(reader, results->verb, &results->outcomes[results->read]))
            return wrong(results, "a result of the reply has neither value nor error, or one that cannot be");
        results->read++;
    }
    if (token != VC__TOKEN_ARRAY_END)
        return wrong(results, "a result of the reply is no object");
    return results->read == results->count ||
           wrong(results, "the reply has fewer results than the request had items");
}

static bool read_batch_data(vc__reader *reader, void *arg)
{
    struct results *results = arg;
    vc__token token;
    while ((token = vc__reader_next(reader)) == VC__TOKEN_NAME) {
        if (!vc__view_is(reader->text, "batch_results"))
            vc__reader_skip(reader);
        else if (!read_results(reader, results))
            return false;
    }
    return token == VC__TOKEN_OBJECT_END;
}

static vc_code protocol_error(const struct results *results, const vc__reply *reply, int status,
                              vc_error *err)
{
    vc__error(err, VC_E_PROTOCOL, "%s", results->why ? results->why : "the reply is cut off or is not JSON");
    vc__error_http(err, status, reply->request_id, 0);
    return VC_E_PROTOCOL;
}

vc__verdict vc__batch_read(vc__verb verb, int status, char *body, size_t len, vc__outcome *outcomes,
                           size_t count, vc_error *err)
{
    struct results results = { .verb = verb, .outcomes = outcomes, .count = count };
    vc__reader reader;
    vc__reply reply;
    vc__reply_read(&reply, &reader, body, len, read_batch_data, &results);
    if (results.found && !reply.broken)
        return VC__VERDICT_ITEMS;
    /* Fail closed: nobody shall use the half of a reply. */
    for (size_t i = 0; i < count && i <= results.read; i++)
        outcomes[i] = (vc__outcome){ .code = VC_E_PROTOCOL, .text = "the reply was not taken" };
    if (results.found || (reply.broken && status >= 200 && status <= 299)) {
        protocol_error(&results, &reply, status, err);
        return VC__VERDICT_FATAL;
    }
    const vc__refusal *refusal = vc__reply_refusal(&reply, status);
    vc__reply_refuse(refusal, &reply, status, err);
    return refusal->verdict;
}

struct single {
    vc__verb verb;
    vc__outcome *outcome;
};

static bool read_single_data(vc__reader *reader, void *arg)
{
    struct single *single = arg;
    return read_outcome(reader, single->verb, single->outcome);
}

vc_code vc__single_read(vc__verb verb, int status, char *body, size_t len, vc__outcome *outcome,
                        vc_error *err)
{
    struct single single = { verb, outcome };
    vc__reader reader;
    vc__reply reply;
    *outcome = (vc__outcome){ 0 };
    const bool success = status >= 200 && status <= 299;
    vc__reply_read(&reply, &reader, body, len, success ? read_single_data : NULL, &single);
    if (success && reply.has_data && !reply.broken && !outcome->code)
        return VC_OK;
    const vc__outcome refused = *outcome;
    *outcome = (vc__outcome){ .code = VC_E_PROTOCOL };
    if (success && !reply.broken && refused.code) {
        outcome->code = vc__error(err, refused.code, "%s", refused.text);
        vc__error_http(err, status, reply.request_id, 0);
    } else {
        const vc__refusal *refusal = vc__reply_refusal(&reply, status);
        if (refusal == vc__refusal_of_status(400))
            refusal = vc__refusal_of_item(verb, vc_str(""));
        outcome->code = vc__reply_refuse(refusal, &reply, status, err);
    }
    return outcome->code;
}

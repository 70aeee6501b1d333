/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transform_token.c - tokenization: encode and decode, and what is asked about tokens. A token is the Base58 text of random bytes,
 * or in convergent mode of an HMAC of value and expiration.
 */
#include "clock.h"
#include "crypto/hash.h"
#include "param.h"
#include "reply.h"
#include "transform_item.h"

#include "base/text.h"

#include <stdio.h>
#include <time.h>

enum { TOKEN_BYTES = 40, TOKEN_TEXT = 60 };

#define NANOS INT64_C(1000000000)

/* -- texts -- */

static size_t base58(const unsigned char *bytes, size_t len, char *text)
{
    static const char digits[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    unsigned char number[TOKEN_TEXT] = { 0 };
    size_t used = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned carry = bytes[i];
        for (size_t k = 0; k < used || carry; k++) {
            carry += 256u * number[k];
            number[k] = (unsigned char)(carry % 58);
            carry /= 58;
            used = k >= used ? k + 1 : used;
        }
    }
    for (size_t i = 0; i < used; i++)
        text[i] = digits[number[used - 1 - i]];
    text[used] = 0;
    return used;
}

/* RFC 3339 to nanoseconds since 1970. */
static bool parse_time(vc_view text, int64_t *wall)
{
    char copy[64];
    struct tm parts = { 0 };
    int at = 0, hours = 0, minutes = 0;
    if (text.len < 20 || text.len >= sizeof copy)
        return false;
    memcpy(copy, text.data, text.len);
    copy[text.len] = 0;
    if (sscanf(copy, "%4d-%2d-%2dT%2d:%2d:%2d%n", &parts.tm_year, &parts.tm_mon, &parts.tm_mday, &parts.tm_hour,
               &parts.tm_min, &parts.tm_sec, &at) != 6 ||
        parts.tm_mon < 1 || parts.tm_mon > 12 || parts.tm_mday < 1 || parts.tm_mday > 31 || parts.tm_year > 2250)
        return false;
    parts.tm_year -= 1900;
    parts.tm_mon -= 1;
    int64_t nanos = 0;
    if (copy[at] == '.') {
        int64_t unit = NANOS / 10;
        for (at++; copy[at] >= '0' && copy[at] <= '9'; at++, unit /= 10)
            nanos += (copy[at] - '0') * unit;
    }
    const char zone = copy[at++];
    if (zone != 'Z' && ((zone != '+' && zone != '-') || sscanf(copy + at, "%2d:%2d", &hours, &minutes) != 2))
        return false;
    const int64_t offset = (zone == '-' ? 1 : -1) * (hours * 3600 + minutes * 60);
    *wall = ((int64_t)timegm(&parts) + offset) * NANOS + nanos;
    return zone != 'Z' || copy[at] == 0;
}

/* -- the transformation and its tokens -- */

static transform_kind *tokenization_of(const transform_work *work, const transform_item *item, transform_error *error)
{
    transform_kind *kind = transform_kind_of(work, item->text[ITEM_TRANSFORMATION], error);
    if (!kind || kind->type == TRANSFORM_TOKENIZATION)
        return kind;
    transform_fail(error, 400, "only tokenization transformations have tokens");
    return NULL;
}

static bool is_over(const transform_kind *kind, const transform_token *token)
{
    return (token->expires && token->expires <= dev_wall()) || token->key_version < kind->min_available_version;
}

static bool is_good(const transform_kind *kind, const transform_token *token)
{
    return token && !is_over(kind, token) && token->key_version >= kind->min_decryption_version;
}

static void lock(const transform_work *work)
{
    pthread_mutex_lock(&transform_of(work->request)->tokens_lock);
}

static void unlock(const transform_work *work)
{
    pthread_mutex_unlock(&transform_of(work->request)->tokens_lock);
}

/* -- encode -- */

/* When the new token is to expire. */
static bool expiration_of(transform_work *work, const transform_kind *kind, const transform_item *item, int64_t *expires,
                          transform_error *error)
{
    const int64_t now = dev_wall();
    const int64_t latest = kind->max_ttl ? now + kind->max_ttl * NANOS : 0;
    const vc_view ttl = item->text[ITEM_TTL], at = item->text[ITEM_EXPIRATION];
    long long seconds = 0;
    *expires = 0;
    if (ttl.len && at.len)
        return transform_fail(error, 400, "ttl and expiration cannot both be given");
    if (ttl.len && (!dev_duration_parse(ttl, &seconds) || seconds > 10000000000))
        return transform_fail(error, 400, "the ttl is not a duration");
    if (at.len && !parse_time(at, expires))
        return transform_fail(error, 400, "the expiration is not a time as RFC 3339 has it");
    if (at.len && *expires <= now)
        return transform_fail(error, 400, "the expiration has passed");
    if (seconds)
        *expires = now + seconds * NANOS;
    if (latest && (*expires == 0 || *expires > latest)) {
        work->capped = work->capped || *expires != 0;
        *expires = latest;
    }
    return true;
}

/* What is the same for all makes tokens look alike at their begin, as Vault's do. */
static bool make_text(transform_work *work, const transform_kind *kind, vc_view value, int64_t expires, char *text)
{
    unsigned char bytes[TOKEN_BYTES] = { 0x0a, 0x24, 0x12, 0x20 };
    bytes[4] = (unsigned char)kind->latest_version;
    bytes[5] = kind->convergent ? 2 : 1;
    if (kind->convergent) {
        vc__autoptr(vc__hmac) hmac = vc__hmac_new(VC__SHA2_256, vc_view_of(kind->key, sizeof kind->key), NULL);
        const vc_view parts[] = { value, vc_view_of(&expires, sizeof expires) };
        bytes[4] = 0; /* rotation does not change them */
        if (!hmac || vc__hmac_parts(hmac, parts, 2, bytes + TOKEN_BYTES - 32, NULL) != VC_OK)
            return false;
    } else if (vc__random_bytes(work->request->connection->random, bytes + TOKEN_BYTES - 32, 32, NULL) != VC_OK) {
        return false;
    }
    base58(bytes, sizeof bytes, text);
    return true;
}

bool transform_token_encode(transform_work *work, const transform_item *item, vc__buf *out, transform_error *error)
{
    char text[TOKEN_TEXT];
    int64_t expires;
    const vc_view value = item->text[ITEM_VALUE];
    transform_kind *kind = tokenization_of(work, item, error);
    if (!kind || !expiration_of(work, kind, item, &expires, error))
        return false;
    if (!make_text(work, kind, value, expires, text))
        return transform_fail(error, 500, "no random bytes");
    lock(work);
    transform_token *token = transform_tokens_find(&kind->tokens, vc_str(text));
    if (!token && (token = transform_tokens_add(&kind->tokens, vc_str(text), value, item->text[ITEM_METADATA]))) {
        token->expires = expires;
        token->key_version = kind->latest_version;
    }
    unlock(work);
    if (!token)
        return transform_fail(error, 500, "there is no room for another token");
    out_member(out, "encoded_value", text);
    return true;
}

/* -- by token -- */

bool transform_token_decode(transform_work *work, const transform_item *item, vc__buf *out, transform_error *error)
{
    transform_kind *kind = tokenization_of(work, item, error);
    if (!kind)
        return false;
    lock(work);
    const transform_token *token = transform_tokens_find(&kind->tokens, item->text[ITEM_VALUE]);
    const bool over = token && is_over(kind, token), good = is_good(kind, token);
    if (good) {
        out_key(out, "decoded_value");
        out_string(out, vc_view_of(token->value, token->value_len));
    }
    unlock(work);
    return good || transform_fail(error, 400,
                                  !token ? "unable to decode: token not found"
                                  : over ? "unable to decode: token is expired"
                                         : "unable to decode: the token's key version is disallowed by policy (too old)");
}

static bool validate(transform_work *work, const transform_item *item, vc__buf *out, transform_error *error)
{
    transform_kind *kind = tokenization_of(work, item, error);
    if (!kind)
        return false;
    if (!item->text[ITEM_VALUE].data)
        return transform_fail(error, 400, "missing value");
    lock(work);
    const bool good = is_good(kind, transform_tokens_find(&kind->tokens, item->text[ITEM_VALUE]));
    unlock(work);
    out_member_bool(out, "valid", good);
    return true;
}

static bool metadata(transform_work *work, const transform_item *item, vc__buf *out, transform_error *error)
{
    transform_kind *kind = tokenization_of(work, item, error);
    if (!kind)
        return false;
    lock(work);
    const transform_token *token = transform_tokens_find(&kind->tokens, item->text[ITEM_VALUE]);
    const bool good = is_good(kind, token);
    if (good && token->expires) {
        out_key(out, "expiration_time");
        dev_time_write(out, token->expires);
    }
    if (good)
        out_member(out, "metadata", token->metadata);
    unlock(work);
    return good || transform_fail(error, 400, "there is no such token, or it is expired");
}

static bool delete_token(transform_work *work, const transform_item *item, vc__buf *out, transform_error *error)
{
    (void)out;
    transform_kind *kind = tokenization_of(work, item, error);
    if (!kind)
        return false;
    if (!item->text[ITEM_TOKEN].len)
        return transform_fail(error, 400, "missing token");
    lock(work);
    transform_token *token = transform_tokens_find(&kind->tokens, item->text[ITEM_TOKEN]);
    if (token)
        transform_tokens_drop(token);
    unlock(work);
    return true;
}

/* -- by value -- */

static bool tokenized(transform_work *work, const transform_item *item, vc__buf *out, transform_error *error)
{
    transform_kind *kind = tokenization_of(work, item, error);
    const vc_view value = item->text[ITEM_VALUE];
    if (!kind)
        return false;
    if (!value.data)
        return transform_fail(error, 400, "missing value");
    bool found = false;
    lock(work);
    for (const transform_token *token = NULL; (token = transform_tokens_with(&kind->tokens, value, token)) && !found;)
        found = is_good(kind, token);
    unlock(work);
    out_member_bool(out, "tokenized", found);
    return true;
}

/* Expirations that are asked for; `any`: each, and none; else from `least` to `most`, 0 for tokens that never expire. */
typedef struct token_range {
    bool any;
    int64_t least, most;
} token_range;

static bool read_range(const transform_item *item, token_range *range, transform_error *error)
{
    const vc_view at = item->text[ITEM_EXPIRATION], least = item->text[ITEM_MIN_EXPIRATION],
                  most = item->text[ITEM_MAX_EXPIRATION];
    *range = (token_range){ .any = vc__view_is(at, "any") };
    if (at.len && (least.len || most.len))
        return transform_fail(error, 400, "expiration cannot be given with min_expiration and max_expiration");
    if ((least.len != 0) != (most.len != 0))
        return transform_fail(error, 400, "min_expiration and max_expiration must be given together");
    if (at.len && !range->any && !parse_time(at, &range->least))
        return transform_fail(error, 400, "the expiration is not a time as RFC 3339 has it");
    range->most = range->least;
    if (least.len && (!parse_time(least, &range->least) || !parse_time(most, &range->most)))
        return transform_fail(error, 400, "an expiration is not a time as RFC 3339 has it");
    return true;
}

/* The transformation, if its tokens can be found by their value. */
static transform_kind *searchable(const transform_work *work, const transform_item *item, token_range *range,
                                  transform_error *error)
{
    transform_kind *kind = tokenization_of(work, item, error);
    if (!kind)
        return NULL;
    const char *store = json_object_get_string(json_object_array_get_idx(kind->stores, 0));
    const bool external = store && strcmp(store, "builtin/internal") != 0;
    if (!kind->convergent && !(kind->exportable && external))
        transform_fail(error, 400,
                       "tokens can be looked up only where the transformation is convergent, or exportable with an "
                       "external store");
    else if (!item->text[ITEM_VALUE].data)
        transform_fail(error, 400, "missing value");
    else if (read_range(item, range, error))
        return kind;
    return NULL;
}

static bool is_wanted(const transform_kind *kind, const transform_token *token, const token_range *range)
{
    return is_good(kind, token) &&
           (range->any || (token->expires >= range->least && token->expires <= range->most));
}

static bool tokens(transform_work *work, const transform_item *item, vc__buf *out, transform_error *error)
{
    token_range range;
    const transform_kind *kind = searchable(work, item, &range, error);
    if (!kind)
        return false;
    out_key(out, "tokens");
    out_open(out, '[');
    lock(work);
    for (const transform_token *token = NULL;
         (token = transform_tokens_with(&kind->tokens, item->text[ITEM_VALUE], token));)
        if (is_wanted(kind, token, &range))
            out_string(out, vc_str(token->token));
    unlock(work);
    out_close(out, ']');
    return true;
}

static bool delete_value(transform_work *work, const transform_item *item, vc__buf *out, transform_error *error)
{
    (void)out;
    token_range range;
    const transform_kind *kind = searchable(work, item, &range, error);
    if (!kind)
        return false;
    lock(work);
    const vc_view value = item->text[ITEM_VALUE];
    for (transform_token *token = NULL; (token = transform_tokens_with(&kind->tokens, value, token));)
        if (is_wanted(kind, token, &range))
            transform_tokens_drop(token);
    unlock(work);
    return true;
}

/* -- endpoints -- */

void transform_validate(dev_request *request)
{
    transform_items(request, validate, false);
}

void transform_metadata(dev_request *request)
{
    transform_items(request, metadata, false);
}

void transform_tokenized(dev_request *request)
{
    transform_items(request, tokenized, false);
}

void transform_token_list(dev_request *request)
{
    transform_items(request, tokens, false);
}

void transform_token_delete(dev_request *request)
{
    transform_items(request, delete_token, true);
}

void transform_value_delete(dev_request *request)
{
    transform_items(request, delete_value, true);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transform_item.h - requests on values, one or many in `batch_input`: read with the pull reader, done item by item by
 * a verb, answered straight into the reply.
 *
 * Threads: a work belongs to its request.
 */
#ifndef VC__DEV_TRANSFORM_ITEM_H
#define VC__DEV_TRANSFORM_ITEM_H

#include "transform.h"

enum { TRANSFORM_KEYS = 8 };

typedef enum transform_member {
    ITEM_VALUE = 0,
    ITEM_TRANSFORMATION,
    ITEM_REFERENCE,
    ITEM_TWEAK,
    ITEM_TTL,
    ITEM_EXPIRATION,
    ITEM_METADATA,
    ITEM_TOKEN,
    ITEM_MIN_EXPIRATION,
    ITEM_MAX_EXPIRATION,
    ITEM_DECODE_TRANSFORMATION,
    ITEM_DECODE_TWEAK,
    ITEM_MEMBERS
} transform_member;

typedef struct transform_item {
    vc_view text[ITEM_MEMBERS]; /* {NULL, 0}: absent or null */
    bool wrong_type;            /* a member is no string, or the item no object */
} transform_item;

/* What went wrong with an item. */
typedef struct transform_error {
    int status;
    char text[512];
} transform_error;

/* A request as it is worked on. */
typedef struct transform_work {
    dev_request *request;
    json_object *role;
    const char *role_name;
    vc_view format; /* of decoding; absent: none */
    struct {
        const transform_kind *kind;
        vc__fpe_key *key;
    } keys[TRANSFORM_KEYS]; /* of the transformations that were used so far */
    size_t key_count;
    bool capped; /* a token's time was cut to max_ttl */
    vc__buf output;
    vc__buf between; /* of rewrapping */
    vc__buf tweak;   /* decoded */
} transform_work;

/*
 * Does one item: true with its members written to `out`, or false with nothing written and `error` filled.
 */
typedef bool transform_verb(transform_work *work, const transform_item *item, vc__buf *out, transform_error *error);

/* The whole of a request: `silent` when one item has nothing to say but that it is done (204). */
void transform_items(dev_request *request, transform_verb *verb, bool silent);

/* Sets `error`; false. */
bool transform_fail(transform_error *error, int status, const char *text);

/*
 * The transformation of that name, or the role's only one when it is empty; NULL with the error. It must be one of the role's, and
 * allow it.
 */
transform_kind *transform_kind_of(const transform_work *work, vc_view name, transform_error *error);

transform_verb transform_token_encode, transform_token_decode;

#endif

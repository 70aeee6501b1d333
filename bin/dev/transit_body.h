/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transit_body.h - what encrypt, decrypt and rewrap are asked: one item or many. They are hot: read with the
 * pull reader. Strings are lent by the body.
 */
#ifndef VC__DEV_TRANSIT_BODY_H
#define VC__DEV_TRANSIT_BODY_H

#include "json/read.h"
#include "transit.h"

enum { TRANSIT_NAMES_MAX = 32 };

typedef enum transit_verb { TRANSIT_ENCRYPT, TRANSIT_DECRYPT, TRANSIT_REWRAP } transit_verb;

/* A body that was read. */
typedef struct transit_batch {
    transit_verb verb;
    const dev_flavour *flavour;
    transit_item single;
    char wrong[160]; /* what is wrong with the types of top-level members; empty: nothing */
    bool many;       /* batch_input was there */
    transit_item *items;
    size_t count, cap;
    const char *not_a_list; /* Go's name of what batch_input is instead */
    vc__buf errors;         /* what is wrong with items, as mapstructure says it */
    size_t error_count;
    bool alone;    /* `errors` is one that ends all */
    bool has_code; /* partial_failure_response_code */
    long long code;
    bool bad_code; /* not a number at all */
    bool derive;
    vc_view type;
    vc_view names[TRANSIT_NAMES_MAX]; /* of the top-level members */
    size_t name_count;
} transit_batch;

/* Start from .verb, .flavour and .errors. False: not a JSON object. */
bool transit_body_read(transit_batch *batch, vc__buf *body);
void transit_batch_free(transit_batch *batch);

/* "missing plaintext to encrypt", or of ciphertext. */
const char *transit_missing(const transit_batch *batch);

/* Go's names of a value's type, and of its kind. */
const char *transit_go_type(vc__token token);
const char *transit_go_kind(vc__token token);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transit_texts.h - batches whose items are maps from names to strings: those of hmac, sign and verify. A
 * number is taken for its text, null for an empty string, anything else fails the whole request.
 */
#ifndef VC__DEV_TRANSIT_TEXTS_H
#define VC__DEV_TRANSIT_TEXTS_H

#include "transit.h"

typedef enum transit_many { TRANSIT_ONE, TRANSIT_MANY, TRANSIT_REFUSED } transit_many;

/*
 * Whether the body has a batch_input: TRANSIT_MANY, its items can be asked by transit_text() then. `item` is
 * the name that the server's own code has for one, in the error's text. TRANSIT_REFUSED: answered.
 */
transit_many transit_texts_check(dev_request *request, const char *item);

size_t transit_texts_count(const dev_request *request);

/* The member of item number `at`; false: it has none. */
bool transit_text(const dev_request *request, size_t at, const char *name, vc_view *text);

/* Decodes base64 that says "illegal base64 data at input byte N" otherwise: *bad is N then. */
bool transit_decode(vc_view text, vc__buf *out, size_t *bad);

/* From base64 of URLs without padding to the other; false: it is not. */
bool transit_from_url(vc_view text, vc__buf *out);

/* An item's answer that is an error. */
void transit_text_error(vc__buf *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif

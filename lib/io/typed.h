/* SPDX-License-Identifier: Apache-2.0 */
/*
 * typed.h - the frame of the typed calls (transit.c, transform.c, sys.c): a request built, sent, its reply
 * read.
 *
 * Threads: as vc_client.
 */
#ifndef VC__IO_TYPED_H
#define VC__IO_TYPED_H

#include "io/client.h"

/* Sends what was built, unless building failed with `built`. VC_OK: the reply is in `request`. */
vc_code vc__typed_send(vc_client *client, vc_request *request, vc_code built, vc_error *err);

/* The same for a call whose reply tells nothing but success. Cleans the request up. */
vc_code vc__typed_write(vc_client *client, vc_request *request, vc_code built, vc_error *err);

/* The end of a call: names the request's path in an error, cleans the request up. Returns `code`. */
vc_code vc__typed_end(vc_request *request, vc_code code, vc_error *err);

/*
 * The same for a call that reads an object: `parse` makes it of the reply. NULL: an error. Cleans the request up.
 */
typedef void *(*vc__typed_parse)(int status, vc_view body, vc_error *err);
void *vc__typed_read(vc_client *client, vc_request *request, vc_code built, vc__typed_parse parse, vc_error *err);

/* A copy of `value` in `*out`, which is untouched on failure. VC_E_MEMORY. */
vc_code vc__typed_copy(vc_bytes *out, vc_view value, vc_error *err);

#endif

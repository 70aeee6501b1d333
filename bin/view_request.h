/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view_request.h - what a browser says of itself, read: Host, Origin, cookies, a form. Pure functions over text that may be anything.
 *
 * Threads: any.
 */
#ifndef VC_BIN_VIEW_REQUEST_H
#define VC_BIN_VIEW_REQUEST_H

#include "option.h"

#include <stdint.h>
#include <vaultcrypt/types.h>

/*
 * Whether a Host header may be answered: an address in digits, "localhost", or one of `hosts`, each with a port or without. A page of somebody
 * else's, whose name was made to lead here (DNS rebinding), has another one.
 */
bool view_host_is_fine(const char *host, const option_list *hosts);

/* Whether an Origin header is that of the page itself: http or https, and what Host says. */
bool view_origin_is_ours(const char *origin, const char *host);

/* The value of the cookie with that name in a Cookie header; false: it has none, or one that does not fit in `room` with its NUL. */
bool view_cookie(const char *header, const char *name, char *value, size_t room);

/* The value of a form's field (application/x-www-form-urlencoded); false likewise, or broken escapes. A NUL in it is broken. */
bool view_form_value(vc_view body, const char *name, char *value, size_t room);

/* A whole number; NULL is `otherwise`. */
bool view_number(const char *text, uint64_t otherwise, uint64_t *number);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cidr.h - blocks of addresses ("127.0.0.0/8", "::1"): what tokens and secret ids are bound to.
 */
#ifndef VC__DEV_CIDR_H
#define VC__DEV_CIDR_H

#include <json-c/json.h>
#include <stdbool.h>
#include <sys/socket.h>

/* Whether `text` is an address or a block of them. */
bool dev_cidr_ok(const char *text);

/* Whether the address is in one of the blocks (an array of texts); true when `blocks` is NULL or empty. */
bool dev_cidrs_hold(json_object *blocks, const struct sockaddr *address);

#endif

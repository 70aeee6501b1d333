/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wrapping.h - response wrapping: an answer is kept under a token of one use, and the token given instead.
 */
#ifndef VC__DEV_WRAPPING_H
#define VC__DEV_WRAPPING_H

#include "route.h"

/* Reads X-Vault-Wrap-TTL into the request. False: answered. */
bool dev_wrapping_read(dev_request *request);

/* Puts a token in place of the answer, where it asks for that and the answer is one that can be wrapped. */
void dev_wrapping_wrap(dev_request *request);

/* The endpoints below sys/wrapping. */
void dev_wrapping_make(dev_request *request);
void dev_wrapping_unwrap(dev_request *request);
void dev_wrapping_lookup(dev_request *request);
void dev_wrapping_rewrap(dev_request *request);

#endif

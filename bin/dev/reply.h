/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reply.h - answers in Vault's shape: the success envelope, the error envelope, warnings.
 */
#ifndef VC__DEV_REPLY_H
#define VC__DEV_REPLY_H

#include "out.h"
#include "server.h"

/* 200 with an envelope: write one value, that of `data`, to the buffer returned. */
vc__buf *dev_reply_data(dev_request *request);

/* 200 with an envelope whose `data` is null: write the value of `auth`. */
vc__buf *dev_reply_auth(dev_request *request);

/* The same as dev_reply_data(), for the sys endpoints that repeat the members of `data` at top level. */
vc__buf *dev_reply_repeated(dev_request *request);

/* {"keys": [...]}, or 404 when there are none. */
void dev_reply_keys(dev_request *request, const dev_names *names);

/* 204. */
void dev_reply_empty(dev_request *request);

/* The whole body, without envelope. */
vc__buf *dev_reply_bare(dev_request *request, int status);

/* {"errors":["..."]}; what was answered before is forgotten. */
void dev_reply_error(dev_request *request, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same inside "1 error occurred:\n\t* ...\n\n". */
void dev_reply_wrapped(dev_request *request, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* {"errors":[]}, with 404 or another status. */
void dev_reply_missing(dev_request *request);
void dev_reply_none(dev_request *request, int status);

/* 400: the body is not a JSON object. */
void dev_reply_not_json(dev_request *request);

/* 403 as a policy's denial. */
void dev_reply_denied(dev_request *request);

void dev_reply_warning(dev_request *request, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A header of the answer; the name is lent. */
void dev_reply_header(dev_request *request, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Closes the envelope; turns a full buffer into a 500. */
void dev_reply_finish(dev_request *request);

void dev_reply_free(dev_request *request);

#endif

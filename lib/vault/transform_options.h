/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transform_options.h - what the calls of transform.h and transform_token.h are asked with.
 *
 * Threads: one owner; read by the builders.
 */
#ifndef VC__VAULT_TRANSFORM_OPTIONS_H
#define VC__VAULT_TRANSFORM_OPTIONS_H

#include "base/buf.h"

#include <vaultcrypt/transform_token.h>

struct vc_transform_options {
    vc__buf transformation, tweak, decode_format;
    uint64_t ttl;
    vc__buf expiration, least, most; /* least and most: of a search */
    vc__buf metadata;
    bool convergent;
};

/* Which members beside value, transformation and tweak a request has: those of a new token, of a search for tokens. */
enum { VC__TRANSFORM_NEW = 1, VC__TRANSFORM_SEARCH = 2 };

/* Appends them: ',"ttl":"60s"' and so on. `options` may be NULL. */
void vc__transform_options_members(const vc_transform_options *options, unsigned which, vc__buf *body);

/* They have what only a tokenization takes. */
bool vc__transform_options_is_token(const vc_transform_options *options);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jws.h - JSON Web Tokens: whether one was signed by one of the keys that are known, and what it claims
 * (RFC 7515, 7519; RS, PS, ES and EdDSA). Errors are in the words of the real servers.
 */
#ifndef VC__DEV_JWS_H
#define VC__DEV_JWS_H

#include "server.h"

enum { DEV_JWS_ALG = 16 };

/*
 * The claims of `token` when one of `keys` (an array of PEM texts: public keys or certificates) signed it,
 * to be put by the caller; and its algorithm. NULL: `*why` says why.
 */
json_object *dev_jws_open(vc_view token, json_object *keys, char *alg, const char **why);

/* What is demanded of the claims. */
typedef struct dev_jws_bounds {
    const char *issuer, *subject; /* NULL or empty: any */
    json_object *audiences;       /* any of them; NULL or empty: none is demanded */
    long long expiration_leeway, not_before_leeway, skew_leeway; /* 0: 150, 150 and 60 s; negative: none */
} dev_jws_bounds;

/* NULL: they hold; or why not. `now` in seconds. */
const char *dev_jws_check(json_object *claims, const dev_jws_bounds *bounds, long long now);

/* The value at a name, or at a JSON pointer ("/a/b"); NULL: none. */
json_object *dev_jws_claim(json_object *claims, const char *path);

/* Whether the PEM text is a public key or a certificate. */
bool dev_jws_key_ok(const char *pem);

#endif

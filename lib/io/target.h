/* SPDX-License-Identifier: Apache-2.0 */
/*
 * target.h - where the requests of one client go, and what all of them have in common: address, TLS, proxy, header lines.
 *
 * The line with the token is secret memory, and libcurl reads it from there. What libcurl then copies into its send buffers is out of
 * our hands: docs/SECURITY.md lists it.
 *
 * Threads: never changed once made; any number of transfers of any threads read it.
 */
#ifndef VC__IO_TARGET_H
#define VC__IO_TARGET_H

#include "base/buf.h"
#include "io/address.h"
#include "io/config.h"

#include <curl/curl.h>

enum { VC__HEADER_LINES = 6 };

typedef struct vc__target {
    const vc_config *config; /* borrowed from the client */
    vc__address address;
    const char *name; /* the address for messages */
    vc__buf origin;   /* what URLs begin with; the address, or the TLS server's name in place of its host */
    vc__secret *token_line;
    vc__buf lines[VC__HEADER_LINES];
    struct curl_slist headers[VC__HEADER_LINES + 1]; /* a list over the lines */
    struct curl_slist *first_header;
    vc__buf route; /* "name:port:host:port" */
    struct curl_slist connect_to;
    const char *proxy; /* "" for none */
} vc__target;

/*
 * Checks the configuration as a whole: VC_E_CONFIG (files that cannot be read, a key without certificate), VC_E_MEMORY. `config` must
 * outlive the target.
 */
vc__target *vc__target_new(const vc_config *config, vc_error *err);
void vc__target_free(vc__target *target);
VC__DEFINE_CLEANUP(vc__target, vc__target_free)

/* Sets all of it on a fresh easy handle: VC_E_MEMORY, VC_E_CONFIG for what this libcurl cannot do. */
vc_code vc__target_apply(const vc__target *target, CURL *easy, vc_error *err);

#endif

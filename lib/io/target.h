/* SPDX-License-Identifier: Apache-2.0 */
/*
 * target.h - one address where requests go, and what all of them have in common there: TLS, proxy, time limits. What differs from
 * request to request is in headers.h.
 *
 * Threads: never changed once made; any number of transfers of any threads read it.
 */
#ifndef VC__IO_TARGET_H
#define VC__IO_TARGET_H

#include "base/buf.h"
#include "io/address.h"
#include "io/config.h"

#include <curl/curl.h>

typedef struct vc__target {
    const vc_config *config; /* borrowed from the client */
    vc__address address;
    char *name;       /* the address for messages */
    vc__buf origin;   /* what URLs begin with; the address, or the TLS server's name in place of its host */
    vc__buf host_line; /* "Host: ...", where the URL does not say it; else empty */
    vc__buf route; /* "name:port:host:port" */
    struct curl_slist connect_to;
    const char *proxy; /* "" for none */
    bool web;          /* not Vault: messages say nothing of its settings */
} vc__target;

/* Checks the configuration as a whole: VC_E_CONFIG (files that cannot be read, a key without certificate), VC_E_MEMORY. */
vc_code vc__target_check_config(const vc_config *config, vc_error *err);

/* One address under such a configuration, which must outlive the target. VC_E_CONFIG (an address or a proxy that is none), VC_E_MEMORY. */
vc__target *vc__target_new(const vc_config *config, const char *address, vc_error *err);
void vc__target_free(vc__target *target);

/* Says in the log what is not safe about it. Without locks: the log is the application's. */
void vc__target_warn(const vc__target *target);
VC__DEFINE_CLEANUP(vc__target, vc__target_free)

/* Sets all of it on an easy handle, fresh or used for another target: VC_E_MEMORY, VC_E_CONFIG for what this libcurl cannot do. */
vc_code vc__target_apply(const vc__target *target, CURL *easy, vc_error *err);

#endif

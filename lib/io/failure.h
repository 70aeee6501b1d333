/* SPDX-License-Identifier: Apache-2.0 */
/*
 * failure.h - what libcurl's errors mean to the people who read our messages.
 *
 * Threads: any.
 */
#ifndef VC__IO_FAILURE_H
#define VC__IO_FAILURE_H

#include "io/target.h"

/* Before anything else of libcurl; as often as one likes. VC_E_INTERNAL. */
vc_code vc__curl_start(vc_error *err);

/*
 * Fills `why` with VC_E_CONNECT, VC_E_TLS, VC_E_TIMEOUT, VC_E_PROTOCOL, VC_E_MEMORY or VC_E_INTERNAL: what happened, at which address, what
 * to do. `text` is libcurl's own (CURLOPT_ERRORBUFFER), may be empty; `retryable` tells what time may heal. Returns the code.
 */
vc_code vc__curl_failure(const vc__target *target, CURL *easy, CURLcode result, const char *text, vc_error *why);

/* Whether the transfer failed before a byte of the request went out: it may be sent again, whatever it asks for. */
bool vc__curl_unsent(CURL *easy);

/* libcurl failed as a whole: VC_E_MEMORY or VC_E_INTERNAL. */
vc_code vc__curl_multi_failure(CURLMcode result, vc_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attest.h - what the sidecar of a confidential container says of the environment that it runs in: a token of an attestation service, with the
 * claims that release policies (release_policy.h) are about, and the hardware's report under it. For finding out why a key is not released, and
 * for showing others where one runs; keys are had by keysource.h.
 *
 * The API is that of microsoft/confidential-sidecar-containers: POST /attest/maa and /attest/raw. Before it is asked, GET /status is, whose text
 * must say "Status OK" (a sidecar without it is taken to be ready).
 *
 * A token lets who has it ask for keys until it expires: it is kept in memory that is wiped, and no message holds a byte of it.
 *
 * Threads: any; nothing is kept. The calls block.
 */
#ifndef VAULTCRYPT_ATTEST_H
#define VAULTCRYPT_ATTEST_H

#include <vaultcrypt/client.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct vc_attest_options {
    size_t size;          /* sizeof(vc_attest_options), set by the caller */
    const char *url;      /* the sidecar's; NULL: http://localhost:8080 */
    const vc_config *web; /* time limit of an exchange, authorities, proxy; nothing else counts. NULL: 15 s, and the system's authorities */
    uint64_t patience_ms; /* how long who is away, or not ready, is asked again; 0: once */
} vc_attest_options;

/*
 * Has the attestation service of that host vouch for the environment. `runtime_data` is a JSON object that becomes the claim x-ms-runtime, 1 byte to
 * 32 KiB: whoever asks chooses it, so that it proves nothing but that this token was made for it. `*token` is a JWT (RFC 7519), whose
 * signature is not verified here: free it with vc_bytes_free(). `options` may be NULL.
 * VC_E_DENIED: nothing attests this environment, or the service does not; VC_E_REQUEST: the sidecar does not take the request; VC_E_BUSY
 * (not ready), VC_E_SERVER, VC_E_CONNECT, VC_E_TLS, VC_E_TIMEOUT: it, or the service behind it, is away; VC_E_PROTOCOL: the answer is none; VC_E_LIMIT: it is
 * too long (256 KiB); VC_E_CONFIG (the URL), VC_E_ARGUMENT, VC_E_MEMORY.
 */
VC_API vc_code vc_attest_maa(const vc_attest_options *options, const char *maa_endpoint, vc_view runtime_data, vc_bytes *token, vc_error *err);

/*
 * The hardware's report (SEV-SNP ABI specification, table ATTESTATION_REPORT: 1 184 bytes), which holds the SHA-256 of `runtime_data` (any bytes, 1
 * to 32 KiB) as its report data. Nothing of it is verified here. Otherwise as vc_attest_maa().
 */
VC_API vc_code vc_attest_raw(const vc_attest_options *options, vc_view runtime_data, vc_bytes *report, vc_error *err);

/*
 * The claims of a token as JSON text, as they stand in it: for vc_claims_parse(). The signature is not verified: they are what the token says, for
 * people, and no ground to trust anybody. Free `*claims` with vc_bytes_free(). VC_E_PROTOCOL: it is no JWT; VC_E_LIMIT, VC_E_MEMORY.
 */
VC_API vc_code vc_attest_claims(vc_view token, vc_bytes *claims, vc_error *err);

#ifdef __cplusplus
}
#endif

#endif

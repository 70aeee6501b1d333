/* SPDX-License-Identifier: Apache-2.0 */
/*
 * release_policy.h - secure key release policies: under which claims of an attested environment a key store gives a private key
 * away. Read strictly, looked over for what is weak, and decided over a set of claims. Nothing is sent anywhere.
 *
 * The grammar is that of Azure Key Vault and Managed HSM (learn.microsoft.com, "secure key release policy grammar"):
 *
 *     {"version": "1.0.0",
 *      "anyOf": [{"authority": "https://sharedeus2.eus2.attest.azure.net",
 *                 "allOf": [{"claim": "x-ms-attestation-type", "equals": "sevsnpvm"},
 *                           {"anyOf": [{"claim": "x-ms-sevsnpvm-hostdata", "equals": "..."}, ...]}]}, ...]}
 *
 * One authority of the outer `anyOf` has to be the one that vouches for the claims, and its conditions have to hold. `equals` is the
 * only operator. A claim inside another is named with dots: "x-ms-isolation-tee.x-ms-attestation-type".
 *
 * Strict: RFC 8259, every member known and there once, no empty list, at most 16 lists within each other, at most 64 KiB.
 *
 * Threads: a policy and a set of claims do not change once they are made; any number may read.
 */
#ifndef VAULTCRYPT_RELEASE_POLICY_H
#define VAULTCRYPT_RELEASE_POLICY_H

#include <vaultcrypt/error.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct vc_release_policy vc_release_policy;
typedef struct vc_claims vc_claims;

/*
 * Reads a policy. `text` is copied; `source` (a file name, may be NULL) is for messages. NULL: VC_E_CONFIG (err->line, err->column
 * and err->offset say where), VC_E_LIMIT, VC_E_MEMORY.
 */
VC_API vc_release_policy *vc_release_policy_parse(vc_view text, const char *source, vc_error *err) VC_MUST_CHECK;
VC_API void vc_release_policy_free(vc_release_policy *policy); /* NULL is fine */

/*
 * What makes a policy that can be used a weak one, or one that hardly means what it says. One authority of the list for which it holds is
 * enough.
 */
typedef enum vc_release_weakness {
    VC_RELEASE_ANY_WORKLOAD = 1, /* no x-ms-sevsnpvm-hostdata: every container under that authority gets the key */
    VC_RELEASE_DEBUGGABLE = 2,   /* debuggable environments are not excluded: their memory can be read from outside */
    VC_RELEASE_ANY_PLATFORM = 4, /* neither attestation type nor compliance status is asked for */
    VC_RELEASE_OLD_VERSION = 8,  /* "version": "0.2", as older scripts write; the grammar knows "1.0.0" */
    VC_RELEASE_SLASH = 16,       /* an authority ends in a slash; issuers do not, so it never matches */
    VC_RELEASE_OWN_CLAIM = 32    /* a condition on a claim under x-ms-runtime: whoever asks puts those in, so that it demands nothing */
} vc_release_weakness;

/* Those of them that it has, or-ed together; 0: none. */
VC_API unsigned vc_release_policy_weaknesses(const vc_release_policy *policy);

/* A sentence for people about one of them; never NULL. */
VC_API const char *vc_release_weakness_text(vc_release_weakness weakness);

/*
 * Reads claims: a JSON object such as the payload of an attestation token. Texts, numbers and booleans count; members of objects
 * within get names with dots; null and lists are passed over, as no condition can be about them. NULL: as vc_release_policy_parse();
 * a name that comes twice, with and without dots, is an error too.
 */
VC_API vc_claims *vc_claims_parse(vc_view json, const char *source, vc_error *err) VC_MUST_CHECK;
VC_API void vc_claims_free(vc_claims *claims); /* NULL is fine */

/* The value of a claim as text ("true", "7", a string's content), borrowed; {NULL, 0} when there is none of that name. */
VC_API vc_view vc_claims_get(const vc_claims *claims, vc_view name);

typedef enum vc_release_fault {
    VC_RELEASE_OTHER_AUTHORITY = 1, /* the policy's authority (`wanted`) is not who vouches (`found`); `claim` is absent */
    VC_RELEASE_MISSING,             /* there is no such claim; `found` is absent */
    VC_RELEASE_DIFFERS              /* it has another value */
} vc_release_fault;

/* A condition that does not hold. Views are borrowed until the call returns. */
typedef struct vc_release_finding {
    vc_release_fault fault;
    vc_view authority, claim, wanted, found;
    size_t line, column; /* of the condition in the policy, from 1 */
} vc_release_finding;

/* Gets each of them, in the order of the policy. */
typedef void vc_release_report(void *context, const vc_release_finding *finding);

/*
 * Whether a key under `policy` is released to who has `claims`, vouched for by `authority` ("https://...", an issuer). A value
 * matches when it is the same text: "false" in a policy and false in a token are the same, 1 and 1.0 are not.
 * VC_OK: it is. VC_E_DENIED: it is not; the message names the first condition that does not hold, and `report` (may be NULL) gets
 * all of them.
 */
VC_API vc_code vc_release_policy_decide(const vc_release_policy *policy, vc_view authority, const vc_claims *claims,
                                        vc_release_report *report, void *context, vc_error *err) VC_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif

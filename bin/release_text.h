/* SPDX-License-Identifier: Apache-2.0 */
/*
 * release_text.h - the text of a release policy, as `vaultcrypt release-policy make` and `vaultcrypt setup-key` write it: the conditions of
 * the original's setup-key.sh (microsoft/confidential-container-demos, kafka/), without its trailing comma.
 */
#ifndef VC_BIN_RELEASE_TEXT_H
#define VC_BIN_RELEASE_TEXT_H

#include "blob.h"
#include "option.h"

typedef struct release_options {
    option_list authorities, hostdata, claims;
    const char *attestation_type, *compliance;
    bool debuggable, any_workload;
} release_options;

#define RELEASE_TYPE "sevsnpvm"
#define RELEASE_COMPLIANCE "azure-signed-katacc-uvm"
#define RELEASE_OPTIONS_INIT { .attestation_type = RELEASE_TYPE, .compliance = RELEASE_COMPLIANCE }

#define RELEASE_ROWS(type, member) \
    { OPTION_HEADING, 0, "Policy", NULL, NULL, 0 }, \
    { OPTION_LIST, 'a', "authority", "HOST", "attestation service whose word counts (MAA_ENDPOINT); again: another one", \
      offsetof(type, member.authorities) }, \
    { OPTION_LIST, 0, "hostdata", "HEX", "measurement of the workload (WORKLOAD_MEASUREMENT); again: or this one", \
      offsetof(type, member.hostdata) }, \
    { OPTION_FLAG, 0, "any-workload", NULL, "no measurement: every container of that service gets the key", \
      offsetof(type, member.any_workload) }, \
    { OPTION_LIST, 0, "claim", "NAME=VALUE", "another claim that has to be so", offsetof(type, member.claims) }, \
    { OPTION_TEXT, 0, "attestation-type", "TYPE", "x-ms-attestation-type (" RELEASE_TYPE "); none: any", \
      offsetof(type, member.attestation_type) }, \
    { OPTION_TEXT, 0, "compliance", "STATUS", "x-ms-compliance-status (" RELEASE_COMPLIANCE "); none: any", \
      offsetof(type, member.compliance) }, \
    { OPTION_FLAG, 0, "debuggable", NULL, "debuggable environments get the key too: for tests", \
      offsetof(type, member.debuggable) }

/*
 * Writes it, from the options and, where these are silent, MAA_ENDPOINT and WORKLOAD_MEASUREMENT. An exit code; what was wrong was told.
 * Which workloads get the key is said, or it is EXIT_USAGE: by a measurement, in an option, the environment or a claim of --claim, or by
 * --any-workload. The text is one that vc_release_policy_parse() reads.
 */
int release_make(const struct command *command, const release_options *options, blob *out);

/* What is weak about a policy, on standard error, a line each; their number. */
size_t release_warn(const struct command *command, const char *name, vc_view policy);

/* The host of the first authority, without https://; NULL: there is none. */
const char *release_authority(const release_options *options);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Release policies: the first line is a set of claims, the rest a policy. What is read decides without fault,
 * and tells findings when, and only when, it refuses; what is not has a place and a message that may be shown.
 */
#include "fuzz.h"

#include "base/text.h"

#include <vaultcrypt/release_policy.h>

static void check_error(const vc_error *err, vc_view text)
{
    HOLDS(err->code == VC_E_CONFIG || err->code == VC_E_LIMIT || err->code == VC_E_MEMORY);
    HOLDS(err->code != VC_E_CONFIG || (err->line && err->column && err->offset <= text.len));
    const vc_view message = vc_str(err->message);
    HOLDS(message.len && vc__utf8_valid(message) == message.len);
    for (size_t i = 0; i < message.len; i++)
        HOLDS((unsigned char)message.data[i] >= 0x20 && message.data[i] != 0x7f);
}

static void count(void *context, const vc_release_finding *finding)
{
    HOLDS(finding->line && finding->column && finding->authority.len && finding->wanted.data);
    HOLDS((finding->fault == VC_RELEASE_MISSING) == (finding->found.data == NULL));
    ++*(size_t *)context;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const authorities[] = { "https://a", "https://maa.dev.localhost" };
    vc_error err = VC_ERROR_INIT;
    vc_view rest = vc_view_of(data, size);
    const vc_view line = fuzz_line(&rest);
    vc_claims *claims = vc_claims_parse(line, "c", &err);
    if (!claims)
        check_error(&err, line);
    vc_release_policy *policy = vc_release_policy_parse(rest, "p", &err);
    if (!policy)
        check_error(&err, rest);
    for (size_t i = 0; policy && claims && i < sizeof authorities / sizeof authorities[0]; i++) {
        size_t found = 0;
        const vc_code code = vc_release_policy_decide(policy, vc_str(authorities[i]), claims, count, &found, &err);
        HOLDS(code == VC_OK || code == VC_E_DENIED);
        HOLDS((code == VC_OK) == (found == 0));
    }
    if (policy)
        HOLDS(vc_release_policy_weaknesses(policy) < 2 * VC_RELEASE_OWN_CLAIM);
    vc_release_policy_free(policy);
    vc_claims_free(claims);
    return 0;
}

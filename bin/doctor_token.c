/* SPDX-License-Identifier: Apache-2.0 */
/* doctor_token.c - the token: does it live, for how long, and does anything let it live longer. */
#include "doctor.h"
#include "exit.h"
#include "show.h"

#include <stdio.h>

enum { SOON_S = 600 };

static bool has_policy(const vc_token *token, const char *name)
{
    for (size_t i = 0; i < vc_token_policy_count(token); i++)
        if (strcmp(vc_token_policy(token, i), name) == 0)
            return true;
    return false;
}

static void tell_life(struct doctor *doctor, const vc_token *token)
{
    char life[64];
    const uint64_t ttl = vc_token_ttl(token);
    show_seconds(ttl, life, sizeof life);
    if (!ttl)
        finding_add(&doctor->findings, FINDING_OK, 0, "token", NULL, "%s, never ends", vc_token_display_name(token));
    else if (!vc_token_is_renewable(token))
        finding_add(&doctor->findings, FINDING_WARNING, 0, "token",
                    "let programs log in themselves (AppRole, JWT, a certificate), or give them a renewable token",
                    "%s ends in %s, and cannot be renewed", vc_token_display_name(token), life);
    else
        finding_add(&doctor->findings, ttl < SOON_S ? FINDING_WARNING : FINDING_OK, 0, "token",
                    "vaultcrypt token renew, or log in again",
                    "%s ends in %s, and can be renewed", vc_token_display_name(token), life);
    if (vc_token_uses(token))
        finding_add(&doctor->findings, FINDING_WARNING, 0, "token",
                    "give long-running programs a token without num_uses",
                    "it can be used %llu more times", (unsigned long long)vc_token_uses(token));
}

bool doctor_token(struct doctor *doctor)
{
    vc_error err = VC_ERROR_INIT;
    vc_token *token = vc_token_lookup_self(doctor->client, &err);
    if (!token) {
        finding_add(&doctor->findings, FINDING_FAULT, exit_code_of(err.code), "token",
                    "vaultcrypt login, or set VAULT_TOKEN", "%s", err.message);
        return false;
    }
    tell_life(doctor, token);
    if (has_policy(token, "root"))
        finding_add(&doctor->findings, FINDING_WARNING, 0, "policies",
                    "make policies (vaultcrypt setup) and a token of theirs; keep the root token away", "a root token: it may do everything");
    else {
        char all[600] = "";
        for (size_t i = 0; i < vc_token_policy_count(token); i++) {
            const size_t len = strlen(all);
            snprintf(all + len, sizeof all - len, "%s%s", len ? ", " : "", vc_token_policy(token, i));
        }
        finding_add(&doctor->findings, FINDING_OK, 0, "policies", NULL, "%s", all[0] ? all : "none");
    }
    vc_token_free(token);
    return true;
}

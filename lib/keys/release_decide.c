/* SPDX-License-Identifier: Apache-2.0 */
/* release_decide.c - what a release policy says of a set of claims, and what it fails to say. */
#include "keys/release_policy.h"

#include "base/error.h"
#include "base/text.h"
#include "keys/policy_text.h"

#define HOSTDATA "x-ms-sevsnpvm-hostdata"
#define DEBUGGABLE "x-ms-sevsnpvm-is-debuggable"

/* -- deciding ------------------------------------------------------------------------------------------------------------- */

typedef struct decision {
    const vc_claims *claims;
    vc_view authority; /* of the branch that is looked at */
    vc_release_report *report;
    void *context;
    vc_release_finding first;
    bool any; /* `first` is set */
} decision;

static void found(decision *d, const vc_release_finding *finding)
{
    if (!d->any)
        d->first = *finding;
    d->any = true;
    if (d->report)
        d->report(d->context, finding);
}

/* Findings are told of the conditions that do not hold, `told` or not: what an `anyOf` could do without is not told. */
static bool holds(decision *d, const vc__condition *condition, bool tell)
{
    if (condition->kind == VC__CONDITION_CLAIM) {
        const vc_view value = vc_claims_get(d->claims, condition->name);
        const bool well = value.data && vc__view_equal(value, condition->value);
        if (!well && tell)
            found(d, &(vc_release_finding){ value.data ? VC_RELEASE_DIFFERS : VC_RELEASE_MISSING, d->authority, condition->name,
                                            condition->value, value, condition->line, condition->column });
        return well;
    }
    bool all = true, any = false;
    for (const vc__condition *each = condition->first; each; each = each->next) {
        const bool one = holds(d, each, tell && condition->kind == VC__CONDITION_ALL);
        all &= one;
        any |= one;
    }
    if (condition->kind == VC__CONDITION_ANY && !any && tell)
        for (const vc__condition *each = condition->first; each; each = each->next)
            holds(d, each, true);
    return condition->kind == VC__CONDITION_ALL ? all : any;
}

static vc_code refused(const decision *d, vc_error *err)
{
    char claim[80], wanted[100], got[100], authority[120];
    const vc_release_finding *first = &d->first;
    vc__policy_text_shown(first->claim, claim, sizeof claim);
    vc__policy_text_shown(first->wanted, wanted, sizeof wanted);
    vc__policy_text_shown(first->found, got, sizeof got);
    vc__policy_text_shown(first->authority, authority, sizeof authority);
    switch (first->fault) {
    case VC_RELEASE_MISSING:
        return vc__error(err, VC_E_DENIED, "not released: claim %s is missing (the policy wants \"%s\")", claim, wanted);
    case VC_RELEASE_DIFFERS:
        return vc__error(err, VC_E_DENIED, "not released: claim %s is \"%s\" (the policy wants \"%s\")", claim, got, wanted);
    case VC_RELEASE_OTHER_AUTHORITY: break;
    }
    return vc__error(err, VC_E_DENIED, "not released: %s is not an authority of the policy (that is %s)", got, authority);
}

vc_code vc_release_policy_decide(const vc_release_policy *policy, vc_view authority, const vc_claims *claims, vc_release_report *report,
                                 void *context, vc_error *err)
{
    decision d = { .claims = claims, .report = report, .context = context };
    if (!policy || !claims || !authority.data)
        return vc__error(err, VC_E_ARGUMENT, "policy, authority and claims are needed");
    for (const vc__condition *each = policy->authorities; each; each = each->next)
        if (vc__view_equal(each->value, authority) && holds(&d, each, false))
            return VC_OK;
    /* first those of this authority: what is wrong there is nearer to what is meant */
    for (const vc__condition *each = policy->authorities; each; each = each->next) {
        d.authority = each->value;
        if (vc__view_equal(each->value, authority))
            holds(&d, each, true);
    }
    for (const vc__condition *each = policy->authorities; each; each = each->next)
        if (!vc__view_equal(each->value, authority))
            found(&d, &(vc_release_finding){ VC_RELEASE_OTHER_AUTHORITY, each->value, vc_view_of(NULL, 0), each->value, authority,
                                             each->line, each->column });
    return refused(&d, err);
}

/* -- weaknesses ----------------------------------------------------------------------------------------------------------- */

/* Whether nobody gets through `condition` without one of these claims (with that value, when there is one). */
static bool demands(const vc__condition *condition, const char *claim, const char *value)
{
    if (condition->kind == VC__CONDITION_CLAIM) {
        vc_view name = condition->name;
        const size_t len = strlen(claim);
        /* of an environment within another; not of x-ms-runtime, where stands what whoever asks has put there */
        static const char isolated[] = "x-ms-isolation-tee.";
        const size_t before = sizeof isolated - 1;
        if (name.len == before + len && memcmp(name.data, isolated, before) == 0)
            name = vc_view_of(name.data + before, len);
        return vc__view_is(name, claim) && (!value || vc__view_is(condition->value, value));
    }
    bool all = true, any = false;
    for (const vc__condition *each = condition->first; each; each = each->next) {
        const bool one = demands(each, claim, value);
        all &= one;
        any |= one;
    }
    return condition->kind == VC__CONDITION_ALL ? any : all;
}

/*
 * Whether a condition is about what whoever asks has put into the token: the runtime data of POST /attest/maa. Those within x-ms-isolation-tee are
 * others: of the guest's firmware.
 */
static bool has_own_claim(const vc__condition *condition)
{
    static const char runtime[] = "x-ms-runtime";
    const size_t len = sizeof runtime - 1;
    if (condition->kind == VC__CONDITION_CLAIM)
        return condition->name.len >= len && memcmp(condition->name.data, runtime, len) == 0 &&
               (condition->name.len == len || condition->name.data[len] == '.');
    for (const vc__condition *each = condition->first; each; each = each->next)
        if (has_own_claim(each))
            return true;
    return false;
}

static unsigned weaknesses_of(const vc__condition *authority)
{
    unsigned weak = 0;
    if (!demands(authority, HOSTDATA, NULL))
        weak |= VC_RELEASE_ANY_WORKLOAD;
    if (!demands(authority, DEBUGGABLE, "false"))
        weak |= VC_RELEASE_DEBUGGABLE;
    if (!demands(authority, "x-ms-attestation-type", NULL) && !demands(authority, "x-ms-compliance-status", NULL))
        weak |= VC_RELEASE_ANY_PLATFORM;
    if (authority->value.data[authority->value.len - 1] == '/')
        weak |= VC_RELEASE_SLASH;
    if (has_own_claim(authority))
        weak |= VC_RELEASE_OWN_CLAIM;
    return weak;
}

unsigned vc_release_policy_weaknesses(const vc_release_policy *policy)
{
    unsigned weak = policy->old_version ? VC_RELEASE_OLD_VERSION : 0;
    for (const vc__condition *each = policy->authorities; each; each = each->next)
        weak |= weaknesses_of(each);
    return weak;
}

const char *vc_release_weakness_text(vc_release_weakness weakness)
{
    switch (weakness) {
    case VC_RELEASE_ANY_WORKLOAD:
        return "no condition on " HOSTDATA ": every container that this authority attests gets the key, also a stranger's";
    case VC_RELEASE_DEBUGGABLE:
        return "debuggable environments are not excluded: add " DEBUGGABLE " equals \"false\", or the host can read the key";
    case VC_RELEASE_ANY_PLATFORM:
        return "neither x-ms-attestation-type nor x-ms-compliance-status is asked for: any platform of this authority will do";
    case VC_RELEASE_OLD_VERSION: return "version \"0.2\" is that of older scripts; the grammar knows \"1.0.0\"";
    case VC_RELEASE_SLASH: return "an authority ends in a slash: issuers do not, so it matches none";
    case VC_RELEASE_OWN_CLAIM: return "a condition on a claim under x-ms-runtime demands nothing: whoever asks for the key puts those claims in";
    }
    return "not a weakness that this version knows";
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records of one rule go together, so that a key that is denied, which fails a batch as a whole, harms no record of another rule.
 */
#include "view_open.h"

#include <stdlib.h>
#include <string.h>

enum { SURVEY_MOST = 100 };

struct view_opener {
    vc_client *client; /* a scope of the caller's; NULL: nothing is opened */
    vc_schema *schema;
    const vc_rule *rule;
    size_t show;
    vc_batch *batch, *survey;
    bool away;
    char trouble[sizeof((vc_error *)0)->message + 64];
};

view_opener *view_opener_new(vc_client *client, vc_schema *schema, const vc_rule *rule, size_t show, vc_error *err)
{
    view_opener *opener = calloc(1, sizeof *opener);
    if (!opener) {
        err->code = VC_E_MEMORY;
        snprintf(err->message, sizeof err->message, "out of memory");
        return NULL;
    }
    opener->schema = schema;
    opener->rule = rule;
    opener->show = show;
    if (schema && (!(opener->client = vc_client_scope(client, err)) || !(opener->batch = vc_batch_new(schema, VC_OPEN, err)) ||
                   !(opener->survey = vc_batch_new(schema, VC_OPEN, err)) || vc_batch_set_survey(opener->survey, 1, err))) {
        view_opener_free(opener);
        return NULL;
    }
    return opener;
}

void view_opener_free(view_opener *opener)
{
    if (!opener)
        return;
    vc_batch_free(opener->batch);
    vc_batch_free(opener->survey);
    vc_client_close(opener->client);
    free(opener);
}

void view_opener_stop(view_opener *opener)
{
    if (opener->client)
        vc_client_cancel(opener->client);
}

const char *view_opener_trouble(const view_opener *opener)
{
    return opener->trouble;
}

bool view_opener_is_away(const view_opener *opener)
{
    return opener->away;
}

/* -- states -------------------------------------------------------------------------------------------------------- */

static view_state state_of_failure(const vc_error *failure)
{
    switch (vc_code_class(failure->code)) {
    case VC_CLASS_AUTH: return VIEW_DENIED;
    case VC_CLASS_CONFIG: return VIEW_NO_KEY; /* no such mount, key or role */
    case VC_CLASS_NONE:
    case VC_CLASS_USAGE:
    case VC_CLASS_RESOURCE:
    case VC_CLASS_DATA:
    case VC_CLASS_TRANSPORT:
    case VC_CLASS_SERVER:
    default: return VIEW_AWAY;
    }
}

static view_state state_of(const vc_error *why)
{
    switch ((int)why->code) {
    case VC_E_PLAINTEXT: return VIEW_CLEAR;
    case VC_E_CIPHERTEXT:
    case VC_E_SIGNATURE: return VIEW_DAMAGED;
    case VC_E_REFUSED: return VIEW_REFUSED;
    case VC_E_DENIED: return VIEW_DENIED;
    case VC_E_NO_KEY:
    case VC_E_NOT_FOUND: return VIEW_NO_KEY;
    default: return VIEW_UNREADABLE;
    }
}

/* -- one rule's ---------------------------------------------------------------------------------------------------- */

static void note_trouble(view_opener *opener, const vc_error *failure)
{
    opener->away = state_of_failure(failure) == VIEW_AWAY;
    vc_error_format(failure, opener->trouble, sizeof opener->trouble);
}

/* Each value of the record by itself. False: Vault does not answer, so there is no looking on. */
static bool look_closer(view_opener *opener, const view_message *from, view_outcome *outcome)
{
    vc_batch_clear(opener->survey);
    if (vc_batch_add_message(opener->survey, outcome->rule, &from->message, NULL))
        return true;
    const bool fine = !vc_client_run(opener->client, opener->survey, NULL);
    for (size_t n = 0; n < vc_batch_finding_count(opener->survey, 0) && n < VIEW_FINDINGS_MOST; n++) {
        view_finding *one = &outcome->findings[outcome->finding_count++];
        one->code = vc_batch_finding(opener->survey, 0, n, &one->field);
    }
    return fine;
}

static void take_error(view_outcome *outcome, const vc_error *why, const vc_error *failure)
{
    const bool unfinished = why->code == VC_E_CANCELED && failure->code;
    outcome->state = unfinished ? state_of_failure(failure) : state_of(why);
    outcome->why = unfinished ? failure->message : why->message;
    outcome->where = unfinished ? failure->source : why->source;
}

static void take_opened(view_opener *opener, const view_message *from, size_t at, view_outcome *outcome)
{
    outcome->state = from->message.value.data ? VIEW_OPEN : VIEW_NULL;
    outcome->opened.key = vc_batch_output_key(opener->batch, at);
    outcome->opened.value = vc_batch_output(opener->batch, at);
}

static view_record *make_record(view_opener *opener, view_message *from, const vc_rule *rule, size_t at, const vc_error *failure, size_t *looks)
{
    view_outcome outcome = { .rule = rule, .opened = VC_MESSAGE_INIT };
    const vc_error *why = vc_batch_error(opener->batch, at);
    if (why)
        take_error(&outcome, why, failure);
    else
        take_opened(opener, from, at, &outcome);
    if (why && !view_state_waits(outcome.state) && *looks > 0)
        *looks = look_closer(opener, from, &outcome) ? *looks - 1 : 0;
    return view_record_new(from, &outcome, opener->show);
}

/* The messages whose rule is that of message `first`; those that are done have none afterwards. */
static void open_rule(view_opener *opener, view_message *const *messages, size_t count, const vc_rule **rules, size_t first, view_record **records)
{
    vc_error failure = VC_ERROR_INIT;
    const vc_rule *rule = rules[first];
    size_t at = 0, looks = SURVEY_MOST;
    vc_batch_clear(opener->batch);
    for (size_t i = first; i < count; i++) {
        vc_error err = VC_ERROR_INIT;
        if (rules[i] != rule || !vc_batch_add_message(opener->batch, rule, &messages[i]->message, &err))
            continue;
        const view_outcome refused = { .state = VIEW_UNREADABLE, .rule = rule, .why = err.message };
        records[i] = view_record_new(messages[i], &refused, opener->show);
        rules[i] = NULL;
    }
    if (vc_batch_count(opener->batch) && vc_client_run(opener->client, opener->batch, &failure))
        note_trouble(opener, &failure);
    for (size_t i = first; i < count; i++)
        if (rules[i] == rule) {
            records[i] = make_record(opener, messages[i], rule, at++, &failure, &looks);
            rules[i] = NULL;
        }
    vc_batch_clear(opener->batch); /* it borrows */
    vc_batch_clear(opener->survey);
}

/* -- all ----------------------------------------------------------------------------------------------------------- */

static const vc_rule *rule_of(view_opener *opener, view_message *from, view_record **record)
{
    vc_error err = VC_ERROR_INIT;
    view_outcome outcome = { .state = from->message.value.data ? VIEW_STORED : VIEW_NULL, .opened = VC_MESSAGE_INIT };
    const vc_rule *rule = opener->rule;
    if (opener->schema && !rule)
        rule = vc_schema_match(opener->schema, from->message.topic, &err);
    if (rule)
        return rule;
    if (opener->schema) {
        outcome.state = VIEW_NO_RULE;
        outcome.why = err.message;
    }
    *record = view_record_new(from, &outcome, opener->show);
    return NULL;
}

void view_opener_run(view_opener *opener, view_message *const *messages, size_t count, uint64_t patience, view_record **records)
{
    const vc_rule **rules = calloc(count, sizeof(vc_rule *));
    opener->trouble[0] = 0;
    opener->away = false;
    for (size_t i = 0; i < count; i++)
        records[i] = NULL;
    if (!rules)
        return;
    if (opener->client)
        (void)vc_client_set_deadline(opener->client, patience, NULL);
    for (size_t i = 0; i < count; i++)
        rules[i] = rule_of(opener, messages[i], &records[i]);
    for (size_t i = 0; i < count; i++)
        if (rules[i])
            open_rule(opener, messages, count, rules, i, records);
    free(rules);
}

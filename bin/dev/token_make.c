/* SPDX-License-Identifier: Apache-2.0 */
/* token_make.c - how a token comes to be, whoever asks for it; and how it is shown to the one who gets it. */
#include "base/alloc.h"
#include "base/text.h"
#include "json_each.h"
#include "reply.h"
#include "token.h"

#include <stdio.h>

static char *copy(vc_view text)
{
    return vc__memdup(text.data ? text.data : "", text.len);
}

static char *new_id(const dev_request *request, const dev_token_plan *plan)
{
    const dev_flavour *flavour = request->server->flavour;
    char random[140];
    vc__auto(vc__buf) id = VC__BUF(1024);
    if (plan->id.len)
        return copy(plan->id);
    if (plan->batch) {
        dev_letters(request->connection->random, random, 131);
        vc__buf_printf(&id, "%sAAAAAQ%s", flavour->openbao ? "b." : "hvb.", random);
    } else {
        dev_letters(request->connection->random, random, flavour->openbao ? 24 : 92);
        vc__buf_printf(&id, "%s%s", flavour->token_prefix, random);
    }
    if (request->space->parent)
        vc__buf_printf(&id, ".%s", request->space->id);
    return id.failed ? NULL : vc__memdup(id.data, id.len);
}

/* As Go prints durations, 1h30m0s; OpenBao leaves out zeros at the end. */
static const char *duration(const dev_request *request, long long seconds, char *text, size_t room)
{
    const long long hours = seconds / 3600, minutes = seconds / 60 % 60, rest = seconds % 60;
    const bool brief = request->server->flavour->openbao;
    if (hours && !(brief && rest == 0))
        snprintf(text, room, "%lldh%lldm%llds", hours, minutes, rest);
    else if (hours && minutes)
        snprintf(text, room, "%lldh%lldm", hours, minutes);
    else if (hours)
        snprintf(text, room, "%lldh", hours);
    else if (minutes && brief && rest == 0)
        snprintf(text, room, "%lldm", minutes);
    else if (minutes)
        snprintf(text, room, "%lldm%llds", minutes, rest);
    else
        snprintf(text, room, "%llds", rest);
    return text;
}

void dev_token_warn_cut(dev_request *request, const dev_token *token, long long wanted)
{
    char asked[64], most[64];
    const char *what = token->period ? "period" : "TTL";
    dev_reply_warning(request,
                      "%s of \"%s\" exceeded the effective max_ttl of \"%s\"; %s value is capped accordingly",
                      what, duration(request, wanted, asked, sizeof asked),
                      duration(request, dev_token_max(token), most, sizeof most), what);
}

/* The least of what the role and the mount allow. */
static long long least_max(const dev_token_plan *plan)
{
    const long long mount = plan->mount && plan->mount->max_ttl ? plan->mount->max_ttl : DEV_MAX_TTL;
    return plan->max_ttl && plan->max_ttl < mount ? plan->max_ttl : mount;
}

static void set_times(dev_request *request, dev_token *token, const dev_token_plan *plan)
{
    token->created = dev_wall();
    token->started = dev_now();
    token->max_ttl = least_max(plan);
    token->explicit_max_ttl = plan->explicit_max_ttl;
    token->period = plan->period;
    token->num_uses = plan->num_uses;
    atomic_store(&token->uses_left, plan->num_uses);
    token->backend_ttl = plan->mount ? plan->ttl : 0;
    long long ttl = plan->period ? plan->period : plan->ttl;
    if (ttl == 0 && plan->mount)
        ttl = plan->mount->default_ttl ? plan->mount->default_ttl : DEV_MAX_TTL;
    if (ttl == 0 && (!token->root || plan->explicit_max_ttl))
        ttl = DEV_MAX_TTL;
    if (ttl && dev_token_extend(token, ttl))
        dev_token_warn_cut(request, token, ttl);
    token->creation_ttl = token->expires ? (long long)((token->expires - token->started + 500) / 1000) : 0;
    token->renewable = !plan->not_renewable && !plan->batch && token->expires;
}

static dev_token *build(dev_request *request, const dev_token_plan *plan)
{
    dev_token *token = vc__calloc(1, sizeof *token);
    if (!token)
        return NULL;
    token->id = new_id(request, plan);
    token->display_name = copy(plan->display.len ? plan->display : vc_str("token"));
    token->path = copy(plan->path);
    token->role = plan->role.len ? copy(plan->role) : NULL;
    token->policies = json_object_get(plan->policies);
    token->meta = json_object_get(plan->meta);
    token->cidrs = json_object_get(plan->cidrs);
    token->space = request->space;
    token->batch = plan->batch;
    token->root = dev_policies_have(plan->policies, "root");
    token->orphan = !plan->parent;
    if (plan->parent)
        memcpy(token->parent, plan->parent->accessor, sizeof token->parent);
    if (plan->mount)
        memcpy(token->mount, plan->mount->accessor, sizeof token->mount);
    if (plan->entity_id)
        snprintf(token->entity_id, sizeof token->entity_id, "%s", plan->entity_id);
    if (!plan->batch)
        dev_letters(request->connection->random, token->accessor, 24);
    if (!plan->batch && request->space->parent)
        snprintf(token->accessor + 24, sizeof token->accessor - 24, ".%s", request->space->id);
    if (!token->id || !token->display_name || !token->path || (plan->role.len && !token->role)) {
        dev_token_free(token);
        return NULL;
    }
    set_times(request, token, plan);
    return token;
}

static void warn_of_policies(dev_request *request, const dev_token *token)
{
    for (size_t i = 0; i < json_object_array_length(token->policies); i++) {
        const char *name = json_object_get_string(json_object_array_get_idx(token->policies, i));
        if (!dev_names_get(&token->space->policies, vc_str(name)) && strcmp(name, "root") != 0)
            dev_reply_warning(request, "Policy \"%s\" does not exist", name);
    }
}

dev_token *dev_token_make(dev_request *request, const dev_token_plan *plan)
{
    dev_token *token = plan->policies ? build(request, plan) : NULL;
    if (!token || !dev_names_put(&request->server->tokens, vc_str(token->id), token)) {
        dev_reply_error(request, 500, "out of memory");
        return NULL;
    }
    if (!plan->mount)
        warn_of_policies(request, token);
    return token;
}

void dev_token_write_auth(vc__buf *out, const dev_token *token)
{
    out_open(out, '{');
    out_member(out, "client_token", token->id);
    out_member(out, "accessor", token->accessor);
    dev_out_value(out, "policies", token->policies, "null");
    dev_out_value(out, "token_policies", token->policies, "null");
    dev_out_value(out, "metadata", token->meta, "null");
    out_member_int(out, "lease_duration", dev_token_ttl(token));
    out_member_bool(out, "renewable", token->renewable);
    out_member(out, "entity_id", token->entity_id);
    out_member(out, "token_type", token->batch ? "batch" : "service");
    out_member_bool(out, "orphan", token->orphan);
    out_member_json(out, "mfa_requirement", "null");
    out_member_int(out, "num_uses", token->num_uses);
    out_close(out, '}');
}

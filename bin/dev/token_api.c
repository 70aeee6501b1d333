/* SPDX-License-Identifier: Apache-2.0 */
/* token_api.c - auth/token: create, lookup, renew, revoke, by token, by accessor, and for oneself. */
#include "base/alloc.h"
#include "base/text.h"
#include "json_each.h"
#include "param.h"
#include "reply.h"
#include "token.h"

#include <ctype.h>
#include <stdio.h>

/* What a create request asks for. */
typedef struct wish {
    vc_view id, type, display_name;
    json_object *policies; /* owned */
    bool no_parent, no_default, renewable;
    long long ttl, explicit_max_ttl, period, num_uses;
} wish;

static bool read_wish(dev_request *request, wish *want)
{
    long long lease = 0; /* the old name of ttl */
    want->renewable = true;
    if (!dev_param_string(request, "id", &want->id) || !dev_param_string(request, "type", &want->type) ||
        !dev_param_string(request, "display_name", &want->display_name) ||
        !dev_param_list(request, "policies", &want->policies) ||
        !dev_param_bool(request, "no_parent", &want->no_parent) ||
        !dev_param_bool(request, "no_default_policy", &want->no_default) ||
        !dev_param_bool(request, "renewable", &want->renewable) ||
        !dev_param_duration(request, "lease", &lease))
        return false;
    want->ttl = lease;
    return dev_param_duration(request, "ttl", &want->ttl) &&
           dev_param_duration(request, "explicit_max_ttl", &want->explicit_max_ttl) &&
           dev_param_duration(request, "period", &want->period) &&
           dev_param_int(request, "num_uses", &want->num_uses);
}

static bool listed(json_object *policies, const char *name)
{
    for (size_t i = 0; i < json_object_array_length(policies); i++)
        if (strcmp(json_object_get_string(json_object_array_get_idx(policies, i)), name) == 0)
            return true;
    return false;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(json_object_get_string(*(json_object *const *)a),
                  json_object_get_string(*(json_object *const *)b));
}

/* Sorted, each once, in lower case as Vault keeps them; `default` added; root stands alone. NULL: no memory.
 */
static json_object *final_policies(const wish *want, json_object *parent)
{
    json_object *asked = want->policies && json_object_array_length(want->policies) ? want->policies : parent;
    json_object *policies = json_object_new_array();
    if (!policies)
        return NULL;
    const bool root = listed(asked, "root");
    if (root)
        json_object_array_add(policies, json_object_new_string("root"));
    for (size_t i = 0; !root && i < json_object_array_length(asked); i++) {
        char name[256];
        snprintf(name, sizeof name, "%s", json_object_get_string(json_object_array_get_idx(asked, i)));
        for (char *at = name; *at; at++)
            *at = (char)tolower((unsigned char)*at);
        if (!listed(policies, name))
            json_object_array_add(policies, json_object_new_string(name));
    }
    if (!root && !want->no_default && !listed(policies, "default"))
        json_object_array_add(policies, json_object_new_string("default"));
    json_object_array_sort(policies, by_text);
    return policies;
}

/* What a token that is not root may not ask for. */
static bool allowed(dev_request *request, const wish *want)
{
    const dev_token *parent = request->token;
    const unsigned caps = dev_token_caps(request->server, parent, vc__buf_get(&request->path));
    const bool sudo = caps & (DEV_CAP_SUDO | DEV_CAP_ROOT);
    if (want->id.len && !sudo) {
        dev_reply_error(request, 400, "root or sudo privileges required to specify token id");
        return false;
    }
    if ((want->no_parent || want->period) && !sudo) {
        dev_reply_error(request, 400,
                        want->period ? "root or sudo privileges required to create periodic token"
                                     : "root or sudo privileges required to create orphan token");
        return false;
    }
    for (size_t i = 0; !sudo && want->policies && i < json_object_array_length(want->policies); i++) {
        if (!listed(parent->policies, json_object_get_string(json_object_array_get_idx(want->policies, i)))) {
            dev_reply_error(request, 400, "child policies must be subset of parent");
            return false;
        }
    }
    if (want->type.len && !vc__view_is(want->type, "service") && !vc__view_is(want->type, "default")) {
        if (vc__view_is(want->type, "batch"))
            dev_reply_error(request, 400,
                            "batch tokens are not in this emulator yet; ask for type \"service\"");
        else
            dev_reply_error(request, 400, "invalid 'token_type' value");
        return false;
    }
    if (memchr(want->id.data ? want->id.data : "", '.', want->id.len)) {
        dev_reply_error(request, 400, "custom token ID cannot have a '.' in the value");
        return false;
    }
    if (want->num_uses < 0) {
        dev_reply_error(request, 400, "number of uses cannot be negative");
        return false;
    }
    return true;
}

static char *display_name(vc_view given)
{
    vc__auto(vc__buf) name = VC__BUF(1024);
    vc__buf_str(&name, "token");
    if (given.len)
        vc__buf_printf(&name, "-%.*s", (int)given.len, given.data);
    return name.failed ? NULL : vc__memdup(name.data, name.len);
}

static char *new_id(const dev_request *request, vc_view given)
{
    char random[96 + 1];
    vc__auto(vc__buf) id = VC__BUF(1024);
    dev_letters(request->connection->random, random, request->server->flavour->openbao ? 24 : 92);
    if (given.len)
        vc__buf_view(&id, given);
    else
        vc__buf_printf(&id, "%s%s", request->server->flavour->token_prefix, random);
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

static void warn_capped(dev_request *request, long long wanted, long long explicit_max)
{
    char asked[64], most[64];
    dev_reply_warning(
        request, "TTL of \"%s\" exceeded the effective max_ttl of \"%s\"; TTL value is capped accordingly",
        duration(request, wanted, asked, sizeof asked),
        duration(request, explicit_max ? explicit_max : DEV_MAX_TTL, most, sizeof most));
}

static void set_times(dev_request *request, dev_token *token, const wish *want)
{
    token->created = dev_wall();
    token->started = dev_now();
    token->explicit_max_ttl = want->explicit_max_ttl;
    token->period = want->period;
    token->num_uses = want->num_uses;
    atomic_store(&token->uses_left, want->num_uses);
    long long ttl = want->period ? want->period : want->ttl;
    if (ttl == 0 && (!token->root || want->explicit_max_ttl))
        ttl = DEV_MAX_TTL;
    if (ttl && dev_token_extend(token, ttl) && want->ttl)
        warn_capped(request, ttl, want->explicit_max_ttl);
    token->creation_ttl = token->expires ? (long long)((token->expires - token->started + 500) / 1000) : 0;
    token->renewable = want->renewable && token->expires;
}

/* An object of strings, numbers and booleans as strings; NULL for none. */
static json_object *texts_of(json_object *meta)
{
    if (!json_object_is_type(meta, json_type_object) || json_object_object_length(meta) == 0)
        return NULL;
    json_object *texts = json_object_new_object();
    DEV_JSON_EACH (meta, each) {
        json_object *text =
            json_object_new_string(json_object_get_string(json_object_iter_peek_value(&each)));
        json_object_object_add(texts, json_object_iter_peek_name(&each), text);
    }
    return texts;
}

static dev_token *make_token(dev_request *request, const wish *want)
{
    const dev_token *parent = request->token;
    dev_token *token = vc__calloc(1, sizeof *token);
    if (!token)
        return NULL;
    token->id = new_id(request, want->id);
    token->display_name = display_name(want->display_name);
    token->policies = final_policies(want, parent->policies);
    token->meta = texts_of(dev_param(request, "meta"));
    if (!token->id || !token->display_name || !token->policies) {
        dev_token_free(token);
        return NULL;
    }
    dev_letters(request->connection->random, token->accessor, 24);
    token->path = "auth/token/create";
    token->root = listed(token->policies, "root");
    token->orphan = want->no_parent;
    if (!want->no_parent)
        memcpy(token->parent, parent->accessor, sizeof token->parent);
    set_times(request, token, want);
    return token;
}

static void write_json(vc__buf *out, const char *name, json_object *value)
{
    out_member_json(out, name,
                    value ? json_object_to_json_string_ext(value, JSON_C_TO_STRING_NOSLASHESCAPE) : "null");
}

static void write_auth(vc__buf *out, const dev_token *token)
{
    out_open(out, '{');
    out_member(out, "client_token", token->id);
    out_member(out, "accessor", token->accessor);
    write_json(out, "policies", token->policies);
    write_json(out, "token_policies", token->policies);
    write_json(out, "metadata", token->meta);
    out_member_int(out, "lease_duration", dev_token_ttl(token));
    out_member_bool(out, "renewable", token->renewable);
    out_member(out, "entity_id", "");
    out_member(out, "token_type", "service");
    out_member_bool(out, "orphan", token->orphan);
    out_member_json(out, "mfa_requirement", "null");
    out_member_int(out, "num_uses", token->num_uses);
    out_close(out, '}');
}

static void create(dev_request *request)
{
    wish want = { 0 };
    dev_token *token = NULL;
    if (read_wish(request, &want)) {
        want.no_parent |= vc__view_starts(vc__buf_get(&request->path), "auth/token/create-orphan");
        if (want.id.len && dev_token_find(request->server, want.id))
            dev_reply_error(request, 400, "cannot create a token with a duplicate ID");
        else if (allowed(request, &want) && !(token = make_token(request, &want)))
            dev_reply_error(request, 500, "out of memory");
    }
    json_object_put(want.policies);
    if (!token)
        return;
    if (want.id.len)
        dev_reply_warning(
            request,
            "Supplying a custom ID for the token uses the weaker SHA1 hashing instead of the more secure "
            "SHA2-256 "
            "HMAC for token obfuscation. SHA1 hashed tokens on the wire leads to less secure lookups.");
    for (size_t i = 0; i < json_object_array_length(token->policies); i++) {
        const char *name = json_object_get_string(json_object_array_get_idx(token->policies, i));
        if (!dev_names_get(&request->server->policies, vc_str(name)))
            dev_reply_warning(request, "Policy \"%s\" does not exist", name);
    }
    if (dev_names_put(&request->server->tokens, vc_str(token->id), token))
        write_auth(dev_reply_auth(request), token);
    else
        dev_reply_error(request, 500, "out of memory");
}

static void write_lookup(dev_request *request, const dev_token *token)
{
    vc__buf *out = dev_reply_data(request);
    out_open(out, '{');
    out_member(out, "accessor", token->accessor);
    out_member_int(out, "creation_time", token->created / 1000000000);
    out_member_int(out, "creation_ttl", token->creation_ttl);
    out_member(out, "display_name", token->display_name);
    out_member(out, "entity_id", "");
    out_key(out, "expire_time");
    if (token->expires)
        dev_time_write(out, dev_wall() + ((int64_t)token->expires - (int64_t)dev_now()) * 1000000);
    else
        out_null(out);
    out_member_int(out, "explicit_max_ttl", token->explicit_max_ttl);
    out_member(out, "id", token->id);
    out_key(out, "issue_time");
    dev_time_write(out, token->created);
    if (token->renewed) {
        out_key(out, "last_renewal");
        dev_time_write(out, token->renewed);
        out_member_int(out, "last_renewal_time", token->renewed / 1000000000);
    }
    write_json(out, "meta", token->meta);
    out_member_int(out, "num_uses", atomic_load(&token->uses_left));
    out_member_bool(out, "orphan", token->orphan);
    out_member(out, "path", token->path);
    if (token->period)
        out_member_int(out, "period", token->period);
    write_json(out, "policies", token->policies);
    out_member_bool(out, "renewable", token->renewable);
    out_member_int(out, "ttl", dev_token_ttl(token));
    out_member(out, "type", "service");
    out_close(out, '}');
}

/* The token that the body names; they answer themselves when there is none. */
static dev_token *by_id(dev_request *request, int status, const char *text)
{
    vc_view id;
    if (!dev_param_string(request, "token", &id))
        return NULL;
    dev_token *token = dev_token_find(request->server, id);
    if (!token && id.len == 0)
        dev_reply_error(request, 400, "missing token ID");
    else if (!token)
        dev_reply_error(request, status, "%s", text);
    return token;
}

static dev_token *by_accessor(dev_request *request)
{
    vc_view accessor;
    if (!dev_param_string(request, "accessor", &accessor))
        return NULL;
    dev_token *token = dev_token_by_accessor(request->server, accessor);
    if (!token)
        dev_reply_wrapped(request, 400, accessor.len ? "invalid accessor" : "missing accessor");
    return token;
}

static void lookup_self(dev_request *request)
{
    write_lookup(request, request->token);
}

static void lookup(dev_request *request)
{
    const dev_token *token = dev_param(request, "token") ? by_id(request, 403, "bad token") : request->token;
    if (token)
        write_lookup(request, token);
}

static void lookup_accessor(dev_request *request)
{
    const dev_token *token = by_accessor(request);
    if (token)
        write_lookup(request, token);
}

static void renew_token(dev_request *request, dev_token *token)
{
    long long increment = 0;
    if (!dev_param_duration(request, "increment", &increment))
        return;
    if (!token->renewable) {
        dev_reply_error(request, 400, "lease is not renewable");
        return;
    }
    long long ttl = token->period ? token->period : increment;
    if (ttl == 0)
        ttl = token->lease;
    if (dev_token_extend(token, ttl))
        warn_capped(request, ttl, token->explicit_max_ttl);
    token->renewed = dev_wall();
    write_auth(dev_reply_auth(request), token);
}

static void renew_self(dev_request *request)
{
    renew_token(request, request->token);
}

static void renew(dev_request *request)
{
    dev_token *token = by_id(request, 400, "token not found");
    if (token)
        renew_token(request, token);
}

static void renew_accessor(dev_request *request)
{
    dev_token *token = by_accessor(request);
    if (token)
        renew_token(request, token);
}

static void revoke_self(dev_request *request)
{
    dev_token_revoke(request->server, request->token);
    dev_reply_empty(request);
}

/* A token that is gone counts as revoked. */
static void revoke(dev_request *request)
{
    vc_view id;
    if (!dev_param_string(request, "token", &id))
        return;
    if (id.len == 0) {
        dev_reply_error(request, 400, "missing token ID");
        return;
    }
    dev_token *token = dev_token_find(request->server, id);
    if (token)
        dev_token_revoke(request->server, token);
    dev_reply_empty(request);
}

static void revoke_accessor(dev_request *request)
{
    vc_view accessor;
    if (!dev_param_string(request, "accessor", &accessor))
        return;
    dev_token *token = dev_token_by_accessor(request->server, accessor);
    if (token) {
        dev_token_revoke(request->server, token);
        dev_reply_empty(request);
    } else {
        vc__buf_str(dev_reply_data(request), "null");
        dev_reply_warning(request, "No token found with this accessor");
    }
}

static void revoke_orphan(dev_request *request)
{
    dev_token *token = by_id(request, 400, "token to revoke not found");
    if (token) {
        dev_token_revoke_alone(request->server, token);
        dev_reply_empty(request);
    }
}

static void list_accessors(dev_request *request)
{
    vc__buf *out = dev_reply_data(request);
    out_open(out, '{');
    out_key(out, "keys");
    out_open(out, '[');
    for (size_t i = 0; i < request->server->tokens.count; i++) {
        const dev_token *token = request->server->tokens.list[i].item;
        out_string(out, vc_str(token->accessor));
    }
    out_close(out, ']');
    out_close(out, '}');
}

#define CREATE_FIELDS                                                                                        \
    " id policies meta no_parent no_default_policy renewable lease ttl type explicit_max_ttl display_name "  \
    "num_uses "                                                                                              \
    "period entity_alias "

const dev_route dev_token_routes[] = {
    { "create", { [DEV_UPDATE] = create }, 0, CREATE_FIELDS, NULL },
    { "create-orphan", { [DEV_UPDATE] = create }, DEV_SUDO, CREATE_FIELDS, NULL },
    { "lookup", { [DEV_UPDATE] = lookup }, DEV_SHARED, " token ", NULL },
    { "lookup-self", { [DEV_READ] = lookup_self, [DEV_UPDATE] = lookup_self }, DEV_SHARED, " token ", NULL },
    { "lookup-accessor", { [DEV_UPDATE] = lookup_accessor }, DEV_SHARED, " accessor ", NULL },
    { "renew", { [DEV_UPDATE] = renew }, 0, " token increment ", NULL },
    { "renew-self", { [DEV_UPDATE] = renew_self }, 0, " token increment ", NULL },
    { "renew-accessor", { [DEV_UPDATE] = renew_accessor }, 0, " accessor increment ", NULL },
    { "revoke", { [DEV_UPDATE] = revoke }, 0, " token ", NULL },
    { "revoke-self", { [DEV_UPDATE] = revoke_self }, 0, NULL, NULL },
    { "revoke-accessor", { [DEV_UPDATE] = revoke_accessor }, 0, " accessor ", NULL },
    { "revoke-orphan", { [DEV_UPDATE] = revoke_orphan }, DEV_SUDO, " token ", NULL },
    { "accessors", { [DEV_LIST] = list_accessors }, DEV_SHARED | DEV_SUDO, NULL, NULL },
    { 0 },
};

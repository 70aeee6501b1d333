/* SPDX-License-Identifier: Apache-2.0 */
/* jwt.c - auth/jwt: whoever has a JSON Web Token that one of the configured keys signed. */
#include "base/text.h"
#include "clock.h"
#include "json_each.h"
#include "jws.h"
#include "param.h"
#include "reply.h"
#include "role_table.h"

#include <fnmatch.h>

enum { NANOS = 1000000000 };

static const dev_field config_fields[] = {
    { "bound_issuer", DEV_FIELD_TEXT, "\"\"" },
    { "default_role", DEV_FIELD_TEXT, "\"\"" },
    { "jwks_ca_pem", DEV_FIELD_TEXT, "\"\"" },
    { "jwks_url", DEV_FIELD_TEXT, "\"\"" },
    { "jwt_supported_algs", DEV_FIELD_LIST, "[]" },
    { "jwt_validation_pubkeys", DEV_FIELD_LIST, "[]" },
    { "namespace_in_state", DEV_FIELD_BOOL, "true" },
    { "oidc_client_id", DEV_FIELD_TEXT, "\"\"" },
    { "oidc_discovery_ca_pem", DEV_FIELD_TEXT, "\"\"" },
    { "oidc_discovery_url", DEV_FIELD_TEXT, "\"\"" },
    { "oidc_response_mode", DEV_FIELD_TEXT, "\"\"" },
    { "oidc_response_types", DEV_FIELD_LIST, "[]" },
    { "override_allowed_server_names", DEV_FIELD_LIST, "[]" },
    { "provider_config", DEV_FIELD_TABLE, "{}" },
    { "status", DEV_FIELD_TEXT, "\"valid\"" },
    { 0 },
};

static const dev_field role_fields[] = {
    { "allowed_redirect_uris", DEV_FIELD_LIST, "null" },
    { "bound_audiences", DEV_FIELD_LIST, "null" },
    { "bound_claims", DEV_FIELD_TABLE, "null" },
    { "bound_claims_type", DEV_FIELD_TEXT, "\"string\"" },
    { "bound_subject", DEV_FIELD_TEXT, "\"\"" },
    { "callback_mode", DEV_FIELD_TEXT, "\"client\"" },
    { "claim_mappings", DEV_FIELD_TABLE, "null" },
    { "clock_skew_leeway", DEV_FIELD_SECONDS, "0" },
    { "expiration_leeway", DEV_FIELD_SECONDS, "0" },
    { "groups_claim", DEV_FIELD_TEXT, "\"\"" },
    { "max_age", DEV_FIELD_SECONDS, "0" },
    { "not_before_leeway", DEV_FIELD_SECONDS, "0" },
    { "oauth2_metadata", DEV_FIELD_LIST, "null" },
    { "oidc_disable_confirmation", DEV_FIELD_BOOL, "false" },
    { "oidc_scopes", DEV_FIELD_LIST, "null" },
    { "role_type", DEV_FIELD_TEXT, "\"oidc\"" },
    { "token_policies_template_claims", DEV_FIELD_BOOL, "false" },
    { "user_claim", DEV_FIELD_TEXT, "\"\"" },
    { "user_claim_json_pointer", DEV_FIELD_BOOL, "false" },
    { "verbose_oidc_logging", DEV_FIELD_BOOL, "false" },
    { 0 },
};

/* -- configuration -- */

/* Trimmed, and each a key. False: answered. */
static bool clean_keys(dev_request *request, json_object *config)
{
    json_object *given = dev_field_value(config, "jwt_validation_pubkeys"), *clean = json_object_new_array();
    for (size_t i = 0; i < json_object_array_length(given); i++) {
        vc_view pem = vc_str(json_object_get_string(json_object_array_get_idx(given, i)));
        if (!dev_jws_key_ok(pem.data)) {
            json_object_put(clean);
            dev_reply_error(request, 400,
                            "error parsing public key: data does not contain any valid public keys");
            return false;
        }
        while (pem.len && strchr(" \t\r\n", pem.data[pem.len - 1]))
            pem.len--;
        json_object_array_add(clean, json_object_new_string_len(pem.data, (int)pem.len));
    }
    json_object_object_add(config, "jwt_validation_pubkeys", clean);
    return true;
}

static void config_write(dev_request *request)
{
    static const char *const sources[] = { "jwks_url", "oidc_discovery_url" };
    json_object *config = json_object_new_object();
    if (!dev_fields_read(request, config_fields, config)) {
        json_object_put(config);
        return;
    }
    size_t given = json_object_array_length(dev_field_value(config, "jwt_validation_pubkeys")) > 0;
    bool elsewhere = false;
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++)
        elsewhere |= *dev_field_text(config, sources[i]) != 0;
    given += elsewhere;
    if (given != 1)
        dev_reply_error(request, 400,
                        "exactly one of 'jwt_validation_pubkeys', 'jwks_url', %s'oidc_discovery_url'%s must "
                        "be set",
                        request->server->flavour->openbao ? "'jwks_pairs', " : "",
                        request->server->flavour->openbao ? ", or 'provider_config'" : "");
    else if (elsewhere)
        dev_reply_error(request, 400,
                        "keys from elsewhere are not in this emulator: it takes "
                        "jwt_validation_pubkeys");
    else if (clean_keys(request, config)) {
        json_object_put(dev_table_of(request)->config);
        dev_table_of(request)->config = config;
        dev_reply_empty(request);
        return;
    }
    json_object_put(config);
}

static void config_read(dev_request *request)
{
    dev_config_show(request, "");
}

/* -- roles -- */

static void role_write(dev_request *request)
{
    dev_entry *role = dev_entry_read(request, role_fields,
                                     dev_entry_find(&dev_table_of(request)->entries, request->args[0]));
    if (!role)
        return;
    const char *type = dev_field_text(role->fields, "role_type");
    const bool jwt = strcmp(type, "jwt") == 0, oidc = strcmp(type, "oidc") == 0;
    if (!jwt && !oidc) {
        dev_reply_error(request, 400, "invalid 'role_type': %s", type);
    } else if (oidc && !dev_field_value(role->fields, "allowed_redirect_uris")) {
        dev_reply_error(request, 400,
                        "'allowed_redirect_uris' must be set if 'role_type' is 'oidc' or unspecified.");
    } else {
        dev_entry_store(request, role);
        return;
    }
    dev_entry_free(role);
}

/* -- log-in -- */

static bool values_match(json_object *wanted, json_object *value, bool glob)
{
    if (glob && json_object_is_type(wanted, json_type_string) && json_object_is_type(value, json_type_string))
        return fnmatch(json_object_get_string(wanted), json_object_get_string(value), 0) == 0;
    return json_object_equal(wanted, value);
}

/* Whether one of the one (or each, of a list) is one of the other. */
static bool any_match(json_object *wanted, json_object *value, bool glob)
{
    if (json_object_is_type(wanted, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(wanted); i++)
            if (any_match(json_object_array_get_idx(wanted, i), value, glob))
                return true;
        return false;
    }
    if (json_object_is_type(value, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(value); i++)
            if (values_match(wanted, json_object_array_get_idx(value, i), glob))
                return true;
        return false;
    }
    return values_match(wanted, value, glob);
}

/* False: answered. */
static bool bound_claims_hold(dev_request *request, const dev_entry *role, json_object *claims)
{
    json_object *bound = dev_field_value(role->fields, "bound_claims");
    const bool glob = strcmp(dev_field_text(role->fields, "bound_claims_type"), "glob") == 0;
    if (!bound)
        return true;
    DEV_JSON_EACH (bound, each) {
        const char *name = json_object_iter_peek_name(&each);
        json_object *value = dev_jws_claim(claims, name);
        if (value && any_match(json_object_iter_peek_value(&each), value, glob))
            continue;
        if (value)
            dev_reply_error(request, 400,
                            "error validating claims: claim \"%s\" does not match any associated bound "
                            "claim values",
                            name);
        else
            dev_reply_error(request, 400, "error validating claims: claim \"%s\" is missing", name);
        return false;
    }
    return true;
}

/* False: answered. Groups themselves are nothing here, but their faults are. */
static bool groups_hold(dev_request *request, const dev_entry *role, json_object *claims)
{
    const char *name = dev_field_text(role->fields, "groups_claim");
    json_object *value = *name ? dev_jws_claim(claims, name) : NULL;
    if (*name && !value)
        dev_reply_error(request, 400, "failed to fetch groups: \"%s\" claim not found in token", name);
    else if (value && !json_object_is_type(value, json_type_array) &&
             !json_object_is_type(value, json_type_string))
        dev_reply_error(request, 400, "value %s in groups claim could not be parsed as string",
                        json_object_get_string(value));
    else
        return true;
    return false;
}

static json_object *metadata_of(const dev_entry *role, vc_view name, json_object *claims)
{
    json_object *metadata = dev_login_metadata("role", name);
    json_object *mappings = dev_field_value(role->fields, "claim_mappings");
    if (!mappings)
        return metadata;
    DEV_JSON_EACH (mappings, each) {
        json_object *value = dev_jws_claim(claims, json_object_iter_peek_name(&each));
        if (value)
            json_object_object_add(metadata, json_object_get_string(json_object_iter_peek_value(&each)),
                                   json_object_new_string(json_object_get_string(value)));
    }
    return metadata;
}

/* The claims, when they and the signature hold. NULL: answered. */
static json_object *validate(dev_request *request, const dev_entry *role, vc_view token)
{
    json_object *config = dev_table_of(request)->config;
    json_object *algs = dev_field_value(config, "jwt_supported_algs");
    char alg[DEV_JWS_ALG];
    const char *why = NULL;
    json_object *claims = dev_jws_open(token, dev_field_value(config, "jwt_validation_pubkeys"), alg, &why);
    if (!claims) {
        dev_reply_error(request, 400, "error validating token: error verifying token signature: %s", why);
        return NULL;
    }
    const dev_jws_bounds bounds = {
        .issuer = dev_field_text(config, "bound_issuer"),
        .subject = dev_field_text(role->fields, "bound_subject"),
        .audiences = dev_field_value(role->fields, "bound_audiences"),
        .expiration_leeway = dev_field_int(role->fields, "expiration_leeway"),
        .not_before_leeway = dev_field_int(role->fields, "not_before_leeway"),
        .skew_leeway = dev_field_int(role->fields, "clock_skew_leeway"),
    };
    if (json_object_array_length(algs) && !dev_policies_have(algs, alg))
        why = "invalid algorithm (alg) header parameter: token signed with unexpected algorithm";
    else
        why = dev_jws_check(claims, &bounds, dev_wall() / NANOS);
    if (!why)
        return claims;
    dev_reply_error(request, 400, "error validating token: %s", why);
    json_object_put(claims);
    return NULL;
}

/* Audiences have to be bound where there are any: Vault since 1.17, OpenBao always. */
static bool audience_bound(dev_request *request, const dev_entry *role, json_object *claims)
{
    json_object *bound = dev_field_value(role->fields, "bound_audiences");
    const bool strict = request->server->flavour->openbao || request->server->flavour->limits.tokens;
    if (!strict || (bound && json_object_array_length(bound)) || !dev_jws_claim(claims, "aud"))
        return true;
    dev_reply_error(request, 400, "audience claim found in JWT but no audiences bound to the role");
    return false;
}

static void answer(dev_request *request, const dev_entry *role, vc_view name, json_object *claims)
{
    const char *user = dev_field_text(role->fields, "user_claim");
    json_object *who = dev_jws_claim(claims, user);
    if (!audience_bound(request, role, claims) || !bound_claims_hold(request, role, claims))
        return;
    if (!who) {
        dev_reply_error(request, 400, "claim \"%s\" not found in token", user);
        return;
    }
    if (!json_object_is_type(who, json_type_string)) {
        dev_reply_error(request, 400, "claim \"%s\" could not be converted to string", user);
        return;
    }
    if (!groups_hold(request, role, claims))
        return;
    const vc_view alias = vc_str(json_object_get_string(who));
    const dev_login done = { .alias = alias,
                             .display = alias,
                             .params = &role->token,
                             .metadata = metadata_of(role, name, claims),
                             .role = name };
    dev_login_answer(request, &done);
}

static void login(dev_request *request)
{
    vc_view name, token;
    const dev_table *table = dev_table_of(request);
    if (!table->config) {
        dev_reply_error(request, 400, "could not load configuration");
        return;
    }
    if (!dev_param_string(request, "role", &name) || !dev_param_string(request, "jwt", &token))
        return;
    if (name.len == 0)
        name = vc_str(dev_field_text(table->config, "default_role"));
    const dev_entry *role = name.len ? dev_entry_find(&table->entries, name) : NULL;
    if (name.len == 0) {
        dev_reply_error(request, 400, "missing role");
    } else if (!role) {
        dev_reply_error(request, 400, "role \"%.*s\" could not be found", (int)name.len, name.data);
    } else if (strcmp(dev_field_text(role->fields, "role_type"), "jwt") != 0) {
        dev_reply_error(request, 400, "role with oidc role_type is not allowed");
    } else if (token.len == 0) {
        dev_reply_error(request, 400, "missing token");
    } else {
        json_object *claims = validate(request, role, token);
        if (claims)
            answer(request, role, name, claims);
        json_object_put(claims);
    }
}

static const dev_route routes[] = {
    { "config", { [DEV_READ] = config_read, [DEV_UPDATE] = config_write }, 0, NULL, NULL },
    { "role", { [DEV_LIST] = dev_entry_list }, DEV_SHARED, NULL, NULL },
    { "role/:name",
      { [DEV_READ] = dev_entry_show, [DEV_UPDATE] = role_write, [DEV_DELETE] = dev_entry_delete },
      0,
      NULL,
      dev_entry_exists },
    { "login", { [DEV_UPDATE] = login }, DEV_PUBLIC, " role jwt ", NULL },
    { 0 },
};

const dev_engine dev_jwt = { "jwt", routes, dev_table_new, dev_table_free };

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kubernetes.c - auth/kubernetes: service accounts, by a JSON Web Token that one of `pem_keys` signed. No
 * cluster is asked whether the account still lives.
 */
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
    { "disable_iss_validation", DEV_FIELD_BOOL, "true" },
    { "disable_local_ca_jwt", DEV_FIELD_BOOL, "false" },
    { "issuer", DEV_FIELD_TEXT, "\"\"" },
    { "kubernetes_ca_cert", DEV_FIELD_TEXT, "\"\"" },
    { "kubernetes_host", DEV_FIELD_TEXT, "\"\"" },
    { "pem_keys", DEV_FIELD_LIST, "[]" },
    { "token_reviewer_jwt", DEV_FIELD_TEXT, "\"\"" },
    { 0 },
};

static const dev_field role_fields[] = {
    { "alias_name_source", DEV_FIELD_TEXT, "\"serviceaccount_uid\"" },
    { "audience", DEV_FIELD_TEXT, "\"\"" },
    { "bound_service_account_names", DEV_FIELD_LIST, "[]" },
    { "bound_service_account_namespace_selector", DEV_FIELD_TEXT, "\"\"" },
    { "bound_service_account_namespaces", DEV_FIELD_LIST, "[]" },
    { 0 },
};

static void config_write(dev_request *request)
{
    json_object *config = json_object_new_object();
    const char *why = NULL;
    if (!dev_fields_read(request, config_fields, config)) {
        json_object_put(config);
        return;
    }
    json_object *keys = dev_field_value(config, "pem_keys"), *clean = json_object_new_array();
    if (*dev_field_text(config, "kubernetes_host") == 0)
        why = "no host provided";
    else if (dev_field_bool(config, "disable_local_ca_jwt") &&
             *dev_field_text(config, "kubernetes_ca_cert") == 0)
        why = "kubernetes_ca_cert must be given when disable_local_ca_jwt is true";
    for (size_t i = 0; i < json_object_array_length(keys); i++) {
        vc_view pem = vc_str(json_object_get_string(json_object_array_get_idx(keys, i)));
        if (!why && !dev_jws_key_ok(pem.data))
            why = "data does not contain any valid RSA or ECDSA public keys";
        while (pem.len && strchr(" \t\r\n", pem.data[pem.len - 1]))
            pem.len--;
        json_object_array_add(clean, json_object_new_string_len(pem.data, (int)pem.len));
    }
    json_object_object_add(config, "pem_keys", clean);
    json_object_object_add(config, "token_reviewer_jwt_set",
                           json_object_new_boolean(*dev_field_text(config, "token_reviewer_jwt") != 0));
    if (why) {
        json_object_put(config);
        dev_reply_error(request, 400, "%s", why);
        return;
    }
    json_object_put(dev_table_of(request)->config);
    dev_table_of(request)->config = config;
    dev_reply_empty(request);
}

static void config_read(dev_request *request)
{
    dev_config_show(request, " token_reviewer_jwt ");
}

static bool empty(json_object *list)
{
    return !list || json_object_array_length(list) == 0;
}

static void role_write(dev_request *request)
{
    dev_entry *role = dev_entry_read(request, role_fields,
                                     dev_entry_find(&dev_table_of(request)->entries, request->args[0]));
    if (!role)
        return;
    if (empty(dev_field_value(role->fields, "bound_service_account_names"))) {
        dev_reply_error(request, 400, "\"bound_service_account_names\" can not be empty");
    } else if (empty(dev_field_value(role->fields, "bound_service_account_namespaces"))) {
        dev_reply_error(request, 400,
                        "\"bound_service_account_namespaces\" can not be empty if "
                        "\"bound_service_account_namespace_selector\" is not set");
    } else {
        dev_entry_store(request, role);
        return;
    }
    dev_entry_free(role);
}

/* Who a token is about. */
typedef struct account {
    const char *name, *namespace, *uid, *secret;
} account;

static const char *text_at(json_object *claims, const char *legacy, const char *projected)
{
    json_object *value = dev_jws_claim(claims, legacy);
    if (!value)
        value = dev_jws_claim(claims, projected);
    return value ? json_object_get_string(value) : "";
}

static account account_of(json_object *claims)
{
    return (account){
        .name = text_at(claims, "kubernetes.io/serviceaccount/service-account.name",
                        "/kubernetes.io/serviceaccount/name"),
        .namespace = text_at(claims, "kubernetes.io/serviceaccount/namespace", "/kubernetes.io/namespace"),
        .uid = text_at(claims, "kubernetes.io/serviceaccount/service-account.uid",
                       "/kubernetes.io/serviceaccount/uid"),
        .secret = text_at(claims, "kubernetes.io/serviceaccount/secret.name", "/none"),
    };
}

static bool listed(json_object *patterns, const char *text)
{
    for (size_t i = 0; i < json_object_array_length(patterns); i++)
        if (fnmatch(json_object_get_string(json_object_array_get_idx(patterns, i)), text, 0) == 0)
            return true;
    return false;
}

/* NULL: it may. */
static const char *refusal(const dev_entry *role, json_object *claims, const account *who)
{
    const char *audience = dev_field_text(role->fields, "audience");
    json_object *audiences = json_object_new_array();
    if (*audience)
        json_object_array_add(audiences, json_object_new_string(audience));
    const dev_jws_bounds bounds = { .audiences = audiences };
    const char *why = dev_jws_check(claims, &bounds, dev_wall() / NANOS);
    json_object_put(audiences);
    if (why && why[0] == 'n') /* tokens of old have no times */
        why = NULL;
    if (why)
        return why;
    if (!listed(dev_field_value(role->fields, "bound_service_account_namespaces"), who->namespace))
        return "namespace not authorized";
    return listed(dev_field_value(role->fields, "bound_service_account_names"), who->name)
               ? NULL
               : "service account name not authorized";
}

static void answer(dev_request *request, const dev_entry *role, vc_view name, json_object *claims)
{
    const account who = account_of(claims);
    const char *why = refusal(role, claims, &who);
    if (why) {
        dev_reply_error(request, 403, "%s", why);
        return;
    }
    vc__auto(vc__buf) full = VC__BUF(1024), display = VC__BUF(1024);
    vc__buf_printf(&full, "%s/%s", who.namespace, who.name);
    vc__buf_printf(&display, "%s-%s", who.namespace, who.name);
    const bool by_name =
        strcmp(dev_field_text(role->fields, "alias_name_source"), "serviceaccount_name") == 0;
    json_object *metadata = dev_login_metadata("role", name);
    const struct {
        const char *name, *value;
    } members[] = { { "service_account_name", who.name },
                    { "service_account_namespace", who.namespace },
                    { "service_account_secret_name", who.secret },
                    { "service_account_uid", who.uid } };
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        json_object_object_add(metadata, members[i].name, json_object_new_string(members[i].value));
    const dev_login done = { .alias = by_name ? vc__buf_get(&full) : vc_str(who.uid),
                             .display = vc__buf_get(&display),
                             .params = &role->token,
                             .metadata = metadata,
                             .role = name };
    dev_login_answer(request, &done);
}

static void login(dev_request *request)
{
    vc_view name, token;
    const dev_table *table = dev_table_of(request);
    if (!dev_login_needs(request, "role", &name, 400) || !dev_login_needs(request, "jwt", &token, 400))
        return;
    const dev_entry *role = dev_entry_find(&table->entries, name);
    if (!role) {
        dev_reply_error(request, 400, "invalid role name \"%.*s\"", (int)name.len, name.data);
        return;
    }
    if (!table->config) {
        dev_reply_error(request, 500, "could not load backend configuration");
        return;
    }
    char alg[DEV_JWS_ALG];
    const char *why;
    json_object *claims = dev_jws_open(token, dev_field_value(table->config, "pem_keys"), alg, &why);
    if (claims)
        answer(request, role, name, claims);
    else
        dev_reply_error(request, 403, "permission denied");
    json_object_put(claims);
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

const dev_engine dev_kubernetes = { "kubernetes", routes, dev_table_new, dev_table_free };

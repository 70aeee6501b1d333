/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ldap.c - auth/ldap as its clients see it. There is no directory behind it: who there is and with which
 * password is told to auth/ldap/dev/directory/:user, the emulator's own endpoint.
 */
#include "base/secret.h"
#include "base/text.h"
#include "json_each.h"
#include "param.h"
#include "reply.h"
#include "role_table.h"

static const dev_field config_fields[] = {
    { "url", DEV_FIELD_TEXT, "\"ldap://127.0.0.1\"" }, { "userdn", DEV_FIELD_TEXT, "\"\"" },
    { "userattr", DEV_FIELD_TEXT, "\"cn\"" },          { "groupdn", DEV_FIELD_TEXT, "\"\"" },
    { "groupattr", DEV_FIELD_TEXT, "\"cn\"" },         { "binddn", DEV_FIELD_TEXT, "\"\"" },
    { "insecure_tls", DEV_FIELD_BOOL, "false" },       { "starttls", DEV_FIELD_BOOL, "false" },
    { "upndomain", DEV_FIELD_TEXT, "\"\"" },           { 0 },
};
static const dev_field directory_fields[] = {
    { "password", DEV_FIELD_TEXT, "\"\"" },
    { "groups", DEV_FIELD_LIST, "[]" },
    { 0 },
};
static const dev_field user_fields[] = {
    { "groups", DEV_FIELD_TEXT, "\"\"" },
    { "policies", DEV_FIELD_LIST, "[]" },
    { 0 },
};

/* What the mount has besides its configuration: the directory is in a table of its own. */
static dev_names *directory_of(const dev_request *request)
{
    return &dev_table_of(request)->groups;
}

static void config_write(dev_request *request)
{
    dev_table *table = dev_table_of(request);
    json_object *config = json_object_new_object();
    if (!dev_fields_read(request, config_fields, config)) {
        json_object_put(config);
        return;
    }
    json_object_put(table->config);
    table->config = config;
    dev_reply_empty(request);
}

static void config_read(dev_request *request)
{
    dev_config_show(request, " bindpass ");
}

static void directory_write(dev_request *request)
{
    dev_entry *entry = dev_entry_read(request, directory_fields, NULL);
    if (entry && dev_names_put(directory_of(request), request->args[0], entry))
        dev_reply_empty(request);
    else if (entry)
        dev_reply_error(request, 500, "out of memory");
}

static void directory_delete(dev_request *request)
{
    dev_names_drop(directory_of(request), request->args[0]);
    dev_reply_empty(request);
}

/* Users and groups that are given policies share the mount's table, under "user/" and "group/". */
static void entry_name(const dev_request *request, vc__buf *name)
{
    const bool group = strstr(request->path.data, "/groups/") != NULL;
    vc__buf_str(name, group ? "group/" : "user/");
    vc__buf_view(name, request->args[0]);
}

static void entry_write(dev_request *request)
{
    vc__auto(vc__buf) name = VC__BUF(512);
    entry_name(request, &name);
    dev_entry *entry = dev_entry_read(request, user_fields, NULL);
    if (entry && dev_names_put(&dev_table_of(request)->entries, vc__buf_get(&name), entry))
        dev_reply_empty(request);
    else if (entry)
        dev_reply_error(request, 500, "out of memory");
}

static void entry_read(dev_request *request)
{
    vc__auto(vc__buf) name = VC__BUF(512);
    entry_name(request, &name);
    const dev_entry *entry = dev_entry_find(&dev_table_of(request)->entries, vc__buf_get(&name));
    if (!entry) {
        dev_reply_missing(request);
        return;
    }
    vc__buf *out = dev_reply_data(request);
    out_open(out, '{');
    dev_out_value(out, "policies", dev_field_value(entry->fields, "policies"), "[]");
    if (vc__view_starts(vc__buf_get(&name), "user/"))
        out_member(out, "groups", dev_field_text(entry->fields, "groups"));
    out_close(out, '}');
}

static void entry_delete(dev_request *request)
{
    vc__auto(vc__buf) name = VC__BUF(512);
    entry_name(request, &name);
    dev_names_drop(&dev_table_of(request)->entries, vc__buf_get(&name));
    dev_reply_empty(request);
}

/* The policies that an entry of that name has, appended to `all`. */
static void add_policies(const dev_table *table, const char *kind, vc_view who, json_object *all)
{
    vc__auto(vc__buf) name = VC__BUF(512);
    vc__buf_str(&name, kind);
    vc__buf_view(&name, who);
    const dev_entry *entry = dev_entry_find(&table->entries, vc__buf_get(&name));
    json_object *list = entry ? dev_field_value(entry->fields, "policies") : NULL;
    for (size_t i = 0; list && i < json_object_array_length(list); i++)
        json_object_array_add(all, json_object_get(json_object_array_get_idx(list, i)));
}

static void answer(dev_request *request, vc_view who, json_object *groups)
{
    const dev_table *table = dev_table_of(request);
    dev_token_params params = { 0 };
    json_object *policies = json_object_new_array();
    add_policies(table, "user/", who, policies);
    for (size_t i = 0; i < json_object_array_length(groups); i++)
        add_policies(table, "group/", vc_str(json_object_get_string(json_object_array_get_idx(groups, i))),
                     policies);
    const dev_login done = { .alias = who,
                             .display = who,
                             .params = &params,
                             .more_policies = policies,
                             .metadata = dev_login_metadata("username", who),
                             .role = who };
    dev_login_answer(request, &done);
    json_object_put(policies);
}

static void login(dev_request *request)
{
    vc_view password;
    const vc_view who = request->args[0];
    if (!dev_param_string(request, "password", &password))
        return;
    if (!dev_table_of(request)->config) {
        dev_reply_error(request, 400, "ldap backend not configured");
        return;
    }
    const dev_entry *known = dev_entry_find(directory_of(request), who);
    const vc_view right = vc_str(known ? dev_field_text(known->fields, "password") : "");
    if (password.len == 0)
        dev_reply_error(request, 400,
                        "password cannot be of zero length when passwordless binds are being "
                        "denied");
    else if (!known || !vc__secret_equal(password, right))
        dev_reply_error(request, 400, "ldap operation failed: failed to bind as user");
    else
        answer(request, who, dev_field_value(known->fields, "groups"));
}

static const dev_route routes[] = {
    { "config", { [DEV_READ] = config_read, [DEV_UPDATE] = config_write }, 0, NULL, NULL },
    { "users/:name",
      { [DEV_READ] = entry_read, [DEV_UPDATE] = entry_write, [DEV_DELETE] = entry_delete },
      0,
      " groups policies ",
      NULL },
    { "groups/:name",
      { [DEV_READ] = entry_read, [DEV_UPDATE] = entry_write, [DEV_DELETE] = entry_delete },
      0,
      " policies ",
      NULL },
    { "dev/directory/:name",
      { [DEV_UPDATE] = directory_write, [DEV_DELETE] = directory_delete },
      0,
      " password groups ",
      NULL },
    { "login/:name", { [DEV_UPDATE] = login }, DEV_PUBLIC, " password ", NULL },
    { 0 },
};

const dev_engine dev_ldap = { "ldap", routes, dev_table_new, dev_table_free };

/* SPDX-License-Identifier: Apache-2.0 */
#include "role_table.h"

#include "base/alloc.h"
#include "base/text.h"
#include "json_each.h"
#include "param.h"
#include "reply.h"

void dev_entry_free(void *item)
{
    dev_entry *entry = item;
    if (!entry)
        return;
    json_object_put(entry->fields);
    dev_token_params_free(&entry->token);
    vc__free(entry);
}

void *dev_table_new(dev_server *server, vc_error *err)
{
    (void)server, (void)err;
    dev_table *table = vc__calloc(1, sizeof *table);
    if (table)
        table->entries.free_item = table->groups.free_item = dev_entry_free;
    return table;
}

void dev_table_free(void *state)
{
    dev_table *table = state;
    dev_names_free(&table->entries);
    dev_names_free(&table->groups);
    json_object_put(table->config);
    vc__free(table);
}

dev_entry *dev_entry_find(const dev_names *names, vc_view name)
{
    return dev_names_get(names, name);
}

/* -- fields -- */

/* The value that the body gives, of json-c; NULL: answered. */
static json_object *read_value(dev_request *request, const dev_field *field)
{
    vc_view text;
    long long seconds = 0;
    bool yes = false;
    json_object *list = NULL;
    switch (field->type) {
    case DEV_FIELD_TEXT:
        return dev_param_string(request, field->name, &text)
                   ? json_object_new_string_len(text.data ? text.data : "", (int)text.len)
                   : NULL;
    case DEV_FIELD_BOOL:
        return dev_param_bool(request, field->name, &yes) ? json_object_new_boolean(yes) : NULL;
    case DEV_FIELD_SECONDS:
        return dev_param_duration(request, field->name, &seconds) ? json_object_new_int64(seconds) : NULL;
    case DEV_FIELD_LIST: return dev_param_list(request, field->name, &list) ? list : NULL;
    case DEV_FIELD_TABLE: return json_object_get(dev_param(request, field->name));
    }
    return NULL;
}

bool dev_fields_read(dev_request *request, const dev_field *fields, json_object *object)
{
    for (const dev_field *field = fields; field->name; field++) {
        if (dev_param(request, field->name)) {
            json_object *value = read_value(request, field);
            if (!value)
                return false;
            json_object_object_add(object, field->name, value);
        } else if (!json_object_object_get_ex(object, field->name, NULL)) {
            json_object *usual =
                strcmp(field->otherwise, "null") == 0 ? NULL : json_tokener_parse(field->otherwise);
            json_object_object_add(object, field->name, usual);
        }
    }
    return true;
}

json_object *dev_field_value(json_object *object, const char *name)
{
    json_object *value = NULL;
    return json_object_object_get_ex(object, name, &value) ? value : NULL;
}

const char *dev_field_text(json_object *object, const char *name)
{
    json_object *value = dev_field_value(object, name);
    return value ? json_object_get_string(value) : "";
}

long long dev_field_int(json_object *object, const char *name)
{
    return json_object_get_int64(dev_field_value(object, name));
}

bool dev_field_bool(json_object *object, const char *name)
{
    return json_object_get_boolean(dev_field_value(object, name));
}

/* -- entries -- */

dev_entry *dev_entry_read(dev_request *request, const dev_field *fields, const dev_entry *old)
{
    dev_entry *entry = vc__calloc(1, sizeof *entry);
    if (!entry) {
        dev_reply_error(request, 500, "out of memory");
        return NULL;
    }
    entry->fields = json_object_new_object();
    if (old) {
        entry->token = dev_token_params_dup(&old->token);
        DEV_JSON_EACH (old->fields, each) {
            json_object_object_add(entry->fields, json_object_iter_peek_name(&each),
                                   json_object_get(json_object_iter_peek_value(&each)));
        }
    }
    if (!dev_fields_read(request, fields, entry->fields) || !dev_token_params_read(request, &entry->token)) {
        dev_entry_free(entry);
        return NULL;
    }
    return entry;
}

void dev_entry_store(dev_request *request, dev_entry *entry)
{
    if (dev_names_put(&dev_table_of(request)->entries, request->args[0], entry))
        dev_reply_empty(request);
    else
        dev_reply_error(request, 500, "out of memory");
}

void dev_entry_list(dev_request *request)
{
    dev_reply_keys(request, &dev_table_of(request)->entries);
}

void dev_entry_show(dev_request *request)
{
    const dev_entry *entry = dev_entry_find(&dev_table_of(request)->entries, request->args[0]);
    if (!entry) {
        dev_reply_missing(request);
        return;
    }
    vc__buf *out = dev_reply_data(request);
    out_open(out, '{');
    dev_token_params_write(out, &entry->token);
    DEV_JSON_EACH (entry->fields, each) {
        dev_out_value(out, json_object_iter_peek_name(&each), json_object_iter_peek_value(&each), "null");
    }
    out_close(out, '}');
}

void dev_entry_delete(dev_request *request)
{
    dev_names_drop(&dev_table_of(request)->entries, request->args[0]);
    dev_reply_empty(request);
}

bool dev_entry_exists(const dev_request *request)
{
    return dev_entry_find(&dev_table_of(request)->entries, request->args[0]) != NULL;
}

void dev_config_show(dev_request *request, const char *hidden)
{
    json_object *config = dev_table_of(request)->config;
    if (!config) {
        dev_reply_missing(request);
        return;
    }
    vc__buf *out = dev_reply_data(request);
    out_open(out, '{');
    DEV_JSON_EACH (config, each) {
        const char *name = json_object_iter_peek_name(&each);
        const char *at = strstr(hidden, name);
        if (!at || at[-1] != ' ' || at[strlen(name)] != ' ')
            dev_out_value(out, name, json_object_iter_peek_value(&each), "null");
    }
    out_close(out, '}');
}

/* A role that is gone leaves the token as it was. */
bool dev_table_renew(dev_request *request, const dev_mount *mount, dev_token *token)
{
    const dev_table *table = mount->state;
    const dev_entry *entry = dev_entry_find(&table->entries, vc_str(token->role));
    (void)request;
    if (entry)
        dev_token_take_params(token, mount, &entry->token);
    return true;
}

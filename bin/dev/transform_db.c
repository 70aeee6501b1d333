/* SPDX-License-Identifier: Apache-2.0 */
/* transform_db.c - stores: databases for tokens. They are remembered as they were written; no database is ever reached. */
#include "param.h"
#include "reply.h"
#include "transform.h"

#include "base/text.h"

static json_object *find(dev_request *request)
{
    json_object *store = dev_names_get(&transform_of(request)->stores, request->args[0]);
    if (!store)
        dev_reply_missing(request);
    return store;
}

void transform_store_read(dev_request *request)
{
    static const char *const shown[] = { "type",
                                         "driver",
                                         "connection_string",
                                         "supported_transformations",
                                         "schema",
                                         "max_open_connections",
                                         "max_idle_connections",
                                         "max_connection_lifetime" };
    json_object *store = find(request);
    if (!store)
        return;
    vc__buf *out = dev_reply_data(request);
    out_open(out, '{');
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
        json_object *value = NULL;
        if (json_object_object_get_ex(store, shown[i], &value))
            out_member_json(out, shown[i], json_object_to_json_string_ext(value, JSON_C_TO_STRING_NOSLASHESCAPE));
    }
    out_close(out, '}');
}

/* False: answered. */
static bool check(dev_request *request)
{
    static const char *const needed[] = { "type", "driver", "connection_string", "username", "password" };
    vc_view text, driver;
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
        if (!dev_param_string(request, needed[i], &text))
            return false;
        if (text.len == 0) {
            dev_reply_error(request, 400, "missing %s", needed[i]);
            return false;
        }
    }
    if (!dev_param_string(request, "type", &text) || !dev_param_string(request, "driver", &driver))
        return false;
    if (!vc__view_is(text, "sql"))
        dev_reply_error(request, 400, "unknown type of store: only \"sql\" is known");
    else if (!vc__view_is(driver, "postgres") && !vc__view_is(driver, "mysql") && !vc__view_is(driver, "mssql"))
        dev_reply_error(request, 400, "unknown driver: one of postgres, mysql, mssql");
    else
        return true;
    return false;
}

static bool set_default(json_object *store, const char *name, json_object *value)
{
    if (value && !json_object_object_get_ex(store, name, NULL))
        return json_object_object_add(store, name, value) == 0;
    json_object_put(value);
    return value != NULL;
}

void transform_store_write(dev_request *request)
{
    if (!check(request))
        return;
    json_object *store = NULL, *list = json_object_new_array();
    if (list)
        json_object_array_add(list, json_object_new_string("tokenization"));
    const bool copied = json_object_deep_copy(request->json, &store, NULL) == 0;
    const bool good = set_default(copied ? store : NULL, "supported_transformations", list) &&
                      set_default(store, "schema", json_object_new_string("public")) &&
                      set_default(store, "max_open_connections", json_object_new_int(4)) &&
                      set_default(store, "max_idle_connections", json_object_new_int(4)) &&
                      set_default(store, "max_connection_lifetime", json_object_new_int(0));
    if (!good) {
        json_object_put(store);
        dev_reply_error(request, 500, "out of memory");
        return;
    }
    json_object_object_del(store, "password");
    if (dev_names_put(&transform_of(request)->stores, request->args[0], store))
        dev_reply_empty(request);
    else
        dev_reply_error(request, 500, "out of memory");
}

static const char *kind_with(const transform *state, vc_view store)
{
    for (size_t i = 0; i < state->kinds.count; i++) {
        const transform_kind *kind = state->kinds.list[i].item;
        for (size_t k = 0; kind->stores && k < json_object_array_length(kind->stores); k++)
            if (vc__view_is(store, json_object_get_string(json_object_array_get_idx(kind->stores, k))))
                return kind->name;
    }
    return NULL;
}

void transform_store_delete(dev_request *request)
{
    transform *state = transform_of(request);
    const char *used = kind_with(state, request->args[0]);
    if (used) {
        dev_reply_error(request, 400, "store is in use by transformation \"%s\"", used);
        return;
    }
    dev_names_drop(&state->stores, request->args[0]);
    dev_reply_empty(request);
}

void transform_store_list(dev_request *request)
{
    transform_list(request, &transform_of(request)->stores);
}

void transform_store_schema(dev_request *request)
{
    if (find(request))
        dev_reply_empty(request);
}

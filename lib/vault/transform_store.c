/* SPDX-License-Identifier: Apache-2.0 */
/* transform_store.c - what stands behind tokens: stores, and keys. */
#include "vault/transform_object.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "json/string.h"
#include "vault/object.h"

enum { PASSWORD_MAX = 65536 };

struct vc_transform_store {
    vc__object object;
    vc__buf password;
};

struct vc_transform_key {
    vc__object object;
};

/* --- stores --- */

static vc_transform_store *new_store(vc_error *err)
{
    vc_transform_store *store = vc__calloc(1, sizeof *store);
    if (store)
        store->password.max = PASSWORD_MAX;
    else
        vc__error_memory(err);
    return store;
}

vc_transform_store *vc_transform_store_new(const char *driver, const char *connection, vc_error *err)
{
    vc_transform_store *store = new_store(err);
    if (!store)
        return NULL;
    vc_code code = vc__object_init(&store->object, err);
    if (!code)
        code = vc__object_set_text(&store->object, "type", vc_str("sql"), err);
    if (!code)
        code = vc__object_set_text(&store->object, "driver", vc_str(driver), err);
    if (!code)
        code = vc__object_set_text(&store->object, "connection_string", vc_str(connection), err);
    if (!code)
        return store;
    vc_transform_store_free(store);
    return NULL;
}

void vc_transform_store_free(vc_transform_store *store)
{
    if (!store)
        return;
    vc__object_cleanup(&store->object);
    vc__buf_free(&store->password);
    vc__free(store);
}

vc_code vc_transform_store_set_user(vc_transform_store *store, const char *name, vc_view password, vc_error *err)
{
    if (vc__utf8_valid(password) != password.len)
        return vc__error(err, VC_E_ARGUMENT, "the password is not UTF-8");
    vc__auto(vc__buf) copy = VC__BUF(PASSWORD_MAX);
    vc__buf_view(&copy, password);
    vc_code code = vc__buf_check(&copy, "the password", err);
    if (!code)
        code = vc__object_set_text(&store->object, "username", vc_str(name), err);
    if (code)
        return code;
    vc__buf_free(&store->password);
    store->password = copy;
    copy = (vc__buf)VC__BUF(PASSWORD_MAX);
    return VC_OK;
}

vc_code vc_transform_store_set_schema(vc_transform_store *store, const char *schema, vc_error *err)
{
    return vc__object_set_text(&store->object, "schema", vc_str(schema), err);
}

vc_code vc_transform_store_set_connections(vc_transform_store *store, uint64_t most_open, uint64_t most_idle, vc_error *err)
{
    const vc_code code = vc__object_set_number(&store->object, "max_open_connections", most_open, err);
    return code ? code : vc__object_set_number(&store->object, "max_idle_connections", most_idle, err);
}

const char *vc_transform_store_type(const vc_transform_store *store)
{
    return vc__object_text(&store->object, "type");
}

const char *vc_transform_store_driver(const vc_transform_store *store)
{
    return vc__object_text(&store->object, "driver");
}

const char *vc_transform_store_connection(const vc_transform_store *store)
{
    return vc__object_text(&store->object, "connection_string");
}

static vc_code append_password(vc_request *request, const vc__buf *password, vc_error *err)
{
    vc__buf_cut(&request->body, request->body.len ? request->body.len - 1 : 0);
    vc__buf_str(&request->body, ",\"password\":");
    vc__string_encode(&request->body, vc__buf_get(password));
    vc__buf_byte(&request->body, '}');
    return vc__buf_check(&request->body, "the request", err);
}

vc_code vc__transform_store_write(vc_request *request, const char *place, const vc_transform_store *store, vc_error *err)
{
    static const char *const names[] = {
        "type",
        "driver",
        "connection_string",
        "supported_transformations",
        "schema",
        "max_open_connections",
        "max_idle_connections",
        "max_connection_lifetime",
        "username",
        NULL
    };
    const vc_code code = vc__transform_begin(request, "POST", "stores", place, "", err);
    if (code)
        return code;
    if (!store->password.len || !vc__object_has(&store->object, "username"))
        return vc__error(err, VC_E_ARGUMENT, "a store needs a user name and a password (vc_transform_store_set_user())");
    vc__object_write(&store->object, names, &request->body);
    return append_password(request, &store->password, err);
}

vc_code vc__transform_store_schema(vc_request *request, const char *place, const char *user, vc_view password, vc_error *err)
{
    vc_code code = vc__transform_begin(request, "POST", "stores", place, "/schema", err);
    vc_transform_store *store = code ? NULL : vc_transform_store_new("", "", err);
    if (!code)
        code = store ? vc_transform_store_set_user(store, user, password, err) : VC_E_MEMORY;
    if (!code) {
        static const char *const names[] = { "username", NULL };
        vc__object_write(&store->object, names, &request->body);
        code = append_password(request, &store->password, err);
    }
    vc_transform_store_free(store);
    return code;
}

vc_transform_store *vc__transform_store_parse(int status, vc_view body, vc_error *err)
{
    vc_transform_store *store = new_store(err);
    if (store && vc__object_read(&store->object, status, body, err)) {
        vc_transform_store_free(store);
        return NULL;
    }
    return store;
}

/* --- keys --- */

vc_transform_key *vc__transform_key_parse(int status, vc_view body, vc_error *err)
{
    vc_transform_key *key = vc__object_parse(status, body, err);
    if (!key || vc__object_number(&key->object, "latest_version"))
        return key;
    vc__error(err, VC_E_PROTOCOL, "the reply does not tell of a key");
    vc_transform_key_free(key);
    return NULL;
}

void vc_transform_key_free(vc_transform_key *key)
{
    vc__object_free(key);
}

uint64_t vc_transform_key_latest_version(const vc_transform_key *key)
{
    return vc__object_number(&key->object, "latest_version");
}

uint64_t vc_transform_key_min_available_version(const vc_transform_key *key)
{
    return vc__object_number(&key->object, "min_available_version");
}

uint64_t vc_transform_key_min_decryption_version(const vc_transform_key *key)
{
    return vc__object_number(&key->object, "min_decryption_version");
}

uint64_t vc_transform_key_auto_rotate_seconds(const vc_transform_key *key)
{
    return vc__object_seconds(&key->object, "auto_rotate_period");
}

vc_code vc__transform_key_configure(vc_request *request, const char *place, uint64_t min_decryption_version,
                                    uint64_t auto_rotate_seconds, vc_error *err)
{
    const vc_code code = vc__transform_begin(request, "POST", "tokenization/keys", place, "/config", err);
    if (code)
        return code;
    const bool version = min_decryption_version != VC_TRANSFORM_UNCHANGED;
    vc__buf_byte(&request->body, '{');
    if (version)
        vc__buf_printf(&request->body, "\"min_decryption_version\":%llu", (unsigned long long)min_decryption_version);
    if (auto_rotate_seconds != VC_TRANSFORM_UNCHANGED)
        vc__buf_printf(&request->body, "%s\"auto_rotate_period\":\"%llus\"", version ? "," : "",
                       (unsigned long long)auto_rotate_seconds);
    vc__buf_byte(&request->body, '}');
    return vc__buf_check(&request->body, "the request", err);
}

vc_code vc__transform_key_trim(vc_request *request, const char *place, uint64_t min_available_version, vc_error *err)
{
    const vc_code code = vc__transform_begin(request, "POST", "tokenization/keys", place, "/trim", err);
    if (code)
        return code;
    vc__buf_printf(&request->body, "{\"min_available_version\":%llu}", (unsigned long long)min_available_version);
    return vc__buf_check(&request->body, "the request", err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* approle_secret.c - the secret ids of a role: made, shown, destroyed, by themselves or by their accessor. */
#include "approle.h"
#include "base/alloc.h"
#include "base/text.h"
#include "json_each.h"
#include "login.h"
#include "param.h"
#include "reply.h"

enum { NANOS = 1000000000 };

void dev_secret_id_free(void *item)
{
    dev_secret_id *secret = item;
    if (!secret)
        return;
    json_object_put(secret->metadata);
    json_object_put(secret->cidrs);
    json_object_put(secret->token_cidrs);
    vc__free(secret);
}

static bool counts(const dev_secret_id *secret)
{
    return secret->expires == 0 || dev_wall() < secret->expires;
}

dev_secret_id *dev_secret_id_find(dev_role *role, vc_view id)
{
    dev_secret_id *secret = dev_names_get(&role->secrets, id);
    return secret && counts(secret) ? secret : NULL;
}

/* The role; NULL: answered in the way that this endpoint has for it. */
static dev_role *must_find(dev_request *request, int status)
{
    dev_role *role = dev_role_find(request);
    const vc_view name = request->args[0];
    if (!role && status == 500)
        dev_reply_wrapped(request, 500, "role \"%.*s\" does not exist", (int)name.len, name.data);
    else if (!role)
        dev_reply_error(request, status, "role \"%.*s\" does not exist", (int)name.len, name.data);
    return role;
}

/* "a=b,c=d" */
static json_object *key_values(vc_view text)
{
    json_object *object = json_object_new_object();
    size_t begin = 0;
    for (size_t at = 0; object && at <= text.len; at++) {
        if (at < text.len && text.data[at] != ',')
            continue;
        const char *equals = at > begin ? memchr(text.data + begin, '=', at - begin) : NULL;
        if (!equals) {
            json_object_put(object);
            return NULL;
        }
        vc__auto(vc__buf) name = VC__BUF(1024);
        vc__buf_append(&name, text.data + begin, (size_t)(equals - text.data) - begin);
        vc__buf_byte(&name, 0);
        if (!name.failed)
            json_object_object_add(
                object, name.data,
                json_object_new_string_len(equals + 1, (int)(text.data + at - equals - 1)));
        begin = at + 1;
    }
    return object;
}

/* A JSON object of strings in a string, or pairs. False: answered. */
static bool read_metadata(dev_request *request, dev_secret_id *secret)
{
    vc_view text;
    if (!dev_param_string(request, "metadata", &text))
        return false;
    if (text.len == 0)
        return true;
    json_object *object = text.data[0] == '{' ? json_tokener_parse(text.data) : key_values(text);
    if (!json_object_is_type(object, json_type_object)) {
        json_object_put(object);
        dev_reply_error(request, 400,
                        "failed to parse metadata: failed to parse the input: invalid <key,value> format");
        return false;
    }
    secret->metadata = object;
    return true;
}

/* The role's, unless the request has stricter ones. False: answered. */
static bool read_limits(dev_request *request, const dev_role *role, dev_secret_id *secret)
{
    secret->uses_left = role->secret_uses;
    secret->ttl = role->secret_ttl;
    if (!dev_param_int(request, "num_uses", &secret->uses_left) ||
        !dev_param_duration(request, "ttl", &secret->ttl))
        return false;
    const char *wrong = NULL;
    if (secret->uses_left < 0)
        wrong = "num_uses cannot be negative";
    else if (role->secret_uses && (secret->uses_left == 0 || secret->uses_left > role->secret_uses))
        wrong = "num_uses cannot be higher than the role's secret_id_num_uses";
    else if (role->secret_ttl && (secret->ttl == 0 || secret->ttl > role->secret_ttl))
        wrong = "ttl cannot be longer than the role's secret_id_ttl";
    if (wrong)
        dev_reply_error(request, 400, "%s", wrong);
    return !wrong;
}

static void write_new(dev_request *request, vc_view id, const dev_secret_id *secret)
{
    vc__buf *out = dev_reply_data(request);
    out_open(out, '{');
    out_key(out, "secret_id");
    out_string(out, id);
    out_member(out, "secret_id_accessor", secret->accessor);
    out_member_int(out, "secret_id_num_uses", secret->uses_left);
    out_member_int(out, "secret_id_ttl", secret->ttl);
    out_close(out, '}');
}

static void make(dev_request *request, dev_role *role, vc_view id)
{
    dev_secret_id *secret = vc__calloc(1, sizeof *secret);
    if (!secret) {
        dev_reply_error(request, 500, "out of memory");
        return;
    }
    if (!read_limits(request, role, secret) || !read_metadata(request, secret) ||
        !dev_param_list(request, "cidr_list", &secret->cidrs) ||
        !dev_param_list(request, "token_bound_cidrs", &secret->token_cidrs)) {
        dev_secret_id_free(secret);
        return;
    }
    if (!role->bind_secret_id) {
        dev_secret_id_free(secret);
        dev_reply_error(request, 400, "bind_secret_id is not set on the role");
        return;
    }
    dev_uuid(request->connection->random, secret->accessor);
    secret->created = secret->updated = dev_wall();
    secret->expires = secret->ttl ? secret->created + secret->ttl * NANOS : 0;
    if (dev_names_put(&role->secrets, id, secret))
        write_new(request, id, secret);
    else
        dev_reply_error(request, 500, "out of memory");
}

void dev_secret_id_create(dev_request *request)
{
    char id[DEV_ID];
    dev_role *role = must_find(request, 404);
    if (!role)
        return;
    dev_uuid(request->connection->random, id);
    make(request, role, vc_str(id));
}

void dev_secret_id_custom(dev_request *request)
{
    vc_view id;
    dev_role *role = must_find(request, 404);
    if (!role || !dev_login_needs(request, "secret_id", &id, 400))
        return;
    if (dev_names_get(&role->secrets, id))
        dev_reply_wrapped(request, 500, "failed to store secret_id: SecretID is already registered");
    else
        make(request, role, id);
}

void dev_secret_id_list(dev_request *request)
{
    const dev_role *role = must_find(request, 400);
    if (!role)
        return;
    if (role->secrets.count == 0) {
        dev_reply_missing(request);
        return;
    }
    vc__buf *out = dev_reply_data(request);
    out_open(out, '{');
    out_key(out, "keys");
    out_open(out, '[');
    for (size_t i = 0; i < role->secrets.count; i++) {
        const dev_secret_id *secret = role->secrets.list[i].item;
        out_string(out, vc_str(secret->accessor));
    }
    out_close(out, ']');
    out_close(out, '}');
}

static void write_time(vc__buf *out, const char *name, int64_t wall)
{
    out_key(out, name);
    if (wall)
        dev_time_write(out, wall);
    else
        out_string(out, vc_str("0001-01-01T00:00:00Z"));
}

static void show(dev_request *request, const dev_secret_id *secret)
{
    vc__buf *out = dev_reply_data(request);
    out_open(out, '{');
    dev_out_value(out, "cidr_list", secret->cidrs, "[]");
    write_time(out, "creation_time", secret->created);
    write_time(out, "expiration_time", secret->expires);
    write_time(out, "last_updated_time", secret->updated);
    dev_out_value(out, "metadata", secret->metadata, "{}");
    out_member(out, "secret_id_accessor", secret->accessor);
    out_member_int(out, "secret_id_num_uses", secret->uses_left);
    out_member_int(out, "secret_id_ttl", secret->ttl);
    dev_out_value(out, "token_bound_cidrs", secret->token_cidrs, "[]");
    out_close(out, '}');
}

void dev_secret_id_lookup(dev_request *request)
{
    vc_view id;
    if (!dev_login_needs(request, "secret_id", &id, 400))
        return;
    dev_role *role = must_find(request, 500);
    const dev_secret_id *secret = role ? dev_secret_id_find(role, id) : NULL;
    if (secret)
        show(request, secret);
    else if (role)
        dev_reply_empty(request);
}

void dev_secret_id_destroy(dev_request *request)
{
    vc_view id;
    if (!dev_login_needs(request, "secret_id", &id, 400))
        return;
    dev_role *role = must_find(request, 500);
    if (!role)
        return;
    dev_names_drop(&role->secrets, id);
    dev_reply_empty(request);
}

/* The secret id's place in the role's table; SIZE_MAX: answered, there is none. */
static size_t by_accessor(dev_request *request, const dev_role *role, bool destroying)
{
    vc_view accessor;
    if (!dev_login_needs(request, "secret_id_accessor", &accessor, 400))
        return SIZE_MAX;
    for (size_t i = 0; i < role->secrets.count; i++) {
        const dev_secret_id *secret = role->secrets.list[i].item;
        if (vc__view_is(accessor, secret->accessor) && counts(secret))
            return i;
    }
    static const char text[] = "failed to find accessor entry for secret_id_accessor: ";
    if (destroying) {
        dev_reply_wrapped(request, 500, "%s\"%.*s\"", text, (int)accessor.len, accessor.data);
        return SIZE_MAX;
    }
    /* an error in the shape of a success */
    vc__buf *out = dev_reply_data(request);
    vc__buf_printf(out, "{\"error\":\"%s\\\"%.*s\\\"\"}", text, (int)accessor.len, accessor.data);
    request->reply.status = 404;
    return SIZE_MAX;
}

void dev_secret_accessor_lookup(dev_request *request)
{
    const dev_role *role = must_find(request, 500);
    const size_t at = role ? by_accessor(request, role, false) : SIZE_MAX;
    if (at != SIZE_MAX)
        show(request, role->secrets.list[at].item);
}

void dev_secret_accessor_destroy(dev_request *request)
{
    dev_role *role = must_find(request, 500);
    const size_t at = role ? by_accessor(request, role, true) : SIZE_MAX;
    if (at == SIZE_MAX)
        return;
    dev_names_drop(&role->secrets, vc_str(role->secrets.list[at].name));
    dev_reply_empty(request);
}

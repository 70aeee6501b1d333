/* SPDX-License-Identifier: Apache-2.0 */
#include "token_params.h"

#include "base/text.h"
#include "cidr.h"
#include "json_each.h"
#include "param.h"
#include "policy.h"
#include "reply.h"

static const char *const type_names[] = { "default", "service", "batch", "default-service", "default-batch" };

bool dev_token_type_parse(vc_view text, dev_token_type *type)
{
    for (size_t i = 0; i < sizeof type_names / sizeof type_names[0]; i++) {
        if (vc__view_is(text, type_names[i])) {
            *type = (dev_token_type)i;
            return true;
        }
    }
    return false;
}

const char *dev_token_type_name(dev_token_type type)
{
    return type_names[type];
}

static bool batches(const dev_token_params *params)
{
    return params->type == DEV_TOKEN_BATCH || params->type == DEV_TOKEN_DEFAULT_BATCH;
}

static bool refuse(dev_request *request, const char *text)
{
    dev_reply_error(request, 400, "%s", text);
    return false;
}

static bool check(dev_request *request, const dev_token_params *params)
{
    if (batches(params) && params->period > 0)
        return refuse(request, "'token_type' cannot be 'batch' or 'default_batch' when set to generate "
                               "periodic tokens");
    if (batches(params) && params->num_uses > 0)
        return refuse(request, "'token_type' cannot be 'batch' or 'default_batch' when set to generate "
                               "tokens with limited use count");
    if (params->ttl > 0 && params->max_ttl > 0 && params->ttl > params->max_ttl)
        return refuse(request, "'token_ttl' cannot be greater than 'token_max_ttl'");
    return params->num_uses >= 0 || refuse(request, "'token_num_uses' cannot be negative");
}

static bool read_type(dev_request *request, dev_token_params *params)
{
    vc_view type;
    if (!dev_param_string(request, "token_type", &type))
        return false;
    if (type.len == 0 || dev_token_type_parse(type, &params->type))
        return true;
    dev_reply_error(request, 400, "invalid 'token_type' value \"%.*s\"", (int)type.len, type.data);
    return false;
}

/* A duration under its name or its name of old. */
static bool read_time(dev_request *request, const char *name, const char *old, long long *seconds,
                      bool *old_given)
{
    if (dev_param(request, old)) {
        *old_given = true;
        if (!dev_param_duration(request, old, seconds))
            return false;
    } else if (dev_param(request, name)) {
        *old_given = false;
    }
    return dev_param_duration(request, name, seconds);
}

static bool read_policies(dev_request *request, dev_token_params *params)
{
    json_object *list = NULL;
    const bool now = dev_param(request, "token_policies") != NULL;
    if (!now && !dev_param(request, "policies"))
        return true;
    if (!dev_param_list(request, now ? "token_policies" : "policies", &list))
        return false;
    params->old_policies = dev_param(request, "policies") != NULL;
    json_object_put(params->policies);
    params->policies = dev_policies_clean(list, false);
    json_object_put(list);
    return params->policies || refuse(request, "out of memory");
}

static bool read_cidrs(dev_request *request, dev_token_params *params)
{
    json_object *list = NULL;
    const char *name = dev_param(request, "token_bound_cidrs") ? "token_bound_cidrs" : "bound_cidrs";
    if (!dev_param(request, name))
        return true;
    if (!dev_param_list(request, name, &list))
        return false;
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        const char *text = json_object_get_string(json_object_array_get_idx(list, i));
        if (!dev_cidr_ok(text)) {
            dev_reply_error(request, 400, "Unable to convert %s to an ipv4 or ipv6 address", text);
            json_object_put(list);
            return false;
        }
    }
    json_object_put(params->bound_cidrs);
    params->bound_cidrs = list;
    return true;
}

bool dev_token_params_read(dev_request *request, dev_token_params *params)
{
    return read_cidrs(request, params) &&
           dev_param_duration(request, "token_explicit_max_ttl", &params->explicit_max_ttl) &&
           read_time(request, "token_max_ttl", "max_ttl", &params->max_ttl, &params->old_max_ttl) &&
           dev_param_bool(request, "token_no_default_policy", &params->no_default_policy) &&
           read_time(request, "token_period", "period", &params->period, &params->old_period) &&
           read_policies(request, params) &&
           dev_param_bool(request, "token_strictly_bind_ip", &params->strictly_bind_ip) &&
           read_type(request, params) &&
           read_time(request, "token_ttl", "ttl", &params->ttl, &params->old_ttl) &&
           dev_param_int(request, "token_num_uses", &params->num_uses) && check(request, params);
}

bool dev_token_params_write_one(vc__buf *out, const dev_token_params *params, const char *name)
{
    const struct {
        const char *name;
        long long number;
    } numbers[] = {
        { "token_explicit_max_ttl", params->explicit_max_ttl },
        { "token_max_ttl", params->max_ttl },
        { "token_num_uses", params->num_uses },
        { "token_period", params->period },
        { "token_ttl", params->ttl },
        { "period", params->period },
        { "ttl", params->ttl },
        { "max_ttl", params->max_ttl },
    };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (strcmp(name, numbers[i].name) == 0) {
            out_member_int(out, name, numbers[i].number);
            return true;
        }
    }
    if (strcmp(name, "token_policies") == 0 || strcmp(name, "policies") == 0)
        dev_out_value(out, name, params->policies, "[]");
    else if (strcmp(name, "token_bound_cidrs") == 0)
        dev_out_value(out, name, params->bound_cidrs, "[]");
    else
        return false;
    return true;
}

void dev_token_params_write(vc__buf *out, const dev_token_params *params)
{
    static const char *const names[] = { "token_bound_cidrs", "token_explicit_max_ttl", "token_max_ttl",
                                         "token_num_uses",    "token_period",           "token_policies",
                                         "token_ttl" };
    const struct {
        const char *name;
        bool shown;
    } old[] = { { "policies", params->old_policies },
                { "ttl", params->old_ttl && params->ttl },
                { "max_ttl", params->old_max_ttl && params->max_ttl },
                { "period", params->old_period && params->period } };
    for (size_t i = 0; i < sizeof old / sizeof old[0]; i++)
        if (old[i].shown)
            dev_token_params_write_one(out, params, old[i].name);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        dev_token_params_write_one(out, params, names[i]);
    out_member_bool(out, "token_no_default_policy", params->no_default_policy);
    out_member_bool(out, "token_strictly_bind_ip", params->strictly_bind_ip);
    out_member(out, "token_type", dev_token_type_name(params->type));
}

dev_token_params dev_token_params_dup(const dev_token_params *params)
{
    dev_token_params copy = *params;
    json_object_get(copy.policies);
    json_object_get(copy.bound_cidrs);
    return copy;
}

void dev_token_params_free(dev_token_params *params)
{
    json_object_put(params->policies);
    json_object_put(params->bound_cidrs);
    params->policies = params->bound_cidrs = NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* token_settings.c - the requests about tokens, and how a new one is to be. */
#include "vault/token.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "vault/object.h"

enum { BODY_MAX = 1 << 20 };

struct vc_token_settings {
    vc__object object;
};

vc_code vc__token_request(vc_request *request, const char *method, const char *operation, bool replay_safe,
                          vc_error *err)
{
    vc__request_init(request, method, BODY_MAX, replay_safe);
    vc__buf_str(&request->path, "/v1/auth/token/");
    vc__buf_str(&request->path, operation);
    return vc__buf_check(&request->path, "the request's path", err);
}

vc_code vc__token_lookup_self(vc_request *request, vc_error *err)
{
    return vc__token_request(request, "GET", "lookup-self", true, err);
}

static vc_code finish(vc_request *request, const vc__object *object, vc_code code, vc_error *err)
{
    if (code)
        return code;
    vc__object_write(object, NULL, &request->body);
    return vc__buf_check(&request->body, "the request", err);
}

vc_code vc__token_accessor(vc_request *request, const char *operation, const char *accessor, vc_error *err)
{
    vc_code code = vc__token_request(request, "POST", operation, true, err);
    vc__object object = VC__OBJECT;
    if (!code && !(accessor && accessor[0]))
        code = vc__error(err, VC_E_ARGUMENT, "the accessor is empty");
    if (!code)
        code = vc__object_init(&object, err);
    if (!code)
        code = vc__object_set_text(&object, "accessor", vc_str(accessor), err);
    code = finish(request, &object, code, err);
    vc__object_cleanup(&object);
    return code;
}

vc_code vc__token_renew_self(vc_request *request, uint64_t increment, vc_error *err)
{
    const vc_code code = vc__token_request(request, "POST", "renew-self", true, err);
    if (code)
        return code;
    if (increment)
        vc__buf_printf(&request->body, "{\"increment\":%llu}", (unsigned long long)increment);
    else
        vc__buf_str(&request->body, "{}");
    return vc__buf_check(&request->body, "the request", err);
}

vc_code vc__token_create(vc_request *request, const vc_token_settings *settings, vc_error *err)
{
    const vc_code code = vc__token_request(request, "POST", "create", false, err);
    if (code || settings)
        return finish(request, settings ? &settings->object : NULL, code, err);
    vc__buf_str(&request->body, "{}");
    return vc__buf_check(&request->body, "the request", err);
}

/* --- settings --- */

vc_token_settings *vc_token_settings_new(vc_error *err)
{
    return vc__object_new(err);
}

void vc_token_settings_free(vc_token_settings *settings)
{
    vc__object_free(settings);
}

vc_code vc_token_settings_add_policy(vc_token_settings *settings, const char *name, vc_error *err)
{
    return vc__object_add_text(&settings->object, "policies", vc_str(name), err);
}

vc_code vc_token_settings_set_no_default_policy(vc_token_settings *settings, int none, vc_error *err)
{
    return vc__object_set_flag(&settings->object, "no_default_policy", none, err);
}

vc_code vc_token_settings_set_ttl(vc_token_settings *settings, uint64_t seconds, vc_error *err)
{
    return vc__object_set_number(&settings->object, "ttl", seconds, err);
}

vc_code vc_token_settings_set_explicit_max_ttl(vc_token_settings *settings, uint64_t seconds, vc_error *err)
{
    return vc__object_set_number(&settings->object, "explicit_max_ttl", seconds, err);
}

vc_code vc_token_settings_set_period(vc_token_settings *settings, uint64_t seconds, vc_error *err)
{
    return vc__object_set_number(&settings->object, "period", seconds, err);
}

vc_code vc_token_settings_set_renewable(vc_token_settings *settings, int renewable, vc_error *err)
{
    return vc__object_set_flag(&settings->object, "renewable", renewable, err);
}

vc_code vc_token_settings_set_uses(vc_token_settings *settings, uint64_t uses, vc_error *err)
{
    return vc__object_set_number(&settings->object, "num_uses", uses, err);
}

vc_code vc_token_settings_set_type(vc_token_settings *settings, const char *type, vc_error *err)
{
    return vc__object_set_text(&settings->object, "type", vc_str(type), err);
}

vc_code vc_token_settings_set_no_parent(vc_token_settings *settings, int orphan, vc_error *err)
{
    return vc__object_set_flag(&settings->object, "no_parent", orphan, err);
}

vc_code vc_token_settings_set_display_name(vc_token_settings *settings, const char *name, vc_error *err)
{
    return vc__object_set_text(&settings->object, "display_name", vc_str(name), err);
}

vc_code vc_token_settings_set_meta(vc_token_settings *settings, const char *key, const char *value, vc_error *err)
{
    return vc__object_set_in(&settings->object, "meta", vc_str(key), vc_str(value), err);
}

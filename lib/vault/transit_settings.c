/* SPDX-License-Identifier: Apache-2.0 */
/* transit_settings.c - what keys are created, configured and imported with. */
#include "vault/transit_key.h"

#include "base/alloc.h"
#include "base/error.h"
#include "vault/object.h"

struct vc_transit_settings {
    vc__object object;
};

/* Which calls take a setting. */
enum { CREATE = 1, CONFIGURE = 2, IMPORT = 4 };

static const struct {
    const char *name;
    unsigned calls;
} known[] = {
    { "type", CREATE | IMPORT },
    { "derived", CREATE | IMPORT },
    { "convergent_encryption", CREATE },
    { "key_size", CREATE },
    { "allow_rotation", IMPORT },
    { "exportable", CREATE | CONFIGURE | IMPORT },
    { "allow_plaintext_backup", CREATE | CONFIGURE | IMPORT },
    { "auto_rotate_period", CREATE | CONFIGURE | IMPORT },
    { "min_decryption_version", CONFIGURE },
    { "min_encryption_version", CONFIGURE },
    { "deletion_allowed", CONFIGURE },
};

vc_transit_settings *vc_transit_settings_new(vc_error *err)
{
    vc_transit_settings *settings = vc__calloc(1, sizeof *settings);
    if (!settings)
        vc__error_memory(err);
    else if (vc__object_init(&settings->object, err)) {
        vc__free(settings);
        settings = NULL;
    }
    return settings;
}

void vc_transit_settings_free(vc_transit_settings *settings)
{
    if (settings)
        vc__object_cleanup(&settings->object);
    vc__free(settings);
}

vc_code vc_transit_settings_set_type(vc_transit_settings *settings, const char *type, vc_error *err)
{
    return vc__object_set_text(&settings->object, "type", vc_str(type), err);
}

vc_code vc_transit_settings_set_derived(vc_transit_settings *settings, int derived, vc_error *err)
{
    return vc__object_set_flag(&settings->object, "derived", derived, err);
}

vc_code vc_transit_settings_set_convergent(vc_transit_settings *settings, int convergent, vc_error *err)
{
    return vc__object_set_flag(&settings->object, "convergent_encryption", convergent, err);
}

vc_code vc_transit_settings_set_exportable(vc_transit_settings *settings, int exportable, vc_error *err)
{
    return vc__object_set_flag(&settings->object, "exportable", exportable, err);
}

vc_code vc_transit_settings_set_plaintext_backup(vc_transit_settings *settings, int allowed, vc_error *err)
{
    return vc__object_set_flag(&settings->object, "allow_plaintext_backup", allowed, err);
}

vc_code vc_transit_settings_set_auto_rotate(vc_transit_settings *settings, uint64_t seconds, vc_error *err)
{
    return vc__object_set_number(&settings->object, "auto_rotate_period", seconds, err);
}

vc_code vc_transit_settings_set_min_decryption_version(vc_transit_settings *settings, uint64_t version,
                                                       vc_error *err)
{
    return vc__object_set_number(&settings->object, "min_decryption_version", version, err);
}

vc_code vc_transit_settings_set_min_encryption_version(vc_transit_settings *settings, uint64_t version,
                                                       vc_error *err)
{
    return vc__object_set_number(&settings->object, "min_encryption_version", version, err);
}

vc_code vc_transit_settings_set_deletion_allowed(vc_transit_settings *settings, int allowed, vc_error *err)
{
    return vc__object_set_flag(&settings->object, "deletion_allowed", allowed, err);
}

vc_code vc_transit_settings_set_key_size(vc_transit_settings *settings, uint64_t bytes, vc_error *err)
{
    return vc__object_set_number(&settings->object, "key_size", bytes, err);
}

vc_code vc_transit_settings_set_allow_rotation(vc_transit_settings *settings, int allowed, vc_error *err)
{
    return vc__object_set_flag(&settings->object, "allow_rotation", allowed, err);
}

static const char *when(unsigned calls)
{
    switch (calls) {
    case CREATE:
        return "when a key is created";
    case CONFIGURE:
        return "on a key that exists";
    case IMPORT:
        return "when a key is imported";
    default:
        return "when a key is created or imported";
    }
}

/* Settings of another call are refused; `*any`: something is set. */
static vc_code check(const vc_transit_settings *settings, unsigned call, bool *any, vc_error *err)
{
    *any = false;
    for (size_t i = 0; settings && i < sizeof known / sizeof known[0]; i++) {
        if (!vc__object_has(&settings->object, known[i].name))
            continue;
        if (!(known[i].calls & call))
            return vc__error(err, VC_E_ARGUMENT, "%s can be set %s only", known[i].name, when(known[i].calls));
        *any = true;
    }
    return VC_OK;
}

vc_code vc__transit_key_create(vc_request *request, const char *place, const vc_transit_settings *settings,
                               vc_error *err)
{
    bool any;
    vc_code code = vc__transit_key_begin(request, "POST", place, "", true, err);
    if (!code)
        code = check(settings, CREATE, &any, err);
    if (code)
        return code;
    if (settings)
        vc__object_write(&settings->object, NULL, &request->body);
    else
        vc__buf_str(&request->body, "{}");
    return vc__buf_check(&request->body, "the request", err);
}

vc_code vc__transit_key_configure(vc_request *request, const char *place, const vc_transit_settings *settings,
                                  vc_error *err)
{
    bool any;
    vc_code code = vc__transit_key_begin(request, "POST", place, "/config", true, err);
    if (!code)
        code = check(settings, CONFIGURE, &any, err);
    if (!code && !any)
        code = vc__error(err, VC_E_ARGUMENT, "nothing is set");
    if (code)
        return code;
    vc__object_write(&settings->object, NULL, &request->body);
    return vc__buf_check(&request->body, "the request", err);
}

vc_code vc__transit_settings_import(const vc_transit_settings *settings, vc__buf *body, vc_error *err)
{
    bool any;
    const vc_code code = check(settings, IMPORT, &any, err);
    if (code || !any) {
        vc__buf_byte(body, '{');
        return code;
    }
    vc__object_write(&settings->object, NULL, body);
    if (!body->failed)
        body->data[body->len - 1] = ','; /* in place of the } */
    return VC_OK;
}

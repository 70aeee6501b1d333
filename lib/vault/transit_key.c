/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/transit_key.h"

#include "base/alloc.h"
#include "base/error.h"
#include "vault/endpoint.h"
#include "vault/object.h"

enum { BODY_MAX = 65536 };

struct vc_transit_settings {
    vc__object object;
};

struct vc_transit_key {
    vc__object object;
};

/* The settings, by the call that takes them. */
static const char *const created[] = { "type", "derived", "convergent_encryption", NULL };
static const char *const configured[] = { "min_decryption_version", "min_encryption_version",
                                          "deletion_allowed", NULL };
static const char *const both[] = { "exportable", "allow_plaintext_backup", "auto_rotate_period", NULL };

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

/* "/v1/MOUNT/keys/KEY" with `suffix`. */
static vc_code begin(vc_request *request, const char *method, const char *place, const char *suffix,
                     bool replay_safe, vc_error *err)
{
    vc__request_init(request, method, BODY_MAX, replay_safe);
    vc_view mount, name;
    vc_code code = vc__place_parse(vc_str(place), "transit", &mount, &name, err);
    if (!code)
        code = vc__endpoint(&request->path, mount, "keys", name, err);
    if (!code)
        vc__buf_str(&request->path, suffix);
    return code ? code : vc__buf_check(&request->path, "the request's path", err);
}

static vc_code none_of(const vc_transit_settings *settings, const char *const *names, const char *when,
                       vc_error *err)
{
    for (; *names; names++)
        if (vc__object_has(&settings->object, *names))
            return vc__error(err, VC_E_ARGUMENT, "%s can be set %s only", *names, when);
    return VC_OK;
}

static bool any_of(const vc_transit_settings *settings, const char *const *names)
{
    while (*names && !vc__object_has(&settings->object, *names))
        names++;
    return *names != NULL;
}

vc_code vc__transit_key_create(vc_request *request, const char *place, const vc_transit_settings *settings,
                               vc_error *err)
{
    vc_code code = begin(request, "POST", place, "", true, err);
    if (!code && settings)
        code = none_of(settings, configured, "on a key that exists", err);
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
    vc_code code = begin(request, "POST", place, "/config", true, err);
    if (!code)
        code = none_of(settings, created, "when a key is created", err);
    if (!code && !any_of(settings, configured) && !any_of(settings, both))
        code = vc__error(err, VC_E_ARGUMENT, "nothing is set");
    if (code)
        return code;
    vc__object_write(&settings->object, NULL, &request->body);
    return vc__buf_check(&request->body, "the request", err);
}

vc_code vc__transit_key_rotate(vc_request *request, const char *place, vc_error *err)
{
    const vc_code code = begin(request, "POST", place, "/rotate", false, err);
    if (!code)
        vc__buf_str(&request->body, "{}");
    return code ? code : vc__buf_check(&request->body, "the request", err);
}

vc_code vc__transit_key_read(vc_request *request, const char *place, vc_error *err)
{
    return begin(request, "GET", place, "", true, err);
}

vc_transit_key *vc__transit_key_parse(int status, vc_view body, vc_error *err)
{
    vc_transit_key *key = vc__calloc(1, sizeof *key);
    vc_code code = key ? vc__object_read(&key->object, status, body, err) : vc__error_memory(err);
    if (!code &&
        (!vc__object_text(&key->object, "type") || !vc__object_number(&key->object, "latest_version")))
        code = vc__error(err, VC_E_PROTOCOL,
                         "the reply does not tell of a transit key: is another engine mounted here?");
    if (!code)
        return key;
    vc_transit_key_free(key);
    return NULL;
}

void vc_transit_key_free(vc_transit_key *key)
{
    if (key)
        vc__object_cleanup(&key->object);
    vc__free(key);
}

static const char *text(const vc_transit_key *key, const char *name)
{
    const char *value = vc__object_text(&key->object, name);
    return value ? value : "";
}

const char *vc_transit_key_name(const vc_transit_key *key)
{
    return text(key, "name");
}

const char *vc_transit_key_type(const vc_transit_key *key)
{
    return text(key, "type");
}

uint64_t vc_transit_key_latest_version(const vc_transit_key *key)
{
    return vc__object_number(&key->object, "latest_version");
}

uint64_t vc_transit_key_min_available_version(const vc_transit_key *key)
{
    return vc__object_number(&key->object, "min_available_version");
}

uint64_t vc_transit_key_min_decryption_version(const vc_transit_key *key)
{
    return vc__object_number(&key->object, "min_decryption_version");
}

uint64_t vc_transit_key_min_encryption_version(const vc_transit_key *key)
{
    return vc__object_number(&key->object, "min_encryption_version");
}

uint64_t vc_transit_key_auto_rotate_seconds(const vc_transit_key *key)
{
    return vc__object_number(&key->object, "auto_rotate_period");
}

int vc_transit_key_supports_encryption(const vc_transit_key *key)
{
    return vc__object_flag(&key->object, "supports_encryption");
}

int vc_transit_key_supports_decryption(const vc_transit_key *key)
{
    return vc__object_flag(&key->object, "supports_decryption");
}

int vc_transit_key_supports_derivation(const vc_transit_key *key)
{
    return vc__object_flag(&key->object, "supports_derivation");
}

int vc_transit_key_supports_signing(const vc_transit_key *key)
{
    return vc__object_flag(&key->object, "supports_signing");
}

int vc_transit_key_is_derived(const vc_transit_key *key)
{
    return vc__object_flag(&key->object, "derived");
}

int vc_transit_key_is_convergent(const vc_transit_key *key)
{
    return vc__object_flag(&key->object, "convergent_encryption");
}

int vc_transit_key_is_exportable(const vc_transit_key *key)
{
    return vc__object_flag(&key->object, "exportable");
}

int vc_transit_key_is_imported(const vc_transit_key *key)
{
    return vc__object_flag(&key->object, "imported_key");
}

int vc_transit_key_allows_plaintext_backup(const vc_transit_key *key)
{
    return vc__object_flag(&key->object, "allow_plaintext_backup");
}

int vc_transit_key_allows_deletion(const vc_transit_key *key)
{
    return vc__object_flag(&key->object, "deletion_allowed");
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/transit_key.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "vault/endpoint.h"
#include "vault/object.h"
#include "vault/reply.h"

#include <stdlib.h>

enum { BODY_MAX = 65536 };

struct vc_transit_key {
    vc__object object;
    uint64_t *versions; /* ascending */
    size_t version_count;
};

struct vc_transit_keys {
    vc__object object;
};

vc_code vc__transit_key_begin(vc_request *request, const char *method, const char *place, const char *suffix,
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

vc_code vc__transit_mount_begin(vc_request *request, const char *method, const char *mount,
                                const char *operation, vc_error *err)
{
    vc__request_init(request, method, BODY_MAX, true);
    return vc__endpoint(&request->path, vc_str(mount ? mount : "transit"), operation, vc_str(NULL), err);
}

vc_code vc__transit_key_rotate(vc_request *request, const char *place, vc_error *err)
{
    const vc_code code = vc__transit_key_begin(request, "POST", place, "/rotate", false, err);
    if (!code)
        vc__buf_str(&request->body, "{}");
    return code ? code : vc__buf_check(&request->body, "the request", err);
}

vc_code vc__transit_key_trim(vc_request *request, const char *place, uint64_t version, vc_error *err)
{
    const vc_code code = vc__transit_key_begin(request, "POST", place, "/trim", true, err);
    if (!code)
        vc__buf_printf(&request->body, "{\"min_available_version\":%llu}", (unsigned long long)version);
    return code ? code : vc__buf_check(&request->body, "the request", err);
}

vc_code vc__transit_key_delete(vc_request *request, const char *place, vc_error *err)
{
    return vc__transit_key_begin(request, "DELETE", place, "", false, err);
}

vc_code vc__transit_key_read(vc_request *request, const char *place, vc_error *err)
{
    return vc__transit_key_begin(request, "GET", place, "", true, err);
}

/* -- the names of keys --------------------------------------------------------------------------------- */

vc_code vc__transit_keys_read(vc_request *request, const char *mount, vc_error *err)
{
    return vc__transit_mount_begin(request, "GET", mount, "keys?list=true", err);
}

/* Nothing to list is a 404 without a text. */
static bool lists_nothing(int status, vc_view body)
{
    char copy[256];
    if (status != 404 || body.len > sizeof copy)
        return false;
    memcpy(copy, body.len ? body.data : "", body.len);
    vc__reader reader;
    vc__reply reply;
    vc__reply_read(&reply, &reader, copy, body.len, NULL, NULL);
    return !reply.broken && reply.has_errors && !reply.error_count;
}

vc_transit_keys *vc__transit_keys_parse(int status, vc_view body, vc_error *err)
{
    vc_transit_keys *keys = vc__calloc(1, sizeof *keys);
    vc_code code = keys ? VC_OK : vc__error_memory(err);
    if (!code && lists_nothing(status, body))
        return keys;
    if (!code)
        code = vc__object_read(&keys->object, status, body, err);
    for (size_t i = 0; !code && i < vc__object_count(&keys->object, "keys"); i++)
        if (!vc__object_at(&keys->object, "keys", i))
            code = vc__error(err, VC_E_PROTOCOL, "the reply is no list of keys");
    if (!code && !vc__object_has(&keys->object, "keys"))
        code = vc__error(err, VC_E_PROTOCOL, "the reply is no list of keys");
    if (!code)
        return keys;
    vc_transit_keys_free(keys);
    return NULL;
}

void vc_transit_keys_free(vc_transit_keys *keys)
{
    if (keys)
        vc__object_cleanup(&keys->object);
    vc__free(keys);
}

size_t vc_transit_keys_count(const vc_transit_keys *keys)
{
    return vc__object_count(&keys->object, "keys");
}

const char *vc_transit_keys_name(const vc_transit_keys *keys, size_t i)
{
    return vc__object_at(&keys->object, "keys", i);
}

/* -- what the mount allows ----------------------------------------------------------------------------- */

vc_code vc__transit_mount_set_upsert(vc_request *request, const char *mount, bool allowed, vc_error *err)
{
    const vc_code code = vc__transit_mount_begin(request, "POST", mount, "config/keys", err);
    if (!code)
        vc__buf_printf(&request->body, "{\"disable_upsert\":%s}", allowed ? "false" : "true");
    return code ? code : vc__buf_check(&request->body, "the request", err);
}

vc_code vc__transit_mount_get_upsert(vc_request *request, const char *mount, vc_error *err)
{
    return vc__transit_mount_begin(request, "GET", mount, "config/keys", err);
}

vc_code vc__transit_upsert_parse(int *allowed, int status, char *body, size_t len, vc_error *err)
{
    vc__member member = { .name = "disable_upsert", .type = VC__MEMBER_FLAG };
    const vc_code code = vc__reply_members(status, body, len, &member, 1, err);
    if (!code && !member.seen)
        return vc__error(err, VC_E_PROTOCOL, "the reply does not tell of the mount's keys");
    if (!code)
        *allowed = !member.flag;
    return code;
}

/* -- one key ------------------------------------------------------------------------------------------- */

struct versions {
    uint64_t *numbers;
    size_t count, room;
};

/* A version of the map: those whose name is no number are none. */
static bool take_version(void *arg, const char *name, const vc__object *value)
{
    struct versions *versions = arg;
    uint64_t number;
    (void)value;
    if (versions->count < versions->room && vc__parse_uint(vc_str(name), UINT32_MAX, &number))
        versions->numbers[versions->count++] = number;
    return true;
}

static bool count_version(void *arg, const char *name, const vc__object *value)
{
    (void)name, (void)value;
    ++*(size_t *)arg;
    return true;
}

static int compare(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static vc_code read_versions(vc_transit_key *key, vc_error *err)
{
    const vc__object map = vc__object_inner(&key->object, "keys");
    struct versions versions = { 0 };
    if (map.json)
        vc__object_each(&map, count_version, &versions.room);
    if (!versions.room)
        return VC_OK;
    versions.numbers = vc__calloc(versions.room, sizeof *versions.numbers);
    if (!versions.numbers)
        return vc__error_memory(err);
    vc__object_each(&map, take_version, &versions);
    qsort(versions.numbers, versions.count, sizeof *versions.numbers, compare);
    key->versions = versions.numbers;
    key->version_count = versions.count;
    return VC_OK;
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
        code = read_versions(key, err);
    if (!code)
        return key;
    vc_transit_key_free(key);
    return NULL;
}

void vc_transit_key_free(vc_transit_key *key)
{
    if (key) {
        vc__object_cleanup(&key->object);
        vc__free(key->versions);
    }
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

int vc_transit_key_allows_rotation(const vc_transit_key *key)
{
    return vc__object_flag(&key->object, "imported_key_allow_rotation");
}

int vc_transit_key_is_soft_deleted(const vc_transit_key *key)
{
    return vc__object_flag(&key->object, "soft_deleted");
}

size_t vc_transit_key_version_count(const vc_transit_key *key)
{
    return key->version_count;
}

uint64_t vc_transit_key_version(const vc_transit_key *key, size_t i)
{
    return i < key->version_count ? key->versions[i] : 0;
}

/* The map of versions, and the name of one in it. */
static vc__object version_name(const vc_transit_key *key, uint64_t version, char name[24])
{
    size_t at = 23;
    name[at] = 0;
    do
        name[--at] = (char)('0' + version % 10);
    while (version /= 10);
    memmove(name, name + at, 24 - at);
    return vc__object_inner(&key->object, "keys");
}

uint64_t vc_transit_key_version_created(const vc_transit_key *key, uint64_t version)
{
    char name[24];
    const vc__object map = version_name(key, version, name);
    const vc__object inner = vc__object_inner(&map, name);
    uint64_t seconds = 0;
    if (!inner.json)
        return vc__object_number(&map, name);
    const char *time = vc__object_text(&inner, "creation_time");
    return time && vc__parse_rfc3339(vc_str(time), &seconds) ? seconds : 0;
}

static const char *version_text(const vc_transit_key *key, uint64_t version, const char *member)
{
    char name[24];
    const vc__object map = version_name(key, version, name);
    const vc__object inner = vc__object_inner(&map, name);
    const char *text = inner.json ? vc__object_text(&inner, member) : NULL;
    return text ? text : "";
}

const char *vc_transit_key_version_public_key(const vc_transit_key *key, uint64_t version)
{
    return version_text(key, version, "public_key");
}

const char *vc_transit_key_version_certificates(const vc_transit_key *key, uint64_t version)
{
    return version_text(key, version, "certificate_chain");
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transit_material.c - keys as they leave Vault and come back: export, backup, restore. Their replies hold key
 * material: it is read in place, and kept in secret memory or handed to the caller.
 */
#include "vault/transit_key.h"

#include "base/alloc.h"
#include "base/base64.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/text.h"
#include "json/string.h"
#include "vault/endpoint.h"
#include "vault/reply.h"

#include <stdlib.h>

enum { MATERIAL_MAX = 1 << 20, BACKUP_MAX = 32 << 20 };

/* Where one version's key lies in the secret. */
struct place {
    uint64_t version;
    size_t at, len;
};

struct vc_transit_material {
    vc__secret *secret; /* the keys, each with a NUL behind it */
    struct place *places;
    size_t count;
};

static vc_code begin(vc_request *request, const char *method, const char *operation, const char *place,
                     bool replay_safe, vc_error *err)
{
    vc__request_init(request, method, BACKUP_MAX, replay_safe);
    vc_view mount, name;
    const vc_code code = vc__place_parse(vc_str(place), "transit", &mount, &name, err);
    return code ? code : vc__endpoint(&request->path, mount, operation, name, err);
}

/* -- export -------------------------------------------------------------------------------------------- */

vc_code vc__transit_key_export(vc_request *request, const char *place, const char *type, uint64_t version,
                               vc_error *err)
{
    char operation[64];
    if (!type || !vc__name_valid(vc_str(type)) || strlen(type) > 40) {
        vc__request_init(request, "GET", 0, true);
        return vc__error(err, VC_E_ARGUMENT,
                         "a key is exported as \"encryption-key\", \"signing-key\", \"hmac-key\", \"public-key\" or "
                         "\"certificate-chain\"");
    }
    memcpy(operation, "export/", sizeof "export/");
    strcat(operation, type);
    const vc_code code = begin(request, "GET", operation, place, true, err);
    if (code)
        return code;
    if (version == VC_TRANSIT_LATEST)
        vc__buf_str(&request->path, "/latest");
    else if (version)
        vc__buf_printf(&request->path, "/%llu", (unsigned long long)version);
    return vc__buf_check(&request->path, "the request's path", err);
}

/* What is being read. */
struct reading {
    vc_transit_material *material;
    vc__buf keys;
    size_t room;
    vc_code code;
};

/* Raw bytes where Vault has Base64, PEM as it is; a NUL behind. */
static bool append_key(vc__buf *keys, vc_view text, size_t *len)
{
    static const char pem[] = "-----BEGIN ";
    *len = text.len;
    if (!vc__view_starts(text, pem)) {
        char *const at = (char *)(uintptr_t)text.data; /* writable: the reader works in place */
        if (!text.len || vc__base64_decode(at, len, text, NULL))
            return false;
    }
    vc__buf_append(keys, text.data, *len);
    vc__buf_byte(keys, 0);
    return true;
}

static bool add_version(struct reading *reading, vc_view name, vc_view text)
{
    vc_transit_material *material = reading->material;
    struct place place = { .at = reading->keys.len };
    if (!vc__parse_uint(name, UINT32_MAX, &place.version) || !append_key(&reading->keys, text, &place.len))
        return false;
    if (material->count == reading->room) {
        const size_t room = reading->room ? 2 * reading->room : 4;
        struct place *more = vc__realloc(material->places, room, sizeof *more);
        if (!more) {
            reading->code = VC_E_MEMORY;
            return false;
        }
        material->places = more;
        reading->room = room;
    }
    material->places[material->count++] = place;
    return true;
}

static bool read_keys(vc__reader *reader, struct reading *reading)
{
    if (vc__reader_next(reader) != VC__TOKEN_OBJECT || reading->material->count)
        return false;
    vc__token token;
    while ((token = vc__reader_next(reader)) == VC__TOKEN_NAME) {
        const vc_view name = reader->text;
        if (vc__reader_next(reader) != VC__TOKEN_STRING || !add_version(reading, name, reader->text))
            return false;
    }
    return token == VC__TOKEN_OBJECT_END;
}

static bool read_data(vc__reader *reader, void *arg)
{
    vc__token token;
    while ((token = vc__reader_next(reader)) == VC__TOKEN_NAME) {
        if (!vc__view_is(reader->text, "keys"))
            vc__reader_skip(reader);
        else if (!read_keys(reader, arg))
            return false;
    }
    return token == VC__TOKEN_OBJECT_END;
}

static int compare(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    return (x->version > y->version) - (x->version < y->version);
}

static vc_code read_material(vc_transit_material *material, int status, char *body, size_t len, vc_error *err)
{
    struct reading reading = { .material = material, .keys = VC__BUF(MATERIAL_MAX) };
    vc__reader reader;
    vc__reply reply;
    vc__reply_read(&reply, &reader, body, len, read_data, &reading);
    vc_code code = reading.code ? vc__error_memory(err) : vc__buf_check(&reading.keys, "the exported key", err);
    if (!code && (reply.broken || !material->count))
        code = vc__reply_refuse(vc__refusal_of_status(200), &reply, status, err);
    if (!code) {
        qsort(material->places, material->count, sizeof *material->places, compare);
        material->secret = vc__secret_new(vc__buf_get(&reading.keys), VC__LOCK_TRY, err);
        code = material->secret ? VC_OK : VC_E_MEMORY;
    }
    vc__buf_free(&reading.keys);
    return code;
}

vc_transit_material *vc__transit_material_parse(int status, char *body, size_t len, vc_error *err)
{
    if (vc__reply_error(status, vc_view_of(body, len), err))
        return NULL;
    vc_transit_material *material = vc__calloc(1, sizeof *material);
    if (!material)
        vc__error_memory(err);
    else if (read_material(material, status, body, len, err)) {
        vc_transit_material_free(material);
        material = NULL;
    }
    return material;
}

void vc_transit_material_free(vc_transit_material *material)
{
    if (!material)
        return;
    vc__secret_free(material->secret);
    vc__free(material->places);
    vc__free(material);
}

size_t vc_transit_material_count(const vc_transit_material *material)
{
    return material->count;
}

uint64_t vc_transit_material_version(const vc_transit_material *material, size_t i)
{
    return i < material->count ? material->places[i].version : 0;
}

vc_view vc_transit_material_key(const vc_transit_material *material, size_t i)
{
    const vc_view all = vc__secret_get(material->secret);
    if (i >= material->count || !all.len)
        return vc_str(NULL);
    return vc_view_of(all.data + material->places[i].at, material->places[i].len);
}

/* -- backup and restore -------------------------------------------------------------------------------- */

vc_code vc__transit_key_backup(vc_request *request, const char *place, vc_error *err)
{
    return begin(request, "GET", "backup", place, true, err);
}

vc_code vc__transit_backup_parse(vc_view *backup, int status, char *body, size_t len, vc_error *err)
{
    return vc__reply_text(backup, "backup", status, body, len, err);
}

vc_code vc__transit_key_restore(vc_request *request, const char *place, vc_view backup, bool force, vc_error *err)
{
    const size_t len = place ? strlen(place) : 0;
    vc_code code;
    if (place && (!len || place[len - 1] != '/')) {
        code = begin(request, "POST", "restore", place, force, err);
    } else {
        vc__request_init(request, "POST", BACKUP_MAX, force);
        code = vc__endpoint(&request->path, len ? vc_view_of(place, len - 1) : vc_str("transit"), "restore",
                            vc_str(NULL), err);
    }
    if (!code && (!backup.len || vc__utf8_valid(backup) != backup.len))
        code = vc__error(err, VC_E_ARGUMENT, "this is not a backup of a transit key");
    if (code)
        return code;
    vc__buf_str(&request->body, "{\"backup\":");
    vc__string_encode(&request->body, backup);
    vc__buf_str(&request->body, force ? ",\"force\":true}" : "}");
    return vc__buf_check(&request->body, "the request", err);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <vaultcrypt/transit_key.h>

#include "io/typed.h"
#include "vault/transit_key.h"

vc_code vc_transit_key_create(vc_client *client, const char *key, const vc_transit_settings *settings,
                              vc_error *err)
{
    vc_request request;
    return vc__typed_write(client, &request, vc__transit_key_create(&request, key, settings, err), err);
}

vc_code vc_transit_key_configure(vc_client *client, const char *key, const vc_transit_settings *settings,
                                 vc_error *err)
{
    vc_request request;
    return vc__typed_write(client, &request, vc__transit_key_configure(&request, key, settings, err), err);
}

vc_code vc_transit_key_rotate(vc_client *client, const char *key, vc_error *err)
{
    vc_request request;
    return vc__typed_write(client, &request, vc__transit_key_rotate(&request, key, err), err);
}

vc_code vc_transit_key_trim(vc_client *client, const char *key, uint64_t min_available_version, vc_error *err)
{
    vc_request request;
    return vc__typed_write(client, &request, vc__transit_key_trim(&request, key, min_available_version, err),
                           err);
}

vc_code vc_transit_key_delete(vc_client *client, const char *key, vc_error *err)
{
    vc_request request;
    return vc__typed_write(client, &request, vc__transit_key_delete(&request, key, err), err);
}

vc_transit_key *vc_transit_key_read(vc_client *client, const char *key, vc_error *err)
{
    vc_request request;
    const vc_code code = vc__typed_send(client, &request, vc__transit_key_read(&request, key, err), err);
    vc_transit_key *read =
        code ? NULL : vc__transit_key_parse(request.status, vc__buf_get(&request.reply), err);
    vc__typed_end(&request, read ? VC_OK : VC_E_PROTOCOL, err);
    return read;
}

vc_transit_keys *vc_transit_keys_read(vc_client *client, const char *mount, vc_error *err)
{
    vc_request request;
    const vc_code code = vc__typed_send(client, &request, vc__transit_keys_read(&request, mount, err), err);
    vc_transit_keys *read =
        code ? NULL : vc__transit_keys_parse(request.status, vc__buf_get(&request.reply), err);
    vc__typed_end(&request, read ? VC_OK : VC_E_PROTOCOL, err);
    return read;
}

vc_code vc_transit_mount_set_upsert(vc_client *client, const char *mount, int allowed, vc_error *err)
{
    vc_request request;
    return vc__typed_write(client, &request,
                           vc__transit_mount_set_upsert(&request, mount, allowed != 0, err), err);
}

vc_code vc_transit_mount_get_upsert(vc_client *client, const char *mount, int *allowed, vc_error *err)
{
    vc_request request;
    vc_code code = vc__typed_send(client, &request, vc__transit_mount_get_upsert(&request, mount, err), err);
    if (!code)
        code =
            vc__transit_upsert_parse(allowed, request.status, request.reply.data, request.reply.len, err);
    return vc__typed_end(&request, code, err);
}

vc_transit_material *vc_transit_key_export(vc_client *client, const char *key, const char *type,
                                           uint64_t version, vc_error *err)
{
    vc_request request;
    const vc_code code = vc__typed_send(
        client, &request, vc__transit_key_export(&request, key, type, version, err), err);
    vc_transit_material *read =
        code ? NULL
             : vc__transit_material_parse(request.status, request.reply.data, request.reply.len, err);
    vc__typed_end(&request, read ? VC_OK : VC_E_PROTOCOL, err);
    return read;
}

/* A call whose reply is one text. */
typedef vc_code parse_text(vc_view *text, int status, char *body, size_t len, vc_error *err);

static vc_code read_text(vc_client *client, vc_request *request, vc_code built, parse_text *parse,
                         vc_bytes *out, vc_error *err)
{
    vc_view text;
    vc_code code = vc__typed_send(client, request, built, err);
    if (!code)
        code = parse(&text, request->status, request->reply.data, request->reply.len, err);
    if (!code)
        code = vc__typed_copy(out, text, err);
    return vc__typed_end(request, code, err);
}

vc_code vc_transit_key_backup(vc_client *client, const char *key, vc_bytes *backup, vc_error *err)
{
    vc_request request;
    return read_text(client, &request, vc__transit_key_backup(&request, key, err), vc__transit_backup_parse,
                     backup, err);
}

vc_code vc_transit_wrapping_key_read(vc_client *client, const char *mount, vc_bytes *pem, vc_error *err)
{
    vc_request request;
    return read_text(client, &request, vc__transit_wrapping_key_read(&request, mount, err),
                     vc__transit_wrapping_key_parse, pem, err);
}

vc_code vc_transit_key_restore(vc_client *client, const char *key, vc_view backup, int force, vc_error *err)
{
    vc_request request;
    return vc__typed_write(client, &request,
                           vc__transit_key_restore(&request, key, backup, force != 0, err), err);
}

vc_code vc_transit_key_import(vc_client *client, const char *key, vc_view wrapped, const char *hash,
                              const vc_transit_settings *settings, vc_error *err)
{
    vc_request request;
    return vc__typed_write(client, &request,
                           vc__transit_key_import(&request, key, wrapped, hash, settings, err), err);
}

vc_code vc_transit_key_import_version(vc_client *client, const char *key, vc_view wrapped, const char *hash,
                                      vc_error *err)
{
    vc_request request;
    return vc__typed_write(client, &request,
                           vc__transit_key_import_version(&request, key, wrapped, hash, err), err);
}

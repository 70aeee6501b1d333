/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transit_key.h - keys of the transit engine: requests and replies. In transit_key.c (read, list, rotate,
 * trim, delete), transit_settings.c (create, configure), transit_material.c (export, backup, restore),
 * transit_import.c (bring your own key).
 *
 * Vault endpoints, below MOUNT: POST, GET, DELETE and LIST keys[/KEY]; POST keys/KEY/config, /rotate, /trim,
 * /import, /import_version; GET export/TYPE/KEY[/VERSION], backup/KEY, wrapping_key; POST restore[/KEY]; POST
 * and GET config/keys. Older servers answer some writes with 204, newer ones with 200 and the key:
 * vc__reply_error() is all that these need. What may not happen twice is not sent again after a doubtful
 * failure: rotate, delete, import, and restore without force.
 *
 * Threads: one owner.
 */
#ifndef VC__VAULT_TRANSIT_KEY_H
#define VC__VAULT_TRANSIT_KEY_H

#include "base/cleanup.h"
#include "vault/member.h"
#include "vault/request.h"

#include <vaultcrypt/transit_key.h>

/* "/v1/MOUNT/keys/KEY" with `suffix`; "/v1/MOUNT/OPERATION", where a NULL mount is "transit". As below. */
vc_code vc__transit_key_begin(vc_request *request, const char *method, const char *place, const char *suffix,
                              bool replay_safe, vc_error *err);
vc_code vc__transit_mount_begin(vc_request *request, const char *method, const char *mount,
                                const char *operation, vc_error *err);

/*
 * Each fills a request, to be cleaned up in any case. VC_E_ARGUMENT (names; settings of another call),
 * VC_E_LIMIT, VC_E_MEMORY.
 */
vc_code vc__transit_key_create(vc_request *request, const char *place, const vc_transit_settings *settings,
                               vc_error *err);
vc_code vc__transit_key_configure(vc_request *request, const char *place, const vc_transit_settings *settings,
                                  vc_error *err);
vc_code vc__transit_key_rotate(vc_request *request, const char *place, vc_error *err);
vc_code vc__transit_key_trim(vc_request *request, const char *place, uint64_t version, vc_error *err);
vc_code vc__transit_key_delete(vc_request *request, const char *place, vc_error *err);
vc_code vc__transit_key_read(vc_request *request, const char *place, vc_error *err);
vc_code vc__transit_keys_read(vc_request *request, const char *mount, vc_error *err);
vc_code vc__transit_mount_set_upsert(vc_request *request, const char *mount, bool allowed, vc_error *err);
vc_code vc__transit_mount_get_upsert(vc_request *request, const char *mount, vc_error *err);
vc_code vc__transit_key_export(vc_request *request, const char *place, const char *type, uint64_t version,
                               vc_error *err);
vc_code vc__transit_key_backup(vc_request *request, const char *place, vc_error *err);
vc_code vc__transit_key_restore(vc_request *request, const char *place, vc_view backup, bool force,
                                vc_error *err);
vc_code vc__transit_wrapping_key_read(vc_request *request, const char *mount, vc_error *err);
vc_code vc__transit_key_import(vc_request *request, const char *place, vc_view wrapped, const char *hash,
                               const vc_transit_settings *settings, vc_error *err);
vc_code vc__transit_key_import_version(vc_request *request, const char *place, vc_view wrapped,
                                       const char *hash, vc_error *err);

/* "{" and the settings that go with an import, each with a comma behind it. VC_E_ARGUMENT. */
vc_code vc__transit_settings_import(const vc_transit_settings *settings, vc__buf *body, vc_error *err);

/*
 * The members with the wrapped key and its hash (NULL: SHA256), and the last brace, behind what the body has. Imports of
 * transform end alike. VC_E_ARGUMENT: no Base64, or another hash.
 */
vc_code vc__wrapped_key_append(vc_request *request, vc_view wrapped, const char *hash, vc_error *err);

/* Replies. NULL, or a code: as vc__object_read(), and VC_E_PROTOCOL for what does not look like one. */
vc_transit_key *vc__transit_key_parse(int status, vc_view body, vc_error *err);
vc_transit_keys *vc__transit_keys_parse(int status, vc_view body, vc_error *err);

/* Replies that are overwritten. `*allowed` and the views (into the body) are set on VC_OK only. */
vc_code vc__transit_upsert_parse(int *allowed, int status, char *body, size_t len, vc_error *err);
vc_transit_material *vc__transit_material_parse(int status, char *body, size_t len, vc_error *err);
vc_code vc__transit_backup_parse(vc_view *backup, int status, char *body, size_t len, vc_error *err);
vc_code vc__transit_wrapping_key_parse(vc_view *pem, int status, char *body, size_t len, vc_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sys.h - health, seal, mounts, policies and capabilities: requests and replies. (sys.c, sys_seal.c,
 * sys_mount.c)
 *
 * Vault endpoints: those that <vaultcrypt/sys.h> names; sys/health is asked so that every state of the server
 * is answered with 200. Writes answer 204. All but enabling a mount may be sent again; a mount that was
 * enabled by a lost reply answers "in use".
 *
 * Threads: one owner.
 */
#ifndef VC__VAULT_SYS_H
#define VC__VAULT_SYS_H

#include "vault/object.h"
#include "vault/request.h"

#include <vaultcrypt/sys.h>

/*
 * Each fills a request, to be cleaned up in any case. VC_E_ARGUMENT (names, text that is not UTF-8),
 * VC_E_LIMIT, VC_E_MEMORY. `kind` is "mounts" (secrets engines) or "auth" (auth methods).
 */

/* METHOD sys/OPERATION, or with a path (NULL: none) sys/OPERATION/PATH, which may have several segments. */
vc_code vc__sys_request(vc_request *request, const char *method, const char *operation, const char *path,
                        bool replay_safe, vc_error *err);
/* Gives the object's JSON to the request, unless something failed with `code` before; frees the object. */
vc_code vc__sys_finish(vc_request *request, vc__object *object, vc_code code, vc_error *err);

vc_code vc__sys_health_read(vc_request *request, vc_error *err);
vc_code vc__sys_unseal(vc_request *request, vc_view key, vc_error *err);
vc_code vc__sys_unseal_reset(vc_request *request, vc_error *err);
vc_code vc__sys_mounts_read(vc_request *request, const char *kind, vc_error *err);
vc_code vc__sys_mount_enable(vc_request *request, const char *kind, const char *path, const char *type,
                             const char *description, vc_error *err);
vc_code vc__sys_mount_tune(vc_request *request, const char *kind, const char *path, uint64_t default_ttl,
                           uint64_t max_ttl, const char *description, vc_error *err);
vc_code vc__sys_policy_write(vc_request *request, const char *name, vc_view policy, vc_error *err);
vc_code vc__sys_policy_read(vc_request *request, const char *name, vc_error *err);
vc_code vc__sys_capabilities_self(vc_request *request, const char *const *paths, size_t count, vc_error *err);

/* Replies. NULL, or a code: as vc__object_read(), and VC_E_PROTOCOL for what is not such a thing. */
vc_sys_health *vc__sys_health_parse(int status, vc_view body, vc_error *err);
vc_sys_seal_status *vc__sys_seal_status_parse(int status, vc_view body, vc_error *err);
vc_sys_leader *vc__sys_leader_parse(int status, vc_view body, vc_error *err);
vc_sys_mounts *vc__sys_mounts_parse(int status, vc_view body, vc_error *err);
vc_code vc__sys_policy_parse(vc_bytes *policy, int status, vc_view body, vc_error *err);
vc_code vc__sys_capabilities_parse(unsigned *capabilities, const char *const *paths, size_t count, int status,
                                   vc_view body, vc_error *err);

#endif

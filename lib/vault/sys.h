/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sys.h - health, mounts, policies and capabilities: requests and replies.
 *
 * Vault endpoints: GET sys/health (asked so that every state of the server is answered with 200), GET
 * sys/mounts, POST sys/mounts/PATH, POST and GET sys/policies/acl/NAME, POST sys/capabilities-self. Writes
 * answer 204. All but enabling a mount may be sent again; a mount that was enabled by a lost reply answers
 * "in use".
 *
 * Threads: one owner.
 */
#ifndef VC__VAULT_SYS_H
#define VC__VAULT_SYS_H

#include "vault/request.h"

#include <vaultcrypt/sys.h>

/*
 * Each fills a request, to be cleaned up in any case. VC_E_ARGUMENT (names, text that is not UTF-8),
 * VC_E_LIMIT, VC_E_MEMORY.
 */
vc_code vc__sys_health_read(vc_request *request, vc_error *err);
vc_code vc__sys_mounts_read(vc_request *request, vc_error *err);
vc_code vc__sys_mount_enable(vc_request *request, const char *path, const char *type, const char *description,
                             vc_error *err);
vc_code vc__sys_policy_write(vc_request *request, const char *name, vc_view policy, vc_error *err);
vc_code vc__sys_policy_read(vc_request *request, const char *name, vc_error *err);
vc_code vc__sys_capabilities_self(vc_request *request, const char *path, vc_error *err);

/* Replies. NULL, or a code: as vc__object_read(), and VC_E_PROTOCOL for what is not such a thing. */
vc_sys_health *vc__sys_health_parse(int status, vc_view body, vc_error *err);
vc_sys_mounts *vc__sys_mounts_parse(int status, vc_view body, vc_error *err);
vc_code vc__sys_policy_parse(vc_bytes *policy, int status, vc_view body, vc_error *err);
vc_code vc__sys_capabilities_parse(unsigned *capabilities, const char *path, int status, vc_view body,
                                   vc_error *err);

#endif

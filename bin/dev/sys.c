/* SPDX-License-Identifier: Apache-2.0 */
/* sys.c - the table of all paths below sys/, and sys/dev/fault, which is the emulator's own. */
#include "base/error.h"
#include "clock.h"
#include "ha.h"
#include "mount.h"
#include "param.h"
#include "quota.h"
#include "reply.h"
#include "wrapping.h"

/* -- faults -- */

static void fault_write(dev_request *request)
{
    dev_server *server = request->server;
    vc_error err = VC_ERROR_INIT;
    dev_faults faults = DEV_FAULTS_INIT;
    vc_view text;
    if (!dev_param_string(request, "fault", &text))
        return;
    if (dev_faults_parse(&faults, text, &err) != VC_OK) {
        dev_reply_error(request, 400, "%s", err.message);
        return;
    }
    dev_faults_begin(&faults, dev_now());
    pthread_mutex_lock(&server->stop_lock);
    server->faults = faults;
    pthread_mutex_unlock(&server->stop_lock);
    dev_reply_empty(request);
}

static void fault_delete(dev_request *request)
{
    dev_server *server = request->server;
    pthread_mutex_lock(&server->stop_lock);
    server->faults = (dev_faults)DEV_FAULTS_INIT;
    pthread_mutex_unlock(&server->stop_lock);
    dev_reply_empty(request);
}

enum { ALWAYS = DEV_PUBLIC | DEV_UNSEALED };

const dev_route dev_sys_routes[] = {
    { "health", { [DEV_READ] = dev_health }, ALWAYS | DEV_SHARED, NULL, NULL },
    { "seal-status", { [DEV_READ] = dev_seal_status }, ALWAYS | DEV_SHARED, NULL, NULL },
    { "leader", { [DEV_READ] = dev_leader }, ALWAYS | DEV_SHARED, NULL, NULL },
    { "init", { [DEV_READ] = dev_init_read, [DEV_UPDATE] = dev_init_write }, ALWAYS, NULL, NULL },
    { "unseal", { [DEV_UPDATE] = dev_seal_open }, ALWAYS, NULL, NULL },
    { "seal", { [DEV_UPDATE] = dev_seal_close }, DEV_UNSEALED | DEV_SUDO, NULL, NULL },
    { "mounts", { [DEV_READ] = dev_mounts_read }, DEV_SHARED, NULL, NULL },
    { "mounts/*",
      { [DEV_READ] = dev_mount_read, [DEV_UPDATE] = dev_mount_write, [DEV_DELETE] = dev_mount_disable },
      0,
      NULL,
      NULL },
    { "auth", { [DEV_READ] = dev_mounts_read }, DEV_SHARED, NULL, NULL },
    { "auth/*",
      { [DEV_READ] = dev_mount_read, [DEV_UPDATE] = dev_mount_write, [DEV_DELETE] = dev_mount_disable },
      DEV_SUDO,
      NULL,
      NULL },
    { "policy", { [DEV_READ] = dev_policy_list, [DEV_LIST] = dev_policy_list }, DEV_SHARED, NULL, NULL },
    { "policies/acl", { [DEV_LIST] = dev_policy_list }, DEV_SHARED, NULL, NULL },
    { "policy/:name",
      { [DEV_READ] = dev_policy_read, [DEV_UPDATE] = dev_policy_write, [DEV_DELETE] = dev_policy_delete },
      0,
      NULL,
      NULL },
    { "policies/acl/:name",
      { [DEV_READ] = dev_policy_read, [DEV_UPDATE] = dev_policy_write, [DEV_DELETE] = dev_policy_delete },
      0,
      NULL,
      NULL },
    { "capabilities-self", { [DEV_UPDATE] = dev_capabilities_self }, DEV_SHARED, NULL, NULL },
    { "capabilities", { [DEV_UPDATE] = dev_capabilities }, DEV_SHARED, NULL, NULL },
    { "capabilities-accessor", { [DEV_UPDATE] = dev_capabilities_accessor }, DEV_SHARED, NULL, NULL },
    { "wrapping/wrap", { [DEV_UPDATE] = dev_wrapping_make }, DEV_SHARED, NULL, NULL },
    { "wrapping/unwrap", { [DEV_UPDATE] = dev_wrapping_unwrap }, DEV_PUBLIC, " token ", NULL },
    { "wrapping/lookup",
      { [DEV_UPDATE] = dev_wrapping_lookup, [DEV_READ] = dev_wrapping_lookup },
      DEV_PUBLIC,
      " token ",
      NULL },
    { "wrapping/rewrap", { [DEV_UPDATE] = dev_wrapping_rewrap }, DEV_PUBLIC, " token ", NULL },
    { "namespaces", { [DEV_LIST] = dev_namespace_list }, DEV_SHARED, NULL, NULL },
    { "namespaces/api-lock/lock", { [DEV_UPDATE] = dev_namespace_lock }, DEV_SUDO, NULL, NULL },
    { "namespaces/api-lock/unlock", { [DEV_UPDATE] = dev_namespace_lock }, DEV_SUDO, NULL, NULL },
    { "namespaces/api-lock/lock/*", { [DEV_UPDATE] = dev_namespace_lock }, DEV_SUDO, NULL, NULL },
    { "namespaces/api-lock/unlock/*", { [DEV_UPDATE] = dev_namespace_lock }, DEV_SUDO, NULL, NULL },
    { "namespaces/*",
      { [DEV_READ] = dev_namespace_read,
        [DEV_UPDATE] = dev_namespace_write,
        [DEV_PATCH] = dev_namespace_patch,
        [DEV_DELETE] = dev_namespace_delete },
      0,
      NULL,
      NULL },
    { "quotas/config",
      { [DEV_READ] = dev_quota_config_read, [DEV_UPDATE] = dev_quota_config_write },
      0,
      NULL,
      NULL },
    { "quotas/rate-limit", { [DEV_LIST] = dev_quota_list }, DEV_SHARED, NULL, NULL },
    { "quotas/rate-limit/:name",
      { [DEV_READ] = dev_quota_read, [DEV_UPDATE] = dev_quota_write, [DEV_DELETE] = dev_quota_delete },
      0,
      NULL,
      NULL },
    { "internal/ui/mounts", { [DEV_READ] = dev_ui_mounts }, DEV_SHARED | DEV_ANYONE, NULL, NULL },
    { "internal/ui/mounts/*", { [DEV_READ] = dev_ui_mount }, DEV_SHARED, NULL, NULL },
    { "internal/ui/namespaces", { [DEV_READ] = dev_ui_namespaces }, DEV_SHARED | DEV_ANYONE, NULL, NULL },
    { "ha-status", { [DEV_READ] = dev_ha_status }, DEV_SHARED, NULL, NULL },
    { "step-down", { [DEV_UPDATE] = dev_step_down }, DEV_SUDO, NULL, NULL },
    { "key-status", { [DEV_READ] = dev_key_status }, DEV_SHARED, NULL, NULL },
    { "dev/standby",
      { [DEV_UPDATE] = dev_standby_write, [DEV_DELETE] = dev_standby_delete },
      DEV_UNSEALED | DEV_SUDO,
      NULL,
      NULL },
    { "dev/index", { [DEV_READ] = dev_index_show }, DEV_SHARED, NULL, NULL },
    { "dev/wipe", { [DEV_UPDATE] = dev_wipe }, DEV_SUDO, NULL, NULL },
    { "dev/fault",
      { [DEV_UPDATE] = fault_write, [DEV_DELETE] = fault_delete },
      DEV_UNSEALED | DEV_SUDO,
      NULL,
      NULL },
    { 0 },
};

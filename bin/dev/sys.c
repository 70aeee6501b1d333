/* SPDX-License-Identifier: Apache-2.0 */
/* sys.c - sys/: health, seal, mounts, policies, capabilities; and sys/dev/fault, which is the emulator's own.
 */
#include "base/base64.h"
#include "base/secret.h"
#include "base/text.h"
#include "mount.h"
#include "param.h"
#include "reply.h"
#include "token.h"

#include <ctype.h>
#include <stdlib.h>

static bool sealed(const dev_request *request)
{
    return request->server->sealed || request->sealed;
}

/* A query parameter that is a status code; `otherwise` when absent. -1: not a number. */
static int code_of(const dev_request *request, const char *name, int otherwise)
{
    const char *text = dev_query(request, name);
    if (!text)
        return otherwise;
    uint64_t code;
    return vc__parse_uint(vc_str(text), 999, &code) && code >= 100 ? (int)code : -1;
}

static void write_health(dev_request *request, int status)
{
    const dev_server *server = request->server;
    const bool shut = sealed(request);
    vc__buf *out = dev_reply_bare(request, status);
    out_open(out, '{');
    out_member_bool(out, "initialized", true);
    out_member_bool(out, "sealed", shut);
    out_member_bool(out, "standby", shut);
    if (!server->flavour->openbao)
        out_member_bool(out, "performance_standby", false);
    out_member(out, "replication_performance_mode", shut ? "unknown" : "disabled");
    out_member(out, "replication_dr_mode", shut ? "unknown" : "disabled");
    out_member_int(out, "server_time_utc", dev_wall() / 1000000000);
    out_member(out, "version", server->flavour->version);
    if (!shut) {
        out_member(out, "cluster_name", server->cluster_name);
        out_member(out, "cluster_id", server->cluster_id);
    }
    vc__buf_str(out, "}\n");
}

static void health(dev_request *request)
{
    static const char *const others[] = { "standbycode", "uninitcode", "drsecondarycode",
                                          "performancestandbycode" };
    const int active = code_of(request, "activecode", 200), shut = code_of(request, "sealedcode", 503);
    bool bad = active < 0 || shut < 0;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        bad |= code_of(request, others[i], 200) < 0;
    if (bad)
        dev_reply_none(request, 400);
    else
        write_health(request, sealed(request) ? shut : active);
}

static void write_seal_status(dev_request *request)
{
    const dev_server *server = request->server;
    vc__buf *out = dev_reply_bare(request, 200);
    out_open(out, '{');
    out_member(out, "type", "shamir");
    out_member_bool(out, "initialized", true);
    out_member_bool(out, "sealed", sealed(request));
    out_member_int(out, "t", 1);
    out_member_int(out, "n", 1);
    out_member_int(out, "progress", 0);
    out_member(out, "nonce", "");
    out_member(out, "version", server->flavour->version);
    out_member(out, server->flavour->openbao ? "commit_date" : "build_date", "");
    out_member_bool(out, "migration", false);
    if (!sealed(request)) {
        out_member(out, "cluster_name", server->cluster_name);
        out_member(out, "cluster_id", server->cluster_id);
    }
    out_member_bool(out, "recovery_seal", false);
    out_member(out, "storage_type", "inmem");
    vc__buf_str(out, "}\n");
}

static void leader(dev_request *request)
{
    vc__buf *out = dev_reply_bare(request, 200);
    vc__buf_str(out,
                request->server->flavour->openbao
                    ? "{\"ha_enabled\":false}\n"
                    : "{\"ha_enabled\":false,\"is_self\":false,\"active_time\":\"0001-01-01T00:00:00Z\","
                      "\"leader_address\":\"\",\"leader_cluster_address\":\"\",\"performance_standby\":false,"
                      "\"performance_standby_last_remote_wal\":0}\n");
}

static void init_read(dev_request *request)
{
    vc__buf_str(dev_reply_bare(request, 200), "{\"initialized\":true}\n");
}

static void init_write(dev_request *request)
{
    dev_reply_error(request, 400, "Vault is already initialized");
}

static void seal(dev_request *request)
{
    request->server->sealed = true;
    dev_reply_empty(request);
}

/* The key in hexadecimal or base64, as Vault takes it. */
static bool decode_key(vc_view text, unsigned char *key, size_t room, size_t *len)
{
    if (text.len / 2 <= room && vc__hex_decode(key, text)) {
        *len = text.len / 2;
        return true;
    }
    return text.len <= room && vc__base64_decode((char *)key, len, text, NULL) == VC_OK;
}

static void unseal(dev_request *request)
{
    dev_server *server = request->server;
    unsigned char key[256], right[32];
    size_t len;
    bool reset = false;
    vc_view text;
    if (!dev_param_string(request, "key", &text) || !dev_param_bool(request, "reset", &reset))
        return;
    if (text.len == 0 && !reset) {
        dev_reply_error(request, 400,
                        "'key' must be specified in request body as JSON, or 'reset' set to true");
        return;
    }
    if (!reset && !decode_key(text, key, sizeof key, &len)) {
        dev_reply_error(request, 400, "'key' must be a valid hex or base64 string");
        return;
    }
    if (reset && !server->sealed) {
        dev_reply_error(request, 400, "vault is unsealed");
        return;
    }
    if (!reset && server->sealed) {
        vc__hex_decode(right, vc_str(server->unseal_key));
        if (len < 16) {
            dev_reply_error(request, 400, "invalid key: key is shorter than minimum 16 bytes");
            return;
        }
        if (!vc__secret_equal(vc_view_of(key, len), vc_view_of(right, sizeof right))) {
            dev_reply_error(request, 400, "Unseal failed, invalid key");
            return;
        }
        server->sealed = false;
    }
    write_seal_status(request);
}

static void auth_list(dev_request *request)
{
    vc__buf_str(
        dev_reply_repeated(request),
        "{\"token/"
        "\":{\"accessor\":\"auth_token_dev\",\"config\":{\"default_lease_ttl\":0,\"force_no_cache\":false,"
        "\"max_lease_ttl\":0,\"token_type\":\"default-service\"},\"description\":\"token based credentials\","
        "\"local\":false,\"options\":null,\"seal_wrap\":false,\"type\":\"token\"}}");
}

static void auth_enable(dev_request *request)
{
    dev_reply_error(request, 400, "ways to log in other than tokens are not in this emulator yet");
}

/* -- policies -- */

static bool acl_path(const dev_request *request)
{
    return vc__view_starts(vc__buf_get(&request->path), "sys/policies/acl");
}

enum { POLICY_NAME = 256 };

/* Names of policies are in lower case, whoever writes them. */
static vc_view policy_name(const dev_request *request, char *lower)
{
    size_t len = request->args[0].len < POLICY_NAME ? request->args[0].len : POLICY_NAME;
    for (size_t i = 0; i < len; i++)
        lower[i] = (char)tolower((unsigned char)request->args[0].data[i]);
    return vc_view_of(lower, len);
}

static void policy_list(dev_request *request)
{
    vc__buf *out = acl_path(request) ? dev_reply_data(request) : dev_reply_repeated(request);
    out_open(out, '{');
    out_key(out, "keys");
    dev_names_list(&request->server->policies, out);
    if (!acl_path(request)) {
        out_key(out, "policies");
        dev_names_list(&request->server->policies, out);
    }
    out_close(out, '}');
}

static void policy_read(dev_request *request)
{
    char name[POLICY_NAME];
    const dev_policy *policy = dev_names_get(&request->server->policies, policy_name(request, name));
    if (!policy) {
        dev_reply_missing(request);
        return;
    }
    vc__buf *out = acl_path(request) ? dev_reply_data(request) : dev_reply_repeated(request);
    out_open(out, '{');
    out_key(out, "name");
    out_string(out, policy_name(request, name));
    out_key(out, acl_path(request) ? "policy" : "rules");
    out_string(out, vc__buf_get(&policy->text));
    out_close(out, '}');
}

static dev_policy *parse_policy(dev_request *request, vc_view text)
{
    vc__auto(vc__buf) decoded = VC__BUF(DEV_BODY_MAX);
    vc_error err = VC_ERROR_INIT;
    size_t len;
    /* Vault tries base64 first */
    if (vc__buf_reserve(&decoded, text.len) == VC_OK &&
        vc__base64_decode_go(decoded.data, &len, text, NULL) == VC_OK)
        text = vc_view_of(decoded.data, len);
    dev_policy *policy = dev_policy_parse(text, &err);
    if (!policy)
        dev_reply_error(request, 400, "failed to parse policy: %s", err.message);
    return policy;
}

static void policy_write(dev_request *request)
{
    vc_view text;
    char lower[POLICY_NAME];
    const vc_view name = policy_name(request, lower);
    if (!dev_param_string(request, "policy", &text) ||
        (!text.data && !dev_param_string(request, "rules", &text)))
        return;
    if (text.len == 0) {
        dev_reply_error(request, 400, "'policy' parameter not supplied or empty");
    } else if (vc__view_is(name, "root")) {
        dev_reply_error(request, 400, "cannot update \"root\" policy");
    } else {
        dev_policy *policy = parse_policy(request, text);
        if (policy && dev_names_put(&request->server->policies, name, policy))
            dev_reply_empty(request);
        else if (policy)
            dev_reply_error(request, 500, "out of memory");
    }
}

static void policy_delete(dev_request *request)
{
    char lower[POLICY_NAME];
    const vc_view name = policy_name(request, lower);
    if (vc__view_is(name, "root") || vc__view_is(name, "default")) {
        dev_reply_error(request, 400, "cannot delete %.*s policy", (int)name.len, name.data);
        return;
    }
    dev_names_drop(&request->server->policies, name);
    dev_reply_empty(request);
}

/* -- capabilities -- */

static void write_capabilities(dev_request *request, const dev_token *token)
{
    json_object *paths = NULL;
    if (!dev_param_list(request, dev_param(request, "paths") ? "paths" : "path", &paths))
        return;
    if (!paths || json_object_array_length(paths) == 0) {
        json_object_put(paths);
        dev_reply_error(request, 400, "paths must be supplied");
        return;
    }
    vc__buf *out = dev_reply_repeated(request);
    out_open(out, '{');
    unsigned caps = 0;
    for (size_t i = 0; i < json_object_array_length(paths); i++) {
        const vc_view path = vc_str(json_object_get_string(json_object_array_get_idx(paths, i)));
        caps = dev_token_caps(request->server, token, path);
        out_string(out, path);
        vc__buf_byte(out, ':');
        dev_capabilities_write(out, caps);
    }
    if (json_object_array_length(paths) == 1) {
        out_key(out, "capabilities");
        dev_capabilities_write(out, caps);
    }
    out_close(out, '}');
    json_object_put(paths);
}

static void capabilities_self(dev_request *request)
{
    write_capabilities(request, request->token);
}

static void capabilities(dev_request *request)
{
    vc_view id;
    if (!dev_param_string(request, "token", &id))
        return;
    const dev_token *token = dev_token_find(request->server, id);
    if (token)
        write_capabilities(request, token);
    else
        dev_reply_wrapped(request, 400, "invalid token");
}

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
    { "health", { [DEV_READ] = health }, ALWAYS | DEV_SHARED, NULL, NULL },
    { "seal-status", { [DEV_READ] = write_seal_status }, ALWAYS | DEV_SHARED, NULL, NULL },
    { "leader", { [DEV_READ] = leader }, ALWAYS | DEV_SHARED, NULL, NULL },
    { "init", { [DEV_READ] = init_read, [DEV_UPDATE] = init_write }, ALWAYS, NULL, NULL },
    { "unseal", { [DEV_UPDATE] = unseal }, ALWAYS, NULL, NULL },
    { "seal", { [DEV_UPDATE] = seal }, DEV_UNSEALED | DEV_SUDO, NULL, NULL },
    { "mounts", { [DEV_READ] = dev_mounts_read }, DEV_SHARED, NULL, NULL },
    { "mounts/*",
      { [DEV_READ] = dev_mount_read, [DEV_UPDATE] = dev_mount_enable, [DEV_DELETE] = dev_mount_disable },
      0,
      NULL,
      NULL },
    { "auth", { [DEV_READ] = auth_list }, DEV_SHARED, NULL, NULL },
    { "auth/*", { [DEV_UPDATE] = auth_enable }, DEV_SUDO, NULL, NULL },
    { "policy", { [DEV_READ] = policy_list, [DEV_LIST] = policy_list }, DEV_SHARED, NULL, NULL },
    { "policies/acl", { [DEV_LIST] = policy_list }, DEV_SHARED, NULL, NULL },
    { "policy/:name",
      { [DEV_READ] = policy_read, [DEV_UPDATE] = policy_write, [DEV_DELETE] = policy_delete },
      0,
      NULL,
      NULL },
    { "policies/acl/:name",
      { [DEV_READ] = policy_read, [DEV_UPDATE] = policy_write, [DEV_DELETE] = policy_delete },
      0,
      NULL,
      NULL },
    { "capabilities-self", { [DEV_UPDATE] = capabilities_self }, DEV_SHARED, NULL, NULL },
    { "capabilities", { [DEV_UPDATE] = capabilities }, DEV_SHARED, NULL, NULL },
    { "dev/fault",
      { [DEV_UPDATE] = fault_write, [DEV_DELETE] = fault_delete },
      DEV_UNSEALED | DEV_SUDO,
      NULL,
      NULL },
    { 0 },
};

/* SPDX-License-Identifier: Apache-2.0 */
#include "ha.h"

#include "base/base64.h"
#include "base/text.h"
#include "clock.h"
#include "param.h"
#include "reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static bool shut(const dev_request *request)
{
    return request->server->seal.sealed || !request->server->seal.initialized || request->sealed;
}

static bool is_standby(const dev_request *request)
{
    return request->server->standby_of[0];
}

/* -- health -- */

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
    const bool closed = shut(request);
    vc__buf *out = dev_reply_bare(request, status);
    out_open(out, '{');
    out_member_bool(out, "initialized", server->seal.initialized);
    out_member_bool(out, "sealed", closed);
    out_member_bool(out, "standby", closed || is_standby(request));
    if (!server->flavour->openbao)
        out_member_bool(out, "performance_standby", false);
    out_member(out, "replication_performance_mode", closed ? "unknown" : "disabled");
    out_member(out, "replication_dr_mode", closed ? "unknown" : "disabled");
    out_member_int(out, "server_time_utc", dev_wall() / 1000000000);
    out_member(out, "version", server->flavour->version);
    if (!closed) {
        out_member(out, "cluster_name", server->cluster_name);
        out_member(out, "cluster_id", server->cluster_id);
    }
    vc__buf_str(out, "}\n");
}

/* standbyok and the like: there, and not "false". */
static bool asked(const dev_request *request, const char *name)
{
    const char *text = dev_query(request, name);
    return text && strcmp(text, "false") != 0 && strcmp(text, "0") != 0;
}

void dev_health(dev_request *request)
{
    static const char *const others[] = { "drsecondarycode", "performancestandbycode" };
    const int active = code_of(request, "activecode", 200), closed = code_of(request, "sealedcode", 503),
              standby = code_of(request, "standbycode", 429), fresh = code_of(request, "uninitcode", 501);
    bool bad = active < 0 || closed < 0 || standby < 0 || fresh < 0;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        bad |= code_of(request, others[i], 200) < 0;
    if (bad)
        dev_reply_none(request, 400);
    else if (!request->server->seal.initialized)
        write_health(request, fresh);
    else if (shut(request))
        write_health(request, closed);
    else
        write_health(request, is_standby(request) && !asked(request, "standbyok") ? standby : active);
}

/* -- leader and standby -- */

void dev_leader(dev_request *request)
{
    const dev_server *server = request->server;
    const bool ha = is_standby(request), openbao = server->flavour->openbao;
    vc__buf *out = dev_reply_bare(request, 200);
    if (!ha && openbao) {
        vc__buf_str(out, "{\"ha_enabled\":false}\n");
        return;
    }
    out_open(out, '{');
    out_member_bool(out, "ha_enabled", ha);
    out_member_bool(out, "is_self", false);
    out_member(out, "active_time", "0001-01-01T00:00:00Z");
    out_member(out, "leader_address", server->standby_of);
    out_member(out, "leader_cluster_address", "");
    if (!openbao) {
        out_member_bool(out, "performance_standby", false);
        out_member_int(out, "performance_standby_last_remote_wal", 0);
    }
    vc__buf_str(out, "}\n");
}

bool dev_ha_active(dev_request *request)
{
    static const char *const local[] = { "sys/health", "sys/seal-status", "sys/leader",   "sys/unseal",
                                         "sys/init",   "sys/dev/standby", "sys/dev/fault" };
    const vc_view path = vc__buf_get(&request->path);
    if (!is_standby(request) || shut(request))
        return true;
    for (size_t i = 0; i < sizeof local / sizeof local[0]; i++)
        if (vc__view_is(path, local[i]))
            return true;
    dev_reply_bare(request, 307);
    dev_reply_header(request, "Location", "%s%s", request->server->standby_of,
                     request->uri.data ? request->uri.data : "/");
    return false;
}

void dev_standby_write(dev_request *request)
{
    vc_view of;
    if (!dev_param_string(request, "of", &of))
        return;
    if (of.len == 0 || of.len >= sizeof request->server->standby_of) {
        dev_reply_error(request, 400, "\"of\" is the address of the active server");
        return;
    }
    snprintf(request->server->standby_of, sizeof request->server->standby_of, "%.*s", (int)of.len, of.data);
    dev_reply_empty(request);
}

void dev_standby_delete(dev_request *request)
{
    request->server->standby_of[0] = 0;
    dev_reply_empty(request);
}

void dev_ha_status(dev_request *request)
{
    char host[256] = "localhost";
    gethostname(host, sizeof host - 1);
    vc__buf *out = dev_reply_repeated(request);
    vc__buf_str(out, "{\"nodes\":[");
    out_open(out, '{');
    out_member(out, "hostname", host);
    out_member(out, "api_address", request->server->address);
    out_member(out, "cluster_address", "");
    out_member_bool(out, "active_node", true);
    out_member_json(out, "last_echo", "null");
    out_member(out, "version", request->server->flavour->version);
    vc__buf_str(out, "}]}");
}

void dev_step_down(dev_request *request)
{
    dev_reply_empty(request);
}

void dev_key_status(dev_request *request)
{
    vc__buf *out = dev_reply_repeated(request);
    out_open(out, '{');
    out_member_int(out, "encryptions", 1);
    out_key(out, "install_time");
    dev_time_write(out, request->server->started);
    out_member_int(out, "term", 1);
    out_close(out, '}');
}

/* -- X-Vault-Index: base64 of v1:CLUSTER:N:N -- */

/* The number of an index of ours; 0: it is another cluster's. False: it is none. */
static bool parse_index(const dev_server *server, const char *text, uint64_t *number)
{
    char plain[256];
    size_t len;
    *number = 0;
    if (strlen(text) >= sizeof plain || vc__base64_decode(plain, &len, vc_str(text), NULL) != VC_OK)
        return false;
    plain[len] = 0;
    const size_t prefix = 3 + strlen(server->cluster_id) + 1;
    if (strncmp(plain, "v1:", 3) != 0)
        return false;
    if (len <= prefix || strncmp(plain + 3, server->cluster_id, prefix - 4) != 0)
        return true;
    *number = strtoull(plain + prefix, NULL, 10);
    return true;
}

bool dev_ha_index_read(dev_request *request)
{
    dev_server *server = request->server;
    const char *text = dev_header(request, "X-Vault-Index");
    uint64_t number;
    if (!server->with_index || !text || !*text)
        return true;
    if (!parse_index(server, text, &number)) {
        dev_reply_error(request, 400, "error parsing X-Vault-Index header");
        return false;
    }
    atomic_store(&server->index_seen, number);
    if (number <= atomic_load(&server->index))
        return true;
    dev_reply_error(request, 412, "required index state not present");
    return false;
}

void dev_ha_index_write(dev_request *request)
{
    dev_server *server = request->server;
    char plain[256], text[512];
    if (!server->with_index)
        return;
    const bool wrote = request->op != DEV_READ && request->op != DEV_LIST && request->reply.status < 400;
    const unsigned long long number =
        wrote ? atomic_fetch_add(&server->index, 1) + 1 : atomic_load(&server->index);
    snprintf(plain, sizeof plain, "v1:%s:%llu:%llu", server->cluster_id, number, number);
    vc__base64_encode_raw(text, (const unsigned char *)plain, strlen(plain));
    text[vc__base64_encoded_len(strlen(plain))] = 0;
    dev_reply_header(request, "X-Vault-Index", "%s", text);
}

void dev_index_show(dev_request *request)
{
    vc__buf *out = dev_reply_data(request);
    out_open(out, '{');
    out_member_int(out, "index", (long long)atomic_load(&request->server->index));
    out_member_int(out, "seen", (long long)atomic_load(&request->server->index_seen));
    out_close(out, '}');
}

/* SPDX-License-Identifier: Apache-2.0 */
/* sys_seal.c - the seal, and who leads. */
#include "vault/sys.h"

#include "base/error.h"
#include "base/text.h"
#include "json/string.h"

struct vc_sys_seal_status {
    vc__object object;
};

struct vc_sys_leader {
    vc__object object;
};

static const char *text(const vc__object *object, const char *name)
{
    const char *found = vc__object_text(object, name);
    return found ? found : "";
}

vc_sys_seal_status *vc__sys_seal_status_parse(int status, vc_view body, vc_error *err)
{
    vc_sys_seal_status *seal = vc__object_parse_plain(status, body, err);
    if (!seal || vc__object_has(&seal->object, "sealed"))
        return seal;
    vc__error(err, VC_E_PROTOCOL, "the reply does not tell of Vault's seal: is this Vault?");
    vc_sys_seal_status_free(seal);
    return NULL;
}

void vc_sys_seal_status_free(vc_sys_seal_status *seal)
{
    vc__object_free(seal);
}

int vc_sys_seal_status_is_sealed(const vc_sys_seal_status *seal)
{
    return vc__object_flag(&seal->object, "sealed");
}

int vc_sys_seal_status_is_initialized(const vc_sys_seal_status *seal)
{
    return vc__object_flag(&seal->object, "initialized");
}

uint64_t vc_sys_seal_status_threshold(const vc_sys_seal_status *seal)
{
    return vc__object_number(&seal->object, "t");
}

uint64_t vc_sys_seal_status_shares(const vc_sys_seal_status *seal)
{
    return vc__object_number(&seal->object, "n");
}

uint64_t vc_sys_seal_status_progress(const vc_sys_seal_status *seal)
{
    return vc__object_number(&seal->object, "progress");
}

const char *vc_sys_seal_status_type(const vc_sys_seal_status *seal)
{
    return text(&seal->object, "type");
}

const char *vc_sys_seal_status_version(const vc_sys_seal_status *seal)
{
    return text(&seal->object, "version");
}

const char *vc_sys_seal_status_cluster_name(const vc_sys_seal_status *seal)
{
    return text(&seal->object, "cluster_name");
}

/* The share goes straight into the body: it is a secret. */
vc_code vc__sys_unseal(vc_request *request, vc_view key, vc_error *err)
{
    vc_code code = vc__sys_request(request, "POST", "unseal", NULL, true, err);
    if (code)
        return code;
    if (!key.len || vc__utf8_valid(key) != key.len)
        return vc__error(err, VC_E_ARGUMENT, "the unseal key is empty, or no text");
    vc__buf_str(&request->body, "{\"key\":");
    vc__string_encode(&request->body, key);
    vc__buf_str(&request->body, "}");
    return vc__buf_check(&request->body, "the request", err);
}

vc_code vc__sys_unseal_reset(vc_request *request, vc_error *err)
{
    const vc_code code = vc__sys_request(request, "POST", "unseal", NULL, true, err);
    if (code)
        return code;
    vc__buf_str(&request->body, "{\"reset\":true}");
    return vc__buf_check(&request->body, "the request", err);
}

vc_sys_leader *vc__sys_leader_parse(int status, vc_view body, vc_error *err)
{
    vc_sys_leader *leader = vc__object_parse_plain(status, body, err);
    if (!leader || vc__object_has(&leader->object, "ha_enabled"))
        return leader;
    vc__error(err, VC_E_PROTOCOL, "the reply does not tell of a leader: is this Vault?");
    vc_sys_leader_free(leader);
    return NULL;
}

void vc_sys_leader_free(vc_sys_leader *leader)
{
    vc__object_free(leader);
}

int vc_sys_leader_is_ha(const vc_sys_leader *leader)
{
    return vc__object_flag(&leader->object, "ha_enabled");
}

int vc_sys_leader_is_self(const vc_sys_leader *leader)
{
    return vc__object_flag(&leader->object, "is_self");
}

const char *vc_sys_leader_address(const vc_sys_leader *leader)
{
    return text(&leader->object, "leader_address");
}

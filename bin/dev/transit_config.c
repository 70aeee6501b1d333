/* SPDX-License-Identifier: Apache-2.0 */
/* transit_config.c - keys: rotate, config, trim; and config/keys. */
#include "param.h"
#include "reply.h"
#include "transit.h"

void transit_key_rotate(dev_request *request)
{
    transit_key *key = transit_key_get(request, 0);
    if (!key)
        dev_reply_error(request, 400, "key not found");
    else if (key->soft_deleted)
        dev_reply_wrapped(request, 500, "%s", transit_soft_deleted);
    else if (key->imported && !key->allow_rotation)
        dev_reply_wrapped(request, 500, "imported key %s does not allow rotation within Vault", key->name);
    else if (!transit_key_add(key, request->connection->random))
        dev_reply_error(request, 500, "out of memory");
    else {
        key->imported = false;
        transit_key_write(request, key);
    }
}

/* -- OpenBao's bin -- */

/* Whether there is such a key, and a server that knows of this. */
static transit_key *binnable(dev_request *request)
{
    transit_key *key = transit_key_get(request, 0);
    if (!request->server->flavour->openbao)
        dev_reply_wrapped(request, 404, "unsupported path");
    else if (!key)
        dev_reply_empty(request);
    else
        return key;
    return NULL;
}

void transit_key_soft_delete(dev_request *request)
{
    transit_key *key = binnable(request);
    if (!key)
        return;
    const bool again = key->soft_deleted;
    key->soft_deleted = true;
    transit_key_write(request, key);
    if (again)
        dev_reply_warning(request, "key was already marked as soft deleted");
}

void transit_key_soft_restore(dev_request *request)
{
    transit_key *key = binnable(request);
    if (!key)
        return;
    const bool again = !key->soft_deleted;
    key->soft_deleted = false;
    transit_key_write(request, key);
    if (again)
        dev_reply_warning(request, "key was already restored");
}

/* -- config -- */

/* The versions that a config request asks for; false: answered. */
static bool config_versions(dev_request *request, const transit_key *key, long long *decryption,
                            long long *encryption)
{
    if (!dev_param_int(request, "min_decryption_version", decryption) ||
        !dev_param_int(request, "min_encryption_version", encryption))
        return false;
    if (*decryption < 0)
        dev_reply_error(request, 400, "min decryption version cannot be negative");
    else if (*encryption < 0)
        dev_reply_error(request, 400, "min encryption version cannot be negative");
    else if (*decryption > key->latest)
        dev_reply_error(request, 400, "cannot set min decryption version of %lld, latest key version is %d",
                        *decryption, key->latest);
    else if (*encryption > key->latest)
        dev_reply_error(request, 400, "cannot set min encryption version of %lld, latest key version is %d",
                        *encryption, key->latest);
    else if (*encryption && *encryption < (*decryption ? *decryption : 1))
        dev_reply_error(request, 400,
                        "cannot set min encryption/decryption values; min encryption version of %lld must be "
                        "greater than or equal to min decryption version of %lld",
                        *encryption, *decryption);
    else if (*encryption < key->min_available)
        dev_reply_error(request, 400, "min encryption version should not be less than min available version");
    else if (*decryption && *decryption < key->min_available)
        dev_reply_error(request, 400, "min decryption version should not be less then min available version");
    else
        return true;
    return false;
}

void transit_key_config(dev_request *request)
{
    transit_key *key = transit_key_get(request, 0);
    if (!key) {
        dev_reply_error(request, 400, "no existing key named %.*s could be found", (int)request->args[0].len,
                        request->args[0].data);
        return;
    }
    long long decryption = key->min_decryption, encryption = key->min_encryption, rotate = key->auto_rotate;
    bool deletion = key->deletion_allowed, exportable = false, backup = false;
    if (!config_versions(request, key, &decryption, &encryption) ||
        !dev_param_bool(request, "deletion_allowed", &deletion) ||
        !dev_param_bool(request, "exportable", &exportable) ||
        !dev_param_bool(request, "allow_plaintext_backup", &backup) ||
        !dev_param_duration(request, "auto_rotate_period", &rotate))
        return;
    if (rotate && rotate < 3600) {
        dev_reply_error(request, 400, "auto rotate period must be 0 to disable or at least an hour");
        return;
    }
    if (decryption == 0) {
        decryption = 1;
        dev_reply_warning(request,
                          "since Vault 0.3%s, transit key numbering starts at 1; forcing minimum to 1",
                          request->server->flavour->openbao ? " (prior to the OpenBao fork)" : "");
    }
    key->min_decryption = (int)decryption;
    key->min_encryption = (int)encryption;
    key->deletion_allowed = deletion;
    key->exportable |= exportable;
    key->plaintext_backup |= backup;
    key->auto_rotate = rotate;
    transit_key_write(request, key);
}

void transit_key_trim(dev_request *request)
{
    transit_key *key = transit_key_get(request, 0);
    long long available = 0;
    if (!key)
        dev_reply_error(request, 400, "invalid key name");
    else if (!dev_param(request, "min_available_version"))
        dev_reply_error(request, 400, "missing min_available_version");
    else if (!dev_param_int(request, "min_available_version", &available))
        return;
    else if (available == 0)
        dev_reply_error(request, 400, "minimum available version should be positive");
    else if (available < key->min_available)
        dev_reply_error(request, 400, "minimum available version cannot be decremented");
    else if (key->min_encryption == 0)
        dev_reply_error(request, 400,
                        "minimum available version cannot be set when minimum encryption version is not set");
    else if (available > key->min_encryption)
        dev_reply_error(request, 400,
                        "minimum available version cannot be greater than minmum encryption version");
    else if (available > key->min_decryption)
        dev_reply_error(request, 400,
                        "minimum available version cannot be greater than minimum decryption version");
    else if (available < 0)
        dev_reply_error(request, 400, "minimum available version cannot be negative");
    else {
        for (int version = 1; version < available; version++)
            transit_version_clear(&key->versions[version - 1]);
        key->min_available = (int)available;
        transit_key_write(request, key);
    }
}

static void write_config(dev_request *request)
{
    vc__buf *out = dev_reply_data(request);
    out_open(out, '{');
    out_member_bool(out, "disable_upsert", transit_of(request)->no_upsert);
    out_close(out, '}');
}

void transit_config_read(dev_request *request)
{
    write_config(request);
}

void transit_config_write(dev_request *request)
{
    bool disabled = false; /* what is not given is the default */
    if (!dev_param_bool(request, "disable_upsert", &disabled))
        return;
    transit_of(request)->no_upsert = disabled;
    write_config(request);
}

/* Nothing is cached here; but the setting is kept. */
void transit_cache_read(dev_request *request)
{
    vc__buf *out = dev_reply_data(request);
    out_open(out, '{');
    out_member_int(out, "size", transit_of(request)->cache_size);
    out_close(out, '}');
}

void transit_cache_write(dev_request *request)
{
    long long size = 0;
    if (!dev_param_int(request, "size", &size))
        return;
    if (size < 0 || (size > 0 && size < 10)) {
        dev_reply_error(request, 400, "size must be 0 or a value greater or equal to 10");
        return;
    }
    transit_of(request)->cache_size = size;
    transit_cache_read(request);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* doctor_pair.c - the key pairs of the schema (`keys:`): those in Vault: their types, and whether the token may. doctor_source.c has them all. */
#include "doctor.h"
#include "exit.h"
#include "policy.h"

#include <stdio.h>
#include <string.h>

enum { PAIR_ROOM = 1100 };

/* What the key in Vault is used for, and whether it is of the type for that. */
static void look_at_type(struct doctor *doctor, const char *name, bool opens, bool signs)
{
    vc_error err = VC_ERROR_INIT;
    vc_transit_key *key = vc_transit_key_read(doctor->client, name, &err);
    const char *type = key ? vc_transit_key_type(key) : "";
    if (!key && err.code == VC_E_DENIED)
        finding_add(&doctor->findings, FINDING_FAULT, EXIT_CONFIG, "key", "`read` on MOUNT/keys/KEY: vaultcrypt setup --policy prints it",
                    "%s: the token may not read it, and its public half is needed", name);
    else if (!key)
        finding_add(&doctor->findings, FINDING_FAULT, exit_code_of(err.code), "key", "vaultcrypt setup, or mend `keys` in the schema", "%s: %s", name,
                    err.message);
    else if (opens && strncmp(type, "rsa-", 4) != 0)
        finding_add(&doctor->findings, FINDING_FAULT, EXIT_CONFIG, "key", "use a key of type rsa-3072", "%s is of type %s, which opens nothing here", name, type);
    else if (signs && strcmp(type, "ed25519") != 0)
        finding_add(&doctor->findings, FINDING_FAULT, EXIT_CONFIG, "key", "use a key of type ed25519", "%s is of type %s, which does not sign tokens", name, type);
    else
        finding_add(&doctor->findings, FINDING_OK, 0, "key", NULL, "%s: %s, version %llu", name, type,
                    (unsigned long long)vc_transit_key_latest_version(key));
    vc_transit_key_free(key);
}

static void look_at_vault(struct doctor *doctor, const vc_schema_origin *origin, bool private, bool opens, bool signs)
{
    const char *mount = vc_schema_origin_option(origin, "vault.mount"), *key = vc_schema_origin_option(origin, "vault.key");
    char name[PAIR_ROOM];
    bool unused;
    snprintf(name, sizeof name, "%.500s/%.500s", mount, key);
    look_at_type(doctor, name, opens, signs);
    if (!private || (!opens && !signs))
        return;
    snprintf(name, sizeof name, "%.500s/%s/%.500s", mount, opens ? "decrypt" : "sign", key);
    (void)doctor_may_path(doctor, name, false, &unused);
}

static void look_at(struct doctor *doctor, const char *name, const vc_schema_origin *origin, bool private)
{
    const bool opens = policy_uses(doctor->schema, name, VC_OPEN, POLICY_PRIVATE);
    const bool signs = policy_uses(doctor->schema, name, VC_PROTECT, POLICY_SIGN) || policy_uses(doctor->schema, name, VC_OPEN, POLICY_VERIFY);
    if (strcmp(vc_schema_origin_kind(origin), "vault") == 0)
        look_at_vault(doctor, origin, private, opens, signs);
}

void doctor_pairs(struct doctor *doctor)
{
    const vc_schema_key *key;
    const vc_schema_origin *origin;
    for (size_t k = 0; (key = vc_schema_key_at(doctor->schema, k)); k++) {
        for (size_t n = 0; (origin = vc_schema_key_public_at(key, n)); n++)
            look_at(doctor, vc_schema_key_name(key), origin, false);
        for (size_t n = 0; (origin = vc_schema_key_private_at(key, n)); n++)
            look_at(doctor, vc_schema_key_name(key), origin, true);
    }
}

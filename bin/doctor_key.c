/* SPDX-License-Identifier: Apache-2.0 */
/* doctor_key.c - what the token may do with the key or role of a field, what the key is like, and how a round trip ended. */
#include "doctor.h"
#include "exit.h"
#include "fieldkey.h"
#include "policy.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

bool doctor_may_path(struct doctor *doctor, const char *path, bool could_create, bool *creates)
{
    vc_error err = VC_ERROR_INIT;
    unsigned capabilities = 0;
    *creates = true;
    if (vc_sys_capabilities_self(doctor->client, path, &capabilities, &err)) {
        finding_add(&doctor->findings, FINDING_SKIPPED, 0, "rights",
                    "the policy `default` lets a token ask what it may", "%s: %s", path, err.message);
        return true; /* trying will show */
    }
    *creates = capabilities & (VC_CAPABILITY_CREATE | VC_CAPABILITY_ROOT);
    const bool allowed = capabilities & (VC_CAPABILITY_UPDATE | VC_CAPABILITY_ROOT);
    if (allowed && capabilities & VC_CAPABILITY_CREATE && could_create)
        finding_add(&doctor->findings, FINDING_WARNING, 0, "rights",
                    "take `create` out of the policy: a mistyped name makes a new key",
                    "%s: update and create", path);
    else if (allowed)
        finding_add(&doctor->findings, FINDING_OK, 0, "rights", NULL, "%s: update", path);
    else
        finding_add(&doctor->findings, FINDING_SKIPPED, 0, "rights",
                    "vaultcrypt setup --policy=protect (or open) prints the policy that allows it",
                    "%s: the token may not", path);
    return allowed;
}

/* Only encrypting with a transit key makes one that is not there. */
bool doctor_may(struct doctor *doctor, const vc_field *field, vc_direction direction, bool *creates)
{
    char path[PATH_ROOM];
    bool ignored;
    *creates = true;
    if (!policy_path(field, direction, 0, path, sizeof path))
        return false;
    const bool could_create = direction == VC_PROTECT && strcmp(vc_field_method(field), "transit") == 0;
    const bool allowed = doctor_may_path(doctor, path, could_create, creates);
    for (size_t i = 1; policy_path(field, direction, i, path, sizeof path); i++) /* keys of `accept` */
        (void)doctor_may_path(doctor, path, false, &ignored);
    return allowed;
}

static void usable(struct doctor *doctor, const vc_transit_key *key, const char *name)
{
    const uint64_t latest = vc_transit_key_latest_version(key);
    finding_add(&doctor->findings, FINDING_OK, 0, "key", NULL, "%s: %s, version %llu", name,
                vc_transit_key_type(key), (unsigned long long)latest);
    if (vc_transit_key_allows_deletion(key))
        finding_add(&doctor->findings, FINDING_WARNING, 0, "key", "vaultcrypt key config --deletion=deny",
                    "%s may be deleted, and all it encrypted with it",
                    name);
    if (vc_transit_key_min_encryption_version(key) && vc_transit_key_min_encryption_version(key) < latest)
        finding_add(&doctor->findings, FINDING_OK, 0, "key", NULL, "%s: versions from %llu on encrypt", name,
                    (unsigned long long)vc_transit_key_min_encryption_version(key));
}

/* Vault computes keys for siv, hash and fpe with a key of any type, derived or not. */
static doctor_key_state look_at(struct doctor *doctor, const char *name, bool encrypts, const char *pinned)
{
    vc_error err = VC_ERROR_INIT;
    char why[256];
    doctor_key_state state = DOCTOR_KEY_UNUSABLE;
    vc_transit_key *key = vc_transit_key_read(doctor->client, name, &err);
    if (!key && err.code == VC_E_DENIED) {
        state = DOCTOR_KEY_UNKNOWN;
        finding_add(&doctor->findings, FINDING_SKIPPED, 0, "key",
                    "`read` on MOUNT/keys/KEY would let this be looked at", "%s: the token may not read it", name);
    } else if (!key) {
        finding_add(&doctor->findings, FINDING_FAULT, exit_code_of(err.code), "key",
                    "vaultcrypt setup, or mend mount and name in the schema", "%s: %s", name,
                    err.message);
    } else if (encrypts && vc_transit_key_is_derived(key)) {
        finding_add(&doctor->findings, FINDING_FAULT, EXIT_CONFIG, "key",
                    "use a key that is not derived: the schema gives no context",
                    "%s is derived: every call needs a context", name);
    } else if (encrypts && (!vc_transit_key_supports_encryption(key) || !vc_transit_key_supports_decryption(key))) {
        finding_add(&doctor->findings, FINDING_FAULT, EXIT_CONFIG, "key",
                    "use a key that encrypts, such as aes256-gcm96", "%s is of type %s", name,
                    vc_transit_key_type(key));
    } else if (fieldkey_refuses(key, pinned, why, sizeof why)) {
        finding_add(&doctor->findings, FINDING_FAULT, EXIT_CONFIG, "key",
                    "lower the minimum with vaultcrypt key config, or mend `key_version`; what is protected stays under the version it has",
                    "%s: %s", name, why);
    } else {
        state = DOCTOR_KEY_USABLE;
        usable(doctor, key, name);
    }
    vc_transit_key_free(key);
    return state;
}

doctor_key_state doctor_key(struct doctor *doctor, const vc_field *field, const char *name)
{
    char accepted[PATH_ROOM];
    const bool encrypts = fieldkey_encrypts(field);
    const doctor_key_state state = look_at(doctor, name, encrypts, vc_field_option(field, "key_version"));
    for (size_t i = 1; fieldkey_name(field, i, accepted, sizeof accepted); i++) /* tokens say the version of theirs */
        (void)look_at(doctor, accepted, encrypts, NULL);
    return state;
}

/* -- round trips ---------------------------------------------------------------------------------------------------------- */

/* 16 random bytes as text; they need not be secret. */
void doctor_random_text(char text[33])
{
    unsigned char bytes[16] = { 0 };
    (void)!getrandom(bytes, sizeof bytes, 0);
    for (size_t i = 0; i < sizeof bytes; i++)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

void doctor_trip_failed(struct doctor *doctor, const char *name, const vc_error *err)
{
    finding_add(&doctor->findings, FINDING_FAULT, exit_code_of(err->code), "round trip",
                "the finding above, or Vault's audit log, tells why", "%s: %s", name,
                err->message);
}

void doctor_trip_came(struct doctor *doctor, const char *name, bool equal)
{
    finding_add(&doctor->findings, equal ? FINDING_OK : FINDING_FAULT, EXIT_DATA, "round trip",
                "two servers or keys behind one address?", "%s: %s", name,
                equal ? "a random value came back" : "another value came back");
}

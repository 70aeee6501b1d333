/* SPDX-License-Identifier: Apache-2.0 */
/* objects.h - what a schema needs in Vault: looked for, and made where it is missing. Each is told on standard output. */
#ifndef VC_BIN_OBJECTS_H
#define VC_BIN_OBJECTS_H

#include <stdbool.h>
#include <vaultcrypt/vaultcrypt.h>

struct objects {
    vc_client *client;
    const vc_schema *schema;
    bool dry_run;
    unsigned differences; /* what is there, but not as the schema says */
    vc_sys_mounts *mounts;
    char **told; /* what was dealt with before: fields share keys and roles */
    size_t told_count;
};

vc_code objects_open(struct objects *objects, vc_error *err);
void objects_close(struct objects *objects);

/* Mount, key or role, transformation and template of one field; nothing where Vault has no part in it. */
vc_code objects_ensure_field(struct objects *objects, const vc_field *field, vc_error *err);

/* The keys that it takes besides when it opens: looked for, never made. After all that are made. */
vc_code objects_look_at_accepted(struct objects *objects, const vc_field *field, vc_error *err);

/* The key pairs that `keys:` has in Vault: those that open are made as rsa-3072, those that sign as ed25519. */
vc_code objects_ensure_pairs(struct objects *objects, vc_error *err);

vc_code objects_ensure_policy(struct objects *objects, const char *name, const char *text, vc_error *err);

#endif

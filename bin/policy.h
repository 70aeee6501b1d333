/* SPDX-License-Identifier: Apache-2.0 */
/* policy.h - the least that a token needs for a schema, as Vault policies in HCL. */
#ifndef VC_BIN_POLICY_H
#define VC_BIN_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <vaultcrypt/batch.h>
#include <vaultcrypt/schema.h>

/*
 * The policy to protect, to open, or to rewrap everything that the schema names. `update` only: with `create` a mistyped key would come to be.
 * Free the text with free(); NULL: no memory.
 */
char *policy_text(const vc_schema *schema, vc_direction direction);

/*
 * Endpoint number `i` that a field uses: "transit/encrypt/payments"; those behind the first are of keys that it takes when it opens. False:
 * there is none, as for what is masked or has a static key.
 */
bool policy_path(const vc_field *field, vc_direction direction, size_t i, char *path, size_t room);

/* What a key pair of `keys:` is used for. */
typedef enum policy_use { POLICY_PUBLIC, POLICY_PRIVATE, POLICY_SIGN, POLICY_VERIFY } policy_use;
bool policy_uses(const vc_schema *schema, const char *name, vc_direction direction, policy_use use);

#endif

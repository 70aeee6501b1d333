/* SPDX-License-Identifier: Apache-2.0 */
/* policy.h - the least that a token needs for a schema, as Vault policies in HCL. */
#ifndef VC_BIN_POLICY_H
#define VC_BIN_POLICY_H

#include <vaultcrypt/batch.h>
#include <vaultcrypt/schema.h>

/*
 * The policy to protect, or to open, everything that the schema names. `update` only: with `create` a mistyped key would come to be.
 * Free the text with free(); NULL: no memory.
 */
char *policy_text(const vc_schema *schema, vc_direction direction);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keypairs.h - the parts `keys:` and `key_release:` of a schema, while it is loaded. What they say is public: <vaultcrypt/schema.h>.
 *
 * Only lib/schema uses it. Threads: loading has one owner.
 */
#ifndef VC__SCHEMA_KEYPAIRS_H
#define VC__SCHEMA_KEYPAIRS_H

#include "schema/load.h"

/* Each stops at the first error, which has its place. */
vc_code vc__keypairs_load(const vc__loader *load, const vc__yaml_node *node, vc_schema *schema);
vc_code vc__key_release_load(const vc__loader *load, const vc__yaml_node *node, vc_schema *schema);

/* The name that an option of a field says must be one of `keys:`; without `keys:` the names are the program's own. */
vc_code vc__keypairs_check(const vc__loader *load, const vc__yaml_node *node, const char *option, const vc_schema *schema);

#endif

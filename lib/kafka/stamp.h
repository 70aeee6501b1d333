/* SPDX-License-Identifier: Apache-2.0 */
/* stamp.h - what the header VC__HEADER_SCHEMA says: "1;SCHEMA;RULE;FORMATS", vaultcrypt-format(5). Threads: any. */
#ifndef VC__KAFKA_STAMP_H
#define VC__KAFKA_STAMP_H

#include <vaultcrypt/schema.h>

enum { VC__STAMP_ROOM = 512 };

/* What is too long is cut. */
void vc__stamp_write(char *out, size_t room, const vc_schema *schema, const vc_rule *rule);

#endif

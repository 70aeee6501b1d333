/* SPDX-License-Identifier: Apache-2.0 */
/* schema_warn.h - what is valid in a schema's `keys:` and yet not as it should be, for lint and `stream --check`. */
#ifndef SCHEMA_WARN_H
#define SCHEMA_WARN_H

#include <vaultcrypt/schema.h>

/* A line without its end, as "FILE:LINE: warning: ..."; `file` may be NULL. */
void schema_warn(const vc_schema *schema, const char *file, void (*line)(void *user, const char *text), void *user);

/* The same of public keys in files, which are read: one that is missing, or is no public key. Pipes are left alone, they are read once. */
void schema_warn_files(const vc_schema *schema, const char *file, void (*line)(void *user, const char *text), void *user);

#endif

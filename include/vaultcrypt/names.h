/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.h - what Vault lists: names of policies, namespaces, roles, ..., in Vault's order. A list of nothing is a list without
 * names, not an error.
 *
 * Threads: one owner; getters may be called by many.
 */
#ifndef VAULTCRYPT_NAMES_H
#define VAULTCRYPT_NAMES_H

#include <vaultcrypt/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct vc_names vc_names;

VC_API void vc_names_free(vc_names *names); /* NULL is fine */
VC_API size_t vc_names_count(const vc_names *names);
VC_API const char *vc_names_at(const vc_names *names, size_t i); /* borrowed; NULL beyond the last */
VC_API int vc_names_has(const vc_names *names, const char *name);

#ifdef __cplusplus
}
#endif

#endif

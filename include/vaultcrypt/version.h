/* SPDX-License-Identifier: Apache-2.0 */
/* version.h - the version of these headers, and of the library that was linked. configure.ac holds the same number. */
#ifndef VAULTCRYPT_VERSION_H
#define VAULTCRYPT_VERSION_H

#include <vaultcrypt/types.h>

#define VC_VERSION_MAJOR 0
#define VC_VERSION_MINOR 1
#define VC_VERSION_PATCH 0
#define VC_VERSION "0.1.0"

#ifdef __cplusplus
extern "C" {
#endif

/* The version of the library that runs, such as "0.1.0". */
VC_API const char *vc_version(void);

#ifdef __cplusplus
}
#endif

#endif

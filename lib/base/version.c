/* SPDX-License-Identifier: Apache-2.0 */
#include <vaultcrypt/version.h>

const char *vc_version(void)
{
    return VC_VERSION;
}

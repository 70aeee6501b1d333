/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/failure.h"

#include "base/error.h"

#include <openssl/err.h>

bool vc__libcrypto_forget(void)
{
    bool memory = false;
    for (unsigned long code; (code = ERR_get_error());)
        memory |= ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE;
    ERR_clear_error(); /* and the texts that it keeps */
    return memory;
}

vc_code vc__libcrypto_failed(vc_error *err, const char *what, const char *name)
{
    if (vc__libcrypto_forget())
        return vc__error_memory(err);
    return vc__error(err, VC_E_INTERNAL, "libcrypto does not %s %s", what, name);
}

vc_code vc__unauthentic(vc_error *err)
{
    (void)vc__libcrypto_forget();
    return vc__error(
        err, VC_E_CIPHERTEXT,
        "the ciphertext cannot be authenticated: it was changed, or belongs to another key or context");
}

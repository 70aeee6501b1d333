/* SPDX-License-Identifier: Apache-2.0 */
#include "base/secret.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/pages.h"

#include <openssl/crypto.h>

enum { SECRET_MAX = 1 << 20 };

/*
 * The pages begin with the length, so that a forked child, whose pages are wiped, sees no secret at all
 * rather than one of zeros; and they end with the bytes and a NUL, so that reading on hits the guard at once.
 */
struct vc__secret {
    vc__pages pages;
};

void vc__wipe(void *memory, size_t len)
{
    if (memory && len)
        OPENSSL_cleanse(memory, len);
}

static size_t *length_of(const vc__secret *secret)
{
    return (size_t *)(void *)secret->pages.data;
}

static char *bytes_of(const vc__secret *secret)
{
    return secret->pages.data + secret->pages.len - *length_of(secret) - 1;
}

vc__secret *vc__secret_new(vc_view bytes, vc__lock_policy policy, vc_error *err)
{
    if (bytes.len > SECRET_MAX) {
        vc__error(err, VC_E_LIMIT, "a secret is larger than %d bytes", SECRET_MAX);
        return NULL;
    }
    vc__autoptr(vc__secret) secret = vc__calloc(1, sizeof *secret);
    if (!secret || !vc__pages_map(&secret->pages, sizeof(size_t) + bytes.len + 1, policy != VC__LOCK_OFF)) {
        vc__error_memory(err);
        return NULL;
    }
    if (policy == VC__LOCK_REQUIRE && !secret->pages.locked) {
        vc__error(err, VC_E_CONFIG,
                  "memory for secrets cannot be locked: raise the limit (ulimit -l) or do not require it");
        return NULL;
    }
    *length_of(secret) = bytes.len;
    if (bytes.len)
        memcpy(bytes_of(secret), bytes.data, bytes.len);
    return vc__steal(&secret);
}

void vc__secret_free(vc__secret *secret)
{
    if (!secret)
        return;
    vc__pages_unmap(&secret->pages);
    vc__free(secret);
}

vc_view vc__secret_get(const vc__secret *secret)
{
    return secret ? vc_view_of(bytes_of(secret), *length_of(secret)) : vc_view_of(NULL, 0);
}

bool vc__secret_locked(const vc__secret *secret)
{
    return secret && secret->pages.locked;
}

bool vc__secret_equal(vc_view a, vc_view b)
{
    return a.len == b.len && (a.len == 0 || CRYPTO_memcmp(a.data, b.data, a.len) == 0);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/secret.h"

#include "base/error.h"

#include <openssl/crypto.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SECRET_MAX = 1 << 20 };

/* Lives at the head of its own pages: | guard | header and bytes ... | guard | */
struct vc__secret {
    size_t len;
    size_t pages; /* bytes between the guards */
    size_t page;
    bool locked;
    char bytes[];
};

void vc__wipe(void *memory, size_t len)
{
    if (memory && len)
        OPENSSL_cleanse(memory, len);
}

static vc__secret *map_pages(size_t need, size_t page)
{
    const size_t pages = (need + page - 1) / page * page;
    char *base = mmap(NULL, pages + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED)
        return NULL;
    if (mprotect(base + page, pages, PROT_READ | PROT_WRITE)) {
        munmap(base, pages + 2 * page);
        return NULL;
    }
    vc__secret *secret = (vc__secret *)(void *)(base + page);
    secret->pages = pages;
    secret->page = page;
    return secret;
}

vc__secret *vc__secret_new(vc_view bytes, vc__lock_policy policy, vc_error *err)
{
    if (bytes.len > SECRET_MAX) {
        vc__error(err, VC_E_LIMIT, "a secret is larger than %d bytes", SECRET_MAX);
        return NULL;
    }
    const long page = sysconf(_SC_PAGESIZE);
    vc__secret *secret = map_pages(sizeof *secret + bytes.len + 1, page > 0 ? (size_t)page : 4096);
    if (!secret) {
        vc__error_memory(err);
        return NULL;
    }
    secret->locked = policy != VC__LOCK_OFF && mlock(secret, secret->pages) == 0;
    if (policy == VC__LOCK_REQUIRE && !secret->locked) {
        vc__secret_free(secret);
        vc__error(err, VC_E_CONFIG, "memory for secrets cannot be locked: raise the limit (ulimit -l) or do not require it");
        return NULL;
    }
    /* Best effort by nature: an old kernel without these still keeps the lock and the wipe. */
    (void)madvise(secret, secret->pages, MADV_DONTDUMP);
    (void)madvise(secret, secret->pages, MADV_WIPEONFORK);
    secret->len = bytes.len;
    if (bytes.len)
        memcpy(secret->bytes, bytes.data, bytes.len);
    return secret;
}

void vc__secret_free(vc__secret *secret)
{
    if (!secret)
        return;
    const size_t page = secret->page;
    const size_t pages = secret->pages;
    vc__wipe(secret, pages);
    munmap((char *)secret - page, pages + 2 * page); /* unlocks too */
}

vc_view vc__secret_get(const vc__secret *secret)
{
    return secret ? vc_view_of(secret->bytes, secret->len) : vc_view_of(NULL, 0);
}

bool vc__secret_locked(const vc__secret *secret)
{
    return secret && secret->locked;
}

bool vc__secret_equal(vc_view a, vc_view b)
{
    return a.len == b.len && (a.len == 0 || CRYPTO_memcmp(a.data, b.data, a.len) == 0);
}

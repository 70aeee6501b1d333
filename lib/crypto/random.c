/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/random.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/pages.h"
#include "base/secret.h"
#include "crypto/failure.h"

#include <limits.h>
#include <openssl/rand.h>

/* One page, wiped in a forked child: `left` is 0 there, so the child fills its own. */
enum { PAGE = 4096, POOL = PAGE - 16 };
struct pool {
    size_t left; /* bytes at the end of `bytes` that have not been given out */
    unsigned char bytes[POOL];
};

struct vc__random {
    vc__pages pages;
    struct pool *pool;
    long process; /* looked at only where the kernel does not wipe */
};

vc__random *vc__random_new(vc_error *err)
{
    vc__autoptr(vc__random) random = vc__calloc(1, sizeof *random);
    if (!random || !vc__pages_map(&random->pages, sizeof *random->pool, true)) {
        vc__error_memory(err);
        return NULL;
    }
    random->pool = (struct pool *)(void *)random->pages.data;
    random->process = vc__process_id();
    return vc__steal(&random);
}

void vc__random_free(vc__random *random)
{
    if (!random)
        return;
    vc__pages_unmap(&random->pages);
    vc__free(random);
}

static vc_code generate(void *out, size_t len, vc_error *err)
{
    unsigned char *to = out;
    for (size_t left = len; left;) {
        const size_t part = left < INT_MAX ? left : INT_MAX;
        if (RAND_bytes(to, (int)part) != 1) {
            vc__wipe(out, len);
            return vc__libcrypto_failed(err, "make", "random bytes");
        }
        to += part;
        left -= part;
    }
    return VC_OK;
}

static void notice_fork(vc__random *random)
{
    const long now = vc__process_id();
    if (now == random->process)
        return;
    vc__wipe(random->pool, sizeof *random->pool);
    random->process = now;
}

vc_code vc__random_bytes(vc__random *random, void *out, size_t len, vc_error *err)
{
    if (!random->pages.wiped_on_fork)
        notice_fork(random);
    if (len > POOL / 2)
        return generate(out, len, err);
    struct pool *pool = random->pool;
    if (len > pool->left) {
        pool->left = 0;
        const vc_code code = generate(pool->bytes, POOL, err);
        if (code) {
            memset(out, 0, len);
            return code;
        }
        pool->left = POOL;
    }
    unsigned char *from = pool->bytes + POOL - pool->left;
    pool->left -= len;
    memcpy(out, from, len);
    memset(from, 0, len); /* the pool stays, so no compiler takes this for dead */
    return VC_OK;
}

vc_code vc__random_below(vc__random *random, uint64_t bound, uint64_t *value, vc_error *err)
{
    /* Values below 2^64 mod bound would make the small results likelier: draw again. */
    const uint64_t unfair = bound ? (0 - bound) % bound : 0;
    do {
        const vc_code code = vc__random_bytes(random, value, sizeof *value, err);
        if (code != VC_OK)
            return code;
    } while (*value < unfair);
    if (bound)
        *value %= bound;
    return VC_OK;
}

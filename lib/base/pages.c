/* SPDX-License-Identifier: Apache-2.0 */
#include "base/pages.h"

#include "base/secret.h"

#include <sys/mman.h>
#include <unistd.h>

bool vc__pages_map(vc__pages *pages, size_t need, bool lock)
{
    const long asked = sysconf(_SC_PAGESIZE);
    const size_t page = asked > 0 ? (size_t)asked : 4096;
    const size_t len = (need + page - 1) / page * page;
    *pages = (vc__pages){ 0 };
    char *base = mmap(NULL, len + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED)
        return false;
    if (mprotect(base + page, len, PROT_READ | PROT_WRITE)) {
        munmap(base, len + 2 * page);
        return false;
    }
    *pages = (vc__pages){ .data = base + page, .len = len, .guard = page };
    pages->locked = lock && mlock(pages->data, len) == 0;
    (void)madvise(pages->data, len, MADV_DONTDUMP); /* best effort by nature: the lock and the wipe remain */
    pages->wiped_on_fork = madvise(pages->data, len, MADV_WIPEONFORK) == 0;
    return true;
}

void vc__pages_unmap(vc__pages *pages)
{
    if (pages->data) {
        vc__wipe(pages->data, pages->len);
        munmap(pages->data - pages->guard, pages->len + 2 * pages->guard); /* unlocks too */
    }
    *pages = (vc__pages){ 0 };
}

long vc__process_id(void)
{
    return (long)getpid();
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "io/watch.h"

#include "base/error.h"
#include "io/file.h"

#include <sys/stat.h>

enum { SECRET_FILE_MAX = 65536 };

vc__stamp vc__stamp_of(const char *path)
{
    struct stat st;
    if (stat(path, &st))
        return (vc__stamp){ 0, 0, 0, 0, 0 };
    return (vc__stamp){ (uint64_t)st.st_dev, (uint64_t)st.st_ino, (uint64_t)st.st_size, st.st_mtim.tv_sec, st.st_mtim.tv_nsec };
}

bool vc__stamp_equal(const vc__stamp *a, const vc__stamp *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size && a->seconds == b->seconds &&
           a->nanoseconds == b->nanoseconds;
}

vc__secret *vc__secret_file(const char *path, const char *what, vc_error *err)
{
    vc__auto(vc__buf) text = VC__BUF(SECRET_FILE_MAX);
    if (vc__file_read(path, what, &text, err))
        return NULL;
    size_t len = text.len;
    if (len && text.data[len - 1] == '\n')
        len -= len > 1 && text.data[len - 2] == '\r' ? 2 : 1;
    if (!len) {
        vc__error(err, VC_E_CONFIG, "%s %s is empty", what, path);
        return NULL;
    }
    return vc__secret_new(vc_view_of(text.data, len), VC__LOCK_TRY, err);
}

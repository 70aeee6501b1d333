/* SPDX-License-Identifier: Apache-2.0 */
#include "io/learnt.h"

#include "base/error.h"

vc_code vc__learnt_init(vc__learnt *learnt, const vc_config *config, vc_error *err)
{
    *learnt = (vc__learnt){ .config = config };
    return pthread_mutex_init(&learnt->lock, NULL) ? vc__error_memory(err) : VC_OK;
}

void vc__learnt_destroy(vc__learnt *learnt)
{
    pthread_mutex_destroy(&learnt->lock);
}

void vc__learnt_get(vc__learnt *learnt, vc__caps *caps)
{
    pthread_mutex_lock(&learnt->lock);
    *caps = learnt->caps;
    pthread_mutex_unlock(&learnt->lock);
    vc__caps_restart(caps);
}

/* One piece of news; false when there is none. The log is called without the lock: it is the application's. */
static bool teach_one(vc__learnt *learnt, const vc__caps *caps)
{
    pthread_mutex_lock(&learnt->lock);
    const size_t bytes_before = learnt->caps.bytes;
    const vc__cap *news = vc__caps_merge(&learnt->caps, caps);
    const vc__cap copy = news ? *news : (vc__cap){ 0 };
    const size_t bytes = learnt->caps.bytes;
    pthread_mutex_unlock(&learnt->lock);
    if (bytes != bytes_before)
        vc__config_log(learnt->config, "this server refused a request for its bytes: at most %zu from now on (batch_bytes)", bytes);
    if (news)
        vc__config_log(learnt->config,
                       "this server takes %zu items with %u members in a request of %s, and refused more: so many from now on "
                       "(batch_items)",
                       copy.items, copy.members, copy.verb);
    return news != NULL;
}

void vc__learnt_teach(vc__learnt *learnt, const vc__caps *caps)
{
    while (teach_one(learnt, caps))
        ;
}

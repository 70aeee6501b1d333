/* SPDX-License-Identifier: Apache-2.0 */
#include "io/bell.h"

#include "base/error.h"

vc_code vc__bell_init(vc__bell *bell, vc_error *err)
{
    bell->listeners = NULL;
    return pthread_mutex_init(&bell->lock, NULL) ? vc__error_memory(err) : VC_OK;
}

void vc__bell_destroy(vc__bell *bell)
{
    pthread_mutex_destroy(&bell->lock);
}

void vc__bell_listen(vc__bell *bell, vc__listener *listener)
{
    pthread_mutex_lock(&bell->lock);
    listener->next = bell->listeners;
    bell->listeners = listener;
    pthread_mutex_unlock(&bell->lock);
}

void vc__bell_leave(vc__bell *bell, vc__listener *listener)
{
    pthread_mutex_lock(&bell->lock);
    vc__listener **at = &bell->listeners;
    while (*at && *at != listener)
        at = &(*at)->next;
    if (*at)
        *at = listener->next;
    pthread_mutex_unlock(&bell->lock);
}

void vc__bell_ring(vc__bell *bell)
{
    pthread_mutex_lock(&bell->lock);
    for (const vc__listener *listener = bell->listeners; listener; listener = listener->next)
        listener->wake(listener->user);
    pthread_mutex_unlock(&bell->lock);
}

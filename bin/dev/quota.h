/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quota.h - sys/quotas/rate-limit: so many requests in an interval, for all or below a path. Behind a lock of
 * its own: every request asks.
 */
#ifndef VC__DEV_QUOTA_H
#define VC__DEV_QUOTA_H

#include "names.h"
#include "route.h"

#include <pthread.h>

typedef struct dev_quotas {
    pthread_mutex_t lock;
    dev_names rules; /* name -> its own */
    bool headers;    /* X-Ratelimit-* and Retry-After */
    bool exempting;  /* the paths that are exempt by default are so */
} dev_quotas;

void dev_quotas_init(dev_quotas *quotas);
void dev_quotas_free(dev_quotas *quotas);

/* Counts the request (its namespace and path are known). False: answered 429. */
bool dev_quotas_admit(dev_request *request);

void dev_quota_list(dev_request *request);
void dev_quota_read(dev_request *request);
void dev_quota_write(dev_request *request);
void dev_quota_delete(dev_request *request);
void dev_quota_config_read(dev_request *request);
void dev_quota_config_write(dev_request *request);

#endif

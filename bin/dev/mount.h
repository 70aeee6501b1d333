/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mount.h - secrets engines: which there are, and where they are mounted.
 */
#ifndef VC__DEV_MOUNT_H
#define VC__DEV_MOUNT_H

#include "route.h"

void dev_mount_free(void *mount);
const char *dev_mount_type(const dev_mount *mount);

/* The endpoints sys/mounts, sys/mounts/:path and sys/mounts/:path/tune. */
void dev_mounts_read(dev_request *request);
void dev_mount_read(dev_request *request);
void dev_mount_enable(dev_request *request);
void dev_mount_disable(dev_request *request);

#endif

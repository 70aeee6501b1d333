/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mount.h - secrets engines and ways to log in: which there are, and where they are mounted.
 */
#ifndef VC__DEV_MOUNT_H
#define VC__DEV_MOUNT_H

#include "namespace.h"
#include "route.h"

enum { DEV_MAX_TTL = 2764800 }; /* seconds: 768 hours, Vault's default and maximum */

void dev_mount_free(void *mount);
const char *dev_mount_type(const dev_mount *mount);

/* The longest mount in the table that the path begins with, and how long its name is in the path. */
dev_mount *dev_mount_find(const dev_names *table, vc_view path, size_t *len);

/* By its accessor; NULL: gone. */
dev_mount *dev_mount_by_accessor(const dev_names *table, const char *accessor);

/* The mount of the tokens. */
vc_code dev_mount_setup(dev_server *server, dev_namespace *space, vc__random *random, vc_error *err);

/* Whether a request to sys/ is about ways to log in. */
bool dev_mount_is_auth(const dev_request *request);

/* Answers (mount_show.c): a mount; its tuning; one of Vault's own, false when it is none. */
void dev_mount_show(dev_request *request, const dev_mount *mount);
void dev_mount_show_tune(dev_request *request, const dev_mount *mount);
bool dev_mount_show_own(dev_request *request, vc_view path);
void dev_ui_mounts(dev_request *request);
void dev_ui_mount(dev_request *request);
void dev_ui_namespaces(dev_request *request);

/* The endpoints of sys/mounts and sys/auth: all, :path and :path/tune. */
void dev_mounts_read(dev_request *request);
void dev_mount_read(dev_request *request);
void dev_mount_write(dev_request *request);
void dev_mount_disable(dev_request *request);

#endif

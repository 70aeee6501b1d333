/* SPDX-License-Identifier: Apache-2.0 */
#include "namespace.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "clock.h"
#include "mount.h"
#include "policy.h"

#include <stdio.h>

dev_namespace *dev_namespace_new(dev_namespace *parent, vc_view path, vc__random *random)
{
    dev_namespace *space = vc__calloc(1, sizeof *space);
    if (!space)
        return NULL;
    space->mounts.free_item = space->auths.free_item = dev_mount_free;
    space->policies.free_item = dev_policy_free;
    space->parent = parent;
    if (parent)
        dev_letters(random, space->id, 6);
    else
        snprintf(space->id, sizeof space->id, "root");
    dev_uuid(random, space->uuid);
    space->path = vc__memdup(path.data, path.len);
    if (!space->path) {
        dev_namespace_free(space);
        return NULL;
    }
    return space;
}

void dev_namespace_free(void *item)
{
    dev_namespace *space = item;
    if (!space)
        return;
    dev_names_free(&space->mounts);
    dev_names_free(&space->auths);
    dev_names_free(&space->policies);
    json_object_put(space->metadata);
    vc__free(space->path);
    vc__free(space);
}

vc_code dev_namespace_setup(dev_server *server, dev_namespace *space, vc__random *random, vc_error *err)
{
    const vc_code code = dev_policies_setup(&space->policies, !space->parent, err);
    return code == VC_OK ? dev_mount_setup(server, space, random, err) : code;
}

bool dev_namespace_holds(const dev_namespace *space, const dev_namespace *below)
{
    return vc__view_starts(vc_str(below->path), space->path);
}

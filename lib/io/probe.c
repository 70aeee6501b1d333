/* SPDX-License-Identifier: Apache-2.0 */
#include "io/probe.h"

#include "base/alloc.h"
#include "io/call.h"

enum { PROBE_MS = 5000, NO_BODY = 0 };

static const char health[] = "/v1/sys/health?standbyok=true&perfstandbyok=true";

typedef struct vc__probe {
    vc__job job;
    vc_request request;
    vc__call call;
} vc__probe;

static void ended(vc__job *job, vc_code code, const vc_error *why)
{
    vc__driver *driver = job->user;
    vc__probe *probe = driver->probe;
    (void)code;
    (void)why;
    driver->probe = NULL;
    driver->probing = false;
    vc__request_cleanup(&probe->request);
    vc__free(probe);
}

struct vc__probe *vc__probe_begin(vc__driver *driver, size_t server)
{
    vc__probe *probe = vc__calloc(1, sizeof *probe);
    if (!probe)
        return NULL;
    vc__request_init(&probe->request, "GET", NO_BODY, true);
    probe->request.auth = VC__AUTH_NONE;
    probe->request.namespace_override = ""; /* health is the root's */
    probe->request.once = true;
    vc__buf_str(&probe->request.path, health);
    if (probe->request.path.failed) {
        vc__request_cleanup(&probe->request);
        vc__free(probe);
        return NULL;
    }
    vc__call_init(&probe->call, &probe->request, driver->now_ms + PROBE_MS, 0);
    probe->job = (vc__job){ .operation = vc__call_operation(&probe->call),
                            .ended = ended,
                            .user = driver,
                            .pinned = true,
                            .server = server,
                            .inner = true };
    vc__driver_begin(driver, &probe->job);
    return probe;
}

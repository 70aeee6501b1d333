/* SPDX-License-Identifier: Apache-2.0 */
#include "io/denied.h"

#include "base/error.h"

#include <stdio.h>

enum { LOOKUP_MS_MAX = 10000, NO_BODY = 0, ACTION_ROOM = 260 };

static const char lookup_path[] = "/v1/auth/token/lookup-self";

/* A call that is never repeated: the answer only makes a message better. */
static vc_step lookup_step(void *self, uint64_t now_ms, uint64_t *wait_until, vc_error *err)
{
    vc__call *call = self;
    if (call->request->state == VC__REQUEST_READY)
        return VC_STEP_SEND;
    if (call->request->state == VC__REQUEST_REPLIED)
        return VC_STEP_DONE;
    if (call->request->state == VC__REQUEST_SENT && now_ms < call->deadline) {
        *wait_until = call->deadline;
        return VC_STEP_WAIT;
    }
    vc__error(err, VC_E_TIMEOUT, "no answer");
    return VC_STEP_FAILED;
}

/* The status of the answer; 0: none. */
static int look_up_self(vc_client *client, vc__driver *driver)
{
    vc_request request;
    vc__request_init(&request, "GET", NO_BODY, false); /* a use of the token each time: not twice */
    vc__buf_str(&request.path, lookup_path);
    int status = 0;
    if (!request.path.failed) {
        vc__call call;
        const uint64_t most = client->config->timeout_ms;
        vc__call_init(&call, client, &request, most < LOOKUP_MS_MAX ? most : LOOKUP_MS_MAX);
        vc__operation operation = vc__call_operation(&call);
        operation.step = lookup_step;
        if (vc__driver_run(driver, &operation, NULL) == VC_OK)
            status = request.status;
    }
    vc__request_cleanup(&request);
    return status;
}

vc_code vc__denied_explain(vc_client *client, vc__driver *driver, vc_error *why)
{
    const vc_config *config = client->config;
    char action[ACTION_ROOM];
    snprintf(action, sizeof action, "%s", driver->denied.len ? driver->denied.data : "the request");
    if (!config->token) {
        snprintf(why->message, sizeof why->message, "%s was denied: there is no token. Set VAULT_TOKEN, or run `vault login`.",
                 action);
        return why->code;
    }
    const int status = look_up_self(client, driver);
    const char *namespace = config->text[VC__SET_NAMESPACE];
    if (status == 200)
        snprintf(why->message, sizeof why->message,
                 "the token is valid, but its policies do not allow %s%s%s. (Vault also says this of a mount that does not exist.)",
                 action, namespace ? " in the namespace " : "", namespace ? namespace : "");
    else if (status == 403)
        snprintf(why->message, sizeof why->message,
                 "%s was denied: the token is not valid or has expired%s%s. Log in again, or set VAULT_TOKEN.", action,
                 namespace ? ", or is not of the namespace " : "", namespace ? namespace : "");
    else
        snprintf(why->message, sizeof why->message, "%s was denied: its policies do not allow it, or the token has expired",
                 action);
    return why->code;
}

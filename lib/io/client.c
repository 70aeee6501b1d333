/* SPDX-License-Identifier: Apache-2.0 */
#include "io/client.h"

#include "base/alloc.h"
#include "base/error.h"
#include "io/clock.h"
#include "io/denied.h"

#include <openssl/err.h>
#include <openssl/rand.h>
#include <unistd.h>

enum { IDLE_DRIVERS_MAX = 64 };

VC__DEFINE_CLEANUP(vc_client, vc_client_close)

/*
 * libcurl counts curl_global_init(), and it is thread-safe in the versions that configure asks for. There is no curl_global_cleanup(): it would
 * pull libcurl from under other users in this process who never counted themselves in; what stays is a few hundred bytes.
 */
static vc_code open_curl(vc_error *err)
{
    const CURLcode result = curl_global_init(CURL_GLOBAL_DEFAULT);
    return result ? vc__error(err, VC_E_INTERNAL, "libcurl does not start: %s", curl_easy_strerror(result)) : VC_OK;
}

static vc_config *config_for(const vc_config *given, vc_error *err)
{
    if (given)
        return vc__config_copy(given, err);
    vc__autoptr(vc_config) config = vc_config_new(err);
    return config && vc_config_from_env(config, err) == VC_OK ? vc__steal(&config) : NULL;
}

vc_client *vc_client_open(const vc_config *given, vc_error *err)
{
    vc__autoptr(vc_config) config = config_for(given, err);
    if (!config || open_curl(err))
        return NULL;
    vc__autoptr(vc__target) target = vc__target_new(config, err);
    vc_client *client = target ? vc__calloc(1, sizeof *client) : NULL;
    if (target && !client)
        vc__error_memory(err);
    if (!client)
        return NULL;
    if (pthread_mutex_init(&client->lock, NULL)) {
        vc__free(client);
        vc__error_memory(err);
        return NULL;
    }
    client->config = vc__steal(&config);
    client->target = vc__steal(&target);
    client->pid = getpid();
    (void)ERR_set_mark();
    if (RAND_bytes((unsigned char *)&client->seed, sizeof client->seed) != 1)
        client->seed = vc__clock_ms(); /* it only spreads retries */
    (void)ERR_pop_to_mark(); /* the queue of this thread is the application's */
    return client;
}

void vc_client_close(vc_client *client)
{
    if (!client)
        return;
    /* In a forked child the connections are the parent's: closing them would say good-bye on its behalf. */
    const bool ours = client->pid == getpid();
    for (vc__driver *driver = client->idle; driver && ours;) {
        vc__driver *next = driver->next;
        vc__driver_free(driver);
        driver = next;
    }
    pthread_mutex_destroy(&client->lock);
    vc__target_free(client->target);
    vc_config_free(client->config);
    vc__free(client);
}

static vc__driver *borrow(vc_client *client, vc_error *err)
{
    if (client->pid != getpid()) {
        vc__error(err, VC_E_STATE, "this client was opened before fork(): open one in the child");
        return NULL;
    }
    pthread_mutex_lock(&client->lock);
    vc__driver *driver = client->idle;
    if (driver) {
        client->idle = driver->next;
        client->idle_count--;
    }
    pthread_mutex_unlock(&client->lock);
    return driver ? driver : vc__driver_new(client->target, err);
}

static void give_back(vc_client *client, vc__driver *driver)
{
    pthread_mutex_lock(&client->lock);
    const bool keep = client->idle_count < IDLE_DRIVERS_MAX;
    if (keep) {
        driver->next = client->idle;
        client->idle = driver;
        client->idle_count++;
    }
    pthread_mutex_unlock(&client->lock);
    if (!keep)
        vc__driver_free(driver);
}

vc_code vc__client_drive(vc_client *client, const vc__operation *operation, vc_error *err)
{
    vc_error why = VC_ERROR_INIT;
    vc__driver *driver = borrow(client, &why);
    if (!driver)
        return vc__error_copy(err, &why);
    vc_code code = vc__driver_run(driver, operation, &why);
    if (code == VC_E_DENIED)
        code = vc__denied_explain(client, driver, &why);
    give_back(client, driver);
    return code ? vc__error_copy(err, &why) : VC_OK;
}

void vc__call_init(vc__call *call, vc_client *client, vc_request *request, uint64_t deadline_ms)
{
    pthread_mutex_lock(&client->lock);
    client->seed += UINT64_C(0x9e3779b97f4a7c15);
    *call = (vc__call){ request, vc__clock_ms() + deadline_ms, client->seed };
    pthread_mutex_unlock(&client->lock);
}

static vc_step call_step(void *self, uint64_t now_ms, uint64_t *wait_until, vc_error *err)
{
    vc__call *call = self;
    vc_request *request = call->request;
    const bool answered = request->state == VC__REQUEST_REPLIED || request->state == VC__REQUEST_FAILED;
    if (answered && !vc__request_again(request, now_ms, call->deadline, &call->seed)) {
        if (request->state == VC__REQUEST_REPLIED && request->status != 403)
            return VC_STEP_DONE;
        if (request->state == VC__REQUEST_REPLIED)
            vc__reply_error(request->status, vc__buf_get(&request->reply), err);
        else
            vc__error_copy(err, &request->failure);
        return VC_STEP_FAILED;
    }
    if (request->state == VC__REQUEST_READY || vc__request_due(request, now_ms))
        return VC_STEP_SEND;
    if (now_ms >= call->deadline) {
        vc__error(err, VC_E_TIMEOUT, "Vault gave no answer before the deadline");
        return VC_STEP_FAILED;
    }
    *wait_until = request->state == VC__REQUEST_WAITING ? request->not_before : call->deadline;
    return VC_STEP_WAIT;
}

static vc_request *call_next(void *self)
{
    vc__call *call = self;
    if (call->request->state != VC__REQUEST_READY)
        return NULL;
    vc__request_take(call->request);
    return call->request;
}

vc__operation vc__call_operation(vc__call *call)
{
    return (vc__operation){ call_step, call_next, call };
}

vc_code vc__client_call(vc_client *client, vc_request *request, vc_error *err)
{
    if (!client)
        return vc__error(err, VC_E_ARGUMENT, "there is no client (NULL)");
    vc__call call;
    vc__call_init(&call, client, request, client->config->deadline_ms);
    const vc__operation operation = vc__call_operation(&call);
    return vc__client_drive(client, &operation, err);
}

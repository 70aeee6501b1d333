/* SPDX-License-Identifier: Apache-2.0 */
#include "io/client.h"

#include "base/alloc.h"
#include "base/error.h"
#include "io/clock.h"
#include "io/failure.h"
#include "io/session_keeper.h"

static vc_config *config_for(const vc_config *given, vc_error *err)
{
    if (given)
        return vc__config_copy(given, err);
    vc__autoptr(vc_config) config = vc_config_new(err);
    return config && vc_config_from_env(config, err) == VC_OK ? vc__steal(&config) : NULL;
}

/* A handle that takes the reference on the hub. */
static vc_client *make_handle(vc__hub *given, vc_error *err)
{
    vc__autoptr(vc__hub) hub = given;
    vc_client *client = vc__calloc(1, sizeof *client);
    if (!client) {
        vc__error_memory(err);
        return NULL;
    }
    client->config = hub->config;
    client->hub = vc__steal(&hub);
    atomic_init(&client->deadline_ms, 0);
    atomic_init(&client->canceled, false);
    return client;
}

vc_client *vc_client_open(const vc_config *given, vc_error *err)
{
    vc__autoptr(vc_config) config = config_for(given, err);
    if (!config || vc__curl_start(err))
        return NULL;
    vc__hub *hub = vc__hub_new(vc__steal(&config), err);
    vc_client *client = hub ? make_handle(hub, err) : NULL;
    if (client && (vc__hub_attach(hub, hub->keyring, err) || vc__keeper_start(hub, err))) {
        vc_client_close(client);
        return NULL;
    }
    return client;
}

vc_client *vc_client_scope(vc_client *client, vc_error *err)
{
    if (!client) {
        vc__error(err, VC_E_ARGUMENT, "a scope needs a client");
        return NULL;
    }
    if (vc__hub_check(client->hub, err))
        return NULL;
    vc_client *scope = make_handle(vc__hub_ref(client->hub), err);
    if (scope)
        atomic_store(&scope->deadline_ms, atomic_load(&client->deadline_ms));
    return scope;
}

vc_keyring *vc_client_keyring(vc_client *client)
{
    return client ? client->hub->keyring : NULL;
}

void vc_client_close(vc_client *client)
{
    if (!client)
        return;
    vc__hub_unref(client->hub);
    vc__free(client);
}

vc_code vc_client_reload(vc_client *client, const vc_config *config, vc_error *err)
{
    if (!client)
        return vc__error(err, VC_E_ARGUMENT, "there is no client (NULL)");
    vc_code code = vc__hub_check(client->hub, err);
    if (!code && config && config->token)
        code = vc__session_replace(client->hub->session, vc__secret_get(config->token), err);
    if (!code)
        vc__hub_reconnect(client->hub);
    return code;
}

vc_code vc_client_set_deadline(vc_client *client, uint64_t milliseconds, vc_error *err)
{
    if (!client)
        return vc__error(err, VC_E_ARGUMENT, "there is no client (NULL)");
    atomic_store(&client->deadline_ms, milliseconds);
    return VC_OK;
}

void vc_client_cancel(vc_client *client)
{
    if (!client)
        return;
    atomic_store(&client->canceled, true);
    if (!vc__hub_check(client->hub, NULL))
        vc__bell_ring(&client->hub->bell);
}

uint64_t vc__client_deadline(const vc_client *client)
{
    const uint64_t own = atomic_load(&client->deadline_ms);
    return own ? own : client->config->deadline_ms;
}

vc_code vc__client_drive(vc_client *client, const vc__operation *operation, uint64_t patience_ms, vc_error *err)
{
    vc_error why = VC_ERROR_INIT;
    vc__driver *driver = vc__hub_borrow(client->hub, &why);
    if (!driver)
        return vc__error_copy(err, &why);
    vc__job job = { .operation = *operation, .canceled = &client->canceled, .patience_ms = patience_ms };
    const vc_code code = vc__driver_run(driver, &job, &why);
    vc__hub_give_back(client->hub, driver);
    return code ? vc__error_copy(err, &why) : VC_OK;
}

vc_code vc__client_call(vc_client *client, vc_request *request, vc_error *err)
{
    if (!client)
        return vc__error(err, VC_E_ARGUMENT, "there is no client (NULL)");
    vc__call call;
    const uint64_t patience = vc__client_deadline(client);
    vc__call_init(&call, request, vc__call_deadline(vc__clock_ms(), patience), vc__hub_seed(client->hub));
    const vc__operation operation = vc__call_operation(&call);
    return vc__client_drive(client, &operation, patience, err);
}

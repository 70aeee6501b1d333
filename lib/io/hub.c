/* SPDX-License-Identifier: Apache-2.0 */
#include "io/hub.h"

#include "base/alloc.h"
#include "base/error.h"
#include "io/clock.h"
#include "io/session_keeper.h"
#include "keys/ring.h"

#include <openssl/err.h>
#include <openssl/rand.h>
#include <unistd.h>

enum { IDLE_DRIVERS_MAX = 64, ATTACH_MAX = 1 << 18 };

static uint64_t first_seed(void)
{
    uint64_t seed = 0;
    (void)ERR_set_mark();
    if (RAND_bytes((unsigned char *)&seed, sizeof seed) != 1)
        seed = vc__clock_ms(); /* it only spreads retries */
    (void)ERR_pop_to_mark(); /* the queue of this thread is the application's */
    return seed;
}

/* The configured one, or one of the client's own, which logs where the client does. */
static vc_keyring *keyring_for(const vc_config *config, vc_error *err)
{
    if (config->keyring)
        return vc_keyring_ref(config->keyring);
    vc_keyring *ring = vc_keyring_new(err);
    if (ring)
        (void)vc_keyring_set_log(ring, config->log, config->log_user, NULL);
    return ring;
}

static vc_code make_gate(vc__hub *hub, vc_error *err)
{
    const vc_config *config = hub->config;
    return vc__gate_init(&hub->gate, config->in_flight, config->rate, config->burst, err);
}

static vc_code make_locks(vc__hub *hub, vc_error *err)
{
    if (vc__bell_init(&hub->bell, err))
        return VC_E_MEMORY;
    if (vc__learnt_init(&hub->learnt, hub->config, err)) {
        vc__bell_destroy(&hub->bell);
        return VC_E_MEMORY;
    }
    if (make_gate(hub, err)) {
        vc__learnt_destroy(&hub->learnt);
        vc__bell_destroy(&hub->bell);
        return VC_E_MEMORY;
    }
    if (pthread_mutex_init(&hub->lock, NULL)) {
        vc__gate_destroy(&hub->gate);
        vc__learnt_destroy(&hub->learnt);
        vc__bell_destroy(&hub->bell);
        return vc__error_memory(err);
    }
    return VC_OK;
}

vc__hub *vc__hub_new(vc_config *given, vc_error *err)
{
    vc__autoptr(vc_config) config = given;
    vc__autoptr(vc__cluster) cluster = vc__cluster_new(config, err);
    vc__autoptr(vc__session) session = cluster ? vc__session_new(config, first_seed(), err) : NULL;
    vc__autoptr(vc_keyring) keyring = session ? keyring_for(config, err) : NULL;
    if (!keyring)
        return NULL;
    vc__hub *hub = vc__calloc(1, sizeof *hub);
    if (!hub) {
        vc__error_memory(err);
        return NULL;
    }
    hub->config = config;
    if (make_locks(hub, err)) {
        vc__free(hub);
        return NULL;
    }
    hub->config = vc__steal(&config);
    hub->cluster = vc__steal(&cluster);
    hub->session = vc__steal(&session);
    hub->keyring = vc__steal(&keyring);
    hub->parts = (vc__parts){ hub->config, hub->cluster, hub->session, &hub->gate, &hub->bell };
    hub->references = 1;
    hub->pid = getpid();
    hub->seed = first_seed();
    return hub;
}

vc__hub *vc__hub_ref(vc__hub *hub)
{
    pthread_mutex_lock(&hub->lock);
    hub->references++;
    pthread_mutex_unlock(&hub->lock);
    return hub;
}

static void free_drivers(vc__driver *driver)
{
    while (driver) {
        vc__driver *next = driver->next;
        vc__driver_free(driver);
        driver = next;
    }
}

static void destroy(vc__hub *hub)
{
    /* In a forked child the connections are the parent's: closing them would say good-bye on its behalf. */
    const bool ours = hub->pid == getpid();
    vc__keeper_end(hub, ours);
    if (ours)
        free_drivers(hub->idle);
    pthread_mutex_destroy(&hub->lock);
    vc__gate_destroy(&hub->gate);
    vc__learnt_destroy(&hub->learnt);
    vc__bell_destroy(&hub->bell);
    vc_keyring_unref(hub->keyring);
    vc__session_free(hub->session);
    vc__cluster_free(hub->cluster);
    vc_config_free(hub->config);
    vc__free(hub);
}

void vc__hub_unref(vc__hub *hub)
{
    if (!hub)
        return;
    /* In a forked child there is one thread, and the lock may be held by one that is not there. */
    const bool ours = hub->pid == getpid();
    if (ours)
        pthread_mutex_lock(&hub->lock);
    const bool last = --hub->references == 0;
    if (ours)
        pthread_mutex_unlock(&hub->lock);
    if (last)
        destroy(hub);
}

vc_code vc__hub_check(const vc__hub *hub, vc_error *err)
{
    return hub->pid == getpid() ? VC_OK
                                : vc__error(err, VC_E_STATE, "this client was opened before fork(): open one in the child");
}

/* As it was configured, but for the case of letters in the host's name. */
static void put_address(vc__buf *out, const vc__target *target)
{
    const size_t len = strlen(target->name);
    const size_t host = target->address.socket[0] || target->address.path.len > len ? 0 : len - target->address.path.len;
    for (size_t i = 0; i < len; i++) {
        const char byte = target->name[i];
        vc__buf_byte(out, i < host && byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte);
    }
}

vc_code vc__hub_attach(const vc__hub *hub, vc_keyring *ring, vc_error *err)
{
    const char *server_name = hub->config->text[VC__SET_TLS_SERVER_NAME];
    vc__auto(vc__buf) addresses = VC__BUF(ATTACH_MAX);
    for (size_t i = 0; i < hub->cluster->count; i++) {
        const vc__target *target = vc__cluster_target(hub->cluster, i);
        if (i)
            vc__buf_byte(&addresses, ',');
        put_address(&addresses, target);
        if (server_name && target->address.tls) /* what stands there may choose one of several Vaults by it */
            vc__buf_printf(&addresses, " (%s)", server_name);
    }
    const vc_code code = vc__buf_check(&addresses, "the addresses", err);
    return code ? code : vc__ring_attach(ring, vc__buf_get(&addresses), vc_str(hub->config->text[VC__SET_NAMESPACE]), err);
}

vc__driver *vc__hub_new_driver(vc__hub *hub, vc_error *err)
{
    if (vc__hub_check(hub, err))
        return NULL;
    pthread_mutex_lock(&hub->lock);
    const uint64_t epoch = hub->epoch;
    pthread_mutex_unlock(&hub->lock);
    vc__driver *driver = vc__driver_new(&hub->parts, err);
    if (driver)
        driver->epoch = epoch;
    return driver;
}

vc__driver *vc__hub_borrow(vc__hub *hub, vc_error *err)
{
    if (vc__hub_check(hub, err))
        return NULL;
    pthread_mutex_lock(&hub->lock);
    vc__driver *driver = hub->idle;
    if (driver) {
        hub->idle = driver->next;
        hub->idle_count--;
    }
    pthread_mutex_unlock(&hub->lock);
    return driver ? driver : vc__hub_new_driver(hub, err);
}

void vc__hub_give_back(vc__hub *hub, vc__driver *driver)
{
    pthread_mutex_lock(&hub->lock);
    const bool keep = hub->idle_count < IDLE_DRIVERS_MAX && driver->epoch == hub->epoch;
    if (keep) {
        driver->next = hub->idle;
        hub->idle = driver;
        hub->idle_count++;
    }
    pthread_mutex_unlock(&hub->lock);
    if (!keep)
        vc__driver_free(driver);
}

void vc__hub_reconnect(vc__hub *hub)
{
    pthread_mutex_lock(&hub->lock);
    vc__driver *idle = hub->idle;
    hub->idle = NULL;
    hub->idle_count = 0;
    hub->epoch++;
    pthread_mutex_unlock(&hub->lock);
    free_drivers(idle);
}

uint64_t vc__hub_seed(vc__hub *hub)
{
    pthread_mutex_lock(&hub->lock);
    hub->seed += UINT64_C(0x9e3779b97f4a7c15);
    const uint64_t seed = hub->seed;
    pthread_mutex_unlock(&hub->lock);
    return seed;
}

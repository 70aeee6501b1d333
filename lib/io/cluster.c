/* SPDX-License-Identifier: Apache-2.0 */
#include "io/cluster.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"

#include <stdio.h>
#include <strings.h>

enum { INDEX_MAX = 4096 };

static const char default_address[] = "https://127.0.0.1:8200";

/* -- life --------------------------------------------------------------------------------------------------------- */

static vc_code add_server(vc__cluster *cluster, vc_view address, vc_error *err)
{
    char text[VC__ADDRESS_MAX];
    if (cluster->all == VC__SERVERS_MAX)
        return vc__error(err, VC_E_CONFIG, "at most %d addresses", VC__SERVERS_MAX);
    snprintf(text, sizeof text, "%.*s", (int)address.len, address.data);
    vc_error inner = VC_ERROR_INIT;
    vc__target *target = vc__target_new(cluster->config, text, &inner);
    if (!target)
        return vc__error_copy(err, &inner);
    vc__target_warn(target);
    cluster->servers[cluster->all++].target = target;
    return VC_OK;
}

static vc_code add_servers(vc__cluster *cluster, const char *addresses, vc_error *err)
{
    for (vc_view rest = vc_str(addresses), address; vc__list_next(&rest, &address);) {
        const vc_code code = add_server(cluster, address, err);
        if (code)
            return code;
    }
    cluster->count = cluster->all;
    return VC_OK;
}

vc__cluster *vc__cluster_new(const vc_config *config, vc_error *err)
{
    vc__cluster *cluster = vc__calloc(1, sizeof *cluster);
    if (!cluster || pthread_mutex_init(&cluster->lock, NULL)) {
        vc__free(cluster);
        vc__error_memory(err);
        return NULL;
    }
    cluster->config = config;
    cluster->active = SIZE_MAX;
    cluster->index.max = INDEX_MAX;
    cluster->why = (vc_error)VC_ERROR_INIT;
    const char *addresses = config->text[VC__SET_ADDRESS];
    if (vc__target_check_config(config, err) || add_servers(cluster, addresses ? addresses : default_address, err)) {
        vc__cluster_free(cluster);
        return NULL;
    }
    return cluster;
}

void vc__cluster_free(vc__cluster *cluster)
{
    if (!cluster)
        return;
    for (size_t i = 0; i < cluster->all; i++)
        vc__target_free(cluster->servers[i].target);
    vc__buf_free(&cluster->index);
    pthread_mutex_destroy(&cluster->lock);
    vc__free(cluster);
}

/* -- which server ------------------------------------------------------------------------------------------------- */

const vc__target *vc__cluster_target(const vc__cluster *cluster, size_t server)
{
    return cluster->servers[server].target;
}

static bool is_tried(uint64_t tried, size_t server)
{
    return tried >> server & 1;
}

/* One that is fine; `all` when none is. */
static size_t find_good(const vc__cluster *cluster, uint64_t tried)
{
    const size_t active = cluster->active;
    if (active < cluster->all && !is_tried(tried, active) && cluster->servers[active].breaker.state == VC__BREAKER_CLOSED)
        return active;
    for (size_t i = 0; i < cluster->count; i++)
        if (!is_tried(tried, i) && cluster->servers[i].breaker.state == VC__BREAKER_CLOSED)
            return i;
    return cluster->all;
}

size_t vc__cluster_choose(vc__cluster *cluster, uint64_t now_ms, uint64_t tried, uint64_t *again)
{
    *again = UINT64_MAX;
    pthread_mutex_lock(&cluster->lock);
    size_t server = find_good(cluster, tried);
    if (server == cluster->all)
        server = VC__NO_SERVER;
    for (size_t i = 0; i < cluster->count && server == VC__NO_SERVER; i++) {
        vc__breaker *breaker = &cluster->servers[i].breaker;
        if (is_tried(tried, i))
            continue;
        if (vc__breaker_admit(breaker, now_ms))
            server = i;
        else if (vc__breaker_due(breaker) < *again)
            *again = vc__breaker_due(breaker);
    }
    if (server != VC__NO_SERVER)
        cluster->servers[server].requests++;
    pthread_mutex_unlock(&cluster->lock);
    return server;
}

size_t vc__cluster_probe(vc__cluster *cluster, uint64_t now_ms)
{
    size_t server = VC__NO_SERVER;
    if (cluster->count < 2)
        return server;
    pthread_mutex_lock(&cluster->lock);
    const size_t good = find_good(cluster, 0);
    for (size_t i = 0; i < good && i < cluster->count && good < cluster->all && server == VC__NO_SERVER; i++) {
        vc__breaker *breaker = &cluster->servers[i].breaker;
        if (breaker->state != VC__BREAKER_CLOSED && vc__breaker_admit(breaker, now_ms))
            server = i;
    }
    pthread_mutex_unlock(&cluster->lock);
    return server;
}

bool vc__cluster_good(vc__cluster *cluster, size_t server)
{
    pthread_mutex_lock(&cluster->lock);
    const bool closes = vc__breaker_good(&cluster->servers[server].breaker);
    pthread_mutex_unlock(&cluster->lock);
    if (closes)
        vc__config_log(cluster->config, "%s answers again", cluster->servers[server].target->name);
    return closes;
}

bool vc__cluster_bad(vc__cluster *cluster, size_t server, uint64_t now_ms, bool at_once, const vc_error *why)
{
    pthread_mutex_lock(&cluster->lock);
    vc__server *bad = &cluster->servers[server];
    bad->failures++;
    vc__error_copy(&cluster->why, why);
    const bool opens = vc__breaker_bad(&bad->breaker, now_ms, at_once && cluster->count > 1 ? 1 : VC__BREAKER_FAILURES);
    cluster->counts.openings += opens;
    if (cluster->active == server)
        cluster->active = SIZE_MAX;
    const size_t next = find_good(cluster, 0);
    const char *other = opens && next < cluster->all ? cluster->servers[next].target->name : NULL;
    const unsigned failures = bad->breaker.failures;
    pthread_mutex_unlock(&cluster->lock);
    if (other)
        vc__config_log(cluster->config, "%s Going on with %s.", why->message, other);
    else if (opens)
        vc__config_log(cluster->config, "%s: %u failures in a row, from now on one request at a time tries whether it is back",
                       bad->target->name, failures);
    return true;
}

void vc__cluster_release(vc__cluster *cluster, size_t server, uint64_t now_ms)
{
    pthread_mutex_lock(&cluster->lock);
    vc__breaker_release(&cluster->servers[server].breaker, now_ms);
    pthread_mutex_unlock(&cluster->lock);
}

/* -- redirects ---------------------------------------------------------------------------------------------------- */

/* "host" or "host:port", with commas; a host alone is good for any port. */
static bool is_listed(const char *hosts, const vc__address *address)
{
    char with_port[sizeof address->host + 8];
    snprintf(with_port, sizeof with_port, "%s:%u", address->host, address->port);
    for (vc_view rest = vc_str(hosts), host; vc__list_next(&rest, &host);)
        if ((host.len == strlen(address->host) && strncasecmp(host.data, address->host, host.len) == 0) ||
            (host.len == strlen(with_port) && strncasecmp(host.data, with_port, host.len) == 0))
            return true;
    return false;
}

static size_t find_server(const vc__cluster *cluster, const vc__address *address)
{
    size_t i = 0;
    while (i < cluster->all && !vc__address_same_server(&cluster->servers[i].target->address, address))
        i++;
    return i;
}

/* A server that nobody configured, but whose host is allowed. With the lock. */
static vc_code add_guest(vc__cluster *cluster, const vc__address *address, vc_error *err)
{
    vc__auto(vc__buf) text = VC__BUF(VC__ADDRESS_MAX);
    vc__address_origin(address, &text);
    if (vc__buf_check(&text, "the address of a redirect", err))
        return text.failed;
    if (cluster->all == VC__SERVERS_MAX + VC__GUESTS_MAX)
        return vc__error(err, VC_E_PROTOCOL, "Vault redirects to more than %d servers", VC__GUESTS_MAX);
    vc_error inner = VC_ERROR_INIT;
    cluster->servers[cluster->all].target = vc__target_new(cluster->config, text.data, &inner);
    if (!cluster->servers[cluster->all].target)
        return vc__error_copy(err, &inner);
    cluster->all++;
    return VC_OK;
}

vc_code vc__cluster_redirect(vc__cluster *cluster, size_t from, const vc__address *to, size_t *server, vc_error *err)
{
    const vc__target *source = cluster->servers[from].target;
    vc_code code = VC_OK;
    bool is_new = false;
    if (cluster->config->disable_redirects)
        return vc__error(err, VC_E_PROTOCOL, "%s redirects, and redirects are not followed (VAULT_DISABLE_REDIRECTS)", source->name);
    if (source->address.tls && !to->tls)
        return vc__error(err, VC_E_PROTOCOL, "%s redirects from https:// to http://, where the token does not go", source->name);
    pthread_mutex_lock(&cluster->lock);
    *server = find_server(cluster, to);
    is_new = *server == cluster->all;
    if (is_new)
        code = is_listed(cluster->config->text[VC__SET_REDIRECT_HOSTS], to)
                   ? add_guest(cluster, to, err)
                   : vc__error(err, VC_E_PROTOCOL,
                               "%s redirects to another server, where the token does not go. Set VAULT_ADDR to the address of the "
                               "active node, or to those of all nodes (with commas).",
                               source->name);
    cluster->counts.redirects += code == VC_OK;
    pthread_mutex_unlock(&cluster->lock);
    if (is_new && !code)
        vc__target_warn(cluster->servers[*server].target); /* the log is the application's, and may call the client */
    return code;
}

void vc__cluster_prefer(vc__cluster *cluster, size_t server)
{
    pthread_mutex_lock(&cluster->lock);
    const bool changes = cluster->active != server;
    cluster->active = server;
    pthread_mutex_unlock(&cluster->lock);
    if (changes)
        vc__config_log(cluster->config, "%s is the active node", cluster->servers[server].target->name);
}

/* -- what all requests share -------------------------------------------------------------------------------------- */

void vc__cluster_get_index(vc__cluster *cluster, vc__buf *out)
{
    pthread_mutex_lock(&cluster->lock);
    if (cluster->index.len)
        vc__buf_printf(out, "X-Vault-Index: %s", cluster->index.data);
    pthread_mutex_unlock(&cluster->lock);
}

void vc__cluster_set_index(vc__cluster *cluster, const char *index)
{
    pthread_mutex_lock(&cluster->lock);
    if (!vc__view_is(vc__buf_get(&cluster->index), index)) {
        vc__buf_clear(&cluster->index);
        vc__buf_str(&cluster->index, index); /* too long a one is left out */
    }
    pthread_mutex_unlock(&cluster->lock);
}

void vc__cluster_count(vc__cluster *cluster, const vc__counts *more)
{
    pthread_mutex_lock(&cluster->lock);
    vc__counts *counts = &cluster->counts;
    counts->requests += more->requests;
    counts->retries += more->retries;
    counts->failovers += more->failovers;
    counts->connections += more->connections;
    if (more->http_version)
        counts->http_version = more->http_version;
    pthread_mutex_unlock(&cluster->lock);
}

vc_code vc__cluster_trouble(vc__cluster *cluster, vc_error *why)
{
    pthread_mutex_lock(&cluster->lock);
    const vc_code code = vc__error_copy(why, &cluster->why);
    pthread_mutex_unlock(&cluster->lock);
    return code;
}

void vc__cluster_get_counts(vc__cluster *cluster, vc__counts *counts, size_t *servers)
{
    pthread_mutex_lock(&cluster->lock);
    *counts = cluster->counts;
    *servers = cluster->all;
    pthread_mutex_unlock(&cluster->lock);
}

bool vc__cluster_get_server(vc__cluster *cluster, size_t server, vc__server *out, bool *active)
{
    pthread_mutex_lock(&cluster->lock);
    const bool known = server < cluster->all;
    if (known) {
        *out = cluster->servers[server];
        *active = find_good(cluster, 0) == server;
    }
    pthread_mutex_unlock(&cluster->lock);
    return known;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cluster.h - the addresses of one Vault: which of them is asked now, what is known of the others, and where a redirect may lead.
 *
 * The first address whose breaker is closed is asked; when a redirect told which node is active, that one. A transport failure or a 503
 * moves on to the next; the ones before it are asked for their health from time to time, and asked again once they have it. When all are
 * away requests wait for whichever is tried first.
 *
 * Threads: any; it has a lock of its own. Targets are never changed once made, and live as long as the cluster. Time comes in as an
 * argument.
 */
#ifndef VC__IO_CLUSTER_H
#define VC__IO_CLUSTER_H

#include "io/breaker.h"
#include "io/target.h"

#include <pthread.h>

enum { VC__SERVERS_MAX = 16, VC__GUESTS_MAX = 16, VC__BREAKER_FAILURES = 5 };

typedef struct vc__server {
    vc__target *target;
    vc__breaker breaker;
    uint64_t requests, failures;
} vc__server;

/* Counters of a client, of all its handles and drivers. */
typedef struct vc__counts {
    uint64_t requests, retries, failovers, redirects, connections, openings;
    int http_version; /* of the last reply: 10, 11, 20; 0: there was none */
} vc__counts;

typedef struct vc__cluster {
    const vc_config *config; /* borrowed */
    pthread_mutex_t lock;
    vc__server servers[VC__SERVERS_MAX + VC__GUESTS_MAX]; /* those that are configured first, then those that redirects led to */
    size_t count, all;
    size_t active; /* what a redirect told; else `all` or more */
    vc__buf index; /* the last X-Vault-Index of a reply */
    vc_error why;  /* the last trouble */
    vc__counts counts;
} vc__cluster;

/* As vc__target_new(), for each address. */
vc__cluster *vc__cluster_new(const vc_config *config, vc_error *err);
void vc__cluster_free(vc__cluster *cluster);
VC__DEFINE_CLEANUP(vc__cluster, vc__cluster_free)

#define VC__NO_SERVER SIZE_MAX

/* Never changed, and there as long as the cluster. */
const vc__target *vc__cluster_target(const vc__cluster *cluster, size_t server);

/*
 * The server for a request that was refused by those in `tried` (bits). VC__NO_SERVER: with `tried` 0 all are away, ask again at `*again`
 * or when woken; otherwise there is no other.
 */
size_t vc__cluster_choose(vc__cluster *cluster, uint64_t now_ms, uint64_t tried, uint64_t *again);

/* A server that should be asked for its health now, which only this caller does; VC__NO_SERVER: none. */
size_t vc__cluster_probe(vc__cluster *cluster, uint64_t now_ms);

/* How a request to this server went. True: others may want to know, and are to be woken. */
bool vc__cluster_good(vc__cluster *cluster, size_t server);
bool vc__cluster_bad(vc__cluster *cluster, size_t server, uint64_t now_ms, bool at_once, const vc_error *why);

/* A request to this server was taken off before its end: if it was a trial, another one may try. */
void vc__cluster_release(vc__cluster *cluster, size_t server, uint64_t now_ms);

/*
 * Where a redirect from `from` to `to` leads: a server, to be followed with the token. VC_E_PROTOCOL: not there, and why; VC_E_MEMORY.
 */
vc_code vc__cluster_redirect(vc__cluster *cluster, size_t from, const vc__address *to, size_t *server, vc_error *err);

/* The node that was redirected to has answered: it is asked first from now on. */
void vc__cluster_prefer(vc__cluster *cluster, size_t server);

/* X-Vault-Index: the line to send with what follows (onto `out`; nothing when no reply had one); and what a reply brought. */
void vc__cluster_get_index(vc__cluster *cluster, vc__buf *out);
void vc__cluster_set_index(vc__cluster *cluster, const char *index);

/* Adds to the counters; http_version replaces, unless 0. */
void vc__cluster_count(vc__cluster *cluster, const vc__counts *more);

void vc__cluster_get_counts(vc__cluster *cluster, vc__counts *counts, size_t *servers);
/* A copy of what is known of one; false: there are not so many. */
bool vc__cluster_get_server(vc__cluster *cluster, size_t server, vc__server *out, bool *active);

/* The last trouble, with its code; VC_OK when there was none. */
vc_code vc__cluster_trouble(vc__cluster *cluster, vc_error *why);

#endif

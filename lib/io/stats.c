/* SPDX-License-Identifier: Apache-2.0 */
/* stats.c - what a client tells of itself: vc_client_get_stats(), vc_client_get_server(). */
#include "io/client.h"

#include <stdio.h>

static void fill_caps(vc__learnt *learnt, vc_client_stats *stats)
{
    vc__caps caps;
    vc__learnt_get(learnt, &caps);
    stats->byte_cap = caps.bytes;
    for (size_t i = 0; i < caps.count; i++)
        if (caps.rows[i].items && (!stats->item_cap || caps.rows[i].items < stats->item_cap))
            stats->item_cap = caps.rows[i].items;
}

void vc_client_get_stats(vc_client *client, vc_client_stats *stats)
{
    if (!client || !stats)
        return;
    vc_client_stats all = { .size = stats->size };
    vc__counts counts;
    vc__cluster_get_counts(client->hub->cluster, &counts, &all.servers);
    all.requests = counts.requests;
    all.retries = counts.retries;
    all.failovers = counts.failovers;
    all.redirects = counts.redirects;
    all.connections = counts.connections;
    all.openings = counts.openings;
    all.http_version = counts.http_version;
    fill_caps(&client->hub->learnt, &all);
    memcpy(stats, &all, stats->size < sizeof all ? stats->size : sizeof all);
}

int vc_client_get_server(vc_client *client, size_t i, vc_server_stats *stats)
{
    vc__server server;
    bool active;
    if (!client || !stats || !vc__cluster_get_server(client->hub->cluster, i, &server, &active))
        return 0;
    vc_server_stats all = { .size = stats->size,
                            .requests = server.requests,
                            .failures = server.failures,
                            .breaker = (vc_breaker)server.breaker.state,
                            .active = active };
    snprintf(all.address, sizeof all.address, "%s", server.target->name);
    memcpy(stats, &all, stats->size < sizeof all ? stats->size : sizeof all);
    return 1;
}

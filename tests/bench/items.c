/* SPDX-License-Identifier: Apache-2.0 */
/*
 * items.c - values per second in batches against the best that libcurl by itself gets from the same server with bodies that are ready
 * (what a plain load generator does), turn by turn in one run; and the cost of a value as the batch grows.
 */
#include "bench/plain.h"

#include <vaultcrypt/vaultcrypt.h>

enum { VALUES = 24000, TURNS = 5, VALUE_LEN = 32, ROUNDS_OF = 1000 };

static void die(const vc_error *err)
{
    char line[1024];
    fprintf(stderr, "bench: %s\n", vc_error_format(err, line, sizeof line));
    exit(1);
}

/* What one way of doing it took for one value, in microseconds. */
typedef struct cost {
    double wall, own, server;
} cost;

static cost since(double wall, double own, double server, size_t values)
{
    const double per = (double)values / 1e6;
    return (cost){ (bench_now() - wall) / per, (plain_own_cpu() - own) / per, (plain_server_cpu() - server) / per };
}

static void add(cost *sum, cost more)
{
    sum->wall += more.wall / TURNS;
    sum->own += more.own / TURNS;
    sum->server += more.server / TURNS;
}

static cost by_plain(plain_libcurl *raw, size_t items, size_t connections, size_t values)
{
    vc_bytes body = plain_body(items);
    const size_t count = (values + items - 1) / items;
    const double wall = bench_now(), own = plain_own_cpu(), server = plain_server_cpu();
    plain_load(raw, vc_bytes_view(body), count, connections);
    const cost result = since(wall, own, server, count * items);
    free(body.data);
    return result;
}

static cost by_client(vc_client *client, vc_transit_batch *batch, const vc_view *values, size_t items, size_t connections, size_t count)
{
    vc_error err = VC_ERROR_INIT;
    const double wall = bench_now(), own = plain_own_cpu(), server = plain_server_cpu();
    vc_transit_batch_clear(batch);
    if (vc_transit_batch_set_limits(batch, items, 0, connections, &err))
        die(&err);
    for (size_t i = 0; i < count; i++)
        if (vc_transit_batch_add(batch, values[i], &err))
            die(&err);
    if (vc_transit_batch_run(client, batch, &err))
        die(&err);
    const cost result = since(wall, own, server, count);
    for (size_t i = 0; i < count; i++)
        if (vc_transit_batch_error(batch, i))
            die(vc_transit_batch_error(batch, i));
    return result;
}

static void make_values(vc_view *values)
{
    static uint32_t memory[VALUES][VALUE_LEN / sizeof(uint32_t)];
    uint64_t state = 11;
    for (size_t i = 0; i < VALUES; i++) {
        for (size_t k = 0; k < VALUE_LEN / sizeof(uint32_t); k++)
            memory[i][k] = purchases_random(&state);
        values[i] = vc_view_of(memory[i], VALUE_LEN);
    }
}

static const size_t items_tried[] = { 240, 499 }, connections_tried[] = { 1, 2, 4 };

/* The best of all shapes of plain load, and of the same shapes through the client. */
static void against_plain(plain_libcurl *raw, vc_client *client, vc_transit_batch *batch, const vc_view *values)
{
    double best_plain = 0, best_own = 0;
    printf("items a request, connections: microseconds a value (processor: client, server)\n");
    for (size_t i = 0; i < 2; i++) {
        for (size_t c = 0; c < 3; c++) {
            double plain_wall[TURNS], own_wall[TURNS];
            cost plain_cost = { 0, 0, 0 }, own_cost = { 0, 0, 0 };
            for (size_t turn = 0; turn < TURNS; turn++) {
                const cost plain = by_plain(raw, items_tried[i], connections_tried[c], VALUES);
                const cost own = by_client(client, batch, values, items_tried[i], connections_tried[c], VALUES);
                plain_wall[turn] = plain.wall;
                own_wall[turn] = own.wall;
                add(&plain_cost, plain);
                add(&own_cost, own);
            }
            const double plain_us = bench_median(plain_wall, TURNS), own_us = bench_median(own_wall, TURNS);
            printf("  %3zu, %zu: plain %.2f (%.2f, %.2f)  client %.2f (%.2f, %.2f)\n", items_tried[i], connections_tried[c], plain_us,
                   plain_cost.own, plain_cost.server, own_us, own_cost.own, own_cost.server);
            best_plain = 1 / plain_us > best_plain ? 1 / plain_us : best_plain;
            best_own = 1 / own_us > best_own ? 1 / own_us : best_own;
        }
    }
    printf("items_plain_per_s %.0f\nitems_own_per_s %.0f\n", best_plain * 1e6, best_own * 1e6);
    printf("items_ratio %.3f  (goal: at least 0.95; best of each, medians of %d turns of %d values)\n", best_own / best_plain, TURNS,
           VALUES);
}

static void as_it_grows(vc_client *client, vc_transit_batch *batch, const vc_view *values)
{
    static const size_t sizes[] = { 1, 2, 5, 10, 20, 50, 100, 200, 499, 1000, 2000, 5000, 10000 };
    printf("values a batch: microseconds a value (processor: client, server); what the server takes at once is learnt\n");
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        double wall[TURNS];
        cost mean = { 0, 0, 0 };
        const size_t rounds = sizes[i] < 1000 ? ROUNDS_OF / sizes[i] : 4;
        for (size_t turn = 0; turn < TURNS; turn++) {
            const double start = bench_now(), own = plain_own_cpu(), server = plain_server_cpu();
            for (size_t round = 0; round < rounds; round++)
                (void)by_client(client, batch, values, sizes[i], 2, sizes[i]);
            const cost turn_cost = since(start, own, server, rounds * sizes[i]);
            wall[turn] = turn_cost.wall;
            add(&mean, turn_cost);
        }
        printf("  %5zu: %.2f (%.2f, %.2f)\n", sizes[i], bench_median(wall, TURNS), mean.own, mean.server);
    }
}

int main(void)
{
    static vc_view values[VALUES];
    static plain_libcurl raw;
    vc_error err = VC_ERROR_INIT;
    make_values(values);
    vc_client *client = vc_client_open(NULL, &err);
    vc_transit_batch *batch = client ? vc_transit_batch_new(VC_TRANSIT_ENCRYPT, "transit", NULL, &err) : NULL;
    if (!batch)
        die(&err);
    plain_open(&raw, "/v1/transit/encrypt/transit");
    against_plain(&raw, client, batch, values);
    as_it_grows(client, batch, values);
    plain_close(&raw);
    vc_transit_batch_free(batch);
    vc_client_close(client);
    return 0;
}

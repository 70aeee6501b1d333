/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vault.c - values per second through libcurl against the Vault that the environment names, one by one and in batches. The transit
 * mount and its key are there already (tests/bench/run.sh sees to that).
 */
#include "bench/purchases.h"

#include <vaultcrypt/vaultcrypt.h>

static const char schema_text[] = "version: 1\n"
                                  "records:\n"
                                  "  - name: purchases\n"
                                  "    topics: ['*']\n"
                                  "    fields:\n"
                                  "      - path: $.Address\n"
                                  "        transit: {key: transit}\n";

static void die(const vc_error *err)
{
    char line[1024];
    fprintf(stderr, "bench: %s\n", vc_error_format(err, line, sizeof line));
    exit(1);
}

/* Values per second: `count` records, `items` a request, `in_flight` requests at once. `outputs` (may be NULL) are copied out. */
static double run(vc_client *client, vc_schema *schema, vc_direction direction, const vc_view *records, size_t count, size_t items,
                  size_t in_flight, vc_bytes *outputs)
{
    vc_error err = VC_ERROR_INIT;
    vc_batch *batch = vc_batch_new(schema, direction, &err);
    if (!batch || vc_batch_set_limits(batch, items, 0, in_flight, &err))
        die(&err);
    const double start = bench_now();
    for (size_t i = 0; i < count; i++)
        if (vc_batch_add(batch, vc_schema_rule_at(schema, 0), records[i], &err))
            die(&err);
    if (vc_client_run(client, batch, &err))
        die(&err);
    const double seconds = bench_now() - start;
    for (size_t i = 0; i < count; i++) {
        if (vc_batch_error(batch, i))
            die(vc_batch_error(batch, i));
        const vc_view out = vc_batch_output(batch, i);
        if (outputs) {
            outputs[i] = (vc_bytes){ malloc(out.len + 1), out.len };
            if (!outputs[i].data)
                abort();
            memcpy(outputs[i].data, out.data, out.len);
        }
    }
    vc_batch_free(batch);
    return (double)count / seconds;
}

int main(int argc, char **argv)
{
    static vc_view records[PURCHASES], sealed[PURCHASES];
    static vc_bytes outputs[PURCHASES];
    const char *name = argc > 1 ? argv[1] : "vault";
    purchases_make(records);
    vc_error err = VC_ERROR_INIT;
    vc_client *client = vc_client_open(NULL, &err);
    vc_schema *schema = client ? vc_schema_parse(vc_str(schema_text), "bench", &err) : NULL;
    if (!schema)
        die(&err);
    run(client, schema, VC_PROTECT, records, PURCHASES, 240, 4, outputs);
    for (size_t i = 0; i < PURCHASES; i++)
        sealed[i] = vc_bytes_view(outputs[i]);
    static const struct {
        const char *what;
        vc_direction direction;
        size_t count, items, in_flight;
    } table[] = {
        { "encrypt, one by one, 1 connection", VC_PROTECT, 1000, 1, 1 }, { "encrypt, one by one, 8 connections", VC_PROTECT, 2000, 1, 8 },
        { "encrypt, 240 a batch, 1 connection", VC_PROTECT, PURCHASES, 240, 1 },
        { "encrypt, 240 a batch, 4 connections", VC_PROTECT, PURCHASES, 240, 4 },
        { "decrypt, 240 a batch, 4 connections", VC_OPEN, PURCHASES, 240, 4 },
    };
    double first = 0;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        double figures[RUNS];
        for (size_t r = 0; r < RUNS; r++)
            figures[r] = run(client, schema, table[i].direction, table[i].direction == VC_OPEN ? sealed : records, table[i].count,
                             table[i].items, table[i].in_flight, NULL);
        const double median = bench_median(figures, RUNS);
        if (i == 0)
            first = median;
        printf("%s_items_per_s %.0f  (%s; %.1f times one by one)\n", name, median, table[i].what, median / first);
    }
    for (size_t i = 0; i < PURCHASES; i++)
        vc_bytes_free(&outputs[i]);
    vc_schema_unref(schema);
    vc_client_close(client);
    return 0;
}

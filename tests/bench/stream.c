/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream.c - records per second of vc_stream on a real Kafka, beside a plain mirror in the same run on the same broker, and what each record
 * costs of the processor. Medians; ways in turn.
 *
 *     stream [WAY...]      all, unless some are named; those that they are compared with run too, unless BENCH_ALONE is set (for a profiler)
 *
 * Environment: BENCH_RECORDS (400 000), BENCH_SLOW_RECORDS (300 000, where each record goes to Vault), BENCH_RUNS (5), BENCH_PARTITIONS (4),
 * BENCH_THREADS (of streams; 0), BENCH_KAFKA (properties for both sides), BENCH_TSV (a file that figures are added to), BENCH_ORIGINAL (the command
 * of original.py). Transit with keys `transit` and `app` is there.
 */
#include "bench/broker.h"
#include "bench/plain.h"

#include <sys/wait.h>
#include <unistd.h>
#include <vaultcrypt/kafka_consumer.h>
#include <vaultcrypt/kafka_stream.h>

enum { RUNS_MOST = 25, LOAD_VALUES = 40000, ORIGINAL_RECORDS = 300 };

static const char nothing[] = "version: 1\nrecords:\n  - {name: purchases, topics: ['*'], fields: []}\n";
static const char envelope[] = "version: 1\nrecords:\n  - name: purchases\n    topics: ['*']\n    fields:\n"
                               "      - path: $.credit_card\n        envelope: {key: app}\n"
                               "      - path: $.Address\n        envelope: {key: app}\n";
static const char transit[] = "version: 1\nrecords:\n  - name: purchases\n    topics: ['*']\n    fields:\n"
                              "      - path: $.Address\n        transit: {key: transit}\n";
static const char transit_both[] = "version: 1\nrecords:\n  - name: purchases\n    topics: ['*']\n    fields:\n"
                                   "      - path: $.credit_card\n        transit: {key: transit}\n"
                                   "      - path: $.Address\n        transit: {key: transit}\n";

typedef enum kind { MIRROR, STREAM, READ, LOAD, ORIGINAL } kind;

/* One thing that is measured. */
typedef struct way {
    const char *name, *what;
    kind kind;
    const char *schema; /* READ without: in clear */
    bool once;          /* exactly once */
    bool slow;
    const char *against; /* a way of this table */
    double goal;
} way;

static const way ways[] = {
    { "mirror", "plain mirror, one thread, idempotent", MIRROR, NULL, false, false, NULL, 0 },
    { "mirror-once", "plain mirror, one thread, transactions", MIRROR, NULL, true, false, NULL, 0 },
    { "nothing", "stream, nothing to protect", STREAM, nothing, false, false, "mirror", 0 },
    { "envelope", "stream, 2 envelope fields", STREAM, envelope, false, false, "mirror", 0.85 },
    { "nothing-once", "stream, nothing to protect, exactly once", STREAM, nothing, true, false, "mirror-once", 0 },
    { "envelope-once", "stream, 2 envelope fields, exactly once", STREAM, envelope, true, false, "mirror-once", 1 },
    { "read", "plain consumer", READ, NULL, false, false, NULL, 0 },
    { "open", "consumer that opens 2 envelope fields", READ, envelope, false, false, "read", 0.85 },
    { "load", "values a second that Vault gives to a plain load generator", LOAD, NULL, false, false, NULL, 0 },
    { "transit", "stream, 1 transit field", STREAM, transit, false, true, "load", 0.9 },
    { "transit-once", "stream, 1 transit field, exactly once", STREAM, transit, true, true, "load", 0 },
    { "transit-both", "stream, 2 transit fields", STREAM, transit_both, false, true, "original", 300 },
    { "original", "one request a field, one record after the other, in Python", ORIGINAL, NULL, false, false, NULL, 0 },
};
enum { WAYS = sizeof ways / sizeof ways[0] };

static bool wanted[WAYS];
static double rates[WAYS][RUNS_MOST], costs[3][WAYS][RUNS_MOST]; /* records a second; microseconds of a record: own, Kafka's, Vault's */
static size_t records, slow_records, runs;
static vc_client *vault;
static vc_schema *schemas[WAYS];

/* -- one run --------------------------------------------------------------------------------------------- */

static double run_stream(const way *w, vc_schema *schema, const char *to, size_t count)
{
    vc_error err = VC_ERROR_INIT;
    vc_kafka_config *kafka = broker_config();
    if (vc_kafka_config_set(kafka, "group.id", to, &err))
        bench_die_of(&err);
    vc_stream *stream = vc_stream_new(kafka, vault, schema, VC_PROTECT, &err);
    const char *threads = getenv("BENCH_THREADS");
    if (!stream || vc_stream_add_route(stream, "purchases", to, &err) || vc_stream_set_count(stream, count, &err) ||
        vc_stream_set_guarantee(stream, w->once ? VC_EXACTLY_ONCE : VC_AT_LEAST_ONCE, &err) ||
        vc_stream_set_threads(stream, threads ? strtoul(threads, NULL, 10) : 0, &err) || vc_stream_run(stream, &err))
        bench_die_of(&err);
    vc_stream_stats stats = { .size = sizeof stats };
    vc_stream_get_stats(stream, &stats);
    if (stats.records_out != count)
        bench_die("the stream lost records");
    vc_stream_free(stream);
    vc_kafka_config_free(kafka);
    return stats.seconds;
}

static void look_at(void *user, rd_kafka_message_t **messages, size_t count)
{
    size_t *bytes = user;
    for (size_t i = 0; i < count; i++)
        *bytes += messages[i]->len;
}

static void open_all(void *user, rd_kafka_message_t **messages, size_t count)
{
    vc_error err = VC_ERROR_INIT;
    vc_message message = VC_MESSAGE_INIT;
    if (vc_consumer_open(user, messages, count, &err))
        bench_die_of(&err);
    for (size_t i = 0; i < count; i++)
        if (vc_consumer_message(user, i, &message))
            bench_die_of(vc_consumer_error(user, i));
}

static double run_reader(vc_schema *schema, size_t count)
{
    size_t bytes = 0;
    vc_error err = VC_ERROR_INIT;
    if (!schema)
        return broker_read("sealed", count, look_at, &bytes);
    vc_consumer *consumer = vc_consumer_new(vault, schema, &err);
    if (!consumer)
        bench_die_of(&err);
    const double seconds = broker_read("sealed", count, open_all, consumer);
    vc_consumer_free(consumer);
    return seconds;
}

/* The best shape of the load. */
static double run_load(size_t *count)
{
    static const size_t items[] = { 240, 499 };
    static plain_libcurl raw;
    double best = 0;
    plain_open(&raw, "/v1/transit/encrypt/transit");
    for (size_t i = 0; i < 2; i++) {
        vc_bytes body = plain_body(items[i]);
        for (size_t connections = 1; connections <= 4; connections *= 2) {
            const size_t requests = LOAD_VALUES / items[i];
            const double start = bench_now();
            plain_load(&raw, vc_bytes_view(body), requests, connections);
            const double rate = (double)(requests * items[i]) / (bench_now() - start);
            *count += requests * items[i];
            best = rate > best ? rate : best;
        }
        free(body.data);
    }
    plain_close(&raw);
    return best;
}

static double run_original(const char *to)
{
    char command[1000];
    double seconds = 0;
    const char *program = getenv("BENCH_ORIGINAL");
    snprintf(command, sizeof command, "%s purchases %s %d", program ? program : "false", to, ORIGINAL_RECORDS);
    FILE *pipe = popen(command, "r");
    const int read = pipe ? fscanf(pipe, "%lf", &seconds) : 0;
    if (!pipe || pclose(pipe) || read != 1)
        bench_die("the original's way does not run");
    return seconds;
}

static void run_way(size_t i, size_t run)
{
    const way *w = &ways[i];
    char to[60];
    size_t count = w->kind == ORIGINAL ? ORIGINAL_RECORDS : w->slow ? slow_records : records;
    double seconds = 0;
    const bool writes = w->kind != READ && w->kind != LOAD;
    snprintf(to, sizeof to, "%s_%zu", w->name, run);
    if (writes)
        broker_create_topic(to, (int)bench_number("BENCH_PARTITIONS", 4));
    const bench_cost begun = bench_cost_now();
    switch (w->kind) {
    case MIRROR: seconds = broker_mirror("purchases", to, count, w->once); break;
    case STREAM: seconds = run_stream(w, schemas[i], to, count); break;
    case READ: seconds = run_reader(schemas[i], count); break;
    case ORIGINAL: seconds = run_original(to); break;
    case LOAD: default: count = 0; rates[i][run] = run_load(&count);
    }
    const bench_cost cost = bench_cost_since(begun, seconds);
    if (w->kind != LOAD)
        rates[i][run] = (double)count / seconds;
    costs[0][i][run] = cost.own * 1e6 / (double)count;
    costs[1][i][run] = cost.kafka * 1e6 / (double)count;
    costs[2][i][run] = cost.vault * 1e6 / (double)count;
    if (writes)
        broker_delete_topic(to);
}

/* -- all ------------------------------------------------------------------------------------------------- */

static size_t find(const char *name)
{
    for (size_t i = 0; i < WAYS; i++)
        if (strcmp(ways[i].name, name) == 0)
            return i;
    bench_die("there is no such way");
    return 0;
}

static void want(const char *name)
{
    const size_t i = find(name);
    wanted[i] = true;
    if (getenv("BENCH_ALONE"))
        return;
    if (ways[i].against)
        want(ways[i].against);
    if (ways[i].kind == STREAM && ways[i].against && strcmp(ways[i].against, "load") == 0)
        want("mirror");
}

/* What a way is held against; the load generator's values must pass the mirror too. */
static double other(size_t i, size_t run)
{
    const double against = rates[find(ways[i].against)][run];
    return strcmp(ways[i].against, "load") == 0 ? 1 / (1 / against + 1 / rates[find("mirror")][run]) : against;
}

static void tell(size_t i, FILE *table)
{
    double ratios[RUNS_MOST];
    const bool compared = ways[i].against && !getenv("BENCH_ALONE");
    for (size_t run = 0; run < runs && compared; run++)
        ratios[run] = rates[i][run] / other(i, run);
    const double ratio = compared ? bench_median(ratios, runs) : 0;
    double of[3];
    for (size_t k = 0; k < 3; k++)
        of[k] = bench_median(costs[k][i], runs);
    double sorted[RUNS_MOST]; /* the rates stay in turn, for those that are held against them */
    memcpy(sorted, rates[i], sizeof sorted);
    const double rate = bench_median(sorted, runs);
    printf("%-14s %8.0f /s (%.0f to %.0f)  processor, us each: %6.2f own, %6.2f Kafka, %6.2f Vault", ways[i].name, rate, sorted[0],
           sorted[runs - 1], of[0], of[1], of[2]);
    if (compared)
        printf("  %.2f of %s", ratio, strcmp(ways[i].against, "load") ? ways[i].against : "1/(1/mirror + 1/load)");
    if (ways[i].goal > 0)
        printf(" (goal %.2f)", ways[i].goal);
    printf("  [%s]\n", ways[i].what);
    if (table)
        fprintf(table, "%s\t%zu\t%.0f\t%.3f\t%.3f\t%.3f\t%.3f\n", ways[i].name, bench_number("BENCH_PARTITIONS", 4), rate, of[0], of[1], of[2],
                ratio);
}

static void prepare(void)
{
    vc_error err = VC_ERROR_INIT;
    vault = vc_client_open(NULL, &err);
    for (size_t i = 0; i < WAYS && vault; i++)
        if (ways[i].schema && !(schemas[i] = vc_schema_parse(vc_str(ways[i].schema), ways[i].name, &err)))
            bench_die_of(&err);
    if (!vault)
        bench_die_of(&err);
    const int partitions = (int)bench_number("BENCH_PARTITIONS", 4);
    broker_create_topic("purchases", partitions);
    broker_fill("purchases", records > slow_records ? records : slow_records);
    if (!wanted[find("read")])
        return;
    broker_create_topic("sealed", partitions);
    run_stream(&ways[find("envelope")], schemas[find("envelope")], "sealed", records);
}

int main(int argc, char **argv)
{
    records = bench_number("BENCH_RECORDS", 400000);
    slow_records = bench_number("BENCH_SLOW_RECORDS", 300000);
    runs = bench_number("BENCH_RUNS", RUNS);
    if (runs > RUNS_MOST)
        bench_die("BENCH_RUNS is at most 25");
    for (int i = 1; i < argc; i++)
        want(argv[i]);
    for (size_t i = 0; i < WAYS && argc == 1; i++)
        wanted[i] = ways[i].kind != ORIGINAL || getenv("BENCH_ORIGINAL");
    if (argc == 1 && !getenv("BENCH_ORIGINAL"))
        wanted[find("transit-both")] = false;
    prepare();
    for (size_t run = 0; run < runs; run++)
        for (size_t i = 0; i < WAYS; i++)
            if (wanted[i])
                run_way(i, run);
    const char *file = getenv("BENCH_TSV");
    FILE *table = file ? fopen(file, "a") : NULL;
    printf("%zu partitions, %zu records (%zu where each goes to Vault), medians of %zu\n", bench_number("BENCH_PARTITIONS", 4), records,
           slow_records, runs);
    for (size_t i = 0; i < WAYS; i++)
        if (wanted[i])
            tell(i, table);
    if (table)
        fclose(table);
    for (size_t i = 0; i < WAYS; i++)
        vc_schema_unref(schemas[i]);
    vc_client_close(vault);
    return 0;
}

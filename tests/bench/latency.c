/* SPDX-License-Identifier: Apache-2.0 */
/*
 * latency.c - how long a record takes from a producer to a consumer behind a stream, at a steady rate, beside the same way through a plain mirror with
 * the same linger.ms. The record's key holds when it was produced; one clock, one process.
 *
 *     latency [WAY...]     mirror envelope transit mirror-once envelope-once
 *
 * Environment: BENCH_RATE (1 000 records a second), BENCH_SECONDS (10), BENCH_RUNS (3), BENCH_KAFKA (properties for both sides).
 */
#include "bench/broker.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <vaultcrypt/kafka_stream.h>

enum { ROUNDS_MOST = 25, WARM_UP_S = 2 };

static const char envelope[] = "version: 1\nrecords:\n  - name: purchases\n    topics: ['*']\n    fields:\n"
                               "      - path: $.credit_card\n        envelope: {key: app}\n"
                               "      - path: $.Address\n        envelope: {key: app}\n";
static const char transit[] = "version: 1\nrecords:\n  - name: purchases\n    topics: ['*']\n    fields:\n"
                              "      - path: $.Address\n        transit: {key: transit}\n";

static const struct way {
    const char *name, *schema; /* without: a mirror */
    bool once;
    int against;
} ways[] = {
    { "mirror", NULL, false, -1 },     { "envelope", envelope, false, 0 },    { "transit", transit, false, 0 },
    { "mirror-once", NULL, true, -1 }, { "envelope-once", envelope, true, 3 },
};
enum { WAYS = sizeof ways / sizeof ways[0] };

/* One run: three threads. */
typedef struct run {
    const struct way *way;
    char from[60], to[60];
    size_t count, warm, rate;
    vc_client *vault;
    vc_stream *stream;
    double *ms; /* of each record behind the warm-up */
    size_t seen;
} run;

static void sleep_until(double when)
{
    const struct timespec then = { .tv_sec = (time_t)when, .tv_nsec = (long)((when - (double)(time_t)when) * 1e9) };
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &then, NULL) == EINTR) {}
}

static void *produce(void *arg)
{
    static vc_view records[PURCHASES];
    const run *r = arg;
    unsigned long delivered = 0;
    purchases_make(records);
    rd_kafka_t *producer = broker_producer(NULL, &delivered);
    rd_kafka_topic_t *topic = rd_kafka_topic_new(producer, r->from, NULL);
    const double start = bench_now();
    for (size_t i = 0; i < r->count; i++) {
        char key[40];
        sleep_until(start + (double)i / (double)r->rate);
        const int len = snprintf(key, sizeof key, "%.6f", bench_now());
        broker_produce(producer, topic, RD_KAFKA_PARTITION_UA, vc_view_of(key, (size_t)len), records[i % PURCHASES], 0);
        rd_kafka_poll(producer, 0);
    }
    rd_kafka_flush(producer, 10000);
    rd_kafka_topic_destroy(topic);
    rd_kafka_destroy(producer);
    return NULL;
}

static void look_at(void *user, rd_kafka_message_t **messages, size_t count)
{
    run *r = user;
    const double now = bench_now();
    for (size_t i = 0; i < count; i++, r->seen++) {
        char key[40];
        snprintf(key, sizeof key, "%.*s", (int)messages[i]->key_len, (const char *)messages[i]->key);
        if (r->seen >= r->warm && r->seen < r->count)
            r->ms[r->seen - r->warm] = (now - strtod(key, NULL)) * 1000;
    }
}

static void *consume(void *arg)
{
    run *r = arg;
    broker_read_each(r->to, r->count, look_at, r);
    return NULL;
}

static void *pass_on(void *arg)
{
    run *r = arg;
    vc_error err = VC_ERROR_INIT;
    if (!r->way->schema)
        broker_mirror(r->from, r->to, r->count, r->way->once);
    else if (vc_stream_run(r->stream, &err))
        bench_die_of(&err);
    return NULL;
}

static void prepare_stream(run *r)
{
    vc_error err = VC_ERROR_INIT;
    vc_kafka_config *kafka = broker_config();
    vc_schema *schema = vc_schema_parse(vc_str(r->way->schema), r->way->name, &err);
    if (!schema || vc_kafka_config_set(kafka, "group.id", r->to, &err) ||
        !(r->stream = vc_stream_new(kafka, r->vault, schema, VC_PROTECT, &err)) || vc_stream_add_route(r->stream, r->from, r->to, &err) ||
        vc_stream_set_guarantee(r->stream, r->way->once ? VC_EXACTLY_ONCE : VC_AT_LEAST_ONCE, &err) ||
        vc_stream_set_count(r->stream, r->count, &err))
        bench_die_of(&err);
    vc_schema_unref(schema);
    vc_kafka_config_free(kafka);
}

/* p50 and p99 in ms. */
static void run_once(vc_client *vault, const struct way *way, size_t round, double *p50, double *p99)
{
    run r = { .way = way, .vault = vault, .rate = bench_number("BENCH_RATE", 1000) };
    pthread_t threads[3];
    void *(*const parts[])(void *) = { consume, pass_on, produce };
    r.warm = r.rate * WARM_UP_S;
    r.count = r.warm + r.rate * bench_number("BENCH_SECONDS", 10);
    r.ms = calloc(r.count, sizeof *r.ms);
    snprintf(r.from, sizeof r.from, "from_%s_%zu", way->name, round);
    snprintf(r.to, sizeof r.to, "to_%s_%zu", way->name, round);
    broker_create_topic(r.from, 4);
    broker_create_topic(r.to, 4);
    if (way->schema)
        prepare_stream(&r);
    for (size_t i = 0; i < 3; i++)
        if (!r.ms || pthread_create(&threads[i], NULL, parts[i], &r))
            bench_die("no memory");
    for (size_t i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    const size_t count = r.count - r.warm;
    qsort(r.ms, count, sizeof *r.ms, bench_compare);
    *p50 = r.ms[count / 2];
    *p99 = r.ms[count * 99 / 100];
    free(r.ms);
    vc_stream_free(r.stream);
    broker_delete_topic(r.from);
    broker_delete_topic(r.to);
}

static bool wanted(int argc, char **argv, size_t way)
{
    bool found = argc == 1;
    for (int i = 1; i < argc; i++)
        found |= strcmp(argv[i], ways[way].name) == 0;
    return found;
}

int main(int argc, char **argv)
{
    static double p50[WAYS][ROUNDS_MOST], p99[WAYS][ROUNDS_MOST];
    const size_t rounds = bench_number("BENCH_RUNS", 3);
    vc_error err = VC_ERROR_INIT;
    vc_client *vault = vc_client_open(NULL, &err);
    if (!vault || rounds > ROUNDS_MOST)
        bench_die("no Vault, or BENCH_RUNS is over 25");
    for (size_t round = 0; round < rounds; round++)
        for (size_t i = 0; i < WAYS; i++)
            if (wanted(argc, argv, i))
                run_once(vault, &ways[i], round, &p50[i][round], &p99[i][round]);
    printf("%zu records a second for %zu s, from a producer to a consumer, medians of %zu\n", bench_number("BENCH_RATE", 1000),
           bench_number("BENCH_SECONDS", 10), rounds);
    for (size_t i = 0; i < WAYS; i++) {
        if (!wanted(argc, argv, i))
            continue;
        const double half = bench_median(p50[i], rounds), most = bench_median(p99[i], rounds);
        printf("%-14s p50 %6.1f ms, p99 %6.1f ms", ways[i].name, half, most);
        if (ways[i].against >= 0 && wanted(argc, argv, (size_t)ways[i].against))
            printf("  (%+.1f and %+.1f to %s; goal p99 at most +20)", half - bench_median(p50[ways[i].against], rounds),
                   most - bench_median(p99[ways[i].against], rounds), ways[ways[i].against].name);
        printf("\n");
    }
    vc_client_close(vault);
    return 0;
}

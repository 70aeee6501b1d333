/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream_memory.c RECORDS - the memory of a stream does not grow with what passes through it: exactly once, two envelope fields, on the Kafka and Vault
 * of the environment. Every twentieth of the way the resident memory is told; it fails when the most of the last three quarters is over that
 * of the first by more than a tenth and 8 MiB.
 */
#include "bench/broker.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vaultcrypt/kafka_stream.h>

enum { STEPS = 20, EARLY = 5, LOOK_US = 10000, SLACK_KIB = 8192 };

static const char schema_text[] = "version: 1\nrecords:\n  - name: purchases\n    topics: ['*']\n    fields:\n"
                                  "      - path: $.credit_card\n        envelope: {key: app}\n"
                                  "      - path: $.Address\n        envelope: {key: app}\n";
static size_t records;
static vc_stream *stream;
static long early, late; /* the most, in KiB */

/* proc(5): the second field of statm, in pages. */
static long resident_kib(void)
{
    long pages = 0;
    FILE *statm = fopen("/proc/self/statm", "r");
    if (!statm || fscanf(statm, "%*d %ld", &pages) != 1)
        bench_die("no /proc/self/statm");
    fclose(statm);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static void *watch(void *arg)
{
    (void)arg;
    for (size_t step = 0; step < STEPS; usleep(LOOK_US)) {
        vc_stream_stats stats = { .size = sizeof stats };
        vc_stream_get_stats(stream, &stats);
        const long kib = resident_kib();
        long *most = step < EARLY ? &early : &late;
        *most = kib > *most ? kib : *most;
        if (stats.records_out < (step + 1) * (records / STEPS))
            continue;
        step++;
        printf("# %9lu records: %6.1f MiB\n", (unsigned long)stats.records_out, (double)kib / 1024);
        fflush(stdout);
    }
    return NULL;
}

static void prepare(void)
{
    const pid_t filler = fork(); /* its memory is its own */
    int status;
    if (filler == 0) {
        broker_create_topic("purchases", 4);
        broker_create_topic("purchases_encrypted", 4);
        broker_fill("purchases", records);
        _exit(0);
    }
    if (filler < 0 || waitpid(filler, &status, 0) != filler || status)
        bench_die("the topic was not filled");
}

int main(int argc, char **argv)
{
    records = argc > 1 ? strtoul(argv[1], NULL, 10) : 10000000;
    if (records < STEPS)
        bench_die("how many records?");
    prepare();
    vc_error err = VC_ERROR_INIT;
    pthread_t watcher;
    vc_kafka_config *kafka = broker_config();
    vc_client *vault = vc_client_open(NULL, &err);
    vc_schema *schema = vault ? vc_schema_parse(vc_str(schema_text), "soak", &err) : NULL;
    if (!schema || vc_kafka_config_set(kafka, "group.id", "memory", &err) ||
        !(stream = vc_stream_new(kafka, vault, schema, VC_PROTECT, &err)) ||
        vc_stream_add_route(stream, "purchases", "purchases_encrypted", &err) || vc_stream_set_count(stream, records, &err) ||
        vc_stream_set_guarantee(stream, VC_EXACTLY_ONCE, &err))
        bench_die_of(&err);
    if (pthread_create(&watcher, NULL, watch, NULL))
        bench_die("no thread");
    if (vc_stream_run(stream, &err))
        bench_die_of(&err);
    pthread_join(watcher, NULL);
    vc_stream_stats stats = { .size = sizeof stats };
    vc_stream_get_stats(stream, &stats);
    const bool flat = late <= early + early / 10 + SLACK_KIB;
    printf("%s - memory stays: at most %.1f MiB in the first quarter, %.1f MiB after it; %.0f records/s\n", flat ? "ok" : "not ok",
           (double)early / 1024, (double)late / 1024, (double)records / stats.seconds);
    vc_stream_free(stream);
    vc_schema_unref(schema);
    vc_client_close(vault);
    vc_kafka_config_free(kafka);
    return flat ? 0 : 1;
}

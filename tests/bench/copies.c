/* SPDX-License-Identifier: Apache-2.0 */
/*
 * copies.c - what several copies of a stream in one group bring: processes of their own, on one topic that is full of records. They are measured for some
 * seconds once every partition has its copy.
 *
 *     copies [N...]        1 2 4 8 16
 *
 * Environment: BENCH_WAY (envelope; transit), BENCH_RECORDS (5 000 000), BENCH_PARTITIONS (16), BENCH_SECONDS (4), BENCH_BATCH (4 000 records),
 * BENCH_THREADS (1 for each copy), BENCH_TSV (a file that figures are added to).
 */
#include "bench/broker.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vaultcrypt/kafka_stream.h>

enum { COPIES_MOST = 64, START_S = 60, LOOK_US = 20000 };

static const char envelope[] = "version: 1\nrecords:\n  - name: purchases\n    topics: ['*']\n    fields:\n"
                               "      - path: $.credit_card\n        envelope: {key: app}\n"
                               "      - path: $.Address\n        envelope: {key: app}\n";
static const char transit[] = "version: 1\nrecords:\n  - name: purchases\n    topics: ['*']\n    fields:\n"
                              "      - path: $.Address\n        transit: {key: transit}\n";

/* What a copy tells its parent, in memory that both have. */
typedef struct report {
    atomic_ulong records;
    atomic_int partitions;
} report;

static report *reports;
static vc_stream *stream;

static void on_term(int signal)
{
    (void)signal;
    vc_stream_stop(stream);
}

static void count_partition(void *user, const vc_stream_partition *partition)
{
    (void)partition;
    ++*(int *)user;
}

static void *tell(void *arg)
{
    report *own = arg;
    for (;;) {
        vc_stream_stats stats = { .size = sizeof stats };
        int partitions = 0;
        vc_stream_get_stats(stream, &stats);
        vc_stream_each_partition(stream, count_partition, &partitions);
        atomic_store(&own->records, stats.records_out);
        atomic_store(&own->partitions, partitions);
        usleep(LOOK_US);
    }
    return NULL;
}

/* One copy, a process. */
static void run_copy(const char *group, const char *to, report *own)
{
    vc_error err = VC_ERROR_INIT;
    pthread_t teller;
    const char *way = getenv("BENCH_WAY");
    vc_kafka_config *kafka = broker_config();
    vc_client *vault = vc_client_open(NULL, &err);
    vc_schema *schema = vault ? vc_schema_parse(vc_str(way && strcmp(way, "transit") == 0 ? transit : envelope), "copies", &err) : NULL;
    if (!schema || vc_kafka_config_set(kafka, "group.id", group, &err) ||
        !(stream = vc_stream_new(kafka, vault, schema, VC_PROTECT, &err)) || vc_stream_add_route(stream, "purchases", to, &err) ||
        vc_stream_set_batch(stream, bench_number("BENCH_BATCH", 4000), 10, &err) ||
        vc_stream_set_threads(stream, bench_number("BENCH_THREADS", 1), &err))
        bench_die_of(&err);
    signal(SIGTERM, on_term);
    if (pthread_create(&teller, NULL, tell, own))
        bench_die("no thread");
    if (vc_stream_run(stream, &err))
        bench_die_of(&err);
    _exit(0);
}

static pid_t start(void (*part)(const char *, const char *, report *), const char *group, const char *to, report *own)
{
    const pid_t pid = fork();
    if (pid < 0)
        bench_die("no process");
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* nobody would stop it */
        part(group, to, own);
        _exit(0);
    }
    return pid;
}

/* Librdkafka and libcurl live in children alone: a process that has threads cannot be copied. */
static void fill(const char *group, const char *to, report *own)
{
    (void)group, (void)to, (void)own;
    broker_create_topic("purchases", (int)bench_number("BENCH_PARTITIONS", 16));
    broker_fill("purchases", bench_number("BENCH_RECORDS", 5000000));
}

static void make_target(const char *group, const char *to, report *own)
{
    (void)group, (void)own;
    broker_create_topic(to, (int)bench_number("BENCH_PARTITIONS", 16));
}

static void drop_target(const char *group, const char *to, report *own)
{
    (void)group, (void)own;
    broker_delete_topic(to);
}

static void await(pid_t pid)
{
    int status;
    if (waitpid(pid, &status, 0) != pid || status)
        bench_die("a child failed");
}

static unsigned long sum(size_t copies, int *partitions, size_t *idle)
{
    unsigned long records = 0;
    *partitions = 0;
    *idle = 0;
    for (size_t i = 0; i < copies; i++) {
        const int own = atomic_load(&reports[i].partitions);
        records += atomic_load(&reports[i].records);
        *partitions += own;
        *idle += own == 0;
    }
    return records;
}

static void await_partitions(size_t copies)
{
    const int all = (int)bench_number("BENCH_PARTITIONS", 16);
    int partitions = 0;
    size_t idle = copies;
    for (const double until = bench_now() + START_S; partitions != all || (idle && copies <= (size_t)all); usleep(LOOK_US)) {
        if (bench_now() > until)
            bench_die("the copies do not come to have all partitions");
        (void)sum(copies, &partitions, &idle);
    }
}

static double measure(size_t copies)
{
    pid_t pids[COPIES_MOST];
    char to[60];
    int partitions;
    size_t idle;
    snprintf(to, sizeof to, "copies_%zu_%d", copies, (int)getpid());
    memset(reports, 0, COPIES_MOST * sizeof *reports);
    await(start(make_target, "", to, NULL));
    for (size_t i = 0; i < copies; i++)
        pids[i] = start(run_copy, to, to, &reports[i]);
    await_partitions(copies);
    usleep(500000);
    const double begun = bench_now();
    const unsigned long before = sum(copies, &partitions, &idle);
    usleep((useconds_t)bench_number("BENCH_SECONDS", 4) * 1000000);
    const unsigned long after = sum(copies, &partitions, &idle);
    const double seconds = bench_now() - begun;
    if (after >= bench_number("BENCH_RECORDS", 5000000))
        bench_die("the topic was read to its end: give BENCH_RECORDS more");
    for (size_t i = 0; i < copies; i++)
        kill(pids[i], SIGTERM);
    for (size_t i = 0; i < copies; i++)
        await(pids[i]);
    await(start(drop_target, "", to, NULL));
    return (double)(after - before) / seconds;
}

int main(int argc, char **argv)
{
    static const char *const usual[] = { "1", "2", "4", "8", "16" };
    const char *file = getenv("BENCH_TSV"), *way = getenv("BENCH_WAY");
    reports = mmap(NULL, COPIES_MOST * sizeof *reports, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (reports == MAP_FAILED)
        bench_die("no memory");
    await(start(fill, "", "", NULL));
    double one = 0;
    for (int i = 0; i < (argc > 1 ? argc - 1 : 5); i++) {
        const size_t copies = strtoul(argc > 1 ? argv[i + 1] : usual[i], NULL, 10);
        if (!copies || copies > COPIES_MOST)
            bench_die("1 to 64 copies");
        const double rate = measure(copies);
        one = i == 0 ? rate : one;
        printf("%2zu copies %8.0f records/s  (%.2f times the first)\n", copies, rate, rate / one);
        fflush(stdout);
        FILE *table = file ? fopen(file, "a") : NULL;
        if (table) {
            fprintf(table, "%s\t%zu\t%.0f\n", way ? way : "envelope", copies, rate);
            fclose(table);
        }
    }
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soak.c - full rate for a given time: threads that share one client protect records in batches, open them again and compare, and do
 * single values in between; meanwhile tokens end, keys are rotated and the server is sealed (soak.sh sees to that). What it watches:
 * that nothing fails and nothing differs, and that memory and file descriptors stay flat. Ends by itself.
 *
 * usage: soak SECONDS THREADS [NAME=VALUE...] - the settings are those of vc_config_set()
 */
#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <vaultcrypt/vaultcrypt.h>

enum { THREADS_MAX = 32, RECORDS = 300, RECORD_ROOM = 96, SINGLES = 3, SAMPLES_MAX = 4000 };

static const char schema_text[] = "version: 1\n"
                                  "records:\n"
                                  "  - name: soak\n"
                                  "    topics: ['*']\n"
                                  "    fields:\n"
                                  "      - path: $.v\n"
                                  "        transit: {key: soak}\n";

typedef struct soak {
    vc_client *client;
    vc_schema *schema;
    double until;
    atomic_ullong items, batches, failures, differences, slowest_ms;
} soak;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void tell(soak *run, const char *what, const vc_error *err)
{
    char line[1024];
    if (atomic_fetch_add(&run->failures, 1) < 20)
        fprintf(stderr, "soak: %s: %s\n", what, vc_error_format(err, line, sizeof line));
}

/* Adds the records, or what they became, and runs the batch. */
static bool run_batch(soak *run, vc_batch *batch, const vc_view *records)
{
    vc_error err = VC_ERROR_INIT;
    vc_batch_clear(batch);
    for (size_t i = 0; i < RECORDS; i++)
        if (vc_batch_add(batch, vc_schema_rule_at(run->schema, 0), records[i], &err)) {
            tell(run, "add", &err);
            return false;
        }
    if (vc_client_run(run->client, batch, &err)) {
        tell(run, "run", &err);
        return false;
    }
    for (size_t i = 0; i < RECORDS; i++)
        if (vc_batch_error(batch, i)) {
            tell(run, "record", vc_batch_error(batch, i));
            return false;
        }
    return true;
}

static void round_trip(soak *run, vc_batch *protect, vc_batch *open, const vc_view *records)
{
    vc_view sealed[RECORDS];
    if (!run_batch(run, protect, records))
        return;
    for (size_t i = 0; i < RECORDS; i++)
        sealed[i] = vc_batch_output(protect, i);
    if (!run_batch(run, open, sealed))
        return;
    for (size_t i = 0; i < RECORDS; i++) {
        const vc_view out = vc_batch_output(open, i);
        if (out.len != records[i].len || memcmp(out.data, records[i].data, out.len) != 0)
            atomic_fetch_add(&run->differences, 1);
    }
    atomic_fetch_add(&run->items, 2 * RECORDS);
    atomic_fetch_add(&run->batches, 1);
}

static void single(soak *run, vc_view value)
{
    vc_error err = VC_ERROR_INIT;
    vc_bytes ciphertext = VC_BYTES_INIT, plaintext = VC_BYTES_INIT;
    if (vc_transit_encrypt(run->client, "soak", value, NULL, &ciphertext, &err) ||
        vc_transit_decrypt(run->client, "soak", vc_bytes_view(ciphertext), NULL, &plaintext, &err))
        tell(run, "single", &err);
    else if (plaintext.len != value.len || memcmp(plaintext.data, value.data, value.len) != 0)
        atomic_fetch_add(&run->differences, 1);
    else
        atomic_fetch_add(&run->items, 2);
    vc_bytes_free(&ciphertext);
    vc_bytes_free(&plaintext);
}

static void *work(void *user)
{
    soak *run = user;
    vc_error err = VC_ERROR_INIT;
    char memory[RECORDS][RECORD_ROOM];
    vc_view records[RECORDS];
    vc_batch *protect = vc_batch_new(run->schema, VC_PROTECT, &err), *open = protect ? vc_batch_new(run->schema, VC_OPEN, &err) : NULL;
    if (!open)
        tell(run, "batch", &err);
    for (unsigned long round = 0; open && now() < run->until; round++) {
        for (size_t i = 0; i < RECORDS; i++) {
            const int len = snprintf(memory[i], RECORD_ROOM, "{\"n\":%zu,\"v\":\"value %lu of round %lu\"}", i, i * 7919, round);
            records[i] = vc_view_of(memory[i], (size_t)len);
        }
        const double start = now();
        round_trip(run, protect, open, records);
        const unsigned long long ms = (unsigned long long)((now() - start) * 1000);
        if (ms > atomic_load(&run->slowest_ms))
            atomic_store(&run->slowest_ms, ms);
        for (size_t i = 0; i < SINGLES; i++)
            single(run, records[i]);
    }
    vc_batch_free(protect);
    vc_batch_free(open);
    return NULL;
}

/* What this process holds. */
typedef struct sample {
    long rss_kib, descriptors;
} sample;

static sample look(void)
{
    sample found = { 0, 0 };
    long pages = 0;
    FILE *statm = fopen("/proc/self/statm", "r");
    if (statm) {
        if (fscanf(statm, "%*d %ld", &pages) == 1)
            found.rss_kib = pages * (sysconf(_SC_PAGESIZE) / 1024);
        fclose(statm);
    }
    DIR *folder = opendir("/proc/self/fd");
    while (folder && readdir(folder))
        found.descriptors++;
    if (folder)
        closedir(folder);
    return found;
}

/* The largest of samples [from, to). */
static sample most(const sample *samples, size_t from, size_t to)
{
    sample largest = { 0, 0 };
    for (size_t i = from; i < to; i++) {
        if (samples[i].rss_kib > largest.rss_kib)
            largest.rss_kib = samples[i].rss_kib;
        if (samples[i].descriptors > largest.descriptors)
            largest.descriptors = samples[i].descriptors;
    }
    return largest;
}

/* Flat: what the last third of the time needed, the middle third had needed already, give or take 2 MiB and 4 connections. */
static bool is_flat(const sample *samples, size_t count)
{
    enum { SLACK_KIB = 2048, SLACK_DESCRIPTORS = 4 };
    const sample middle = most(samples, count / 3, 2 * count / 3), last = most(samples, 2 * count / 3, count);
    printf("memory_kib %ld %ld  (most in the middle and in the last third)\ndescriptors %ld %ld\n", middle.rss_kib, last.rss_kib,
           middle.descriptors, last.descriptors);
    return last.rss_kib <= middle.rss_kib + SLACK_KIB && last.descriptors <= middle.descriptors + SLACK_DESCRIPTORS;
}

static vc_client *open_client(int argc, char **argv, vc_error *err)
{
    vc_config *config = vc_config_new(err);
    vc_client *client = NULL;
    vc_code code = config ? VC_OK : err->code;
    for (int i = 3; i < argc && !code; i++) {
        char *value = strchr(argv[i], '=');
        if (!value) {
            fprintf(stderr, "soak: NAME=VALUE, not %s\n", argv[i]);
            exit(2);
        }
        *value = 0;
        code = vc_config_set(config, argv[i], value + 1, err);
    }
    if (!code && !vc_config_from_env(config, err))
        client = vc_client_open(config, err);
    vc_config_free(config);
    return client;
}

static size_t watch(const soak *run, sample *samples)
{
    size_t count = 0;
    while (now() < run->until && count < SAMPLES_MAX) {
        (void)nanosleep(&(struct timespec){ .tv_nsec = 500000000 }, NULL);
        samples[count++] = look();
    }
    return count;
}

int main(int argc, char **argv)
{
    static soak run;
    static sample samples[SAMPLES_MAX];
    pthread_t threads[THREADS_MAX];
    char line[1024];
    const double seconds = argc > 2 ? strtod(argv[1], NULL) : 0;
    const unsigned long count = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
    if (!(seconds >= 1 && seconds <= SAMPLES_MAX / 2) || !count || count > THREADS_MAX) {
        fprintf(stderr, "usage: soak SECONDS THREADS [NAME=VALUE...]\n");
        return 2;
    }
    vc_error err = VC_ERROR_INIT;
    run.client = open_client(argc, argv, &err);
    run.schema = run.client ? vc_schema_parse(vc_str(schema_text), "soak", &err) : NULL;
    if (!run.schema) {
        fprintf(stderr, "soak: %s\n", vc_error_format(&err, line, sizeof line));
        return 1;
    }
    run.until = now() + seconds;
    unsigned long started = 0;
    while (started < count && !pthread_create(&threads[started], NULL, work, &run))
        started++;
    const size_t seen = watch(&run, samples);
    for (unsigned long i = 0; i < started; i++)
        (void)pthread_join(threads[i], NULL);
    printf("items %llu  (%.0f a second)\nslowest_ms %llu  (a batch there and back)\nfailures %llu\ndifferences %llu\n", run.items,
           (double)run.items / seconds, run.slowest_ms, run.failures, run.differences);
    const bool flat = is_flat(samples, seen);
    vc_schema_unref(run.schema);
    vc_client_close(run.client);
    printf("%s\n", flat ? "flat" : "not flat");
    return started == count && run.items && !run.failures && !run.differences && flat ? 0 : 1;
}

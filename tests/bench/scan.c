/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scan and splice: 10 000 different purchases of 197 to 200 bytes, two fields of each found and replaced; beside it json-c,
 * which parses and prints the same records. Median of 5 runs; what was written is counted, so that nothing can be left out.
 */
#include "json/splice.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { RECORDS = 10000, ROOM = 256, BATCH = 500, RUNS = 5, ROUNDS = 20 };

typedef struct load {
    char (*text)[ROOM];
    size_t len[RECORDS];
    vc__selector *selector;
    vc__scanner *scanner;
    vc__buf out;
    uint64_t bytes, hits;
} load;

static uint32_t random_state = 20240229;

static uint32_t below(uint32_t bound)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state % bound;
}

static const char *pick(const char *const *list, uint32_t count)
{
    return list[below(count)];
}

#define PICK(list) pick(list, sizeof(list) / sizeof((list)[0]))

static size_t purchase(char *text)
{
    static const char *const first[] = { "Ana", "Benedict", "Chloe", "Dmitri", "Eve", "Farid", "Gwendolyn", "Hugo" };
    static const char *const last[] = { "Ng", "Okafor", "Petersen", "Quispe", "Rossi", "Schwarzenberg", "Tanaka", "Ueda" };
    static const char *const street[] = { "High St", "Main Street", "Elm Rd", "Avenue de la Gare", "Ringweg", "Park Ln" };
    static const char *const town[] = { "Bath", "Springfield", "Lyon", "Utrecht", "Rio", "Kyoto", "Wellington" };
    static const char *const item[] = { "shoes", "umbrella", "tea", "headphones", "book", "lamp" };
    int n = snprintf(text, ROOM,
                     "{\"Name\":\"%s %s\",\"Address\":\"%u %s, %s\",\"credit_card\":\"%04u-%04u-%04u-%04u\",\"item\":\"%s\",\"quantity\":%u,"
                     "\"price\":%u.%02u,\"paid\":%s,\"note\":\"",
                     PICK(first), PICK(last), 1 + below(250), PICK(street), PICK(town), below(10000), below(10000), below(10000),
                     below(10000), PICK(item), 1 + below(30), below(900), below(100), below(2) ? "true" : "false");
    const int until = 195 + (int)below(4);
    while (n < until)
        text[n++] = (char)(below(6) ? 'a' + below(26) : ' ');
    memcpy(text + n, "\"}", 3);
    return (size_t)n + 2;
}

static void fail(const char *what)
{
    fprintf(stderr, "scan: %s\n", what);
    exit(1);
}

static void set_up(load *bench)
{
    bench->text = malloc(sizeof *bench->text * RECORDS);
    vc__path *paths[] = { vc__path_parse(vc_str("$.Address"), NULL), vc__path_parse(vc_str("$.credit_card"), NULL) };
    bench->selector = vc__selector_new((const vc__path *const *)paths, NULL, 2, false, NULL);
    bench->scanner = vc__scanner_new(512, NULL);
    bench->out = (vc__buf)VC__BUF(1 << 20);
    if (!bench->text || !bench->selector || !bench->scanner)
        fail("no memory");
    for (size_t i = 0; i < RECORDS; i++)
        bench->len[i] = purchase(bench->text[i]);
    vc__path_free(paths[0]);
    vc__path_free(paths[1]);
}

static void scan_and_splice(load *bench)
{
    static const char address[] = "\"vault:v1:8SDd3WHDOjf7mq69CyCqYjBXAiQQAVZRkFM13ok481zoCmHnSeDX9vyf7w==\"", card[] = "\"4823-0071-5529-8014\"";
    for (size_t i = 0; i < RECORDS; i++) {
        const vc_view json = vc_view_of(bench->text[i], bench->len[i]);
        const vc__hit *hits;
        size_t count;
        if (vc__scan(bench->scanner, bench->selector, json, &hits, &count, NULL) != VC_OK || count != 2)
            fail("a record is not scanned as it should be");
        const vc__edit edits[] = { { &hits[0], VC__EDIT_REPLACE, vc_view_of(address, sizeof address - 1) },
                                   { &hits[1], VC__EDIT_REPLACE, vc_view_of(card, sizeof card - 1) } };
        vc__splice(&bench->out, json, edits, 2);
        bench->hits += count;
        if (i % BATCH == BATCH - 1) {
            bench->bytes += bench->out.len;
            if (bench->out.failed)
                fail("the output does not fit");
            bench->out.len = 0;
        }
    }
}

static void scan_alone(load *bench)
{
    for (size_t i = 0; i < RECORDS; i++) {
        const vc__hit *hits;
        size_t count;
        if (vc__scan(bench->scanner, bench->selector, vc_view_of(bench->text[i], bench->len[i]), &hits, &count, NULL) != VC_OK)
            fail("a record is not scanned as it should be");
        bench->hits += count;
        bench->bytes += hits[0].end;
    }
}

static void parse_and_print(load *bench)
{
    struct json_tokener *tokener = json_tokener_new();
    for (size_t i = 0; i < RECORDS; i++) {
        json_tokener_reset(tokener);
        struct json_object *record = json_tokener_parse_ex(tokener, bench->text[i], (int)bench->len[i]);
        size_t len;
        if (!record || !json_object_to_json_string_length(record, JSON_C_TO_STRING_PLAIN, &len))
            fail("json-c does not take a record");
        bench->bytes += len;
        json_object_put(record);
    }
    json_tokener_free(tokener);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Microseconds a record, the median of the runs. */
static double measure(load *bench, void (*work)(load *), int rounds)
{
    double took[RUNS];
    work(bench);
    for (int run = 0; run < RUNS; run++) {
        const double start = now();
        for (int i = 0; i < rounds; i++)
            work(bench);
        took[run] = (now() - start) * 1e6 / rounds / RECORDS;
    }
    qsort(took, RUNS, sizeof *took, ascending);
    return took[RUNS / 2];
}

int main(int argc, char **argv)
{
    static load bench;
    set_up(&bench);
    if (argc > 1 && strcmp(argv[1], "once") == 0) { /* for profilers */
        scan_and_splice(&bench);
    } else {
        const double ours = measure(&bench, scan_and_splice, ROUNDS);
        printf("scan_splice_us_per_record %.3f\n", ours);
        printf("scan_us_per_record %.3f\n", measure(&bench, scan_alone, ROUNDS));
        const double jsonc = measure(&bench, parse_and_print, 1);
        printf("jsonc_parse_print_us_per_record %.3f (ratio %.1f)\n", jsonc, jsonc / ours);
        printf("bytes %llu, hits %llu\n", (unsigned long long)bench.bytes, (unsigned long long)bench.hits);
    }
    vc__buf_free(&bench.out);
    vc__scanner_free(bench.scanner);
    vc__selector_free(bench.selector);
    free(bench.text);
    return 0;
}

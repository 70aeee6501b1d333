/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scan and splice: 10 000 different purchases, two fields of each found and replaced; beside it json-c, which
 * parses and prints the same records. What was written is counted, so that nothing can be left out. `scan
 * once` runs them once, for profilers.
 */
#include "bench/purchases.h"
#include "json/splice.h"

#include <json-c/json.h>

enum { BATCH = 500, ROUNDS = 20 };

typedef struct bench {
    const vc_view *records;
    vc__selector *selector;
    vc__scanner *scanner;
    vc__buf out;
    uint64_t bytes;
} bench;

static void fail(const char *what)
{
    fprintf(stderr, "scan: %s\n", what);
    exit(1);
}

/* Purchases of 197 to 200 bytes without white space between the members. */
static void make_compact(vc_view records[PURCHASES])
{
    static const char *const first[] = { "Ana", "Benedict", "Chloe",     "Dmitri",
                                         "Eve", "Farid",    "Gwendolyn", "Hugo" };
    static const char *const last[] = { "Ng",    "Okafor",        "Petersen", "Quispe",
                                        "Rossi", "Schwarzenberg", "Tanaka",   "Ueda" };
    static const char *const street[] = { "High St",           "Main Street", "Elm Rd",
                                          "Avenue de la Gare", "Ringweg",     "Park Ln" };
    static const char *const town[] = {
        "Bath", "Springfield", "Lyon", "Utrecht", "Rio", "Kyoto", "Wellington"
    };
    static const char *const item[] = { "shoes", "umbrella", "tea", "headphones", "book", "lamp" };
    static char memory[PURCHASES][PURCHASE_ROOM];
    uint64_t state = 20240229;
#define BELOW(n) (purchases_random(&state) % (n))
    for (size_t i = 0; i < PURCHASES; i++) {
        size_t n = (size_t)snprintf(memory[i], PURCHASE_ROOM,
                                    "{\"Name\":\"%s %s\",\"Address\":\"%u %s, "
                                    "%s\",\"credit_card\":\"%04u-%04u-%04u-%04u\",\"item\":\"%s\","
                                    "\"quantity\":%u,\"price\":%u.%02u,\"paid\":%s,\"note\":\"",
                                    first[BELOW(8)], last[BELOW(8)], 1 + BELOW(250), street[BELOW(6)],
                                    town[BELOW(7)], BELOW(10000), BELOW(10000), BELOW(10000), BELOW(10000),
                                    item[BELOW(6)], 1 + BELOW(30), BELOW(900), BELOW(100),
                                    BELOW(2) ? "true" : "false");
        const size_t until = 195 + BELOW(4);
        while (n < until)
            memory[i][n++] = (char)(BELOW(6) ? 'a' + BELOW(26) : ' ');
        memcpy(memory[i] + n, "\"}", 3);
        records[i] = vc_view_of(memory[i], n + 2);
    }
#undef BELOW
}

static void set_up(bench *load)
{
    vc__path *paths[] = { vc__path_parse(vc_str("$.Address"), NULL),
                          vc__path_parse(vc_str("$.credit_card"), NULL) };
    load->selector = vc__selector_new((const vc__path *const *)paths, NULL, 2, false, NULL);
    load->scanner = vc__scanner_new(512, NULL);
    load->out = (vc__buf)VC__BUF(1 << 20);
    if (!load->selector || !load->scanner)
        fail("no memory");
    vc__path_free(paths[0]);
    vc__path_free(paths[1]);
}

static void scan_and_splice(bench *load)
{
    static const char address[] = "\"vault:v1:8SDd3WHDOjf7mq69CyCqYjBXAiQQAVZRkFM13ok481zoCmHnSeDX9vyf7w==\"";
    static const char card[] = "\"4823-0071-5529-8014\"";
    for (size_t i = 0; i < PURCHASES; i++) {
        const vc__hit *hits;
        size_t count;
        if (vc__scan(load->scanner, load->selector, load->records[i], &hits, &count, NULL) != VC_OK ||
            count != 2)
            fail("a record is not scanned as it should be");
        const vc__edit edits[] = { { &hits[0], VC__EDIT_REPLACE, vc_view_of(address, sizeof address - 1) },
                                   { &hits[1], VC__EDIT_REPLACE, vc_view_of(card, sizeof card - 1) } };
        vc__splice(&load->out, load->records[i], edits, 2);
        if (i % BATCH == BATCH - 1) {
            if (load->out.failed)
                fail("the output does not fit");
            load->bytes += load->out.len;
            load->out.len = 0;
        }
    }
}

static void scan_alone(bench *load)
{
    for (size_t i = 0; i < PURCHASES; i++) {
        const vc__hit *hits;
        size_t count;
        if (vc__scan(load->scanner, load->selector, load->records[i], &hits, &count, NULL) != VC_OK)
            fail("a record is not scanned as it should be");
        load->bytes += hits[0].end;
    }
}

static void parse_and_print(bench *load)
{
    struct json_tokener *tokener = json_tokener_new();
    for (size_t i = 0; i < PURCHASES; i++) {
        json_tokener_reset(tokener);
        struct json_object *record = json_tokener_parse_ex(tokener, load->records[i].data,
                                                           (int)load->records[i].len);
        size_t len = 0;
        if (!record || !json_object_to_json_string_length(record, JSON_C_TO_STRING_PLAIN, &len))
            fail("json-c does not take a record");
        load->bytes += len;
        json_object_put(record);
    }
    json_tokener_free(tokener);
}

/* Of this thread: nothing here waits, and what else the machine does is not the question. */
static double processor_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Microseconds a record. */
static double measure(bench *load, void (*work)(bench *), int rounds)
{
    double took[RUNS];
    work(load);
    for (int run = 0; run < RUNS; run++) {
        const double start = processor_seconds();
        for (int i = 0; i < rounds; i++)
            work(load);
        took[run] = (processor_seconds() - start) * 1e6 / rounds / PURCHASES;
    }
    return bench_median(took, RUNS);
}

int main(int argc, char **argv)
{
    static vc_view compact[PURCHASES], spaced[PURCHASES];
    static bench load;
    make_compact(compact);
    purchases_make(spaced);
    set_up(&load);
    load.records = compact;
    if (argc > 1 && strcmp(argv[1], "once") == 0) {
        scan_and_splice(&load);
    } else {
        const double ours = measure(&load, scan_and_splice, ROUNDS);
        printf("scan_splice_us_per_record %.2f\n", ours);
        printf("  of that the scan alone  %.2f\n", measure(&load, scan_alone, ROUNDS));
        const double jsonc = measure(&load, parse_and_print, 1);
        printf("jsonc_us_per_record       %.2f (parse and print; ratio %.1f)\n", jsonc, jsonc / ours);
        load.records = spaced;
        printf("with_spaces_us_per_record %.2f (scan and splice, blanks behind colons and commas)\n",
               measure(&load, scan_and_splice, ROUNDS));
        printf("bytes written %llu\n", (unsigned long long)load.bytes);
    }
    vc__buf_free(&load.out);
    vc__scanner_free(load.scanner);
    vc__selector_free(load.selector);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record.c - the whole record operation with an instant transport: scan, Vault bodies written, replies read, splice. The replies are
 * made beforehand; handing one in copies it, as a driver's would.
 */
#include "bench/purchases.h"

#include <vaultcrypt/batch.h>

enum { BATCH = 2000, ITEMS = 240 };

typedef struct reply {
    char *text;
    size_t len;
} reply;

static reply make_reply(const char *item, size_t count)
{
    const size_t room = count * (strlen(item) + 1) + 300;
    reply r = { malloc(room), 0 };
    if (!r.text)
        abort();
    r.len = (size_t)snprintf(r.text, room, "{\"request_id\":\"b5687220-faf6-c303-44e2-5039c42b98ae\",\"lease_id\":\"\",\"renewable\":false,"
                                           "\"lease_duration\":0,\"data\":{\"batch_results\":[");
    for (size_t i = 0; i < count; i++)
        r.len += (size_t)snprintf(r.text + r.len, room - r.len, "%s%s", i ? "," : "", item);
    r.len += (size_t)snprintf(r.text + r.len, room - r.len, "]},\"wrap_info\":null,\"warnings\":null,\"auth\":null}\n");
    return r;
}

static reply encrypted[2], encoded[2];

static void answer(vc_request *request)
{
    const vc_view body = vc_request_body(request);
    const bool transit = strstr(vc_request_path(request), "/encrypt/") != NULL;
    /* Whole requests but for the last of a batch; both are told apart by their size. */
    const reply *r = transit ? encrypted : encoded;
    const size_t whole = transit ? 240 * 30 : 240 * 40;
    r += body.len < whole;
    if (vc_request_reply(request, 200, vc_view_of(NULL, 0), vc_view_of(r->text, r->len), 1, NULL))
        abort();
}

static size_t run_batch(vc_batch *batch, const vc_rule *rule, const vc_view *records)
{
    vc_error err = VC_ERROR_INIT;
    vc_batch_clear(batch);
    for (size_t i = 0; i < BATCH; i++)
        if (vc_batch_add(batch, rule, records[i], &err))
            abort();
    for (vc_step step; (step = vc_batch_step(batch, 1, NULL, &err)) != VC_STEP_DONE;) {
        if (step == VC_STEP_FAILED) {
            fprintf(stderr, "%s\n", err.message);
            exit(1);
        }
        for (vc_request *request; (request = vc_batch_next_request(batch));)
            answer(request);
    }
    size_t bytes = 0;
    for (size_t i = 0; i < BATCH; i++) {
        if (vc_batch_error(batch, i))
            abort();
        bytes += vc_batch_output(batch, i).len;
    }
    return bytes;
}

typedef struct goal {
    const char *name;
    double us; /* 0: there is none */
    const char *of; /* what of a record is protected */
} goal;

/* The time that a record takes under a schema, in us. `ring` may be NULL. */
static double measure(goal to, const char *yaml, vc_direction direction, vc_keyring *ring, const vc_view *records, size_t rounds)
{
    size_t bytes = 0;
    vc_error err = VC_ERROR_INIT;
    vc_schema *schema = vc_schema_parse(vc_str(yaml), "bench", &err);
    vc_batch *batch = schema ? vc_batch_new(schema, direction, &err) : NULL;
    if (!batch || vc_batch_set_keyring(batch, ring, &err)) {
        fprintf(stderr, "%s\n", err.message);
        exit(1);
    }
    const vc_rule *rule = vc_schema_rule_at(schema, 0);
    double figures[RUNS];
    for (size_t run = 0; run < RUNS; run++) {
        const double start = bench_now();
        bytes = 0;
        for (size_t round = 0; round < rounds; round++)
            for (size_t at = 0; at + BATCH <= PURCHASES; at += BATCH)
                bytes += run_batch(batch, rule, records + at);
        figures[run] = (bench_now() - start) * 1e6 / (double)(rounds * PURCHASES);
    }
    vc_batch_free(batch);
    vc_schema_unref(schema);
    const double median = bench_median(figures, RUNS);
    printf("%s %.3f  (", to.name, median);
    if (to.us > 0)
        printf("goal %.1f, ratio %.2f; ", to.us, median / to.us);
    printf("%zu bytes out of %zu records, %s)\n", bytes / rounds, (size_t)PURCHASES, to.of);
    return median;
}

/* Both fields with a data key: here, without a request. */
static const char envelope_schema[] = "version: 1\nrecords:\n  - name: purchases\n    fields:\n"
                                      "      - {path: $.credit_card, envelope: {key: bench, source: static}}\n"
                                      "      - {path: $.Address, envelope: {key: bench, source: static}}\n";

/* The same record as one value. */
static const char whole_schema[] = "version: 1\nrecords:\n  - name: purchases\n    value: {envelope: {key: bench, source: static}}\n";

/* Protected, and opened again, each in us. */
static void measure_envelope(const char *yaml, const goal to[2], vc_keyring *ring, const vc_view *records, size_t rounds, double us[2])
{
    static vc_view protected[PURCHASES];
    vc_error err = VC_ERROR_INIT;
    us[0] = measure(to[0], yaml, VC_PROTECT, ring, records, rounds);

    vc_schema *schema = vc_schema_parse(vc_str(yaml), "bench", &err);
    vc_batch *batch = schema ? vc_batch_new(schema, VC_PROTECT, &err) : NULL;
    if (!batch || vc_batch_set_keyring(batch, ring, &err))
        abort();
    for (size_t i = 0; i < PURCHASES; i++)
        if (vc_batch_add(batch, vc_schema_rule_at(schema, 0), records[i], &err))
            abort();
    if (vc_batch_step(batch, 1, NULL, &err) != VC_STEP_DONE)
        abort();
    for (size_t i = 0; i < PURCHASES; i++)
        protected[i] = vc_batch_output(batch, i);
    us[1] = measure(to[1], yaml, VC_OPEN, ring, protected, rounds);
    vc_batch_free(batch);
    vc_schema_unref(schema);
}

/* What it costs to protect two fields of a record rather than all of it in one. */
static void compare_with_whole(const vc_view *records, size_t rounds)
{
    static const goal of_fields[] = { { "record_envelope_protect_us", 2.5, "2 fields" }, { "record_envelope_open_us", 2.5, "2 fields" } },
                      of_whole[] = { { "record_whole_protect_us", 0, "the whole value" }, { "record_whole_open_us", 0, "the whole value" } };
    double fields[2], whole[2];
    vc_error err = VC_ERROR_INIT;
    vc_keyring *ring = vc_keyring_new(&err);
    if (!ring || vc_keyring_add_static(ring, "bench", vc_str("0123456789abcdef0123456789abcdef"), &err))
        abort();
    measure_envelope(envelope_schema, of_fields, ring, records, rounds, fields);
    measure_envelope(whole_schema, of_whole, ring, records, rounds, whole);
    printf("whole value against field: protect %.2f, open %.2f of the time that 2 fields take\n", whole[0] / fields[0], whole[1] / fields[1]);
    vc_keyring_unref(ring);
}

int main(int argc, char **argv)
{
    static vc_view records[PURCHASES];
    const size_t rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 20;
    static const char ciphertext[] = "{\"ciphertext\":\"vault:v1:kl8KcfEZK9JlBJlKf0POgjpblCGzsijiTbY6ANXYGgkl8KcfEZK9JlBJlKf0POgjpblA=="
                                     "\",\"key_version\":1,\"reference\":\"\"}";
    purchases_make(records);
    for (size_t i = 0; i < 2; i++) {
        const size_t count = i == 0 ? ITEMS : BATCH % ITEMS;
        encrypted[i] = make_reply(ciphertext, count);
        encoded[i] = make_reply("{\"encoded_value\":\"9300-3376-4943-8903\"}", count);
    }
    measure((goal){ "record_operation_us", 2.0, "2 fields" }, purchases_schema, VC_PROTECT, NULL, records, rounds);
    compare_with_whole(records, rounds);
    return 0;
}

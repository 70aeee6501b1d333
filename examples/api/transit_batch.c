/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transit_batch - many values with few requests, with <vaultcrypt/transit_batch.h>: the lines of the input are
 * encrypted; then signatures of them are made and verified. Makes the keys `example` and `example-ed`.
 *
 *     seq 10000 | transit_batch
 */
#include "api.h"

enum { LINES_MAX = 100000, LINE_MAX_BYTES = 200 };

static char lines[LINES_MAX][LINE_MAX_BYTES];

static size_t read_lines(void)
{
    size_t n = 0;
    while (n < LINES_MAX && fgets(lines[n], LINE_MAX_BYTES, stdin))
        n++;
    return n;
}

/* How it went, item by item; how many went well. */
static size_t count_fine(const vc_transit_batch *batch)
{
    size_t fine = 0;
    for (size_t i = 0; i < vc_transit_batch_count(batch); i++) {
        const vc_error *error = vc_transit_batch_error(batch, i);
        if (error)
            printf("line %zu: %s\n", i + 1, error->message);
        fine += !error;
    }
    return fine;
}

static void encrypt(vc_client *vault, size_t n)
{
    vc_transit_batch *batch = made(vc_transit_batch_new(VC_TRANSIT_ENCRYPT, "example", NULL, &err));
    must(vc_transit_batch_set_limits(batch, 500, 0, 8, &err));
    must(vc_transit_batch_set_deadline(batch, 30000, &err));
    for (size_t i = 0; i < n; i++)
        must(vc_transit_batch_add(batch, vc_str(lines[i]), &err));
    must(vc_transit_batch_run(vault, batch, &err));
    vc_batch_stats stats = { .size = sizeof stats };
    vc_transit_batch_get_stats(batch, &stats);
    printf("%zu of %zu encrypted with %llu requests\n", count_fine(batch), n, (unsigned long long)stats.requests);
    if (n)
        printf("the first, under version %llu: %s\n", (unsigned long long)vc_transit_batch_key_version(batch, 0),
               vc_transit_batch_result(batch, 0).data ? "vault:v..." : "none");
    vc_transit_batch_clear(batch); /* for the next ones */
    vc_transit_batch_free(batch);
}

static void sign_and_verify(vc_client *vault, size_t n)
{
    vc_transit_batch *signatures = made(vc_transit_batch_new(VC_TRANSIT_SIGN, "example-ed", NULL, &err));
    vc_transit_batch *verified = made(vc_transit_batch_new(VC_TRANSIT_VERIFY, "example-ed", NULL, &err));
    for (size_t i = 0; i < n; i++)
        must(vc_transit_batch_add(signatures, vc_str(lines[i]), &err));
    must(vc_transit_batch_run(vault, signatures, &err));
    for (size_t i = 0; i < n; i++) {
        vc_transit_item item = VC_TRANSIT_ITEM_INIT;
        item.input = vc_str(lines[i]);
        item.signature = vc_transit_batch_result(signatures, i); /* alive as long as that batch */
        must(vc_transit_batch_add_item(verified, &item, &err));
    }
    must(vc_transit_batch_run(vault, verified, &err));
    printf("%zu of %zu signatures are right\n", count_fine(verified), n);
    vc_transit_batch_free(verified);
    vc_transit_batch_free(signatures);
}

int main(void)
{
    vc_client *vault = made(vc_client_open(NULL, &err));
    vc_transit_settings *settings = made(vc_transit_settings_new(&err));
    must(vc_transit_settings_set_type(settings, "ed25519", &err));
    must(vc_transit_key_create(vault, "example-ed", settings, &err));
    vc_transit_settings_free(settings);
    const size_t n = read_lines();
    encrypt(vault, n);
    sign_and_verify(vault, n);
    vc_client_close(vault);
    return 0;
}

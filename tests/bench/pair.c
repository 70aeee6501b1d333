/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Public keys: `rsa-oaep` values of 200 bytes, protected and opened in batches, beside libcrypto by itself (RSA-3072: a context made once, OAEP with
 * SHA-256) and `openssl speed rsa3072`, whose verify and sign are the bare operations, all in one run; and records with two `hybrid` fields
 * beside the same with `envelope`, wrapped keys in tokens and, of messages, in a header. Medians of 5 runs, alternating; processor time.
 */
#define _POSIX_C_SOURCE 200809L /* popen() */
#include "bench/purchases.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <vaultcrypt/vaultcrypt.h>

enum { VALUE = 200, SEALED = 384, SEALS = 20000, OPENS = 500, BATCH = 1000, ROUNDS = 4 };

/* Processor time, as `openssl speed` has it. */
static double now(void)
{
    struct timespec spent;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
    return (double)spent.tv_sec + (double)spent.tv_nsec / 1e9;
}

static void fail(const char *what)
{
    fprintf(stderr, "pair: %s\n", what);
    exit(1);
}

static char *pem_of(EVP_PKEY *key, bool private)
{
    static char texts[2][8192];
    char *data;
    BIO *bio = BIO_new(BIO_s_mem());
    if (!bio || !(private ? PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) : PEM_write_bio_PUBKEY(bio, key)))
        fail("no PEM");
    const long len = BIO_get_mem_data(bio, &data);
    memcpy(texts[private], data, (size_t)len);
    texts[private][len] = 0;
    BIO_free(bio);
    return texts[private];
}

/* -- libcrypto -------------------------------------------------------------------------------------------- */

static EVP_PKEY_CTX *context(EVP_PKEY *key, bool opens)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
    if (!ctx || (opens ? EVP_PKEY_decrypt_init : EVP_PKEY_encrypt_init)(ctx) <= 0 || EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) <= 0 ||
        EVP_PKEY_CTX_set_rsa_oaep_md_name(ctx, "SHA256", NULL) <= 0 || EVP_PKEY_CTX_set_rsa_mgf1_md_name(ctx, "SHA256", NULL) <= 0)
        fail("no RSA-OAEP");
    return ctx;
}

static double plain_rate(EVP_PKEY *key, bool opens, size_t count)
{
    unsigned char value[VALUE] = { 1 }, sealed[SEALED], out[SEALED];
    EVP_PKEY_CTX *seals = context(key, false), *ctx = context(key, opens);
    size_t len = sizeof sealed;
    if (EVP_PKEY_encrypt(seals, sealed, &len, value, sizeof value) <= 0)
        fail("encrypt");
    const double start = now();
    for (size_t i = 0; i < count; i++) {
        len = sizeof out;
        if ((opens ? EVP_PKEY_decrypt(ctx, out, &len, sealed, SEALED) : EVP_PKEY_encrypt(ctx, out, &len, value, VALUE)) <= 0)
            fail("RSA-OAEP");
    }
    const double rate = (double)count / (now() - start);
    EVP_PKEY_CTX_free(seals);
    EVP_PKEY_CTX_free(ctx);
    return rate;
}

/* What `openssl speed rsa3072` says: signatures, and verifications, a second. */
static void speed_of_openssl(double *sign, double *verify)
{
    char line[300];
    *sign = *verify = 0;
    FILE *said = popen("openssl speed -seconds 2 rsa3072 2>/dev/null", "r");
    while (said && fgets(line, sizeof line, said))
        if (strncmp(line, "rsa 3072 bits", 13) == 0 && sscanf(line, "rsa 3072 bits %*[0-9.]s %*[0-9.]s %lf %lf", sign, verify) != 2)
            *sign = *verify = 0;
    if (said)
        pclose(said);
}

/* -- batches ---------------------------------------------------------------------------------------------- */

typedef struct load {
    vc_schema *schema;
    vc_keyring *ring;
} load;

static void run(vc_batch *batch)
{
    vc_error err = VC_ERROR_INIT;
    vc_step step;
    while ((step = vc_batch_step(batch, 1, NULL, &err)) == VC_STEP_WAIT) /* private keys work in turns */
        continue;
    if (step != VC_STEP_DONE)
        fail(err.message);
}

static vc_batch *new_batch(const load *of, vc_direction direction)
{
    vc_error err = VC_ERROR_INIT;
    vc_batch *batch = vc_batch_new(of->schema, direction, &err);
    if (!batch || vc_batch_set_keyring(batch, of->ring, &err))
        fail(err.message);
    return batch;
}

static void add(vc_batch *batch, const vc_rule *rule, vc_view record)
{
    vc_error err = VC_ERROR_INIT;
    if (vc_batch_add(batch, rule, record, &err))
        fail(err.message);
}

static double batch_rate(const load *of, const vc_rule *rule, vc_direction direction, vc_view record, size_t count)
{
    vc_batch *batch = new_batch(of, direction);
    const double start = now();
    for (size_t i = 0; i < count; i++)
        add(batch, rule, record);
    run(batch);
    const double rate = (double)count / (now() - start);
    for (size_t i = 0; i < count; i++)
        if (vc_batch_error(batch, i))
            fail(vc_batch_error(batch, i)->message);
    vc_batch_free(batch);
    return rate;
}

static void bench_oaep(const load *of, EVP_PKEY *key)
{
    static const char names[2][8] = { "protect", "open" };
    char value[VALUE];
    double ours[2][RUNS], plain[2][RUNS], sign, verify;
    memset(value, 'v', sizeof value);
    const vc_rule *rule = vc_schema_rule(of->schema, vc_str("oaep"), NULL);
    vc_batch *sealed = new_batch(of, VC_PROTECT);
    add(sealed, rule, vc_view_of(value, VALUE));
    run(sealed);
    for (size_t i = 0; i < RUNS; i++)
        for (int opens = 0; opens < 2; opens++) {
            const size_t count = opens ? OPENS : SEALS;
            plain[opens][i] = plain_rate(key, opens, count);
            ours[opens][i] = batch_rate(of, rule, opens ? VC_OPEN : VC_PROTECT, opens ? vc_batch_output(sealed, 0) : vc_view_of(value, VALUE), count);
        }
    speed_of_openssl(&sign, &verify);
    for (int opens = 0; opens < 2; opens++) {
        const double rate = bench_median(ours[opens], RUNS), by_itself = bench_median(plain[opens], RUNS), bare = opens ? sign : verify;
        printf("rsa_oaep_%s_per_s %.0f  (goal 0.9; %.2f of libcrypto's RSA-OAEP by itself, %.0f", names[opens], rate, rate / by_itself, by_itself);
        if (bare > 0)
            printf("; %.2f of `openssl speed rsa3072` %s, %.0f", rate / bare, opens ? "sign" : "verify", bare);
        printf(")\n");
    }
    vc_batch_free(sealed);
}

/* -- records ---------------------------------------------------------------------------------------------- */

/* A way to protect them: the rule's name; which one it is measured against; and whether wrapped keys go into a header, for which records are messages. */
typedef struct way {
    const char *name;
    size_t against;
    bool message;
} way;

static const way ways[] = {
    { "envelope", 0, false },       { "hybrid", 0, false },       { "hybrid_ec", 0, false },
    { "envelope_header", 3, true }, { "hybrid_header", 3, true }, { "hybrid_ec_header", 3, true },
};
enum { WAYS = sizeof ways / sizeof ways[0] };

static void add_record(vc_batch *batch, const vc_rule *rule, const way *how, const vc_message *record)
{
    vc_error err = VC_ERROR_INIT;
    if (!how->message)
        add(batch, rule, record->value);
    else if (vc_batch_add_message(batch, rule, record, &err))
        fail(err.message);
}

/* A record's time, in us: batches of so many, one after the other in one vc_batch, as a stream has them. */
static double record_us(vc_batch *batch, const vc_rule *rule, const way *how, const vc_message *records)
{
    const double start = now();
    for (size_t round = 0; round < ROUNDS; round++)
        for (size_t at = 0; at < PURCHASES; at += BATCH) {
            vc_batch_clear(batch);
            for (size_t i = 0; i < BATCH; i++)
                add_record(batch, rule, how, &records[at + i]);
            run(batch);
            for (size_t i = 0; i < BATCH; i++)
                if (vc_batch_error(batch, i))
                    fail(vc_batch_error(batch, i)->message);
        }
    return (now() - start) * 1e6 / (ROUNDS * PURCHASES);
}

/* All records, protected; lent until the batch is freed. */
static vc_batch *protect_all(const load *of, const vc_rule *rule, const way *how, const vc_message *records, vc_message *out)
{
    vc_batch *batch = new_batch(of, VC_PROTECT);
    for (size_t i = 0; i < PURCHASES; i++)
        add_record(batch, rule, how, &records[i]);
    run(batch);
    for (size_t i = 0; i < PURCHASES; i++) {
        out[i] = records[i];
        out[i].value = vc_batch_output(batch, i);
        out[i].headers = vc_batch_output_headers(batch, i, &out[i].header_count);
    }
    return batch;
}

static size_t size_of(const vc_message *record)
{
    size_t size = record->value.len;
    for (size_t i = 0; i < record->header_count; i++)
        size += record->headers[i].value.len;
    return size;
}

static void show(size_t i, int opens, double us, double against, size_t sealed)
{
    printf("record_%s_%s_us %.3f  (", ways[i].name, opens ? "open" : "protect", us);
    if (ways[i].against != i)
        printf("goal 0.9 of %s's speed: %.2f; ", ways[ways[i].against].name, against / us);
    printf("2 fields, %zu bytes sealed%s)\n", sealed, ways[i].message ? ", header and all" : "");
}

static void bench_records(const load *of, const vc_message *records)
{
    static vc_message sealed[WAYS][PURCHASES];
    static double us[WAYS][2][RUNS];
    double median[WAYS][2];
    vc_batch *all[WAYS], *batches[WAYS][2];
    const vc_rule *rules[WAYS];
    for (size_t i = 0; i < WAYS; i++) {
        rules[i] = vc_schema_rule(of->schema, vc_str(ways[i].name), NULL);
        all[i] = protect_all(of, rules[i], &ways[i], records, sealed[i]);
        batches[i][0] = new_batch(of, VC_PROTECT);
        batches[i][1] = new_batch(of, VC_OPEN);
    }
    for (size_t r = 0; r < RUNS; r++)
        for (size_t i = 0; i < WAYS; i++)
            for (int opens = 0; opens < 2; opens++)
                us[i][opens][r] = record_us(batches[i][opens], rules[i], &ways[i], opens ? sealed[i] : records);
    for (size_t i = 0; i < WAYS; i++) {
        for (int opens = 0; opens < 2; opens++) {
            median[i][opens] = bench_median(us[i][opens], RUNS);
            show(i, opens, median[i][opens], median[ways[i].against][opens], size_of(&sealed[i][0]));
            vc_batch_free(batches[i][opens]);
        }
        vc_batch_free(all[i]);
    }
}

int main(void)
{
    vc_error err = VC_ERROR_INIT;
    EVP_PKEY *key = EVP_RSA_gen(3072);
    load of = { vc_schema_parse(vc_str("version: 1\nrecords:\n"
                                       "- {name: oaep, value: {rsa-oaep: {key: k}}}\n"
                                       "- name: hybrid\n  fields:\n"
                                       "  - {path: $.credit_card, hybrid: {key: k}}\n"
                                       "  - {path: $.Address, hybrid: {key: k}}\n"
                                       "- name: hybrid_ec\n  fields:\n"
                                       "  - {path: $.credit_card, hybrid: {key: e}}\n"
                                       "  - {path: $.Address, hybrid: {key: e}}\n"
                                       "- name: envelope\n  fields:\n"
                                       "  - {path: $.credit_card, envelope: {key: bench, source: static}}\n"
                                       "  - {path: $.Address, envelope: {key: bench, source: static}}\n"
                                       "- name: hybrid_header\n  fields:\n"
                                       "  - {path: $.credit_card, hybrid: {key: k, carry: header}}\n"
                                       "  - {path: $.Address, hybrid: {key: k, carry: header}}\n"
                                       "- name: hybrid_ec_header\n  fields:\n"
                                       "  - {path: $.credit_card, hybrid: {key: e, carry: header}}\n"
                                       "  - {path: $.Address, hybrid: {key: e, carry: header}}\n"
                                       "- name: envelope_header\n  fields:\n"
                                       "  - {path: $.credit_card, envelope: {key: bench, source: static, carry: header}}\n"
                                       "  - {path: $.Address, envelope: {key: bench, source: static, carry: header}}\n"),
                                "bench", &err),
                vc_keyring_new(&err) };
    EVP_PKEY *curve = EVP_EC_gen("P-256");
    if (!key || !curve || !of.schema || !of.ring || vc_keyring_add_public(of.ring, "k", vc_str(pem_of(key, false)), &err) ||
        vc_keyring_add_private(of.ring, "k", vc_str(pem_of(key, true)), &err) ||
        vc_keyring_add_public(of.ring, "e", vc_str(pem_of(curve, false)), &err) || vc_keyring_add_private(of.ring, "e", vc_str(pem_of(curve, true)), &err) ||
        vc_keyring_add_static(of.ring, "bench", vc_str("0123456789abcdef0123456789abcdef"), &err))
        fail(err.message);
    static vc_view records[PURCHASES];
    static vc_message messages[PURCHASES];
    purchases_make(records);
    for (size_t i = 0; i < PURCHASES; i++)
        messages[i] = (vc_message){ .size = sizeof messages[i], .topic = vc_str("purchases"), .value = records[i] };
    bench_oaep(&of, key);
    bench_records(&of, messages);
    vc_schema_unref(of.schema);
    vc_keyring_unref(of.ring);
    EVP_PKEY_free(key);
    EVP_PKEY_free(curve);
    return 0;
}

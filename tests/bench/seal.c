/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sealed files in memory, segments of 1 MiB, beside libcrypto by itself over the same bytes in the same run: AES-256-GCM, and SHA-256, which
 * the format has too. A sealer in one thread; with the digest in a second one, as `vaultcrypt seal` has it; and without any, for what
 * the segments alone cost. Medians of 5 runs, alternating.
 */
#include "bench/purchases.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <vaultcrypt/vaultcrypt.h>

enum { SEGMENT = 1 << 20, SEGMENTS = 512, BLOCKS = 8 };

typedef struct bench {
    vc_keyring *ring;
    char *plain;            /* BLOCKS segments, over and over */
    char *sealed;           /* a whole sealed file */
    size_t sealed_len;
    char *out;
    void *party; /* sealer or unsealer, for the thread of the digest */
} bench;

static void fail(const char *what)
{
    fprintf(stderr, "seal: %s\n", what);
    exit(1);
}

static void check(vc_code code, const vc_error *err)
{
    if (code)
        fail(err->message);
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static vc_view block(const bench *load, size_t i)
{
    return vc_view_of(load->plain + i % BLOCKS * SEGMENT, SEGMENT);
}

/* -- libcrypto -- */

static void plain_gcm(bench *load)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    unsigned char key[32] = { 1 }, iv[12] = { 0 };
    int len;
    if (!ctx || !cipher || EVP_EncryptInit_ex2(ctx, cipher, key, iv, NULL) != 1)
        fail("no AES-256-GCM");
    for (size_t i = 0; i < SEGMENTS; i++) {
        memcpy(iv, &i, sizeof i);
        unsigned char *out = (unsigned char *)load->out;
        if (EVP_EncryptInit_ex2(ctx, NULL, NULL, iv, NULL) != 1 ||
            EVP_EncryptUpdate(ctx, out, &len, (const unsigned char *)block(load, i).data, SEGMENT) != 1 ||
            EVP_EncryptFinal_ex(ctx, out + len, &len) != 1 || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, 16, out + SEGMENT) != 1)
            fail("AES-256-GCM");
    }
    EVP_CIPHER_free(cipher);
    EVP_CIPHER_CTX_free(ctx);
}

static void plain_sha(bench *load)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    unsigned char digest[32];
    if (!ctx || EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1)
        fail("no SHA-256");
    for (size_t i = 0; i < SEGMENTS; i++)
        if (EVP_DigestUpdate(ctx, block(load, i).data, SEGMENT) != 1)
            fail("SHA-256");
    if (EVP_DigestFinal_ex(ctx, digest, NULL) != 1)
        fail("SHA-256");
    EVP_MD_CTX_free(ctx);
}

/* -- sealing -- */

enum digest { INSIDE = 0, IN_A_THREAD, NONE };

static vc_sealer *start_sealer(bench *load, enum digest digest)
{
    vc_error err = VC_ERROR_INIT;
    vc_sealer *sealer = vc_sealer_new("bench", &err);
    if (!sealer || vc_sealer_set_static_key(sealer, 1, &err) || vc_sealer_set_segment(sealer, SEGMENT, &err) ||
        vc_sealer_set_digest_apart(sealer, digest != INSIDE, &err) || vc_sealer_start(sealer, NULL, load->ring, &err))
        fail(err.message);
    load->party = sealer;
    return sealer;
}

static void *digest_sealer(void *arg)
{
    bench *load = arg;
    vc_error err = VC_ERROR_INIT;
    for (size_t i = 0; i < SEGMENTS; i++)
        check(vc_sealer_digest(load->party, block(load, i), &err), &err);
    return NULL;
}

static size_t keep(bench *load, bool wanted, size_t at, vc_view segment)
{
    if (wanted)
        memcpy(load->sealed + at, segment.data, segment.len);
    return at + segment.len;
}

static void seal(bench *load, enum digest digest, bool wanted)
{
    vc_error err = VC_ERROR_INIT;
    vc_sealer *sealer = start_sealer(load, digest);
    pthread_t thread;
    size_t at = 0;
    vc_view segment;
    if (digest == IN_A_THREAD && pthread_create(&thread, NULL, digest_sealer, load))
        fail("no thread");
    for (size_t i = 0; i < SEGMENTS; i++) {
        vc_view plaintext = block(load, i);
        do {
            check(vc_sealer_push(sealer, &plaintext, &segment, &err), &err);
            at = keep(load, wanted, at, segment);
        } while (segment.len);
    }
    if (digest == IN_A_THREAD)
        pthread_join(thread, NULL);
    do {
        if (digest == NONE)
            break;
        check(vc_sealer_finish(sealer, &segment, &err), &err);
        at = keep(load, wanted, at, segment);
    } while (segment.len);
    vc_sealer_free(sealer);
    if (wanted)
        load->sealed_len = at;
}

static void seal_inside(bench *load) { seal(load, INSIDE, false); }
static void seal_threads(bench *load) { seal(load, IN_A_THREAD, false); }
static void seal_segments(bench *load) { seal(load, NONE, false); }

/* -- opening -- */

static void *digest_unsealer(void *arg)
{
    bench *load = arg;
    vc_error err = VC_ERROR_INIT;
    for (size_t i = 0; i < SEGMENTS; i++)
        check(vc_unsealer_digest(load->party, block(load, i), &err), &err);
    return NULL;
}

static void open_sealed(bench *load, enum digest digest)
{
    vc_error err = VC_ERROR_INIT;
    vc_unsealer *unsealer = vc_unsealer_new(&err);
    pthread_t thread;
    load->party = unsealer;
    if (!unsealer || vc_unsealer_allow_static_key(unsealer, "bench", &err) || vc_unsealer_set_digest_apart(unsealer, digest != INSIDE, &err) ||
        vc_unsealer_start(unsealer, NULL, load->ring, &err))
        fail(err.message);
    if (digest == IN_A_THREAD && pthread_create(&thread, NULL, digest_unsealer, load))
        fail("no thread");
    vc_view sealed = vc_view_of(load->sealed, load->sealed_len), plaintext;
    vc_unseal_event event;
    do {
        check(vc_unsealer_pull(unsealer, &sealed, &event, &plaintext, &err), &err);
    } while (event != VC_UNSEAL_MORE && event != VC_UNSEAL_END);
    if (digest == IN_A_THREAD)
        pthread_join(thread, NULL);
    if (digest != NONE)
        check(vc_unsealer_finish(unsealer, &err), &err);
    vc_unsealer_free(unsealer);
}

static void open_inside(bench *load) { open_sealed(load, INSIDE); }
static void open_threads(bench *load) { open_sealed(load, IN_A_THREAD); }
static void open_segments(bench *load) { open_sealed(load, NONE); }

/* -- all of it -- */

static const struct row {
    const char *name;
    void (*run)(bench *);
} rows[] = {
    { "AES-256-GCM by libcrypto alone", plain_gcm },
    { "SHA-256 by libcrypto alone", plain_sha },
    { "seal, segments alone", seal_segments },
    { "seal, digest in a second thread", seal_threads },
    { "seal, one thread", seal_inside },
    { "open, segments alone", open_segments },
    { "open, digest in a second thread", open_threads },
    { "open, one thread", open_inside },
};
enum { ROWS = sizeof rows / sizeof rows[0] };

int main(int argc, char **argv)
{
    static const char key[32] = "a key for nothing but the bench";
    vc_error err = VC_ERROR_INIT;
    double took[ROWS][RUNS];
    bench load = { .ring = vc_keyring_new(&err), .plain = malloc((size_t)BLOCKS * SEGMENT), .out = malloc(SEGMENT + 16),
                   .sealed = malloc((size_t)SEGMENTS * (SEGMENT + 20) + 65536) };
    if (!load.ring || !load.plain || !load.out || !load.sealed || vc_keyring_add_static(load.ring, "bench", vc_view_of(key, 32), &err))
        fail("no memory");
    for (size_t i = 0; i < (size_t)BLOCKS * SEGMENT; i++)
        load.plain[i] = (char)(i * 2654435761U >> 13);
    seal(&load, INSIDE, true);
    const int runs = argc > 1 && strcmp(argv[1], "once") == 0 ? 1 : RUNS;
    for (int run = 0; run < runs; run++) {
        for (size_t i = 0; i < ROWS; i++) {
            const double begun = seconds();
            rows[i].run(&load);
            took[i][run] = seconds() - begun;
        }
    }
    double gcm = 0;
    for (size_t i = 0; i < ROWS; i++) {
        const double rate = (double)SEGMENTS * SEGMENT / bench_median(took[i], (size_t)runs) / 1e6;
        gcm = i == 0 ? rate : gcm;
        printf("  %-34s %6.0f MB/s  %4.2f of AES-256-GCM\n", rows[i].name, rate, rate / gcm);
    }
    vc_keyring_unref(load.ring);
    free(load.plain);
    free(load.out);
    free(load.sealed);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * native.c - tokens of the native format beside libcrypto by itself: the same plaintext under one key, each with an IV of its own,
 * context and key set up once on both sides. libcrypto alone has a counter for its IV, no associated data, and no token to write: what
 * is ours is the price of those. Then FF1 on 16 digits.
 */
#include "bench/purchases.h"
#include "crypto/fpe.h"
#include "record/native.h"

#include <openssl/evp.h>

enum { SIZE_MAX_BYTES = 16384, BYTES_A_RUN = 64 << 20, OUT_BYTES = 4 << 20 };

static const unsigned char key[32] = { 1, 2, 3 };
static char plaintext[SIZE_MAX_BYTES];

static void fail(const char *what)
{
    fprintf(stderr, "native: %s\n", what);
    exit(1);
}

static double bare(EVP_CIPHER_CTX *context, size_t size, size_t count)
{
    static unsigned char room[OUT_BYTES]; /* what is sealed goes where a batch would have it: one behind the other */
    size_t at = 0;
    unsigned char iv[12] = { 0 };
    int len;
    const double start = bench_now();
    for (size_t i = 0; i < count; i++) {
        memcpy(iv, &i, sizeof i);
        unsigned char *out = room + at;
        at = at + 2 * (size + 16) > OUT_BYTES / 2 ? 0 : at + size + 16;
        if (EVP_EncryptInit_ex(context, NULL, NULL, NULL, iv) != 1 ||
            EVP_EncryptUpdate(context, out, &len, (const unsigned char *)plaintext, (int)size) != 1 ||
            EVP_EncryptFinal_ex(context, out + len, &len) != 1 ||
            EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, out + size) != 1)
            fail("libcrypto failed");
    }
    return (bench_now() - start) * 1e6 / (double)count;
}

static double ours(vc__native_frame *frame, vc__random *random, vc__buf *out, size_t size, size_t count, bool text)
{
    const double start = bench_now();
    for (size_t i = 0; i < count; i++) {
        if (out->len > out->max / 2)
            out->len = 0; /* a batch keeps its memory, too; the wipe is not measured */
        if (text ? vc__native_seal_text(frame, random, VC__NATIVE_STRING, vc_view_of(plaintext, size), out, NULL)
                 : vc__native_seal_bytes(frame, random, VC__NATIVE_BYTES, vc_view_of(plaintext, size), out, NULL))
            fail("a token could not be made");
    }
    return (bench_now() - start) * 1e6 / (double)count;
}

static vc__native_frame *frame_of(vc__native_key *native)
{
    static const char wrapped[60] = "60 bytes as Vault wraps a data key of 32 with aes256-gcm96.";
    const vc__native token = { .context = vc_str("purchases"), .source = VC__NATIVE_TRANSIT, .key_name = vc_str("app"),
                               .key_version = 1, .wrapped = vc_view_of(wrapped, sizeof wrapped) };
    return vc__native_frame_new(native, &token, vc_str("$.Address"), NULL);
}

static void tokens(void)
{
    static const size_t sizes[] = { 100, 200, 1024, SIZE_MAX_BYTES };
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    vc__autoptr(vc__random) random = vc__random_new(NULL);
    vc__autoptr(vc__native_key) native =
        vc__native_key_new(VC__NATIVE_GCM, vc_view_of(key, sizeof key), vc_view_of(key, sizeof key), NULL);
    vc__autoptr(vc__native_frame) frame = native ? frame_of(native) : NULL;
    vc__auto(vc__buf) out = VC__BUF(OUT_BYTES);
    if (!context || !random || !frame || EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), NULL, key, NULL) != 1)
        fail("no keys");
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        double plain[RUNS], bytes[RUNS], text[RUNS];
        const size_t size = sizes[s], count = BYTES_A_RUN / (size + 400);
        for (size_t run = 0; run < RUNS; run++) {
            plain[run] = bare(context, size, count);
            bytes[run] = ours(frame, random, &out, size, count, false);
            text[run] = ours(frame, random, &out, size, count, true);
        }
        const double p = bench_median(plain, RUNS), b = bench_median(bytes, RUNS), t = bench_median(text, RUNS);
        printf("seal_%zu_us  libcrypto alone %.3f, token as bytes %.3f (ratio %.2f%s), as JSON text %.3f (ratio %.2f)\n", size, p, b,
               p / b, size >= 1024 ? ", goal 0.9" : size == 100 ? ", goal 0.6" : "", t, p / t);
    }
    EVP_CIPHER_CTX_free(context);
}

static void ff1(void)
{
    enum { DIGITS = 16, COUNT = 200000 };
    vc__autoptr(vc__fpe_key) fpe = vc__fpe_key_new(VC__FPE_FF1, vc_view_of(key, sizeof key), 10, NULL);
    uint16_t number[DIGITS] = { 4, 1, 1, 1, 1, 1 };
    double figures[RUNS];
    if (!fpe)
        fail("no key of FF1");
    for (size_t run = 0; run < RUNS; run++) {
        const double start = bench_now();
        for (size_t i = 0; i < COUNT; i++) /* each of the one before */
            if (vc__fpe_encrypt(fpe, vc_str("ssn"), number, DIGITS, number, NULL))
                fail("FF1 failed");
        figures[run] = (bench_now() - start) * 1e6 / COUNT;
    }
    printf("ff1_16_digits_us %.3f  (goal 4)\n", bench_median(figures, RUNS));
}

int main(void)
{
    memset(plaintext, 'x', sizeof plaintext);
    tokens();
    ff1();
    return 0;
}

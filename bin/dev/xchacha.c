/* SPDX-License-Identifier: Apache-2.0 */
#include "xchacha.h"

#include "base/secret.h"

static uint32_t load(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static void store(unsigned char *bytes, uint32_t word)
{
    for (int i = 0; i < 4; i++)
        bytes[i] = (unsigned char)(word >> 8 * i);
}

static uint32_t turn(uint32_t word, int bits)
{
    return word << bits | word >> (32 - bits);
}

static void quarter(uint32_t *x, int a, int b, int c, int d)
{
    x[a] += x[b], x[d] = turn(x[d] ^ x[a], 16);
    x[c] += x[d], x[b] = turn(x[b] ^ x[c], 12);
    x[a] += x[b], x[d] = turn(x[d] ^ x[a], 8);
    x[c] += x[d], x[b] = turn(x[b] ^ x[c], 7);
}

void dev_hchacha20(const unsigned char *key, const unsigned char *nonce, unsigned char *out)
{
    uint32_t x[16] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 };
    for (int i = 0; i < 8; i++)
        x[4 + i] = load(key + 4 * i);
    for (int i = 0; i < 4; i++)
        x[12 + i] = load(nonce + 4 * i);
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < 4; i++)
            quarter(x, i, 4 + i, 8 + i, 12 + i);
        for (int i = 0; i < 4; i++)
            quarter(x, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4);
    }
    for (int i = 0; i < 4; i++) {
        store(out + 4 * i, x[i]);
        store(out + 16 + 4 * i, x[12 + i]);
    }
    vc__wipe(x, sizeof x);
}

/* The inner cipher and its nonce. */
static vc__aead *inner(const unsigned char *key, const char *nonce, char *short_nonce)
{
    unsigned char derived[DEV_XCHACHA_KEY];
    dev_hchacha20(key, (const unsigned char *)nonce, derived);
    vc__aead *aead = vc__aead_new(VC__CHACHA20_POLY1305, vc_view_of(derived, sizeof derived), NULL);
    vc__wipe(derived, sizeof derived);
    memset(short_nonce, 0, 4);
    memcpy(short_nonce + 4, nonce + 16, 8);
    return aead;
}

vc_code dev_xchacha_seal(const unsigned char *key, const char *nonce, vc_view aad, vc_view plaintext,
                         char *out)
{
    char short_nonce[VC__AEAD_IV];
    vc__autoptr(vc__aead) aead = inner(key, nonce, short_nonce);
    return aead ? vc__aead_seal(aead, vc_view_of(short_nonce, sizeof short_nonce), aad, plaintext, out, NULL)
                : VC_E_MEMORY;
}

vc_code dev_xchacha_open(const unsigned char *key, const char *nonce, vc_view aad, vc_view sealed, char *out)
{
    char short_nonce[VC__AEAD_IV];
    vc__autoptr(vc__aead) aead = inner(key, nonce, short_nonce);
    return aead ? vc__aead_open(aead, vc_view_of(short_nonce, sizeof short_nonce), aad, sealed, out, NULL)
                : VC_E_MEMORY;
}

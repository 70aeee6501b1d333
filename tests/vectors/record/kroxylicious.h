/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records of Kroxylicious record encryption with a key of Vault's.
 *
 *   SEALED_B          made by hand after its source and opened by the real decoder
 *   SEALED_C, EMPTY   made by the real encoder (0.6.0 and later; the format is the same from 0.5.0 on)
 *   parcels           the exemplars of its own tests (ParcelV1Test)
 *
 * All under DEK, wrapped as WRAPPED under the key KEK-trades.
 */
#ifndef VECTORS_RECORD_KROXYLICIOUS_H
#define VECTORS_RECORD_KROXYLICIOUS_H

#include <stdbool.h>
#include <stddef.h>

#define DEK "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define WRAPPED "vault:v1:oKGio6Slpqeoqaqr144EPObumipxZkv1hbE++f8G59T4epM6+sX0gfXfYOfVgsU2iTHoyb7JwEPGP1Ud"
#define IV_B "000102030405060708090a0b"
#define HEAD \
    "00640a4b454b2d7472616465737661756c743a76313a6f4b47696f36536c7071656f7161717231343445504f62756d6970785a6b763168" \
    "62452b2b6638473539543465704d362b73583067665866594f6656677355326954486f7962374a774550475031556400"
#define SEALED_B HEAD "000102030405060708090a0b516ab377a98ae26ce233fbefb266ac8d2d01dcb3221c59cb14f11fb02f"
#define SEALED_C HEAD "82f3d00f11b3a36bb212a1403cd6b87156fd58adb1da9e3b04b6d9a14c428f58efad0658dc4668dcb0"
#define SEALED_EMPTY HEAD "480fe89ccf9eeada88420a5810751beff7427648a85c1dcf9ba741515d60"

static const struct {
    const char *parcel, *value; /* hexadecimal; value NULL: null or absent */
    bool outer_value, outer_headers;
    size_t count;
    const char *name, *header; /* hexadecimal, of the first header; header NULL: null */
} parcels[] = {
    { "0c6869202d6e0a03", "6869202d6e0a", false, true, 0, NULL, NULL },
    { "0c6869202d6e0a00", "6869202d6e0a", false, false, 0, NULL, NULL },
    { "0c6869202d6e0a020668656c6c6f0a0c74686572650a", "6869202d6e0a", false, false, 1, "68656c6c6f0a", "74686572650a" },
    { "0c6869202d6e0a020668656c6c6f0a01", "6869202d6e0a", false, false, 1, "68656c6c6f0a", NULL },
    { "0100", NULL, false, false, 0, NULL, NULL },
    { "0303", NULL, true, true, 0, NULL, NULL },
    { "03020668656c6c6f0a0c74686572650a", NULL, true, false, 1, "68656c6c6f0a", "74686572650a" },
};

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Known answers for digests, HMAC and HKDF, typed in from
 *   NIST's examples with intermediate values for FIPS 180-4 and FIPS 202: the message "abc"
 *   RFC 4231 (HMAC-SHA-2), sections 4.2, 4.3 and 4.7
 *   RFC 5869 (HKDF), appendices A.1 to A.3; A.4 and on are SHA-1
 */
#ifndef VECTORS_CRYPTO_HASH_H
#define VECTORS_CRYPTO_HASH_H

#include "crypto/hash.h"

static const struct {
    vc__hash hash;
    const char *name, *abc;
} digest_vectors[] = {
    { VC__SHA2_224, "sha2-224", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7" },
    { VC__SHA2_256, "sha2-256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
    { VC__SHA2_384, "sha2-384",
      "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7" },
    { VC__SHA2_512, "sha2-512",
      "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd"
      "454d4423643ce80e2a9ac94fa54ca49f" },
    { VC__SHA3_224, "sha3-224", "e642824c3f8cf24ad09234ee7d3c766fc9a3a5168d0c94ad73b46fdf" },
    { VC__SHA3_256, "sha3-256", "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532" },
    { VC__SHA3_384, "sha3-384",
      "ec01498288516fc926459f58e2c6ad8df9b473cb0fc08c2596da7cf0e49be4b298d88cea927ac7f539f1edf228376d25" },
    { VC__SHA3_512, "sha3-512",
      "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e10e116e9192af3c91a7ec57647e39340"
      "57340b4cf408d5a56592f8274eec53f0" },
};

#define AA16 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define AA131 AA16 AA16 AA16 AA16 AA16 AA16 AA16 AA16 "aaaaaa"

static const struct {
    vc__hash hash;
    const char *key, *text, *tag;
} hmac_vectors[] = {
    { VC__SHA2_224, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "Hi There",
      "896fb1128abbdf196832107cd49df33f47b4b1169912ba4f53684b22" },
    { VC__SHA2_256, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "Hi There",
      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
    { VC__SHA2_384, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "Hi There",
      "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6" },
    { VC__SHA2_512, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "Hi There",
      "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4"
      "be9d914eeb61f1702e696c203a126854" },
    { VC__SHA2_256, "4a656665", "what do ya want for nothing?",
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
    { VC__SHA2_256, AA131, "Test Using Larger Than Block-Size Key - Hash Key First",
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
};

static const struct {
    const char *ikm, *salt, *info, *okm;
} hkdf_vectors[] = {
    { "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "000102030405060708090a0b0c", "f0f1f2f3f4f5f6f7f8f9",
      "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865" },
    { "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f"
      "303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f",
      "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f"
      "909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
      "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf"
      "e0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
      "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
      "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87" },
    { "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "",
      "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8" },
};

/*
 * Vault's ciphertexts of derived, convergent keys, computed from the algorithm as published (not taken from a
 * server): key bytes 00, 01, 02, ..., context "tenant-42", plaintext "hello vault"; and the HMAC of the same
 * under a key of type hmac.
 */
#define CONVERGENT_CONTEXT "tenant-42"
#define CONVERGENT_PLAIN "hello vault"
#define CONVERGENT_AES256 "+ZBiqFTG+3pJ4DSenAhPKI1O7DnvVP56QxwZHZDfMb+Zh4EdfDJe"
#define CONVERGENT_CHACHA20 "+ZBiqFTG+3pJ4DSe51OhyKUiuIE0j9KV2PV+WYismx5UD3EUOj3k"
#define CONVERGENT_AES128 "jl0y+FrtbCzZf99XAv1qXGd+RZ1c0bXayG14MSAmqGN8eCKRol2i"
#define HMAC_SHA2_256 "/Zv43D4USsDkyW0o71sCCxJy3BxJU+1SEiwe/+TRP+I="

#endif

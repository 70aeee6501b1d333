/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Known answers for AES-SIV, typed in from RFC 5297, appendix A.1 and A.2 (its nonce is the last component).
 */
#ifndef VECTORS_CRYPTO_SIV_H
#define VECTORS_CRYPTO_SIV_H

struct siv_vector {
    const char *key;
    const char *aad[4]; /* NULL: no more */
    const char *plain, *sealed;
};

static const struct siv_vector siv_vectors[] = {
    { "fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
      { "101112131415161718191a1b1c1d1e1f2021222324252627", NULL },
      "112233445566778899aabbccddee",
      "85632d07c6e8f37f950acd320a2ecc9340c02b9690c4dc04daef7f6afe5c" },
    { "7f7e7d7c7b7a79787776757473727170404142434445464748494a4b4c4d4e4f",
      { "00112233445566778899aabbccddeeffdeaddadadeaddadaffeeddccbbaa99887766554433221100",
        "102030405060708090a0", "09f911029d74e35bd84156c5635688c0", NULL },
      "7468697320697320736f6d6520706c61696e7465787420746f20656e6372797074207573696e67205349562d414553",
      "7bdb6e3b432667eb06f4d14bff2fbd0fcb900f2fddbe404326601965c889bf17dba77ceb094fa663b7a3f748ba8af829"
      "ea64ad544a272e9c485b62a3fd5c0d" },
};

#endif

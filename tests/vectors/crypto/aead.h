/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Known answers for authenticated encryption, typed in from
 *   GCM n      D. McGrew, J. Viega, "The Galois/Counter Mode of Operation (GCM)", appendix B, test case n:
 *              the submission that NIST SP 800-38D standardised, and NIST's examples for it
 *   RFC 8439   section 2.8.2
 */
#ifndef VECTORS_CRYPTO_AEAD_H
#define VECTORS_CRYPTO_AEAD_H

#include "crypto/aead.h"

struct aead_vector {
    vc__aead_algorithm algorithm;
    const char *name, *key, *iv, *aad, *plain, *cipher, *tag;
};

#define ZERO16 "00000000000000000000000000000000"
#define ZERO12 "000000000000000000000000"
#define KEY16 "feffe9928665731c6d6a8f9467308308"
#define KEY24 KEY16 "feffe9928665731c"
#define KEY32 KEY16 KEY16
#define IV12 "cafebabefacedbaddecaf888"
#define IV8 "cafebabefacedbad"
#define IV60                                                                                             \
    "9313225df88406e555909c5aff5269aa6a7a9538534f7da1e4c303d2a318a728c3c0c95156809539fcf0e2429a6b5254" \
    "16aedbf5a0de6a57a637b39b"
#define AAD20 "feedfacedeadbeeffeedfacedeadbeefabaddad2"
#define PLAIN60                                                                                          \
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525" \
    "b16aedf5aa0de657ba637b39"

static const struct aead_vector aead_vectors[] = {
    { VC__AES128_GCM, "GCM 1", ZERO16, ZERO12, "", "", "", "58e2fccefa7e3061367f1d57a4e7455a" },
    { VC__AES128_GCM, "GCM 2", ZERO16, ZERO12, "", ZERO16, "0388dace60b6a392f328c2b971b2fe78",
      "ab6e47d42cec13bdf53a67b21257bddf" },
    { VC__AES128_GCM, "GCM 3", KEY16, IV12, "", PLAIN60 "1aafd255",
      "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa05"
      "1ba30b396a0aac973d58e091473f5985",
      "4d5c2af327cd64a62cf35abd2ba6fab4" },
    { VC__AES128_GCM, "GCM 4", KEY16, IV12, AAD20, PLAIN60,
      "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa05"
      "1ba30b396a0aac973d58e091",
      "5bc94fbc3221a5db94fae95ae7121a47" },
    { VC__AES128_GCM, "GCM 5", KEY16, IV8, AAD20, PLAIN60,
      "61353b4c2806934a777ff51fa22a4755699b2a714fcdc6f83766e5f97b6c742373806900e49f24b22b097544d4896b42"
      "4989b5e1ebac0f07c23f4598",
      "3612d2e79e3b0785561be14aaca2fccb" },
    { VC__AES128_GCM, "GCM 6", KEY16, IV60, AAD20, PLAIN60,
      "8ce24998625615b603a033aca13fb894be9112a5c3a211a8ba262a3cca7e2ca701e4a9a4fba43c90ccdcb281d48c7c6f"
      "d62875d2aca417034c34aee5",
      "619cc5aefffe0bfa462af43c1699d050" },
    { VC__AES192_GCM, "GCM 7", ZERO16 "0000000000000000", ZERO12, "", "", "",
      "cd33b28ac773f74ba00ed1f312572435" },
    { VC__AES192_GCM, "GCM 8", ZERO16 "0000000000000000", ZERO12, "", ZERO16,
      "98e7247c07f0fe411c267e4384b0f600", "2ff58d80033927ab8ef4d4587514f0fb" },
    { VC__AES192_GCM, "GCM 10", KEY24, IV12, AAD20, PLAIN60,
      "3980ca0b3c00e841eb06fac4872a2757859e1ceaa6efd984628593b40ca1e19c7d773d00c144c525ac619d18c84a3f47"
      "18e2448b2fe324d9ccda2710",
      "2519498e80f1478f37ba55bd6d27618c" },
    { VC__AES256_GCM, "GCM 13", ZERO16 ZERO16, ZERO12, "", "", "", "530f8afbc74536b9a963b4f1c4cb738b" },
    { VC__AES256_GCM, "GCM 14", ZERO16 ZERO16, ZERO12, "", ZERO16, "cea7403d4d606b6e074ec5d3baf39d18",
      "d0d1c8a799996bf0265b98b5d48ab919" },
    { VC__AES256_GCM, "GCM 16", KEY32, IV12, AAD20, PLAIN60,
      "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838"
      "c5f61e6393ba7a0abcc9f662",
      "76fc6ece0f4e1768cddf8853bb2d551b" },
    { VC__CHACHA20_POLY1305, "RFC 8439", "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
      "070000004041424344454647", "50515253c0c1c2c3c4c5c6c7",
      "4c616469657320616e642047656e746c656d656e206f662074686520636c617373206f66202739393a20496620492063"
      "6f756c64206f6666657220796f75206f6e6c79206f6e652074697020666f7220746865206675747572652c2073756e73"
      "637265656e20776f756c642062652069742e",
      "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b"
      "1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
      "3ff4def08e4b7a9de576d26586cec64b6116",
      "1ae10b594f09e26a7e902ecbd0600691" },
};

#endif

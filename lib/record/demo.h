/* SPDX-License-Identifier: Apache-2.0 */
/*
 * demo.h - a file as the Vault demo "protecting Kafka data using Vault" sends it: one record, whose value is the JSON
 *
 *     {"ciphertext": "hex", "tag": "hex, 16 bytes", "nonce": "Base64, 32 bytes"}
 *
 * with the headers X-encryptionkey (the wrapped data key, "vault:vN:...") and X-filename. AES-256-GCM without AAD
 * over the Base64 text of the file's bytes, with a nonce of 32 bytes. So the name is not authenticated, and the
 * file is held whole, 8/3 of its size on the way.
 *
 * Source: ausmartway/protecting_kafka_data_using_vault.
 *
 * Threads: any; nothing is kept.
 */
#ifndef VC__RECORD_DEMO_H
#define VC__RECORD_DEMO_H

#include "base/buf.h"
#include "crypto/aead.h"

#include <vaultcrypt/message.h>

#define VC__DEMO_KEY_HEADER "X-encryptionkey"
#define VC__DEMO_NAME_HEADER "X-filename"

enum { VC__DEMO_NONCE = 32, VC__DEMO_KEY = 32 };

typedef struct vc__demo {
    vc_view ciphertext; /* hex, as it stands; at least the 4 characters that Base64 has, or none for an empty file */
    unsigned char tag[VC__AEAD_TAG];
    unsigned char nonce[VC__DEMO_NONCE];
} vc__demo;

typedef struct vc__demo_headers {
    vc_view key;          /* "vault:vN:..." */
    uint64_t key_version; /* N */
    vc_view name;         /* as it stands: to be checked before a file of that name is made */
} vc__demo_headers;

/* Bytes of the value for a file of `len` bytes; SIZE_MAX when there is no such. */
size_t vc__demo_size(size_t len);

/*
 * Appends the value, exactly as Python's json.dumps() writes it. `aead`: AES-256-GCM under the data key; `nonce`: 32
 * random bytes. VC_E_ARGUMENT (the nonce's length), VC_E_LIMIT, VC_E_MEMORY: nothing is appended.
 */
vc_code vc__demo_seal(vc__buf *out, vc__aead *aead, vc_view nonce, vc_view file, vc_error *err);

/* Takes a value apart, in whatever order and spacing. VC_E_JSON, VC_E_MISSING, VC_E_AMBIGUOUS, VC_E_CIPHERTEXT (lengths,
   digits), VC_E_MEMORY. */
vc_code vc__demo_parse(vc__demo *payload, vc_view json, vc_error *err);

/*
 * Appends the file's bytes. VC_E_CIPHERTEXT: it cannot be authenticated, or is no Base64 within; nothing is appended
 * then. VC_E_LIMIT, VC_E_MEMORY.
 */
vc_code vc__demo_open(vc__buf *out, vc__aead *aead, const vc__demo *payload, vc_error *err);

/* Both headers, each exactly once. VC_E_CIPHERTEXT: one is missing, comes twice, or has no value that it could have. */
vc_code vc__demo_headers_parse(vc__demo_headers *found, const vc_header *headers, size_t count, vc_error *err);

#endif

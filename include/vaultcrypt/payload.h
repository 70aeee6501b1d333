/* SPDX-License-Identifier: Apache-2.0 */
/*
 * payload.h - a file as the Vault demo "protecting Kafka data using Vault" puts it into one Kafka record: JSON with ciphertext, tag and nonce
 * as the value, the wrapped data key and the file's name as headers. For talking to that demo and its kind; files of any size, with
 * authenticated names, are seal.h's.
 *
 * Source: ausmartway/protecting_kafka_data_using_vault. The data key comes from POST MOUNT/datakey/plaintext/KEY, one for each file, and
 * opens by POST MOUNT/decrypt/KEY. AES-256-GCM over the Base64 text of the file, a nonce of 32 bytes, nothing else authenticated.
 *
 * Threads: any; nothing is kept.
 */
#ifndef VAULTCRYPT_PAYLOAD_H
#define VAULTCRYPT_PAYLOAD_H

#include <vaultcrypt/client.h>
#include <vaultcrypt/message.h>

#ifdef __cplusplus
extern "C" {
#endif

#define VC_PAYLOAD_KEY_HEADER "X-encryptionkey"
#define VC_PAYLOAD_NAME_HEADER "X-filename"

/* Bytes of the value for a file of `len` bytes, some 8/3 of them; SIZE_MAX: there is no such. */
VC_API size_t vc_payload_size(size_t len);

/*
 * The value for a file, and what belongs into VC_PAYLOAD_KEY_HEADER; VC_PAYLOAD_NAME_HEADER is the caller's. `key` is a transit key,
 * "KEY" or "MOUNT/KEY". Both results are to be freed with vc_bytes_free(). Errors as vc_transit_datakey_create(); VC_E_TOO_LARGE: over
 * 64 MiB; VC_E_INTERNAL, VC_E_MEMORY.
 */
VC_API vc_code vc_payload_seal(vc_client *client, const char *key, vc_view file, vc_bytes *value, vc_bytes *wrapped_key,
                               vc_error *err);

/*
 * The file of a record. `name` (may be NULL) is what VC_PAYLOAD_NAME_HEADER says, as it stands and not authenticated: check it
 * before a file of that name is made. `key` alone is asked to open the data key, whatever the record says.
 * VC_E_CIPHERTEXT: a header is missing, comes twice or has no value that it could have; the payload is malformed, changed, or under
 * another key. VC_E_JSON, VC_E_MISSING, VC_E_AMBIGUOUS: it is not the demo's. VC_E_TOO_LARGE; errors as vc_transit_decrypt().
 * On failure both results are empty.
 */
VC_API vc_code vc_payload_open(vc_client *client, const char *key, const vc_header *headers, size_t header_count, vc_view value,
                               vc_bytes *file, vc_bytes *name, vc_error *err);

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * azure.h - messages as the Azure confidential containers' Kafka demo has them: standard padded Base64 of RSA-OAEP with
 * SHA-256, MGF1 with SHA-256 and an empty label. Whoever has the public key can make one: it says nothing of its
 * sender, and nothing of the key.
 *
 * Source: microsoft/confidential-container-demos, kafka/.
 *
 * Threads: any; nothing is kept.
 */
#ifndef VC__RECORD_AZURE_H
#define VC__RECORD_AZURE_H

#include "base/buf.h"
#include "crypto/oaep.h"

/* Appends the message. VC_E_TOO_LARGE: the value is longer than the key takes; VC_E_LIMIT, VC_E_MEMORY. */
vc_code vc__azure_seal(vc__buf *out, const vc__rsa *key, vc_view value, vc_error *err);

/*
 * Appends the value. VC_E_CIPHERTEXT: not Base64 of the key's length, or (one text for all) not made for this key, or
 * changed; nothing is appended then. VC_E_LIMIT, VC_E_MEMORY.
 */
vc_code vc__azure_open(vc__buf *out, const vc__rsa *key, vc_view message, vc_error *err);

/* The bits of the RSA key that a message of this form may be for: 2048, 3072 or 4096 by its length; 0: none. */
unsigned vc__azure_candidate(vc_view message);

/*
 * Rather such a message, whole, cut or damaged, than plaintext: there is nothing but its alphabet to know it by. 40 characters or more, of
 * which at most one in 64, and one more, is none of Base64's.
 */
bool vc__azure_looks(vc_view text);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kroxylicious.h - records as the Kafka proxy Kroxylicious encrypts them with a key of Vault's: EncryptionVersion
 * 2 (since its 0.5.0) read and written, version 1 (0.4.x, which later ones refuse) read. Bytes to struct and
 * back; who has the data key is the caller's business.
 *
 *     value of version 2 = 00 cipher | uvarint, EDEK | 00 AAD | IV 12 | ciphertext | tag 16     AES-256-GCM
 *     value of version 1 = uvarint, EDEK | 00 AAD | 00 cipher | 00 | 0c | IV 12 | ciphertext | tag 16
 *     EDEK of Vault      = uvarint, key name | "vault:vN:..." to its end
 *     what is encrypted  = zigzag, value | zigzag count of headers | headers (uvarint, name | zigzag, value)
 *
 * and the header kroxylicious.io/encryption, whose value is the version in one byte. Nothing of a record is
 * authenticated but its value: such a value opens in any place.
 *
 * Reading is as strict as the format lets it be: what Kroxylicious would not write is refused, but for lengths in
 * more bytes than they need, which its reader takes. Errors of structure say the byte.
 *
 * Source: io.kroxylicious.filter.encryption (WrapperV2, ParcelV1, VaultEdekSerde), 0.5.0 and later.
 *
 * Threads: any; nothing is kept.
 */
#ifndef VC__RECORD_KROXYLICIOUS_H
#define VC__RECORD_KROXYLICIOUS_H

#include "base/buf.h"
#include "crypto/aead.h"

#include <vaultcrypt/message.h>

#define VC__KROXYLICIOUS_HEADER "kroxylicious.io/encryption"

enum {
    VC__KROXYLICIOUS_KEY = 32,           /* bytes of a data key: AES-256 */
    VC__KROXYLICIOUS_EDEK_MAX = 32767,   /* Kroxylicious corrupts the length of a longer one */
    VC__KROXYLICIOUS_VALUE_MAX = INT32_MAX - 64, /* bytes of a value: its length is signed, and others are with it */
    VC__KROXYLICIOUS_V1 = 1,
    VC__KROXYLICIOUS_V2 = 2
};

/* Views into the value that was parsed. */
typedef struct vc__kroxylicious {
    uint8_t version;
    vc_view edek;   /* the wrapped data key as it stands: what a cache goes by */
    vc_view iv;     /* 12 bytes */
    vc_view sealed; /* ciphertext and tag */
} vc__kroxylicious;

/* An EDEK of Vault's. */
typedef struct vc__kroxylicious_edek {
    vc_view key_name;     /* of the transit key; the mount is not told */
    vc_view ciphertext;   /* "vault:vN:...", for transit/decrypt */
    uint64_t key_version; /* N */
} vc__kroxylicious_edek;

/* What was encrypted: views into the opened bytes. */
typedef struct vc__kroxylicious_parcel {
    vc_view value;     /* data is NULL: null */
    bool outer_value;  /* no value in there: the record's own counts */
    bool outer_headers; /* no headers in there: the record's own count, less the marker (the usual case) */
    size_t header_count;
    vc_view headers; /* their bytes; see vc__kroxylicious_next_header() */
} vc__kroxylicious_parcel;

/*
 * The marker among `headers`: the first of its name. `*version` is 0 and VC_OK when there is none: not
 * Kroxylicious's. VC_E_CIPHERTEXT: not one byte, or another version than 1 and 2. `index` may be NULL.
 */
vc_code vc__kroxylicious_marker(const vc_header *headers, size_t count, uint8_t *version, size_t *index,
                                vc_error *err);

/* The header to put in front of the record's own. */
vc_header vc__kroxylicious_header(void);

/* Takes a record's value apart. VC_E_CIPHERTEXT, with the byte. */
vc_code vc__kroxylicious_parse(vc__kroxylicious *record, uint8_t version, vc_view value, vc_error *err);

/*
 * Takes an EDEK apart, as it is within the record's value. VC_E_CIPHERTEXT, with the byte: not one that Vault
 * made.
 */
vc_code vc__kroxylicious_edek_parse(vc__kroxylicious_edek *edek, vc_view bytes, vc_error *err);

/*
 * Opens what was parsed: `plain`, which is cleared first, gets the bytes that `parcel` views. `aead` is
 * AES-256-GCM under the record's data key. VC_E_CIPHERTEXT: it cannot be authenticated, or what was encrypted is
 * no parcel; `plain` is empty then. VC_E_LIMIT, VC_E_MEMORY.
 */
vc_code vc__kroxylicious_open(const vc__kroxylicious *record, vc__aead *aead, vc__buf *plain,
                              vc__kroxylicious_parcel *parcel, vc_error *err);

/* Takes apart what was encrypted. VC_E_CIPHERTEXT, with the byte in there. */
vc_code vc__kroxylicious_parcel_parse(vc__kroxylicious_parcel *parcel, vc_view plain, vc_error *err);

/* The next header of a parcel that was parsed, from *at (0 at first) on; false behind the last. */
bool vc__kroxylicious_next_header(const vc__kroxylicious_parcel *parcel, size_t *at, vc_header *header);

/*
 * Appends the wrapped `value` (version 2; no tombstone: those are not touched). `iv`: 12 bytes, never twice under one
 * key. VC_E_ARGUMENT: a key name or ciphertext that the format cannot carry, or the IV's length; VC_E_LIMIT,
 * VC_E_MEMORY. On failure nothing is appended.
 */
vc_code vc__kroxylicious_seal(vc__buf *out, vc__aead *aead, vc_view key_name, vc_view ciphertext, vc_view iv,
                              vc_view value, vc_error *err);

/*
 * Appends `value`, which was parsed into `record`, with another wrapped key of the same data key in it: `key_name` and `ciphertext` as
 * above; its version and every other byte stay. VC_E_ARGUMENT, VC_E_LIMIT, VC_E_MEMORY: nothing is appended.
 */
vc_code vc__kroxylicious_rewrap(vc__buf *out, const vc__kroxylicious *record, vc_view value, vc_view key_name, vc_view ciphertext,
                                vc_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * native.h - tokens of the native format, version 1, as vaultcrypt-format(5) publishes it: bytes to
 * structure, structure to bytes, and the sealing and opening of tokens with a key that is given. No data
 * keys, no Vault, no schema: which keys, contexts and paths are acceptable is the caller's to say, before it
 * opens.
 *
 * Errors of reading are VC_E_CIPHERTEXT: what the structure refuses, with the offset of the byte; and one
 * text for everything that does not authenticate (crypto/failure.h).
 *
 * Threads: vc__native is plain data; a vc__native_key or vc__native_frame has one user at a time, make one
 * per thread.
 */
#ifndef VC__RECORD_NATIVE_H
#define VC__RECORD_NATIVE_H

#include "base/buf.h"
#include "crypto/random.h"

#include <vaultcrypt/error.h>
#include <vaultcrypt/message.h>

enum {
    VC__NATIVE_VERSION = 1,
    VC__NATIVE_ID = 32,            /* bytes of a key id */
    VC__NATIVE_NAME_MAX = 255,     /* context, key name */
    VC__NATIVE_WRAPPED_MAX = 1024, /* wrapped key */
    VC__NATIVE_MAGIC = 4,          /* the bytes before a body: magic and version; in text "vc1:" */
    VC__NATIVE_PAIR_NAME = 43,     /* characters of the id of a public key */
    VC__NATIVE_SIGNER = 32,
    VC__NATIVE_SIGNATURE = 64,
    VC__NATIVE_KEYS_MAX = 255,     /* wrapped keys in a header of Kafka */
    VC__NATIVE_PLAIN_MAX = 0x3fffffff /* bytes in one token: 1 GiB less 1 */
};

typedef enum vc__native_algorithm {
    VC__NATIVE_GCM = 0x01,     /* AES-256-GCM: nonce 12, sealed: ciphertext and tag */
    VC__NATIVE_SIV = 0x02,     /* AES-256-SIV: no nonce, sealed: V and ciphertext */
    VC__NATIVE_HMAC = 0x03,    /* HMAC-SHA-256: no nonce, sealed: 32 bytes */
    VC__NATIVE_SEGMENTS = 0x11 /* nonce: salt 32, prefix 7, segment size 4; sealed: all that follows */
} vc__native_algorithm;

typedef enum vc__native_flag {
    VC__NATIVE_BINDS_TOPIC = 0x01,
    VC__NATIVE_BINDS_KEY = 0x02, /* the record's key */
    VC__NATIVE_KEY_OUTSIDE = 0x04, /* the wrapped key is in the header VC__NATIVE_KEYS */
    VC__NATIVE_SIGNED = 0x08,    /* signer and signature stand at the end; with VC__NATIVE_GCM, and not with KEY_OUTSIDE */
    VC__NATIVE_FLAGS = 0x0f      /* all that version 1 knows */
} vc__native_flag;

typedef enum vc__native_type {
    VC__NATIVE_BYTES = 0,
    VC__NATIVE_STRING,
    VC__NATIVE_NUMBER,
    VC__NATIVE_BOOLEAN,
    VC__NATIVE_NULL,
    VC__NATIVE_ARRAY,
    VC__NATIVE_OBJECT
} vc__native_type;

typedef enum vc__native_source {
    VC__NATIVE_NOWHERE = 0, /* with VC__NATIVE_KEY_OUTSIDE */
    VC__NATIVE_TRANSIT = 1,
    VC__NATIVE_STATIC = 2,
    VC__NATIVE_RSA = 3, /* wrapped to a public key, whose id is the key name: RSA-OAEP-256 */
    VC__NATIVE_EC = 4,  /* the same: ECDH-ES+A256KW on P-256 */
    VC__NATIVE_HPKE = 5 /* the same: HPKE, DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM */
} vc__native_source;

/* Views into what was read, or of what is to be written. */
typedef struct vc__native {
    uint8_t algorithm, flags, type, source;
    bool cut;                                /* reading failed only because the bytes end too early */
    vc_view key_id, context, extensions;     /* extensions: empty in version 1 */
    vc_view header;                          /* the authenticated part, as it was read; writing ignores it */
    vc_view key_name, wrapped, nonce, sealed;
    vc_view place;                           /* source to wrapped key, as it was read; writing ignores it */
    vc_view signer, signature;               /* with VC__NATIVE_SIGNED: 32 and 64 bytes */
    uint64_t key_version;                    /* at most 2^32 - 1 */
} vc__native;

/* -- reading -- */

/* Begins like a token, of this version or another: "vc1:" ("vc" and 1 to 3 digits and ":"), or the magic. */
bool vc__native_is_text(vc_view text);
bool vc__native_is_bytes(vc_view bytes);

/*
 * A body. Offsets in errors count from its first byte. With VC__NATIVE_SEGMENTS `body` may be the beginning
 * of a stream: when it ends too early, `cut` is set and more bytes may help. On failure *token is zero but
 * for `cut`.
 */
vc_code vc__native_parse(vc__native *token, vc_view body, vc_error *err);

/* VC_E_PLAINTEXT: it does not begin like a token. The text's bytes are decoded onto the end of `scratch`. */
vc_code vc__native_read_text(vc__buf *scratch, vc_view text, vc__native *token, vc_error *err);
vc_code vc__native_read_bytes(vc_view bytes, vc__native *token, vc_error *err);

/*
 * What tokens of one data key and context have in common, all but their first three bytes: it is decoded once, and compared then. Its owner
 * frees both buffers. Of zeros: nothing was seen.
 */
typedef struct vc__native_seen {
    vc__buf text, bytes;
} vc__native_seen;

/* As vc__native_read_text(); `seen` (may be NULL) is what the token before had, and becomes what this one has. */
vc_code vc__native_read_text_seen(vc__buf *scratch, vc_view text, vc__native_seen *seen, vc__native *token, vc_error *err);

/* -- writing -- */

/* The body up to before the nonce. */
void vc__native_prefix(vc__buf *out, const vc__native *token);

/*
 * What is authenticated beside the ciphertext. Topic and record key are taken when the flags bind them. It
 * comes from the fields of `token`, or, where that is not empty, from `header`, byte for byte.
 */
void vc__native_aad(vc__buf *out, const vc__native *token, vc_view path, vc_view topic, vc_view record_key);

/*
 * What a signature is over: "vaultcrypt 1 signature" 00, `aad`, the record's key (whether it is bound or not; empty where there is
 * none), and of the token source to wrapped key, nonce and sealed part, as they were read.
 */
void vc__native_signed(vc__buf *out, const vc__native *token, vc_view aad, vc_view record_key);

/* The source, key name, version and wrapped key of a token alone, as vc__native_prefix() writes them. */
void vc__native_place(vc__buf *out, const vc__native *token);

/* Wrapped to a public key. */
static inline bool vc__native_is_pair(uint8_t source)
{
    return source == VC__NATIVE_RSA || source == VC__NATIVE_EC || source == VC__NATIVE_HPKE;
}

/* -- the key of one algorithm -- */

typedef struct vc__native_key vc__native_key;

/*
 * `derived` is the key for this algorithm, not the data key: 32 bytes for GCM and HMAC, 64 for SIV. `key_id`
 * is the data key's. NULL: VC_E_ARGUMENT (lengths, algorithm), VC_E_MEMORY, VC_E_INTERNAL.
 */
vc__native_key *vc__native_key_new(vc__native_algorithm algorithm, vc_view key_id, vc_view derived,
                                 vc_error *err);
void vc__native_key_free(vc__native_key *key);
VC__DEFINE_CLEANUP(vc__native_key, vc__native_key_free)

/* -- sealing -- */

/*
 * All that the tokens of one key and one field share, made once: the prefix as bytes and, as far as it goes,
 * as Base64, and the associated data. What is left for each value is one call of the cipher, straight into
 * its place.
 */
typedef struct vc__native_frame vc__native_frame;

/*
 * For tokens under `key`, which must outlive the frame. Of `token` counts: flags, context, source, key name
 * and version, wrapped key. NULL: VC_E_ARGUMENT (a token that a reader would refuse), VC_E_MEMORY.
 */
vc__native_frame *vc__native_frame_new(vc__native_key *key, const vc__native *token, vc_view path,
                                     vc_error *err);
void vc__native_frame_free(vc__native_frame *frame);
VC__DEFINE_CLEANUP(vc__native_frame, vc__native_frame_free)

/*
 * Topic and record key of the record whose values come next; needed only when a flag binds one (with neither
 * it does nothing). VC_E_LIMIT, VC_E_MEMORY; the frame then seals nothing until a later call has succeeded.
 */
vc_code vc__native_bind(vc__native_frame *frame, vc_view topic, vc_view record_key, vc_error *err);

/*
 * Appends a token: as JSON text, with its quotes (Base64 needs no escapes), or as bytes. `plaintext` is not
 * part of `out`. `random` may be NULL with SIV and HMAC. VC_E_STATE: not bound; VC_E_LIMIT, VC_E_MEMORY,
 * VC_E_INTERNAL. On failure nothing is appended.
 *
 * With VC__NATIVE_SIGNED a token of bytes ends where signer and signature are to be appended, and one of text (VC_E_STATE) is the
 * caller's to make of it.
 */
vc_code vc__native_seal_text(vc__native_frame *frame, vc__random *random, vc__native_type type,
                            vc_view plaintext, vc__buf *out, vc_error *err);
vc_code vc__native_seal_bytes(vc__native_frame *frame, vc__random *random, vc__native_type type,
                             vc_view plaintext, vc__buf *out, vc_error *err);

/* -- opening -- */

/*
 * Appends the plaintext of a GCM or SIV token. The ids are compared, in constant time, before the cipher is
 * tried. VC_E_CIPHERTEXT (one text for all): another key or associated data, or changed; VC_E_ARGUMENT: a
 * token of another algorithm than the key's, or a hash. On failure nothing is appended.
 */
vc_code vc__native_open(vc__native_key *key, const vc__native *token, vc_view aad, vc__buf *out,
                        vc_error *err);

/*
 * The same over the ciphertext: `token` was read by vc__native_read_text() into `scratch` (as it stands), and
 * *plaintext is a view into it. On failure those bytes are zero and *plaintext is empty.
 */
vc_code vc__native_open_place(vc__native_key *key, const vc__native *token, vc_view aad, vc__buf *scratch,
                             vc_view *plaintext, vc_error *err);

/* Whether an HMAC token is that of `content`: VC_OK, or VC_E_CIPHERTEXT and others as above. */
VC_MUST_CHECK vc_code vc__native_verify(vc__native_key *key, const vc__native *token, vc_view aad,
                                       vc_view content, vc_error *err);

/* -- wrapped keys in a header of Kafka, for tokens with VC__NATIVE_KEY_OUTSIDE -- */

#define VC__NATIVE_KEYS "vaultcrypt-keys"

/* Begins the header's value when `out` is empty, and appends key id, source, key name, version, wrapped key. */
void vc__native_keys_add(vc__buf *out, const vc__native *token);

/*
 * The one value of that name among the headers, checked as a whole. VC_E_CIPHERTEXT: none, more than one,
 * Kafka's null, or what vc__native_keys_check() refuses; `known` (may be empty) was checked, and the same bytes are not checked again.
 */
vc_code vc__native_keys_of(const vc_header *headers, size_t count, vc_view known, vc_view *value, vc_error *err);

/* The next entry of a value that was checked, from *at (0 at first) on; false behind the last. */
bool vc__native_keys_next(vc_view value, size_t *at, vc__native *entry);

/* VC_E_CIPHERTEXT with the offset: cut off, unknown version or source, lengths, an id twice, no key at all. */
vc_code vc__native_keys_check(vc_view value, vc_error *err);

/*
 * Sets source, key_name, key_version and wrapped of `token` by its key_id from a value that was checked; its
 * flags stay. VC_E_CIPHERTEXT: the id is not there.
 */
vc_code vc__native_keys_find(vc_view value, vc__native *token, vc_error *err);

#endif

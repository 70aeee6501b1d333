/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seal.h - sealed files: any bytes, of any length, under a data key of Vault's transit engine, in segments that are
 * authenticated one by one (the layout: vaultcrypt-format(5)). Neither end holds more than a few segments. Nothing here reads or
 * writes files; but for the data key, which is asked of Vault once, nothing here waits. examples/api/seal.c shows both ways.
 *
 *     vc_sealer_new, set_..., start             the data key is here now
 *     vc_sealer_push until it has no segment    for every piece of plaintext: segments to write, the header with the first
 *     vc_sealer_finish until it has no segment  the rest
 *
 *     vc_unsealer_new, allow, start
 *     vc_unsealer_pull until it wants more      for every piece of the sealed file: first what the file is, then its plaintext
 *     vc_unsealer_finish                        only when this says VC_OK was the file whole
 *
 * Where a sealed file travels in records (Kafka), one record holds one segment, as vc_sealer_push() and vc_sealer_finish() gave it;
 * the records' values, joined, are the sealed file.
 *
 * A TRANSFER THAT WAS BROKEN OFF. A sealer has no state that could be kept and taken up later, and this is meant: segments of one
 * sealed file are encrypted under one key with counted nonces, and were a changed file (or the same one, cut differently) encrypted
 * again under nonces that were used before, both plaintexts would lie open. So every sealer draws a new salt and nonce prefix, which
 * give a new segment key, and a transfer goes on as another sealed file, a part: same transfer id, other offset.
 *
 *   sender     draws 16 random bytes, the transfer id, when the transfer begins, and states it in every part with
 *              vc_sealer_set_part(). After a crash it learns from the receiving end (or what it sees of it) how many bytes are safe
 *              there, gives the bytes before that offset to vc_sealer_digest() and pushes those from it on.
 *   receiver   keeps what it has verified and written, and how many bytes these are. A part whose transfer id it knows and whose
 *              offset is not beyond them goes on there: it gives its own bytes before the offset to vc_unsealer_digest().
 *
 * The end of every part holds size and SHA-256 of the whole file, as the sender saw it while it sealed that part; so parts of two
 * transfers, or of a file that changed in between, never make a whole: vc_unsealer_finish() refuses. All of this is encrypted and
 * authenticated, and so is the part's offset. A receiver need not keep anything of an unsealer: after a crash it is given
 * the part again, from its beginning, and passes over what is there.
 *
 * Errors are sticky: what has failed once fails on. Threads: a sealer or unsealer has one owner, who may change; two things may be
 * done in another thread at the same time: vc_sealer_digest() and vc_unsealer_digest().
 */
#ifndef VAULTCRYPT_SEAL_H
#define VAULTCRYPT_SEAL_H

#include <vaultcrypt/client.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of plaintext in a segment: from, to, and when nothing is set. */
#define VC_SEAL_SEGMENT_LEAST 1024
#define VC_SEAL_SEGMENT_MOST 16777216
#define VC_SEAL_SEGMENT_DEFAULT 1048576
#define VC_SEAL_TRANSFER_ID 16 /* bytes of a transfer id */

/* What is known of the file: encrypted, in front of its data. */
typedef struct vc_manifest vc_manifest;

/* Nothing is known yet. NULL and VC_E_MEMORY. */
VC_API VC_MUST_CHECK vc_manifest *vc_manifest_new(vc_error *err);
VC_API void vc_manifest_free(vc_manifest *manifest); /* NULL is fine */
/* The file's name without a folder: UTF-8, 1 to 255 bytes, no '/', no NUL, not "." or "..": else VC_E_ARGUMENT. */
VC_API vc_code vc_manifest_set_name(vc_manifest *manifest, vc_view name, vc_error *err);
VC_API void vc_manifest_set_mode(vc_manifest *manifest, uint32_t mode);   /* as of stat(): 07777 of it is kept */
VC_API void vc_manifest_set_mtime(vc_manifest *manifest, int64_t nanoseconds); /* since 1970 */
VC_API void vc_manifest_set_size(vc_manifest *manifest, uint64_t bytes);  /* of the whole file; what comes must be that */

/*
 * Each is 1, or 0 when the manifest does not tell (`*value` is untouched then). Of a file that was opened they are the sender's
 * word: take a name for a file below a folder of yours only, and never more of a mode than 0777.
 */
VC_API int vc_manifest_name(const vc_manifest *manifest, vc_view *name); /* borrowed */
VC_API int vc_manifest_mode(const vc_manifest *manifest, uint32_t *mode);
VC_API int vc_manifest_mtime(const vc_manifest *manifest, int64_t *nanoseconds);
VC_API int vc_manifest_size(const vc_manifest *manifest, uint64_t *bytes);
VC_API int vc_manifest_transfer_id(const vc_manifest *manifest, vc_view *id); /* borrowed, VC_SEAL_TRANSFER_ID bytes */
VC_API uint64_t vc_manifest_offset(const vc_manifest *manifest); /* the first byte of this part; 0: the file begins here */

/* -- sealing ------------------------------------------------------------------------------------------------------- */

typedef struct vc_sealer vc_sealer;

/*
 * `key` is the transit key, "KEY" or "MOUNT/KEY", that wraps the data key. NULL: VC_E_ARGUMENT (no such name can be), VC_E_MEMORY.
 */
VC_API VC_MUST_CHECK vc_sealer *vc_sealer_new(const char *key, vc_error *err);
VC_API void vc_sealer_free(vc_sealer *sealer); /* wipes; NULL is fine */

/*
 * Before vc_sealer_start(), else VC_E_STATE; and VC_E_ARGUMENT, VC_E_MEMORY.
 *   static_key   1: `key` is not of Vault, but one that was given to the keyring under this name
 *   context      what the file is for, UTF-8, at most 255 bytes; not secret; who opens it must name the same. Default: empty
 *   segment      bytes of plaintext in a segment
 *   manifest     copied; default: an empty one
 *   part         `transfer_id` has VC_SEAL_TRANSFER_ID bytes; `offset`: see above
 */
VC_API vc_code vc_sealer_set_static_key(vc_sealer *sealer, int static_key, vc_error *err);
VC_API vc_code vc_sealer_set_context(vc_sealer *sealer, vc_view context, vc_error *err);
VC_API vc_code vc_sealer_set_segment(vc_sealer *sealer, size_t bytes, vc_error *err);
VC_API vc_code vc_sealer_set_manifest(vc_sealer *sealer, const vc_manifest *manifest, vc_error *err);
VC_API vc_code vc_sealer_set_part(vc_sealer *sealer, vc_view transfer_id, uint64_t offset, vc_error *err);
/*
 * The SHA-256 of the data takes more time than its encryption. `apart` 1: the caller gives every byte, in order, to
 * vc_sealer_digest(), in a thread of its own, say; vc_sealer_push() then leaves it alone.
 */
VC_API vc_code vc_sealer_set_digest_apart(vc_sealer *sealer, int apart, vc_error *err);

/*
 * Takes a data key: of `keyring`, or when that is NULL of the client's own, where one is kept for a while and for many files;
 * otherwise of Vault (POST MOUNT/datakey/plaintext/KEY), which blocks as transit.h has it, with its errors. `client` may be
 * NULL where the keyring has what it takes (a static key): VC_E_NOT_FOUND, when it has not; VC_E_CONFIG: it
 * has no static key of that name. One file counts as one call under the data key, whatever its length.
 */
VC_API vc_code vc_sealer_start(vc_sealer *sealer, vc_client *client, vc_keyring *keyring, vc_error *err);

/*
 * Takes plaintext from the front of `*plaintext`, up to the end of a segment, and moves it forward. `*segment` is a finished
 * segment, borrowed until the next call, or empty: then all was taken. So, for every piece of plaintext:
 *
 *     do {
 *         code = vc_sealer_push(sealer, &plaintext, &segment, &err);
 *         if (!code && segment.len) ... write it
 *     } while (!code && segment.len);
 *
 * The first one, which takes no plaintext, is the header with the manifest. A whole segment in one piece is encrypted from where it lies.
 * VC_E_STATE: not started, or finished, or bytes before the offset are missing from the digest. VC_E_LIMIT: more than the manifest's
 * size, or than 2^32 - 2 segments. VC_E_INTERNAL, VC_E_MEMORY.
 */
VC_API vc_code vc_sealer_push(vc_sealer *sealer, vc_view *plaintext, vc_view *segment, vc_error *err);

/*
 * The same for what is left, when no more plaintext comes: to be called until `*segment` is empty. VC_E_STATE: the digest has not had
 * the same bytes, or it is less than the manifest's size: the file changed while it was read.
 */
VC_API vc_code vc_sealer_finish(vc_sealer *sealer, vc_view *segment, vc_error *err);

/*
 * Adds bytes to the digest of the whole file: those before the offset of a part, before the first vc_sealer_push(); with
 * digest_apart all others too. With digest_apart it may run in another thread while the owner pushes; the owner must have seen its
 * end before vc_sealer_finish(). VC_E_STATE: not started, or too many bytes. VC_E_INTERNAL.
 */
VC_API vc_code vc_sealer_digest(vc_sealer *sealer, vc_view plaintext, vc_error *err);

/* -- opening ------------------------------------------------------------------------------------------------------- */

typedef struct vc_unsealer vc_unsealer;

/* NULL and VC_E_MEMORY. It opens nothing yet: no key is allowed. */
VC_API VC_MUST_CHECK vc_unsealer *vc_unsealer_new(vc_error *err);
VC_API void vc_unsealer_free(vc_unsealer *unsealer); /* wipes; NULL is fine */

/*
 * Before vc_unsealer_start(), else VC_E_STATE; and VC_E_ARGUMENT, VC_E_MEMORY. What a file says of itself opens nothing: only keys that
 * were allowed are asked for, and only files of the contexts that were allowed are opened. When no context was, the empty one is.
 */
VC_API vc_code vc_unsealer_allow_key(vc_unsealer *unsealer, const char *key, vc_error *err); /* "KEY" or "MOUNT/KEY" */
VC_API vc_code vc_unsealer_allow_static_key(vc_unsealer *unsealer, const char *name, vc_error *err);
VC_API vc_code vc_unsealer_allow_context(vc_unsealer *unsealer, vc_view context, vc_error *err);
/* Files with larger segments are refused: VC_E_LIMIT. Default: VC_SEAL_SEGMENT_MOST. */
VC_API vc_code vc_unsealer_set_segment_limit(vc_unsealer *unsealer, size_t bytes, vc_error *err);
VC_API vc_code vc_unsealer_set_digest_apart(vc_unsealer *unsealer, int apart, vc_error *err); /* as of a sealer */

/* Where keys come from, as vc_sealer_start() has it; a client must live as long as the unsealer. Does not block. */
VC_API vc_code vc_unsealer_start(vc_unsealer *unsealer, vc_client *client, vc_keyring *keyring, vc_error *err);

typedef enum vc_unseal_event {
    VC_UNSEAL_MORE = 0, /* all was taken, more is wanted */
    VC_UNSEAL_MANIFEST, /* vc_unsealer_manifest() is there, verified; comes once, before any data */
    VC_UNSEAL_DATA,     /* `*plaintext`: the next bytes of the file, verified */
    VC_UNSEAL_END       /* that was all: vc_unsealer_finish() must have the last word */
} vc_unseal_event;

/*
 * Takes bytes from the front of `*sealed`, cut anywhere, and moves it forward, up to the next event. `*plaintext` is set with
 * VC_UNSEAL_DATA, and empty otherwise; borrowed until the next call. To be called until the event is VC_UNSEAL_MORE or VC_UNSEAL_END;
 * with VC_UNSEAL_MORE, `*sealed` is empty.
 *
 * Behind the header it asks for the data key, and blocks while Vault is asked (POST MOUNT/decrypt/KEY, with transit.h's errors);
 * VC_E_NOT_FOUND without a client, when the keyring does not have it. VC_E_CIPHERTEXT: not a sealed file, or of a version that is not
 * known (the message tells the byte); its key or context is not allowed; a segment is not authentic: changed, missing, out of order, of
 * another file; anything behind the end. No byte of such a segment was given out. VC_E_STATE: not started, after VC_UNSEAL_END with
 * nothing to take, or the bytes before the offset are missing from the digest. VC_E_LIMIT, VC_E_INTERNAL, VC_E_MEMORY.
 */
VC_API vc_code vc_unsealer_pull(vc_unsealer *unsealer, vc_view *sealed, vc_unseal_event *event, vc_view *plaintext,
                                vc_error *err);

/*
 * The next data goes to `room`, of `size` bytes, at least vc_unsealer_segment(): for those who hand it on to another thread. It holds
 * nothing of use, or zeros, when the call fails. NULL: back to memory of the unsealer's own. VC_E_ARGUMENT: too little.
 */
VC_API vc_code vc_unsealer_set_room(vc_unsealer *unsealer, void *room, size_t size, vc_error *err);

/* After VC_UNSEAL_MANIFEST: lives as long as the unsealer. NULL and 0 before. */
VC_API const vc_manifest *vc_unsealer_manifest(const vc_unsealer *unsealer);
VC_API size_t vc_unsealer_segment(const vc_unsealer *unsealer); /* bytes of plaintext in a segment */

/*
 * Adds bytes to the digest of the whole file: those before the offset of a part, after VC_UNSEAL_MANIFEST; with digest_apart all
 * others too, then from another thread if you like, whose end the owner must have seen before vc_unsealer_finish(). VC_E_STATE,
 * VC_E_INTERNAL.
 */
VC_API vc_code vc_unsealer_digest(vc_unsealer *unsealer, vc_view plaintext, vc_error *err);

/*
 * No more comes. VC_OK: the file is whole, its size and digest are right. VC_E_CIPHERTEXT: it was cut off, or size or digest are
 * others: what was given out is authentic, but not the whole file, or not of one file. VC_E_STATE: the digest was not given all bytes.
 */
VC_API VC_MUST_CHECK vc_code vc_unsealer_finish(vc_unsealer *unsealer, vc_error *err);

#ifdef __cplusplus
}
#endif

#endif

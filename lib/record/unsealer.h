/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unsealer.h - the inside of a vc_unsealer (seal.h): takes a sealed file apart as its bytes come, and gives nothing out before it
 * is authentic. It decides whether key and context of the header are allowed; then a function that was set (lib/io/seal.c) gets
 * the key.
 *
 * Threads: one owner; vc_unsealer_digest() may run in another thread, and touches the members of `sum` alone.
 */
#ifndef VC__RECORD_UNSEALER_H
#define VC__RECORD_UNSEALER_H

#include "record/sealer.h"

enum { VC__UNSEALER_HEADER_MAX = 4096 /* longer than any header */ };

typedef enum vc__unsealer_stage {
    VC__UNSEALER_NEW = 0,
    VC__UNSEALER_HEADER,
    VC__UNSEALER_LENGTH, /* of a segment */
    VC__UNSEALER_BODY,
    VC__UNSEALER_ENDED
} vc__unsealer_stage;

/*
 * The stream key (VC__SEGMENT_KEY bytes) of the data key that `token` names, where `key` is the allowed key that it is wrapped under. The id
 * of what comes is to be checked. Errors as vc_unsealer_pull().
 */
typedef vc_code (*vc__unsealer_fetch)(void *user, const vc__native *token, const vc__seal_key *key,
                                      char stream_key[VC__SEGMENT_KEY], vc_error *err);

struct vc_unsealer {
    vc__unsealer_stage stage;
    vc__seal_key *keys; /* that are allowed */
    size_t key_count;
    vc__buf contexts; /* that are allowed, each with its length before it */
    size_t limit;     /* most bytes of plaintext in a segment */
    vc__unsealer_fetch fetch;
    void *user;
    vc_client *client; /* lib/io/seal.c's */
    vc_keyring *ring;  /* referenced */

    vc__buf head; /* the header, until it is whole */
    size_t segment;
    vc__segments *segments;
    vc_manifest manifest;
    vc__sum sum;
    uint64_t taken; /* bytes of the sealed file */
    uint64_t at;    /* of the whole file: offset and what was given out */
    uint64_t size;  /* as the trailer has it */
    char digest[VC__SUM];

    char length[VC__SEGMENT_LENGTH]; /* of the segment that comes */
    size_t length_have, body;
    bool short_seen; /* a segment that was not full: only the last one may follow */
    char *gathered;  /* ciphertext of a segment that comes in pieces */
    size_t gathered_len, gathered_room;
    char *own, *room; /* where plaintext goes: the caller's room, if there is one */
    vc_error failure;
};

/* As vc_unsealer_start(), with where the key comes from. */
vc_code vc__unsealer_begin(vc_unsealer *unsealer, vc__unsealer_fetch fetch, void *user, vc_error *err);

/* Bytes go to `head` until a whole header is there; those behind it are not taken. The error is in `failure`. */
vc_code vc__unsealer_take_header(vc_unsealer *unsealer, vc_view *sealed);

#endif

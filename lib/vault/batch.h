/* SPDX-License-Identifier: Apache-2.0 */
/*
 * batch.h - batch bodies of Vault's data operations: requests written, replies read, without I/O. This is the
 * hot path: items are encoded straight into the request body, and results are decoded in place in the reply
 * body.
 *
 * Vault endpoints: POST MOUNT/encrypt/KEY, MOUNT/decrypt/KEY, MOUNT/rewrap/KEY, MOUNT/hmac/KEY,
 * MOUNT/sign/KEY, MOUNT/verify/KEY (transit); POST MOUNT/encode/ROLE, MOUNT/decode/ROLE, MOUNT/validate/ROLE, MOUNT/tokenized/ROLE, MOUNT/metadata/ROLE (transform).
 *
 * Threads: a writer and a reply body have one owner.
 */
#ifndef VC__VAULT_BATCH_H
#define VC__VAULT_BATCH_H

#include "base/buf.h"

typedef enum vc__verb {
    VC__TRANSIT_ENCRYPT = 0,
    VC__TRANSIT_DECRYPT,
    VC__TRANSIT_REWRAP,
    VC__TRANSFORM_ENCODE,
    VC__TRANSFORM_DECODE,
    VC__TRANSIT_HMAC,
    VC__TRANSIT_SIGN,
    VC__TRANSIT_VERIFY,     /* a signature */
    VC__TRANSIT_VERIFY_HMAC,
    VC__TRANSFORM_VALIDATE, /* questions about tokens */
    VC__TRANSFORM_TOKENIZED,
    VC__TRANSFORM_METADATA
} vc__verb;

enum { VC__VERB_COUNT = VC__TRANSFORM_METADATA + 1 };

/* One item. Absent views are left out of the body. */
typedef struct vc__item {
    vc_view value; /* encrypt, hmac, sign, verify: raw bytes, Base64 is made here; decrypt, rewrap: the
                      ciphertext; transform: UTF-8 text */
    vc_view signature;       /* verify: "vault:v1:...", of what is to be verified */
    vc_view transformation;  /* transform only */
    vc_view tweak;           /* transform only; Base64 text as it goes to Vault */
    vc_view context;         /* transit only; raw bytes */
    vc_view associated_data; /* transit only; raw bytes */
    uint64_t key_version;    /* transit encrypt, rewrap; 0: the latest */
    vc_view extra;           /* transform; members as they go to Vault: ',"ttl":"60s"' */
} vc__item;

/*
 * "/v1/MOUNT/encrypt/KEY", segments percent-encoded where needed. VC_E_ARGUMENT for an empty mount or name,
 * or `..`.
 */
vc_code vc__batch_path(vc__buf *out, vc__verb verb, vc_view mount, vc_view name, vc_error *err);

/* "transit/encrypt"; and how many members the item has in the body: what a server's limits hang on (caps.h). */
const char *vc__verb_name(vc__verb verb);
unsigned vc__batch_item_members(const vc__item *item);

/* Body: begin, items, end. Errors are the buffer's (sticky). */
void vc__batch_begin(vc__buf *body, vc__verb verb);
void vc__batch_item(vc__buf *body, vc__verb verb, const vc__item *item, bool first);
void vc__batch_end(vc__buf *body, vc__verb verb);
/* The same with members beside the items: "" or ',"name":value' and more of them. */
void vc__batch_end_with(vc__buf *body, vc__verb verb, vc_view members);

/* An upper bound of what vc__batch_item() appends, for splitting by bytes. */
size_t vc__batch_item_size(vc__verb verb, const vc__item *item);

/* The outcome of one item. Views point into the reply body (decoded in place). */
typedef struct vc__outcome {
    vc_code code;  /* VC_OK; VC_E_CIPHERTEXT, VC_E_SIGNATURE, VC_E_REFUSED, VC_E_TOO_LARGE: about this item;
                      other classes: about all */
    vc_view value; /* encrypt, rewrap, hmac, sign: the text "vault:v1:..."; decrypt: the decoded bytes;
                      transform: the text; verify: nothing, VC_OK says that it is right */
    vc_view tweak; /* encode with generated tweaks: Base64 text */
    uint64_t key_version;
    const char *text; /* on failure: a constant sentence of ours for what Vault said; never NULL then */
    bool flag;        /* transform: what a question was answered with */
} vc__outcome;

/* What a reply to a batch means as a whole. */
typedef enum vc__verdict {
    VC__VERDICT_ITEMS = 0, /* the outcomes are filled, one for each item */
    VC__VERDICT_TOO_LARGE, /* the request is over a limit of the server: halve, and remember */
    VC__VERDICT_SPLIT,     /* refused whole because of some item: halve until the guilty one stands alone */
    VC__VERDICT_RETRY,     /* later: 412, 429, 5xx as the spec says */
    VC__VERDICT_DENIED,    /* 403 */
    VC__VERDICT_FATAL      /* wrong for every item: no such mount or key, malformed reply, ... */
} vc__verdict;

/*
 * Reads the reply to a batch of `count` items. `body` is overwritten (decoded in place). Outcomes are filled
 * only with VC__VERDICT_ITEMS; results that do not match the items in number, or lack their value, are
 * VC__VERDICT_FATAL with VC_E_PROTOCOL: fail closed. Otherwise `err` has code, message, HTTP status, request
 * id, retryable.
 */
vc__verdict vc__batch_read(vc__verb verb, int status, char *body, size_t len, vc__outcome *outcomes,
                           size_t count, vc_error *err);

/*
 * One value without a batch: its request body is vc__batch_item(body, verb, item, true) alone, and this reads
 * the reply. VC_OK: the outcome has the value (a view into the body). Otherwise `err` is filled and its code
 * returned: that of the value (VC_E_CIPHERTEXT, VC_E_REFUSED, VC_E_TOO_LARGE) or, as vc__reply_error() has
 * it, that of the request; VC_E_PROTOCOL for a reply without a value.
 */
vc_code vc__single_read(vc__verb verb, int status, char *body, size_t len, vc__outcome *outcome,
                        vc_error *err);

#endif

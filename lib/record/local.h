/* SPDX-License-Identifier: Apache-2.0 */
/*
 * local.h - values that are protected and opened here: envelope, siv, hash, fpe, mask. Part of a batch (batch.h).
 *
 * A pass goes over the values that wait. What has its key is done; what has none states it (keys/fetch.h) and waits for the next
 * pass, after the fetch. Ciphers, frames of tokens and FPE keys are kept over batches, and asked after in the keyring once in each,
 * so that its limits hold.
 *
 *      local.c          life, the pass                     local_seal.c   tokens: envelope, siv, hash
 *      local_keys.c     keys for protecting, and computed  local_open.c   opening them, and what a token must say for it
 *      local_prepare.c  what is taken, what is refused     local_shape.c  fpe and mask
 *      local_rewrap.c   wrapped keys of tokens, renewed    local_foreign.c  values as Kroxylicious has them
 *      local_pair.c     key pairs that fields name         local_sign.c     signatures of tokens
 *      local_rsa.c      RSA-OAEP over the content itself   local_ask.c      what a private key in Vault opens or signs
 *
 * Threads: one owner.
 */
#ifndef VC__RECORD_LOCAL_H
#define VC__RECORD_LOCAL_H

#include "crypto/aead.h"
#include "crypto/hash.h"
#include "keys/fetch.h"
#include "record/native.h"
#include "schema/schema.h"
#include "vault/spread.h"

#include <vaultcrypt/batch.h>

struct vc__value;
struct vc__record;
struct vc__rewrap;

/* A key that `envelope` fields protect under: the share of a data key that this batch has. */
typedef struct vc__sealer_place {
    vc__keyplace name;
    vc__datakey *key;
    vc__native_key *cipher; /* of `key`; of Kroxylicious's format: */
    vc__aead *foreign;
    uint32_t changes;       /* of the key, counted */
    uint32_t carried;       /* `key` in vc__local.carried; VC__NONE */
    char pair_id[VC__KEYPAIR_ID + 1]; /* hybrid: what `name` has for a name */
    vc__share left;         /* of what was granted */
    vc__share want;         /* of the values that wait, in this pass */
    bool stated;            /* in this pass */
    bool looked_ahead;      /* in this batch */
} vc__sealer_place;

/* What a field of a local method has made for itself. */
typedef struct vc__field_state {
    vc__datakey *key;        /* siv, hash, fpe */
    vc__native_key *cipher;  /* siv, hash */
    vc__fpe_key *fpe;
    vc__native_frame *frame; /* protecting */
    uint32_t frame_of;       /* the place's `changes` */
    uint64_t bound;          /* 1 + the record that the frame is bound to; 0: none */
    uint64_t run;            /* of the batch, in which `key` was last asked for */
    uint32_t need;           /* of that run */
    vc__pair_found protector, signer; /* of a field that names key pairs, as of these runs; opening: who signed last */
    uint64_t protector_run, signer_run;
    vc__native_seen seen; /* opening */
} vc__field_state;

/* A cipher for opening, found by id and place. */
typedef struct vc__opener {
    const vc__key_name *name; /* NULL: empty */
    char id[VC__NATIVE_ID];
    uint8_t algorithm, source;
    uint64_t version; /* siv */
    char pair_id[VC__KEYPAIR_ID]; /* hybrid */
    vc__datakey *key;
    vc__native_key *cipher; /* of VC__FOREIGN: `foreign` */
    vc__aead *foreign;
    uint64_t run;
} vc__opener;

/* In the place of a token's algorithm: the format is another one. */
enum { VC__FOREIGN = 0xff };

enum { VC__OPENER_SETS = 16, VC__OPENER_WAYS = 4 };

/* A data key whose wrapped form travels in headers. */
/* One of a field's lists of names, whose keys were looked for (keys/ring_seek.c). */
typedef struct vc__sought_names {
    const char *const *at; /* it is told by */
    uint64_t seek;
    uint64_t until_ms; /* not waited for any longer; 0: nobody waited yet */
    bool over, all;    /* `all`: wherever there is to look was looked to the end */
} vc__sought_names;

typedef struct vc__carried {
    vc__datakey *key;
    const vc_field *field; /* says where to ask */
} vc__carried;

typedef struct vc__local {
    vc_keyring *ring; /* referenced; NULL: none yet */
    vc__fetch fetch;
    vc__random *random;
    vc__field_state *fields; /* by slot */
    size_t field_count;
    vc__sealer_place *places; /* by group */
    size_t place_count;
    vc__opener openers[VC__OPENER_SETS][VC__OPENER_WAYS];
    uint8_t victims[VC__OPENER_SETS];
    uint32_t *waiting; /* values */
    size_t waiting_count, waiting_room;
    vc__carried *carried;
    size_t carried_count, carried_room;
    struct vc__rewrap **rewraps; /* in the order of places once it runs */
    size_t rewrap_count, rewrap_room;
    vc__table rewrap_table;
    struct vc__ask **asks; /* those before `asks_stated` are the spread's, sorted */
    size_t ask_count, ask_room, asks_stated;
    vc__spread ask_spread;
    char ask_members[48]; /* of the request that is being built */
    vc__buf token, aad, text; /* of the value at hand */
    vc__buf seen, tried;      /* likewise: thumbprints of keys */
    vc__digest *digest;       /* made when first needed */
    uint64_t run;             /* counts batches */
    unsigned private_left;    /* operations of private keys that this step may still do */
    bool paused;              /* it had none left: the rest waits for the next step */
    vc__sought_names *sought; /* what was looked for in this batch */
    size_t sought_count, sought_room;
    size_t seeking; /* of them: that values wait for */
} vc__local;

/* What one step asks of the private keys that are here, whatever records say: a millisecond each, about. */
enum { VC__STEP_PRIVATE_MOST = 64 };
/* Values of a record that private keys did not open, before the rest of it is not tried any more. */
enum { VC__RECORD_UNOPENED_MOST = 16 };

void vc__local_init(vc__local *local);
void vc__local_clear(vc__local *local);
void vc__local_cleanup(vc__local *local);

/* Before anything runs. */
void vc__local_set_keyring(vc__local *local, vc_keyring *ring);

/* local_prepare.c: what a value's method takes, when the record comes. VC_E_MEMORY, VC_E_LIMIT. */
vc_code vc__local_prepare(vc_batch *batch, struct vc__value *value, const vc_field *field);

/* The batch begins: lists the values that wait. VC_E_CONFIG: some need a keyring; VC_E_MEMORY. */
vc_code vc__local_start(vc_batch *batch, vc_error *err);

/* Does what can be done. What is about one value goes into it; others return. */
vc_code vc__local_pass(vc_batch *batch, uint64_t now_ms, vc_error *err);

/* -- between the files of the pass -- */

/* VC_OK: the value is settled. VC_E_NOT_FOUND: its key was stated, and is not there yet; `err` is untouched. */
typedef vc_code vc__local_fn(vc_batch *batch, struct vc__value *value, const vc_field *field, uint64_t now_ms, vc_error *err);
vc__local_fn vc__seal_envelope, vc__seal_kroxylicious, vc__open_kroxylicious, vc__seal_siv, vc__seal_hash, vc__open_token, vc__encode_fpe, vc__decode_fpe, vc__apply_mask,
    vc__renew_token, vc__renew_kroxylicious, vc__renew_hybrid, vc__seal_rsa, vc__open_rsa;

/* A share for one call of so many bytes. VC_E_NOT_FOUND: stated; VC_E_LIMIT: more than a key ever has; others are the batch's. */
vc_code vc__place_take(vc_batch *batch, vc__sealer_place *place, const vc_field *field, size_t bytes, uint64_t now_ms, vc_error *err);
/* What was done with it, well or not: less is wanted in this pass. */
void vc__place_took(vc__sealer_place *place, size_t bytes);

/* The key that Vault computes for the field; `*changed`: what was made of another one is to be made anew. */
vc_code vc__field_key(vc_batch *batch, const vc_field *field, const char *purpose, uint64_t now_ms, bool *changed, vc_error *err);

/* The data key derived for an algorithm, as a cipher of tokens; NULL and `err`. */
vc__native_key *vc__cipher_of(const vc__datakey *key, vc__native_algorithm algorithm, vc_error *err);

/* The VC_E_LIMIT that is in `err` is about this value alone: it becomes its record's VC_E_TOO_LARGE, and `err` is cleared. VC_E_MEMORY. */
vc_code vc__local_too_large(vc_batch *batch, struct vc__value *value, vc_error *err);

/* What a need came to: VC_OK and a new reference; VC_E_NOT_FOUND: nothing yet; else `*why`, which is the fetch's. */
vc_code vc__need_result(const vc__local *local, uint32_t need, vc__datakey **key, const vc_error **why);

/* The cipher for what is under that key, `found`; NULL and VC_OK: the value has failed. */
vc_code vc__opener_of(vc_batch *batch, struct vc__value *value, const vc_field *field, const vc__native *token, const vc__key_name *name,
                      uint64_t now_ms, vc__opener **found, vc_error *err);

/* AES-256-GCM with the data key itself; NULL and `err`. */
vc__aead *vc__foreign_cipher_of(const vc__datakey *key, vc_error *err);

/* The name by which tokens say where a data key is to be had: "KEY", "MOUNT/KEY", or the id of a public key; views into `out`. */
vc_view vc__datakey_name_text(vc__buf *out, const vc__datakey *key);

/* "KEY" or "MOUNT/KEY", as tokens say it; views into `out`, which is cleared first. */
vc_view vc__key_name_text(vc__buf *out, const vc_field *field, const vc__key_name *name);

/* The record's key as it stands, or will stand, in Kafka. False: it is not known yet. */
bool vc__wire_key(const vc_batch *batch, const struct vc__record *record, vc_view *key);

/* Reads the value's token and checks all that the schema says of it. What is wrong goes into the value, which is settled then. */
vc_code vc__token_take(vc_batch *batch, struct vc__value *value, const vc_field *field, vc__native *token,
                       const vc__key_name **name, vc_error *err);

/* The data key of a token; a new reference. NULL and VC_OK: the value has failed. VC_E_NOT_FOUND: it was stated. */
vc_code vc__token_key(vc_batch *batch, struct vc__value *value, const vc__native *token, const vc__key_name *name, uint64_t now_ms,
                      vc__datakey **key, vc_error *err);

/* -- local_pair.c: the keys under the names of a field -- */

static inline vc__pair_names vc__field_names(const vc_field *field)
{
    return (vc__pair_names){ field->names, field->key_count };
}

/* The one that protects, looked for once in a batch; borrowed. VC_E_CONFIG: there is none. */
vc_code vc__field_protector(vc_batch *batch, const vc_field *field, const vc__pair_found **found, vc_error *err);

/* What a field's data keys are wrapped with to that pair; 0: nothing is. VC_E_CONFIG: not as the schema says (`wrap`). */
vc_code vc__field_pair_source(const vc_field *field, const vc__keypair *pair, uint8_t *source, vc_error *err);

/* The token is under that key, as the field would wrap it now. */
bool vc__is_under(const vc_field *field, const vc__native *token, const vc__keypair *pair);

/* local_pair.c: which of the field's names has the private half of the token's key. NULL: the value has failed, or VC_E_MEMORY. */
vc_code vc__pair_name_of(vc_batch *batch, struct vc__value *value, const vc_field *field, const vc__native *token,
                         const vc__key_name **name, vc_error *err);

/*
 * local_pair.c: before a private key that is here works for the value. VC_E_NOT_FOUND: not in this step. VC_E_CIPHERTEXT: too much of its record did
 * not open, and the value or the record has failed. VC_E_MEMORY.
 */
vc_code vc__private_turn(vc_batch *batch, struct vc__value *value, vc_error *err);
/*
 * local_pair.c: a key of these names is not in the keyring. VC_E_NOT_FOUND: it is looked for, and the value waits. VC_E_NO_KEY: it may exist, and is not
 * to be had now. VC_OK: it was looked for in this batch, or there is nowhere to look: all keys are here that there are. VC_E_MEMORY, and `err`.
 */
vc_code vc__key_is_lacking(vc_batch *batch, vc__pair_names names, vc_error *err);
/* Such a look is not over, and is to be waited for. */
bool vc__local_seeks(vc_batch *batch, uint64_t now_ms);
/* A value that no pass has any more waits for the next one. VC_E_MEMORY. */
vc_code vc__local_wait(vc_batch *batch, const struct vc__value *value);
/* It did not open the value. */
void vc__private_failed(vc_batch *batch, const struct vc__value *value);

/* -- local_sign.c -- */

/* As sealing, for a field with `sign`: `frame` is bound. */
vc_code vc__seal_signed(vc_batch *batch, struct vc__value *value, const vc_field *field, vc__native_type type, vc_error *err);

/* `aad` is made. What is wrong goes into the value. */
vc_code vc__check_signature(vc_batch *batch, struct vc__value *value, const vc_field *field, const vc__native *token, vc_error *err);

/* Magic and body as the value's result, in the form that is due. VC_E_MEMORY, VC_E_LIMIT. */
vc_code vc__token_result(vc_batch *batch, struct vc__value *value, vc_view bytes, vc_error *err);

/* -- local_rsa.c -- */

/* What Vault said; `tried`: thumbprints of the keys that were tried by then. */
vc_code vc__rsa_opened(vc_batch *batch, struct vc__value *value, const vc_field *field, vc_view content, vc_error *err);
vc_code vc__rsa_go_on(vc_batch *batch, struct vc__value *value, const vc_field *field, vc_view tried, vc_error *err);

/* -- local_ask.c: a spread of its own, behind the fetch -- */

/* Opens `wrapped` (raw) with a key in Vault; what comes of it goes to vc__rsa_opened(), or vc__rsa_go_on() with `tried`. */
vc_code vc__ask_open(vc_batch *batch, const struct vc__value *value, const vc__pair_found *with, vc_view wrapped, vc_view tried, vc_error *err);
/* Signs `message`; the signature is put to the end of `token` (magic and body), which becomes the value's result. */
vc_code vc__ask_sign(vc_batch *batch, const struct vc__value *value, const vc__pair_found *with, vc_view message, vc_view token, vc_error *err);

vc_step vc__asks_step(vc_batch *batch, uint64_t now_ms, uint64_t *wait_until, vc_error *err);
vc_request *vc__asks_next(vc__local *local);
void vc__asks_init(vc_batch *batch);
void vc__asks_clear(vc__local *local);
void vc__asks_cleanup(vc__local *local);

struct vc__kroxylicious;

/* local_foreign.c: the same for a value of Kroxylicious's: `record` is it, and `head` what a token's head says. */
vc_code vc__foreign_take(vc_batch *batch, struct vc__value *value, const vc_field *field, struct vc__kroxylicious *record,
                         vc__native *head, const vc__key_name **name, vc_error *err);

/* local_rewrap.c: an entry of the record's header of wrapped keys gets what became of it, where a token of the record asked. */
void vc__rewrap_renew_entry(vc_batch *batch, const struct vc__record *record, vc__native *entry);

/* local_rewrap.c: the items of a spread. */
vc_code vc__rewrap_start(vc_batch *batch, vc_error *err);
const vc__key_name *vc__rewrap_name(const vc_batch *batch, uint32_t i);
vc_view vc__rewrap_text(const vc_batch *batch, uint32_t i);
vc_code vc__rewrap_accept(vc_batch *batch, uint32_t i, vc_code code, vc_view text, const char *why, vc_error *err);
void vc__rewrap_clear(vc__local *local);

#endif

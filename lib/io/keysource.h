/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keysource.h - what a vc_keysource holds, for its files: keysource.c (life, settings, what is known), keysource_need.c (which keys a direction takes),
 * keysource_place.c (has what one place of the schema has), keysource_pass.c (looks at all that is due, and puts it into the keyring),
 * keysource_thread.c, keysource_seek.c (looks because a record names a key that is not here).
 *
 * Threads: `passing` is held by who looks; what stands under `lock` is read by all. Neither is held while a log is called.
 */
#ifndef VC__IO_KEYSOURCE_H
#define VC__IO_KEYSOURCE_H

#include "io/client.h"
#include "io/sidecar.h"
#include "keys/ring.h"

#include <pthread.h>
#include <vaultcrypt/keysource.h>

enum { VC__PLACE_KEYS = 64, VC__PLACE_TEXT = 512 };

typedef enum vc__place_kind {
    VC__PLACE_FILE = 0,
    VC__PLACE_ENV,
    VC__PLACE_PEM,
    VC__PLACE_VAULT,
    VC__PLACE_JWKS,
    VC__PLACE_RELEASE
} vc__place_kind;

/* One place of the schema where a key is to be had. */
typedef struct vc__place {
    const vc_schema_key *key;
    const vc_schema_origin *origin;
    vc__place_kind kind;
    bool private;
    /* under the lock */
    vc_key_state state;
    bool settled;      /* it need not be looked at again */
    unsigned failures; /* one after the other */
    uint64_t due_ms;   /* on the clock of who looked last */
    char text[VC__PLACE_TEXT];
    char newest[VC__KEYPAIR_ID + 1];
    bool symmetric;    /* a static key of the ring is of here */
    size_t count;      /* of the keys in the ring that are of here, the newest last */
    char ids[VC__PLACE_KEYS][VC__KEYPAIR_ID + 1];
    vc_error why;      /* of a state that is a failure */
    /* of who looks */
    struct vc__staged *staged; /* what was found, and is not in the keyring yet; NULL: nothing */
    /* under sleep_lock */
    bool steady; /* a look at it tells something new only when it has changed: it is none that is asked time and again anyway */
    bool wished; /* a record names a key that may be here by now */
    bool sought; /* of who looks: so this look is for that */
    bool looked; /* likewise: that was done */
    vc__lack lack; /* what the ring knows of the name; of the first place of each */
} vc__place;

struct vc_keysource {
    vc_keysource *next; /* of those that live (keysource_follow.c) */
    vc_client *client; /* a scope of its own; NULL: none */
    vc_schema *schema;
    vc_keyring *ring;
    vc_config *web;
    char *base; /* the schema's file; NULL: none */
    bool environment;
    vc_direction direction;
    uint64_t refresh_ms, patience_ms;
    vc_log_fn log;
    void *log_user;
    size_t count;
    vc__place *places;
    atomic_bool cancel;
    uint64_t seed; /* of the jitter; of who looks */

    pthread_mutex_t passing, lock;
    uint64_t passes; /* over all places; under the lock, changed by who looks */

    pthread_mutex_t sleep_lock; /* who waits is woken when it is freed */
    pthread_cond_t woken;
    bool asked; /* under sleep_lock: the thread is to look at all of them */
    bool wished;          /* likewise: at those that are `wished`, from `seek_ms` on */
    uint64_t seek_ms;
    unsigned in_vain;     /* such looks that brought no key; time takes them off */
    uint64_t in_vain_ms;  /* when the last one was counted, or taken off */
    bool news;            /* of who looks: a key came that was not had before */
    vc__seeker seeker;    /* listed while the thread runs */
    pthread_t thread;
    bool running; /* of the owner */
    bool retired; /* likewise: its keys went with it */
};

/* -- which keys are needed (keysource_need.c) -- */

bool vc__key_needed(const vc_schema *schema, const vc_schema_key *key, bool private, vc_direction direction);

/* -- what a place has (keysource_place.c) -- */

typedef struct vc__found {
    vc__keypair *pair;
    uint64_t version; /* of a private key in Vault; else 0 */
} vc__found;

/* Start from { 0 }. */
typedef struct vc__findings {
    size_t count;
    vc__found list[VC__PLACE_KEYS]; /* the newest last */
    vc__secret *symmetric;
    bool once; /* of a pipe: there is nothing more to look at */
} vc__findings;

void vc__findings_cleanup(vc__findings *findings);

/* Of a look that is prepared. */
typedef struct vc__staged {
    vc__findings findings;
    vc_error why; /* what kept the key away */
} vc__staged;

/* Forgets what is prepared. NULL is fine. */
void vc__staged_free(vc__staged *staged);

/*
 * Asks. Any error's `retryable` says that time may heal it; VC_E_DENIED and VC_E_REQUEST of a release, that it was refused.
 * VC_E_CANCELED, VC_E_MEMORY.
 */
vc_code vc__place_look(vc_keysource *source, const vc__place *place, vc__findings *findings, vc_error *err);

/* "release orders-1" */
void vc__place_name(const vc__place *place, char *out, size_t room);

/* -- one after the other (keysource_follow.c) -- */

void vc__keysource_enlist(vc_keysource *source);
void vc__keysource_delist(vc_keysource *source);
/* Taken before any source's own lock, and after `passing`: under it a place's keys change, in the keyring and in its list. */
void vc__keysource_living_lock(void);
void vc__keysource_living_unlock(void);
/* Another living source of the keyring has read it: vc_keysource_follow() hands over what it had. Takes that lock. */
bool vc__keysource_pipe_was_read(const vc_keysource *source, const vc__place *place);
/* Under it: a key that the place has goes from the keyring, but for what other places have of it. `id` NULL: the symmetric one. */
void vc__keysource_drop(vc_keysource *source, const vc__place *place, const char *id);

/* -- all of them (keysource_pass.c) -- */

/* Looks at what is due, or at all; of those only who is away, when `away`. `*next_ms`: until the next is due. */
typedef enum vc__pass { VC__PASS_DUE = 0, VC__PASS_ALL, VC__PASS_AWAY } vc__pass;
vc_code vc__keysource_pass(vc_keysource *source, vc__pass which, uint64_t now_ms, uint64_t *next_ms, vc_error *err);

/* -- because of a record (keysource_seek.c) -- */

/* From now on, until the other. Under no lock. */
void vc__keysource_seek_begin(vc_keysource *source);
void vc__keysource_seek_end(vc_keysource *source);
/* Under sleep_lock: milliseconds until such a look is due; UINT64_MAX: none is wished. */
uint64_t vc__keysource_seek_due(const vc_keysource *source, uint64_t now_ms);
/* By who looks: marks the places that are `sought`, and, when they were looked at, says so. */
uint64_t vc__keysource_seek_take(vc_keysource *source);
/* `whole`: it came to its end. */
void vc__keysource_seek_done(vc_keysource *source, uint64_t taken, bool whole);
/* Likewise: a key came that was not looked for. */
void vc__keysource_seek_news(vc_keysource *source);

/* Sleeps, unless it is being freed. */
void vc__keysource_sleep(vc_keysource *source, uint64_t ms);
void vc__keysource_stop(vc_keysource *source);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake_keys.h - an instant Vault for data keys: makes them, unwraps them, and computes with HMAC, each version with a key of its own. A
 * wrapped key is the letter W and the key's bytes turned; what begins with another letter does not authenticate.
 *
 * Threads: any; figures are counted under a lock.
 */
#ifndef VC__TEST_FAKE_KEYS_H
#define VC__TEST_FAKE_KEYS_H

#include "base/buf.h"
#include "keys/fetch.h"

#include <pthread.h>

typedef struct fake_keys {
    pthread_mutex_t lock;
    unsigned datakeys, decrypts, decrypted, hmacs; /* requests; keys unwrapped */
    unsigned largest;  /* most keys of one decrypt request */
    int status;        /* answered instead; 0: none; -1: the connection breaks */
    const char *reply; /* body for it */
    unsigned fail_first; /* that many requests only; 0: all */
    uint64_t latest;   /* version that new keys are wrapped under */
    uint64_t hmac_version; /* in the reply, whatever was asked for; 0: that one */
    bool short_key;    /* a data key of 16 bytes */
    unsigned delay_us;
    char last_path[300], last_body[600];
} fake_keys;

#define FAKE_KEYS_INIT { .lock = PTHREAD_MUTEX_INITIALIZER, .latest = 1 }

void fake_keys_answer(fake_keys *fake, vc_request *request, uint64_t now_ms);

/* The raw wrapped form of a key. */
void fake_keys_wrap(const unsigned char key[32], char wrapped[33]);

/* Steps the fetch to its end, by itself in time: `*now_ms` goes on. VC_OK or the error. */
vc_code fake_keys_run(fake_keys *fake, vc__fetch *fetch, uint64_t *now_ms, vc_error *err);

#endif

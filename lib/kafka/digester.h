/* SPDX-License-Identifier: Apache-2.0 */
/*
 * digester.h - a second thread for the digest of whole files, which takes longer than their encryption. A few rooms go round: the owner
 * fills one, hands it over, goes on with the next, and gets it back when it was read.
 *
 * Threads: one owner; the inner thread calls the digest function that was handed over, and nothing else. Where no thread can be had, the owner
 * does it.
 */
#ifndef VC__KAFKA_DIGESTER_H
#define VC__KAFKA_DIGESTER_H

#include <pthread.h>
#include <stdbool.h>
#include <vaultcrypt/error.h>

enum { VC__ROOMS = 3 };

typedef vc_code (*vc__digest)(void *of, vc_view plaintext, vc_error *err);

typedef struct vc__digester {
    bool open, threaded, ending;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t work, done;
    size_t room_size;
    size_t next; /* the owner's room */
    struct {
        char *bytes;
        size_t len;
        vc__digest digest;
        void *of;
        bool busy;
    } rooms[VC__ROOMS];
    vc_error failure; /* the first */
} vc__digester;

/* Opens it when it is not (all zero before). VC_E_MEMORY. */
vc_code vc__digester_open(vc__digester *digester, size_t room_size, vc_error *err);

/* Wipes the rooms. */
void vc__digester_close(vc__digester *digester);

/* The next room; waits until it was read. It stays the owner's until it is handed over. */
char *vc__digester_room(vc__digester *digester);

/* Hands over the first `len` bytes of that room, for digest(of, bytes): do not change them, until it is the owner's again. */
void vc__digester_add(vc__digester *digester, size_t len, vc__digest digest, void *of);

/* Waits for all that was handed over. The first failure since the last wait. */
vc_code vc__digester_wait(vc__digester *digester, vc_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seal.h - initialisation, the seal, and the shares of the key that open it.
 */
#ifndef VC__DEV_SEAL_H
#define VC__DEV_SEAL_H

#include "shamir.h"

#include <stddef.h>

struct dev_request;
struct dev_server;

typedef struct dev_seal {
    bool initialized;
    bool sealed;
    size_t shares, threshold;
    unsigned char key[DEV_SECRET];
    unsigned char given[DEV_SHARES][DEV_SHARE]; /* towards the threshold */
    size_t progress;
    char nonce[40]; /* of that */
} dev_seal;

/* A new key; `keys` (NULL: not wanted) gets its shares, in hexadecimal, with commas between. */
bool dev_seal_init(dev_seal *seal, size_t shares, size_t threshold, vc__random *random, char *keys,
                   size_t room);

enum { DEV_SEAL_KEYS = DEV_SHARES * (2 * DEV_SHARE + 1) };

/* The endpoints. */
void dev_seal_status(struct dev_request *request);
void dev_seal_close(struct dev_request *request);
void dev_seal_open(struct dev_request *request);
void dev_init_read(struct dev_request *request);
void dev_init_write(struct dev_request *request);
void dev_wipe(struct dev_request *request); /* sys/dev/wipe: as before it was initialised */

#endif

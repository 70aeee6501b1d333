/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flavour.h - which server is imitated: where Vault's versions and OpenBao differ, the difference is a member
 * here. Immutable.
 */
#ifndef VC__DEV_FLAVOUR_H
#define VC__DEV_FLAVOUR_H

#include <stdbool.h>
#include <stddef.h>
#include <vaultcrypt/types.h>

/* What a JSON body may be; 0: no limit. */
typedef struct dev_limits {
    size_t strings;       /* names and values: OpenBao */
    size_t string_length; /* from here on Vault's */
    size_t elements;
    size_t entries;
    size_t depth;
    size_t tokens;
    bool strict; /* no name twice in an object, nothing behind the value */
} dev_limits;

typedef struct dev_flavour {
    const char *name;         /* as in --flavour */
    const char *version;      /* as in sys/health */
    bool openbao;             /* its bodies and texts */
    bool mount_type;          /* envelopes name the engine */
    bool existed_warning;     /* keys/:name on an existing key warns */
    bool invalid_token;       /* a bad token's 403 has two errors */
    bool chains;              /* versions of keys have certificates */
    bool padding;             /* RSA has a choice of paddings */
    bool big_random;          /* random gives more than 128 KiB */
    bool transform;           /* has the engine */
    bool ff1;                 /* its FPE is FF1; else FF3-1 */
    const char *token_prefix; /* of service tokens */
    dev_limits limits;
} dev_flavour;

/* NULL: no such flavour. */
const dev_flavour *dev_flavour_find(const char *name);

/* The first is the default; the last has no name. */
const dev_flavour *dev_flavour_list(void);

/* What is wrong with a body, and where its first value ends. */
typedef struct dev_verdict {
    int status;
    char text[160];
    size_t end; /* 0: no array or object, or one that does not end */
} dev_verdict;

/*
 * Whether a request body is inside the limits. False: verdict->status and ->text are the answer. What
 * is not JSON otherwise passes: its parser will tell.
 */
bool dev_limits_check(const dev_flavour *flavour, vc_view body, dev_verdict *verdict);

#endif

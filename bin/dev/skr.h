/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skr.h - an emulator of secure key release: the sidecar's REST API, the attestation service behind it, and the key store that
 * keeps keys under release policies; on a listener of its own, on the loopback address.
 *
 * Paths, bodies, statuses and quirks of the sidecar are those of microsoft/confidential-sidecar-containers (internal/httpginendpoints,
 * pkg/skr, pkg/common; read as a source of facts); those of the key store are Azure Key Vault's (REST, 7.4). docs/ATTESTED.md
 * says what was compared.
 *
 * Threads: as the server's: one for each connection; the state is behind `lock`, which a handler finds taken.
 */
#ifndef VC__DEV_SKR_H
#define VC__DEV_SKR_H

#include "server.h"
#include "skr_key.h"

#include <vaultcrypt/release_policy.h>

enum { DEV_SKR_HOST = 80, DEV_SKR_TOKEN = 4096 };

/* Host of the attestation service; with any other name in front of .dev.localhost it is another authority. */
#define DEV_SKR_MAA "maa.dev.localhost"

/* What the environment is: the claims of its attestation, and what its identity may do. */
typedef struct dev_skr_world {
    char *text;       /* JSON; NULL: nothing attests it */
    vc_claims *claims;
    bool identity;    /* a managed identity is there */
    bool role;        /* it (and who has the token) may release keys */
    char token[DEV_SKR_TOKEN]; /* the access token that is valid; empty: any */
} dev_skr_world;

typedef struct dev_skr {
    dev_server *server; /* log and stop */
    struct MHD_Daemon *daemon;
    pthread_mutex_t lock;
    dev_names keys; /* -> dev_skr_key */
    dev_skr_world world;
    dev_faults faults;
    bool away, not_ready;
    vc__random *random;
    EVP_PKEY *signer; /* of attestation tokens */
    char address[DEV_SKR_HOST]; /* http://127.0.0.1:PORT */
    const char *host;           /* within: 127.0.0.1:PORT */
    char hostdata[65];          /* what the environment measures at the start */
} dev_skr;

typedef struct dev_skr_options {
    uint16_t port;      /* 0: a free one */
    const char *claims; /* a file; NULL: an environment that is attested as the demo's is */
    const char *const *faults;
    size_t fault_count;
} dev_skr_options;

dev_skr *dev_skr_start(dev_server *server, const dev_skr_options *options, vc_error *err);
void dev_skr_stop(dev_skr *skr); /* NULL is fine; before the server stops */

/* -- a request ------------------------------------------------------------------------------------------------------------- */

enum { SKR_ARGS = 2 };

typedef struct skr_request {
    dev_skr *skr;
    struct MHD_Connection *http;
    bool begun;
    vc__buf body;
    json_object *json;      /* of an object; NULL: none */
    vc_view args[SKR_ARGS]; /* what the pattern captured */
    int status;
    const char *type; /* of the answer */
    dev_request twin; /* its answer is in twin.reply.body, where mischief finds it */
} skr_request;

/* 200, or another status: write one JSON value. */
vc__buf *skr_answer(skr_request *request, int status);

/* {"error":{"code":...,"message":...}}, as the key store says it. */
void skr_akv_error(skr_request *request, int status, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* A member of the body that is a text, or NULL. */
const char *skr_text(json_object *object, const char *name);

typedef void skr_handler(skr_request *request);

/* the sidecar (skr_sidecar.c) */
skr_handler skr_status, skr_key_release, skr_attest_maa, skr_attest_raw, skr_maa_certs;
/* the key store (skr_store.c) */
skr_handler skr_key_list, skr_key_create, skr_key_import, skr_key_read, skr_key_versions, skr_key_rotate, skr_key_update,
    skr_key_delete, skr_key_akv_release;
/* the environment (skr_world.c) */
skr_handler skr_claims_read, skr_claims_write, skr_claims_patch, skr_claims_delete, skr_identity_read, skr_identity_write,
    skr_faults_read, skr_faults_write, skr_faults_delete;

/* Reads claims into the environment; VC_E_CONFIG says where they are wrong. */
vc_code skr_world_set(dev_skr_world *world, vc_view json, const char *source, vc_error *err);
void skr_world_free(dev_skr_world *world);
/* The claims at the start. */
vc_code skr_world_begin(dev_skr *skr, const char *file, vc_error *err);
/* Adds what `text` says: away, not-ready, and what other faults are called. */
vc_code skr_faults_add(dev_skr *skr, vc_view text, vc_error *err);

/* Of keys/NAME or keys/NAME/VERSION; NULL: there is none. */
dev_skr_key *skr_find_key(const dev_skr *skr, vc_view kid, const dev_skr_version **version);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server.h - the embedded Vault: its state, a request with its answer, and the HTTP around them.
 *
 * State (namespaces, mounts, policies, tokens, keys) is in memory and behind one lock, which is held while a
 * request is handled: shared by those that only read state (encrypting does), exclusive for the others.
 * Handlers find it taken.
 *
 * Threads: one per connection, by libmicrohttpd; a request and a connection belong to theirs.
 */
#ifndef VC__DEV_SERVER_H
#define VC__DEV_SERVER_H

#include "base/buf.h"
#include "crypto/random.h"
#include "fault.h"
#include "flavour.h"
#include "names.h"
#include "policy.h"
#include "seal.h"

#include <json-c/json.h>
#include <pthread.h>
#include <stdatomic.h>

enum {
    DEV_BODY_MAX = 33554432, /* max_request_size */
    DEV_REPLY_MAX = 128 << 20,
    DEV_ARGS = 3,
    DEV_ID = 48,
    DEV_HEADERS = 8
};

typedef struct dev_request dev_request;
typedef struct dev_token dev_token;
typedef struct dev_namespace dev_namespace;
typedef struct dev_tls dev_tls;
typedef struct dev_server dev_server;

/* How much is told on stderr. */
typedef enum dev_log_level { DEV_LOG_ERROR = 0, DEV_LOG_WARN, DEV_LOG_INFO, DEV_LOG_DEBUG } dev_log_level;

/* A secrets engine, or a way to log in, that is mounted. Its state is the engine's own. */
typedef struct dev_mount {
    const struct dev_engine *engine;
    char *description;
    char accessor[DEV_ID];
    char uuid[DEV_ID];
    long long default_ttl, max_ttl; /* of its tokens, in seconds; 0: the system's */
    const char *token_type;         /* of a way to log in */
    void *state;
} dev_mount;

struct dev_server {
    const dev_flavour *flavour;
    dev_log_level log_level;
    pthread_rwlock_t lock;
    dev_names namespaces; /* path, "" for the root -> dev_namespace */
    dev_names tokens;     /* id -> dev_token */
    dev_seal seal;
    struct dev_quotas *quotas;
    char standby_of[256]; /* the address of the active server; empty: this one is it */
    bool with_index;      /* X-Vault-Index */
    atomic_ullong index, index_seen;
    int64_t started; /* wall clock */
    char cluster_name[DEV_ID];
    char cluster_id[DEV_ID];
    char unseal_keys[DEV_SEAL_KEYS]; /* hexadecimal, with commas between */
    dev_faults faults;               /* behind stop_lock */
    struct MHD_Daemon *daemon;
    char address[64]; /* http://127.0.0.1:PORT, or https */
    dev_tls *tls;     /* NULL: none */
    pthread_mutex_t stop_lock;
    pthread_cond_t stop_signal; /* ends the waiting of faults */
    bool stopping;
};

/* What a connection keeps from request to request. */
typedef struct dev_connection {
    vc__random *random;
} dev_connection;

typedef enum dev_op { DEV_READ = 0, DEV_LIST, DEV_UPDATE, DEV_CREATE, DEV_DELETE, DEV_PATCH, DEV_OPS } dev_op;

/* A header of an answer. */
typedef struct dev_reply_header_line {
    const char *name;
    char value[1024];
} dev_reply_header_line;

/* The answer, as it grows. */
typedef struct dev_reply {
    int status; /* 0: not answered yet */
    vc__buf body;
    size_t data_at;   /* where the value of `data` begins */
    bool enveloped;   /* `body` is an open envelope; dev_reply_finish() closes it */
    bool repeated;    /* the members of `data` are also at top level */
    vc__buf warnings; /* JSON strings with commas between */
    vc__buf auth;     /* the value of `auth`, empty for null */
    dev_reply_header_line headers[DEV_HEADERS];
    size_t header_count;
} dev_reply;

struct dev_request {
    dev_server *server;
    dev_connection *connection;
    struct MHD_Connection *http;
    dev_op op;
    bool sealed;  /* by a fault, for now */
    bool begun;   /* its handler has been called before */
    vc__buf uri;  /* as it came */
    vc__buf path; /* behind /v1/ and the namespace; a list's ends in a slash */
    dev_namespace *space;
    long long wrap_ttl; /* seconds; 0: the answer goes out as it is */
    vc__buf body;
    json_object *json;      /* the body of control requests, an object; NULL: no body */
    dev_token *token;       /* alive while the lock is held */
    dev_mount *mount;       /* NULL: sys */
    vc_view args[DEV_ARGS]; /* what the route's pattern captured */
    dev_reply reply;
};

/* -- life (server.c) -- */

typedef struct dev_server_options {
    const dev_flavour *flavour;
    const char *root_token;
    uint16_t port;          /* 0: a free one */
    bool ipv6;              /* ::1 */
    const char *standby_of; /* NULL: the active one */
    size_t shares, threshold;
    bool uninitialised; /* until sys/init */
    bool index;         /* X-Vault-Index */
    bool tls;
    const char *tls_folder; /* where its files go; NULL: a folder that is removed at the end */
    bool tls_client;        /* a certificate of the client is demanded */
    dev_log_level log_level;
    const char *const *faults; /* of --fault */
    size_t fault_count;
} dev_server_options;

dev_server *dev_server_start(const dev_server_options *options, vc_error *err);
void dev_server_stop(dev_server *server);

/* Ends what waits in dev_server_sleep(): it is going to stop. */
void dev_server_wake(dev_server *server);

/* As before it was initialised: nothing is kept. The caller has the lock, exclusive. */
vc_code dev_server_wipe(dev_server *server, vc__random *random, vc_error *err);

void dev_log(const dev_server *server, dev_log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A query parameter, or NULL. */
const char *dev_query(const dev_request *request, const char *name);

/* A request header, or NULL. */
const char *dev_header(const dev_request *request, const char *name);

/* Where the request comes from, or NULL. */
const struct sockaddr *dev_client_address(const dev_request *request);

/* Waits, or until the server stops: false then. */
bool dev_server_sleep(dev_server *server, uint64_t milliseconds);

/* -- dispatch (route.c) -- */

/* Everything from an authenticated path to an answer. */
void dev_handle(dev_request *request);

#endif

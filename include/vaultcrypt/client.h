/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client.h - a connection to Vault or OpenBao: addresses, token, TLS, time limits, and the blocking driver on libcurl.
 *
 * Threads: a vc_config has one owner. A vc_client is thread-safe: any number of threads may call with it at once; each
 * blocking call borrows a driver of its own (connections are kept and reused).
 */
#ifndef VAULTCRYPT_CLIENT_H
#define VAULTCRYPT_CLIENT_H

#include <vaultcrypt/batch.h>
#include <vaultcrypt/keyring.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct vc_config vc_config;
typedef struct vc_client vc_client;

/*
 * Defaults: https://127.0.0.1:8200, no token, TLS verified; nothing of the environment, unless vc_config_from_env() is called. NULL and
 * VC_E_MEMORY on failure.
 */
VC_API VC_MUST_CHECK vc_config *vc_config_new(vc_error *err);
VC_API void vc_config_free(vc_config *config);

/*
 * The one place where this library reads the environment. It fills in what has not been set before; BAO_* comes before VAULT_*, an empty
 * variable counts as absent. AGENT_ADDR, ADDR, TOKEN, NAMESPACE, CACERT (else CACERT_BYTES, else CAPATH), CLIENT_CERT, CLIENT_KEY,
 * TLS_SERVER_NAME, SKIP_VERIFY, CLIENT_TIMEOUT, MAX_RETRIES, RATE_LIMIT, DISABLE_REDIRECTS, PROXY_ADDR (else HTTPS_PROXY and HTTP_PROXY by the scheme of the address, not for
 * loopback, with NO_PROXY); without a token variable the token file ~/.vault-token, if there is one (the token helper of the `vault`
 * and `bao` commands). SRV_LOOKUP is not read: name the nodes in ADDR, with commas.
 * VC_E_CONFIG for a value that cannot be used (the message names the variable), VC_E_IO, VC_E_MEMORY.
 *
 * Not in this library's hands: libcurl itself writes TLS session keys to the file that SSLKEYLOGFILE names. Do not set it where
 * traffic must stay secret. libcurl's own proxy variables have no effect: the proxy is always set here.
 */
VC_API vc_code vc_config_from_env(vc_config *config, vc_error *err);

/*
 * Sets by name and text, for options and configuration files: "address", "token", "token_file", "namespace", "ca_file", "ca_path",
 * "ca_pem", "client_cert", "client_key", "client_cert_pem", "client_key_pem", "tls_server_name", "skip_verify" (true, false), "timeout"
 * and "deadline" (seconds, or a duration such as 1m30s), "connections", "in_flight", "max_retries", "rate_limit" ("100" or "100:20"),
 * "redirect_hosts", "disable_redirects" (true, false), "batch_items", "batch_bytes", "proxy", "no_proxy". Errors as of the setters below,
 * and VC_E_CONFIG for another name.
 */
VC_API vc_code vc_config_set(vc_config *config, const char *name, const char *value, vc_error *err);

/*
 * What a setting is by now, by the name of vc_config_set(), for programs that tell where they go: "address", "namespace", "ca_file",
 * "ca_path", "ca_pem", "client_cert", "client_key" (file names), "tls_server_name", "no_proxy", "skip_verify" ("true"). Borrowed
 * until the configuration changes. NULL: not set, another name, or one whose value may hold a secret.
 */
VC_API const char *vc_config_get(const vc_config *config, const char *name);

/*
 * Each copies its argument; NULL or an empty text unsets. VC_E_ARGUMENT or VC_E_CONFIG (with what is wrong), VC_E_MEMORY.
 *
 * An address is http:// or https:// with host, port and perhaps a path in front of Vault's own; no user name, no query. Or it is
 * unix:///path, the socket of a Vault agent.
 *
 * Several addresses, with commas between them or added one by one (at most 16), are nodes of the same Vault. The first that works is asked.
 * After a failure to connect, a broken connection, a time-out or a 503 (sealed, or a standby that does not forward) the next one is,
 * at once where the request may be sent again; the ones before it are asked for their health from time to time (GET sys/health), and
 * taken again when they have it. All handles on one client share what is known of its servers.
 *
 * An address that failed 5 times in a row (once, when there are others) is left alone for a quarter of a second, then one request tries
 * it; while that fails, for twice as long, up to 5 s. Requests wait for that until their deadline.
 */
VC_API vc_code vc_config_set_address(vc_config *config, const char *url, vc_error *err);
VC_API vc_code vc_config_add_address(vc_config *config, const char *url, vc_error *err);
/*
 * Redirects (301, 302, 307, 308) are followed once for a request, with the same method, body and token: to one of the configured addresses,
 * or to a host of this list ("vault-1.example, vault-2.example:8200"; without a port, any), and never from https to http. Others are
 * VC_E_PROTOCOL. `follow` 0: none is. Default: 1, and no list.
 */
VC_API vc_code vc_config_set_redirects(vc_config *config, int follow, const char *hosts, vc_error *err);
/* Kept in secret memory. One newline at the end is taken off; what is not printable ASCII, or over 8192 bytes, is refused. */
VC_API vc_code vc_config_set_token(vc_config *config, vc_view token, vc_error *err);
/* Reads the token from the file, now. VC_E_IO too. */
VC_API vc_code vc_config_set_token_file(vc_config *config, const char *file, vc_error *err);
/* "a/b"; slashes around it do not matter. */
VC_API vc_code vc_config_set_namespace(vc_config *config, const char *name, vc_error *err);
/* Whom to trust instead of the system's authorities: a PEM file or a PEM text, and a folder of hashed PEM files. */
VC_API vc_code vc_config_set_ca_file(vc_config *config, const char *file, vc_error *err);
VC_API vc_code vc_config_set_ca_path(vc_config *config, const char *folder, vc_error *err);
VC_API vc_code vc_config_set_ca_pem(vc_config *config, vc_view pem, vc_error *err);
/* PEM files; `key_file` NULL: the key is in the certificate's file. */
VC_API vc_code vc_config_set_client_cert(vc_config *config, const char *cert_file, const char *key_file, vc_error *err);
/* The same as PEM texts; an absent `key`: it is in the certificate's text. They are wiped when the client is closed. */
VC_API vc_code vc_config_set_client_pem(vc_config *config, vc_view cert, vc_view key, vc_error *err);
/* The name that Vault's certificate must have when the address is not it. */
VC_API vc_code vc_config_set_tls_server_name(vc_config *config, const char *name, vc_error *err);
/* Turns the verification of Vault's certificate off. For experiments; the client says so once in its log. */
VC_API vc_code vc_config_set_skip_verify(vc_config *config, int skip, vc_error *err);
/*
 * A proxy for every request, such as "http://gate:3128"; NULL: none. `no_proxy`: hosts to reach directly, with commas, or NULL.
 * It may hold a user name and password, which no message repeats.
 */
VC_API vc_code vc_config_set_proxy(vc_config *config, const char *url, const char *no_proxy, vc_error *err);
/* One HTTP request, connect included; default 60 000 ms. */
VC_API vc_code vc_config_set_timeout(vc_config *config, uint64_t milliseconds, vc_error *err);
/* One call or batch in all, retries included; default 60 000 ms. */
VC_API vc_code vc_config_set_deadline(vc_config *config, uint64_t milliseconds, vc_error *err);
/*
 * Requests of one call that may be under way at once; 1 to 64, default 4. Over HTTP/2 (TLS, when the server has it) they share a
 * connection, otherwise each has one of its own.
 */
VC_API vc_code vc_config_set_connections(vc_config *config, size_t connections, vc_error *err);
/* Requests under way at once over all calls with the client; others wait. 1 to 4096, default 64. */
VC_API vc_code vc_config_set_in_flight(vc_config *config, size_t requests, vc_error *err);
/* How often one request may be sent again; UINT_MAX: until the deadline, which is the default. */
VC_API vc_code vc_config_set_max_retries(vc_config *config, unsigned retries, vc_error *err);
/* Requests that may begin in a second, and at once (`burst`, 0: as many as in a second); a rate of 0: any number, the default. */
VC_API vc_code vc_config_set_rate_limit(vc_config *config, double rate, double burst, vc_error *err);
/* Items and bytes of one Vault request; see vc_batch_set_limits(). */
VC_API vc_code vc_config_set_batch_limits(vc_config *config, size_t items, size_t bytes, vc_error *err);

/* Called with one line without a newline; never holds secrets. May be called from any thread that uses the client. */
typedef void (*vc_log_fn)(void *user, const char *line);
VC_API vc_code vc_config_set_log(vc_config *config, vc_log_fn log, void *user, vc_error *err);

/*
 * The keyring that the client's batches take data keys from (keyring.h), for one that several clients of one Vault and one namespace share;
 * NULL: the client makes its own. The configuration holds a reference, and so does each client.
 */
VC_API vc_code vc_config_set_keyring(vc_config *config, vc_keyring *ring, vc_error *err);

/*
 * Opens a client; it does not talk to Vault yet. `config` NULL: vc_config_from_env() on the defaults. The configuration is
 * copied. NULL on failure: as vc_config_from_env(), VC_E_CONFIG (also for a keyring of another Vault or namespace: keyring.h). Close with vc_client_close().
 *
 * A client does not live through fork(): in the child every call with it is VC_E_STATE. Open one there.
 */
VC_API VC_MUST_CHECK vc_client *vc_client_open(const vc_config *config, vc_error *err);

/* Wipes the token, closes connections, frees. No call may be under way. NULL is fine. */
VC_API void vc_client_close(vc_client *client);

/*
 * For credentials that were exchanged while the client lives, over all its handles: connections serve what is under way on them, and no more, so that the next ones
 * read the files of certificates, keys and authorities anew (a vc_loop keeps its own); and the token of `config` takes the place of the one
 * that was configured, unless the client logs in or watches a token file: those it reads by itself. Nothing else of `config` counts, which may be NULL.
 * Nothing is asked of Vault. VC_E_ARGUMENT, VC_E_STATE (after a fork), VC_E_MEMORY. From any thread.
 */
VC_API vc_code vc_client_reload(vc_client *client, const vc_config *config, vc_error *err);

/*
 * A scope: a light handle that shares connections, token and what was learnt with `client`, but has a deadline and can be canceled by
 * itself. Every call takes a scope like a client. Close it with vc_client_close(), before or after the client it was made of. NULL:
 * VC_E_ARGUMENT, VC_E_STATE (after a fork), VC_E_MEMORY.
 */
VC_API VC_MUST_CHECK vc_client *vc_client_scope(vc_client *client, vc_error *err);

/*
 * How long each call with this handle may take in all, retries and waiting for a token included; 0: as configured. A call that has begun
 * keeps the one it began with, and a batch that has a deadline of its own that one. VC_E_ARGUMENT.
 */
VC_API vc_code vc_client_set_deadline(vc_client *client, uint64_t milliseconds, vc_error *err);

/*
 * Ends every call that is under way through this handle with VC_E_CANCELED, at once: a transfer that hangs is taken off. So does every
 * later call with it: to go on, use another scope. Scopes made of it are not touched. From any thread, also while others call with the
 * handle; not from a signal handler. The handle stays open until this has returned. Vault may have done already what it was asked to do.
 */
VC_API void vc_client_cancel(vc_client *client);

/* The client's keyring, the same for all its scopes. Borrowed: it lives as long as the client, or as a reference on it. */
VC_API vc_keyring *vc_client_keyring(vc_client *client);

/* What a client has done since it was opened, over all its handles. Counts only grow. */
typedef struct vc_client_stats {
    size_t size;          /* sizeof(vc_client_stats), set by the caller */
    uint64_t requests;    /* sent, retries and failovers included */
    uint64_t retries;     /* of them: sent again by an operation */
    uint64_t failovers;   /* of them: moved to another address at once */
    uint64_t redirects;   /* followed */
    uint64_t connections; /* opened */
    uint64_t openings;    /* times that an address was given up for a while */
    uint64_t item_cap;    /* smallest number of items in a request that a refusal taught; 0: none */
    uint64_t byte_cap;    /* likewise bytes */
    size_t servers;       /* addresses; those that redirects led to included */
    int http_version;     /* of the last reply: 10, 11, 20; 0: there was none */
} vc_client_stats;

VC_API void vc_client_get_stats(vc_client *client, vc_client_stats *stats);

/* Whether an address is asked: see vc_config_set_address(). */
typedef enum vc_breaker {
    VC_BREAKER_CLOSED = 0, /* yes */
    VC_BREAKER_OPEN,       /* not now */
    VC_BREAKER_HALF_OPEN   /* one request tries it */
} vc_breaker;

typedef struct vc_server_stats {
    size_t size; /* sizeof(vc_server_stats), set by the caller */
    uint64_t requests, failures;
    vc_breaker breaker;
    int active;        /* 1: the one that is asked now */
    char address[256]; /* cut when it is longer */
} vc_server_stats;

/* Of address `i`, as configured; 1: filled, 0: there is none. */
VC_API int vc_client_get_server(vc_client *client, size_t i, vc_server_stats *stats);

/*
 * Runs the batch to its end, blocking. VC_OK: every record has an output or an error of its own. Otherwise the batch failed as
 * a whole and `err` says why: classes auth, transport, server, config or resource. The batch's deadline and limits are set from
 * the client's configuration unless the caller has set them.
 */
VC_API vc_code vc_client_run(vc_client *client, vc_batch *batch, vc_error *err);

#ifdef __cplusplus
}
#endif

#endif

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

#ifdef __cplusplus
extern "C" {
#endif

typedef struct vc_config vc_config;
typedef struct vc_client vc_client;

/* Defaults: https://127.0.0.1:8200, no token, TLS verified. NULL and VC_E_MEMORY on failure. */
VC_API VC_MUST_CHECK vc_config *vc_config_new(vc_error *err);
VC_API void vc_config_free(vc_config *config);

/*
 * The one place where this library reads the environment. It fills in what has not been set before; BAO_* comes before VAULT_*, an empty
 * variable counts as absent. AGENT_ADDR, ADDR, TOKEN, NAMESPACE, CACERT (else CACERT_BYTES, else CAPATH), CLIENT_CERT, CLIENT_KEY,
 * TLS_SERVER_NAME, SKIP_VERIFY, CLIENT_TIMEOUT, PROXY_ADDR (else HTTPS_PROXY and HTTP_PROXY by the scheme of the address, not for
 * loopback, with NO_PROXY); without a token variable the token file ~/.vault-token, if there is one (the token helper of the `vault`
 * and `bao` commands). MAX_RETRIES and RATE_LIMIT are not read: the deadline ends retries.
 * VC_E_CONFIG for a value that cannot be used (the message names the variable), VC_E_UNSUPPORTED (unix://), VC_E_IO, VC_E_MEMORY.
 *
 * Not in this library's hands: libcurl itself writes TLS session keys to the file that SSLKEYLOGFILE names. Do not set it where
 * traffic must stay secret. libcurl's own proxy variables have no effect: the proxy is always set here.
 */
VC_API vc_code vc_config_from_env(vc_config *config, vc_error *err);

/*
 * Sets by name and text, for options and configuration files: "address", "token", "token_file", "namespace", "ca_file", "ca_path",
 * "ca_pem", "client_cert", "client_key", "tls_server_name", "skip_verify" (true, false), "timeout" and "deadline" (seconds, or a
 * duration such as 1m30s), "connections", "batch_items", "batch_bytes", "proxy", "no_proxy". Errors as of the setters below, and
 * VC_E_CONFIG for another name.
 */
VC_API vc_code vc_config_set(vc_config *config, const char *name, const char *value, vc_error *err);

/*
 * Each copies its argument; NULL or an empty text unsets. VC_E_ARGUMENT or VC_E_CONFIG (with what is wrong), VC_E_MEMORY.
 *
 * An address is http:// or https:// with host, port and perhaps a path in front of Vault's own; no user name, no query.
 */
VC_API vc_code vc_config_set_address(vc_config *config, const char *url, vc_error *err);
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
/* Requests of one call that may be under way at once, each on a connection of its own; 1 to 64, default 4. */
VC_API vc_code vc_config_set_connections(vc_config *config, size_t connections, vc_error *err);
/* Items and bytes of one Vault request; see vc_batch_set_limits(). */
VC_API vc_code vc_config_set_batch_limits(vc_config *config, size_t items, size_t bytes, vc_error *err);

/* Called with one line without a newline; never holds secrets. May be called from any thread that uses the client. */
typedef void (*vc_log_fn)(void *user, const char *line);
VC_API vc_code vc_config_set_log(vc_config *config, vc_log_fn log, void *user, vc_error *err);

/*
 * Opens a client; it does not talk to Vault yet. `config` NULL: vc_config_from_env() on the defaults. The configuration is
 * copied. NULL on failure: as vc_config_from_env(), VC_E_CONFIG. Close with vc_client_close().
 *
 * A client does not live through fork(): in the child every call with it is VC_E_STATE. Open one there.
 */
VC_API VC_MUST_CHECK vc_client *vc_client_open(const vc_config *config, vc_error *err);

/* Wipes the token, closes connections, frees. No call may be under way. NULL is fine. */
VC_API void vc_client_close(vc_client *client);

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

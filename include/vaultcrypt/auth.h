/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth.h - how a client gets its token, and what it holds: auth methods of Vault and OpenBao, a watched token file, a callback; renewal,
 * new log-ins and revocation. A configuration has one way: the method set last counts, and a token that is configured as well is then
 * not used.
 *
 *     vc_config *config = vc_config_new(&err);
 *     vc_config_from_env(config, &err);                     (VAULT_ADDR and the like; or vc_config_set_address())
 *     vc_config_set_auth_approle(config, NULL, role_id, secret_id, &err);
 *     vc_client *vault = vc_client_open(config, &err);      (logs in with its first request; has copied the configuration)
 *     vc_config_free(config);
 *
 * The client renews its token when two thirds of its life are over, and logs in anew when Vault shortens what it grants (max_ttl is
 * near), when a token cannot be renewed, before the last of a counted number of uses, and when Vault says that the token is gone (a 403,
 * and auth/token/lookup-self confirms it; the request is then sent once more). One thread does it while the others go on with the
 * old token, or wait when there is none. A token that was configured is renewed too, where Vault allows it.
 *
 * Secrets (SecretID, password, wrapping token, JWT, tokens) are kept in locked memory that is wiped; no message or log line holds them.
 * A log-in that Vault refuses is tried again after 5 s, 10 s, 20 s, ... up to 60 s; calls in between fail with the same error at once.
 *
 * Errors of all setters: VC_E_ARGUMENT (a NULL configuration, a name that is missing), VC_E_CONFIG (text that cannot be one, over its
 * maximum), VC_E_MEMORY. Whether all that a method needs is there is checked by vc_client_open(): VC_E_CONFIG. What calls then may
 * return on account of the token: VC_E_DENIED (refused, or there is no way to a new one), VC_E_IO (a file), VC_E_UNSUPPORTED (Vault
 * asks for a second factor), and what prevents any request.
 *
 * Example of all: examples/api/auth.c
 *
 * Threads: setters as vc_config, one owner. Client functions: any thread.
 */
#ifndef VAULTCRYPT_AUTH_H
#define VAULTCRYPT_AUTH_H

#include <vaultcrypt/client.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * In all of these: `mount` is where the method is enabled below auth/, perhaps several segments ("team/approle"); NULL: its own
 * name. Texts are copied. A secret that is absent ({NULL, 0}) comes from the file of vc_config_set_auth_secret_file().
 */

/*
 * AppRole. POST auth/MOUNT/login with role_id and secret_id. A SecretID with a limited number of uses is used once for each log-in.
 */
VC_API vc_code vc_config_set_auth_approle(vc_config *config, const char *mount, const char *role_id, vc_view secret_id, vc_error *err);

/*
 * AppRole whose SecretID comes response-wrapped. The wrapping token is first looked up (POST sys/wrapping/lookup): it must have been
 * made at auth/MOUNT/role/ROLE/secret-id, with `role` NULL of any role of the mount. Then it is unwrapped, once (POST
 * sys/wrapping/unwrap), and the SecretID serves for all log-ins. A wrapping token that was used before, or was made elsewhere, is
 * VC_E_DENIED and a line in the log that begins with ALARM: the SecretID may be stolen. It is not tried again until another wrapping token
 * is delivered (in the file).
 */
VC_API vc_code vc_config_set_auth_approle_wrapped(vc_config *config, const char *mount, const char *role_id, const char *role,
                                                  vc_view wrapping_token, vc_error *err);

/*
 * Kubernetes. POST auth/MOUNT/login with role and jwt. `jwt_file` NULL: the service account's token at
 * /var/run/secrets/kubernetes.io/serviceaccount/token. The file is read anew for each log-in: tokens there rotate.
 */
VC_API vc_code vc_config_set_auth_kubernetes(vc_config *config, const char *mount, const char *role, const char *jwt_file,
                                             vc_error *err);

/*
 * JWT (and OIDC) with a token that the platform provides. POST auth/MOUNT/login with jwt and, unless NULL, role: without it the
 * method's default role counts. The file is read anew for each log-in.
 */
VC_API vc_code vc_config_set_auth_jwt(vc_config *config, const char *mount, const char *role, const char *jwt_file, vc_error *err);

/*
 * TLS certificate: the one of vc_config_set_client_cert(). POST auth/MOUNT/login with name, unless `role` is NULL: then any role that the
 * certificate fits.
 */
VC_API vc_code vc_config_set_auth_cert(vc_config *config, const char *mount, const char *role, vc_error *err);

/* User and password. POST auth/MOUNT/login/USER. */
VC_API vc_code vc_config_set_auth_userpass(vc_config *config, const char *mount, const char *user, vc_view password, vc_error *err);
VC_API vc_code vc_config_set_auth_ldap(vc_config *config, const char *mount, const char *user, vc_view password, vc_error *err);

/*
 * Where the method's secret comes from (SecretID, wrapping token, password, JWT): the file is read anew for each log-in, without the line
 * break at its end. NULL: no file.
 */
VC_API vc_code vc_config_set_auth_secret_file(vc_config *config, const char *file, vc_error *err);

/* The namespace of log-ins and of the token, when it is not that of the requests: "team/a", or "" for the root. NULL: the same. */
VC_API vc_code vc_config_set_auth_namespace(vc_config *config, const char *name, vc_error *err);

/*
 * Any other way: called when a token is needed, from the thread whose call needs it. It gives a token with its time to live
 * (seconds; 0: not known) or the path ("auth/gcp/login") and JSON body of a log-in that the client then sends. What it returns besides VC_OK ends
 * the calls that wait, with the message in `err`. It must not use the client that calls it. Both answers are copied into locked
 * memory; VC_E_ARGUMENT (what can be no token, no path), VC_E_MEMORY.
 */
typedef struct vc_auth_answer vc_auth_answer;
typedef vc_code (*vc_auth_fn)(void *user, vc_auth_answer *answer, vc_error *err);
VC_API vc_code vc_auth_answer_token(vc_auth_answer *answer, vc_view token, uint64_t ttl_seconds, int renewable, vc_error *err);
VC_API vc_code vc_auth_answer_login(vc_auth_answer *answer, const char *path, vc_view body, vc_error *err);
VC_API vc_code vc_config_set_auth_callback(vc_config *config, vc_auth_fn callback, void *user, vc_error *err);

/*
 * A token file that somebody else keeps fresh (the sink of an agent): read anew when it has changed (looked at once a second while the
 * client works) and after a 403. Such a token is neither renewed nor revoked here. Without the file, calls fail with VC_E_IO.
 */
VC_API vc_code vc_config_set_token_file_watch(vc_config *config, const char *file, vc_error *err);

/*
 * 1: vc_client_close() revokes the token (POST auth/token/revoke-self) if the client has got it by logging in; a token that was configured or
 * read from a file is never revoked. Default 0: it lives on until its end.
 */
VC_API vc_code vc_config_set_revoke_on_close(vc_config *config, int revoke, vc_error *err);

/* Who renews the token. */
typedef enum vc_renewal {
    VC_RENEWAL_CALLS = 0, /* the calls themselves, when it is due: an idle client does nothing */
    VC_RENEWAL_THREAD,    /* a thread of the client, so that a client that was idle for long need not log in first */
    VC_RENEWAL_OFF        /* nobody: a token serves until its end, and then the client logs in anew if it can */
} vc_renewal;
VC_API vc_code vc_config_set_renewal(vc_config *config, vc_renewal renewal, vc_error *err);

/*
 * Does what is due for the token now (log-in, renewal), blocking, as a call would; for idle clients without a thread. `*next_ms` (may be
 * NULL): milliseconds until it should be called again; UINT64_MAX: nothing is ever due. Errors as of any call.
 */
VC_API vc_code vc_client_maintain(vc_client *client, uint64_t *next_ms, vc_error *err);

/* What the client holds. Nothing is asked of Vault for it. */
typedef struct vc_token_info {
    size_t size;          /* sizeof(vc_token_info), set by the caller */
    int held;             /* there is a token */
    int known;            /* its life is known: by a log-in, a renewal or a lookup */
    int renewable;
    int batch;            /* a batch token: not renewable, without accessor */
    uint64_t ttl_ms;      /* left; UINT64_MAX: without end, or not known */
    uint64_t uses;        /* left; 0: not counted */
    uint64_t next_ms;     /* until the next renewal or log-in is due; UINT64_MAX: none */
    uint64_t logins, renewals, failures; /* since the client was opened */
    char method[24];      /* "token", "token_file", "approle", "callback", ...; "" for none */
    char accessor[96];    /* for Vault's operators; "" when not known */
} vc_token_info;

VC_API void vc_client_token_info(vc_client *client, vc_token_info *info);

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* connect.h - the options that say which Vault, shared by every command that talks to one. */
#ifndef VC_BIN_CONNECT_H
#define VC_BIN_CONNECT_H

#include "option.h"

#include <vaultcrypt/client.h>
#include <vaultcrypt/keysource.h>

typedef struct connect_options {
    const char *address, *namespace_name, *token_file, *ca_cert, *ca_path, *client_cert, *client_key, *tls_server_name;
    const char *auth, *auth_mount, *auth_role, *role_id, *auth_username, *secret_id_file, *wrapped_secret_id_file,
        *auth_jwt_file, *auth_password_file, *watch_token_file;
    unsigned long timeout, deadline, connections, batch_items;
    bool tls_skip_verify;
} connect_options;

/* Rows of a command whose own structure `type` holds a connect_options named `connect`: which server, and who asks. */
#define CONNECT_ROWS(type) SERVER_ROWS(type), AUTH_ROWS(type)

#define SERVER_ROWS(type)                                                                                             \
    { OPTION_HEADING, 0, "Vault (the environment's VAULT_* and BAO_* hold where an option is not given)", NULL, \
      NULL, 0 }, \
    { OPTION_TEXT, 0, "address", "URL", "address of Vault or OpenBao", offsetof(type, connect.address) },              \
    { OPTION_TEXT, 0, "namespace", "NAME", "namespace", offsetof(type, connect.namespace_name) },                      \
    { OPTION_TEXT, 0, "token-file", "FILE", "file that holds the token", offsetof(type, connect.token_file) },         \
    { OPTION_TEXT, 0, "ca-cert", "FILE", "certificates to trust, PEM", offsetof(type, connect.ca_cert) },              \
    { OPTION_TEXT, 0, "ca-path", "FOLDER", "folder of certificates to trust", offsetof(type, connect.ca_path) },       \
    { OPTION_TEXT, 0, "client-cert", "FILE", "certificate to show, PEM", offsetof(type, connect.client_cert) },        \
    { OPTION_TEXT, 0, "client-key", "FILE", "its private key, PEM", offsetof(type, connect.client_key) },              \
    { OPTION_TEXT, 0, "tls-server-name", "NAME", "name to expect in the certificate", \
      offsetof(type, connect.tls_server_name) }, \
    { OPTION_FLAG, 0, "tls-skip-verify", NULL, "do not verify the certificate (experiments only)", \
      offsetof(type, connect.tls_skip_verify) }, \
    { OPTION_MS, 0, "timeout", "TIME", "of one request (60s)", offsetof(type, connect.timeout) },                      \
    { OPTION_MS, 0, "deadline", "TIME", "how long to go on trying when Vault is away (60s)", \
      offsetof(type, connect.deadline) }

/* A log-in of the command's own; its token is revoked when the command ends. */
#define AUTH_ROWS(type) \
    { OPTION_HEADING, 0, "Log-in (instead of a token)", NULL, NULL, 0 }, \
    { OPTION_TEXT, 0, "auth", "METHOD", "approle, userpass, ldap, jwt, kubernetes or cert", \
      offsetof(type, connect.auth) }, \
    { OPTION_TEXT, 0, "auth-mount", "PATH", "where the method is mounted (its name)", \
      offsetof(type, connect.auth_mount) }, \
    { OPTION_TEXT, 0, "auth-role", "NAME", "role to log in for (jwt, kubernetes, cert)", \
      offsetof(type, connect.auth_role) }, \
    { OPTION_TEXT, 0, "role-id", "TEXT", "RoleID (approle)", offsetof(type, connect.role_id) }, \
    { OPTION_TEXT, 0, "secret-id-file", "FILE", "file with the SecretID (approle)", \
      offsetof(type, connect.secret_id_file) }, \
    { OPTION_TEXT, 0, "wrapped-secret-id-file", "FILE", "file with a wrapping token of it (approle)", \
      offsetof(type, connect.wrapped_secret_id_file) }, \
    { OPTION_TEXT, 0, "auth-username", "NAME", "user (userpass, ldap)", offsetof(type, connect.auth_username) }, \
    { OPTION_TEXT, 0, "auth-password-file", "FILE", "file with the password", \
      offsetof(type, connect.auth_password_file) }, \
    { OPTION_TEXT, 0, "auth-jwt-file", "FILE", "file with the token of another issuer", \
      offsetof(type, connect.auth_jwt_file) }, \
    { OPTION_TEXT, 0, "watch-token-file", "FILE", "a token file that somebody else keeps fresh", \
      offsetof(type, connect.watch_token_file) }

/* The same for commands that send batches. */
#define BATCH_ROWS(type)                                                                                               \
    { OPTION_COUNT, 0, "connections", "N", "requests under way at once (4)", offsetof(type, connect.connections) },    \
    { OPTION_COUNT, 0, "batch-items", "N", "items of one request at most (240)", offsetof(type, connect.batch_items) }

/* By the options, and by the environment where they say nothing. NULL: `err` says why. */
vc_client *connect_open(const connect_options *options, vc_error *err);

/*
 * A client for a schema, and the keys that the schema names, had and kept fresh: `file` is the schema's, for names of files in it; what cannot be had is
 * told on standard error, and again when that changes. A schema that needs no Vault, for that direction, makes a client that nothing of the environment's VAULT_* went
 * into, and that has no token. `*keys` is NULL where the schema has no `keys`. Ended by connect_end(). NULL: `err` says why.
 */
vc_client *connect_for(const connect_options *options, const char *command, vc_schema *schema, const char *file, vc_direction direction,
                       vc_keysource **keys, vc_error *err);

/* The client alone, as above: its keys are the caller's matter. */
vc_client *connect_schema(const connect_options *options, const vc_schema *schema, vc_direction direction, vc_error *err);

/* The keys of one more schema, for the same client. False: `err` says why. */
bool connect_keys(vc_client *client, const char *command, vc_schema *schema, const char *file, vc_direction direction, vc_keysource **keys,
                  vc_error *err);
void connect_end(vc_client *client, vc_keysource *keys);

/* Whether anything of the schema takes Vault; NULL: it does. */
bool connect_needs_vault(const vc_schema *schema, vc_direction direction);

/* A key source of the schema, set up as all commands do, and not loaded. NULL: `err` says why. */
vc_keysource *connect_source(vc_client *client, vc_schema *schema, const char *file, vc_direction direction, vc_error *err);

/* The same as connect_open(), for those who do nothing without Vault and may wait for it: that no address was given is told at once. */
vc_client *connect_telling(const connect_options *options, vc_error *err);

/* The same in two steps, for those who change something in between: a configuration whose log goes to standard error, or to none. */
vc_config *connect_config(const connect_options *options, vc_error *err);
vc_config *connect_quiet(const connect_options *options, vc_error *err);

/* Where Vault is by that configuration. */
const char *connect_address(const vc_config *config);

#endif

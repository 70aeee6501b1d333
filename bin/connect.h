/* SPDX-License-Identifier: Apache-2.0 */
/* connect.h - the options that say which Vault, shared by every command that talks to one. */
#ifndef VC_BIN_CONNECT_H
#define VC_BIN_CONNECT_H

#include "option.h"

#include <vaultcrypt/client.h>

typedef struct connect_options {
    const char *address, *namespace_name, *token_file, *ca_cert, *ca_path, *client_cert, *client_key, *tls_server_name;
    unsigned long timeout, deadline, connections, batch_items;
    bool tls_skip_verify;
} connect_options;

/* Rows of a command whose own structure `type` holds a connect_options named `connect`. */
#define CONNECT_ROWS(type)                                                                                             \
    { OPTION_HEADING, 0, "Vault (the environment's VAULT_* and BAO_* hold where an option is not given)", NULL, NULL, 0 }, \
    { OPTION_TEXT, 0, "address", "URL", "address of Vault or OpenBao", offsetof(type, connect.address) },              \
    { OPTION_TEXT, 0, "namespace", "NAME", "namespace", offsetof(type, connect.namespace_name) },                      \
    { OPTION_TEXT, 0, "token-file", "FILE", "file that holds the token", offsetof(type, connect.token_file) },         \
    { OPTION_TEXT, 0, "ca-cert", "FILE", "certificates to trust, PEM", offsetof(type, connect.ca_cert) },              \
    { OPTION_TEXT, 0, "ca-path", "FOLDER", "folder of certificates to trust", offsetof(type, connect.ca_path) },       \
    { OPTION_TEXT, 0, "client-cert", "FILE", "certificate to show, PEM", offsetof(type, connect.client_cert) },        \
    { OPTION_TEXT, 0, "client-key", "FILE", "its private key, PEM", offsetof(type, connect.client_key) },              \
    { OPTION_TEXT, 0, "tls-server-name", "NAME", "name to expect in the certificate", offsetof(type, connect.tls_server_name) }, \
    { OPTION_FLAG, 0, "tls-skip-verify", NULL, "do not verify the certificate (experiments only)", offsetof(type, connect.tls_skip_verify) }, \
    { OPTION_MS, 0, "timeout", "TIME", "of one request (60s)", offsetof(type, connect.timeout) },                      \
    { OPTION_MS, 0, "deadline", "TIME", "how long to go on trying when Vault is away (60s)", offsetof(type, connect.deadline) }, \
    { OPTION_COUNT, 0, "connections", "N", "requests under way at once (4)", offsetof(type, connect.connections) },    \
    { OPTION_COUNT, 0, "batch-items", "N", "items of one request at most (240)", offsetof(type, connect.batch_items) }

/* By the options, and by the environment where they say nothing. NULL: `err` says why. */
vc_client *connect_open(const connect_options *options, vc_error *err);

#endif

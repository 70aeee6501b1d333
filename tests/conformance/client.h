/* SPDX-License-Identifier: Apache-2.0 */
/* client.h - the clients of a run, one for each token and namespace, and how a row wants its request sent. */
#ifndef VC__CONFORMANCE_CLIENT_H
#define VC__CONFORMANCE_CLIENT_H

#include "conformance/row.h"

#include <vaultcrypt/vaultcrypt.h>

typedef struct client_pool client_pool;

client_pool *clients_new(const char *address, const char *root_token);
void clients_free(client_pool *);

/* `token` "" or "root", or the token; `namespace` NULL: none. Dies when it cannot be opened. */
vc_client *clients_get(client_pool *, const char *token, const char *namespace, bool certificate);

/* As the row says with token, namespace and wrap_ttl, or a recording with its headers. */
typedef struct request_how {
    char *token, *namespace;
    uint64_t wrap_ttl;
} request_how;

request_how request_how_of(const suite_row *row, const value_set *values);
void request_how_apply(const request_how *how, vc_vault_options *options);
void request_how_cleanup(request_how *how);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CLIENTS_MAX = 256 };

struct client_pool {
    char *address, *root;
    struct {
        char *token, *namespace;
        bool certificate;
        vc_client *client;
    } all[CLIENTS_MAX];
    size_t count;
};

client_pool *clients_new(const char *address, const char *root_token)
{
    client_pool *clients = calloc(1, sizeof *clients);
    if (!clients)
        abort();
    clients->address = text_of("%s", address);
    clients->root = text_of("%s", root_token);
    return clients;
}

void clients_free(client_pool *clients)
{
    for (size_t i = 0; i < clients->count; i++) {
        vc_client_close(clients->all[i].client);
        free(clients->all[i].token);
        free(clients->all[i].namespace);
    }
    free(clients->address);
    free(clients->root);
    free(clients);
}

static void must(vc_code code, const vc_error *err)
{
    char text[1024];
    if (!code)
        return;
    fprintf(stderr, "run: %s\n", vc_error_format(err, text, sizeof text));
    exit(2);
}

static vc_client *open_client(const client_pool *clients, const char *token, const char *namespace, bool certificate)
{
    vc_error err = VC_ERROR_INIT;
    vc_config *config = vc_config_new(&err);
    const char *ca = getenv("VAULT_CACERT"), *cert = getenv("CONFORMANCE_CLIENT_CERT");
    must(vc_config_set_address(config, clients->address, &err), &err);
    if (*token)
        must(vc_config_set_token(config, vc_str(token), &err), &err);
    if (*namespace)
        must(vc_config_set_namespace(config, namespace, &err), &err);
    if (ca)
        must(vc_config_set_ca_file(config, ca, &err), &err);
    if (certificate && cert)
        must(vc_config_set_client_cert(config, cert, getenv("CONFORMANCE_CLIENT_KEY"), &err), &err);
    must(vc_config_set_renewal(config, VC_RENEWAL_OFF, &err), &err); /* only what the rows say is asked */
    must(vc_config_set_timeout(config, 30000, &err), &err);
    must(vc_config_set_deadline(config, 30000, &err), &err);
    vc_client *client = vc_client_open(config, &err);
    must(err.code, &err);
    vc_config_free(config);
    return client;
}

vc_client *clients_get(client_pool *clients, const char *token, const char *namespace, bool certificate)
{
    token = strcmp(token, "root") == 0 ? clients->root : token;
    namespace = namespace ? namespace : "";
    for (size_t i = 0; i < clients->count; i++)
        if (strcmp(clients->all[i].token, token) == 0 && strcmp(clients->all[i].namespace, namespace) == 0 &&
            clients->all[i].certificate == certificate)
            return clients->all[i].client;
    if (clients->count == CLIENTS_MAX) {
        fprintf(stderr, "run: too many tokens\n");
        exit(2);
    }
    const size_t i = clients->count++;
    clients->all[i].token = text_of("%s", token);
    clients->all[i].namespace = text_of("%s", namespace);
    clients->all[i].certificate = certificate;
    return clients->all[i].client = open_client(clients, token, namespace, certificate);
}

/* --- how --- */

static const char *header(const suite_row *row, const char *name)
{
    struct json_object *headers = row_get(row, "headers"), *found = NULL;
    return headers && json_object_object_get_ex(headers, name, &found) ? json_object_get_string(found) : NULL;
}

/* "60", "30s", "1m". */
static uint64_t seconds(const char *text)
{
    char *end;
    const uint64_t number = strtoull(text, &end, 10);
    return *end == 'm' ? number * 60 : *end == 'h' ? number * 3600 : number;
}

request_how request_how_of(const suite_row *row, const value_set *values)
{
    const bool is_recorded = row_text(row, "case");
    const char *token = is_recorded ? header(row, "X-Vault-Token") : row_text(row, "token");
    const char *namespace = is_recorded ? header(row, "X-Vault-Namespace") : row_text(row, "namespace"), *wrap = header(row, "X-Vault-Wrap-TTL");
    request_how how = { .wrap_ttl = wrap ? seconds(wrap) : (uint64_t)row_number(row, "wrap_ttl", 0) };
    if (!token)
        token = is_recorded ? "" : "root";
    how.token = strcmp(token, "none") == 0 ? text_of("%s", "") : values_expand(values, token, false);
    how.namespace = namespace ? values_expand(values, namespace, false) : NULL;
    return how;
}

void request_how_apply(const request_how *how, vc_vault_options *options)
{
    if (how->wrap_ttl)
        vc_vault_options_set_wrap_ttl(options, how->wrap_ttl);
    if (!*how->token)
        vc_vault_options_set_no_token(options, 1);
}

void request_how_cleanup(request_how *how)
{
    free(how->token);
    free(how->namespace);
}

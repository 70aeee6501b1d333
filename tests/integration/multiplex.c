/* SPDX-License-Identifier: Apache-2.0 */
/*
 * multiplex.c - many requests at once to a server with TLS: they share a connection over HTTP/2. For multiplex.sh; on the installed
 * headers only.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vaultcrypt/vaultcrypt.h>

enum { RECORDS = 400, IN_FLIGHT = 32, ITEMS = 5 };

static const char yaml[] = "version: 1\n"
                           "records:\n"
                           "  - name: letters\n"
                           "    fields:\n"
                           "      - path: $.a\n"
                           "        transit: {key: multiplex}\n";

static void end(const char *what, const vc_error *err)
{
    char text[1000];
    printf("not ok - %s: %s\n", what, vc_error_format(err, text, sizeof text));
    exit(1);
}

static void run(vc_client *client, vc_schema *schema)
{
    vc_error err = VC_ERROR_INIT;
    vc_batch *batch = vc_batch_new(schema, VC_PROTECT, &err);
    if (!batch || vc_batch_set_limits(batch, ITEMS, 0, IN_FLIGHT, &err))
        end("a batch", &err);
    for (int i = 0; i < RECORDS; i++)
        if (vc_batch_add(batch, vc_schema_rule_at(schema, 0), vc_str("{\"a\":\"b\"}"), &err))
            end("a record", &err);
    if (vc_client_run(client, batch, &err))
        end("the run", &err);
    for (size_t i = 0; i < RECORDS; i++)
        if (vc_batch_error(batch, i))
            end("a record's outcome", vc_batch_error(batch, i));
    vc_batch_free(batch);
}

int main(void)
{
    vc_error err = VC_ERROR_INIT;
    vc_client *client = vc_client_open(NULL, &err);
    if (!client)
        end("the client", &err);
    (void)vc_sys_mount_enable(client, "transit", "transit", "", NULL); /* it may be there */
    if (vc_transit_key_create(client, "multiplex", NULL, &err))
        end("the key", &err);
    vc_schema *schema = vc_schema_parse(vc_str(yaml), "letters.yaml", &err);
    if (!schema)
        end("the schema", &err);
    for (int round = 0; round < 3; round++)
        run(client, schema);
    vc_client_stats stats = { .size = sizeof stats };
    vc_client_get_stats(client, &stats);
    printf("# HTTP version %d, %llu requests, %llu connections\n", stats.http_version, (unsigned long long)stats.requests,
           (unsigned long long)stats.connections);
    /* Requests that may not be sent twice (to mount, to make the key) have connections of their own. */
    const int good = stats.http_version == 20 && stats.requests >= 3 * RECORDS / ITEMS && stats.connections <= 4;
    printf("%s - requests share a connection\n", good ? "ok" : "not ok");
    vc_schema_unref(schema);
    vc_client_close(client);
    return !good;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* view_table.c - the options of vaultcrypt-view. */
#include "view.h"

static const option_row rows[] = {
    { OPTION_TEXT, 's', "schema", "FILE", "open the records by it; without one they are shown as they lie there", offsetof(struct view_options, schema) },
    { OPTION_TEXT, 'r', "record", "NAME", "the rule of the schema (the one for the topic)", offsetof(struct view_options, record) },
    { OPTION_TEXT, 'p', "partition", "N", "of one partition (all)", offsetof(struct view_options, partition) },
    { OPTION_TEXT, 'o', "from", "WHERE", "begin at beginning, end, N (an offset), -N (before the end; -100), s@MS (time)", offsetof(struct view_options, from) },
    { OPTION_COUNT, 0, "rate", "N", "records a second that are read at most (5000)", offsetof(struct view_options, rate) },
    { OPTION_COUNT, 0, "records", "N", "records that are kept (1000)", offsetof(struct view_options, records) },
    { OPTION_COUNT, 0, "memory", "BYTES", "that they take at most (64M)", offsetof(struct view_options, memory) },
    { OPTION_COUNT, 0, "show", "BYTES", "of a value that are shown at most (16k)", offsetof(struct view_options, show) },
    { OPTION_HEADING, 0, "The page", NULL, NULL, 0 },
    { OPTION_TEXT, 'l', "listen", "[ADDRESS:]PORT", "where it is (127.0.0.1:8320; port 0: a free one)", offsetof(struct view_options, listen) },
    { OPTION_TEXT, 0, "web-service", "[ADDRESS:]PORT", "the demo's web service too: GET / is the newest message (3333 there)", offsetof(struct view_options, web_service) },
    { OPTION_LIST, 0, "host", "NAME", "a name that the page goes by, besides addresses and localhost", offsetof(struct view_options, hosts) },
    { OPTION_COUNT, 0, "clients", "N", "pages that may follow at once (16)", offsetof(struct view_options, clients) },
    { OPTION_TEXT, 0, "page-token-file", "FILE", "who shows the token in it may see the page", offsetof(struct view_options, page_token_file) },
    { OPTION_TEXT, 0, "tls-cert", "FILE", "HTTPS, with this certificate (and its chain), PEM", offsetof(struct view_options, tls_cert) },
    { OPTION_TEXT, 0, "tls-key", "FILE", "its private key, PEM", offsetof(struct view_options, tls_key) },
    { OPTION_TEXT, 0, "client-ca", "FILE", "who shows a certificate of this authority may see the page", offsetof(struct view_options, client_ca) },
    { OPTION_FLAG, 0, "no-tls", NULL, "plain HTTP where others reach it: something in front of it has TLS", offsetof(struct view_options, no_tls) },
    KAFKA_ROWS(struct view_options),
    CONNECT_ROWS(struct view_options),
    BATCH_ROWS(struct view_options),
    { OPTION_END, 0, NULL, NULL, NULL, 0 },
};

static const char notes[] =
    "The page shows what was opened, in clear: only this machine reaches it unless --listen says otherwise, which takes --page-token-file or\n"
    "--client-ca. No group is joined, and nothing is written. When Vault or Kafka is away the page says so and goes on; what could not be opened is\n"
    "opened when that is possible again. --deadline: how long Vault may take for what has come (3s).\n"
    "Exit codes: 0 ended by SIGINT or SIGTERM, 2 usage, 3 configuration or schema, 6 local (the address is taken).\n";

const struct command command_view = { "view", "[-s SCHEMA] [OPTIONS] TOPIC...", "a page that shows the records of topics, live, as stored and as opened", notes, rows, 8,
                                      NULL };

/* SPDX-License-Identifier: Apache-2.0 */
/* view.h - the options of vaultcrypt-view, of which the shell's completion knows too. */
#ifndef VC_BIN_VIEW_H
#define VC_BIN_VIEW_H

#include "connect.h"
#include "kafka.h"

struct view_options {
    connect_options connect;
    struct kafka_options kafka;
    const char *partition, *from, *schema, *record;
    const char *listen, *web_service, *page_token_file, *tls_cert, *tls_key, *client_ca;
    option_list hosts;
    unsigned long records, memory, show, rate, clients;
    bool no_tls;
};

extern const struct command command_view;

#endif

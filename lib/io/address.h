/* SPDX-License-Identifier: Apache-2.0 */
/*
 * address.h - the address of a server: scheme, host, port, and a path in front of Vault's own ("https://gate.example/vault").
 *
 * Threads: one owner.
 */
#ifndef VC__IO_ADDRESS_H
#define VC__IO_ADDRESS_H

#include "base/buf.h"

enum { VC__ADDRESS_MAX = 8192 };

typedef struct vc__address {
    bool tls;
    unsigned port;
    char host[264];   /* as in a URL: an IPv6 address in brackets; "localhost" for a socket */
    char socket[108]; /* of a unix socket, its path; "": it is none */
    vc__buf path;   /* with the query; without a slash at its end, so "" for the root */
} vc__address;

#define VC__ADDRESS_INIT { false, 0, "", "", VC__BUF(VC__ADDRESS_MAX) }

void vc__address_cleanup(vc__address *address);

/*
 * Reads `url`; relative to `base` (whole URL) when that is not NULL. VC_E_CONFIG for what is not http or https, has a user, password or
 * fragment; VC_E_MEMORY. unix:///path is the socket of a Vault agent: plain HTTP. Messages do not repeat the text: it may hold a password.
 */
vc_code vc__address_parse(vc__address *out, const char *base, const char *url, vc_error *err);

/* Whether scheme, host and port agree: where a token may go that is meant for the other. */
bool vc__address_same_server(const vc__address *a, const vc__address *b);

/* Whether the host is this machine by its name or number (localhost, 127.0.0.0/8, ::1). */
bool vc__address_is_loopback(const vc__address *address);

/* Appends "host:port"; the port only when it is not the scheme's own. */
void vc__address_authority(const vc__address *address, vc__buf *out);

/* Appends "https://host:port", likewise. */
void vc__address_origin(const vc__address *address, vc__buf *out);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server.h - an HTTP/1.1 server inside a test: a handler says what to answer, down to the bytes, or to hang up, or to stay
 * silent. One thread a connection; over TLS when it is given a certificate.
 */
#ifndef VC__TEST_SERVER_H
#define VC__TEST_SERVER_H

#include "unit/test.h"

typedef struct http_server http_server;

typedef struct server_request {
    char method[16];
    char path[1024];
    char head[16384]; /* all of it, request line included */
    char *body;
    size_t body_len;
    size_t connection; /* 1 is the first that was accepted */
    size_t number;     /* of the request, from 1, over all connections */
} server_request;

typedef struct server_answer {
    char text[8192]; /* goes out as it is; server_reply() fills it */
    size_t len;
    size_t zeros;    /* so many zero bytes behind it */
    unsigned trickle_ms; /* one byte at a time, with so long a pause before each; ends when the other side goes */
    bool hang_up;    /* afterwards */
    bool silent;     /* nothing goes out; the connection stays until the other side goes */
} server_answer;

/* Called by the threads of connections, several at once. */
typedef void (*server_handler)(void *user, const server_request *request, server_answer *answer);

/* PEM texts; `ca` asks clients for a certificate of that authority. */
typedef struct server_tls {
    const char *cert, *key, *ca;
    bool only_old; /* nothing above TLS 1.1 */
    bool hang_up;  /* instead of shaking hands */
} server_tls;

/* On a free port of 127.0.0.1; `tls` NULL: plain. Dies when it cannot. */
http_server *server_start(server_handler handler, void *user, const server_tls *tls);
/* On a unix socket, which is made anew. */
http_server *server_start_at(server_handler handler, void *user, const char *path);
void server_stop(http_server *server);

const char *server_url(const http_server *server);
unsigned server_port(const http_server *server);
size_t server_connections(http_server *server);
size_t server_requests(http_server *server);
/* The TLS name (SNI) that the last connection asked for; "" when none. */
const char *server_name_asked(http_server *server);

/* "HTTP/1.1 STATUS ...", Content-Length, `headers` ("Name: value\r\n" lines, or ""), body. */
void server_reply(server_answer *answer, int status, const char *headers, const char *body);

/* The value of a header in the request, in `value`; NULL when it is not there. */
const char *server_header(const server_request *request, const char *name, char value[1024]);

#endif

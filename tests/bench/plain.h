/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plain.h - what the client is measured against: libcurl by itself, which sends a body that is ready and throws the answer away. And
 * the processor time of this process and of the server.
 */
#ifndef VC_BENCH_PLAIN_H
#define VC_BENCH_PLAIN_H

#include "bench/purchases.h"

#include <curl/curl.h>

enum { PLAIN_CONNECTIONS_MAX = 16 };

typedef struct plain_libcurl {
    CURLM *multi;
    CURL *easy[PLAIN_CONNECTIONS_MAX];
    struct curl_slist *headers;
    char url[512];
} plain_libcurl;

/* To VAULT_ADDR with VAULT_TOKEN; ends the program when something fails, here and below. */
void plain_open(plain_libcurl *plain, const char *path);
void plain_close(plain_libcurl *plain);

/* One after the other on one connection, as a program does that calls libcurl by hand. */
void plain_calls(plain_libcurl *plain, vc_view body, size_t count);

/* `count` requests, `connections` at once. */
void plain_load(plain_libcurl *plain, vc_view body, size_t count, size_t connections);

/* A batch_input of `items` different values of 32 bytes, for transit/encrypt. Freed by the caller. */
vc_bytes plain_body(size_t items);

/* Seconds of processor time since the start: of this process, and of the server that VAULTCRYPT_SERVICE_OPENBAO_PID names (0: none). */
double plain_own_cpu(void);
double plain_server_cpu(void);

#endif

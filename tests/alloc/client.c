/* SPDX-License-Identifier: Apache-2.0 */
/* Scenarios that open a client and call a server on loopback: libcurl, and OpenSSL under it. */
#include "alloc/sweep.h"
#include "io/client.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vaultcrypt/vaultcrypt.h>

static int closed_port, open_port, tls_port;

static void *nothing(void *arg)
{
    return arg;
}

/*
 * When an allocation fails while libcurl looks at a numeric address, it asks its resolver thread; the C library keeps the stack and
 * thread-local memory of a thread that has ended for the next one. So that it has one to keep: */
static bool run_a_thread(void)
{
    pthread_t thread;
    return pthread_create(&thread, NULL, nothing, NULL) == 0 && pthread_join(thread, NULL) == 0;
}

/* A bound socket on a port of the kernel's choice; refuses connections until it listens. */
static int bound_socket(int *port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t len = sizeof address;
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, len) || getsockname(fd, (struct sockaddr *)&address, &len))
        return -1;
    *port = ntohs(address.sin_port);
    return fd;
}

/* Reads one request of ours: its body is an object. False: the peer is gone. */
static bool read_request(int peer)
{
    char request[8192];
    for (size_t len = 0; len < sizeof request;) {
        const ssize_t n = read(peer, request + len, sizeof request - len);
        if (n <= 0)
            return false;
        len += (size_t)n;
        if (request[len - 1] == '}')
            return true;
    }
    return false;
}

/* Answers each request, whatever it asks, with the same body. */
static void serve(int fd)
{
    static const char reply[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 64\r\n\r\n"
                                "{\"request_id\":\"r\",\"data\":{\"ciphertext\":\"vault:v1:AAAAAAAAAAAA\"}}";
    for (;;) {
        const int peer = accept(fd, NULL, NULL);
        while (peer >= 0 && read_request(peer) && write(peer, reply, sizeof reply - 1) > 0)
            ;
        close(peer);
    }
}

static bool prepare_closed(void)
{
    return run_a_thread() && bound_socket(&closed_port) >= 0;
}

static bool prepare_open(void)
{
    const int fd = bound_socket(&open_port);
    if (!run_a_thread() || fd < 0 || listen(fd, 16))
        return false;
    const pid_t parent = getpid();
    const pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* ends with the sweep */
        if (getppid() == parent)
            serve(fd);
        _exit(0);
    }
    close(fd);
    return child > 0;
}

/* sweep.sh starts a server with a certificate, where it can. */
static bool prepare_tls(void)
{
    const char *port = getenv("VC_SWEEP_TLS_PORT");
    tls_port = port ? atoi(port) : 0;
    return run_a_thread() && tls_port && getenv("VC_SWEEP_TLS_CA");
}

static vc_client *open_client(const char *scheme, int port, vc_error *err)
{
    char address[64];
    snprintf(address, sizeof address, "%s://127.0.0.1:%d", scheme, port);
    vc_config *config = vc_config_new(err);
    vc_client *client = NULL;
    if (config && !vc_config_set_address(config, address, err) && !vc_config_set_token(config, vc_str("hvs.sweep"), err) &&
        !vc_config_set_namespace(config, "team/a", err) && !vc_config_set_deadline(config, port == open_port ? 5000 : 100, err) &&
        (port != tls_port || !vc_config_set_ca_file(config, getenv("VC_SWEEP_TLS_CA"), err)))
        client = vc_client_open(config, err);
    vc_config_free(config);
    return client;
}

static vc_code call(const char *scheme, int port, vc_request *request, vc_error *err)
{
    vc_client *client = open_client(scheme, port, err);
    if (!client)
        return err->code;
    vc__request_init(request, "POST", 1 << 20, true);
    vc__buf_str(&request->path, "/v1/transit/encrypt/key");
    vc__buf_str(&request->body, "{\"plaintext\":\"\"}");
    vc_code code = vc__buf_check(&request->path, "path", err);
    if (!code)
        code = vc__buf_check(&request->body, "request body", err);
    if (!code)
        code = vc__client_call(client, request, err);
    vc_client_close(client);
    return code;
}

/* Without a failure it is "cannot connect", which comes in place of VC_OK. */
static vc_code run_closed(vc_error *err)
{
    vc_request request;
    vc__request_init(&request, "POST", 0, true);
    const vc_code code = call("http", closed_port, &request, err);
    vc__request_cleanup(&request);
    return code ? code : (vc_code)WRONG_RESULT;
}

static vc_code answered(const char *scheme, int port, vc_error *err)
{
    vc_request request;
    vc__request_init(&request, "POST", 0, true);
    vc_code code = call(scheme, port, &request, err);
    if (!code && (request.status != 200 || !request.reply.len || !strstr(request.reply.data, "vault:v1:")))
        code = (vc_code)WRONG_RESULT;
    vc__request_cleanup(&request);
    return code;
}

static vc_code run_open(vc_error *err)
{
    return answered("http", open_port, err);
}

static vc_code run_tls(vc_error *err)
{
    return answered("https", tls_port, err);
}

const scenario scenarios_client[] = {
    { "closed port", prepare_closed, run_closed, { VC_E_CONNECT }, 0, "the port is closed", false, 0 },
    { "open port", prepare_open, run_open, { VC_OK }, 0, NULL, false, 0 },
    { "tls", prepare_tls, run_tls, { VC_E_TLS, VC_E_CONNECT, VC_E_TIMEOUT }, 4,
      "OpenSSL does not always say that it was memory, and a connection that failed is tried again until the deadline; its table of "
      "algorithm names grows when a name is asked for again", false, 150 },
    { NULL, NULL, NULL, { VC_OK }, 0, NULL, false, 0 },
};

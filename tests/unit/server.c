/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "unit/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 1024, BODY_MAX = 128 << 20 };

typedef struct http_connection {
    http_server *server;
    size_t number;
    int fd;
    SSL *ssl;
    pthread_t thread;
    char name_asked[256];
} http_connection;

struct http_server {
    server_handler handler;
    void *user;
    SSL_CTX *tls;
    bool hang_up;
    int fd;
    unsigned port;
    char url[200];
    pthread_t thread;
    pthread_mutex_t lock;
    http_connection connections[CONNECTIONS_MAX];
    size_t connection_count, request_count;
    bool stopping;
};

static void die(const char *what)
{
    fprintf(stderr, "test server: %s: %s\n", what, strerror(errno));
    abort();
}

static ssize_t receive(http_connection *connection, char *data, size_t room)
{
    if (connection->ssl)
        return SSL_read(connection->ssl, data, (int)room);
    return recv(connection->fd, data, room, 0);
}

static bool send_bytes(http_connection *connection, const char *data, size_t len)
{
    while (len) {
        const ssize_t sent = connection->ssl ? SSL_write(connection->ssl, data, (int)len)
                                             : send(connection->fd, data, len, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        data += sent;
        len -= (size_t)sent;
    }
    return true;
}

void server_reply(server_answer *answer, int status, const char *headers, const char *body)
{
    const int len = snprintf(answer->text, sizeof answer->text, "HTTP/1.1 %d Some words\r\nContent-Length: %zu\r\n%s\r\n%s",
                             status, strlen(body), headers, body);
    answer->len = (size_t)len;
}

const char *server_header(const server_request *request, const char *name, char value[1024])
{
    const size_t len = strlen(name);
    for (const char *line = strstr(request->head, "\r\n"); line; line = strstr(line + 2, "\r\n")) {
        if (strncasecmp(line + 2, name, len) != 0 || line[2 + len] != ':')
            continue;
        const char *start = line + 3 + len;
        start += strspn(start, " ");
        snprintf(value, 1024, "%.*s", (int)strcspn(start, "\r\n"), start);
        return value;
    }
    return NULL;
}

/* What was read beyond a request stays in `input` for the next. */
typedef struct http_input {
    char *data;
    size_t len, cap;
} http_input;

static bool fill(http_connection *connection, http_input *input)
{
    if (input->len == input->cap) {
        input->cap = input->cap ? input->cap * 2 : 65536;
        input->data = input->cap > BODY_MAX ? NULL : realloc(input->data, input->cap + 1);
        if (!input->data)
            die("memory");
    }
    const ssize_t got = receive(connection, input->data + input->len, input->cap - input->len);
    if (got <= 0)
        return false;
    input->len += (size_t)got;
    input->data[input->len] = 0;
    return true;
}

/* False: the other side has gone. */
static bool read_request(http_connection *connection, http_input *input, server_request *request)
{
    static const char no_request[] = "HTTP/1.0 400 Bad Request\r\n\r\n";
    const char *end;
    while (!input->len || !(end = memmem(input->data, input->len, "\r\n\r\n", 4))) {
        if (!fill(connection, input))
            return false;
        if (input->data[0] < 'A' || input->data[0] > 'Z') { /* TLS, perhaps: say so in HTTP as other servers do */
            (void)send_bytes(connection, no_request, sizeof no_request - 1);
            return false;
        }
    }
    const size_t head_len = (size_t)(end - input->data) + 4;
    if (head_len >= sizeof request->head)
        die("a head that long");
    memcpy(request->head, input->data, head_len);
    request->head[head_len] = 0;
    if (sscanf(request->head, "%15s %1023s", request->method, request->path) != 2)
        die("a request line like that");
    char value[1024];
    const char *length = server_header(request, "Content-Length", value);
    request->body_len = length ? strtoul(length, NULL, 10) : 0;
    while (input->len < head_len + request->body_len)
        if (!fill(connection, input))
            return false;
    free(request->body);
    request->body = malloc(request->body_len + 1);
    if (!request->body)
        die("memory");
    memcpy(request->body, input->data + head_len, request->body_len);
    request->body[request->body_len] = 0;
    input->len -= head_len + request->body_len;
    memmove(input->data, input->data + head_len + request->body_len, input->len);
    return true;
}

static bool answer_request(http_connection *connection, const server_answer *answer)
{
    static const char zeros[65536];
    char byte;
    if (answer->silent) {
        (void)receive(connection, &byte, 1);
        return false;
    }
    for (size_t i = 0; answer->trickle_ms && i < answer->len; i++) {
        usleep(answer->trickle_ms * 1000);
        if (!send_bytes(connection, answer->text + i, 1))
            return false;
    }
    if (!answer->trickle_ms && !send_bytes(connection, answer->text, answer->len))
        return false;
    for (size_t left = answer->zeros; left;) {
        const size_t len = left < sizeof zeros ? left : sizeof zeros;
        if (!send_bytes(connection, zeros, len))
            return false;
        left -= len;
    }
    return !answer->hang_up;
}

static bool shake_hands(http_connection *connection)
{
    http_server *server = connection->server;
    if (!server->tls)
        return true;
    connection->ssl = SSL_new(server->tls);
    if (!connection->ssl || !SSL_set_fd(connection->ssl, connection->fd))
        die("SSL_new");
    if (SSL_accept(connection->ssl) <= 0)
        return false;
    const char *name = SSL_get_servername(connection->ssl, TLSEXT_NAMETYPE_host_name);
    pthread_mutex_lock(&server->lock);
    snprintf(connection->name_asked, sizeof connection->name_asked, "%s", name ? name : "");
    pthread_mutex_unlock(&server->lock);
    return true;
}

static void *serve(void *arg)
{
    http_connection *connection = arg;
    http_server *server = connection->server;
    server_request *request = calloc(1, sizeof *request);
    server_answer *answer = calloc(1, sizeof *answer);
    http_input input = { NULL, 0, 0 };
    bool more = request && answer && !server->hang_up && shake_hands(connection);
    while (more && read_request(connection, &input, request)) {
        pthread_mutex_lock(&server->lock);
        request->connection = connection->number;
        request->number = ++server->request_count;
        pthread_mutex_unlock(&server->lock);
        answer->len = answer->zeros = 0;
        answer->trickle_ms = 0;
        answer->hang_up = answer->silent = false;
        server->handler(server->user, request, answer);
        more = answer_request(connection, answer);
    }
    if (request)
        free(request->body);
    free(request);
    free(answer);
    free(input.data);
    SSL_free(connection->ssl);
    shutdown(connection->fd, SHUT_RDWR); /* closed when the server stops: the number must stay ours until then */
    return NULL;
}

static void *accept_all(void *arg)
{
    http_server *server = arg;
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    for (;;) {
        const int fd = accept(server->fd, NULL, NULL);
        if (fd < 0)
            return NULL; /* server_stop() shut it */
        const int one = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        pthread_mutex_lock(&server->lock);
        if (server->connection_count == CONNECTIONS_MAX)
            die("too many connections");
        http_connection *connection = &server->connections[server->connection_count++];
        connection->server = server;
        connection->number = server->connection_count;
        connection->fd = fd;
        if (pthread_create(&connection->thread, NULL, serve, connection))
            die("pthread_create");
        pthread_mutex_unlock(&server->lock);
    }
}

static void read_pem(SSL_CTX *ctx, const server_tls *tls)
{
    BIO *cert = BIO_new_mem_buf(tls->cert, -1), *key = BIO_new_mem_buf(tls->key, -1);
    X509 *x509 = PEM_read_bio_X509(cert, NULL, NULL, NULL);
    EVP_PKEY *pkey = PEM_read_bio_PrivateKey(key, NULL, NULL, NULL);
    if (!SSL_CTX_use_certificate(ctx, x509) || !SSL_CTX_use_PrivateKey(ctx, pkey))
        die("certificate");
    X509_free(x509);
    EVP_PKEY_free(pkey);
    BIO_free(cert);
    BIO_free(key);
    if (tls->ca) {
        BIO *ca = BIO_new_mem_buf(tls->ca, -1);
        X509 *authority = PEM_read_bio_X509(ca, NULL, NULL, NULL);
        X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), authority);
        SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
        X509_free(authority);
        BIO_free(ca);
    }
}

static SSL_CTX *make_tls(const server_tls *tls)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    if (!ctx)
        die("SSL_CTX_new");
    if (tls->only_old) {
        SSL_CTX_set_cipher_list(ctx, "ALL:@SECLEVEL=0");
        SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION);
        SSL_CTX_set_max_proto_version(ctx, TLS1_1_VERSION);
    }
    SSL_CTX_set_num_tickets(ctx, 0);
    read_pem(ctx, tls);
    return ctx;
}

static void listen_at(http_server *server, const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    unlink(path);
    server->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (server->fd < 0 || bind(server->fd, (struct sockaddr *)&address, sizeof address) || listen(server->fd, 256))
        die("listen");
    snprintf(server->url, sizeof server->url, "unix://%s", path);
}

static void listen_on_loopback(http_server *server, bool tls)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof address;
    server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (server->fd < 0 || bind(server->fd, (struct sockaddr *)&address, sizeof address) || listen(server->fd, 256) ||
        getsockname(server->fd, (struct sockaddr *)&address, &len))
        die("listen");
    server->port = ntohs(address.sin_port);
    snprintf(server->url, sizeof server->url, "%s://127.0.0.1:%u", tls ? "https" : "http", server->port);
}

static http_server *start(server_handler handler, void *user, const server_tls *tls, const char *path)
{
    signal(SIGPIPE, SIG_DFL);
    http_server *server = calloc(1, sizeof *server);
    if (!server)
        die("memory");
    server->handler = handler;
    server->user = user;
    server->tls = tls ? make_tls(tls) : NULL;
    server->hang_up = tls && tls->hang_up;
    pthread_mutex_init(&server->lock, NULL);
    if (path)
        listen_at(server, path);
    else
        listen_on_loopback(server, tls != NULL);
    if (pthread_create(&server->thread, NULL, accept_all, server))
        die("pthread_create");
    return server;
}

http_server *server_start(server_handler handler, void *user, const server_tls *tls)
{
    return start(handler, user, tls, NULL);
}

http_server *server_start_at(server_handler handler, void *user, const char *path)
{
    return start(handler, user, NULL, path);
}

void server_stop(http_server *server)
{
    shutdown(server->fd, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->fd);
    for (size_t i = 0; i < server->connection_count; i++)
        shutdown(server->connections[i].fd, SHUT_RDWR);
    for (size_t i = 0; i < server->connection_count; i++) {
        pthread_join(server->connections[i].thread, NULL);
        close(server->connections[i].fd);
    }
    SSL_CTX_free(server->tls);
    pthread_mutex_destroy(&server->lock);
    free(server);
}

const char *server_url(const http_server *server)
{
    return server->url;
}

unsigned server_port(const http_server *server)
{
    return server->port;
}

size_t server_connections(http_server *server)
{
    pthread_mutex_lock(&server->lock);
    const size_t count = server->connection_count;
    pthread_mutex_unlock(&server->lock);
    return count;
}

size_t server_requests(http_server *server)
{
    pthread_mutex_lock(&server->lock);
    const size_t count = server->request_count;
    pthread_mutex_unlock(&server->lock);
    return count;
}

const char *server_name_asked(http_server *server)
{
    pthread_mutex_lock(&server->lock);
    const char *name = server->connection_count ? server->connections[server->connection_count - 1].name_asked : "";
    pthread_mutex_unlock(&server->lock);
    return name;
}

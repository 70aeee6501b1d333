/* SPDX-License-Identifier: Apache-2.0 */
#undef _GNU_SOURCE /* glibc would declare bind() with a union in place of its second parameter */
#include "kafka.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PARTITIONS = 4, PARTITIONS_MAX = 10000, TOPIC_MAX = 249, PORT_MAX = 65535, BACKLOG = 128 };

struct dev_kafka {
    rd_kafka_t *handle;
    rd_kafka_mock_cluster_t *cluster;
};

/* Listening sockets on consecutive ports, for the brokers; -1: handed over. */
typedef struct ports {
    int fds[DEV_KAFKA_BROKERS_MAX];
    int count, used;
} ports;

/*
 * The mock cluster of librdkafka 2.0 binds its brokers to port 0 and cannot be told otherwise; and where it cannot bind the second, it
 * aborts the process. So all ports are taken before it begins, and bind() is this one, for the whole program: while `reserved` is set, a
 * bind of this thread to port 0 of the loopback address turns its socket into the next that was reserved.
 */
static _Thread_local ports *reserved;

int bind(int fd, const struct sockaddr *address, socklen_t len) __attribute__((visibility("default")));

int bind(int fd, const struct sockaddr *address, socklen_t len)
{
    struct sockaddr_in any;
    if (!reserved || address->sa_family != AF_INET || len < sizeof any)
        return (int)syscall(SYS_bind, fd, address, len);
    memcpy(&any, address, sizeof any);
    if (any.sin_port != 0 || reserved->used == reserved->count)
        return (int)syscall(SYS_bind, fd, address, len);
    const int flags = fcntl(fd, F_GETFL), on_exec = fcntl(fd, F_GETFD);
    int *ours = &reserved->fds[reserved->used++];
    if (dup2(*ours, fd) < 0)
        return -1;
    close(*ours);
    *ours = -1;
    return fcntl(fd, F_SETFL, flags) < 0 || fcntl(fd, F_SETFD, on_exec) < 0 ? -1 : 0;
}

static int listen_on(uint16_t port)
{
    const struct sockaddr_in address = { .sin_family = AF_INET,
                                         .sin_port = htons(port),
                                         .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    const int on = 1;
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (syscall(SYS_bind, fd, &address, sizeof address) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    const int why = errno;
    close(fd);
    errno = why;
    return -1;
}

static void release(ports *p)
{
    for (int i = p->used; i < p->count; i++)
        close(p->fds[i]);
    p->count = p->used = 0;
}

/* None for port 0: then the brokers find free ones. After a failure nothing is reserved. */
static vc_code reserve(ports *p, const dev_kafka_options *options, vc_error *err)
{
    p->count = p->used = 0;
    if (options->port && options->port + options->brokers - 1 > PORT_MAX)
        return vc__error(err, VC_E_CONFIG, "--kafka-port: %d brokers from port %u on go beyond port %d", options->brokers,
                         (unsigned)options->port, PORT_MAX);
    while (options->port && p->count < options->brokers) {
        const int port = options->port + p->count;
        const int fd = listen_on((uint16_t)port);
        if (fd < 0) {
            vc__error(err, VC_E_CONNECT, "cannot listen on port %d of the loopback address (%s): broker %d of %d needs it", port,
                      errno == EADDRINUSE ? "it is in use" : errno == EACCES ? "not allowed" : "not possible", p->count + 1,
                      options->brokers);
            release(p);
            return VC_E_CONNECT;
        }
        p->fds[p->count++] = fd;
    }
    return VC_OK;
}

/* "name" or "name:partitions". */
static vc_code create_topic(dev_kafka *kafka, vc_view part, int brokers, vc_error *err)
{
    char name[TOPIC_MAX + 1];
    uint64_t partitions = PARTITIONS;
    const char *colon = memchr(part.data, ':', part.len);
    const size_t len = colon ? (size_t)(colon - part.data) : part.len;
    const vc_view count = colon ? vc_view_of(colon + 1, part.len - len - 1) : vc_view_of(NULL, 0);
    if (len == 0 || len > TOPIC_MAX ||
        (colon && (!vc__parse_uint(count, PARTITIONS_MAX, &partitions) || partitions == 0)))
        return vc__error(err, VC_E_CONFIG,
                         "--topics: `name:partitions,...` is expected, with 1 to %d partitions",
                         PARTITIONS_MAX);
    memcpy(name, part.data, len);
    name[len] = 0;
    const rd_kafka_resp_err_t failed =
        rd_kafka_mock_topic_create(kafka->cluster, name, (int)partitions, brokers < 3 ? brokers : 3);
    if (failed)
        return vc__error(err, VC_E_KAFKA, "cannot create topic %s: %s", name, rd_kafka_err2str(failed));
    return VC_OK;
}

static vc_code create_topics(dev_kafka *kafka, const char *topics, int brokers, vc_error *err)
{
    while (topics && *topics) {
        const size_t len = strcspn(topics, ",");
        const vc_code code = create_topic(kafka, vc_view_of(topics, len), brokers, err);
        if (code != VC_OK)
            return code;
        topics += len + (topics[len] == ',');
    }
    return VC_OK;
}

static vc_code start(dev_kafka *kafka, const dev_kafka_options *options, vc_error *err)
{
    char text[512];
    ports own;
    const vc_code code = reserve(&own, options, err);
    if (code != VC_OK)
        return code;
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "log_level", "3", NULL, 0);
    kafka->handle = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
    if (!kafka->handle) {
        rd_kafka_conf_destroy(conf);
        release(&own);
        return vc__error(err, VC_E_KAFKA, "librdkafka: %s", text);
    }
    reserved = &own;
    kafka->cluster = rd_kafka_mock_cluster_new(kafka->handle, options->brokers);
    reserved = NULL;
    release(&own);
    if (!kafka->cluster)
        return vc__error(err, VC_E_KAFKA, "librdkafka cannot start its mock cluster");
    return create_topics(kafka, options->topics, options->brokers, err);
}

dev_kafka *dev_kafka_start(const dev_kafka_options *options, vc_error *err)
{
    dev_kafka *kafka = vc__calloc(1, sizeof *kafka);
    if (!kafka) {
        vc__error_memory(err);
        return NULL;
    }
    if (start(kafka, options, err) != VC_OK) {
        dev_kafka_stop(kafka);
        return NULL;
    }
    return kafka;
}

void dev_kafka_stop(dev_kafka *kafka)
{
    if (!kafka)
        return;
    if (kafka->cluster)
        rd_kafka_mock_cluster_destroy(kafka->cluster);
    if (kafka->handle)
        rd_kafka_destroy(kafka->handle);
    vc__free(kafka);
}

const char *dev_kafka_brokers(const dev_kafka *kafka)
{
    return rd_kafka_mock_cluster_bootstraps(kafka->cluster);
}

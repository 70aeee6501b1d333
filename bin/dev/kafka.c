/* SPDX-License-Identifier: Apache-2.0 */
#undef _GNU_SOURCE /* glibc would declare bind() with a union in place of its second parameter */
#include "kafka.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"

#include <errno.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PARTITIONS = 4, PARTITIONS_MAX = 10000, TOPIC_MAX = 249 };

struct dev_kafka {
    rd_kafka_t *handle;
    rd_kafka_mock_cluster_t *cluster;
};

/*
 * The mock cluster of librdkafka 2.0 binds its brokers to port 0 and cannot be told otherwise. So bind() is
 * this one, for the whole program: while `next_port` is set, a bind of this thread to port 0 of the loopback
 * address gets that port, and the next the next.
 */
static _Thread_local uint16_t next_port;
static _Thread_local int bind_error;

int bind(int fd, const struct sockaddr *address, socklen_t len) __attribute__((visibility("default")));

int bind(int fd, const struct sockaddr *address, socklen_t len)
{
    struct sockaddr_in fixed;
    if (next_port == 0 || address->sa_family != AF_INET || len < sizeof fixed)
        return (int)syscall(SYS_bind, fd, address, len);
    memcpy(&fixed, address, sizeof fixed);
    if (fixed.sin_port != 0)
        return (int)syscall(SYS_bind, fd, address, len);
    fixed.sin_port = htons(next_port++);
    const int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    const int status = (int)syscall(SYS_bind, fd, &fixed, sizeof fixed);
    if (status != 0)
        bind_error = errno;
    return status;
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
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "log_level", "3", NULL, 0);
    kafka->handle = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
    if (!kafka->handle) {
        rd_kafka_conf_destroy(conf);
        return vc__error(err, VC_E_KAFKA, "librdkafka: %s", text);
    }
    next_port = options->port;
    bind_error = 0;
    kafka->cluster = rd_kafka_mock_cluster_new(kafka->handle, options->brokers);
    next_port = 0;
    if (!kafka->cluster && bind_error)
        return vc__error(err, VC_E_CONNECT, "cannot listen on port %u of the loopback address: is it in use?",
                         (unsigned)options->port);
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

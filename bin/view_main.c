/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view_main.c - vaultcrypt-view: a page that shows the records of topics. A program of its own because it links librdkafka and libmicrohttpd.
 *
 * One thread reads and opens (view_feed.h), one for each connection answers (view_http.h), and the first one counts the seconds.
 */
#include "exit.h"
#include "interrupt.h"
#include "listen.h"
#include "view_http.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { TICK_MS = 100, TICKS = 10, RECORDS_MOST = 1000000, START_SHIFT = 20 };

struct job {
    struct view_options options;
    reading_options where;
    struct sockaddr_storage listen, web;
    vc_kafka_config *kafka;
    vc_client *client;
    vc_keysource *keys; /* NULL: the schema names none */
    bool needs_vault;
    vc_schema *schema;
    const vc_rule *rule;
    view_access *access;
    view_opener *opener;
    view_ring *ring;
    view_status *status;
    view_feed *feed;
    view_http *page, *service;
};

/* -- the command line ---------------------------------------------------------------------------------------------- */

static int usage(const char *what, const char *why)
{
    fprintf(stderr, "vaultcrypt view: %s%s%s; vaultcrypt view --help\n", what, why[0] ? ": " : "", why);
    return EXIT_USAGE;
}

/* Where each topic begins: each partition there, so an offset that is not there is where it begins or ends. */
static int place(struct job *job, const char *const *topics)
{
    const struct view_options *o = &job->options;
    reading probe;
    job->where = (reading_options){ .partition = o->partition };
    for (; *topics; topics++)
        job->where.topics.values[job->where.topics.count++] = *topics;
    job->where.offsets.values[job->where.offsets.count++] = o->from;
    if (!view_feed_is_place(o->from))
        return usage(o->from, "it begins at beginning, end, N, -N or s@MILLISECONDS");
    return reading_check(&probe, "view", &job->where);
}

static int check(struct job *job, const char *const *topics)
{
    const struct view_options *o = &job->options;
    if (!topics[0])
        return usage("a topic is needed", "");
    if (!kafka_is_named(&o->kafka))
        return usage("where is Kafka? -b or VAULTCRYPT_BROKERS says it", "");
    if (o->record && !o->schema)
        return usage("--record is of a schema: -s FILE", "");
    if (!listen_address(o->listen, &job->listen))
        return usage(o->listen, "--listen takes a port, 127.0.0.1:PORT or [::1]:PORT");
    if (o->web_service && !listen_address(o->web_service, &job->web))
        return usage(o->web_service, "--web-service takes a port, 127.0.0.1:PORT or [::1]:PORT");
    if (o->records > RECORDS_MOST || o->clients > 1000)
        return usage("--records is up to 1000000, --clients up to 1000", "");
    return place(job, topics);
}

/* -- life ---------------------------------------------------------------------------------------------------------- */

static bool open_schema(struct job *job, vc_error *err)
{
    struct view_options *o = &job->options;
    if (!o->schema)
        return true;
    job->schema = vc_schema_open(o->schema, err);
    if (!job->schema || (o->record && !(job->rule = vc_schema_rule(job->schema, vc_str(o->record), err))))
        return false;
    job->needs_vault = connect_needs_vault(job->schema, VC_OPEN);
    return (job->client = connect_schema(&o->connect, job->schema, VC_OPEN, err)) && view_keys_start(job->client, job->schema, o->schema, &job->keys, err);
}

static int open_all(struct job *job)
{
    static const char *const defaults[][2] = { { "auto.offset.reset", "earliest" }, { "queued.max.messages.kbytes", "16384" }, { NULL, NULL } };
    const struct view_options *o = &job->options;
    vc_error err = VC_ERROR_INIT;
    const bool loopback = listen_is_loopback(&job->listen) && (!o->web_service || listen_is_loopback(&job->web));
    const int status = view_access_new(o, loopback, &job->access);
    if (status)
        return status;
    job->kafka = kafka_settings(&o->kafka, defaults, &err);
    if (!job->kafka || !open_schema(job, &err) || !(job->opener = view_opener_new(job->client, job->schema, job->rule, o->show, &err)))
        return exit_report("view", &err);
    job->ring = view_ring_new(o->records, o->memory, (uint64_t)time(NULL) << START_SHIFT);
    job->status = view_status_new();
    if (job->ring && job->status)
        return EXIT_FINE;
    fprintf(stderr, "vaultcrypt view: out of memory\n");
    return EXIT_LOCAL;
}

static bool listen_on(struct job *job, const struct sockaddr_storage *address, bool web_service, view_http **http)
{
    const view_http_parts parts = { .options = &job->options, .address = address, .access = job->access, .ring = job->ring, .status = job->status,
                                    .feed = job->feed, .keys = job->keys, .schema_id = job->schema ? vc_schema_id(job->schema) : NULL, .web_service = web_service };
    char text[LISTEN_ROOM];
    unsigned port = 0;
    *http = view_http_start(&parts, &port);
    if (!*http) {
        const char *what = web_service ? job->options.web_service : job->options.listen;
        fprintf(stderr, "vaultcrypt view: %s: %s\n", what, view_access_has_tls(job->access) && errno == EADDRNOTAVAIL ? "cannot listen there, or certificate and key are not what TLS takes" : strerror(errno));
        return false;
    }
    listen_text(address, port, text);
    printf("%s%s://%s/\n", web_service ? "web service: " : "", view_access_has_tls(job->access) ? "https" : "http", text);
    fflush(stdout);
    return true;
}

static int run(struct job *job)
{
    const struct view_options *o = &job->options;
    const view_feed_parts parts = { .where = &job->where, .kafka = job->kafka, .opener = job->opener, .ring = job->ring, .status = job->status,
                                    .rate = o->rate, .patience = o->connect.deadline, .opens = job->schema, .needs_vault = job->needs_vault };
    const struct timespec tick = { .tv_nsec = TICK_MS * 1000000L };
    interrupt_catch();
    signal(SIGPIPE, SIG_IGN);
    job->feed = view_feed_start(&parts);
    if (!job->feed || !listen_on(job, &job->listen, false, &job->page) || (o->web_service && !listen_on(job, &job->web, true, &job->service)))
        return EXIT_LOCAL;
    uint64_t seen = 0;
    for (unsigned i = 1; !interrupt_signal; i++) {
        nanosleep(&tick, NULL);
        if (job->keys && view_keys_tell(job->keys, job->status, &seen))
            view_feed_retry(job->feed);
        if (i % TICKS == 0)
            view_status_tick(job->status);
    }
    return EXIT_FINE;
}

static void close_all(struct job *job, int status)
{
    view_feed_cancel(job->feed); /* whatever it waits for, while the pages are ended */
    view_http_stop(job->service);
    view_http_stop(job->page);
    if (!view_feed_stop(job->feed)) /* brokers that are away would be waited for */
        _exit(status);
    view_opener_free(job->opener);
    view_ring_free(job->ring);
    view_status_free(job->status);
    view_access_free(job->access);
    vc_kafka_config_free(job->kafka);
    connect_end(job->client, job->keys);
    vc_schema_unref(job->schema);
}

int main(int argc, char **argv)
{
    static struct job job = { .options = { .from = "-100", .listen = "127.0.0.1:8320", .records = 1000, .memory = 64 << 20, .show = 16 << 10, .rate = 5000, .clients = 16,
                                           .connect = { .deadline = 3000 } } };
    const char *topics[9];
    int status;
    if (!option_parse(&command_view, argc, argv, &job.options, topics, &status))
        return status;
    status = check(&job, topics);
    if (!status)
        status = open_all(&job);
    if (!status)
        status = run(&job);
    close_all(&job, status);
    return status;
}

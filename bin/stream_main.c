/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream_main.c - vaultcrypt-stream: a stream by its configuration, as a service. A program of its own because it links librdkafka.
 *
 * The stream runs in a thread of its own; the first thread waits for signals, looks at the files once a second, and speaks with the
 * service's manager. What takes time, as having keys does when all is read again, is another thread's (stream_reload.h).
 */
#include "exit.h"
#include "listen.h"
#include "schema_warn.h"
#include "stream_files.h"
#include "stream_http.h"
#include "stream_log.h"
#include "stream_notify.h"
#include "stream_reload.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { TICK_MS = 250, LOOK_TICKS = 4, STATUS_TICKS = 20, ERROR_ROOM = 1024 };

struct service {
    struct stream_options options;
    stream_log log;
    vc_stream_config *config;
    vc_client *client;
    stream_keys keys;
    stream_reload reload;
    vc_stream *stream;
    stream_metrics metrics;
    stream_http *http;
    stream_notify notify;
    stream_files files;

    pthread_t owner, runner;
    atomic_bool ended; /* vc_stream_run() has returned */
    vc_error failure;  /* why, unless all is well */
    bool ready, stopping, told; /* told: the log says that it runs */
    bool again;                 /* a reload was asked for while one was under way */
    uint64_t turns; /* of the stream, when looked at last */
    unsigned long ticks;
};

/* -- making ------------------------------------------------------------------------------------------------------------- */

static void advise(void *user, const char *line)
{
    stream_log_line(user, VC_LOG_WARNING, line);
}

static vc_code open_all(struct service *s, vc_error *err)
{
    s->config = stream_options_config(&s->options, err);
    vc_code code = s->config ? vc_stream_config_check(s->config, err) : err->code;
    if (code)
        return code;
    stream_files_take(&s->files, s->config);
    stream_log_set(&s->log, vc_stream_config_get(s->config, "log.format", 0), vc_stream_config_get(s->config, "log.level", 0));
    for (size_t i = 0; vc_stream_config_warning(s->config, i); i++)
        stream_log_line(&s->log, VC_LOG_WARNING, vc_stream_config_warning(s->config, i));
    s->client = vc_stream_config_client(s->config, stream_log_of_client, &s->log, err);
    s->reload = (stream_reload){ .options = &s->options, .log = &s->log, .client = s->client, .keys = &s->keys, .why = VC_ERROR_INIT };
    vc_schema **schema = &s->reload.schema, **old = &s->reload.old;
    code = s->client ? vc_stream_config_schemas(s->config, schema, old, err) : err->code;
    if (!code && !s->options.check)
        code = stream_keys_open(&s->keys, s->config, s->client, *schema, *old, &s->log, err);
    if (code)
        return code;
    vc_stream_config_advise(s->config, *schema, advise, &s->log);
    schema_warn(*schema, vc_stream_config_get(s->config, "schema", 0), advise, &s->log);
    if (s->options.check) /* else whoever has the keys tells */
        schema_warn_files(*schema, vc_stream_config_get(s->config, "schema", 0), advise, &s->log);
    if (*old)
        schema_warn(*old, vc_stream_config_get(s->config, "old_schema", 0), advise, &s->log);
    s->stream = s->reload.stream = vc_stream_config_stream(s->config, s->client, *schema, *old, err);
    code = s->stream ? vc_stream_set_log(s->stream, stream_log_of_stream, &s->log, err) : err->code;
    return code ? code : vc_stream_set_missing(s->stream, stream_keys_missing, &s->keys, err);
}

static void close_all(struct service *s)
{
    vc_stream_free(s->stream);
    stream_keys_close(&s->keys);
    vc_schema_unref(s->reload.schema);
    vc_schema_unref(s->reload.old);
    vc_client_close(s->client);
    vc_stream_config_free(s->config);
}

static int fail(struct service *s, int status, const char *why, const char *what, const char *more)
{
    stream_log_printf(&s->log, VC_LOG_ERROR, "%s%s: %s", what, more, why);
    return status;
}

static int start_http(struct service *s)
{
    struct sockaddr_storage address;
    const char *listen = vc_stream_config_get(s->config, "http.listen", 0);
    unsigned port = 0;
    if (!listen)
        return EXIT_FINE;
    if (!listen_address(listen, &address))
        return fail(s, EXIT_CONFIG, "expected PORT or ADDRESS:PORT, such as 127.0.0.1:9464", "http.listen", "");
    if (s->options.check)
        return EXIT_FINE;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    s->metrics = (stream_metrics){ s->stream, s->client, &s->keys, strcmp(vc_stream_config_get(s->config, "stream.guarantee", 0), "exactly_once") == 0,
                                   (double)now.tv_sec + (double)now.tv_nsec / 1e9, 0, 0 };
    s->http = stream_http_start(&address, &s->metrics, &port);
    if (!s->http)
        return fail(s, EXIT_LOCAL, strerror(errno), "http.listen: ", listen);
    stream_log_printf(&s->log, VC_LOG_INFO, "HTTP on port %u: /metrics, /healthz, /readyz", port);
    return EXIT_FINE;
}

/* -- reading again ------------------------------------------------------------------------------------------------------- */

static void refuse_reload(struct service *s, const char *why)
{
    atomic_fetch_add(&s->metrics.reloads_refused, 1);
    stream_log_printf(&s->log, VC_LOG_ERROR, "what was changed is refused, and the stream goes on with what it had: %s", why);
}

/* One at a time; what is asked for meanwhile is done after it, once. */
static void begin_reload(struct service *s)
{
    s->again = s->reload.under_way;
    if (s->again)
        return;
    (void)stream_files_changed(&s->files); /* what has changed is read now */
    stream_notify_reloading(&s->notify);
    const int failed = stream_reload_begin(&s->reload);
    if (failed)
        refuse_reload(s, strerror(failed));
    if (failed && s->ready)
        stream_notify_send(&s->notify, "READY=1");
}

static void end_reload(struct service *s)
{
    char text[ERROR_ROOM];
    const bool ends = s->stopping || atomic_load(&s->ended), again = s->again && !ends;
    if (stream_reload_end(&s->reload, &s->config)) {
        stream_log_set(&s->log, vc_stream_config_get(s->config, "log.format", 0), vc_stream_config_get(s->config, "log.level", 0));
        stream_files_take(&s->files, s->config);
        atomic_fetch_add(&s->metrics.reloads, 1);
        stream_log_line(&s->log, VC_LOG_INFO, "schema and credentials were read again");
    } else if (ends && s->reload.why.code == VC_E_CANCELED) {
        stream_log_line(&s->log, VC_LOG_INFO, "what was being read again is left, since the stream ends");
    } else {
        refuse_reload(s, vc_error_format(&s->reload.why, text, sizeof text));
    }
    s->again = false;
    if (s->ready && !again)
        stream_notify_send(&s->notify, "READY=1");
    if (again)
        begin_reload(s);
}

/* -- running ------------------------------------------------------------------------------------------------------------- */

static void *run_stream(void *user)
{
    struct service *s = user;
    (void)vc_stream_run(s->stream, &s->failure);
    atomic_store(&s->ended, true);
    pthread_kill(s->owner, SIGUSR2); /* it need not wait for its next look */
    return NULL;
}

static void stop(struct service *s, int number)
{
    if (s->stopping) /* asked twice: somebody is in a hurry, and what is under way comes again */
        _exit(EXIT_INTERRUPT);
    s->stopping = true;
    stream_log_printf(&s->log, VC_LOG_INFO, "%s: what is under way is finished and committed", number == SIGINT ? "SIGINT" : "SIGTERM");
    stream_notify_send(&s->notify, "STOPPING=1\nSTATUS=stopping");
    stream_keys_cancel(&s->keys);
    vc_stream_stop(s->stream);
}

static void tell_status(struct service *s, vc_stream_state state)
{
    char text[200];
    vc_stream_stats stats = { .size = sizeof stats };
    vc_stream_get_stats(s->stream, &stats);
    snprintf(text, sizeof text, "STATUS=%s: %llu records in, %llu out, %llu dead letters", stream_state_name(state), (unsigned long long)stats.records_in,
             (unsigned long long)stats.records_out, (unsigned long long)stats.dead_letters);
    stream_notify_send(&s->notify, text);
}

/* The stream's reader goes round, or is still at its beginning, which may have to wait for Kafka. */
static bool moves(struct service *s, vc_stream_state state)
{
    vc_stream_stats stats = { .size = sizeof stats };
    vc_stream_get_stats(s->stream, &stats);
    const bool moved = stats.turns != s->turns || state == VC_STREAM_STARTING;
    s->turns = stats.turns;
    return moved;
}

/* Once: waits for Vault, and their ends, the stream tells itself. */
static void log_running(struct service *s, vc_stream_state state)
{
    if (s->told || state != VC_STREAM_RUNNING)
        return;
    s->told = true;
    stream_log_line(&s->log, VC_LOG_INFO, "running: Kafka has dealt the partitions out");
}

static void tick(struct service *s)
{
    const vc_stream_state state = vc_stream_get_state(s->stream);
    log_running(s, state);
    if (!s->ready && (state == VC_STREAM_RUNNING || state == VC_STREAM_WAITING)) {
        s->ready = true;
        if (!s->reload.under_way) /* which says so at its end */
            stream_notify_send(&s->notify, "READY=1");
    }
    if (s->ticks++ % STATUS_TICKS == 0)
        tell_status(s, state);
    if (moves(s, state) && state != VC_STREAM_ENDED)
        stream_notify_alive(&s->notify);
    if (!s->stopping && !s->reload.under_way && s->ticks % LOOK_TICKS == 0 && stream_files_changed(&s->files))
        begin_reload(s);
}

static void wait_for_end(struct service *s, const sigset_t *signals)
{
    const struct timespec pause = { 0, TICK_MS * 1000000L };
    while (!atomic_load(&s->ended)) {
        const int number = sigtimedwait(signals, NULL, &pause);
        if (number == SIGTERM || number == SIGINT)
            stop(s, number);
        else if (number == SIGHUP && !s->stopping)
            begin_reload(s);
        else
            tick(s);
        if (stream_reload_is_done(&s->reload))
            end_reload(s);
    }
}

/* A run that ended by itself tells by its exit code whether all records were done. */
static int sum_up(struct service *s)
{
    char text[ERROR_ROOM];
    vc_stream_stats stats = { .size = sizeof stats };
    vc_stream_get_stats(s->stream, &stats);
    stream_log_printf(&s->log, VC_LOG_INFO, "ended: %llu records in, %llu out, %llu dead letters, %llu fields in %llu batches",
                      (unsigned long long)stats.records_in, (unsigned long long)stats.records_out, (unsigned long long)stats.dead_letters,
                      (unsigned long long)stats.fields, (unsigned long long)stats.batches);
    if (s->failure.code) {
        stream_log_line(&s->log, VC_LOG_ERROR, vc_error_format(&s->failure, text, sizeof text));
        return exit_code_of(s->failure.code);
    }
    return stats.dead_letters && !s->stopping ? EXIT_DATA : EXIT_FINE;
}

static int run(struct service *s)
{
    sigset_t signals;
    sigemptyset(&signals);
    static const int numbers[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR2 };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        sigaddset(&signals, numbers[i]);
    pthread_sigmask(SIG_BLOCK, &signals, NULL); /* for all threads: they come to the one that waits for them */
    signal(SIGPIPE, SIG_IGN);
    int status = start_http(s);
    if (status)
        return status;
    stream_notify_open(&s->notify);
    s->owner = pthread_self();
    const int failed = pthread_create(&s->runner, NULL, run_stream, s);
    if (failed) {
        status = fail(s, EXIT_LOCAL, strerror(failed), "a thread cannot be started", "");
    } else {
        wait_for_end(s, &signals);
        stream_keys_cancel(&s->keys); /* a run may end by itself, too */
        pthread_join(s->runner, NULL);
        if (s->reload.under_way)
            end_reload(s);
        status = sum_up(s);
    }
    stream_http_stop(s->http);
    stream_notify_close(&s->notify);
    return status;
}

static void print_line(void *user, const char *line)
{
    (void)user;
    puts(line);
}

static int check(struct service *s)
{
    vc_error err = VC_ERROR_INIT;
    const int status = start_http(s);
    if (!status && vc_stream_config_print(s->config, print_line, NULL, &err))
        return exit_report("stream", &err);
    return status ? status : fflush(stdout) ? EXIT_LOCAL : EXIT_FINE;
}

int main(int argc, char **argv)
{
    static struct service s = { .log = STREAM_LOG_INIT, .keys = STREAM_KEYS_INIT, .failure = VC_ERROR_INIT };
    vc_error err = VC_ERROR_INIT;
    int status;
    if (!stream_options_parse(argc, argv, &s.options, &status))
        return status;
    if (s.options.list) {
        stream_options_list();
        return fflush(stdout) ? EXIT_LOCAL : EXIT_FINE;
    }
    if (open_all(&s, &err))
        status = exit_report("stream", &err);
    else
        status = s.options.check ? check(&s) : run(&s);
    close_all(&s);
    return status;
}

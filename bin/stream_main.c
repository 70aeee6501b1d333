/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream_main.c - vaultcrypt-stream: a stream by its configuration, as a service. A program of its own because it links librdkafka.
 *
 * The stream runs in a thread of its own; the first thread waits for signals, looks at the files four times a second, and speaks with the
 * service's manager.
 */
#include "exit.h"
#include "listen.h"
#include "stream_files.h"
#include "stream_http.h"
#include "stream_log.h"
#include "stream_notify.h"
#include "stream_options.h"

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
    vc_schema *schema, *old; /* as read last */
    stream_keys keys;
    vc_stream *stream;
    stream_metrics metrics;
    stream_http *http;
    stream_notify notify;
    stream_files files;

    pthread_t owner, runner;
    atomic_bool ended; /* vc_stream_run() has returned */
    vc_error failure;  /* why, unless all is well */
    bool ready, stopping, told; /* told: the log says that it runs */
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
    code = s->client ? vc_stream_config_schemas(s->config, &s->schema, &s->old, err) : err->code;
    if (!code && !s->options.check)
        code = stream_keys_open(&s->keys, s->config, s->client, s->schema, s->old, &s->log, err);
    if (code)
        return code;
    vc_stream_config_advise(s->config, s->schema, advise, &s->log);
    s->stream = vc_stream_config_stream(s->config, s->client, s->schema, s->old, err);
    code = s->stream ? vc_stream_set_log(s->stream, stream_log_of_stream, &s->log, err) : err->code;
    return code ? code : vc_stream_set_missing(s->stream, stream_keys_missing, &s->keys, err);
}

static void close_all(struct service *s)
{
    vc_stream_free(s->stream);
    stream_keys_close(&s->keys);
    vc_schema_unref(s->schema);
    vc_schema_unref(s->old);
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

static bool equal(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* Settings of Vault, stream and HTTP that are fixed when the stream is made. */
static bool is_live(const char *name)
{
    static const char *const live[] = { "schema", "old_schema", "log.level" };
    for (size_t i = 0; i < sizeof live / sizeof live[0]; i++)
        if (strcmp(name, live[i]) == 0)
            return true;
    return false;
}

static bool same_values(const vc_stream_config *a, const vc_stream_config *b, const char *name)
{
    for (size_t i = 0;; i++) {
        const char *one = vc_stream_config_get(a, name, i), *other = vc_stream_config_get(b, name, i);
        if (!equal(one, other))
            return false;
        if (!one)
            return true;
    }
}

/* Properties that `mine` has, and `other` otherwise or, when that is asked for, not at all. Of secrets nobody can tell. */
static void tell_of_properties(struct service *s, const vc_stream_config *mine, const vc_stream_config *other, bool missing_only)
{
    char full[300];
    const char *name;
    for (size_t i = 0; (name = vc_stream_config_property(mine, i)); i++) {
        snprintf(full, sizeof full, "kafka.%s", name);
        const char *there = vc_stream_config_get(other, full, 0);
        if (missing_only ? !there : !equal(vc_stream_config_get(mine, full, 0), there))
            stream_log_printf(&s->log, VC_LOG_WARNING, "%s is another now, which counts after a restart", full);
    }
}

static void tell_what_waits(struct service *s, const vc_stream_config *fresh)
{
    tell_of_properties(s, fresh, s->config, false);
    tell_of_properties(s, s->config, fresh, true);
    vc_stream_setting setting = { .size = sizeof setting };
    for (size_t i = 0; vc_stream_config_setting(i, &setting); i++)
        if (!is_live(setting.name) && !same_values(s->config, fresh, setting.name))
            stream_log_printf(&s->log, VC_LOG_WARNING, "%s is another now, which counts after a restart", setting.name);
}

/* Nothing is changed unless all can be. */
static vc_code take_over(struct service *s, vc_stream_config *fresh, vc_error *err)
{
    vc_schema *schema = NULL, *old = NULL;
    vc_code code = vc_stream_config_check(fresh, err);
    if (!code)
        code = vc_stream_config_schemas(fresh, &schema, &old, err);
    const bool asked = !code;
    if (asked)
        code = stream_keys_open(&s->keys, fresh, s->client, schema, old, &s->log, err);
    const bool had = asked && !code; /* else the keys are those from before */
    if (!code)
        code = vc_stream_replace_schema(s->stream, schema, old, err);
    if (!code)
        code = vc_stream_config_reload_client(fresh, s->client, err);
    if (code) {
        if (had)
            (void)stream_keys_open(&s->keys, s->config, s->client, s->schema, s->old, &s->log, NULL);
        if (schema) /* it may have been taken already */
            (void)vc_stream_replace_schema(s->stream, s->schema, s->old, NULL);
        vc_schema_unref(schema);
        vc_schema_unref(old);
        return code;
    }
    vc_schema_unref(s->schema);
    vc_schema_unref(s->old);
    s->schema = schema;
    s->old = old;
    return VC_OK;
}

static void reload(struct service *s)
{
    char text[ERROR_ROOM];
    vc_error err = VC_ERROR_INIT;
    stream_notify_reloading(&s->notify);
    vc_stream_config *fresh = stream_options_config(&s->options, &err);
    if (fresh && !take_over(s, fresh, &err)) {
        tell_what_waits(s, fresh);
        stream_log_set(&s->log, vc_stream_config_get(s->config, "log.format", 0), vc_stream_config_get(fresh, "log.level", 0));
        vc_stream_config_free(s->config);
        s->config = fresh;
        stream_files_take(&s->files, fresh);
        atomic_fetch_add(&s->metrics.reloads, 1);
        stream_log_line(&s->log, VC_LOG_INFO, "schema and credentials were read again");
    } else {
        atomic_fetch_add(&s->metrics.reloads_refused, 1);
        stream_log_printf(&s->log, VC_LOG_ERROR, "what was changed is refused, and the stream goes on with what it had: %s",
                          vc_error_format(&err, text, sizeof text));
        vc_stream_config_free(fresh);
    }
    if (s->ready)
        stream_notify_send(&s->notify, "READY=1");
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
        stream_notify_send(&s->notify, "READY=1");
    }
    if (s->ticks++ % STATUS_TICKS == 0)
        tell_status(s, state);
    if (moves(s, state) && state != VC_STREAM_ENDED)
        stream_notify_alive(&s->notify);
    if (!s->stopping && s->ticks % LOOK_TICKS == 0 && stream_files_changed(&s->files))
        reload(s);
}

static void wait_for_end(struct service *s, const sigset_t *signals)
{
    const struct timespec pause = { 0, TICK_MS * 1000000L };
    while (!atomic_load(&s->ended)) {
        const int number = sigtimedwait(signals, NULL, &pause);
        if (number == SIGTERM || number == SIGINT)
            stop(s, number);
        else if (number == SIGHUP && !s->stopping)
            reload(s);
        else
            tick(s);
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
        pthread_join(s->runner, NULL);
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

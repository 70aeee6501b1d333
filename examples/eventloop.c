/* SPDX-License-Identifier: Apache-2.0 */
/*
 * eventloop - a filter that never waits: NDJSON from standard input, protected under a schema, to standard output in the order it came,
 * on libevent. One thread reads, has several batches under way at Vault, and writes; a heartbeat on standard error shows that nothing
 * blocks it (-b).
 *
 *     vaultcrypt dev -- sh -c 'vaultcrypt setup -s purchases.yaml && ./eventloop purchases.yaml < purchases.ndjson'
 *
 * What connects the library to libevent is watch(), set_timer(), on_socket() and on_timer().
 */
#include <event2/buffer.h>
#include <event2/event.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <vaultcrypt/vaultcrypt.h>

enum { LINES_AT_ONCE = 200, JOBS_MAX = 8 };

/* Lines that go to Vault together. */
typedef struct job {
    vc_batch *batch;
    char *lines[LINES_AT_ONCE];
    size_t count;
    bool done;
    struct job *next;
} job;

typedef struct app {
    struct event_base *base;
    struct event *timer, *input, *heartbeat;
    struct evbuffer *in;
    vc_loop *loop;
    vc_schema *schema;
    job *first, *last; /* in the order of the input */
    size_t jobs;
    unsigned long records, beats;
    bool at_end, failed;
} app;

static void die(const char *what, const vc_error *err)
{
    char line[1024];
    fprintf(stderr, "eventloop: %s: %s\n", what, err ? vc_error_format(err, line, sizeof line) : "out of memory");
    exit(1);
}

/* -- the library on libevent ------------------------------------------------------------------------------------------- */

static void on_socket(evutil_socket_t fd, short what, void *user)
{
    const app *self = user;
    vc_loop_socket_ready(self->loop, fd, (what & EV_READ ? VC_LOOP_READ : 0) | (what & EV_WRITE ? VC_LOOP_WRITE : 0));
}

/* One event for each descriptor; the library keeps the pointer for us. */
static void *watch(void *user, int fd, unsigned what, void *watched)
{
    app *self = user;
    struct event *event = watched;
    const short bits = (short)(EV_PERSIST | (what & VC_LOOP_READ ? EV_READ : 0) | (what & VC_LOOP_WRITE ? EV_WRITE : 0));
    if (event) /* a new assignment needs it out of the loop */
        event_free(event);
    if (!what)
        return NULL;
    event = event_new(self->base, fd, bits, on_socket, self);
    if (!event || event_add(event, NULL))
        die("watch", NULL);
    return event;
}

static void on_timer(evutil_socket_t fd, short what, void *user)
{
    const app *self = user;
    (void)fd;
    (void)what;
    vc_loop_timer_due(self->loop);
}

static void set_timer(void *user, int64_t milliseconds)
{
    app *self = user;
    if (milliseconds < 0) {
        (void)event_del(self->timer);
        return;
    }
    const struct timeval time = { milliseconds / 1000, milliseconds % 1000 * 1000 };
    if (event_add(self->timer, &time))
        die("timer", NULL);
}

/* -- the filter -------------------------------------------------------------------------------------------------------- */

static void print(app *self, const job *done)
{
    for (size_t i = 0; i < done->count; i++) {
        const vc_error *problem = vc_batch_error(done->batch, i);
        const vc_view out = vc_batch_output(done->batch, i);
        if (problem) {
            fprintf(stderr, "eventloop: record %lu: %s\n", self->records + i + 1, problem->message);
            self->failed = true;
        } else if (fwrite(out.data, 1, out.len, stdout) != out.len || putchar('\n') == EOF) {
            self->failed = true;
        }
    }
    self->records += done->count;
}

static void job_free(job *old)
{
    vc_batch_free(old->batch);
    for (size_t i = 0; i < old->count; i++)
        free(old->lines[i]);
    free(old);
}

/* Nothing more to come: the loop runs out of events, and ends. */
static void stop_if_finished(app *self)
{
    if (!self->at_end || self->jobs)
        return;
    (void)event_del(self->input);
    (void)event_del(self->heartbeat);
    vc_loop_free(self->loop);
    self->loop = NULL;
}

static void read_more(app *self);

static void on_batch(void *user, vc_batch *batch, vc_code code, const vc_error *err)
{
    app *self = user;
    for (job *each = self->first; each; each = each->next)
        each->done = each->done || each->batch == batch;
    if (code == VC_E_CANCELED)
        return;
    if (code)
        die("Vault", err);
    for (job *head; (head = self->first) && head->done;) {
        print(self, head);
        self->first = head->next;
        self->jobs--;
        job_free(head);
    }
    read_more(self);
}

static void submit(app *self, job *full)
{
    vc_error err = VC_ERROR_INIT;
    full->batch = vc_batch_new(self->schema, VC_PROTECT, &err);
    if (!full->batch)
        die("batch", &err);
    for (size_t i = 0; i < full->count; i++)
        if (vc_batch_add(full->batch, vc_schema_rule_at(self->schema, 0), vc_str(full->lines[i]), &err))
            die("batch", &err);
    if (self->first)
        self->last->next = full;
    else
        self->first = full;
    self->last = full;
    self->jobs++;
    if (vc_loop_submit_batch(self->loop, full->batch, on_batch, self, NULL, &err))
        die("submit", &err);
}

/* The next lines of what was read; NULL: no whole line. */
static job *take_lines(struct evbuffer *in)
{
    job *next = calloc(1, sizeof *next);
    if (!next)
        die("lines", NULL);
    while (next->count < LINES_AT_ONCE && (next->lines[next->count] = evbuffer_readln(in, NULL, EVBUFFER_EOL_LF)))
        next->count++;
    if (next->count)
        return next;
    free(next);
    return NULL;
}

/* As many jobs as may be under way; the input is left alone while they are. */
static void read_more(app *self)
{
    job *next;
    while (self->jobs < JOBS_MAX && (next = take_lines(self->in)))
        submit(self, next);
    if (self->at_end || self->jobs == JOBS_MAX)
        (void)event_del(self->input);
    else if (event_add(self->input, NULL))
        die("input", NULL);
    stop_if_finished(self);
}

static void on_input(evutil_socket_t fd, short what, void *user)
{
    app *self = user;
    (void)what;
    const int got = evbuffer_read(self->in, fd, -1);
    if (got < 0) {
        perror("eventloop: standard input");
        exit(1);
    }
    self->at_end = got == 0;
    read_more(self);
}

static void on_heartbeat(evutil_socket_t fd, short what, void *user)
{
    app *self = user;
    (void)fd;
    (void)what;
    self->beats++;
}

/* Before there is a loop of the library: it has things to watch from the start. */
static void prepare(app *self)
{
    static const struct timeval often = { 0, 10000 };
    struct event_config *config = event_config_new();
    /* Standard input may be a file, which epoll does not take. */
    if (!config || event_config_require_features(config, EV_FEATURE_FDS) || !(self->base = event_base_new_with_config(config)))
        die("libevent", NULL);
    event_config_free(config);
    self->in = evbuffer_new();
    self->timer = evtimer_new(self->base, on_timer, self);
    self->input = event_new(self->base, STDIN_FILENO, EV_READ | EV_PERSIST, on_input, self);
    self->heartbeat = event_new(self->base, -1, EV_PERSIST, on_heartbeat, self);
    if (!self->in || !self->timer || !self->input || !self->heartbeat || event_add(self->input, NULL) ||
        event_add(self->heartbeat, &often))
        die("libevent", NULL);
}

static bool run(app *self)
{
    const bool good = event_base_dispatch(self->base) >= 0 && !self->failed && fflush(stdout) == 0;
    event_free(self->timer);
    event_free(self->input);
    event_free(self->heartbeat);
    evbuffer_free(self->in);
    event_base_free(self->base);
    return good;
}

int main(int argc, char **argv)
{
    static app self;
    const bool tell_beats = argc == 3 && strcmp(argv[1], "-b") == 0;
    if (argc != 2 && !tell_beats) {
        fprintf(stderr, "usage: eventloop [-b] SCHEMA < NDJSON > NDJSON\n");
        return 2;
    }
    vc_error err = VC_ERROR_INIT;
    vc_client *vault = vc_client_open(NULL, &err);
    self.schema = vault ? vc_schema_open(argv[argc - 1], &err) : NULL;
    if (!self.schema)
        die("start", &err);
    prepare(&self);
    self.loop = vc_loop_new(vault, watch, set_timer, &self, &err);
    if (!self.loop)
        die("loop", &err);
    const bool good = run(&self);
    if (tell_beats)
        fprintf(stderr, "eventloop: %lu records, %lu heartbeats of 10 ms meanwhile\n", self.records, self.beats);
    vc_schema_unref(self.schema);
    vc_client_close(vault);
    return good ? 0 : 1;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka/flight.h"

#include "base/alloc.h"
#include "base/error.h"
#include "kafka/clock.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>

/*
 * An attempt cannot be broken off, so it is short: a stop is heard at its end. When time was what it lacked,
 * the next one gets more: Vault may be slow rather than away.
 */
enum { FIRST_ATTEMPT_MS = 5000, LAST_ATTEMPT_MS = 30000, FIRST_PAUSE_MS = 250, LAST_PAUSE_MS = 5000 };

/* -- the workers' side ----------------------------------------------------------------------------------- */

static vc_code fill_batch(vc__unit *unit, uint64_t attempt_ms, vc_error *err)
{
    vc_batch_clear(unit->batch);
    vc_code code = vc_batch_set_deadline(unit->batch, attempt_ms, err);
    for (size_t i = 0; i < unit->count && !code; i++)
        code = vc_batch_add(unit->batch, unit->items[i].partition->route->rule,
                            vc_view_of(unit->messages[i]->payload, unit->messages[i]->len), err);
    return code;
}

/* What passes when Vault comes back, or when somebody lets us in again. */
static bool is_trouble(vc_code code)
{
    switch (vc_code_class(code)) {
    case VC_CLASS_AUTH:
    case VC_CLASS_TRANSPORT:
    case VC_CLASS_SERVER: return true;
    case VC_CLASS_NONE:
    case VC_CLASS_USAGE:
    case VC_CLASS_RESOURCE:
    case VC_CLASS_CONFIG:
    case VC_CLASS_DATA:
    default: return false;
    }
}

static void say(vc__flight *flight, const char *what, uint64_t seconds, const vc_error *why)
{
    char line[1024], reason[800];
    if (!flight->log)
        return;
    snprintf(line, sizeof line, "vault: %s %llu s%s%s", what, (unsigned long long)seconds, why ? ": " : "",
             why ? vc_error_format(why, reason, sizeof reason) : "");
    flight->log(flight->log_user, line);
}

/* Notes that an attempt failed, and sleeps; false when it is time to give up. */
static bool wait_out(vc__flight *flight, uint64_t pause_ms, uint64_t give_up, const vc_error *why)
{
    const uint64_t now = vc__now_ms();
    pthread_mutex_lock(&flight->lock);
    const bool first = !flight->trouble_ms;
    if (first) {
        flight->trouble_ms = now;
        flight->waits++;
    }
    pthread_mutex_unlock(&flight->lock);
    if (first)
        say(flight, "records wait for it, at most", flight->deadline_ms / 1000, why);

    const uint64_t until = now + pause_ms < give_up ? now + pause_ms : give_up;
    const struct timespec then = { .tv_sec = (time_t)(until / 1000),
                                   .tv_nsec = (long)(until % 1000) * 1000000 };
    pthread_mutex_lock(&flight->lock);
    int result = 0;
    while (!flight->cancel && result != ETIMEDOUT)
        result = pthread_cond_timedwait(&flight->work, &flight->lock, &then);
    const bool go_on = !flight->cancel && until < give_up;
    pthread_mutex_unlock(&flight->lock);
    return go_on;
}

static void trouble_over(vc__flight *flight)
{
    pthread_mutex_lock(&flight->lock);
    const uint64_t since = flight->trouble_ms;
    flight->trouble_ms = 0;
    pthread_mutex_unlock(&flight->lock);
    if (since)
        say(flight, "answers again, after", (vc__now_ms() - since) / 1000, NULL);
}

static void run(vc__flight *flight, vc__unit *unit)
{
    const uint64_t give_up = vc__now_ms() + flight->deadline_ms;
    uint64_t attempt = FIRST_ATTEMPT_MS, pause = FIRST_PAUSE_MS;
    for (;;) {
        const uint64_t now = vc__now_ms();
        const uint64_t left = give_up > now ? give_up - now : 1;
        vc_error_clear(&unit->error);
        vc_code code = fill_batch(unit, attempt < left ? attempt : left, &unit->error);
        if (!code)
            code = vc_client_run(flight->client, unit->batch, &unit->error);
        if (!code)
            trouble_over(flight);
        if (!is_trouble(code) || !wait_out(flight, pause, give_up, &unit->error)) {
            unit->error.code = code; /* also when the callee forgot to fill it */
            return;
        }
        if (code == VC_E_TIMEOUT)
            attempt = attempt * 2 < LAST_ATTEMPT_MS ? attempt * 2 : LAST_ATTEMPT_MS;
        pause = pause * 2 < LAST_PAUSE_MS ? pause * 2 : LAST_PAUSE_MS;
    }
}

static void *work(void *arg)
{
    vc__flight *flight = arg;
    pthread_mutex_lock(&flight->lock);
    for (;;) {
        while (!flight->quit && flight->taken == flight->submitted)
            pthread_cond_wait(&flight->work, &flight->lock);
        if (flight->quit)
            break;
        vc__unit *unit = &flight->units[flight->taken++ % flight->unit_count];
        const bool cancel = flight->drop || (flight->cancel && flight->trouble_ms);
        pthread_mutex_unlock(&flight->lock);
        if (cancel)
            vc__error(&unit->error, VC_E_CANCELED, "the stream is ending");
        else
            run(flight, unit);
        pthread_mutex_lock(&flight->lock);
        unit->ready = true;
        pthread_cond_signal(&flight->done);
    }
    pthread_mutex_unlock(&flight->lock);
    return NULL;
}

/* -- life ------------------------------------------------------------------------------------------------ */

static vc_code make_locks(vc__flight *flight, vc_error *err)
{
    pthread_condattr_t monotonic;
    if (pthread_condattr_init(&monotonic))
        return vc__error_memory(err);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    const bool made = pthread_mutex_init(&flight->lock, NULL) == 0 &&
                      pthread_cond_init(&flight->work, &monotonic) == 0 &&
                      pthread_cond_init(&flight->done, &monotonic) == 0;
    pthread_condattr_destroy(&monotonic);
    flight->made = made;
    return made ? VC_OK : vc__error_memory(err);
}

/* With all signals blocked: they are the application's, and go to its threads. */
static vc_code start_workers(vc__flight *flight, size_t workers, vc_error *err)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (flight->worker_count < workers &&
           pthread_create(&flight->workers[flight->worker_count], NULL, work, flight) == 0)
        flight->worker_count++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return flight->worker_count == workers ? VC_OK : vc__error_memory(err);
}

vc_code vc__flight_open(vc__flight *flight, vc_schema *schema, vc_direction direction, size_t records,
                        size_t workers, vc_error *err)
{
    if (!workers || workers > VC__MAX_WORKERS || !records)
        return vc__error(err, VC_E_ARGUMENT, "a stream needs 1 to %d threads and at least one record a batch",
                         VC__MAX_WORKERS);
    vc_code code = make_locks(flight, err);
    flight->unit_size = records;
    flight->unit_count = workers + (workers < 3 ? 4 : workers); /* some run, some are being delivered */
    for (size_t i = 0; i < flight->unit_count && !code; i++) {
        vc__unit *unit = &flight->units[i];
        unit->error = (vc_error)VC_ERROR_INIT;
        unit->messages = vc__calloc(records, sizeof *unit->messages);
        unit->items = vc__calloc(records, sizeof *unit->items);
        if (!unit->messages || !unit->items)
            return vc__error_memory(err);
        unit->batch = vc_batch_new(schema, direction, err);
        if (!unit->batch)
            return err ? err->code : VC_E_MEMORY;
    }
    return code ? code : start_workers(flight, workers, err);
}

static void drop_messages(vc__unit *unit)
{
    for (size_t i = 0; i < unit->count; i++)
        if (unit->messages[i])
            rd_kafka_message_destroy(unit->messages[i]);
    if (unit->count)
        memset(unit->messages, 0, unit->count * sizeof *unit->messages);
}

void vc__flight_cancel(vc__flight *flight, bool drop)
{
    if (!flight->made)
        return;
    pthread_mutex_lock(&flight->lock);
    flight->cancel = true;
    flight->drop |= drop;
    pthread_cond_broadcast(&flight->work);
    pthread_mutex_unlock(&flight->lock);
}

void vc__flight_close(vc__flight *flight)
{
    if (!flight->made)
        return;
    pthread_mutex_lock(&flight->lock);
    flight->cancel = flight->drop = flight->quit = true;
    pthread_cond_broadcast(&flight->work);
    pthread_mutex_unlock(&flight->lock);
    for (size_t i = 0; i < flight->worker_count; i++)
        pthread_join(flight->workers[i], NULL);
    for (size_t i = 0; i < flight->unit_count; i++) {
        vc__unit *unit = &flight->units[i];
        vc_batch_free(unit->batch); /* before the messages it borrows from */
        if (unit->messages)
            drop_messages(unit);
        vc__free(unit->messages);
        vc__free(unit->items);
    }
    pthread_cond_destroy(&flight->work);
    pthread_cond_destroy(&flight->done);
    pthread_mutex_destroy(&flight->lock);
    *flight = (vc__flight){ 0 };
}

/* -- the stream's side ----------------------------------------------------------------------------------- */

vc__unit *vc__flight_free_unit(vc__flight *flight)
{
    if (flight->submitted - flight->finished == flight->unit_count)
        return NULL;
    return &flight->units[flight->submitted % flight->unit_count];
}

void vc__flight_submit(vc__flight *flight, vc__unit *unit, vc__source *source, rd_kafka_message_t **messages,
                       size_t count)
{
    unit->count = 0;
    for (size_t i = 0; i < count; i++) {
        vc__partition *partition = vc__source_partition(source, messages[i]);
        if (!partition || unit->count == flight->unit_size) {
            rd_kafka_message_destroy(messages[i]);
            continue;
        }
        rd_kafka_timestamp_type_t type;
        const int64_t timestamp = rd_kafka_message_timestamp(messages[i], &type);
        unit->items[unit->count] = (vc__item){
            .unit = unit,
            .partition = partition,
            .offset = messages[i]->offset,
            .timestamp = type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? -1 : timestamp,
            .epoch = partition->epoch,
        };
        unit->messages[unit->count++] = messages[i];
    }
    unit->ready = false;
    unit->pending = 0;
    pthread_mutex_lock(&flight->lock);
    flight->submitted++;
    pthread_cond_broadcast(&flight->work); /* those that wait trouble out sleep on it too */
    pthread_mutex_unlock(&flight->lock);
}

vc__unit *vc__flight_next_ready(vc__flight *flight, int wait_ms)
{
    if (flight->produced == flight->submitted)
        return NULL;
    vc__unit *unit = &flight->units[flight->produced % flight->unit_count];
    pthread_mutex_lock(&flight->lock);
    if (!unit->ready && wait_ms > 0) {
        const uint64_t until = vc__now_ms() + (uint64_t)wait_ms;
        const struct timespec then = { .tv_sec = (time_t)(until / 1000),
                                       .tv_nsec = (long)(until % 1000) * 1000000 };
        while (!unit->ready && pthread_cond_timedwait(&flight->done, &flight->lock, &then) != ETIMEDOUT)
            ;
    }
    const bool ready = unit->ready;
    pthread_mutex_unlock(&flight->lock);
    return ready ? unit : NULL;
}

void vc__flight_unit_produced(vc__flight *flight, vc__unit *unit)
{
    vc_batch_clear(unit->batch);
    drop_messages(unit);
    flight->produced++;
}

/*
 * Over the records of one unit. A record that will not be delivered any more (`final`) holds its partition
 * back for good, one that is still under way for this round. Returns records done.
 */
static uint64_t settle_unit(vc__unit *unit, bool final)
{
    uint64_t done = 0;
    for (size_t i = 0; i < unit->count; i++) {
        vc__partition *partition = unit->items[i].partition;
        if (vc__item_stale(&unit->items[i]))
            continue;
        if (!unit->items[i].delivered && final)
            partition->stuck = true;
        else if (!unit->items[i].delivered)
            partition->blocked = true;
        if (partition->stuck || partition->blocked)
            continue;
        if (unit->items[i].offset >= partition->done)
            partition->done = unit->items[i].offset + 1;
        done++;
    }
    return done;
}

uint64_t vc__flight_settle(vc__flight *flight)
{
    uint64_t done = 0;
    while (flight->finished < flight->produced) {
        vc__unit *unit = &flight->units[flight->finished % flight->unit_count];
        if (unit->pending)
            break;
        done += settle_unit(unit, true);
        flight->finished++;
    }
    return done;
}

void vc__flight_settle_partly(vc__flight *flight)
{
    vc__flight_settle(flight);
    for (uint64_t at = flight->finished; at < flight->submitted; at++)
        settle_unit(&flight->units[at % flight->unit_count], false);
    for (uint64_t at = flight->finished; at < flight->submitted; at++) {
        const vc__unit *unit = &flight->units[at % flight->unit_count];
        for (size_t i = 0; i < unit->count; i++)
            unit->items[i].partition->blocked = false;
    }
}

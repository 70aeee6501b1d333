/* SPDX-License-Identifier: Apache-2.0 */
#include "view_feed.h"

#include "interrupt.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BATCH = 500, BATCH_BYTES = 16 << 20, HEAL_BATCH = 100, HEAL_MS = 2000, HEAL_ALL_MS = 10000, AWAY_MS = 200, RETRY_MS = 3000, END_MS = 500, PARTS_MS = 1000, PLACE_ROOM = 32 };

struct view_feed {
    view_feed_parts parts;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t call; /* one of the following changed */
    bool stop, retry, moved, connecting, ended;
    char from[PLACE_ROOM];
    bool away; /* Vault */
    int64_t heal_at, heal_all_at, parts_at;
    double credit; /* records that may be read now */
    int64_t credit_at;
    reading_options where;
    reading reading;
    rd_kafka_message_t *theirs[BATCH];
    view_message *messages[BATCH];
    view_record *records[BATCH];
};

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* -- what others ask for ------------------------------------------------------------------------------------------- */

bool view_feed_is_place(const char *text)
{
    const size_t len = strlen(text);
    if (strcmp(text, "beginning") == 0 || strcmp(text, "end") == 0)
        return true;
    const char *digits = text + (text[0] == '-' ? 1 : strncmp(text, "s@", 2) == 0 ? 2 : 0);
    return len < PLACE_ROOM && *digits && strlen(digits) <= 18 && digits[strspn(digits, "0123456789")] == 0;
}

bool view_feed_follow(view_feed *feed, const char *from)
{
    if (!view_feed_is_place(from))
        return false;
    pthread_mutex_lock(&feed->lock);
    snprintf(feed->from, sizeof feed->from, "%s", from);
    feed->moved = true;
    pthread_cond_broadcast(&feed->call);
    pthread_mutex_unlock(&feed->lock);
    return true;
}

void view_feed_retry(view_feed *feed)
{
    pthread_mutex_lock(&feed->lock);
    feed->retry = true;
    pthread_cond_broadcast(&feed->call);
    pthread_mutex_unlock(&feed->lock);
}

static bool has_stopped(view_feed *feed)
{
    pthread_mutex_lock(&feed->lock);
    const bool stop = feed->stop || interrupt_signal;
    pthread_mutex_unlock(&feed->lock);
    return stop;
}

static bool is_to_move(view_feed *feed)
{
    pthread_mutex_lock(&feed->lock);
    const bool moved = feed->moved || feed->stop;
    pthread_mutex_unlock(&feed->lock);
    return moved;
}

static struct timespec time_in(int64_t milliseconds)
{
    const int64_t then = now_ms() + milliseconds;
    return (struct timespec){ .tv_sec = then / 1000, .tv_nsec = then % 1000 * 1000000 };
}

/* Waits, unless somebody asks for something. */
static void pause_for(view_feed *feed, int64_t milliseconds)
{
    const struct timespec until = time_in(milliseconds);
    pthread_mutex_lock(&feed->lock);
    while (!feed->stop && !feed->moved && !pthread_cond_timedwait(&feed->call, &feed->lock, &until))
        continue;
    pthread_mutex_unlock(&feed->lock);
}

/* -- opening ------------------------------------------------------------------------------------------------------- */

static void note_vault(view_feed *feed)
{
    const char *trouble = view_opener_trouble(feed->parts.opener);
    if (!feed->parts.opens)
        return;
    feed->away = view_opener_is_away(feed->parts.opener);
    view_status_set(feed->parts.status, VIEW_VAULT, feed->away ? "away" : trouble[0] ? "refuses" : feed->parts.needs_vault ? "well" : "", trouble);
}

/* Opens `count` of `messages` into `records`. */
static void open_them(view_feed *feed, size_t count, uint64_t patience)
{
    view_opener_run(feed->parts.opener, feed->messages, count, patience, feed->records);
    note_vault(feed);
}

static void take(view_feed *feed, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if ((feed->messages[kept] = view_message_new(feed->theirs[i])))
            kept++;
        rd_kafka_message_destroy(feed->theirs[i]);
    }
    if (!kept)
        return;
    open_them(feed, kept, feed->away ? AWAY_MS : feed->parts.patience);
    for (size_t i = 0; i < kept; i++) {
        if (feed->records[i]) {
            view_status_count(feed->parts.status, feed->records[i]->state, false);
            view_ring_add(feed->parts.ring, feed->records[i]);
        }
        view_message_unref(feed->messages[i]);
    }
}

/* -- opening again ------------------------------------------------------------------------------------------------- */

static bool is_news(const view_record *old, const view_record *made)
{
    return old->state != made->state || old->json.len != made->json.len || memcmp(old->json.data, made->json.data, made->json.len) != 0;
}

/* How many of them are a batch; the references on the others are dropped. */
static size_t cut(view_record **waiting, size_t count)
{
    size_t taken = 0;
    for (size_t bytes = 0; taken < count && bytes < BATCH_BYTES; taken++)
        bytes += waiting[taken]->message->size;
    for (size_t i = taken; i < count; i++)
        view_record_unref(waiting[i]);
    return taken;
}

/* Those that wait, from `*before` backwards, which moves on. How many opened; `*more`: there are others before them. */
static size_t heal_some(view_feed *feed, uint64_t *before, bool *more)
{
    view_record *waiting[HEAL_BATCH];
    size_t healed = 0;
    const size_t found = view_ring_waiting(feed->parts.ring, *before, waiting, HEAL_BATCH), count = cut(waiting, found);
    *more = count < found || found == HEAL_BATCH;
    if (!count)
        return 0;
    *before = waiting[count - 1]->id;
    for (size_t i = 0; i < count; i++)
        feed->messages[i] = waiting[i]->message;
    open_them(feed, count, feed->parts.patience);
    for (size_t i = 0; i < count; i++) {
        view_record *made = feed->records[i];
        healed += made && !view_state_waits(made->state);
        if (made && is_news(waiting[i], made)) {
            view_status_count(feed->parts.status, made->state, true);
            view_ring_replace(feed->parts.ring, waiting[i]->id, made);
        } else {
            view_record_unref(made);
        }
        view_record_unref(waiting[i]);
    }
    return healed;
}

/* The newest first; all of them where that helps, now and then, and on demand. */
static void heal(view_feed *feed)
{
    const int64_t now = now_ms();
    pthread_mutex_lock(&feed->lock);
    const bool asked = feed->retry;
    feed->retry = false;
    pthread_mutex_unlock(&feed->lock);
    if (!asked && now < feed->heal_at)
        return;
    bool more = true, all = asked || now >= feed->heal_all_at;
    for (uint64_t before = 0; more && !is_to_move(feed);)
        if ((!heal_some(feed, &before, &more) && !all) || feed->away)
            break;
    feed->heal_at = now_ms() + HEAL_MS;
    if (all)
        feed->heal_all_at = now_ms() + HEAL_ALL_MS;
}

/* -- reading ------------------------------------------------------------------------------------------------------- */

/* Where it is in each partition, and where they end, as far as librdkafka has heard. */
static void note_parts(view_feed *feed)
{
    const int64_t now = now_ms();
    if (now < feed->parts_at)
        return;
    feed->parts_at = now + PARTS_MS;
    reading *r = &feed->reading;
    rd_kafka_topic_partition_list_t *at = rd_kafka_topic_partition_list_copy(r->known);
    view_part *parts = calloc((size_t)at->cnt + 1, sizeof *parts);
    size_t count = 0;
    if (parts && !rd_kafka_position(r->kafka, at))
        for (; count < (size_t)at->cnt && count < VIEW_PARTS_MOST; count++) {
            const rd_kafka_topic_partition_t *one = &at->elems[count];
            int64_t low, high;
            const bool known = !rd_kafka_get_watermark_offsets(r->kafka, one->topic, one->partition, &low, &high) && high >= 0;
            parts[count] = (view_part){ .partition = one->partition, .next = one->offset >= 0 ? one->offset : -1, .end = known ? high : -1 };
            snprintf(parts[count].topic, sizeof parts[count].topic, "%s", one->topic);
        }
    view_status_set_parts(feed->parts.status, parts, count);
    rd_kafka_topic_partition_list_destroy(at);
    free(parts);
}

/* How many records may be read now; waits a little when none. */
static size_t allowance(view_feed *feed)
{
    const int64_t now = now_ms();
    const double most = (double)feed->parts.rate / 5;
    feed->credit += (double)(now - feed->credit_at) * (double)feed->parts.rate / 1000;
    feed->credit_at = now;
    if (feed->credit > most)
        feed->credit = most;
    if (feed->credit < 1) {
        pause_for(feed, 20);
        return 0;
    }
    return feed->credit < BATCH ? (size_t)feed->credit : BATCH;
}

static void read_on(view_feed *feed)
{
    size_t count = 0, room;
    while (!is_to_move(feed)) {
        room = allowance(feed);
        if (room && !reading_next(&feed->reading, feed->theirs, room, &count))
            break;
        if (room && count) {
            feed->credit -= (double)count;
            take(feed, count);
        }
        view_status_set(feed->parts.status, VIEW_KAFKA, feed->reading.down ? "away" : "reading", feed->reading.down ? feed->reading.last : "");
        note_parts(feed);
        heal(feed);
    }
}

/* The first failure of its kind is told on standard error too. */
static void tell_failure(view_feed *feed, char *told, size_t room)
{
    view_status_set(feed->parts.status, VIEW_KAFKA, "away", feed->reading.why);
    if (strcmp(told, feed->reading.why) != 0) {
        fprintf(stderr, "vaultcrypt view: %s; it is tried again\n", feed->reading.why);
        snprintf(told, room, "%s", feed->reading.why);
    }
}

/* From the newest wish on. */
static void begin(view_feed *feed)
{
    pthread_mutex_lock(&feed->lock);
    if (feed->moved)
        view_ring_clear(feed->parts.ring);
    feed->moved = false;
    feed->where.offsets.count = 1;
    feed->where.offsets.values[0] = feed->from;
    (void)reading_check(&feed->reading, "view", &feed->where); /* was checked before */
    feed->where.offsets.count = 0;
    feed->reading.quiet = true;
    feed->reading.bytes = BATCH_BYTES;
    view_status_set(feed->parts.status, VIEW_FROM, feed->from, "");
    pthread_mutex_unlock(&feed->lock);
    view_status_set(feed->parts.status, VIEW_KAFKA, "connecting", "");
}

/* Whether it reads now. That it asks brokers for this long is known, since nothing breaks it off. */
static bool connects(view_feed *feed)
{
    pthread_mutex_lock(&feed->lock);
    const bool stop = feed->stop;
    feed->connecting = !stop;
    pthread_mutex_unlock(&feed->lock);
    const bool connected = !stop && !reading_open(&feed->reading, feed->parts.kafka);
    pthread_mutex_lock(&feed->lock);
    feed->connecting = false;
    pthread_mutex_unlock(&feed->lock);
    return connected;
}

static void *run(void *user)
{
    view_feed *feed = user;
    char told[sizeof feed->reading.why] = "";
    while (!has_stopped(feed)) {
        begin(feed);
        if (connects(feed)) {
            told[0] = 0;
            read_on(feed);
        }
        const bool failed = feed->reading.status && !has_stopped(feed) && !is_to_move(feed);
        if (failed)
            tell_failure(feed, told, sizeof told);
        (void)reading_close(&feed->reading); /* there is no group */
        if (failed)
            pause_for(feed, RETRY_MS);
    }
    pthread_mutex_lock(&feed->lock);
    feed->ended = true;
    pthread_cond_broadcast(&feed->call);
    pthread_mutex_unlock(&feed->lock);
    return NULL;
}

/* -- life ---------------------------------------------------------------------------------------------------------- */

view_feed *view_feed_start(const view_feed_parts *parts)
{
    pthread_condattr_t attributes;
    view_feed *feed = calloc(1, sizeof *feed);
    if (!feed)
        return NULL;
    feed->parts = *parts;
    feed->where = *parts->where;
    snprintf(feed->from, sizeof feed->from, "%s", feed->where.offsets.values[0]);
    pthread_mutex_init(&feed->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&feed->call, &attributes);
    pthread_condattr_destroy(&attributes);
    feed->credit_at = now_ms();
    view_status_set(parts->status, VIEW_VAULT, parts->needs_vault ? "well" : parts->opens ? "" : "none", parts->opens ? "" : "no schema was given: nothing is opened");
    if (!pthread_create(&feed->thread, NULL, run, feed))
        return feed;
    free(feed);
    return NULL;
}

void view_feed_cancel(view_feed *feed)
{
    if (!feed)
        return;
    pthread_mutex_lock(&feed->lock);
    feed->stop = true;
    pthread_cond_broadcast(&feed->call);
    pthread_mutex_unlock(&feed->lock);
    view_opener_stop(feed->parts.opener);
}

/* Not when it goes on asking brokers. */
static bool ends_soon(view_feed *feed)
{
    const struct timespec until = time_in(END_MS);
    pthread_mutex_lock(&feed->lock);
    while (feed->connecting && !feed->ended && !pthread_cond_timedwait(&feed->call, &feed->lock, &until))
        continue;
    const bool ends = !feed->connecting;
    pthread_mutex_unlock(&feed->lock);
    return ends;
}

bool view_feed_stop(view_feed *feed)
{
    if (!feed)
        return true;
    view_feed_cancel(feed);
    if (!ends_soon(feed))
        return false;
    pthread_join(feed->thread, NULL);
    pthread_cond_destroy(&feed->call);
    pthread_mutex_destroy(&feed->lock);
    free(feed);
    return true;
}

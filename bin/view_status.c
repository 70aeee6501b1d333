/* SPDX-License-Identifier: Apache-2.0 */
#include "view_status.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const matters[VIEW_MATTERS] = { "kafka", "vault", "keys", "from" };

/* Of one second; columns of the history. */
enum { READ = 0, OPENED, WRONG, LAG, COLUMNS };
static const char *const columns[COLUMNS] = { "read", "opened", "wrong", "lag" };

typedef struct matter {
    char state[64], why[640];
} matter;

struct view_status {
    pthread_mutex_t lock;
    matter matters[VIEW_MATTERS];
    int64_t totals[VIEW_STATES], healed;
    int64_t seconds[VIEW_HISTORY][COLUMNS]; /* the newest at ticks % VIEW_HISTORY */
    int64_t now[COLUMNS];                   /* of the second that runs */
    uint64_t ticks;
    view_part *parts;
    size_t part_count;
};

view_status *view_status_new(void)
{
    view_status *status = calloc(1, sizeof *status);
    if (!status)
        return NULL;
    pthread_mutex_init(&status->lock, NULL);
    return status;
}

void view_status_free(view_status *status)
{
    if (!status)
        return;
    pthread_mutex_destroy(&status->lock);
    free(status->parts);
    free(status);
}

void view_status_set(view_status *status, view_matter about, const char *state, const char *why)
{
    pthread_mutex_lock(&status->lock);
    matter *one = &status->matters[about];
    snprintf(one->state, sizeof one->state, "%s", state);
    snprintf(one->why, sizeof one->why, "%s", why);
    pthread_mutex_unlock(&status->lock);
}

void view_status_count(view_status *status, view_state state, bool again)
{
    const bool fine = state == VIEW_OPEN || state == VIEW_NULL || state == VIEW_STORED;
    pthread_mutex_lock(&status->lock);
    if (again)
        status->healed += fine;
    else
        status->totals[state]++;
    status->now[READ] += !again;
    status->now[OPENED] += state == VIEW_OPEN;
    status->now[WRONG] += !fine && !again;
    pthread_mutex_unlock(&status->lock);
}

void view_status_set_parts(view_status *status, const view_part *parts, size_t count)
{
    view_part *copy = count ? malloc(count * sizeof *copy) : NULL;
    if (count && !copy)
        return;
    if (count)
        memcpy(copy, parts, count * sizeof *copy);
    pthread_mutex_lock(&status->lock);
    free(status->parts);
    status->parts = copy;
    status->part_count = count;
    pthread_mutex_unlock(&status->lock);
}

static int64_t lag_of(const view_part *part)
{
    return part->next >= 0 && part->end > part->next ? part->end - part->next : 0;
}

void view_status_tick(view_status *status)
{
    pthread_mutex_lock(&status->lock);
    status->now[LAG] = 0;
    for (size_t i = 0; i < status->part_count; i++)
        status->now[LAG] += lag_of(&status->parts[i]);
    status->ticks++;
    memcpy(status->seconds[status->ticks % VIEW_HISTORY], status->now, sizeof status->now);
    memset(status->now, 0, sizeof status->now);
    pthread_mutex_unlock(&status->lock);
}

uint64_t view_status_ticks(view_status *status)
{
    pthread_mutex_lock(&status->lock);
    const uint64_t ticks = status->ticks;
    pthread_mutex_unlock(&status->lock);
    return ticks;
}

/* -- JSON ---------------------------------------------------------------------------------------------------------- */

static void write_parts(const view_status *status, view_json *json)
{
    view_json_name(json, "partitions");
    view_json_begin(json, '[');
    for (size_t i = 0; i < status->part_count; i++) {
        const view_part *part = &status->parts[i];
        view_json_begin(json, '{');
        view_json_member_text(json, "topic", part->topic);
        view_json_member_number(json, "partition", part->partition);
        view_json_member_number(json, "next", part->next);
        view_json_member_number(json, "end", part->end);
        view_json_member_number(json, "lag", lag_of(part));
        view_json_end(json, '}');
    }
    view_json_end(json, ']');
}

/* Of each column the seconds from the oldest to the newest. */
static void write_history(const view_status *status, view_json *json, uint64_t seconds)
{
    const uint64_t most = status->ticks < VIEW_HISTORY ? status->ticks : VIEW_HISTORY;
    seconds = seconds < most ? seconds : most;
    view_json_name(json, "history");
    view_json_begin(json, '{');
    for (size_t column = 0; column < COLUMNS; column++) {
        view_json_name(json, columns[column]);
        view_json_begin(json, '[');
        for (uint64_t i = seconds; i > 0; i--)
            view_json_number(json, status->seconds[(status->ticks - i + 1) % VIEW_HISTORY][column]);
        view_json_end(json, ']');
    }
    view_json_end(json, '}');
}

void view_status_write(view_status *status, view_json *json, bool history)
{
    pthread_mutex_lock(&status->lock);
    for (size_t i = 0; i < VIEW_MATTERS; i++) {
        view_json_name(json, matters[i]);
        view_json_begin(json, '{');
        view_json_member_text(json, "state", status->matters[i].state);
        view_json_member_text(json, "why", status->matters[i].why);
        view_json_end(json, '}');
    }
    view_json_name(json, "totals");
    view_json_begin(json, '{');
    for (size_t i = 0; i < VIEW_STATES; i++)
        view_json_member_number(json, view_state_name((view_state)i), status->totals[i]);
    view_json_member_number(json, "opened_later", status->healed);
    view_json_end(json, '}');
    view_json_member_number(json, "tick", (int64_t)status->ticks);
    write_parts(status, json);
    write_history(status, json, history ? VIEW_HISTORY : 1);
    pthread_mutex_unlock(&status->lock);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "stream_log.h"

#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { LINE_ROOM = 2048, TIME_ROOM = 40 };

static const struct {
    const char *name;
    vc_log_level level;
} levels[] = { { "error", VC_LOG_ERROR }, { "warning", VC_LOG_WARNING }, { "info", VC_LOG_INFO }, { "debug", VC_LOG_DEBUG } };

void stream_log_set(stream_log *log, const char *format, const char *level)
{
    log->json = strcmp(format, "json") == 0;
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++)
        if (strcmp(level, levels[i].name) == 0)
            atomic_store(&log->level, (int)levels[i].level);
}

static const char *name_of(vc_log_level level)
{
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++)
        if (level <= levels[i].level)
            return levels[i].name;
    return "debug";
}

static void write_time(char text[TIME_ROOM])
{
    struct timespec now;
    struct tm parts;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    const size_t len = strftime(text, TIME_ROOM, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(text + len, TIME_ROOM - len, ".%03ldZ", now.tv_nsec / 1000000);
}

static void print_json(const char *time, const char *level, const char *line)
{
    struct json_object *object = json_object_new_object();
    json_object_object_add(object, "time", json_object_new_string(time));
    json_object_object_add(object, "level", json_object_new_string(level));
    json_object_object_add(object, "message", json_object_new_string(line));
    fprintf(stderr, "%s\n", json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
    json_object_put(object);
}

void stream_log_line(stream_log *log, vc_log_level level, const char *line)
{
    char time[TIME_ROOM];
    if ((int)level > atomic_load(&log->level))
        return;
    write_time(time);
    pthread_mutex_lock(&log->lock);
    if (log->json)
        print_json(time, name_of(level), line);
    else
        fprintf(stderr, "%s %s: %s\n", time, name_of(level), line);
    pthread_mutex_unlock(&log->lock);
}

void stream_log_printf(stream_log *log, vc_log_level level, const char *format, ...)
{
    char line[LINE_ROOM];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    stream_log_line(log, level, line);
}

void stream_log_of_stream(void *user, vc_log_level level, const char *line)
{
    stream_log_line(user, level, line);
}

/* The client speaks of trouble only; of theft in capitals. */
void stream_log_of_client(void *user, const char *line)
{
    stream_log_line(user, strncmp(line, "ALARM", 5) == 0 ? VC_LOG_ERROR : VC_LOG_WARNING, line);
}

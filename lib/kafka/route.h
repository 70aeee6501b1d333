/* SPDX-License-Identifier: Apache-2.0 */
/*
 * route.h - ways through a stream, as they were asked for (topics or patterns, names with {topic} in them), and the routes of the topics
 * that were met: from a source topic to a target topic, with the topic of its dead letters.
 *
 * Threads: ways are the owner's before the stream runs and do not change then; routes are made by the reader's thread, and what they hold does
 * not change but for `same_partition`, which is the reader's to set and anyone's to read.
 */
#ifndef VC__KAFKA_ROUTE_H
#define VC__KAFKA_ROUTE_H

#include <regex.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <vaultcrypt/kafka_stream.h>

enum { VC__TOPIC_ROOM = 250 };

typedef struct vc__way {
    char *source; /* a topic, or a pattern that begins with ^ */
    char *target; /* may hold {topic}; NULL: the topic is only read */
    bool pattern;
    regex_t regex; /* of a pattern */
} vc__way;

typedef struct vc__route {
    char source[VC__TOPIC_ROOM], target[VC__TOPIC_ROOM], letters[VC__TOPIC_ROOM];
    size_t index;               /* in the stream's routes */
    bool known;                 /* the reader's: that was found out */
    atomic_bool same_partition; /* both topics have the same count of partitions */
} vc__route;

typedef struct vc__routes {
    vc__way *ways;
    size_t way_count;
    char *letters; /* template of the dead letters' topic; NULL: the default */
    vc__route **met;
    size_t met_count;
} vc__routes;

/* As vc_stream_add_route() and vc_stream_set_dead_letter_topic(). */
vc_code vc__routes_add(vc__routes *routes, const char *source, const char *target, vc_error *err);
/* A topic that is only read: its route has neither target nor letters. */
vc_code vc__routes_read(vc__routes *routes, const char *source, vc_error *err);
vc_code vc__routes_set_letters(vc__routes *routes, const char *topic, vc_error *err);

/* What the ways say about each other. VC_E_CONFIG. */
vc_code vc__routes_check(const vc__routes *routes, vc_error *err);

/*
 * The route of a topic, made when it is met first. Alive as long as the routes. NULL: VC_E_KAFKA (no way fits), VC_E_CONFIG (a name that is
 * made of it is no topic), VC_E_MEMORY.
 */
vc__route *vc__routes_get(vc__routes *routes, const char *topic, vc_error *err);

/*
 * Patterns of the topics that this stream writes, joined with commas, for librdkafka's topic.blacklist: those that a pattern could take for sources.
 * "" when no way has a pattern. VC_E_LIMIT: they do not fit.
 */
vc_code vc__routes_written(const vc__routes *routes, char *out, size_t room, vc_error *err);

void vc__routes_cleanup(vc__routes *routes);

#endif

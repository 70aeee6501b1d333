/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream.h - inside of vc_stream: settings, the reader, and its lanes. options.c sets, stream.c runs the reader, rebalance.c deals
 * partitions out to lanes and takes them back, state.c is what lanes and callers may touch meanwhile.
 *
 * Threads: the reader is vc_stream_run()'s thread, and owns all but what is said otherwise. Locks: `lock` of schemas, failure, trouble and state,
 * `stats_lock` of the statistics; none is taken while another is held, but for a lane's, under which nothing but them is taken.
 */
#ifndef VC__KAFKA_STREAM_H
#define VC__KAFKA_STREAM_H

#include "kafka/config.h"
#include "kafka/lane.h"

enum { VC__MAX_LANES = 64, VC__SPARE = 16 };

/* Where records begin to be protected. */
typedef struct vc__cut_over {
    char topic[VC__TOPIC_ROOM];
    int32_t partition; /* -1: all of them, by time */
    int64_t place;     /* offset, or ms since 1970 */
} vc__cut_over;

struct vc_stream {
    /* settings */
    vc_kafka_config *kafka;
    vc_client *client; /* borrowed */
    vc_direction direction;
    vc_guarantee guarantee;
    vc__routes routes;
    char *rule, *instance, *letters_mount, *letters_key;
    vc__letters_options letters_options;
    size_t batch_records, lane_count;
    uint64_t linger_ms, commit_records, commit_ms, deadline_ms, count;
    bool exit_at_end, reset, headers;
    vc_on_error on_error;
    bool migrate;
    vc__cut_over *cut_overs;
    size_t cut_over_count;
    vc_stream_missing_fn missing;
    void *missing_user;
    vc__logger log;
    pthread_mutex_t log_lock;

    pthread_mutex_t lock;
    vc_schema *schema, *old;
    uint64_t generation; /* of the schemas; grows when they are replaced */
    vc_error failure;    /* why it ends, when it ends badly */
    size_t waiting;      /* lanes that wait for Vault, or a key */
    bool lacks_key;      /* what was told last: it is a key */
    uint64_t trouble_ms; /* since when; 0: they do not */
    bool running, assigned, stopping_state, ended;
    bool awake;              /* there is something for the reader to see */
    pthread_cond_t progress; /* for the reader */

    /* while it runs */
    bool ran;
    atomic_bool stop;
    atomic_bool failed;
    char *transactional_id; /* of all lanes, before their numbers */
    bool named;             /* it is the user's */
    vc__source source;
    rd_kafka_t *asker; /* for what brokers know about topics */
    vc__lane *lanes;
    rd_kafka_message_t **staged; /* read, and not yet given to lanes; with room for VC__SPARE more */
    size_t staged_first, staged_count;
    bool stopping;          /* no more is read, and what was is dropped: vc_stream_stop(), or a failure */
    uint64_t stopping_ms;   /* since when */
    bool broken;            /* lanes were told to give up */
    uint64_t accepted;      /* records read, but for those that will be read again */
    uint64_t full_since_ms; /* the stage is full and waits for a lane; 0: it does not */
    uint64_t uncommitted_ms; /* when offsets were committed last */
    uint64_t revoke_wait_ms, poll_limit_ms;
    uint64_t busy_ms, busy_since_ms; /* time with records under way; 0: there are none now */
    bool told_rewind;
    size_t rewind_first; /* the lane whose turn it is */

    pthread_mutex_t stats_lock;
    vc_stream_stats stats;
};

/* -- from any thread: state.c ---------------------------------------------------------------------------------------- */

/* The stream ends with this error; the first counts. */
void vc__stream_fail(vc_stream *stream, const vc_error *why);

/* The reader looks at what has changed. */
void vc__stream_wake(vc_stream *stream);

/* A lane waits for Vault, or for a key (`lacks_key`), and no longer does. */
void vc__stream_trouble(vc_stream *stream, vc__lane *lane, const vc_error *why);
void vc__stream_trouble_over(vc_stream *stream, vc__lane *lane);
void vc__stream_trouble_left(vc_stream *stream, vc__lane *lane); /* because its records are another's now, or come again */

/* The rule for a topic that is read: the one that was named for all, else the one that fits. NULL: VC_E_NO_RULE. */
const vc_rule *vc__stream_rule(const vc_stream *stream, const vc_schema *schema, const char *topic, vc_error *err);

/* Every topic that was asked for by name, or met, has a rule in it, with which migrating works. VC_E_NO_RULE, VC_E_CONFIG, VC_E_MEMORY. */
vc_code vc__stream_check_schema(vc_stream *stream, vc_schema *schema, vc_error *err);

/* References to the schemas of now, where they are not those of `generation`; returns theirs. */
uint64_t vc__stream_schemas(vc_stream *stream, uint64_t generation, vc_schema **schema, vc_schema **old);

void vc__stream_count_commit(vc_stream *stream);

/* Why it fails; VC_OK: it does not. */
vc_code vc__stream_failure(vc_stream *stream, vc_error *err);

/* -- the reader's: rebalance.c --------------------------------------------------------------------------------------- */

/* What the group wants, if it wants something. */
vc_code vc__stream_rebalance(vc_stream *stream, vc_error *err);

/* Partitions of lanes that fell back are read again. */
void vc__stream_rewind(vc_stream *stream);

/* Both topics of a route are there, and whether they have the same count of partitions. Waits up to that time. VC_E_CONFIG (one is not there), VC_E_KAFKA. */
vc_code vc__stream_look_at(vc_stream *stream, vc__route *route, uint64_t wait_ms, vc_error *err);

/* Records of these partitions that wait for lanes are dropped: those of a lane, or those that are not ours any more (NULL). */
void vc__stream_sift(vc_stream *stream, const vc__lane *lane);

#endif

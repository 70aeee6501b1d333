/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kafka_file.h - files of any size through Kafka, sealed (seal.h): one record for each segment, or, to talk to the original demo, one
 * record for each file.
 *
 *     vc_file_sender *sender = vc_file_sender_new(kafka, vault, "files", &err);
 *     vc_file_sender_set_key(sender, "files", &err);
 *     vc_file_send(sender, "/var/spool/out", &err);
 *
 *     vc_file_receiver *receiver = vc_file_receiver_new(kafka, vault, "files", &err);
 *     vc_file_receiver_allow_key(receiver, "files", &err);
 *     vc_file_receive(receiver, "/var/spool/in", &err);
 *
 * A TRANSFER is one file on its way: 16 random bytes are its id. All its records go to one partition, in order, with the id as key and
 * two headers: `vaultcrypt-transfer`, the id, and `vaultcrypt-segment`, number of the part and number of the record within, four bytes
 * each, most significant first. The values of a part's records, joined, are one sealed file. A sender that was stopped goes
 * on with another part; one that gives a transfer up says so by a record without a value.
 *
 * Neither side holds a file in memory. Names, modes, times and sizes of files are encrypted as their data is.
 *
 * Threads: a sender or receiver has one owner, who may be busy in vc_file_send() or vc_file_receive(); meanwhile any thread may call
 * ..._stop() and ..._get_stats().
 */
#ifndef VAULTCRYPT_KAFKA_FILE_H
#define VAULTCRYPT_KAFKA_FILE_H

#include <vaultcrypt/kafka.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum vc_file_format {
    VC_FILE_NATIVE = 1, /* sealed, in segments: any size */
    VC_FILE_DEMO = 2    /* the original demo's: one record, JSON; a file must fit into a record 8/3 of its size */
} vc_file_format;

typedef enum vc_file_event_kind {
    VC_FILE_STARTED = 1,
    VC_FILE_PROGRESS,  /* at most some times a second */
    VC_FILE_DONE,      /* sent: the brokers have confirmed all of it; received: it is in place, on disk */
    VC_FILE_PRESENT,   /* sent: it was sent before; received: a file of that name is there already, with the same bytes */
    VC_FILE_REFUSED,   /* `why` says it; other files are not touched */
    VC_FILE_ABANDONED  /* received in part: its sender gave it up, or went silent for too long */
} vc_file_event_kind;

typedef struct vc_file_event {
    size_t size; /* sizeof(vc_file_event) of the library */
    vc_file_event_kind kind;
    const char *name;     /* of the file, without its folder, unprintable bytes as '?'; "" when it is not known */
    const char *transfer; /* the transfer id in hexadecimal; "" when there is none */
    uint64_t bytes;       /* of the file, done until now */
    uint64_t total;       /* of the file; UINT64_MAX: not known */
    uint64_t from;        /* where it was taken up again; 0: at the beginning */
    const vc_error *why;  /* of VC_FILE_REFUSED; else NULL. Never names the file */
} vc_file_event;

/* Called in the thread of vc_file_send() or vc_file_receive(); what it is shown lives until it returns. */
typedef void (*vc_file_event_fn)(void *user, const vc_file_event *event);

typedef struct vc_file_stats {
    size_t size;       /* sizeof(vc_file_stats), set by the caller */
    uint64_t files;    /* done */
    uint64_t present;  /* there, or sent, before */
    uint64_t refused;
    uint64_t abandoned;
    uint64_t unfinished; /* under way, now or at the end */
    uint64_t bytes;    /* of plaintext, sent or received */
    uint64_t records;  /* confirmed by the brokers, or read */
} vc_file_stats;

/* -- sending ------------------------------------------------------------------------------------------------------- */

typedef struct vc_file_sender vc_file_sender;

/*
 * `kafka` is copied, `client` is borrowed and must live longer. NULL on failure: VC_E_ARGUMENT, VC_E_MEMORY. The producer is idempotent
 * (`enable.idempotence`), unless the configuration says otherwise: then it has one request under way at a time (`max.in.flight`).
 */
VC_API VC_MUST_CHECK vc_file_sender *vc_file_sender_new(const vc_kafka_config *kafka, vc_client *client, const char *topic,
                                                        vc_error *err);
VC_API void vc_file_sender_free(vc_file_sender *sender); /* NULL is fine; not while it sends */

/* Each before vc_file_send(); VC_E_ARGUMENT, VC_E_MEMORY. */
VC_API vc_code vc_file_sender_set_key(vc_file_sender *sender, const char *key, vc_error *err); /* "KEY" or "MOUNT/KEY" of transit */
/* What the files are for; who receives must allow it (default: empty). */
VC_API vc_code vc_file_sender_set_context(vc_file_sender *sender, vc_view context, vc_error *err);
VC_API vc_code vc_file_sender_set_format(vc_file_sender *sender, vc_file_format format, vc_error *err);
/*
 * A file that remembers what was sent, made when it is not there: what was sent is not sent again as long as it has the same name, inode, size
 * and times; a transfer that was broken off goes on. One sender at a time uses it. NULL: nothing is remembered (default).
 */
VC_API vc_code vc_file_sender_set_state(vc_file_sender *sender, const char *file, vc_error *err);
/*
 * The same in a folder, which must be there: a file for each source and topic, `send-` and 16 hexadecimal digits, so that senders of others
 * are not in the way. Of this and vc_file_sender_set_state() the last counts.
 */
VC_API vc_code vc_file_sender_set_state_folder(vc_file_sender *sender, const char *folder, vc_error *err);
/*
 * How long after it was broken off a transfer goes on; later it begins anew. Shorter than what receivers wait before they drop it
 * (vc_file_receiver_set_abandon()). 0: none does. Default 12 h.
 */
VC_API vc_code vc_file_sender_set_resume(vc_file_sender *sender, uint64_t milliseconds, vc_error *err);
VC_API vc_code vc_file_sender_set_again(vc_file_sender *sender, int on, vc_error *err); /* 1: also what was sent before */
/* 1: goes on with files that come into the folder, until vc_file_sender_stop(). */
VC_API vc_code vc_file_sender_set_watch(vc_file_sender *sender, int on, vc_error *err);
/* While it watches: a file is sent when it was closed, or moved in, and did not change for so long; 0: at once; default 500 ms. */
VC_API vc_code vc_file_sender_set_settle(vc_file_sender *sender, uint64_t milliseconds, vc_error *err);
VC_API vc_code vc_file_sender_set_max_size(vc_file_sender *sender, uint64_t bytes, vc_error *err); /* larger ones are refused; 0: none */
VC_API vc_code vc_file_sender_set_events(vc_file_sender *sender, vc_file_event_fn event, void *user, vc_error *err);
VC_API vc_code vc_file_sender_set_log(vc_file_sender *sender, vc_log_fn log, void *user, vc_error *err);

/*
 * Sends `path`: a file, or the files of a folder (not those of folders in it, nor those whose name begins with a dot). Returns when the
 * brokers have confirmed all of it. Only regular files are sent: symbolic links, devices, pipes and sockets are refused, and so is a file
 * that changes while it is read, or whose name is not UTF-8.
 *
 * VC_OK: all is sent, or vc_file_sender_stop() was called. Class data (VC_E_REFUSED, VC_E_TOO_LARGE): a file was refused, all
 * others are sent; the first such refusal. All else ends the sending, with nothing lost: the same call goes on. VC_E_IO;
 * VC_E_CONFIG; VC_E_STATE (a second sender uses the same state); VC_E_KAFKA; vc_sealer_start()'s errors; VC_E_MEMORY. It may be
 * called again.
 */
VC_API vc_code vc_file_send(vc_file_sender *sender, const char *path, vc_error *err);

/*
 * Asks vc_file_send() to end: what is under way is left as it is, to be taken up by the next call with the same state. From any thread, and
 * from a signal handler.
 */
VC_API void vc_file_sender_stop(vc_file_sender *sender);
VC_API void vc_file_sender_get_stats(const vc_file_sender *sender, vc_file_stats *stats);

/* -- receiving ----------------------------------------------------------------------------------------------------- */

typedef struct vc_file_receiver vc_file_receiver;

/* As vc_file_sender_new(). */
VC_API VC_MUST_CHECK vc_file_receiver *vc_file_receiver_new(const vc_kafka_config *kafka, vc_client *client, const char *topic,
                                                            vc_error *err);
VC_API void vc_file_receiver_free(vc_file_receiver *receiver); /* NULL is fine; not while it receives */

/* Each before vc_file_receive(); VC_E_ARGUMENT, VC_E_MEMORY, VC_E_LIMIT (more than 16 keys or contexts). */
VC_API vc_code vc_file_receiver_allow_key(vc_file_receiver *receiver, const char *key, vc_error *err); /* no other is asked for */
VC_API vc_code vc_file_receiver_allow_context(vc_file_receiver *receiver, vc_view context, vc_error *err); /* default: the empty one */
VC_API vc_code vc_file_receiver_set_format(vc_file_receiver *receiver, vc_file_format format, vc_error *err);
/* 1: a file that is there is replaced, in one step. 0: the one that comes is refused (default). */
VC_API vc_code vc_file_receiver_set_force(vc_file_receiver *receiver, int on, vc_error *err);
/* Stands before every name. Default: nothing. */
VC_API vc_code vc_file_receiver_set_prefix(vc_file_receiver *receiver, const char *prefix, vc_error *err);
/* 1: names that Windows cannot have are refused too. */
VC_API vc_code vc_file_receiver_set_portable(vc_file_receiver *receiver, int on, vc_error *err);
VC_API vc_code vc_file_receiver_set_max_size(vc_file_receiver *receiver, uint64_t bytes, vc_error *err); /* of one file; 0: any */
/* What may lie in the folder in all, what was there before counted; 0: any amount. */
VC_API vc_code vc_file_receiver_set_quota(vc_file_receiver *receiver, uint64_t bytes, vc_error *err);
/* A transfer of which nothing came for so long is dropped; 0: none is; default 24 h. Longer than senders wait: vc_file_sender_set_resume(). */
VC_API vc_code vc_file_receiver_set_abandon(vc_file_receiver *receiver, uint64_t milliseconds, vc_error *err);
/* 1: reads the topic from its beginning; what was received before is passed over. */
VC_API vc_code vc_file_receiver_set_reset(vc_file_receiver *receiver, int on, vc_error *err);
VC_API vc_code vc_file_receiver_set_count(vc_file_receiver *receiver, uint64_t files, vc_error *err); /* ends after so many; 0: not */
VC_API vc_code vc_file_receiver_set_exit_at_end(vc_file_receiver *receiver, int on, vc_error *err); /* of the topic */
/*
 * With that: how long no broker may answer, or know the topic, before the receiving ends with VC_E_KAFKA; 0: for ever. Default 30 s. Without, it
 * waits for Kafka, and says so in the log.
 */
VC_API vc_code vc_file_receiver_set_patience(vc_file_receiver *receiver, uint64_t milliseconds, vc_error *err);
VC_API vc_code vc_file_receiver_set_events(vc_file_receiver *receiver, vc_file_event_fn event, void *user, vc_error *err);
VC_API vc_code vc_file_receiver_set_log(vc_file_receiver *receiver, vc_log_fn log, void *user, vc_error *err);

/*
 * Receives into the folder `directory`, which must be there, until vc_file_receiver_stop(), the count, or the end of the topic. A file
 * lies there under a temporary name, `.vaultcrypt-ID.part`, until all of it was verified and is on disk; then it gets its own.
 *
 * The journal `.vaultcrypt-received` in the folder knows which transfers are done: none is received twice. One receiver at a time uses
 * a folder. It reads in a consumer group; unless the property `group.id` is set, the folder has one of its own, so that it gets all
 * files. Offsets are committed up to the beginning of the oldest transfer that is not finished.
 *
 * Refused, each with an event, and for good (vc_file_receiver_set_reset() tries again): names with a folder, reserved ones, those with
 * control characters, over-long ones; a file that is there with other bytes; what is too large; what is not authentic, or under another
 * key. VC_OK even so: the statistics count them. What ends the receiving with nothing lost: VC_E_IO (no room left on the device, say),
 * VC_E_CONFIG, VC_E_STATE (another receiver uses the folder), VC_E_KAFKA, errors of Vault after the client's deadline, VC_E_MEMORY.
 * VC_E_CANCELED: it was stopped before any broker had answered, so nothing is known of the topic.
 */
VC_API vc_code vc_file_receive(vc_file_receiver *receiver, const char *directory, vc_error *err);

/* Asks vc_file_receive() to end; what came in part comes again. From any thread, and from a signal handler. */
VC_API void vc_file_receiver_stop(vc_file_receiver *receiver);
VC_API void vc_file_receiver_get_stats(const vc_file_receiver *receiver, vc_file_stats *stats);

#ifdef __cplusplus
}
#endif

#endif

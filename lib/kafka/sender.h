/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sender.h - inside of vc_file_sender: sender.c has the settings, send.c the files of a folder, watch.c those that come into one, and
 * outgoing.c sends one.
 *
 * Threads: one owner; `stop` and the report's counters are for any.
 */
#ifndef VC__KAFKA_SENDER_H
#define VC__KAFKA_SENDER_H

#include "kafka/digester.h"
#include "kafka/halt.h"
#include "kafka/outbox.h"
#include "kafka/outlet.h"
#include "kafka/report.h"

#include <vaultcrypt/seal.h>

struct vc_file_sender {
    vc_kafka_config *kafka;
    vc_client *client;
    char *topic, *key;
    char *state, *state_folder; /* one of them at most */
    char *context; /* NULL: the empty one */
    size_t context_len;
    vc_file_format format;
    bool again, watch;
    uint64_t settle_ms, max_size, resume_ms;
    atomic_int stop;
    vc__report report;
    /* of a run */
    bool running;
    vc__halt halt;
    vc__outlet outlet;
    vc__outbox outbox;
    int folder;   /* whose files are sent; -1 */
    uint64_t tag; /* of the outbox */
    vc__delivery delivery; /* of the file that is being sent; here, because reports may come late */
    vc_error refusal; /* the first */
    vc__digester digester; /* its rooms are what files are read into */
};

/*
 * Sends the file of that name in sender->folder, unless it was sent before. Class data: it was refused, and that was told. All else ends
 * the run.
 */
vc_code vc__outgoing_send(vc_file_sender *sender, const char *name, vc_error *err);

/* The same, with refusals remembered: VC_OK then. */
vc_code vc__send_one(vc_file_sender *sender, const char *name, vc_error *err);

/* All files of the folder; VC_E_IO, VC_E_MEMORY, and as above. */
vc_code vc__send_all(vc_file_sender *sender, vc_error *err);

/* All files of the folder, and those that come, until it is stopped. */
vc_code vc__send_watched(vc_file_sender *sender, vc_error *err);

/* Between files: what is known of those that are gone is forgotten, now and then. As vc__outbox_tidy(). */
vc_code vc__send_tidy(vc_file_sender *sender, vc_error *err);

/* Calls `take` for each file of the folder that is to be sent, in the order of their names. */
vc_code vc__send_each(vc_file_sender *sender, vc_code (*take)(void *user, const char *name, vc_error *err), void *user,
                      vc_error *err);

#endif

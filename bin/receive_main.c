/* SPDX-License-Identifier: Apache-2.0 */
/* receive_main.c - vaultcrypt-receive: files from a topic. A program of its own because it links librdkafka. */
#include "exit.h"
#include "files.h"

#include <signal.h>
#include <stdio.h>

static vc_file_receiver *receiver;
static volatile sig_atomic_t interrupted;

static void stop(int number)
{
    interrupted = number;
    vc_file_receiver_stop(receiver);
}

static vc_code allow(const struct receive_options *o, vc_error *err)
{
    vc_code code = VC_OK;
    for (size_t i = 0; i < o->keys.count && !code; i++)
        code = vc_file_receiver_allow_key(receiver, o->keys.values[i], err);
    for (size_t i = 0; i < o->contexts.count && !code; i++)
        code = vc_file_receiver_allow_context(receiver, vc_str(o->contexts.values[i]), err);
    return code;
}

static vc_code set_all(const struct receive_options *o, file_teller *teller, vc_error *err)
{
    vc_code code = allow(o, err);
    if (!code)
        code = vc_file_receiver_set_format(receiver, file_format(o->format), err);
    if (!code)
        code = vc_file_receiver_set_force(receiver, o->force, err);
    if (!code)
        code = vc_file_receiver_set_portable(receiver, o->portable, err);
    if (!code)
        code = vc_file_receiver_set_prefix(receiver, o->prefix, err);
    if (!code)
        code = vc_file_receiver_set_max_size(receiver, o->max_file_size, err);
    if (!code)
        code = vc_file_receiver_set_quota(receiver, o->quota, err);
    if (!code && o->abandon != OPTION_NOT_GIVEN)
        code = vc_file_receiver_set_abandon(receiver, o->abandon, err);
    if (!code)
        code = vc_file_receiver_set_reset(receiver, o->reset, err);
    if (!code)
        code = vc_file_receiver_set_count(receiver, o->count, err);
    if (!code && o->kafka_wait != OPTION_NOT_GIVEN)
        code = vc_file_receiver_set_patience(receiver, o->kafka_wait, err);
    if (!code)
        code = vc_file_receiver_set_exit_at_end(receiver, o->exit_at_end, err);
    if (!code)
        code = vc_file_receiver_set_events(receiver, file_tell, teller, err);
    return code ? code : vc_file_receiver_set_log(receiver, file_log, teller, err);
}

static int sum_up(const struct receive_options *o, const file_teller *teller)
{
    vc_file_stats stats = { .size = sizeof stats };
    vc_file_receiver_get_stats(receiver, &stats);
    if (!o->quiet && !teller->json)
        fprintf(stderr, "vaultcrypt receive: %llu files received, %llu there before, %llu refused, %llu abandoned, %llu unfinished\n",
                (unsigned long long)stats.files, (unsigned long long)stats.present, (unsigned long long)stats.refused,
                (unsigned long long)stats.abandoned, (unsigned long long)stats.unfinished);
    return stats.refused || stats.abandoned || (o->exit_at_end && stats.unfinished && !interrupted) ? EXIT_DATA : EXIT_FINE;
}

static int run(const struct receive_options *o, const char *topic, const char *folder, file_teller *teller)
{
    vc_error err = VC_ERROR_INIT;
    file_ends ends = { NULL, NULL };
    receiver = file_open(&ends, &o->kafka, &o->connect, &err) ? vc_file_receiver_new(ends.kafka, ends.client, topic, &err) : NULL;
    vc_code code = receiver ? set_all(o, teller, &err) : err.code;
    if (receiver && !code) {
        file_catch(stop);
        code = vc_file_receive(receiver, folder, &err);
    }
    file_teller_end(teller);
    int status = code ? file_failed("receive", &err) : sum_up(o, teller);
    if (interrupted && (code == VC_E_CANCELED || (status == EXIT_FINE && (o->exit_at_end || o->count))))
        status = file_interrupted(interrupted); /* before its end, or before it began */
    vc_file_receiver *over = receiver;
    receiver = NULL; /* a signal may still come */
    vc_file_receiver_free(over);
    file_close(&ends);
    return status;
}

int main(int argc, char **argv)
{
    struct receive_options o = { .abandon = OPTION_NOT_GIVEN, .kafka_wait = OPTION_NOT_GIVEN };
    const char *operands[3];
    file_teller teller;
    bool json;
    int status = EXIT_FINE;
    if (!file_begin(&command_receive, argc, argv, &o, operands, &status))
        return status;
    const char *wrong = !operands[0] || !operands[1]    ? "a topic and a folder are needed"
                        : !file_output(o.output, &json) ? "-o is text or json"
                        : !file_format(o.format)        ? "--format is native or demo"
                        : !o.keys.count                 ? "the key is needed that may open files: -k KEY"
                                                        : NULL;
    if (wrong)
        return file_usage(&command_receive, wrong);
    file_teller_init(&teller, "receive", "received", o.output, o.quiet);
    return file_end(&teller, run(&o, operands[0], operands[1], &teller));
}

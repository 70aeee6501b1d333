/* SPDX-License-Identifier: Apache-2.0 */
/* send_main.c - vaultcrypt-send: files to a topic. A program of its own because it links librdkafka. */
#include "exit.h"
#include "files.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static vc_file_sender *sender;
static volatile sig_atomic_t interrupted;

static void stop(int number)
{
    interrupted = number;
    vc_file_sender_stop(sender);
}

static bool make_folders(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        const bool fine = mkdir(path, 0700) == 0 || errno == EEXIST;
        *slash = '/';
        if (!fine)
            return false;
    }
    return true;
}

/* In the folder for state that the XDG specification names; it ends in a slash. */
static bool default_state(char *folder, size_t room)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    int len = -1;
    if (state && state[0] == '/')
        len = snprintf(folder, room, "%s/vaultcrypt/", state);
    else if (home && home[0] == '/')
        len = snprintf(folder, room, "%s/.local/state/vaultcrypt/", home);
    return len > 0 && (size_t)len < room && make_folders(folder);
}

static vc_code set_state(const struct send_options *o, vc_error *err)
{
    char folder[4000];
    if (o->state || o->no_state)
        return vc_file_sender_set_state(sender, o->no_state ? NULL : o->state, err);
    if (default_state(folder, sizeof folder))
        return vc_file_sender_set_state_folder(sender, folder, err);
    fprintf(stderr, "vaultcrypt send: no folder for what was sent (XDG_STATE_HOME, HOME): an interrupted transfer will begin anew\n");
    return VC_OK;
}

static vc_code set_all(const struct send_options *o, file_teller *teller, vc_error *err)
{
    vc_code code = vc_file_sender_set_format(sender, file_format(o->format), err);
    if (!code && o->key)
        code = vc_file_sender_set_key(sender, o->key, err);
    if (!code && o->context)
        code = vc_file_sender_set_context(sender, vc_str(o->context), err);
    if (!code)
        code = vc_file_sender_set_watch(sender, o->watch, err);
    if (!code)
        code = vc_file_sender_set_again(sender, o->again, err);
    if (!code && o->settle != OPTION_NOT_GIVEN)
        code = vc_file_sender_set_settle(sender, o->settle, err);
    if (!code && o->resume != OPTION_NOT_GIVEN)
        code = vc_file_sender_set_resume(sender, o->resume, err);
    if (!code)
        code = vc_file_sender_set_max_size(sender, o->max_file_size, err);
    if (!code)
        code = set_state(o, err);
    if (!code)
        code = vc_file_sender_set_events(sender, file_tell, teller, err);
    return code ? code : vc_file_sender_set_log(sender, file_log, teller, err);
}

static int run(const struct send_options *o, const char *source, const char *topic, file_teller *teller)
{
    vc_error err = VC_ERROR_INIT;
    file_ends ends = { NULL, NULL };
    sender = file_open(&ends, &o->kafka, &o->connect, &err) ? vc_file_sender_new(ends.kafka, ends.client, topic, &err) : NULL;
    vc_code code = sender ? set_all(o, teller, &err) : err.code;
    const bool ready = sender && !code;
    if (ready) {
        file_catch(stop);
        code = vc_file_send(sender, source, &err);
    }
    file_teller_end(teller);
    vc_file_stats stats = { .size = sizeof stats };
    vc_file_sender_get_stats(sender, &stats);
    /* A refusal was told when it came. */
    const bool told = ready && vc_code_class(code) == VC_CLASS_DATA && stats.refused;
    int status = code && !told ? file_failed("send", &err) : exit_code_of(code);
    if (ready && !o->quiet && !teller->json && stats.files + stats.present + stats.refused > 1)
        fprintf(stderr, "vaultcrypt send: %llu files sent, %llu sent before, %llu refused\n", (unsigned long long)stats.files,
                (unsigned long long)stats.present, (unsigned long long)stats.refused);
    if (status == EXIT_FINE && interrupted && !o->watch)
        status = file_interrupted(interrupted);
    vc_file_sender *over = sender;
    sender = NULL; /* a signal may still come */
    vc_file_sender_free(over);
    file_close(&ends);
    return status;
}

int main(int argc, char **argv)
{
    struct send_options o = { .settle = OPTION_NOT_GIVEN, .resume = OPTION_NOT_GIVEN };
    const char *operands[3];
    file_teller teller;
    bool json;
    int status = EXIT_FINE;
    if (!file_begin(&command_send, argc, argv, &o, operands, &status))
        return status;
    const char *wrong = !operands[0] || !operands[1]                       ? "a file or folder and a topic are needed"
                        : !file_output(o.output, &json)                    ? "-o is text or json"
                        : !file_format(o.format)                           ? "--format is native or demo"
                        : !o.key                                           ? "the key is needed that seals the files: -k KEY"
                        : o.context && file_format(o.format) == VC_FILE_DEMO ? "the demo's format has no context"
                                                                           : NULL;
    if (wrong)
        return file_usage(&command_send, wrong);
    file_teller_init(&teller, "send", "sent", o.output, o.quiet);
    return file_end(&teller, run(&o, operands[0], operands[1], &teller));
}

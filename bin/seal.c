/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seal.c - `vaultcrypt seal`: a file or a stream under a data key that a transit key wraps. Memory is a few segments, however long it is;
 * the digest of the whole runs in a second thread.
 */
#include "commands.h"
#include "exit.h"
#include "transfer.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const option_row rows[] = {
    { OPTION_LIST, 'k', "key", "KEY", "transit key, KEY or MOUNT/KEY", offsetof(transfer_options, keys) },
    { OPTION_LIST, 0, "context", "TEXT", "what it is for; to be told again when it is opened", offsetof(transfer_options, contexts) },
    { OPTION_COUNT, 0, "segment", "BYTES", "plaintext in a segment (1048576)", offsetof(transfer_options, segment) },
    TRANSFER_ROWS,
    CONNECT_ROWS(transfer_options),
    { OPTION_END, 0, NULL, NULL, NULL, 0 },
};

static const char notes[] =
    "Reads FILE or standard input. Name, mode, time and size of a FILE go along, encrypted. What is written with -o is there\n"
    "whole or not at all, with mode 0600.\n"
    "Exit codes: 0 done, 2 usage, 3 configuration, no such key, 4 denied, 5 Vault away until the deadline, 6 a file or another\n"
    "resource here.\n";

static int run_seal(int argc, char **argv);

const struct command command_seal = { "seal", "-k KEY [OPTIONS] [FILE]", "seal a file or a stream", notes, rows, 1, run_seal };

/* What is known of a file; of a pipe, nothing. */
static vc_code describe(transfer *r, vc_sealer *sealer, vc_error *err)
{
    const struct stat *st = &r->in_stat;
    if (!S_ISREG(st->st_mode))
        return VC_OK;
    vc_manifest *manifest = vc_manifest_new(err);
    if (!manifest)
        return VC_E_MEMORY;
    const char *slash = strrchr(r->input_name, '/');
    if (r->in != STDIN_FILENO) /* a name that is not UTF-8 does not go along */
        (void)vc_manifest_set_name(manifest, vc_str(slash ? slash + 1 : r->input_name), NULL);
    vc_manifest_set_mode(manifest, (uint32_t)st->st_mode);
    vc_manifest_set_mtime(manifest, (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec);
    /* What is read from standard input may begin in the middle; and the files of /proc say 0. */
    if (r->in != STDIN_FILENO && st->st_size > 0) {
        r->size = (uint64_t)st->st_size;
        vc_manifest_set_size(manifest, r->size);
    }
    const vc_code code = vc_sealer_set_manifest(sealer, manifest, err);
    vc_manifest_free(manifest);
    return code;
}

static vc_sealer *start_sealer(transfer *r, vc_error *err)
{
    const transfer_options *o = &r->options;
    vc_sealer *sealer = vc_sealer_new(o->keys.values[0], err);
    if (sealer && (vc_sealer_set_static_key(sealer, o->static_key != NULL, err) ||
                   (o->contexts.count && vc_sealer_set_context(sealer, vc_str(o->contexts.values[0]), err)) ||
                   vc_sealer_set_segment(sealer, o->segment, err) || vc_sealer_set_digest_apart(sealer, 1, err) ||
                   describe(r, sealer, err) || vc_sealer_start(sealer, r->client, r->ring, err))) {
        vc_sealer_free(sealer);
        sealer = NULL;
    }
    if (!sealer)
        transfer_report(r, err);
    return sealer;
}

static vc_code add_sealed(void *sealer, vc_view bytes, vc_error *err)
{
    return vc_sealer_digest(sealer, bytes, err);
}

static bool push(transfer *r, vc_sealer *sealer, vc_view plaintext, vc_error *err)
{
    vc_view segment;
    do {
        if (vc_sealer_push(sealer, &plaintext, &segment, err)) {
            transfer_report(r, err);
            return false;
        }
        if (!transfer_put(r, segment))
            return false;
    } while (segment.len);
    return true;
}

static bool seal_data(transfer *r, vc_sealer *sealer, vc_error *err)
{
    for (;;) {
        size_t len;
        char *room = digester_room(r->digester);
        if (!transfer_read(r, room, r->options.segment, &len))
            return false;
        if (!len)
            return true;
        digester_give(r->digester, len);
        if (!push(r, sealer, vc_view_of(room, len), err))
            return false;
        r->bytes += len;
        transfer_progress(r, false);
    }
}

static bool finish_sealing(transfer *r, vc_sealer *sealer, vc_error *err)
{
    vc_view segment;
    do {
        if (vc_sealer_finish(sealer, &segment, err)) {
            transfer_report(r, err);
            return false;
        }
        if (!transfer_put(r, segment))
            return false;
    } while (segment.len);
    return true;
}

static void seal(transfer *r, vc_error *err)
{
    vc_sealer *sealer = start_sealer(r, err);
    if (!sealer)
        return;
    r->digester = digester_start(add_sealed, sealer, r->options.segment, err);
    bool done = r->digester != NULL;
    if (!done)
        transfer_report(r, err);
    done = done && seal_data(r, sealer, err);
    if (digester_end(r->digester, err)) {
        transfer_report(r, err);
        done = false;
    }
    if (done && finish_sealing(r, sealer, err))
        transfer_progress(r, true);
    vc_sealer_free(sealer);
}

static int run_seal(int argc, char **argv)
{
    transfer r = { .command = &command_seal, .options = { .segment = VC_SEAL_SEGMENT_DEFAULT }, .in = -1, .out = { .fd = -1 } };
    const char *operands[2];
    vc_error err = VC_ERROR_INIT;
    if (!option_parse(r.command, argc, argv, &r.options, operands, &r.status))
        return r.status;
    if (r.options.keys.count > 1 || r.options.contexts.count > 1)
        return transfer_usage(r.command, "one key and one context are enough");
    if (!r.options.output && !r.options.force && isatty(STDOUT_FILENO))
        return transfer_usage(r.command, "a sealed file is no text for a terminal: -o FILE, a pipe, or --force");
    if (transfer_begin(&r, operands[0], &err))
        seal(&r, &err);
    return transfer_end(&r);
}

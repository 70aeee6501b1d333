/* SPDX-License-Identifier: Apache-2.0 */
/*
 * open.c - `vaultcrypt open`: what `vaultcrypt seal` made. No byte leaves before its segment is verified; a file gets its name when all of
 * it is.
 */
#include "commands.h"
#include "exit.h"
#include "transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { READ_BYTES = 1 << 20 };

static const option_row rows[] = {
    { OPTION_LIST, 'k', "key", "KEY", "transit key it may be sealed with; several: several -k", offsetof(transfer_options, keys) },
    { OPTION_LIST, 0, "context", "TEXT", "what it may have been sealed for; several: several times", offsetof(transfer_options, contexts) },
    { OPTION_FLAG, 'p', "preserve", NULL, "FILE gets the mode and time that the sealed file had", offsetof(transfer_options, preserve) },
    TRANSFER_ROWS,
    CONNECT_ROWS(transfer_options),
    { OPTION_END, 0, NULL, NULL, NULL, 0 },
};

static const char notes[] =
    "Reads FILE or standard input. What is written with -o is there whole and verified, or not at all. On standard output every\n"
    "byte is authentic, but only exit code 0 says that it was all.\n"
    "Exit codes: 0 all of it, 1 not authentic, cut off, or sealed with another key or context than those allowed, 2 usage,\n"
    "3 configuration, no such key, 4 denied, 5 Vault away until the deadline, 6 a file or another resource here.\n";

static int run_open(int argc, char **argv);

const struct command command_open = { "open", "-k KEY [OPTIONS] [FILE]", "open what was sealed", notes, rows, 1, run_open };

static vc_unsealer *start_unsealer(transfer *r, vc_error *err)
{
    const transfer_options *o = &r->options;
    vc_unsealer *unsealer = vc_unsealer_new(err);
    vc_code code = unsealer ? VC_OK : err->code;
    for (size_t i = 0; !code && i < o->keys.count; i++)
        code = o->static_key ? vc_unsealer_allow_static_key(unsealer, o->keys.values[i], err)
                             : vc_unsealer_allow_key(unsealer, o->keys.values[i], err);
    for (size_t i = 0; !code && i < o->contexts.count; i++)
        code = vc_unsealer_allow_context(unsealer, vc_str(o->contexts.values[i]), err);
    if (!code)
        code = vc_unsealer_set_digest_apart(unsealer, 1, err);
    if (!code)
        code = vc_unsealer_start(unsealer, r->client, r->ring, err);
    if (!code)
        return unsealer;
    transfer_report(r, err);
    vc_unsealer_free(unsealer);
    return NULL;
}

static vc_code add_opened(void *unsealer, vc_view bytes, vc_error *err)
{
    return vc_unsealer_digest(unsealer, bytes, err);
}

/* Control characters other than those of text. */
static bool is_binary(vc_view bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        if ((unsigned char)bytes.data[i] < ' ' && !strchr("\t\n\r\f\b", bytes.data[i]))
            return true;
    return memchr(bytes.data, 0, bytes.len) != NULL;
}

static bool put_opened(transfer *r, vc_view plaintext)
{
    if (!r->bytes && !r->options.output && !r->options.force && isatty(STDOUT_FILENO) && is_binary(plaintext)) {
        r->status = transfer_usage(r->command, "this is no text for a terminal: -o FILE, a pipe, or --force");
        return false;
    }
    digester_give(r->digester, plaintext.len);
    if (!transfer_put(r, plaintext))
        return false;
    r->bytes += plaintext.len;
    transfer_progress(r, false);
    return true;
}

/* The file is known: from here on its data go into the digest's blocks. */
static bool begin_data(transfer *r, vc_unsealer *unsealer, vc_error *err)
{
    const vc_manifest *manifest = vc_unsealer_manifest(unsealer);
    if (vc_manifest_offset(manifest)) {
        fprintf(stderr, "vaultcrypt %s: %s is the later part of a transfer, which goes on at byte %" PRIu64 ": it is no whole file\n",
                r->command->name, r->input_name, vc_manifest_offset(manifest));
        r->status = EXIT_DATA;
        return false;
    }
    (void)vc_manifest_size(manifest, &r->size);
    r->digester = digester_start(add_opened, unsealer, vc_unsealer_segment(unsealer), err);
    if (!r->digester)
        transfer_report(r, err);
    return r->digester != NULL;
}

/* All that comes of one piece of the sealed file. */
static bool pull(transfer *r, vc_unsealer *unsealer, vc_view sealed, vc_error *err)
{
    vc_unseal_event event;
    vc_view plaintext;
    do {
        if (r->digester && vc_unsealer_set_room(unsealer, digester_room(r->digester), vc_unsealer_segment(unsealer), err)) {
            transfer_report(r, err);
            return false;
        }
        if (vc_unsealer_pull(unsealer, &sealed, &event, &plaintext, err)) {
            transfer_report(r, err);
            return false;
        }
        if (event == VC_UNSEAL_MANIFEST && !begin_data(r, unsealer, err))
            return false;
        if (event == VC_UNSEAL_DATA && !put_opened(r, plaintext))
            return false;
    } while (event != VC_UNSEAL_MORE && event != VC_UNSEAL_END);
    return true;
}

static bool open_data(transfer *r, vc_unsealer *unsealer, vc_error *err)
{
    char *block = malloc(READ_BYTES);
    size_t len = 0;
    bool fine = block != NULL;
    if (!block)
        transfer_failed(r, "input", ENOMEM);
    while (fine) {
        /* Of a pipe what is there, so that each segment goes out when it is whole. */
        const ssize_t n = read(r->in, block, READ_BYTES);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            transfer_failed(r, r->input_name, errno);
        if (n <= 0) {
            fine = n == 0;
            break;
        }
        len = (size_t)n;
        fine = pull(r, unsealer, vc_view_of(block, len), err);
    }
    free(block);
    return fine;
}

/* Before it has its name. Never setuid, setgid or sticky, whatever the sender says. */
static void preserve(transfer *r, vc_unsealer *unsealer)
{
    const vc_manifest *manifest = vc_unsealer_manifest(unsealer);
    uint32_t mode;
    int64_t mtime;
    if (!r->options.preserve || !r->out.passing)
        return;
    if (vc_manifest_mode(manifest, &mode) && fchmod(r->out.fd, mode & 0777))
        transfer_failed(r, r->options.output, errno);
    if (vc_manifest_mtime(manifest, &mtime)) {
        const int64_t second = 1000000000, rest = (mtime % second + second) % second;
        const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = (time_t)((mtime - rest) / second), .tv_nsec = (long)rest } };
        if (futimens(r->out.fd, times))
            transfer_failed(r, r->options.output, errno);
    }
}

static void unseal(transfer *r, vc_error *err)
{
    vc_unsealer *unsealer = start_unsealer(r, err);
    if (!unsealer)
        return;
    bool done = open_data(r, unsealer, err);
    if (digester_end(r->digester, err)) {
        transfer_report(r, err);
        done = false;
    }
    if (done && vc_unsealer_finish(unsealer, err)) {
        transfer_report(r, err);
        done = false;
    }
    if (done) {
        transfer_progress(r, true);
        preserve(r, unsealer);
    } else if (r->bytes && !r->out.passing) {
        fprintf(stderr, "vaultcrypt %s: the output is incomplete: its %" PRIu64 " bytes are authentic, but not the whole file\n",
                r->command->name, r->bytes);
    }
    vc_unsealer_free(unsealer);
}

static int run_open(int argc, char **argv)
{
    transfer r = { .command = &command_open, .in = -1, .out = { .fd = -1 } };
    const char *operands[2];
    vc_error err = VC_ERROR_INIT;
    if (!option_parse(r.command, argc, argv, &r.options, operands, &r.status))
        return r.status;
    if (r.options.preserve && !r.options.output)
        return transfer_usage(r.command, "--preserve goes with -o FILE");
    if (transfer_begin(&r, operands[0], &err))
        unseal(&r, &err);
    return transfer_end(&r);
}

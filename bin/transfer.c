/* SPDX-License-Identifier: Apache-2.0 */
#include "transfer.h"

#include "blob.h"
#include "exit.h"
#include "input.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { STATIC_KEY = 32 };

int transfer_usage(const struct command *command, const char *text)
{
    fprintf(stderr, "vaultcrypt %s: %s; vaultcrypt %s --help\n", command->name, text, command->name);
    return EXIT_USAGE;
}

void transfer_failed(transfer *r, const char *what, int code)
{
    if (r->status)
        return;
    fprintf(stderr, "vaultcrypt %s: %s: %s%s\n", r->command->name, what, code == EEXIST ? "it exists already" : strerror(code),
            code == EEXIST ? " (--force overwrites it)" : "");
    r->status = EXIT_LOCAL;
}

void transfer_report(transfer *r, const vc_error *err)
{
    if (!r->status)
        r->status = exit_report(r->command->name, err);
}

const char *transfer_output(const transfer *r)
{
    return r->options.output ? r->options.output : "standard output";
}

/* -- progress ---------------------------------------------------------------------------------------------------- */

static double since(const struct timespec *then)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - then->tv_sec) + (double)(now.tv_nsec - then->tv_nsec) / 1e9;
}

void transfer_progress(transfer *r, bool last)
{
    enum { BAR = 30 };
    static const char full[] = "##############################", none[] = "..............................";
    if (r->options.quiet || !isatty(STDERR_FILENO) || isatty(r->out.fd) || (!last && since(&r->shown) < 0.25))
        return;
    const double took = since(&r->started), mib = (double)r->bytes / 1048576;
    if (r->size) {
        const double part = (double)r->bytes / (double)r->size;
        const int done = part > 1 ? BAR : (int)(part * BAR);
        fprintf(stderr, "\r[%.*s%.*s] %3.0f%% ", done, full, BAR - done, none, part > 1 ? 100 : part * 100);
    } else {
        fputc('\r', stderr);
    }
    fprintf(stderr, "%.1f MiB, %.0f MiB/s%s", mib, took > 0 ? mib / took : 0, last ? "\n" : "   ");
    clock_gettime(CLOCK_MONOTONIC, &r->shown);
}

/* -- opening and closing ------------------------------------------------------------------------------------------- */

static bool is_same_file(const struct stat *a, const struct stat *b)
{
    return S_ISREG(a->st_mode) && S_ISREG(b->st_mode) && a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static bool open_files(transfer *r, const char *input)
{
    struct stat out;
    r->status = input_open(r->command, input, &r->in, &r->input_name);
    if (r->status)
        return false;
    if (fstat(r->in, &r->in_stat)) {
        transfer_failed(r, r->input_name, errno);
        return false;
    }
    if (S_ISDIR(r->in_stat.st_mode)) {
        transfer_failed(r, r->input_name, EISDIR);
        return false;
    }
    if (r->options.output && stat(r->options.output, &out) == 0 && is_same_file(&out, &r->in_stat)) {
        r->status = transfer_usage(r->command, "input and output are the same file");
        return false;
    }
    const int code = outfile_open(&r->out, r->options.output, r->options.force);
    if (code)
        transfer_failed(r, r->options.output, code);
    return !code;
}

/* 32 bytes, or their Base64 with white space around it. */
static bool add_static_key(transfer *r, vc_error *err)
{
    blob file = { 0 }, decoded = { 0 };
    bool added = false;
    r->status = input_file(r->command, r->options.static_key, &file);
    if (!r->status) {
        vc_view key = blob_view(&file);
        while (key.len && key.len != STATIC_KEY && strchr(" \t\r\n", key.data[key.len - 1]))
            key.len--;
        if (key.len != STATIC_KEY && blob_from_base64(&decoded, key))
            key = blob_view(&decoded);
        if (key.len != STATIC_KEY)
            fprintf(stderr, "vaultcrypt %s: %s: a key of 32 bytes, or their Base64, is due\n", r->command->name, r->options.static_key);
        if (key.len != STATIC_KEY)
            r->status = EXIT_CONFIG;
        added = key.len == STATIC_KEY;
        for (size_t i = 0; added && i < r->options.keys.count; i++)
            added = !vc_keyring_add_static(r->ring, r->options.keys.values[i], key, err);
        if (!added && !r->status)
            transfer_report(r, err);
    }
    blob_free(&file);
    blob_free(&decoded);
    return added;
}

/* Where keys come from: Vault, or the one that was given. */
static bool open_keys(transfer *r, vc_error *err)
{
    if (!r->options.static_key) {
        r->client = connect_telling(&r->options.connect, err);
        if (!r->client)
            transfer_report(r, err);
        return r->client != NULL;
    }
    r->ring = vc_keyring_new(err);
    if (!r->ring)
        transfer_report(r, err);
    return r->ring && add_static_key(r, err);
}

bool transfer_begin(transfer *r, const char *input, vc_error *err)
{
    if (!r->options.keys.count) {
        r->status = transfer_usage(r->command, "a key is needed: -k KEY");
        return false;
    }
    if (!open_files(r, input) || !open_keys(r, err))
        return false;
    clock_gettime(CLOCK_MONOTONIC, &r->started);
    return true;
}

int transfer_end(transfer *r)
{
    if (!r->status) {
        const int code = outfile_keep(&r->out);
        if (code)
            transfer_failed(r, transfer_output(r), code);
    }
    outfile_drop(&r->out);
    if (r->in > STDIN_FILENO)
        close(r->in);
    vc_client_close(r->client);
    vc_keyring_unref(r->ring);
    return r->status;
}

bool transfer_read(transfer *r, char *data, size_t room, size_t *len)
{
    for (*len = 0; *len < room;) {
        const ssize_t n = read(r->in, data + *len, room - *len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            transfer_failed(r, r->input_name, errno);
            return false;
        }
        if (n == 0)
            break;
        *len += (size_t)n;
    }
    return true;
}

bool transfer_put(transfer *r, vc_view bytes)
{
    const int code = outfile_write(&r->out, bytes.data, bytes.len);
    if (code)
        transfer_failed(r, transfer_output(r), code);
    return !code;
}

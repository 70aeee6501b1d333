/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream_files.h - whether files have changed: looked at by their stamp (device, inode, size, time), and where that is another, by their content. Symbolic links are
 * followed, so that a folder of Kubernetes, whose link is exchanged, is seen as changed.
 *
 * Threads: one owner.
 */
#ifndef VC_BIN_STREAM_FILES_H
#define VC_BIN_STREAM_FILES_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>
#include <vaultcrypt/kafka_stream_config.h>

enum { STREAM_FILES_MOST = 32 };

typedef struct stream_file {
    char name[4096];
    uint64_t device, inode, size, content;
    struct timespec changed;
} stream_file;

typedef struct stream_files {
    stream_file list[STREAM_FILES_MOST];
    size_t count;
} stream_files;

/* Those of the configuration; what is known of those that were there before stays, so that no change is missed. */
void stream_files_take(stream_files *files, const vc_stream_config *config);

/* Whether one has changed since it was asked last. */
bool stream_files_changed(stream_files *files);

#endif

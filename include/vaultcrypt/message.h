/* SPDX-License-Identifier: Apache-2.0 */
/*
 * message.h - a message as Kafka has it: topic, key, value and headers. All of it is borrowed.
 *
 * Threads: plain data of its owner.
 */
#ifndef VAULTCRYPT_MESSAGE_H
#define VAULTCRYPT_MESSAGE_H

#include <vaultcrypt/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A header. Names may occur several times. A `value` whose data is NULL is Kafka's null, which is not empty. */
typedef struct vc_header {
    vc_view name;
    vc_view value;
} vc_header;

/*
 * `size` tells the library how much room the caller's structure has, so that it can grow. Start from VC_MESSAGE_INIT.
 * A `key` or `value` whose data is NULL is Kafka's null: no key, and a tombstone.
 */
typedef struct vc_message {
    size_t size;
    vc_view topic;
    vc_view key;
    vc_view value;
    const vc_header *headers; /* in their order; may be NULL when there are none */
    size_t header_count;
} vc_message;

#if defined(__cplusplus) && __cplusplus >= 201103L
#define VC_MESSAGE_INIT { sizeof(vc_message), { nullptr, 0 }, { nullptr, 0 }, { nullptr, 0 }, nullptr, 0 }
#else
#define VC_MESSAGE_INIT { sizeof(vc_message), { NULL, 0 }, { NULL, 0 }, { NULL, 0 }, NULL, 0 }
#endif

#ifdef __cplusplus
}
#endif

#endif

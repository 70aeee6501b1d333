/* SPDX-License-Identifier: Apache-2.0 */
/*
 * failure.h - what it means when libcrypto fails, or ciphertext does not authenticate. libcrypto queues its
 * errors per thread, in a queue that the application has too: nothing of ours is left in there.
 *
 * Threads: any.
 */
#ifndef VC__CRYPTO_FAILURE_H
#define VC__CRYPTO_FAILURE_H

#include <stdbool.h>
#include <vaultcrypt/error.h>

/* Empties the queue. True: one of its errors was a lack of memory. */
bool vc__libcrypto_forget(void);

/*
 * VC_E_MEMORY when libcrypto lacked memory, as far as it could say so; else VC_E_INTERNAL and "libcrypto
 * does not `what` `name`". Empties the queue.
 */
vc_code vc__libcrypto_failed(vc_error *err, const char *what, const char *name);

/*
 * VC_E_CIPHERTEXT with the one text for whatever does not authenticate: it never tells which of key, context,
 * position, tag or ciphertext it was. Empties the queue.
 */
vc_code vc__unauthentic(vc_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * error.h - the one error setter. Nothing here allocates; every function returns the code it set, so that
 * `return vc__error(err, VC_E_PATH, "...")` is the whole of it. `err` may be NULL everywhere.
 *
 * The formats take no secrets, no user data: only our own words, numbers, names from schema and
 * configuration.
 */
#ifndef VC__BASE_ERROR_H
#define VC__BASE_ERROR_H

#include <vaultcrypt/error.h>

/* Sets code and message, clears the rest. */
vc_code vc__error(vc_error *err, vc_code code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Out of memory. */
vc_code vc__error_memory(vc_error *err);

/*
 * Adds the place in a source, 1-based line and column; returns err's code. `source` may be NULL: left as it
 * is.
 */
vc_code vc__error_at(vc_error *err, const char *source, size_t line, size_t column);

/* Adds a byte offset with line and column in a record. */
vc_code vc__error_offset(vc_error *err, size_t offset, size_t line, size_t column);

/*
 * Adds what Vault said: status, request id (may be absent, is cut and cleaned), and whether a retry may help.
 */
vc_code vc__error_http(vc_error *err, int status, vc_view request_id, int retryable);

/* Puts words before the message; all else of it stays. */
void vc__error_prefix(vc_error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Copies all that fits both sizes; returns from's code. */
vc_code vc__error_copy(vc_error *err, const vc_error *from);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * native_read.h - inside of native.h: bytes taken one after the other, the first fault remembered with its
 * place.
 *
 * Threads: plain data of its owner.
 */
#ifndef VC__RECORD_NATIVE_READ_H
#define VC__RECORD_NATIVE_READ_H

#include "record/native.h"

typedef struct vc__native_reader {
    vc_view in;
    size_t at;
    const char *fault; /* NULL: none yet */
    size_t fault_at;
    bool cut; /* the fault is that `in` ends too early */
} vc__native_reader;

/* Sets the fault, when it is the first; always false. */
bool vc__native_fault(vc__native_reader *reader, size_t at, const char *fault);

/* Each is false when there was a fault, or is one now. */
bool vc__native_take(vc__native_reader *reader, size_t len, vc_view *out);
bool vc__native_take_byte(vc__native_reader *reader, uint8_t *out);
bool vc__native_take_number(vc__native_reader *reader, uint32_t *out);
bool vc__native_take_counted(vc__native_reader *reader, size_t max, const char *too_long, vc_view *out);

/* Source, key name, key version, wrapped key: the same in a token and in the header of Kafka. `checked`: it was read before. */
bool vc__native_take_place(vc__native_reader *reader, vc__native *token, bool checked);

/* VC_OK, or VC_E_CIPHERTEXT: "`what` is refused at byte N: fault". */
vc_code vc__native_reader_end(const vc__native_reader *reader, const char *what, vc_error *err);

#endif

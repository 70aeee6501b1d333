/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filename.h - which names a file may have that comes from elsewhere, and the names that the destination keeps for itself.
 *
 * Threads: any; nothing is kept. Messages never hold the name.
 */
#ifndef VC__KAFKA_FILENAME_H
#define VC__KAFKA_FILENAME_H

#include <stdbool.h>
#include <vaultcrypt/error.h>

#define VC__FILE_JOURNAL ".vaultcrypt-received"

enum { VC__NAME_MOST = 255, VC__TRANSFER_ID = 16, VC__PART_NAME_ROOM = 64 };

/*
 * One component of a path, of valid UTF-8, at most 255 bytes, without control characters, not "." or "..", and not beginning as
 * our own files do; `portable`: one that Windows can have too. VC_E_REFUSED.
 */
vc_code vc__filename_check(vc_view name, bool portable, vc_error *err);

/* Whether it begins as our own files in a destination do. */
bool vc__filename_is_ours(const char *name);

/* ".vaultcrypt-<32 hexadecimal digits>.part" */
void vc__filename_part(char out[VC__PART_NAME_ROOM], const unsigned char id[VC__TRANSFER_ID]);
bool vc__filename_is_part(const char *name);

/* The id in hexadecimal. */
void vc__filename_id(char out[2 * VC__TRANSFER_ID + 1], const unsigned char id[VC__TRANSFER_ID]);

/* The name for people, in `room` bytes: what is not printable becomes '?'. */
char *vc__filename_show(char *out, size_t room, vc_view name);

#endif

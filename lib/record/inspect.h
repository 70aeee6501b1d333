/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inspect.h - inside of vaultcrypt/inspect.h: how things and their rows are noted, and who recognises what. A function
 * that looks for a format returns whether it is that one, and has noted it then.
 *
 * A lack of memory is sticky in the inspection, and looked at once, at the end.
 *
 * Threads: an inspection has one owner while it is made.
 */
#ifndef VC__RECORD_INSPECT_H
#define VC__RECORD_INSPECT_H

#include "base/arena.h"
#include "base/buf.h"

#include <vaultcrypt/inspect.h>

enum { VC__INSPECT_MOST = 1000 /* things */, VC__INSPECT_ROWS = 24 /* of one thing */ };

typedef struct vc__inspect_row {
    const char *name, *text;
    vc_row_kind kind;
} vc__inspect_row;

typedef struct vc__inspect_thing {
    const char *place, *format;
    bool certain;
    size_t count;
    vc__inspect_row *rows; /* room for VC__INSPECT_ROWS */
} vc__inspect_thing;

struct vc_inspection {
    vc__arena arena; /* all texts */
    vc__inspect_thing **things;
    size_t count, room;
    vc_code failed; /* VC_E_MEMORY */
};

/* A new thing at the end; `format` is static. NULL: no memory, or VC__INSPECT_MOST are there. Rows may be added to NULL. */
vc__inspect_thing *vc__inspect_add(vc_inspection *made, vc_view place, const char *format, bool certain);

/* Rows; `name` is static. Text that is not UTF-8 becomes hexadecimal. */
void vc__inspect_text(vc_inspection *made, vc__inspect_thing *thing, const char *name, vc_view text);
void vc__inspect_hex(vc_inspection *made, vc__inspect_thing *thing, const char *name, vc_view bytes);
void vc__inspect_number(vc_inspection *made, vc__inspect_thing *thing, const char *name, uint64_t number);
void vc__inspect_flag(vc_inspection *made, vc__inspect_thing *thing, const char *name, bool flag);

/* Native formats (inspect_native.c): a token as text or bytes, a stream; the header vaultcrypt-keys. */
bool vc__inspect_token(vc_inspection *made, vc_view place, vc_view value);
/* A later record of a sealed file in Kafka, by the headers beside it. */
bool vc__inspect_segment(vc_inspection *made, vc_view place, vc_view value, const vc_header *headers, size_t count);
void vc__inspect_keys(vc_inspection *made, const vc_header *headers, size_t count);

/* Formats of others (inspect_foreign.c). */
bool vc__inspect_vault(vc_inspection *made, vc_view place, vc_view value);
bool vc__inspect_rsa(vc_inspection *made, vc_view place, vc_view value);
bool vc__inspect_kroxylicious(vc_inspection *made, vc_view place, vc_view value, const vc_header *headers, size_t count);
bool vc__inspect_demo(vc_inspection *made, vc_view place, vc_view value, const vc_header *headers, size_t count);

/* JSON and what is protected in it (inspect_json.c). */
bool vc__inspect_json(vc_inspection *made, vc_view place, vc_view value);

#endif

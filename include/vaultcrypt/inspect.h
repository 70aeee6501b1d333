/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inspect.h - what a value is, as far as it shows without a key: its format, which key and version it wants, what is bound to
 * it. For people and their tools: opening goes by the schema alone, never by what a value says of itself.
 *
 *     vc_inspection *found;
 *     if (vc_inspect(value, NULL, 0, &found, &err) == VC_OK)
 *         for (size_t i = 0; i < vc_inspection_count(found); i++)
 *             tell(vc_inspection_place(found, i), vc_inspection_format(found, i), vc_inspection_text(found, i, "key"));
 *
 * Things are found in this order: the value itself (always), what is protected in it where it is JSON, what its headers say. Each
 * has a place, a format, and rows of name and value.
 *
 *     token            a token of ours, as text or as bytes     key, key_version, source, algorithm, context, bound, ...
 *                      (source "rsa", "ec" or "hpke": the key is the id of a public key; signer: the id of who says that he signed it)
 *     stream           the beginning of a sealed file of ours   the same, and segment_size
 *     segment          a later segment of one, in a record of   transfer, part, segment, bytes
 *                      Kafka whose headers say so: its header
 *                      is elsewhere
 *     keys             wrapped keys in the header vaultcrypt-keys: one thing for each of them
 *     vault            "vault:vN:...", of Vault's transit       key_version (no key is told)
 *     kroxylicious     a record of Kroxylicious                 key, key_version, format_version
 *     demo             a file as the Vault demo sends it        key_version, file_name
 *     rsa-oaep         Base64 of the length that RSA-OAEP has   rsa_bits
 *     encryption-error the text that the Vault demo puts where it could not encrypt: what was there is lost
 *     json             JSON                                     fields, protected
 *     null             Kafka's null
 *     unknown          none of these
 *
 * Threads: a vc_inspection is immutable; share it freely.
 */
#ifndef VAULTCRYPT_INSPECT_H
#define VAULTCRYPT_INSPECT_H

#include <vaultcrypt/error.h>
#include <vaultcrypt/message.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct vc_inspection vc_inspection;

/* What a row's value is. All come as text too. */
typedef enum vc_row_kind { VC_ROW_TEXT = 1, VC_ROW_NUMBER, VC_ROW_FLAG } vc_row_kind;

/*
 * Looks at a value, and at the headers of its record (NULL and 0: none). A value whose data is NULL is Kafka's null. What is
 * malformed is no error: the thing has a row "error" then. At most 1 000 things are listed; the row "protected" counts
 * all. `*inspection` is freed with vc_inspection_free(). VC_E_MEMORY.
 */
VC_API vc_code vc_inspect(vc_view value, const vc_header *headers, size_t header_count, vc_inspection **inspection,
                          vc_error *err);

/* NULL is fine. */
VC_API void vc_inspection_free(vc_inspection *inspection);

/* How many things were found; at least 1. */
VC_API size_t vc_inspection_count(const vc_inspection *inspection);

/* Where: "value", "$.customer['first name']", "header vaultcrypt-keys". NULL beyond the last thing, as all below. */
VC_API const char *vc_inspection_place(const vc_inspection *inspection, size_t i);

/* One of the names above. */
VC_API const char *vc_inspection_format(const vc_inspection *inspection, size_t i);

/* 0: it only looks so. */
VC_API int vc_inspection_is_certain(const vc_inspection *inspection, size_t i);

/* Rows. Text is UTF-8; what is not comes as hexadecimal digits behind "hex:". Flags are "true" and "false". */
VC_API size_t vc_inspection_row_count(const vc_inspection *inspection, size_t i);
VC_API const char *vc_inspection_row_name(const vc_inspection *inspection, size_t i, size_t row);
VC_API const char *vc_inspection_row_text(const vc_inspection *inspection, size_t i, size_t row);
VC_API vc_row_kind vc_inspection_row_kind(const vc_inspection *inspection, size_t i, size_t row); /* VC_ROW_TEXT beyond the last */

/* The text of the row with that name; NULL: it has none. */
VC_API const char *vc_inspection_text(const vc_inspection *inspection, size_t i, const char *name);

#ifdef __cplusplus
}
#endif

#endif

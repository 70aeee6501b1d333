/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transform.h - single values, roles and other objects of Vault's transform secrets engine (Vault Enterprise,
 * and the development server of this project). Tokens: transform_token.h; many values of one role:
 * transform_batch.h; fields of records: batch.h. Examples: examples/api/transform_*.c
 *
 * A role, transformation, template or alphabet is named "NAME" or "MOUNT/NAME"; the mount is "transform" when
 * none is named. Every call blocks, retries what passes by itself until the client's deadline, and on failure
 * leaves its outputs as they were.
 *
 * Every call that takes a client may return, besides its own errors, those that transit.h lists for all. A
 * server without the engine answers VC_E_NOT_FOUND.
 *
 * Threads: as vc_client; options and objects have one owner, their getters may be called by many.
 */
#ifndef VAULTCRYPT_TRANSFORM_H
#define VAULTCRYPT_TRANSFORM_H

#include <vaultcrypt/client.h>
#include <vaultcrypt/names.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Which transformation of the role, and with which tweak. */
typedef struct vc_transform_options vc_transform_options;

/* The role's only transformation, no tweak. NULL and VC_E_MEMORY on failure. */
VC_API VC_MUST_CHECK vc_transform_options *vc_transform_options_new(vc_error *err);
VC_API void vc_transform_options_free(vc_transform_options *options); /* NULL is fine */

/* Needed when the role has several. VC_E_ARGUMENT (not UTF-8), VC_E_LIMIT (over 1 KiB), VC_E_MEMORY. */
VC_API vc_code vc_transform_options_set_transformation(vc_transform_options *options, const char *name,
                                                       vc_error *err);

/*
 * Base64 text, as Vault takes and gives it: for tweak_source `supplied`, and for decoding with `generated`.
 * FF3-1 needs exactly 7 bytes. A wrong tweak decodes to a wrong value without an error. VC_E_ARGUMENT (not
 * Base64), VC_E_LIMIT (over 64 KiB), VC_E_MEMORY.
 */
VC_API vc_code vc_transform_options_set_tweak(vc_transform_options *options, vc_view base64, vc_error *err);

/*
 * For decoding: one of the template's decode_formats. VC_E_ARGUMENT (not a name), VC_E_LIMIT (over 1 KiB),
 * VC_E_MEMORY.
 */
VC_API vc_code vc_transform_options_set_decode_format(vc_transform_options *options, const char *name,
                                                      vc_error *err);

/*
 * POST MOUNT/encode/ROLE. `value` is UTF-8 and must match the template whole. With tweak_source `generated`
 * the reply has a tweak that is needed to decode: it goes to `*tweak` (Base64 text; NULL: not wanted;
 * VC_BYTES_INIT when there is none). VC_E_ARGUMENT (not UTF-8), VC_E_REFUSED (Vault refused the value),
 * VC_E_TOO_LARGE. Masked values cannot be decoded. For tokenization use vc_transform_tokenize(): this call may be sent
 * again after a doubtful failure, which would leave a second token behind (with options that only tokens take it is not).
 */
VC_API vc_code vc_transform_encode(vc_client *client, const char *role, vc_view value,
                                   const vc_transform_options *options, vc_bytes *encoded, vc_bytes *tweak,
                                   vc_error *err);

/*
 * POST MOUNT/rewrap/ROLE (Vault 2.1): decodes an FPE value of one transformation and encodes it with another, in Vault: the way from
 * FF3-1 to FF1. `from` and `to` name the transformations, with tweaks where they take them; both must be the role's. `*tweak` as
 * vc_transform_encode(). VC_E_ARGUMENT (a transformation is not named), VC_E_REFUSED, VC_E_NOT_FOUND (an older server).
 */
VC_API vc_code vc_transform_rewrap(vc_client *client, const char *role, vc_view value, const vc_transform_options *from,
                                   const vc_transform_options *to, vc_bytes *encoded, vc_bytes *tweak, vc_error *err);

/* POST MOUNT/decode/ROLE, or MOUNT/decode/ROLE/FORMAT. Errors as vc_transform_encode(). */
VC_API vc_code vc_transform_decode(vc_client *client, const char *role, vc_view value,
                                   const vc_transform_options *options, vc_bytes *decoded, vc_error *err);

/*
 * The objects. What is new is empty; what was read can be changed and written back. Setters copy:
 * VC_E_ARGUMENT for text that is not UTF-8, VC_E_MEMORY. Texts of getters are borrowed from the object; NULL
 * when there is none. A read of what is not there is VC_E_NOT_FOUND. A write makes or replaces.
 */

/*
 * A role: POST and GET MOUNT/role/NAME. A role works with those of its transformations that allow the role.
 */
typedef struct vc_transform_role vc_transform_role;

VC_API VC_MUST_CHECK vc_transform_role *vc_transform_role_new(vc_error *err); /* VC_E_MEMORY */
VC_API void vc_transform_role_free(vc_transform_role *role);                  /* NULL is fine */
VC_API vc_code vc_transform_role_add_transformation(vc_transform_role *role, const char *name,
                                                    vc_error *err); /* once */
VC_API size_t vc_transform_role_transformation_count(const vc_transform_role *role);
VC_API const char *vc_transform_role_transformation(const vc_transform_role *role, size_t i);
VC_API vc_code vc_transform_role_write(vc_client *client, const char *name, const vc_transform_role *role,
                                       vc_error *err);
VC_API VC_MUST_CHECK vc_transform_role *vc_transform_role_read(vc_client *client, const char *name,
                                                               vc_error *err);

/*
 * A transformation: POST MOUNT/transformations/TYPE/NAME, GET MOUNT/transformation/NAME. Its type ("fpe",
 * "masking", "tokenization") is set when it is made and cannot change.
 */
typedef struct vc_transform_transformation vc_transform_transformation;

VC_API VC_MUST_CHECK vc_transform_transformation *vc_transform_transformation_new(const char *type,
                                                                                  vc_error *err);
VC_API void vc_transform_transformation_free(vc_transform_transformation *transformation); /* NULL is fine */
/* A template's name, such as "builtin/creditcardnumber" (fpe, masking). */
VC_API vc_code vc_transform_transformation_set_template(vc_transform_transformation *transformation,
                                                        const char *name, vc_error *err);
/* "supplied" (Vault's default), "generated" or "internal" (fpe). */
VC_API vc_code vc_transform_transformation_set_tweak_source(vc_transform_transformation *transformation,
                                                            const char *source, vc_error *err);
/* One character (masking). */
VC_API vc_code vc_transform_transformation_set_masking_character(vc_transform_transformation *transformation,
                                                                 vc_view character, vc_error *err);
/* A role's name, or one with `*` at its end. */
VC_API vc_code vc_transform_transformation_add_allowed_role(vc_transform_transformation *transformation,
                                                            const char *role, vc_error *err);
VC_API vc_code vc_transform_transformation_set_deletion_allowed(vc_transform_transformation *transformation,
                                                                int allowed, vc_error *err);
/* Bytes that a tweak may have, 0 for any (fpe with FF1). It cannot be changed later. */
VC_API vc_code vc_transform_transformation_set_max_tweak_len(vc_transform_transformation *transformation,
                                                             uint64_t bytes, vc_error *err);
VC_API uint64_t vc_transform_transformation_max_tweak_len(const vc_transform_transformation *transformation);
VC_API int vc_transform_transformation_allows_deletion(const vc_transform_transformation *transformation);
VC_API const char *vc_transform_transformation_type(const vc_transform_transformation *transformation);
VC_API const char *vc_transform_transformation_template(const vc_transform_transformation *transformation);
VC_API const char *vc_transform_transformation_tweak_source(
    const vc_transform_transformation *transformation);
VC_API const char *vc_transform_transformation_masking_character(
    const vc_transform_transformation *transformation);
/* "ff1" or "ff3-1" where the server tells. */
VC_API const char *vc_transform_transformation_fpe_algorithm(
    const vc_transform_transformation *transformation);
VC_API size_t
vc_transform_transformation_allowed_role_count(const vc_transform_transformation *transformation);
VC_API const char *vc_transform_transformation_allowed_role(const vc_transform_transformation *transformation,
                                                            size_t i);
VC_API vc_code vc_transform_transformation_write(vc_client *client, const char *name,
                                                 const vc_transform_transformation *transformation,
                                                 vc_error *err);
VC_API VC_MUST_CHECK vc_transform_transformation *vc_transform_transformation_read(vc_client *client,
                                                                                   const char *name,
                                                                                   vc_error *err);

/*
 * A template: POST and GET MOUNT/template/NAME. The pattern (RE2) must match a value whole; what its groups
 * capture is encoded, in the characters of the alphabet.
 */
typedef struct vc_transform_template vc_transform_template;

VC_API VC_MUST_CHECK vc_transform_template *vc_transform_template_new(vc_error *err); /* VC_E_MEMORY */
VC_API void vc_transform_template_free(vc_transform_template *pattern);               /* NULL is fine */
VC_API vc_code vc_transform_template_set_pattern(vc_transform_template *pattern, const char *regex,
                                                 vc_error *err);
VC_API vc_code vc_transform_template_set_alphabet(vc_transform_template *pattern, const char *name,
                                                  vc_error *err);
VC_API vc_code vc_transform_template_set_encode_format(vc_transform_template *pattern, const char *format,
                                                       vc_error *err);
VC_API vc_code vc_transform_template_set_decode_format(vc_transform_template *pattern, const char *name,
                                                       const char *format, vc_error *err);
VC_API const char *vc_transform_template_pattern(const vc_transform_template *pattern);
VC_API const char *vc_transform_template_alphabet(const vc_transform_template *pattern);
VC_API const char *vc_transform_template_encode_format(const vc_transform_template *pattern);
VC_API const char *vc_transform_template_decode_format(const vc_transform_template *pattern,
                                                       const char *name);
VC_API vc_code vc_transform_template_write(vc_client *client, const char *name,
                                           const vc_transform_template *pattern, vc_error *err);
VC_API VC_MUST_CHECK vc_transform_template *vc_transform_template_read(vc_client *client, const char *name,
                                                                       vc_error *err);

/*
 * LIST of each kind in a mount (NULL: "transform"), and DELETE of one. What is in use is not deleted (VC_E_REQUEST): an alphabet of
 * a template, a template of a transformation, a transformation of a role; nor is a transformation without deletion_allowed. What is not
 * there is deleted without an error.
 */
VC_API VC_MUST_CHECK vc_names *vc_transform_roles_list(vc_client *client, const char *mount, vc_error *err);
VC_API VC_MUST_CHECK vc_names *vc_transform_transformations_list(vc_client *client, const char *mount, vc_error *err);
VC_API VC_MUST_CHECK vc_names *vc_transform_templates_list(vc_client *client, const char *mount, vc_error *err);
VC_API VC_MUST_CHECK vc_names *vc_transform_alphabets_list(vc_client *client, const char *mount, vc_error *err);
VC_API vc_code vc_transform_role_delete(vc_client *client, const char *name, vc_error *err);
VC_API vc_code vc_transform_transformation_delete(vc_client *client, const char *name, vc_error *err);
VC_API vc_code vc_transform_template_delete(vc_client *client, const char *name, vc_error *err);
VC_API vc_code vc_transform_alphabet_delete(vc_client *client, const char *name, vc_error *err);

/*
 * An alphabet: POST and GET MOUNT/alphabet/NAME. 2 to 65 536 different UTF-8 characters. Free `*alphabet`
 * with vc_bytes_free().
 */
VC_API vc_code vc_transform_alphabet_write(vc_client *client, const char *name, vc_view alphabet,
                                           vc_error *err);
VC_API vc_code vc_transform_alphabet_read(vc_client *client, const char *name, vc_bytes *alphabet,
                                          vc_error *err);

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transform_object.h - roles, transformations, templates, alphabets, stores and keys of the transform engine: requests and
 * replies. (transform_object.c, transform_kind.c, transform_store.c)
 *
 * Vault endpoints: POST and GET MOUNT/role/NAME, MOUNT/template/NAME, MOUNT/alphabet/NAME; POST
 * MOUNT/transformations/TYPE/NAME, GET MOUNT/transformation/NAME. Writes answer 204; all of them may be sent
 * again.
 *
 * Threads: one owner.
 */
#ifndef VC__VAULT_TRANSFORM_OBJECT_H
#define VC__VAULT_TRANSFORM_OBJECT_H

#include "vault/request.h"

#include <vaultcrypt/transform_token.h>

/*
 * Writes. Each fills a request, to be cleaned up in any case. VC_E_ARGUMENT (names, an unknown type),
 * VC_E_LIMIT, VC_E_MEMORY.
 */
vc_code vc__transform_role_write(vc_request *request, const char *place, const vc_transform_role *role,
                                 vc_error *err);
vc_code vc__transform_transformation_write(vc_request *request, const char *place,
                                           const vc_transform_transformation *transformation, vc_error *err);
vc_code vc__transform_template_write(vc_request *request, const char *place,
                                     const vc_transform_template *pattern, vc_error *err);
vc_code vc__transform_alphabet_write(vc_request *request, const char *place, vc_view alphabet, vc_error *err);

/* A read of one of the four. `kind`: "role", "transformation", "template", "alphabet". Errors as above. */
vc_code vc__transform_read(vc_request *request, const char *kind, const char *place, vc_error *err);

/* Replies to a read. NULL: as vc__object_read(). */
vc_transform_role *vc__transform_role_parse(int status, vc_view body, vc_error *err);
vc_transform_transformation *vc__transform_transformation_parse(int status, vc_view body, vc_error *err);
vc_transform_template *vc__transform_template_parse(int status, vc_view body, vc_error *err);
vc_code vc__transform_alphabet_parse(vc_bytes *alphabet, int status, vc_view body, vc_error *err);

/* METHOD MOUNT/KIND/NAME, and `behind` ("/rotate") as it is. Errors as above. */
vc_code vc__transform_begin(vc_request *request, const char *method, const char *kind, const char *place,
                            const char *behind, vc_error *err);
/* GET MOUNT/WHAT ("role?list=true"); `mount` NULL: "transform". */
vc_code vc__transform_begin_mount(vc_request *request, const char *mount, const char *what, vc_error *err);

/* Keys of one's own. VC_E_ARGUMENT: masking, not Base64, an unknown hash. */
vc_code vc__transform_import(vc_request *request, const char *place, const vc_transform_transformation *transformation,
                             vc_view wrapped, const char *hash, bool allow_rotation, vc_error *err);
vc_code vc__transform_import_version(vc_request *request, const char *place, vc_view wrapped, const char *hash, vc_error *err);

/* Keys of tokenizations. */
vc_code vc__transform_key_configure(vc_request *request, const char *place, uint64_t min_decryption_version,
                                    uint64_t auto_rotate_seconds, vc_error *err);
vc_code vc__transform_key_trim(vc_request *request, const char *place, uint64_t min_available_version, vc_error *err);
vc_transform_key *vc__transform_key_parse(int status, vc_view body, vc_error *err);

/* Stores. The password is in no json-c object. */
vc_code vc__transform_store_write(vc_request *request, const char *place, const vc_transform_store *store, vc_error *err);
vc_code vc__transform_store_schema(vc_request *request, const char *place, const char *user, vc_view password,
                                   vc_error *err);
vc_transform_store *vc__transform_store_parse(int status, vc_view body, vc_error *err);

#endif

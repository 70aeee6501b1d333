/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transform_object.h - roles, transformations, templates and alphabets of the transform engine: requests and
 * replies.
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

#include <vaultcrypt/transform.h>

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

#endif

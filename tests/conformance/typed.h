/* SPDX-License-Identifier: Apache-2.0 */
/*
 * typed.h - the same request once more, through the C function that the library has for it. Only requests that change nothing
 * are repeated, and only when the function can express all of them.
 */
#ifndef VC__CONFORMANCE_TYPED_H
#define VC__CONFORMANCE_TYPED_H

#include "conformance/row.h"

#include <vaultcrypt/vaultcrypt.h>

typedef enum { TYPED_NONE, TYPED_CALLED } typed_result;

/*
 * `endpoint` as of row_endpoint(); `body` as it was sent, or NULL; `reply` as it came, or NULL: values in it are compared where they must
 * be the same. `wrong` (to be freed): the value is another one.
 */
typed_result typed_call(vc_client *client, const char *endpoint, const char *path, const char *body, struct json_object *reply,
                        vc_code *code, char **wrong);

#endif

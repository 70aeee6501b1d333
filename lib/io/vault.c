/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/vault.h"

#include "base/error.h"
#include "io/typed.h"

vc_code vc_vault_request(vc_client *client, const char *method, const char *path, vc_view body,
                         const vc_vault_options *options, vc_vault_reply **reply, vc_error *err)
{
    vc_request request;
    if (reply)
        *reply = NULL;
    vc_code code = vc__typed_send(client, &request, vc__vault_request(&request, method, path, body, options, err), err);
    if (!code)
        code = vc__reply_error(request.status, vc__buf_get(&request.reply), err);
    if (reply && request.state == VC__REQUEST_REPLIED) {
        vc_error why = VC_ERROR_INIT;
        *reply = vc__vault_reply_take(&request, &why);
        if (!*reply)
            code = vc__error_copy(err, &why);
    }
    return vc__typed_end(&request, code, err);
}

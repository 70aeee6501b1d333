/* SPDX-License-Identifier: Apache-2.0 */
#include "io/typed.h"

#include "base/alloc.h"
#include "base/error.h"

vc_code vc__typed_send(vc_client *client, vc_request *request, vc_code built, vc_error *err)
{
    return built ? built : vc__client_call(client, request, err);
}

vc_code vc__typed_end(vc_request *request, vc_code code, vc_error *err)
{
    /* What was never sent is about the arguments, and its path may be half of one. */
    if (code && request->tries)
        vc__error_at(err, vc_request_path(request), 0, 0);
    vc__request_cleanup(request);
    return code;
}

vc_code vc__typed_write(vc_client *client, vc_request *request, vc_code built, vc_error *err)
{
    vc_code code = vc__typed_send(client, request, built, err);
    if (!code)
        code = vc__reply_error(request->status, vc__buf_get(&request->reply), err);
    return vc__typed_end(request, code, err);
}

void *vc__typed_read(vc_client *client, vc_request *request, vc_code built, vc__typed_parse parse, vc_error *err)
{
    const vc_code code = vc__typed_send(client, request, built, err);
    void *read = code ? NULL : parse(request->status, vc__buf_get(&request->reply), err);
    vc__typed_end(request, read ? VC_OK : VC_E_PROTOCOL, err);
    return read;
}

vc_code vc__typed_copy(vc_bytes *out, vc_view value, vc_error *err)
{
    const vc_bytes copy = { vc__memdup(value.len ? value.data : "", value.len), value.len };
    if (!copy.data)
        return vc__error_memory(err);
    *out = copy;
    return VC_OK;
}

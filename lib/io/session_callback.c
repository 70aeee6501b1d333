/* SPDX-License-Identifier: Apache-2.0 */
#include "io/session_callback.h"

#include "base/error.h"
#include "vault/login.h"

void vc_auth_answer_cleanup(vc_auth_answer *answer)
{
    vc__secret_free(answer->token);
    vc__secret_free(answer->body);
    vc__buf_free(&answer->path);
    answer->token = answer->body = NULL;
}

vc_code vc_auth_answer_token(vc_auth_answer *answer, vc_view token, uint64_t ttl_seconds, int renewable, vc_error *err)
{
    if (!answer || !vc__token_is_sane(token))
        return vc__error(err, VC_E_ARGUMENT, "that is no token: it is empty, too long or holds a character that no token has");
    vc__secret *copy = vc__secret_new(token, VC__LOCK_TRY, err);
    if (!copy)
        return VC_E_MEMORY;
    vc_auth_answer_cleanup(answer);
    answer->token = copy;
    answer->terms = (vc__lease_terms){ ttl_seconds, 0, renewable != 0, false };
    return VC_OK;
}

vc_code vc_auth_answer_login(vc_auth_answer *answer, const char *path, vc_view body, vc_error *err)
{
    if (!answer || !path || !*path)
        return vc__error(err, VC_E_ARGUMENT, "a log-in has a path, such as auth/gcp/login");
    vc_error why = VC_ERROR_INIT;
    vc__secret *copy = vc__secret_new(body, VC__LOCK_TRY, &why);
    if (!copy)
        return vc__error_copy(err, &why);
    vc_auth_answer_cleanup(answer);
    answer->body = copy;
    vc__buf_str(&answer->path, path);
    return vc__buf_check(&answer->path, "the path of a log-in", err);
}

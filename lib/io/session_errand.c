/* SPDX-License-Identifier: Apache-2.0 */
#include "io/session_errand.h"

#include "base/error.h"
#include "io/session_callback.h"
#include "io/watch.h"
#include "vault/token.h"

#include <stdio.h>

enum { SHORT_MS = 10000, MOUNT_SHOWN = 64 };

/* A log-in's way. */
enum { STEP_START = 0, STEP_LOOKUP_WRAPPED, STEP_UNWRAP, STEP_LOGIN, STEP_VERIFY };

static const char kubernetes_file[] = "/var/run/secrets/kubernetes.io/serviceaccount/token";

void vc__credentials_cleanup(vc__credentials *credentials)
{
    vc__secret_free(credentials->secret_id);
    vc__secret_free(credentials->wrapping_token);
    *credentials = (vc__credentials){ NULL, NULL, false, false };
}

static const vc__auth *auth_of(const vc__errand *errand)
{
    return vc__auth_of(errand->config);
}

/* -- requests ----------------------------------------------------------------------------------------------------- */

static void drop_request(vc__errand *errand)
{
    if (errand->made)
        vc__request_cleanup(&errand->request);
    errand->made = false;
}

/* A request was filled with `built`: it is the errand's now. */
static vc_code adopt(vc__errand *errand, vc_code built)
{
    errand->made = true;
    errand->request.namespace_override = auth_of(errand)->text[VC__AUTH_NAMESPACE];
    if (errand->own && errand->request.auth == VC__AUTH_SESSION) {
        errand->request.auth = VC__AUTH_OWN;
        errand->request.own_token = errand->own;
    }
    return built;
}

static vc__secret *copy_of(vc__secret *secret, vc_error *err)
{
    return vc__secret_new(vc__secret_get(secret), VC__LOCK_TRY, err);
}

/* The secret of the log-in, of the configuration or of its file: SecretID, wrapping token, password, JWT. */
static vc__secret *secret_of(const vc__auth *auth, vc_error *err)
{
    static const char *const whats[VC__LOGIN_METHODS] = {
        [VC__LOGIN_APPROLE] = "the SecretID file", [VC__LOGIN_KUBERNETES] = "the service account's token file",
        [VC__LOGIN_JWT] = "the JWT file",          [VC__LOGIN_CERT] = "",
        [VC__LOGIN_USERPASS] = "the password file", [VC__LOGIN_LDAP] = "the password file",
    };
    const char *file = auth->text[VC__AUTH_SECRET_FILE];
    if (auth->secret)
        return copy_of(auth->secret, err);
    if (!file && auth->method == VC__LOGIN_KUBERNETES)
        file = kubernetes_file;
    if (!file) {
        vc__error(err, VC_E_CONFIG, "the log-in by %s has no secret", vc__login_name(auth->method));
        return NULL;
    }
    return vc__secret_file(file, auth->wrapped ? "the file with the wrapping token" : whats[auth->method], err);
}

static vc__login login_of(const vc__auth *auth, vc_view secret)
{
    const bool by_user = auth->method == VC__LOGIN_USERPASS || auth->method == VC__LOGIN_LDAP;
    const vc__auth_text name = auth->method == VC__LOGIN_APPROLE ? VC__AUTH_ROLE_ID : by_user ? VC__AUTH_USER : VC__AUTH_ROLE;
    return (vc__login){ auth->method, vc_str(auth->text[VC__AUTH_MOUNT]), vc_str(auth->text[name]), secret };
}

static vc_code make_login(vc__errand *errand, vc__secret *secret, vc_error *err)
{
    const vc__login login = login_of(auth_of(errand), vc__secret_get(secret));
    const vc_code code = adopt(errand, vc__login_request(&errand->request, &login, err));
    errand->step = STEP_LOGIN;
    return code;
}

static vc_code login_with_secret(vc__errand *errand, vc_error *err)
{
    const vc__auth *auth = auth_of(errand);
    if (auth->method == VC__LOGIN_CERT)
        return make_login(errand, NULL, err);
    vc_error why = VC_ERROR_INIT;
    vc__autoptr(vc__secret) secret = secret_of(auth, &why);
    return secret ? make_login(errand, secret, err) : vc__error_copy(err, &why);
}

/* -- a wrapped SecretID ------------------------------------------------------------------------------------------- */

static vc_code alarm_of(vc__errand *errand, vc_error *err)
{
    errand->credentials->bad = true;
    vc__config_log(errand->config, "ALARM: %s", err->message);
    return err->code;
}

/* The SecretID that was unwrapped before serves until another wrapping token is delivered. */
static vc_code login_with_wrapped(vc__errand *errand, vc_error *err)
{
    vc__credentials *c = errand->credentials;
    vc_error why = VC_ERROR_INIT;
    vc__autoptr(vc__secret) token = secret_of(auth_of(errand), &why);
    const bool same = token && vc__secret_equal(vc__secret_get(token), vc__secret_get(c->wrapping_token));
    if (c->secret_id && (!token || same))
        return make_login(errand, c->secret_id, err);
    if (!token)
        return vc__error_copy(err, &why);
    if (same && c->bad)
        return vc__error(err, VC_E_DENIED,
                         "the wrapping token of the SecretID was found to be used before, or not to be the role's: it is not tried "
                         "again. Deliver a new one");
    if (!same) {
        vc__credentials_cleanup(c);
        c->wrapping_token = vc__steal(&token);
    }
    errand->step = STEP_LOOKUP_WRAPPED;
    return adopt(errand, vc__wrapped_lookup_request(&errand->request, vc__secret_get(c->wrapping_token), err));
}

static vc_code looked_up_wrapped(vc__errand *errand, vc_error *err)
{
    vc__credentials *c = errand->credentials;
    const vc__auth *auth = auth_of(errand);
    const vc__login login = login_of(auth, vc_str(NULL));
    vc_request *request = &errand->request;
    const vc__wrapped found = vc__wrapped_lookup_read(request->status, request->reply.data, request->reply.len,
                                                      vc__login_mount(&login), vc_str(auth->text[VC__AUTH_ROLE]), err);
    if (found == VC__WRAPPED_UNKNOWN)
        return err->code;
    if (found == VC__WRAPPED_GONE && c->doubtful) {
        c->bad = true;
        return vc__error(err, VC_E_DENIED,
                         "the SecretID was unwrapped, but the answer was lost on its way (or somebody else was faster): deliver a new "
                         "wrapping token");
    }
    if (found != VC__WRAPPED_FINE)
        return alarm_of(errand, err);
    drop_request(errand);
    errand->step = STEP_UNWRAP;
    return adopt(errand, vc__wrapped_unwrap_request(&errand->request, c->wrapping_token, err));
}

static vc_code unwrapped(vc__errand *errand, vc_error *err)
{
    vc__credentials *c = errand->credentials;
    vc_request *request = &errand->request;
    vc__secret *secret_id = vc__wrapped_unwrap_read(request->status, request->reply.data, request->reply.len, err);
    c->doubtful = false;
    if (!secret_id)
        return err->code == VC_E_DENIED ? alarm_of(errand, err) : err->code;
    vc__secret_free(c->secret_id);
    c->secret_id = secret_id;
    drop_request(errand);
    return make_login(errand, c->secret_id, err);
}

/* -- a callback --------------------------------------------------------------------------------------------------- */

static vc_code login_with_callback(vc__errand *errand, vc_error *err)
{
    vc__auto(vc_auth_answer) answer = VC__AUTH_ANSWER_INIT;
    const vc__auth *auth = auth_of(errand);
    vc_error why = VC_ERROR_INIT;
    const vc_code code = auth->callback(auth->user, &answer, &why);
    if (code) {
        if (why.code != code)
            vc__error(&why, code, "the application's callback gave no token, and did not say why");
        /* It is not this client's driver that was stopped: that is no reason to call again at once. */
        why.code = code == VC_E_CANCELED ? VC_E_STATE : code;
        return vc__error_copy(err, &why);
    }
    if (answer.token) {
        errand->grant = (vc__grant){ .token = vc__steal(&answer.token), .terms = answer.terms, .policies = VC__BUF(0) };
        errand->granted = true;
        errand->terms_known = answer.terms.ttl_s != 0;
        errand->sent_ms = errand->now_ms;
        return VC_OK;
    }
    if (!answer.body)
        return vc__error(err, VC_E_STATE, "the application's callback gave neither a token nor a log-in");
    errand->step = STEP_LOGIN;
    return adopt(errand, vc__login_custom_request(&errand->request, vc__buf_get(&answer.path), vc__secret_get(answer.body), err));
}

/* -- what is sent first, and what follows an answer ---------------------------------------------------------------- */

static vc_code first(vc__errand *errand, vc_error *err)
{
    switch (errand->kind) {
    case VC__ERRAND_RENEW: {
        const vc_code code = adopt(errand, vc__renew_request(&errand->request, err));
        /* The lease says when to try again: a call that has its answer does not wait for that here. */
        errand->request.once = true;
        return code;
    }
    case VC__ERRAND_LOOKUP: {
        const vc_code code = adopt(errand, vc__token_lookup_self(&errand->request, err));
        /* A use of the token each time: not twice where it only makes a message better. */
        errand->request.replay_safe = vc__auth_can_login(auth_of(errand));
        errand->request.once = !errand->request.replay_safe;
        return code;
    }
    case VC__ERRAND_REVOKE:
        return adopt(errand, vc__revoke_request(&errand->request, err));
    case VC__ERRAND_LOGIN:
        break;
    }
    if (auth_of(errand)->kind == VC__AUTH_BY_CALLBACK)
        return login_with_callback(errand, err);
    return auth_of(errand)->wrapped ? login_with_wrapped(errand, err) : login_with_secret(errand, err);
}

static void describe(vc__errand *errand)
{
    const char *path = vc_request_path(&errand->request);
    if (errand->kind == VC__ERRAND_RENEW)
        snprintf(errand->what, sizeof errand->what, "the renewal of the token");
    else
        snprintf(errand->what, sizeof errand->what, "the %s log-in at %.100s", vc__auth_method_name(errand->config),
                 path[0] ? path + sizeof "/v1" : path);
}

static vc_code granted(vc__errand *errand, vc_error *err)
{
    vc_request *request = &errand->request;
    describe(errand);
    errand->over = errand->kind == VC__ERRAND_RENEW && vc__renewal_is_over(request->status, vc__buf_get(&request->reply));
    const vc_code code =
        vc__grant_read(&errand->grant, request->status, request->reply.data, request->reply.len, errand->what, err);
    if (code)
        return code;
    errand->granted = errand->terms_known = true;
    drop_request(errand);
    if (!errand->verify || errand->kind != VC__ERRAND_LOGIN)
        return VC_OK;
    errand->step = STEP_VERIFY;
    vc__secret_free(errand->own);
    errand->own = copy_of(errand->grant.token, err);
    return errand->own ? adopt(errand, vc__token_lookup_self(&errand->request, err)) : VC_E_MEMORY;
}

static vc_code looked_up(vc__errand *errand)
{
    vc_request *request = &errand->request;
    errand->status = request->status;
    errand->invalid = vc__token_is_invalid(request->status, vc__buf_get(&request->reply));
    errand->terms_known = errand->kind == VC__ERRAND_LOOKUP && request->status == 200 &&
                          vc__terms_read(&errand->terms, 200, request->reply.data, request->reply.len, NULL) == VC_OK;
    if (errand->kind == VC__ERRAND_LOGIN)
        errand->terms_known = true; /* as granted */
    drop_request(errand);
    return VC_OK;
}

/* The request has its final answer. VC_OK with a request: that is the next; without: all is done. */
static vc_code follow(vc__errand *errand, vc_error *err)
{
    vc_request *request = &errand->request;
    if (request->state == VC__REQUEST_FAILED)
        return vc__error_copy(err, &request->failure);
    if (errand->kind == VC__ERRAND_LOOKUP || errand->step == STEP_VERIFY)
        return looked_up(errand);
    if (errand->kind == VC__ERRAND_REVOKE) {
        const vc_code code = vc__reply_error(request->status, vc__buf_get(&request->reply), err);
        drop_request(errand);
        return code;
    }
    if (errand->step == STEP_LOOKUP_WRAPPED)
        return looked_up_wrapped(errand, err);
    return errand->step == STEP_UNWRAP ? unwrapped(errand, err) : granted(errand, err);
}

/* -- the operation ------------------------------------------------------------------------------------------------ */

static bool is_answered(const vc_request *request)
{
    return request->state == VC__REQUEST_REPLIED || request->state == VC__REQUEST_FAILED;
}

static vc_step step(void *self, uint64_t now_ms, uint64_t *wait_until, vc_error *err)
{
    vc__errand *errand = self;
    vc_error why = VC_ERROR_INIT;
    vc_code code = VC_OK;
    errand->now_ms = now_ms;
    if (!errand->made) {
        code = first(errand, &why);
    } else if (is_answered(&errand->request)) {
        if (errand->step == STEP_UNWRAP && errand->request.unsent)
            errand->credentials->doubtful = false;
        if (!vc__request_again(&errand->request, now_ms, errand->deadline, &errand->seed))
            code = follow(errand, &why);
    } else if (now_ms >= errand->deadline) {
        code = vc__error(&why, VC_E_TIMEOUT, "Vault did not answer in time what was asked for the token");
    }
    if (code) {
        vc__error_copy(err, &why);
        return VC_STEP_FAILED;
    }
    if (!errand->made)
        return VC_STEP_DONE;
    if (vc__request_due(&errand->request, now_ms))
        return VC_STEP_SEND;
    *wait_until = errand->request.state == VC__REQUEST_WAITING ? errand->request.not_before : errand->deadline;
    return VC_STEP_WAIT;
}

static vc_request *next(void *self)
{
    vc__errand *errand = self;
    if (!errand->made || errand->request.state != VC__REQUEST_READY)
        return NULL;
    if (errand->step != STEP_VERIFY)
        errand->sent_ms = errand->now_ms;
    if (errand->step == STEP_UNWRAP)
        errand->credentials->doubtful = true;
    vc__request_take(&errand->request);
    return &errand->request;
}

vc_code vc__errand_begin(vc__errand *errand, vc__errand_kind kind, const vc_config *config, vc__credentials *credentials,
                         const vc_view *token, uint64_t now_ms, uint64_t seed, vc_error *err)
{
    /* Less than the calls that wait have, so that they come to know the reason. */
    const uint64_t most = kind == VC__ERRAND_LOGIN || kind == VC__ERRAND_RENEW ? config->deadline_ms / 4 * 3
                          : config->timeout_ms < SHORT_MS                       ? config->timeout_ms
                                                                                : SHORT_MS;
    *errand = (vc__errand){ .kind = kind, .config = config, .credentials = credentials, .now_ms = now_ms, .seed = seed };
    errand->deadline = now_ms + most;
    if (token && !(errand->own = vc__secret_new(*token, VC__LOCK_TRY, err)))
        return VC_E_MEMORY;
    return VC_OK;
}

vc__operation vc__errand_operation(vc__errand *errand)
{
    return (vc__operation){ step, next, errand };
}

void vc__errand_end(vc__errand *errand)
{
    drop_request(errand);
    vc__secret_free(errand->own);
    errand->own = NULL;
    if (errand->granted)
        vc__grant_cleanup(&errand->grant);
    errand->granted = false;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* userpass.c - auth/userpass: users with a password. */
#include "base/alloc.h"
#include "base/secret.h"
#include "base/text.h"
#include "login.h"
#include "param.h"
#include "reply.h"

#include <ctype.h>

enum { NAME_MAX_LEN = 256 };

typedef struct user {
    vc__buf password;
    dev_token_params token;
} user;

static void user_free(void *item)
{
    user *each = item;
    if (!each)
        return;
    vc__buf_free(&each->password);
    dev_token_params_free(&each->token);
    vc__free(each);
}

static void *users_new(dev_server *server, vc_error *err)
{
    (void)server, (void)err;
    dev_names *users = vc__calloc(1, sizeof *users);
    if (users)
        users->free_item = user_free;
    return users;
}

static void users_free(void *state)
{
    dev_names_free(state);
    vc__free(state);
}

/* Users are known in lower case. */
static vc_view user_name(const dev_request *request, char *lower)
{
    const size_t len = request->args[0].len < NAME_MAX_LEN ? request->args[0].len : NAME_MAX_LEN;
    for (size_t i = 0; i < len; i++)
        lower[i] = (char)tolower((unsigned char)request->args[0].data[i]);
    return vc_view_of(lower, len);
}

static user *find(const dev_request *request)
{
    char name[NAME_MAX_LEN];
    return dev_names_get(request->mount->state, user_name(request, name));
}

static bool user_exists(const dev_request *request)
{
    return find(request) != NULL;
}

/* False: answered. `*given` is whether there was one. */
static bool read_password(dev_request *request, user *each, bool needed)
{
    vc_view password;
    if (!dev_param_string(request, "password", &password))
        return false;
    if (password.len == 0 && !needed)
        return true;
    if (password.len == 0) {
        dev_reply_error(request, 400,
                        request->server->flavour->openbao ? "must provide either password or password_hash"
                                                          : "missing password");
        return false;
    }
    vc__buf_free(&each->password);
    each->password = (vc__buf)VC__BUF(1 << 16);
    vc__buf_view(&each->password, password);
    return true;
}

static void user_write(dev_request *request)
{
    char lower[NAME_MAX_LEN];
    user *old = find(request), *each = vc__calloc(1, sizeof *each);
    if (!each) {
        dev_reply_error(request, 500, "out of memory");
        return;
    }
    each->password = (vc__buf)VC__BUF(1 << 16);
    if (old) {
        vc__buf_view(&each->password, vc__buf_get(&old->password));
        each->token = dev_token_params_dup(&old->token);
    }
    if (!read_password(request, each, !old) || !dev_token_params_read(request, &each->token))
        user_free(each);
    else if (dev_names_put(request->mount->state, user_name(request, lower), each))
        dev_reply_empty(request);
    else
        dev_reply_error(request, 500, "out of memory");
}

static void user_read(dev_request *request)
{
    const user *each = find(request);
    if (!each) {
        dev_reply_missing(request);
        return;
    }
    vc__buf *out = dev_reply_data(request);
    out_open(out, '{');
    dev_token_params_write(out, &each->token);
    out_close(out, '}');
}

static void user_delete(dev_request *request)
{
    char lower[NAME_MAX_LEN];
    dev_names_drop(request->mount->state, user_name(request, lower));
    dev_reply_empty(request);
}

static void user_list(dev_request *request)
{
    dev_reply_keys(request, request->mount->state);
}

/* The user that a change is about; NULL: answered. */
static user *must_find(dev_request *request)
{
    user *each = find(request);
    if (!each)
        dev_reply_wrapped(request, 500, "username does not exist");
    return each;
}

static void password_write(dev_request *request)
{
    user *each = must_find(request);
    if (each && read_password(request, each, true))
        dev_reply_empty(request);
}

static void policies_write(dev_request *request)
{
    user *each = must_find(request);
    if (each && dev_token_params_read(request, &each->token))
        dev_reply_empty(request);
}

static void login(dev_request *request)
{
    vc_view password;
    char lower[NAME_MAX_LEN];
    if (!dev_param_string(request, "password", &password))
        return;
    if (password.len == 0) {
        dev_reply_error(request, 500, "missing password");
        return;
    }
    const vc_view name = user_name(request, lower);
    const user *each = find(request);
    if (!each || !vc__secret_equal(password, vc__buf_get(&each->password))) {
        dev_reply_error(request, 400, "invalid username or password");
        return;
    }
    const dev_login done = { .alias = name,
                             .display = name,
                             .params = &each->token,
                             .metadata = dev_login_metadata("username", name),
                             .role = name };
    dev_login_answer(request, &done);
}

static const dev_route routes[] = {
    { "users", { [DEV_LIST] = user_list }, DEV_SHARED, NULL, NULL },
    { "users/:name",
      { [DEV_READ] = user_read, [DEV_UPDATE] = user_write, [DEV_DELETE] = user_delete },
      0,
      " password password_hash" DEV_TOKEN_PARAM_FIELDS,
      user_exists },
    { "users/:name/password", { [DEV_UPDATE] = password_write }, 0, " password password_hash ", NULL },
    { "users/:name/policies", { [DEV_UPDATE] = policies_write }, 0, " policies token_policies ", NULL },
    { "login/:name", { [DEV_UPDATE] = login }, DEV_PUBLIC, " password ", NULL },
    { 0 },
};

/* A user who is gone is answered with nothing, and the token lives on as it was. */
bool dev_userpass_renew(dev_request *request, const dev_mount *mount, dev_token *token)
{
    const user *each = dev_names_get(mount->state, vc_str(token->role));
    if (each)
        dev_token_take_params(token, mount, &each->token);
    else
        dev_reply_empty(request);
    return each;
}

const dev_engine dev_userpass = { "userpass", routes, users_new, users_free };

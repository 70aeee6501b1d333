/* SPDX-License-Identifier: Apache-2.0 */
/*
 * login.h - the end of every log-in: a way to log in has found out who it is, and here comes the token.
 */
#ifndef VC__DEV_LOGIN_H
#define VC__DEV_LOGIN_H

#include "token.h"
#include "token_params.h"

typedef struct dev_login {
    vc_view alias;                  /* who: the same gets the same entity */
    vc_view display;                /* behind the mount's name in the token's display_name; may be empty */
    const dev_token_params *params; /* lent */
    json_object *more_policies;     /* array or NULL, lent: of groups */
    json_object *metadata;          /* object of strings or NULL; taken */
    vc_view role;                   /* whom to ask at a renewal, see dev_engine.renew */
} dev_login;

/* Answers with a new token, or with the error. */
void dev_login_answer(dev_request *request, const dev_login *login);

/* What the role says now of a token that it gave: for renewals. */
void dev_token_take_params(dev_token *token, const dev_mount *mount, const dev_token_params *params);

/*
 * What a way to log in does at a renewal: it brings what its role says of the token up to date. False:
 * answered, the token is not to be renewed.
 */
typedef bool dev_renewer(dev_request *request, const dev_mount *mount, dev_token *token);
dev_renewer dev_login_renew, dev_approle_renew, dev_userpass_renew, dev_table_renew, dev_cert_renew;

/* {"name": value}, for metadata. */
json_object *dev_login_metadata(const char *name, vc_view value);

/* A value that the log-in needs: false when it is absent, with 400 (`openbao`: another status there). */
bool dev_login_needs(dev_request *request, const char *name, vc_view *value, int status_openbao);

#endif

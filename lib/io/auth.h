/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth.h - what a configuration says about log-ins, renewal and revocation: one object of a vc_config, there once something is set.
 *
 * Threads: as vc_config, one owner; the copy in a client is never changed.
 */
#ifndef VC__IO_AUTH_H
#define VC__IO_AUTH_H

#include "io/config.h"
#include "vault/login.h"

#include <vaultcrypt/auth.h>

typedef enum vc__auth_kind {
    VC__AUTH_BY_TOKEN = 0, /* the configured one, or a watched file */
    VC__AUTH_BY_LOGIN,
    VC__AUTH_BY_CALLBACK
} vc__auth_kind;

typedef enum vc__auth_text {
    VC__AUTH_MOUNT = 0,
    VC__AUTH_NAMESPACE, /* "a/b/", or "" for the root; NULL: the requests' */
    VC__AUTH_ROLE_ID,
    VC__AUTH_ROLE,
    VC__AUTH_USER,
    VC__AUTH_SECRET_FILE,
    VC__AUTH_TOKEN_FILE, /* watched */
    VC__AUTH_TEXTS
} vc__auth_text;

typedef struct vc__auth {
    vc__auth_kind kind;
    vc__login_method method;
    char *text[VC__AUTH_TEXTS]; /* NULL: not set */
    vc__secret *secret;         /* NULL: from the file, or none */
    bool wrapped;               /* the secret is a wrapping token for it */
    const char *file_setting;   /* the setting by name that the secret's file comes from; NULL: none */
    vc_auth_fn callback;
    void *user;
    bool revoke;
    vc_renewal renewal;
} vc__auth;

/* What holds where a configuration says nothing. */
const vc__auth *vc__auth_of(const vc_config *config);

void vc__auth_free(vc__auth *auth);
/* VC_OK with NULL for NULL; VC_E_MEMORY. */
vc_code vc__auth_copy(vc__auth **copy, const vc__auth *auth, vc_error *err);

/* Sets one text; NULL unsets it. VC_E_CONFIG, VC_E_MEMORY. */
vc_code vc__auth_set_text(vc_config *config, vc__auth_text which, const char *text, vc_error *err);

/* Whether all that the method needs is there: VC_OK or VC_E_CONFIG. */
vc_code vc__auth_check(const vc_config *config, vc_error *err);

/* Whether a client without a token can get one. */
bool vc__auth_can_login(const vc__auth *auth);

/* "approle", "callback", "token_file", "token". */
const char *vc__auth_method_name(const vc_config *config);

/* By name, for vc_config_set(): true when `name` is one of these settings, and then `*code` says how it went. */
bool vc__auth_set_by_name(vc_config *config, const char *name, const char *value, vc_code *code, vc_error *err);
/* The i-th of these names; NULL beyond the last. */
const char *vc__auth_setting_name(size_t i);

#endif

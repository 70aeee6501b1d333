/* SPDX-License-Identifier: Apache-2.0 */
/*
 * login.h - logging in: the requests of the auth methods, the `auth` block that answers them, and what the life of a token needs (renewal,
 * revocation, a response-wrapped SecretID). Replies hold tokens and secrets: they are read where they stand, with the pull reader,
 * and what is kept goes into secret memory at once.
 *
 * Vault endpoints: POST auth/MOUNT/login (approle, kubernetes, jwt, cert), auth/MOUNT/login/USER (userpass, ldap),
 * auth/token/renew-self, auth/token/revoke-self, sys/wrapping/lookup, sys/wrapping/unwrap.
 *
 * Threads: one owner; nothing is kept.
 */
#ifndef VC__VAULT_LOGIN_H
#define VC__VAULT_LOGIN_H

#include "base/secret.h"
#include "vault/lease.h"
#include "vault/request.h"

typedef enum vc__login_method {
    VC__LOGIN_APPROLE = 0,
    VC__LOGIN_KUBERNETES,
    VC__LOGIN_JWT,
    VC__LOGIN_CERT,
    VC__LOGIN_USERPASS,
    VC__LOGIN_LDAP,
    VC__LOGIN_METHODS
} vc__login_method;

typedef struct vc__login {
    vc__login_method method;
    vc_view mount;  /* below auth/, perhaps several segments; absent: the method's usual one */
    vc_view name;   /* role_id, role or user; absent: none (jwt, cert) */
    vc_view secret; /* secret_id, JWT or password; absent: none (cert) */
} vc__login;

/* "approle", ...: as the settings and messages call it. */
const char *vc__login_name(vc__login_method method);
/* Where it is mounted unless told otherwise. */
vc_view vc__login_mount(const vc__login *login);

/*
 * Fills a request, to be cleaned up in any case; none of them carries the client's token. VC_E_ARGUMENT: a mount or user that fits no
 * path, a name or secret that is missing or no UTF-8; VC_E_LIMIT; VC_E_MEMORY.
 *
 * All log-ins may be sent again: what a lost reply has used up (a SecretID of one use) is gone, whether it is sent again or not.
 */
vc_code vc__login_request(vc_request *request, const vc__login *login, vc_error *err);

/* A log-in of another kind: `path` as "auth/gcp/login", with or without "/v1/" in front; `body` is JSON. */
vc_code vc__login_custom_request(vc_request *request, vc_view path, vc_view body, vc_error *err);

enum { VC__ACCESSOR_ROOM = 96, VC__TOKEN_MAX = 8192 /* Vault answers 431 above */ };

/* What a log-in or a renewal grants. */
typedef struct vc__grant {
    vc__secret *token;
    vc__lease_terms terms;
    bool batch;    /* token_type */
    size_t warnings;
    char accessor[VC__ACCESSOR_ROOM]; /* "" for a batch token */
    vc__buf policies;                 /* each with a NUL behind it */
    size_t policy_count;
} vc__grant;

void vc__grant_cleanup(vc__grant *grant);

/*
 * Reads the reply of a log-in or of a renewal; `body` is overwritten. Fills `*grant`, which needs a cleanup only after VC_OK. VC_E_DENIED: the
 * log-in was refused (400, 401, 403); VC_E_UNSUPPORTED: it asks for a second factor; VC_E_PROTOCOL: no token in it; VC_E_MEMORY;
 * VC_E_LIMIT; otherwise as vc__reply_error(). `what` begins the message: "the approle log-in at auth/approle/login".
 */
vc_code vc__grant_read(vc__grant *grant, int status, char *body, size_t len, const char *what, vc_error *err);

/*
 * Whether a renewal's refusal says that max_ttl has come: 500 `past the max TTL, cannot renew`. That is the end of a life as it was meant.
 * Vault counts it in whole seconds: a grant that ends in the second of max_ttl is not told to be cut, and yet the last.
 */
bool vc__renewal_is_over(int status, vc_view body);

/* The refusal says that there is no such token; older servers refuse without saying so. */
bool vc__token_is_invalid(int status, vc_view body);

/* A token as it may stand in a header: printable ASCII without blanks, 1 to VC__TOKEN_MAX bytes. */
bool vc__token_is_sane(vc_view token);

/* POST auth/token/renew-self and revoke-self, with the client's token unless the caller sets another. VC_E_MEMORY. */
vc_code vc__renew_request(vc_request *request, vc_error *err);
vc_code vc__revoke_request(vc_request *request, vc_error *err);

/* GET auth/token/lookup-self, for its status and terms only. The status 200 and a reply that cannot be read is VC_E_PROTOCOL. */
vc_code vc__terms_read(vc__lease_terms *terms, int status, char *body, size_t len, vc_error *err);

/*
 * A response-wrapped SecretID. It is looked up first: where it was made tells whether it is what was asked for; a wrapping token that is
 * not there any more was used by somebody else. Then it is unwrapped, once.
 */
vc_code vc__wrapped_lookup_request(vc_request *request, vc_view wrapping_token, vc_error *err);
vc_code vc__wrapped_unwrap_request(vc_request *request, const vc__secret *wrapping_token, vc_error *err);

typedef enum vc__wrapped {
    VC__WRAPPED_FINE = 0,
    VC__WRAPPED_GONE,    /* used before, expired, or never one of this server */
    VC__WRAPPED_FOREIGN, /* it wraps something else than a SecretID of the role */
    VC__WRAPPED_UNKNOWN  /* no answer that tells */
} vc__wrapped;

/*
 * The reply to the lookup. The expected place is auth/MOUNT/role/ROLE/secret-id; an absent `role` lets any role of the mount pass. A
 * server with namespaces may write the namespace in front. `body` is overwritten. Anything but VC__WRAPPED_FINE fills `err`.
 */
vc__wrapped vc__wrapped_lookup_read(int status, char *body, size_t len, vc_view mount, vc_view role, vc_error *err);

/* The reply to the unwrapping: the SecretID, or NULL: VC_E_DENIED (it is gone), VC_E_PROTOCOL, VC_E_MEMORY, as vc__reply_error(). */
vc__secret *vc__wrapped_unwrap_read(int status, char *body, size_t len, vc_error *err);

#endif

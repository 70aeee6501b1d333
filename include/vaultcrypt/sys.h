/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sys.h - what a program asks of Vault itself: health, mounts, policies, capabilities, and its own token.
 *
 * Every call blocks, retries what passes by itself until the client's deadline, and on failure leaves its
 * outputs as they were. Each may return, besides its own errors, those that transit.h lists for all.
 *
 * Threads: as vc_client; what is returned has one owner, its getters may be called by many. Texts of getters
 * are borrowed.
 */
#ifndef VAULTCRYPT_SYS_H
#define VAULTCRYPT_SYS_H

#include <vaultcrypt/client.h>

#ifdef __cplusplus
extern "C" {
#endif

/* GET sys/health, which needs no token. A sealed or uninitialised server is an answer here, not an error. */
typedef struct vc_sys_health vc_sys_health;

VC_API VC_MUST_CHECK vc_sys_health *vc_sys_health_read(vc_client *client, vc_error *err);
VC_API void vc_sys_health_free(vc_sys_health *health); /* NULL is fine */
VC_API int vc_sys_health_is_initialized(const vc_sys_health *health);
VC_API int vc_sys_health_is_sealed(const vc_sys_health *health);
VC_API int vc_sys_health_is_standby(const vc_sys_health *health);
VC_API const char *vc_sys_health_version(const vc_sys_health *health);      /* "" when not told */
VC_API const char *vc_sys_health_cluster_name(const vc_sys_health *health); /* "" when not told */

/* GET sys/mounts: the secrets engines. */
typedef struct vc_sys_mounts vc_sys_mounts;

VC_API VC_MUST_CHECK vc_sys_mounts *vc_sys_mounts_read(vc_client *client, vc_error *err);
VC_API void vc_sys_mounts_free(vc_sys_mounts *mounts); /* NULL is fine */
/*
 * The type ("transit", "transform", "kv") of what is mounted at `path`, with or without its last slash;
 * NULL: nothing is.
 */
VC_API const char *vc_sys_mounts_type(const vc_sys_mounts *mounts, const char *path);
/* Calls `each` for every mount; `path` ends in a slash. Stops when it returns 0. */
typedef int (*vc_sys_mount_fn)(void *user, const char *path, const char *type);
VC_API void vc_sys_mounts_each(const vc_sys_mounts *mounts, vc_sys_mount_fn each, void *user);

/*
 * POST sys/mounts/PATH: mounts an engine of `type`. `description` may be NULL. VC_E_REQUEST: something is
 * mounted there already; VC_E_UNSUPPORTED: the server has no such engine.
 */
VC_API vc_code vc_sys_mount_enable(vc_client *client, const char *path, const char *type,
                                   const char *description, vc_error *err);

/*
 * POST and GET sys/policies/acl/NAME: an ACL policy in HCL. A write makes or replaces; reading what is not
 * there is VC_E_NOT_FOUND. VC_E_REQUEST: Vault cannot read the policy. Free `*policy` with vc_bytes_free().
 */
VC_API vc_code vc_sys_policy_write(vc_client *client, const char *name, vc_view policy, vc_error *err);
VC_API vc_code vc_sys_policy_read(vc_client *client, const char *name, vc_bytes *policy, vc_error *err);

/* What a token may do on a path. */
enum {
    VC_CAPABILITY_CREATE = 1,
    VC_CAPABILITY_READ = 2,
    VC_CAPABILITY_UPDATE = 4,
    VC_CAPABILITY_DELETE = 8,
    VC_CAPABILITY_LIST = 16,
    VC_CAPABILITY_SUDO = 32,
    VC_CAPABILITY_PATCH = 64,
    VC_CAPABILITY_ROOT = 128 /* everything */
};

/* POST sys/capabilities-self: the client's own token on `path` ("transit/encrypt/payments"). 0: none. */
VC_API vc_code vc_sys_capabilities_self(vc_client *client, const char *path, unsigned *capabilities,
                                        vc_error *err);

/*
 * GET auth/token/lookup-self: the client's own token. The token itself is not kept. This is a use of it,
 * where uses are counted.
 */
typedef struct vc_token vc_token;

VC_API VC_MUST_CHECK vc_token *vc_token_lookup_self(vc_client *client, vc_error *err);
VC_API void vc_token_free(vc_token *token);                      /* NULL is fine */
VC_API const char *vc_token_accessor(const vc_token *token);     /* "" for a batch token */
VC_API const char *vc_token_display_name(const vc_token *token); /* never NULL */
VC_API const char *vc_token_type(const vc_token *token);         /* "service" or "batch" */
VC_API uint64_t vc_token_ttl(const vc_token *token);             /* seconds; 0: never expires */
VC_API uint64_t vc_token_creation_ttl(const vc_token *token);    /* seconds; 0: never expires */
VC_API uint64_t vc_token_uses(const vc_token *token);            /* uses left; 0: not counted */
VC_API int vc_token_is_renewable(const vc_token *token);
VC_API int vc_token_is_orphan(const vc_token *token);
VC_API size_t vc_token_policy_count(const vc_token *token);
VC_API const char *vc_token_policy(const vc_token *token, size_t i); /* NULL beyond the last */

#ifdef __cplusplus
}
#endif

#endif

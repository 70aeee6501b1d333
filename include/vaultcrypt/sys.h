/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sys.h - what a program asks of Vault itself: health, seal, mounts, policies, capabilities, namespaces.
 *
 * Every call blocks, retries what passes by itself until the client's deadline, and on failure leaves its
 * outputs as they were. Each may return, besides its own errors, those that transit.h lists for all. Examples:
 * examples/api/sys_*.c
 *
 * Threads: as vc_client; what is returned has one owner, its getters may be called by many. Texts of getters
 * are borrowed.
 */
#ifndef VAULTCRYPT_SYS_H
#define VAULTCRYPT_SYS_H

#include <vaultcrypt/client.h>
#include <vaultcrypt/names.h>

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

/*
 * GET sys/seal-status, which needs no token: how far a sealed server is from being open. An answer at once, sealed or
 * not.
 */
typedef struct vc_sys_seal_status vc_sys_seal_status;

VC_API VC_MUST_CHECK vc_sys_seal_status *vc_sys_seal_status_read(vc_client *client, vc_error *err);
VC_API void vc_sys_seal_status_free(vc_sys_seal_status *seal); /* NULL is fine */
VC_API int vc_sys_seal_status_is_sealed(const vc_sys_seal_status *seal);
VC_API int vc_sys_seal_status_is_initialized(const vc_sys_seal_status *seal);
VC_API uint64_t vc_sys_seal_status_threshold(const vc_sys_seal_status *seal); /* shares of the key that open it */
VC_API uint64_t vc_sys_seal_status_shares(const vc_sys_seal_status *seal);    /* that there are */
VC_API uint64_t vc_sys_seal_status_progress(const vc_sys_seal_status *seal);  /* shares given so far; 0 when open */
VC_API const char *vc_sys_seal_status_type(const vc_sys_seal_status *seal);   /* "shamir", "transit", "awskms"; or "" */
VC_API const char *vc_sys_seal_status_version(const vc_sys_seal_status *seal);      /* "" when not told */
VC_API const char *vc_sys_seal_status_cluster_name(const vc_sys_seal_status *seal); /* "" when not told */

/*
 * POST sys/unseal, which needs no token: one share of the unseal key, in hexadecimal or Base64. The copy that is sent is wiped.
 * `*after` (NULL: not wanted) is how it stands then: free it. VC_E_ARGUMENT: an empty share; VC_E_REQUEST: not a share of this
 * server's key, or not initialised.
 */
VC_API vc_code vc_sys_unseal(vc_client *client, vc_view share, vc_sys_seal_status **after, vc_error *err);
/* The same endpoint with reset: forgets the shares given so far. */
VC_API vc_code vc_sys_unseal_reset(vc_client *client, vc_sys_seal_status **after, vc_error *err);
/* POST sys/seal: nobody can use the server until it is unsealed. Needs `sudo`. */
VC_API vc_code vc_sys_seal(vc_client *client, vc_error *err);

/* GET sys/leader, which needs no token. */
typedef struct vc_sys_leader vc_sys_leader;

VC_API VC_MUST_CHECK vc_sys_leader *vc_sys_leader_read(vc_client *client, vc_error *err); /* VC_E_SEALED when sealed */
VC_API void vc_sys_leader_free(vc_sys_leader *leader);                                    /* NULL is fine */
VC_API int vc_sys_leader_is_ha(const vc_sys_leader *leader);   /* there can be standbys */
VC_API int vc_sys_leader_is_self(const vc_sys_leader *leader); /* the server that answered */
VC_API const char *vc_sys_leader_address(const vc_sys_leader *leader); /* "" when there is none, or not known */

/* GET sys/mounts: the secrets engines. GET sys/auth: the auth methods, in the same form. */
typedef struct vc_sys_mounts vc_sys_mounts;

VC_API VC_MUST_CHECK vc_sys_mounts *vc_sys_mounts_read(vc_client *client, vc_error *err);
VC_API VC_MUST_CHECK vc_sys_mounts *vc_sys_auths_read(vc_client *client, vc_error *err);
VC_API void vc_sys_mounts_free(vc_sys_mounts *mounts); /* NULL is fine */
/*
 * The type ("transit", "transform", "kv"; "approle", "userpass") of what is mounted at `path`, with or without its last slash;
 * NULL: nothing is.
 */
VC_API const char *vc_sys_mounts_type(const vc_sys_mounts *mounts, const char *path);
VC_API const char *vc_sys_mounts_accessor(const vc_sys_mounts *mounts, const char *path);    /* the same */
VC_API const char *vc_sys_mounts_description(const vc_sys_mounts *mounts, const char *path); /* the same */
/* Calls `each` for every mount; `path` ends in a slash. Stops when it returns 0. */
typedef int (*vc_sys_mount_fn)(void *user, const char *path, const char *type);
VC_API void vc_sys_mounts_each(const vc_sys_mounts *mounts, vc_sys_mount_fn each, void *user);

/*
 * POST sys/mounts/PATH: mounts an engine of `type`; POST sys/auth/PATH: an auth method. `description` may be NULL.
 * VC_E_REQUEST: something is mounted there already; VC_E_UNSUPPORTED: the server has no such type. Not sent again after a doubtful
 * failure.
 */
VC_API vc_code vc_sys_mount_enable(vc_client *client, const char *path, const char *type,
                                   const char *description, vc_error *err);
VC_API vc_code vc_sys_auth_enable(vc_client *client, const char *path, const char *type, const char *description,
                                  vc_error *err);

/*
 * DELETE sys/mounts/PATH: takes the engine away with all that it holds, its keys too. DELETE sys/auth/PATH: with all tokens
 * that came by it. Where nothing is mounted, that is no error.
 */
VC_API vc_code vc_sys_mount_disable(vc_client *client, const char *path, vc_error *err);
VC_API vc_code vc_sys_auth_disable(vc_client *client, const char *path, vc_error *err);

/*
 * POST sys/mounts/PATH/tune, sys/auth/PATH/tune: times to live of leases and tokens in seconds (0: the system's own,
 * VC_SYS_UNCHANGED: as it is), description (NULL: as it is). VC_E_REQUEST: nothing is mounted there, or the default is above the
 * maximum.
 */
#define VC_SYS_UNCHANGED UINT64_MAX
VC_API vc_code vc_sys_mount_tune(vc_client *client, const char *path, uint64_t default_ttl, uint64_t max_ttl,
                                 const char *description, vc_error *err);
VC_API vc_code vc_sys_auth_tune(vc_client *client, const char *path, uint64_t default_ttl, uint64_t max_ttl,
                                const char *description, vc_error *err);

/*
 * POST, GET and DELETE sys/policies/acl/NAME: an ACL policy in HCL. A write makes or replaces; reading what is not
 * there is VC_E_NOT_FOUND, deleting it is no error. VC_E_REQUEST: Vault cannot read the policy, or does not give it up
 * ("root", "default"). Free `*policy` with vc_bytes_free().
 */
VC_API vc_code vc_sys_policy_write(vc_client *client, const char *name, vc_view policy, vc_error *err);
VC_API vc_code vc_sys_policy_read(vc_client *client, const char *name, vc_bytes *policy, vc_error *err);
VC_API vc_code vc_sys_policy_delete(vc_client *client, const char *name, vc_error *err);
/* LIST sys/policies/acl. */
VC_API VC_MUST_CHECK vc_names *vc_sys_policies_list(vc_client *client, vc_error *err);

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
 * The same for `count` different paths in one request; `capabilities` has room for as many. VC_E_ARGUMENT: no path,
 * or one that is empty or NULL.
 */
VC_API vc_code vc_sys_capabilities_self_many(vc_client *client, const char *const *paths, size_t count,
                                             unsigned *capabilities, vc_error *err);

/*
 * POST and DELETE sys/namespaces/PATH, LIST sys/namespaces, below the client's own namespace; names end in a slash. OpenBao and
 * Vault Enterprise have them; a server without answers VC_E_NOT_FOUND, or for the list VC_E_NOT_FOUND or VC_E_REQUEST. A deletion takes
 * everything in the namespace with it, and may take a while after the call.
 */
VC_API vc_code vc_sys_namespace_create(vc_client *client, const char *path, vc_error *err);
VC_API vc_code vc_sys_namespace_delete(vc_client *client, const char *path, vc_error *err);
VC_API VC_MUST_CHECK vc_names *vc_sys_namespaces_list(vc_client *client, vc_error *err);

#ifdef __cplusplus
}
#endif

#endif

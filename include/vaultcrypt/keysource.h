/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keysource.h - has the key pairs that a schema names (`keys:`, `key_release:`), puts them into a keyring, and keeps them fresh: public keys
 * from files, the environment, texts, Vault's transit engine and sets of keys on the web (JWKS); private keys from files, from a key-release
 * sidecar, which gives them to attested environments only, or in Vault, where they stay. Shown at work in examples/api/keysource.c.
 *
 * A key that cannot be had is no failure of the whole: what takes it fails with VC_E_NO_KEY, for the reason that is told here, until a later look
 * brings it; opening record by record, protecting the batch as a whole.
 *
 * What is looked at again, and when (`refresh` of key_release, 5 minutes without one): all but texts and the environment. A key that has
 * another id than before is added, and the public one protects from then on. The old one stays while its place still lists it: versions that Vault
 * or a file lists no more go; a released key goes with its kid, since the key store keeps its versions. A release that is refused takes away what
 * was released before; one that cannot be asked (the sidecar is away, restarts, is not ready) takes nothing away. What failed is asked for
 * again sooner: after 1 s (refused: 2 s), then twice as long each time, up to `refresh`, and up to a minute while somebody is away.
 *
 * With the thread of vc_keysource_start() a record that names a key id which the keyring does not have, as after a rotation, has the places of that
 * name looked at at once (no texts, no environment, none that is being asked again anyway), and its batch waits for that look before the record
 * counts as failed; likewise for signers, and for a message of `rsa-oaep` that no key opens. There are 2 s between such looks. After four in a row
 * that brought no key it is twice as long each time, up to a minute, and records between them fail at once: anyone can write some that no key opens.
 * Each minute without one takes one of them off again. A look is waited for 5 s at most. Records that fail without a look to its end, or while a place
 * of the name is away, refused or unusable, fail with VC_E_NO_KEY, never as forged (VC_E_SIGNATURE, VC_E_CIPHERTEXT): drop_field does not drop them.
 *
 * A released key of the kind oct (32 bytes) becomes the static key of that name (vc_keyring_add_static()).
 *
 * Released keys, and private keys from files, arrive in memory that is locked, left out of core dumps and wiped; from there they are libcrypto's.
 * What lies outside of our copies is listed in docs/SECURITY.md.
 *
 * Threads: settings before the first load, by one owner; all other functions by any thread. Looking is done by one thread at a time; others wait.
 */
#ifndef VAULTCRYPT_KEYSOURCE_H
#define VAULTCRYPT_KEYSOURCE_H

#include <vaultcrypt/client.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct vc_keysource vc_keysource;

/*
 * `client` may be NULL where no key is in Vault (vc_keysource_needs_vault()); `ring` may be NULL where there is a client: its keyring. Holds
 * references on schema and keyring; the client outlives it. Nothing is looked at yet. NULL: VC_E_ARGUMENT, VC_E_CONFIG (`refresh`),
 * VC_E_MEMORY, VC_E_LIMIT.
 */
VC_API VC_MUST_CHECK vc_keysource *vc_keysource_new(vc_client *client, vc_schema *schema, vc_keyring *ring, vc_error *err);
/*
 * Ends its thread and what is under way, within a second. The keys stay in the keyring, and so does that some are missing, until
 * vc_keyring_set_pair_reason() takes it back. NULL is fine.
 */
VC_API void vc_keysource_free(vc_keysource *source);
/*
 * For a source that takes the place of `old` on the same keyring, when its schema was read again: after the settings, before the first load or
 * vc_keysource_commit(), or after that, so that the new keys are there before the old ones go. What `old` has of a place that both name counts as had
 * from there: a refusal takes it away, and while nobody can be asked it stays. Called later, it counts where nothing was found, and of a released key
 * its older versions do. `old` goes on until vc_keysource_retire(); one that was canceled is waited for until it has ended (within a second), so that what it
 * has is the same from then on. VC_E_ARGUMENT: NULL, or another keyring.
 */
VC_API vc_code vc_keysource_follow(vc_keysource *source, vc_keysource *old, vc_error *err);
/*
 * As vc_keysource_free(), and the keys that it has go from the keyring, public ones too (so a signer is revoked), but for those that another living
 * source of the same keyring has under that name. NULL is fine.
 */
VC_API void vc_keysource_retire(vc_keysource *source);

/*
 * What will be done with the keyring: only the keys for that are looked at. VC_PROTECT: public keys, and private ones of names that a field
 * says `sign` with: who protects has no key that opens, so of such a name only keys that sign (Ed25519) are taken. VC_OPEN: private keys, and public ones of signers. VC_REWRAP: all. Without this
 * call VC_PROTECT: who opens must say so.
 */
VC_API vc_code vc_keysource_set_direction(vc_keysource *source, vc_direction direction, vc_error *err);
/* The file whose folder relative names of files are relative to: that of the schema. NULL, and without this call: the current folder. */
VC_API vc_code vc_keysource_set_base(vc_keysource *source, const char *file, vc_error *err);
/*
 * Allows it to read the environment: the variables that the schema names (`env`), and, as curl does, the proxies of HTTPS_PROXY, HTTP_PROXY and
 * NO_PROXY (not for this machine) and the authorities of SSL_CERT_FILE and SSL_CERT_DIR. Without it nothing of the environment counts.
 */
VC_API vc_code vc_keysource_use_env(vc_keysource *source, vc_error *err);
/*
 * How sets of keys and the sidecar are reached: time limit of an exchange (15 s without this call), authorities, proxy; nothing else of
 * `config` counts, and it is copied. VC_E_MEMORY.
 */
VC_API vc_code vc_keysource_set_web(vc_keysource *source, const vc_config *config, vc_error *err);
/* How long vc_keysource_load() goes on asking who is away; default 10 000 ms, 0: asks once. */
VC_API vc_code vc_keysource_set_patience(vc_keysource *source, uint64_t milliseconds, vc_error *err);
/* A line whenever the state of a key changes; as vc_config_set_log(). */
VC_API vc_code vc_keysource_set_log(vc_keysource *source, vc_log_fn log, void *user, vc_error *err);

/*
 * Looks at every key, now; blocks. VC_OK also when some cannot be had: vc_keysource_get_state() and vc_keysource_check() tell. VC_E_MEMORY,
 * VC_E_CANCELED (it is being freed).
 */
VC_API vc_code vc_keysource_load(vc_keysource *source, vc_error *err);
/*
 * vc_keysource_load() in two steps, for who must not lose what it has when the second is not taken, or has something to do between them.
 * vc_keysource_prepare() asks for every key, once; blocks; the keyring is left as it is. Errors as vc_keysource_load().
 * vc_keysource_commit() puts what was found into the keyring, takes from it what was refused, and asks nobody; what is not prepared it leaves as
 * it is. A key for which there is no memory then counts as away. VC_E_ARGUMENT: NULL.
 */
VC_API vc_code vc_keysource_prepare(vc_keysource *source, vc_error *err);
VC_API vc_code vc_keysource_commit(vc_keysource *source, vc_error *err);
/*
 * Ends what is under way, within a second, and its thread; what is asked of it later fails with VC_E_CANCELED. Keys and states stay. For good, and
 * it is still to be freed. Does not block. NULL is fine.
 */
VC_API void vc_keysource_cancel(vc_keysource *source);
/*
 * Looks at those that are due at `now_ms`, on a clock that the caller chooses (and keeps to); blocks. `*next_ms`, which may be NULL: milliseconds
 * until the next one is due; UINT64_MAX: never. For programs without a thread to spare. Errors as above.
 */
VC_API vc_code vc_keysource_refresh(vc_keysource *source, uint64_t now_ms, uint64_t *next_ms, vc_error *err);
/* From now on a thread of its own does that. VC_E_LIMIT (no thread can be made), VC_E_STATE (it runs), VC_E_CANCELED (vc_keysource_cancel()). */
VC_API vc_code vc_keysource_start(vc_keysource *source, vc_error *err);
/* That thread looks at every key as soon as it can; does not block, and what comes of it vc_keysource_get_state() tells. Without the thread, or NULL: nothing. */
VC_API void vc_keysource_wake(vc_keysource *source);

/* -- what is known ------------------------------------------------------------------------------------------------ */

typedef enum vc_key_state {
    VC_KEY_UNKNOWN = 0, /* not looked at yet */
    VC_KEY_HERE,        /* in the keyring */
    VC_KEY_IN_VAULT,    /* private, and Vault does what takes it */
    VC_KEY_REFUSED,     /* the release was refused */
    VC_KEY_AWAY,        /* who has it cannot be asked now */
    VC_KEY_UNUSABLE,    /* no such file, variable or key, or what is there is no key of use */
    VC_KEY_NOT_NEEDED   /* for another direction */
} vc_key_state;

/* "here", "in Vault", "refused", "away", "unusable", "not needed", "unknown"; never NULL. */
VC_API const char *vc_key_state_name(vc_key_state state);

/* One place where the schema says that a key is to be had. */
typedef struct vc_keysource_state {
    size_t size;       /* sizeof(vc_keysource_state), set by the caller */
    vc_key_state state;
    int is_private;
    int serves;        /* 1: a key of this place is in the keyring, also when it cannot be had again now */
    size_t line;       /* in the schema */
    uint64_t due_ms;   /* until it is looked at again, when it was looked at last; UINT64_MAX: never */
    char name[256];    /* under `keys` */
    char place[256];   /* "file orders-pub.pem", "release orders-1", "vault transit/orders"; cut when it is longer */
    char id[48];       /* of the newest key that was had; "" for none, and for a symmetric one */
    char text[512];    /* for people: "RSA, 3072 bits", or why not and what to do */
} vc_keysource_state;

/* Of place `i`, in the order of the schema, public ones of a name first; 1: filled, 0: there is none. */
VC_API int vc_keysource_get_state(vc_keysource *source, size_t i, vc_keysource_state *state);

/*
 * VC_OK when nothing that is needed is missing: each name that `rule` uses (NULL: each of the schema) has a key of each half that is needed. Otherwise, for the first that lacks one, why: VC_E_CONFIG
 * (unusable), VC_E_DENIED (refused), or what kept it away (VC_E_CONNECT and so on); `source` and `line` say where it stands in the schema.
 */
VC_API vc_code vc_keysource_check(vc_keysource *source, const vc_rule *rule, vc_error *err);

/* 1: a key that this schema names lies in Vault (for that direction; VC_REWRAP: any), so that a client is needed. */
VC_API int vc_keysource_needs_vault(const vc_schema *schema, vc_direction direction);

#ifdef __cplusplus
}
#endif

#endif

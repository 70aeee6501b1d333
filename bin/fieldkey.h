/* SPDX-License-Identifier: Apache-2.0 */
/* fieldkey.h - the keys in Vault that a field of a schema uses, and whether Vault computes with the version that is pinned. */
#ifndef VC_BIN_FIELDKEY_H
#define VC_BIN_FIELDKEY_H

#include <stdbool.h>
#include <stddef.h>
#include <vaultcrypt/schema.h>
#include <vaultcrypt/transit_key.h>

/* Key `i` of the field as "MOUNT/KEY": its own, then those of `accept`. False: there is none, as for what is masked or has a static key. */
bool fieldkey_name(const vc_field *field, size_t i, char *name, size_t room);

/* Whether the field's own key is used to encrypt, itself or data keys; else Vault computes keys with it (siv, hash, fpe). */
bool fieldkey_encrypts(const vc_field *field);

/*
 * Vault computes with a version that is there and not below min_encryption_version or min_decryption_version. False: it does with `version`, a
 * `key_version` of the schema (NULL: none is pinned). True: `text` says why not.
 */
bool fieldkey_refuses(const vc_transit_key *key, const char *version, char *text, size_t room);

#endif

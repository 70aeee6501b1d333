/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view_keys.h - the key pairs that the schema names, as vaultcrypt-view tells of them. They are looked for by the key source's own thread, so the page is there
 * before they are, and without them.
 *
 * Threads: view_keys_write() any; the rest the owner's.
 */
#ifndef VC_BIN_VIEW_KEYS_H
#define VC_BIN_VIEW_KEYS_H

#include "view_status.h"

#include <vaultcrypt/keysource.h>

/* Begins to look for them. False: `err` says why. `*keys` is NULL where the schema names none. */
bool view_keys_start(vc_client *client, vc_schema *schema, const char *file, vc_keysource **keys, vc_error *err);

/* Sets the status; true: something changed since `*seen`, so that what waits may open now. */
bool view_keys_tell(vc_keysource *keys, view_status *status, uint64_t *seen);

/* A member "key_places": each place where the schema says that a key is to be had. */
void view_keys_write(vc_keysource *keys, view_json *json);

#endif

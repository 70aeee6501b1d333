/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.h - replies to lists. The public face is <vaultcrypt/names.h>.
 *
 * Threads: one owner.
 */
#ifndef VC__VAULT_NAMES_H
#define VC__VAULT_NAMES_H

#include "base/buf.h"

#include <vaultcrypt/names.h>

/*
 * `data.keys`, or another member of data. Vault answers 404 without a word where a list is empty: that is a
 * list without names. NULL: as vc__object_read(), and VC_E_PROTOCOL for what is no list of names.
 */
vc_names *vc__names_parse(int status, vc_view body, const char *member, vc_error *err);

#endif

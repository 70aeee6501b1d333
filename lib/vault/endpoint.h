/* SPDX-License-Identifier: Apache-2.0 */
/*
 * endpoint.h - the paths of Vault's API, and the names in them.
 *
 * A mount may lie several segments deep ("team/transit"). The name of a key, role or other object is one
 * segment: letters, digits, `_`, and between two of these `-` and `.` (Vault's own rule for names).
 *
 * Threads: any; nothing is kept.
 */
#ifndef VC__VAULT_ENDPOINT_H
#define VC__VAULT_ENDPOINT_H

#include "base/buf.h"

/* Vault's rule for the name of an object. */
bool vc__name_valid(vc_view name);

/*
 * Appends "/v1/MOUNT/OPERATION/NAME", segments of the mount percent-encoded where needed. `operation` is a
 * constant ("keys", "sys/mounts" with an absent mount); an absent `name` ends the path there. VC_E_ARGUMENT
 * for an empty mount segment, `.`, `..` or a name that Vault does not accept; VC_E_LIMIT or VC_E_MEMORY as
 * the buffer.
 */
vc_code vc__endpoint(vc__buf *out, vc_view mount, const char *operation, vc_view name, vc_error *err);

/* Appends "/v1/sys/OPERATION/PATH", where `path` may have several segments. Errors as above. */
vc_code vc__endpoint_sys(vc__buf *out, const char *operation, vc_view path, vc_error *err);

/*
 * Appends the namespace as its header has it: "a/b/", and nothing for the root ("" or "/"). Slashes around it do not matter.
 * VC_E_ARGUMENT: an empty name within, or what is not printable ASCII.
 */
vc_code vc__endpoint_namespace(vc__buf *out, vc_view name, vc_error *err);

/*
 * "NAME" or "MOUNT/NAME" taken apart at its last slash: a name holds none. Without a mount it is `standard`.
 * Views of `text`. VC_E_ARGUMENT for an empty text, mount or name.
 */
vc_code vc__place_parse(vc_view text, const char *standard, vc_view *mount, vc_view *name, vc_error *err);

#endif

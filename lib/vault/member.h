/* SPDX-License-Identifier: Apache-2.0 */
/*
 * member.h - the members of `data` in replies that hold secrets (key material, data keys, random bytes), or
 * that are read often: with the pull reader, in place, by a table. Nothing is copied.
 *
 * Threads: one owner; nothing is kept.
 */
#ifndef VC__VAULT_MEMBER_H
#define VC__VAULT_MEMBER_H

#include "base/buf.h"

typedef enum vc__member_type { VC__MEMBER_TEXT = 0, VC__MEMBER_NUMBER, VC__MEMBER_FLAG } vc__member_type;

typedef struct vc__member {
    const char *name;
    vc__member_type type;
    bool seen; /* it was there, and not null */
    vc_view text;
    uint64_t number;
    bool flag;
} vc__member;

/*
 * Reads the reply, which is overwritten; views point into it. Members that are not there stay as they were.
 * VC_E_PROTOCOL: not a reply of Vault, no data, one of these members twice or of another type. For a status
 * other than success as vc__reply_error().
 */
vc_code vc__reply_members(int status, char *body, size_t len, vc__member *members, size_t count,
                          vc_error *err);

/* One text that must be there. VC_E_PROTOCOL too when it is not. */
vc_code vc__reply_text(vc_view *text, const char *name, int status, char *body, size_t len, vc_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * format.h - formats of templates, in the syntax of Go's Regexp.Expand ($1, ${1}, $name, ${name}, $$),
 * compiled against the groups of a pattern. A dollar that begins none of these is a dollar. $0 and groups
 * that do not exist are refused.
 *
 * For template.c. Threads: immutable after creation.
 */
#ifndef VC__CRYPTO_FORMAT_H
#define VC__CRYPTO_FORMAT_H

#include "crypto/pattern.h"

/* Text, or, where `group` is not 0, a group. */
typedef struct vc__format_part {
    size_t group;
    vc_view text;
} vc__format_part;

typedef struct vc__format {
    size_t count;
    vc__format_part *parts;
    char *text;
} vc__format;

/* NULL: VC_E_CONFIG with the byte offset in the message, VC_E_MEMORY. */
vc__format *vc__format_new(vc_view text, const vc__pattern *pattern, vc_error *err);
void vc__format_free(vc__format *format);
VC__DEFINE_CLEANUP(vc__format, vc__format_free)

/*
 * Whether the format names groups 1 to `groups`, each once and in this order, so that reading its result
 * gives them back.
 */
bool vc__format_is_complete(const vc__format *format, size_t groups);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * template.h - which characters of a value are transformed, as Vault's transform templates say it: a pattern
 * that must match the entire value; its capture groups hold the characters, the text outside them stays. The
 * groups, left to right, make one numeral string over the alphabet, which is encrypted and split back.
 *
 * Patterns are PCRE2's (UTF-8, \d and \w are ASCII, limits on matching), held to what Go's RE2 understands
 * too: back-references, look-around, atomic and conditional groups, possessive repeats, verbs, recursion and
 * \v \h \R \X \K \G \Z \C are refused, and so are nested, repeated or no capture groups. What remains
 * different: \s also takes U+000B here, classes of Unicode scripts follow PCRE2's tables, a repeat count may
 * be at most 1000 in both, and a pattern that needs too many steps is an error here (RE2 has no such case).
 *
 * Formats are those of Go's Regexp.Expand: $1 or ${1} or $name or ${name} is a group, $$ a dollar; a name is
 * as long as letters, digits and underscores go, so $1x is the group named "1x". A group that does not exist
 * is refused at creation.
 *
 * Threads: immutable once decode formats are added; share freely. Keys and buffers are the caller's.
 */
#ifndef VC__CRYPTO_TEMPLATE_H
#define VC__CRYPTO_TEMPLATE_H

#include "base/buf.h"
#include "crypto/alphabet.h"
#include "crypto/fpe.h"
#include "crypto/pattern.h"

enum { VC__TEMPLATE_VALUE_MAX = 65536 }; /* bytes of a value */

typedef struct vc__template vc__template;

/*
 * Takes a reference of the alphabet. `encode_format` may be absent ({NULL, 0}): encoded values keep the shape
 * of the input. Otherwise it must name every group once and in order, or its values could not be decoded.
 * NULL: VC_E_CONFIG (pattern or format, with its offset in the message), VC_E_MEMORY.
 */
vc__template *vc__template_new(vc_view pattern, vc__alphabet *alphabet, vc_view encode_format, vc_error *err);

/*
 * "builtin/creditcardnumber" (12 to 19 digits, in groups of four or 4-6-5 by '-' or ' ') and
 * "builtin/socialsecuritynumber" (123-45-6789, also with ' ' or nothing), over builtin/numeric. Vault's own
 * patterns are not published: these are ours. NULL: VC_E_NOT_FOUND, VC_E_MEMORY.
 */
vc__template *vc__template_builtin(vc_view name, vc_error *err);

/* The names of the built-in ones, ended by NULL. */
const char *const *vc__template_builtins(void);

void vc__template_free(vc__template *template);
VC__DEFINE_CLEANUP(vc__template, vc__template_free)

/*
 * A format for vc__template_decode(), by name; a second one of that name takes its place. VC_E_CONFIG,
 * VC_E_MEMORY.
 */
vc_code vc__template_add_decode_format(vc__template *template, vc_view name, vc_view format, vc_error *err);

const vc__alphabet *vc__template_alphabet(const vc__template *template);
vc_view vc__template_pattern(const vc__template *template);

/* What the groups of its pattern capture of a value, in characters (pattern.h). */
vc__width vc__template_captured(const vc__template *template);

/*
 * Appends the transformed value to `out`. The key's radix must be the alphabet's size.
 * Encoding also makes sure that its result can be decoded: it must match the pattern with the same characters
 * captured.
 *
 * `decode_format` is the name of one that was added, or absent: the decoded value keeps the shape of `value`.
 *
 * VC_E_REFUSED: `value` is not UTF-8, does not match, holds characters outside the alphabet, too few or too
 * many of them, or (encode) would become something that does not match. VC_E_TOO_LARGE: longer than
 * VC__TEMPLATE_VALUE_MAX. VC_E_ARGUMENT: tweak, or key of another radix. VC_E_NOT_FOUND: no such decode
 * format. VC_E_LIMIT: the pattern needs too many steps on this value, or `out` is full. VC_E_MEMORY,
 * VC_E_INTERNAL. On failure `out` is as it was.
 */
vc_code vc__template_encode(const vc__template *template, vc__fpe_key *key, vc_view tweak, vc_view value,
                            vc__buf *out, vc_error *err);
vc_code vc__template_decode(const vc__template *template, vc__fpe_key *key, vc_view tweak, vc_view value,
                            vc_view decode_format, vc__buf *out, vc_error *err);

/*
 * Appends the value with every captured character replaced by `mask`, a code point; the alphabet is not
 * asked. Errors as above.
 */
vc_code vc__template_mask(const vc__template *template, uint32_t mask, vc_view value, vc__buf *out,
                          vc_error *err);

#endif

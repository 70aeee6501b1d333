/* SPDX-License-Identifier: Apache-2.0 */
/*
 * syntax.h - looks through the text of a pattern before PCRE2 compiles it: refuses what RE2 does not have or
 * reads differently, and nested, repeated or no capture groups. What is plainly no pattern at all is left to
 * PCRE2, which says it better.
 *
 * For pattern.c only.
 */
#ifndef VC__CRYPTO_SYNTAX_H
#define VC__CRYPTO_SYNTAX_H

#include <vaultcrypt/error.h>

/* VC_OK, or VC_E_CONFIG with the byte offset in the message. */
vc_code vc__syntax_check(vc_view pattern, vc_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* template.h - what the tests of patterns and of templates share. */
#ifndef VC__TEST_TEMPLATE_H
#define VC__TEST_TEMPLATE_H

#include "unit/test.h"

#include "crypto/template.h"

#define NONE vc_view_of(NULL, 0)

static inline vc__fpe_key *key_of(uint32_t radix)
{
    vc__fpe_key *key = vc__fpe_key_new(VC__FPE_FF1, vc_str("0123456789abcdef0123456789abcdef"), radix, NULL);
    assert_non_null(key);
    return key;
}

static inline vc__template *template_of(const char *pattern, const char *characters, const char *format)
{
    vc_error err = VC_ERROR_INIT;
    vc__autoptr(vc__alphabet) alphabet = vc__alphabet_new(vc_str(characters), &err);
    assert_non_null(alphabet);
    vc__template *made = vc__template_new(vc_str(pattern), alphabet, format ? vc_str(format) : NONE, &err);
    if (!made)
        fail_msg("%s: %s", pattern, err.message);
    return made;
}

#define DIGITS "0123456789"

#endif

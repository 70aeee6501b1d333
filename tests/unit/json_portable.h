/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_portable.h - the scanner once more, built as it is where there is no SSE2. When that is built
 * (VC__JSON_PORTABLE) this file comes first and renames; otherwise it declares what came of it.
 */
#ifndef VC__TEST_JSON_PORTABLE_H
#define VC__TEST_JSON_PORTABLE_H

#ifdef VC__JSON_PORTABLE
#define vc__lex_string_rest portable__lex_string_rest
#define vc__lex_blame_comma portable__lex_blame_comma
#define vc__lex_place portable__lex_place
#define vc__string_decode portable__string_decode
#define vc__string_decode_in_place portable__string_decode_in_place
#define vc__string_encode portable__string_encode
#define vc__string_unescape portable__string_unescape
#define vc__array_length portable__array_length
#define vc__skip portable__skip
#define vc__scanner_new portable__scanner_new
#define vc__scanner_free portable__scanner_free
#define vc__scan portable__scan
#else
#include "json/scan.h"
#include "json/string.h"

vc__scanner *portable__scanner_new(size_t max_depth, vc_error *err);
void portable__scanner_free(vc__scanner *scanner);
vc_code portable__scan(vc__scanner *scanner, const vc__selector *selector, vc_view json, const vc__hit **hits,
                       size_t *count, vc_error *err);
void portable__string_encode(vc__buf *out, vc_view content);
#endif

#endif

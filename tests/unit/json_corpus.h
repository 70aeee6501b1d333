/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_corpus.h - awkward JSON that must pass through unchanged: the lines of
 * tests/vectors/json/identity.ndjson, and some that are made because they are large. For every suite that
 * claims to leave a record alone.
 */
#ifndef VC__TEST_JSON_CORPUS_H
#define VC__TEST_JSON_CORPUS_H

#include <vaultcrypt/types.h>

/* Calls `use` for each; returns how many there were, 0 when the file (below $top_srcdir) cannot be read. */
size_t json_corpus_each(void (*use)(vc_view json, void *arg), void *arg);

#endif

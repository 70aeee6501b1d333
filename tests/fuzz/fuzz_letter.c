/* SPDX-License-Identifier: Apache-2.0 */
/* Dead letters: what is read says only what can be; written again from what it says, it reads the same. */
#include "fuzz.h"

#include "base/error.h"
#include "kafka/letter.h"

#include <vaultcrypt/kafka_letter.h>

static void same(const vc_letter *a, const vc_letter *b)
{
    HOLDS(strcmp(vc_letter_topic(a), vc_letter_topic(b)) == 0 && strcmp(vc_letter_rule(a), vc_letter_rule(b)) == 0);
    HOLDS(vc_letter_partition(a) == vc_letter_partition(b) && vc_letter_offset(a) == vc_letter_offset(b));
    HOLDS(vc_letter_timestamp(a) == vc_letter_timestamp(b) && vc_letter_has_body(a) == vc_letter_has_body(b));
    HOLDS(strcmp(vc_letter_body_omitted(a), vc_letter_body_omitted(b)) == 0);
    HOLDS(vc_letter_body(a).len == vc_letter_body(b).len);
    HOLDS(!vc_letter_body(a).len || memcmp(vc_letter_body(a).data, vc_letter_body(b).data, vc_letter_body(a).len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vc_letter *letter = vc_letter_parse(vc_view_of(data, size), NULL);
    if (!letter)
        return 0;
    HOLDS(vc_letter_topic(letter)[0] && strlen(vc_letter_topic(letter)) < 250);
    HOLDS(vc_letter_partition(letter) >= 0 && vc_letter_offset(letter) >= 0 && vc_letter_timestamp(letter) >= -1);
    vc__auto(vc__buf) again = VC__BUF(16 << 20);
    vc_error why = VC_ERROR_INIT;
    vc__error(&why, VC_E_MISSING, "why");
    vc__letter_begin(&again, &(vc__letter){ .topic = vc_letter_topic(letter),
                                            .rule = vc_letter_rule(letter),
                                            .partition = vc_letter_partition(letter),
                                            .offset = vc_letter_offset(letter),
                                            .timestamp = vc_letter_timestamp(letter),
                                            .why = &why });
    const vc_view body = vc_letter_body(letter);
    vc__letter_end(&again, vc_letter_has_body(letter) ? vc_view_of(body.data ? body.data : "", body.len) : vc_str(NULL),
                   vc_letter_body_omitted(letter));
    HOLDS(!again.failed);
    vc_letter *second = vc_letter_parse(vc__buf_get(&again), NULL);
    HOLDS(second);
    same(letter, second);
    vc_letter_free(second);
    vc_letter_free(letter);
    return 0;
}

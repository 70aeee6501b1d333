/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any value, and headers before it: lines NAME=VALUE up to an empty one; an input that begins with a newline has none. What is told is
 * UTF-8 without NUL, and there is always something.
 */
#include "fuzz.h"

#include "base/text.h"

#include <vaultcrypt/inspect.h>

enum { MOST_HEADERS = 4 };

static void is_text(const char *text)
{
    HOLDS(text && vc__utf8_valid(vc_str(text)) == strlen(text));
}

static void look(const vc_inspection *found)
{
    const size_t count = vc_inspection_count(found);
    HOLDS(count >= 1 && count <= 1000 && vc__view_is(vc_str(vc_inspection_place(found, 0)), "value"));
    for (size_t i = 0; i < count; i++) {
        is_text(vc_inspection_place(found, i));
        is_text(vc_inspection_format(found, i));
        for (size_t row = 0; row < vc_inspection_row_count(found, i); row++) {
            uint64_t number;
            const char *text = vc_inspection_row_text(found, i, row);
            is_text(text);
            is_text(vc_inspection_row_name(found, i, row));
            HOLDS(vc_inspection_row_kind(found, i, row) != VC_ROW_NUMBER || vc__parse_uint(vc_str(text), UINT64_MAX, &number));
        }
    }
    HOLDS(!vc_inspection_format(found, count));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vc_view rest = vc_view_of(data, size);
    vc_header headers[MOST_HEADERS];
    size_t count = 0;
    for (vc_view line; rest.len && (line = fuzz_line(&rest)).len;) {
        const char *equals = memchr(line.data, '=', line.len);
        if (!equals || count == MOST_HEADERS)
            continue;
        headers[count].name = vc_view_of(line.data, (size_t)(equals - line.data));
        headers[count++].value = vc_view_of(equals + 1, line.len - (size_t)(equals - line.data) - 1);
    }
    vc_inspection *found;
    HOLDS(vc_inspect(rest, headers, count, &found, NULL) == VC_OK);
    look(found);
    vc_inspection_free(found);
    return 0;
}

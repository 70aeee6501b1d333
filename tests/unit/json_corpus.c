/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/json_corpus.h"

#include <stdio.h>
#include <stdlib.h>

enum { LARGE = 1 << 20, NESTED = 512, MANY = 50000, LINE = 1 << 16 };

static void use_string(void (*use)(vc_view, void *), void *arg, char *text, const char *unit)
{
    const size_t len = strlen(unit);
    size_t n = (size_t)sprintf(text, "{\"large\":\"");
    while (n < LARGE) {
        memcpy(text + n, unit, len);
        n += len;
    }
    n += (size_t)sprintf(text + n, "\",\"n\":1}");
    use(vc_view_of(text, n), arg);
}

static size_t nested(char *text, const char *open, const char *close)
{
    size_t n = 0;
    for (int i = 0; i < NESTED; i++)
        n += (size_t)sprintf(text + n, "%s", open);
    n -= strcmp(open, "[") ? strlen(open) - 1 : 0; /* the innermost is {} */
    for (int i = 0; i < NESTED; i++)
        n += (size_t)sprintf(text + n, "%s", close);
    return n;
}

static size_t members(char *text)
{
    size_t n = (size_t)sprintf(text, "{");
    for (int i = 0; i < MANY; i++)
        n += (size_t)sprintf(text + n, "%s\"member%d\":%d", i ? "," : "", i, i);
    return n + (size_t)sprintf(text + n, "}");
}

static size_t elements(char *text)
{
    size_t n = (size_t)sprintf(text, "[");
    for (int i = 0; i < MANY; i++)
        n += (size_t)sprintf(text + n, "%s{\"a\":%d}", i ? " , " : " ", i);
    return n + (size_t)sprintf(text + n, "]\r\n");
}

size_t json_corpus_each(void (*use)(vc_view json, void *arg), void *arg)
{
    char name[1024];
    snprintf(name, sizeof name, "%s/tests/vectors/json/identity.ndjson", getenv("top_srcdir"));
    FILE *file = fopen(name, "rb");
    char *text = malloc(2 * LARGE);
    size_t count = 0;
    while (file && text && fgets(text, LINE, file)) {
        use(vc_view_of(text, strcspn(text, "\n")), arg);
        count++;
    }
    if (file)
        fclose(file);
    if (count && text) {
        use_string(use, arg, text, "0123456789");
        use_string(use, arg, text, "\\u00e9\\\"");
        use_string(use, arg, text, "\xe2\x82\xac\xf0\x9f\x98\x80");
        use(vc_view_of(text, nested(text, "[", "]")), arg);
        use(vc_view_of(text, nested(text, "{\"a\":", "}")), arg);
        use(vc_view_of(text, members(text)), arg);
        use(vc_view_of(text, elements(text)), arg);
        count += 7;
    }
    free(text);
    return count;
}

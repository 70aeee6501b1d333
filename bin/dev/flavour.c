/* SPDX-License-Identifier: Apache-2.0 */
#include "flavour.h"

#include <string.h>

#define VAULT_LIMITS { 0, 1048576, 10000, 10000, 300, 500000 }

static const dev_flavour flavours[] = {
    { "vault-2.1", "2.1.0", false, true, true, true, true, true, "hvs.", VAULT_LIMITS },
    { "vault-1.14", "1.14.2", false, false, false, false, true, false, "hvs.", { 0, 0, 0, 0, 0, 0 } },
    { "openbao-2.7", "2.7.2", true, false, false, false, false, false, "s.", { 1000, 0, 0, 0, 0, 0 } },
    { 0 },
};

const dev_flavour *dev_flavour_list(void)
{
    return flavours;
}

const dev_flavour *dev_flavour_find(const char *name)
{
    for (const dev_flavour *flavour = flavours; flavour->name; flavour++)
        if (strcmp(flavour->name, name) == 0)
            return flavour;
    return NULL;
}

enum { DEPTH_KNOWN = 512 };

/* What has been counted; `here[d]` are the elements or entries of the container at depth d. */
typedef struct census {
    size_t strings, longest, elements, entries, depth, deepest, tokens;
    size_t here[DEPTH_KNOWN];
    bool object[DEPTH_KNOWN];
} census;

/* Behind the string that begins at `at` (its quote). */
static size_t pass_string(vc_view body, size_t at, census *count)
{
    const size_t begin = ++at;
    while (at < body.len && body.data[at] != '"')
        at += body.data[at] == '\\' ? 2 : 1;
    const size_t length = (at < body.len ? at : body.len) - begin;
    count->strings++;
    count->tokens++;
    if (length > count->longest)
        count->longest = length;
    return at + 1;
}

static void close_container(census *count)
{
    if (count->depth == 0)
        return;
    count->depth--;
    if (count->depth >= DEPTH_KNOWN)
        return;
    size_t *most = count->object[count->depth] ? &count->entries : &count->elements;
    if (count->here[count->depth] > *most)
        *most = count->here[count->depth];
}

/* An empty array counts as one element: no limit is that low. */
static void open_container(census *count, bool object)
{
    if (count->depth < DEPTH_KNOWN) {
        count->here[count->depth] = 1;
        count->object[count->depth] = object;
    }
    count->depth++;
    if (count->depth > count->deepest)
        count->deepest = count->depth;
}

static void take_census(vc_view body, census *count)
{
    size_t at = 0;
    bool in_scalar = false;
    while (at < body.len) {
        const char byte = body.data[at];
        const bool scalar = !strchr(" \t\r\n{}[],:\"", byte);
        if (scalar) {
            count->tokens += !in_scalar;
        } else if (byte == '"') {
            at = pass_string(body, at, count) - 1;
        } else if (byte == '{' || byte == '[') {
            open_container(count, byte == '{');
            count->tokens++;
        } else if (byte == '}' || byte == ']') {
            close_container(count);
            count->tokens++;
        } else if (byte == ',' || byte == ':') {
            count->tokens++;
            if (byte == ',' && count->depth > 0 && count->depth <= DEPTH_KNOWN)
                count->here[count->depth - 1]++;
        }
        in_scalar = scalar;
        at++;
    }
}

bool dev_limits_check(const dev_flavour *flavour, vc_view body, int *status, const char **text)
{
    const dev_limits *limits = &flavour->limits;
    if (limits->strings == 0 && limits->tokens == 0)
        return true;
    census count = { 0 };
    take_census(body, &count);
    const struct {
        size_t limit, counted;
        int status;
        const char *text;
    } rules[] = {
        { limits->strings, count.strings, 400,
          "refused JSON input due to high complexity: exceeded maximum number of strings" },
        { limits->depth, count.deepest, 500, "JSON input exceeds allowed nesting depth" },
        { limits->string_length, count.longest, 500, "JSON string value exceeds allowed length" },
        { limits->elements, count.elements, 500, "JSON array exceeds allowed element count" },
        { limits->entries, count.entries, 500, "JSON object exceeds allowed entry count" },
        { limits->tokens, count.tokens, 500, "JSON payload exceeds allowed token count" },
    };
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (rules[i].limit && rules[i].counted > rules[i].limit) {
            *status = rules[i].status;
            *text = rules[i].text;
            return false;
        }
    }
    return true;
}

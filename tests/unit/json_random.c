/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/json_random.h"

#include "json/steps.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *content;
    const char *written[3]; /* between the quotes */
} names[] = {
    { "a", { "a", "\\u0061", "a" } },
    { "b", { "b", "b", "\\u0062" } },
    { "c", { "c", "c", "c" } },
    { "abcdefgh", { "abcdefgh", "abcd\\u0065fgh", "abcdefgh" } },
    { "a long name of more than sixteen",
      { "a long name of more than sixteen", "a long\\u0020name of more than sixteen",
        "a long name of more than sixteen" } },
    { "\"/\xc3\xa9\n", { "\\\"/\xc3\xa9\\n", "\\\"\\/\\u00e9\\u000A", "\\u0022/\xc3\xa9\\n" } },
    { "", { "", "", "" } },
};

enum { NAMES = sizeof names / sizeof names[0] };

uint32_t random_below(uint64_t *state, uint32_t bound)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (uint32_t)(*state >> 16) % bound;
}

static void put(random_document *d, const char *text)
{
    const size_t len = strlen(text);
    memcpy(d->text + d->len, text, len + 1);
    d->len += len;
}

static void blank(random_document *d, uint64_t *state)
{
    static const char *const blanks[] = { "", "", "", "", " ", "\n", "\t ", " \r\n" };
    put(d, blanks[random_below(state, 8)]);
}

static void value(random_document *d, uint64_t *state, random_node *node);

static void child(random_document *d, uint64_t *state, const random_node *node, random_place place)
{
    random_node below = *node;
    below.places[below.depth++] = place;
    blank(d, state);
    value(d, state, &below);
    blank(d, state);
}

static void object(random_document *d, uint64_t *state, const random_node *node)
{
    const uint32_t from = random_below(state, NAMES);
    put(d, "{");
    blank(d, state);
    for (uint32_t i = 0, n = random_below(state, 5); i < n; i++) {
        const uint32_t number = (from + i) % NAMES;
        put(d, i ? "," : "");
        blank(d, state);
        put(d, "\"");
        put(d, names[number].written[random_below(state, 3)]);
        put(d, "\"");
        blank(d, state);
        put(d, ":");
        child(d, state, node, (random_place){ .name = names[number].content });
    }
    put(d, "}");
}

static void array(random_document *d, uint64_t *state, const random_node *node)
{
    const uint32_t length = random_below(state, 5);
    put(d, "[");
    blank(d, state);
    for (uint32_t i = 0; i < length; i++) {
        put(d, i ? "," : "");
        child(d, state, node, (random_place){ .index = i, .length = length });
    }
    put(d, "]");
}

static void value(random_document *d, uint64_t *state, random_node *node)
{
    static const char *const scalars[] = { "1",
                                           "-0.5e+10",
                                           "\"\"",
                                           "\"text\"",
                                           "\"a \\\"quoted\\\" \\ud83d\\ude00 one\"",
                                           "true",
                                           "false",
                                           "null",
                                           "\"rather long, longer than two strides of the lexer\"",
                                           "12345678901234567890" };
    const size_t number = d->count++;
    node->begin = d->len;
    const bool room = node->depth < RANDOM_DEPTH && d->count < RANDOM_NODES - 6 * RANDOM_DEPTH &&
                      d->len < RANDOM_TEXT / 2;
    const uint32_t kind = random_below(state, 10);
    if (room && (kind < 4 || node->depth == 0))
        object(d, state, node);
    else if (room && kind < 7)
        array(d, state, node);
    else
        put(d, scalars[random_below(state, sizeof scalars / sizeof scalars[0])]);
    node->end = d->len;
    d->nodes[number] = *node;
}

void random_document_make(random_document *document, uint64_t *state)
{
    document->len = document->count = 0;
    random_node root = { .depth = 0 };
    blank(document, state);
    value(document, state, &root);
    blank(document, state);
}

static size_t step(char *to, uint64_t *state)
{
    const int low = (int)random_below(state, 5) - 2, high = (int)random_below(state, 6) - 2,
              by = (int)random_below(state, 5) - 2;
    switch (random_below(state, 9)) {
    case 0:
    case 1:
    case 2:
    case 3:
        return (size_t)sprintf(to, "\"%s\"", names[random_below(state, NAMES)].written[0]);
    case 4:
        return (size_t)sprintf(to, "*");
    case 5:
    case 6:
        return (size_t)sprintf(to, "%d", low);
    case 7:
        return (size_t)sprintf(to, "%d:%d", low, high);
    default:
        return (size_t)(random_below(state, 2) ? sprintf(to, "%d::%d", low, by) : sprintf(to, "::%d", by));
    }
}

void random_path_make(char text[200], uint64_t *state)
{
    size_t len = (size_t)sprintf(text, "$");
    for (uint32_t i = 0, n = random_below(state, 4); i < n; i++) {
        len += (size_t)sprintf(text + len, random_below(state, 5) ? "[" : "..[");
        len += step(text + len, state);
        if (random_below(state, 5) == 0 && len < 100) {
            len += (size_t)sprintf(text + len, ", ");
            len += step(text + len, state);
        }
        len += (size_t)sprintf(text + len, "]");
    }
}

static bool segment_takes(const vc__path *path, const vc__segment *segment, const random_place *place)
{
    for (size_t i = 0; i < segment->count; i++) {
        const vc__step *step = &path->steps[segment->first + i];
        if (step->kind == VC__STEP_WILDCARD)
            return true;
        if (place->name) {
            if (step->kind == VC__STEP_NAME && step->name.len == strlen(place->name) &&
                memcmp(step->name.data, place->name, step->name.len) == 0)
                return true;
        } else if (step->kind != VC__STEP_NAME && vc__step_takes(step, place->index, place->length)) {
            return true;
        }
    }
    return false;
}

static bool takes_from(const random_node *node, size_t depth, const vc__path *path, size_t at)
{
    if (at == path->segment_count)
        return depth == node->depth;
    const vc__segment *segment = &path->segments[at];
    for (; depth < node->depth; depth++) {
        if (segment_takes(path, segment, &node->places[depth]) && takes_from(node, depth + 1, path, at + 1))
            return true;
        if (!segment->descendant)
            break;
    }
    return false;
}

bool random_node_selected(const random_node *node, const vc__path *path)
{
    return takes_from(node, 0, path, 0);
}

bool random_nodes_overlap(const random_node *a, const random_node *b)
{
    return a->begin < b->end && b->begin < a->end;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "yaml/tree.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

#include <stdlib.h>
#include <yaml.h>

struct vc__yaml {
    vc__arena arena;
    vc__yaml_node *root;
    size_t nodes;
};

/* What the parser's events are turned into a tree with. */
typedef struct builder {
    vc__yaml *tree;
    const char *source;
    vc_code invalid;
    vc_error *err;
    vc__yaml_node *open; /* the innermost list or map that is not closed */
    vc__yaml_node *last; /* its newest child */
    vc__yaml_node *key;  /* of a map: waits for its value */
    size_t depth;
    bool second; /* a document was seen */
} builder;

typedef yaml_parser_t parser_state;
static void parser_state_cleanup(yaml_parser_t *parser)
{
    yaml_parser_delete(parser);
}

typedef yaml_event_t parser_event;
static void parser_event_cleanup(yaml_event_t *event)
{
    yaml_event_delete(event);
}

#define REFUSE(b, mark, code, ...)                                                                           \
    (vc__error((b)->err, code, __VA_ARGS__),                                                                 \
     vc__error_at((b)->err, (b)->source, (mark).line + 1, (mark).column + 1), (code))

/* The reader stops at a byte, not at a character; what precedes it is well-formed. */
static yaml_mark_t mark_of_byte(vc_view text, size_t offset)
{
    yaml_mark_t mark = { offset, 0, 0 };
    for (size_t i = 0; i < offset && i < text.len; i++) {
        if (text.data[i] == '\n') {
            mark.line++;
            mark.column = 0;
        } else if (((unsigned char)text.data[i] & 0xc0) != 0x80) {
            mark.column++;
        }
    }
    return mark;
}

static vc_code not_yaml(builder *b, const yaml_parser_t *parser, vc_view text)
{
    if (parser->error == YAML_MEMORY_ERROR)
        return vc__error_memory(b->err);
    const char *problem = parser->problem ? parser->problem : "the text cannot be parsed";
    if (parser->error == YAML_READER_ERROR)
        return REFUSE(b, mark_of_byte(text, parser->problem_offset), b->invalid, "not YAML: %s", problem);
    return REFUSE(b, parser->problem_mark, b->invalid, "not YAML: %s%s%s", problem,
                  parser->context ? ", " : "", parser->context ? parser->context : "");
}

/* Hangs a new node where the events are: as the root, an item, a key, or the value of the waiting key. */
static vc_code add(builder *b, const yaml_event_t *event, vc__yaml_kind kind, vc__yaml_node **added)
{
    vc__yaml *tree = b->tree;
    if (tree->nodes >= VC__YAML_NODES)
        return REFUSE(b, event->start_mark, VC_E_LIMIT, "more than %d nodes", VC__YAML_NODES);
    vc__yaml_node *node = vc__arena_alloc(&tree->arena, 1, sizeof *node);
    if (!node)
        return vc__error_memory(b->err);
    tree->nodes++;
    *node = (vc__yaml_node){ .kind = kind,
                             .line = event->start_mark.line + 1,
                             .column = event->start_mark.column + 1,
                             .end_line = event->end_mark.line + 1,
                             .end_column = event->end_mark.column + 1,
                             .parent = b->open };
    *added = node;
    if (!b->open) {
        tree->root = node;
        return VC_OK;
    }
    if (b->open->kind == VC__YAML_MAP && !b->key) {
        if (kind != VC__YAML_SCALAR)
            return REFUSE(b, event->start_mark, b->invalid, "a key must be a plain word or a quoted text");
        b->key = node;
        return VC_OK;
    }
    node->key = b->key;
    b->key = NULL;
    if (b->last)
        b->last->next = node;
    else
        b->open->first = node;
    b->last = node;
    b->open->count++;
    return VC_OK;
}

static vc_code no_extras(builder *b, const yaml_event_t *event, const yaml_char_t *anchor,
                         const yaml_char_t *tag)
{
    if (anchor)
        return REFUSE(b, event->start_mark, b->invalid, "anchors (&) are not taken: write the value out");
    if (tag)
        return REFUSE(b, event->start_mark, b->invalid, "tags (!) are not taken: write the value without");
    return VC_OK;
}

static vc__yaml_style style_of(yaml_scalar_style_t style)
{
    switch (style) {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE:
        return VC__YAML_SINGLE;
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE:
        return VC__YAML_DOUBLE;
    case YAML_LITERAL_SCALAR_STYLE:
    case YAML_FOLDED_SCALAR_STYLE:
        return VC__YAML_BLOCK;
    case YAML_ANY_SCALAR_STYLE:
    case YAML_PLAIN_SCALAR_STYLE:
        break;
    }
    return VC__YAML_PLAIN;
}

static vc_code on_scalar(builder *b, const yaml_event_t *event)
{
    const vc_view text = vc_view_of(event->data.scalar.value, event->data.scalar.length);
    vc_code code = no_extras(b, event, event->data.scalar.anchor, event->data.scalar.tag);
    if (code)
        return code;
    if (text.len && memchr(text.data, 0, text.len))
        return REFUSE(b, event->start_mark, b->invalid, "a NUL character is not taken");
    vc__yaml_node *node;
    code = add(b, event, VC__YAML_SCALAR, &node);
    if (code)
        return code;
    const char *copy = vc__arena_text(&b->tree->arena, text);
    if (!copy)
        return vc__error_memory(b->err);
    node->text = vc_view_of(copy, text.len);
    node->style = style_of(event->data.scalar.style);
    return VC_OK;
}

static vc_code on_open(builder *b, const yaml_event_t *event, vc__yaml_kind kind)
{
    const bool map = kind == VC__YAML_MAP;
    vc_code code = no_extras(b, event,
                             map ? event->data.mapping_start.anchor : event->data.sequence_start.anchor,
                             map ? event->data.mapping_start.tag : event->data.sequence_start.tag);
    if (code)
        return code;
    if (b->depth >= VC__YAML_DEPTH)
        return REFUSE(b, event->start_mark, VC_E_LIMIT, "more than %d levels", VC__YAML_DEPTH);
    vc__yaml_node *node;
    code = add(b, event, kind, &node);
    if (code)
        return code;
    b->open = node;
    b->last = NULL;
    b->depth++;
    return VC_OK;
}

static void on_close(builder *b, const yaml_event_t *event)
{
    vc__yaml_node *closed = b->open;
    closed->end_line = event->end_mark.line + 1;
    closed->end_column = event->end_mark.column + 1;
    b->last = closed;
    b->open = closed->parent;
    b->depth--;
}

static vc_code on_event(builder *b, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return on_scalar(b, event);
    case YAML_SEQUENCE_START_EVENT:
        return on_open(b, event, VC__YAML_LIST);
    case YAML_MAPPING_START_EVENT:
        return on_open(b, event, VC__YAML_MAP);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        on_close(b, event);
        return VC_OK;
    case YAML_ALIAS_EVENT:
        return REFUSE(b, event->start_mark, b->invalid, "aliases (*) are not taken: write the value out");
    case YAML_DOCUMENT_START_EVENT:
        if (b->second)
            return REFUSE(b, event->start_mark, b->invalid, "more than one document (---)");
        b->second = true;
        return VC_OK;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        break;
    }
    return VC_OK;
}

static vc_code build(builder *b, vc_view text)
{
    static const unsigned char nothing[1];
    vc__auto(parser_state) parser;
    if (!yaml_parser_initialize(&parser))
        return vc__error_memory(b->err);
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, text.len ? (const unsigned char *)text.data : nothing, text.len);
    for (yaml_event_type_t type = YAML_NO_EVENT; type != YAML_STREAM_END_EVENT;) {
        vc__auto(parser_event) event = { .type = YAML_NO_EVENT };
        if (!yaml_parser_parse(&parser, &event))
            return not_yaml(b, &parser, text);
        type = event.type;
        const vc_code code = on_event(b, &event);
        if (code)
            return code;
    }
    if (!b->tree->root) {
        vc__error(b->err, b->invalid, "the text is empty");
        vc__error_at(b->err, b->source, 1, 1);
        return b->invalid;
    }
    return VC_OK;
}

/* By map, then key, then place. */
static int by_key(const void *a, const void *b)
{
    const vc__yaml_node *x = *(const vc__yaml_node *const *)a, *y = *(const vc__yaml_node *const *)b;
    if (x->parent != y->parent)
        return (uintptr_t)x->parent < (uintptr_t)y->parent ? -1 : 1;
    const int order = vc__view_compare(x->key->text, y->key->text);
    if (order)
        return order;
    if (x->key->line != y->key->line)
        return x->key->line < y->key->line ? -1 : 1;
    return x->key->column < y->key->column ? -1 : x->key->column > y->key->column;
}

/* Every value of every map, in the order of the text. */
static size_t collect_values(const vc__yaml_node *root, const vc__yaml_node **values)
{
    size_t count = 0;
    for (const vc__yaml_node *node = root; node;) {
        if (node->key)
            values[count++] = node;
        if (node->first) {
            node = node->first;
            continue;
        }
        while (node && !node->next)
            node = node->parent;
        if (node)
            node = node->next;
    }
    return count;
}

static vc_code check_duplicates(builder *b)
{
    const vc__yaml_node **values = vc__calloc(b->tree->nodes, sizeof *values);
    if (!values)
        return vc__error_memory(b->err);
    const size_t count = collect_values(b->tree->root, values);
    qsort(values, count, sizeof *values, by_key);
    const vc__yaml_node *worst = NULL, *before = NULL;
    for (size_t i = 1; i < count; i++) {
        const vc__yaml_node *one = values[i - 1], *two = values[i];
        if (one->parent != two->parent || !vc__view_equal(one->key->text, two->key->text))
            continue;
        if (!worst || two->key->line < worst->key->line ||
            (two->key->line == worst->key->line && two->key->column < worst->key->column)) {
            worst = two;
            before = one;
        }
    }
    vc__free(values);
    if (!worst)
        return VC_OK;
    vc__error(b->err, b->invalid, "the same key as in line %zu", before->key->line);
    vc__error_at(b->err, b->source, worst->key->line, worst->key->column);
    return b->invalid;
}

vc__yaml *vc__yaml_parse(vc_view text, const char *source, vc_code invalid, vc_error *err)
{
    if (text.len > VC__YAML_BYTES) {
        vc__error(err, VC_E_LIMIT, "larger than %d bytes", VC__YAML_BYTES);
        vc__error_at(err, source, 0, 0);
        return NULL;
    }
    vc__autoptr(vc__yaml) tree = vc__calloc(1, sizeof *tree);
    if (!tree) {
        vc__error_memory(err);
        return NULL;
    }
    builder b = { .tree = tree, .source = source, .invalid = invalid, .err = err };
    /* libyaml would count a byte order mark as a column of the first line, and take the others for less indented. */
    if (vc__view_starts(text, "\xef\xbb\xbf"))
        text = vc_view_of(text.data + 3, text.len - 3);
    if (build(&b, text) || check_duplicates(&b))
        return NULL;
    return vc__steal(&tree);
}

void vc__yaml_free(vc__yaml *tree)
{
    if (!tree)
        return;
    vc__arena_free(&tree->arena);
    vc__free(tree);
}

const vc__yaml_node *vc__yaml_root(const vc__yaml *tree)
{
    return tree->root;
}

bool vc__yaml_is_null(const vc__yaml_node *node)
{
    return node->kind == VC__YAML_SCALAR && node->style == VC__YAML_PLAIN &&
           (!node->text.len || vc__view_is(node->text, "~") || vc__view_is(node->text, "null"));
}

static size_t characters(vc_view text, size_t len)
{
    size_t count = 0;
    for (size_t i = 0; i < len; i++)
        count += ((unsigned char)text.data[i] & 0xc0) != 0x80;
    return count;
}

static size_t apostrophes(vc_view text, size_t len)
{
    size_t count = 0;
    for (size_t i = 0; i < len; i++)
        count += text.data[i] == '\'';
    return count;
}

void vc__yaml_place(const vc__yaml_node *node, size_t offset, size_t *line, size_t *column)
{
    *line = node->line;
    *column = node->column;
    if (node->kind != VC__YAML_SCALAR || node->style == VC__YAML_BLOCK || node->line != node->end_line)
        return;
    const vc_view text = node->text;
    const size_t at = offset < text.len ? offset : text.len;
    const size_t quotes = node->style == VC__YAML_PLAIN ? 0 : 1;
    size_t width = characters(text, text.len) + 2 * quotes, before = characters(text, at) + quotes;
    if (node->style == VC__YAML_SINGLE) { /* each ' in it is written twice */
        width += apostrophes(text, text.len);
        before += apostrophes(text, at);
    }
    if (node->end_column - node->column == width)
        *column += before;
}

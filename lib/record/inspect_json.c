/* SPDX-License-Identifier: Apache-2.0 */
/* inspect_json.c - JSON, and the places in it where something protected stands, as normalized paths (RFC 9535, 2.7). */
#include "record/inspect.h"

#include "base/error.h"
#include "base/text.h"
#include "json/read.h"

/* What is open, and how long the path was before it. */
typedef struct level {
    size_t path_len;
    size_t index; /* of the next element */
    bool object;
} level;

typedef struct walk {
    vc_inspection *made;
    vc__buf path;
    level levels[VC__READER_DEPTH];
    size_t depth;
    uint64_t fields, protected;
} walk;

enum { PATH_MAX = 1 << 20 /* bytes of the path */, PATH_SHOWN = 4096, NAME_SHOWN = 256 };

static bool is_plain_name(vc_view name)
{
    for (size_t i = 0; i < name.len; i++) {
        const char c = name.data[i], letter = (char)(c | 0x20);
        if (!(letter >= 'a' && letter <= 'z') && c != '_' && !(i && c >= '0' && c <= '9'))
            return false;
    }
    return name.len != 0;
}

static void quoted_byte(vc__buf *path, char c)
{
    static const char escaped[] = "\b\t\n\f\r'\\", letters[] = "btnfr'\\";
    const char *found = c ? strchr(escaped, c) : NULL;
    if (found) {
        vc__buf_byte(path, '\\');
        vc__buf_byte(path, letters[found - escaped]);
    } else if ((unsigned char)c < 0x20) {
        vc__buf_printf(path, "\\u%04x", (unsigned)c);
    } else {
        vc__buf_byte(path, c);
    }
}

/* The beginning of a text, whole characters of it. */
static vc_view shortened(vc_view text, size_t most)
{
    return text.len <= most ? text : vc_view_of(text.data, vc__utf8_valid(vc_view_of(text.data, most)));
}

/* Names longer than anybody reads are cut, so that paths stay small. */
static void step_into_member(walk *w, vc_view name)
{
    const vc_view shown = shortened(name, NAME_SHOWN);
    vc__buf_cut(&w->path, w->levels[w->depth - 1].path_len);
    if (shown.len == name.len && is_plain_name(name)) {
        vc__buf_byte(&w->path, '.');
        vc__buf_view(&w->path, name);
        return;
    }
    vc__buf_str(&w->path, "['");
    for (size_t i = 0; i < shown.len; i++)
        quoted_byte(&w->path, shown.data[i]);
    vc__buf_str(&w->path, shown.len < name.len ? "...']" : "']");
}

/* A value begins: an element gives the path its index. */
static void step(walk *w)
{
    if (!w->depth || w->levels[w->depth - 1].object)
        return;
    level *top = &w->levels[w->depth - 1];
    vc__buf_cut(&w->path, top->path_len);
    vc__buf_printf(&w->path, "[%zu]", top->index++);
}

static void open(walk *w, bool object)
{
    step(w);
    w->levels[w->depth++] = (level){ .path_len = w->path.len, .object = object };
}

static void close(walk *w)
{
    vc__buf_cut(&w->path, w->levels[--w->depth].path_len);
}

static void leaf(walk *w, vc_view text, bool string)
{
    step(w);
    w->fields++;
    const vc_view place = shortened(vc__buf_get(&w->path), PATH_SHOWN);
    if (string && (vc__inspect_token(w->made, place, text) || vc__inspect_vault(w->made, place, text)))
        w->protected++;
}

/* False: not JSON. */
static bool walk_all(walk *w, vc__reader *reader)
{
    for (;;) {
        const vc__token token = vc__reader_next(reader);
        switch (token) {
        case VC__TOKEN_ERROR:
            return false;
        case VC__TOKEN_END:
            return true;
        case VC__TOKEN_OBJECT:
        case VC__TOKEN_ARRAY:
            open(w, token == VC__TOKEN_OBJECT);
            break;
        case VC__TOKEN_OBJECT_END:
        case VC__TOKEN_ARRAY_END:
            close(w);
            break;
        case VC__TOKEN_NAME:
            step_into_member(w, reader->text);
            break;
        case VC__TOKEN_STRING:
            leaf(w, reader->text, true);
            break;
        case VC__TOKEN_NUMBER:
        case VC__TOKEN_TRUE:
        case VC__TOKEN_FALSE:
        case VC__TOKEN_NULL:
        default:
            leaf(w, vc_view_of(NULL, 0), false);
            break;
        }
        if (w->path.failed)
            w->made->failed = w->made->failed ? w->made->failed : VC_E_MEMORY;
        if (w->made->failed)
            return true;
    }
}

/* The walk decodes in place: it has a copy. What it found is taken back when the whole is not JSON. */
bool vc__inspect_json(vc_inspection *made, vc_view place, vc_view value)
{
    if (!value.len)
        return false;
    const size_t before = made->count;
    vc__auto(vc__buf) copy = VC__BUF(SIZE_MAX / 2);
    walk w = { .made = made, .path = VC__BUF(PATH_MAX) };
    vc__reader reader;
    vc__inspect_thing *thing = vc__inspect_add(made, place, "json", true);
    vc__buf_view(&copy, value);
    if (!thing || copy.failed) {
        made->failed = VC_E_MEMORY;
        return true;
    }
    vc__buf_byte(&w.path, '$');
    vc__reader_start(&reader, copy.data, copy.len);
    const bool is_json = walk_all(&w, &reader);
    vc__buf_free(&w.path);
    if (!is_json) {
        made->count = before;
        return false;
    }
    vc__inspect_number(made, thing, "fields", w.fields);
    vc__inspect_number(made, thing, "protected", w.protected);
    return true;
}

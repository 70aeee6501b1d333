/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scanner, splice, strings and reader. An input is lines, an empty line, and a JSON text. A line is a path,
 * with `-` before it one that only lists (clear); `!` alone means unlisted fields fail, `~` that selected
 * values may overlap. What is no path is left out.
 */
#include "fuzz.h"

#include "../unit/json_scan_all.h"
#include "base/text.h"
#include "json/read.h"
#include "json/splice.h"
#include "json/string.h"

enum { MOST_PATHS = 70, MOST_EDITS = 256, DEPTH = VC__READER_DEPTH };

typedef struct input {
    vc__path *paths[MOST_PATHS];
    uint8_t kinds[MOST_PATHS];
    scan_paths by;
    vc_view json;
} input;

static void read_input(input *in, vc_view rest)
{
    memset(in, 0, sizeof *in);
    while (rest.len) {
        vc_view line = fuzz_line(&rest);
        if (!line.len)
            break;
        in->by.unlisted_fail |= vc__view_is(line, "!");
        in->by.overlap |= vc__view_is(line, "~");
        const bool clear = line.data[0] == '-';
        vc__path *path = vc__path_parse(vc_view_of(line.data + clear, line.len - clear), NULL);
        if (!path)
            continue;
        if (in->by.count == MOST_PATHS) {
            vc__path_free(path);
            break;
        }
        in->kinds[in->by.count] = clear ? VC__PATH_CLEAR : VC__PATH_TARGET;
        in->paths[in->by.count++] = path;
    }
    in->by.paths = (const vc__path *const *)in->paths;
    in->by.kinds = in->kinds;
    in->json = rest;
}

static vc_code check_only(vc_view json)
{
    vc__autoptr(vc__scanner) scanner = vc__scanner_new(DEPTH, NULL);
    return vc__scan(scanner, NULL, json, NULL, NULL, NULL);
}

/* Content and back; and the reader's decoding, which is in place, is the same. */
static void check_string(vc_view quoted)
{
    vc__auto(vc__buf) content = VC__BUF(1 << 24);
    vc__auto(vc__buf) again = VC__BUF(1 << 24);
    vc__auto(vc__buf) copy = VC__BUF(1 << 24);
    vc_error err = VC_ERROR_INIT;
    const vc_code code = vc__string_decode(&content, quoted, &err);
    vc__buf_view(&copy, quoted);
    vc_view in_place;
    HOLDS(vc__string_decode_in_place(copy.data, copy.len, &in_place) == code);
    HOLDS(code == VC_OK || (code == VC_E_TYPE && content.len == 0));
    if (code != VC_OK)
        return;
    HOLDS(vc__view_equal(in_place, vc__buf_get(&content)));
    HOLDS(vc__utf8_valid(vc__buf_get(&content)) == content.len);
    vc__string_encode(&again, vc__buf_get(&content));
    HOLDS(check_only(vc__buf_get(&again)) == VC_OK);
    vc__buf_clear(&copy);
    HOLDS(vc__string_decode(&copy, vc__buf_get(&again), NULL) == VC_OK);
    HOLDS(vc__view_equal(vc__buf_get(&copy), vc__buf_get(&content)));
}

static void check_hits(const input *in, const vc__hit *hits, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const vc__hit *hit = &hits[i];
        HOLDS(hit->member <= hit->begin && hit->begin < hit->end && hit->end <= in->json.len);
        HOLDS(hit->path < in->by.count && in->kinds[hit->path] == VC__PATH_TARGET);
        HOLDS(i == 0 || (in->by.overlap ? hit->begin > hits[i - 1].begin : hit->begin >= hits[i - 1].end));
        HOLDS(hit->member == hit->begin || in->json.data[hit->member] == '"');
        const vc_view value = vc_view_of(in->json.data + hit->begin, hit->end - hit->begin);
        HOLDS(check_only(value) == VC_OK);
        HOLDS((hit->type == VC__JSON_STRING) == (value.data[0] == '"'));
        HOLDS((hit->type == VC__JSON_OBJECT) == (value.data[0] == '{'));
        HOLDS((hit->type == VC__JSON_ARRAY) == (value.data[0] == '['));
        if (hit->type == VC__JSON_STRING) {
            HOLDS(hit->escaped == (memchr(value.data, '\\', value.len) != NULL));
            check_string(value);
        }
    }
}

static void check_splice(vc_view json, const vc__hit *hits, size_t count)
{
    vc__edit edits[MOST_EDITS];
    count = count < MOST_EDITS ? count : MOST_EDITS;
    vc__auto(vc__buf) out = VC__BUF(1 << 24);
    for (size_t i = 0; i < count; i++)
        edits[i] = (vc__edit){ &hits[i], VC__EDIT_REPLACE,
                               vc_view_of(json.data + hits[i].begin, hits[i].end - hits[i].begin) };
    vc__splice(&out, json, edits, count);
    HOLDS(vc__view_equal(vc__buf_get(&out), json)); /* each by itself */
    for (unsigned pattern = 0; pattern < 4; pattern++) {
        for (size_t i = 0; i < count; i++) {
            edits[i].kind = pattern == 0 || (pattern == 2 && i % 2) || (pattern == 3 && i % 3)
                                ? VC__EDIT_REPLACE
                                : VC__EDIT_REMOVE;
            edits[i].value = vc_str("\"x\"");
        }
        vc__buf_clear(&out);
        vc__splice(&out, json, edits, count);
        HOLDS(check_only(vc__buf_get(&out)) == VC_OK);
    }
}

/* The reader takes what the scanner takes, but for halves of surrogate pairs. */
static void check_reader(vc_view json, vc_code code)
{
    char *body = malloc(json.len ? json.len : 1);
    if (json.len)
        memcpy(body, json.data, json.len);
    vc__reader reader;
    vc__reader_start(&reader, body, json.len);
    vc__token token;
    while ((token = vc__reader_next(&reader)) > VC__TOKEN_END)
        HOLDS(token != VC__TOKEN_STRING || vc__utf8_valid(reader.text) == reader.text.len);
    HOLDS(token == VC__TOKEN_ERROR || code == VC_OK);
    if (token == VC__TOKEN_ERROR && code == VC_OK)
        HOLDS(strcmp(reader.expected, "a string without half surrogate pairs") == 0);
    memcpy(body, json.len ? json.data : "", json.len);
    vc__reader_start(&reader, body, json.len);
    vc__reader_next(&reader);
    vc__reader_skip(&reader);
    HOLDS(vc__reader_next(&reader) == token);
    free(body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static input in;
    read_input(&in, vc_view_of(data, size));
    scan_all *all = scan_all_new(DEPTH);
    const vc__hit *hits;
    size_t count;
    vc_error err = VC_ERROR_INIT;
    const vc_code code = scan_all_run(all, &in.by, in.json, &hits, &count, &err);
    const vc_code bare = check_only(in.json);
    HOLDS(code == VC_OK || code == bare || code == VC_E_AMBIGUOUS || code == VC_E_UNLISTED);
    HOLDS(bare == VC_OK || (code == bare && err.offset <= in.json.len && err.line > 0 && err.column > 0));
    if (code == VC_OK) {
        check_hits(&in, hits, count);
        if (!in.by.overlap)
            check_splice(in.json, hits, count);
    }
    check_reader(in.json, bare);
    scan_all_free(all);
    while (in.by.count)
        vc__path_free(in.paths[--in.by.count]);
    return 0;
}

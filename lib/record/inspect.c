/* SPDX-License-Identifier: Apache-2.0 */
#include "record/inspect.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>

/* -- notes --------------------------------------------------------------------------------------------- */

static vc__inspect_thing *no_memory(vc_inspection *made)
{
    made->failed = VC_E_MEMORY;
    return NULL;
}

static char *keep(vc_inspection *made, vc_view text)
{
    char *kept = vc__arena_text(&made->arena, text);
    if (!kept)
        (void)no_memory(made);
    return kept;
}

vc__inspect_thing *vc__inspect_add(vc_inspection *made, vc_view place, const char *format, bool certain)
{
    if (made->failed || made->count == VC__INSPECT_MOST)
        return NULL;
    if (made->count == made->room) {
        const size_t room = made->room ? 2 * made->room : 4;
        vc__inspect_thing **things = vc__realloc(made->things, room, sizeof(vc__inspect_thing *));
        if (!things)
            return no_memory(made);
        made->things = things;
        made->room = room;
    }
    vc__inspect_thing *thing = vc__arena_alloc(&made->arena, 1, sizeof *thing);
    const char *kept = keep(made, place);
    vc__inspect_row *rows = vc__arena_alloc(&made->arena, VC__INSPECT_ROWS, sizeof *rows);
    if (!thing || !kept || !rows)
        return no_memory(made);
    *thing = (vc__inspect_thing){ .place = kept, .format = format, .certain = certain, .rows = rows };
    made->things[made->count++] = thing;
    return thing;
}

static void add_row(vc_inspection *made, vc__inspect_thing *thing, const char *name, vc_view text, vc_row_kind kind)
{
    if (!thing || thing->count == VC__INSPECT_ROWS)
        return;
    const char *kept = keep(made, text);
    if (kept)
        thing->rows[thing->count++] = (vc__inspect_row){ name, kept, kind };
}

void vc__inspect_text(vc_inspection *made, vc__inspect_thing *thing, const char *name, vc_view text)
{
    if (vc__utf8_valid(text) == text.len && !(text.len && memchr(text.data, 0, text.len))) {
        add_row(made, thing, name, text, VC_ROW_TEXT);
        return;
    }
    vc__auto(vc__buf) hex = VC__BUF(SIZE_MAX / 2);
    vc__buf_str(&hex, "hex:");
    vc__hex_encode(&hex, text);
    if (hex.failed)
        (void)no_memory(made);
    else
        add_row(made, thing, name, vc__buf_get(&hex), VC_ROW_TEXT);
}

void vc__inspect_hex(vc_inspection *made, vc__inspect_thing *thing, const char *name, vc_view bytes)
{
    vc__auto(vc__buf) hex = VC__BUF(SIZE_MAX / 2);
    vc__hex_encode(&hex, bytes);
    if (hex.failed)
        (void)no_memory(made);
    else
        add_row(made, thing, name, vc__buf_get(&hex), VC_ROW_TEXT);
}

void vc__inspect_number(vc_inspection *made, vc__inspect_thing *thing, const char *name, uint64_t number)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, number);
    add_row(made, thing, name, vc_str(text), VC_ROW_NUMBER);
}

void vc__inspect_flag(vc_inspection *made, vc__inspect_thing *thing, const char *name, bool flag)
{
    add_row(made, thing, name, vc_str(flag ? "true" : "false"), VC_ROW_FLAG);
}

/* -- the whole ----------------------------------------------------------------------------------------- */

/*
 * What says of itself what it is comes first. A record of Kroxylicious has its marker; without one, its first bytes are
 * taken for what they may be. Lengths alone come last.
 */
static void look(vc_inspection *made, vc_view value, const vc_header *headers, size_t count)
{
    const vc_view place = vc_str("value");
    if (!value.data)
        vc__inspect_add(made, place, "null", true);
    else if (vc__inspect_token(made, place, value) || vc__inspect_segment(made, place, value, headers, count) ||
             vc__inspect_kroxylicious(made, place, value, headers, count) ||
             vc__inspect_vault(made, place, value) || vc__inspect_demo(made, place, value, headers, count) ||
             vc__inspect_json(made, place, value) || vc__inspect_rsa(made, place, value))
        return;
    else
        vc__inspect_number(made, vc__inspect_add(made, place, "unknown", true), "bytes", value.len);
}

vc_code vc_inspect(vc_view value, const vc_header *headers, size_t header_count, vc_inspection **inspection, vc_error *err)
{
    *inspection = NULL;
    vc_inspection *made = vc__calloc(1, sizeof *made);
    if (!made)
        return vc__error_memory(err);
    look(made, value, headers, header_count);
    vc__inspect_keys(made, headers, header_count);
    if (made->failed || !made->count) {
        vc_inspection_free(made);
        return vc__error_memory(err);
    }
    *inspection = made;
    return VC_OK;
}

void vc_inspection_free(vc_inspection *inspection)
{
    if (!inspection)
        return;
    vc__arena_free(&inspection->arena);
    vc__free(inspection->things);
    vc__free(inspection);
}

/* -- what was found ------------------------------------------------------------------------------------ */

static const vc__inspect_thing *thing_at(const vc_inspection *inspection, size_t i)
{
    return i < inspection->count ? inspection->things[i] : NULL;
}

static const vc__inspect_row *row_at(const vc_inspection *inspection, size_t i, size_t row)
{
    const vc__inspect_thing *thing = thing_at(inspection, i);
    return thing && row < thing->count ? &thing->rows[row] : NULL;
}

size_t vc_inspection_count(const vc_inspection *inspection)
{
    return inspection->count;
}

const char *vc_inspection_place(const vc_inspection *inspection, size_t i)
{
    const vc__inspect_thing *thing = thing_at(inspection, i);
    return thing ? thing->place : NULL;
}

const char *vc_inspection_format(const vc_inspection *inspection, size_t i)
{
    const vc__inspect_thing *thing = thing_at(inspection, i);
    return thing ? thing->format : NULL;
}

int vc_inspection_is_certain(const vc_inspection *inspection, size_t i)
{
    const vc__inspect_thing *thing = thing_at(inspection, i);
    return thing && thing->certain;
}

size_t vc_inspection_row_count(const vc_inspection *inspection, size_t i)
{
    const vc__inspect_thing *thing = thing_at(inspection, i);
    return thing ? thing->count : 0;
}

const char *vc_inspection_row_name(const vc_inspection *inspection, size_t i, size_t row)
{
    const vc__inspect_row *one = row_at(inspection, i, row);
    return one ? one->name : NULL;
}

const char *vc_inspection_row_text(const vc_inspection *inspection, size_t i, size_t row)
{
    const vc__inspect_row *one = row_at(inspection, i, row);
    return one ? one->text : NULL;
}

vc_row_kind vc_inspection_row_kind(const vc_inspection *inspection, size_t i, size_t row)
{
    const vc__inspect_row *one = row_at(inspection, i, row);
    return one ? one->kind : VC_ROW_TEXT;
}

const char *vc_inspection_text(const vc_inspection *inspection, size_t i, const char *name)
{
    const vc__inspect_row *one;
    for (size_t row = 0; (one = row_at(inspection, i, row)); row++)
        if (strcmp(one->name, name) == 0)
            return one->text;
    return NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka/gather.h"

#include "base/alloc.h"
#include "base/error.h"

static bool make_room(void **array, size_t *room, size_t wanted, size_t size)
{
    if (wanted <= *room)
        return true;
    const size_t more = wanted > *room * 2 ? wanted : *room * 2;
    void *grown = vc__realloc(*array, more, size);
    if (!grown)
        return false;
    *array = grown;
    *room = more;
    return true;
}

/* -- adding -------------------------------------------------------------------------------------------------------- */

size_t vc__gather_size(const vc_message *message)
{
    size_t size = message->topic.len + 1 + message->key.len + message->value.len;
    for (size_t i = 0; i < message->header_count; i++)
        size += message->headers[i].name.len + message->headers[i].value.len;
    return size;
}

static vc__piece put(vc__buf *text, vc_view view)
{
    const vc__piece piece = { view.data ? text->len : SIZE_MAX, view.len };
    vc__buf_view(text, view);
    return piece;
}

static vc_code reserve(vc__gather *gather, const vc_message *message, vc_error *err)
{
    void *records = gather->records, *headers = gather->headers;
    const bool fine = make_room(&records, &gather->room, gather->count + 1, sizeof *gather->records) &&
                      make_room(&headers, &gather->header_room, 2 * (gather->header_count + message->header_count), sizeof *gather->headers);
    gather->records = records;
    gather->headers = headers;
    if (!fine)
        return vc__error_memory(err);
    if (!vc__buf_reserve(&gather->text, vc__gather_size(message)))
        return VC_OK;
    const vc_code code = vc__buf_check(&gather->text, "records that wait", err);
    gather->text.failed = VC_OK; /* nothing was added, so it may go on */
    return code;
}

vc_code vc__gather_add(vc__gather *gather, const vc_message *message, const vc__gathered *like, vc_error *err)
{
    const vc_code code = reserve(gather, message, err);
    if (code)
        return code;
    vc__gathered *one = &gather->records[gather->count++];
    *one = *like;
    one->topic = put(&gather->text, message->topic);
    vc__buf_byte(&gather->text, 0);
    one->key = put(&gather->text, message->key);
    one->value = put(&gather->text, message->value);
    one->header = gather->header_count;
    one->header_count = message->header_count;
    for (size_t i = 0; i < message->header_count; i++) {
        vc__piece *pair = &gather->headers[2 * gather->header_count++];
        pair[0] = put(&gather->text, message->headers[i].name);
        pair[1] = put(&gather->text, message->headers[i].value);
    }
    return VC_OK;
}

/* -- reading ------------------------------------------------------------------------------------------------------- */

static vc_view view_of(const vc__gather *gather, const vc__piece *piece)
{
    return piece->at == SIZE_MAX ? vc_view_of(NULL, 0) : vc_view_of(gather->text.data + piece->at, piece->len);
}

vc_code vc__gather_views(vc__gather *gather, vc_error *err)
{
    void *views = gather->views;
    const bool fine = make_room(&views, &gather->view_room, gather->header_count, sizeof *gather->views);
    gather->views = views;
    if (!fine)
        return vc__error_memory(err);
    for (size_t i = 0; i < gather->header_count; i++)
        gather->views[i] = (vc_header){ view_of(gather, &gather->headers[2 * i]), view_of(gather, &gather->headers[2 * i + 1]) };
    return VC_OK;
}

vc_message vc__gather_message(const vc__gather *gather, size_t i)
{
    const vc__gathered *one = &gather->records[i];
    vc_message message = VC_MESSAGE_INIT;
    message.topic = view_of(gather, &one->topic);
    message.key = view_of(gather, &one->key);
    message.value = view_of(gather, &one->value);
    message.headers = one->header_count ? gather->views + one->header : NULL;
    message.header_count = one->header_count;
    return message;
}

const char *vc__gather_topic(const vc__gather *gather, size_t i)
{
    return gather->text.data + gather->records[i].topic.at;
}

/* -- records that no batch takes ----------------------------------------------------------------------------------- */

vc_code vc__gather_refuse(vc__gather *gather, size_t i, const vc_error *why, vc_error *err)
{
    gather->records[i].refused = (void *)vc__memdup((const char *)why, sizeof *why);
    return gather->records[i].refused ? VC_OK : vc__error_memory(err);
}

void vc__gather_refuse_none(vc__gather *gather)
{
    for (size_t i = 0; i < gather->count; i++) {
        vc__free(gather->records[i].refused);
        gather->records[i].refused = NULL;
    }
}

/* -- the end ------------------------------------------------------------------------------------------------------- */

void vc__gather_clear(vc__gather *gather)
{
    vc__gather_refuse_none(gather);
    vc__buf_clear(&gather->text);
    gather->count = gather->header_count = 0;
}

void vc__gather_free(vc__gather *gather)
{
    vc__gather_refuse_none(gather);
    vc__buf_free(&gather->text);
    vc__free(gather->records);
    vc__free(gather->headers);
    vc__free(gather->views);
    *gather = (vc__gather){ .text = VC__BUF(gather->text.max) };
}

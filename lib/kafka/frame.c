/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka/frame.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/varint.h"

#include <inttypes.h>

enum { HAS_KEY = 1, HAS_VALUE = 2 };

/* Bytes that a header has at least: an empty name, and whether it has a value. */
enum { LEAST_HEADER = 2 };

/* For all but key, value and headers. */
enum { ROOM = 512 };

/* -- writing --------------------------------------------------------------------------------------------- */

static void write_big_endian(vc__buf *out, uint64_t number, size_t size)
{
    while (size--)
        vc__buf_byte(out, (char)(number >> (8 * size)));
}

static void write_counted(vc__buf *out, vc_view bytes)
{
    if (bytes.len > UINT32_MAX) {
        out->failed = VC_E_LIMIT;
        return;
    }
    vc__uvarint_write(out, (uint32_t)bytes.len);
    vc__buf_view(out, bytes);
}

void vc__frame_write(vc__buf *out, const vc__frame *frame)
{
    const vc_message *message = &frame->message;
    (void)vc__buf_reserve(out, message->key.len + message->value.len + ROOM); /* growing wipes what it leaves */
    vc__buf_byte(out, VC__FRAME_VERSION);
    vc__buf_byte(out, (char)((message->key.data ? HAS_KEY : 0) | (message->value.data ? HAS_VALUE : 0)));
    write_counted(out, message->topic);
    write_big_endian(out, (uint32_t)frame->partition, 4);
    write_big_endian(out, (uint64_t)frame->offset, 8);
    write_big_endian(out, (uint64_t)frame->timestamp, 8);
    if (message->key.data)
        write_counted(out, message->key);
    if (message->value.data)
        write_counted(out, message->value);
    vc__uvarint_write(out, (uint32_t)message->header_count);
    for (size_t i = 0; i < message->header_count; i++) {
        write_counted(out, message->headers[i].name);
        vc__buf_byte(out, message->headers[i].value.data != NULL);
        if (message->headers[i].value.data)
            write_counted(out, message->headers[i].value);
    }
}

/* -- reading --------------------------------------------------------------------------------------------- */

/* What is left to read; once something is wrong, `wrong` says what, and everything read is empty. */
typedef struct reader {
    vc_view bytes;
    size_t at;
    const char *wrong;
} reader;

static const char *const cut_off = "it is cut off, or a number is not in its only form";

static size_t left(const reader *r)
{
    return r->bytes.len - r->at;
}

static uint64_t read_big_endian(reader *r, size_t size)
{
    uint64_t number = 0;
    if (r->wrong || left(r) < size) {
        r->wrong = r->wrong ? r->wrong : cut_off;
        return 0;
    }
    for (size_t i = 0; i < size; i++)
        number = number << 8 | (unsigned char)r->bytes.data[r->at++];
    return number;
}

static uint32_t read_uvarint(reader *r)
{
    uint32_t number = 0;
    if (!r->wrong && !vc__uvarint_read(r->bytes, &r->at, true, &number))
        r->wrong = cut_off;
    return r->wrong ? 0 : number;
}

/* Never NULL: empty is not absent. */
static vc_view read_counted(reader *r)
{
    const uint32_t len = read_uvarint(r);
    if (!r->wrong && left(r) < len)
        r->wrong = cut_off;
    if (r->wrong)
        return vc_view_of("", 0);
    r->at += len;
    return vc_view_of(r->bytes.data + r->at - len, len);
}

static void read_place(reader *r, vc__frame *frame)
{
    frame->message.topic = read_counted(r);
    const uint32_t partition = (uint32_t)read_big_endian(r, 4);
    frame->offset = (int64_t)read_big_endian(r, 8);
    frame->timestamp = (int64_t)read_big_endian(r, 8);
    frame->partition = (int32_t)partition;
    if (r->wrong)
        return;
    if (!frame->message.topic.len || frame->message.topic.len > VC__FRAME_TOPIC_MOST)
        r->wrong = "its topic is none";
    else if (frame->partition < 0 || frame->offset < 0 || frame->timestamp < -1)
        r->wrong = "a number of its place is negative";
}

static vc_code read_headers(reader *r, vc__frame *frame, vc_error *err)
{
    const uint32_t count = read_uvarint(r);
    if (!r->wrong && count > left(r) / LEAST_HEADER)
        r->wrong = "it has fewer headers than it says";
    if (r->wrong || !count)
        return VC_OK;
    vc_header *headers = vc__calloc(count, sizeof *headers);
    if (!headers)
        return vc__error_memory(err);
    frame->message.headers = headers;
    frame->message.header_count = count;
    for (size_t i = 0; i < count && !r->wrong; i++) {
        headers[i].name = read_counted(r);
        const uint64_t has_value = read_big_endian(r, 1);
        if (has_value == 1)
            headers[i].value = read_counted(r);
        else if (has_value)
            r->wrong = "a flag of a header is not known";
    }
    return VC_OK;
}

static vc_code read_all(reader *r, vc__frame *frame, vc_error *err)
{
    const uint64_t version = read_big_endian(r, 1);
    if (!r->wrong && version != VC__FRAME_VERSION)
        return vc__error(err, VC_E_UNSUPPORTED, "the letter's body has version %" PRIu64 "; this library reads version %d",
                         version, VC__FRAME_VERSION);
    const uint64_t flags = read_big_endian(r, 1);
    if (!r->wrong && flags & ~(uint64_t)(HAS_KEY | HAS_VALUE))
        r->wrong = "a flag is not known";
    read_place(r, frame);
    if (flags & HAS_KEY)
        frame->message.key = read_counted(r);
    if (flags & HAS_VALUE)
        frame->message.value = read_counted(r);
    const vc_code code = read_headers(r, frame, err);
    if (code)
        return code;
    if (!r->wrong && left(r))
        r->wrong = "there are bytes behind it";
    return r->wrong ? vc__error(err, VC_E_CIPHERTEXT, "the letter's body is malformed: %s", r->wrong) : VC_OK;
}

vc_code vc__frame_read(vc_view bytes, vc__frame *frame, vc_error *err)
{
    reader r = { .bytes = bytes };
    *frame = (vc__frame){ .message = VC_MESSAGE_INIT, .timestamp = -1 };
    const vc_code code = read_all(&r, frame, err);
    if (code)
        vc__frame_cleanup(frame);
    return code;
}

void vc__frame_cleanup(vc__frame *frame)
{
    vc__free((void *)(uintptr_t)frame->message.headers);
    *frame = (vc__frame){ .message = VC_MESSAGE_INIT, .timestamp = -1 };
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/member.h"

#include "base/error.h"
#include "base/text.h"
#include "vault/reply.h"
#include "vault/request.h"

struct table {
    vc__member *members;
    size_t count;
};

/* Behind the name. Null is as if it were not there. */
static bool read_member(vc__reader *reader, vc__member *member)
{
    const vc__token token = vc__reader_next(reader);
    if (token == VC__TOKEN_NULL)
        return true;
    if (member->seen)
        return false;
    member->seen = true;
    switch (member->type) {
    case VC__MEMBER_TEXT:
        member->text = reader->text;
        return token == VC__TOKEN_STRING;
    case VC__MEMBER_NUMBER:
        return token == VC__TOKEN_NUMBER && vc__parse_uint(reader->text, INT64_MAX, &member->number);
    case VC__MEMBER_FLAG:
    default:
        member->flag = token == VC__TOKEN_TRUE;
        return member->flag || token == VC__TOKEN_FALSE;
    }
}

static bool read_data(vc__reader *reader, void *arg)
{
    const struct table *table = arg;
    vc__token token;
    while ((token = vc__reader_next(reader)) == VC__TOKEN_NAME) {
        size_t i = 0;
        while (i < table->count && !vc__view_is(reader->text, table->members[i].name))
            i++;
        if (i == table->count)
            vc__reader_skip(reader);
        else if (!read_member(reader, &table->members[i]))
            return false;
    }
    return token == VC__TOKEN_OBJECT_END;
}

vc_code vc__reply_members(int status, char *body, size_t len, vc__member *members, size_t count, vc_error *err)
{
    const vc_code code = vc__reply_error(status, vc_view_of(body, len), err);
    if (code)
        return code;
    struct table table = { members, count };
    vc__reader reader;
    vc__reply reply;
    vc__reply_read(&reply, &reader, body, len, read_data, &table);
    if (!reply.broken && reply.has_data)
        return VC_OK;
    return vc__reply_refuse(vc__refusal_of_status(200), &reply, status, err);
}

vc_code vc__reply_text(vc_view *text, const char *name, int status, char *body, size_t len, vc_error *err)
{
    vc__member member = { .name = name, .type = VC__MEMBER_TEXT };
    const vc_code code = vc__reply_members(status, body, len, &member, 1, err);
    if (code)
        return code;
    if (!member.seen)
        return vc__error(err, VC_E_PROTOCOL, "the reply has no %s", name);
    *text = member.text;
    return VC_OK;
}

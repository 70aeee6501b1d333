/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"
#include "base/text.h"
#include "base/varint.h"
#include "record/native_read.h"

void vc__native_keys_add(vc__buf *out, const vc__native *token)
{
    const char source = (char)token->source;
    if (!out->len)
        vc__buf_byte(out, VC__NATIVE_VERSION);
    vc__buf_view(out, token->key_id);
    vc__buf_append(out, &source, 1);
    vc__uvarint_write(out, (uint32_t)token->key_name.len);
    vc__buf_view(out, token->key_name);
    vc__uvarint_write(out, (uint32_t)token->key_version);
    vc__uvarint_write(out, (uint32_t)token->wrapped.len);
    vc__buf_view(out, token->wrapped);
}

static bool take_entry(vc__native_reader *reader, vc__native *entry, bool checked)
{
    if (!vc__native_take(reader, VC__NATIVE_ID, &entry->key_id))
        return false;
    const size_t at = reader->at;
    if (!vc__native_take_place(reader, entry, checked))
        return false;
    if (checked)
        return true;
    if (entry->source == VC__NATIVE_NOWHERE)
        return vc__native_fault(reader, at, "an unknown source of keys");
    if (!entry->wrapped.len)
        return vc__native_fault(reader, reader->at, "no wrapped key");
    return true;
}

static void take_version(vc__native_reader *reader)
{
    uint8_t version;
    if (vc__native_take_byte(reader, &version) && version != VC__NATIVE_VERSION)
        vc__native_fault(reader, 0, "a version of the format that is not known here");
}

vc_code vc__native_keys_check(vc_view value, vc_error *err)
{
    vc__native_reader reader = { .in = value };
    vc_view ids[VC__NATIVE_KEYS_MAX];
    size_t count = 0;
    take_version(&reader);
    do {
        const size_t at = reader.at;
        vc__native entry;
        if (count == VC__NATIVE_KEYS_MAX)
            vc__native_fault(&reader, at, "more than 255 keys");
        if (!take_entry(&reader, &entry, false))
            break;
        for (size_t i = 0; i < count; i++)
            if (vc__view_equal(ids[i], entry.key_id))
                vc__native_fault(&reader, at, "a key id that is there already");
        ids[count++] = entry.key_id;
    } while (!reader.fault && reader.at < value.len);
    return vc__native_reader_end(&reader, "the header " VC__NATIVE_KEYS, err);
}

vc_code vc__native_keys_of(const vc_header *headers, size_t count, vc_view known, vc_view *value, vc_error *err)
{
    const vc_header *found = NULL;
    for (size_t i = 0; i < count; i++) {
        if (!vc__view_is(headers[i].name, VC__NATIVE_KEYS))
            continue;
        if (found)
            return vc__error(err, VC_E_CIPHERTEXT, "the header " VC__NATIVE_KEYS " is there more than once");
        found = &headers[i];
    }
    if (!found || !found->value.data)
        return vc__error(err, VC_E_CIPHERTEXT,
                         "the header " VC__NATIVE_KEYS
                         " is not there, which holds the wrapped keys of the tokens");
    const bool same = known.len && known.data != found->value.data && vc__view_equal(known, found->value);
    const vc_code code = same ? VC_OK : vc__native_keys_check(found->value, err);
    if (code == VC_OK)
        *value = found->value;
    return code;
}

bool vc__native_keys_next(vc_view value, size_t *at, vc__native *entry)
{
    vc__native_reader reader = { .in = value, .at = *at };
    if (!reader.at)
        take_version(&reader);
    memset(entry, 0, sizeof *entry);
    if (reader.at >= value.len || !take_entry(&reader, entry, true))
        return false;
    *at = reader.at;
    return true;
}

vc_code vc__native_keys_find(vc_view value, vc__native *token, vc_error *err)
{
    vc__native entry;
    for (size_t at = 0; vc__native_keys_next(value, &at, &entry);) {
        if (!vc__view_equal(entry.key_id, token->key_id))
            continue;
        token->source = entry.source;
        token->key_name = entry.key_name;
        token->key_version = entry.key_version;
        token->wrapped = entry.wrapped;
        return VC_OK;
    }
    return vc__error(err, VC_E_CIPHERTEXT, "the key of a token is not in the header " VC__NATIVE_KEYS);
}

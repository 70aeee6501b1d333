/* SPDX-License-Identifier: Apache-2.0 */
#include "record/manifest.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "base/varint.h"

enum { TLV_NAME = 1, TLV_MODE, TLV_MTIME, TLV_SIZE, TLV_TRANSFER, TLV_OFFSET, TLV_END };
enum { TLV_SKIPPED = 0x80 }; /* from here on, those who do not know a type pass over it */
enum { MODE_BITS = 07777 };

static bool has(const vc_manifest *manifest, unsigned type)
{
    return manifest->has & 1U << type;
}

/* -- getters and setters -- */

vc_manifest *vc_manifest_new(vc_error *err)
{
    vc_manifest *manifest = vc__calloc(1, sizeof *manifest);
    if (!manifest)
        vc__error_memory(err);
    return manifest;
}

void vc_manifest_free(vc_manifest *manifest)
{
    vc__free(manifest);
}

static const char *name_fault(vc_view name)
{
    if (name.len == 0 || name.len > VC__MANIFEST_NAME_MAX)
        return "it has 1 to 255 bytes";
    if (vc__utf8_valid(name) != name.len || memchr(name.data, 0, name.len))
        return "it is UTF-8, without NUL";
    if (memchr(name.data, '/', name.len) || (name.data[0] == '.' && (name.len == 1 || (name.len == 2 && name.data[1] == '.'))))
        return "it has no folder";
    return NULL;
}

static void set_name(vc_manifest *manifest, vc_view name)
{
    memcpy(manifest->name, name.data, name.len);
    manifest->name[name.len] = 0;
    manifest->name_len = name.len;
    manifest->has |= 1U << TLV_NAME;
}

vc_code vc_manifest_set_name(vc_manifest *manifest, vc_view name, vc_error *err)
{
    const char *fault = name_fault(name);
    if (fault)
        return vc__error(err, VC_E_ARGUMENT, "the name of a file: %s", fault);
    set_name(manifest, name);
    return VC_OK;
}

void vc_manifest_set_mode(vc_manifest *manifest, uint32_t mode)
{
    manifest->mode = mode & MODE_BITS;
    manifest->has |= 1U << TLV_MODE;
}

void vc_manifest_set_mtime(vc_manifest *manifest, int64_t nanoseconds)
{
    manifest->mtime = nanoseconds;
    manifest->has |= 1U << TLV_MTIME;
}

void vc_manifest_set_size(vc_manifest *manifest, uint64_t bytes)
{
    manifest->size = bytes;
    manifest->has |= 1U << TLV_SIZE;
}

vc_code vc__manifest_set_part(vc_manifest *manifest, vc_view transfer_id, uint64_t offset, vc_error *err)
{
    if (transfer_id.len != VC_SEAL_TRANSFER_ID)
        return vc__error(err, VC_E_ARGUMENT, "a transfer id has %d bytes, not %zu", VC_SEAL_TRANSFER_ID, transfer_id.len);
    memcpy(manifest->transfer_id, transfer_id.data, VC_SEAL_TRANSFER_ID);
    manifest->offset = offset;
    manifest->has |= 1U << TLV_TRANSFER | 1U << TLV_OFFSET;
    return VC_OK;
}

int vc_manifest_name(const vc_manifest *manifest, vc_view *name)
{
    if (!has(manifest, TLV_NAME))
        return 0;
    *name = vc_view_of(manifest->name, manifest->name_len);
    return 1;
}

int vc_manifest_mode(const vc_manifest *manifest, uint32_t *mode)
{
    if (!has(manifest, TLV_MODE))
        return 0;
    *mode = manifest->mode;
    return 1;
}

int vc_manifest_mtime(const vc_manifest *manifest, int64_t *nanoseconds)
{
    if (!has(manifest, TLV_MTIME))
        return 0;
    *nanoseconds = manifest->mtime;
    return 1;
}

int vc_manifest_size(const vc_manifest *manifest, uint64_t *bytes)
{
    if (!has(manifest, TLV_SIZE))
        return 0;
    *bytes = manifest->size;
    return 1;
}

int vc_manifest_transfer_id(const vc_manifest *manifest, vc_view *id)
{
    if (!has(manifest, TLV_TRANSFER))
        return 0;
    *id = vc_view_of(manifest->transfer_id, sizeof manifest->transfer_id);
    return 1;
}

uint64_t vc_manifest_offset(const vc_manifest *manifest)
{
    return manifest->offset;
}

/* -- writing -- */

static void put_number(unsigned char *out, uint64_t value, size_t bytes)
{
    while (bytes--) {
        out[bytes] = (unsigned char)value;
        value >>= 8;
    }
}

static void add(vc__buf *out, unsigned type, const void *bytes, size_t len)
{
    vc__buf_byte(out, (char)type);
    vc__uvarint_write(out, (uint32_t)len);
    vc__buf_append(out, bytes, len);
}

static void add_number(vc__buf *out, unsigned type, uint64_t value, size_t bytes)
{
    unsigned char number[8];
    put_number(number, value, bytes);
    add(out, type, number, bytes);
}

void vc__manifest_write(vc__buf *out, const vc_manifest *manifest)
{
    if (has(manifest, TLV_NAME))
        add(out, TLV_NAME, manifest->name, manifest->name_len);
    if (has(manifest, TLV_MODE))
        add_number(out, TLV_MODE, manifest->mode, 4);
    if (has(manifest, TLV_MTIME))
        add_number(out, TLV_MTIME, (uint64_t)manifest->mtime, 8);
    if (has(manifest, TLV_SIZE))
        add_number(out, TLV_SIZE, manifest->size, 8);
    if (has(manifest, TLV_TRANSFER))
        add(out, TLV_TRANSFER, manifest->transfer_id, sizeof manifest->transfer_id);
    if (has(manifest, TLV_OFFSET))
        add_number(out, TLV_OFFSET, manifest->offset, 8);
}

void vc__trailer_write(unsigned char out[VC__TRAILER], uint64_t size, const unsigned char digest[VC__TRAILER_DIGEST])
{
    put_number(out, size, 8);
    memcpy(out + 8, digest, VC__TRAILER_DIGEST);
}

/* -- reading -- */

static uint64_t number_of(vc_view bytes)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes.len; i++)
        value = value << 8 | (unsigned char)bytes.data[i];
    return value;
}

/* Lengths that are fixed, by type; 0: any. */
static const uint8_t lengths[TLV_END] = {
    [TLV_MODE] = 4, [TLV_MTIME] = 8, [TLV_SIZE] = 8, [TLV_TRANSFER] = VC_SEAL_TRANSFER_ID, [TLV_OFFSET] = 8,
};

/* NULL, or what is wrong with it. */
static const char *take(vc_manifest *manifest, unsigned type, vc_view value)
{
    if (type >= TLV_SKIPPED)
        return NULL;
    if (type < TLV_NAME || type >= TLV_END)
        return "a type that is not known";
    if (has(manifest, type))
        return "a type that is there twice";
    if (lengths[type] && value.len != lengths[type])
        return "a length that is not that of its type";
    manifest->has |= 1U << type;
    switch (type) {
    case TLV_NAME:
        if (name_fault(value))
            return "a name that no file has";
        set_name(manifest, value);
        break;
    case TLV_MODE: manifest->mode = (uint32_t)number_of(value); break;
    case TLV_MTIME: manifest->mtime = (int64_t)number_of(value); break;
    case TLV_SIZE: manifest->size = number_of(value); break;
    case TLV_TRANSFER: memcpy(manifest->transfer_id, value.data, sizeof manifest->transfer_id); break;
    default: manifest->offset = number_of(value); break;
    }
    return NULL;
}

static const char *take_all(vc_manifest *manifest, vc_view bytes, size_t *at)
{
    while (*at < bytes.len) {
        uint32_t len;
        size_t next = *at + 1;
        if (!vc__uvarint_read(bytes, &next, true, &len) || len > bytes.len - next)
            return "a length that is cut off or too long";
        const char *fault = take(manifest, (unsigned char)bytes.data[*at], vc_view_of(bytes.data + next, len));
        if (fault)
            return fault;
        *at = next + len;
    }
    if (has(manifest, TLV_OFFSET) && !has(manifest, TLV_TRANSFER))
        return "an offset without a transfer id";
    if (has(manifest, TLV_SIZE) && manifest->offset > manifest->size)
        return "an offset beyond the size";
    return NULL;
}

vc_code vc__manifest_parse(vc_manifest *manifest, vc_view bytes, vc_error *err)
{
    size_t at = 0;
    memset(manifest, 0, sizeof *manifest);
    const char *fault = take_all(manifest, bytes, &at);
    if (!fault)
        return VC_OK;
    memset(manifest, 0, sizeof *manifest);
    return vc__error(err, VC_E_CIPHERTEXT, "the manifest of the sealed file has %s, at its byte %zu", fault, at);
}

vc_code vc__trailer_parse(vc_view bytes, uint64_t *size, vc_view *digest, vc_error *err)
{
    if (bytes.len != VC__TRAILER)
        return vc__error(err, VC_E_CIPHERTEXT, "the last segment of the sealed file has %zu bytes, not %d", bytes.len, VC__TRAILER);
    *size = number_of(vc_view_of(bytes.data, 8));
    *digest = vc_view_of(bytes.data + 8, VC__TRAILER_DIGEST);
    return VC_OK;
}

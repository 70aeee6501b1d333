/* SPDX-License-Identifier: Apache-2.0 */
#include "cidr.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>

/* An address with the length of its prefix, in bits. */
typedef struct block {
    unsigned char bytes[16];
    size_t size; /* 4 or 16 */
    size_t bits;
} block;

static bool parse(const char *text, block *out)
{
    char address[64];
    const char *slash = strchr(text, '/');
    const size_t len = slash ? (size_t)(slash - text) : strlen(text);
    if (len >= sizeof address)
        return false;
    snprintf(address, sizeof address, "%.*s", (int)len, text);
    if (inet_pton(AF_INET, address, out->bytes) == 1)
        out->size = 4;
    else if (inet_pton(AF_INET6, address, out->bytes) == 1)
        out->size = 16;
    else
        return false;
    uint64_t bits = out->size * 8;
    if (slash && !vc__parse_uint(vc_str(slash + 1), out->size * 8, &bits))
        return false;
    out->bits = (size_t)bits;
    return true;
}

bool dev_cidr_ok(const char *text)
{
    block ignored;
    return parse(text, &ignored);
}

static bool holds(const block *within, const unsigned char *bytes, size_t size)
{
    if (within->size != size)
        return false;
    for (size_t bit = 0; bit < within->bits; bit++)
        if ((within->bytes[bit / 8] ^ bytes[bit / 8]) & (0x80 >> bit % 8))
            return false;
    return true;
}

bool dev_cidrs_hold(json_object *blocks, const struct sockaddr *address)
{
    if (!blocks || json_object_array_length(blocks) == 0)
        return true;
    const unsigned char *bytes = NULL;
    size_t size = 0;
    if (address && address->sa_family == AF_INET) {
        bytes = (const unsigned char *)&((const struct sockaddr_in *)(const void *)address)->sin_addr;
        size = 4;
    } else if (address && address->sa_family == AF_INET6) {
        bytes = (const unsigned char *)&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
        size = 16;
    }
    for (size_t i = 0; bytes && i < json_object_array_length(blocks); i++) {
        block each;
        if (parse(json_object_get_string(json_object_array_get_idx(blocks, i)), &each) &&
            holds(&each, bytes, size))
            return true;
    }
    return false;
}

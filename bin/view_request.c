/* SPDX-License-Identifier: Apache-2.0 */
#include "view_request.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { HOST_ROOM = 256 };

/* -- hosts --------------------------------------------------------------------------------------------------------- */

/* The name in "name", "name:80", "[::1]:80"; false: none of them. */
static bool host_name(const char *host, char name[HOST_ROOM], bool *is_v6)
{
    *is_v6 = host[0] == '[';
    const char *begin = host + *is_v6;
    const size_t len = strcspn(begin, *is_v6 ? "]" : ":");
    const char *rest = begin + len;
    if (!len || len >= HOST_ROOM || (*is_v6 && *rest++ != ']'))
        return false;
    memcpy(name, begin, len);
    name[len] = 0;
    if (!*rest)
        return true;
    const size_t digits = strspn(rest + 1, "0123456789");
    return *rest == ':' && digits && digits <= 5 && !rest[1 + digits];
}

bool view_host_is_fine(const char *host, const option_list *hosts)
{
    char name[HOST_ROOM];
    struct in6_addr address;
    bool is_v6;
    if (!host || !host_name(host, name, &is_v6))
        return false;
    if (is_v6)
        return inet_pton(AF_INET6, name, &address) == 1;
    if (inet_pton(AF_INET, name, &address) == 1 || strcasecmp(name, "localhost") == 0)
        return true;
    for (size_t i = 0; i < hosts->count; i++)
        if (strcasecmp(name, hosts->values[i]) == 0)
            return true;
    return false;
}

bool view_origin_is_ours(const char *origin, const char *host)
{
    const size_t scheme = strncmp(origin, "http://", 7) == 0 ? 7 : strncmp(origin, "https://", 8) == 0 ? 8 : 0;
    return scheme && host && strcasecmp(origin + scheme, host) == 0;
}

/* -- cookies and forms --------------------------------------------------------------------------------------------- */

bool view_cookie(const char *header, const char *name, char *value, size_t room)
{
    const size_t name_len = strlen(name);
    while (header && *header) {
        header += strspn(header, " \t;");
        const size_t len = strcspn(header, ";");
        if (len > name_len && strncmp(header, name, name_len) == 0 && header[name_len] == '=') {
            const size_t value_len = len - name_len - 1;
            if (value_len >= room)
                return false;
            memcpy(value, header + name_len + 1, value_len);
            value[value_len] = 0;
            return true;
        }
        header += len;
    }
    return false;
}

static int digit_of(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool decode(vc_view from, char *value, size_t room)
{
    size_t len = 0;
    for (size_t at = 0; at < from.len; at++) {
        char c = from.data[at] == '+' ? ' ' : from.data[at];
        if (c == '%') {
            if (from.len - at < 3 || digit_of(from.data[at + 1]) < 0 || digit_of(from.data[at + 2]) < 0)
                return false;
            c = (char)(digit_of(from.data[at + 1]) * 16 + digit_of(from.data[at + 2]));
            at += 2;
        }
        if (!c || len + 1 >= room)
            return false;
        value[len++] = c;
    }
    value[len] = 0;
    return true;
}

bool view_form_value(vc_view body, const char *name, char *value, size_t room)
{
    const size_t name_len = strlen(name);
    for (size_t at = 0; at < body.len;) {
        const char *found = memchr(body.data + at, '&', body.len - at);
        const size_t end = found ? (size_t)(found - body.data) : body.len;
        if (end - at > name_len && memcmp(body.data + at, name, name_len) == 0 && body.data[at + name_len] == '=')
            return decode(vc_view_of(body.data + at + name_len + 1, end - at - name_len - 1), value, room);
        at = end + 1;
    }
    return false;
}

bool view_number(const char *text, uint64_t otherwise, uint64_t *number)
{
    *number = otherwise;
    if (!text)
        return true;
    const size_t digits = strspn(text, "0123456789");
    if (!digits || digits > 18 || text[digits])
        return false;
    *number = strtoull(text, NULL, 10);
    return true;
}

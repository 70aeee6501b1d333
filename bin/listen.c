/* SPDX-License-Identifier: Apache-2.0 */
#include "listen.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HOST_ROOM = 64 };

static bool read_port(const char *text, in_port_t *port)
{
    const size_t digits = strspn(text, "0123456789");
    const unsigned long number = digits && digits < 6 ? strtoul(text, NULL, 10) : 65536;
    *port = htons((in_port_t)number);
    return !text[digits] && number < 65536;
}

bool listen_address(const char *text, struct sockaddr_storage *address)
{
    char host[HOST_ROOM] = "127.0.0.1";
    const char *colon = strrchr(text, ':'), *begin = text;
    struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)address;
    in_port_t port;
    memset(address, 0, sizeof *address);
    if (!read_port(colon ? colon + 1 : text, &port))
        return false;
    if (colon) {
        size_t len = (size_t)(colon - begin);
        if (len > 1 && begin[0] == '[' && begin[len - 1] == ']')
            begin++, len -= 2;
        if (!len || len >= sizeof host)
            return false;
        memcpy(host, begin, len);
        host[len] = 0;
    }
    if (strcmp(host, "localhost") == 0)
        snprintf(host, sizeof host, "127.0.0.1");
    if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = port;
        return true;
    }
    if (inet_pton(AF_INET6, host, &v6->sin6_addr) != 1)
        return false;
    v6->sin6_family = AF_INET6;
    v6->sin6_port = port;
    return true;
}

bool listen_is_loopback(const struct sockaddr_storage *address)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)address;
    if (address->ss_family == AF_INET)
        return (ntohl(v4->sin_addr.s_addr) >> 24) == 127;
    return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

void listen_text(const struct sockaddr_storage *address, unsigned port, char text[LISTEN_ROOM])
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)address;
    char host[INET6_ADDRSTRLEN] = "";
    const bool is_v6 = address->ss_family == AF_INET6;
    inet_ntop(address->ss_family, is_v6 ? (const void *)&v6->sin6_addr : (const void *)&v4->sin_addr, host, sizeof host);
    snprintf(text, LISTEN_ROOM, is_v6 ? "[%s]:%u" : "%s:%u", host, port);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* listen.h - where an HTTP server of ours listens, as people write it. */
#ifndef VC_BIN_LISTEN_H
#define VC_BIN_LISTEN_H

#include <stdbool.h>
#include <sys/socket.h>

enum { LISTEN_ROOM = 64 };

/* "9464", "127.0.0.1:9464", "[::1]:9464", "0.0.0.0:9464". False: it is none. */
bool listen_address(const char *text, struct sockaddr_storage *address);

/* Whether only this machine reaches it. */
bool listen_is_loopback(const struct sockaddr_storage *address);

/* "127.0.0.1:9464", with the port that was taken. */
void listen_text(const struct sockaddr_storage *address, unsigned port, char text[LISTEN_ROOM]);

#endif

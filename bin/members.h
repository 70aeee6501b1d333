/* SPDX-License-Identifier: Apache-2.0 */
/* members.h - a request's body from the command line: one JSON text, or members such as name=value. */
#ifndef VC_BIN_MEMBERS_H
#define VC_BIN_MEMBERS_H

#include "blob.h"
#include "option.h"

enum { MOST_MEMBERS = 64 };

/*
 * Operands up to a NULL: - (JSON on standard input), @FILE, JSON text, or members: name=text, name=@FILE, name=- (strings), name:=JSON.
 * `*view` is absent when there are none. An exit code; what was wrong was told.
 */
int members_read(const struct command *command, const char **operands, blob *body, vc_view *view);

#endif

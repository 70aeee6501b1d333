/* SPDX-License-Identifier: Apache-2.0 */
/* show.h - small parts of what status and doctor show. */
#ifndef VC_BIN_SHOW_H
#define VC_BIN_SHOW_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>
#include <vaultcrypt/vaultcrypt.h>

void show_text(struct json_object *object, const char *name, const char *text); /* left out when empty */
void show_flag(struct json_object *object, const char *name, bool flag);
void show_number(struct json_object *object, const char *name, uint64_t number);

/* yes, no, or the text; for printing at once. */
const char *show_word(struct json_object *value);

/* What is told of a token, and one line of it for people. */
void show_token(struct json_object *object, const vc_token *token);
void show_token_line(const char *label, struct json_object *about);

/* "31d 23h", "5m 3s". */
const char *show_seconds(uint64_t seconds, char *text, size_t room);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view_json.h - JSON that vaultcrypt-view writes: a buffer with a maximum, to which values are added. Bytes of Kafka go in as text where they
 * are UTF-8 and as Base64 where they are not, so that nothing is bent and nothing is anything but a string.
 *
 * What does not fit, or finds no memory, sets `failed`, and stays out: the caller looks once, at the end.
 *
 * Threads: a buffer has one owner.
 */
#ifndef VC_BIN_VIEW_JSON_H
#define VC_BIN_VIEW_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <vaultcrypt/types.h>

typedef struct view_json {
    char *data; /* owned; no NUL */
    size_t len, room, most;
    bool failed;
    bool comma; /* the next value or name wants one */
} view_json;

#define VIEW_JSON_INIT(most_) { NULL, 0, 0, (most_), false, false }

/* Wipes and frees: it may hold plaintext. */
void view_json_free(view_json *json);

void view_json_begin(view_json *json, char bracket); /* '{' or '[' */
void view_json_end(view_json *json, char bracket);   /* '}' or ']' */

/* A member's name, in plain ASCII; the value comes next. */
void view_json_name(view_json *json, const char *name);

void view_json_string(view_json *json, vc_view text); /* UTF-8, or it is "" and `failed` */
void view_json_text(view_json *json, const char *text); /* the same; NULL: null. What is not UTF-8 becomes question marks */
void view_json_number(view_json *json, int64_t number);
void view_json_flag(view_json *json, bool flag);
void view_json_null(view_json *json);

/* JSON that was made before, as it is. */
void view_json_raw(view_json *json, vc_view text);

/*
 * Bytes of Kafka: null, or an object with "size" and "text" or "base64", of which more than `most` bytes are cut off ("cut": true), between
 * characters.
 */
void view_json_bytes(view_json *json, vc_view bytes, size_t most);

/* Whether it is well-formed UTF-8 (RFC 3629); `*good`: how many bytes from the beginning on are. */
bool view_json_is_utf8(vc_view text, size_t *good);

/* Members. */
void view_json_member_text(view_json *json, const char *name, const char *text);
void view_json_member_number(view_json *json, const char *name, int64_t number);
void view_json_member_flag(view_json *json, const char *name, bool flag);

#endif

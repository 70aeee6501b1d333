/* SPDX-License-Identifier: Apache-2.0 */
/*
 * object.h - the objects of Vault's control plane (keys, roles, templates, mounts, policies), on json-c. They
 * are small, seldom and hold no secrets; what does (values, tokens) is read with json/read.h instead.
 *
 * The public types (vc_transit_key, vc_transform_role, ...) each hold one vc__object: their getters and
 * setters are lines in this file's terms.
 *
 * Threads: one owner; getters may be called by many at once.
 */
#ifndef VC__VAULT_OBJECT_H
#define VC__VAULT_OBJECT_H

#include "base/buf.h"

struct json_object;

typedef struct vc__object {
    struct json_object *json;
} vc__object;

#define VC__OBJECT                                                                                           \
    {                                                                                                        \
        NULL                                                                                                 \
    }

/* An empty object. VC_E_MEMORY. */
vc_code vc__object_init(vc__object *object, vc_error *err);
void vc__object_cleanup(vc__object *object);

/* Members set, replaced when there. VC_E_ARGUMENT for text that is not UTF-8, VC_E_MEMORY. */
vc_code vc__object_set_text(vc__object *object, const char *name, vc_view value, vc_error *err);
vc_code vc__object_set_number(vc__object *object, const char *name, uint64_t value, vc_error *err);
vc_code vc__object_set_flag(vc__object *object, const char *name, bool value, vc_error *err);
/* Adds to the list `name`, unless it is in there. */
vc_code vc__object_add_text(vc__object *object, const char *name, vc_view value, vc_error *err);
/* Sets member `key` of the map `name`. */
vc_code vc__object_set_in(vc__object *object, const char *name, vc_view key, vc_view value, vc_error *err);

/*
 * On the heap, for the public types that are one vc__object. NULL: VC_E_MEMORY, and for a reply as
 * vc__object_read(). Freed with vc__object_free(); NULL is fine.
 */
void *vc__object_new(vc_error *err);
void *vc__object_parse(int status, vc_view body, vc_error *err);
void *vc__object_parse_plain(int status, vc_view body, vc_error *err);
void vc__object_free(void *object);

bool vc__object_has(const vc__object *object, const char *name);

/* Takes member `name` out. */
void vc__object_remove(vc__object *object, const char *name);

/* Of a member that is missing or of another type: NULL, 0, false. Texts are borrowed. */
const char *vc__object_text(const vc__object *object, const char *name);
uint64_t vc__object_number(const vc__object *object, const char *name);
/* A number of seconds, or a duration in Go's words ("4320h0m0s"). */
uint64_t vc__object_seconds(const vc__object *object, const char *name);
bool vc__object_flag(const vc__object *object, const char *name);
size_t vc__object_count(const vc__object *object, const char *name); /* of a list */
const char *vc__object_at(const vc__object *object, const char *name, size_t i);
/* Member `key` of the map `name`, as text. */
const char *vc__object_in(const vc__object *object, const char *name, const char *key);

/* The object that is member `name`, borrowed; an empty one when it is missing or of another type. */
vc__object vc__object_inner(const vc__object *object, const char *name);

/*
 * The members themselves: calls `each` for all of them until it returns false. `value` is an object or
 * empty.
 */
typedef bool (*vc__object_fn)(void *arg, const char *name, const vc__object *value);
void vc__object_each(const vc__object *object, vc__object_fn each, void *arg);

/*
 * Appends the object's JSON text; with `names` (NULL at its end) only these members. VC_E_MEMORY is made
 * the buffer's.
 */
void vc__object_write(const vc__object *object, const char *const *names, vc__buf *out);

/*
 * Reads a reply: fills `*object`, which is empty before and after a failure, with its `data`. VC_E_PROTOCOL
 * for a reply without data, or that is not JSON; VC_E_MEMORY; for a status other than success as
 * vc__reply_error().
 */
vc_code vc__object_read(vc__object *object, int status, vc_view body, vc_error *err);

/*
 * A reply whose data has the text `name`: a copy of that. VC_E_PROTOCOL: it has none, `what` ("a policy") says
 * in the message what is missing; else as vc__object_read(). `*text` is untouched then.
 */
vc_code vc__object_read_text(vc_bytes *text, int status, vc_view body, const char *name, const char *what,
                             vc_error *err);

/*
 * The same for replies without an envelope (sys/health): the whole body is the object, whatever the status.
 */
vc_code vc__object_read_plain(vc__object *object, vc_view body, vc_error *err);

#endif

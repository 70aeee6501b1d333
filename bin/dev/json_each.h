/* SPDX-License-Identifier: Apache-2.0 */
/* json_each.h - json-c: a loop over an object's members (its own macro is not ISO C), and writing a value. */
#ifndef VC__DEV_JSON_EACH_H
#define VC__DEV_JSON_EACH_H

#include "out.h"

#include <json-c/json.h>

/* Inside: json_object_iter_peek_name(&each), json_object_iter_peek_value(&each). */
#define DEV_JSON_EACH(object, each)                                                                          \
    for (struct json_object_iterator each = json_object_iter_begin(object),                                  \
                                     each##_end = json_object_iter_end(object);                              \
         !json_object_iter_equal(&each, &each##_end); json_object_iter_next(&each))

/* A member with a value of json-c's; `otherwise` (JSON) when that is NULL. */
static inline void dev_out_value(vc__buf *out, const char *name, json_object *value, const char *otherwise)
{
    out_member_json(
        out, name, value ? json_object_to_json_string_ext(value, JSON_C_TO_STRING_NOSLASHESCAPE) : otherwise);
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* json_each.h - a loop over the members of json-c's object; its own macro is not ISO C. */
#ifndef VC__DEV_JSON_EACH_H
#define VC__DEV_JSON_EACH_H

#include <json-c/json.h>

/* Inside: json_object_iter_peek_name(&each), json_object_iter_peek_value(&each). */
#define DEV_JSON_EACH(object, each)                                                                          \
    for (struct json_object_iterator each = json_object_iter_begin(object),                                  \
                                     each##_end = json_object_iter_end(object);                              \
         !json_object_iter_equal(&each, &each##_end); json_object_iter_next(&each))

#endif

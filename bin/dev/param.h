/* SPDX-License-Identifier: Apache-2.0 */
/*
 * param.h - the members of a control request's body, read as loosely as Vault reads them: "7" is a number,
 * "true" a boolean, "a,b" a list, 90 and "1m30s" durations. Each answers 400 itself when a value cannot be
 * what it should be, and returns false then.
 */
#ifndef VC__DEV_PARAM_H
#define VC__DEV_PARAM_H

#include "server.h"

/* Nothing but white space: the same as no body. */
bool dev_body_blank(const vc__buf *body);

/* A value with its presence: null counts as absent. */
static inline json_object *dev_param(const dev_request *request, const char *name)
{
    json_object *value = NULL;
    if (request->json)
        json_object_object_get_ex(request->json, name, &value);
    return value;
}

/* Whether it is there, if only as null. */
static inline bool dev_param_given(const dev_request *request, const char *name)
{
    return request->json && json_object_object_get_ex(request->json, name, NULL);
}

/* `*text` is {NULL, 0} when absent, else lent by the body. */
bool dev_param_string(dev_request *request, const char *name, vc_view *text);

/* Left as it is when absent. */
bool dev_param_int(dev_request *request, const char *name, long long *number);
bool dev_param_bool(dev_request *request, const char *name, bool *yes);

/* Seconds; left as they are when absent. */
bool dev_param_duration(dev_request *request, const char *name, long long *seconds);

/*
 * A list of strings, as an array or with commas; `*list` (NULL: absent) is json-c's array of strings, to be
 * put by the caller.
 */
bool dev_param_list(dev_request *request, const char *name, json_object **list);

/* Go's "1h30m", a number of seconds, and days ("2d") as Vault has them. False: not a duration. */
bool dev_duration_parse(vc_view text, long long *seconds);

#endif

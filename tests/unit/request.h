/* SPDX-License-Identifier: Apache-2.0 */
/* request.h - looking at requests that were built, and replies to hand to codecs. */
#ifndef VC__TEST_REQUEST_H
#define VC__TEST_REQUEST_H

#include "unit/test.h"
#include "vault/request.h"

#define DATA(members) "{\"request_id\":\"0a-1\",\"data\":{" members "},\"warnings\":[\"w\"],\"auth\":null}\n"

/* Looks at a request, and frees it. `body` NULL: none. */
static inline void check_request(vc_request *request, const char *method, const char *path, const char *body,
                          bool replay_safe)
{
    assert_string_equal(vc_request_method(request), method);
    assert_string_equal(vc_request_path(request), path);
    if (body)
        assert_string_equal(vc_request_body(request).data, body);
    else
        assert_int_equal(vc_request_body(request).len, 0);
    assert_int_equal(request->replay_safe, replay_safe);
    vc__request_cleanup(request);
}

static inline void refused(vc_request *request, vc_code got, vc_code want)
{
    assert_int_equal(got, want);
    vc__request_cleanup(request);
}

#endif

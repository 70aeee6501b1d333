/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/names.h"

#include "base/alloc.h"
#include "base/error.h"
#include "vault/object.h"
#include "vault/request.h"

struct vc_names {
    vc__object object; /* with one member, the list */
    const char *member;
};

/* 404 and {"errors":[]}: other reasons for a 404 come with a text. */
static bool tells_of_nothing(int status, vc_view body)
{
    vc__object object = VC__OBJECT;
    if (status != 404 || vc__object_read_plain(&object, body, NULL))
        return false;
    const bool nothing = vc__object_has(&object, "errors") && !vc__object_count(&object, "errors");
    vc__object_cleanup(&object);
    return nothing;
}

static vc_code read_names(vc_names *names, int status, vc_view body, vc_error *err)
{
    if (tells_of_nothing(status, body))
        return vc__object_init(&names->object, err);
    const vc_code code = vc__object_read(&names->object, status, body, err);
    if (code)
        return code;
    const size_t count = vc__object_count(&names->object, names->member);
    bool good = vc__object_has(&names->object, names->member);
    for (size_t i = 0; i < count; i++)
        good = good && vc__object_at(&names->object, names->member, i);
    return good ? VC_OK : vc__error(err, VC_E_PROTOCOL, "the reply does not list names");
}

vc_names *vc__names_parse(int status, vc_view body, const char *member, vc_error *err)
{
    vc_names *names = vc__calloc(1, sizeof *names);
    if (!names) {
        vc__error_memory(err);
        return NULL;
    }
    names->member = member;
    if (read_names(names, status, body, err)) {
        vc_names_free(names);
        return NULL;
    }
    return names;
}

void vc_names_free(vc_names *names)
{
    if (names)
        vc__object_cleanup(&names->object);
    vc__free(names);
}

size_t vc_names_count(const vc_names *names)
{
    return vc__object_count(&names->object, names->member);
}

const char *vc_names_at(const vc_names *names, size_t i)
{
    return vc__object_at(&names->object, names->member, i);
}

int vc_names_has(const vc_names *names, const char *name)
{
    for (size_t i = 0; i < vc_names_count(names); i++)
        if (strcmp(vc_names_at(names, i), name) == 0)
            return 1;
    return 0;
}

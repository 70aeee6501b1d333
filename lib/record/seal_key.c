/* SPDX-License-Identifier: Apache-2.0 */
#include "record/seal_key.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "record/native.h"
#include "vault/endpoint.h"

vc_code vc__seal_key_set(vc__seal_key *key, const char *text, bool is_static, vc_error *err)
{
    const size_t len = text ? strlen(text) : 0;
    vc_view mount = vc_view_of(NULL, 0), name = vc_view_of(text, len);
    if (len == 0 || len > VC__NATIVE_NAME_MAX)
        return vc__error(err, VC_E_ARGUMENT, "the name of a key has 1 to %d bytes", VC__NATIVE_NAME_MAX);
    const vc_code code = is_static ? VC_OK : vc__place_parse(name, "transit", &mount, &name, err);
    if (code)
        return code;
    vc__seal_key made = { .is_static = is_static, .text = vc__memdup(text, len) };
    if (!is_static)
        made.mount = vc__memdup(mount.data, mount.len);
    if (!made.text || (!is_static && !made.mount)) {
        vc__seal_key_free(&made);
        return vc__error_memory(err);
    }
    made.name = made.text + len - name.len;
    vc__seal_key_free(key);
    *key = made;
    return VC_OK;
}

void vc__seal_key_free(vc__seal_key *key)
{
    vc__free(key->text);
    vc__free(key->mount);
    *key = (vc__seal_key){ 0 };
}

void vc__seal_key_name(vc__buf *out, const vc__seal_key *key)
{
    if (!key->is_static && strcmp(key->mount, "transit") != 0) {
        vc__buf_str(out, key->mount);
        vc__buf_byte(out, '/');
    }
    vc__buf_str(out, key->name);
}

bool vc__seal_key_is(const vc__seal_key *key, bool is_static, vc_view name)
{
    vc_view mount = vc_view_of(NULL, 0);
    if (key->is_static != is_static || (!is_static && vc__place_parse(name, "transit", &mount, &name, NULL)))
        return false;
    return vc__view_is(name, key->name) && (is_static || vc__view_is(mount, key->mount));
}

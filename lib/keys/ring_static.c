/* SPDX-License-Identifier: Apache-2.0 */
/* ring_static.c - keys that were given to the program take the place of Vault's: AES key wrap for data keys, HMAC for computed ones. */
#include "keys/ring_state.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/secret.h"
#include "crypto/failure.h"
#include "crypto/hash.h"
#include "crypto/wrap.h"

#include <string.h>

void vc__static_free(vc_keyring *ring, vc__static *key)
{
    vc__slots_give(ring->slots, &key->slot);
    vc__free(key);
}

static vc__static **find(vc_keyring *ring, const char *name)
{
    vc__static **at = &ring->statics;
    while (*at && strcmp((*at)->name, name) != 0)
        at = &(*at)->next;
    return at;
}

vc_code vc_keyring_add_static(vc_keyring *ring, const char *name, vc_view key, vc_error *err)
{
    if (!ring || !name || !name[0] || strlen(name) > VC__KEY_NAME_MAX - 1)
        return vc__error(err, VC_E_ARGUMENT, "a static key needs a keyring and a name of 1 to %d bytes", VC__KEY_NAME_MAX - 1);
    if (key.len != VC__KEY_SIZE)
        return vc__error(err, VC_E_ARGUMENT, "a static key has %d bytes", VC__KEY_SIZE);
    vc__static *made = vc__calloc(1, sizeof *made + strlen(name) + 1);
    if (!made)
        return vc__error_memory(err);
    strcpy(made->name, name);
    vc__ring_enter(ring);
    const vc_code code = vc__slots_take(ring->slots, key.data, &made->slot, err);
    if (!code) {
        vc__static **at = find(ring, name), *before = *at;
        made->next = before ? before->next : NULL;
        *at = made;
        if (before)
            vc__static_free(ring, before);
    }
    vc__ring_leave(ring);
    if (code)
        vc__free(made);
    return code;
}

void vc__ring_remove_static(vc_keyring *ring, const char *name)
{
    const vc__keyplace place = { VC__SOURCE_STATIC, NULL, name };
    vc__ring_enter(ring);
    vc__static **at = find(ring, name), *key = *at;
    if (key) {
        vc__cache_forget(ring, &ring->opening, &place);
        *at = key->next;
        vc__static_free(ring, key);
    }
    vc__ring_leave(ring);
}

/* A copy, for the caller to wipe. */
static vc_code read_key(vc_keyring *ring, const char *name, unsigned char out[VC__KEY_SIZE], vc_error *err)
{
    vc__ring_enter(ring);
    const vc__static *key = *find(ring, name);
    const vc_view bytes = key ? vc__slot_get(ring->slots, &key->slot) : vc_view_of(NULL, 0);
    if (bytes.len)
        memcpy(out, bytes.data, VC__KEY_SIZE);
    vc__ring_leave(ring);
    return bytes.len ? VC_OK
                     : vc__error(err, VC_E_CONFIG, "there is no static key \"%s\" in the keyring (a forked child has to add its own)",
                                 name);
}

vc_code vc__ring_random_key(vc_keyring *ring, unsigned char out[VC__KEY_SIZE], vc_error *err)
{
    vc__ring_enter(ring);
    if (!ring->random)
        ring->random = vc__random_new(err);
    const vc_code code = ring->random ? vc__random_bytes(ring->random, out, VC__KEY_SIZE, err) : VC_E_MEMORY;
    vc__ring_leave(ring);
    return code;
}

vc__datakey *vc__static_make(vc_keyring *ring, const vc__keyplace *place, vc_error *err)
{
    unsigned char kek[VC__KEY_SIZE], key[VC__KEY_SIZE];
    vc__auto(vc__buf) wrapped = VC__BUF(VC__KEY_WRAPPED_MAX);
    vc__datakey *made = NULL;
    vc_code code = read_key(ring, place->name, kek, err);
    if (!code)
        code = vc__ring_random_key(ring, key, err);
    if (!code)
        code = vc__kwp_wrap(&wrapped, vc_view_of(kek, sizeof kek), vc_view_of(key, sizeof key), err);
    if (!code)
        made = vc__datakey_make(ring->slots, VC__KEY_RANDOM, vc_view_of(key, sizeof key), place, 0, vc__buf_get(&wrapped), err);
    vc__wipe(kek, sizeof kek);
    vc__wipe(key, sizeof key);
    return made;
}

vc__datakey *vc__static_open(vc_keyring *ring, const vc__keyplace *place, vc_view wrapped, vc_error *err)
{
    unsigned char kek[VC__KEY_SIZE];
    vc__auto(vc__buf) key = VC__BUF(VC__KEY_WRAPPED_MAX + 8);
    vc__datakey *made = NULL;
    vc_code code = read_key(ring, place->name, kek, err);
    if (!code)
        code = vc__kwp_unwrap(&key, vc_view_of(kek, sizeof kek), wrapped, err);
    vc__wipe(kek, sizeof kek);
    if (code == VC_E_CIPHERTEXT || (!code && key.len != VC__KEY_SIZE))
        vc__unauthentic(err);
    else if (!code)
        made = vc__datakey_make(ring->slots, VC__KEY_RANDOM, vc__buf_get(&key), place, 0, wrapped, err);
    return made;
}

void vc__prf_label(vc__buf *out, const char *purpose, vc_view context)
{
    vc__buf_append(out, "vaultcrypt 1 prf", sizeof "vaultcrypt 1 prf"); /* its NUL too */
    vc__buf_append(out, purpose, strlen(purpose) + 1);
    vc__buf_view(out, context);
}

vc__datakey *vc__static_prf(vc_keyring *ring, const vc__keyplace *place, uint64_t version, const char *purpose, vc_view context,
                            vc_error *err)
{
    unsigned char kek[VC__KEY_SIZE], key[VC__KEY_SIZE];
    vc__auto(vc__buf) label = VC__BUF(1024);
    vc__datakey *made = NULL;
    vc__prf_label(&label, purpose, context);
    vc_code code = vc__buf_check(&label, "a label", err);
    if (!code)
        code = read_key(ring, place->name, kek, err);
    vc__autoptr(vc__hmac) hmac = code ? NULL : vc__hmac_new(VC__SHA2_256, vc_view_of(kek, sizeof kek), err);
    if (hmac && vc__hmac_of(hmac, vc__buf_get(&label), key, err) == VC_OK)
        made = vc__datakey_make(ring->slots, VC__KEY_PRF, vc_view_of(key, sizeof key), place, version, vc_view_of(NULL, 0), err);
    vc__wipe(kek, sizeof kek);
    vc__wipe(key, sizeof key);
    return made;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/datakey.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/secret.h"
#include "crypto/hash.h"

#include <stdatomic.h>
#include <string.h>

struct vc__datakey {
    atomic_size_t references;
    vc__slots *slots; /* referenced */
    vc__slot slot;
    vc__key_kind kind;
    uint64_t version;
    vc__keyplace place; /* texts are behind this structure, and so is what follows */
    vc_view wrapped;
    unsigned char id[VC__KEY_ID_SIZE];
};

static const struct {
    const char *label;
    size_t len;
    vc__key_kind kind;
} purposes[] = {
    [VC__KEY_TOKEN_GCM] = { "vaultcrypt 1 token AES-256-GCM", 32, VC__KEY_RANDOM },
    [VC__KEY_STREAM] = { "vaultcrypt 1 stream", 32, VC__KEY_RANDOM },
    [VC__KEY_SIV] = { "vaultcrypt 1 AES-256-SIV", 64, VC__KEY_PRF },
    [VC__KEY_HMAC] = { "vaultcrypt 1 HMAC-SHA-256", 32, VC__KEY_PRF },
    [VC__KEY_FF1] = { "vaultcrypt 1 FF1", 32, VC__KEY_PRF },
    [VC__KEY_FF3_1] = { "vaultcrypt 1 FF3-1", 32, VC__KEY_PRF },
    [VC__KEY_ITSELF] = { NULL, 32, VC__KEY_RANDOM },
};

/* -- places -------------------------------------------------------------------------------------------- */

const char *vc__keyplace_mount(const vc__keyplace *place)
{
    if (place->mount && place->mount[0])
        return place->mount;
    return place->source == VC__SOURCE_VAULT ? "transit" : "";
}

bool vc__keyplace_equal(const vc__keyplace *a, const vc__keyplace *b)
{
    return a->source == b->source && strcmp(a->name, b->name) == 0 && strcmp(vc__keyplace_mount(a), vc__keyplace_mount(b)) == 0;
}

vc_code vc__keyplace_check(const vc__keyplace *place, vc_error *err)
{
    if (!place || !place->name || !place->name[0])
        return vc__error(err, VC_E_ARGUMENT, "a place for keys needs a name");
    if (strlen(vc__keyplace_mount(place)) + 1 + strlen(place->name) > VC__KEY_NAME_MAX)
        return vc__error(err, VC_E_ARGUMENT, "mount and name of a key have at most %d bytes together", VC__KEY_NAME_MAX - 1);
    if (!place->source || place->source > VC__SOURCE_HPKE)
        return vc__error(err, VC_E_UNSUPPORTED, "keys come from Vault, are static or wrapped to a public key; source %u is not known to this version",
                         place->source);
    return VC_OK;
}

/* -- derivation ---------------------------------------------------------------------------------------- */

static vc_code derive(vc_view key, const char *label, void *out, size_t len, vc_error *err)
{
    vc_error why = VC_ERROR_INIT;
    vc__autoptr(vc__hkdf) hkdf = vc__hkdf_new(VC__SHA2_256, &why);
    if (hkdf)
        return vc__hkdf_derive(hkdf, key, vc_str(""), vc_str(label), out, len, err);
    memset(out, 0, len);
    vc__error_copy(err, &why);
    return why.code;
}

vc_code vc__datakey_id_of(vc_view key, void *id, vc_error *err)
{
    if (key.len != VC__KEY_SIZE) {
        memset(id, 0, VC__KEY_ID_SIZE);
        return vc__error(err, VC_E_ARGUMENT, "a data key has %d bytes", VC__KEY_SIZE);
    }
    return derive(key, "vaultcrypt 1 key id", id, VC__KEY_ID_SIZE, err);
}

vc_code vc__datakey_derive(const vc__datakey *key, vc__key_purpose purpose, void *out, size_t len, vc_error *err)
{
    memset(out, 0, len);
    if ((size_t)purpose >= sizeof purposes / sizeof purposes[0] || purposes[purpose].kind != key->kind ||
        purposes[purpose].len != len)
        return vc__error(err, VC_E_ARGUMENT, "a data key gives no key of %zu bytes for that purpose", len);
    const vc_view bytes = vc__slot_get(key->slots, &key->slot);
    if (!bytes.len)
        return vc__error(err, VC_E_STATE, "keys do not live through fork(): the child fetches its own");
    if (purposes[purpose].label)
        return derive(bytes, purposes[purpose].label, out, len, err);
    memcpy(out, bytes.data, len);
    return VC_OK;
}

/* -- life ---------------------------------------------------------------------------------------------- */

static vc_code check(vc_view key, const vc__keyplace *place, vc_view wrapped, vc_error *err)
{
    if (key.len != VC__KEY_SIZE)
        return vc__error(err, VC_E_ARGUMENT, "a data key has %d bytes", VC__KEY_SIZE);
    if (wrapped.len > VC__KEY_WRAPPED_MAX)
        return vc__error(err, VC_E_ARGUMENT, "a wrapped key has at most %d bytes", VC__KEY_WRAPPED_MAX);
    return vc__keyplace_check(place, err);
}

/* The structure with mount, name and wrapped key behind it. */
static vc__datakey *allocate(const vc__keyplace *place, vc_view wrapped, vc_error *err)
{
    const char *mount = vc__keyplace_mount(place);
    const size_t mount_len = strlen(mount) + 1, name_len = strlen(place->name) + 1;
    vc__datakey *made = vc__calloc(1, sizeof *made + mount_len + name_len + wrapped.len);
    if (!made) {
        vc__error_memory(err);
        return NULL;
    }
    char *behind = (char *)(made + 1);
    made->place = (vc__keyplace){ place->source, memcpy(behind, mount, mount_len),
                                  memcpy(behind + mount_len, place->name, name_len) };
    made->wrapped = vc_view_of(behind + mount_len + name_len, wrapped.len);
    if (wrapped.len)
        memcpy(behind + mount_len + name_len, wrapped.data, wrapped.len);
    atomic_init(&made->references, 1);
    return made;
}

vc__datakey *vc__datakey_make(vc__slots *slots, vc__key_kind kind, vc_view key, const vc__keyplace *place, uint64_t version,
                              vc_view wrapped, vc_error *err)
{
    if (check(key, place, wrapped, err))
        return NULL;
    vc__autoptr(vc__datakey) made = allocate(place, wrapped, err);
    if (!made)
        return NULL;
    made->kind = kind;
    made->version = version;
    made->slots = slots ? vc__slots_ref(slots) : vc__slots_new(err);
    if (!made->slots || vc__slots_take(made->slots, key.data, &made->slot, err) || vc__datakey_id_of(key, made->id, err))
        return NULL;
    return vc__steal(&made);
}

vc__datakey *vc__datakey_ref(vc__datakey *key)
{
    atomic_fetch_add(&key->references, 1);
    return key;
}

void vc__datakey_unref(vc__datakey *key)
{
    if (!key || atomic_fetch_sub(&key->references, 1) != 1)
        return;
    if (key->slots)
        vc__slots_give(key->slots, &key->slot);
    vc__slots_unref(key->slots);
    vc__free(key);
}

/* -- getters ------------------------------------------------------------------------------------------- */

vc__key_kind vc__datakey_kind(const vc__datakey *key)
{
    return key->kind;
}

vc_view vc__datakey_id(const vc__datakey *key)
{
    return vc_view_of(key->id, sizeof key->id);
}

const vc__keyplace *vc__datakey_place(const vc__datakey *key)
{
    return &key->place;
}

uint64_t vc__datakey_version(const vc__datakey *key)
{
    return key->version;
}

vc_view vc__datakey_wrapped(const vc__datakey *key)
{
    return key->wrapped;
}

bool vc__datakey_alive(const vc__datakey *key)
{
    return vc__slot_get(key->slots, &key->slot).len != 0;
}

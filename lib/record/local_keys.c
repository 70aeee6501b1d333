/* SPDX-License-Identifier: Apache-2.0 */
/* local_keys.c - which key there is for a value, and stating the one that is not there. */
#include "base/error.h"
#include "base/secret.h"
#include "record/batch.h"

static vc__keyplace place_of(const vc_field *field)
{
    return (vc__keyplace){ (uint8_t)field->source, field->mount, field->name };
}

vc__native_key *vc__cipher_of(const vc__datakey *key, vc__native_algorithm algorithm, vc_error *err)
{
    static const struct {
        vc__key_purpose purpose;
        size_t len;
    } of[] = { [VC__NATIVE_GCM] = { VC__KEY_TOKEN_GCM, 32 },
               [VC__NATIVE_SIV] = { VC__KEY_SIV, 64 },
               [VC__NATIVE_HMAC] = { VC__KEY_HMAC, 32 } };
    char derived[64];
    vc__native_key *cipher = NULL;
    if (!vc__datakey_derive(key, of[algorithm].purpose, derived, of[algorithm].len, err))
        cipher = vc__native_key_new(algorithm, vc__datakey_id(key), vc_view_of(derived, of[algorithm].len), err);
    vc__wipe(derived, sizeof derived);
    return cipher;
}

vc__aead *vc__foreign_cipher_of(const vc__datakey *key, vc_error *err)
{
    char bytes[VC__KEY_SIZE];
    vc__aead *aead = NULL;
    if (!vc__datakey_derive(key, VC__KEY_ITSELF, bytes, sizeof bytes, err))
        aead = vc__aead_new(VC__AES256_GCM, vc_view_of(bytes, sizeof bytes), err);
    vc__wipe(bytes, sizeof bytes);
    return aead;
}

vc_view vc__key_name_text(vc__buf *out, const vc_field *field, const vc__key_name *name)
{
    vc__buf_clear(out);
    if (field->source == VC__KEY_OF_TRANSIT && strcmp(name->mount, "transit") != 0) {
        vc__buf_str(out, name->mount);
        vc__buf_byte(out, '/');
    }
    vc__buf_str(out, name->name);
    return vc__buf_get(out);
}

vc_view vc__datakey_name_text(vc__buf *out, const vc__datakey *key)
{
    const vc__keyplace *place = vc__datakey_place(key);
    vc__buf_clear(out);
    if (place->source == VC__SOURCE_VAULT && strcmp(vc__keyplace_mount(place), "transit") != 0) {
        vc__buf_str(out, vc__keyplace_mount(place));
        vc__buf_byte(out, '/');
    }
    vc__buf_str(out, place->name);
    return vc__buf_get(out);
}

/* -- envelope, hybrid: shares of data keys -- */

/* Under which key: a public one is the one that protects now. */
static vc_code set_place(vc_batch *batch, vc__sealer_place *place, const vc_field *field, vc_error *err)
{
    if (field->source != VC__KEY_OF_PAIR) {
        place->name = place_of(field);
        return VC_OK;
    }
    const vc__pair_found *found;
    uint8_t source = 0;
    vc_code code = vc__field_protector(batch, field, &found, err);
    code = code ? code : vc__field_pair_source(field, found->pair, &source, err);
    if (code)
        return code;
    memcpy(place->pair_id, vc__keypair_id(found->pair), sizeof place->pair_id);
    place->name = (vc__keyplace){ source, "", place->pair_id };
    return VC_OK;
}

/* Another key than before: its cipher. */
static vc_code change_key(vc__sealer_place *place, vc__datakey *key, bool foreign, vc_error *err)
{
    vc__native_key *cipher = foreign ? NULL : vc__cipher_of(key, VC__NATIVE_GCM, err);
    vc__aead *aead = foreign ? vc__foreign_cipher_of(key, err) : NULL;
    if (!cipher && !aead) {
        vc__datakey_unref(key);
        return err->code;
    }
    vc__native_key_free(place->cipher);
    vc__aead_free(place->foreign);
    vc__datakey_unref(place->key);
    place->foreign = aead;
    place->key = key;
    place->cipher = cipher;
    place->carried = VC__NONE;
    place->changes++;
    return VC_OK;
}

void vc__place_took(vc__sealer_place *place, size_t bytes)
{
    place->want.calls -= place->want.calls > 0;
    place->want.bytes -= place->want.bytes > bytes ? bytes : place->want.bytes;
}

/* A new key under a static or a public one is there at once: others may take it, though not time and again. */
static vc_code take_share(vc__local *local, vc__sealer_place *place, size_t bytes, uint64_t now_ms, vc__datakey **key, vc_error *err)
{
    enum { MADE_MOST = 8 };
    for (unsigned made = 0;; made++) {
        vc_error why = VC_ERROR_INIT;
        const vc_code code = vc__ring_use(local->ring, &place->name, now_ms, place->want, bytes, key, &place->left, &why);
        if (code == VC_E_LIMIT) /* it takes nothing of the share that others have */
            vc__place_took(place, bytes);
        if (code != VC_E_NOT_FOUND)
            return code ? vc__error_copy(err, &why) : VC_OK;
        if (place->stated || made == MADE_MOST)
            return VC_E_NOT_FOUND;
        if (vc__fetch_use(&local->fetch, &place->name, err))
            return err->code;
        if (place->name.source == VC__SOURCE_VAULT) {
            place->stated = true;
            return VC_E_NOT_FOUND;
        }
    }
}

static bool take_call(vc__share *left, size_t bytes)
{
    if (!left->calls || left->bytes < bytes)
        return false;
    left->calls--;
    left->bytes -= bytes;
    return true;
}

vc_code vc__place_take(vc_batch *batch, vc__sealer_place *place, const vc_field *field, size_t bytes, uint64_t now_ms, vc_error *err)
{
    vc__local *local = &batch->local;
    if (take_call(&place->left, bytes))
        return VC_OK;
    vc__datakey *key;
    vc_code code = set_place(batch, place, field, err);
    code = code ? code : take_share(local, place, bytes, now_ms, &key, err);
    if (code)
        return code;
    if (key != place->key)
        code = change_key(place, key, field->kroxylicious, err);
    else
        vc__datakey_unref(key);
    if (!code && !place->looked_ahead)
        code = vc__fetch_ahead(&local->fetch, &place->name, now_ms, err);
    place->looked_ahead = true;
    if (!code)
        (void)take_call(&place->left, bytes);
    return code;
}

/* -- keys that Vault computes -- */

vc_code vc__need_result(const vc__local *local, uint32_t need, vc__datakey **key, const vc_error **why)
{
    *key = NULL;
    if (need == VC__NONE)
        return VC_E_NOT_FOUND;
    *why = vc__fetch_error(&local->fetch, need);
    if (*why)
        return (*why)->code;
    *key = vc__fetch_key(&local->fetch, need);
    if (!*key)
        return VC_E_NOT_FOUND;
    vc__datakey_ref(*key);
    return VC_OK;
}

vc_code vc__field_key(vc_batch *batch, const vc_field *field, const char *purpose, uint64_t now_ms, bool *changed, vc_error *err)
{
    vc__local *local = &batch->local;
    vc__field_state *state = &local->fields[field->slot];
    *changed = false;
    if (state->key && state->run == local->run)
        return VC_OK;
    if (state->run != local->run)
        state->need = VC__NONE;
    const vc__keyplace place = place_of(field);
    const vc_view context = vc_str(field->context);
    const vc_error *why;
    vc__datakey *key = vc__ring_prf(local->ring, &place, field->key_version, purpose, context, now_ms);
    const vc_code code = key ? VC_OK : vc__need_result(local, state->need, &key, &why);
    if (code == VC_E_NOT_FOUND) {
        vc__datakey_unref(state->key);
        state->key = NULL;
        state->run = local->run;
        return vc__fetch_prf(&local->fetch, &place, field->key_version, purpose, context, &state->need, err) ? err->code
                                                                                                             : VC_E_NOT_FOUND;
    }
    if (code) /* the version is the schema's: nothing about one record */
        return vc__error(err, code, "%s: version %llu of the key: %.600s", field->path_text, (unsigned long long)field->key_version,
                         why->message);
    *changed = key != state->key;
    vc__datakey_unref(state->key);
    state->key = key;
    state->run = local->run;
    return VC_OK;
}

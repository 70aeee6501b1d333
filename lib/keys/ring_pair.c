/* SPDX-License-Identifier: Apache-2.0 */
/* ring_pair.c - key pairs under their names: which protects, which opens, and the data keys that are wrapped to them. */
#include "keys/ring_state.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/text.h"
#include "crypto/failure.h"
#include "keys/jwk.h"

#include <stdio.h>
#include <string.h>

enum { PAIRS_MOST = 256 };

uint8_t vc__pair_source(const vc__keypair *pair)
{
    switch (vc__keypair_get_kind(pair)) {
    case VC__KEYPAIR_RSA: return VC__SOURCE_RSA;
    case VC__KEYPAIR_P256: return VC__SOURCE_EC;
    case VC__KEYPAIR_ED25519:
    default: return VC__SOURCE_NONE;
    }
}

bool vc__pair_takes(const vc__keypair *pair, uint8_t source)
{
    return source && (source == vc__pair_source(pair) || (source == VC__SOURCE_HPKE && vc__pair_source(pair) == VC__SOURCE_EC));
}

/* -- life ---------------------------------------------------------------------------------------------- */

static void free_pair(vc__pair *pair)
{
    vc__keypair_unref(pair->public);
    vc__keypair_unref(pair->private);
    vc__free(pair);
}

void vc__pairs_free(vc_keyring *ring)
{
    for (vc__pair_name *name = ring->pairs, *next; name; name = next) {
        next = name->next;
        for (vc__pair *pair = name->pairs, *after; pair; pair = after) {
            after = pair->next;
            free_pair(pair);
        }
        vc__free(name);
    }
    ring->pairs = NULL;
}

/* -- under the lock ------------------------------------------------------------------------------------ */

static vc__pair_name *find_name(const vc_keyring *ring, const char *name)
{
    vc__pair_name *found = ring->pairs;
    while (found && strcmp(found->name, name) != 0)
        found = found->next;
    return found;
}

/* The names keep the order in which they came. */
static vc__pair_name *need_name(vc_keyring *ring, const char *name)
{
    vc__pair_name **end = &ring->pairs;
    for (; *end; end = &(*end)->next)
        if (strcmp((*end)->name, name) == 0)
            return *end;
    *end = vc__calloc(1, sizeof **end + strlen(name) + 1);
    if (*end)
        strcpy((*end)->name, name);
    return *end;
}

static vc__pair **find_id(vc__pair_name *name, vc_view id)
{
    vc__pair **at = &name->pairs;
    while (*at && !vc__view_is(id, vc__keypair_id((*at)->public)))
        at = &(*at)->next;
    return at;
}

/* The public one that is first; where none was added, the first whose private half is here or in Vault. */
static const vc__pair *protector(const vc__pair_name *name, bool signs)
{
    const vc__pair *best = NULL;
    for (const vc__pair *pair = name->pairs; pair; pair = pair->next) {
        const bool of_use = signs ? pair->private || pair->version : true;
        if (of_use && (!best || pair->order < best->order))
            best = pair;
    }
    return best;
}

static vc__pair_half half_of(const vc__pair *pair)
{
    return pair->private ? VC__PAIR_PRIVATE : pair->version ? VC__PAIR_IN_VAULT : VC__PAIR_PUBLIC;
}

/* `works`: its private half is what is wanted; others get none, which would outlive its removal with them. */
static void fill(vc__pair_found *found, const vc__pair *pair, size_t name, bool works)
{
    found->half = half_of(pair);
    found->name = name;
    found->pair = vc__keypair_ref(works && pair->private ? pair->private : pair->public);
    found->version = found->half == VC__PAIR_IN_VAULT ? pair->version : 0;
    if (found->version) {
        snprintf(found->mount, sizeof found->mount, "%s", pair->mount);
        snprintf(found->key, sizeof found->key, "%s", pair->key);
    }
}

/* -- adding -------------------------------------------------------------------------------------------- */

static vc_code check(const vc_keyring *ring, const char *name, vc_error *err)
{
    if (!ring || !name || !name[0] || strlen(name) > VC__KEY_NAME_MAX)
        return vc__error(err, VC_E_ARGUMENT, "a key pair needs a keyring and a name of 1 to %d bytes", VC__KEY_NAME_MAX);
    return VC_OK;
}

static vc__keypair *read_key(vc_view text, bool private, vc_error *err)
{
    if (!text.data && text.len) {
        vc__error(err, VC_E_ARGUMENT, "the text of a key is NULL");
        return NULL;
    }
    return vc__key_read(text, private ? VC__JWK_PRIVATE : VC__JWK_PUBLIC, err);
}

static vc__pair *make_pair(const char *mount, const char *key, uint64_t version)
{
    const size_t mount_len = strlen(mount) + 1, key_len = strlen(key) + 1;
    vc__pair *made = vc__calloc(1, sizeof *made + mount_len + key_len);
    if (!made)
        return NULL;
    made->mount = memcpy(made + 1, mount, mount_len);
    made->key = memcpy(made->mount + mount_len, key, key_len);
    made->version = version;
    made->order = INT64_MAX;
    return made;
}

/*
 * What is known of a key by now, and what is new, in one of the two, which is returned; the other is over. A place in Vault is not lost when the
 * public half comes once more.
 */
static vc__pair *merge(vc__pair *made, vc__pair *known)
{
    vc__pair *with = made->version ? known : made, *stays = made->version ? made : known;
    if (with->private && (with == made || !stays->private)) {
        vc__keypair *other = stays->private;
        stays->private = with->private;
        with->private = other;
    }
    stays->next = known->next;
    stays->order = known->order;
    return stays;
}

/* Takes `made`, which is complete but for its place. */
static vc_code add(vc_keyring *ring, const char *name, vc__pair *made, bool public, vc_error *err)
{
    vc_code code = VC_OK;
    vc__pair *over = NULL;
    vc__ring_enter(ring);
    vc__pair_name *under = need_name(ring, name);
    vc__pair **at = under ? find_id(under, vc_str(vc__keypair_id(made->public))) : NULL;
    if (!under) {
        code = VC_E_MEMORY;
    } else if (!*at && under->count == PAIRS_MOST) {
        code = VC_E_LIMIT;
    } else {
        vc__pair *before = *at, *stays = before ? merge(made, before) : made;
        over = !before ? NULL : stays == made ? before : made;
        under->count += !before;
        if (public && stays->order == INT64_MAX)
            stays->order = ++under->last;
        *at = stays;
    }
    vc__ring_leave(ring);
    if (over)
        free_pair(over);
    if (!code)
        return VC_OK;
    free_pair(made);
    return code == VC_E_MEMORY ? vc__error_memory(err)
                               : vc__error(err, VC_E_LIMIT, "more than %d keys under the name \"%.60s\"", PAIRS_MOST, name);
}

/* An object of its own, so that the private one can go. */
static vc__keypair *public_half(vc__keypair *pair, vc_error *err)
{
    vc__auto(vc__buf) text = VC__BUF(VC__KEYPAIR_PEM_MAX);
    return vc__keypair_write(&text, pair, err) ? NULL : vc__keypair_public(vc__buf_get(&text), err);
}

/* Takes the reference on `pair`. */
static vc_code add_pair(vc_keyring *ring, const char *name, vc__keypair *pair, bool private, vc_error *err)
{
    vc_error why = VC_ERROR_INIT;
    vc__error_memory(&why);
    vc__pair *made = make_pair("", "", 0);
    vc__keypair *public = !made ? NULL : private ? public_half(pair, &why) : vc__keypair_ref(pair);
    if (!public) {
        vc__keypair_unref(pair);
        vc__free(made);
        return vc__error_copy(err, &why);
    }
    made->public = public;
    made->private = private ? vc__keypair_ref(pair) : NULL;
    vc__keypair_unref(pair);
    return add(ring, name, made, !private, err);
}

vc_code vc_keyring_add_public(vc_keyring *ring, const char *name, vc_view text, vc_error *err)
{
    if (check(ring, name, err))
        return VC_E_ARGUMENT;
    vc_error why = VC_ERROR_INIT;
    vc__keypair *pair = read_key(text, false, &why);
    return pair ? add_pair(ring, name, pair, false, err) : vc__error_copy(err, &why);
}

vc_code vc_keyring_add_private(vc_keyring *ring, const char *name, vc_view text, vc_error *err)
{
    if (check(ring, name, err))
        return VC_E_ARGUMENT;
    vc_error why = VC_ERROR_INIT;
    vc__keypair *pair = read_key(text, true, &why);
    return pair ? add_pair(ring, name, pair, true, err) : vc__error_copy(err, &why);
}

vc_code vc_keyring_add_vault_private(vc_keyring *ring, const char *name, const char *mount, const char *key, uint64_t version,
                                     vc_view public_text, vc_error *err)
{
    const vc__keyplace place = { VC__SOURCE_VAULT, mount, key };
    if (check(ring, name, err))
        return VC_E_ARGUMENT;
    if (vc__keyplace_check(&place, err) || !version || version > UINT32_MAX)
        return vc__error(err, VC_E_ARGUMENT, "a private key in Vault needs the name of its transit key, and a version from 1 to 2^32 - 1");
    vc_error why = VC_ERROR_INIT;
    vc__keypair *pair = read_key(public_text, false, &why);
    if (!pair)
        return vc__error_copy(err, &why);
    vc__pair *made = vc__keypair_get_kind(pair) == VC__KEYPAIR_P256 ? NULL : make_pair(vc__keyplace_mount(&place), key, version);
    if (!made) {
        const bool curve = vc__keypair_get_kind(pair) == VC__KEYPAIR_P256;
        vc__keypair_unref(pair);
        return curve ? vc__error(err, VC_E_ARGUMENT, "Vault's transit engine opens nothing with an EC key: it must be RSA, or Ed25519 to sign")
                     : vc__error_memory(err);
    }
    made->public = pair;
    return add(ring, name, made, false, err);
}

vc_code vc__ring_add_pair(vc_keyring *ring, const char *name, vc__keypair *pair, vc_error *err)
{
    return check(ring, name, err) ? VC_E_ARGUMENT : add_pair(ring, name, vc__keypair_ref(pair), vc__keypair_is_private(pair), err);
}

/* -- changing ------------------------------------------------------------------------------------------ */

static vc_code not_there(vc_error *err, const char *name)
{
    return vc__error(err, VC_E_NOT_FOUND, "there is no such key under the name \"%.60s\"", name);
}

static vc_code no_id(vc_error *err)
{
    return vc__error(err, VC_E_ARGUMENT, "the id of the key is missing (NULL)");
}

vc_code vc_keyring_prefer_public(vc_keyring *ring, const char *name, const char *id, vc_error *err)
{
    if (check(ring, name, err))
        return VC_E_ARGUMENT;
    if (!id)
        return no_id(err);
    vc__ring_enter(ring);
    vc__pair_name *under = find_name(ring, name);
    vc__pair *pair = under ? *find_id(under, vc_str(id)) : NULL;
    if (pair)
        pair->order = --under->first;
    vc__ring_leave(ring);
    return pair ? VC_OK : not_there(err, name);
}

/* What was opened with it: under its id, and, of a key in Vault, under its name there. */
static void forget_opened(vc_keyring *ring, const vc__pair *pair)
{
    vc__keyplace place = { vc__pair_source(pair->public), NULL, vc__keypair_id(pair->public) };
    if (!place.source)
        return;
    vc__cache_forget(ring, &ring->opening, &place);
    if (vc__pair_takes(pair->public, VC__SOURCE_HPKE)) {
        place.source = VC__SOURCE_HPKE;
        vc__cache_forget(ring, &ring->opening, &place);
    }
    if (!pair->version)
        return;
    place = (vc__keyplace){ VC__SOURCE_VAULT, pair->mount, pair->key };
    vc__cache_forget(ring, &ring->opening, &place);
}

static vc_code take_off(vc_keyring *ring, const char *name, const char *id, bool whole, vc_error *err)
{
    if (check(ring, name, err))
        return VC_E_ARGUMENT;
    if (!id)
        return no_id(err);
    vc__ring_enter(ring);
    vc__pair_name *under = find_name(ring, name);
    vc__pair **at = under ? find_id(under, vc_str(id)) : NULL;
    vc__pair *pair = at ? *at : NULL;
    if (pair)
        forget_opened(ring, pair);
    if (pair && (whole || pair->order == INT64_MAX)) { /* nothing is left of it */
        *at = pair->next;
        under->count--;
        free_pair(pair);
    } else if (pair) {
        vc__keypair_unref(pair->private);
        pair->private = NULL;
        pair->version = 0;
    }
    vc__ring_leave(ring);
    return pair ? VC_OK : not_there(err, name);
}

vc_code vc_keyring_remove_pair(vc_keyring *ring, const char *name, const char *id, vc_error *err)
{
    return take_off(ring, name, id, true, err);
}

vc_code vc_keyring_remove_private(vc_keyring *ring, const char *name, const char *id, vc_error *err)
{
    return take_off(ring, name, id, false, err);
}

void vc__pair_reason_copy(char out[VC__PAIR_REASON + 1], const char *reason)
{
    vc_view text = vc_str(reason ? reason : "");
    text.len = text.len < VC__PAIR_REASON ? text.len : VC__PAIR_REASON;
    text.len = vc__utf8_valid(text);
    size_t at = 0;
    for (; at < text.len; at++)
        out[at] = (unsigned char)text.data[at] < 0x20 || text.data[at] == 0x7f ? '?' : text.data[at];
    out[at] = 0;
}

bool vc__ring_set_reason(vc_keyring *ring, const char *name, bool incomplete, const char *reason)
{
    vc__pair_name *under = need_name(ring, name);
    if (!under)
        return false;
    under->incomplete = incomplete;
    vc__pair_reason_copy(under->reason, reason);
    return true;
}

vc_code vc_keyring_set_pair_reason(vc_keyring *ring, const char *name, const char *reason, vc_error *err)
{
    if (check(ring, name, err))
        return VC_E_ARGUMENT;
    vc__ring_enter(ring);
    const bool set = vc__ring_set_reason(ring, name, reason && reason[0], reason);
    vc__ring_leave(ring);
    return set ? VC_OK : vc__error_memory(err);
}

/* -- finding ------------------------------------------------------------------------------------------- */

void vc__ring_pair(vc_keyring *ring, vc__pair_names names, vc_view id, vc__pair_found *found)
{
    *found = (vc__pair_found){ .half = VC__PAIR_UNKNOWN };
    const vc__pair *best = NULL;
    size_t best_name = 0;
    vc__ring_enter(ring);
    for (size_t i = 0; i < names.count; i++) {
        vc__pair_name *under = find_name(ring, names.at[i]);
        const vc__pair *pair = under ? *find_id(under, id) : NULL;
        if (!pair || (best && (half_of(best) == VC__PAIR_PRIVATE || half_of(pair) == VC__PAIR_PUBLIC)))
            continue;
        best = pair;
        best_name = i;
    }
    if (best)
        fill(found, best, best_name, false);
    vc__ring_leave(ring);
}

static bool is_seen(vc_view seen, const vc__pair *pair)
{
    for (size_t at = 0; at + VC__THUMBPRINT <= seen.len; at += VC__THUMBPRINT)
        if (memcmp(seen.data + at, vc__keypair_thumbprint(pair->public), VC__THUMBPRINT) == 0)
            return true;
    return false;
}

/* The rank of those that are given out: private ones that are here, those in Vault, public ones. */
static const vc__pair *next_pair(const vc_keyring *ring, vc__pair_names names, vc_view seen, size_t *name)
{
    static const vc__pair_half ranks[] = { VC__PAIR_PRIVATE, VC__PAIR_IN_VAULT, VC__PAIR_PUBLIC };
    for (size_t r = 0; r < sizeof ranks / sizeof ranks[0]; r++)
        for (*name = 0; *name < names.count; ++*name) {
            const vc__pair_name *under = find_name(ring, names.at[*name]);
            for (const vc__pair *pair = under ? under->pairs : NULL; pair; pair = pair->next)
                if (half_of(pair) == ranks[r] && !is_seen(seen, pair))
                    return pair;
        }
    return NULL;
}

void vc__ring_pair_next(vc_keyring *ring, vc__pair_names names, vc_view seen, vc__pair_found *found)
{
    *found = (vc__pair_found){ .half = VC__PAIR_UNKNOWN };
    size_t name;
    vc__ring_enter(ring);
    const vc__pair *pair = next_pair(ring, names, seen, &name);
    if (pair)
        fill(found, pair, name, true);
    vc__ring_leave(ring);
}

vc_code vc__ring_protector(vc_keyring *ring, const char *name, bool signs, vc__pair_found *found, vc_error *err)
{
    *found = (vc__pair_found){ .half = VC__PAIR_UNKNOWN };
    vc__ring_enter(ring);
    const vc__pair_name *under = find_name(ring, name);
    const vc__pair *pair = under ? protector(under, signs) : NULL;
    if (pair)
        fill(found, pair, 0, signs);
    const bool known = under != NULL; /* it had keys: what is taken away may come back */
    vc__ring_leave(ring);
    if (pair)
        return VC_OK;
    char reason[VC__PAIR_REASON + 3];
    vc__ring_pair_reason(ring, (vc__pair_names){ &name, 1 }, reason);
    return vc__error(err, known || reason[0] ? VC_E_NO_KEY : VC_E_CONFIG, "there is no %s key under the name `%.60s` in the keyring%s", signs ? "private" : "public", name, reason);
}

void vc__ring_pair_reason(vc_keyring *ring, vc__pair_names names, char out[VC__PAIR_REASON + 3])
{
    out[0] = 0;
    vc__ring_enter(ring);
    for (size_t i = 0; i < names.count && !out[0]; i++) {
        const vc__pair_name *under = find_name(ring, names.at[i]);
        if (under && under->reason[0])
            snprintf(out, VC__PAIR_REASON + 3, ": %s", under->reason);
        for (const vc__lack *lack = ring->lacks; lack && !out[0]; lack = lack->next)
            if (lack->reason[0] && strcmp(lack->name, names.at[i]) == 0)
                snprintf(out, VC__PAIR_REASON + 3, ": %s", lack->reason);
    }
    vc__ring_leave(ring);
}

int vc_keyring_get_pair(vc_keyring *ring, size_t i, vc_keyring_pair *out)
{
    vc_keyring_pair all = { .size = out->size };
    const vc__pair *pair = NULL;
    const vc__pair_name *name;
    vc__ring_enter(ring);
    for (name = ring->pairs; name; name = name->next) {
        for (pair = name->pairs; pair && i; i--)
            pair = pair->next;
        if (pair)
            break;
    }
    if (pair) {
        snprintf(all.name, sizeof all.name, "%s", name->name);
        snprintf(all.id, sizeof all.id, "%s", vc__keypair_id(pair->public));
        all.kind = vc__keypair_kind_name(vc__keypair_get_kind(pair->public));
        all.bits = vc__keypair_bits(pair->public);
        all.has_private = pair->private ? 1 : pair->version ? 2 : 0;
        all.protects = protector(name, vc__keypair_get_kind(pair->public) == VC__KEYPAIR_ED25519) == pair;
    }
    vc__ring_leave(ring);
    memcpy(out, &all, out->size < sizeof all ? out->size : sizeof all);
    return pair != NULL;
}

/* -- data keys ----------------------------------------------------------------------------------------- */

/* The key of the place, under whatever name: who asks has seen that his own names have it. */
static vc__keypair *pair_of(vc_keyring *ring, const vc__keyplace *place, bool private)
{
    vc__keypair *found = NULL;
    vc__ring_enter(ring);
    for (vc__pair_name *name = ring->pairs; name && !found; name = name->next) {
        const vc__pair *pair = *find_id(name, vc_str(place->name));
        if (pair && vc__pair_takes(pair->public, place->source))
            found = vc__keypair_ref(private ? pair->private : pair->public);
    }
    vc__ring_leave(ring);
    return found;
}

static void no_key(vc_error *err, vc_code code, const vc__keyplace *place)
{
    vc__error(err, code, "the key %.43s is not in the keyring any more", place->name);
}

vc__datakey *vc__pair_make(vc_keyring *ring, const vc__keyplace *place, vc_error *err)
{
    unsigned char key[VC__KEY_SIZE];
    vc__auto(vc__buf) wrapped = VC__BUF(VC__KEYPAIR_WRAPPED_MAX);
    vc__datakey *made = NULL;
    vc__autoptr(vc__keypair) pair = pair_of(ring, place, false);
    if (!pair) {
        no_key(err, VC_E_CONFIG, place);
        return NULL;
    }
    if (vc__keypair_wrapped_size(pair, vc__source_wrapping(place->source)) > VC__KEY_WRAPPED_MAX) {
        vc__error(err, VC_E_CONFIG, "a token has no room for a data key that is wrapped to RSA-%d: 8192 bits are the most",
                  vc__keypair_bits(pair));
        return NULL;
    }
    vc_code code = vc__ring_random_key(ring, key, err);
    code = code ? code : vc__keypair_wrap(&wrapped, pair, vc__source_wrapping(place->source), vc_view_of(key, sizeof key), err);
    if (!code)
        made = vc__datakey_make(ring->slots, VC__KEY_RANDOM, vc_view_of(key, sizeof key), place, 0, vc__buf_get(&wrapped), err);
    vc__wipe(key, sizeof key);
    return made;
}

vc__datakey *vc__pair_open(vc_keyring *ring, const vc__keyplace *place, vc_view wrapped, vc_error *err)
{
    vc__auto(vc__buf) key = VC__BUF(VC__KEYPAIR_WRAPPED_MAX + 8);
    vc__datakey *made = NULL;
    vc__autoptr(vc__keypair) pair = pair_of(ring, place, true);
    if (!pair) {
        no_key(err, VC_E_NO_KEY, place);
        return NULL;
    }
    const vc_code code = vc__keypair_unwrap(&key, pair, vc__source_wrapping(place->source), wrapped, err);
    if (code == VC_E_CIPHERTEXT || (!code && key.len != VC__KEY_SIZE))
        vc__unauthentic(err);
    else if (!code)
        made = vc__datakey_make(ring->slots, VC__KEY_RANDOM, vc__buf_get(&key), place, 0, wrapped, err);
    return made;
}

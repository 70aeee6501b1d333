/* SPDX-License-Identifier: Apache-2.0 */
/* transit.c - the engine's table, and the cryptography of one item: Vault's ciphertext is `vault:v1:` and
 * base64 of IV, text, tag. */
#include "transit.h"

#include "base/alloc.h"
#include "base/base64.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>

enum { SCRATCH_MAX = 2 * DEV_BODY_MAX };

static void key_free(void *item)
{
    transit_key *key = item;
    if (!key)
        return;
    if (key->versions)
        vc__wipe(key->versions, (size_t)key->latest * sizeof *key->versions);
    vc__free(key->versions);
    vc__free(key->name);
    vc__free(key);
}

static void *state_new(dev_server *server, vc_error *err)
{
    (void)server;
    transit *state = vc__calloc(1, sizeof *state);
    if (state)
        state->keys.free_item = key_free;
    else
        vc__error_memory(err);
    return state;
}

static void state_free(void *item)
{
    transit *state = item;
    dev_names_free(&state->keys);
    vc__free(state);
}

void transit_work_start(transit_work *work, const transit_key *key, vc__random *random)
{
    *work = (transit_work){ .key = key, .random = random, .scratch = VC__BUF(SCRATCH_MAX) };
}

void transit_work_free(transit_work *work)
{
    vc__aead_free(work->aead);
    vc__buf_free(&work->scratch);
}

static bool fail(transit_item *item, const char *text, bool internal)
{
    item->error = text;
    item->internal = internal;
    return false;
}

void transit_error_write(const transit_item *item, char *out, size_t room)
{
    const char *mark = strstr(item->error, "%zu");
    if (mark)
        snprintf(out, room, "%.*s%zu%s", (int)(mark - item->error), item->error, item->error_at, mark + 3);
    else
        snprintf(out, room, "%s", item->error);
}

/* The cipher of a version; the last one used is kept. */
static bool cipher(transit_work *work, transit_item *item, int version)
{
    if (work->aead && work->aead_version == version)
        return true;
    const vc__aead_algorithm algorithm = work->key->type->algorithm;
    const vc_view key = vc_view_of(work->key->versions[version - 1].key, vc__aead_key_size(algorithm));
    vc__aead_free(work->aead);
    work->aead = vc__aead_new(algorithm, key, NULL);
    work->aead_version = version;
    return work->aead || fail(item, "internal error", true);
}

/* Decodes associated_data behind what scratch holds. */
static bool decode_aad(transit_work *work, transit_item *item, vc_view *aad)
{
    vc__buf *scratch = &work->scratch;
    *aad = vc_view_of(NULL, 0);
    if (item->aad.len == 0)
        return true;
    if (vc__buf_reserve(scratch, item->aad.len) != VC_OK)
        return fail(item, "out of memory", true);
    size_t len;
    if (vc__base64_decode_go(scratch->data + scratch->len, &len, item->aad, &item->error_at) != VC_OK)
        return fail(item,
                    "unable to get associated_data/additional_data from factory[0]: illegal base64 data at "
                    "input byte %zu",
                    true);
    *aad = vc_view_of(scratch->data + scratch->len, len);
    scratch->len += len;
    return true;
}

static bool check_context(transit_work *work, transit_item *item)
{
    vc__buf *scratch = &work->scratch;
    size_t len;
    if (item->context.len == 0)
        return true;
    vc__buf_clear(scratch);
    if (vc__buf_reserve(scratch, item->context.len) != VC_OK)
        return fail(item, "out of memory", true);
    return vc__base64_decode_go(scratch->data, &len, item->context, &item->error_at) == VC_OK ||
           fail(item, "illegal base64 data at input byte %zu", false);
}

static bool encryption_version(const transit_key *key, transit_item *item, int *version)
{
    if (item->version < 0)
        return fail(item, "requested version for encryption is negative", false);
    if (item->version > key->latest)
        return fail(item, "requested version for encryption is higher than the latest key version", false);
    if (item->version && item->version < key->min_encryption)
        return fail(item, "requested version for encryption is less than the minimum encryption key version",
                    false);
    *version = item->version ? (int)item->version : key->latest;
    if (*version <= key->min_available - 1)
        return fail(item, "requested version for encryption is less than the minimum encryption key version",
                    false);
    return true;
}

/* Encrypts what lies in scratch behind room for the IV: `len` bytes. */
static bool seal_scratch(transit_work *work, transit_item *item, size_t len, vc__buf *out, int *version)
{
    vc__buf *scratch = &work->scratch;
    vc_view aad;
    scratch->len = VC__AEAD_IV + len + VC__AEAD_TAG;
    if (!encryption_version(work->key, item, version) || !cipher(work, item, *version) ||
        !decode_aad(work, item, &aad))
        return false;
    char *iv = scratch->data, *text = iv + VC__AEAD_IV;
    const vc_view iv_view = vc_view_of(iv, VC__AEAD_IV);
    if (vc__random_bytes(work->random, iv, VC__AEAD_IV, NULL) != VC_OK ||
        vc__aead_seal(work->aead, iv_view, aad, vc_view_of(text, len), text, NULL) != VC_OK)
        return fail(item, "internal error", true);
    vc__buf_append(out, "vault:v", 7);
    char number[16];
    vc__buf_append(out, number, (size_t)snprintf(number, sizeof number, "%d:", *version));
    vc__base64_encode(out, vc_view_of(iv, VC__AEAD_IV + len + VC__AEAD_TAG));
    return true;
}

bool transit_seal(transit_work *work, transit_item *item, vc_view plaintext, vc__buf *out, int *version)
{
    vc__buf *scratch = &work->scratch;
    vc__buf_clear(scratch);
    if (vc__buf_reserve(scratch, plaintext.len + VC__AEAD_IV + VC__AEAD_TAG) != VC_OK)
        return fail(item, "out of memory", true);
    if (plaintext.len)
        memcpy(scratch->data + VC__AEAD_IV, plaintext.data, plaintext.len);
    return seal_scratch(work, item, plaintext.len, out, version);
}

bool transit_encrypt(transit_work *work, transit_item *item, vc__buf *out, int *version)
{
    vc__buf *scratch = &work->scratch;
    size_t len;
    if (!check_context(work, item))
        return false;
    vc__buf_clear(scratch);
    if (vc__buf_reserve(scratch, item->text.len + VC__AEAD_IV + VC__AEAD_TAG) != VC_OK)
        return fail(item, "out of memory", true);
    if (vc__base64_decode_go(scratch->data + VC__AEAD_IV, &len, item->text, &item->error_at) != VC_OK)
        return fail(item, "illegal base64 data at input byte %zu", false);
    return seal_scratch(work, item, len, out, version);
}

/* Splits `vault:v12:...`; false with the item's error. */
static bool parse_ciphertext(const transit_key *key, transit_item *item, int *version, vc_view *encoded)
{
    if (item->text.len == 0)
        return fail(item, "missing ciphertext to decrypt", false);
    if (!vc__view_starts(item->text, "vault:v"))
        return fail(item, "invalid ciphertext: no prefix", false);
    const vc_view rest = vc_view_of(item->text.data + 7, item->text.len - 7);
    const char *colon = memchr(rest.data, ':', rest.len);
    if (!colon)
        return fail(item, "invalid ciphertext: wrong number of fields", false);
    const size_t digits = (size_t)(colon - rest.data);
    char number[12], *end;
    if (digits == 0 || digits >= sizeof number || strchr(" \t\n\v\f\r", rest.data[0]))
        return fail(item, "invalid ciphertext: version number could not be decoded", false);
    memcpy(number, rest.data, digits);
    number[digits] = 0;
    const long parsed = strtol(number, &end, 10);
    if (*end)
        return fail(item, "invalid ciphertext: version number could not be decoded", false);
    const long wanted = parsed == 0 ? 1 : parsed; /* ciphertexts of the first days say v0 */
    if (wanted > key->latest)
        return fail(item, "invalid ciphertext: version is too new", false);
    if (wanted < key->min_decryption)
        return fail(item, "ciphertext or signature version is disallowed by policy (too old)", false);
    *version = (int)wanted;
    *encoded = vc_view_of(colon + 1, rest.len - digits - 1);
    return true;
}

/* The plaintext's bytes, inside scratch. */
static bool open_item(transit_work *work, transit_item *item, vc_view *plaintext)
{
    vc__buf *scratch = &work->scratch;
    int version;
    size_t len;
    vc_view encoded, aad;
    if (!check_context(work, item) || !parse_ciphertext(work->key, item, &version, &encoded))
        return false;
    vc__buf_clear(scratch);
    /* room for associated data too: scratch may not move once it holds the text */
    if (vc__buf_reserve(scratch, encoded.len + item->aad.len + 1) != VC_OK)
        return fail(item, "out of memory", true);
    if (vc__base64_decode_go(scratch->data, &len, encoded, NULL) != VC_OK)
        return fail(item, "invalid ciphertext: could not decode base64", false);
    if (len < VC__AEAD_IV)
        return fail(item, "invalid ciphertext length", false);
    scratch->len = len;
    if (!cipher(work, item, version) || !decode_aad(work, item, &aad))
        return false;
    char *text = scratch->data + VC__AEAD_IV;
    const vc_view sealed = vc_view_of(text, len - VC__AEAD_IV);
    if (vc__aead_open(work->aead, vc_view_of(scratch->data, VC__AEAD_IV), aad, sealed, text, NULL) != VC_OK)
        return fail(item,
                    work->key->type->algorithm == VC__CHACHA20_POLY1305
                        ? "chacha20poly1305: message authentication failed"
                        : "cipher: message authentication failed",
                    false);
    *plaintext = vc_view_of(text, sealed.len - VC__AEAD_TAG);
    return true;
}

bool transit_decrypt(transit_work *work, transit_item *item, vc__buf *out)
{
    vc_view plaintext;
    if (!open_item(work, item, &plaintext))
        return false;
    vc__base64_encode(out, plaintext);
    return true;
}

bool transit_rewrap(transit_work *work, transit_item *item, vc__buf *out, int *version)
{
    vc_view plaintext;
    item->aad = vc_view_of(NULL, 0);
    if (!open_item(work, item, &plaintext))
        return false;
    /* the plaintext lies where it must lie to be sealed again */
    return vc__buf_reserve(&work->scratch, VC__AEAD_TAG) == VC_OK
               ? seal_scratch(work, item, plaintext.len, out, version)
               : fail(item, "out of memory", true);
}

#define KEY_FIELDS                                                                                           \
    " type derived convergent_encryption exportable allow_plaintext_backup context auto_rotate_period "      \
    "key_size "                                                                                              \
    "managed_key_name managed_key_id name "
#define CONFIG_FIELDS                                                                                        \
    " min_decryption_version min_encryption_version deletion_allowed exportable allow_plaintext_backup "     \
    "auto_rotate_period name "

static const dev_route routes[] = {
    { "encrypt/:name",
      { [DEV_UPDATE] = transit_on_encrypt },
      DEV_SHARED | DEV_RAW,
      NULL,
      transit_key_exists },
    { "decrypt/:name", { [DEV_UPDATE] = transit_on_decrypt }, DEV_SHARED | DEV_RAW, NULL, NULL },
    { "rewrap/:name", { [DEV_UPDATE] = transit_on_rewrap }, DEV_SHARED | DEV_RAW, NULL, NULL },
    { "datakey/:name/:name",
      { [DEV_UPDATE] = transit_on_datakey },
      DEV_SHARED,
      " bits context nonce key_version ",
      NULL },
    { "random", { [DEV_UPDATE] = transit_on_random }, DEV_SHARED, " bytes format source ", NULL },
    { "random/:name", { [DEV_UPDATE] = transit_on_random }, DEV_SHARED, " bytes format source ", NULL },
    { "random/:name/:name", { [DEV_UPDATE] = transit_on_random }, DEV_SHARED, " bytes format source ", NULL },
    { "hash", { [DEV_UPDATE] = transit_on_hash }, DEV_SHARED, " input algorithm format ", NULL },
    { "hash/:name", { [DEV_UPDATE] = transit_on_hash }, DEV_SHARED, " input algorithm format ", NULL },
    { "config/keys",
      { [DEV_READ] = transit_config_read, [DEV_UPDATE] = transit_config_write },
      0,
      " disable_upsert ",
      NULL },
    { "keys", { [DEV_LIST] = transit_key_list }, DEV_SHARED, NULL, NULL },
    { "keys/:name",
      { [DEV_READ] = transit_key_read, [DEV_UPDATE] = transit_key_create, [DEV_DELETE] = transit_key_delete },
      0,
      KEY_FIELDS,
      NULL },
    { "keys/:name/config", { [DEV_UPDATE] = transit_key_config }, 0, CONFIG_FIELDS, NULL },
    { "keys/:name/rotate",
      { [DEV_UPDATE] = transit_key_rotate },
      0,
      " name managed_key_name managed_key_id ",
      NULL },
    { "keys/:name/trim", { [DEV_UPDATE] = transit_key_trim }, 0, " min_available_version name ", NULL },
    { 0 },
};

const dev_engine dev_transit = { "transit", routes, state_new, state_free };

/* SPDX-License-Identifier: Apache-2.0 */
/* transit_item.c - the cryptography of one item: Vault's ciphertext is `vault:v1:` and base64 of IV, text,
 * tag. */
#include "base/base64.h"
#include "base/secret.h"
#include "base/text.h"
#include "transit.h"
#include "xchacha.h"

#include <stdio.h>

enum { SCRATCH_MAX = 2 * DEV_BODY_MAX };

const char transit_no_context[] =
    "missing 'context' for key derivation; the key was created using a derived key, which means additional, "
    "per-request information must be included in order to perform operations with the key";

const char transit_soft_deleted[] = "refusing to use soft-deleted key";

void transit_work_start(transit_work *work, const transit_key *key, vc__random *random)
{
    *work = (transit_work){ .key = key,
                            .random = random,
                            .scratch = VC__BUF(SCRATCH_MAX),
                            .context = VC__BUF(DEV_BODY_MAX),
                            .derived_from = VC__BUF(DEV_BODY_MAX) };
}

void transit_work_free(transit_work *work)
{
    vc__aead_free(work->aead);
    vc__hmac_free(work->nonce_hmac);
    vc__wipe(work->secret, sizeof work->secret);
    vc__buf_free(&work->scratch);
    vc__buf_free(&work->context);
    vc__buf_free(&work->derived_from);
}

static bool fail(transit_item *item, const char *text, bool internal)
{
    item->error = text;
    item->internal = internal;
    return false;
}

static bool fail_type(transit_item *item, const char *text, const transit_key *key)
{
    item->error_name = key->type->name;
    return fail(item, text, false);
}

void transit_error_write(const transit_item *item, char *out, size_t room)
{
    const char *mark = strstr(item->error, "%zu");
    const char *name = strstr(item->error, "%s");
    if (mark && name)
        snprintf(out, room, "%.*s%zu%.*s%s", (int)(mark - item->error), item->error, item->error_at,
                 (int)(name - mark - 3), mark + 3, item->error_name);
    else if (mark)
        snprintf(out, room, "%.*s%zu%s", (int)(mark - item->error), item->error, item->error_at, mark + 3);
    else if (name)
        snprintf(out, room, "%.*s%s", (int)(name - item->error), item->error, item->error_name);
    else
        snprintf(out, room, "%s", item->error);
}

/* SP 800-108 in counter mode, of 256 bits: one block of HMAC-SHA256. */
static bool derive_counter(vc_view secret, vc_view context, unsigned char *out)
{
    static const char counter[] = { 0, 0, 0, 0 }, bits[] = { 0, 0, 1, 0 };
    const vc_view parts[] = { { counter, sizeof counter }, context, { bits, sizeof bits } };
    vc__autoptr(vc__hmac) hmac = vc__hmac_new(VC__SHA2_256, secret, NULL);
    return hmac && vc__hmac_parts(hmac, parts, sizeof parts / sizeof parts[0], out, NULL) == VC_OK;
}

bool transit_derive(const transit_key *key, const transit_version *version, vc_view context, void *out,
                    size_t len)
{
    const vc_view secret = vc_view_of((const char *)version->secret, version->secret_len);
    unsigned char block[32];
    if (key->counter_kdf) {
        const bool well = len <= sizeof block && derive_counter(secret, context, block);
        memcpy(out, block, well ? len : 0);
        vc__wipe(block, sizeof block);
        return well;
    }
    vc__autoptr(vc__hkdf) hkdf = vc__hkdf_new(VC__SHA2_256, NULL);
    return hkdf && vc__hkdf_derive(hkdf, secret, vc_view_of(NULL, 0), context, out, len, NULL) == VC_OK;
}

EVP_PKEY *transit_derive_pair(const transit_key *key, const transit_version *version, vc_view context)
{
    unsigned char seed[32];
    EVP_PKEY *pair = transit_derive(key, version, context, seed, sizeof seed) ? dev_pair_ed25519(seed) : NULL;
    vc__wipe(seed, sizeof seed);
    return pair;
}

static size_t iv_size(const transit_key *key)
{
    switch (key->type->kind) {
    case TRANSIT_AEAD: return VC__AEAD_IV;
    case TRANSIT_XCHACHA: return DEV_XCHACHA_NONCE;
    case TRANSIT_HMAC:
    case TRANSIT_RSA:
    case TRANSIT_ECDSA:
    case TRANSIT_ED25519: break;
    }
    return 0;
}

/* The secret of a version for the item's context: the cipher's key, and of convergent keys the nonce's. */
static bool derive(transit_work *work, transit_item *item, const transit_version *version, size_t len)
{
    vc__buf_clear(&work->derived_from);
    vc__buf_view(&work->derived_from, vc__buf_get(&work->context));
    return (work->derived_from.failed == VC_OK &&
            transit_derive(work->key, version, vc__buf_get(&work->context), work->secret, len)) ||
           fail(item, "internal error", true);
}

/* The cipher of a version; the last one used is kept. */
static bool cipher(transit_work *work, transit_item *item, int number)
{
    const transit_key *key = work->key;
    if (key->derived && work->context.len == 0)
        return fail(item, transit_no_context, false);
    if (work->aead_version == number &&
        (!key->derived || vc__view_equal(vc__buf_get(&work->context), vc__buf_get(&work->derived_from))))
        return true;
    const transit_version *version = transit_key_version(key, number);
    if (!version)
        return fail(item, "no such key version", false);
    const size_t size = version->secret_len;
    work->aead_version = 0;
    vc__aead_free(vc__steal(&work->aead));
    vc__hmac_free(vc__steal(&work->nonce_hmac));
    if (!key->derived)
        memcpy(work->secret, version->secret, size);
    else if (!derive(work, item, version, size + (key->convergent ? 32 : 0)))
        return false;
    const char *secret = (const char *)work->secret;
    if (key->type->kind == TRANSIT_AEAD &&
        !(work->aead = vc__aead_new(key->type->algorithm, vc_view_of(secret, size), NULL)))
        return fail(item, "internal error", true);
    if (key->convergent &&
        !(work->nonce_hmac = vc__hmac_new(VC__SHA2_256, vc_view_of(secret + size, 32), NULL)))
        return fail(item, "internal error", true);
    work->aead_version = number;
    return true;
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

/* Decodes the context, which must be base64 even where nothing is derived. */
static bool check_context(transit_work *work, transit_item *item)
{
    vc__buf *context = &work->context;
    vc__buf_clear(context);
    if (item->context.len == 0)
        return true;
    if (vc__buf_reserve(context, item->context.len) != VC_OK)
        return fail(item, "out of memory", true);
    return vc__base64_decode_go(context->data, &context->len, item->context, &item->error_at) == VC_OK ||
           fail(item, "illegal base64 data at input byte %zu", false);
}

static bool encryption_version(const transit_key *key, transit_item *item, int *version)
{
    if (key->soft_deleted)
        return fail(item, transit_soft_deleted, false);
    if (!transit_encrypts(key->type))
        return fail_type(item, "message encryption not supported for key type %s", key);
    if (item->version < 0)
        return fail(item, "requested version for encryption is negative", false);
    if (item->version > key->latest)
        return fail(item, "requested version for encryption is higher than the latest key version", false);
    if (item->version && item->version < key->min_encryption)
        return fail(item, "requested version for encryption is less than the minimum encryption key version",
                    false);
    *version = item->version ? (int)item->version : key->latest;
    return true;
}

/* The IV: random, or of convergent keys what the plaintext says. */
static bool make_iv(transit_work *work, char *iv, size_t size, vc_view plaintext)
{
    unsigned char sum[VC__HASH_MAX];
    if (!work->nonce_hmac)
        return vc__random_bytes(work->random, iv, size, NULL) == VC_OK;
    if (vc__hmac_of(work->nonce_hmac, plaintext, sum, NULL) != VC_OK)
        return false;
    memcpy(iv, sum, size);
    return true;
}

static void write_ciphertext(vc__buf *out, int version, vc_view bytes)
{
    char number[16];
    vc__buf_append(out, "vault:v", 7);
    vc__buf_append(out, number, (size_t)snprintf(number, sizeof number, "%d:", version));
    vc__base64_encode(out, bytes);
}

/* OAEP with SHA-256 unless the item says otherwise. */
static const EVP_MD *padding_of(const transit_item *item)
{
    return vc__view_is(item->padding, "pkcs1v15") ? NULL : EVP_sha256();
}

static bool seal_rsa(transit_work *work, transit_item *item, size_t len, vc__buf *out, int number)
{
    const transit_version *version = transit_key_version(work->key, number);
    vc__auto(vc__buf) sealed = VC__BUF(4096);
    if (!version)
        return fail(item, "no such key version", false);
    if (len > dev_pair_room(version->pair, padding_of(item)))
        return fail(
            item, "failed to RSA encrypt the plaintext: crypto/rsa: message too long for RSA key size", true);
    if (!dev_pair_encrypt(version->pair, padding_of(item), vc_view_of(work->scratch.data, len), &sealed))
        return fail(item, "internal error", true);
    write_ciphertext(out, number, vc__buf_get(&sealed));
    return true;
}

/* What lies in scratch is replaced by its plaintext. */
static bool open_rsa(transit_work *work, transit_item *item, int number, vc_view *plaintext)
{
    const transit_version *version = transit_key_version(work->key, number);
    vc__buf *scratch = &work->scratch;
    vc__auto(vc__buf) opened = VC__BUF(4096);
    if (version->public_only)
        return fail(item, "cannot decrypt ciphertext, key version does not have a private counterpart", true);
    if (!dev_pair_decrypt(version->pair, padding_of(item), vc__buf_get(scratch), &opened))
        return fail(item, "failed to RSA decrypt the ciphertext: crypto/rsa: decryption error", true);
    vc__buf_clear(scratch);
    vc__buf_view(scratch, vc__buf_get(&opened));
    if (opened.len)
        vc__wipe(opened.data, opened.len);
    *plaintext = vc__buf_get(scratch);
    return true;
}

/* Encrypts what lies in scratch behind room for the IV: `len` bytes. */
static bool seal_scratch(transit_work *work, transit_item *item, size_t len, vc__buf *out, int *version)
{
    vc__buf *scratch = &work->scratch;
    const size_t iv_len = iv_size(work->key);
    vc_view aad;
    scratch->len = iv_len + len + VC__AEAD_TAG;
    if (!encryption_version(work->key, item, version))
        return false;
    if (work->key->type->kind == TRANSIT_RSA)
        return seal_rsa(work, item, len, out, *version);
    if (!cipher(work, item, *version) || !decode_aad(work, item, &aad))
        return false;
    char *iv = scratch->data, *text = iv + iv_len;
    const vc_view plaintext = vc_view_of(text, len);
    if (!make_iv(work, iv, iv_len, plaintext) ||
        (work->aead ? vc__aead_seal(work->aead, vc_view_of(iv, iv_len), aad, plaintext, text, NULL)
                    : dev_xchacha_seal(work->secret, iv, aad, plaintext, text)) != VC_OK)
        return fail(item, "internal error", true);
    write_ciphertext(out, *version, vc_view_of(iv, iv_len + len + VC__AEAD_TAG));
    return true;
}

bool transit_seal(transit_work *work, transit_item *item, vc_view plaintext, vc__buf *out, int *version)
{
    vc__buf *scratch = &work->scratch;
    const size_t iv_len = iv_size(work->key);
    if (!check_context(work, item))
        return false;
    vc__buf_clear(scratch);
    if (vc__buf_reserve(scratch, plaintext.len + iv_len + VC__AEAD_TAG) != VC_OK)
        return fail(item, "out of memory", true);
    if (plaintext.len)
        memcpy(scratch->data + iv_len, plaintext.data, plaintext.len);
    return seal_scratch(work, item, plaintext.len, out, version);
}

bool transit_encrypt(transit_work *work, transit_item *item, vc__buf *out, int *version)
{
    vc__buf *scratch = &work->scratch;
    const size_t iv_len = iv_size(work->key);
    size_t len;
    vc__buf_clear(scratch);
    if (vc__buf_reserve(scratch, item->text.len + iv_len + VC__AEAD_TAG) != VC_OK)
        return fail(item, "out of memory", true);
    if (vc__base64_decode_go(scratch->data + iv_len, &len, item->text, &item->error_at) != VC_OK)
        return fail(item, "illegal base64 data at input byte %zu", false);
    return check_context(work, item) && seal_scratch(work, item, len, out, version);
}

/* Splits `vault:v12:...`; false with the item's error. */
static bool parse_ciphertext(const transit_key *key, transit_item *item, int *version, vc_view *encoded)
{
    long wanted = 0;
    if (key->soft_deleted)
        return fail(item, transit_soft_deleted, false);
    if (!transit_encrypts(key->type))
        return fail_type(item, "message decryption not supported for key type %s", key);
    switch (transit_split_text(item->text, &wanted, encoded)) {
    case TRANSIT_NO_PREFIX: return fail(item, "invalid ciphertext: no prefix", false);
    case TRANSIT_FIELDS: return fail(item, "invalid ciphertext: wrong number of fields", false);
    case TRANSIT_NUMBER: return fail(item, "invalid ciphertext: version number could not be decoded", false);
    case TRANSIT_SPLIT_OK: break;
    }
    if (wanted == 0)
        wanted = 1; /* ciphertexts of the first days say v0 */
    if (wanted > key->latest)
        return fail(item, "invalid ciphertext: version is too new", false);
    if (wanted < key->min_decryption)
        return fail(item, "ciphertext or signature version is disallowed by policy (too old)", false);
    *version = (int)wanted;
    return true;
}

/* Decrypts what lies in scratch; the plaintext's bytes are in there then. */
static bool open_scratch(transit_work *work, transit_item *item, vc_view *plaintext)
{
    const size_t iv_len = iv_size(work->key), len = work->scratch.len;
    vc_view aad;
    if (len < iv_len)
        return fail(item, "invalid ciphertext length", false);
    if (!decode_aad(work, item, &aad))
        return false;
    char *iv = work->scratch.data, *text = iv + iv_len;
    const vc_view sealed = vc_view_of(text, len - iv_len);
    if ((work->aead ? vc__aead_open(work->aead, vc_view_of(iv, iv_len), aad, sealed, text, NULL)
                    : dev_xchacha_open(work->secret, iv, aad, sealed, text)) != VC_OK)
        return fail(item,
                    work->key->type->algorithm == VC__CHACHA20_POLY1305
                        ? "chacha20poly1305: message authentication failed"
                        : "cipher: message authentication failed",
                    false);
    *plaintext = vc_view_of(text, sealed.len - VC__AEAD_TAG);
    return true;
}

static bool open_item(transit_work *work, transit_item *item, vc_view *plaintext)
{
    vc__buf *scratch = &work->scratch;
    int version;
    vc_view encoded;
    if (item->text.len == 0)
        return fail(item, "missing ciphertext to decrypt", false);
    if (!check_context(work, item) || !parse_ciphertext(work->key, item, &version, &encoded))
        return false;
    vc__buf_clear(scratch);
    /* room for associated data too: scratch may not move once it holds the text */
    if (vc__buf_reserve(scratch, encoded.len + item->aad.len + 1) != VC_OK)
        return fail(item, "out of memory", true);
    if (vc__base64_decode_go(scratch->data, &scratch->len, encoded, NULL) != VC_OK)
        return fail(item, "invalid ciphertext: could not decode base64", false);
    if (work->key->type->kind == TRANSIT_RSA)
        return open_rsa(work, item, version, plaintext);
    if (work->key->counter_kdf && work->key->derived && work->key->type->algorithm == VC__AES128_GCM)
        return fail(item, "could not derive enc key, length not correct", true);
    return cipher(work, item, version) && open_scratch(work, item, plaintext);
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

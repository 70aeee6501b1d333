/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transit_import.c - keys brought in: wrapping_key, import, import_version. What is brought in is wrapped: an
 * AES key by RSA-OAEP, and behind it the key by AES key wrap with padding; or a public key in PEM.
 */
#include "base/alloc.h"
#include "base/secret.h"
#include "base/text.h"
#include "param.h"
#include "reply.h"
#include "transit_texts.h"

#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

enum { WRAPPED_AES = 512, WRAPPED_MIN = 24 };

/* RSA of 4096 bits, made when it is asked for first. NULL: answered. */
static EVP_PKEY *wrapping_key(dev_request *request)
{
    transit *state = transit_of(request);
    if (!state->wrapping)
        state->wrapping = dev_pair_make(DEV_RSA, 8 * WRAPPED_AES);
    if (!state->wrapping)
        dev_reply_error(request, 500, "libcrypto failed");
    return state->wrapping;
}

void transit_on_wrapping_key(dev_request *request)
{
    EVP_PKEY *pair = wrapping_key(request);
    vc__auto(vc__buf) text = VC__BUF(1 << 14);
    if (!pair)
        return;
    dev_pair_pem(pair, DEV_PAIR_PUBLIC, &text);
    vc__buf *out = dev_reply_data(request);
    out_open(out, '{');
    out_key(out, "public_key");
    out_string(out, vc__buf_get(&text));
    out_close(out, '}');
}

/* What is brought in, and why it cannot be. */
typedef struct import_work {
    const transit_key *key; /* what it is for, if only its type and whether it is derived */
    bool is_private;
    vc__buf bytes; /* the key; PEM of a public one */
    EVP_PKEY *pair;
    char why[256];
} import_work;

static bool fail(import_work *work, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool fail(import_work *work, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vsnprintf(work->why, sizeof work->why, format, list);
    va_end(list);
    return false;
}

static void work_free(import_work *work)
{
    EVP_PKEY_free(work->pair);
    if (work->bytes.data)
        vc__wipe(work->bytes.data, work->bytes.cap);
    vc__buf_free(&work->bytes);
}

static const EVP_MD *oaep_digest(vc_view name)
{
    static const struct {
        const char *name;
        const EVP_MD *(*digest)(void);
    } digests[] = { { "SHA1", EVP_sha1 },
                    { "SHA224", EVP_sha224 },
                    { "SHA256", EVP_sha256 },
                    { "SHA384", EVP_sha384 },
                    { "SHA512", EVP_sha512 } };
    for (size_t i = 0; i < sizeof digests / sizeof digests[0]; i++)
        if (strlen(digests[i].name) == name.len && strncasecmp(digests[i].name, name.data, name.len) == 0)
            return digests[i].digest();
    return NULL;
}

/* The two layers off. */
static bool unwrap(EVP_PKEY *wrapping, const EVP_MD *digest, vc_view wrapped, import_work *work)
{
    vc__auto(vc__buf) aes = VC__BUF(1024);
    const vc_view rest = vc_view_of(wrapped.data + WRAPPED_AES, wrapped.len - WRAPPED_AES);
    if (!dev_pair_decrypt(wrapping, digest, vc_view_of(wrapped.data, WRAPPED_AES), &aes))
        return fail(work, "crypto/rsa: decryption error");
    if (aes.len != 32)
        return fail(work, "expected ephemeral AES key to be 256-bit");
    if (rest.len < WRAPPED_MIN)
        return fail(work, "kwp: wrapped key size too small");
    if (rest.len % 8)
        return fail(work, "kwp: wrapped key size must be a multiple of 8 bytes");
    return dev_unwrap(vc__buf_get(&aes), rest, &work->bytes) ||
           fail(work, "kwp: unwrap failed integrity check");
}

/* Reads what the request brings; false: answered. */
static bool read_key(dev_request *request, import_work *work)
{
    vc_view text, hash, pem;
    size_t bad;
    vc__auto(vc__buf) wrapped = VC__BUF(1 << 20);
    work->is_private = dev_param_given(request, "ciphertext");
    if (!dev_param_string(request, "ciphertext", &text) ||
        !dev_param_string(request, "hash_function", &hash) || !dev_param_string(request, "public_key", &pem))
        return false;
    const EVP_MD *digest = dev_param_given(request, "hash_function") ? oaep_digest(hash) : EVP_sha256();
    EVP_PKEY *wrapping = wrapping_key(request);
    if (!wrapping)
        return false;
    if (!work->is_private && !transit_signs(work->key->type))
        dev_reply_wrapped(request, 500, "provided type does not support public_key import");
    else if (work->is_private && !digest)
        dev_reply_error(request, 400, "unknown hash function: %.*s", (int)hash.len, hash.data);
    else if (work->is_private && !transit_decode(text, &wrapped, &bad))
        dev_reply_wrapped(request, 500, "illegal base64 data at input byte %zu", bad);
    else if (work->is_private && wrapped.len <= WRAPPED_AES)
        dev_reply_wrapped(request, 500, "provided ciphertext is too short");
    else if (work->is_private && !unwrap(wrapping, digest, vc__buf_get(&wrapped), work))
        dev_reply_wrapped(request, 500, "%s", work->why);
    else {
        if (!work->is_private)
            vc__buf_view(&work->bytes, pem);
        return true;
    }
    return false;
}

static bool right_size(const transit_key *key, size_t len)
{
    if (key->type->kind == TRANSIT_HMAC)
        return len >= TRANSIT_KEY_MIN && len <= TRANSIT_KEY_MAX;
    return len == vc__aead_key_size(key->type->algorithm);
}

/* Go's names of the types of keys. */
static const char *go_type(EVP_PKEY *pair, bool is_private)
{
    if (EVP_PKEY_is_a(pair, "RSA"))
        return is_private ? "*rsa.PrivateKey" : "*rsa.PublicKey";
    if (EVP_PKEY_is_a(pair, "EC"))
        return is_private ? "*ecdsa.PrivateKey" : "*ecdsa.PublicKey";
    return is_private ? "ed25519.PrivateKey" : "ed25519.PublicKey";
}

/* Parses a pair, and holds it against the type. */
static bool parse_pair(import_work *work)
{
    const transit_type *type = work->key->type;
    work->pair = work->is_private ? dev_pair_read_private(vc__buf_get(&work->bytes))
                                  : dev_pair_read_public(vc__buf_get(&work->bytes));
    if (!work->pair && work->is_private)
        return fail(work, "error parsing asymmetric key: asn1: structure error");
    if (!work->pair)
        return fail(work, "error parsing public key: not in PEM format");
    if (dev_pair_is(work->pair, type->pair, type->bits))
        return true;
    const int bits = EVP_PKEY_get_bits(work->pair);
    if (type->kind == TRANSIT_RSA && EVP_PKEY_is_a(work->pair, "RSA"))
        return fail(work, "invalid key size: expected %d bytes, got %d bytes", type->bits / 8, bits / 8);
    if (type->kind == TRANSIT_ECDSA && EVP_PKEY_is_a(work->pair, "EC"))
        return fail(work, "invalid curve: expected %s, got P-%d", type->shown, bits);
    return fail(work, "invalid key type: expected %s, got %s", type->name,
                go_type(work->pair, work->is_private));
}

/* Makes a version of what was read. */
static bool make_version(import_work *work, transit_version *version)
{
    const transit_key *key = work->key;
    const bool pair = transit_signs(key->type), edwards = key->type->kind == TRANSIT_ED25519;
    if (edwards && key->derived && !work->is_private)
        return fail(work,
                    "unable to import only public key for derived Ed25519 key: imported key should not be an "
                    "Ed25519 key pair but is instead an HKDF key");
    if (!pair && !right_size(key, work->bytes.len))
        return fail(work, "invalid key size %zu bytes for key type %s", work->bytes.len, key->type->name);
    if (pair && !parse_pair(work))
        return false;
    version->public_only = !work->is_private;
    version->pair = vc__steal(&work->pair);
    version->secret_len = edwards ? 64 : work->bytes.len;
    if (pair && (!edwards || !work->is_private))
        return true;
    if (!(version->secret = vc__calloc(1, version->secret_len)))
        return fail(work, "out of memory");
    if (!edwards)
        memcpy(version->secret, work->bytes.data, work->bytes.len);
    return !edwards || dev_pair_ed25519_write(version->pair, version->secret) ||
           fail(work, "libcrypto failed");
}

/* -- import -- */

/* What a new key is to be; false: answered. */
static bool read_new_key(dev_request *request, transit_key *like)
{
    vc_view name;
    char low[32];
    if (!dev_param_string(request, "type", &name) || !dev_param_bool(request, "derived", &like->derived) ||
        !dev_param_bool(request, "exportable", &like->exportable) ||
        !dev_param_bool(request, "allow_plaintext_backup", &like->plaintext_backup) ||
        !dev_param_bool(request, "allow_rotation", &like->allow_rotation) ||
        !dev_param_duration(request, "auto_rotate_period", &like->auto_rotate))
        return false;
    if (!dev_param_given(request, "type"))
        name = vc_str("aes256-gcm96");
    snprintf(low, sizeof low, "%.*s", (int)name.len, name.data ? name.data : "");
    for (char *at = low; *at; at++)
        *at = *at >= 'A' && *at <= 'Z' ? (char)(*at + 32) : *at;
    like->type = transit_type_find(request->server->flavour, vc_str(low));
    if (dev_param_given(request, "convergent_encryption"))
        dev_reply_wrapped(request, 500, "import cannot be used on keys with convergent encryption enabled");
    else if (like->auto_rotate > 0 && !like->allow_rotation)
        dev_reply_wrapped(request, 500, "allow_rotation must be set to true if auto-rotation is enabled");
    else if (!like->type)
        dev_reply_error(request, 400, "unknown key type: %.*s", (int)name.len, name.data ? name.data : "");
    else if (transit_key_get(request, 0))
        dev_reply_wrapped(request, 500,
                          "the import path cannot be used with an existing key; use import-version to rotate "
                          "an existing imported key");
    else
        return true;
    return false;
}

void transit_on_import(dev_request *request)
{
    transit_key like = { .imported = true, .counter_kdf = true, .min_decryption = 1 };
    import_work work = { .key = &like, .bytes = VC__BUF(1 << 20) };
    transit_version version = { 0 };
    if (!read_new_key(request, &like) || !read_key(request, &work)) {
        work_free(&work);
        return;
    }
    if (!make_version(&work, &version)) {
        dev_reply_wrapped(request, 500, "error importing key: %s", work.why);
        transit_version_clear(&version);
    } else {
        if (like.type->kind == TRANSIT_HMAC)
            like.key_size = (int)version.secret_len;
        if (transit_key_put(request, request->args[0], &like, &version))
            dev_reply_empty(request);
        else
            dev_reply_error(request, 500, "out of memory");
    }
    work_free(&work);
}

/* -- import_version -- */

/* Whether the version's missing private half may come in. NULL: yes. */
static const char *why_not(const transit_key *key, const transit_version *version, bool is_private)
{
    if (!version)
        return "no such key version";
    if (!transit_signs(key->type))
        return "provided type does not support importing key versions";
    if (!version->public_only)
        return "private key imported, key version cannot be updated";
    return is_private ? NULL : "cannot add a public key to a key version that already has a public key set";
}

/* Gives a public half its private one. */
static bool complete(import_work *work, transit_version *old, transit_version *new)
{
    if (EVP_PKEY_eq(old->pair, new->pair) != 1)
        return fail(work, "cannot import key, key pair does not match");
    EVP_PKEY_free(old->pair);
    old->pair = vc__steal(&new->pair);
    old->secret = vc__steal(&new->secret);
    old->secret_len = new->secret_len;
    old->public_only = false;
    return true;
}

static void add_version(dev_request *request, transit_key *key, import_work *work)
{
    const long long none = -1;
    long long number = none;
    transit_version version = { 0 };
    if (!dev_param_int(request, "version", &number))
        return;
    const long long at = number == none ? key->latest : number;
    transit_version *old = transit_key_version(key, at) ? &key->versions[at - 1] : NULL;
    const char *why = number == none ? NULL : why_not(key, old, work->is_private);
    if (why) {
        dev_reply_wrapped(request, 500, "%s", why);
        return;
    }
    bool well = make_version(work, &version);
    const bool lacking = old && old->public_only && work->is_private;
    if (well && lacking && complete(work, old, &version))
        transit_version_clear(&version);
    else if (well && number != none)
        well = false;
    else if (well)
        well = transit_key_append(key, &version, request->connection->random);
    if (well) {
        dev_reply_empty(request);
    } else {
        transit_version_clear(&version);
        dev_reply_wrapped(request, 500, "%s", work->why);
    }
}

void transit_on_import_version(dev_request *request)
{
    transit_key *key = transit_key_get(request, 0);
    import_work work = { .key = key, .bytes = VC__BUF(1 << 20) };
    if (!key)
        dev_reply_wrapped(request, 500,
                          "no key found with name %.*s; to import a new key, use the import/ endpoint",
                          (int)request->args[0].len, request->args[0].data);
    else if (!key->imported)
        dev_reply_wrapped(request, 500, "the import_version endpoint can only be used with an imported key");
    else if (key->soft_deleted)
        dev_reply_wrapped(request, 500, "%s", transit_soft_deleted);
    else if (read_key(request, &work))
        add_version(request, key, &work);
    work_free(&work);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* transit_sign.c - signatures: made, and verified; and the choice between them and HMACs. */
#include "base/base64.h"
#include "base/text.h"
#include "param.h"
#include "reply.h"
#include "transit_texts.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

/* What signatures are made and verified with. */
typedef struct sign_work {
    const transit_key *key;
    dev_signing how;
    vc_view hash_name, algorithm; /* "pss", "pkcs1v15" or nothing */
    bool prehashed;
    int salt;
    long long version;
    vc__buf input, context, signature, decoded;
} sign_work;

/* What became of one item. */
typedef struct outcome {
    char error[320]; /* empty: none */
    bool user;       /* the error is the caller's: 400 */
    bool valid;
    int version;
    vc__buf public_key; /* of derived keys, raw */
} outcome;

static bool fail(outcome *out, bool user, const char *format, ...) __attribute__((format(printf, 3, 4)));

static bool fail(outcome *out, bool user, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vsnprintf(out->error, sizeof out->error, format, list);
    va_end(list);
    out->user = user;
    return false;
}

static void signer_free(sign_work *signer)
{
    vc__buf_free(&signer->input);
    vc__buf_free(&signer->context);
    vc__buf_free(&signer->signature);
    vc__buf_free(&signer->decoded);
}

/* -- options -- */

static bool read_salt(dev_request *request, sign_work *signer)
{
    vc_view text;
    char copy[24], *end;
    if (!dev_param_string(request, "salt_length", &text))
        return false;
    signer->salt = DEV_SALT_AUTO;
    if (!dev_param_given(request, "salt_length"))
        return true;
    snprintf(copy, sizeof copy, "%.*s", (int)text.len, text.data ? text.data : "");
    if (strcasecmp(copy, "auto") == 0)
        return true;
    const long number = strcasecmp(copy, "hash") == 0 ? DEV_SALT_HASH : strtol(copy, &end, 10);
    const bool is_number = strcasecmp(copy, "hash") == 0 || (text.len && text.len < sizeof copy && *end == 0);
    if (!is_number)
        dev_reply_error(request, 400, "salt length neither 'auto', 'hash', nor an int: %.*s", (int)text.len,
                        text.data ? text.data : "");
    else if (number < DEV_SALT_HASH)
        dev_reply_error(request, 400, "salt length is invalid: %ld", number);
    else
        signer->salt = number > INT16_MAX ? INT16_MAX : (int)number;
    return is_number && number >= DEV_SALT_HASH;
}

static bool read_options(dev_request *request, sign_work *signer, vc_view hash)
{
    vc_view marshaling;
    if (!dev_param_string(request, "marshaling_algorithm", &marshaling) ||
        !dev_param_bool(request, "prehashed", &signer->prehashed) ||
        !dev_param_string(request, "signature_algorithm", &signer->algorithm) ||
        !dev_param_int(request, "key_version", &signer->version))
        return false;
    if (!dev_param_given(request, "marshaling_algorithm"))
        marshaling = vc_str("asn1");
    signer->hash_name = hash;
    signer->how.digest = transit_digest(hash);
    signer->how.jws = vc__view_is(marshaling, "jws");
    signer->how.pkcs1 = vc__view_is(signer->algorithm, "pkcs1v15");
    if (!signer->how.digest && !vc__view_is(hash, "none"))
        dev_reply_error(request, 400, "invalid hash algorithm \"%.*s\"", (int)hash.len, hash.data);
    else if (!signer->how.jws && !vc__view_is(marshaling, "asn1"))
        dev_reply_error(request, 400, "invalid marshaling type \"%.*s\"", (int)marshaling.len,
                        marshaling.data ? marshaling.data : "");
    else
        return read_salt(request, signer);
    return false;
}

/* What the key must be for its options. */
static bool check_key(dev_request *request, const sign_work *signer, const char *missing, const char *verb)
{
    const transit_key *key = signer->key;
    if (!key)
        dev_reply_error(request, 400, "%s", missing);
    else if (!transit_signs(key->type))
        dev_reply_error(request, 400, "key type %s does not support %s", key->type->name, verb);
    else if (key->type->kind != TRANSIT_ED25519 && !signer->how.digest &&
             (!signer->prehashed || !signer->how.pkcs1))
        dev_reply_error(request, 400,
                        "hash_algorithm=none requires both prehashed=true and signature_algorithm=pkcs1v15");
    else
        return true;
    return false;
}

/* -- one item -- */

/* Decodes what is signed, hashes it where that is due, and decodes the context. */
static bool read_input(sign_work *signer, vc_view input, vc_view context, outcome *out)
{
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned len;
    size_t bad;
    if (!transit_decode(input, &signer->input, &bad))
        return fail(out, true, "unable to decode input as base64: illegal base64 data at input byte %zu",
                    bad);
    if (signer->key->type->kind != TRANSIT_ED25519 && !signer->prehashed && signer->how.digest) {
        EVP_Digest(signer->input.data, signer->input.len, sum, &len, signer->how.digest, NULL);
        vc__buf_clear(&signer->input);
        vc__buf_append(&signer->input, (const char *)sum, len);
    }
    return transit_decode(context, &signer->context, &bad) ||
           fail(out, true, "failed to base64-decode context");
}

/* The pair that signs or verifies: the version's, or one derived from it, to be freed as `*own`. */
static EVP_PKEY *pair_of(const sign_work *signer, const transit_version *version, EVP_PKEY **own,
                         outcome *out)
{
    *own = NULL;
    if (!signer->key->derived)
        return version->pair;
    if (signer->context.len == 0)
        fail(out, false, "error deriving key: %s", transit_no_context);
    else if (signer->key->counter_kdf)
        fail(out, false, "ed25519: bad private key length: 32"); /* what it derives is no key of Go's */
    else if (!(*own = transit_derive_pair(signer->key, version, vc__buf_get(&signer->context))))
        fail(out, false, "libcrypto failed");
    return *own;
}

/* Which kind of RSA signature, and whether its salt can be. `user`: an error of the latter is the caller's.
 */
static bool check_rsa(sign_work *signer, EVP_PKEY *pair, bool user, outcome *out)
{
    const vc_view algorithm = signer->algorithm;
    if (signer->key->type->kind != TRANSIT_RSA || signer->how.pkcs1)
        return true;
    if (algorithm.len && !vc__view_is(algorithm, "pss"))
        return fail(out, false, "unsupported rsa signature algorithm %.*s", (int)algorithm.len,
                    algorithm.data);
    signer->how.salt = signer->salt;
    return signer->salt <= dev_pair_salt_max(pair, signer->how.digest) ||
           fail(out, user, "requested salt length %d is invalid", signer->salt);
}

/* The version that signs. */
static const transit_version *signing_version(const sign_work *signer, outcome *out)
{
    const transit_key *key = signer->key;
    const long long number = signer->version ? signer->version : key->latest;
    const transit_version *version = transit_key_version(key, number);
    out->version = (int)number;
    if (key->soft_deleted)
        fail(out, false, "%s", transit_soft_deleted);
    else if (number < 0)
        fail(out, false, "requested version for signing is negative");
    else if (number > key->latest)
        fail(out, false, "requested version for signing is higher than the latest key version");
    else if (signer->version && key->min_encryption > 0 && number < key->min_encryption)
        fail(out, false, "requested version for signing is less than the minimum encryption key version");
    else if (!version)
        fail(out, false, "no such key version");
    else if (version->public_only)
        fail(out, false, "requested version for signing does not contain a private part");
    else
        return version;
    return NULL;
}

/* The signature's bytes are in signer->signature then. */
static bool sign(sign_work *signer, vc_view input, vc_view context, outcome *out)
{
    EVP_PKEY *own = NULL;
    const char *why = NULL;
    if (!read_input(signer, input, context, out))
        return false;
    const transit_version *version = signing_version(signer, out);
    EVP_PKEY *pair = version ? pair_of(signer, version, &own, out) : NULL;
    bool well = pair && check_rsa(signer, pair, false, out);
    if (well && !dev_pair_sign(pair, &signer->how, vc__buf_get(&signer->input), &signer->signature, &why))
        well = fail(out, false, "%s", why);
    if (well && own)
        dev_pair_der(own, DEV_PAIR_RAW, &out->public_key);
    EVP_PKEY_free(own);
    return well;
}

/* Base64, of the URL's alphabet and without padding for JWS. */
static void write_signature(const sign_work *signer, const outcome *done, vc__buf *out)
{
    out_key(out, "signature");
    vc__buf_printf(out, "\"vault:v%d:", done->version);
    const size_t begin = out->len;
    vc__base64_encode(out, vc__buf_get(&signer->signature));
    for (size_t at = begin; signer->how.jws && at < out->len; at++) {
        char *byte = &out->data[at];
        *byte = *byte == '+' ? '-' : *byte == '/' ? '_' : *byte;
    }
    while (signer->how.jws && out->data[out->len - 1] == '=')
        out->len--;
    vc__buf_byte(out, '"');
}

static void write_public(const outcome *done, const char *name, vc__buf *out)
{
    if (done->public_key.len == 0)
        return;
    out_key(out, name);
    vc__buf_byte(out, '"');
    vc__base64_encode(out, vc__buf_get(&done->public_key));
    vc__buf_byte(out, '"');
}

/* Splits the signature's text; its bytes are in signer->signature then. NULL: out->error. */
static const transit_version *read_signature(sign_work *signer, vc_view text, outcome *out)
{
    const transit_key *key = signer->key;
    long number = 0;
    size_t bad;
    vc_view encoded;
    const char *why = NULL;
    if (key->soft_deleted)
        return fail(out, true, "%s", transit_soft_deleted) ? NULL : NULL;
    switch (transit_split_text(text, &number, &encoded)) {
    case TRANSIT_NO_PREFIX: why = "invalid signature: no prefix"; break;
    case TRANSIT_FIELDS: why = "invalid signature: wrong number of fields"; break;
    case TRANSIT_NUMBER: why = "invalid signature: version number could not be decoded"; break;
    case TRANSIT_SPLIT_OK: break;
    }
    if (!why && number > key->latest)
        why = "invalid signature: version is too new";
    if (!why && number < key->min_decryption)
        why = "ciphertext or signature version is disallowed by policy (too old)";
    if (!why && signer->how.jws && !transit_from_url(encoded, &signer->decoded))
        why = "invalid base64 signature value";
    if (!why &&
        !transit_decode(signer->how.jws ? vc__buf_get(&signer->decoded) : encoded, &signer->signature, &bad))
        why = "invalid base64 signature value";
    if (why)
        fail(out, true, "%s", why);
    return why ? NULL : transit_key_version(key, number);
}

static bool verify(sign_work *signer, vc_view input, vc_view context, vc_view text, outcome *out)
{
    EVP_PKEY *own = NULL;
    const char *why = NULL;
    if (!read_input(signer, input, context, out))
        return false;
    const transit_version *version = read_signature(signer, text, out);
    EVP_PKEY *pair = version ? pair_of(signer, version, &own, out) : NULL;
    bool well = pair && check_rsa(signer, pair, true, out);
    if (well && !dev_pair_verify(pair, &signer->how, vc__buf_get(&signer->input),
                                 vc__buf_get(&signer->signature), &out->valid, &why))
        well = fail(out, true, "%s", why);
    EVP_PKEY_free(own);
    return well;
}

/* -- answers -- */

static void refuse(dev_request *request, const outcome *done)
{
    if (done->user)
        dev_reply_error(request, 400, "%s", done->error);
    else
        dev_reply_wrapped(request, 500, "%s", done->error);
}

static void sign_one(dev_request *request, sign_work *signer)
{
    outcome done = { .public_key = VC__BUF(64) };
    vc_view input, context;
    if (!dev_param_string(request, "input", &input) || !dev_param_string(request, "context", &context))
        return;
    if (!sign(signer, input, context, &done)) {
        refuse(request, &done);
    } else {
        vc__buf *out = dev_reply_data(request);
        out_open(out, '{');
        out_member_int(out, "key_version", done.version);
        write_public(&done, "public_key", out);
        write_signature(signer, &done, out);
        out_close(out, '}');
    }
    vc__buf_free(&done.public_key);
}

static void sign_many(dev_request *request, sign_work *signer)
{
    vc__buf *out = dev_reply_data(request);
    vc__buf_str(out, "{\"batch_results\":[");
    for (size_t at = 0; at < transit_texts_count(request); at++) {
        outcome done = { .public_key = VC__BUF(64) };
        vc_view input, context, reference;
        transit_text(request, at, "context", &context);
        transit_text(request, at, "reference", &reference);
        const bool well = transit_text(request, at, "input", &input) ? sign(signer, input, context, &done)
                                                                     : fail(&done, true, "missing input");
        out_open(out, '{');
        if (well)
            write_signature(signer, &done, out);
        out_member_int(out, "key_version", well ? done.version : 0);
        write_public(&done, "publickey", out);
        if (!well)
            transit_text_error(out, "%s", done.error);
        out_key(out, "reference");
        out_string(out, reference);
        out_close(out, '}');
        vc__buf_free(&done.public_key);
    }
    vc__buf_str(out, "]}");
}

static void verify_one(dev_request *request, sign_work *signer)
{
    outcome done = { 0 };
    vc_view input, context, text;
    if (!dev_param_string(request, "input", &input) || !dev_param_string(request, "context", &context) ||
        !dev_param_string(request, "signature", &text))
        return;
    if (!verify(signer, input, context, text, &done)) {
        refuse(request, &done);
        return;
    }
    vc__buf *out = dev_reply_data(request);
    out_open(out, '{');
    out_member_bool(out, "valid", done.valid);
    out_close(out, '}');
}

static void verify_many(dev_request *request, sign_work *signer)
{
    vc__buf *out = dev_reply_data(request);
    vc__buf_str(out, "{\"batch_results\":[");
    for (size_t at = 0; at < transit_texts_count(request); at++) {
        outcome done = { 0 };
        vc_view input, context, text, reference;
        transit_text(request, at, "context", &context);
        transit_text(request, at, "signature", &text);
        transit_text(request, at, "reference", &reference);
        const bool well = transit_text(request, at, "input", &input)
                              ? verify(signer, input, context, text, &done)
                              : fail(&done, true, "missing input");
        out_open(out, '{');
        out_member_bool(out, "valid", well && done.valid);
        if (!well)
            transit_text_error(out, "%s", done.error);
        out_key(out, "reference");
        out_string(out, reference);
        out_close(out, '}');
    }
    vc__buf_str(out, "]}");
}

/* The name of the hash: sha2-256 unless said otherwise. */
static bool hash_name(dev_request *request, vc_view *name)
{
    static const char *const names[] = { "hash_algorithm", "algorithm", NULL };
    if (!transit_digest_name(request, names, name))
        return false;
    if (name->len == 0)
        *name = vc_str("sha2-256");
    return true;
}

#define SIGNER(request)                                                                                      \
    {                                                                                                        \
        .key = transit_key_get(request, 0), .input = VC__BUF(DEV_BODY_MAX),                                  \
        .context = VC__BUF(DEV_BODY_MAX), .signature = VC__BUF(DEV_BODY_MAX),                                \
        .decoded = VC__BUF(DEV_BODY_MAX)                                                                     \
    }

void transit_on_sign(dev_request *request)
{
    sign_work signer = SIGNER(request);
    vc_view hash;
    if (hash_name(request, &hash) && read_options(request, &signer, hash) &&
        check_key(request, &signer, "signing key not found", "signing"))
        switch (transit_texts_check(request, "transit.batchRequestSignItem")) {
        case TRANSIT_MANY: sign_many(request, &signer); break;
        case TRANSIT_ONE: sign_one(request, &signer); break;
        case TRANSIT_REFUSED: break;
        }
    signer_free(&signer);
}

static void verify_signature(dev_request *request, vc_view hash, bool many)
{
    sign_work signer = SIGNER(request);
    if (read_options(request, &signer, hash) &&
        check_key(request, &signer, "signature verification key not found", "verification")) {
        if (many)
            verify_many(request, &signer);
        else
            verify_one(request, &signer);
    }
    signer_free(&signer);
}

/* -- which of the two a verify is about -- */

typedef struct choice {
    bool many, signature, hmac, missing;
} choice;

static void look_at_items(dev_request *request, choice *asked)
{
    vc_view text;
    for (size_t at = 0; at < transit_texts_count(request); at++) {
        if (transit_text(request, at, "signature", &text))
            asked->signature = true;
        else if (transit_text(request, at, "hmac", &text))
            asked->hmac = true;
        else
            asked->missing = true;
    }
}

/* What makes no sense. NULL: go on. */
static const char *nonsense(const choice *asked)
{
    if (!asked->many)
        return asked->signature || asked->hmac ? NULL
                                               : "neither a 'signature' nor an 'hmac' were given to verify";
    if (asked->signature && asked->hmac)
        return "elements of batch_input must all provide 'signature' or all provide 'hmac'";
    if (!asked->missing)
        return NULL;
    return asked->signature ? "some elements of batch_input are missing 'signature'"
           : asked->hmac    ? "some elements of batch_input are missing 'hmac'"
                            : "no batch_input elements have 'signature' or 'hmac'";
}

void transit_on_verify(dev_request *request)
{
    vc_view algorithm;
    const transit_many many = transit_texts_check(request, "transit.batchRequestVerifyItem");
    choice asked = { .many = many == TRANSIT_MANY };
    if (many == TRANSIT_REFUSED || !hash_name(request, &algorithm))
        return;
    if (asked.many) {
        look_at_items(request, &asked);
    } else {
        asked.signature = dev_param_given(request, "signature");
        asked.hmac = !asked.signature && dev_param_given(request, "hmac");
    }
    const char *why = nonsense(&asked);
    if (why)
        dev_reply_error(request, 400, "%s", why);
    else if (asked.hmac)
        transit_verify_hmac(request, algorithm, asked.many);
    else
        verify_signature(request, algorithm, asked.many);
}

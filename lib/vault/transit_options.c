/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/transit_options.h"

#include "base/alloc.h"
#include "base/error.h"

vc_transit_options *vc_transit_options_new(vc_error *err)
{
    vc_transit_options *options = vc__calloc(1, sizeof *options);
    if (!options) {
        vc__error_memory(err);
        return NULL;
    }
    options->context.max = options->associated_data.max = VC__TRANSIT_OPTION_MAX;
    return options;
}

void vc_transit_options_free(vc_transit_options *options)
{
    if (!options)
        return;
    vc__buf_free(&options->context);
    vc__buf_free(&options->associated_data);
    vc__free(options);
}

/* An empty view is "set, and empty": the buffer has its memory then. */
static vc_code set_bytes(vc__buf *option, vc_view bytes, const char *what, vc_error *err)
{
    vc__buf_clear(option);
    vc__buf_reserve(option, bytes.len ? bytes.len : 1);
    vc__buf_view(option, bytes);
    const vc_code code = vc__buf_check(option, what, err);
    if (code)
        vc__buf_free(option);
    return code;
}

vc_code vc_transit_options_set_context(vc_transit_options *options, vc_view context, vc_error *err)
{
    return set_bytes(&options->context, context, "the context", err);
}

vc_code vc_transit_options_set_associated_data(vc_transit_options *options, vc_view data, vc_error *err)
{
    return set_bytes(&options->associated_data, data, "the associated data", err);
}

void vc_transit_options_set_key_version(vc_transit_options *options, uint64_t version)
{
    options->key_version = version;
}

/* A name of an algorithm goes into JSON as it is. NULL unsets. */
static vc_code set_word(char option[VC__TRANSIT_WORD], const char *word, const char *what, vc_error *err)
{
    const size_t len = word ? strlen(word) : 0;
    bool good = len < VC__TRANSIT_WORD;
    for (size_t i = 0; good && i < len; i++)
        good = (word[i] >= 'a' && word[i] <= 'z') || (word[i] >= '0' && word[i] <= '9') || word[i] == '-';
    if (!good)
        return vc__error(err, VC_E_ARGUMENT, "%s has small letters, digits and '-' only", what);
    if (len)
        memcpy(option, word, len);
    option[len] = 0;
    return VC_OK;
}

vc_code vc_transit_options_set_hash_algorithm(vc_transit_options *options, const char *algorithm, vc_error *err)
{
    return set_word(options->hash, algorithm, "a hash algorithm", err);
}

vc_code vc_transit_options_set_signature_algorithm(vc_transit_options *options, const char *algorithm,
                                                   vc_error *err)
{
    return set_word(options->signature, algorithm, "a signature algorithm", err);
}

vc_code vc_transit_options_set_marshaling(vc_transit_options *options, const char *algorithm, vc_error *err)
{
    return set_word(options->marshaling, algorithm, "a marshaling algorithm", err);
}

void vc_transit_options_set_prehashed(vc_transit_options *options, int prehashed)
{
    options->prehashed = prehashed != 0;
}

vc_code vc_transit_options_set_salt_length(vc_transit_options *options, int bytes, vc_error *err)
{
    if (bytes < VC_TRANSIT_SALT_HASH || bytes > 65535)
        return vc__error(err, VC_E_ARGUMENT, "a salt has 0 to 65535 bytes, or VC_TRANSIT_SALT_AUTO or _HASH");
    options->salted = true;
    options->salt_length = bytes;
    return VC_OK;
}

/* -- which verb takes what ----------------------------------------------------------------------------- */

enum { CONTEXT = 1, ASSOCIATED = 2, VERSION = 4, HASH = 8, SIGNING = 16 };

static const struct {
    unsigned takes;
    const char *name;
} verbs[VC__VERB_COUNT] = {
    [VC__TRANSIT_ENCRYPT] = { CONTEXT | ASSOCIATED | VERSION, "encryption" },
    [VC__TRANSIT_DECRYPT] = { CONTEXT | ASSOCIATED | VERSION, "decryption" }, /* the version is in the text */
    [VC__TRANSIT_REWRAP] = { CONTEXT | VERSION, "rewrapping" },
    [VC__TRANSIT_HMAC] = { VERSION | HASH, "an HMAC" },
    [VC__TRANSIT_SIGN] = { CONTEXT | VERSION | HASH | SIGNING, "signing" },
    [VC__TRANSIT_VERIFY] = { CONTEXT | VERSION | HASH | SIGNING, "verification" },
    [VC__TRANSIT_VERIFY_HMAC] = { VERSION | HASH, "the verification of an HMAC" },
};

static vc_code not_taken(vc__verb verb, const char *what, vc_error *err)
{
    return vc__error(err, VC_E_ARGUMENT, "%s takes no %s", verbs[verb].name, what);
}

vc_code vc__transit_options_apply(const vc_transit_options *options, vc__verb verb, vc__item *item, vc_error *err)
{
    const unsigned takes = verbs[verb].takes;
    if (options && !item->context.data)
        item->context = vc__buf_get(&options->context);
    if (options && !item->associated_data.data)
        item->associated_data = vc__buf_get(&options->associated_data);
    if (options && !item->key_version && (verb == VC__TRANSIT_ENCRYPT || verb == VC__TRANSIT_REWRAP))
        item->key_version = options->key_version;
    if (item->associated_data.data && verb == VC__TRANSIT_REWRAP)
        return vc__error(err, VC_E_ARGUMENT,
                         "Vault does not rewrap with associated data: decrypt and encrypt instead");
    if (item->context.data && !(takes & CONTEXT))
        return not_taken(verb, "context", err);
    if (item->associated_data.data && !(takes & ASSOCIATED))
        return not_taken(verb, "associated data", err);
    if (!options)
        return VC_OK;
    if (options->hash[0] && !(takes & HASH))
        return not_taken(verb, "hash algorithm", err);
    if ((options->signature[0] || options->marshaling[0] || options->prehashed || options->salted) &&
        !(takes & SIGNING))
        return not_taken(verb, "options of signatures", err);
    return VC_OK;
}

static void append_word(vc__buf *out, const char *name, const char *word)
{
    if (word[0])
        vc__buf_printf(out, ",\"%s\":\"%s\"", name, word);
}

void vc__transit_options_members(const vc_transit_options *options, vc__verb verb, vc__buf *out)
{
    if (!options || !(verbs[verb].takes & HASH))
        return;
    append_word(out, verb == VC__TRANSIT_HMAC ? "algorithm" : "hash_algorithm", options->hash);
    append_word(out, "signature_algorithm", options->signature);
    append_word(out, "marshaling_algorithm", options->marshaling);
    if (options->prehashed)
        vc__buf_str(out, ",\"prehashed\":true");
    if (options->salted && options->salt_length >= 0)
        vc__buf_printf(out, ",\"salt_length\":\"%d\"", options->salt_length);
    else if (options->salted)
        append_word(out, "salt_length", options->salt_length == VC_TRANSIT_SALT_AUTO ? "auto" : "hash");
    if (options->key_version && (verb == VC__TRANSIT_HMAC || verb == VC__TRANSIT_SIGN))
        vc__buf_printf(out, ",\"key_version\":%llu", (unsigned long long)options->key_version);
}

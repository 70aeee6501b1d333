/* SPDX-License-Identifier: Apache-2.0 */
/* transit_version.c - a key and its versions. */
#include "base/alloc.h"
#include "base/secret.h"
#include "base/text.h"
#include "clock.h"
#include "transit.h"

#include <stdlib.h>

void transit_version_clear(transit_version *version)
{
    if (version->secret)
        vc__wipe(version->secret, version->secret_len);
    vc__free(version->secret);
    EVP_PKEY_free(version->pair);
    vc__wipe(version, sizeof *version);
}

void transit_key_free(void *item)
{
    transit_key *key = item;
    if (!key)
        return;
    for (int i = 0; i < key->latest; i++)
        transit_version_clear(&key->versions[i]);
    vc__free(key->versions);
    vc__free(key->name);
    vc__free(key);
}

transit_key *transit_key_get(const dev_request *request, size_t at)
{
    return dev_names_get(&transit_of(request)->keys, request->args[at]);
}

static bool make_secret(transit_version *version, size_t len)
{
    version->secret_len = len;
    version->secret = vc__calloc(1, len);
    return version->secret != NULL;
}

/* The version's secret or pair. */
static bool fill(transit_version *version, const transit_key *key, vc__random *random)
{
    const transit_type *type = key->type;
    if (!transit_signs(type))
        return make_secret(version, type->kind == TRANSIT_HMAC ? (size_t)key->key_size
                                                               : vc__aead_key_size(type->algorithm)) &&
               vc__random_bytes(random, version->secret, version->secret_len, NULL) == VC_OK;
    version->pair = dev_pair_make(type->pair, type->bits);
    return version->pair &&
           (type->kind != TRANSIT_ED25519 ||
            (make_secret(version, 64) && dev_pair_ed25519_write(version->pair, version->secret)));
}

bool transit_key_append(transit_key *key, transit_version *version, vc__random *random)
{
    transit_version *versions = vc__calloc((size_t)key->latest + 1, sizeof *versions);
    version->created = dev_wall();
    if (!versions || vc__random_bytes(random, version->hmac_key, sizeof version->hmac_key, NULL) != VC_OK) {
        vc__free(versions);
        transit_version_clear(version);
        return false;
    }
    if (key->versions) {
        memcpy(versions, key->versions, (size_t)key->latest * sizeof *versions);
        vc__wipe(key->versions, (size_t)key->latest * sizeof *versions);
        vc__free(key->versions);
    }
    versions[key->latest++] = *version;
    key->versions = versions;
    vc__wipe(version, sizeof *version);
    return true;
}

bool transit_key_add(transit_key *key, vc__random *random)
{
    transit_version version = { 0 };
    if (fill(&version, key, random))
        return transit_key_append(key, &version, random);
    transit_version_clear(&version);
    return false;
}

transit_key *transit_key_make(dev_request *request, vc_view name, const transit_make *make)
{
    dev_names *keys = &transit_of(request)->keys;
    transit_key *key = vc__calloc(1, sizeof *key);
    if (!key)
        return NULL;
    key->name = vc__memdup(name.data, name.len);
    key->type = make->type;
    key->derived = make->derived;
    key->convergent = make->convergent;
    key->key_size = make->key_size;
    key->min_decryption = 1;
    if (!key->name || !transit_key_add(key, request->connection->random)) {
        transit_key_free(key);
        return NULL;
    }
    return dev_names_put(keys, name, key) ? key : NULL;
}

transit_key *transit_key_put(dev_request *request, vc_view name, const transit_key *like,
                             transit_version *version)
{
    dev_names *keys = &transit_of(request)->keys;
    transit_key *key = vc__calloc(1, sizeof *key);
    if (!key) {
        transit_version_clear(version);
        return NULL;
    }
    *key = *like;
    key->name = vc__memdup(name.data, name.len);
    if (!transit_key_append(key, version, request->connection->random) || !key->name) {
        transit_key_free(key);
        return NULL;
    }
    return dev_names_put(keys, name, key) ? key : NULL;
}

const transit_version *transit_key_version(const transit_key *key, long long number)
{
    return number >= key->min_decryption && number >= 1 && number <= key->latest ? &key->versions[number - 1]
                                                                                 : NULL;
}

vc_view transit_hmac_key(const transit_key *key, const transit_version *version)
{
    return key->type->kind == TRANSIT_HMAC
               ? vc_view_of((const char *)version->secret, version->secret_len)
               : vc_view_of((const char *)version->hmac_key, sizeof version->hmac_key);
}

transit_split transit_split_text(vc_view text, long *version, vc_view *encoded)
{
    if (!vc__view_starts(text, "vault:v"))
        return TRANSIT_NO_PREFIX;
    const vc_view rest = vc_view_of(text.data + 7, text.len - 7);
    const char *colon = memchr(rest.data, ':', rest.len);
    if (!colon)
        return TRANSIT_FIELDS;
    const size_t digits = (size_t)(colon - rest.data);
    char number[12], *end;
    if (digits == 0 || digits >= sizeof number || strchr(" \t\n\v\f\r", rest.data[0]))
        return TRANSIT_NUMBER;
    memcpy(number, rest.data, digits);
    number[digits] = 0;
    *version = strtol(number, &end, 10);
    if (*end)
        return TRANSIT_NUMBER;
    *encoded = vc_view_of(colon + 1, rest.len - digits - 1);
    return TRANSIT_SPLIT_OK;
}

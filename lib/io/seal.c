/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seal.c - the data key of a sealed file: taken out of the keyring, or fetched into it with a client that waits. What is
 * done with it is lib/record's.
 */
#include "base/error.h"
#include "base/secret.h"
#include "crypto/random.h"
#include "io/client.h"
#include "io/clock.h"
#include "keys/fetch.h"
#include "record/unsealer.h"

enum { ASKED_MOST = 8 /* times: others, who share the key, may have used it up meanwhile */ };

static vc_step step(void *self, uint64_t now_ms, uint64_t *wait_until, vc_error *err)
{
    return vc__fetch_step(self, now_ms, wait_until, err);
}

static vc_request *next(void *self)
{
    return vc__fetch_next(self);
}

/* Brings what was stated, unless it is there. */
static vc_code run(vc__fetch *fetch, vc_client *client, vc_error *err)
{
    if (!vc__fetch_wanted(fetch))
        return VC_OK;
    if (!client)
        return vc__error(err, VC_E_NOT_FOUND, "the keyring does not have the file's data key, and there is no client to ask Vault for it");
    const uint64_t deadline = vc__client_deadline(client);
    vc_code code = vc__fetch_set_limits(fetch, client->config->batch_items, client->config->batch_bytes, client->config->connections,
                                        deadline, err);
    const vc__operation operation = { step, next, fetch };
    return code ? code : vc__client_drive(client, &operation, deadline, err);
}

static vc__keyplace place_of(const vc__seal_key *key)
{
    return (vc__keyplace){ .source = key->is_static ? VC__SOURCE_STATIC : VC__SOURCE_VAULT, .mount = key->mount, .name = key->name };
}

static vc_code choose_ring(vc_client *client, vc_keyring *given, vc_keyring **ring, vc_error *err)
{
    *ring = given ? given : client ? vc_client_keyring(client) : NULL;
    if (!*ring)
        return vc__error(err, VC_E_ARGUMENT, "a data key comes of a client or a keyring: there is neither");
    return client && *ring != vc_client_keyring(client) ? vc__hub_attach(client->hub, *ring, err) : VC_OK;
}

/* -- sealing -- */

/*
 * One call under the data key, however long the file: that key encrypts nothing here, it only gives, with a salt of 32 random bytes, each
 * file a key of its own.
 */
static vc_code take_key(vc_keyring *ring, vc_client *client, const vc__keyplace *place, vc__datakey **key, vc_error *err)
{
    vc__fetch fetch;
    vc__share granted;
    vc_code code = VC_E_NOT_FOUND;
    vc__fetch_init(&fetch, ring);
    for (int i = 0; i < ASKED_MOST && code == VC_E_NOT_FOUND; i++) {
        vc_error why = VC_ERROR_INIT;
        code = vc__ring_use(ring, place, vc__clock_ms(), (vc__share){ 1, 0 }, 0, key, &granted, &why);
        if (code == VC_OK)
            break;
        if (code != VC_E_NOT_FOUND || i == ASKED_MOST - 1) {
            vc__error_copy(err, &why);
            break;
        }
        vc__fetch_clear(&fetch);
        code = vc__fetch_use(&fetch, place, err);
        if (!code)
            code = run(&fetch, client, err);
        if (code)
            break;
        code = VC_E_NOT_FOUND;
    }
    vc__fetch_cleanup(&fetch);
    return code;
}

static vc_code begin(vc_sealer *sealer, const vc__datakey *key, vc_error *err)
{
    char stream_key[VC__SEGMENT_KEY], drawn[VC__SEALER_DRAWN];
    vc__autoptr(vc__random) random = vc__random_new(err);
    vc__auto(vc__buf) name = VC__BUF(2 * VC__NATIVE_NAME_MAX);
    if (!random)
        return VC_E_MEMORY;
    vc__seal_key_name(&name, &sealer->key);
    const vc__native token = { .source = sealer->key.is_static ? VC__NATIVE_STATIC : VC__NATIVE_TRANSIT,
                               .key_id = vc__datakey_id(key),
                               .key_name = vc__buf_get(&name),
                               .key_version = vc__datakey_version(key),
                               .wrapped = vc__datakey_wrapped(key) };
    vc_code code = vc__buf_check(&name, "the name of a key", err);
    if (!code)
        code = vc__random_bytes(random, drawn, sizeof drawn, err);
    if (!code)
        code = vc__datakey_derive(key, VC__KEY_STREAM, stream_key, sizeof stream_key, err);
    if (!code)
        code = vc__sealer_begin(sealer, &token, vc_view_of(stream_key, sizeof stream_key), vc_view_of(drawn, sizeof drawn), err);
    vc__wipe(stream_key, sizeof stream_key);
    return code;
}

vc_code vc_sealer_start(vc_sealer *sealer, vc_client *client, vc_keyring *keyring, vc_error *err)
{
    vc_keyring *ring;
    if (sealer->stage != VC__SEALER_NEW)
        return vc__error(err, VC_E_STATE, "sealing has begun already");
    vc_code code = choose_ring(client, keyring, &ring, err);
    if (code)
        return code;
    const vc__keyplace place = place_of(&sealer->key);
    vc__autoptr(vc__datakey) key = NULL;
    code = take_key(ring, client, &place, &key, err);
    return code ? code : begin(sealer, key, err);
}

/* -- opening -- */

static vc_code fetch_opening(vc_unsealer *unsealer, const vc__native *token, const vc__keyplace *place, vc__datakey **key, vc_error *err)
{
    vc__fetch fetch;
    uint32_t need = 0;
    vc__fetch_init(&fetch, unsealer->ring);
    vc_code code = vc__fetch_opening(&fetch, place, token->key_id, token->key_version, token->wrapped, &need, err);
    if (!code)
        code = run(&fetch, unsealer->client, err);
    const vc_error *why = code ? NULL : vc__fetch_error(&fetch, need);
    vc__datakey *got = code || why ? NULL : vc__fetch_key(&fetch, need);
    if (why)
        code = vc__error_copy(err, why);
    else if (!code && !got)
        code = vc__error(err, VC_E_INTERNAL, "the file's data key did not come");
    if (got)
        *key = vc__datakey_ref(got);
    vc__fetch_cleanup(&fetch);
    return code;
}

static vc_code get_stream_key(void *user, const vc__native *token, const vc__seal_key *allowed, char stream_key[VC__SEGMENT_KEY],
                              vc_error *err)
{
    vc_unsealer *unsealer = user;
    const vc__keyplace place = place_of(allowed);
    vc__autoptr(vc__datakey) key = vc__ring_opening(unsealer->ring, &place, token->key_id, vc__clock_ms());
    vc_code code = key ? VC_OK : fetch_opening(unsealer, token, &place, &key, err);
    return code ? code : vc__datakey_derive(key, VC__KEY_STREAM, stream_key, VC__SEGMENT_KEY, err);
}

vc_code vc_unsealer_start(vc_unsealer *unsealer, vc_client *client, vc_keyring *keyring, vc_error *err)
{
    vc_keyring *ring;
    vc_code code = choose_ring(client, keyring, &ring, err);
    if (!code)
        code = vc__unsealer_begin(unsealer, get_stream_key, unsealer, err);
    if (code)
        return code;
    unsealer->client = client;
    unsealer->ring = vc_keyring_ref(ring);
    return VC_OK;
}

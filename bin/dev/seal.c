/* SPDX-License-Identifier: Apache-2.0 */
#include "seal.h"

#include "base/base64.h"
#include "base/secret.h"
#include "base/text.h"
#include "param.h"
#include "reply.h"
#include "token.h"

#include <stdio.h>

static void hex(const unsigned char *bytes, size_t len, char *out)
{
    for (size_t i = 0; i < len; i++)
        snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

/* The shares of the key; of one share, that is the key. False: no random bytes. */
static bool split(const dev_seal *seal, vc__random *random, unsigned char (*shares)[DEV_SHARE])
{
    if (seal->threshold > 1)
        return dev_shamir_split(seal->key, seal->shares, seal->threshold, random, shares);
    for (size_t i = 0; i < seal->shares; i++)
        memcpy(shares[i], seal->key, DEV_SECRET);
    return true;
}

static size_t share_size(const dev_seal *seal)
{
    return seal->threshold > 1 ? DEV_SHARE : DEV_SECRET;
}

bool dev_seal_init(dev_seal *seal, size_t shares, size_t threshold, vc__random *random, char *keys,
                   size_t room)
{
    unsigned char list[DEV_SHARES][DEV_SHARE];
    *seal = (dev_seal){ .initialized = true, .shares = shares, .threshold = threshold };
    if (vc__random_bytes(random, seal->key, sizeof seal->key, NULL) != VC_OK || !split(seal, random, list))
        return false;
    size_t at = 0;
    for (size_t i = 0; keys && i < shares && at + 2 * DEV_SHARE + 2 < room; i++) {
        if (i)
            keys[at++] = ',';
        hex(list[i], share_size(seal), keys + at);
        at += 2 * share_size(seal);
    }
    return true;
}

static bool shut(const dev_request *request)
{
    return request->server->seal.sealed || !request->server->seal.initialized || request->sealed;
}

void dev_seal_status(dev_request *request)
{
    const dev_server *server = request->server;
    const dev_seal *seal = &server->seal;
    vc__buf *out = dev_reply_bare(request, 200);
    out_open(out, '{');
    out_member(out, "type", "shamir");
    out_member_bool(out, "initialized", seal->initialized);
    out_member_bool(out, "sealed", shut(request));
    out_member_int(out, "t", (long long)seal->threshold);
    out_member_int(out, "n", (long long)seal->shares);
    out_member_int(out, "progress", (long long)seal->progress);
    out_member(out, "nonce", seal->progress ? seal->nonce : "");
    out_member(out, "version", server->flavour->version);
    out_member(out, server->flavour->openbao ? "commit_date" : "build_date", "");
    out_member_bool(out, "migration", false);
    if (!shut(request)) {
        out_member(out, "cluster_name", server->cluster_name);
        out_member(out, "cluster_id", server->cluster_id);
    }
    out_member_bool(out, "recovery_seal", false);
    out_member(out, "storage_type", "inmem");
    vc__buf_str(out, "}\n");
}

void dev_seal_close(dev_request *request)
{
    request->server->seal.sealed = true;
    request->server->seal.progress = 0;
    dev_reply_empty(request);
}

/* A key in hexadecimal or base64, as Vault takes it. */
static bool decode_key(vc_view text, unsigned char *key, size_t room, size_t *len)
{
    if (text.len / 2 <= room && vc__hex_decode(key, text)) {
        *len = text.len / 2;
        return true;
    }
    return text.len <= room && vc__base64_decode((char *)key, len, text, NULL) == VC_OK;
}

static bool already_given(const dev_seal *seal, const unsigned char *share)
{
    for (size_t i = 0; i < seal->progress; i++)
        if (memcmp(seal->given[i], share, share_size(seal)) == 0)
            return true;
    return false;
}

/* One share more; the last one opens, or they were wrong. False: answered. */
static bool take_share(dev_request *request, const unsigned char *share, size_t len)
{
    dev_seal *seal = &request->server->seal;
    unsigned char key[DEV_SECRET] = { 0 };
    if (len == share_size(seal)) {
        if (already_given(seal, share))
            return true;
        if (seal->progress == 0)
            dev_uuid(request->connection->random, seal->nonce);
        memcpy(seal->given[seal->progress++], share, len);
        if (seal->progress < seal->threshold)
            return true;
        if (seal->threshold > 1)
            dev_shamir_join(seal->given, seal->progress, key);
        else
            memcpy(key, share, sizeof key);
    }
    seal->progress = 0;
    if (vc__secret_equal(vc_view_of(key, sizeof key), vc_view_of(seal->key, sizeof seal->key))) {
        seal->sealed = false;
        return true;
    }
    dev_reply_error(request, 400, "Unseal failed, invalid key");
    return false;
}

void dev_seal_open(dev_request *request)
{
    dev_seal *seal = &request->server->seal;
    unsigned char key[256];
    size_t len;
    bool reset = false;
    vc_view text;
    if (!dev_param_string(request, "key", &text) || !dev_param_bool(request, "reset", &reset))
        return;
    if (!seal->initialized)
        dev_reply_error(request, 400, "Vault is not initialized");
    else if (text.len == 0 && !reset)
        dev_reply_error(request, 400,
                        "'key' must be specified in request body as JSON, or 'reset' set to true");
    else if (!reset && !decode_key(text, key, sizeof key, &len))
        dev_reply_error(request, 400, "'key' must be a valid hex or base64 string");
    else if (reset && !seal->sealed)
        dev_reply_error(request, 400, "vault is unsealed");
    else if (!reset && seal->sealed && len < 16)
        dev_reply_error(request, 400, "invalid key: key is shorter than minimum 16 bytes");
    else {
        if (reset)
            seal->progress = 0;
        if (reset || !seal->sealed || take_share(request, key, len))
            dev_seal_status(request);
    }
}

/* -- initialisation -- */

void dev_init_read(dev_request *request)
{
    vc__buf_printf(dev_reply_bare(request, 200), "{\"initialized\":%s}\n",
                   request->server->seal.initialized ? "true" : "false");
}

static void encode(const unsigned char *bytes, size_t len, char *out)
{
    vc__base64_encode_raw(out, bytes, len);
    out[vc__base64_encoded_len(len)] = 0;
}

static void write_keys(vc__buf *out, const dev_seal *seal, unsigned char (*shares)[DEV_SHARE], bool base64)
{
    char text[4 * DEV_SHARE];
    out_open(out, '[');
    for (size_t i = 0; i < seal->shares; i++) {
        const vc_view bytes = vc_view_of(shares[i], share_size(seal));
        if (base64)
            encode(shares[i], bytes.len, text);
        else
            hex(shares[i], bytes.len, text);
        out_string(out, vc_str(text));
    }
    out_close(out, ']');
}

void dev_init_write(dev_request *request)
{
    dev_server *server = request->server;
    vc__random *random = request->connection->random;
    unsigned char shares[DEV_SHARES][DEV_SHARE];
    long long count = 1, threshold = 1;
    char token[64], letters[25];
    vc_error err = VC_ERROR_INIT;
    if (server->seal.initialized) {
        dev_reply_error(request, 400, "Vault is already initialized");
        return;
    }
    if (!dev_param_int(request, "secret_shares", &count) ||
        !dev_param_int(request, "secret_threshold", &threshold))
        return;
    if (count < 1 || count > DEV_SHARES || threshold < 1 || threshold > count ||
        (count > 1 && threshold == 1)) {
        dev_reply_error(request, 400, "invalid seal configuration: %s",
                        count < 1            ? "shares must be at least one"
                        : threshold > count  ? "threshold cannot be larger than shares"
                        : count > DEV_SHARES ? "this emulator has at most 16 shares"
                                             : "threshold must be greater than one for multiple shares");
        return;
    }
    dev_letters(random, letters, 24);
    snprintf(token, sizeof token, "%s%s", server->flavour->token_prefix, letters);
    if (!dev_seal_init(&server->seal, (size_t)count, (size_t)threshold, random, NULL, 0) ||
        !split(&server->seal, random, shares) || dev_token_setup(server, token, random, &err) != VC_OK) {
        dev_reply_error(request, 500, "out of memory");
        return;
    }
    server->seal.sealed = true;
    vc__buf *out = dev_reply_bare(request, 200);
    out_open(out, '{');
    out_key(out, "keys");
    write_keys(out, &server->seal, shares, false);
    out_key(out, "keys_base64");
    write_keys(out, &server->seal, shares, true);
    out_member(out, "root_token", token);
    vc__buf_str(out, "}\n");
}

void dev_wipe(dev_request *request)
{
    dev_server *server = request->server;
    vc_error err = VC_ERROR_INIT;
    request->token = NULL;
    request->mount = NULL;
    if (dev_server_wipe(server, request->connection->random, &err) == VC_OK)
        dev_reply_empty(request);
    else
        dev_reply_error(request, 500, "out of memory");
    request->space = dev_namespace_root(server);
}

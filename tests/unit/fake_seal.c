/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake_seal.c - a stand-in for seal.h under the tests and the bench of files over Kafka: segments in the same cut, but nothing is
 * encrypted or authenticated, and no key is needed. A digest is kept, an additive one, so that mixtures are seen.
 */
#include "unit/fake_seal.h"

#include <stdio.h>
#include <stdlib.h>
#include <vaultcrypt/payload.h>

#ifdef FAKE_SEAL_SHA256
#include <openssl/evp.h>
#endif

struct vc_manifest {
    char name[256];
    size_t name_len;
    uint32_t mode;
    int64_t mtime;
    uint64_t size;
    int has_mode, has_mtime, has_size, has_id;
    unsigned char id[VC_SEAL_TRANSFER_ID];
    uint64_t offset;
};

vc_manifest *vc_manifest_new(vc_error *err)
{
    (void)err;
    return calloc(1, sizeof(vc_manifest));
}

void vc_manifest_free(vc_manifest *manifest)
{
    free(manifest);
}

vc_code vc_manifest_set_name(vc_manifest *manifest, vc_view name, vc_error *err)
{
    (void)err;
    memcpy(manifest->name, name.data, name.len);
    manifest->name_len = name.len;
    return VC_OK;
}

void vc_manifest_set_mode(vc_manifest *manifest, uint32_t mode)
{
    manifest->mode = mode;
    manifest->has_mode = 1;
}

void vc_manifest_set_mtime(vc_manifest *manifest, int64_t nanoseconds)
{
    manifest->mtime = nanoseconds;
    manifest->has_mtime = 1;
}

void vc_manifest_set_size(vc_manifest *manifest, uint64_t bytes)
{
    manifest->size = bytes;
    manifest->has_size = 1;
}

int vc_manifest_name(const vc_manifest *manifest, vc_view *name)
{
    *name = vc_view_of(manifest->name, manifest->name_len);
    return manifest->name_len > 0;
}

int vc_manifest_mode(const vc_manifest *manifest, uint32_t *mode)
{
    *mode = manifest->mode;
    return manifest->has_mode;
}

int vc_manifest_mtime(const vc_manifest *manifest, int64_t *nanoseconds)
{
    *nanoseconds = manifest->mtime;
    return manifest->has_mtime;
}

int vc_manifest_size(const vc_manifest *manifest, uint64_t *bytes)
{
    if (manifest->has_size)
        *bytes = manifest->size;
    return manifest->has_size;
}

int vc_manifest_transfer_id(const vc_manifest *manifest, vc_view *id)
{
    *id = vc_view_of(manifest->id, sizeof manifest->id);
    return manifest->has_id;
}

uint64_t vc_manifest_offset(const vc_manifest *manifest)
{
    return manifest->offset;
}

/*
 * The bench has the SHA-256 of everything too, when it asks for it with FAKE_SEAL_DIGEST: that is what a transfer costs that checks its bytes and
 * encrypts none.
 */
#ifdef FAKE_SEAL_SHA256
static void *sha_new(void)
{
    EVP_MD_CTX *sha = getenv("FAKE_SEAL_DIGEST") ? EVP_MD_CTX_new() : NULL;
    if (sha)
        EVP_DigestInit_ex(sha, EVP_sha256(), NULL);
    return sha;
}

static void sha_add(void *sha, vc_view data)
{
    if (sha)
        EVP_DigestUpdate(sha, data.data, data.len);
}

static void sha_free(void *sha)
{
    EVP_MD_CTX_free(sha);
}
#else
static void *sha_new(void)
{
    return NULL;
}

static void sha_add(void *sha, vc_view data)
{
    (void)sha, (void)data;
}

static void sha_free(void *sha)
{
    (void)sha;
}
#endif

/* Cheap, and it tells an exchanged, a missing and a moved byte. */
static uint64_t add_up(uint64_t sum, vc_view data)
{
    size_t i = 0;
    for (uint64_t word; i + 8 <= data.len; i += 8) {
        memcpy(&word, data.data + i, 8);
        sum = (sum << 1 | sum >> 63) + word;
    }
    for (; i < data.len; i++)
        sum = (sum << 1 | sum >> 63) + (unsigned char)data.data[i];
    return sum;
}

/* -- sealing -------------------------------------------------------------------------------------------------------- */

enum { HEAD = 5 }; /* a letter and four bytes of length */

struct vc_sealer {
    vc_manifest manifest;
    size_t segment;
    int begun, ended, apart;
    uint64_t sum;
    void *sha;
    char *out;
};

static void seal_digest(vc_sealer *sealer, vc_view data)
{
    sealer->sum = add_up(sealer->sum, data);
    sha_add(sealer->sha, data);
}

vc_sealer *vc_sealer_new(const char *key, vc_error *err)
{
    (void)key, (void)err;
    vc_sealer *sealer = calloc(1, sizeof *sealer);
    sealer->segment = VC_SEAL_SEGMENT_DEFAULT;
    sealer->sha = sha_new();
    return sealer;
}

void vc_sealer_free(vc_sealer *sealer)
{
    if (sealer) {
        free(sealer->out);
        sha_free(sealer->sha);
    }
    free(sealer);
}

vc_code vc_sealer_set_context(vc_sealer *sealer, vc_view context, vc_error *err)
{
    (void)sealer, (void)context, (void)err;
    return VC_OK;
}

vc_code vc_sealer_set_digest_apart(vc_sealer *sealer, int apart, vc_error *err)
{
    (void)err;
    sealer->apart = apart;
    return VC_OK;
}

vc_code vc_sealer_set_segment(vc_sealer *sealer, size_t bytes, vc_error *err)
{
    (void)err;
    sealer->segment = bytes;
    return VC_OK;
}

vc_code vc_sealer_set_manifest(vc_sealer *sealer, const vc_manifest *manifest, vc_error *err)
{
    (void)err;
    const vc_manifest part = sealer->manifest;
    sealer->manifest = *manifest;
    memcpy(sealer->manifest.id, part.id, sizeof part.id);
    sealer->manifest.has_id = part.has_id;
    sealer->manifest.offset = part.offset;
    return VC_OK;
}

vc_code vc_sealer_set_part(vc_sealer *sealer, vc_view transfer_id, uint64_t offset, vc_error *err)
{
    (void)err;
    memcpy(sealer->manifest.id, transfer_id.data, transfer_id.len);
    sealer->manifest.has_id = 1;
    sealer->manifest.offset = offset;
    return VC_OK;
}

vc_code vc_sealer_start(vc_sealer *sealer, vc_client *client, struct vc_keyring *keyring, vc_error *err)
{
    (void)client, (void)keyring, (void)err;
    sealer->out = malloc(sealer->segment + sizeof(vc_manifest) + HEAD);
    return VC_OK;
}

static vc_view put(vc_sealer *sealer, char letter, vc_view data)
{
    const uint32_t len = (uint32_t)data.len;
    sealer->out[0] = letter;
    memcpy(sealer->out + 1, &len, sizeof len);
    memcpy(sealer->out + HEAD, data.data, data.len);
    return vc_view_of(sealer->out, HEAD + data.len);
}

/* As the senders call it: whole segments, but for the last. */
vc_code vc_sealer_push(vc_sealer *sealer, vc_view *plaintext, vc_view *segment, vc_error *err)
{
    (void)err;
    *segment = vc_view_of(NULL, 0);
    if (!sealer->begun) {
        sealer->begun = 1;
        *segment = put(sealer, 'M', vc_view_of(&sealer->manifest, sizeof sealer->manifest));
    } else if (plaintext->len) {
        const vc_view piece = vc_view_of(plaintext->data, plaintext->len < sealer->segment ? plaintext->len : sealer->segment);
        if (!sealer->apart)
            seal_digest(sealer, piece);
        *segment = put(sealer, 'D', piece);
        *plaintext = vc_view_of(plaintext->data + piece.len, plaintext->len - piece.len);
    }
    return VC_OK;
}

vc_code vc_sealer_finish(vc_sealer *sealer, vc_view *segment, vc_error *err)
{
    vc_view none = { NULL, 0 };
    if (!sealer->begun)
        return vc_sealer_push(sealer, &none, segment, err);
    *segment = none;
    if (!sealer->ended++)
        *segment = put(sealer, 'E', vc_view_of(&sealer->sum, sizeof sealer->sum));
    return VC_OK;
}

vc_code vc_sealer_digest(vc_sealer *sealer, vc_view plaintext, vc_error *err)
{
    (void)err;
    seal_digest(sealer, plaintext);
    return VC_OK;
}

/* -- opening -------------------------------------------------------------------------------------------------------- */

struct vc_unsealer {
    vc_manifest manifest;
    uint64_t sum, wanted;
    int has_manifest, ended, apart;
    void *sha;
    char *room;
};

static void unseal_digest(vc_unsealer *unsealer, vc_view data)
{
    unsealer->sum = add_up(unsealer->sum, data);
    sha_add(unsealer->sha, data);
}

vc_unsealer *vc_unsealer_new(vc_error *err)
{
    (void)err;
    vc_unsealer *unsealer = calloc(1, sizeof *unsealer);
    if (unsealer)
        unsealer->sha = sha_new();
    return unsealer;
}

void vc_unsealer_free(vc_unsealer *unsealer)
{
    if (unsealer)
        sha_free(unsealer->sha);
    free(unsealer);
}

vc_code vc_unsealer_allow_key(vc_unsealer *unsealer, const char *key, vc_error *err)
{
    (void)unsealer, (void)key, (void)err;
    return VC_OK;
}

vc_code vc_unsealer_allow_context(vc_unsealer *unsealer, vc_view context, vc_error *err)
{
    (void)unsealer, (void)context, (void)err;
    return VC_OK;
}

vc_code vc_unsealer_set_digest_apart(vc_unsealer *unsealer, int apart, vc_error *err)
{
    (void)err;
    unsealer->apart = apart;
    return VC_OK;
}

vc_code vc_unsealer_set_room(vc_unsealer *unsealer, void *room, size_t size, vc_error *err)
{
    (void)size, (void)err;
    unsealer->room = room;
    return VC_OK;
}

vc_code vc_unsealer_set_segment_limit(vc_unsealer *unsealer, size_t bytes, vc_error *err)
{
    (void)unsealer, (void)bytes, (void)err;
    return VC_OK;
}

vc_code vc_unsealer_start(vc_unsealer *unsealer, vc_client *client, struct vc_keyring *keyring, vc_error *err)
{
    (void)unsealer, (void)client, (void)keyring, (void)err;
    return VC_OK;
}

static vc_code broken(vc_error *err)
{
    if (err) {
        err->code = VC_E_CIPHERTEXT;
        snprintf(err->message, sizeof err->message, "the ciphertext cannot be authenticated");
    }
    return VC_E_CIPHERTEXT;
}

/* As the receivers call it: one segment, whole. */
vc_code vc_unsealer_pull(vc_unsealer *unsealer, vc_view *sealed, vc_unseal_event *event, vc_view *plaintext, vc_error *err)
{
    uint32_t len;
    *plaintext = vc_view_of(NULL, 0);
    *event = unsealer->ended ? VC_UNSEAL_END : VC_UNSEAL_MORE;
    if (!sealed->len)
        return VC_OK;
    if (sealed->len < HEAD || unsealer->ended)
        return broken(err);
    memcpy(&len, sealed->data + 1, sizeof len);
    const vc_view data = vc_view_of(sealed->data + HEAD, len);
    if (len != sealed->len - HEAD || (sealed->data[0] == 'M') == unsealer->has_manifest)
        return broken(err);
    *sealed = vc_view_of(NULL, 0);
    if (data.data[-HEAD] == 'M' && len == sizeof unsealer->manifest) {
        memcpy(&unsealer->manifest, data.data, len);
        unsealer->has_manifest = 1;
        *event = VC_UNSEAL_MANIFEST;
    } else if (data.data[-HEAD] == 'D' && len) {
        if (!unsealer->apart)
            unseal_digest(unsealer, data);
        *plaintext = data;
        if (unsealer->room) {
            memcpy(unsealer->room, data.data, data.len);
            *plaintext = vc_view_of(unsealer->room, data.len);
        }
        *event = VC_UNSEAL_DATA;
    } else if (data.data[-HEAD] == 'E' && len == sizeof unsealer->wanted) {
        memcpy(&unsealer->wanted, data.data, len);
        unsealer->ended = 1;
        *event = VC_UNSEAL_END;
    } else {
        return broken(err);
    }
    return VC_OK;
}

const vc_manifest *vc_unsealer_manifest(const vc_unsealer *unsealer)
{
    return unsealer->has_manifest ? &unsealer->manifest : NULL;
}

vc_code vc_unsealer_digest(vc_unsealer *unsealer, vc_view plaintext, vc_error *err)
{
    (void)err;
    unseal_digest(unsealer, plaintext);
    return VC_OK;
}

vc_code vc_unsealer_finish(vc_unsealer *unsealer, vc_error *err)
{
    return unsealer->ended && unsealer->sum == unsealer->wanted ? VC_OK : broken(err);
}

/* -- the demo's payloads: none here --------------------------------------------------------------------------------- */

size_t vc_payload_size(size_t len)
{
    return len;
}

vc_code vc_payload_seal(vc_client *client, const char *key, vc_view file, vc_bytes *value, vc_bytes *wrapped_key, vc_error *err)
{
    (void)client, (void)key, (void)file, (void)value, (void)wrapped_key;
    return broken(err);
}

vc_code vc_payload_open(vc_client *client, const char *key, const vc_header *headers, size_t header_count, vc_view value,
                        vc_bytes *file, vc_bytes *name, vc_error *err)
{
    (void)client, (void)key, (void)headers, (void)header_count, (void)value, (void)file, (void)name;
    return broken(err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seal - a file that is sealed, broken off on its way, goes on as a second part, and is opened again, with <vaultcrypt/seal.h>. Needs the
 * transit key `example`; keeps all in memory, which programs with large files do not.
 *
 *     seal < report.pdf | cmp - report.pdf
 */
#include "api.h"

#include <stdbool.h>

enum { MOST = 16 << 20 };

static const char transfer_id[VC_SEAL_TRANSFER_ID + 1] = "drawn at random!"; /* once for each transfer: vc_transit_random(), getrandom() */

/* Bytes on their way. */
typedef struct pile {
    char *data;
    size_t len;
} pile;

static void add(pile *to, vc_view bytes)
{
    if (bytes.len > MOST - to->len) {
        fprintf(stderr, "this example takes 16 MiB\n");
        exit(1);
    }
    if (bytes.len)
        memcpy(to->data + to->len, bytes.data, bytes.len);
    to->len += bytes.len;
}

static vc_sealer *start(vc_client *vault, size_t size, uint64_t offset)
{
    vc_sealer *sealer = made(vc_sealer_new("example", &err));
    vc_manifest *manifest = made(vc_manifest_new(&err));
    must(vc_manifest_set_name(manifest, vc_str("report.pdf"), &err));
    vc_manifest_set_mode(manifest, 0640);
    vc_manifest_set_mtime(manifest, 1764398100000000000);
    vc_manifest_set_size(manifest, size);
    must(vc_sealer_set_manifest(sealer, manifest, &err));
    vc_manifest_free(manifest);
    must(vc_sealer_set_context(sealer, vc_str("reports"), &err));
    must(vc_sealer_set_segment(sealer, 65536, &err));
    must(vc_sealer_set_static_key(sealer, 0, &err));
    must(vc_sealer_set_digest_apart(sealer, 0, &err));
    must(vc_sealer_set_part(sealer, vc_view_of(transfer_id, VC_SEAL_TRANSFER_ID), offset, &err));
    must(vc_sealer_start(sealer, vault, NULL, &err)); /* the data key is here now */
    return sealer;
}

/* Seals `file` from `offset` on. `broken` is a sender that ends before its time: what it has sent is of use. */
static void seal(vc_client *vault, vc_view file, size_t offset, bool broken, pile *sent)
{
    vc_sealer *sealer = start(vault, file.len, offset);
    vc_view segment, rest = vc_view_of(file.data + offset, file.len - offset);
    must(vc_sealer_digest(sealer, vc_view_of(file.data, offset), &err));
    do {
        must(vc_sealer_push(sealer, &rest, &segment, &err));
        add(sent, segment);
    } while (segment.len);
    do {
        if (broken)
            break;
        must(vc_sealer_finish(sealer, &segment, &err));
        add(sent, segment);
    } while (segment.len);
    vc_sealer_free(sealer);
}

static vc_unsealer *expect(vc_client *vault)
{
    vc_unsealer *unsealer = made(vc_unsealer_new(&err));
    must(vc_unsealer_allow_key(unsealer, "example", &err)); /* no other is asked for, whatever the file says */
    must(vc_unsealer_allow_static_key(unsealer, "not in this keyring", &err));
    must(vc_unsealer_allow_context(unsealer, vc_str("reports"), &err));
    must(vc_unsealer_set_segment_limit(unsealer, 1 << 20, &err));
    must(vc_unsealer_set_digest_apart(unsealer, 0, &err));
    must(vc_unsealer_start(unsealer, vault, NULL, &err));
    return unsealer;
}

/* What a file says of itself, once it is verified; and what is there already counts. */
static void greet(vc_unsealer *unsealer, pile *file)
{
    const vc_manifest *manifest = vc_unsealer_manifest(unsealer);
    vc_view name = vc_str("?"), id;
    uint32_t mode = 0;
    int64_t mtime = 0;
    uint64_t size = 0;
    (void)(vc_manifest_name(manifest, &name) && vc_manifest_mode(manifest, &mode) && vc_manifest_mtime(manifest, &mtime) &&
           vc_manifest_size(manifest, &size));
    fprintf(stderr, "%.*s, mode %o, %llu bytes, from byte %llu on, in segments of %zu\n", (int)name.len, name.data, (unsigned)mode,
            (unsigned long long)size, (unsigned long long)vc_manifest_offset(manifest), vc_unsealer_segment(unsealer));
    if (!vc_manifest_transfer_id(manifest, &id) || memcmp(id.data, transfer_id, id.len) != 0 || vc_manifest_offset(manifest) > file->len) {
        fprintf(stderr, "that is another transfer\n");
        exit(1);
    }
    file->len = (size_t)vc_manifest_offset(manifest);
    must(vc_unsealer_digest(unsealer, vc_view_of(file->data, file->len), &err));
}

/* Takes all of `sealed`. True: the file is whole. */
static bool receive(vc_client *vault, vc_view sealed, pile *file)
{
    static char room[65536];
    vc_unsealer *unsealer = expect(vault);
    vc_unseal_event event;
    vc_view plaintext;
    do {
        must(vc_unsealer_pull(unsealer, &sealed, &event, &plaintext, &err));
        if (event == VC_UNSEAL_MANIFEST) {
            greet(unsealer, file);
            must(vc_unsealer_set_room(unsealer, room, sizeof room, &err)); /* not needed: it has memory of its own */
        }
        add(file, plaintext);
    } while (event != VC_UNSEAL_MORE && event != VC_UNSEAL_END);
    const bool whole = vc_unsealer_finish(unsealer, NULL) == VC_OK;
    vc_unsealer_free(unsealer);
    return whole;
}

int main(void)
{
    vc_client *vault = made(vc_client_open(NULL, &err));
    pile input = { malloc(MOST), 0 }, sent = { malloc(MOST), 0 }, file = { malloc(MOST), 0 };
    if (!input.data || !sent.data || !file.data)
        return 1;
    input.len = fread(input.data, 1, MOST / 2, stdin);
    const vc_view all = vc_view_of(input.data, input.len);
    seal(vault, all, 0, true, &sent);
    if (!receive(vault, vc_view_of(sent.data, sent.len), &file)) {
        fprintf(stderr, "broken off: %zu of %zu bytes are safe\n", file.len, all.len);
        sent.len = 0;
        seal(vault, all, file.len, false, &sent);
        if (!receive(vault, vc_view_of(sent.data, sent.len), &file))
            return 1;
    }
    fwrite(file.data, 1, file.len, stdout);
    free(input.data);
    free(sent.data);
    free(file.data);
    vc_client_close(vault);
    return fflush(stdout) ? 1 : 0;
}

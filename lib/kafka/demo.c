/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka/demo.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/secret.h"
#include "kafka/folder.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vaultcrypt/payload.h>

enum { MAX_HEADERS = 64, MAX_FILE = 64 << 20 };

/* -- sending -------------------------------------------------------------------------------------------------------- */

/* All of it, as it was at one time: one record goes out, so there is no taking back. */
static vc_code read_all(int fd, char *data, size_t size, vc_error *err)
{
    struct stat before, after;
    if (fstat(fd, &before))
        return vc__file_failed(err, "reading the file", errno);
    for (size_t at = 0; at < size;) {
        const ssize_t got = pread(fd, data + at, size - at, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return vc__file_failed(err, "reading the file", errno);
        if (got == 0)
            return vc__error(err, VC_E_REFUSED, "the file changed while it was read");
        at += (size_t)got;
    }
    if (fstat(fd, &after))
        return vc__file_failed(err, "reading the file", errno);
    if (after.st_size != (off_t)size || after.st_mtim.tv_sec != before.st_mtim.tv_sec ||
        after.st_mtim.tv_nsec != before.st_mtim.tv_nsec)
        return vc__error(err, VC_E_REFUSED, "the file changed while it was read");
    return VC_OK;
}

/* The producer's limit, asked for first: a data key and the work would be in vain. */
static vc_code check_size(const vc_file_sender *sender, uint64_t size, vc_error *err)
{
    char limit[32] = "0";
    size_t room = sizeof limit;
    enum { AROUND = 1024 }; /* headers and framing */
    (void)rd_kafka_conf_get(rd_kafka_conf(sender->outlet.rk), "message.max.bytes", limit, &room);
    const uint64_t most = strtoull(limit, NULL, 10);
    if (size <= MAX_FILE && vc_payload_size((size_t)size) + AROUND <= most)
        return VC_OK;
    return vc__error(err, VC_E_TOO_LARGE,
                     "the demo's format has one record for a file, of 8/3 of its size, and message.max.bytes is %llu: take the native one",
                     (unsigned long long)most);
}

static vc_code send_payload(vc_file_sender *sender, const char *name, vc_view file, int32_t partition, vc_error *err)
{
    vc_bytes value = VC_BYTES_INIT, key = VC_BYTES_INIT;
    vc_code code = vc_payload_seal(sender->halt.scope, sender->key, file, &value, &key, err);
    if (!code) {
        const vc__parcel parcel = { .partition = partition,
                                    .value = vc_bytes_view(value),
                                    .headers = { { VC_PAYLOAD_KEY_HEADER, vc_bytes_view(key) },
                                                 { VC_PAYLOAD_NAME_HEADER, vc_str(name) } },
                                    .header_count = 2 };
        code = vc__outlet_send(&sender->outlet, &parcel, &sender->delivery, err);
    }
    vc_bytes_free(&value);
    vc_bytes_free(&key);
    return code;
}

vc_code vc__demo_send(vc_file_sender *sender, int fd, const char *name, uint64_t size, int32_t partition, vc_error *err)
{
    vc_code code = check_size(sender, size, err);
    if (code)
        return code;
    char *data = vc__calloc((size_t)size + 1, 1);
    if (!data)
        return vc__error_memory(err);
    code = read_all(fd, data, (size_t)size, err);
    if (!code)
        code = send_payload(sender, name, vc_view_of(data, (size_t)size), partition, err);
    vc__wipe(data, (size_t)size);
    vc__free(data);
    return code;
}

/* -- receiving ------------------------------------------------------------------------------------------------------ */

vc_code vc__demo_id(unsigned char id[VC__TRANSFER_ID], const char *topic, const rd_kafka_message_t *message, vc_error *err)
{
    unsigned char digest[EVP_MAX_MD_SIZE], place[12];
    for (int i = 0; i < 4; i++)
        place[i] = (unsigned char)((uint32_t)message->partition >> (24 - 8 * i));
    for (int i = 0; i < 8; i++)
        place[4 + i] = (unsigned char)((uint64_t)message->offset >> (56 - 8 * i));
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    const bool fine = hash && EVP_DigestInit_ex(hash, EVP_sha256(), NULL) && EVP_DigestUpdate(hash, topic, strlen(topic) + 1) &&
                      EVP_DigestUpdate(hash, place, sizeof place) && EVP_DigestUpdate(hash, message->payload, message->len) &&
                      EVP_DigestFinal_ex(hash, digest, NULL);
    EVP_MD_CTX_free(hash);
    if (!fine)
        return vc__error_memory(err);
    memcpy(id, digest, VC__TRANSFER_ID);
    return VC_OK;
}

static size_t gather(const rd_kafka_message_t *message, vc_header headers[MAX_HEADERS])
{
    rd_kafka_headers_t *all = NULL;
    size_t count = 0;
    const char *name;
    const void *value;
    size_t size;
    if (rd_kafka_message_headers(message, &all) || !all)
        return 0;
    while (count < MAX_HEADERS && !rd_kafka_header_get_all(all, count, &name, &value, &size))
        headers[count++] = (vc_header){ vc_str(name), vc_view_of(value, size) };
    return count;
}

/* With any of the allowed keys: the record does not say which. What another key sealed is refused by Vault. */
static vc_code open_payload(vc_file_receiver *receiver, const rd_kafka_message_t *message, vc_bytes *file, vc_bytes *name,
                            vc_error *err)
{
    vc_header headers[MAX_HEADERS];
    const size_t count = gather(message, headers);
    vc_code code = VC_E_CIPHERTEXT;
    for (size_t i = 0; i < receiver->key_count && vc_code_class(code) == VC_CLASS_DATA; i++) {
        vc_error_clear(err);
        code = vc_payload_open(receiver->halt.scope, receiver->keys[i], headers, count,
                               vc_view_of(message->payload, message->len), file, name, err);
    }
    return code;
}

vc_code vc__demo_take(vc_file_receiver *receiver, const rd_kafka_message_t *message, vc_error *err)
{
    unsigned char id[VC__TRANSFER_ID];
    vc_bytes file = VC_BYTES_INIT, name = VC_BYTES_INIT;
    vc_error why = VC_ERROR_INIT;
    if (!message->payload)
        return VC_OK;
    vc_code code = vc__demo_id(id, receiver->topic, message, err);
    if (code || vc__ledger_get(&receiver->ledger, id) != VC__OPEN)
        return code;
    code = open_payload(receiver, message, &file, &name, &why);
    if (!code)
        code = vc__transfer_whole(receiver, id, vc_bytes_view(name), vc_bytes_view(file), err);
    else if (vc_code_class(code) == VC_CLASS_DATA)
        code = vc__transfer_refuse(receiver, id, vc_view_of(NULL, 0), &why, err);
    else
        code = vc__error_copy(err, &why);
    vc_bytes_free(&file);
    vc_bytes_free(&name);
    return code;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* transfer.c - files that come in, several at once: segments to their transfers, verified bytes to the temporary file, verdicts to the journal. */
#include "kafka/receiver.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "kafka/clock.h"

#include <stdio.h>

enum { REHASH = 256 << 10 };

/* -- the list ------------------------------------------------------------------------------------------------------- */

static vc__transfer *find(const vc_file_receiver *receiver, const unsigned char id[VC__TRANSFER_ID])
{
    vc__transfer *transfer = receiver->transfers;
    while (transfer && memcmp(transfer->id, id, VC__TRANSFER_ID) != 0)
        transfer = transfer->next;
    return transfer;
}

static void drop(vc_file_receiver *receiver, vc__transfer *transfer)
{
    vc__transfer **place = &receiver->transfers;
    while (*place != transfer)
        place = &(*place)->next;
    *place = transfer->next;
    receiver->transfer_count--;
    vc__report_unfinished(&receiver->report, receiver->transfer_count);
    (void)vc__digester_wait(&receiver->digester, NULL); /* it may be reading for this one */
    vc_unsealer_free(transfer->unsealer);
    vc__incoming_drop(&transfer->file);
    vc__free(transfer);
}

static vc_code settle(vc_file_receiver *receiver, vc__transfer *transfer, vc__verdict verdict, vc_file_event_kind kind,
                      const vc_error *why, vc_error *err)
{
    const vc_code code = vc__ledger_set(&receiver->ledger, transfer->id, verdict, err);
    if (code)
        return code;
    vc__report_tell(&receiver->report, &transfer->tale, kind, why);
    receiver->settled += kind == VC_FILE_DONE || kind == VC_FILE_PRESENT;
    drop(receiver, transfer);
    return VC_OK;
}

/*
 * Takes another's place: of the one that was silent longest. Not before the newcomer is authentic: whoever has no key drives nobody out.
 */
static vc_code make_room(vc_file_receiver *receiver, const vc__transfer *newcomer, vc_error *err)
{
    vc__transfer *oldest = NULL;
    if (receiver->transfer_count <= VC__TRANSFERS_MOST)
        return VC_OK;
    for (vc__transfer *one = receiver->transfers; one; one = one->next)
        if (one != newcomer && (!oldest || one->heard_ms < oldest->heard_ms))
            oldest = one;
    return settle(receiver, oldest, VC__ABANDONED, VC_FILE_ABANDONED, NULL, err);
}

static vc_code start(vc_file_receiver *receiver, vc__partition *partition, const vc__place *place, int64_t offset,
                     vc__transfer **made, vc_error *err)
{
    vc__transfer *transfer = vc__calloc(1, sizeof *transfer);
    if (!transfer)
        return vc__error_memory(err);
    memcpy(transfer->id, place->id, sizeof transfer->id);
    transfer->partition = partition;
    transfer->first_offset = offset;
    transfer->part = place->part;
    transfer->file.fd = -1;
    vc__tale_begin(&transfer->tale, vc_view_of(NULL, 0), place->id, UINT64_MAX);
    transfer->next = receiver->transfers;
    receiver->transfers = transfer;
    receiver->transfer_count++;
    vc__report_unfinished(&receiver->report, receiver->transfer_count);
    *made = transfer;
    return VC_OK;
}

/* -- opening -------------------------------------------------------------------------------------------------------- */

static vc_code begin_part(vc_file_receiver *receiver, vc__transfer *transfer, uint32_t part, vc_error *err)
{
    (void)vc__digester_wait(&receiver->digester, NULL);
    vc_unsealer_free(transfer->unsealer);
    transfer->unsealer = vc_unsealer_new(err);
    transfer->part = part;
    transfer->index = 0;
    transfer->ended = false;
    if (!transfer->unsealer)
        return VC_E_MEMORY;
    vc_code code = vc_unsealer_set_segment_limit(transfer->unsealer, VC__SEGMENT_MOST, err);
    if (!code)
        code = vc_unsealer_set_digest_apart(transfer->unsealer, 1, err);
    if (!code)
        code = vc__digester_open(&receiver->digester, VC__SEGMENT_MOST, err);
    for (size_t i = 0; i < receiver->key_count && !code; i++)
        code = vc_unsealer_allow_key(transfer->unsealer, receiver->keys[i], err);
    for (size_t i = 0; i < receiver->context_count && !code; i++)
        code = vc_unsealer_allow_context(transfer->unsealer,
                                         vc_view_of(receiver->contexts[i].text, receiver->contexts[i].len), err);
    return code ? code : vc_unsealer_start(transfer->unsealer, receiver->halt.scope, NULL, err);
}

static vc_code check_size(const vc_file_receiver *receiver, uint64_t size, vc_error *err)
{
    if (!receiver->max_size || size <= receiver->max_size)
        return VC_OK;
    return vc__error(err, VC_E_TOO_LARGE, "the file has more than the %llu bytes that are allowed",
                     (unsigned long long)receiver->max_size);
}

/* What is there of the file goes into the digest of the whole. */
static vc_code digest_before(vc__transfer *transfer, vc_error *err)
{
    char *bytes = vc__calloc(1, REHASH);
    if (!bytes)
        return vc__error_memory(err);
    size_t got = 1;
    vc_code code = VC_OK;
    for (uint64_t at = 0; !code && got; at += got) {
        code = vc__incoming_read(&transfer->file, at, bytes, REHASH, &got, err);
        if (!code && got)
            code = vc_unsealer_digest(transfer->unsealer, vc_view_of(bytes, got), err);
    }
    vc__free(bytes);
    return code;
}

static vc_code go_on(vc__transfer *transfer, uint64_t offset, vc_error *err)
{
    if (offset > transfer->file.size)
        return vc__error(err, VC_E_REFUSED, "the transfer goes on at a byte before which some are missing");
    const vc_code code = vc__incoming_cut(&transfer->file, offset, err);
    return code ? code : digest_before(transfer, err);
}

/* The name under which it is to lie, which ends in NUL. */
static vc_code full_name(const vc_file_receiver *receiver, vc_view name, char out[VC__NAME_MOST + 1], vc_error *err)
{
    const vc_view prefix = vc_str(receiver->prefix);
    vc_code code = vc__filename_check(name, receiver->portable, err);
    if (!code && prefix.len + name.len > VC__NAME_MOST)
        code = vc__error(err, VC_E_REFUSED, "the name of the file cannot be taken: it is longer than %d bytes with the prefix",
                         VC__NAME_MOST);
    if (code)
        return code;
    if (prefix.len)
        memcpy(out, prefix.data, prefix.len);
    memcpy(out + prefix.len, name.data, name.len);
    out[prefix.len + name.len] = 0;
    return vc__filename_check(vc_str(out), receiver->portable, err);
}

/* Refused as early as can be. */
static vc_code take_manifest(vc_file_receiver *receiver, vc__transfer *transfer, vc_error *err)
{
    const vc_manifest *manifest = vc_unsealer_manifest(transfer->unsealer);
    char full[VC__NAME_MOST + 1];
    vc_view name = { NULL, 0 }, id;
    uint64_t size = 0;
    if (!vc_manifest_transfer_id(manifest, &id) || !vc__view_equal(id, vc_view_of(transfer->id, sizeof transfer->id)))
        return vc__error(err, VC_E_CIPHERTEXT, "the sealed file belongs to another transfer");
    (void)vc_manifest_name(manifest, &name);
    const bool sized = vc_manifest_size(manifest, &size) != 0;
    const uint64_t offset = vc_manifest_offset(manifest);
    vc__tale_begin(&transfer->tale, name, transfer->id, sized ? size : UINT64_MAX);
    vc_code code = full_name(receiver, name, full, err);
    if (!code)
        code = check_size(receiver, size, err);
    if (!code && transfer->file.fd < 0)
        code = make_room(receiver, transfer, err);
    if (!code && transfer->file.fd < 0)
        code = vc__incoming_open(&transfer->file, &receiver->folder, transfer->id, err);
    if (!code)
        code = go_on(transfer, offset, err);
    if (!code && sized && size > offset)
        code = vc__folder_room(&receiver->folder, size - offset, err);
    transfer->tale.bytes = transfer->tale.from = offset;
    if (!code)
        vc__report_tell(&receiver->report, &transfer->tale, VC_FILE_STARTED, NULL);
    return code;
}

static vc_code digest(void *of, vc_view plaintext, vc_error *err)
{
    return vc_unsealer_digest(of, plaintext, err);
}

/* It lies in the digester's room: read there while it is written to the file here. */
static vc_code take_data(vc_file_receiver *receiver, vc__transfer *transfer, vc_view plaintext, vc_error *err)
{
    vc__digester_add(&receiver->digester, plaintext.len, digest, transfer->unsealer);
    vc_code code = check_size(receiver, transfer->file.size + plaintext.len, err);
    if (!code)
        code = vc__incoming_write(&transfer->file, plaintext, err);
    if (!code)
        vc__report_progress(&receiver->report, &transfer->tale, plaintext.len);
    return code;
}

static vc_code place(vc_file_receiver *receiver, vc__transfer *transfer, vc_error *err)
{
    const vc_manifest *manifest = vc_unsealer_manifest(transfer->unsealer);
    char full[VC__NAME_MOST + 1];
    vc_view name = { NULL, 0 };
    vc__file_facts facts = { 0 };
    bool present = false;
    vc_code code = vc__digester_wait(&receiver->digester, err);
    if (!code)
        code = vc_unsealer_finish(transfer->unsealer, err);
    (void)vc_manifest_name(manifest, &name);
    facts.has_mode = vc_manifest_mode(manifest, &facts.mode) != 0;
    facts.has_mtime = vc_manifest_mtime(manifest, &facts.mtime) != 0;
    if (!code)
        code = full_name(receiver, name, full, err);
    if (!code)
        code = vc__incoming_place(&transfer->file, full, &facts, receiver->force, &present, err);
    if (code)
        return code;
    return settle(receiver, transfer, VC__DONE, present ? VC_FILE_PRESENT : VC_FILE_DONE, NULL, err);
}

/* How large it must be is known with the manifest, before which no data come. */
static vc_code give_room(vc_file_receiver *receiver, vc__transfer *transfer, vc_error *err)
{
    if (!vc_unsealer_manifest(transfer->unsealer))
        return VC_OK;
    return vc_unsealer_set_room(transfer->unsealer, vc__digester_room(&receiver->digester), VC__SEGMENT_MOST, err);
}

/* A record holds a whole segment: so each was authenticated, and a transfer begins for none but those who have a key. */
static vc_code pull(vc_file_receiver *receiver, vc__transfer *transfer, vc_view value, vc_error *err)
{
    vc_view plaintext;
    vc_unseal_event event;
    bool whole = false;
    do {
        vc_code code = give_room(receiver, transfer, err);
        if (!code)
            code = vc_unsealer_pull(transfer->unsealer, &value, &event, &plaintext, err);
        if (!code && event == VC_UNSEAL_MANIFEST)
            code = take_manifest(receiver, transfer, err);
        else if (!code && event == VC_UNSEAL_DATA)
            code = take_data(receiver, transfer, plaintext, err);
        if (code)
            return code;
        whole = whole || event != VC_UNSEAL_MORE;
    } while (event != VC_UNSEAL_MORE && event != VC_UNSEAL_END);
    transfer->ended = event == VC_UNSEAL_END;
    return whole ? VC_OK : vc__error(err, VC_E_CIPHERTEXT, "a record of the transfer does not hold a whole segment");
}

/* -- records -------------------------------------------------------------------------------------------------------- */

/* What is wrong with this file alone; a limit is one of the sealed file's, as nothing of ours is limited here. */
static bool is_refusal(vc_code code)
{
    return vc_code_class(code) == VC_CLASS_DATA || code == VC_E_LIMIT;
}

/* Whether the record is the next of its transfer; `*pass`: it was there before. */
static vc_code follow(vc_file_receiver *receiver, vc__transfer *transfer, const vc__place *place, bool *pass, vc_error *err)
{
    *pass = place->part < transfer->part || (place->part == transfer->part && place->index < transfer->index);
    if (*pass)
        return VC_OK;
    if (place->part > transfer->part && place->index == 0)
        return begin_part(receiver, transfer, place->part, err);
    if (place->part > transfer->part || place->index > transfer->index)
        return vc__error(err, VC_E_REFUSED, "a segment is missing: the topic may not keep records long enough");
    return transfer->unsealer ? VC_OK : begin_part(receiver, transfer, place->part, err);
}

/* Its beginning is not there (any more). One that goes on may have begun before what the topic still holds. */
static vc_code refuse_rest(vc_file_receiver *receiver, const vc__place *place, vc_error *err)
{
    vc_error why = VC_ERROR_INIT;
    vc__error(&why, VC_E_REFUSED, "the beginning of the transfer is missing: the topic may not keep records long enough");
    return vc__transfer_refuse(receiver, place->id, vc_view_of(NULL, 0), &why, err);
}

vc_code vc__transfer_refuse(vc_file_receiver *receiver, const unsigned char id[VC__TRANSFER_ID], vc_view name, const vc_error *why,
                            vc_error *err)
{
    vc__tale tale;
    vc__tale_begin(&tale, name, id, UINT64_MAX);
    const vc_code code = vc__ledger_set(&receiver->ledger, id, VC__REFUSED, err);
    if (!code)
        vc__report_tell(&receiver->report, &tale, VC_FILE_REFUSED, why);
    return code;
}

/* The sender goes on with what was dropped here; it shall not be lost without a word. */
static vc_code tell_late(vc_file_receiver *receiver, const vc__place *place)
{
    vc_error why = VC_ERROR_INIT;
    vc__tale tale;
    if (place->given_up || !place->part || place->index)
        return VC_OK;
    vc__error(&why, VC_E_REFUSED, "the transfer goes on after it was dropped here: it was silent for too long; read the topic from its beginning");
    vc__tale_begin(&tale, vc_view_of(NULL, 0), place->id, UINT64_MAX);
    vc__report_tell(&receiver->report, &tale, VC_FILE_REFUSED, &why);
    return VC_OK;
}

vc_code vc__transfer_take(vc_file_receiver *receiver, vc__partition *partition, const vc__place *place_of, int64_t offset,
                          vc_view value, vc_error *err)
{
    vc_error why = VC_ERROR_INIT;
    bool pass = false;
    const vc__verdict verdict = vc__ledger_get(&receiver->ledger, place_of->id);
    if (verdict != VC__OPEN)
        return verdict == VC__ABANDONED ? tell_late(receiver, place_of) : VC_OK;
    vc__transfer *transfer = find(receiver, place_of->id);
    if (place_of->given_up)
        return transfer ? settle(receiver, transfer, VC__ABANDONED, VC_FILE_ABANDONED, NULL, err) : VC_OK;
    if (!transfer && place_of->index)
        return refuse_rest(receiver, place_of, err);
    vc_code code = transfer ? VC_OK : start(receiver, partition, place_of, offset, &transfer, err);
    if (code || !transfer)
        return code;
    transfer->heard_ms = vc__now_ms();
    code = follow(receiver, transfer, place_of, &pass, &why);
    if (!code && pass)
        return VC_OK;
    if (!code)
        code = pull(receiver, transfer, value, &why);
    if (!code) {
        transfer->index++;
        if (!transfer->ended)
            return VC_OK;
        code = place(receiver, transfer, &why);
    }
    if (!code)
        return VC_OK;
    return is_refusal(code) ? settle(receiver, transfer, VC__REFUSED, VC_FILE_REFUSED, &why, err) : vc__error_copy(err, &why);
}

vc_code vc__transfer_whole(vc_file_receiver *receiver, const unsigned char id[VC__TRANSFER_ID], vc_view name, vc_view data,
                           vc_error *err)
{
    char full[VC__NAME_MOST + 1];
    vc_error why = VC_ERROR_INIT;
    vc__tale tale;
    bool present = false;
    vc__incoming file = { .fd = -1 };
    vc__tale_begin(&tale, name, NULL, data.len);
    vc_code code = full_name(receiver, name, full, &why);
    if (!code)
        code = check_size(receiver, data.len, &why);
    if (!code)
        code = vc__incoming_open(&file, &receiver->folder, id, &why);
    if (!code)
        code = vc__incoming_write(&file, data, &why);
    if (!code)
        code = vc__incoming_place(&file, full, &(vc__file_facts){ 0 }, receiver->force, &present, &why);
    vc__incoming_drop(&file);
    if (code)
        return is_refusal(code) ? vc__transfer_refuse(receiver, id, name, &why, err) : vc__error_copy(err, &why);
    code = vc__ledger_set(&receiver->ledger, id, VC__DONE, err);
    if (code)
        return code;
    vc__report_progress(&receiver->report, &tale, data.len);
    vc__report_tell(&receiver->report, &tale, present ? VC_FILE_PRESENT : VC_FILE_DONE, NULL);
    receiver->settled++;
    return VC_OK;
}

/* -- all of them ---------------------------------------------------------------------------------------------------- */

void vc__transfers_drop(vc_file_receiver *receiver, bool all)
{
    for (vc__transfer *one = receiver->transfers, *next; one; one = next) {
        next = one->next;
        if (all || !one->partition->assigned)
            drop(receiver, one);
    }
}

vc_code vc__transfers_expire(vc_file_receiver *receiver, vc_error *err)
{
    vc_code code = VC_OK;
    const uint64_t now = vc__now_ms();
    for (vc__transfer *one = receiver->transfers, *next; one && !code; one = next) {
        next = one->next;
        if (receiver->abandon_ms && now - one->heard_ms >= receiver->abandon_ms)
            code = settle(receiver, one, VC__ABANDONED, VC_FILE_ABANDONED, NULL, err);
    }
    return code;
}

int64_t vc__transfers_commit(const vc_file_receiver *receiver, const vc__partition *partition, int64_t next)
{
    for (const vc__transfer *one = receiver->transfers; one; one = one->next)
        if (one->partition == partition && one->first_offset < next)
            next = one->first_offset;
    return next;
}

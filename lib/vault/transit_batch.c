/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/transit_batch.h"

#include "base/alloc.h"
#include "base/error.h"
#include "vault/endpoint.h"
#include "vault/single.h"
#include "vault/transit_options.h"

enum { MEMBERS_MAX = 1024, PATH_MAX_BYTES = 4096 };

struct entry {
    vc__item item; /* views of the caller's bytes, and of the batch's options */
    vc_view result;
    uint64_t version;
    vc_error *error; /* owned; NULL: none yet */
    bool done;
};

struct vc_transit_batch {
    vc__verb verb;
    vc_transit_options *options; /* what the items share; NULL: nothing */
    vc__buf path, members;
    struct entry *entries;
    size_t count, room;
    uint32_t *order; /* what is sent: with a context, then without */
    size_t order_room;
    vc__buf *kept; /* bodies of replies, where results lie */
    size_t kept_count, kept_room;
    vc__spread spread;
    bool limits_set, deadline_set;
};

static bool make_room(void *array, size_t *room, size_t count, size_t size)
{
    if (count < *room)
        return true;
    const size_t more = *room ? 2 * *room : 16;
    void *moved = vc__realloc(*(void **)array, more, size);
    if (!moved)
        return false;
    memcpy(array, &moved, sizeof moved);
    *room = more;
    return true;
}

static const vc__spread_owner owner;

/* -- life ---------------------------------------------------------------------------------------------- */

static vc_code copy_options(vc_transit_batch *batch, const vc_transit_options *options, vc_error *err)
{
    vc__item probe = { .value = vc_str("") };
    vc_code code = vc__transit_options_apply(options, batch->verb, &probe, err);
    vc__transit_options_members(options, batch->verb, &batch->members);
    if (!code)
        code = vc__buf_check(&batch->members, "the options", err);
    if (code || !options)
        return code;
    batch->options = vc_transit_options_new(err);
    if (!batch->options)
        return VC_E_MEMORY;
    batch->options->key_version = options->key_version;
    if (options->context.data)
        code = vc_transit_options_set_context(batch->options, vc__buf_get(&options->context), err);
    if (!code && options->associated_data.data)
        code = vc_transit_options_set_associated_data(batch->options, vc__buf_get(&options->associated_data), err);
    return code;
}

vc_transit_batch *vc_transit_batch_new(vc_transit_verb verb, const char *key, const vc_transit_options *options,
                                       vc_error *err)
{
    static const vc__verb verbs[] = {
        [VC_TRANSIT_ENCRYPT] = VC__TRANSIT_ENCRYPT, [VC_TRANSIT_DECRYPT] = VC__TRANSIT_DECRYPT,
        [VC_TRANSIT_REWRAP] = VC__TRANSIT_REWRAP,   [VC_TRANSIT_HMAC] = VC__TRANSIT_HMAC,
        [VC_TRANSIT_SIGN] = VC__TRANSIT_SIGN,       [VC_TRANSIT_VERIFY] = VC__TRANSIT_VERIFY,
        [VC_TRANSIT_VERIFY_HMAC] = VC__TRANSIT_VERIFY_HMAC,
    };
    if ((size_t)verb >= sizeof verbs / sizeof verbs[0]) {
        vc__error(err, VC_E_ARGUMENT, "%d is no verb of transit", (int)verb);
        return NULL;
    }
    vc_transit_batch *batch = vc__calloc(1, sizeof *batch);
    if (!batch) {
        vc__error_memory(err);
        return NULL;
    }
    batch->verb = verbs[verb];
    batch->path.max = PATH_MAX_BYTES;
    batch->members.max = MEMBERS_MAX;
    vc__spread_init(&batch->spread, &owner, batch);
    vc_view mount, name;
    vc_code code = vc__place_parse(vc_str(key), "transit", &mount, &name, err);
    if (!code)
        code = vc__batch_path(&batch->path, batch->verb, mount, name, err);
    if (!code)
        code = copy_options(batch, options, err);
    if (!code)
        return batch;
    vc_transit_batch_free(batch);
    return NULL;
}

void vc_transit_batch_clear(vc_transit_batch *batch)
{
    vc__spread_clear(&batch->spread);
    for (size_t i = 0; i < batch->count; i++)
        vc__free(batch->entries[i].error);
    for (size_t i = 0; i < batch->kept_count; i++)
        vc__buf_free(&batch->kept[i]);
    batch->count = batch->kept_count = 0;
}

void vc_transit_batch_free(vc_transit_batch *batch)
{
    if (!batch)
        return;
    vc_transit_batch_clear(batch);
    vc__spread_cleanup(&batch->spread);
    vc_transit_options_free(batch->options);
    vc__buf_free(&batch->path);
    vc__buf_free(&batch->members);
    vc__free(batch->entries);
    vc__free(batch->order);
    vc__free(batch->kept);
    vc__free(batch);
}

static vc_code started(const vc_transit_batch *batch, vc_error *err)
{
    return batch->spread.phase == VC__SPREAD_FILL
               ? VC_OK
               : vc__error(err, VC_E_STATE, "the batch was started: clear it first");
}

vc_code vc_transit_batch_set_limits(vc_transit_batch *batch, size_t items, size_t bytes, size_t in_flight,
                                    vc_error *err)
{
    vc_code code = started(batch, err);
    if (!code)
        code = vc__spread_set_limits(&batch->spread, items, bytes, in_flight, err);
    batch->limits_set |= code == VC_OK;
    return code;
}

vc_code vc_transit_batch_set_deadline(vc_transit_batch *batch, uint64_t milliseconds, vc_error *err)
{
    const vc_code code = started(batch, err);
    if (code)
        return code;
    batch->spread.deadline_ms = milliseconds;
    batch->deadline_set = true;
    return VC_OK;
}

vc__spread *vc__transit_batch_spread(vc_transit_batch *batch)
{
    return &batch->spread;
}

bool vc__transit_batch_limits_are_set(const vc_transit_batch *batch)
{
    return batch->limits_set;
}

bool vc__transit_batch_deadline_is_set(const vc_transit_batch *batch)
{
    return batch->deadline_set;
}

/* -- items --------------------------------------------------------------------------------------------- */

static vc_code fail_entry(struct entry *entry, const vc_error *why, vc_error *err)
{
    if (!entry->error && !(entry->error = vc__calloc(1, sizeof *entry->error)))
        return vc__error_memory(err);
    *entry->error = (vc_error)VC_ERROR_INIT;
    vc__error_copy(entry->error, why);
    entry->done = true;
    return VC_OK;
}

/* Whether a version goes with an item: for HMACs and signatures it is the request's. */
static vc_code check_version(vc__verb verb, uint64_t version, vc_error *err)
{
    if (!version || verb == VC__TRANSIT_ENCRYPT || verb == VC__TRANSIT_REWRAP)
        return VC_OK;
    return vc__error(err, VC_E_ARGUMENT, "an item has a version of its own in batches that encrypt or rewrap only");
}

static vc_code add(vc_transit_batch *batch, vc__item item, vc_error *err)
{
    vc_error why = VC_ERROR_INIT;
    const bool verifies = batch->verb == VC__TRANSIT_VERIFY || batch->verb == VC__TRANSIT_VERIFY_HMAC;
    vc_code code = started(batch, err);
    if (!code && item.signature.data && !verifies)
        code = vc__error(err, VC_E_ARGUMENT, "a signature goes with what is verified only");
    if (!code)
        code = check_version(batch->verb, item.key_version, err);
    if (!code)
        code = vc__transit_options_apply(batch->options, batch->verb, &item, err);
    if (!code && batch->count == UINT32_MAX)
        code = vc__error(err, VC_E_LIMIT, "a batch holds no more items");
    if (code)
        return code;
    if (!make_room(&batch->entries, &batch->room, batch->count, sizeof *batch->entries))
        return vc__error_memory(err);
    if (verifies && !item.signature.data)
        item.signature = vc_str("");
    struct entry *entry = &batch->entries[batch->count];
    memset(entry, 0, sizeof *entry);
    entry->item = item;
    if (vc__transit_item_check(batch->verb, &item, &why))
        code = fail_entry(entry, &why, err);
    batch->count += code == VC_OK;
    return code;
}

vc_code vc_transit_batch_add(vc_transit_batch *batch, vc_view input, vc_error *err)
{
    return add(batch, (vc__item){ .value = input }, err);
}

vc_code vc_transit_batch_add_item(vc_transit_batch *batch, const vc_transit_item *item, vc_error *err)
{
    if (item->size < sizeof *item)
        return vc__error(err, VC_E_ARGUMENT, "an item begins with its size: start from VC_TRANSIT_ITEM_INIT");
    return add(batch,
               (vc__item){ .value = item->input,
                           .signature = item->signature,
                           .context = item->context,
                           .associated_data = item->associated_data,
                           .key_version = item->key_version },
               err);
}

size_t vc_transit_batch_count(const vc_transit_batch *batch)
{
    return batch->count;
}

/* -- as the owner of a spread -------------------------------------------------------------------------- */

static vc_code begin(void *self, const vc__stretch *stretch, vc__verb *verb, vc__buf *path, vc_error *err)
{
    const vc_transit_batch *batch = self;
    (void)stretch;
    *verb = batch->verb;
    vc__buf_view(path, vc__buf_get(&batch->path));
    return vc__buf_check(path, "a request path", err);
}

static void item_at(void *self, uint32_t i, vc__item *item)
{
    const vc_transit_batch *batch = self;
    *item = batch->entries[batch->order[i]].item;
}

static vc_view members(void *self, vc__verb verb)
{
    const vc_transit_batch *batch = self;
    (void)verb;
    return vc__buf_get(&batch->members);
}

static vc_code keep(void *self, vc__buf *reply, vc_error *err)
{
    vc_transit_batch *batch = self;
    if (!make_room(&batch->kept, &batch->kept_room, batch->kept_count, sizeof *batch->kept))
        return vc__error_memory(err);
    batch->kept[batch->kept_count++] = *reply;
    *reply = (vc__buf)VC__BUF(reply->max);
    return VC_OK;
}

static vc_code accept(void *self, uint32_t i, const vc__outcome *outcome, vc_error *err)
{
    vc_transit_batch *batch = self;
    struct entry *entry = &batch->entries[batch->order[i]];
    if (outcome->code) {
        vc_error why = VC_ERROR_INIT;
        vc__error(&why, outcome->code, "%s", outcome->text);
        return fail_entry(entry, &why, err);
    }
    entry->result = outcome->value;
    entry->version = outcome->key_version;
    entry->done = true;
    return VC_OK;
}

static vc_code refuse(void *self, uint32_t i, const vc_error *why, vc_error *err)
{
    vc_transit_batch *batch = self;
    return fail_entry(&batch->entries[batch->order[i]], why, err);
}

static const vc__spread_owner owner = { begin, item_at, members, keep, accept, refuse };

/* Vault wants a context in all items of a request or in none (spec 5.3); an empty one counts as none. */
static bool has_context(const struct entry *entry)
{
    return entry->item.context.len > 0;
}

static vc_code sort_items(vc_transit_batch *batch, vc_error *err)
{
    if (batch->order_room < batch->count) {
        vc__free(batch->order);
        batch->order_room = 0;
        batch->order = vc__calloc(batch->count, sizeof *batch->order);
        if (!batch->order)
            return vc__error_memory(err);
        batch->order_room = batch->count;
    }
    uint32_t n = 0, with = 0;
    for (int pass = 1; pass >= 0; pass--) {
        for (size_t i = 0; i < batch->count; i++)
            if (!batch->entries[i].done && has_context(&batch->entries[i]) == (pass == 1))
                batch->order[n++] = (uint32_t)i;
        if (pass == 1)
            with = n;
    }
    const vc_code code = vc__spread_push(&batch->spread, (vc__stretch){ with, n - with, 0 }, err);
    return code ? code : vc__spread_push(&batch->spread, (vc__stretch){ 0, with, 1 }, err);
}

/* -- the outside --------------------------------------------------------------------------------------- */

vc_step vc_transit_batch_step(vc_transit_batch *batch, uint64_t now_ms, uint64_t *wait_until, vc_error *err)
{
    vc__spread *spread = &batch->spread;
    if (spread->phase == VC__SPREAD_FILL &&
        (sort_items(batch, &spread->failure) || vc__spread_start(spread, now_ms, &spread->failure)))
        spread->phase = VC__SPREAD_FAILED;
    const vc_step step = vc__spread_step(spread, now_ms, wait_until);
    if (step == VC_STEP_FAILED)
        vc__error_copy(err, &spread->failure);
    return step;
}

vc_request *vc_transit_batch_next_request(vc_transit_batch *batch)
{
    return vc__spread_next(&batch->spread);
}

vc_view vc_transit_batch_result(const vc_transit_batch *batch, size_t i)
{
    return i < batch->count && !batch->entries[i].error ? batch->entries[i].result : vc_str(NULL);
}

uint64_t vc_transit_batch_key_version(const vc_transit_batch *batch, size_t i)
{
    return i < batch->count ? batch->entries[i].version : 0;
}

const vc_error *vc_transit_batch_error(const vc_transit_batch *batch, size_t i)
{
    static const vc_error unfinished = { sizeof(vc_error), VC_E_CANCELED, 1, 0, 0, 0, 0, 0, "", "",
                                         "the batch has not finished this item", { NULL } };
    if (i >= batch->count || !batch->entries[i].done)
        return &unfinished;
    return batch->entries[i].error;
}

void vc_transit_batch_get_stats(const vc_transit_batch *batch, vc_batch_stats *stats)
{
    vc_batch_stats all = { .size = stats->size,
                           .requests = batch->spread.requests,
                           .retries = batch->spread.retries,
                           .splits = batch->spread.splits,
                           .item_cap = vc__spread_cap(&batch->spread) };
    for (size_t i = 0; i < batch->count; i++)
        all.fields += batch->entries[i].done && !batch->entries[i].error;
    memcpy(stats, &all, stats->size < sizeof all ? stats->size : sizeof all);
}

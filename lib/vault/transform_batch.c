/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/transform_batch.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "vault/endpoint.h"
#include "vault/transform_options.h"

enum { PATH_MAX_BYTES = 4096, MEMBERS_MAX = 256 << 10, FIRST_ROOM = 64 };

struct entry {
    vc_view value, tweak;
    vc__outcome outcome; /* views of kept bodies */
    vc_error *error;     /* owned; NULL: none */
    bool done;
};

/* The body of a reply, in a list. */
struct kept {
    struct kept *next;
    vc__buf body;
};

struct vc_transform_batch {
    vc_transform_verb verb;
    vc__buf path, transformation, tweak, extra; /* what the items share */
    struct entry *entries;
    size_t count, room;
    struct kept *kept;
    vc__spread spread;
};

/* -- as the owner of a spread -- */

static vc_code begin(void *self, const vc__stretch *stretch, vc__verb *verb, vc__buf *path, vc_error *err)
{
    static const vc__verb verbs[] = {
        [VC_TRANSFORM_ENCODE] = VC__TRANSFORM_ENCODE,       [VC_TRANSFORM_DECODE] = VC__TRANSFORM_DECODE,
        [VC_TRANSFORM_TOKENIZE] = VC__TRANSFORM_ENCODE,     [VC_TRANSFORM_VALIDATE] = VC__TRANSFORM_VALIDATE,
        [VC_TRANSFORM_TOKENIZED] = VC__TRANSFORM_TOKENIZED, [VC_TRANSFORM_METADATA] = VC__TRANSFORM_METADATA,
    };
    const vc_transform_batch *batch = self;
    (void)stretch;
    *verb = verbs[batch->verb];
    vc__buf_view(path, vc__buf_get(&batch->path));
    return vc__buf_check(path, "a request path", err);
}

static void item_at(void *self, uint32_t i, vc__item *item)
{
    const vc_transform_batch *batch = self;
    const struct entry *entry = &batch->entries[i];
    item->value = entry->value;
    item->transformation = vc__buf_get(&batch->transformation);
    item->tweak = entry->tweak.data ? entry->tweak : vc__buf_get(&batch->tweak);
    item->extra = vc__buf_get(&batch->extra);
}

static vc_code keep(void *self, vc__buf *reply, vc_error *err)
{
    vc_transform_batch *batch = self;
    struct kept *kept = vc__calloc(1, sizeof *kept);
    if (!kept)
        return vc__error_memory(err);
    kept->body = *reply;
    *reply = (vc__buf)VC__BUF(reply->max);
    kept->next = batch->kept;
    batch->kept = kept;
    return VC_OK;
}

static vc_code refuse(void *self, uint32_t i, const vc_error *why, vc_error *err)
{
    struct entry *entry = &((vc_transform_batch *)self)->entries[i];
    entry->error = vc__calloc(1, sizeof *entry->error);
    if (!entry->error)
        return vc__error_memory(err);
    *entry->error = (vc_error)VC_ERROR_INIT;
    vc__error_copy(entry->error, why);
    entry->done = true;
    return VC_OK;
}

static vc_code accept(void *self, uint32_t i, const vc__outcome *outcome, vc_error *err)
{
    vc_error why = VC_ERROR_INIT;
    struct entry *entry = &((vc_transform_batch *)self)->entries[i];
    if (outcome->code) {
        vc__error(&why, outcome->code, "%s", outcome->text);
        return refuse(self, i, &why, err);
    }
    entry->outcome = *outcome;
    entry->done = true;
    return VC_OK;
}

static const vc__spread_owner owner = { begin, item_at, NULL, keep, accept, refuse };

/* -- life -- */

static vc_code copy_options(vc_transform_batch *batch, const vc_transform_options *options, vc_error *err)
{
    if (!options)
        return VC_OK;
    const bool makes = batch->verb == VC_TRANSFORM_ENCODE || batch->verb == VC_TRANSFORM_TOKENIZE;
    vc__buf_view(&batch->transformation, vc__buf_get(&options->transformation));
    if (makes || batch->verb == VC_TRANSFORM_DECODE)
        vc__buf_view(&batch->tweak, vc__buf_get(&options->tweak));
    if (makes)
        vc__transform_options_members(options, VC__TRANSFORM_NEW, &batch->extra);
    if (batch->verb == VC_TRANSFORM_DECODE && options->decode_format.len) {
        vc__buf_byte(&batch->path, '/');
        vc__buf_view(&batch->path, vc__buf_get(&options->decode_format));
    }
    vc_code code = vc__buf_check(&batch->transformation, "the options", err);
    if (!code)
        code = vc__buf_check(&batch->tweak, "the options", err);
    if (!code)
        code = vc__buf_check(&batch->extra, "the options", err);
    return code ? code : vc__buf_check(&batch->path, "the request's path", err);
}

vc_transform_batch *vc_transform_batch_new(vc_transform_verb verb, const char *role,
                                           const vc_transform_options *options, vc_error *err)
{
    if ((unsigned)verb > VC_TRANSFORM_METADATA) {
        vc__error(err, VC_E_ARGUMENT, "%d is no verb of transform", (int)verb);
        return NULL;
    }
    vc_transform_batch *batch = vc__calloc(1, sizeof *batch);
    if (!batch) {
        vc__error_memory(err);
        return NULL;
    }
    batch->verb = verb;
    batch->path.max = PATH_MAX_BYTES;
    batch->transformation.max = batch->tweak.max = batch->extra.max = MEMBERS_MAX;
    vc__spread_init(&batch->spread, &owner, batch);
    const bool token = verb == VC_TRANSFORM_TOKENIZE ||
                       (verb == VC_TRANSFORM_ENCODE && vc__transform_options_is_token(options));
    batch->spread.fragile = token && !(options && options->convergent);
    vc_view mount, name;
    vc__verb sent;
    vc_code code = vc__place_parse(vc_str(role), "transform", &mount, &name, err);
    if (!code)
        code = begin(batch, NULL, &sent, &batch->path, err);
    if (!code)
        code = vc__batch_path(&batch->path, sent, mount, name, err);
    if (!code)
        code = copy_options(batch, options, err);
    if (!code)
        return batch;
    vc_transform_batch_free(batch);
    return NULL;
}

void vc_transform_batch_free(vc_transform_batch *batch)
{
    if (!batch)
        return;
    vc__spread_cleanup(&batch->spread);
    for (size_t i = 0; i < batch->count; i++)
        vc__free(batch->entries[i].error);
    while (batch->kept) {
        struct kept *next = batch->kept->next;
        vc__buf_free(&batch->kept->body);
        vc__free(batch->kept);
        batch->kept = next;
    }
    vc__buf_free(&batch->path);
    vc__buf_free(&batch->transformation);
    vc__buf_free(&batch->tweak);
    vc__buf_free(&batch->extra);
    vc__free(batch->entries);
    vc__free(batch);
}

vc_code vc_transform_batch_add(vc_transform_batch *batch, vc_view value, vc_view tweak, vc_error *err)
{
    if (batch->spread.phase != VC__SPREAD_FILL)
        return vc__error(err, VC_E_STATE, "the batch has run: make a new one");
    if (batch->count == UINT32_MAX)
        return vc__error(err, VC_E_LIMIT, "a batch holds no more items");
    if (batch->count == batch->room) {
        const size_t room = batch->room ? 2 * batch->room : FIRST_ROOM;
        struct entry *entries = vc__realloc(batch->entries, room, sizeof *entries);
        if (!entries)
            return vc__error_memory(err);
        batch->entries = entries;
        batch->room = room;
    }
    batch->entries[batch->count] = (struct entry){ .value = value, .tweak = tweak };
    if (vc__utf8_valid(value) != value.len || vc__utf8_valid(tweak) != tweak.len) {
        vc_error why = VC_ERROR_INIT;
        vc__error(&why, VC_E_ARGUMENT, "the value is not UTF-8, which transform needs");
        const vc_code code = refuse(batch, (uint32_t)batch->count, &why, err);
        if (code)
            return code;
    }
    batch->count++;
    return VC_OK;
}

size_t vc_transform_batch_count(const vc_transform_batch *batch)
{
    return batch->count;
}

/* -- the run -- */

vc__spread *vc__transform_batch_spread(vc_transform_batch *batch)
{
    return &batch->spread;
}

/* What is to be sent, in runs between those that are done; the last is pushed first. */
static vc_code push_all(vc_transform_batch *batch, vc_error *err)
{
    vc_code code = VC_OK;
    for (size_t end = batch->count; !code && end;) {
        size_t first = end;
        while (first && !batch->entries[first - 1].done)
            first--;
        if (first < end)
            code = vc__spread_push(&batch->spread, (vc__stretch){ (uint32_t)first, (uint32_t)(end - first), 0 }, err);
        for (end = first; end && batch->entries[end - 1].done;)
            end--;
    }
    return code;
}

vc_step vc__transform_batch_step(vc_transform_batch *batch, uint64_t now_ms, uint64_t *wait_until, vc_error *err)
{
    vc__spread *spread = &batch->spread;
    if (spread->phase == VC__SPREAD_FILL &&
        (push_all(batch, &spread->failure) || vc__spread_start(spread, now_ms, &spread->failure)))
        spread->phase = VC__SPREAD_FAILED;
    const vc_step step = vc__spread_step(spread, now_ms, wait_until);
    if (step == VC_STEP_FAILED)
        vc__error_copy(err, &spread->failure);
    return step;
}

/* -- results -- */

static const vc__outcome *outcome_at(const vc_transform_batch *batch, size_t i)
{
    return i < batch->count && batch->entries[i].done && !batch->entries[i].error ? &batch->entries[i].outcome : NULL;
}

vc_view vc_transform_batch_result(const vc_transform_batch *batch, size_t i)
{
    const vc__outcome *outcome = outcome_at(batch, i);
    return outcome ? outcome->value : vc_str(NULL);
}

vc_view vc_transform_batch_tweak(const vc_transform_batch *batch, size_t i)
{
    const vc__outcome *outcome = batch->verb == VC_TRANSFORM_ENCODE ? outcome_at(batch, i) : NULL;
    return outcome ? outcome->tweak : vc_str(NULL);
}

vc_view vc_transform_batch_expiration(const vc_transform_batch *batch, size_t i)
{
    const vc__outcome *outcome = batch->verb == VC_TRANSFORM_METADATA ? outcome_at(batch, i) : NULL;
    return outcome ? outcome->tweak : vc_str(NULL);
}

int vc_transform_batch_answer(const vc_transform_batch *batch, size_t i)
{
    const vc__outcome *outcome = outcome_at(batch, i);
    return outcome && outcome->flag;
}

const vc_error *vc_transform_batch_error(const vc_transform_batch *batch, size_t i)
{
    static const vc_error unfinished = { sizeof(vc_error), VC_E_CANCELED, 1, 0, 0, 0, 0, 0, "", "",
                                         "the batch has not finished this item", { NULL } };
    return i < batch->count && batch->entries[i].done ? batch->entries[i].error : &unfinished;
}

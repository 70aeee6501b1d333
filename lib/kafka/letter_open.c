/* SPDX-License-Identifier: Apache-2.0 */
/* letter_open.c - records out of dead letters, many in one batch. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "kafka/frame.h"
#include "kafka/letter_key.h"

#include <stdio.h>
#include <vaultcrypt/kafka_letter.h>

/*
 * Letters may name any rule, and without a schema each makes a context: so many are kept from one round to the next.
 */
enum { MAX_SCHEMA = 256 << 10, SLOTS_KEPT = 64, MOST_KEYS = 65 /* a field's own, and what it may accept */, NO_SLOT = -1 };

/* What letters of one rule are opened with. */
typedef struct slot {
    char *text; /* of its schema: slots are told apart by it */
    vc_schema *schema;
    const vc_rule *rule;
    vc_batch *batch;
} slot;

typedef struct entry {
    const vc_letter *letter;
    ptrdiff_t slot;
    bool finished; /* with a frame or an error */
    vc__frame frame;
    vc_error error;
} entry;

typedef struct keys {
    size_t count;
    vc__letter_key list[MOST_KEYS];
} keys;

struct vc_letter_opener {
    vc_schema *schema;
    keys allowed;
    slot *slots;
    size_t slot_count;
    entry *entries;
    size_t entry_count, entry_room;
    bool started; /* since it was cleared: what batches hold may be lent */
};

VC__DEFINE_CLEANUP(keys, vc__free)

/* -- which keys ---------------------------------------------------------------------------------------------- */

static vc_code add_key(keys *all, const vc__letter_key *key, vc_error *err)
{
    if (all->count && all->list[0].fixed != key->fixed)
        return VC_OK; /* the first field's are those that letters are encrypted with */
    for (size_t i = 0; i < all->count; i++)
        if (vc__letter_key_equal(&all->list[i], key))
            return VC_OK;
    if (all->count == MOST_KEYS)
        return vc__error(err, VC_E_LIMIT, "more than %d keys for the dead letters of one rule", MOST_KEYS);
    all->list[all->count++] = *key;
    return VC_OK;
}

/* Those of `accept`, which are in the field's own mount unless they say another. */
static vc_code add_accepted(keys *all, const vc_field *field, const vc__letter_key *own, vc_error *err)
{
    const char *at = vc_field_option(field, "accept");
    vc_code code = VC_OK;
    while (at && *at && !code) {
        char name[2 * VC__LETTER_NAME_ROOM];
        const size_t len = strcspn(at, ",");
        vc__letter_key key = { .fixed = own->fixed, .pair = own->pair };
        snprintf(name, sizeof name, "%.*s", (int)len, at);
        if (own->fixed || own->pair)
            snprintf(key.name, sizeof key.name, "%.*s", VC__LETTER_NAME_ROOM - 1, name);
        else
            code = vc__letter_key_parse(&key, own->mount, name, err);
        code = code ? code : add_key(all, &key, err);
        at += len;
        at += strspn(at, ", ");
    }
    return code;
}

static vc_code add_keys_of(keys *all, const vc_rule *rule, vc_error *err)
{
    const vc_field *field;
    vc_code code = VC_OK;
    for (size_t i = 0; !code && (field = vc_rule_field_at(rule, i)); i++) {
        if (strcmp(vc_field_method(field), "envelope") != 0 && strcmp(vc_field_method(field), "hybrid") != 0)
            continue;
        vc__letter_key key;
        vc__letter_field_key(field, &key);
        if (all->count && !vc__letter_key_alike(&all->list[0], &key)) /* one sort of key protects the letters of a rule */
            continue;
        code = add_key(all, &key, err);
        code = code ? code : add_accepted(all, field, &key, err);
    }
    return code;
}

/* The keys for a letter of that rule (NULL: no schema), the first of them the one that it is likely to want. */
static vc_code find_keys(const vc_letter_opener *opener, const vc_letter *letter, const vc_rule *rule, keys *all, vc_error *err)
{
    const vc_field *first = vc__letter_rule_field(rule);
    vc_code code = VC_OK;
    if (first) {
        vc__letter_field_key(first, &all->list[0]);
        all->count = 1;
    }
    if (rule)
        code = add_keys_of(all, rule, err);
    for (size_t i = 0; i < opener->allowed.count && !code; i++)
        if (!all->count || vc__letter_key_alike(&all->list[0], &opener->allowed.list[i]))
            code = add_key(all, &opener->allowed.list[i], err);
    if (code || all->count)
        return code;
    return vc__error(err, VC_E_CONFIG, "no key is allowed for dead letters of rule %s, which has no envelope or hybrid key: name the one that they were encrypted with",
                     rule ? vc_rule_name(rule) : vc_letter_rule(letter));
}

/* -- slots --------------------------------------------------------------------------------------------------- */

static void free_slot(slot *one)
{
    vc__free(one->text);
    vc_batch_free(one->batch);
    vc_schema_unref(one->schema);
}

static vc_code make_slot(slot *one, vc_view text, vc_error *err)
{
    vc_error why = VC_ERROR_INIT;
    *one = (slot){ .text = vc__memdup(text.data, text.len) };
    if (!one->text)
        return vc__error_memory(err);
    one->schema = vc_schema_parse(text, "the keys for dead letters", &why);
    one->rule = one->schema ? vc_schema_rule(one->schema, vc_str(NULL), &why) : NULL;
    one->batch = one->rule ? vc_batch_new(one->schema, VC_OPEN, &why) : NULL;
    return one->batch ? VC_OK : vc__error_copy(err, &why);
}

static vc_code get_slot(vc_letter_opener *opener, vc_view text, ptrdiff_t *index, vc_error *err)
{
    for (size_t i = 0; i < opener->slot_count; i++) {
        *index = (ptrdiff_t)i;
        if (vc__view_is(text, opener->slots[i].text))
            return VC_OK;
    }
    slot *more = vc__realloc(opener->slots, opener->slot_count + 1, sizeof *more);
    if (!more)
        return vc__error_memory(err);
    opener->slots = more;
    const vc_code code = make_slot(&more[opener->slot_count], text, err);
    if (code)
        free_slot(&more[opener->slot_count]);
    else
        *index = (ptrdiff_t)opener->slot_count++;
    return code;
}

static vc_code write_schema(vc__buf *text, const vc_letter *letter, const vc_rule *rule, const keys *all, vc_error *err)
{
    const char *contexts[1 + 64] = { vc_letter_rule(letter) }; /* a rule's own, and as many as it may accept */
    size_t count = 1;
    if (rule)
        for (count = 0; count < sizeof contexts / sizeof contexts[0] && vc_rule_context_at(rule, count); count++)
            contexts[count] = vc_rule_context_at(rule, count);
    vc__letter_schema_write(text, all->list, all->count, contexts, count);
    return vc__buf_check(text, "keys for dead letters", err);
}

static vc_code choose_slot(vc_letter_opener *opener, entry *one, vc_error *err)
{
    const vc_letter *letter = one->letter;
    const vc_rule *rule = NULL;
    if (!vc_letter_has_body(letter))
        return vc__error(err, VC_E_MISSING, "the letter holds the place of the record only%s%s", vc_letter_body_omitted(letter)[0] ? ": " : "",
                         vc_letter_body_omitted(letter));
    if (opener->schema && !(rule = vc_schema_rule(opener->schema, vc_str(vc_letter_rule(letter)), NULL)))
        return vc__error(err, VC_E_NO_RULE, "the schema has no rule with the name that the letter says");
    vc__autoptr(keys) all = vc__calloc(1, sizeof *all);
    if (!all)
        return vc__error_memory(err);
    vc__auto(vc__buf) text = VC__BUF(MAX_SCHEMA);
    vc_code code = find_keys(opener, letter, rule, all, err);
    code = code ? code : write_schema(&text, letter, rule, all, err);
    return code ? code : get_slot(opener, vc__buf_get(&text), &one->slot, err);
}

/* -- adding -------------------------------------------------------------------------------------------------- */

vc_code vc_letter_opener_add(vc_letter_opener *opener, const vc_letter *letter, vc_error *err)
{
    if (opener->started)
        return vc__error(err, VC_E_STATE, "letters are added before the first run, or after vc_letter_opener_clear()");
    if (opener->entry_count == opener->entry_room) {
        const size_t room = opener->entry_room ? 2 * opener->entry_room : 16;
        entry *more = vc__realloc(opener->entries, room, sizeof *more);
        if (!more)
            return vc__error_memory(err);
        opener->entries = more;
        opener->entry_room = room;
    }
    entry *one = &opener->entries[opener->entry_count];
    *one = (entry){ .letter = letter, .slot = NO_SLOT, .error = VC_ERROR_INIT };
    const vc_code code = choose_slot(opener, one, &one->error);
    if (code == VC_E_MEMORY)
        return vc__error_memory(err);
    one->finished = code != VC_OK;
    if (!code)
        vc__error(&one->error, VC_E_CANCELED, "the letter has not been opened yet");
    opener->entry_count++;
    return VC_OK;
}

/* -- running ------------------------------------------------------------------------------------------------- */

static bool waits_for(const entry *one, size_t index)
{
    return !one->finished && one->slot == (ptrdiff_t)index;
}

static bool is_of_its_place(const entry *one)
{
    return vc__view_is(one->frame.message.topic, vc_letter_topic(one->letter)) &&
           one->frame.partition == vc_letter_partition(one->letter) && one->frame.offset == vc_letter_offset(one->letter);
}

static vc_code read_record(entry *one, const vc_batch *batch, size_t in_batch, vc_error *err)
{
    const vc_error *why = vc_batch_error(batch, in_batch);
    vc_error_clear(&one->error);
    if (why)
        vc__error_copy(&one->error, why);
    else if (vc__frame_read(vc_batch_output(batch, in_batch), &one->frame, &one->error) == VC_E_MEMORY)
        return vc__error_copy(err, &one->error);
    else if (!one->error.code && !is_of_its_place(one))
        vc__error(&one->error, VC_E_CIPHERTEXT, "the letter says another place than the record in it");
    if (one->error.code)
        vc__frame_cleanup(&one->frame);
    one->finished = true;
    return VC_OK;
}

static vc_code run_slot(vc_letter_opener *opener, size_t index, vc_client *client, vc_error *err)
{
    const slot *by = &opener->slots[index];
    size_t waiting = 0;
    vc_code code = VC_OK;
    for (size_t i = 0; i < opener->entry_count; i++)
        waiting += waits_for(&opener->entries[i], index);
    if (!waiting)
        return VC_OK; /* what it holds may be lent */
    vc_batch_clear(by->batch);
    for (size_t i = 0; i < opener->entry_count && !code; i++)
        if (waits_for(&opener->entries[i], index))
            code = vc_batch_add(by->batch, by->rule, vc_letter_body(opener->entries[i].letter), err);
    code = code ? code : vc_client_run(client, by->batch, err);
    for (size_t i = 0, in_batch = 0; i < opener->entry_count && !code; i++)
        if (waits_for(&opener->entries[i], index))
            code = read_record(&opener->entries[i], by->batch, in_batch++, err);
    return code;
}

vc_code vc_letter_opener_run(vc_letter_opener *opener, vc_client *client, vc_error *err)
{
    vc_code code = VC_OK;
    opener->started = true;
    for (size_t i = 0; i < opener->slot_count && !code; i++)
        code = run_slot(opener, i, client, err);
    return code;
}

/* -- what comes of it ---------------------------------------------------------------------------------------- */

size_t vc_letter_opener_count(const vc_letter_opener *opener)
{
    return opener->entry_count;
}

const vc_error *vc_letter_opener_error(const vc_letter_opener *opener, size_t i)
{
    return opener->entries[i].error.code ? &opener->entries[i].error : NULL;
}

const vc_message *vc_letter_opener_message(const vc_letter_opener *opener, size_t i)
{
    return opener->entries[i].error.code ? NULL : &opener->entries[i].frame.message;
}

int64_t vc_letter_opener_timestamp(const vc_letter_opener *opener, size_t i)
{
    return opener->entries[i].error.code ? -1 : opener->entries[i].frame.timestamp;
}

void vc_letter_opener_clear(vc_letter_opener *opener)
{
    opener->started = false;
    while (opener->entry_count)
        vc__frame_cleanup(&opener->entries[--opener->entry_count].frame);
    for (size_t i = 0; i < opener->slot_count; i++)
        vc_batch_clear(opener->slots[i].batch);
    while (opener->slot_count > SLOTS_KEPT)
        free_slot(&opener->slots[--opener->slot_count]);
}

/* -- life ---------------------------------------------------------------------------------------------------- */

vc_letter_opener *vc_letter_opener_new(vc_schema *schema, vc_error *err)
{
    vc_letter_opener *opener = vc__calloc(1, sizeof *opener);
    if (!opener) {
        vc__error_memory(err);
        return NULL;
    }
    opener->schema = schema ? vc_schema_ref(schema) : NULL;
    return opener;
}

void vc_letter_opener_free(vc_letter_opener *opener)
{
    if (!opener)
        return;
    vc_letter_opener_clear(opener);
    vc__free(opener->entries);
    while (opener->slot_count)
        free_slot(&opener->slots[--opener->slot_count]);
    vc__free(opener->slots);
    vc_schema_unref(opener->schema);
    vc__free(opener);
}

vc_code vc_letter_opener_allow_key(vc_letter_opener *opener, const char *key, vc_error *err)
{
    vc__letter_key parsed;
    const vc_code code = vc__letter_key_parse(&parsed, NULL, key, err);
    return code ? code : add_key(&opener->allowed, &parsed, err);
}

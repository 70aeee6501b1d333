/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka/letters.h"

#include "base/alloc.h"
#include "base/base64.h"
#include "base/error.h"
#include "kafka/clock.h"
#include "kafka/frame.h"
#include "kafka/letter_key.h"

#include <stdio.h>
#include <vaultcrypt/sys.h>

enum {
    MAX_PLACE = 64 << 10, /* of a letter without its record */
    MAX_SCHEMA = 64 << 10,
    DEFAULT_MAX_BYTES = 1000000, /* librdkafka's message.max.bytes */
    MESSAGE_ROOM = 512,          /* of it, for what Kafka adds */
    ATTEMPT_MS = 10000,          /* one run with one key: a Vault that hangs is tried again by the caller */
    REFUSED_MS = 60000,          /* a key that is refused is not asked for again so long */
    NO_SEAL = -1
};

/* What letters of one context are encrypted with. */
typedef struct seal {
    vc__letter_key key;
    char *text; /* of its schema: seals are told apart by it */
    vc_schema *schema;
    const vc_rule *rule;
    vc_batch *batch;
    uint64_t refused_until_ms; /* the key cannot be had until then */
    bool warned;
} seal;

typedef struct entry {
    vc__buf text;    /* the letter: whole when it is finished, else without its end */
    vc__buf frame;   /* the record, until then */
    ptrdiff_t seal;  /* index; NO_SEAL: there is no body */
    bool finished;
    void *tag;
} entry;

struct vc__letters {
    vc_schema *schema;
    vc__letter_key key; /* for rules that have none */
    bool has_key, body, warned;
    size_t max_bytes;
    vc_log_fn warn;
    void *warn_user;
    seal *seals;
    size_t seal_count;
    entry *entries;
    size_t entry_count, entry_room;
};

static const char omitted_off[] = "off", omitted_no_key[] = "no key", omitted_large[] = "too large", omitted_failed[] = "failed";

/* -- seals ----------------------------------------------------------------------------------------------- */

static void free_seal(seal *one)
{
    vc__free(one->text);
    vc_batch_free(one->batch);
    vc_schema_unref(one->schema);
}

static vc_code make_seal(seal *one, const vc__letter_key *key, vc_view text, vc_error *err)
{
    *one = (seal){ .key = *key, .text = vc__memdup(text.data, text.len) };
    if (!one->text)
        return vc__error_memory(err);
    vc_error why = VC_ERROR_INIT;
    one->schema = vc_schema_parse(text, "the key for dead letters", &why);
    one->rule = one->schema ? vc_schema_rule(one->schema, vc_str(NULL), &why) : NULL;
    one->batch = one->rule ? vc_batch_new(one->schema, VC_PROTECT, &why) : NULL;
    if (one->batch)
        return vc_batch_set_deadline(one->batch, ATTEMPT_MS, err);
    vc__error_copy(err, &why);
    return why.code;
}

/* The seal for that key and context, made when it is not there. */
static vc_code find_seal(vc__letters *letters, const vc__letter_key *key, const char *context, ptrdiff_t *index, vc_error *err)
{
    vc__auto(vc__buf) text = VC__BUF(MAX_SCHEMA);
    vc__letter_schema_write(&text, key, 1, &context, 1);
    vc_code code = vc__buf_check(&text, "schema of dead letters", err);
    if (code)
        return code;
    for (size_t i = 0; i < letters->seal_count; i++) {
        *index = (ptrdiff_t)i;
        if (strcmp(letters->seals[i].text, text.data) == 0)
            return VC_OK;
    }
    seal *more = vc__realloc(letters->seals, letters->seal_count + 1, sizeof *more);
    if (!more)
        return vc__error_memory(err);
    letters->seals = more;
    code = make_seal(&more[letters->seal_count], key, vc__buf_get(&text), err);
    if (code) {
        free_seal(&more[letters->seal_count]);
        return code;
    }
    *index = (ptrdiff_t)letters->seal_count++;
    return VC_OK;
}

/* -- what is said ---------------------------------------------------------------------------------------- */

static void say_no_key(vc__letters *letters, const char *rule)
{
    char line[600];
    if (letters->warned || !letters->warn)
        return;
    letters->warned = true;
    snprintf(line, sizeof line,
             "dead letters: rule %s has no envelope key and no key for dead letters is set: letters hold the place of the record only",
             rule);
    letters->warn(letters->warn_user, line);
}

static void say_refused(const vc__letters *letters, seal *one, const vc_error *why)
{
    char line[1500], reason[800];
    if (one->warned || !letters->warn)
        return;
    one->warned = true;
    snprintf(line, sizeof line, "dead letters: key %s%s%s cannot be had: letters hold the place of the record only: %s", one->key.mount,
             one->key.fixed ? "" : "/", one->key.name, vc_error_format(why, reason, sizeof reason));
    letters->warn(letters->warn_user, line);
}

/* -- adding ---------------------------------------------------------------------------------------------- */

static void free_entry(entry *one)
{
    vc__buf_free(&one->text);
    vc__buf_free(&one->frame);
}

/* The letter's end. On failure it stays as it was, to be finished later. */
static vc_code finish(entry *one, vc_view body, const char *omitted, vc_error *err)
{
    const size_t place = one->text.len;
    vc__letter_end(&one->text, body, omitted);
    const vc_code code = vc__buf_check(&one->text, "dead letter", err);
    if (code) {
        vc__buf_cut(&one->text, place);
        one->text.failed = VC_OK;
        return code;
    }
    vc__buf_free(&one->frame);
    one->finished = true;
    return VC_OK;
}

/* Whether the record fits when it is in there, encrypted. What the token adds is not counted yet. */
static bool may_fit(const vc__letters *letters, const entry *one, const vc_message *message)
{
    size_t sum = message->key.len + message->value.len;
    for (size_t i = 0; i < message->header_count && sum <= letters->max_bytes; i++)
        sum += message->headers[i].name.len + message->headers[i].value.len;
    return sum <= letters->max_bytes && one->text.len + vc__base64_encoded_len(sum) <= letters->max_bytes;
}

static vc_code write_frame(entry *one, const vc__letter *letter, const vc_message *message, vc_error *err)
{
    vc__frame frame = { .message = *message,
                        .partition = letter->partition,
                        .offset = letter->offset,
                        .timestamp = letter->timestamp };
    frame.message.topic = vc_str(letter->topic);
    vc__frame_write(&one->frame, &frame);
    if (one->frame.failed == VC_E_LIMIT)
        return finish(one, vc_str(NULL), omitted_large, err);
    return vc__buf_check(&one->frame, "record in a dead letter", err);
}

static vc_code fill_entry(vc__letters *letters, entry *one, const vc__letter *letter, const vc_message *message, vc_error *err)
{
    const vc_field *field = vc__letter_rule_field(letter->under);
    vc__letter_key key = letters->key;
    vc__letter_begin(&one->text, letter);
    vc_code code = vc__buf_check(&one->text, "dead letter", err);
    if (code)
        return code;
    one->text.max = letters->max_bytes > MAX_PLACE ? letters->max_bytes : MAX_PLACE;
    if (field)
        vc__letter_field_key(field, &key);
    if (!letters->body)
        return finish(one, vc_str(NULL), omitted_off, err);
    if (!field && !letters->has_key) {
        say_no_key(letters, letter->rule);
        return finish(one, vc_str(NULL), omitted_no_key, err);
    }
    if (!may_fit(letters, one, message))
        return finish(one, vc_str(NULL), omitted_large, err);
    code = find_seal(letters, &key, letter->under ? vc_rule_context(letter->under) : letter->rule, &one->seal, err);
    return code ? code : write_frame(one, letter, message, err);
}

vc_code vc__letters_add(vc__letters *letters, const vc__letter *letter, const vc_message *message, void *tag, vc_error *err)
{
    if (letters->entry_count == letters->entry_room) {
        const size_t room = letters->entry_room ? 2 * letters->entry_room : 16;
        entry *more = vc__realloc(letters->entries, room, sizeof *more);
        if (!more)
            return vc__error_memory(err);
        letters->entries = more;
        letters->entry_room = room;
    }
    entry *one = &letters->entries[letters->entry_count];
    *one = (entry){ .text = VC__BUF(MAX_PLACE), .frame = VC__BUF(letters->max_bytes), .seal = NO_SEAL, .tag = tag };
    const vc_code code = fill_entry(letters, one, letter, message, err);
    if (code)
        free_entry(one);
    letters->entry_count += !code;
    return code;
}

/* -- running --------------------------------------------------------------------------------------------- */

static bool waits_for(const entry *one, size_t seal_index)
{
    return !one->finished && one->seal == (ptrdiff_t)seal_index;
}

static vc_code fill_batch(vc__letters *letters, size_t index, vc_error *err)
{
    const seal *one = &letters->seals[index];
    vc_code code = VC_OK;
    vc_batch_clear(one->batch);
    for (size_t i = 0; i < letters->entry_count && !code; i++)
        if (waits_for(&letters->entries[i], index))
            code = vc_batch_add(one->batch, one->rule, vc__buf_get(&letters->entries[i].frame), err);
    return code;
}

static vc_code finish_one(const vc__letters *letters, entry *one, const seal *by, size_t in_batch, vc_error *err)
{
    const size_t around = sizeof ",\"body\":\"\"}";
    const vc_error *why = vc_batch_error(by->batch, in_batch);
    const vc_view token = vc_batch_output(by->batch, in_batch);
    if (why && vc_code_class(why->code) != VC_CLASS_DATA && why->code != VC_E_LIMIT)
        return vc__error_copy(err, why);
    if (!why && !token.data)
        return vc__error(err, VC_E_INTERNAL, "a record without an error has no output");
    if (why)
        return finish(one, vc_str(NULL), why->code == VC_E_TOO_LARGE || why->code == VC_E_LIMIT ? omitted_large : omitted_failed, err);
    if (one->text.len + around + vc__base64_encoded_len(token.len) > letters->max_bytes)
        return finish(one, vc_str(NULL), omitted_large, err);
    return finish(one, token, NULL, err);
}

/*
 * Whether `why` is about the key itself, and will be so until somebody mends it. A 403 may also mean that the token is gone: then it is not
 * about the key, and all else fails too.
 */
static bool is_about_key(const seal *one, vc_client *scope, const vc_error *why)
{
    char path[2 * VC__LETTER_NAME_ROOM + 32];
    unsigned capabilities = 0;
    if (why->code != VC_E_DENIED)
        return why->code == VC_E_NO_KEY || vc_code_class(why->code) == VC_CLASS_CONFIG;
    snprintf(path, sizeof path, "%s/datakey/plaintext/%s", one->key.mount, one->key.name);
    if (vc_sys_capabilities_self(scope, path, &capabilities, NULL))
        return false;
    return !(capabilities & (VC_CAPABILITY_UPDATE | VC_CAPABILITY_ROOT));
}

static vc_code run_seal(vc__letters *letters, size_t index, vc_client *scope, uint64_t until_ms, vc_error *err)
{
    seal *one = &letters->seals[index];
    vc_error why = VC_ERROR_INIT;
    const uint64_t now = vc__now_ms();
    const bool refused = now < one->refused_until_ms;
    vc_code code = refused ? VC_OK : fill_batch(letters, index, &why);
    if (!code && !refused && until_ms)
        code = vc_batch_set_deadline(one->batch, until_ms > now ? until_ms - now : 1, &why);
    if (!code && !refused && vc_batch_count(one->batch))
        code = vc_client_run(scope, one->batch, &why);
    why.code = code;
    const bool about_key = refused || (code && is_about_key(one, scope, &why));
    if (code && !about_key)
        return vc__error_copy(err, &why);
    if (code) {
        say_refused(letters, one, &why);
        one->refused_until_ms = vc__now_ms() + REFUSED_MS;
    }
    code = VC_OK;
    for (size_t i = 0, in_batch = 0; i < letters->entry_count && !code; i++) {
        if (!waits_for(&letters->entries[i], index))
            continue;
        if (about_key)
            code = finish(&letters->entries[i], vc_str(NULL), omitted_no_key, err);
        else
            code = finish_one(letters, &letters->entries[i], one, in_batch++, err);
    }
    return code;
}

vc_code vc__letters_run(vc__letters *letters, vc_client *scope, uint64_t most_ms, vc_error *err)
{
    const uint64_t until_ms = most_ms ? vc__now_ms() + most_ms : 0;
    vc_code code = VC_OK;
    for (size_t i = 0; i < letters->seal_count && !code; i++) {
        code = run_seal(letters, i, scope, until_ms, err);
        vc_batch_clear(letters->seals[i].batch);
    }
    return code;
}

/* -- what comes of it ------------------------------------------------------------------------------------ */

size_t vc__letters_count(const vc__letters *letters)
{
    return letters->entry_count;
}

vc_view vc__letters_value(const vc__letters *letters, size_t i)
{
    return letters->entries[i].finished ? vc__buf_get(&letters->entries[i].text) : vc_str(NULL);
}

void *vc__letters_tag(const vc__letters *letters, size_t i)
{
    return letters->entries[i].tag;
}

void vc__letters_clear(vc__letters *letters)
{
    while (letters->entry_count)
        free_entry(&letters->entries[--letters->entry_count]);
}

/* -- life ------------------------------------------------------------------------------------------------ */

/* The key of the options is tried out, so that a name which cannot be one is told at once. */
static vc_code set_key(vc__letters *letters, const vc__letters_options *options, vc_error *err)
{
    ptrdiff_t index;
    vc_error why = VC_ERROR_INIT;
    if (!options->key)
        return VC_OK;
    vc_code code = vc__letter_key_parse(&letters->key, options->mount, options->key, err);
    if (code)
        return code;
    letters->has_key = true;
    code = find_seal(letters, &letters->key, "", &index, &why);
    if (code == VC_E_SCHEMA || code == VC_E_LIMIT)
        return vc__error(err, VC_E_CONFIG, "the key for dead letters, %s, is no name that Vault takes in mount %s", letters->key.name,
                         letters->key.mount);
    return code ? vc__error_copy(err, &why) : VC_OK;
}

vc_code vc__letters_open(vc__letters **letters, vc_schema *schema, const vc__letters_options *options, vc_error *err)
{
    vc__letters *made = vc__calloc(1, sizeof *made);
    *letters = NULL;
    if (!made)
        return vc__error_memory(err);
    made->schema = vc_schema_ref(schema);
    made->body = options->body;
    made->max_bytes = options->max_bytes ? options->max_bytes : DEFAULT_MAX_BYTES;
    made->max_bytes -= made->max_bytes > MESSAGE_ROOM ? MESSAGE_ROOM : made->max_bytes;
    made->warn = options->warn;
    made->warn_user = options->warn_user;
    const vc_code code = set_key(made, options, err);
    if (code)
        vc__letters_close(made);
    else
        *letters = made;
    return code;
}

void vc__letters_close(vc__letters *letters)
{
    if (!letters)
        return;
    vc__letters_clear(letters);
    vc__free(letters->entries);
    while (letters->seal_count)
        free_seal(&letters->seals[--letters->seal_count]);
    vc__free(letters->seals);
    vc_schema_unref(letters->schema);
    vc__free(letters);
}

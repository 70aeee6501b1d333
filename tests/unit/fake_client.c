/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/fake_client.h"

#include "base/error.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <vaultcrypt/sys.h>

enum { MAX_RECORDS = 4096 };

enum { MAX_HEADERS = 4 };

typedef struct record {
    vc_view in;
    char *out;
    size_t out_len;
    vc_error error;
    vc_message message;
    bool carries;
    char key[64];
    vc_header headers[MAX_HEADERS];
} record;

struct vc_batch {
    vc_schema *schema;
    vc_direction direction;
    size_t count;
    bool finished;
    uint64_t deadline_ms; /* 0: none */
    record records[MAX_RECORDS];
};

vc_schema *vc_schema_ref(vc_schema *schema)
{
    return schema;
}

static char last_text[2000];

const char *fake_schema_text(void)
{
    return last_text;
}

vc_schema *vc_schema_parse(vc_view yaml, const char *name, vc_error *err)
{
    (void)name;
    vc_schema *schema = calloc(1, sizeof *schema);
    char *text = calloc(1, yaml.len + 1);
    const bool refused = strstr(yaml.data, "no such name") != NULL;
    if (!schema || !text || refused) {
        free(schema);
        free(text);
        vc__error(err, refused ? VC_E_SCHEMA : VC_E_MEMORY, "the schema cannot be");
        return NULL;
    }
    memcpy(text, yaml.data, yaml.len);
    schema->text = text;
    snprintf(last_text, sizeof last_text, "%s", text);
    return schema;
}

void vc_schema_unref(vc_schema *schema)
{
    if (!schema || !schema->text)
        return;
    free(schema->text);
    free(schema);
}

const vc_field *vc_rule_field_at(const vc_rule *rule, size_t index)
{
    const vc_schema *schema = (const vc_schema *)(const void *)rule;
    return index < schema->field_count ? &schema->fields[index] : NULL;
}

const char *vc_rule_context(const vc_rule *rule)
{
    const vc_schema *schema = (const vc_schema *)(const void *)rule;
    return schema->context ? schema->context : "ctx";
}

const char *vc_field_method(const vc_field *field)
{
    return field->method;
}

const char *vc_field_path(const vc_field *field)
{
    return field->path ? field->path : "";
}

const char *vc_field_option(const vc_field *field, const char *name)
{
    return strcmp(name, "key") == 0      ? field->key
           : strcmp(name, "mount") == 0  ? field->mount
           : strcmp(name, "source") == 0 ? field->source
           : strcmp(name, "format") == 0 ? field->format
           : strcmp(name, "accept") == 0 ? field->accept
                                         : NULL;
}

vc_bytes fake_token(const char *schema_text, vc_view bytes)
{
    const size_t text = strlen(schema_text), len = 5 + text + bytes.len;
    vc_bytes token = { malloc(len + 1), len };
    snprintf(token.data, len + 1, "T%04zu%s", text, schema_text);
    for (size_t i = 0; i < bytes.len; i++)
        token.data[5 + text + i] = (char)~bytes.data[i];
    token.data[len] = 0;
    return token;
}

const char *vc_schema_id(const vc_schema *schema)
{
    return schema->id ? schema->id : "0123456789abcdef";
}

const vc_rule *vc_schema_match(const vc_schema *schema, vc_view topic, vc_error *err)
{
    if (topic.len >= 9 && memcmp(topic.data, "unmatched", 9) == 0) {
        vc__error(err, VC_E_NO_RULE, "no rule for the topic");
        return NULL;
    }
    return (const vc_rule *)(const void *)schema;
}

const vc_rule *vc_schema_rule(const vc_schema *schema, vc_view name, vc_error *err)
{
    return vc_schema_match(schema, name, err);
}

vc_on_error vc_rule_on_error(const vc_rule *rule)
{
    return ((const vc_schema *)(const void *)rule)->on_error;
}

const char *vc_rule_name(const vc_rule *rule)
{
    (void)rule;
    return "the \"rule\"";
}

vc_batch *vc_batch_new(vc_schema *schema, vc_direction direction, vc_error *err)
{
    vc_batch *batch = calloc(1, sizeof *batch);
    if (!batch) {
        vc__error_memory(err);
        return NULL;
    }
    batch->schema = schema;
    batch->direction = direction;
    return batch;
}

vc_code vc_batch_set_migrate(vc_batch *batch, int on, vc_error *err)
{
    (void)batch, (void)on, (void)err;
    return VC_OK;
}

void vc_batch_clear(vc_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++)
        free(batch->records[i].out);
    memset(batch->records, 0, batch->count * sizeof batch->records[0]);
    batch->count = 0;
    batch->finished = false;
}

void vc_batch_free(vc_batch *batch)
{
    if (batch)
        vc_batch_clear(batch);
    free(batch);
}

vc_code vc_batch_set_deadline(vc_batch *batch, uint64_t milliseconds, vc_error *err)
{
    batch->deadline_ms = milliseconds;
    return milliseconds ? VC_OK : vc__error(err, VC_E_ARGUMENT, "no time at all");
}

vc_code vc_batch_add_message(vc_batch *batch, const vc_rule *rule, const vc_message *message, vc_error *err)
{
    if (batch->count == MAX_RECORDS || (const void *)rule != (const void *)batch->schema)
        return vc__error(err, VC_E_ARGUMENT, "too many records, or another rule");
    const bool right = batch->direction != VC_PROTECT || (message->topic.len >= 3 && memcmp(message->topic.data, "out", 3) == 0);
    if (!right || !message->topic.len) /* it is the topic of what is protected */
        return vc__error(err, VC_E_ARGUMENT, "a topic that is not in the test");
    record *one = &batch->records[batch->count++];
    *one = (record){ .in = message->value, .message = *message, .error = VC_ERROR_INIT };
    one->carries = message->value.len >= 5 && memcmp(message->value.data, "carry", 5) == 0;
    if (one->carries && message->header_count < MAX_HEADERS) {
        for (size_t i = 0; i < message->header_count; i++)
            one->headers[i] = message->headers[i];
        one->headers[message->header_count] = (vc_header){ vc_str("keys"), vc_str("K") };
        snprintf(one->key, sizeof one->key, "K(%.*s)", (int)message->key.len, message->key.data);
    }
    return VC_OK;
}

vc_code vc_batch_add(vc_batch *batch, const vc_rule *rule, vc_view value, vc_error *err)
{
    if (!batch->schema->text || batch->count == MAX_RECORDS || (const void *)rule != (const void *)batch->schema)
        return vc__error(err, VC_E_ARGUMENT, "too many records, or another rule");
    batch->records[batch->count++] = (record){ .in = value, .error = VC_ERROR_INIT };
    return VC_OK;
}

size_t vc_batch_count(const vc_batch *batch)
{
    return batch->count;
}

vc_view vc_batch_output_key(const vc_batch *batch, size_t i)
{
    return batch->records[i].carries ? vc_str(batch->records[i].key) : batch->records[i].message.key;
}

const vc_header *vc_batch_output_headers(const vc_batch *batch, size_t i, size_t *count)
{
    const record *one = &batch->records[i];
    *count = one->message.header_count + one->carries;
    return !*count ? NULL : one->carries ? one->headers : one->message.headers;
}

/* For a key that is missing now, or for one that nobody has. */
static bool lacks_key(const vc_client *client, vc_view in)
{
    const char last = in.len < 2 ? 0 : in.data[in.len - 1] == ')' ? in.data[in.len - 2] : in.data[in.len - 1];
    return (client->lacks && last == '7') || (in.len >= 5 && memcmp(in.data, "alien", 5) == 0);
}

static void run_record(const vc_client *client, vc_batch *batch, record *one)
{
    if (!one->in.data)
        return;
    if (!batch->schema->text && lacks_key(client, one->in)) {
        vc__error(&one->error, VC_E_NO_KEY, "its private half is not here");
        return;
    }
    if (batch->schema->text) {
        const vc_bytes token = fake_token(batch->schema->text, one->in);
        one->out = token.data;
        one->out_len = token.len;
        return;
    }
    if (one->in.len >= 3 && memcmp(one->in.data, "bad", 3) == 0) {
        vc__error(&one->error, VC_E_MISSING, "a \"field\" of the rule is not in the record");
        vc__error_at(&one->error, "$.Address", 0, 0);
        return;
    }
    const char *mark = batch->schema->mark ? batch->schema->mark : "P";
    one->out = malloc(one->in.len + strlen(mark) + 3);
    if (batch->direction == VC_PROTECT)
        sprintf(one->out, "%s(%.*s)", mark, (int)one->in.len, one->in.data);
    else
        sprintf(one->out, "%.*s", (int)one->in.len - 3, one->in.data + 2);
    one->out_len = strlen(one->out);
}

vc_client *vc_client_scope(vc_client *client, vc_error *err)
{
    vc_client *scope = calloc(1, sizeof *scope);
    if (scope)
        scope->of = client;
    else
        vc__error_memory(err);
    return scope;
}

void vc_client_cancel(vc_client *client)
{
    if (client)
        client->canceled = 1;
}

void vc_client_close(vc_client *client)
{
    free(client);
}

vc_code vc_client_run(vc_client *scope, vc_batch *batch, vc_error *err)
{
    vc_client *client = scope->of ? scope->of : scope;
    client->runs++;
    uint64_t spent = 0;
    for (int left = client->delay_ms; left > 0 && !scope->canceled; left--, spent++) {
        if (batch->deadline_ms && spent >= batch->deadline_ms)
            return vc__error(err, VC_E_TIMEOUT, "no answer in time");
        usleep(1000);
    }
    if (scope->canceled)
        return vc__error(err, VC_E_CANCELED, "the call was canceled");
    const vc_code key_trouble = batch->schema->text ? (vc_code)client->key_trouble : VC_OK;
    const vc_code trouble = client->trouble ? (vc_code)client->trouble : key_trouble;
    if (trouble) {
        client->refusals++;
        vc__error(err, trouble, "Vault is in trouble");
        return vc__error_http(err, 503, vc_str("0123-abcd"), 1);
    }
    for (size_t i = 0; i < batch->count; i++)
        run_record(client, batch, &batch->records[i]);
    batch->finished = true;
    return VC_OK;
}

vc_code vc_sys_capabilities_self(vc_client *scope, const char *path, unsigned *capabilities, vc_error *err)
{
    vc_client *client = scope->of;
    if (client->capabilities < 0 || strcmp(path, "team/keys/datakey/plaintext/app") != 0)
        return vc__error(err, VC_E_DENIED, "the token is gone");
    *capabilities = (unsigned)client->capabilities;
    return VC_OK;
}

vc_view vc_batch_output(const vc_batch *batch, size_t i)
{
    return vc_view_of(batch->records[i].out, batch->records[i].out_len);
}

const vc_error *vc_batch_error(const vc_batch *batch, size_t i)
{
    static const vc_error unfinished = { .size = sizeof(vc_error), .code = VC_E_CANCELED };
    return batch->records[i].error.code ? &batch->records[i].error : batch->finished ? NULL : &unfinished;
}

vc_on_error vc_batch_on_error(const vc_batch *batch, size_t i)
{
    (void)i;
    return batch->schema->on_error;
}

void vc_batch_get_stats(const vc_batch *batch, vc_batch_stats *stats)
{
    stats->fields = batch->count;
    stats->requests = 1;
}

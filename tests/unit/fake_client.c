/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/fake_client.h"

#include "base/error.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { MAX_RECORDS = 4096 };

typedef struct record {
    vc_view in;
    char *out;
    vc_error error;
} record;

struct vc_batch {
    vc_schema *schema;
    vc_direction direction;
    size_t count;
    bool finished;
    record records[MAX_RECORDS];
};

vc_schema *vc_schema_ref(vc_schema *schema)
{
    return schema;
}

void vc_schema_unref(vc_schema *schema)
{
    (void)schema;
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
    (void)batch;
    return milliseconds ? VC_OK : vc__error(err, VC_E_ARGUMENT, "no time at all");
}

vc_code vc_batch_add(vc_batch *batch, const vc_rule *rule, vc_view bytes, vc_error *err)
{
    if (batch->count == MAX_RECORDS || (const void *)rule != (const void *)batch->schema)
        return vc__error(err, VC_E_ARGUMENT, "too many records, or another rule");
    batch->records[batch->count++] = (record){ .in = bytes, .error = VC_ERROR_INIT };
    return VC_OK;
}

static void run_record(vc_batch *batch, record *one)
{
    if (!one->in.data)
        return;
    if (one->in.len >= 3 && memcmp(one->in.data, "bad", 3) == 0) {
        vc__error(&one->error, VC_E_MISSING, "a \"field\" of the rule is not in the record");
        vc__error_at(&one->error, "$.Address", 0, 0);
        return;
    }
    one->out = malloc(one->in.len + 4);
    if (batch->direction == VC_PROTECT)
        sprintf(one->out, "P(%.*s)", (int)one->in.len, one->in.data);
    else
        sprintf(one->out, "%.*s", (int)one->in.len - 3, one->in.data + 2);
}

vc_code vc_client_run(vc_client *client, vc_batch *batch, vc_error *err)
{
    client->runs++;
    const int delay = client->delay_ms;
    if (delay)
        usleep((useconds_t)delay * 1000);
    const vc_code trouble = (vc_code)client->trouble;
    if (trouble) {
        client->refusals++;
        vc__error(err, trouble, "Vault is in trouble");
        return vc__error_http(err, 503, vc_str("0123-abcd"), 1);
    }
    for (size_t i = 0; i < batch->count; i++)
        run_record(batch, &batch->records[i]);
    batch->finished = true;
    return VC_OK;
}

vc_view vc_batch_output(const vc_batch *batch, size_t i)
{
    return vc_str(batch->records[i].out);
}

const vc_error *vc_batch_error(const vc_batch *batch, size_t i)
{
    return batch->records[i].error.code ? &batch->records[i].error : NULL;
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

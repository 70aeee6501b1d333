/* SPDX-License-Identifier: Apache-2.0 */
/* What a configuration is for: clients, schemas, streams. */
#include "base/error.h"
#include "base/text.h"
#include "kafka/letter_key.h"
#include "kafka/stream_config.h"

#include <stdio.h>
#include <vaultcrypt/auth.h>

/* -- whether it goes together ---------------------------------------------------------------------------- */

static bool is(const vc_stream_config *config, const char *name, const char *value)
{
    const char *text = vc__stream_config_text(config, name);
    return text && strcmp(text, value) == 0;
}

static vc_code check_kafka(const vc_stream_config *config, vc_error *err)
{
    static const char *const brokers[] = { "bootstrap.servers", "metadata.broker.list", NULL };
    static const char *const group[] = { "group.id", NULL };
    if (!vc__kafka_config_has(config->kafka, brokers))
        return vc__error(err, VC_E_CONFIG, "kafka.bootstrap.servers is missing: where the brokers are");
    if (!vc__kafka_config_has(config->kafka, group))
        return vc__error(err, VC_E_CONFIG, "kafka.group.id is missing: the consumer group, the same for all copies of this stream");
    return VC_OK;
}

vc_code vc_stream_config_check(const vc_stream_config *config, vc_error *err)
{
    static const char *const needed[][2] = { { "schema", "the file that says what is protected, and how" },
                                             { "stream.topics", "what is read" },
                                             { "stream.to", "where records go" } };
    if (!config)
        return vc__error(err, VC_E_ARGUMENT, "a configuration is needed");
    const vc_code code = check_kafka(config, err);
    if (code)
        return code;
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++)
        if (!vc__stream_config_text(config, needed[i][0]))
            return vc__error(err, VC_E_CONFIG, "%s is missing: %s", needed[i][0], needed[i][1]);
    const bool again = is(config, "stream.direction", "reprotect"), old = vc__stream_config_text(config, "old_schema") != NULL;
    if (again && !old)
        return vc__error(err, VC_E_CONFIG, "old_schema is missing: stream.direction is reprotect, and records are opened under it first");
    if (old && !again)
        return vc__error(err, VC_E_CONFIG, "old_schema: is for stream.direction reprotect only");
    return VC_OK;
}

/* -- advice ---------------------------------------------------------------------------------------------- */

static bool letters_hold_it(const vc_stream_config *config, const vc_rule *rule)
{
    const bool letters = is(config, "stream.on_error", "dead_letter") || vc_rule_on_error(rule) == VC_ON_ERROR_DEAD_LETTER;
    return !letters || vc__letter_rule_field(rule);
}

static void advise_letters(const vc_stream_config *config, const vc_schema *schema, vc_log_fn advise, void *user)
{
    char line[512];
    const vc_rule *rule;
    const char *name = vc__stream_config_text(config, "stream.rule"), *topic;
    if (vc__stream_config_text(config, "stream.dead_letter.key") || is(config, "stream.dead_letter.body", "none"))
        return;
    for (size_t i = 0; (rule = vc_schema_rule_at(schema, i)); i++) {
        bool used = name && strcmp(vc_rule_name(rule), name) == 0;
        for (size_t k = 0; !name && !used && (topic = vc_stream_config_get(config, "stream.topics", k)); k++)
            used = topic[0] == '^' || vc_schema_match(schema, vc_str(topic), NULL) == rule;
        if (!used || letters_hold_it(config, rule))
            continue;
        snprintf(line, sizeof line, "dead letters of rule %.100s will hold no record, for it has no envelope field: name a key, stream.dead_letter.key",
                 vc_rule_name(rule));
        advise(user, line);
    }
}

void vc_stream_config_advise(const vc_stream_config *config, const vc_schema *schema, vc_log_fn advise, void *user)
{
    static const char *const id[] = { "transactional.id", NULL };
    if (!config || !schema || !advise)
        return;
    advise_letters(config, schema, advise, user);
    if (vc__kafka_config_has(config->kafka, id) && is(config, "stream.guarantee", "exactly_once"))
        advise(user, "kafka.transactional.id: copies that share it end each other; stream.instance gives each copy one of its own");
}

/* -- Vault ----------------------------------------------------------------------------------------------- */

vc_client *vc_stream_config_client(vc_stream_config *config, vc_log_fn log, void *user, vc_error *err)
{
    if (!config) {
        vc__error(err, VC_E_ARGUMENT, "a configuration is needed");
        return NULL;
    }
    if (vc_config_from_env(config->vault, err) || vc_config_set_log(config->vault, log, user, err))
        return NULL;
    return vc_client_open(config->vault, err);
}

vc_code vc_stream_config_reload_client(vc_stream_config *config, vc_client *client, vc_error *err)
{
    if (!config || !client)
        return vc__error(err, VC_E_ARGUMENT, "a configuration and a client are needed");
    const vc_code code = vc_config_from_env(config->vault, err);
    return code ? code : vc_client_reload(client, config->vault, err);
}

/* -- schemas --------------------------------------------------------------------------------------------- */

static vc_code check_rules(const vc_stream_config *config, const vc_schema *schema, vc_error *err)
{
    const char *rule = vc__stream_config_text(config, "stream.rule"), *topic;
    if (rule)
        return vc_schema_rule(schema, vc_str(rule), err) ? VC_OK : VC_E_NO_RULE;
    for (size_t i = 0; (topic = vc_stream_config_get(config, "stream.topics", i)); i++)
        if (topic[0] != '^' && !vc_schema_match(schema, vc_str(topic), err))
            return VC_E_NO_RULE;
    return VC_OK;
}

static vc_code open_one(const vc_stream_config *config, const char *setting, vc_schema **schema, vc_error *err)
{
    vc_error why = VC_ERROR_INIT;
    const char *file = vc__stream_config_text(config, setting);
    if (!file)
        return vc__error(err, VC_E_CONFIG, "%s is missing", setting);
    *schema = vc_schema_open(file, &why);
    if (*schema && !check_rules(config, *schema, &why))
        return VC_OK;
    if (!why.source[0] && *schema)
        vc__error_at(&why, file, 0, 0);
    vc_schema_unref(*schema);
    *schema = NULL;
    return vc__error_copy(err, &why);
}

vc_code vc_stream_config_schemas(const vc_stream_config *config, vc_schema **schema, vc_schema **old, vc_error *err)
{
    if (!config || !schema || !old)
        return vc__error(err, VC_E_ARGUMENT, "a configuration and places for two schemas are needed");
    *schema = *old = NULL;
    vc_code code = open_one(config, "schema", schema, err);
    if (code || !is(config, "stream.direction", "reprotect"))
        return code;
    code = open_one(config, "old_schema", old, err);
    if (code) {
        vc_schema_unref(*schema);
        *schema = NULL;
    }
    return code;
}

/* -- the stream ------------------------------------------------------------------------------------------ */

static vc_code add_routes(const vc_stream_config *config, vc_stream *stream, vc_error *err)
{
    const char *to = vc__stream_config_text(config, "stream.to"), *topic;
    vc_code code = VC_OK;
    for (size_t i = 0; (topic = vc_stream_config_get(config, "stream.topics", i)) && !code; i++)
        code = vc_stream_add_route(stream, topic, to, err);
    return code;
}

static vc_code set_letters(const vc_stream_config *config, vc_stream *stream, vc_error *err)
{
    const char *key = vc__stream_config_text(config, "stream.dead_letter.key");
    const vc_on_error on_error = is(config, "stream.on_error", "fail") ? VC_ON_ERROR_FAIL : VC_ON_ERROR_DEAD_LETTER;
    vc_code code = vc_stream_set_on_error(stream, on_error, err);
    if (!code)
        code = vc_stream_set_dead_letter_topic(stream, vc__stream_config_text(config, "stream.dead_letter.topic"), err);
    if (!code && key)
        code = vc_stream_set_dead_letter_key(stream, vc__stream_config_text(config, "stream.dead_letter.mount"), key, err);
    return code ? code : vc_stream_set_dead_letter_body(stream, !is(config, "stream.dead_letter.body", "none"), err);
}

/* TOPIC=TIME or TOPIC:PARTITION=OFFSET. */
static vc_code add_cut_over(vc_stream *stream, const char *place, vc_error *err)
{
    char topic[256];
    uint64_t number, partition;
    const char *equals = strchr(place, '='), *colon = strchr(place, ':');
    const bool by_offset = equals && colon && colon < equals;
    const size_t len = equals ? (size_t)((by_offset ? colon : equals) - place) : 0;
    if (len && len < sizeof topic) {
        const vc_view value = vc_str(equals + 1);
        memcpy(topic, place, len);
        topic[len] = 0;
        if (!by_offset && vc__parse_rfc3339(value, &number))
            return vc_stream_add_cut_over_time(stream, topic, (int64_t)number * 1000, err);
        if (by_offset && vc__parse_uint(vc_view_of(colon + 1, (size_t)(equals - colon - 1)), INT32_MAX, &partition) &&
            vc__parse_uint(value, INT64_MAX, &number))
            return vc_stream_add_cut_over_offset(stream, topic, (int32_t)partition, (int64_t)number, err);
    }
    return vc__error(err, VC_E_CONFIG, "stream.cut_over: expected TOPIC=TIME, such as orders=2026-01-31T12:00:00Z, or TOPIC:PARTITION=OFFSET, "
                                       "instead of \"%.100s\"", place);
}

static vc_code add_cut_overs(const vc_stream_config *config, vc_stream *stream, vc_error *err)
{
    const char *place;
    vc_code code = VC_OK;
    if (vc__stream_config_text(config, "stream.cut_over") && !is(config, "stream.direction", "open"))
        return vc__error(err, VC_E_CONFIG, "stream.cut_over is for stream.direction open only");
    for (size_t i = 0; (place = vc_stream_config_get(config, "stream.cut_over", i)) && !code; i++)
        code = add_cut_over(stream, place, err);
    return code;
}

static vc_code set_all(const vc_stream_config *config, vc_stream *stream, vc_error *err)
{
    const char *rule = vc__stream_config_text(config, "stream.rule"), *instance = vc__stream_config_text(config, "stream.instance");
    const vc_guarantee guarantee = is(config, "stream.guarantee", "at_least_once") ? VC_AT_LEAST_ONCE : VC_EXACTLY_ONCE;
    vc_code code = add_routes(config, stream, err);
    if (!code && rule)
        code = vc_stream_set_rule(stream, rule, err);
    if (!code)
        code = vc_stream_set_guarantee(stream, guarantee, err);
    if (!code && instance)
        code = vc_stream_set_instance(stream, instance, err);
    if (!code)
        code = vc_stream_set_threads(stream, (size_t)vc__stream_config_number(config, "stream.threads"), err);
    if (!code)
        code = vc_stream_set_batch(stream, (size_t)vc__stream_config_number(config, "stream.batch.records"),
                                   vc__stream_config_number(config, "stream.batch.linger"), err);
    if (!code)
        code = vc_stream_set_commit(stream, vc__stream_config_number(config, "stream.commit.records"),
                                    vc__stream_config_number(config, "stream.commit.interval"), err);
    if (!code)
        code = vc_stream_set_deadline(stream, vc__stream_config_number(config, "stream.vault_deadline"), err);
    if (!code)
        code = vc_stream_set_headers(stream, (int)vc__stream_config_number(config, "stream.headers"), err);
    if (!code)
        code = vc_stream_set_migrate(stream, (int)vc__stream_config_number(config, "stream.migrate"), err);
    if (!code)
        code = add_cut_overs(config, stream, err);
    if (!code)
        code = vc_stream_set_count(stream, vc__stream_config_number(config, "stream.count"), err);
    if (!code)
        code = vc_stream_set_exit_at_end(stream, (int)vc__stream_config_number(config, "stream.exit_at_end"), err);
    if (!code)
        code = vc_stream_set_reset(stream, (int)vc__stream_config_number(config, "stream.reset"), err);
    return code ? code : set_letters(config, stream, err);
}

vc_stream *vc_stream_config_stream(const vc_stream_config *config, vc_client *client, vc_schema *schema, vc_schema *old, vc_error *err)
{
    if (vc_stream_config_check(config, err))
        return NULL;
    const vc_direction direction = is(config, "stream.direction", "open") ? VC_OPEN : VC_PROTECT;
    vc_error why = VC_ERROR_INIT;
    vc_stream *stream = vc_stream_new(config->kafka, client, schema, direction, &why);
    if (stream && !set_all(config, stream, &why) && (!old || !vc_stream_set_old_schema(stream, old, &why)))
        return stream;
    vc_stream_free(stream);
    /* what a setter refuses came from a file or an option here */
    vc__error(err, why.code == VC_E_ARGUMENT ? VC_E_CONFIG : why.code, "%s", why.message);
    return NULL;
}

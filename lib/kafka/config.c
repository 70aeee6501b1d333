/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka/config.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    BOTH = VC_KAFKA_CONSUMER | VC_KAFKA_PRODUCER,
    MAX_VALUE = 1 << 20,
    MAX_LINE = 64 << 10,
    MAX_ENTRIES = 10000,
    MAX_PROPERTIES = 512,
    MANUAL_SIZE = 256 << 10, /* librdkafka 2.0.2 writes 85 KB */
};

typedef struct entry {
    char *name, *value;
    unsigned roles;
} entry;

struct vc_kafka_config {
    entry *entries;
    size_t count, room;
    rd_kafka_conf_t *probe; /* tells at once what librdkafka thinks of a property */
    /* What librdkafka's own manual says: the names of all properties, and for whom they are. */
    char *manual;
    const char *names[MAX_PROPERTIES + 1];
    unsigned roles[MAX_PROPERTIES];
    size_t property_count;
};

/* -- what librdkafka knows ------------------------------------------------------------------------------- */

/* A line of the manual is "name   | C/P | range | ..."; everything else is passed over. */
static void read_manual_line(vc_kafka_config *config, char *line)
{
    char *bar = strchr(line, '|');
    if (!bar || config->property_count == MAX_PROPERTIES || !islower((unsigned char)*line))
        return;
    const char *role = bar + 1 + strspn(bar + 1, " ");
    const unsigned roles = *role == 'C' ? VC_KAFKA_CONSUMER : *role == 'P' ? VC_KAFKA_PRODUCER : BOTH;
    line[strcspn(line, " |")] = 0;
    config->roles[config->property_count] = roles;
    config->names[config->property_count++] = line;
}

static vc_code read_manual(vc_kafka_config *config, vc_error *err)
{
    config->manual = vc__calloc(MANUAL_SIZE, 1);
    if (!config->manual)
        return vc__error_memory(err);
    FILE *file = fmemopen(config->manual, MANUAL_SIZE - 1, "w");
    if (!file)
        return vc__error_memory(err);
    rd_kafka_conf_properties_show(file);
    fclose(file);
    for (char *line = config->manual; line;) {
        char *end = strchr(line, '\n');
        if (end)
            *end++ = 0;
        read_manual_line(config, line);
        line = end;
    }
    return VC_OK;
}

static unsigned roles_of(const vc_kafka_config *config, const char *name)
{
    for (size_t i = 0; i < config->property_count; i++)
        if (strcmp(config->names[i], name) == 0)
            return config->roles[i];
    return BOTH;
}

/* librdkafka quotes the value in its messages: not for these. */
bool vc__kafka_is_secret(const char *name)
{
    return strstr(name, "password") || strstr(name, "secret") || strstr(name, ".pem") ||
           strstr(name, "oauthbearer") || strstr(name, "jaas");
}

/* -- life ------------------------------------------------------------------------------------------------ */

vc_kafka_config *vc_kafka_config_new(vc_error *err)
{
    vc__autoptr(vc_kafka_config) config = vc__calloc(1, sizeof *config);
    if (!config || !(config->probe = rd_kafka_conf_new())) {
        vc__error_memory(err);
        return NULL;
    }
    if (read_manual(config, err))
        return NULL;
    return vc__steal(&config);
}

static void drop_entry(entry *one)
{
    if (one->value)
        vc__wipe(one->value, strlen(one->value));
    vc__free(one->value);
    vc__free(one->name);
}

void vc_kafka_config_free(vc_kafka_config *config)
{
    if (!config)
        return;
    for (size_t i = 0; i < config->count; i++)
        drop_entry(&config->entries[i]);
    vc__free(config->entries);
    vc__free(config->manual);
    if (config->probe)
        rd_kafka_conf_destroy(config->probe);
    vc__free(config);
}

/* -- properties ------------------------------------------------------------------------------------------ */

static vc_code refuse(vc_error *err, const char *name, const char *reason)
{
    if (vc__kafka_is_secret(name))
        return vc__error(err, VC_E_CONFIG, "librdkafka does not take this value of %s", name);
    return vc__error(err, VC_E_CONFIG, "%s: librdkafka: %s", name, reason);
}

static vc_code apply(rd_kafka_conf_t *conf, const char *name, const char *value, vc_error *err)
{
    char reason[256];
    if (rd_kafka_conf_set(conf, name, value, reason, sizeof reason) != RD_KAFKA_CONF_OK)
        return refuse(err, name, reason);
    return VC_OK;
}

/*
 * kcat's rule: "topic.acks" is the topic property acks, but topic.metadata.refresh.interval.ms has that name
 * itself.
 */
static vc_code probe(const vc_kafka_config *config, const char **name, const char *value, vc_error *err)
{
    char reason[256];
    const char *bare = strncmp(*name, "topic.", 6) == 0 ? *name + 6 : *name;
    rd_kafka_conf_res_t result = rd_kafka_conf_set(config->probe, bare, value, reason, sizeof reason);
    if (result == RD_KAFKA_CONF_UNKNOWN && bare != *name)
        result = rd_kafka_conf_set(config->probe, *name, value, reason, sizeof reason);
    else
        *name = bare;
    if (result == RD_KAFKA_CONF_OK)
        return VC_OK;
    if (result != RD_KAFKA_CONF_UNKNOWN)
        return refuse(err, *name, reason);
    const char *nearest = vc__nearest(vc_str(*name), config->names);
    return vc__error(err, VC_E_CONFIG, "librdkafka %s has no property \"%.100s\"%s%s%s",
                     rd_kafka_version_str(), *name, nearest ? "; did you mean \"" : "",
                     nearest ? nearest : "", nearest ? "\"?" : "");
}

static vc_code remember(vc_kafka_config *config, const char *name, const char *value, unsigned roles,
                        vc_error *err)
{
    if (config->count == MAX_ENTRIES)
        return vc__error(err, VC_E_LIMIT, "more than %d properties", MAX_ENTRIES);
    if (config->count == config->room) {
        const size_t room = config->room ? config->room * 2 : 16;
        entry *more = vc__realloc(config->entries, room, sizeof *more);
        if (!more)
            return vc__error_memory(err);
        config->entries = more;
        config->room = room;
    }
    entry one = { vc__memdup(name, strlen(name)), vc__memdup(value, strlen(value)), roles };
    if (!one.name || !one.value) {
        drop_entry(&one);
        return vc__error_memory(err);
    }
    config->entries[config->count++] = one;
    return VC_OK;
}

static vc_code set_for(vc_kafka_config *config, const char *name, const char *value, unsigned roles,
                       vc_error *err)
{
    if (strlen(value) > MAX_VALUE)
        return vc__error(err, VC_E_LIMIT, "the value of %.100s is longer than %d bytes", name, MAX_VALUE);
    const vc_code code = probe(config, &name, value, err);
    if (code)
        return code;
    return remember(config, name, value, roles & roles_of(config, name), err);
}

vc_code vc_kafka_config_set(vc_kafka_config *config, const char *name, const char *value, vc_error *err)
{
    if (!config || !name || !*name || !value)
        return vc__error(err, VC_E_ARGUMENT, "a Kafka property needs a configuration, a name and a value");
    return set_for(config, name, value, BOTH, err);
}

vc_code vc__kafka_config_set_for(vc_kafka_config *config, unsigned roles, const char *name, const char *value, vc_error *err)
{
    return set_for(config, name, value, roles, err);
}

/* Blank on both sides is dropped; the text is changed in place. */
static char *trim(char *text)
{
    text += strspn(text, " \t\r\n");
    size_t len = strlen(text);
    while (len && strchr(" \t\r\n", text[len - 1]))
        len--;
    text[len] = 0;
    return text;
}

/* "name=value", which is changed in place. */
static vc_code set_line(vc_kafka_config *config, char *line, unsigned roles, vc_error *err)
{
    char *equals = strchr(line, '=');
    if (!equals || equals == line)
        return vc__error(err, VC_E_CONFIG, "a property is written name=value");
    *equals = 0;
    return set_for(config, trim(line), trim(equals + 1), roles, err);
}

vc_code vc_kafka_config_set_pair(vc_kafka_config *config, const char *pair, vc_error *err)
{
    if (!config || !pair)
        return vc__error(err, VC_E_ARGUMENT, "a Kafka property needs a configuration and name=value");
    const size_t len = strlen(pair);
    char *copy = vc__memdup(pair, len);
    if (!copy)
        return vc__error_memory(err);
    const vc_code code = set_line(config, copy, BOTH, err);
    vc__wipe(copy, len);
    vc__free(copy);
    return code;
}

/* -- files ----------------------------------------------------------------------------------------------- */

static const char *const section_names[] = { "default", "consumer", "producer", NULL };
static const unsigned section_roles[] = { BOTH, VC_KAFKA_CONSUMER, VC_KAFKA_PRODUCER };

/* "[consumer]" -> the roles that the lines below are for; 0: they are somebody else's. */
static vc_code read_section(char *line, unsigned *roles, vc_error *err)
{
    char *end = strchr(line, ']');
    if (!end || end[1])
        return vc__error(err, VC_E_CONFIG, "a section is written [name]");
    *end = 0;
    const char *name = trim(line + 1);
    *roles = 0;
    for (size_t i = 0; section_names[i]; i++)
        if (strcmp(name, section_names[i]) == 0)
            *roles = section_roles[i];
    const char *nearest = *roles ? NULL : vc__nearest(vc_str(name), section_names);
    if (nearest)
        return vc__error(err, VC_E_CONFIG, "unknown section; did you mean [%s]?", nearest);
    return VC_OK;
}

static vc_code load_lines(vc_kafka_config *config, FILE *file, const char *name, char *line, vc_error *err)
{
    unsigned roles = BOTH;
    for (size_t number = 1; fgets(line, MAX_LINE, file); number++) {
        vc_code code = VC_OK;
        if (strlen(line) == MAX_LINE - 1 && line[MAX_LINE - 2] != '\n')
            code = vc__error(err, VC_E_LIMIT, "the line is longer than %d bytes", MAX_LINE - 2);
        char *text = trim(line);
        if (!code && *text == '[')
            code = read_section(text, &roles, err);
        else if (!code && *text && *text != '#' && *text != ';' && roles)
            code = set_line(config, text, roles, err);
        if (code) {
            vc__error_at(err, name, number, 1);
            return code;
        }
    }
    if (ferror(file))
        return vc__error(err, VC_E_IO, "%s cannot be read: %s", name, strerror(errno));
    return VC_OK;
}

vc_code vc_kafka_config_load(vc_kafka_config *config, const char *file, vc_error *err)
{
    if (!config || !file)
        return vc__error(err, VC_E_ARGUMENT, "a configuration and the name of a file are needed");
    FILE *stream = fopen(file, "re");
    if (!stream)
        return vc__error(err, VC_E_IO, "%s cannot be opened: %s", file, strerror(errno));
    setvbuf(stream, NULL, _IONBF, 0); /* no copy of passwords in a buffer that is not ours */
    char *line = vc__calloc(MAX_LINE, 1);
    const vc_code code = line ? load_lines(config, stream, file, line, err) : vc__error_memory(err);
    fclose(stream);
    if (line)
        vc__wipe(line, MAX_LINE);
    vc__free(line);
    return code;
}

/* -- for librdkafka -------------------------------------------------------------------------------------- */

/*
 * A full prefetch queue makes librdkafka leave the partition alone for fetch.queue.backoff.ms (a fixed second
 * before 2.2). So either that is made short, or the queue large enough for what a fast consumer takes in a
 * second.
 */
static vc_code consumer_defaults(rd_kafka_conf_t *conf, vc_error *err)
{
    if (rd_kafka_conf_set(conf, "fetch.queue.backoff.ms", "10", NULL, 0) == RD_KAFKA_CONF_OK)
        return VC_OK;
    const vc_code code = apply(conf, "queued.min.messages", "1000000", err);
    return code ? code : apply(conf, "queued.max.messages.kbytes", "262144", err);
}

vc_code vc_kafka_config_conf(const vc_kafka_config *config, vc_kafka_role role, struct rd_kafka_conf_s **conf,
                             vc_error *err)
{
    if (!config || !conf || (role != VC_KAFKA_CONSUMER && role != VC_KAFKA_PRODUCER))
        return vc__error(err, VC_E_ARGUMENT, "a configuration, a role and a place for the result are needed");
    *conf = NULL;
    rd_kafka_conf_t *made = rd_kafka_conf_new();
    if (!made)
        return vc__error_memory(err);
    vc_code code = role == VC_KAFKA_CONSUMER ? consumer_defaults(made, err) : VC_OK;
    for (size_t i = 0; i < config->count && !code; i++)
        if (config->entries[i].roles & (unsigned)role)
            code = apply(made, config->entries[i].name, config->entries[i].value, err);
    if (code)
        rd_kafka_conf_destroy(made);
    else
        *conf = made;
    return code;
}

vc_kafka_config *vc__kafka_config_copy(const vc_kafka_config *config, vc_error *err)
{
    vc__autoptr(vc_kafka_config) copy = vc_kafka_config_new(err);
    for (size_t i = 0; copy && i < config->count; i++)
        if (remember(copy, config->entries[i].name, config->entries[i].value, config->entries[i].roles, err))
            return NULL;
    return vc__steal(&copy);
}

bool vc__kafka_config_has(const vc_kafka_config *config, const char *const *names)
{
    for (size_t i = 0; i < config->count; i++)
        for (size_t n = 0; names[n]; n++)
            if (strcmp(config->entries[i].name, names[n]) == 0)
                return true;
    return false;
}

vc_code vc__kafka_config_check(const vc_kafka_config *config, vc_error *err)
{
    static const char *const brokers[] = { "bootstrap.servers", "metadata.broker.list", NULL };
    if (vc__kafka_config_has(config, brokers))
        return VC_OK;
    return vc__error(err, VC_E_CONFIG, "no Kafka brokers: set bootstrap.servers (at the shell -b, -F or VAULTCRYPT_BROKERS)");
}

vc_code vc__kafka_conf_set(rd_kafka_conf_t *conf, const char *name, const char *value, vc_error *err)
{
    char reason[256];
    if (rd_kafka_conf_set(conf, name, value, reason, sizeof reason) == RD_KAFKA_CONF_OK)
        return VC_OK;
    return vc__error(err, VC_E_CONFIG, "librdkafka: %s", reason);
}

uint64_t vc__kafka_conf_number(const rd_kafka_conf_t *conf, const char *name)
{
    char value[32] = "";
    size_t size = sizeof value;
    rd_kafka_conf_get(conf, name, value, &size);
    return strtoull(value, NULL, 10);
}

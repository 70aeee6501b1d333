/* SPDX-License-Identifier: Apache-2.0 */
#include "stream_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ROWS = 120, HELP_ROOM = 160 };

#define SETTING(letter, name, argument, help) { OPTION_SETTING, letter, name, argument, help, offsetof(struct stream_options, settings) }

static const option_row own[] = {
    { OPTION_TEXT, 'c', "config", "FILE", "configuration, vaultcrypt-stream.yaml(5)", offsetof(struct stream_options, config) },
    { OPTION_FLAG, 0, "check", NULL, "check all of it, connect nowhere, print what would count", offsetof(struct stream_options, check) },
    { OPTION_FLAG, 0, "settings", NULL, "list all settings: name, argument, default, meaning", offsetof(struct stream_options, list) },
    { OPTION_HEADING, 0, "Short for settings", NULL, NULL, 0 },
    SETTING('b', "brokers", "HOSTS", "--kafka.bootstrap.servers (VAULTCRYPT_BROKERS)"),
    SETTING('G', "group", "NAME", "--kafka.group.id"),
    SETTING('X', "property", "NAME=VALUE", "--kafka.NAME=VALUE: any of librdkafka's properties"),
    { OPTION_TEXT, 'F', "config-file", "FILE", "a file of them", offsetof(struct stream_options, properties) },
    SETTING('t', "from", "TOPIC", "--stream.topics"),
    SETTING(0, "to", "TOPIC", "--stream.to"),
    SETTING(0, "http", "ADDRESS", "--http.listen"),
    { OPTION_HEADING, 0, "Settings, which count before those of the file", NULL, NULL, 0 },
};

static const struct {
    const char *option, *setting;
} shorts[] = { { "brokers", "kafka.bootstrap.servers" }, { "group", "kafka.group.id" }, { "from", "stream.topics" }, { "to", "stream.to" }, { "http", "http.listen" } };

static const char notes[] =
    "SIGTERM and SIGINT end it: what is under way is finished and committed. SIGHUP, or a change of the files that it is made of, has it\n"
    "read schema and credentials again. Vault's VAULT_* and BAO_* variables hold where file and options say nothing.\n"
    "Exit codes: 0 ended as asked, 1 a record could not be done, 2 usage, 3 configuration, schema or topic, 4 denied, 5 Vault or Kafka away, 6 local,\n"
    "7 another copy of its name has taken its place.\n";

/* -- the table ----------------------------------------------------------------------------------------------------------- */

static option_row rows[MOST_ROWS];
static char helps[MOST_ROWS][HELP_ROOM];
static const struct command command_stream = { "stream", "-c FILE [OPTIONS]", "Protect, open or protect anew the records of Kafka's topics, from one topic to another.",
                                               notes, rows, 0, NULL };

static void make_rows(void)
{
    vc_stream_setting setting = { .size = sizeof setting };
    size_t n = 0;
    for (; n < sizeof own / sizeof own[0]; n++)
        rows[n] = own[n];
    for (size_t i = 0; vc_stream_config_setting(i, &setting) && n < MOST_ROWS - 1; i++) {
        if (setting.secret) /* no option takes a secret: everybody can read command lines */
            continue;
        snprintf(helps[n], sizeof helps[n], "%s%s%s%s", setting.help, setting.fallback ? " (" : "", setting.fallback ? setting.fallback : "",
                 setting.fallback ? ")" : "");
        rows[n] = (option_row)SETTING(strcmp(setting.name, "schema") == 0 ? 's' : 0, setting.name, setting.argument, helps[n]);
        n++;
    }
    rows[n] = (option_row){ OPTION_END, 0, NULL, NULL, NULL, 0 };
}

void stream_options_list(void)
{
    vc_stream_setting setting = { .size = sizeof setting };
    for (size_t i = 0; vc_stream_config_setting(i, &setting); i++)
        printf("%s\t%s\t%s\t%s\n", setting.name, setting.argument, setting.fallback ? setting.fallback : "", setting.help);
}

/* -- the command line ---------------------------------------------------------------------------------------------------- */

/* --kafka.NAME=VALUE or --kafka.NAME VALUE; false: the value is missing. */
static bool take_property(char *word, struct stream_options *o)
{
    char *equals = strchr(word, '=');
    if (!equals || o->settings.count == OPTION_SETTINGS_MOST)
        return false;
    memcpy(word, "-X", 2); /* "--kafka." is longer */
    memmove(word + 2, word + strlen("--kafka."), strlen(word + strlen("--kafka.")) + 1);
    return true;
}

bool stream_options_parse(int argc, char **argv, struct stream_options *options, int *status)
{
    const char *operands[1];
    make_rows();
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strncmp(argv[i], "--kafka.", strlen("--kafka.")) == 0 && !take_property(argv[i], options)) {
            fprintf(stderr, "vaultcrypt stream: %s: is written --kafka.NAME=VALUE\n", argv[i]);
            *status = 2;
            return false;
        }
    return option_parse(&command_stream, argc, argv, options, operands, status);
}

/* -- what comes of it ---------------------------------------------------------------------------------------------------- */

/* -X NAME=VALUE */
static vc_code set_property(vc_stream_config *config, const char *pair, vc_error *err)
{
    char name[256];
    const char *equals = strchr(pair, '=');
    const size_t len = equals ? (size_t)(equals - pair) : 0;
    if (!len || len + strlen("kafka.") >= sizeof name)
        return vc_stream_config_set(config, "kafka.", "", err); /* which no property is called */
    snprintf(name, sizeof name, "kafka.%.*s", (int)len, pair);
    return vc_stream_config_set(config, name, equals + 1, err);
}

static vc_code set_one(vc_stream_config *config, const char *name, const char *value, vc_error *err)
{
    if (strcmp(name, "property") == 0)
        return set_property(config, value, err);
    for (size_t i = 0; i < sizeof shorts / sizeof shorts[0]; i++)
        if (strcmp(name, shorts[i].option) == 0)
            name = shorts[i].setting;
    return vc_stream_config_set(config, name, value, err);
}

static vc_code fill(vc_stream_config *config, const struct stream_options *o, vc_error *err)
{
    const char *brokers = getenv("VAULTCRYPT_BROKERS");
    vc_code code = o->config ? vc_stream_config_load(config, o->config, err) : VC_OK;
    if (!code && o->properties)
        code = vc_stream_config_load_properties(config, o->properties, err);
    if (!code && brokers && *brokers && !o->properties && !vc_stream_config_get(config, "kafka.bootstrap.servers", 0))
        code = vc_stream_config_set(config, "kafka.bootstrap.servers", brokers, err);
    for (size_t i = 0; i < o->settings.count && !code; i++)
        code = set_one(config, o->settings.names[i], o->settings.values[i], err);
    return code;
}

vc_stream_config *stream_options_config(const struct stream_options *options, vc_error *err)
{
    vc_stream_config *config = vc_stream_config_new(err);
    if (config && fill(config, options, err)) {
        vc_stream_config_free(config);
        return NULL;
    }
    return config;
}

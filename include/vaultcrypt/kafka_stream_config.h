/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kafka_stream_config.h - a stream by its configuration file, vaultcrypt-stream.yaml(5): Kafka, Vault, schema and the stream's own settings in one YAML
 * text. `vaultcrypt stream` is a program around it.
 *
 *     vc_stream_config *config = vc_stream_config_new(&err);
 *     vc_stream_config_load(config, "encryptor.yaml", &err);
 *     vc_stream_config_set(config, "stream.threads", "4", &err);        (over the file)
 *     vc_client *vault = vc_stream_config_client(config, NULL, NULL, &err);
 *     vc_schema *schema = NULL, *old = NULL;
 *     vc_stream_config_schemas(config, &schema, &old, &err);
 *     vc_stream *stream = vc_stream_config_stream(config, vault, schema, old, &err);
 *     vc_stream_run(stream, &err);
 *
 * Messages and what is printed never hold the value of a secret (passwords, tokens, private keys).
 *
 * Threads: one owner.
 */
#ifndef VAULTCRYPT_KAFKA_STREAM_CONFIG_H
#define VAULTCRYPT_KAFKA_STREAM_CONFIG_H

#include <vaultcrypt/kafka_stream.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct vc_stream_config vc_stream_config;

/* All settings have their defaults; nothing of the environment. NULL: VC_E_MEMORY. */
VC_API VC_MUST_CHECK vc_stream_config *vc_stream_config_new(vc_error *err);

/* Wipes and frees; NULL is fine. */
VC_API void vc_stream_config_free(vc_stream_config *config);

/*
 * Takes what the file says over what is set. Names of files in it count from the file's own folder. VC_E_IO; VC_E_CONFIG, with file, line and column: not
 * YAML, another name (with the nearest that there is), a value that cannot be used, also what vc_kafka_config_set() and vc_config_set() refuse; VC_E_LIMIT (over
 * 1 MiB), VC_E_MEMORY. After a failure the configuration is good for vc_stream_config_free() only.
 */
VC_API vc_code vc_stream_config_load(vc_stream_config *config, const char *file, vc_error *err);

/* The same of a text in memory; `name` stands for the file in messages and for its folder (NULL: "configuration", in the current one). */
VC_API vc_code vc_stream_config_parse(vc_stream_config *config, vc_view yaml, const char *name, vc_error *err);

/*
 * One setting by its whole name, such as "stream.guarantee", "kafka.linger.ms" or "kafka.consumer.fetch.wait.max.ms". What comes last counts; settings
 * that are lists ("stream.topics") get one more, and lose first what a file gave them. VC_E_CONFIG, VC_E_IO, VC_E_ARGUMENT (NULL), VC_E_LIMIT, VC_E_MEMORY.
 */
VC_API vc_code vc_stream_config_set(vc_stream_config *config, const char *name, const char *value, vc_error *err);

/* librdkafka's properties from a file, under those that are set later: vc_kafka_config_load(). */
VC_API vc_code vc_stream_config_load_properties(vc_stream_config *config, const char *file, vc_error *err);

/*
 * Value `i` of a setting, or its default; only lists have more than one. NULL: none, or no such name. "(set)" stands for the value of a secret. Borrowed
 * until the configuration changes.
 */
VC_API const char *vc_stream_config_get(const vc_stream_config *config, const char *name, size_t i);

/* A row of the table of settings, but those of `kafka.`, which are librdkafka's. */
typedef struct vc_stream_setting {
    size_t size;          /* sizeof(vc_stream_setting), set by the caller */
    const char *name;     /* "stream.guarantee" */
    const char *argument; /* "FILE", "N", "TIME", "TEXT", or the words there are: "text|json" */
    const char *fallback; /* the default; NULL: none */
    const char *help;     /* one line */
    int list;             /* 1: may have several values */
    int secret;           /* 1: better in a file of its own than on a command line */
} vc_stream_setting;

/* Row `i`; 1: filled, 0: there is none. */
VC_API int vc_stream_config_setting(size_t i, vc_stream_setting *setting);

/*
 * Whether all is there that a stream needs, and goes together. VC_E_CONFIG, with the name of the setting.
 */
VC_API vc_code vc_stream_config_check(const vc_stream_config *config, vc_error *err);

/*
 * Files that it is made of, for programs that look for changes: its own, schemas, and those of Vault's credentials and certificates. NULL past the end. Borrowed
 * until the configuration changes.
 */
VC_API const char *vc_stream_config_file(const vc_stream_config *config, size_t i);

/* What should be mended though it works: a file that holds a secret and that everybody may read. NULL past the end. */
VC_API const char *vc_stream_config_warning(const vc_stream_config *config, size_t i);

/*
 * Calls `advise` with a line for each thing that goes together, and is hardly meant: rules whose dead letters will hold no record; a transactional.id that copies
 * would share.
 */
VC_API void vc_stream_config_advise(const vc_stream_config *config, const vc_schema *schema, vc_log_fn advise, void *user);

/* The name of property `i` of `kafka:`, as it was set, for vc_stream_config_get() behind "kafka."; NULL past the end. Those of a file of properties are not told. */
VC_API const char *vc_stream_config_property(const vc_stream_config *config, size_t i);

/*
 * Calls `line` for each line of the effective configuration, as YAML, with defaults and without secrets; their names stand in comments. VC_E_MEMORY.
 */
VC_API vc_code vc_stream_config_print(const vc_stream_config *config, void (*line)(void *user, const char *line), void *user, vc_error *err);

/*
 * A client by the `vault:` map; the environment fills in what is missing there, see vc_config_from_env(). It does not talk to Vault yet. `log` as in
 * vc_config_set_log(). NULL: as vc_client_open(). Close with vc_client_close().
 */
VC_API VC_MUST_CHECK vc_client *vc_stream_config_client(vc_stream_config *config, vc_log_fn log, void *user, vc_error *err);

/*
 * For a client that was opened by an older state of this configuration: vc_client_reload() with what it says of Vault now.
 */
VC_API vc_code vc_stream_config_reload_client(vc_stream_config *config, vc_client *client, vc_error *err);

/*
 * Reads the schemas: one reference each, for vc_schema_unref(). `*old` is NULL unless `stream.direction` is reprotect. Topics that are no
 * regular expression must have a rule. Errors: vc_schema_open(), VC_E_NO_RULE.
 */
VC_API vc_code vc_stream_config_schemas(const vc_stream_config *config, vc_schema **schema, vc_schema **old, vc_error *err);

/* A stream with all settings applied: vc_stream_new() and its setters, with their errors. Nothing is connected yet. */
VC_API VC_MUST_CHECK vc_stream *vc_stream_config_stream(const vc_stream_config *config, vc_client *client, vc_schema *schema, vc_schema *old,
                                                        vc_error *err);

#ifdef __cplusplus
}
#endif

#endif

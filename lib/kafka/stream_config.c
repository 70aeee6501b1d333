/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka/stream_config.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/text.h"

enum { VALUES_MAX = 1024, NAME_ROOM = 256, PATH_MAX_LEN = 4096 };

static const char set_text[] = "(set)";

/* -- life ------------------------------------------------------------------------------------------------ */

vc_stream_config *vc_stream_config_new(vc_error *err)
{
    vc__autoptr(vc_stream_config) config = vc__calloc(1, sizeof *config);
    if (!config || !(config->values = vc__calloc(vc__stream_setting_count(), sizeof *config->values))) {
        vc__error_memory(err);
        return NULL;
    }
    config->kafka = vc_kafka_config_new(err);
    config->vault = config->kafka ? vc_config_new(err) : NULL;
    if (!config->vault)
        return NULL;
    for (const vc__stream_setting *row = vc__stream_settings; row->name; row++)
        if (row->vault && row->fallback && vc_config_set(config->vault, row->vault, row->fallback, err))
            return NULL;
    return vc__steal(&config);
}

static void drop_values(vc__values *values)
{
    for (size_t i = 0; i < values->count; i++)
        vc__free(values->list[i]);
    vc__free(values->list);
    *values = (vc__values){ NULL, 0, false };
}

void vc_stream_config_free(vc_stream_config *config)
{
    if (!config)
        return;
    for (size_t i = 0; config->values && i < vc__stream_setting_count(); i++)
        drop_values(&config->values[i]);
    for (size_t i = 0; i < config->shown_count; i++) {
        vc__free(config->shown[i].name);
        vc__free(config->shown[i].value);
    }
    for (size_t i = 0; i < config->warning_count; i++)
        vc__free(config->warnings[i]);
    vc__free(config->values);
    vc__free(config->shown);
    vc__free(config->warnings);
    vc__free(config->file);
    vc__free(config->properties);
    vc_config_free(config->vault);
    vc_kafka_config_free(config->kafka);
    vc__free(config);
}

/* -- one value ------------------------------------------------------------------------------------------- */

static vc_code unknown(vc_view name, vc_error *err)
{
    const char *near = vc__stream_setting_nearest(name);
    return vc__error(err, VC_E_CONFIG, "there is no setting \"%.*s\"%s%s%s", name.len < 100 ? (int)name.len : 100, name.data ? name.data : "",
                     near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

static vc_code keep(vc__values *values, bool list, const char *value, bool of_file, vc_error *err)
{
    if (values->count && (!list || (values->of_file && !of_file)))
        drop_values(values);
    if (values->count == VALUES_MAX)
        return vc__error(err, VC_E_LIMIT, "more than %d values", VALUES_MAX);
    char *copy = vc__memdup(value, strlen(value));
    char **more = copy ? vc__realloc(values->list, values->count + 1, sizeof *more) : NULL;
    if (!more) {
        vc__free(copy);
        return vc__error_memory(err);
    }
    values->list = more;
    values->list[values->count++] = copy;
    values->of_file = of_file;
    return VC_OK;
}

/* The name of a file, from where it counts. */
static vc_code resolve(vc__buf *path, const char *value, const vc__origin *origin, vc_error *err)
{
    if (origin->file && value[0] != '/')
        vc__buf_view(path, origin->base);
    vc__buf_str(path, value);
    return vc__buf_check(path, "the name of a file", err);
}

static vc_code put_row(vc_stream_config *config, size_t i, const char *value, const vc__origin *origin, vc_error *err)
{
    const vc__stream_setting *row = &vc__stream_settings[i];
    vc__auto(vc__buf) path = VC__BUF(PATH_MAX_LEN);
    vc_code code = vc__stream_setting_check(row, value, err);
    if (!code && row->kind == VC__SETTING_FILE) {
        code = resolve(&path, value, origin, err);
        value = path.data;
    }
    if (!code && row->vault) {
        vc_error why = VC_ERROR_INIT;
        code = vc_config_set(config->vault, row->vault, value, &why);
        if (code)
            return vc__error(err, code, "%s: %s", row->name, why.message);
    }
    config->secret = config->secret || row->secret;
    return code ? code : keep(&config->values[i], row->kind == VC__SETTING_LIST, row->secret ? set_text : value, origin->file, err);
}

static vc_code show(vc_stream_config *config, const char *name, const char *value, vc_error *err)
{
    for (size_t i = 0; i < config->shown_count; i++)
        if (strcmp(config->shown[i].name, name) == 0) {
            char *copy = vc__memdup(value, strlen(value));
            if (!copy)
                return vc__error_memory(err);
            vc__free(config->shown[i].value);
            config->shown[i].value = copy;
            return VC_OK;
        }
    vc__shown *more = vc__realloc(config->shown, config->shown_count + 1, sizeof *more);
    if (!more)
        return vc__error_memory(err);
    config->shown = more;
    const vc__shown one = { vc__memdup(name, strlen(name)), vc__memdup(value, strlen(value)) };
    if (!one.name || !one.value) {
        vc__free(one.name);
        vc__free(one.value);
        return vc__error_memory(err);
    }
    config->shown[config->shown_count++] = one;
    return VC_OK;
}

/* `name` without "kafka.". */
static vc_code put_kafka(vc_stream_config *config, const char *name, const char *value, vc_error *err)
{
    static const char *const roles[] = { "consumer.", "producer." }; /* as the bits of vc_kafka_role */
    unsigned role = VC_KAFKA_CONSUMER | VC_KAFKA_PRODUCER;
    const char *bare = name;
    for (unsigned i = 0; i < 2; i++)
        if (vc__view_starts(vc_str(name), roles[i])) {
            role = i ? VC_KAFKA_PRODUCER : VC_KAFKA_CONSUMER;
            bare = name + strlen(roles[i]);
        }
    const vc_code code = vc__kafka_config_set_for(config->kafka, role, bare, value, err);
    const bool secret = vc__kafka_is_secret(bare);
    config->secret = config->secret || secret;
    return code ? code : show(config, name, secret ? set_text : value, err);
}

vc_code vc__stream_config_put(vc_stream_config *config, vc_view name, const char *value, const vc__origin *origin, vc_error *err)
{
    static const char kafka[] = "kafka.";
    if (vc__view_starts(name, kafka)) {
        char text[NAME_ROOM];
        const size_t skip = sizeof kafka - 1;
        if (name.len - skip >= sizeof text || name.len == skip)
            return unknown(name, err);
        memcpy(text, name.data + skip, name.len - skip);
        text[name.len - skip] = 0;
        return put_kafka(config, text, value, err);
    }
    const int i = vc__stream_setting_find(name);
    return i < 0 ? unknown(name, err) : put_row(config, (size_t)i, value, origin, err);
}

vc_code vc_stream_config_set(vc_stream_config *config, const char *name, const char *value, vc_error *err)
{
    if (!config || !name || !value)
        return vc__error(err, VC_E_ARGUMENT, "a setting needs a configuration, a name and a value");
    return vc__stream_config_put(config, vc_str(name), value, &(vc__origin){ false, vc_str("") }, err);
}

vc_code vc_stream_config_load_properties(vc_stream_config *config, const char *file, vc_error *err)
{
    if (!config || !file)
        return vc__error(err, VC_E_ARGUMENT, "a configuration and the name of a file are needed");
    const vc_code code = vc_kafka_config_load(config->kafka, file, err);
    char *copy = code ? NULL : vc__memdup(file, strlen(file));
    if (code || !copy)
        return code ? code : vc__error_memory(err);
    vc__free(config->properties);
    config->properties = copy;
    return VC_OK;
}

/* -- what is set ----------------------------------------------------------------------------------------- */

const char *vc__stream_config_text(const vc_stream_config *config, const char *name)
{
    return vc_stream_config_get(config, name, 0);
}

uint64_t vc__stream_config_number(const vc_stream_config *config, const char *name)
{
    const int i = vc__stream_setting_find(vc_str(name));
    const char *value = vc__stream_config_text(config, name);
    return i < 0 || !value ? 0 : vc__stream_setting_number(&vc__stream_settings[i], value);
}

const char *vc_stream_config_get(const vc_stream_config *config, const char *name, size_t i)
{
    if (!config || !name)
        return NULL;
    for (size_t k = 0; k < config->shown_count; k++)
        if (strncmp(name, "kafka.", 6) == 0 && strcmp(config->shown[k].name, name + 6) == 0)
            return i ? NULL : config->shown[k].value;
    const int found = vc__stream_setting_find(vc_str(name));
    if (found < 0)
        return NULL;
    const vc__values *values = &config->values[found];
    if (i < values->count)
        return values->list[i];
    return i || values->count ? NULL : vc__stream_settings[found].fallback;
}

int vc_stream_config_setting(size_t i, vc_stream_setting *setting)
{
    if (i >= vc__stream_setting_count() || !setting)
        return 0;
    const vc__stream_setting *row = &vc__stream_settings[i];
    const vc_stream_setting full = { .size = setting->size, .name = row->name, .argument = row->argument, .fallback = row->fallback, .help = row->help,
                                     .list = row->kind == VC__SETTING_LIST, .secret = row->secret };
    memcpy(setting, &full, setting->size < sizeof full ? setting->size : sizeof full);
    return 1;
}

const char *vc_stream_config_file(const vc_stream_config *config, size_t i)
{
    if (!config)
        return NULL;
    if (config->file && i-- == 0)
        return config->file;
    if (config->properties && i-- == 0)
        return config->properties;
    for (size_t k = 0; k < vc__stream_setting_count(); k++) {
        if (vc__stream_settings[k].kind != VC__SETTING_FILE)
            continue;
        const char *file = config->values[k].count ? config->values[k].list[0] : NULL;
        if (file && i-- == 0)
            return file;
    }
    return NULL;
}

const char *vc_stream_config_property(const vc_stream_config *config, size_t i)
{
    return config && i < config->shown_count ? config->shown[i].name : NULL;
}

const char *vc_stream_config_warning(const vc_stream_config *config, size_t i)
{
    return config && i < config->warning_count ? config->warnings[i] : NULL;
}

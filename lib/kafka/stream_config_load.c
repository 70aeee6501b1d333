/* SPDX-License-Identifier: Apache-2.0 */
/* A stream's configuration from a YAML text, and back. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "kafka/stream_config.h"
#include "yaml/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_MAX_LEN = 255, LINE_MAX_LEN = 8192 };

typedef struct reader {
    vc_stream_config *config;
    const char *source;
    vc__origin origin;
    vc_error *err;
} reader;

static vc_code at(const reader *r, const vc__yaml_node *node, vc_code code)
{
    if (code && r->err)
        vc__error_at(r->err, r->source, node->line, node->column);
    return code;
}

/* "stream" and "batch" -> "stream.batch" */
static vc_code join(const reader *r, vc__buf *name, vc_view prefix, const vc__yaml_node *key)
{
    vc__buf_view(name, prefix);
    if (prefix.len)
        vc__buf_byte(name, '.');
    vc__buf_view(name, key->text);
    return at(r, key, vc__buf_check(name, "the name of a setting", r->err));
}

static vc_code read_value(const reader *r, vc_view name, const vc__yaml_node *node)
{
    if (node->kind != VC__YAML_SCALAR)
        return at(r, node, vc__error(r->err, VC_E_CONFIG, "`%.*s`: takes one value", (int)name.len, name.data));
    if (vc__yaml_is_null(node))
        return at(r, node, vc__error(r->err, VC_E_CONFIG, "`%.*s`: has no value", (int)name.len, name.data));
    return at(r, node, vc__stream_config_put(r->config, name, node->text.data ? node->text.data : "", &r->origin, r->err));
}

static vc_code read_list(const reader *r, vc_view name, const vc__yaml_node *node)
{
    if (node->kind != VC__YAML_LIST)
        return read_value(r, name, node);
    vc_code code = VC_OK;
    if (!node->count)
        return at(r, node, vc__error(r->err, VC_E_CONFIG, "`%.*s`: is empty", (int)name.len, name.data));
    for (const vc__yaml_node *item = node->first; item && !code; item = item->next)
        code = read_value(r, name, item);
    return code;
}

static vc_code expect_map(const reader *r, vc_view name, const vc__yaml_node *node)
{
    if (node->kind == VC__YAML_MAP)
        return VC_OK;
    return at(r, node, vc__error(r->err, VC_E_CONFIG, "`%.*s`: is a map of settings", (int)name.len, name.data));
}

/* librdkafka's names have points themselves; consumer: and producer: are maps of them for one role. */
static vc_code read_kafka(const reader *r, vc_view prefix, const vc__yaml_node *map, bool inner)
{
    vc_code code = expect_map(r, prefix, map);
    for (const vc__yaml_node *node = map->first; node && !code; node = node->next) {
        vc__auto(vc__buf) name = VC__BUF(NAME_MAX_LEN);
        code = join(r, &name, prefix, node->key);
        const bool role = vc__view_is(node->key->text, "consumer") || vc__view_is(node->key->text, "producer");
        if (!code && role && !inner)
            code = read_kafka(r, vc__buf_get(&name), node, true);
        else if (!code)
            code = read_value(r, vc__buf_get(&name), node);
    }
    return code;
}

static vc_code read_map(const reader *r, vc_view prefix, const vc__yaml_node *map);

static vc_code read_member(const reader *r, vc_view name, const vc__yaml_node *node)
{
    const int i = vc__stream_setting_find(name);
    if (vc__view_is(name, "kafka"))
        return read_kafka(r, name, node, false);
    if (i >= 0)
        return vc__stream_settings[i].kind == VC__SETTING_LIST ? read_list(r, name, node) : read_value(r, name, node);
    if (vc__stream_setting_group(name))
        return read_map(r, name, node);
    const char *near = vc__stream_setting_nearest(name);
    return at(r, node->key, vc__error(r->err, VC_E_CONFIG, "there is no setting `%.*s`%s%s%s", name.len < 100 ? (int)name.len : 100, name.data,
                                      near ? "; did you mean `" : "", near ? near : "", near ? "`?" : ""));
}

static vc_code read_map(const reader *r, vc_view prefix, const vc__yaml_node *map)
{
    vc_code code = expect_map(r, prefix.len ? prefix : vc_str("the configuration"), map);
    for (const vc__yaml_node *node = map->first; node && !code; node = node->next) {
        vc__auto(vc__buf) name = VC__BUF(NAME_MAX_LEN);
        code = join(r, &name, prefix, node->key);
        code = code ? code : read_member(r, vc__buf_get(&name), node);
    }
    return code;
}

vc_code vc_stream_config_parse(vc_stream_config *config, vc_view yaml, const char *name, vc_error *err)
{
    if (!config || (!yaml.data && yaml.len))
        return vc__error(err, VC_E_ARGUMENT, "a configuration and its text are needed");
    const char *source = name ? name : "configuration", *slash = strrchr(source, '/');
    const vc_view base = vc_view_of(source, slash ? (size_t)(slash - source) + 1 : 0);
    const reader r = { config, source, { true, base }, err };
    vc_error why = VC_ERROR_INIT;
    vc__autoptr(vc__yaml) tree = vc__yaml_parse(yaml, source, VC_E_CONFIG, &why);
    if (!tree)
        return vc__error_copy(err, &why);
    return read_map(&r, vc_str(""), vc__yaml_root(tree));
}

/* -- files ----------------------------------------------------------------------------------------------- */

static vc_code read_open(int fd, const char *file, vc__buf *text, vc_error *err)
{
    for (;;) {
        if (vc__buf_reserve(text, 4096))
            return vc__buf_check(text, "the configuration", err);
        const ssize_t got = read(fd, text->data + text->len, text->cap - text->len - 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return vc__error(err, VC_E_IO, "%s cannot be read: %s", file, strerror(errno));
        if (!got)
            return VC_OK;
        text->len += (size_t)got;
    }
}

static vc_code warn(vc_stream_config *config, const char *file, vc_error *err)
{
    vc__auto(vc__buf) text = VC__BUF(LINE_MAX_LEN);
    vc__buf_printf(&text, "%s holds a secret, and everybody on this machine may read it: chmod o-rwx, or name a file of its own for the secret", file);
    char **more = vc__realloc(config->warnings, config->warning_count + 1, sizeof *more);
    if (!more)
        return vc__error_memory(err);
    config->warnings = more;
    config->warnings[config->warning_count] = vc__memdup(text.data ? text.data : "", text.len);
    return config->warnings[config->warning_count] ? (config->warning_count++, VC_OK) : vc__error_memory(err);
}

vc_code vc_stream_config_load(vc_stream_config *config, const char *file, vc_error *err)
{
    if (!config || !file)
        return vc__error(err, VC_E_ARGUMENT, "a configuration and the name of a file are needed");
    vc__auto(vc__buf) text = VC__BUF(VC__YAML_BYTES + 8192); /* a text over the limit is for the reader to refuse */
    struct stat status = { 0 };
    const int fd = open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return vc__error(err, VC_E_IO, "%s cannot be opened: %s", file, strerror(errno));
    (void)fstat(fd, &status);
    vc_code code = read_open(fd, file, &text, err);
    close(fd);
    char *name = code ? NULL : vc__memdup(file, strlen(file));
    if (code || !name)
        return code ? code : vc__error_memory(err);
    vc__free(config->file);
    config->file = name;
    config->secret = false;
    code = vc_stream_config_parse(config, vc__buf_get(&text), file, err);
    return !code && config->secret && (status.st_mode & S_IROTH) ? warn(config, file, err) : code;
}

/* -- back to text ---------------------------------------------------------------------------------------- */

typedef struct printer {
    void (*line)(void *user, const char *line);
    void *user;
    vc__buf text;
    vc_view open; /* the maps that are open: "stream.batch" */
    vc_code code;
} printer;

static void flush(printer *p)
{
    if (!p->code)
        p->code = p->text.failed;
    if (!p->code)
        p->line(p->user, p->text.data ? p->text.data : "");
    vc__buf_clear(&p->text);
}

static void put_quoted(vc__buf *out, const char *text)
{
    vc__buf_byte(out, '"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            vc__buf_byte(out, '\\');
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            vc__buf_printf(out, "\\x%02x", (unsigned)(unsigned char)*text);
        else
            vc__buf_byte(out, *text);
    }
    vc__buf_byte(out, '"');
}

static void indent(printer *p, size_t depth)
{
    for (; depth; depth--)
        vc__buf_str(&p->text, "  ");
}

/* Opens the maps that the name is in; its depth, and its last part in `*name`. */
static size_t open_maps(printer *p, const char **name)
{
    size_t depth = 0, len = 0;
    for (const char *point; (point = strchr(*name + len, '.')); depth++) {
        const size_t end = (size_t)(point - *name);
        if (p->open.len < end || memcmp(p->open.data, *name, end) != 0 || (p->open.len > end && p->open.data[end] != '.')) {
            indent(p, depth);
            vc__buf_append(&p->text, *name + len, end - len);
            vc__buf_byte(&p->text, ':');
            flush(p);
        }
        len = end + 1;
    }
    p->open = vc_view_of(*name, len ? len - 1 : 0);
    *name += len;
    return depth;
}

static void print_row(printer *p, const vc__stream_setting *row, const vc__values *values, const char *other)
{
    const char *name = row->name, *one = values->count ? values->list[0] : other ? other : row->fallback;
    if (!one)
        return;
    const size_t depth = open_maps(p, &name);
    indent(p, depth);
    if (row->secret)
        vc__buf_str(&p->text, "# ");
    vc__buf_printf(&p->text, "%s: ", name);
    if (row->kind == VC__SETTING_LIST) {
        for (size_t i = 0; i < values->count; i++) {
            vc__buf_str(&p->text, i ? ", " : "[");
            put_quoted(&p->text, values->list[i]);
        }
        vc__buf_byte(&p->text, ']');
    } else if (row->kind == VC__SETTING_TEXT || row->kind == VC__SETTING_FILE) {
        put_quoted(&p->text, one);
    } else {
        vc__buf_str(&p->text, one);
    }
    flush(p);
}

static void print_kafka(printer *p, const vc_stream_config *config)
{
    vc__buf_str(&p->text, config->shown_count ? "kafka:" : "kafka: {}");
    flush(p);
    for (unsigned role = 0; role < 3; role++) {
        static const char *const prefixes[] = { "", "consumer.", "producer." };
        bool open = false;
        for (size_t i = 0; i < config->shown_count; i++) {
            const char *name = config->shown[i].name;
            const unsigned of = vc__view_starts(vc_str(name), prefixes[1]) ? 1 : vc__view_starts(vc_str(name), prefixes[2]) ? 2 : 0;
            if (of != role)
                continue;
            if (role && !open) {
                vc__buf_printf(&p->text, "  %.8s:", prefixes[role]);
                flush(p);
            }
            open = true;
            indent(p, role ? 2 : 1);
            if (vc__kafka_is_secret(name))
                vc__buf_str(&p->text, "# ");
            vc__buf_printf(&p->text, "%s: ", name + strlen(prefixes[role]));
            put_quoted(&p->text, config->shown[i].value);
            flush(p);
        }
    }
}

vc_code vc_stream_config_print(const vc_stream_config *config, void (*line)(void *user, const char *line), void *user, vc_error *err)
{
    if (!config || !line)
        return vc__error(err, VC_E_ARGUMENT, "a configuration and a function for its lines are needed");
    printer p = { line, user, VC__BUF(VC__YAML_BYTES), { NULL, 0 }, VC_OK };
    print_kafka(&p, config);
    for (size_t i = 0; vc__stream_settings[i].name; i++) {
        const vc__stream_setting *row = &vc__stream_settings[i];
        print_row(&p, row, &config->values[i], row->vault ? vc_config_get(config->vault, row->vault) : NULL);
    }
    vc__buf_free(&p.text);
    return p.code ? vc__error_memory(err) : VC_OK;
}

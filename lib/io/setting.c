/* SPDX-License-Identifier: Apache-2.0 */
/* Settings by name and text: the table behind vc_config_set(), and how people write durations, truths and numbers. */
#include "base/error.h"
#include "base/text.h"
#include "io/auth.h"

enum { NUMBER_MAX = 1 << 30 };

typedef vc_code (*text_setter)(vc_config *config, const char *value, vc_error *err);
typedef vc_code (*number_setter)(vc_config *config, uint64_t value, vc_error *err);

bool vc__parse_truth(vc_view text, bool *value)
{
    static const char *const yes[] = { "1", "t", "T", "true", "TRUE", "True" };
    static const char *const no[] = { "0", "f", "F", "false", "FALSE", "False" };
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        *value = vc__view_is(text, yes[i]);
        if (*value || vc__view_is(text, no[i]))
            return true;
    }
    return false;
}

/* Nanoseconds of the unit at the start of `text`, and its length; 0 when there is none. */
static uint64_t unit_of(vc_view text, size_t *len)
{
    static const struct {
        const char *name; /* a name that begins another stands behind it */
        uint64_t nanoseconds;
    } units[] = {
        { "ns", 1 },
        { "us", 1000 },
        { "\xc2\xb5s", 1000 },
        { "ms", 1000000 },
        { "s", 1000000000 },
        { "m", UINT64_C(60000000000) },
        { "h", UINT64_C(3600000000000) },
        { "d", UINT64_C(86400000000000) }, /* not Go's own, but Vault takes it */
    };
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (vc__view_starts(text, units[i].name)) {
            *len = strlen(units[i].name);
            return units[i].nanoseconds;
        }
    return 0;
}

/* Digits, perhaps with a fraction, at text[*at]; `*fraction` has 9 decimals. */
static bool read_number(vc_view text, size_t *at, uint64_t *whole, uint64_t *fraction)
{
    size_t digits = 0;
    *whole = *fraction = 0;
    for (; *at < text.len && text.data[*at] >= '0' && text.data[*at] <= '9'; ++*at, digits++) {
        *whole = *whole * 10 + (uint64_t)(text.data[*at] - '0');
        if (*whole > NUMBER_MAX)
            return false;
    }
    if (*at < text.len && text.data[*at] == '.') {
        uint64_t place = 100000000;
        for (++*at; *at < text.len && text.data[*at] >= '0' && text.data[*at] <= '9'; ++*at, digits++) {
            *fraction += place * (uint64_t)(text.data[*at] - '0');
            place /= 10;
        }
    }
    return digits > 0;
}

bool vc__parse_duration(vc_view text, uint64_t *ms)
{
    const uint64_t most = UINT64_C(366) * 86400 * 1000000000;
    uint64_t total = 0;
    for (size_t at = 0; at < text.len;) {
        const bool first = at == 0;
        uint64_t whole, fraction;
        if (!read_number(text, &at, &whole, &fraction))
            return false;
        size_t len = 0;
        uint64_t unit = unit_of(vc_view_of(text.data + at, text.len - at), &len);
        if (!unit && first && at == text.len)
            unit = 1000000000; /* a bare number is seconds */
        if (!unit || whole > most / unit)
            return false;
        total += whole * unit + (uint64_t)((double)fraction / 1e9 * (double)unit);
        if (total > most)
            return false;
        at += len;
    }
    *ms = (total + 999999) / 1000000;
    return *ms > 0;
}

static vc_code set_token_text(vc_config *config, const char *value, vc_error *err)
{
    return vc_config_set_token(config, vc_str(value), err);
}

static vc_code set_ca_pem_text(vc_config *config, const char *value, vc_error *err)
{
    return vc_config_set_ca_pem(config, vc_str(value), err);
}

static vc_code set_client_cert(vc_config *config, const char *value, vc_error *err)
{
    return vc__config_set_text(config, VC__SET_CLIENT_CERT, vc_str(value), err);
}

static vc_code set_client_key(vc_config *config, const char *value, vc_error *err)
{
    return vc__config_set_text(config, VC__SET_CLIENT_KEY, vc_str(value), err);
}

static vc_code set_proxy(vc_config *config, const char *value, vc_error *err)
{
    return vc__config_set_text(config, VC__SET_PROXY, vc_str(value), err);
}

static vc_code set_no_proxy(vc_config *config, const char *value, vc_error *err)
{
    return vc__config_set_text(config, VC__SET_NO_PROXY, vc_str(value), err);
}

static vc_code set_skip_verify(vc_config *config, uint64_t value, vc_error *err)
{
    return vc_config_set_skip_verify(config, value != 0, err);
}

static vc_code set_connections(vc_config *config, uint64_t value, vc_error *err)
{
    return vc_config_set_connections(config, (size_t)value, err);
}

static vc_code set_in_flight(vc_config *config, uint64_t value, vc_error *err)
{
    return vc_config_set_in_flight(config, (size_t)value, err);
}

static vc_code set_max_retries(vc_config *config, uint64_t value, vc_error *err)
{
    return vc_config_set_max_retries(config, (unsigned)value, err);
}

static vc_code set_redirect_hosts(vc_config *config, const char *value, vc_error *err)
{
    return vc__config_set_text(config, VC__SET_REDIRECT_HOSTS, vc_str(value), err);
}

static vc_code set_disable_redirects(vc_config *config, uint64_t value, vc_error *err)
{
    (void)err;
    config->disable_redirects = value != 0;
    vc__config_mark(config, VC__SET_DISABLE_REDIRECTS);
    return VC_OK;
}

static vc_code set_client_cert_pem(vc_config *config, const char *value, vc_error *err)
{
    return vc__config_set_pem(config, VC__SET_CLIENT_CERT_PEM, vc_str(value), err);
}

static vc_code set_client_key_pem(vc_config *config, const char *value, vc_error *err)
{
    return vc__config_set_pem(config, VC__SET_CLIENT_KEY_PEM, vc_str(value), err);
}

/* A number as 12 or 12.5 at text[*at], which has at most 9 digits in front of the point. */
static bool read_rate(vc_view text, size_t *at, double *value)
{
    uint64_t whole, fraction;
    if (!read_number(text, at, &whole, &fraction))
        return false;
    *value = (double)whole + (double)fraction / 1e9;
    return true;
}

/* "rate" or "rate:burst" */
static vc_code set_rate_limit(vc_config *config, const char *value, vc_error *err)
{
    const vc_view text = vc_str(value);
    double rate = 0, burst = 0;
    size_t at = 0;
    bool good = read_rate(text, &at, &rate);
    if (good && at < text.len && text.data[at] == ':') {
        at++;
        good = read_rate(text, &at, &burst);
    }
    return vc_config_set_rate_limit(config, good && at == text.len ? rate : -1, burst, err);
}

static vc_code set_batch_items(vc_config *config, uint64_t value, vc_error *err)
{
    return vc_config_set_batch_limits(config, (size_t)value, config->batch_bytes, err);
}

static vc_code set_batch_bytes(vc_config *config, uint64_t value, vc_error *err)
{
    return vc_config_set_batch_limits(config, config->batch_items, (size_t)value, err);
}

typedef enum setting_kind { TEXT = 0, TRUTH, DURATION, NUMBER } setting_kind;

static const struct {
    const char *name;
    setting_kind kind;
    text_setter set_text;
    number_setter set_number;
} settings[] = {
    { "address", TEXT, vc_config_set_address, NULL },
    { "token", TEXT, set_token_text, NULL },
    { "token_file", TEXT, vc_config_set_token_file, NULL },
    { "namespace", TEXT, vc_config_set_namespace, NULL },
    { "ca_file", TEXT, vc_config_set_ca_file, NULL },
    { "ca_path", TEXT, vc_config_set_ca_path, NULL },
    { "ca_pem", TEXT, set_ca_pem_text, NULL },
    { "client_cert", TEXT, set_client_cert, NULL },
    { "client_key", TEXT, set_client_key, NULL },
    { "tls_server_name", TEXT, vc_config_set_tls_server_name, NULL },
    { "client_cert_pem", TEXT, set_client_cert_pem, NULL },
    { "client_key_pem", TEXT, set_client_key_pem, NULL },
    { "skip_verify", TRUTH, NULL, set_skip_verify },
    { "timeout", DURATION, NULL, vc_config_set_timeout },
    { "deadline", DURATION, NULL, vc_config_set_deadline },
    { "connections", NUMBER, NULL, set_connections },
    { "in_flight", NUMBER, NULL, set_in_flight },
    { "max_retries", NUMBER, NULL, set_max_retries },
    { "rate_limit", TEXT, set_rate_limit, NULL },
    { "redirect_hosts", TEXT, set_redirect_hosts, NULL },
    { "disable_redirects", TRUTH, NULL, set_disable_redirects },
    { "batch_items", NUMBER, NULL, set_batch_items },
    { "batch_bytes", NUMBER, NULL, set_batch_bytes },
    { "proxy", TEXT, set_proxy, NULL },
    { "no_proxy", TEXT, set_no_proxy, NULL },
};

enum { SETTING_COUNT = sizeof settings / sizeof settings[0] };

static vc_code unknown_name(const char *name, vc_error *err)
{
    enum { ROOM = SETTING_COUNT + 32 };
    const char *names[ROOM + 1] = { NULL };
    for (size_t i = 0; i < SETTING_COUNT; i++)
        names[i] = settings[i].name;
    for (size_t i = 0; SETTING_COUNT + i < ROOM && vc__auth_setting_name(i); i++)
        names[SETTING_COUNT + i] = vc__auth_setting_name(i);
    const char *near = vc__nearest(vc_str(name), names);
    return vc__error(err, VC_E_CONFIG, "there is no setting \"%.40s\"%s%s%s", name, near ? "; did you mean \"" : "",
                     near ? near : "", near ? "\"?" : "");
}

/* The number that the text stands for; the message of failure says what is expected. */
static vc_code read_value(setting_kind kind, const char *value, uint64_t *number, vc_error *err)
{
    bool truth = false;
    switch (kind) {
    case TRUTH:
        if (!vc__parse_truth(vc_str(value), &truth))
            return vc__error(err, VC_E_CONFIG, "expected true or false");
        *number = truth;
        return VC_OK;
    case DURATION:
        if (!vc__parse_duration(vc_str(value), number))
            return vc__error(err, VC_E_CONFIG, "expected seconds, or a duration such as 90s or 1m30s");
        return VC_OK;
    case NUMBER:
        if (!vc__parse_uint(vc_str(value), NUMBER_MAX, number))
            return vc__error(err, VC_E_CONFIG, "expected a number");
        return VC_OK;
    case TEXT:
        break;
    }
    return VC_OK;
}

vc_code vc_config_set(vc_config *config, const char *name, const char *value, vc_error *err)
{
    if (!config || !name || !value)
        return vc__error(err, VC_E_ARGUMENT, "a setting needs a configuration, a name and a value");
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        if (strcmp(settings[i].name, name) != 0)
            continue;
        if (settings[i].kind == TEXT)
            return settings[i].set_text(config, value, err);
        uint64_t number = 0;
        const vc_code code = read_value(settings[i].kind, value, &number, err);
        return code ? code : settings[i].set_number(config, number, err);
    }
    vc_code code;
    return vc__auth_set_by_name(config, name, value, &code, err) ? code : unknown_name(name, err);
}

const char *vc_config_get(const vc_config *config, const char *name)
{
    static const struct {
        const char *name;
        vc__setting setting;
    } shown[] = {
        { "address", VC__SET_ADDRESS },         { "namespace", VC__SET_NAMESPACE },
        { "ca_file", VC__SET_CA_FILE },         { "ca_path", VC__SET_CA_PATH },
        { "ca_pem", VC__SET_CA_PEM },           { "client_cert", VC__SET_CLIENT_CERT },
        { "client_key", VC__SET_CLIENT_KEY },   { "tls_server_name", VC__SET_TLS_SERVER_NAME },
        { "no_proxy", VC__SET_NO_PROXY },
    };
    if (!config || !name)
        return NULL;
    if (strcmp(name, "skip_verify") == 0)
        return config->skip_verify ? "true" : NULL;
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++)
        if (strcmp(shown[i].name, name) == 0)
            return config->text[shown[i].setting];
    return NULL;
}

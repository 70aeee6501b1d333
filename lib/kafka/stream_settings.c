/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka/stream_settings.h"

#include "base/error.h"
#include "base/text.h"

#include <string.h>

enum { NUMBER_MAX = 1000000000, ROOM = 96 };

#define VAULT(name, kind, argument, fallback, help, vault) { "vault." name, kind, argument, fallback, help, vault, false }
#define VAULT_SECRET(name, argument, help, vault) { "vault." name, VC__SETTING_TEXT, argument, NULL, help, vault, true }
#define OWN(name, kind, argument, fallback, help) { name, kind, argument, fallback, help, NULL, false }
#define TRUTH "true|false"

const vc__stream_setting vc__stream_settings[] = {
    VAULT("address", VC__SETTING_TEXT, "URL", NULL, "address of Vault or OpenBao; several with commas are nodes of it", "address"),
    VAULT("namespace", VC__SETTING_TEXT, "NAME", NULL, "namespace", "namespace"),
    VAULT_SECRET("token", "TEXT", "token; better a file of its own, or a log-in", "token"),
    VAULT("token_file", VC__SETTING_FILE, "FILE", NULL, "file that holds the token; read again on reload", "token_file"),
    VAULT("token_file_watch", VC__SETTING_FILE, "FILE", NULL, "token file that somebody else keeps fresh, such as an agent", "token_file_watch"),
    VAULT("auth.method", VC__SETTING_CHOICE, "token|approle|kubernetes|jwt|oidc|cert|userpass|ldap", NULL, "how to log in", "auth"),
    VAULT("auth.mount", VC__SETTING_TEXT, "PATH", NULL, "where the method is enabled below auth/ (its name)", "auth_mount"),
    VAULT("auth.namespace", VC__SETTING_TEXT, "NAME", NULL, "namespace of the log-in, where it is another", "auth_namespace"),
    VAULT("auth.role", VC__SETTING_TEXT, "NAME", NULL, "role to log in for (jwt, kubernetes, cert)", "role"),
    VAULT("auth.role_id", VC__SETTING_TEXT, "TEXT", NULL, "RoleID (approle)", "role_id"),
    VAULT("auth.username", VC__SETTING_TEXT, "NAME", NULL, "user (userpass, ldap)", "username"),
    VAULT("auth.secret_id_file", VC__SETTING_FILE, "FILE", NULL, "file with the SecretID (approle); read for each log-in", "secret_id_file"),
    VAULT("auth.wrapped_secret_id_file", VC__SETTING_FILE, "FILE", NULL, "file with a wrapping token of it", "wrapped_secret_id_file"),
    VAULT("auth.jwt_file", VC__SETTING_FILE, "FILE", NULL, "file with the token of another issuer (jwt, kubernetes)", "jwt_file"),
    VAULT("auth.password_file", VC__SETTING_FILE, "FILE", NULL, "file with the password (userpass, ldap)", "password_file"),
    VAULT("revoke_on_close", VC__SETTING_CHOICE, TRUTH, "true", "a token that was got by logging in is revoked at the end", "revoke_on_close"),
    VAULT("renewal", VC__SETTING_CHOICE, "calls|thread|off", "thread", "who renews the token", "renewal"),
    VAULT("ca_file", VC__SETTING_FILE, "FILE", NULL, "certificates to trust, PEM", "ca_file"),
    VAULT("ca_path", VC__SETTING_FILE, "FOLDER", NULL, "folder of certificates to trust", "ca_path"),
    VAULT("client_cert", VC__SETTING_FILE, "FILE", NULL, "certificate to show, PEM", "client_cert"),
    VAULT("client_key", VC__SETTING_FILE, "FILE", NULL, "its private key, PEM", "client_key"),
    VAULT("tls_server_name", VC__SETTING_TEXT, "NAME", NULL, "name to expect in Vault's certificate", "tls_server_name"),
    VAULT("skip_verify", VC__SETTING_CHOICE, TRUTH, NULL, "do not verify Vault's certificate (experiments only)", "skip_verify"),
    VAULT("timeout", VC__SETTING_TEXT, "TIME", NULL, "of one request (60s)", "timeout"),
    VAULT("deadline", VC__SETTING_TEXT, "TIME", NULL, "of one batch or call, retries included (60s)", "deadline"),
    VAULT("connections", VC__SETTING_NUMBER, "N", NULL, "requests of one batch under way at once (4)", "connections"),
    VAULT("in_flight", VC__SETTING_NUMBER, "N", NULL, "requests under way at once in all (64)", "in_flight"),
    VAULT("max_retries", VC__SETTING_NUMBER, "N", NULL, "how often a request is sent again (until the deadline)", "max_retries"),
    VAULT("rate_limit", VC__SETTING_TEXT, "RATE", NULL, "requests in a second, such as 100 or 100:20 with a burst", "rate_limit"),
    VAULT("redirect_hosts", VC__SETTING_TEXT, "HOSTS", NULL, "hosts that redirects may lead to", "redirect_hosts"),
    VAULT("disable_redirects", VC__SETTING_CHOICE, TRUTH, NULL, "follow no redirects", "disable_redirects"),
    VAULT("batch_items", VC__SETTING_NUMBER, "N", NULL, "items of one request at most (240)", "batch_items"),
    VAULT("batch_bytes", VC__SETTING_NUMBER, "N", NULL, "bytes of one request at most", "batch_bytes"),
    VAULT_SECRET("proxy", "URL", "proxy for every request; may hold a user name and password", "proxy"),
    VAULT("no_proxy", VC__SETTING_TEXT, "HOSTS", NULL, "hosts to reach without it", "no_proxy"),
    OWN("schema", VC__SETTING_FILE, "FILE", NULL, "which fields of which records are protected, and how"),
    OWN("old_schema", VC__SETTING_FILE, "FILE", NULL, "how they were protected before (direction: reprotect)"),
    OWN("stream.direction", VC__SETTING_CHOICE, "protect|open|reprotect", "protect", "what is done with records"),
    OWN("stream.topics", VC__SETTING_LIST, "TOPIC", NULL, "topics to read; ^... is a regular expression"),
    OWN("stream.to", VC__SETTING_TEXT, "TOPIC", NULL, "topic to write; {topic} is the source's name"),
    OWN("stream.rule", VC__SETTING_TEXT, "NAME", NULL, "this rule of the schema for all records (by the topic)"),
    OWN("stream.guarantee", VC__SETTING_CHOICE, "exactly_once|at_least_once", "exactly_once", "what readers of the target can count on"),
    OWN("stream.instance", VC__SETTING_TEXT, "NAME", NULL, "name of this copy within its group, the same after a restart"),
    OWN("stream.threads", VC__SETTING_NUMBER, "N", "0", "lanes, each with a thread and a producer; 0: one for each core"),
    OWN("stream.batch.records", VC__SETTING_NUMBER, "N", "4000", "records of one batch at most"),
    OWN("stream.batch.linger", VC__SETTING_TIME, "TIME", "10ms", "how long a batch waits for more"),
    OWN("stream.commit.records", VC__SETTING_NUMBER, "N", "10000", "a commit after so many records"),
    OWN("stream.commit.interval", VC__SETTING_TIME, "TIME", "100ms", "or after so long"),
    OWN("stream.on_error", VC__SETTING_CHOICE, "dead_letter|fail", "dead_letter", "what becomes of records that cannot be done, unless their rule says it"),
    OWN("stream.dead_letter.topic", VC__SETTING_TEXT, "TOPIC", "{target}_dead_letter", "where they are set aside; may hold {topic} and {target}"),
    OWN("stream.dead_letter.mount", VC__SETTING_TEXT, "PATH", "transit", "mount of the key below"),
    OWN("stream.dead_letter.key", VC__SETTING_TEXT, "NAME", NULL, "transit key of letters whose rule has neither envelope nor hybrid field"),
    OWN("stream.dead_letter.body", VC__SETTING_CHOICE, "encrypted|none", "encrypted", "whether letters hold the record"),
    OWN("stream.vault_deadline", VC__SETTING_TIME, "TIME", "5m", "how long trouble with Vault is waited out"),
    OWN("stream.headers", VC__SETTING_CHOICE, TRUTH, "true", "a header on each record tells what was done"),
    OWN("stream.migrate", VC__SETTING_CHOICE, TRUTH, "false", "what is protected already, or plaintext when opening, stays as it is"),
    OWN("stream.cut_over", VC__SETTING_LIST, "PLACE", NULL, "opening: what is before TOPIC=TIME or TOPIC:PARTITION=OFFSET passes as it is"),
    OWN("stream.count", VC__SETTING_NUMBER, "N", "0", "end after so many records; 0: do not"),
    OWN("stream.exit_at_end", VC__SETTING_CHOICE, TRUTH, "false", "end when all partitions have been read to their end"),
    OWN("stream.reset", VC__SETTING_CHOICE, TRUTH, "false", "read from the beginning, whatever the group has committed"),
    OWN("http.listen", VC__SETTING_TEXT, "ADDRESS", NULL, "PORT (of 127.0.0.1) or ADDRESS:PORT for /metrics, /healthz and /readyz"),
    OWN("log.format", VC__SETTING_CHOICE, "text|json", "text", "lines of the log, on standard error"),
    OWN("log.level", VC__SETTING_CHOICE, "error|warning|info|debug", "info", "what is logged: this and what is graver"),
    { NULL, VC__SETTING_TEXT, NULL, NULL, NULL, NULL, false },
};

size_t vc__stream_setting_count(void)
{
    return sizeof vc__stream_settings / sizeof vc__stream_settings[0] - 1;
}

int vc__stream_setting_find(vc_view name)
{
    for (int i = 0; vc__stream_settings[i].name; i++)
        if (vc__view_is(name, vc__stream_settings[i].name))
            return i;
    return -1;
}

bool vc__stream_setting_group(vc_view name)
{
    for (size_t i = 0; vc__stream_settings[i].name; i++) {
        const char *full = vc__stream_settings[i].name;
        if (strlen(full) > name.len && memcmp(full, name.data, name.len) == 0 && full[name.len] == '.')
            return true;
    }
    return false;
}

/* Names of whole settings, and of the groups they are in. */
const char *vc__stream_setting_nearest(vc_view name)
{
    static const char *const groups[] = { "kafka", "vault", "stream", "http", "log", "vault.auth", "stream.batch", "stream.commit", "stream.dead_letter" };
    const char *names[ROOM + 1] = { NULL };
    size_t n = 0;
    for (size_t i = 0; vc__stream_settings[i].name && n < ROOM; i++)
        names[n++] = vc__stream_settings[i].name;
    for (size_t i = 0; i < sizeof groups / sizeof groups[0] && n < ROOM; i++)
        names[n++] = groups[i];
    return vc__nearest(name, names);
}

/* -- values ---------------------------------------------------------------------------------------------- */

static bool read_time(const char *value, uint64_t *ms)
{
    static const struct {
        const char *unit;
        uint64_t ms;
    } units[] = { { "", 1000 }, { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 }, { "d", 86400000 } };
    const size_t digits = strspn(value, "0123456789");
    if (!vc__parse_uint(vc_view_of(value, digits), NUMBER_MAX, ms))
        return false;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (strcmp(value + digits, units[i].unit) == 0) {
            *ms *= units[i].ms;
            return true;
        }
    return false;
}

static bool is_word_of(const char *words, const char *value)
{
    const size_t len = strlen(value);
    for (const char *word = words; word; word = strchr(word, '|')) {
        word += *word == '|';
        if (strncmp(word, value, len) == 0 && (word[len] == '|' || !word[len]))
            return len > 0;
    }
    return false;
}

vc_code vc__stream_setting_check(const vc__stream_setting *setting, const char *value, vc_error *err)
{
    uint64_t number;
    switch (setting->kind) {
    case VC__SETTING_NUMBER:
        if (vc__parse_uint(vc_str(value), NUMBER_MAX, &number))
            return VC_OK;
        return vc__error(err, VC_E_CONFIG, "%s: expected a number up to %d", setting->name, NUMBER_MAX);
    case VC__SETTING_TIME:
        if (read_time(value, &number))
            return VC_OK;
        return vc__error(err, VC_E_CONFIG, "%s: expected a time such as 250ms, 30s or 5m", setting->name);
    case VC__SETTING_CHOICE:
        if (is_word_of(setting->argument, value))
            return VC_OK;
        return vc__error(err, VC_E_CONFIG, "%s: expected one of %s", setting->name, setting->argument);
    case VC__SETTING_TEXT:
    case VC__SETTING_LIST:
    case VC__SETTING_FILE:
        break;
    }
    return *value ? VC_OK : vc__error(err, VC_E_CONFIG, "%s: is empty", setting->name);
}

uint64_t vc__stream_setting_number(const vc__stream_setting *setting, const char *value)
{
    uint64_t number = 0;
    if (setting->kind == VC__SETTING_TIME)
        (void)read_time(value, &number);
    else if (setting->kind == VC__SETTING_NUMBER)
        (void)vc__parse_uint(vc_str(value), NUMBER_MAX, &number);
    else
        number = strcmp(value, "true") == 0;
    return number;
}

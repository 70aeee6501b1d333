/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration: what is taken, what is refused and in which words, the environment, the token file. */
#include "unit/client.h"

#include "base/secret.h"
#include "io/address.h"
#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/vc-test-io-XXXXXX";

static char *in_folder(const char *name)
{
    static char path[sizeof folder + 64];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static char *write_file(const char *name, const char *text)
{
    char *path = in_folder(name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    fclose(file);
    return path;
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    static const char *const names[] = { "token", "empty", "long", ".vault-token", "ca.pem" };
    for (size_t i = 0; i < COUNT(names); i++)
        unlink(in_folder(names[i]));
    return rmdir(folder);
}

static const char *token_of(const vc_config *config)
{
    return config->token ? vc__secret_get(config->token).data : NULL;
}

static void equal_or_null(const char *value, const char *wanted)
{
    if (wanted)
        assert_string_equal(value ? value : "(null)", wanted);
    else
        assert_null(value);
}

static void durations_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t ms; /* 0: refused */
    } table[] = {
        { "60", 60000 },       { "60s", 60000 },     { "1m30s", 90000 },  { "1.5h", 5400000 }, { "500ms", 500 },
        { "0.25", 250 },       { "100us", 1 },       { "1ns", 1 },        { "2d", 172800000 }, { "1h2m3.5s", 3723500 },
        { ".5s", 500 },        { "5.s", 5000 },      { "0", 0 },          { "0s", 0 },         { "", 0 },
        { "s", 0 },            { ".", 0 },           { "-1s", 0 },        { "+1s", 0 },        { "1 s", 0 },
        { "1x", 0 },           { "1m30", 0 },        { "30 ", 0 },        { "1m-30s", 0 },     { "99999999999999999999", 0 },
        { "367d", 0 },         { "366d", 31622400000 }, { "1073741825", 0 }, { "300d100d", 0 }, { "1e3", 0 },
        { "\xc2\xb5s", 0 },    { "2000\xc2\xb5s", 2 },
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        uint64_t ms = 0;
        const bool fine = vc__parse_duration(vc_str(table[i].text), &ms);
        if (fine != (table[i].ms != 0) || (fine && ms != table[i].ms))
            fail_msg("duration \"%s\": %d, %llu ms", table[i].text, fine, (unsigned long long)ms);
    }
}

static void addresses_are_checked(void **state)
{
    (void)state;
    static const struct {
        const char *url, *normal; /* NULL: refused */
        const char *says;
    } table[] = {
        { "http://127.0.0.1:8200", "http://127.0.0.1:8200", NULL },
        { "https://vault.example/", "https://vault.example", NULL },
        { "HTTPS://vault.example:443", "https://vault.example", NULL },
        { "http://vault.example:80/gate//", "http://vault.example/gate", NULL },
        { "https://[::1]:8200", "https://[::1]:8200", NULL },
        { "https://vault.example:8200/a/b", "https://vault.example:8200/a/b", NULL },
        { "127.0.0.1:8200", NULL, "https://" },
        { "localhost:8200", NULL, "https://" },
        { "ftp://vault.example", NULL, "begins with https:// or http://" },
        { "file:///etc/passwd", NULL, "begins with https:// or http://" },
        { "unix:///run/vault.sock", "unix:///run/vault.sock", NULL },
        { "unix:/run/vault.sock", "unix:///run/vault.sock", NULL },
        { "unix://run/vault.sock", NULL, "unix:///path" },
        { "unix:///", NULL, "unix:///path" },
        { " https://a.example , http://b.example/x/,", "https://a.example,http://b.example/x", NULL },
        { "https://a.example,ftp://b.example", NULL, "begins with https:// or http://" },
        { "http://", NULL, "not a URL" },
        { "http://a b", NULL, "not a URL" },
        { "http://h:0", NULL, NULL },
        { "http://h:65536", NULL, NULL },
        { "http://user:hunter2@vault.example", NULL, "user name or password" },
        { "http://hunter2@vault.example", NULL, "user name or password" },
        { "http://vault.example/?a=hunter2", NULL, "query" },
        { "http://vault.example/#hunter2", NULL, "fragment" },
        { "http://vault.example\r\nX: y", NULL, "not a URL" },
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        vc_error err = VC_ERROR_INIT;
        vc_config *config = vc_config_new(&err);
        const vc_code code = vc_config_set_address(config, table[i].url, &err);
        if ((code == VC_OK) != (table[i].normal != NULL))
            fail_msg("%s: %d %s", table[i].url, code, err.message);
        equal_or_null(config->text[VC__SET_ADDRESS], table[i].normal);
        if (table[i].says && !strstr(err.message, table[i].says))
            fail_msg("%s: %s", table[i].url, err.message);
        assert_null(strstr(err.message, "hunter2"));
        vc_config_free(config);
    }
}

static void loopback_is_known(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        bool loopback;
    } table[] = {
        { "http://127.0.0.1:1", true }, { "http://127.9.9.9", true },   { "http://LOCALHOST", true }, { "http://[::1]", true },
        { "http://128.0.0.1", false },  { "http://127.evil", false },   { "http://[::2]", false },
        { "http://localhost.evil", false },
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        vc__auto(vc__address) address = VC__ADDRESS_INIT;
        assert_int_equal(vc__address_parse(&address, NULL, table[i].url, NULL), VC_OK);
        if (vc__address_is_loopback(&address) != table[i].loopback)
            fail_msg("%s", table[i].url);
    }
}

static void tokens_are_checked(void **state)
{
    (void)state;
    static const struct {
        const char *text, *token;
        vc_code code;
    } table[] = {
        { "hvs.CAES", "hvs.CAES", VC_OK },   { "hvs.CAES\n", "hvs.CAES", VC_OK }, { "hvs.CAES\r\n", "hvs.CAES", VC_OK },
        { "", NULL, VC_OK },                 { "\n", NULL, VC_OK },               { "hvs.CA\nES", NULL, VC_E_CONFIG },
        { "hvs.CAES\n\n", NULL, VC_E_CONFIG }, { "hvs CAES", NULL, VC_E_CONFIG }, { "hvs.\x7f", NULL, VC_E_CONFIG },
        { "hvs.\xc3\xa9", NULL, VC_E_CONFIG }, { "hvs.CAES\r", NULL, VC_E_CONFIG }, { " hvs.CAES", NULL, VC_E_CONFIG },
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        vc_error err = VC_ERROR_INIT;
        vc_config *config = vc_config_new(&err);
        assert_int_equal(vc_config_set_token(config, vc_str(table[i].text), &err), table[i].code);
        equal_or_null(token_of(config), table[i].token);
        assert_null(strstr(err.message, "hvs"));
        vc_config_free(config);
    }
    vc_config *config = vc_config_new(NULL);
    char *longest = malloc(8193);
    memset(longest, 'x', 8193);
    assert_int_equal(vc_config_set_token(config, vc_view_of(longest, 8192), NULL), VC_OK);
    assert_int_equal(vc_config_set_token(config, vc_view_of(longest, 8193), NULL), VC_E_CONFIG);
    assert_int_equal(vc__secret_get(config->token).len, 8192);
    free(longest);
    vc_config_free(config);
}

static void token_files_are_read(void **state)
{
    (void)state;
    vc_error err = VC_ERROR_INIT;
    vc_config *config = vc_config_new(&err);
    assert_int_equal(vc_config_set_token_file(config, write_file("token", "hvs.FILE\n"), &err), VC_OK);
    assert_string_equal(token_of(config), "hvs.FILE");
    assert_int_equal(vc_config_set_token_file(config, write_file("empty", ""), &err), VC_E_CONFIG);
    assert_non_null(strstr(err.message, "is empty"));
    char big[9000];
    memset(big, 'x', sizeof big - 1);
    big[sizeof big - 1] = 0;
    assert_int_equal(vc_config_set_token_file(config, write_file("long", big), &err), VC_E_LIMIT);
    assert_int_equal(vc_config_set_token_file(config, in_folder("nowhere"), &err), VC_E_IO);
    assert_non_null(strstr(err.message, "No such file"));
    assert_non_null(strstr(err.message, "nowhere"));
    assert_int_equal(vc_config_set_token_file(config, folder, &err), VC_E_IO); /* a folder */
    vc_config_free(config);
}

static void files_have_a_limit(void **state)
{
    (void)state;
    static const struct {
        size_t max;
        vc_code code;
    } table[] = { { 11, VC_OK }, { 10, VC_OK }, { 9, VC_E_LIMIT }, { 0, VC_E_LIMIT } };
    const char *path = write_file("token", "0123456789");
    for (size_t i = 0; i < COUNT(table); i++) {
        vc__auto(vc__buf) text = VC__BUF(table[i].max);
        assert_int_equal(vc__file_read(path, "it", &text, NULL), table[i].code);
        assert_int_equal(text.len, table[i].code ? 0 : 10);
    }
}

/* -- what is no regular file -- */

typedef struct pipe_writer {
    const char *path, *text;
    unsigned pieces, pause_ms;
    atomic_bool *cancel; /* sets that in place of writing */
} pipe_writer;

static void *write_pipe(void *arg)
{
    const pipe_writer *w = arg;
    usleep(w->pause_ms * 1000);
    if (w->cancel) {
        atomic_store(w->cancel, true);
        return NULL;
    }
    const int fd = open(w->path, O_WRONLY);
    for (unsigned i = 0; i < w->pieces && fd >= 0; i++) {
        if (write(fd, w->text, strlen(w->text)) < 0)
            break;
        usleep(w->pause_ms * 1000);
    }
    (void)close(fd);
    return NULL;
}

static vc_code read_pipe(pipe_writer *writer, size_t max, const char *want, vc_error *err)
{
    pthread_t thread;
    bool once = false;
    vc__auto(vc__buf) text = VC__BUF(max);
    (void)unlink(writer->path);
    assert_int_equal(mkfifo(writer->path, 0600), 0);
    assert_int_equal(pthread_create(&thread, NULL, write_pipe, writer), 0);
    const time_t before = time(NULL);
    const vc_code code = vc__file_read_until(writer->path, "it", writer->cancel, &once, &text, err);
    assert_true(time(NULL) - before <= 12);
    pthread_join(thread, NULL);
    assert_true(once);
    if (!code)
        assert_string_equal(text.data ? text.data : "", want);
    return code;
}

/* For <(...) of a shell: the writer may come late and write bit by bit, but not without end. */
static void pipes_are_read_within_bounds(void **state)
{
    (void)state;
    vc_error err = VC_ERROR_INIT;
    char path[200];
    atomic_bool cancel = false;
    snprintf(path, sizeof path, "%s", in_folder("pipe"));
    assert_int_equal(read_pipe(&(pipe_writer){ path, "abc", 3, 200, NULL }, 100, "abcabcabc", &err), VC_OK);
    assert_int_equal(read_pipe(&(pipe_writer){ path, "", 1, 100, NULL }, 100, "", &err), VC_OK);
    assert_int_equal(read_pipe(&(pipe_writer){ path, "abc", 3, 50, NULL }, 8, NULL, &err), VC_E_LIMIT);
    assert_int_equal(read_pipe(&(pipe_writer){ path, "", 0, 300, &cancel }, 8, NULL, &err), VC_E_CANCELED);
    /* nobody writes */
    vc__auto(vc__buf) text = VC__BUF(100);
    (void)unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    const time_t before = time(NULL);
    assert_int_equal(vc__file_read(path, "the private key", &text, &err), VC_E_IO);
    assert_in_range(time(NULL) - before, 9, 15);
    assert_non_null(strstr(err.message, "it is a pipe, and within 10 s nobody wrote all of it"));
    assert_int_equal(vc__file_check(path, "it", &err), VC_OK); /* does not block either */
    assert_int_equal(unlink(path), 0);
}

static void devices_and_folders_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *path, *message;
    } table[] = { { "/dev/zero", "cannot read it /dev/zero: it is a device, and a file is needed" },
                  { "/dev/tty", "/dev/tty" },
                  { "/", "cannot read it /: it is a folder" } };
    for (size_t i = 0; i < COUNT(table); i++) {
        vc_error err = VC_ERROR_INIT;
        vc__auto(vc__buf) text = VC__BUF(100);
        assert_int_equal(vc__file_read(table[i].path, "it", &text, &err), VC_E_IO);
        assert_non_null(strstr(err.message, table[i].message));
        assert_int_equal(text.len, 0);
    }
}

static void namespaces_are_normal(void **state)
{
    (void)state;
    static const struct {
        const char *text, *normal;
        vc_code code;
    } table[] = {
        { "team", "team/", VC_OK },     { "/team/app/", "team/app/", VC_OK }, { "//a//", "a/", VC_OK },   { "", NULL, VC_OK },
        { "/", NULL, VC_OK },           { "a//b", NULL, VC_E_CONFIG },        { "a b", NULL, VC_E_CONFIG },
        { "a\r\nX-Vault-Token: b", NULL, VC_E_CONFIG },
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        vc_config *config = vc_config_new(NULL);
        assert_int_equal(vc_config_set_namespace(config, table[i].text, NULL), table[i].code);
        equal_or_null(config->text[VC__SET_NAMESPACE], table[i].normal);
        vc_config_free(config);
    }
}

static void settings_go_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value;
        vc_code code;
        const char *says;
    } table[] = {
        { "address", "http://h:1", VC_OK, NULL },
        { "token", "t", VC_OK, NULL },
        { "namespace", "n", VC_OK, NULL },
        { "ca_file", "f", VC_OK, NULL },
        { "ca_path", "f", VC_OK, NULL },
        { "ca_pem", "-----BEGIN CERTIFICATE-----", VC_OK, NULL },
        { "ca_pem", "/etc/ca.pem", VC_E_CONFIG, "PEM" },
        { "client_cert", "f", VC_OK, NULL },
        { "client_key", "f", VC_OK, NULL },
        { "tls_server_name", "vault.example", VC_OK, NULL },
        { "tls_server_name", "a:1", VC_E_CONFIG, "host name" },
        { "skip_verify", "true", VC_OK, NULL },
        { "skip_verify", "yes", VC_E_CONFIG, "true or false" },
        { "timeout", "90s", VC_OK, NULL },
        { "timeout", "soon", VC_E_CONFIG, "seconds" },
        { "deadline", "1m", VC_OK, NULL },
        { "connections", "8", VC_OK, NULL },
        { "connections", "0", VC_E_CONFIG, "1 to" },
        { "connections", "64", VC_OK, NULL },
        { "connections", "65", VC_E_CONFIG, "1 to" },
        { "connections", "many", VC_E_CONFIG, "a number" },
        { "batch_items", "100", VC_OK, NULL },
        { "batch_bytes", "100000", VC_OK, NULL },
        { "proxy", "http://proxy:3128", VC_OK, NULL },
        { "no_proxy", "a,b", VC_OK, NULL },
        { "adress", "http://h:1", VC_E_CONFIG, "did you mean \"address\"" },
        { "zzz", "1", VC_E_CONFIG, "no setting" },
    };
    vc_config *config = vc_config_new(NULL);
    for (size_t i = 0; i < COUNT(table); i++) {
        vc_error err = VC_ERROR_INIT;
        const vc_code code = vc_config_set(config, table[i].name, table[i].value, &err);
        if (code != table[i].code || (table[i].says && !strstr(err.message, table[i].says)))
            fail_msg("%s=%s: %d %s", table[i].name, table[i].value, code, err.message);
    }
    assert_int_equal(config->timeout_ms, 90000);
    assert_int_equal(config->deadline_ms, 60000);
    assert_int_equal(config->batch_items, 100);
    assert_int_equal(config->batch_bytes, 100000);
    assert_true(config->skip_verify);
    vc_config_free(config);
    assert_int_equal(vc_config_set(NULL, "address", "x", NULL), VC_E_ARGUMENT);
}

/* All the variables that count; each row of the table begins without any of them. */
static const char *const known[] = {
    "ADDR",        "AGENT_ADDR",      "TOKEN",       "NAMESPACE",      "CACERT",     "CACERT_BYTES", "CAPATH",
    "CLIENT_CERT", "TLS_SERVER_NAME", "SKIP_VERIFY", "CLIENT_TIMEOUT", "PROXY_ADDR", "CLIENT_KEY",
    "MAX_RETRIES", "RATE_LIMIT",      "DISABLE_REDIRECTS",
};

static void clear_environment(void)
{
    char name[64];
    for (size_t i = 0; i < COUNT(known); i++) {
        snprintf(name, sizeof name, "VAULT_%s", known[i]);
        unsetenv(name);
        snprintf(name, sizeof name, "BAO_%s", known[i]);
        unsetenv(name);
    }
    static const char *const others[] = { "http_proxy",  "HTTP_PROXY", "https_proxy",    "HTTPS_PROXY",
                                          "no_proxy",    "NO_PROXY",   "REQUEST_METHOD", "ALL_PROXY" };
    for (size_t i = 0; i < COUNT(others); i++)
        unsetenv(others[i]);
    setenv("HOME", folder, 1);
}

typedef struct env_row {
    const char *variables[7]; /* "NAME=value" */
    vc__setting setting;
    const char *value; /* of a text setting; NULL: not set, or an error */
    const char *says;  /* the error must have this */
} env_row;

static const env_row env_table[] = {
    { { NULL }, VC__SET_ADDRESS, NULL, NULL },
    { { "VAULT_ADDR=http://v:1" }, VC__SET_ADDRESS, "http://v:1", NULL },
    { { "VAULT_ADDR=http://v:1", "BAO_ADDR=http://b:1" }, VC__SET_ADDRESS, "http://b:1", NULL },
    { { "VAULT_ADDR=http://v:1", "VAULT_AGENT_ADDR=http://agent:1" }, VC__SET_ADDRESS, "http://agent:1", NULL },
    { { "BAO_ADDR=", "VAULT_ADDR=http://v:1" }, VC__SET_ADDRESS, "http://v:1", NULL },
    { { "VAULT_ADDR=v:1" }, VC__SET_ADDRESS, NULL, "VAULT_ADDR: " },
    { { "BAO_ADDR=http://a b" }, VC__SET_ADDRESS, NULL, "BAO_ADDR: " },
    { { "VAULT_AGENT_ADDR=unix:///x" }, VC__SET_ADDRESS, "unix:///x", NULL },
    { { "VAULT_AGENT_ADDR=unix:x" }, VC__SET_ADDRESS, NULL, "VAULT_AGENT_ADDR: the address of a unix" },
    { { "VAULT_ADDR=http://a:1,http://b:2" }, VC__SET_ADDRESS, "http://a:1,http://b:2", NULL },
    { { "VAULT_MAX_RETRIES=x" }, VC__SET_ADDRESS, NULL, "VAULT_MAX_RETRIES: expected a number" },
    { { "VAULT_RATE_LIMIT=1:2:3" }, VC__SET_ADDRESS, NULL, "VAULT_RATE_LIMIT: a rate limit is" },
    { { "VAULT_RATE_LIMIT=-1" }, VC__SET_ADDRESS, NULL, "VAULT_RATE_LIMIT: a rate limit is" },
    { { "VAULT_DISABLE_REDIRECTS=perhaps" }, VC__SET_ADDRESS, NULL, "VAULT_DISABLE_REDIRECTS: expected true" },
    { { "VAULT_NAMESPACE=a/b" }, VC__SET_NAMESPACE, "a/b/", NULL },
    { { "VAULT_CACERT=f", "VAULT_CACERT_BYTES=-----BEGIN X", "VAULT_CAPATH=d" }, VC__SET_CA_FILE, "f", NULL },
    { { "VAULT_CACERT=f", "VAULT_CACERT_BYTES=-----BEGIN X", "VAULT_CAPATH=d" }, VC__SET_CA_PEM, NULL, NULL },
    { { "VAULT_CACERT_BYTES=-----BEGIN X", "VAULT_CAPATH=d" }, VC__SET_CA_PEM, "-----BEGIN X", NULL },
    { { "VAULT_CACERT_BYTES=-----BEGIN X", "VAULT_CAPATH=d" }, VC__SET_CA_PATH, NULL, NULL },
    { { "VAULT_CAPATH=d" }, VC__SET_CA_PATH, "d", NULL },
    { { "BAO_CAPATH=d", "VAULT_CACERT=f" }, VC__SET_CA_FILE, "f", NULL },
    { { "VAULT_CLIENT_CERT=c", "VAULT_CLIENT_KEY=k" }, VC__SET_CLIENT_CERT, "c", NULL },
    { { "VAULT_CLIENT_CERT=c", "VAULT_CLIENT_KEY=k" }, VC__SET_CLIENT_KEY, "k", NULL },
    { { "VAULT_TLS_SERVER_NAME=n" }, VC__SET_TLS_SERVER_NAME, "n", NULL },
    { { "VAULT_SKIP_VERIFY=maybe" }, VC__SET_ADDRESS, NULL, "VAULT_SKIP_VERIFY: expected true or false" },
    { { "VAULT_CLIENT_TIMEOUT=soon" }, VC__SET_ADDRESS, NULL, "VAULT_CLIENT_TIMEOUT: " },
    { { "VAULT_TOKEN=a b" }, VC__SET_ADDRESS, NULL, "VAULT_TOKEN: the token holds" },
    { { "VAULT_PROXY_ADDR=http://p:1", "https_proxy=http://q:1" }, VC__SET_PROXY, "http://p:1", NULL },
    { { "VAULT_PROXY_ADDR=http://p:1", "https_proxy=http://q:1" }, VC__SET_HTTPS_PROXY, NULL, NULL },
    { { "https_proxy=http://q:1", "HTTPS_PROXY=http://Q:1" }, VC__SET_HTTPS_PROXY, "http://q:1", NULL },
    { { "HTTPS_PROXY=http://Q:1" }, VC__SET_HTTPS_PROXY, "http://Q:1", NULL },
    { { "HTTP_PROXY=http://Q:1" }, VC__SET_HTTP_PROXY, "http://Q:1", NULL },
    { { "HTTP_PROXY=http://Q:1", "REQUEST_METHOD=GET" }, VC__SET_HTTP_PROXY, NULL, NULL },
    { { "NO_PROXY=a,b", "http_proxy=http://q:1" }, VC__SET_NO_PROXY, "a,b", NULL },
};

static void the_environment_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(env_table); i++) {
        const env_row *row = &env_table[i];
        clear_environment();
        for (const char *const *variable = row->variables; *variable; variable++) {
            char name[64];
            const size_t len = strcspn(*variable, "=");
            snprintf(name, sizeof name, "%.*s", (int)len, *variable);
            setenv(name, *variable + len + 1, 1);
        }
        vc_error err = VC_ERROR_INIT;
        vc_config *config = vc_config_new(&err);
        const vc_code code = vc_config_from_env(config, &err);
        if ((code != VC_OK) != (row->says != NULL) || (row->says && !strstr(err.message, row->says)))
            fail_msg("row %zu: %d %s", i, code, err.message);
        if (!row->says)
            equal_or_null(config->text[row->setting], row->value);
        vc_config_free(config);
    }
    clear_environment();
    setenv("VAULT_CLIENT_TIMEOUT", "1m30s", 1);
    setenv("VAULT_SKIP_VERIFY", "1", 1);
    vc_config *config = vc_config_new(NULL);
    assert_int_equal(vc_config_from_env(config, NULL), VC_OK);
    assert_int_equal(config->timeout_ms, 90000);
    assert_true(config->skip_verify);
    vc_config_free(config);
    clear_environment();
}

static void the_token_has_an_order(void **state)
{
    (void)state;
    static const struct {
        const char *bao, *vault, *file, *token;
    } table[] = {
        { NULL, NULL, NULL, NULL },    { NULL, NULL, "f\n", "f" }, { NULL, "v", "f\n", "v" },
        { "b", "v", "f\n", "b" },      { "", "", "f\n", "f" },     { "", "v\n", "f", "v" },
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        clear_environment();
        unlink(in_folder(".vault-token"));
        if (table[i].bao)
            setenv("BAO_TOKEN", table[i].bao, 1);
        if (table[i].vault)
            setenv("VAULT_TOKEN", table[i].vault, 1);
        if (table[i].file)
            write_file(".vault-token", table[i].file);
        vc_config *config = vc_config_new(NULL);
        assert_int_equal(vc_config_from_env(config, NULL), VC_OK);
        equal_or_null(token_of(config), table[i].token);
        vc_config_free(config);
    }
    unlink(in_folder(".vault-token"));
    clear_environment();
}

static void what_is_set_stays(void **state)
{
    (void)state;
    clear_environment();
    setenv("VAULT_ADDR", "not even a URL", 1);
    setenv("VAULT_TOKEN", "env", 1);
    setenv("VAULT_NAMESPACE", "env", 1);
    setenv("VAULT_CACERT", "env", 1);
    setenv("VAULT_PROXY_ADDR", "http://env:1", 1);
    setenv("VAULT_CLIENT_TIMEOUT", "1", 1);
    vc_config *config = vc_config_new(NULL);
    assert_int_equal(vc_config_set_address(config, "http://mine:1", NULL), VC_OK);
    assert_int_equal(vc_config_set_token(config, vc_str("mine"), NULL), VC_OK);
    assert_int_equal(vc_config_set_namespace(config, NULL, NULL), VC_OK);
    assert_int_equal(vc_config_set_ca_path(config, "mine", NULL), VC_OK);
    assert_int_equal(vc_config_set_proxy(config, NULL, NULL, NULL), VC_OK);
    assert_int_equal(vc_config_set_timeout(config, 5, NULL), VC_OK);
    assert_int_equal(vc_config_from_env(config, NULL), VC_OK);
    assert_string_equal(config->text[VC__SET_ADDRESS], "http://mine:1");
    assert_string_equal(token_of(config), "mine");
    assert_null(config->text[VC__SET_NAMESPACE]);
    assert_null(config->text[VC__SET_CA_FILE]);
    assert_null(config->text[VC__SET_PROXY]);
    assert_int_equal(config->timeout_ms, 5);
    vc_config_free(config);
    clear_environment();
}

static void a_client_checks_its_files(void **state)
{
    (void)state;
    static const struct {
        const char *name, *says;
    } table[] = {
        { "ca_file", "authorities" }, { "ca_path", "authorities" }, { "client_cert", "client certificate" },
        { "client_key", "without a client certificate" },
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        vc_error err = VC_ERROR_INIT;
        vc_config *config = vc_config_new(NULL);
        assert_int_equal(vc_config_set(config, table[i].name, "/nowhere/at/all", NULL), VC_OK);
        assert_null(vc_client_open(config, &err));
        assert_int_equal(err.code, VC_E_CONFIG);
        assert_non_null(strstr(err.message, table[i].says));
        vc_config_free(config);
    }
    vc_error err = VC_ERROR_INIT;
    vc_config *config = vc_config_new(NULL);
    assert_int_equal(vc_config_set(config, "ca_pem", "-----BEGIN CERTIFICATE-----", NULL), VC_OK);
    assert_int_equal(vc_config_set(config, "ca_file", "/dev/null", NULL), VC_OK);
    assert_null(vc_client_open(config, &err));
    assert_non_null(strstr(err.message, "not both"));
    vc_config_free(config);
}

static vc_code open_and_close(void *arg)
{
    (void)arg;
    vc_error err = VC_ERROR_INIT;
    vc_config *config = vc_config_new(&err);
    if (!config)
        return err.code;
    vc_code code = vc_config_from_env(config, &err);
    if (!code)
        code = vc_config_set_namespace(config, "a/b", &err);
    if (!code)
        code = vc_config_set_tls_server_name(config, "vault.example", &err);
    vc_client *client = code ? NULL : vc_client_open(config, &err);
    vc_config_free(config);
    vc_client_close(client);
    return err.code;
}

static void opening_survives_lack_of_memory(void **state)
{
    (void)state;
    clear_environment();
    setenv("VAULT_ADDR", "https://127.0.0.1:1/prefix", 1);
    setenv("VAULT_TOKEN", "hvs.x", 1);
    SWEEP_ALLOCATIONS(open_and_close, NULL);
    clear_environment();
}

static void echo(void *user, const server_request *request, server_answer *answer)
{
    (void)user;
    if (strcmp(request->path, "/v1/moved") == 0)
        server_reply(answer, 307, "Location: /v1/here\r\n", "");
    else
        server_reply(answer, strcmp(request->path, "/v1/denied") == 0 ? 403 : 200, "", request->body);
}

typedef struct one_call {
    const char *url, *path;
} one_call;

static vc_code open_and_call(void *arg)
{
    const one_call *what = arg;
    vc_error err = VC_ERROR_INIT;
    vc_config *config = vc_config_new(&err);
    if (config && !vc_config_set_address(config, what->url, &err) && !vc_config_set_token(config, vc_str("hvs.x"), &err)) {
        vc_client *client = vc_client_open(config, &err);
        vc_request request;
        vc__request_init(&request, "POST", 1000, true);
        vc__buf_str(&request.path, what->path);
        vc__buf_str(&request.body, "{}");
        vc_code code = request.path.failed ? request.path.failed : request.body.failed;
        if (client && !code)
            code = vc__client_call(client, &request, &err);
        if (client && !err.code)
            err.code = code;
        vc__request_cleanup(&request);
        vc_client_close(client);
    }
    vc_config_free(config);
    return err.code == VC_E_DENIED ? VC_OK : err.code;
}

static void calling_survives_lack_of_memory(void **state)
{
    (void)state;
    static const char *const paths[] = { "/v1/x", "/v1/moved", "/v1/denied" };
    http_server *server = server_start(echo, NULL, NULL);
    for (size_t i = 0; i < COUNT(paths); i++) {
        one_call call = { server_url(server), paths[i] };
        SWEEP_ALLOCATIONS(open_and_call, &call);
    }
    server_stop(server);
}

static void nothing_is_also_fine(void **state)
{
    (void)state;
    vc_config_free(NULL);
    vc_client_close(NULL);
    assert_int_equal(vc_config_from_env(NULL, NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_config_set_token(NULL, vc_str("x"), NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_config_set_address(NULL, "x", NULL), VC_E_ARGUMENT);
    assert_int_equal(vc__client_call(NULL, NULL, NULL), VC_E_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations_are_read),
        cmocka_unit_test(addresses_are_checked),
        cmocka_unit_test(loopback_is_known),
        cmocka_unit_test(tokens_are_checked),
        cmocka_unit_test(token_files_are_read),
        cmocka_unit_test(files_have_a_limit),
        cmocka_unit_test(pipes_are_read_within_bounds),
        cmocka_unit_test(devices_and_folders_are_refused),
        cmocka_unit_test(namespaces_are_normal),
        cmocka_unit_test(settings_go_by_name),
        cmocka_unit_test(the_environment_is_read),
        cmocka_unit_test(the_token_has_an_order),
        cmocka_unit_test(what_is_set_stays),
        cmocka_unit_test(a_client_checks_its_files),
        cmocka_unit_test(opening_survives_lack_of_memory),
        cmocka_unit_test(calling_survives_lack_of_memory),
        cmocka_unit_test(nothing_is_also_fine),
    };
    return cmocka_run_group_tests_name("io/config", tests, make_folder, remove_folder);
}

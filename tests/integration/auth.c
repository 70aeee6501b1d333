/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ways to a token and its life against a server, with the installed headers only. auth.sh has set the methods up and says with the
 * environment where things are; the first argument names the test. The client under test gets nothing but its own way to log in.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <vaultcrypt/vaultcrypt.h>

static int passed, failed;
static vc_error err = VC_ERROR_INIT;
static char log_text[16384];

static void check(int holds, int line, const char *what)
{
    char text[1000];
    passed += holds != 0;
    failed += holds == 0;
    if (!holds && failed <= 20)
        printf("not ok - line %d: %s (last error: %s)\n%s", line, what, vc_error_format(&err, text, sizeof text), log_text);
}

#define CHECK(condition) check((condition), __LINE__, #condition)

static void keep_line(void *user, const char *line)
{
    const size_t len = strlen(log_text);
    (void)user;
    snprintf(log_text + len, sizeof log_text - len, "# log: %s\n", line);
}

static const char *of(const char *name)
{
    const char *value = getenv(name);
    if (!value || !*value) {
        printf("%s is not set\n", name);
        exit(99);
    }
    return value;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void sleep_ms(long ms)
{
    const struct timespec t = { ms / 1000, ms % 1000 * 1000000 };
    nanosleep(&t, NULL);
}

/* Address and TLS of the environment, and no token. */
static vc_config *bare(void)
{
    vc_config *config = vc_config_new(&err);
    CHECK(config && vc_config_from_env(config, &err) == VC_OK);
    CHECK(vc_config_set_token(config, vc_str(NULL), &err) == VC_OK);
    CHECK(vc_config_set_log(config, keep_line, NULL, &err) == VC_OK);
    log_text[0] = 0;
    return config;
}

static vc_client *opened(vc_config *config)
{
    vc_client *vault = vc_client_open(config, &err);
    CHECK(vault != NULL);
    vc_config_free(config);
    if (!vault)
        exit(1);
    return vault;
}

static vc_code encrypt(vc_client *vault)
{
    vc_bytes sealed = VC_BYTES_INIT;
    const vc_code code = vc_transit_encrypt(vault, "auth-transit/k", vc_str("x"), NULL, &sealed, &err);
    vc_bytes_free(&sealed);
    return code;
}

static vc_token_info info_of(vc_client *vault)
{
    vc_token_info info = { .size = sizeof info };
    vc_client_token_info(vault, &info);
    return info;
}

/* -- one test each ------------------------------------------------------------------------------------------------ */

static vc_config *approle_config(const char *prefix)
{
    char name[64];
    vc_config *config = bare();
    snprintf(name, sizeof name, "%s_ROLE_ID", prefix);
    const char *role_id = of(name);
    snprintf(name, sizeof name, "%s_SECRET_ID", prefix);
    CHECK(vc_config_set_auth_approle(config, of("APPROLE_MOUNT"), role_id, vc_str(of(name)), &err) == VC_OK);
    return config;
}

static void approle(void)
{
    vc_client *vault = opened(approle_config("APP"));
    CHECK(!info_of(vault).held);
    CHECK(encrypt(vault) == VC_OK);
    const vc_token_info info = info_of(vault);
    CHECK(info.held && info.known && info.renewable && !info.batch && info.logins == 1 && info.accessor[0]);
    CHECK(info.ttl_ms > 3500000 && info.ttl_ms <= 3600000 && info.next_ms > 2000000 && strcmp(info.method, "approle") == 0);
    CHECK(vc_transit_key_read(vault, "auth-transit/k", &err) == NULL && err.code == VC_E_DENIED);
    CHECK(strstr(err.message, "the token is valid, but its policies do not allow GET auth-transit/keys/k") != NULL);
    CHECK(info_of(vault).logins == 1);
    vc_client_close(vault);

    vc_config *config = bare();
    CHECK(vc_config_set_auth_approle(config, of("APPROLE_MOUNT"), of("APP_ROLE_ID"), vc_str("wrong"), &err) == VC_OK);
    vault = opened(config);
    CHECK(encrypt(vault) == VC_E_DENIED);
    CHECK(strstr(err.message, "SecretID") != NULL);
    CHECK(encrypt(vault) == VC_E_DENIED && info_of(vault).failures == 1); /* not asked again at once */
    vc_client_close(vault);

    config = bare();
    CHECK(vc_config_set_auth_approle(config, "nowhere", "r", vc_str("s"), &err) == VC_OK);
    vault = opened(config);
    CHECK(encrypt(vault) == VC_E_DENIED && strstr(err.message, "auth/nowhere/login was denied: is the method enabled") != NULL);
    vc_client_close(vault);
}

/* By name, as configuration files do; the secret in a file that rotates. */
static void by_name(void)
{
    vc_config *config = bare();
    CHECK(vc_config_set(config, "role_id", of("APP_ROLE_ID"), &err) == VC_OK);
    CHECK(vc_config_set(config, "auth", "approle", &err) == VC_OK);
    CHECK(vc_config_set(config, "auth_mount", of("APPROLE_MOUNT"), &err) == VC_OK);
    CHECK(vc_config_set(config, "secret_id_file", of("SECRET_ID_FILE"), &err) == VC_OK);
    vc_client *vault = opened(config);
    CHECK(encrypt(vault) == VC_OK);
    vc_client_close(vault);
}

static void wrapped(const char *token, const char *role, vc_code wanted, const char *says)
{
    vc_config *config = bare();
    CHECK(vc_config_set_auth_approle_wrapped(config, of("APPROLE_MOUNT"), of("APP_ROLE_ID"), role, vc_str(token), &err) == VC_OK);
    vc_client *vault = opened(config);
    const vc_code code = encrypt(vault);
    CHECK(code == wanted);
    if (says) {
        CHECK(strstr(err.message, says) != NULL);
        CHECK(strstr(log_text, "ALARM: ") != NULL && strstr(log_text, says) != NULL);
        CHECK(encrypt(vault) == wanted);
        CHECK(!strstr(strstr(log_text, "ALARM: ") + 1, "ALARM: ")); /* once */
    }
    CHECK(!strstr(log_text, token) && !strstr(err.message, token));
    vc_client_close(vault);
}

static void wrapping(void)
{
    wrapped(of("WRAPPED_1"), "app", VC_OK, NULL);
    wrapped(of("WRAPPED_1"), "app", VC_E_DENIED, "it was used before");
    wrapped(of("WRAPPED_2"), NULL, VC_OK, NULL);
    wrapped(of("WRAPPED_OTHER"), "app", VC_E_DENIED, "was not made at");
    wrapped(of("WRAPPED_FOREIGN"), NULL, VC_E_DENIED, "was not made at");
    wrapped("s.nosuchtoken", "app", VC_E_DENIED, "stolen");
}

static void userpass(void)
{
    vc_config *config = bare();
    CHECK(vc_config_set_auth_userpass(config, NULL, "ann", vc_str("correct horse"), &err) == VC_OK);
    vc_client *vault = opened(config);
    CHECK(encrypt(vault) == VC_OK && info_of(vault).logins == 1);
    vc_client_close(vault);
    config = bare();
    CHECK(vc_config_set_auth_userpass(config, NULL, "ann", vc_str("battery staple"), &err) == VC_OK);
    vault = opened(config);
    CHECK(encrypt(vault) == VC_E_DENIED && strstr(err.message, "user and password") != NULL);
    CHECK(!strstr(err.message, "battery"));
    vc_client_close(vault);
}

static void jwt(void)
{
    vc_config *config = bare();
    CHECK(vc_config_set_auth_jwt(config, NULL, "app", of("JWT_FILE"), &err) == VC_OK);
    vc_client *vault = opened(config);
    CHECK(encrypt(vault) == VC_OK && info_of(vault).logins == 1);
    vc_client_close(vault);
    config = bare();
    CHECK(vc_config_set_auth_jwt(config, NULL, NULL, of("JWT_FILE"), &err) == VC_OK); /* the default role */
    vault = opened(config);
    CHECK(encrypt(vault) == VC_OK);
    vc_client_close(vault);
    static const struct {
        const char *role, *file, *says;
    } bad[] = {
        { "app", "JWT_OTHER_FILE", "JWT is not valid" },
        { "strict", "JWT_FILE", "its claims" },
        { "none", "JWT_FILE", "no role of that name" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        config = bare();
        CHECK(vc_config_set_auth_jwt(config, NULL, bad[i].role, of(bad[i].file), &err) == VC_OK);
        vault = opened(config);
        CHECK(encrypt(vault) == VC_E_DENIED && strstr(err.message, bad[i].says) != NULL);
        vc_client_close(vault);
    }
    config = bare();
    CHECK(vc_config_set_auth_jwt(config, NULL, "app", "/nonexistent/jwt", &err) == VC_OK);
    vault = opened(config);
    CHECK(encrypt(vault) == VC_E_IO && strstr(err.message, "/nonexistent/jwt") != NULL);
    vc_client_close(vault);
}

static void cert(void)
{
    vc_config *config = bare();
    CHECK(vc_config_set_client_cert(config, of("CLIENT_CERT_FILE"), of("CLIENT_KEY_FILE"), &err) == VC_OK);
    CHECK(vc_config_set_auth_cert(config, NULL, "app", &err) == VC_OK);
    vc_client *vault = opened(config);
    CHECK(encrypt(vault) == VC_OK && info_of(vault).logins == 1);
    vc_client_close(vault);
    config = bare();
    CHECK(vc_config_set_auth_cert(config, NULL, "app", &err) == VC_OK);
    CHECK(vc_client_open(config, &err) == NULL && err.code == VC_E_CONFIG); /* no certificate */
    vc_config_free(config);
}

typedef struct stretch {
    unsigned long calls, bad;
    vc_token_info info;
} stretch;

/* Calls in a row for so long, with tokens of 3 s and a max_ttl of 9 s. */
static stretch call_for(double seconds)
{
    const double begin = now();
    stretch s = { .calls = 0 };
    vc_client *vault = opened(approle_config("SHORT"));
    while (now() < begin + seconds) {
        s.calls++;
        if (encrypt(vault)) {
            char text[1000];
            if (!s.bad++)
                printf("after %.2f s: %s\n", now() - begin, vc_error_format(&err, text, sizeof text));
        }
        sleep_ms(5);
    }
    s.info = info_of(vault);
    printf("# %lu calls in %.0f s, %lu failed; %llu log-ins, %llu renewals, %llu failures\n", s.calls, seconds, s.bad,
           (unsigned long long)s.info.logins, (unsigned long long)s.info.renewals, (unsigned long long)s.info.failures);
    vc_client_close(vault);
    return s;
}

/* No call may fail, and log-ins follow from max_ttl alone. */
static void short_lives(void)
{
    const double seconds = atof(of("SECONDS_LONG"));
    const stretch s = call_for(seconds);
    CHECK(s.bad == 0 && s.calls > 100 && s.info.failures == 0);
    CHECK((double)s.info.logins >= seconds / 9 && (double)s.info.logins <= seconds / 7 + 2);
    CHECK((double)s.info.renewals >= seconds / 9 * 2);
    CHECK(strstr(log_text, "logged in again") == NULL); /* never a dead token */
    CHECK(strstr(log_text, "answered") == NULL);        /* the end of max_ttl is no trouble of the server */
}

/* The script seals the server, and restarts it. */
static void trouble(void)
{
    const stretch s = call_for(20);
    CHECK(s.bad == 0 && s.calls > 100 && s.info.logins >= 2);
}

/* An idle client with a thread of its own, and one that is looked after. */
static void idle(void)
{
    vc_config *config = approle_config("SHORT");
    CHECK(vc_config_set_renewal(config, VC_RENEWAL_THREAD, &err) == VC_OK);
    vc_client *kept = opened(config);
    vc_client *looked_after = opened(approle_config("SHORT"));
    const double begin = now();
    while (now() < begin + 12) {
        uint64_t next = 0;
        CHECK(vc_client_maintain(looked_after, &next, &err) == VC_OK);
        CHECK(next > 0 && next < 3000);
        sleep_ms((long)next);
    }
    const vc_token_info info = info_of(kept), other = info_of(looked_after);
    CHECK(info.held && info.ttl_ms > 0 && info.logins >= 2 && info.renewals >= 2 && info.failures == 0);
    CHECK(other.held && other.ttl_ms > 0 && other.logins >= 2 && other.renewals >= 2 && other.failures == 0);
    CHECK(encrypt(kept) == VC_OK && encrypt(looked_after) == VC_OK);
    vc_client_close(kept);
    vc_client_close(looked_after);
}

static void uses(void)
{
    vc_client *vault = opened(approle_config("USES")); /* 5 uses each */
    for (int i = 0; i < 40; i++)
        CHECK(encrypt(vault) == VC_OK);
    const vc_token_info info = info_of(vault);
    CHECK(info.logins >= 8 && info.logins <= 20 && info.failures == 0 && info.uses > 0 && info.uses <= 5);
    CHECK(strstr(log_text, "logged in again") == NULL);
    vc_client_close(vault);
}

static void batch_tokens(void)
{
    vc_client *vault = opened(approle_config("BATCH")); /* 2 s */
    const double begin = now();
    while (now() < begin + 6) {
        CHECK(encrypt(vault) == VC_OK);
        sleep_ms(20);
    }
    const vc_token_info info = info_of(vault);
    CHECK(info.batch && !info.renewable && info.renewals == 0 && info.logins >= 3 && info.failures == 0);
    vc_client_close(vault);
}

/* Its token is revoked behind its back, twice: once a call, once between two. */
static void revoked(void)
{
    vc_config *config = bare(); /* with the root token of the environment, for revoking */
    vc_config *root_config = vc_config_new(&err);
    CHECK(vc_config_from_env(root_config, &err) == VC_OK);
    vc_client *root = opened(root_config);
    CHECK(vc_config_set_auth_approle(config, of("APPROLE_MOUNT"), of("APP_ROLE_ID"), vc_str(of("APP_SECRET_ID")), &err) == VC_OK);
    vc_client *vault = opened(config);
    for (int i = 1; i <= 3; i++) {
        char body[200];
        CHECK(encrypt(vault) == VC_OK);
        CHECK(info_of(vault).logins == (uint64_t)i);
        snprintf(body, sizeof body, "{\"accessor\":\"%s\"}", info_of(vault).accessor);
        CHECK(vc_vault_request(root, "POST", "auth/token/revoke-accessor", vc_str(body), NULL, NULL, &err) == VC_OK);

    }
    CHECK(strstr(log_text, "logged in again") != NULL);
    vc_client_close(vault);
    vc_client_close(root);
}

static int lives(vc_client *root, const char *accessor)
{
    char body[200];
    snprintf(body, sizeof body, "{\"accessor\":\"%s\"}", accessor);
    return vc_vault_request(root, "POST", "auth/token/lookup-accessor", vc_str(body), NULL, NULL, &err) == VC_OK;
}

static void revoke_on_close(void)
{
    vc_config *root_config = vc_config_new(&err);
    CHECK(vc_config_from_env(root_config, &err) == VC_OK);
    vc_client *root = opened(root_config);
    for (int revoke = 0; revoke < 2; revoke++) {
        vc_config *config = approle_config("APP");
        CHECK(vc_config_set_revoke_on_close(config, revoke, &err) == VC_OK);
        vc_client *vault = opened(config);
        CHECK(encrypt(vault) == VC_OK);
        const vc_token_info info = info_of(vault);
        CHECK(lives(root, info.accessor));
        vc_client_close(vault);
        CHECK(lives(root, info.accessor) == !revoke);
    }
    vc_client_close(root);
}

/* A token that was configured is renewed once its life is known. */
static void configured(void)
{
    vc_config *config = bare();
    CHECK(vc_config_set_token(config, vc_str(of("PERIODIC_TOKEN")), &err) == VC_OK); /* period 20 s */
    vc_client *vault = opened(config);
    const double begin = now();
    while (now() < begin + 23) {
        CHECK(encrypt(vault) == VC_OK);
        sleep_ms(50);
    }
    const vc_token_info info = info_of(vault);
    CHECK(info.known && info.renewable && info.renewals >= 2 && info.logins == 0 && strcmp(info.method, "token") == 0);
    vc_client_close(vault);
}

/* A watched file: replaced by a rename, and the old token revoked. */
static void token_file(void)
{
    char command[2000], file[200];
    vc_config *config = bare();
    snprintf(file, sizeof file, "%s", of("TOKEN_FILE"));
    CHECK(vc_config_set_token_file_watch(config, file, &err) == VC_OK);
    vc_client *vault = opened(config);
    CHECK(encrypt(vault) == VC_E_IO && strstr(err.message, "the token file") != NULL); /* not there yet */
    snprintf(command, sizeof command, "cp %s.1 %s.new && mv %s.new %s", file, file, file, file);
    CHECK(system(command) == 0);
    CHECK(encrypt(vault) == VC_OK);
    snprintf(command, sizeof command, "curl -sf -X POST -H \"X-Vault-Token: $(cat %s)\" $VAULT_ADDR/v1/auth/token/revoke-self", file);
    CHECK(system(command) == 0);
    CHECK(encrypt(vault) == VC_E_DENIED && strstr(err.message, "not valid or has expired") != NULL);
    snprintf(command, sizeof command, "cp %s.2 %s.new && mv %s.new %s", file, file, file, file);
    CHECK(system(command) == 0);
    CHECK(encrypt(vault) == VC_OK);
    CHECK(strcmp(info_of(vault).method, "token_file") == 0);
    vc_client_close(vault);
}

static vc_code give_login(void *user, vc_auth_answer *answer, vc_error *why)
{
    char path[200], body[400];
    ++*(int *)user;
    snprintf(path, sizeof path, "auth/%s/login", of("APPROLE_MOUNT"));
    snprintf(body, sizeof body, "{\"role_id\":\"%s\",\"secret_id\":\"%s\"}", of("APP_ROLE_ID"), of("APP_SECRET_ID"));
    return vc_auth_answer_login(answer, path, vc_str(body), why);
}

static vc_code give_token(void *user, vc_auth_answer *answer, vc_error *why)
{
    ++*(int *)user;
    return vc_auth_answer_token(answer, vc_str(of("VAULT_TOKEN")), 2, 0, why);
}

static vc_code give_nothing(void *user, vc_auth_answer *answer, vc_error *why)
{
    (void)answer;
    (void)why;
    ++*(int *)user;
    return VC_E_IO;
}

static void callback(void)
{
    static const vc_auth_fn ways[] = { give_login, give_token, give_nothing };
    for (int i = 0; i < 3; i++) {
        int count = 0;
        vc_config *config = bare();
        CHECK(vc_config_set_auth_callback(config, ways[i], &count, &err) == VC_OK);
        vc_client *vault = opened(config);
        CHECK(encrypt(vault) == (i < 2 ? VC_OK : VC_E_IO) && count == 1);
        if (i == 1) {
            sleep_ms(2100); /* its 2 s are over */
            CHECK(encrypt(vault) == VC_OK && count == 2);
        }
        vc_client_close(vault);
    }
}

/* The log-in is in a namespace, the requests in another below it. */
static void namespaces(void)
{
    vc_config *config = bare();
    CHECK(vc_config_set_namespace(config, "team/app", &err) == VC_OK);
    CHECK(vc_config_set_auth_namespace(config, "team", &err) == VC_OK);
    CHECK(vc_config_set_auth_approle_wrapped(config, NULL, of("NS_ROLE_ID"), "app", vc_str(of("NS_WRAPPED")), &err) == VC_OK);
    vc_client *vault = opened(config);
    vc_bytes sealed = VC_BYTES_INIT;
    CHECK(vc_transit_encrypt(vault, "transit/k", vc_str("x"), NULL, &sealed, &err) == VC_OK);
    vc_bytes_free(&sealed);
    vc_client_close(vault);
}

static const struct {
    const char *name;
    void (*run)(void);
} tests[] = {
    { "approle", approle },     { "by-name", by_name },   { "wrapping", wrapping },       { "userpass", userpass },
    { "jwt", jwt },             { "cert", cert },         { "short-lives", short_lives }, { "idle", idle },
    { "uses", uses },           { "batch", batch_tokens }, { "revoked", revoked },         { "revoke-on-close", revoke_on_close },
    { "trouble", trouble },       { "configured", configured }, { "token-file", token_file }, { "callback", callback },   { "namespaces", namespaces },
};

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        size_t k = 0;
        while (k < sizeof tests / sizeof tests[0] && strcmp(tests[k].name, argv[i]) != 0)
            k++;
        if (k == sizeof tests / sizeof tests[0]) {
            printf("no test %s\n", argv[i]);
            return 99;
        }
        const int before = failed;
        const double begin = now();
        tests[k].run();
        printf("%s - %s (%.1f s)\n", failed == before ? "ok" : "not ok", argv[i], now() - begin);
    }
    printf("%d passed, %d failed\n", passed, failed);
    return failed != 0;
}

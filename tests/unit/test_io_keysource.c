/* SPDX-License-Identifier: Apache-2.0 */
/* lib/io/keysource, sidecar, web: every place of a key, against a server in this process, by a clock of the test's own. */
#include "unit/client.h"
#include "unit/pairs.h"

#include "base/text.h"
#include "io/keysource.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#define BOB "\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ\",\"y\":\"e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck\""
#define BOB_D ",\"d\":\"VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw\""
#define BOB_ID "Vy57XrArUrW0NbpI12tEzDHABxMwrTh6HHXRenSpnCo"
#define ALICE "\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0\",\"y\":\"SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps\""
#define ALICE_D ",\"d\":\"0_NxaRPUMQoAJt50Gz8YiTr8gRTwyEaCumd-MToTmIo\""
#define ALICE_ID "_GK0r6GCoJt9zcssg9lay4obIxgCq05ntiRymRHADSU"
#define OCT "\"kty\":\"oct\",\"k\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\""

/* -- the world --------------------------------------------------------------------------------------------- */

/* What the server answers; read by its threads while no key is looked at. */
static struct world {
    int status, release_status, jwks_status;
    const char *status_text; /* body of GET /status; NULL: it hangs up */
    const char *released;    /* members of the JWK */
    const char *refusal;     /* body, where release_status is not 200 */
    const char *jwks;
    const char *vault;       /* "data" of GET /v1/transit/keys/... */
    unsigned releases, statuses;
    char body[4096];         /* of the last release */
    unsigned slow_ms;
} world;

static http_server *server;
static char folder[] = "/tmp/vc-test-keysource-XXXXXX";

static void answer_release(server_answer *answer)
{
    static char body[8000];
    size_t len = 0;
    if (world.slow_ms)
        usleep(world.slow_ms * 1000);
    if (world.release_status != 200) {
        server_reply(answer, world.release_status, "", world.refusal);
        return;
    }
    len += (size_t)snprintf(body, sizeof body, "{\"key\":\"{");
    for (const char *at = world.released; *at; at++)
        len += (size_t)snprintf(body + len, sizeof body - len, *at == '"' ? "\\%c" : "%c", *at);
    snprintf(body + len, sizeof body - len, "}\"}\n");
    server_reply(answer, 200, "", body);
}

static void play(void *user, const server_request *request, server_answer *answer)
{
    (void)user;
    if (strcmp(request->path, "/status") == 0) {
        world.statuses++;
        if (world.status_text)
            server_reply(answer, world.status, "", world.status_text);
        answer->hang_up = true;
    } else if (strcmp(request->path, "/key/release") == 0) {
        world.releases++;
        snprintf(world.body, sizeof world.body, "%.*s", (int)request->body_len, request->body ? request->body : "");
        assert_string_equal(request->method, "POST");
        answer_release(answer);
    } else if (strncmp(request->path, "/keys.json", 10) == 0) {
        assert_null(strstr(request->head, "canary"));
        server_reply(answer, world.jwks_status, world.jwks_status == 302 ? "Location: /elsewhere\r\n" : "", world.jwks);
    } else if (strncmp(request->path, "/v1/transit/keys/", 17) == 0 && world.vault) {
        static char body[8000];
        snprintf(body, sizeof body, "{\"data\":%s}", world.vault);
        server_reply(answer, 200, "", body);
    } else {
        server_reply(answer, 404, "", "{\"errors\":[]}");
    }
}

static int begin(void **state)
{
    (void)state;
    world = (struct world){ .status = 200, .release_status = 200, .jwks_status = 200, .status_text = "{\"message\":\"Status OK\"}", .released = BOB BOB_D };
    return 0;
}

static int begin_all(void **state)
{
    (void)state;
    server = server_start(play, NULL, NULL);
    return mkdtemp(folder) ? 0 : -1;
}

static int end_all(void **state)
{
    (void)state;
    char command[100];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    server_stop(server);
    return system(command);
}

static void write_file(const char *name, const char *text)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_true(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

/* -- a source ---------------------------------------------------------------------------------------------- */

typedef struct bench {
    vc_schema *schema;
    vc_keyring *ring;
    vc_client *client;
    vc_keysource *source;
    char log[8192];
    uint64_t now;
} bench;

static void keep_line(void *user, const char *line)
{
    bench *b = user;
    const size_t len = strlen(b->log);
    snprintf(b->log + len, sizeof b->log - len, "%s\n", line);
}

#define RELEASE "key_release: {url: '@', maa_endpoint: maa.example, akv_endpoint: akv.example, refresh: 300}\n"
#define RELEASE_TOKEN "key_release: {url: '@/', maa_endpoint: maa.example, akv_endpoint: akv.example, access_token_file: token}\n"
#define RECORDS "records: [{name: r, fields: []}]\n"

/* In `yaml`, @ is the server's URL. */
static void set_up_with(bench *b, const char *yaml, const char *records, bool vault)
{
    char whole[9000];
    vc_error err = VC_ERROR_INIT;
    *b = (bench){ .now = 1000 };
    size_t len = (size_t)snprintf(whole, sizeof whole, "version: 1\n");
    for (const char *at = yaml; *at; at++)
        len += (size_t)(*at == '@' ? snprintf(whole + len, sizeof whole - len, "%s", server_url(server)) : snprintf(whole + len, sizeof whole - len, "%c", *at));
    snprintf(whole + len, sizeof whole - len, "%s", records);
    b->schema = vc_schema_parse(vc_str(whole), "test.yaml", &err);
    if (!b->schema)
        fail_msg("%s (line %zu)", err.message, err.line);
    b->ring = vc_keyring_new(NULL);
    if (vault)
        b->client = client_for(server_url(server));
    b->source = vc_keysource_new(b->client, b->schema, b->ring, &err);
    if (!b->source)
        fail_msg("%s", err.message);
    char base[200];
    snprintf(base, sizeof base, "%s/schema.yaml", folder);
    for (size_t i = 0; i < 6; i++) { /* until it is said, no private key is looked at that opens */
        vc_keysource_state s = { .size = sizeof s };
        if (!vc_keysource_get_state(b->source, i, &s))
            break;
        assert_true(s.state == VC_KEY_NOT_NEEDED || !s.is_private || strcmp(s.name, "shop") == 0);
    }
    assert_int_equal(vc_keysource_set_direction(b->source, VC_REWRAP, NULL), VC_OK);
    assert_int_equal(vc_keysource_set_base(b->source, base, NULL), VC_OK);
    assert_int_equal(vc_keysource_set_log(b->source, keep_line, b, NULL), VC_OK);
    assert_int_equal(vc_keysource_set_patience(b->source, 0, NULL), VC_OK);
}

static void set_up(bench *b, const char *yaml, bool vault)
{
    set_up_with(b, yaml, RECORDS, vault);
}

static void tear_down(bench *b)
{
    static const char *const secrets[] = { "VEmDZpDXXK8p8N0C", "0_NxaRPUMQoAJt50", "AAECAwQFBgcICQ", "MIIEvQIBADANBgkq", "canary" };
    for (size_t i = 0; i < COUNT(secrets); i++)
        assert_null(strstr(b->log, secrets[i]));
    vc_keysource_free(b->source);
    vc_client_close(b->client);
    vc_keyring_unref(b->ring);
    vc_schema_unref(b->schema);
}

/* Those that are due after so long. */
static uint64_t pass(bench *b, uint64_t after_ms)
{
    uint64_t next;
    b->now += after_ms;
    assert_int_equal(vc_keysource_refresh(b->source, b->now, &next, NULL), VC_OK);
    return next;
}

static vc_keysource_state state_of(bench *b, size_t i)
{
    vc_keysource_state state = { .size = sizeof state };
    assert_int_equal(vc_keysource_get_state(b->source, i, &state), 1);
    assert_int_equal(state.size, sizeof state);
    return state;
}

static void expect(bench *b, size_t i, vc_key_state due, const char *id, const char *says)
{
    const vc_keysource_state state = state_of(b, i);
    if (state.state != due || strcmp(state.id, id) != 0 || !strstr(state.text, says))
        fail_msg("%zu: %s, id \"%s\": %s", i, vc_key_state_name(state.state), state.id, state.text);
    assert_int_equal(state.serves, id[0] != 0);
}

/* How many pairs the keyring has; `half` of the one with that id, -1 when it has none, and whether it protects. */
static size_t pairs(bench *b, const char *id, int *half, int *protects)
{
    vc_keyring_pair pair = { .size = sizeof pair };
    size_t count = 0;
    *half = -1;
    *protects = 0;
    for (; vc_keyring_get_pair(b->ring, count, &pair); count++)
        if (strcmp(pair.id, id) == 0) {
            *half = pair.has_private;
            *protects = pair.protects;
        }
    return count;
}

static void expect_pairs(bench *b, size_t count, const char *id, int half, int protects)
{
    int is, does;
    assert_int_equal(pairs(b, id, &is, &does), count);
    assert_int_equal(is, half);
    if (half >= 0)
        assert_int_equal(does, protects);
}

/* -- files, texts, variables ------------------------------------------------------------------------------- */

static void *write_key(void *path)
{
    FILE *file = fopen(path, "w");
    assert_true(file && fputs(pair_rsa_private, file) >= 0 && fclose(file) == 0);
    return NULL;
}

/* As <(...) of a shell is: read once, and not looked at again. */
static void a_key_out_of_a_pipe(void **state)
{
    (void)state;
    bench b;
    char path[200];
    pthread_t thread;
    snprintf(path, sizeof path, "%s/pipe.pem", folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    set_up(&b, "keys: [{name: k, private: [{file: pipe.pem}, {file: /dev/zero}]}]\n", false);
    assert_int_equal(pthread_create(&thread, NULL, write_key, path), 0);
    (void)pass(&b, 0);
    pthread_join(thread, NULL);
    expect(&b, 0, VC_KEY_HERE, PAIR_RSA_ID, "RSA, 2048 bits");
    expect(&b, 1, VC_KEY_UNUSABLE, "", "/dev/zero: it is a device");
    assert_true(state_of(&b, 0).due_ms == UINT64_MAX);
    (void)pass(&b, 300000);
    expect(&b, 0, VC_KEY_HERE, PAIR_RSA_ID, "RSA, 2048 bits");
    assert_int_equal(vc_keysource_load(b.source, NULL), VC_OK); /* all, again */
    expect(&b, 0, VC_KEY_HERE, PAIR_RSA_ID, "RSA, 2048 bits");
    tear_down(&b);
}

static void files(void **state)
{
    (void)state;
    bench b;
    write_file("pub.pem", pair_rsa_public);
    write_file("private.pem", pair_rsa_private);
    set_up(&b, "keys: [{name: k, public: {file: pub.pem}, private: {file: private.pem}}, {name: gone, private: {file: /nonexistent/k.pem}}]\n", false);
    const uint64_t next = pass(&b, 0);
    assert_true(next == 300000);
    expect(&b, 0, VC_KEY_HERE, PAIR_RSA_ID, "RSA, 2048 bits");
    expect(&b, 1, VC_KEY_HERE, PAIR_RSA_ID, "RSA, 2048 bits");
    expect(&b, 2, VC_KEY_UNUSABLE, "", "/nonexistent/k.pem: No such file");
    expect_pairs(&b, 1, PAIR_RSA_ID, 1, 1);
    vc_error err = VC_ERROR_INIT;
    assert_int_equal(vc_keysource_check(b.source, NULL, &err), VC_E_CONFIG);
    assert_int_equal(vc_keysource_check(b.source, vc_schema_rule_at(b.schema, 0), NULL), VC_OK); /* which uses none */
    assert_non_null(strstr(err.message, "private key `gone`"));
    assert_int_equal(err.line, 2);
    const vc_keysource_state place = state_of(&b, 1);
    assert_string_equal(place.place, "file private.pem");
    assert_int_equal(place.is_private, 1);
    assert_non_null(strstr(b.log, "key k (private, file private.pem): here: RSA, 2048 bits, id " PAIR_RSA_ID));
    b.log[0] = 0;
    (void)pass(&b, 300000); /* nothing has changed: nothing to say */
    assert_string_equal(b.log, "");
    write_file("private.pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    write_file("pub.pem", "{" BOB "}");
    (void)pass(&b, 300000); /* what was had stays when there is nothing better */
    expect(&b, 0, VC_KEY_HERE, BOB_ID, "EC P-256");
    expect(&b, 1, VC_KEY_UNUSABLE, PAIR_RSA_ID, "damaged");
    expect_pairs(&b, 2, PAIR_RSA_ID, 1, 0);
    expect_pairs(&b, 2, BOB_ID, 0, 1);
    write_file("private.pem", "{" BOB BOB_D "}");
    (void)pass(&b, 300000);
    expect_pairs(&b, 1, BOB_ID, 1, 1);
    vc_keysource_state none = { .size = sizeof none };
    assert_int_equal(vc_keysource_get_state(b.source, 3, &none), 0);
    tear_down(&b);
}

static void texts_and_variables(void **state)
{
    (void)state;
    bench b;
    setenv("VC_TEST_PUBKEY", "{" ALICE "}", 1);
    unsetenv("VC_TEST_NONE");
    set_up(&b, "keys: [{name: k, public: [{env: VC_TEST_NONE}, {env: VC_TEST_PUBKEY}]}, {name: p, public: {pem: \"-----BEGIN PUBLIC KEY-----\\nAAAA\\n-----END PUBLIC KEY-----\"}}]\n", false);
    (void)pass(&b, 0);
    expect(&b, 1, VC_KEY_UNUSABLE, "", "vc_keysource_use_env");
    expect(&b, 2, VC_KEY_UNUSABLE, "", "damaged");
    assert_int_equal(vc_keysource_use_env(b.source, NULL), VC_OK);
    assert_int_equal(vc_keysource_load(b.source, NULL), VC_OK);
    expect(&b, 0, VC_KEY_UNUSABLE, "", "VC_TEST_NONE is not set");
    expect(&b, 1, VC_KEY_HERE, ALICE_ID, "EC P-256");
    tear_down(&b);
}

/* -- sets of keys ------------------------------------------------------------------------------------------ */

static void sets_of_keys(void **state)
{
    (void)state;
    bench b;
    world.jwks = "{\"keys\":[{" ALICE ",\"kid\":\"a\"},{" BOB ",\"kid\":\"b\"}]}";
    set_up(&b, "keys: [{name: k, public: [{jwks: '@/keys.json', kid: b}, {jwks: '@/keys.json', kid: carol}]}]\n", false);
    (void)pass(&b, 0);
    expect(&b, 0, VC_KEY_HERE, BOB_ID, "EC P-256");
    expect(&b, 1, VC_KEY_UNUSABLE, "", "none of that kid");
    expect_pairs(&b, 1, BOB_ID, 0, 1);
    assert_int_equal(vc_keysource_check(b.source, NULL, NULL), VC_OK); /* the name has one */
    world.jwks = "{\"keys\":[{" ALICE ",\"kid\":\"b\"}]}"; /* another key of that kid: the old one is not listed any more */
    (void)pass(&b, 300000);
    expect(&b, 0, VC_KEY_HERE, ALICE_ID, "EC P-256");
    expect_pairs(&b, 1, ALICE_ID, 0, 1);
    world.jwks_status = 503;
    uint64_t next = pass(&b, 300000);
    expect(&b, 0, VC_KEY_AWAY, ALICE_ID, "without a set of keys");
    assert_true(next >= 800 && next <= 1200);
    uint64_t longest = 0;
    for (int i = 0; i < 40; i++) {
        next = pass(&b, next);
        longest = next > longest ? next : longest;
    }
    assert_true(longest >= 20000 && longest <= 70000); /* up to a minute */
    expect_pairs(&b, 1, ALICE_ID, 0, 1);
    world.jwks_status = 302;
    (void)pass(&b, 300000);
    expect(&b, 0, VC_KEY_UNUSABLE, ALICE_ID, "redirect");
    world.jwks_status = 404;
    (void)pass(&b, 300000);
    expect(&b, 0, VC_KEY_UNUSABLE, ALICE_ID, "without a set of keys");
    world.jwks_status = 200;
    world.jwks = "{\"keys\":[{" ALICE ALICE_D ",\"kid\":\"b\"}]}";
    (void)pass(&b, 300000);
    expect(&b, 0, VC_KEY_UNUSABLE, ALICE_ID, "private key");
    tear_down(&b);
}

/* Over TLS whoever serves them must be who he says. */
static void sets_of_keys_by_tls(void **state)
{
    (void)state;
    bench b;
    char yaml[300];
    static char cert[4000], key[4000];
    EVP_PKEY *pair = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    X509 *x509 = X509_new();
    X509_EXTENSION *name = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "IP:127.0.0.1");
    assert_true(X509_set_version(x509, 2) && ASN1_INTEGER_set(X509_get_serialNumber(x509), 1) && X509_gmtime_adj(X509_getm_notBefore(x509), -60) &&
                X509_gmtime_adj(X509_getm_notAfter(x509), 3600) && X509_set_pubkey(x509, pair) && X509_add_ext(x509, name, -1) &&
                X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_ASC, (const unsigned char *)"test", -1, -1, 0) &&
                X509_set_issuer_name(x509, X509_get_subject_name(x509)) && X509_sign(x509, pair, EVP_sha256()));
    BIO *bio = BIO_new(BIO_s_mem());
    assert_true(PEM_write_bio_X509(bio, x509) && BIO_read(bio, cert, sizeof cert - 1) > 0 &&
                PEM_write_bio_PrivateKey(bio, pair, NULL, NULL, 0, NULL, NULL) && BIO_read(bio, key, sizeof key - 1) > 0);
    const server_tls tls = { .cert = cert, .key = key };
    http_server *other = server_start(play, NULL, &tls);
    world.jwks = "{\"keys\":[{" BOB "}]}";
    snprintf(yaml, sizeof yaml, "keys: [{name: k, public: {jwks: '%s/keys.json'}}]\n", server_url(other));
    set_up(&b, yaml, false);
    (void)pass(&b, 0);
    expect(&b, 0, VC_KEY_UNUSABLE, "", "certificate of ");
    vc_config *web = vc_config_new(NULL);
    assert_int_equal(vc_config_set_skip_verify(web, 1, NULL), VC_OK); /* Vault's alone */
    assert_int_equal(vc_keysource_set_web(b.source, web, NULL), VC_OK);
    (void)pass(&b, 300000);
    expect(&b, 0, VC_KEY_UNUSABLE, "", "certificate of ");
    assert_int_equal(vc_config_set_ca_pem(web, vc_str(cert), NULL), VC_OK);
    assert_int_equal(vc_config_set_token(web, vc_str("canary"), NULL), VC_OK); /* not sent */
    assert_int_equal(vc_keysource_set_web(b.source, web, NULL), VC_OK);
    vc_config_free(web);
    (void)pass(&b, 300000);
    expect(&b, 0, VC_KEY_HERE, BOB_ID, "EC P-256");
    tear_down(&b);
    server_stop(other);
    BIO_free(bio);
    X509_EXTENSION_free(name);
    X509_free(x509);
    EVP_PKEY_free(pair);
}

/* -- Vault ------------------------------------------------------------------------------------------------- */

/* Members of "keys": PEM with its line ends escaped, as Vault sends it. */
static const char *vault_key(const char *type, const char *one, const char *two)
{
    static char data[8000];
    size_t len = (size_t)snprintf(data, sizeof data, "{\"type\":\"%s\",\"latest_version\":%d,\"keys\":{", type, two ? 2 : 1);
    const char *const texts[] = { one, two };
    for (size_t i = 0; i < 2 && texts[i]; i++) {
        len += (size_t)snprintf(data + len, sizeof data - len, "%s\"%zu\":{\"public_key\":\"", i ? "," : "", i + 1);
        for (const char *at = texts[i]; *at; at++)
            len += (size_t)(*at == '\n' ? snprintf(data + len, sizeof data - len, "\\n") : snprintf(data + len, sizeof data - len, "%c", *at));
        len += (size_t)snprintf(data + len, sizeof data - len, "\"}");
    }
    snprintf(data + len, sizeof data - len, "}}");
    return data;
}

static void vault(void **state)
{
    (void)state;
    bench b;
    set_up(&b, "keys: [{name: k, public: {vault: {key: orders}}, private: {vault: {mount: transit, key: orders}}}]\n", true);
    (void)pass(&b, 0);
    expect(&b, 0, VC_KEY_UNUSABLE, "", "");
    world.vault = vault_key("rsa-2048", pair_rsa_public, NULL);
    (void)pass(&b, 300000);
    expect(&b, 0, VC_KEY_HERE, PAIR_RSA_ID, "RSA, 2048 bits");
    expect(&b, 1, VC_KEY_IN_VAULT, PAIR_RSA_ID, "RSA, 2048 bits");
    expect_pairs(&b, 1, PAIR_RSA_ID, 2, 1);
    world.vault = vault_key("rsa-2048", pair_rsa_public, pair_rsa3_public); /* rotated */
    (void)pass(&b, 300000);
    expect(&b, 1, VC_KEY_IN_VAULT, PAIR_RSA3_ID, "2 versions");
    expect_pairs(&b, 2, PAIR_RSA_ID, 2, 0);
    expect_pairs(&b, 2, PAIR_RSA3_ID, 2, 1);
    world.vault = vault_key("aes256-gcm96", "", NULL);
    (void)pass(&b, 300000);
    expect(&b, 0, VC_KEY_UNUSABLE, PAIR_RSA3_ID, "no public key");
    expect(&b, 1, VC_KEY_UNUSABLE, PAIR_RSA3_ID, "of type aes256-gcm96");
    world.vault = vault_key("ed25519", "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", NULL);
    (void)pass(&b, 300000);
    expect(&b, 0, VC_KEY_HERE, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", "Ed25519");
    expect_pairs(&b, 1, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", 2, 1);
    tear_down(&b);
    set_up(&b, "keys: [{name: k, private: {vault: {key: orders}}}]\n", false);
    (void)pass(&b, 0);
    expect(&b, 0, VC_KEY_UNUSABLE, "", "no client");
    assert_int_equal(vc_keysource_needs_vault(b.schema, VC_OPEN), 1);
    assert_int_equal(vc_keysource_needs_vault(b.schema, VC_PROTECT), 0);
    tear_down(&b);
}

/* -- release ----------------------------------------------------------------------------------------------- */

#define ONE_RELEASED RELEASE "keys: [{name: k, private: {release: {kid: orders-1}}}]\n"

static void released(void **state)
{
    (void)state;
    bench b;
    set_up(&b, ONE_RELEASED, false);
    (void)pass(&b, 0);
    expect(&b, 0, VC_KEY_HERE, BOB_ID, "EC P-256");
    assert_string_equal(world.body, "{\"maa_endpoint\":\"maa.example\",\"akv_endpoint\":\"akv.example\",\"kid\":\"orders-1\"}");
    expect_pairs(&b, 1, BOB_ID, 1, 1);
    assert_int_equal(world.statuses, 1);
    assert_int_equal(world.releases, 1);
    (void)pass(&b, 299000);
    assert_int_equal(world.releases, 1);
    world.released = ALICE ALICE_D; /* a new version of it: the old one opens what is there already */
    (void)pass(&b, 1000);
    assert_int_equal(world.releases, 2);
    expect(&b, 0, VC_KEY_HERE, ALICE_ID, "EC P-256");
    expect_pairs(&b, 2, BOB_ID, 1, 1);
    expect_pairs(&b, 2, ALICE_ID, 1, 0);
    world.released = BOB; /* not a private key */
    (void)pass(&b, 300000);
    expect(&b, 0, VC_KEY_UNUSABLE, ALICE_ID, "of no use: the JWK is a public key");
    tear_down(&b);
}

/* Refused, it is taken away, and told to records; and it heals by itself. */
static void refused_and_healed(void **state)
{
    (void)state;
    bench b;
    char reason[VC__PAIR_REASON + 3];
    const char *const name = "k";
    set_up(&b, ONE_RELEASED, false);
    (void)pass(&b, 0);
    expect_pairs(&b, 1, BOB_ID, 1, 1);
    world.release_status = 403;
    world.refusal = "{\"error\":\"secure key release failed\\nERROR: x\\nTROUBLESHOOTING.md: releasing the key failed: pulling AKV response body failed: "
                    "{\\\"error\\\":{\\\"code\\\":\\\"Forbidden\\\",\\\"message\\\":\\\"Target environment attestation does not meet key release policy requirements.\\\"}}\"}";
    uint64_t next = pass(&b, 300000);
    expect(&b, 0, VC_KEY_REFUSED, "", "does not meet the key's release policy");
    expect_pairs(&b, 0, BOB_ID, -1, 0);
    vc__ring_pair_reason(b.ring, (vc__pair_names){ &name, 1 }, reason);
    assert_non_null(strstr(reason, "the release of key orders-1 was refused"));
    vc_error err = VC_ERROR_INIT;
    assert_int_equal(vc_keysource_check(b.source, NULL, &err), VC_E_DENIED);
    assert_int_equal(err.http_status, 403);
    assert_true(next >= 1700 && next <= 2300);
    next = pass(&b, next);
    assert_true(next >= 3400 && next <= 4600);
    world.release_status = 200;
    (void)pass(&b, next);
    expect(&b, 0, VC_KEY_HERE, BOB_ID, "EC P-256");
    expect_pairs(&b, 1, BOB_ID, 1, 1);
    vc__ring_pair_reason(b.ring, (vc__pair_names){ &name, 1 }, reason);
    assert_string_equal(reason, "");
    assert_int_equal(vc_keysource_check(b.source, NULL, NULL), VC_OK);
    assert_non_null(strstr(b.log, "refused: the release of key orders-1 was refused"));
    world.release_status = 400;
    world.refusal = "{\"error\":{}}";
    (void)pass(&b, 300000);
    expect(&b, 0, VC_KEY_REFUSED, "", "check `url`, `maa_endpoint`, `akv_endpoint` and `kid`");
    tear_down(&b);
}

/* The status counts by its text; who is away takes nothing away. */
static void away(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *text;
        int release_status;
        const char *says;
    } table[] = {
        { 200, "{\"message\":\"Status NOT OK\"}", 200, "not ready" }, { 200, "{}", 200, "not ready" },  { 200, "Status OK", 200, "not ready" },
        { 503, "{}", 200, "does not tell its status" },              { 200, NULL, 200, "broke" },       { 200, "{\"message\":\"Status OK\"}", 500, "failed" },
        { 200, "{\"message\":\"Status OK\"}", 429, "failed" },
    };
    bench b;
    set_up(&b, ONE_RELEASED, false);
    (void)pass(&b, 0);
    world.refusal = "{\"error\":\"try later\"}";
    for (size_t i = 0; i < COUNT(table); i++) {
        world.status = table[i].status;
        world.status_text = table[i].text;
        world.release_status = table[i].release_status;
        (void)pass(&b, 300000);
        expect(&b, 0, VC_KEY_AWAY, BOB_ID, table[i].says);
        expect_pairs(&b, 1, BOB_ID, 1, 1);
    }
    world.status = 404; /* an older sidecar */
    world.status_text = "404 page not found";
    world.release_status = 200;
    (void)pass(&b, 300000);
    expect(&b, 0, VC_KEY_HERE, BOB_ID, "");
    tear_down(&b);
    set_up(&b, "key_release: {url: 'http://127.0.0.1:1', maa_endpoint: m, akv_endpoint: a}\nkeys: [{name: k, private: {release: {kid: x}}}]\n", false);
    (void)pass(&b, 0);
    expect(&b, 0, VC_KEY_AWAY, "", "cannot connect to http://127.0.0.1:1");
    assert_null(strstr(state_of(&b, 0).text, "Vault"));
    tear_down(&b);
}

static void access_token(void **state)
{
    (void)state;
    bench b;
    set_up(&b, RELEASE_TOKEN "keys: [{name: k, private: {release: {kid: 'a b'}}}]\n", false);
    (void)pass(&b, 0);
    expect(&b, 0, VC_KEY_UNUSABLE, "", "token: No such file");
    write_file("token", "canary\"1\r\n");
    (void)pass(&b, 300000);
    assert_string_equal(world.body, "{\"maa_endpoint\":\"maa.example\",\"akv_endpoint\":\"akv.example\",\"kid\":\"a b\",\"access_token\":\"canary\\\"1\"}");
    write_file("token", "canary2"); /* read again each time */
    world.release_status = 403;
    world.refusal = "{\"error\":\"the token canary2canary2canary2 is odd: AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\"}";
    (void)pass(&b, 300000);
    assert_non_null(strstr(world.body, "\"access_token\":\"canary2\""));
    expect(&b, 0, VC_KEY_REFUSED, "", "the token *** is odd: ***");
    write_file("token", "\n");
    (void)pass(&b, 300000);
    expect(&b, 0, VC_KEY_UNUSABLE, "", "is empty");
    tear_down(&b);
}

static void symmetric(void **state)
{
    (void)state;
    bench b;
    world.released = OCT;
    set_up(&b, ONE_RELEASED, false);
    (void)pass(&b, 0);
    vc_keysource_state s = state_of(&b, 0);
    assert_int_equal(s.state, VC_KEY_HERE);
    assert_int_equal(s.serves, 1);
    assert_string_equal(s.text, "symmetric, 256 bits");
    const vc__keyplace place = { VC__SOURCE_STATIC, NULL, "k" };
    assert_int_equal(vc__keyplace_check(&place, NULL), VC_OK);
    world.released = "\"kty\":\"oct\",\"k\":\"AAEC\"";
    (void)pass(&b, 300000);
    s = state_of(&b, 0);
    assert_int_equal(s.state, VC_KEY_UNUSABLE);
    world.release_status = 403;
    world.refusal = "{\"error\":{}}";
    (void)pass(&b, 300000);
    s = state_of(&b, 0);
    assert_int_equal(s.state, VC_KEY_REFUSED);
    assert_int_equal(s.serves, 0);
    tear_down(&b);
}

/* -- refusals in words ------------------------------------------------------------------------------------- */

static void refusals(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *body;
        vc_code code;
        const char *says;
    } table[] = {
        { 403, "{\"error\":\"x: failed to retrieve attestation report: open /dev/sev-guest: no such file\"}", VC_E_DENIED, "nothing attests this environment" },
        { 403, "{\"error\":\"{\\\"innererror\\\":{\\\"code\\\":\\\"ForbiddenByRbac\\\"}}\"}", VC_E_DENIED, "Key Vault Crypto Officer" },
        { 403, "{\"error\":\"claim x-ms-sevsnpvm-hostdata of x does not meet key release policy\"}", VC_E_DENIED, "x-ms-sevsnpvm-hostdata" },
        { 403, "{\"error\":\"KeyNotFound\"}", VC_E_DENIED, "no key of this name" },
        { 403, "{\"error\":\"AKV post request failed: lookup a: no such host\"}", VC_E_SERVER, "check `akv_endpoint`" },
        { 403, "{\"error\":\"maa post request failed: lookup a: no such host\"}", VC_E_SERVER, "check `maa_endpoint`" },
        { 403, "{\"error\":\"retrieving authentication token failed\"}", VC_E_SERVER, "managed identity" },
        { 403, "{\"error\":\"attestation failed: pulling maa post response failed: : http response status equal to 503 Service Unavailable\"}", VC_E_SERVER, "failed" },
        { 403, "{\"error\":\"releasing the key k failed: pulling AKV response body failed: {}: http response status equal to 429 Too Many Requests\"}", VC_E_BUSY, "failed" },
        { 403, "{\"error\":\"attestation failed: refreshing CertChain failed: x\"}", VC_E_SERVER, "failed" },
        { 403, "{\"error\":\"retrieving authentication token failed: x: http response status equal to 410 Gone\"}", VC_E_SERVER, "failed" },
        { 403, "{\"error\":\"retrieving authentication token failed: Identity not found: http response status equal to 400 Bad Request\"}", VC_E_DENIED, "was refused" },
        { 403, "{\"error\":\"pulling AKV response body failed: status equal to 503, post request failed: http response status equal to 403 Forbidden\"}", VC_E_DENIED, "was refused" },
        { 403, "{\"error\":\"401 Unauthorized\"}", VC_E_DENIED, "access token" },
        { 403, "", VC_E_DENIED, "was refused" }, { 403, "<html>", VC_E_DENIED, "was refused" }, { 403, "{\"error\":{}}", VC_E_DENIED, "was refused" },
        { 403, "{\"error\":\"\\u001b[31mred\\n\"}", VC_E_DENIED, "refused: " },
        { 400, "{\"error\":\"bad kid\"}", VC_E_REQUEST, "bad kid" }, { 400, "", VC_E_REQUEST, "check `url`" },
        { 500, "", VC_E_SERVER, "failed" }, { 429, "", VC_E_BUSY, "failed" },
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        vc_error err = VC_ERROR_INIT;
        assert_int_equal(vc__sidecar_refusal("orders-1", table[i].status, vc_str(table[i].body), &err), table[i].code);
        if (!strstr(err.message, table[i].says) || !strstr(err.message, "orders-1"))
            fail_msg("%zu: %s", i, err.message);
        assert_int_equal(err.retryable, table[i].code == VC_E_SERVER || table[i].code == VC_E_BUSY);
        for (const char *at = err.message; *at; at++)
            assert_true(*at >= ' ' && *at <= '~');
    }
    static const char *const secrets[] = {
        "{\"error\":\"{\\\"kty\\\":\\\"oct\\\",\\\"k\\\":\\\"canary\\\"}\"}",
        "{\"error\":\"was eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.canaryABCDEFGHIJKLMNOP0\"}",
        "{\"error\":\"canarycanarycanarycanarycanarycanarycanarycanary\"}",
        "{\"key\":\"canary\",\"error\":{\"key\":\"canary\"}}",
    };
    for (size_t i = 0; i < COUNT(secrets); i++) {
        vc_error err = VC_ERROR_INIT;
        (void)vc__sidecar_refusal("k", 403, vc_str(secrets[i]), &err);
        assert_null(strstr(err.message, "canary"));
        assert_null(strstr(err.message, "eyJ"));
    }
    for (size_t n = 0; n < 400; n++) { /* of any length */
        char body[500];
        vc_error err = VC_ERROR_INIT;
        size_t len = (size_t)snprintf(body, sizeof body, "{\"error\":\"");
        for (size_t i = 0; i < n; i++)
            body[len++] = (char)(i % 15 == 14 ? ' ' : 'a' + i % 26);
        snprintf(body + len, sizeof body - len, "\"}");
        (void)vc__sidecar_refusal("k", 403, vc_str(body), &err);
        assert_true(strlen(err.message) < 300);
    }
}

/* Who cannot be asked behind the sidecar takes nothing away. */
static void outages(void **state)
{
    (void)state;
    bench b;
    set_up(&b, ONE_RELEASED, false);
    (void)pass(&b, 0);
    world.release_status = 403;
    world.refusal = "{\"error\":\"attestation failed: maa post request failed: HTTP GET failed: dial tcp: connection refused\"}";
    (void)pass(&b, 300000);
    expect(&b, 0, VC_KEY_AWAY, BOB_ID, "failed");
    expect_pairs(&b, 1, BOB_ID, 1, 1);
    world.refusal = "{\"error\":\"pulling AKV response body failed: {}: http response status equal to 403 Forbidden\"}";
    (void)pass(&b, 300000);
    expect(&b, 0, VC_KEY_REFUSED, "", "was refused");
    expect_pairs(&b, 0, BOB_ID, -1, 0);
    tear_down(&b);
}

/* -- one after the other ----------------------------------------------------------------------------------- */

/* `after` has the keyring of `b`. `late`: its keys are there first. */
static void follow(bench *b, bench *after, const char *yaml, bool late)
{
    set_up(after, yaml, false);
    vc_keysource_free(after->source);
    vc_keyring_unref(after->ring);
    after->ring = vc_keyring_ref(b->ring);
    after->source = vc_keysource_new(NULL, after->schema, after->ring, NULL);
    assert_non_null(after->source);
    assert_int_equal(vc_keysource_set_direction(after->source, VC_REWRAP, NULL), VC_OK);
    assert_int_equal(vc_keysource_set_patience(after->source, 0, NULL), VC_OK);
    if (late) {
        assert_int_equal(vc_keysource_prepare(after->source, NULL), VC_OK);
        assert_int_equal(vc_keysource_commit(after->source, NULL), VC_OK);
    }
    assert_int_equal(vc_keysource_follow(after->source, b->source, NULL), VC_OK);
    if (!late)
        assert_int_equal(vc_keysource_load(after->source, NULL), VC_OK);
    vc_keysource_retire(b->source);
    b->source = NULL;
}

static void following(void **state)
{
    (void)state;
    static const struct {
        const char *released, *schema, *refusal;
        size_t left;
    } table[] = {
        { BOB BOB_D, ONE_RELEASED, "{\"error\":\"does not meet key release policy\"}", 0 },
        { BOB BOB_D, ONE_RELEASED, "{\"error\":\"AKV post request failed\"}", 1 },
        { BOB BOB_D, ONE_RELEASED, NULL, 1 },
        { BOB BOB_D, RELEASE "keys: [{name: k, private: {release: {kid: orders-2}}}]\n", "{\"error\":\"KeyNotFound\"}", 0 },
        { BOB BOB_D, RELEASE "keys: [{name: k, private: {release: {kid: orders-2}}}]\n", "{\"error\":\"AKV post request failed\"}", 0 },
        { BOB BOB_D, RELEASE "keys: [{name: k, private: {release: {kid: orders-2}}}]\n", NULL, 1 },
        { BOB BOB_D, "keys: [{name: k, private: {file: /nonexistent/k.pem}}]\n", NULL, 0 },
        { OCT, ONE_RELEASED, "{\"error\":\"does not meet key release policy\"}", 0 },
        { OCT, ONE_RELEASED, NULL, 1 },
    };
    for (size_t k = 0; k < 2 * COUNT(table); k++) {
        const size_t i = k / 2;
        bench b, after;
        const bool symmetric = strcmp(table[i].released, OCT) == 0;
        world.release_status = 200;
        world.released = table[i].released;
        set_up(&b, ONE_RELEASED, false);
        (void)pass(&b, 0);
        assert_int_equal(state_of(&b, 0).state, VC_KEY_HERE);
        world.release_status = table[i].refusal ? 403 : 200;
        world.refusal = table[i].refusal;
        follow(&b, &after, table[i].schema, k % 2);
        assert_int_equal(state_of(&after, 0).serves, table[i].left);
        if (!symmetric)
            expect_pairs(&after, table[i].left, BOB_ID, table[i].left ? 1 : -1, 1);
        vc_keysource_retire(after.source); /* the last one takes them all with it */
        after.source = NULL;
        expect_pairs(&after, 0, BOB_ID, -1, 0);
        tear_down(&after);
        tear_down(&b);
    }
    bench b, other;
    for (int late = 0; late < 2; late++) { /* its older versions are released still */
        world.released = BOB BOB_D;
        world.release_status = 200;
        set_up(&b, ONE_RELEASED, false);
        (void)pass(&b, 0);
        world.released = ALICE ALICE_D;
        follow(&b, &other, ONE_RELEASED, late);
        expect(&other, 0, VC_KEY_HERE, ALICE_ID, "EC P-256");
        expect_pairs(&other, 2, BOB_ID, 1, 1);
        vc_keysource_retire(other.source);
        other.source = NULL;
        expect_pairs(&other, 0, BOB_ID, -1, 0);
        tear_down(&other);
        tear_down(&b);
    }
    set_up(&b, ONE_RELEASED, false);
    set_up(&other, ONE_RELEASED, false);
    assert_int_equal(vc_keysource_follow(b.source, other.source, NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_keysource_follow(b.source, NULL, NULL), VC_E_ARGUMENT);
    vc_keysource_retire(NULL);
    tear_down(&b);
    tear_down(&other);
}

/* -- in two steps ------------------------------------------------------------------------------------------ */

/* `after` has the keyring of `b`, and looks at nothing yet. */
static void beside(bench *b, bench *after, const char *yaml)
{
    set_up(after, yaml, false);
    vc_keysource_free(after->source);
    vc_keyring_unref(after->ring);
    after->ring = vc_keyring_ref(b->ring);
    after->source = vc_keysource_new(NULL, after->schema, after->ring, NULL);
    assert_int_equal(vc_keysource_set_direction(after->source, VC_REWRAP, NULL), VC_OK);
}

#define BOTH "keys: [{name: k, public: {jwks: '@/keys.json', kid: b}, private: {release: {kid: orders-1}}}]\n" RELEASE

/* Of a name whose keys may not all be here, though one is: records that lack one are not taken for forgeries. Each source speaks for itself. */
static void a_name_is_incomplete_while_a_place_is_away(void **state)
{
    (void)state;
    bench b, other;
    const char *const name = "k";
    const vc__pair_names names = { &name, 1 };
    char reason[VC__PAIR_REASON + 3];
    world.jwks = "{\"keys\":[{" BOB ",\"kid\":\"b\"}]}";
    set_up(&b, BOTH, false);
    (void)pass(&b, 0);
    assert_false(vc__ring_is_incomplete(b.ring, names));
    world.jwks_status = 503;
    (void)pass(&b, 300000);
    expect(&b, 0, VC_KEY_AWAY, BOB_ID, "");
    assert_true(vc__ring_is_incomplete(b.ring, names));
    vc__ring_pair_reason(b.ring, names, reason);
    assert_true(reason[0]);
    world.jwks_status = 200; /* another source of the ring has all of the name, or takes none of it */
    beside(&b, &other, BOTH);
    (void)pass(&other, 0);
    assert_true(vc__ring_is_incomplete(b.ring, names));
    vc_keysource_retire(other.source);
    other.source = NULL;
    tear_down(&other);
    assert_true(vc__ring_is_incomplete(b.ring, names));
    (void)pass(&b, 300000);
    assert_false(vc__ring_is_incomplete(b.ring, names));
    tear_down(&b);
}

/* What is prepared changes nothing: neither what was found, nor what was refused. */
static void two_steps(void **state)
{
    (void)state;
    bench b, after;
    world.jwks = "{\"keys\":[{" BOB ",\"kid\":\"b\"}]}";
    set_up(&b, BOTH, false);
    assert_int_equal(vc_keysource_prepare(b.source, NULL), VC_OK);
    expect_pairs(&b, 0, BOB_ID, -1, 0);
    assert_int_equal(state_of(&b, 1).state, VC_KEY_UNKNOWN);
    assert_string_equal(b.log, "");
    const unsigned asked = world.releases;
    assert_int_equal(vc_keysource_commit(b.source, NULL), VC_OK);
    assert_int_equal(world.releases, asked);
    expect(&b, 1, VC_KEY_HERE, BOB_ID, "EC P-256");
    expect_pairs(&b, 1, BOB_ID, 1, 1);
    assert_int_equal(vc_keysource_commit(b.source, NULL), VC_OK); /* nothing is prepared */
    expect_pairs(&b, 1, BOB_ID, 1, 1);
    for (int taken = 0; taken < 2; taken++) { /* another key of that name protects, and the release is refused, when it is taken */
        world.jwks = "{\"keys\":[{" ALICE ",\"kid\":\"b\"}]}";
        world.release_status = 403;
        world.refusal = "{\"error\":\"does not meet key release policy\"}";
        beside(&b, &after, BOTH);
        assert_int_equal(vc_keysource_prepare(after.source, NULL), VC_OK);
        expect_pairs(&b, 1, BOB_ID, 1, 1);
        if (taken) {
            vc_keysource_cancel(b.source);
            assert_int_equal(vc_keysource_follow(after.source, b.source, NULL), VC_OK);
            assert_int_equal(vc_keysource_commit(after.source, NULL), VC_OK);
            vc_keysource_retire(b.source);
            b.source = NULL;
            expect(&after, 1, VC_KEY_REFUSED, "", "was refused");
            expect_pairs(&after, 1, ALICE_ID, 0, 1);
        } else {
            vc_keysource_retire(after.source);
            after.source = NULL;
            expect_pairs(&b, 1, BOB_ID, 1, 1);
        }
        tear_down(&after);
    }
    tear_down(&b);
}

/* What a pipe gave is handed over: nobody writes into it again. */
static void a_pipe_over_a_reload(void **state)
{
    (void)state;
    static const char pipe_schema[] = "keys: [{name: k, private: {file: once.pem}}]\n";
    bench b, after;
    char path[200], base[200];
    pthread_t thread;
    snprintf(path, sizeof path, "%s/once.pem", folder);
    snprintf(base, sizeof base, "%s/schema.yaml", folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    set_up(&b, pipe_schema, false);
    assert_int_equal(pthread_create(&thread, NULL, write_key, path), 0);
    (void)pass(&b, 0);
    pthread_join(thread, NULL);
    beside(&b, &after, pipe_schema);
    assert_int_equal(vc_keysource_set_base(after.source, base, NULL), VC_OK);
    const time_t before = time(NULL);
    assert_int_equal(vc_keysource_prepare(after.source, NULL), VC_OK);
    assert_int_equal(vc_keysource_commit(after.source, NULL), VC_OK);
    vc_keysource_cancel(b.source);
    assert_int_equal(vc_keysource_follow(after.source, b.source, NULL), VC_OK);
    vc_keysource_retire(b.source);
    b.source = NULL;
    (void)pass(&after, 300000);
    assert_int_equal(vc_keysource_load(after.source, NULL), VC_OK);
    assert_true(time(NULL) - before < 4);
    expect(&after, 0, VC_KEY_HERE, PAIR_RSA_ID, "RSA, 2048 bits");
    assert_true(state_of(&after, 0).due_ms == UINT64_MAX);
    expect_pairs(&after, 1, PAIR_RSA_ID, 1, 1);
    tear_down(&after);
    tear_down(&b);
}

/* A public key goes with the schema that names it: so a signer is revoked. */
static void a_public_key_goes_with_its_source(void **state)
{
    (void)state;
    bench b, after;
    write_file("old.pub", "{" BOB "}");
    write_file("new.pub", "{" ALICE "}");
    set_up(&b, "keys: [{name: shop, public: {file: old.pub}}]\n", false);
    assert_int_equal(vc_keysource_load(b.source, NULL), VC_OK);
    expect_pairs(&b, 1, BOB_ID, 0, 1);
    beside(&b, &after, "keys: [{name: shop, public: {file: new.pub}}]\n");
    char base[200];
    snprintf(base, sizeof base, "%s/schema.yaml", folder);
    assert_int_equal(vc_keysource_set_base(after.source, base, NULL), VC_OK);
    assert_int_equal(vc_keysource_load(after.source, NULL), VC_OK);
    expect_pairs(&b, 2, BOB_ID, 0, 0);
    vc_keysource_retire(b.source);
    b.source = NULL;
    expect_pairs(&b, 1, ALICE_ID, 0, 1);
    expect_pairs(&b, 1, BOB_ID, -1, 0);
    tear_down(&after);
    tear_down(&b);
}

/* Two sources on one keyring, as of who protects anew: what one has no more the other may have. */
static void what_another_source_holds_stays(void **state)
{
    (void)state;
    bench b, other;
    world.released = BOB BOB_D;
    write_file("shared.pub", "{" BOB "}");
    set_up(&b, "keys: [{name: k, public: {file: shared.pub}}]\n", false);
    (void)pass(&b, 0);
    beside(&b, &other, ONE_RELEASED);
    (void)pass(&other, 0);
    expect_pairs(&b, 1, BOB_ID, 1, 1);
    write_file("shared.pub", "{" ALICE "}"); /* rotated */
    (void)pass(&b, 300000);
    expect_pairs(&b, 2, BOB_ID, 1, 0);
    expect_pairs(&b, 2, ALICE_ID, 0, 1);
    write_file("shared.pub", "{" BOB "}");
    (void)pass(&b, 300000);
    world.release_status = 403; /* the private half goes, the public one is the other's */
    world.refusal = "{\"error\":\"does not meet key release policy\"}";
    (void)pass(&other, 300000);
    expect(&other, 0, VC_KEY_REFUSED, "", "was refused");
    expect_pairs(&b, 1, BOB_ID, 0, 1);
    tear_down(&other);
    tear_down(&b);
}

/* Nobody would look: whoever waits for a look would wait for nothing. */
static void no_start_after_cancel(void **state)
{
    (void)state;
    bench b;
    static const char *const names[] = { "k" };
    set_up(&b, ONE_RELEASED, false);
    (void)pass(&b, 0);
    vc_keysource_cancel(b.source);
    assert_int_equal(vc_keysource_start(b.source, NULL), VC_E_CANCELED);
    uint64_t seek;
    bool all;
    assert_int_equal(vc__ring_seek(b.ring, (vc__pair_names){ names, 1 }, &seek, &all), VC__SOUGHT_BY_NONE);
    tear_down(&b);
}

static void *cancel_soon(void *source)
{
    usleep(300000);
    vc_keysource_cancel(source);
    return NULL;
}

static void canceled(void **state)
{
    (void)state;
    bench b;
    pthread_t thread;
    vc_error err = VC_ERROR_INIT;
    set_up(&b, ONE_RELEASED, false);
    (void)pass(&b, 0);
    assert_int_equal(vc_keysource_start(b.source, NULL), VC_OK);
    world.slow_ms = 5000;
    const time_t before = time(NULL);
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, b.source), 0);
    assert_int_equal(vc_keysource_prepare(b.source, &err), VC_E_CANCELED);
    pthread_join(thread, NULL);
    assert_true(time(NULL) - before < 4);
    world.slow_ms = 0;
    assert_int_equal(vc_keysource_load(b.source, NULL), VC_E_CANCELED);
    assert_int_equal(vc_keysource_prepare(b.source, NULL), VC_E_CANCELED);
    expect(&b, 0, VC_KEY_HERE, BOB_ID, ""); /* what was had stays */
    expect_pairs(&b, 1, BOB_ID, 1, 1);
    vc_keysource_cancel(NULL);
    assert_int_equal(vc_keysource_prepare(NULL, NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_keysource_commit(NULL, NULL), VC_E_ARGUMENT);
    tear_down(&b);
}

/* -- directions -------------------------------------------------------------------------------------------- */

static const char directed[] =
    "keys:\n"
    "  - {name: orders, public: {file: pub.pem}, private: {release: {kid: orders-1}}}\n"
    "  - {name: shop, public: {file: pub.pem}, private: {file: shop.key}}\n"
    "  - {name: other, public: {file: pub.pem}, private: {file: private.pem}}\n" RELEASE;

static void directions(void **state)
{
    (void)state;
    bench b;
    write_file("pub.pem", pair_rsa_public);
    set_up(&b, directed, false);
    assert_int_equal(vc_keysource_set_direction(b.source, VC_PROTECT, NULL), VC_OK);
    assert_int_equal(vc_keysource_load(b.source, NULL), VC_OK);
    assert_int_equal(world.releases, 0); /* who protects asks for no private key */
    for (size_t i = 0; i < 6; i++) {
        const vc_keysource_state s = state_of(&b, i);
        assert_int_equal(s.state == VC_KEY_NOT_NEEDED, s.is_private);
    }
    assert_int_equal(vc_keysource_set_direction(b.source, (vc_direction)77, NULL), VC_E_ARGUMENT);
    tear_down(&b);
    /* what fields say of a name counts: orders wraps, shop signs, other is named by none */
    static const char *const needed[] = { [VC_PROTECT] = "100110", [VC_OPEN] = "011011", [VC_REWRAP] = "111111" };
    for (int direction = VC_PROTECT; direction <= VC_REWRAP; direction++) {
        set_up_with(&b, directed, "records: [{name: r, fields: [{path: $.a, hybrid: {key: orders, sign: shop}}]}]\n", false);
        assert_int_equal(vc_keysource_set_direction(b.source, (vc_direction)direction, NULL), VC_OK);
        for (size_t i = 0; i < 6; i++)
            assert_int_equal(state_of(&b, i).state != VC_KEY_NOT_NEEDED, needed[direction][i] - '0');
        tear_down(&b);
    }
}

/* A name that signs, and that others open with: who protects takes what signs of it, and nothing that opens. */
static void who_protects_has_no_key_that_opens(void **state)
{
    (void)state;
    static const char keys[] = "keys: [{name: shop, public: {file: pub.pem}, private: [{file: rsa.pem}, {file: ec.pem}, {file: ed.pem}, {vault: {key: app}}]}]\n";
    static const char records[] = "records: [{name: r, fields: [{path: $.a, hybrid: {key: shop, sign: shop}}]}]\n";
    bench b;
    vc_keyring_pair pair = { .size = sizeof pair };
    write_file("pub.pem", pair_rsa_public);
    write_file("rsa.pem", pair_rsa_private);
    write_file("ec.pem", pair_ec_private);
    write_file("ed.pem", pair_ed_private);
    for (int opens = 0; opens < 2; opens++) {
        set_up_with(&b, keys, records, true);
        world.vault = vault_key("rsa-2048", pair_rsa3_public, NULL);
        assert_int_equal(vc_keysource_set_direction(b.source, opens ? VC_OPEN : VC_PROTECT, NULL), VC_OK);
        assert_int_equal(vc_keysource_load(b.source, NULL), VC_OK);
        for (size_t i = 1; i < 5; i++) {
            const vc_keysource_state s = state_of(&b, i);
            assert_int_equal(s.is_private, 1);
            assert_int_equal(s.serves, opens || i == 3);
            if (!opens && i != 3)
                assert_true(s.state == VC_KEY_UNUSABLE && strstr(s.text, ", which opens, and is not taken where values are protected"));
        }
        if (!opens)
            for (size_t i = 0; vc_keyring_get_pair(b.ring, i, &pair); i++)
                assert_true(!pair.has_private || strcmp(pair.id, PAIR_ED_ID) == 0);
        tear_down(&b);
    }
}

/* -- threads ----------------------------------------------------------------------------------------------- */

static void *load(void *source)
{
    assert_int_equal(vc_keysource_load(source, NULL), VC_OK);
    return NULL;
}

/* Many at once ask once. */
static void single_flight(void **state)
{
    (void)state;
    bench b;
    pthread_t threads[8];
    set_up(&b, ONE_RELEASED, false);
    world.slow_ms = 300;
    for (size_t i = 0; i < COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, load, b.source), 0);
    for (size_t i = 0; i < COUNT(threads); i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(world.releases, 1);
    expect(&b, 0, VC_KEY_HERE, BOB_ID, "");
    tear_down(&b);
}

static void a_thread_that_is_woken(void **state)
{
    (void)state;
    bench b;
    set_up(&b, "key_release: {url: '@', maa_endpoint: m, akv_endpoint: a, refresh: 3600}\nkeys: [{name: k, private: {release: {kid: x}}}]\n", false);
    vc_keysource_wake(NULL);
    vc_keysource_wake(b.source); /* without the thread: for its first turn */
    assert_int_equal(world.releases, 0);
    assert_int_equal(vc_keysource_start(b.source, NULL), VC_OK);
    for (int i = 0; i < 1000 && world.releases < 1; i++)
        usleep(10000);
    usleep(100000);
    assert_int_equal(world.releases, 1);
    vc_keysource_wake(b.source);
    for (int i = 0; i < 1000 && world.releases < 2; i++)
        usleep(10000);
    assert_int_equal(world.releases, 2);
    world.slow_ms = 5000; /* who wakes it does not wait for it */
    const time_t before = time(NULL);
    vc_keysource_wake(b.source);
    usleep(200000);
    vc_keysource_wake(b.source);
    vc_keysource_free(b.source);
    b.source = NULL;
    assert_true(time(NULL) - before < 4);
    world.slow_ms = 0;
    tear_down(&b);
}

static void a_thread_of_its_own(void **state)
{
    (void)state;
    bench b;
    set_up(&b, "key_release: {url: '@', maa_endpoint: m, akv_endpoint: a, refresh: 0.1}\nkeys: [{name: k, private: {release: {kid: x}}}]\n", false);
    assert_int_equal(vc_keysource_start(b.source, NULL), VC_OK);
    assert_int_equal(vc_keysource_start(b.source, NULL), VC_E_STATE);
    for (int i = 0; i < 1000 && world.releases < 3; i++)
        usleep(10000);
    assert_true(world.releases >= 3);
    world.slow_ms = 5000; /* it hangs: freed all the same */
    usleep(200000);
    const time_t before = time(NULL);
    vc_keysource_free(b.source);
    assert_true(time(NULL) - before <= 3);
    b.source = NULL;
    tear_down(&b);
}

/* Who is away at the start is waited for. */
static void *come_back(void *arg)
{
    usleep(700000);
    world.status_text = arg;
    return NULL;
}

static void patience(void **state)
{
    (void)state;
    bench b;
    pthread_t thread;
    static char fine[] = "{\"message\":\"Status OK\"}";
    set_up(&b, ONE_RELEASED, false);
    world.status_text = "{\"message\":\"Status NOT OK\"}";
    assert_int_equal(vc_keysource_load(b.source, NULL), VC_OK);
    expect(&b, 0, VC_KEY_AWAY, "", "not ready");
    assert_int_equal(vc_keysource_set_patience(b.source, 20000, NULL), VC_OK);
    assert_int_equal(pthread_create(&thread, NULL, come_back, fine), 0);
    assert_int_equal(vc_keysource_load(b.source, NULL), VC_OK);
    pthread_join(thread, NULL);
    expect(&b, 0, VC_KEY_HERE, BOB_ID, "");
    tear_down(&b);
}

static void arguments(void **state)
{
    (void)state;
    bench b;
    vc_keysource_state s = { .size = sizeof s };
    set_up(&b, "", false);
    assert_int_equal(vc_keysource_load(b.source, NULL), VC_OK); /* a schema without keys */
    assert_int_equal(vc_keysource_check(b.source, NULL, NULL), VC_OK);
    assert_int_equal(vc_keysource_get_state(b.source, 0, &s), 0);
    assert_null(vc_keysource_new(NULL, b.schema, NULL, NULL));
    assert_null(vc_keysource_new(NULL, NULL, b.ring, NULL));
    assert_int_equal(vc_keysource_load(NULL, NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_keysource_refresh(NULL, 0, NULL, NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_keysource_start(NULL, NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_keysource_check(NULL, NULL, NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_keysource_set_web(b.source, NULL, NULL), VC_E_ARGUMENT);
    vc_keysource_free(NULL);
    for (int i = 0; i < 9; i++)
        assert_true(vc_key_state_name((vc_key_state)i)[0]);
    tear_down(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_key_out_of_a_pipe, begin),
        cmocka_unit_test_setup(files, begin),         cmocka_unit_test_setup(texts_and_variables, begin), cmocka_unit_test_setup(sets_of_keys, begin), cmocka_unit_test_setup(sets_of_keys_by_tls, begin),
        cmocka_unit_test_setup(vault, begin),         cmocka_unit_test_setup(released, begin),            cmocka_unit_test_setup(refused_and_healed, begin),
        cmocka_unit_test_setup(away, begin),          cmocka_unit_test_setup(access_token, begin),        cmocka_unit_test_setup(symmetric, begin),
        cmocka_unit_test_setup(outages, begin),       cmocka_unit_test_setup(following, begin),
        cmocka_unit_test_setup(a_name_is_incomplete_while_a_place_is_away, begin),
        cmocka_unit_test_setup(two_steps, begin),     cmocka_unit_test_setup(canceled, begin),
        cmocka_unit_test_setup(a_public_key_goes_with_its_source, begin), cmocka_unit_test_setup(what_another_source_holds_stays, begin),
        cmocka_unit_test_setup(no_start_after_cancel, begin), cmocka_unit_test_setup(a_pipe_over_a_reload, begin),
        cmocka_unit_test_setup(refusals, begin),      cmocka_unit_test_setup(directions, begin), cmocka_unit_test_setup(who_protects_has_no_key_that_opens, begin),
                cmocka_unit_test_setup(single_flight, begin),
        cmocka_unit_test_setup(a_thread_that_is_woken, begin), cmocka_unit_test_setup(a_thread_of_its_own, begin), cmocka_unit_test_setup(patience, begin),      cmocka_unit_test_setup(arguments, begin),
    };
    return cmocka_run_group_tests_name("io_keysource", tests, begin_all, end_all);
}

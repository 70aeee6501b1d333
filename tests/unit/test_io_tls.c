/* SPDX-License-Identifier: Apache-2.0 */
/* TLS: whom the client trusts, and what it says when it does not. Certificates are made here, for the day. */
#include "unit/client.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

enum { PEM_ROOM = 4096, DAY = 86400 };

typedef struct identity {
    char cert[PEM_ROOM], key[PEM_ROOM];
    EVP_PKEY *pkey;
    X509 *x509;
} identity;

static identity ca, stranger, server_id, elsewhere, person;
static char folder[] = "/tmp/vc-test-tls-XXXXXX";
static char ca_file[64], cert_file[64], key_file[64], both_file[64];

static void to_pem(identity *id)
{
    BIO *bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(bio, id->x509);
    id->cert[BIO_read(bio, id->cert, PEM_ROOM - 1)] = 0;
    PEM_write_bio_PrivateKey(bio, id->pkey, NULL, NULL, 0, NULL, NULL);
    id->key[BIO_read(bio, id->key, PEM_ROOM - 1)] = 0;
    BIO_free(bio);
}

static void extend(X509 *x509, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, x509, x509, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    assert_non_null(extension);
    X509_add_ext(x509, extension, -1);
    X509_EXTENSION_free(extension);
}

/* `names` NULL: an authority; `issuer` NULL: signs itself. */
static void make_identity(identity *id, const char *common_name, const char *names, const identity *issuer)
{
    static long serial = 1;
    id->pkey = EVP_EC_gen("P-256");
    id->x509 = X509_new();
    X509 *x509 = id->x509;
    X509_set_version(x509, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), serial++);
    X509_gmtime_adj(X509_getm_notBefore(x509), -DAY);
    X509_gmtime_adj(X509_getm_notAfter(x509), DAY);
    X509_set_pubkey(x509, id->pkey);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_ASC, (const unsigned char *)common_name, -1, -1, 0);
    X509_set_issuer_name(x509, X509_get_subject_name(issuer ? issuer->x509 : x509));
    extend(x509, NID_basic_constraints, names ? "CA:FALSE" : "critical,CA:TRUE");
    if (names)
        extend(x509, NID_subject_alt_name, names);
    assert_true(X509_sign(x509, issuer ? issuer->pkey : id->pkey, EVP_sha256()) > 0);
    to_pem(id);
}

static void write_file(char path[64], const char *name, const char *text, const char *more)
{
    snprintf(path, 64, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "%s%s", text, more);
    fclose(file);
}

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    make_identity(&ca, "Our authority", NULL, NULL);
    make_identity(&stranger, "Their authority", NULL, NULL);
    make_identity(&server_id, "vault", "IP:127.0.0.1", &ca);
    make_identity(&elsewhere, "elsewhere", "DNS:vault.example", &ca);
    make_identity(&person, "someone", "email:someone@example.com", &ca);
    write_file(ca_file, "ca.pem", ca.cert, "");
    write_file(cert_file, "cert.pem", person.cert, "");
    write_file(key_file, "key.pem", person.key, "");
    write_file(both_file, "both.pem", person.cert, person.key);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    identity *all[] = { &ca, &stranger, &server_id, &elsewhere, &person };
    for (size_t i = 0; i < COUNT(all); i++) {
        X509_free(all[i]->x509);
        EVP_PKEY_free(all[i]->pkey);
    }
    unlink(ca_file);
    unlink(cert_file);
    unlink(key_file);
    unlink(both_file);
    return rmdir(folder);
}

static pthread_mutex_t host_lock = PTHREAD_MUTEX_INITIALIZER;
static char host_seen[1024];

static void echo(void *user, const server_request *request, server_answer *answer)
{
    (void)user;
    pthread_mutex_lock(&host_lock);
    server_header(request, "Host", host_seen);
    pthread_mutex_unlock(&host_lock);
    server_reply(answer, 200, "", request->body);
}

typedef struct tls_row {
    const char *name;
    const identity *server;
    bool ask, only_old, hang_up;
    const char *settings[7]; /* name, value, ... */
    vc_code code;
    const char *says;
} tls_row;

static const tls_row rows[] = {
    { .name = "nobody vouches", .server = &server_id, .code = VC_E_TLS, .says = "is not accepted" },
    { .name = "file", .server = &server_id, .settings = { "ca_file", ca_file } },
    { .name = "text", .server = &server_id, .settings = { "ca_pem", ca.cert } },
    { .name = "another's text", .server = &server_id, .settings = { "ca_pem", stranger.cert }, .code = VC_E_TLS, .says = "VAULT_CACERT" },
    { .name = "another name", .server = &elsewhere, .settings = { "ca_file", ca_file }, .code = VC_E_TLS, .says = "VAULT_TLS_SERVER_NAME" },
    { .name = "that name",
      .server = &elsewhere,
      .settings = { "ca_file", ca_file, "tls_server_name", "vault.example" } },
    { .name = "a third name",
      .server = &elsewhere,
      .settings = { "ca_file", ca_file, "tls_server_name", "bank.example" },
      .code = VC_E_TLS },
    { .name = "not verified", .server = &elsewhere, .settings = { "skip_verify", "true" } },
    { .name = "certificate asked", .server = &server_id, .ask = true, .settings = { "ca_file", ca_file }, .code = VC_E_CONNECT },
    { .name = "certificate given",
      .server = &server_id,
      .ask = true,
      .settings = { "ca_file", ca_file, "client_cert", cert_file, "client_key", key_file } },
    { .name = "certificate and key in one file",
      .server = &server_id,
      .ask = true,
      .settings = { "ca_file", ca_file, "client_cert", both_file } },
    { .name = "certificate and key as texts",
      .server = &server_id,
      .ask = true,
      .settings = { "ca_pem", ca.cert, "client_cert_pem", person.cert, "client_key_pem", person.key } },
    { .name = "certificate's text without a key",
      .server = &server_id,
      .ask = true,
      .settings = { "ca_file", ca_file, "client_cert_pem", person.cert },
      .code = VC_E_TLS },
    { .name = "certificate without key",
      .server = &server_id,
      .ask = true,
      .settings = { "ca_file", ca_file, "client_cert", cert_file },
      .code = VC_E_TLS,
      .says = "Check the files" },
    { .name = "TLS 1.1", .server = &server_id, .only_old = true, .settings = { "ca_file", ca_file }, .code = VC_E_TLS },
    { .name = "hangs up", .server = &server_id, .hang_up = true, .settings = { "ca_file", ca_file }, .code = VC_E_CONNECT },
};

static void trust_is_earned(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const tls_row *row = &rows[i];
        const server_tls tls = { row->server->cert, row->server->key, row->ask ? ca.cert : NULL, row->only_old, row->hang_up };
        http_server *server = server_start(echo, NULL, &tls);
        vc_config *config = client_config(server_url(server));
        for (const char *const *setting = row->settings; *setting; setting += 2)
            assert_int_equal(vc_config_set(config, setting[0], setting[1], NULL), VC_OK);
        vc_error err = VC_ERROR_INIT;
        vc_client *client = vc_client_open(config, &err);
        if (!client)
            fail_msg("%s: %s", row->name, err.message);
        vc_config_free(config);
        for (int n = 0; n < 2; n++) {
            const client_result result = client_call(client, "POST", "/v1/x", "{}", !row->code);
            if (result.code != row->code || (row->says && !strstr(result.err.message, row->says)) ||
                (row->code && !strstr(result.err.message, server_url(server))))
                fail_msg("%s: %d %s", row->name, result.code, result.err.message);
        }
        assert_int_equal(server_requests(server), row->code ? 0 : 2);
        if (!row->code) {
            assert_int_equal(server_connections(server), 1);
            assert_string_equal(host_seen, server_url(server) + strlen("https://"));
        }
        vc_client_close(client);
        server_stop(server);
    }
}

static void the_name_is_asked_for(void **state)
{
    (void)state;
    const server_tls tls = { elsewhere.cert, elsewhere.key, NULL, false, false };
    http_server *server = server_start(echo, NULL, &tls);
    vc_config *config = client_config(server_url(server));
    assert_int_equal(vc_config_set_tls_server_name(config, "vault.example", NULL), VC_OK);
    assert_int_equal(vc_config_set_ca_pem(config, vc_str(ca.cert), NULL), VC_OK);
    vc_client *client = vc_client_open(config, NULL);
    vc_config_free(config);
    assert_int_equal(client_call(client, "POST", "/v1/x", "{}", false).code, VC_OK);
    assert_string_equal(server_name_asked(server), "vault.example");
    vc_client_close(client);
    server_stop(server);
}

static void to_plain(void *user, const server_request *request, server_answer *answer)
{
    char location[300];
    (void)request;
    snprintf(location, sizeof location, "Location: %s/v1/x\r\n", (const char *)user);
    server_reply(answer, 307, location, "");
}

/* Both addresses are configured, and yet: no redirect leads from TLS to plain text. */
static void a_redirect_never_leaves_tls(void **state)
{
    (void)state;
    const server_tls tls = { server_id.cert, server_id.key, NULL, false, false };
    http_server *plain = server_start(echo, NULL, NULL);
    char plain_url[200];
    snprintf(plain_url, sizeof plain_url, "%s", server_url(plain));
    http_server *server = server_start(to_plain, plain_url, &tls);
    vc_config *config = client_config(server_url(server));
    assert_int_equal(vc_config_add_address(config, plain_url, NULL), VC_OK);
    assert_int_equal(vc_config_set_ca_pem(config, vc_str(ca.cert), NULL), VC_OK);
    vc_client *client = vc_client_open(config, NULL);
    vc_config_free(config);
    const client_result result = client_call(client, "POST", "/v1/x", "{}", true);
    assert_int_equal(result.code, VC_E_PROTOCOL);
    assert_non_null(strstr(result.err.message, "from https:// to http://"));
    assert_int_equal(server_connections(plain), 0);
    vc_client_close(client);
    server_stop(server);
    server_stop(plain);
}

static void no_verification_is_said_once(void **state)
{
    (void)state;
    const server_tls tls = { elsewhere.cert, elsewhere.key, NULL, false, false };
    http_server *server = server_start(echo, NULL, &tls);
    vc_config *config = client_config(server_url(server));
    assert_int_equal(vc_config_set_skip_verify(config, 1, NULL), VC_OK);
    client_log_take();
    vc_client *client = vc_client_open(config, NULL);
    vc_config_free(config);
    for (int i = 0; i < 3; i++)
        assert_int_equal(client_call(client, "POST", "/v1/x", "{}", false).code, VC_OK);
    char wanted[256];
    snprintf(wanted, sizeof wanted, "the certificate of %s is not verified: whoever stands between can read everything\n",
             server_url(server));
    assert_string_equal(client_log_take(), wanted);
    vc_client_close(client);
    server_stop(server);
}

static void the_wrong_scheme_is_told(void **state)
{
    (void)state;
    const server_tls tls = { server_id.cert, server_id.key, NULL, false, false };
    http_server *plain = server_start(echo, NULL, NULL), *secure = server_start(echo, NULL, &tls);
    char url[64];
    snprintf(url, sizeof url, "https://127.0.0.1:%u", server_port(plain));
    vc_client *client = client_for(url);
    client_result result = client_call(client, "POST", "/v1/x", "{}", false);
    assert_int_equal(result.code, VC_E_TLS);
    assert_non_null(strstr(result.err.message, "plain http://"));
    vc_client_close(client);
    snprintf(url, sizeof url, "http://127.0.0.1:%u", server_port(secure));
    client = client_for(url);
    result = client_call(client, "POST", "/v1/x", "{}", false);
    assert_int_not_equal(result.code, VC_OK);
    assert_non_null(strstr(result.err.message, url));
    vc_client_close(client);
    server_stop(plain);
    server_stop(secure);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trust_is_earned),
        cmocka_unit_test(the_name_is_asked_for),
        cmocka_unit_test(a_redirect_never_leaves_tls), cmocka_unit_test(no_verification_is_said_once),
        cmocka_unit_test(the_wrong_scheme_is_told),
    };
    return cmocka_run_group_tests_name("io/tls", tests, set_up, tear_down);
}

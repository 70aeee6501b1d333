/* SPDX-License-Identifier: Apache-2.0 */
#include "tls.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FOLDER_MAX = 1024, DAYS = 30, SERIAL_BITS = 127 };

VC__DEFINE_CLEANUP(EVP_PKEY, EVP_PKEY_free)
VC__DEFINE_CLEANUP(X509, X509_free)
VC__DEFINE_CLEANUP(BIO, BIO_free_all)
VC__DEFINE_CLEANUP(BIGNUM, BN_free)

struct dev_tls {
    char folder[FOLDER_MAX];
    bool temporary;
    bool need_client;
    char *authority, *certificate, *key; /* PEM */
    X509 *authority_x509;
};

static const char *const files[] = { "ca.pem", "server.pem", "server.key", "client.pem", "client.key" };

void dev_tls_free(dev_tls *tls)
{
    char path[FOLDER_MAX + 32];
    if (!tls)
        return;
    for (size_t i = 0; tls->temporary && i < sizeof files / sizeof files[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", tls->folder, files[i]);
        unlink(path);
    }
    if (tls->temporary)
        rmdir(tls->folder);
    vc__free(tls->authority);
    vc__free(tls->certificate);
    vc__free(tls->key);
    X509_free(tls->authority_x509);
    vc__free(tls);
}

const char *dev_tls_folder(const dev_tls *tls)
{
    return tls->folder;
}

const char *dev_tls_certificate(const dev_tls *tls)
{
    return tls->certificate;
}

const char *dev_tls_key(const dev_tls *tls)
{
    return tls->key;
}

const char *dev_tls_authority(const dev_tls *tls)
{
    return tls->authority;
}

/* -- certificates -- */

static bool extend(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    const bool added = extension && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return added;
}

static bool set_serial(X509 *certificate)
{
    vc__autoptr(BIGNUM) serial = BN_new();
    return serial && BN_rand(serial, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
           BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(certificate));
}

/* For `key`, signed by `issuer` with `issuer_key`; issuer NULL: by itself, an authority. */
static X509 *make_certificate(EVP_PKEY *key, const char *name, const char *alternatives, const char *use,
                              X509 *issuer, EVP_PKEY *issuer_key)
{
    vc__autoptr(X509) made = X509_new();
    X509 *signer = issuer ? issuer : made;
    if (!made || X509_set_version(made, X509_VERSION_3) != 1 || !set_serial(made) ||
        !X509_gmtime_adj(X509_getm_notBefore(made), -3600) ||
        !X509_gmtime_adj(X509_getm_notAfter(made), 86400L * DAYS) || X509_set_pubkey(made, key) != 1 ||
        X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN", MBSTRING_UTF8,
                                   (const unsigned char *)name, -1, -1, 0) != 1 ||
        X509_set_issuer_name(made, X509_get_subject_name(signer)) != 1)
        return NULL;
    const bool fine = extend(made, signer, NID_subject_key_identifier, "hash") &&
                      extend(made, signer, NID_authority_key_identifier, "keyid") &&
                      extend(made, signer, NID_basic_constraints, issuer ? "CA:FALSE" : "critical,CA:TRUE") &&
                      extend(made, signer, NID_key_usage,
                             issuer ? "critical,digitalSignature" : "critical,keyCertSign,cRLSign") &&
                      (!use || extend(made, signer, NID_ext_key_usage, use)) &&
                      (!alternatives || extend(made, signer, NID_subject_alt_name, alternatives));
    return fine && X509_sign(made, issuer ? issuer_key : key, EVP_sha256()) > 0 ? vc__steal(&made) : NULL;
}

/* -- files -- */

static char *text_of(BIO *bio)
{
    char *data;
    const long len = BIO_get_mem_data(bio, &data);
    return len > 0 ? vc__memdup(data, (size_t)len) : NULL;
}

static char *certificate_text(X509 *certificate)
{
    vc__autoptr(BIO) bio = BIO_new(BIO_s_mem());
    return bio && PEM_write_bio_X509(bio, certificate) == 1 ? text_of(bio) : NULL;
}

static char *key_text(EVP_PKEY *key)
{
    vc__autoptr(BIO) bio = BIO_new(BIO_s_mem());
    return bio && PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1 ? text_of(bio) : NULL;
}

static vc_code write_file(const dev_tls *tls, const char *name, const char *text, vc_error *err)
{
    char path[FOLDER_MAX + 32];
    snprintf(path, sizeof path, "%s/%s", tls->folder, name);
    const int file = text ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
    const size_t len = text ? strlen(text) : 0;
    const bool written = file >= 0 && write(file, text, len) == (ssize_t)len;
    if (file >= 0)
        close(file);
    return written ? VC_OK : vc__error(err, VC_E_IO, "cannot write %s: %s", path, strerror(errno));
}

static vc_code make_folder(dev_tls *tls, const char *folder, vc_error *err)
{
    const char *base = getenv("TMPDIR");
    if (folder) {
        snprintf(tls->folder, sizeof tls->folder, "%s", folder);
        if (mkdir(tls->folder, 0700) == 0 || errno == EEXIST)
            return VC_OK;
    } else {
        snprintf(tls->folder, sizeof tls->folder, "%s/vaultcrypt-dev.XXXXXX", base && *base ? base : "/tmp");
        tls->temporary = mkdtemp(tls->folder) != NULL;
        if (tls->temporary)
            return VC_OK;
    }
    return vc__error(err, VC_E_IO, "cannot make the folder %s: %s", tls->folder, strerror(errno));
}

/* The authority, and what it signs. */
static vc_code make_all(dev_tls *tls, vc_error *err)
{
    vc__autoptr(EVP_PKEY) root = EVP_EC_gen("P-256");
    vc__autoptr(EVP_PKEY) server = EVP_EC_gen("P-256");
    vc__autoptr(EVP_PKEY) client = EVP_EC_gen("P-256");
    if (!root || !server || !client)
        return vc__error(err, VC_E_TLS, "cannot make keys for TLS");
    tls->authority_x509 = make_certificate(root, "vaultcrypt dev CA", NULL, NULL, NULL, NULL);
    X509 *authority = tls->authority_x509;
    vc__autoptr(X509) for_server =
        authority ? make_certificate(server, "localhost", "DNS:localhost,IP:127.0.0.1,IP:::1", "serverAuth",
                                     authority, root)
                  : NULL;
    vc__autoptr(X509) for_client =
        authority ? make_certificate(client, "client", "DNS:client.test", "clientAuth", authority, root)
                  : NULL;
    if (!for_server || !for_client)
        return vc__error(err, VC_E_TLS, "cannot make certificates for TLS");
    tls->authority = certificate_text(authority);
    tls->certificate = certificate_text(for_server);
    tls->key = key_text(server);
    char *client_text = certificate_text(for_client), *client_key = key_text(client);
    const char *const texts[] = { tls->authority, tls->certificate, tls->key, client_text, client_key };
    vc_code code = VC_OK;
    for (size_t i = 0; code == VC_OK && i < sizeof files / sizeof files[0]; i++)
        code = write_file(tls, files[i], texts[i], err);
    vc__free(client_text);
    vc__free(client_key);
    return code;
}

dev_tls *dev_tls_new(const char *folder, bool need_client, vc_error *err)
{
    dev_tls *tls = vc__calloc(1, sizeof *tls);
    if (!tls) {
        vc__error_memory(err);
        return NULL;
    }
    tls->need_client = need_client;
    if (make_folder(tls, folder, err) != VC_OK || make_all(tls, err) != VC_OK) {
        dev_tls_free(tls);
        return NULL;
    }
    return tls;
}

/* -- connections -- */

static gnutls_session_t session_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    return info ? (gnutls_session_t)info->tls_session : NULL;
}

/* GnuTLS asks this in the handshake, where a certificate is demanded; 0: go on. */
static int check_client(gnutls_session_t session)
{
    unsigned status = 0;
    return gnutls_certificate_verify_peers2(session, &status) == 0 && status == 0 ? 0 : -1;
}

void dev_tls_connection(const dev_tls *tls, struct MHD_Connection *connection)
{
    static const char name[] = "http/1.1";
    const gnutls_datum_t http = { (unsigned char *)(uintptr_t)name, sizeof name - 1 };
    gnutls_session_t session = session_of(connection);
    if (!session)
        return;
    gnutls_alpn_set_protocols(session, &http, 1, 0);
    gnutls_certificate_server_set_request(session,
                                          tls->need_client ? GNUTLS_CERT_REQUIRE : GNUTLS_CERT_REQUEST);
    if (tls->need_client)
        gnutls_session_set_verify_function(session, check_client);
}

X509 *dev_tls_client(const dev_request *request)
{
    gnutls_session_t session = session_of(request->http);
    unsigned count = 0;
    const gnutls_datum_t *peers = session ? gnutls_certificate_get_peers(session, &count) : NULL;
    if (!peers || count == 0)
        return NULL;
    const unsigned char *at = peers[0].data;
    return d2i_X509(NULL, &at, (long)peers[0].size);
}

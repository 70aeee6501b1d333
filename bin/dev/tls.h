/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls.h - the embedded Vault's TLS: an authority of its own, made at the start, with a certificate for the
 * server and one for a client, in files of a folder; and what the other side of a connection has shown.
 *
 * ca.pem, server.pem, server.key, client.pem (common name "client") and client.key.
 */
#ifndef VC__DEV_TLS_H
#define VC__DEV_TLS_H

#include "server.h"

#include <microhttpd.h>
#include <openssl/x509.h>

/* The folder is made when it is not there; NULL: one that dev_tls_free() removes. */
dev_tls *dev_tls_new(const char *folder, bool need_client, vc_error *err);
void dev_tls_free(dev_tls *tls);

const char *dev_tls_folder(const dev_tls *tls);
const char *dev_tls_certificate(const dev_tls *tls); /* PEM texts */
const char *dev_tls_key(const dev_tls *tls);
const char *dev_tls_authority(const dev_tls *tls);

/* For a connection that begins: which protocols, and whether a certificate of the client is demanded. */
void dev_tls_connection(const dev_tls *tls, struct MHD_Connection *connection);

/* The certificate that the client has shown, to be freed by the caller; NULL: none. */
X509 *dev_tls_client(const dev_request *request);

#endif

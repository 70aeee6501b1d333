/* SPDX-License-Identifier: Apache-2.0 */
#include "view_access.h"

#include "exit.h"
#include "input.h"
#include "view_request.h"

#include <assert.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SESSIONS = 64, SESSION_BYTES = 32, SESSION_ROOM = VIEW_SESSION_ROOM };
static_assert(SESSION_ROOM == 2 * SESSION_BYTES + 1, "in hexadecimal digits");

static const char cookie_name[] = "vaultcrypt_view";
static const char ended[SESSION_ROOM] = "ended"; /* no session: those are of digits */

struct view_access {
    blob token, certificate, key, authority; /* PEM; authority: of clients */
    pthread_mutex_t lock;
    char sessions[SESSIONS][SESSION_ROOM]; /* "": free; the oldest goes first */
    size_t next;
};

static int refuse(const char *why)
{
    fprintf(stderr, "vaultcrypt view: %s; vaultcrypt view --help\n", why);
    return EXIT_USAGE;
}

/* What is shown is in clear, so nobody gets it by accident. */
static int check(const struct view_options *o, bool loopback)
{
    const bool tls = o->tls_cert && o->tls_key;
    if (!o->tls_cert != !o->tls_key)
        return refuse("--tls-cert and --tls-key go together");
    if (o->client_ca && !tls)
        return refuse("--client-ca is of TLS: --tls-cert and --tls-key too");
    if (o->no_tls && tls)
        return refuse("--no-tls, and a certificate for TLS");
    if (loopback)
        return EXIT_FINE;
    if (!o->page_token_file && !o->client_ca)
        return refuse("the page shows plaintext: to listen where others reach it, say who may see it: --page-token-file, or --client-ca with TLS");
    if (!tls && !o->no_tls)
        return refuse("the page shows plaintext: to listen where others reach it, it wants TLS (--tls-cert and --tls-key), or --no-tls where something in front of it has that");
    return EXIT_FINE;
}

static int read_token(view_access *access, const char *file)
{
    const int status = input_secret(&command_view, file, NULL, &access->token);
    if (status)
        return status;
    if (access->token.len >= VIEW_TOKEN_LEAST && access->token.len < VIEW_TOKEN_ROOM && strlen(access->token.data) == access->token.len)
        return EXIT_FINE;
    fprintf(stderr, "vaultcrypt view: %s: a token has from %d to %d characters; openssl rand -hex 32 makes one\n", file, VIEW_TOKEN_LEAST, VIEW_TOKEN_ROOM - 1);
    return EXIT_CONFIG;
}

int view_access_new(const struct view_options *o, bool loopback, view_access **access)
{
    int status = check(o, loopback);
    if (status)
        return status;
    view_access *made = *access = calloc(1, sizeof *made);
    if (!made)
        return fprintf(stderr, "vaultcrypt view: out of memory\n"), EXIT_LOCAL;
    pthread_mutex_init(&made->lock, NULL);
    const struct {
        const char *file;
        blob *to;
    } files[] = { { o->tls_cert, &made->certificate }, { o->tls_key, &made->key }, { o->client_ca, &made->authority } };
    for (size_t i = 0; i < sizeof files / sizeof files[0] && !status; i++)
        if (files[i].file)
            status = input_file(&command_view, files[i].file, files[i].to);
    if (!status && o->page_token_file)
        status = read_token(made, o->page_token_file);
    return status;
}

void view_access_free(view_access *access)
{
    if (!access)
        return;
    blob_free(&access->token);
    blob_free(&access->certificate);
    blob_free(&access->key);
    blob_free(&access->authority);
    pthread_mutex_destroy(&access->lock);
    OPENSSL_cleanse(access->sessions, sizeof access->sessions);
    free(access);
}

bool view_access_has_token(const view_access *access)
{
    return access->token.data;
}

bool view_access_has_tls(const view_access *access)
{
    return access->certificate.data;
}

/* -- tokens and sessions ------------------------------------------------------------------------------------------- */

/* Both are padded to the same room, so that even the length takes no time of its own. */
bool view_access_is_token(const view_access *access, const char *text)
{
    char wanted[VIEW_TOKEN_ROOM] = "", given[VIEW_TOKEN_ROOM] = "";
    if (!access->token.data || strlen(text) >= sizeof given)
        return false;
    memcpy(wanted, access->token.data, access->token.len);
    memcpy(given, text, strlen(text));
    const bool equal = CRYPTO_memcmp(wanted, given, sizeof wanted) == 0;
    OPENSSL_cleanse(wanted, sizeof wanted);
    OPENSSL_cleanse(given, sizeof given);
    return equal;
}

/* Where the session is; SESSIONS: nowhere. */
static size_t find(const view_access *access, const char session[SESSION_ROOM])
{
    size_t found = SESSIONS;
    for (size_t i = 0; i < SESSIONS; i++)
        if (access->sessions[i][0] && CRYPTO_memcmp(access->sessions[i], session, SESSION_ROOM) == 0)
            found = i;
    return found;
}

static size_t find_session(const view_access *access, struct MHD_Connection *connection)
{
    const char *header = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_COOKIE);
    char session[SESSION_ROOM];
    if (!view_cookie(header, cookie_name, session, sizeof session) || strlen(session) != SESSION_ROOM - 1)
        return SESSIONS;
    return find(access, session);
}

bool view_access_is_granted(view_access *access, struct MHD_Connection *connection)
{
    static const char scheme[] = "Bearer ";
    if (!view_access_has_token(access))
        return true; /* the machine itself, or who got through TLS */
    const char *header = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_AUTHORIZATION);
    if (header)
        return strncmp(header, scheme, sizeof scheme - 1) == 0 && view_access_is_token(access, header + sizeof scheme - 1);
    pthread_mutex_lock(&access->lock);
    const bool known = find_session(access, connection) < SESSIONS;
    pthread_mutex_unlock(&access->lock);
    return known;
}

void view_access_session(view_access *access, struct MHD_Connection *connection, char session[VIEW_SESSION_ROOM])
{
    session[0] = 0;
    if (!view_access_has_token(access) || MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_AUTHORIZATION))
        return;
    pthread_mutex_lock(&access->lock);
    const size_t found = find_session(access, connection);
    memcpy(session, found < SESSIONS ? access->sessions[found] : ended, VIEW_SESSION_ROOM);
    pthread_mutex_unlock(&access->lock);
}

bool view_access_lasts(view_access *access, const char *session)
{
    if (!session[0])
        return true;
    pthread_mutex_lock(&access->lock);
    const bool lasts = find(access, session) < SESSIONS;
    pthread_mutex_unlock(&access->lock);
    return lasts;
}

bool view_access_begin_session(view_access *access, char *cookie, size_t room)
{
    unsigned char bytes[SESSION_BYTES];
    if (RAND_bytes(bytes, sizeof bytes) != 1)
        return false;
    pthread_mutex_lock(&access->lock);
    char *session = access->sessions[access->next++ % SESSIONS];
    for (size_t i = 0; i < sizeof bytes; i++)
        snprintf(session + 2 * i, 3, "%02x", bytes[i]);
    snprintf(cookie, room, "%s=%s; Path=/; HttpOnly; SameSite=Strict%s", cookie_name, session, view_access_has_tls(access) ? "; Secure" : "");
    pthread_mutex_unlock(&access->lock);
    OPENSSL_cleanse(bytes, sizeof bytes);
    return true;
}

void view_access_end_session(view_access *access, struct MHD_Connection *connection, char *cookie, size_t room)
{
    pthread_mutex_lock(&access->lock);
    const size_t found = find_session(access, connection);
    if (found < SESSIONS)
        OPENSSL_cleanse(access->sessions[found], SESSION_ROOM);
    pthread_mutex_unlock(&access->lock);
    snprintf(cookie, room, "%s=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict", cookie_name);
}

/* -- TLS ----------------------------------------------------------------------------------------------------------- */

void view_access_options(const view_access *access, struct MHD_OptionItem options[VIEW_ACCESS_OPTIONS])
{
    size_t count = 0;
    if (access->certificate.data) {
        options[count++] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_CERT, 0, access->certificate.data };
        options[count++] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_KEY, 0, access->key.data };
        /* GnuTLS' NORMAL alone has TLS 1.0 and 1.1 still, which RFC 8996 forbids */
        options[count++] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2" };
    }
    if (access->authority.data)
        options[count++] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_TRUST, 0, access->authority.data };
    options[count] = (struct MHD_OptionItem){ MHD_OPTION_END, 0, NULL };
}

/* GnuTLS asks this in the handshake; 0: go on. A server's certificate is none of a client's. */
static int check_client(gnutls_session_t session)
{
    gnutls_typed_vdata_st purpose = { GNUTLS_DT_KEY_PURPOSE_OID, (unsigned char *)(uintptr_t)GNUTLS_KP_TLS_WWW_CLIENT, 0 };
    unsigned status = 0;
    return gnutls_certificate_verify_peers(session, &purpose, 1, &status) == 0 && status == 0 ? 0 : -1;
}

static gnutls_session_t session_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    return info ? (gnutls_session_t)info->tls_session : NULL;
}

/* The handshake ends without; this is for the case that it was not told to, and libmicrohttpd merely asks for a certificate. */
bool view_access_has_certificate(const view_access *access, struct MHD_Connection *connection)
{
    if (!access->authority.data)
        return true;
    gnutls_session_t session = session_of(connection);
    unsigned count = 0;
    return session && gnutls_certificate_get_peers(session, &count) && count && check_client(session) == 0;
}

void view_access_connected(void *user, struct MHD_Connection *connection, void **state, enum MHD_ConnectionNotificationCode code)
{
    const view_access *access = user;
    (void)state;
    if (code != MHD_CONNECTION_NOTIFY_STARTED || !access->authority.data)
        return;
    gnutls_session_t session = session_of(connection);
    if (!session)
        return; /* view_access_has_certificate() refuses what it asks */
    gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUIRE);
    gnutls_session_set_verify_function(session, check_client);
}

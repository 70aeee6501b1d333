/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doctor_network.c - name, connection, TLS, health and clock. The way is tried with libcurl, as the library goes it, but without
 * a token, and first without verification: a certificate that is not to be trusted is what one wants to see.
 */
#include "doctor.h"

#include "exit.h"
#include "show.h"

#include <curl/curl.h>
#include <netdb.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <time.h>

enum { WAIT_S = 10, REPLY_MAX = 1 << 16, SOON_DAYS = 21, SKEW_NOTED_S = 30, SKEW_MAX_S = 300 };

struct visit {
    blob reply;
    CURLcode code;
    char error[CURL_ERROR_SIZE];
    char peer[64];
    long status;
};

static size_t take_reply(char *data, size_t size, size_t count, void *user)
{
    blob *reply = user;
    if (reply->len + size * count <= REPLY_MAX)
        blob_add(reply, data, size * count);
    return size * count;
}

static void set_tls(CURL *curl, const vc_config *config, bool verify)
{
    const char *ca_file = vc_config_get(config, "ca_file"), *ca_path = vc_config_get(config, "ca_path");
    const char *pem = vc_config_get(config, "ca_pem"), *cert = vc_config_get(config, "client_cert");
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, verify ? 1L : 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, verify ? 2L : 0L);
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(curl, CURLOPT_CERTINFO, 1L);
    if (ca_file)
        curl_easy_setopt(curl, CURLOPT_CAINFO, ca_file);
    if (pem) {
        struct curl_blob bytes = { .data = NULL, .len = strlen(pem), .flags = CURL_BLOB_COPY };
        const union {
            const char *read;
            void *data;
        } text = { pem };
        bytes.data = text.data;
        curl_easy_setopt(curl, CURLOPT_CAINFO_BLOB, &bytes);
    }
    if (ca_path)
        curl_easy_setopt(curl, CURLOPT_CAPATH, ca_path);
    if (cert) {
        const char *key = vc_config_get(config, "client_key");
        curl_easy_setopt(curl, CURLOPT_SSLCERT, cert);
        curl_easy_setopt(curl, CURLOPT_SSLKEY, key ? key : cert);
    }
}

/* "https://10.0.0.1:8200" with the name "vault": the name is asked for there. */
static struct curl_slist *set_name(CURL *curl, const char *address, const char *name, char *url, size_t room)
{
    const char *host = strstr(address, "://");
    host = host ? host + 3 : address;
    const size_t host_len = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/");
    const char *rest = host + host_len;
    char to[1024];
    snprintf(url, room, "%.*s%s%s/v1/sys/health", (int)(host - address), address, name, rest);
    snprintf(to, sizeof to, "::%.*s:", (int)host_len, host);
    struct curl_slist *list = curl_slist_append(NULL, to);
    curl_easy_setopt(curl, CURLOPT_CONNECT_TO, list);
    return list;
}

/* GET sys/health. The handle keeps what was seen of the certificates. */
static CURL *visit(const vc_config *config, const char *address, bool verify, struct visit *visit)
{
    CURL *curl = curl_easy_init();
    const char *name = vc_config_get(config, "tls_server_name"), *no_proxy = vc_config_get(config, "no_proxy");
    char url[2048], *peer = NULL;
    struct curl_slist *list = NULL;
    if (!curl)
        return NULL;
    size_t len = strlen(address);
    while (len && address[len - 1] == '/')
        len--;
    snprintf(url, sizeof url, "%.*s/v1/sys/health", (int)len, address);
    if (name)
        list = set_name(curl, address, name, url, sizeof url);
    set_tls(curl, config, verify);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_NOPROXY, no_proxy ? no_proxy : "127.0.0.1,localhost,::1");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)WAIT_S);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, visit->error);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_reply);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &visit->reply);
    visit->code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &visit->status);
    if (!curl_easy_getinfo(curl, CURLINFO_PRIMARY_IP, &peer) && peer)
        snprintf(visit->peer, sizeof visit->peer, "%s", peer);
    curl_slist_free_all(list);
    return curl;
}

/* -- name --------------------------------------------------------------------------------------------------------------- */

static bool host_of(const char *address, char *host, size_t room)
{
    const char *from = strstr(address, "://");
    from = from ? from + 3 : address;
    const bool bracket = from[0] == '[';
    const size_t len = bracket ? strcspn(from + 1, "]") : strcspn(from, ":/");
    snprintf(host, room, "%.*s", (int)len, bracket ? from + 1 : from);
    return len > 0 && len < room;
}

static bool look_up_name(struct doctor *doctor, const char *address)
{
    struct addrinfo *list = NULL, hints = { .ai_socktype = SOCK_STREAM };
    char host[256], number[64], all[512] = "";
    if (!host_of(address, host, sizeof host))
        return true;
    const int code = getaddrinfo(host, NULL, &hints, &list);
    if (code) {
        finding_add(&doctor->findings, FINDING_FAULT, EXIT_VAULT, "dns",
                    "is the name right (VAULT_ADDR), and does this machine's resolver know it?",
                    "%s has no address: %s", host, gai_strerror(code));
        return false;
    }
    for (const struct addrinfo *one = list; one; one = one->ai_next)
        if (!getnameinfo(one->ai_addr, one->ai_addrlen, number, sizeof number, NULL, 0, NI_NUMERICHOST)) {
            const size_t len = strlen(all);
            snprintf(all + len, sizeof all - len, "%s%.60s", len ? ", " : "", number);
        }
    freeaddrinfo(list);
    if (strcmp(host, all) != 0) /* else it is no name */
        finding_add(&doctor->findings, FINDING_OK, 0, "dns", NULL, "%s is %s", host, all);
    return true;
}

/* -- certificates --------------------------------------------------------------------------------------------------------- */

static X509 *read_certificate(const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    X509 *certificate = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
    BIO_free(bio);
    return certificate;
}

static void tell_certificate(struct doctor *doctor, const char *pem, size_t depth)
{
    char subject[256], issuer[256], day[64] = "";
    int days = 0, seconds = 0;
    X509 *certificate = read_certificate(pem);
    if (!certificate)
        return;
    X509_NAME_oneline(X509_get_subject_name(certificate), subject, sizeof subject);
    X509_NAME_oneline(X509_get_issuer_name(certificate), issuer, sizeof issuer);
    struct tm end;
    if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end))
        strftime(day, sizeof day, "%Y-%m-%d %H:%M UTC", &end);
    if (ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(certificate)) && (days < 0 || seconds < 0))
        finding_add(&doctor->findings, FINDING_FAULT, EXIT_VAULT, "certificate",
                    "renew it (or mend this machine's clock)",
                    "%s, issued by %s, has ended on %s", subject, issuer, day);
    else if (days < SOON_DAYS)
        finding_add(&doctor->findings, FINDING_WARNING, 0, "certificate", "renew it in time",
                    "%s, issued by %s, ends in %d days, on %s", subject, issuer,
                    days, day);
    else
        finding_add(&doctor->findings, FINDING_OK, 0, "certificate", NULL, "%s%s, issued by %s, ends on %s",
                    depth ? "(chain) " : "", subject, issuer, day);
    X509_free(certificate);
}

static void tell_chain(struct doctor *doctor, CURL *curl)
{
    struct curl_certinfo *info = NULL;
    if (curl_easy_getinfo(curl, CURLINFO_CERTINFO, &info) || !info)
        return;
    for (int i = 0; i < info->num_of_certs; i++)
        for (const struct curl_slist *line = info->certinfo[i]; line; line = line->next)
            if (strncmp(line->data, "Cert:", 5) == 0)
                tell_certificate(doctor, line->data + 5, (size_t)i);
}

static bool look_at_tls(struct doctor *doctor, const char *address, CURL *unverified)
{
    struct visit checked = { .error = "" };
    tell_chain(doctor, unverified);
    if (vc_config_get(doctor->config, "skip_verify"))
        return true;
    CURL *curl = visit(doctor->config, address, true, &checked);
    const bool fine = curl && !checked.code;
    if (fine)
        finding_add(&doctor->findings, FINDING_OK, 0, "tls", NULL, "the chain is trusted, and the name is right");
    else
        finding_add(&doctor->findings, FINDING_FAULT, EXIT_VAULT, "tls",
                    "trust the issuer with VAULT_CACERT (--ca-cert); the name that the certificate has with VAULT_TLS_SERVER_NAME", "%s",
                    checked.error[0] ? checked.error : curl_easy_strerror(checked.code));
    curl_easy_cleanup(curl);
    blob_free(&checked.reply);
    return fine;
}

/* -- health --------------------------------------------------------------------------------------------------------------- */

static bool flag(struct json_object *root, const char *name)
{
    struct json_object *value;
    return json_object_object_get_ex(root, name, &value) && json_object_get_boolean(value);
}

static void look_at_clock(struct doctor *doctor, struct json_object *root)
{
    struct json_object *value;
    char text[64];
    if (!json_object_object_get_ex(root, "server_time_utc", &value))
        return;
    const int64_t skew = json_object_get_int64(value) - (int64_t)time(NULL);
    const uint64_t size = (uint64_t)(skew < 0 ? -skew : skew);
    if (size <= SKEW_NOTED_S)
        finding_add(&doctor->findings, FINDING_OK, 0, "clock", NULL, "Vault's clock and this one agree to %llus",
                    (unsigned long long)size);
    else
        finding_add(&doctor->findings, size > SKEW_MAX_S ? FINDING_FAULT : FINDING_WARNING, EXIT_VAULT, "clock",
                    "set both by NTP: JWTs, certificates and times to live depend on it", "Vault's clock is %s %s", show_seconds(size, text, sizeof text),
                    skew > 0 ? "ahead of this one" : "behind this one");
}

static bool look_at_health(struct doctor *doctor, const struct visit *seen)
{
    struct json_object *root = call_json(blob_view(&seen->reply)), *version;
    const char *number = root && json_object_object_get_ex(root, "version",
                                                           &version) ? json_object_get_string(version) : "";
    bool fine = false;
    if (!root || !json_object_object_get_ex(root, "sealed", NULL))
        finding_add(&doctor->findings, FINDING_FAULT, EXIT_VAULT, "health",
                    "is this the address of Vault, and not of something before it?",
                    "HTTP %ld, but not Vault's answer", seen->status);
    else if (!flag(root, "initialized"))
        finding_add(&doctor->findings, FINDING_FAULT, EXIT_VAULT, "health", "vault operator init",
                    "Vault %s is not initialised", number);
    else if (flag(root, "sealed"))
        finding_add(&doctor->findings, FINDING_FAULT, EXIT_VAULT, "health",
                    "vault operator unseal, with the keys of its owners", "Vault %s is sealed", number);
    else {
        finding_add(&doctor->findings, FINDING_OK, 0, "health", NULL, "version %s, open, %s", number,
                    flag(root, "standby") ? "a standby" : "active");
        look_at_clock(doctor, root);
        fine = true;
    }
    json_object_put(root);
    return fine;
}

bool doctor_network(struct doctor *doctor)
{
    char address[1024];
    snprintf(address, sizeof address, "%s", connect_address(doctor->config));
    address[strcspn(address, ", ")] = 0; /* of several, the first */
    if (strncmp(address, "unix:", 5) == 0) {
        finding_add(&doctor->findings, FINDING_SKIPPED, 0, "tcp", NULL, "%s is a socket of this machine", address);
        return true;
    }
    if (!look_up_name(doctor, address))
        return false;
    struct visit seen = { .error = "" };
    CURL *curl = visit(doctor->config, address, false, &seen);
    bool fine = curl && !seen.code;
    const bool connected = curl && (fine || seen.code == CURLE_SSL_CONNECT_ERROR || seen.code == CURLE_RECV_ERROR ||
                                    seen.code == CURLE_GOT_NOTHING ||
                                    seen.code == CURLE_SSL_CERTPROBLEM);
    if (connected)
        finding_add(&doctor->findings, FINDING_OK, 0, "tcp", NULL, "connected to %s",
                    seen.peer[0] ? seen.peer : "the server");
    if (!fine)
        finding_add(&doctor->findings, FINDING_FAULT, EXIT_VAULT, connected ? "tls" : "tcp",
                    connected ? "does that port speak TLS 1.2 or later, and does it want a client certificate (--client-cert)?"
                              : "does Vault run there, on that port, and does a firewall let this machine through?",
                    "%s", seen.error[0] ? seen.error : curl_easy_strerror(seen.code));
    if (fine && strncmp(address, "https:", 6) == 0)
        fine = look_at_tls(doctor, address, curl);
    if (fine)
        fine = look_at_health(doctor, &seen);
    curl_easy_cleanup(curl);
    blob_free(&seen.reply);
    return fine;
}

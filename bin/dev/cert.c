/* SPDX-License-Identifier: Apache-2.0 */
/* cert.c - auth/cert: whoever shows, in the TLS handshake, a certificate of an authority that is known here.
 */
#include "base/cleanup.h"
#include "base/text.h"
#include "json_each.h"
#include "param.h"
#include "reply.h"
#include "role_table.h"
#include "tls.h"

#include <fnmatch.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

VC__DEFINE_CLEANUP(X509, X509_free)
VC__DEFINE_CLEANUP(BIO, BIO_free_all)
VC__DEFINE_CLEANUP(X509_STORE, X509_STORE_free)
VC__DEFINE_CLEANUP(X509_STORE_CTX, X509_STORE_CTX_free)

static const dev_field fields[] = {
    { "allowed_common_names", DEV_FIELD_LIST, "null" },
    { "allowed_dns_sans", DEV_FIELD_LIST, "null" },
    { "allowed_email_sans", DEV_FIELD_LIST, "null" },
    { "allowed_metadata_extensions", DEV_FIELD_LIST, "null" },
    { "allowed_names", DEV_FIELD_LIST, "null" },
    { "allowed_organizational_units", DEV_FIELD_LIST, "null" },
    { "allowed_uri_sans", DEV_FIELD_LIST, "null" },
    { "certificate", DEV_FIELD_TEXT, "\"\"" },
    { "display_name", DEV_FIELD_TEXT, "\"\"" },
    { "ocsp_ca_certificates", DEV_FIELD_TEXT, "\"\"" },
    { "ocsp_enabled", DEV_FIELD_BOOL, "false" },
    { "ocsp_fail_open", DEV_FIELD_BOOL, "false" },
    { "ocsp_query_all_servers", DEV_FIELD_BOOL, "false" },
    { "ocsp_servers_override", DEV_FIELD_LIST, "null" },
    { "required_extensions", DEV_FIELD_LIST, "null" },
    { 0 },
};

static X509 *parse(const char *pem)
{
    vc__autoptr(BIO) bio = BIO_new_mem_buf(pem, -1);
    X509 *certificate = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
    ERR_clear_error();
    return certificate;
}

static void entry_write(dev_request *request)
{
    dev_entry *entry =
        dev_entry_read(request, fields, dev_entry_find(&dev_table_of(request)->entries, request->args[0]));
    if (!entry)
        return;
    vc__autoptr(X509) certificate = parse(dev_field_text(entry->fields, "certificate"));
    if (!certificate) {
        dev_entry_free(entry);
        dev_reply_error(request, 400, "failed to parse certificate");
        return;
    }
    if (*dev_field_text(entry->fields, "display_name") == 0)
        json_object_object_add(entry->fields, "display_name",
                               json_object_new_string_len(request->args[0].data, (int)request->args[0].len));
    dev_entry_store(request, entry);
}

/* -- does it fit -- */

static void common_name(X509 *certificate, char *out, int room)
{
    if (X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, out, room) < 0)
        out[0] = 0;
}

static bool is_authority(X509 *certificate)
{
    return X509_check_ca(certificate) != 0;
}

/* The very certificate, or one that chains up to it. */
static bool trusted(X509 *known, X509 *shown)
{
    if (X509_cmp(known, shown) == 0)
        return X509_cmp_current_time(X509_get0_notAfter(shown)) > 0;
    vc__autoptr(X509_STORE) store = X509_STORE_new();
    vc__autoptr(X509_STORE_CTX) context = X509_STORE_CTX_new();
    if (!is_authority(known) || !store || !context || X509_STORE_add_cert(store, known) != 1 ||
        X509_STORE_CTX_init(context, store, shown, NULL) != 1)
        return false;
    X509_STORE_CTX_set_flags(context, X509_V_FLAG_PARTIAL_CHAIN);
    X509_STORE_CTX_set_purpose(context, X509_PURPOSE_SSL_CLIENT);
    const bool good = X509_verify_cert(context) == 1;
    ERR_clear_error();
    return good;
}

/* Whether one of the globs fits; true when there are none. */
static bool fits(json_object *globs, const char *text)
{
    const size_t count = globs ? json_object_array_length(globs) : 0;
    for (size_t i = 0; text && i < count; i++)
        if (fnmatch(json_object_get_string(json_object_array_get_idx(globs, i)), text, 0) == 0)
            return true;
    return count == 0;
}

/* Whether one of the certificate's alternative names of that kind (or of two: -1 none) fits. */
static bool san_fits(json_object *globs, X509 *certificate, int kind, int other)
{
    if (!globs || json_object_array_length(globs) == 0)
        return true;
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    bool found = false;
    for (int i = 0; !found && i < sk_GENERAL_NAME_num(names); i++) {
        int type;
        const ASN1_STRING *value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, i), &type);
        if (type == kind || type == other)
            found = fits(globs, (const char *)ASN1_STRING_get0_data(value));
    }
    GENERAL_NAMES_free(names);
    return found;
}

static bool constraints_hold(const dev_entry *entry, X509 *shown)
{
    json_object *all = dev_field_value(entry->fields, "allowed_names");
    char name[256];
    common_name(shown, name, sizeof name);
    const bool by_name = !all || json_object_array_length(all) == 0 || fits(all, name) ||
                         san_fits(all, shown, GEN_DNS, GEN_EMAIL);
    return by_name && fits(dev_field_value(entry->fields, "allowed_common_names"), name) &&
           san_fits(dev_field_value(entry->fields, "allowed_dns_sans"), shown, GEN_DNS, -1) &&
           san_fits(dev_field_value(entry->fields, "allowed_email_sans"), shown, GEN_EMAIL, -1) &&
           san_fits(dev_field_value(entry->fields, "allowed_uri_sans"), shown, GEN_URI, -1);
}

/* -- log-in -- */

/* "9d:6b:..." */
static void add_key_id(json_object *metadata, const char *name, const ASN1_OCTET_STRING *id)
{
    vc__auto(vc__buf) text = VC__BUF(256);
    const int len = id ? ASN1_STRING_length(id) : 0;
    for (int i = 0; i < len; i++)
        vc__buf_printf(&text, "%s%02x", i ? ":" : "", ASN1_STRING_get0_data(id)[i]);
    json_object_object_add(metadata, name, json_object_new_string(text.data ? text.data : ""));
}

static json_object *metadata_of(const char *entry, X509 *shown)
{
    json_object *metadata = dev_login_metadata("cert_name", vc_str(entry));
    char name[256];
    common_name(shown, name, sizeof name);
    BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(shown), NULL);
    char *serial = number ? BN_bn2dec(number) : NULL;
    json_object_object_add(metadata, "common_name", json_object_new_string(name));
    json_object_object_add(metadata, "serial_number", json_object_new_string(serial ? serial : ""));
    add_key_id(metadata, "subject_key_id", X509_get0_subject_key_id(shown));
    add_key_id(metadata, "authority_key_id", X509_get0_authority_key_id(shown));
    OPENSSL_free(serial);
    BN_free(number);
    return metadata;
}

/* The first entry that it fits; `*chained` is whether one would have but for its constraints. */
static const dev_name *find(const dev_table *table, vc_view wanted, X509 *shown, bool *chained)
{
    *chained = false;
    for (size_t i = 0; i < table->entries.count; i++) {
        const dev_name *each = &table->entries.list[i];
        const dev_entry *entry = each->item;
        vc__autoptr(X509) known = parse(dev_field_text(entry->fields, "certificate"));
        if ((wanted.len && !vc__view_is(wanted, each->name)) || !known || !trusted(known, shown))
            continue;
        *chained = true;
        if (constraints_hold(entry, shown))
            return each;
    }
    return NULL;
}

static void login(dev_request *request)
{
    vc_view wanted;
    bool chained;
    char name[256];
    vc__autoptr(X509) shown = dev_tls_client(request);
    if (!dev_param_string(request, "name", &wanted))
        return;
    if (!shown) {
        dev_reply_error(request, 400, "%s",
                        request->server->flavour->openbao ? "no client certificate found"
                                                          : "client certificate must be supplied");
        return;
    }
    const dev_name *found = find(dev_table_of(request), wanted, shown, &chained);
    if (!found) {
        dev_reply_error(request, 400, "%s",
                        chained ? "no chain matching all constraints could be found for this login "
                                  "certificate"
                                : "invalid certificate or no client certificate supplied");
        return;
    }
    const dev_entry *entry = found->item;
    common_name(shown, name, sizeof name);
    const dev_login done = { .alias = vc_str(name),
                             .display = vc_str(dev_field_text(entry->fields, "display_name")),
                             .params = &entry->token,
                             .metadata = metadata_of(found->name, shown),
                             .role = vc_str(found->name) };
    dev_login_answer(request, &done);
}

/* With the certificate of the log-in, and no other. */
bool dev_cert_renew(dev_request *request, const dev_mount *mount, dev_token *token)
{
    vc__autoptr(X509) shown = dev_tls_client(request);
    json_object *metadata = shown ? metadata_of(token->role, shown) : NULL;
    const bool same = metadata && json_object_equal(metadata, token->meta);
    json_object_put(metadata);
    if (!shown)
        dev_reply_error(request, 400, "no client certificate found");
    else if (!same)
        dev_reply_wrapped(request, 500,
                          "failed to renew entry: client identity during renewal not matching client "
                          "identity used during login");
    return same && dev_table_renew(request, mount, token);
}

static const dev_route routes[] = {
    { "certs", { [DEV_LIST] = dev_entry_list }, DEV_SHARED, NULL, NULL },
    { "certs/:name",
      { [DEV_READ] = dev_entry_show, [DEV_UPDATE] = entry_write, [DEV_DELETE] = dev_entry_delete },
      0,
      NULL,
      NULL },
    { "login", { [DEV_UPDATE] = login }, DEV_PUBLIC, " name ", NULL },
    { 0 },
};

const dev_engine dev_cert = { "cert", routes, dev_table_new, dev_table_free };

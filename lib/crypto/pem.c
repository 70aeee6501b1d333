/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* memmem() */
#include "crypto/pem.h"

#include "base/base64.h"
#include "base/error.h"
#include "base/text.h"
#include "crypto/failure.h"

#include <openssl/x509.h>
#include <stdio.h>

vc_code vc__pem_refuse(const char *what, vc_error *err)
{
    return vc__libcrypto_forget() ? vc__error_memory(err) : vc__error(err, VC_E_ARGUMENT, "%s", what);
}

/* -- what is in a block ------------------------------------------------------------------------------------ */

typedef EVP_PKEY *read_der(const unsigned char **der, long len);

static EVP_PKEY *read_spki(const unsigned char **der, long len)
{
    return d2i_PUBKEY(NULL, der, len);
}

static EVP_PKEY *read_rsa_public(const unsigned char **der, long len)
{
    return d2i_PublicKey(EVP_PKEY_RSA, NULL, der, len);
}

static EVP_PKEY *read_certificate(const unsigned char **der, long len)
{
    X509 *certificate = d2i_X509(NULL, der, len);
    EVP_PKEY *pkey = certificate ? X509_get_pubkey(certificate) : NULL;
    X509_free(certificate);
    return pkey;
}

static EVP_PKEY *read_pkcs8(const unsigned char **der, long len)
{
    PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, der, len);
    EVP_PKEY *pkey = info ? EVP_PKCS82PKEY(info) : NULL;
    PKCS8_PRIV_KEY_INFO_free(info); /* wipes */
    return pkey;
}

static EVP_PKEY *read_rsa_private(const unsigned char **der, long len)
{
    return d2i_PrivateKey(EVP_PKEY_RSA, NULL, der, len);
}

static EVP_PKEY *read_ec_private(const unsigned char **der, long len)
{
    return d2i_PrivateKey(EVP_PKEY_EC, NULL, der, len);
}

typedef enum content { OTHER = 0, PUBLIC, PRIVATE, LOCKED, PARAMETERS } content;

static const struct label {
    const char *name;
    content content;
    read_der *read;
} labels[] = {
    { "PUBLIC KEY", PUBLIC, read_spki },
    { "RSA PUBLIC KEY", PUBLIC, read_rsa_public },
    { "CERTIFICATE", PUBLIC, read_certificate },
    { "X509 CERTIFICATE", PUBLIC, read_certificate },
    { "PRIVATE KEY", PRIVATE, read_pkcs8 },
    { "RSA PRIVATE KEY", PRIVATE, read_rsa_private },
    { "EC PRIVATE KEY", PRIVATE, read_ec_private },
    { "ENCRYPTED PRIVATE KEY", LOCKED, NULL },
    { "EC PARAMETERS", PARAMETERS, NULL }, /* `openssl ecparam -genkey` writes them before the key, which has them too */
};
static const struct label other_label = { "", OTHER, NULL };

static const struct label *label_of(vc_view name)
{
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++)
        if (vc__view_is(name, labels[i].name))
            return &labels[i];
    return &other_label;
}

/* -- where it is ------------------------------------------------------------------------------------------- */

typedef struct block {
    const struct label *label;
    vc_view body;
} block;

/* The place of `what` in the text from `from` on; text.len: it is not there. */
static size_t find(vc_view text, size_t from, vc_view what)
{
    const char *at = from < text.len ? memmem(text.data + from, text.len - from, what.data, what.len) : NULL;
    return at ? (size_t)(at - text.data) : text.len;
}

/* The next block from `*at` on, which moves behind it. VC_OK and no label: there is none. */
static vc_code next_block(vc_view text, size_t *at, block *found, vc_error *err)
{
    static const char begin[] = "-----BEGIN ", end[] = "-----END ", dashes[] = "-----";
    char last[64];
    found->label = NULL;
    const size_t from = find(text, *at, vc_str(begin)), name = from + strlen(begin);
    if (from == text.len)
        return VC_OK;
    const size_t name_end = find(text, name, vc_str(dashes)), body = name_end + strlen(dashes);
    if (name_end == text.len || name_end - name > 40)
        return vc__error(err, VC_E_ARGUMENT, "the first line of the PEM block is not one of a PEM block");
    const vc_view called = vc_view_of(text.data + name, name_end - name);
    const int len = snprintf(last, sizeof last, "%s%.*s%s", end, (int)called.len, called.data, dashes);
    const size_t body_end = find(text, body, vc_view_of(last, (size_t)len));
    if (body_end == text.len)
        return vc__error(err, VC_E_ARGUMENT, "the PEM block has no last line (-----END ...-----): it was cut");
    found->label = label_of(called);
    found->body = vc_view_of(text.data + body, body_end - body);
    *at = body_end + (size_t)len;
    return VC_OK;
}

/* The one block that is not about parameters. */
static vc_code only_block(vc_view text, block *only, vc_error *err)
{
    block next;
    size_t at = 0, count = 0;
    if (text.len > VC__PEM_MAX)
        return vc__error(err, VC_E_ARGUMENT, "a key in PEM has 1 MiB at most");
    for (;;) {
        const vc_code code = next_block(text, &at, &next, err);
        if (code)
            return code;
        if (!next.label)
            break;
        if (next.label->content != PARAMETERS && !count++)
            *only = next;
    }
    if (count > 1)
        return vc__error(err, VC_E_ARGUMENT,
                         "there are %zu PEM blocks here, and nothing says which one is meant: leave that one alone", count);
    if (!count)
        return vc__error(err, VC_E_ARGUMENT, "there is no PEM block here: a key begins with a line -----BEGIN ...-----");
    return VC_OK;
}

/* -- the key ----------------------------------------------------------------------------------------------- */

/* The characters of the body without white space, be it written out. */
static void append_base64(vc__buf *out, vc_view body)
{
    for (size_t i = 0; i < body.len; i++) {
        const char c = body.data[i];
        if (c == '\\' && i + 1 < body.len && (body.data[i + 1] == 'n' || body.data[i + 1] == 'r'))
            i++;
        else if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
            vc__buf_byte(out, c);
    }
}

static EVP_PKEY *read_block(const block *only, vc_error *err)
{
    vc__auto(vc__buf) der = VC__BUF(VC__PEM_MAX + 4);
    if (vc__buf_reserve(&der, only->body.len + 4)) { /* at once: growing would copy what is secret */
        vc__buf_check(&der, "a key in PEM", err);
        return NULL;
    }
    append_base64(&der, only->body);
    size_t len = 0;
    if (!der.len || vc__base64_decode(der.data, &len, vc__buf_get(&der), NULL)) {
        vc__error(err, VC_E_ARGUMENT, "the PEM block is damaged: its lines are not Base64");
        return NULL;
    }
    const unsigned char *at = (const unsigned char *)der.data, *const end = at + len;
    EVP_PKEY *pkey = only->label->read(&at, (long)len);
    if (pkey && at == end) {
        (void)vc__libcrypto_forget(); /* what it tried in vain on its way */
        return pkey;
    }
    EVP_PKEY_free(pkey);
    vc__pem_refuse("the PEM block is damaged, or holds a key of a kind that is not supported", err);
    return NULL;
}

static EVP_PKEY *refuse_block(const block *only, content due, vc_error *err)
{
    const content is = only->label->content;
    if (is == LOCKED)
        vc__error(err, VC_E_ARGUMENT, "the private key has a pass phrase, and nobody is asked for one: take it off "
                                      "(openssl pkey -in FILE), and guard the file by its mode");
    else if (is == PRIVATE)
        vc__error(err, VC_E_ARGUMENT, "this is a private key, and a public one is due here: who only encrypts or checks "
                                      "must not hold the private one (openssl pkey -in FILE -pubout)");
    else if (is == PUBLIC)
        vc__error(err, VC_E_ARGUMENT, "this is a public key or a certificate, and a private key is due here");
    else
        vc__error(err, VC_E_ARGUMENT, "a PEM block of this name is not read: it is %s",
                  due == PUBLIC ? "PUBLIC KEY, RSA PUBLIC KEY or CERTIFICATE"
                                : "PRIVATE KEY, RSA PRIVATE KEY or EC PRIVATE KEY");
    return NULL;
}

static EVP_PKEY *key_of(vc_view pem, content due, vc_error *err)
{
    block only = { NULL, { NULL, 0 } };
    if (only_block(pem, &only, err))
        return NULL;
    /* "Proc-Type: 4,ENCRYPTED": the old way of a pass phrase; no other header is known in a block */
    if (only.label->content == PRIVATE && only.body.len && memchr(only.body.data, ':', only.body.len))
        only.label = label_of(vc_str("ENCRYPTED PRIVATE KEY"));
    return only.label->content == due ? read_block(&only, err) : refuse_block(&only, due, err);
}

EVP_PKEY *vc__pem_public(vc_view pem, vc_error *err)
{
    return key_of(pem, PUBLIC, err);
}

EVP_PKEY *vc__pem_private(vc_view pem, vc_error *err)
{
    return key_of(pem, PRIVATE, err);
}

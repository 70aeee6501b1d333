/* SPDX-License-Identifier: Apache-2.0 */
/* lib/crypto/keypair, pem, ecdh: vectors of RFC 7638, 7518, 8037, 3394; every form of PEM, and what is refused. */
#include "unit/test.h"

#include "base/base64.h"
#include "base/base64url.h"
#include "base/text.h"
#include "crypto/ecdh.h"
#include "crypto/keypair.h"
#include "crypto/wrap.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

/* -- vectors ----------------------------------------------------------------------------------------------- */

typedef struct number {
    char bytes[2100];
    vc_view view;
} number;

static vc_view url(const char *text, number *room)
{
    vc__auto(vc__buf) out = VC__BUF(2100);
    assert_int_equal(vc__base64url_decode(&out, vc_str(text)), VC_OK);
    memcpy(room->bytes, out.data, out.len);
    return room->view = vc_view_of(room->bytes, out.len);
}

static vc_view hex(const char *text, number *room)
{
    assert_true(vc__hex_decode((unsigned char *)room->bytes, vc_str(text)));
    return room->view = vc_view_of(room->bytes, strlen(text) / 2);
}

static const vc_view absent = { NULL, 0 };

/* RFC 7638, section 3.1. */
static void thumbprint_rsa(void **state)
{
    (void)state;
    number n, e;
    vc__rsa_numbers numbers = { 0 };
    numbers.n = url("0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjB"
                    "ZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8"
                    "KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_"
                    "xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw", &n);
    numbers.e = url("AQAB", &e);
    vc__autoptr(vc__keypair) pair = vc__keypair_of_rsa(&numbers, NULL);
    assert_non_null(pair);
    assert_string_equal(vc__keypair_id(pair), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    assert_int_equal(vc__keypair_bits(pair), 2048);
    assert_false(vc__keypair_is_private(pair));
}

/* RFC 8037, appendix A.1 to A.5. */
static void ed25519_rfc8037(void **state)
{
    (void)state;
    number x, d, due;
    url("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", &x);
    url("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A", &d);
    url("hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg", &due);
    vc__autoptr(vc__keypair) private = vc__keypair_of_ed25519(x.view, d.view, NULL);
    vc__autoptr(vc__keypair) public = vc__keypair_of_ed25519(x.view, absent, NULL);
    assert_true(private && public);
    assert_string_equal(vc__keypair_id(private), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    assert_string_equal(vc__keypair_id(public), vc__keypair_id(private));
    const vc_view message = vc_str("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc");
    vc__auto(vc__buf) out = VC__BUF(100);
    assert_int_equal(vc__keypair_sign(&out, private, message, NULL), VC_OK);
    assert_true(vc__view_equal(vc__buf_get(&out), due.view));
    assert_int_equal(vc__keypair_verify(public, message, due.view, NULL), VC_OK);
    assert_int_equal(vc__keypair_verify(private, message, due.view, NULL), VC_OK);
    for (size_t bit = 0; bit < 8 * due.view.len; bit++) {
        due.bytes[bit / 8] ^= (char)(1 << bit % 8);
        assert_int_equal(vc__keypair_verify(public, message, due.view, NULL), VC_E_SIGNATURE);
        due.bytes[bit / 8] ^= (char)(1 << bit % 8);
    }
    assert_int_equal(vc__keypair_verify(public, vc_str("other"), due.view, NULL), VC_E_SIGNATURE);
    assert_int_equal(vc__keypair_verify(public, message, vc_view_of(due.bytes, 63), NULL), VC_E_SIGNATURE);
    assert_int_equal(vc__keypair_verify(public, message, absent, NULL), VC_E_SIGNATURE);
    assert_int_equal(vc__keypair_sign(&out, public, message, NULL), VC_E_ARGUMENT);
    assert_int_equal(vc__keypair_wrap(&out, public, VC__WRAPPING_OWN, vc_view_of(x.bytes, 32), NULL), VC_E_ARGUMENT);
    assert_int_equal(vc__keypair_unwrap(&out, private, VC__WRAPPING_OWN, vc_view_of(x.bytes, 32), NULL), VC_E_ARGUMENT);
    assert_int_equal(vc__keypair_wrapped_size(public, VC__WRAPPING_OWN), 0);
    assert_null(vc__keypair_rsa(public));
    x.bytes[0] ^= 1; /* the halves of two pairs */
    assert_null(vc__keypair_of_ed25519(x.view, d.view, NULL));
    assert_null(vc__keypair_of_ed25519(vc_view_of(x.bytes, 31), absent, NULL));
    assert_null(vc__keypair_of_ed25519(x.view, vc_view_of(d.bytes, 31), NULL));
}

/* RFC 7518, appendix C: the keys of Alice and Bob, and what they agree on. */
static const char alice_x[] = "gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0", alice_y[] = "SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps",
                  alice_d[] = "0_NxaRPUMQoAJt50Gz8YiTr8gRTwyEaCumd-MToTmIo", bob_x[] = "weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ",
                  bob_y[] = "e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck", bob_d[] = "VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw";
static const unsigned char agreed[32] = { 158, 86,  217, 29, 129, 113, 53,  211, 114, 131, 66,  131, 191, 132, 38, 156,
                                          251, 49,  110, 163, 218, 128, 106, 72,  246, 218, 167, 121, 140, 254, 144, 196 };

static vc__keypair *p256(const char *x, const char *y, const char *d, vc_error *err)
{
    number nx, ny, nd;
    return vc__keypair_of_p256(url(x, &nx), url(y, &ny), d ? url(d, &nd) : absent, err);
}

static EVP_PKEY *p256_pkey(const char *x, const char *y, const char *d)
{
    number nx, ny, nd;
    char point[65] = { 4 };
    memcpy(point + 1, url(x, &nx).data, 32);
    memcpy(point + 33, url(y, &ny).data, 32);
    return vc__p256_pkey(vc_view_of(point, 65), url(d, &nd));
}

static void agreement_rfc7518(void **state)
{
    (void)state;
    unsigned char secret[32], key[32];
    EVP_PKEY *alice = p256_pkey(alice_x, alice_y, alice_d), *bob = p256_pkey(bob_x, bob_y, bob_d);
    assert_int_equal(vc__ecdh_agree(alice, bob, secret, NULL), VC_OK);
    assert_memory_equal(secret, agreed, 32);
    assert_int_equal(vc__ecdh_agree(bob, alice, secret, NULL), VC_OK);
    assert_memory_equal(secret, agreed, 32);
    EVP_PKEY *other = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-384"), *rsa = EVP_RSA_gen(2048);
    assert_int_equal(vc__ecdh_agree(alice, other, secret, NULL), VC_E_CIPHERTEXT);
    assert_int_equal(secret[0] | secret[31], 0);
    assert_int_equal(vc__ecdh_agree(alice, rsa, secret, NULL), VC_E_CIPHERTEXT);
    assert_int_equal(ERR_peek_error(), 0);
    EVP_PKEY_free(other);
    EVP_PKEY_free(rsa);
    EVP_PKEY_free(alice);
    EVP_PKEY_free(bob);
    number due;
    url("VqqN6vgjbSBcIijNcacQGg", &due);
    const vc_view z = vc_view_of(agreed, 32);
    assert_int_equal(vc__concat_kdf(z, vc_str("A128GCM"), vc_str("Alice"), vc_str("Bob"), key, 16, NULL), VC_OK);
    assert_memory_equal(key, due.bytes, 16);
    assert_int_equal(vc__concat_kdf(z, vc_str("A128GCM"), vc_str("Bob"), vc_str("Alice"), key, 16, NULL), VC_OK);
    assert_memory_not_equal(key, due.bytes, 16);
    assert_int_equal(vc__concat_kdf(z, vc_str("A128GC"), vc_str("Alice"), vc_str("Bob"), key, 16, NULL), VC_OK);
    assert_memory_not_equal(key, due.bytes, 16);
}

/* RFC 3394, sections 4.1 and 4.6. */
static const struct {
    const char *kek, *key, *wrapped;
} rfc3394[] = {
    { "000102030405060708090A0B0C0D0E0F", "00112233445566778899AABBCCDDEEFF",
      "1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5" },
    { "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F",
      "00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F",
      "28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21" },
};

static void key_wrap_rfc3394(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rfc3394); i++) {
        number kek, key, wrapped;
        hex(rfc3394[i].kek, &kek), hex(rfc3394[i].key, &key), hex(rfc3394[i].wrapped, &wrapped);
        vc__auto(vc__buf) out = VC__BUF(200);
        assert_int_equal(vc__kw_wrap(&out, kek.view, key.view, NULL), VC_OK);
        assert_true(vc__view_equal(vc__buf_get(&out), wrapped.view));
        vc__buf_clear(&out);
        assert_int_equal(vc__kw_unwrap(&out, kek.view, wrapped.view, NULL), VC_OK);
        assert_true(vc__view_equal(vc__buf_get(&out), key.view));
        for (size_t bit = 0; bit < 8 * wrapped.view.len; bit++) {
            wrapped.bytes[bit / 8] ^= (char)(1 << bit % 8);
            assert_int_equal(vc__kw_unwrap(&out, kek.view, wrapped.view, NULL), VC_E_CIPHERTEXT);
            wrapped.bytes[bit / 8] ^= (char)(1 << bit % 8);
        }
        for (size_t len = 0; len < wrapped.view.len; len++)
            assert_int_equal(vc__kw_unwrap(&out, kek.view, vc_view_of(wrapped.bytes, len), NULL), VC_E_CIPHERTEXT);
        assert_int_equal(out.len, key.view.len);
        assert_int_equal(vc__kw_wrap(&out, kek.view, vc_view_of(key.bytes, 8), NULL), VC_E_ARGUMENT);
        assert_int_equal(vc__kw_wrap(&out, kek.view, vc_view_of(key.bytes, 15), NULL), VC_E_ARGUMENT);
        assert_int_equal(vc__kw_wrap(&out, vc_view_of(kek.bytes, 15), key.view, NULL), VC_E_ARGUMENT);
        assert_int_equal(vc__kw_unwrap(&out, vc_view_of(kek.bytes, 15), wrapped.view, NULL), VC_E_ARGUMENT);
    }
}

/*
 * 00 .. 1f wrapped to Bob's key with Alice's as the ephemeral one, made with Python's `cryptography` 48 (ec.ECDH,
 * ConcatKDFHash, aes_key_wrap); Bob's thumbprint by hashlib.
 */
static void ecdh_es_a256kw(void **state)
{
    (void)state;
    number wrapped;
    hex("04808d060082c176eed3e776a4ac598cc8672c1779f974eecc9b03411ca5b9495d48b5bfc527dfce53d6ac7115237d031ccff87a0570b77350"
        "a9e503ee7305a69b4f435558aa16b9c4220e6995736766bd0f31572b7eee8e47d42d0c9da09fe4a145a6c7c00acfb445", &wrapped);
    vc__autoptr(vc__keypair) bob = p256(bob_x, bob_y, bob_d, NULL);
    vc__autoptr(vc__keypair) alice = p256(alice_x, alice_y, alice_d, NULL);
    vc__autoptr(vc__keypair) public = p256(bob_x, bob_y, NULL, NULL);
    assert_true(bob && alice && public);
    assert_string_equal(vc__keypair_id(bob), "Vy57XrArUrW0NbpI12tEzDHABxMwrTh6HHXRenSpnCo");
    assert_string_equal(vc__keypair_id(public), vc__keypair_id(bob));
    assert_int_equal(vc__keypair_wrapped_size(public, VC__WRAPPING_OWN), 105);
    assert_int_equal(wrapped.view.len, 105);
    vc__auto(vc__buf) out = VC__BUF(1000);
    assert_int_equal(vc__keypair_unwrap(&out, bob, VC__WRAPPING_OWN, wrapped.view, NULL), VC_OK);
    assert_int_equal(out.len, 32);
    for (size_t i = 0; i < 32; i++)
        assert_int_equal(out.data[i], i);
    assert_int_equal(vc__keypair_unwrap(&out, alice, VC__WRAPPING_OWN, wrapped.view, NULL), VC_E_CIPHERTEXT);
    assert_int_equal(vc__keypair_unwrap(&out, public, VC__WRAPPING_OWN, wrapped.view, NULL), VC_E_ARGUMENT);
    for (size_t at = 0; at < wrapped.view.len; at++) {
        wrapped.bytes[at] ^= 1;
        assert_int_equal(vc__keypair_unwrap(&out, bob, VC__WRAPPING_OWN, wrapped.view, NULL), VC_E_CIPHERTEXT);
        wrapped.bytes[at] ^= 1;
    }
    for (size_t len = 0; len < wrapped.view.len; len++)
        assert_int_equal(vc__keypair_unwrap(&out, bob, VC__WRAPPING_OWN, vc_view_of(wrapped.bytes, len), NULL), VC_E_CIPHERTEXT);
    for (int form = 0; form < 256; form++) { /* a point has one form: the hybrid ones (06, 07) would open too */
        wrapped.bytes[0] = (char)form;
        assert_int_equal(vc__keypair_unwrap(&out, bob, VC__WRAPPING_OWN, wrapped.view, NULL), form == 4 ? VC_OK : VC_E_CIPHERTEXT);
    }
    assert_int_equal(out.len, 64);
    assert_int_equal(ERR_peek_error(), 0);
    assert_null(p256(bob_x, alice_y, NULL, NULL)); /* no point of the curve */
    assert_null(p256(bob_x, bob_y, alice_d, NULL)); /* the halves of two pairs */
    assert_null(p256("AA", bob_y, NULL, NULL));
    assert_null(p256(bob_x, bob_y, "AA", NULL));
    assert_null(p256(bob_x, bob_y, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", NULL));
    assert_int_equal(ERR_peek_error(), 0);
}

/* -- pairs of libcrypto's own ------------------------------------------------------------------------------ */

typedef struct form {
    const char *name;
    bool private;
    char pem[6000];
} form;

static EVP_PKEY *rsa, *ec, *ed;
static form forms[12];
static size_t form_count;

static form *add_form(const char *name, bool private, BIO *bio)
{
    form *const added = &forms[form_count++];
    assert_true(form_count <= COUNT(forms));
    added->name = name;
    added->private = private;
    const int len = BIO_read(bio, added->pem, sizeof added->pem - 1);
    assert_true(len > 50);
    BIO_free(bio);
    return added;
}

static BIO *fresh(void)
{
    BIO *bio = BIO_new(BIO_s_mem());
    assert_non_null(bio);
    return bio;
}

static BIO *certificate_of(EVP_PKEY *pair)
{
    X509 *certificate = X509_new();
    BIO *bio = fresh();
    assert_true(X509_set_version(certificate, 2) && ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1) &&
                X509_gmtime_adj(X509_getm_notBefore(certificate), 0) && X509_gmtime_adj(X509_getm_notAfter(certificate), 60) &&
                X509_set_pubkey(certificate, pair) && X509_sign(certificate, pair, pair == ed ? NULL : EVP_sha256()) &&
                PEM_write_bio_X509(bio, certificate));
    X509_free(certificate);
    return bio;
}

static void add_pair(const char *name, EVP_PKEY *pair)
{
    BIO *bio = fresh();
    assert_int_equal(PEM_write_bio_PUBKEY(bio, pair), 1);
    add_form(name, false, bio);
    add_form(name, false, certificate_of(pair));
    bio = fresh();
    assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, pair, NULL, NULL, 0, NULL, NULL), 1);
    add_form(name, true, bio);
}

static int make_pairs(void **state)
{
    (void)state;
    rsa = EVP_RSA_gen(3072);
    ec = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    ed = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    add_pair("RSA", rsa);
    add_pair("EC P-256", ec);
    add_pair("Ed25519", ed);
    BIO *bio = fresh();
    assert_int_equal(PEM_write_bio_PrivateKey_traditional(bio, rsa, NULL, NULL, 0, NULL, NULL), 1);
    add_form("RSA", true, bio);
    bio = fresh();
    assert_int_equal(PEM_write_bio_PrivateKey_traditional(bio, ec, NULL, NULL, 0, NULL, NULL), 1);
    add_form("EC P-256", true, bio);
    unsigned char *der = NULL;
    const int len = i2d_PublicKey(rsa, &der);
    bio = fresh();
    assert_true(PEM_write_bio(bio, "RSA PUBLIC KEY", "", der, len) > 0);
    OPENSSL_free(der);
    add_form("RSA", false, bio);
    return 0;
}

static int free_pairs(void **state)
{
    (void)state;
    EVP_PKEY_free(rsa);
    EVP_PKEY_free(ec);
    EVP_PKEY_free(ed);
    return 0;
}

/* Of the first form with that name. */
static vc__keypair *pair_of(const char *name, bool private)
{
    for (size_t i = 0; i < form_count; i++)
        if (strcmp(forms[i].name, name) == 0 && forms[i].private == private)
            return (private ? vc__keypair_private : vc__keypair_public)(vc_str(forms[i].pem), NULL);
    return NULL;
}

/* -- PEM --------------------------------------------------------------------------------------------------- */

/* The text with `line_end` for each line end, `indent` before each line, and without the last line end. */
static vc_view rewritten(const char *pem, const char *line_end, const char *indent, vc__buf *out)
{
    vc__buf_clear(out);
    vc__buf_str(out, indent);
    for (const char *at = pem; *at; at++) {
        if (*at != '\n') {
            vc__buf_byte(out, *at);
        } else if (at[1]) {
            vc__buf_str(out, line_end);
            vc__buf_str(out, indent);
        }
    }
    return vc__buf_get(out);
}

static void every_form(void **state)
{
    (void)state;
    static const char *const line_ends[] = { "\n", "\r\n", "\r", "\\n", " ", "\n\n", "" };
    static const char *const indents[] = { "", "    ", "\t" };
    for (size_t i = 0; i < form_count; i++) {
        const form *const f = &forms[i];
        vc__keypair *(*const read)(vc_view, vc_error *) = f->private ? vc__keypair_private : vc__keypair_public;
        vc__autoptr(vc__keypair) first = pair_of(f->name, false);
        for (size_t e = 0; e < COUNT(line_ends); e++)
            for (size_t k = 0; k < COUNT(indents); k++) {
                vc__auto(vc__buf) text = VC__BUF(20000);
                vc__autoptr(vc__keypair) pair = read(rewritten(f->pem, line_ends[e], indents[k], &text), NULL);
                assert_non_null(pair);
                assert_string_equal(vc__keypair_id(pair), vc__keypair_id(first));
                assert_string_equal(vc__keypair_kind_name(vc__keypair_get_kind(pair)), f->name);
                assert_int_equal(vc__keypair_is_private(pair), f->private);
            }
        vc__auto(vc__buf) text = VC__BUF(20000);
        vc__buf_printf(&text, "# the key of orders\nBag Attributes: none\n%sand text behind -----", f->pem);
        vc__autoptr(vc__keypair) pair = read(vc__buf_get(&text), NULL);
        assert_non_null(pair);
        vc__auto(vc__buf) again = VC__BUF(20000);
        assert_int_equal(vc__keypair_write(&again, pair, NULL), VC_OK);
        vc__autoptr(vc__keypair) back = vc__keypair_public(vc__buf_get(&again), NULL);
        assert_string_equal(vc__keypair_id(back), vc__keypair_id(first));
    }
}

static void refused(vc_view text, bool private, const char *says)
{
    vc_error err = VC_ERROR_INIT;
    assert_null((private ? vc__keypair_private : vc__keypair_public)(text, &err));
    assert_int_equal(err.code, VC_E_ARGUMENT);
    if (!strstr(err.message, says))
        fail_msg("\"%s\" does not say \"%s\"", err.message, says);
    assert_int_equal(ERR_peek_error(), 0);
}

static void the_other_half(void **state)
{
    (void)state;
    for (size_t i = 0; i < form_count; i++)
        refused(vc_str(forms[i].pem), !forms[i].private,
                forms[i].private ? "this is a private key" : "this is a public key or a certificate");
}

/* "secret" is the pass phrase. */
static const char locked_pem[] = "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
                                 "MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAjvdXQb7WqT7gICCAAw\n"
                                 "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEPmQ3y8TFdZ9e8bHq2e6cDEEQF8T\n"
                                 "-----END ENCRYPTED PRIVATE KEY-----\n";

static void no_key(void **state)
{
    (void)state;
    for (int private = 0; private < 2; private++) {
        refused(vc_str(""), private, "no PEM block");
        refused(absent, private, "no PEM block");
        refused(vc_str("orders-pub.pem"), private, "no PEM block");
        refused(vc_str("-----BEGIN PUBLIC KEY----"), private, "first line");
        refused(vc_str("-----BEGIN A NAME THAT IS FAR LONGER THAN THAT OF ANY KEY-----\n"), private, "first line");
        refused(vc_str("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PRIVATE KEY-----"), private, "no last line");
        refused(vc_str("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----"), private, "is not read");
        refused(vc_str("-----BEGIN EC PARAMETERS-----\nAAAA\n-----END EC PARAMETERS-----"), private, "no PEM block");
        refused(vc_str(locked_pem), private, "pass phrase");
    }
    refused(vc_str("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----"), true,
            "pass phrase");
    refused(vc_str("-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----"), false, "not Base64");
    refused(vc_str("-----BEGIN PUBLIC KEY-----\n!!!!\n-----END PUBLIC KEY-----"), false, "not Base64");
    refused(vc_str("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"), false, "damaged");
    refused(vc_str("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"), false, "damaged");
    refused(vc_str("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"), true, "damaged");
    /* an Ed25519 key of RFC 8410, whole, and with a byte behind it */
    refused(vc_str("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhCAA==\n-----END PRIVATE KEY-----"), true, "damaged");
    vc__autoptr(vc__keypair) rfc8410 = vc__keypair_private(vc_str("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----"), NULL);
    assert_non_null(rfc8410);
    vc__auto(vc__buf) text = VC__BUF(20000);
    vc__buf_printf(&text, "%s%s", forms[0].pem, forms[1].pem);
    refused(vc__buf_get(&text), false, "2 PEM blocks");
    vc__auto(vc__buf) with_parameters = VC__BUF(20000);
    vc__buf_printf(&with_parameters, "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n%s", forms[10].pem);
    vc__autoptr(vc__keypair) pair = vc__keypair_private(vc__buf_get(&with_parameters), NULL);
    assert_non_null(pair);
}

/* Every form cut anywhere, or with any character another, is that key or none: never another, and never a crash. */
static void damaged(void **state)
{
    (void)state;
    for (size_t i = 0; i < form_count; i++) {
        const form *const f = &forms[i];
        vc__keypair *(*const read)(vc_view, vc_error *) = f->private ? vc__keypair_private : vc__keypair_public;
        vc__autoptr(vc__keypair) whole = read(vc_str(f->pem), NULL);
        const size_t len = strlen(f->pem);
        assert_non_null(whole);
        for (size_t n = 0; n + 1 < len; n += 3)
            assert_null(read(vc_view_of(f->pem, n), NULL));
        if (f->private && strcmp(f->name, "RSA") == 0)
            continue; /* its checks take a tenth of a second each: once below */
        for (size_t n = 0; n < len; n += 5) {
            char copy[6000];
            memcpy(copy, f->pem, len + 1);
            copy[n] = copy[n] == 'A' ? 'B' : 'A';
            vc__autoptr(vc__keypair) pair = read(vc_str(copy), NULL);
            (void)pair; /* a certificate's signature, or a public number may be another's */
        }
        assert_int_equal(ERR_peek_error(), 0);
    }
    char copy[6000];
    strcpy(copy, forms[2].pem);
    copy[1200] = copy[1200] == 'A' ? 'B' : 'A';
    refused(vc_str(copy), true, "");
}

static void other_kinds(void **state)
{
    (void)state;
    EVP_PKEY *const pairs[] = {
        EVP_RSA_gen(1024), EVP_RSA_gen(2047), EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-384"), EVP_PKEY_Q_keygen(NULL, NULL, "EC", "secp256k1"),
        EVP_PKEY_Q_keygen(NULL, NULL, "X25519"), EVP_PKEY_Q_keygen(NULL, NULL, "ED448"),
    };
    static const char *const says[] = { "has 1024", "has 2047", "P-256", "P-256", "another kind", "another kind" };
    for (size_t i = 0; i < COUNT(pairs); i++) {
        char pem[6000] = "";
        BIO *bio = fresh();
        assert_true(pairs[i] && PEM_write_bio_PUBKEY(bio, pairs[i]) == 1 && BIO_read(bio, pem, sizeof pem - 1) > 0);
        refused(vc_str(pem), false, says[i]);
        memset(pem, 0, sizeof pem);
        assert_true(PEM_write_bio_PKCS8PrivateKey(bio, pairs[i], NULL, NULL, 0, NULL, NULL) == 1 && BIO_read(bio, pem, sizeof pem - 1) > 0);
        refused(vc_str(pem), true, says[i]);
        BIO_free(bio);
        EVP_PKEY_free(pairs[i]);
    }
}

/* -- RSA numbers ------------------------------------------------------------------------------------------- */

enum { N, E, D, P, Q, DP, DQ, QI, NUMBERS };

static number of_rsa[NUMBERS];

static void take_numbers(void)
{
    static const char *const names[NUMBERS] = {
        OSSL_PKEY_PARAM_RSA_N,         OSSL_PKEY_PARAM_RSA_E,         OSSL_PKEY_PARAM_RSA_D,
        OSSL_PKEY_PARAM_RSA_FACTOR1,   OSSL_PKEY_PARAM_RSA_FACTOR2,   OSSL_PKEY_PARAM_RSA_EXPONENT1,
        OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
    };
    for (size_t i = 0; i < NUMBERS; i++) {
        BIGNUM *bn = NULL;
        assert_int_equal(EVP_PKEY_get_bn_param(rsa, names[i], &bn), 1);
        of_rsa[i].view = vc_view_of(of_rsa[i].bytes, (size_t)BN_bn2bin(bn, (unsigned char *)of_rsa[i].bytes));
        BN_free(bn);
    }
}

/* With those numbers alone that `has` has a bit for. */
static vc__keypair *rsa_of(unsigned has, vc_error *err)
{
    vc_view views[NUMBERS];
    for (size_t i = 0; i < NUMBERS; i++)
        views[i] = has & 1u << i ? of_rsa[i].view : absent;
    const vc__rsa_numbers numbers = { views[N], views[E], views[D], views[P], views[Q], views[DP], views[DQ], views[QI] };
    return vc__keypair_of_rsa(&numbers, err);
}

#define BIT(n) (1u << (n))

static void rsa_numbers(void **state)
{
    (void)state;
    take_numbers();
    vc__autoptr(vc__keypair) pem = pair_of("RSA", true);
    static const unsigned private[] = { 255, 7, 31, 31 | BIT(DP), 31 | BIT(QI) | BIT(DQ) };
    vc__auto(vc__buf) wrapped = VC__BUF(1000);
    assert_int_equal(vc__keypair_wrap(&wrapped, pem, VC__WRAPPING_OWN, vc_view_of(agreed, 32), NULL), VC_OK);
    assert_int_equal(wrapped.len, 384);
    for (size_t i = 0; i < COUNT(private); i++) {
        vc__auto(vc__buf) out = VC__BUF(1000);
        vc__autoptr(vc__keypair) pair = rsa_of(private[i], NULL);
        assert_non_null(pair);
        assert_true(vc__keypair_is_private(pair));
        assert_string_equal(vc__keypair_id(pair), vc__keypair_id(pem));
        assert_int_equal(vc__keypair_unwrap(&out, pair, VC__WRAPPING_OWN, vc__buf_get(&wrapped), NULL), VC_OK);
        assert_true(vc__view_equal(vc__buf_get(&out), vc_view_of(agreed, 32)));
    }
    vc__autoptr(vc__keypair) public = rsa_of(3, NULL);
    assert_true(public && !vc__keypair_is_private(public));
    static const unsigned wrong[] = { 0, 1, 2, 4, 6, 5, 3 | BIT(P), 7 | BIT(P), 7 | BIT(Q), 7 | BIT(DP), 255 ^ BIT(D), 255 ^ BIT(P) };
    for (size_t i = 0; i < COUNT(wrong); i++)
        assert_null(rsa_of(wrong[i], NULL));
    assert_int_equal(ERR_peek_error(), 0);
}

/* One bit of one number is another: none is overlooked. */
static void rsa_numbers_changed(void **state)
{
    (void)state;
    take_numbers();
    for (size_t i = 0; i < NUMBERS; i++) {
        for (size_t at = 0; at < of_rsa[i].view.len; at += of_rsa[i].view.len / 2 + 1) {
            of_rsa[i].bytes[at] ^= 4;
            assert_null(rsa_of(255, NULL));
            if (i <= D)
                assert_null(rsa_of(7, NULL));
            of_rsa[i].bytes[at] ^= 4;
        }
    }
    static const char *const exponents[] = { "\1", "\2", "", "\0\1" }; /* 1 leaves all in clear */
    for (size_t i = 0; i < COUNT(exponents); i++) {
        of_rsa[E].view = vc_view_of(exponents[i], i == 3 ? 2 : strlen(exponents[i]));
        assert_null(rsa_of(3, NULL));
    }
    take_numbers();
    number even = of_rsa[N];
    of_rsa[N].bytes[of_rsa[N].view.len - 1] ^= 1;
    assert_null(rsa_of(3, NULL));
    of_rsa[N].view = vc_view_of(even.bytes, 255); /* 2040 bits */
    assert_null(rsa_of(3, NULL));
    static const char zeros[3000];
    of_rsa[N].view = vc_view_of(zeros, sizeof zeros);
    assert_null(rsa_of(3, NULL));
    take_numbers();
    memmove(of_rsa[N].bytes + 1, of_rsa[N].bytes, of_rsa[N].view.len); /* a leading zero, as some write it */
    of_rsa[N].bytes[0] = 0;
    of_rsa[N].view.len++;
    vc__autoptr(vc__keypair) pair = rsa_of(3, NULL);
    vc__autoptr(vc__keypair) pem = pair_of("RSA", false);
    assert_string_equal(vc__keypair_id(pair), vc__keypair_id(pem));
    assert_int_equal(ERR_peek_error(), 0);
}

/* -- data keys --------------------------------------------------------------------------------------------- */

static void wrapped_and_back(void **state)
{
    (void)state;
    static const char *const names[] = { "RSA", "EC P-256" };
    static const size_t sizes[] = { 384, 105 };
    for (size_t i = 0; i < COUNT(names); i++) {
        vc__autoptr(vc__keypair) public = pair_of(names[i], false);
        vc__autoptr(vc__keypair) private = pair_of(names[i], true);
        vc__autoptr(vc__keypair) held = vc__keypair_ref(private);
        vc__auto(vc__buf) out = VC__BUF(1000), again = VC__BUF(1000), back = VC__BUF(1000), oaep = VC__BUF(1000);
        const vc_view key = vc_view_of(agreed, 32);
        assert_ptr_equal(held, private);
        vc__buf_str(&back, "before");
        assert_int_equal(vc__keypair_wrapped_size(public, VC__WRAPPING_OWN), sizes[i]);
        assert_int_equal(vc__keypair_wrap(&out, public, VC__WRAPPING_OWN, key, NULL), VC_OK);
        assert_int_equal(vc__keypair_wrap(&again, public, VC__WRAPPING_OWN, key, NULL), VC_OK);
        assert_int_equal(out.len, sizes[i]);
        assert_memory_not_equal(out.data, again.data, out.len);
        assert_int_equal(vc__keypair_unwrap(&back, private, VC__WRAPPING_OWN, vc__buf_get(&out), NULL), VC_OK);
        assert_int_equal(back.len, 6 + 32);
        assert_memory_equal(back.data + 6, key.data, 32);
        assert_int_equal(vc__keypair_unwrap(&back, public, VC__WRAPPING_OWN, vc__buf_get(&out), NULL), VC_E_ARGUMENT);
        out.data[out.len / 2] ^= 1;
        assert_int_equal(vc__keypair_unwrap(&back, private, VC__WRAPPING_OWN, vc__buf_get(&out), NULL), VC_E_CIPHERTEXT);
        assert_int_equal(vc__keypair_wrap(&out, public, VC__WRAPPING_OWN, vc_view_of(agreed, 31), NULL), VC_E_ARGUMENT);
        assert_int_equal(vc__keypair_sign(&out, private, key, NULL), VC_E_ARGUMENT);
        assert_int_equal(vc__keypair_verify(public, key, vc__buf_get(&again), NULL), VC_E_ARGUMENT);
        assert_int_equal(vc__keypair_rsa(public) != NULL, i == 0);
        if (i == 0) { /* what is in there is no data key */
            assert_int_equal(vc__oaep_seal(&oaep, vc__keypair_rsa(public), "SHA256", vc_str("31 bytes, and one too few, say."), NULL), VC_OK);
            assert_int_equal(vc__keypair_unwrap(&back, private, VC__WRAPPING_OWN, vc__buf_get(&oaep), NULL), VC_E_CIPHERTEXT);
        }
        assert_int_equal(back.len, 6 + 32);
        vc__auto(vc__buf) small = VC__BUF(20);
        assert_int_equal(vc__keypair_wrap(&small, public, VC__WRAPPING_OWN, key, NULL), VC_E_LIMIT);
        assert_int_equal(small.len, 0);
    }
}

/* -- lack of memory ---------------------------------------------------------------------------------------- */

static vc_code read_and_wrap(void *arg)
{
    const form *const f = arg;
    vc_error err = VC_ERROR_INIT;
    vc__autoptr(vc__keypair) pair = (f->private ? vc__keypair_private : vc__keypair_public)(vc_str(f->pem), &err);
    vc__auto(vc__buf) out = VC__BUF(20000);
    if (!pair)
        return err.code;
    vc_code code = vc__keypair_write(&out, pair, &err);
    if (!code && f != &forms[6])
        code = vc__keypair_wrap(&out, pair, VC__WRAPPING_OWN, vc_view_of(agreed, 32), &err);
    return code;
}

static vc_code read_numbers(void *arg)
{
    (void)arg;
    vc_error err = VC_ERROR_INIT;
    vc__autoptr(vc__keypair) pair = rsa_of(3, &err);
    return pair ? VC_OK : err.code;
}

static void allocations(void **state)
{
    (void)state;
    take_numbers();
    SWEEP_ALLOCATIONS(read_and_wrap, &forms[0]);
    SWEEP_ALLOCATIONS(read_and_wrap, &forms[3]);
    SWEEP_ALLOCATIONS(read_and_wrap, &forms[5]);
    SWEEP_ALLOCATIONS(read_and_wrap, &forms[6]);
    SWEEP_ALLOCATIONS(read_numbers, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thumbprint_rsa),   cmocka_unit_test(ed25519_rfc8037),     cmocka_unit_test(agreement_rfc7518),
        cmocka_unit_test(key_wrap_rfc3394), cmocka_unit_test(ecdh_es_a256kw),      cmocka_unit_test(every_form),
        cmocka_unit_test(the_other_half),   cmocka_unit_test(no_key),              cmocka_unit_test(damaged),
        cmocka_unit_test(other_kinds),      cmocka_unit_test(rsa_numbers),         cmocka_unit_test(rsa_numbers_changed),
        cmocka_unit_test(wrapped_and_back), cmocka_unit_test(allocations),
    };
    return cmocka_run_group_tests_name("crypto_keypair", tests, make_pairs, free_pairs);
}

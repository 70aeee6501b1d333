/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/jwk.h"

#include "base/base64url.h"
#include "base/error.h"
#include "base/pages.h"
#include "base/text.h"
#include "json/read.h"

void vc__jwk_cleanup(vc__jwk *jwk)
{
    vc__keypair_unref(jwk->pair);
    vc__secret_free(jwk->oct);
    *jwk = (vc__jwk){ 0 };
}

/* -- where it is taken apart ------------------------------------------------------------------------------- */

/* Secret pages: the text, and behind it room for the bytes of its numbers. */
typedef struct desk {
    vc__pages pages;
    size_t len;  /* of the text */
    size_t used; /* of the room */
} desk;

static void desk_cleanup(desk *d)
{
    vc__pages_unmap(&d->pages);
}

static vc_code desk_lay(desk *d, vc_view text, vc_error *err)
{
    if (text.len > VC__JWK_MAX)
        return vc__error(err, VC_E_LIMIT, "a key, or a set of keys, as JSON has 1 MiB at most");
    if (!vc__pages_map(&d->pages, 2 * text.len + 64, true))
        return vc__error_memory(err);
    if (text.len)
        memcpy(d->pages.data, text.data, text.len);
    d->len = text.len;
    return VC_OK;
}

/* -- members ----------------------------------------------------------------------------------------------- */

enum { KTY, CRV, KID, N, E, D, P, Q, DP, DQ, QI, X, Y, K, MEMBERS };
static const char *const names[MEMBERS] = { "kty", "crv", "kid", "n",  "e", "d", "p",
                                            "q",   "dp",  "dq",  "qi", "x", "y", "k" };

typedef struct members {
    vc_view of[MEMBERS]; /* absent: it has no such member */
    bool primes;         /* it has more than two ("oth") */
} members;

static vc_code no_json(const vc__reader *reader, vc_error *err)
{
    vc_code code = vc__reader_error(reader, VC_E_ARGUMENT, err);
    vc__error_prefix(err, "a key as a JWK: ");
    return code;
}

static size_t member_named(vc_view name)
{
    size_t i = 0;
    while (i < MEMBERS && !vc__view_is(name, names[i]))
        i++;
    return i;
}

/* The rest of an object that has begun. */
static vc_code read_members(vc__reader *reader, members *m, vc_error *err)
{
    *m = (members){ 0 };
    while (vc__reader_next(reader) == VC__TOKEN_NAME) {
        const size_t i = member_named(reader->text);
        m->primes |= vc__view_is(reader->text, "oth");
        if (i == MEMBERS) {
            vc__reader_skip(reader);
            continue;
        }
        if (m->of[i].data)
            return vc__error(err, VC_E_ARGUMENT, "the JWK has \"%s\" twice", names[i]);
        if (vc__reader_next(reader) != VC__TOKEN_STRING)
            return reader->token == VC__TOKEN_ERROR
                       ? no_json(reader, err)
                       : vc__error(err, VC_E_ARGUMENT, "\"%s\" of the JWK must be a string", names[i]);
        m->of[i] = reader->text;
    }
    return reader->token == VC__TOKEN_OBJECT_END ? VC_OK : no_json(reader, err);
}

/* -- numbers ----------------------------------------------------------------------------------------------- */

/* Member `i` as bytes, absent when it is not there. With a size, zeros that were left out at its front are put back. */
static vc_code take_bytes(desk *d, const members *m, size_t i, size_t size, vc_view *bytes, vc_error *err)
{
    char *const at = d->pages.data + d->len + d->used;
    size_t len = 0;
    *bytes = vc_view_of(NULL, 0);
    if (!m->of[i].data)
        return VC_OK;
    /* the room is enough for all numbers of the text; but for zeros put back, if there are hardly any */
    if (d->len + d->used + vc__base64url_room(m->of[i].len) + size > d->pages.len)
        return vc__error(err, VC_E_ARGUMENT, "the numbers of the JWK are none of such a key");
    if (!vc__base64url_decode_raw(at, &len, m->of[i]) || !len)
        return vc__error(err, VC_E_ARGUMENT, "\"%s\" of the JWK is not base64url without padding", names[i]);
    if (len < size) {
        memmove(at + size - len, at, len);
        memset(at, 0, size - len);
        len = size;
    }
    d->used += len;
    *bytes = vc_view_of(at, len);
    return VC_OK;
}

static vc_code take_all(desk *d, const members *m, const uint8_t *which, size_t count, size_t size, vc_view *bytes,
                        vc_error *err)
{
    vc_code code = VC_OK;
    for (size_t i = 0; i < count && !code; i++)
        code = take_bytes(d, m, which[i], size, &bytes[i], err);
    return code;
}

static vc_code lacks(size_t member, vc_error *err)
{
    return vc__error(err, VC_E_ARGUMENT, "the JWK has no \"%s\"", names[member]);
}

/* -- kinds ------------------------------------------------------------------------------------------------- */

typedef enum kind { OF_OTHER = 0, OF_RSA, OF_P256, OF_ED25519, OF_OCT } kind;

static kind kind_of(const members *m)
{
    const vc_view kty = m->of[KTY], crv = m->of[CRV];
    if (vc__view_is(kty, "RSA") || vc__view_is(kty, "RSA-HSM"))
        return OF_RSA;
    if (vc__view_is(kty, "oct") || vc__view_is(kty, "oct-HSM"))
        return OF_OCT;
    if ((vc__view_is(kty, "EC") || vc__view_is(kty, "EC-HSM")) && vc__view_is(crv, "P-256"))
        return OF_P256;
    return vc__view_is(kty, "OKP") && vc__view_is(crv, "Ed25519") ? OF_ED25519 : OF_OTHER;
}

static vc_code make_rsa(vc__jwk *out, desk *d, const members *m, vc_error *err)
{
    static const uint8_t which[] = { N, E, D, P, Q, DP, DQ, QI };
    vc_view b[8];
    if (m->primes)
        return vc__error(err, VC_E_ARGUMENT, "an RSA key of more than two primes (\"oth\") is not supported");
    const vc_code code = take_all(d, m, which, 8, 0, b, err);
    if (code)
        return code;
    const vc__rsa_numbers numbers = { b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7] };
    out->pair = vc__keypair_of_rsa(&numbers, err);
    return VC_OK;
}

static vc_code make_p256(vc__jwk *out, desk *d, const members *m, vc_error *err)
{
    static const uint8_t which[] = { X, Y, D };
    vc_view b[3];
    if (!m->of[X].data || !m->of[Y].data)
        return lacks(m->of[X].data ? Y : X, err);
    const vc_code code = take_all(d, m, which, 3, 32, b, err);
    if (!code)
        out->pair = vc__keypair_of_p256(b[0], b[1], b[2], err);
    return code;
}

static vc_code make_ed25519(vc__jwk *out, desk *d, const members *m, vc_error *err)
{
    static const uint8_t which[] = { X, D };
    vc_view b[2];
    if (!m->of[X].data)
        return lacks(X, err);
    const vc_code code = take_all(d, m, which, 2, 0, b, err);
    if (!code)
        out->pair = vc__keypair_of_ed25519(b[0], b[1], err);
    return code;
}

static vc_code make_oct(vc__jwk *out, desk *d, const members *m, vc_error *err)
{
    vc_view key;
    if (!m->of[K].data)
        return lacks(K, err);
    const vc_code code = take_bytes(d, m, K, 0, &key, err);
    if (!code)
        out->oct = vc__secret_new(key, VC__LOCK_TRY, err);
    return code;
}

/* For people and for finding it again: what is not plain is left out. */
static void take_kid(vc__jwk *out, const members *m)
{
    const vc_view kid = m->of[KID];
    bool plain = kid.len <= VC__JWK_KID_MAX;
    for (size_t i = 0; i < kid.len && plain; i++)
        plain = kid.data[i] > ' ' && kid.data[i] <= '~';
    if (plain && kid.len)
        memcpy(out->kid, kid.data, kid.len);
}

static vc_code make(vc__jwk *out, desk *d, const members *m, vc__jwk_half half, vc_error *err)
{
    const kind is = kind_of(m);
    const bool private = is == OF_OCT || m->of[D].data;
    vc_error why = VC_ERROR_INIT;
    vc_code code;
    if (!m->of[KTY].data)
        return lacks(KTY, err);
    if (is == OF_OTHER)
        return vc__error(err, VC_E_ARGUMENT, "the kind of the JWK is not supported: it is RSA, EC with P-256, OKP with Ed25519, or oct");
    if (private && half == VC__JWK_PUBLIC)
        return vc__error(err, VC_E_ARGUMENT, "the JWK is a private key, and a public one is due here: who only encrypts or "
                                             "checks must not hold the private one");
    if (!private && half == VC__JWK_PRIVATE)
        return vc__error(err, VC_E_ARGUMENT, "the JWK is a public key, and a private key is due here");
    take_kid(out, m);
    switch (is) {
    case OF_RSA: code = make_rsa(out, d, m, &why); break;
    case OF_P256: code = make_p256(out, d, m, &why); break;
    case OF_ED25519: code = make_ed25519(out, d, m, &why); break;
    case OF_OCT:
    case OF_OTHER:
    default: code = make_oct(out, d, m, &why); break;
    }
    if (!code && (out->pair || out->oct))
        return VC_OK;
    vc__jwk_cleanup(out);
    return vc__error_copy(err, &why);
}

/* -- one --------------------------------------------------------------------------------------------------- */

/* `text` lies on the desk. */
static vc_code parse(vc__jwk *out, desk *d, char *text, size_t len, vc__jwk_half half, vc_error *err)
{
    vc__reader reader;
    members m;
    vc__reader_start(&reader, text, len);
    const vc__token first = vc__reader_next(&reader);
    if (first != VC__TOKEN_OBJECT)
        return first == VC__TOKEN_ERROR ? no_json(&reader, err) : vc__error(err, VC_E_ARGUMENT, "a JWK is a JSON object");
    const vc_code code = read_members(&reader, &m, err);
    if (code)
        return code;
    if (vc__reader_next(&reader) != VC__TOKEN_END)
        return no_json(&reader, err);
    return make(out, d, &m, half, err);
}

vc_code vc__jwk_parse(vc__jwk *out, vc_view text, vc__jwk_half half, vc_error *err)
{
    vc__auto(desk) d = { 0 };
    const vc_code code = desk_lay(&d, text, err);
    return code ? code : parse(out, &d, d.pages.data, d.len, half, err);
}

vc__keypair *vc__key_read(vc_view text, vc__jwk_half half, vc_error *err)
{
    vc__auto(vc__jwk) jwk = { 0 };
    size_t at = 0;
    while (at < text.len && strchr(" \t\r\n", text.data[at]))
        at++;
    if (at == text.len || text.data[at] != '{')
        return half == VC__JWK_PRIVATE ? vc__keypair_private(text, err) : vc__keypair_public(text, err);
    if (vc__jwk_parse(&jwk, text, half, err))
        return NULL;
    if (!jwk.pair)
        vc__error(err, VC_E_ARGUMENT, "the JWK is a symmetric key, and a key pair is due here");
    return vc__steal(&jwk.pair);
}

vc_code vc__jwk_released(vc__jwk *out, vc_view reply, vc_error *err)
{
    vc__auto(desk) d = { 0 };
    vc__reader reader;
    vc_view key = { NULL, 0 };
    const vc_code code = desk_lay(&d, reply, err);
    if (code)
        return code;
    vc__reader_start(&reader, d.pages.data, d.len);
    if (vc__reader_next(&reader) != VC__TOKEN_OBJECT)
        return vc__error(err, VC_E_ARGUMENT, "the reply of the key release is not a JSON object");
    while (vc__reader_next(&reader) == VC__TOKEN_NAME) {
        if (!vc__view_is(reader.text, "key")) {
            vc__reader_skip(&reader);
            continue;
        }
        if (key.data || vc__reader_next(&reader) != VC__TOKEN_STRING)
            return vc__error(err, VC_E_ARGUMENT, "\"key\" of the key release's reply must be one string, with a JWK in it");
        key = reader.text;
    }
    if (reader.token != VC__TOKEN_OBJECT_END || vc__reader_next(&reader) != VC__TOKEN_END)
        return vc__error(err, VC_E_ARGUMENT, "the reply of the key release is not JSON");
    if (!key.data)
        return vc__error(err, VC_E_ARGUMENT, "the reply of the key release has no \"key\"");
    return parse(out, &d, d.pages.data + (key.data - d.pages.data), key.len, VC__JWK_PRIVATE, err);
}

/* -- a set ------------------------------------------------------------------------------------------------- */

typedef struct pick {
    vc_view kid; /* absent: the only one */
    size_t found;
    bool by_kid; /* what was found has it for its "kid": no thumbprint counts any more */
} pick;

static void keep(vc__jwk *out, vc__jwk *found)
{
    vc__jwk_cleanup(out);
    *out = *found;
    *found = (vc__jwk){ 0 };
}

/* One key of the set. What cannot be read is passed over, unless it is the one. */
static vc_code consider(vc__jwk *out, desk *d, const members *m, pick *p, vc_error *err)
{
    vc__auto(vc__jwk) found = { 0 };
    const bool named = p->kid.data && vc__view_equal(m->of[KID], p->kid);
    if (kind_of(m) == OF_OTHER || kind_of(m) == OF_OCT)
        return named ? vc__error(err, VC_E_ARGUMENT, "the key of that kid is of a kind that is not supported") : VC_OK;
    if (p->kid.data && !named && (p->by_kid || p->kid.len != VC__KEYPAIR_ID))
        return VC_OK;
    vc_error why = VC_ERROR_INIT;
    d->used = 0;
    const vc_code code = make(&found, d, m, VC__JWK_PUBLIC, &why);
    if (code == VC_E_MEMORY || (code && (named || !p->kid.data)))
        return vc__error_copy(err, &why);
    const bool is = named || !p->kid.data || (!code && vc__view_is(p->kid, vc__keypair_id(found.pair)));
    if (!is)
        return VC_OK;
    if (named && !p->by_kid) {
        p->by_kid = true;
        p->found = 0;
    }
    if (p->found++ && strcmp(vc__keypair_id(out->pair), vc__keypair_id(found.pair)) != 0)
        return vc__error(err, VC_E_ARGUMENT, p->kid.data ? "the set has several keys of that kid"
                                                         : "the set has several keys: say by `kid` which one is meant");
    keep(out, &found);
    return VC_OK;
}

static vc_code read_keys(vc__jwk *out, desk *d, vc__reader *reader, pick *p, vc_error *err)
{
    members m;
    if (vc__reader_next(reader) != VC__TOKEN_ARRAY)
        return vc__error(err, VC_E_ARGUMENT, "\"keys\" of a set of keys (JWKS) must be an array");
    while (vc__reader_next(reader) == VC__TOKEN_OBJECT) {
        vc_code code = read_members(reader, &m, err);
        if (!code)
            code = consider(out, d, &m, p, err);
        if (code)
            return code;
    }
    return reader->token == VC__TOKEN_ARRAY_END ? VC_OK : vc__error(err, VC_E_ARGUMENT, "the set of keys (JWKS) is not JSON, or not of objects");
}

static vc_code read_set(vc__jwk *out, desk *d, pick *p, vc_error *err)
{
    vc__reader reader;
    bool keys = false;
    vc__reader_start(&reader, d->pages.data, d->len);
    if (vc__reader_next(&reader) != VC__TOKEN_OBJECT)
        return vc__error(err, VC_E_ARGUMENT, "a set of keys (JWKS) is a JSON object");
    while (vc__reader_next(&reader) == VC__TOKEN_NAME) {
        if (keys || !vc__view_is(reader.text, "keys")) {
            vc__reader_skip(&reader);
            continue;
        }
        keys = true;
        const vc_code code = read_keys(out, d, &reader, p, err);
        if (code)
            return code;
    }
    if (reader.token != VC__TOKEN_OBJECT_END || vc__reader_next(&reader) != VC__TOKEN_END)
        return vc__error(err, VC_E_ARGUMENT, "the set of keys (JWKS) is not JSON");
    return keys ? VC_OK : vc__error(err, VC_E_ARGUMENT, "the set of keys (JWKS) has no \"keys\"");
}

vc_code vc__jwks_pick(vc__jwk *out, vc_view text, vc_view kid, vc_error *err)
{
    vc__auto(desk) d = { 0 };
    vc__auto(vc__jwk) found = { 0 };
    pick p = { .kid = kid };
    vc_code code = desk_lay(&d, text, err);
    if (!code)
        code = read_set(&found, &d, &p, err);
    if (!code && !p.found)
        code = vc__error(err, VC_E_NOT_FOUND, kid.data ? "the set of keys (JWKS) has none of that kid or thumbprint"
                                                       : "the set of keys (JWKS) has none that is RSA, EC P-256 or Ed25519");
    if (!code)
        keep(out, &found);
    return code;
}

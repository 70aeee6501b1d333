/* SPDX-License-Identifier: Apache-2.0 */
/* transit_export.c - keys given away: all versions, one, or the latest; secrets of those that allow it. */
#include "base/base64.h"
#include "base/text.h"
#include "reply.h"
#include "transit.h"

#include <stdio.h>
#include <stdlib.h>

typedef enum export_kind { ENCRYPTION_KEY, SIGNING_KEY, HMAC_KEY, PUBLIC_KEY, CHAIN, KINDS } export_kind;
typedef enum export_form { FORM_DEFAULT, FORM_RAW, FORM_DER, FORM_PEM, FORMS } export_form;

static const char *const kinds[] = { "encryption-key", "signing-key", "hmac-key", "public-key",
                                     "certificate-chain" };
static const char *const forms[] = { "", "raw", "der", "pem" };

typedef struct export_work {
    const transit_key *key;
    export_kind kind;
    export_form form;
    vc__buf text; /* of one version */
    char why[128];
} export_work;

static size_t index_of(const char *const *names, size_t count, vc_view name)
{
    size_t i = 0;
    while (i < count && !vc__view_is(name, names[i]))
        i++;
    return i;
}

static bool fail(export_work *work, const char *text)
{
    snprintf(work->why, sizeof work->why, "%s", text);
    return false;
}

static bool export_bytes(export_work *work, vc_view bytes)
{
    if (work->form == FORM_DER || work->form == FORM_PEM)
        return fail(work, "unknown format for HMAC key; supported values are `` or `raw`");
    vc__base64_encode(&work->text, bytes);
    return true;
}

/* In the form asked for; only RSA's keeps the newline behind PEM. */
static bool export_pair(export_work *work, EVP_PKEY *pair, dev_pair_form form)
{
    vc__auto(vc__buf) der = VC__BUF(1 << 16);
    if (work->form == FORM_DER) {
        const bool well = dev_pair_der(pair, form, &der);
        vc__base64_encode(&work->text, vc__buf_get(&der));
        return well || fail(work, "libcrypto failed");
    }
    if (!dev_pair_pem(pair, form, &work->text))
        return fail(work, "libcrypto failed");
    if (work->key->type->kind != TRANSIT_RSA)
        work->text.len--;
    return true;
}

static bool export_private(export_work *work, const transit_version *version)
{
    const bool raw = work->form == FORM_RAW, plain = work->form == FORM_DEFAULT;
    switch (work->key->type->kind) {
    case TRANSIT_RSA:
        if (raw)
            return fail(work, "unknown key format for rsa key; supported values are ``, `der`, or `pem`");
        break;
    case TRANSIT_ECDSA:
        if (raw)
            return fail(work, "unknown key format for ec key; supported values are ``, `der`, or `pem`");
        break;
    case TRANSIT_ED25519:
        if ((plain || raw) && version->secret)
            return export_bytes(work, vc_view_of((const char *)version->secret, version->secret_len));
        break;
    case TRANSIT_AEAD:
    case TRANSIT_XCHACHA:
    case TRANSIT_HMAC:
        return export_bytes(work, vc_view_of((const char *)version->secret, version->secret_len));
    }
    return version->public_only ||
           export_pair(work, version->pair, plain ? DEV_PAIR_TRADITIONAL : DEV_PAIR_PRIVATE);
}

static bool export_public(export_work *work, const transit_version *version)
{
    vc__auto(vc__buf) raw = VC__BUF(64);
    const transit_type *type = work->key->type;
    if (!transit_signs(type)) {
        snprintf(work->why, sizeof work->why, "unknown key type %s for export type public-key", type->name);
        return false;
    }
    if (type->kind == TRANSIT_ED25519 && (work->form == FORM_DEFAULT || work->form == FORM_RAW)) {
        dev_pair_der(version->pair, DEV_PAIR_RAW, &raw);
        return export_bytes(work, vc__buf_get(&raw));
    }
    if (work->form == FORM_RAW)
        return fail(work, type->kind == TRANSIT_RSA
                              ? "unknown key format for rsa key; supported values are ``, `der`, or `pem`"
                              : "unknown key format for ec key; supported values are ``, `der`, or `pem`");
    return export_pair(work, version->pair, DEV_PAIR_PUBLIC);
}

static bool export_version(export_work *work, const transit_version *version)
{
    vc__buf_clear(&work->text);
    switch (work->kind) {
    case ENCRYPTION_KEY:
    case SIGNING_KEY: return export_private(work, version);
    case HMAC_KEY: return export_bytes(work, transit_hmac_key(work->key, version));
    case PUBLIC_KEY: return export_public(work, version);
    case CHAIN: return fail(work, "selected key version does not have a certificate chain imported");
    case KINDS: break;
    }
    return false;
}

/* Versions `first` to `last` of the key. */
static void export_versions(dev_request *request, export_work *work, int first, int last)
{
    vc__buf *out = dev_reply_data(request);
    vc__buf_str(out, "{\"keys\":{");
    for (int number = first; number <= last; number++) {
        char name[16];
        snprintf(name, sizeof name, "%d", number);
        if (!export_version(work, &work->key->versions[number - 1])) {
            dev_reply_wrapped(request, 500, "%s", work->why);
            return;
        }
        out_key(out, name);
        out_string(out, vc__buf_get(&work->text));
    }
    out_close(out, '}');
    out_member(out, "name", work->key->name);
    out_member(out, "type", work->key->type->name);
    out_close(out, '}');
}

/* The version that the path names; 0: answered. */
static int one_version(dev_request *request, const transit_key *key)
{
    vc_view text = request->args[2];
    char copy[16], *end;
    if (vc__view_is(text, "latest"))
        return key->latest;
    if (text.len && text.data[0] == 'v')
        text = vc_view_of(text.data + 1, text.len - 1);
    snprintf(copy, sizeof copy, "%.*s", (int)text.len, text.data);
    const long number = strtol(copy, &end, 10);
    if (*end || end == copy || text.len >= sizeof copy)
        dev_reply_error(request, 400, "invalid key version");
    else if (number < key->min_decryption)
        dev_reply_error(request, 400, "version for export is below minimum decryption version");
    else if (number > key->latest)
        dev_reply_error(request, 400, "version does not exist or cannot be found");
    else
        return (int)number;
    return 0;
}

/* Whether this key may be exported as that. */
static bool exportable(dev_request *request, const export_work *work)
{
    const transit_key *key = work->key;
    const bool secret = work->kind != PUBLIC_KEY && work->kind != CHAIN;
    if (secret && !key->exportable)
        dev_reply_error(request, 400, "private key material is not exportable");
    else if (key->soft_deleted)
        dev_reply_wrapped(request, 500, "%s", transit_soft_deleted);
    else if (work->kind == ENCRYPTION_KEY && !transit_encrypts(key->type))
        dev_reply_error(request, 400, "encryption not supported for the key");
    else if (work->kind == SIGNING_KEY && !transit_signs(key->type))
        dev_reply_error(request, 400, "signing not supported for the key");
    else if (work->kind == CHAIN && !transit_signs(key->type))
        dev_reply_error(request, 400, "certificate chain not supported for keys that do not support signing");
    else
        return true;
    return false;
}

void transit_on_export(dev_request *request)
{
    const char *format = dev_query(request, "format");
    const vc_view form = vc_str(format && request->server->flavour->openbao ? format : "");
    export_work work = { .key = transit_key_get(request, 1),
                         .kind = (export_kind)index_of(kinds, KINDS, request->args[0]),
                         .form = (export_form)index_of(forms, FORMS, form),
                         .text = VC__BUF(1 << 16) };
    if (work.kind == KINDS) {
        dev_reply_error(request, 400, "invalid export type: %.*s", (int)request->args[0].len,
                        request->args[0].data);
    } else if (work.form == FORMS) {
        dev_reply_error(request, 400, "invalid format: %s", format);
    } else if (!work.key) {
        dev_reply_missing(request);
    } else if (exportable(request, &work)) {
        const int one = request->args[2].len ? one_version(request, work.key) : 0;
        if (one)
            export_versions(request, &work, one, one);
        else if (request->args[2].len == 0)
            export_versions(request, &work, work.key->min_decryption, work.key->latest);
    }
    vc__buf_free(&work.text);
}

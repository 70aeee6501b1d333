/* SPDX-License-Identifier: Apache-2.0 */
/* transit_type.c - the types of keys. */
#include "base/text.h"
#include "transit.h"

static const transit_type types[] = {
    { "aes256-gcm96", TRANSIT_AEAD, VC__AES256_GCM, false, 0, 0, NULL },
    { "aes128-gcm96", TRANSIT_AEAD, VC__AES128_GCM, false, 0, 0, NULL },
    { "chacha20-poly1305", TRANSIT_AEAD, VC__CHACHA20_POLY1305, false, 0, 0, NULL },
    { "xchacha20-poly1305", TRANSIT_XCHACHA, VC__CHACHA20_POLY1305, true, 0, 0, NULL },
    { "hmac", TRANSIT_HMAC, 0, false, 0, 0, NULL },
    { "rsa-2048", TRANSIT_RSA, 0, false, DEV_RSA, 2048, "rsa-2048" },
    { "rsa-3072", TRANSIT_RSA, 0, false, DEV_RSA, 3072, "rsa-3072" },
    { "rsa-4096", TRANSIT_RSA, 0, false, DEV_RSA, 4096, "rsa-4096" },
    { "ecdsa-p256", TRANSIT_ECDSA, 0, false, DEV_ECDSA, 256, "P-256" },
    { "ecdsa-p384", TRANSIT_ECDSA, 0, false, DEV_ECDSA, 384, "P-384" },
    { "ecdsa-p521", TRANSIT_ECDSA, 0, false, DEV_ECDSA, 521, "P-521" },
    { "ed25519", TRANSIT_ED25519, 0, false, DEV_ED25519, 256, "ed25519" },
};

const transit_type *transit_type_find(const dev_flavour *flavour, vc_view name)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (vc__view_is(name, types[i].name) && (flavour->openbao || !types[i].openbao))
            return &types[i];
    return NULL;
}

bool transit_encrypts(const transit_type *type)
{
    return type->kind == TRANSIT_AEAD || type->kind == TRANSIT_XCHACHA || type->kind == TRANSIT_RSA;
}

bool transit_associates(const transit_type *type)
{
    return type->kind == TRANSIT_AEAD || type->kind == TRANSIT_XCHACHA;
}

bool transit_derives(const transit_type *type)
{
    return transit_associates(type) || type->kind == TRANSIT_ED25519;
}

bool transit_signs(const transit_type *type)
{
    return type->pair != 0;
}

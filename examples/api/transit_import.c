/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transit_import - bring your own key, with <vaultcrypt/transit_key.h>: wrapped here, it goes into Vault as version 1 of
 * the key NAME, and another one as version 2. Where the keys are there need be no Vault: the wrapping key can be
 * carried there, and what was wrapped back.
 *
 *     transit_import NAME
 */
#include "api.h"

/* In place of a key of yours: raw bytes, PKCS#8 or PEM. */
static vc_bytes a_key(vc_client *vault)
{
    vc_bytes key = VC_BYTES_INIT;
    must(vc_transit_random(vault, NULL, NULL, 32, &key, &err));
    return key;
}

static vc_bytes wrap(vc_client *vault, vc_view pem)
{
    vc_bytes key = a_key(vault), wrapped = VC_BYTES_INIT;
    must(vc_transit_wrap_key(pem, vc_bytes_view(key), "SHA256", &wrapped, &err));
    vc_bytes_free(&key);
    return wrapped;
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "example-imported";
    vc_client *vault = made(vc_client_open(NULL, &err));
    vc_bytes pem = VC_BYTES_INIT;
    must(vc_transit_wrapping_key_read(vault, NULL, &pem, &err));

    vc_transit_settings *settings = made(vc_transit_settings_new(&err));
    must(vc_transit_settings_set_type(settings, "aes256-gcm96", &err));
    must(vc_transit_settings_set_allow_rotation(settings, 0, &err));
    vc_bytes wrapped = wrap(vault, vc_bytes_view(pem));
    must(vc_transit_key_import(vault, name, vc_bytes_view(wrapped), "SHA256", settings, &err));
    vc_bytes_free(&wrapped);
    vc_transit_settings_free(settings);

    wrapped = wrap(vault, vc_bytes_view(pem));
    must(vc_transit_key_import_version(vault, name, vc_bytes_view(wrapped), "SHA256", &err));
    vc_bytes_free(&wrapped);
    vc_bytes_free(&pem);
    printf("%s has two versions, both of them yours\n", name);
    vc_client_close(vault);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transit - every call of <vaultcrypt/transit.h> once: values encrypted, opened, moved to a new version of their key,
 * signed and verified, data keys, random bytes, digests. Makes the keys `example` and `example-sign`, if they are not
 * there.
 *
 *     vaultcrypt dev -- sh -c 'curl -s -H "X-Vault-Token: $VAULT_TOKEN" -d "{\"type\":\"transit\"}" $VAULT_ADDR/v1/sys/mounts/transit; ./transit'
 */
#include "api.h"

static void make_keys(vc_client *vault)
{
    must(vc_transit_key_create(vault, "example", NULL, &err));
    vc_transit_settings *settings = made(vc_transit_settings_new(&err));
    must(vc_transit_settings_set_type(settings, "ecdsa-p256", &err));
    must(vc_transit_key_create(vault, "example-sign", settings, &err));
    vc_transit_settings_free(settings);
}

static void encrypt_and_decrypt(vc_client *vault)
{
    vc_bytes sealed = VC_BYTES_INIT, newer = VC_BYTES_INIT, plain = VC_BYTES_INIT;
    vc_transit_options *options = made(vc_transit_options_new(&err));
    must(vc_transit_options_set_associated_data(options, vc_str("customer 42"), &err));
    must(vc_transit_encrypt(vault, "example", vc_str("4111 1111"), options, &sealed, &err));
    must(vc_transit_decrypt(vault, "example", vc_bytes_view(sealed), options, &plain, &err));
    printf("%s: %zu bytes come back\n", sealed.data, plain.len);
    vc_bytes_free(&sealed);
    vc_bytes_free(&plain); /* wipes it */
    vc_transit_options_free(options);

    must(vc_transit_encrypt(vault, "example", vc_str("4111 1111"), NULL, &sealed, &err));
    must(vc_transit_rewrap(vault, "example", vc_bytes_view(sealed), NULL, &newer, &err));
    printf("%s: under the latest version\n", newer.data);
    vc_bytes_free(&sealed);
    vc_bytes_free(&newer);
}

static void sign_and_verify(vc_client *vault)
{
    vc_bytes signature = VC_BYTES_INIT, hmac = VC_BYTES_INIT;
    vc_transit_options *options = made(vc_transit_options_new(&err));
    must(vc_transit_options_set_hash_algorithm(options, "sha2-512", &err));
    must(vc_transit_options_set_marshaling(options, "jws", &err));
    must(vc_transit_sign(vault, "example-sign", vc_str("to whom it may concern"), options, &signature, &err));
    must(vc_transit_verify(vault, "example-sign", vc_str("to whom it may concern"), vc_bytes_view(signature), options, &err));
    if (vc_transit_verify(vault, "example-sign", vc_str("to you"), vc_bytes_view(signature), options, &err) != VC_E_SIGNATURE)
        stop();
    printf("%s: of the one text, not of the other\n", signature.data);
    vc_transit_options_free(options);

    must(vc_transit_hmac(vault, "example", vc_str("text"), NULL, &hmac, &err));
    must(vc_transit_verify_hmac(vault, "example", vc_str("text"), vc_bytes_view(hmac), NULL, &err));
    vc_bytes_free(&signature);
    vc_bytes_free(&hmac);
}

static void keys_and_bytes(vc_client *vault)
{
    vc_bytes key = VC_BYTES_INIT, wrapped = VC_BYTES_INIT, bytes = VC_BYTES_INIT, digest = VC_BYTES_INIT;
    must(vc_transit_datakey_create(vault, "example", 256, NULL, &key, &wrapped, &err));
    printf("a key of %zu bytes to use here; to be kept beside the data: %s\n", key.len, wrapped.data);
    vc_bytes_free(&key); /* wipes it: vc_transit_decrypt() gives it again */
    vc_bytes_free(&wrapped);
    must(vc_transit_random(vault, NULL, NULL, 32, &bytes, &err));
    must(vc_transit_hash(vault, NULL, "sha2-256", vc_bytes_view(bytes), &digest, &err));
    printf("%zu random bytes, and their digest of %zu\n", bytes.len, digest.len);
    vc_bytes_free(&bytes);
    vc_bytes_free(&digest);
}

int main(void)
{
    vc_client *vault = made(vc_client_open(NULL, &err)); /* VAULT_ADDR, VAULT_TOKEN, ... */
    make_keys(vault);
    encrypt_and_decrypt(vault);
    sign_and_verify(vault);
    keys_and_bytes(vault);
    vc_client_close(vault);
    return 0;
}

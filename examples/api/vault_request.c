/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vault_request - every call of <vaultcrypt/vault.h> once: an endpoint without a function of its own, one in a namespace, a reply that is an
 * error, a wrapped reply. Needs a token that may read sys/.
 *
 *     vaultcrypt dev -- ./vault_request
 */
#include "api.h"

static void show(const vc_vault_reply *reply)
{
    const vc_view body = vc_vault_reply_body(reply);
    printf("status %d, request id '%s', %zu bytes of %.*s\n", vc_vault_reply_status(reply),
           vc_vault_reply_request_id(reply), body.len, (int)vc_vault_reply_header(reply, "Content-Type").len,
           vc_vault_reply_header(reply, "Content-Type").data);
    for (size_t i = 0; i < vc_vault_reply_warning_count(reply); i++)
        printf("Vault warns: %s\n", vc_vault_reply_warning(reply, i));
}

int main(void)
{
    vc_client *vault = made(vc_client_open(NULL, &err)); /* VAULT_ADDR, VAULT_TOKEN, ... */
    vc_vault_reply *reply = NULL;
    must(vc_vault_request(vault, "LIST", "sys/policies/acl", vc_str(NULL), NULL, &reply, &err));
    show(reply);
    vc_vault_reply_free(reply);

    /* There is a reply with an error too. */
    if (vc_vault_request(vault, "GET", "nowhere/at/all", vc_str(NULL), NULL, &reply, &err) != VC_E_NOT_FOUND)
        stop();
    show(reply);
    vc_vault_reply_free(reply);

    vc_vault_options *options = made(vc_vault_options_new(&err));
    must(vc_vault_options_set_namespace(options, "/", &err)); /* the root namespace */
    vc_vault_options_set_no_token(options, 1);
    vc_vault_options_set_once(options, 1); /* no retries */
    must(vc_vault_request(vault, "GET", "sys/health?standbyok=true", vc_str(NULL), options, &reply, &err));
    show(reply);
    vc_vault_reply_free(reply);
    vc_vault_options_free(options);

    options = made(vc_vault_options_new(&err));
    vc_vault_options_set_wrap_ttl(options, 60);
    vc_vault_options_set_replay_safe(options, 0);
    must(vc_vault_request(vault, "POST", "auth/token/create", vc_str("{\"ttl\":\"5m\"}"), options, &reply, &err));
    vc_wrapping *wrapped = made(vc_vault_reply_wrapping(reply, &err));
    printf("a token for somebody else, wrapped for %d s by %s\n", (int)vc_wrapping_ttl(wrapped), vc_wrapping_path(wrapped));
    vc_wrapping_free(wrapped);
    vc_vault_reply_free(reply); /* wipes it */
    vc_vault_options_free(options);
    vc_client_close(vault);
    return 0;
}

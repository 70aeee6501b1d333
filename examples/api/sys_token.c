/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sys_token - the calls of <vaultcrypt/token.h>: a token made for somebody else, looked up, renewed by its owner, and ended.
 *
 *     vaultcrypt dev -- ./sys_token
 */
#include "api.h"

static void show(const vc_token *token)
{
    printf("%s token '%s' %s: %d s of %d left, %d uses, renewable %d, orphan %d, policies", vc_token_type(token),
           vc_token_display_name(token), vc_token_accessor(token), (int)vc_token_ttl(token),
           (int)vc_token_creation_ttl(token), (int)vc_token_uses(token), vc_token_is_renewable(token),
           vc_token_is_orphan(token));
    for (size_t i = 0; i < vc_token_policy_count(token); i++)
        printf(" %s", vc_token_policy(token, i));
    printf("\n");
}

/* What its owner does with it. */
static void own(vc_bytes secret)
{
    vc_config *config = made(vc_config_new(&err));
    must(vc_config_from_env(config, &err));
    must(vc_config_set_token(config, vc_bytes_view(secret), &err));
    vc_client *vault = made(vc_client_open(config, &err));
    vc_config_free(config);
    vc_token *token = made(vc_token_renew_self(vault, 1800, &err));
    show(token);
    vc_token_free(token);
    token = made(vc_token_lookup_self(vault, &err));
    show(token);
    vc_token_free(token);
    must(vc_token_revoke_self(vault, &err));
    vc_client_close(vault);
}

int main(void)
{
    vc_client *vault = made(vc_client_open(NULL, &err)); /* VAULT_ADDR, VAULT_TOKEN, ... */
    vc_token_settings *settings = made(vc_token_settings_new(&err));
    must(vc_token_settings_add_policy(settings, "default", &err));
    must(vc_token_settings_set_ttl(settings, 900, &err));
    must(vc_token_settings_set_explicit_max_ttl(settings, 3600, &err));
    must(vc_token_settings_set_display_name(settings, "example", &err));
    must(vc_token_settings_set_meta(settings, "team", "a", &err));
    vc_bytes secret = VC_BYTES_INIT;
    vc_token *token = NULL;
    must(vc_token_create(vault, settings, &secret, &token, &err));
    vc_token_settings_free(settings);
    vc_token *seen = made(vc_token_lookup_accessor(vault, vc_token_accessor(token), &err));
    show(seen);
    vc_token_free(seen);
    own(secret);
    vc_token_free(token);
    vc_bytes_free(&secret); /* wipes it */

    must(vc_token_create(vault, NULL, &secret, &token, &err));
    must(vc_token_revoke_accessor(vault, vc_token_accessor(token), &err));
    vc_token_free(token);
    vc_bytes_free(&secret);
    vc_client_close(vault);
    return 0;
}

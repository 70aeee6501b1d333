/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sys_wrapping - the calls of <vaultcrypt/wrapping.h>: something wrapped, looked at from outside, opened once; and how a second time
 * shows that somebody was faster.
 *
 *     vaultcrypt dev -- ./sys_wrapping
 */
#include "api.h"

int main(void)
{
    vc_client *vault = made(vc_client_open(NULL, &err)); /* VAULT_ADDR, VAULT_TOKEN, ... */
    vc_wrapping *wrapped = made(vc_wrapping_wrap(vault, vc_str("{\"password\":\"example\"}"), 120, &err));
    printf("wrapped at %s for %d s (accessor %s)\n", vc_wrapping_created(wrapped), (int)vc_wrapping_ttl(wrapped),
           vc_wrapping_accessor(wrapped));

    /* Who gets a token looks where it comes from before opening it. */
    vc_wrapping *seen = made(vc_wrapping_lookup(vault, vc_wrapping_token(wrapped), &err));
    if (strcmp(vc_wrapping_path(seen), "sys/wrapping/wrap") != 0)
        stop();
    vc_wrapping_free(seen);

    vc_wrapping *again = made(vc_wrapping_rewrap(vault, vc_wrapping_token(wrapped), &err));
    vc_wrapping_free(wrapped);
    vc_vault_reply *reply = NULL;
    must(vc_wrapping_unwrap(vault, vc_wrapping_token(again), &reply, &err));
    printf("unwrapped: %zu bytes\n", vc_vault_reply_body(reply).len);
    vc_vault_reply_free(reply); /* wipes it */

    if (vc_wrapping_unwrap(vault, vc_wrapping_token(again), &reply, &err) != VC_E_SPENT)
        stop();
    printf("a second time: %s\n", err.message);
    vc_wrapping_free(again);
    vc_client_close(vault);
    return 0;
}

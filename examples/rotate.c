/* SPDX-License-Identifier: Apache-2.0 */
/* rotate - makes a new version of a transit key, as an administrator of Vault does, and prints its number. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vaultcrypt/vaultcrypt.h>

static void die(const vc_error *err)
{
    char line[1024];
    fprintf(stderr, "rotate: %s\n", vc_error_format(err, line, sizeof line));
    exit(1);
}

int main(int argc, char **argv)
{
    if (argc != 2 || *argv[1] == '-') {
        const int help = argc == 2 && strcmp(argv[1], "--help") == 0;
        fputs("usage: rotate KEY\nVault: VAULT_ADDR, VAULT_TOKEN and the other VAULT_* variables.\n",
              help ? stdout : stderr);
        return help ? 0 : 2;
    }
    vc_error err = VC_ERROR_INIT;
    vc_client *vault = vc_client_open(NULL, &err);
    if (!vault || vc_transit_key_rotate(vault, argv[1], &err))
        die(&err);
    vc_transit_key *key = vc_transit_key_read(vault, argv[1], &err);
    if (!key)
        die(&err);
    printf("%llu\n", (unsigned long long)vc_transit_key_latest_version(key));
    vc_transit_key_free(key);
    vc_client_close(vault);
    return 0;
}

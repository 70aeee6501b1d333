/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth - the ways to a token with <vaultcrypt/auth.h>. `auth METHOD` sets one of them up with values of the environment, and shows what the
 * client holds then: approle (ROLE_ID, SECRET_ID), wrapped (ROLE_ID, ROLE, WRAPPING_TOKEN), kubernetes (ROLE), jwt (ROLE, JWT_FILE),
 * cert (CLIENT_CERT, CLIENT_KEY), userpass and ldap (USERNAME, PASSWORD_FILE), file (TOKEN_FILE), callback (VAULT_TOKEN);
 * MOUNT when the method is not mounted at its own name.
 */
#include "api.h"

static const char *of(const char *name)
{
    const char *value = getenv(name);
    if (!value) {
        fprintf(stderr, "%s is not set\n", name);
        exit(2);
    }
    return value;
}

/* Any other source of tokens: a plugin, a metadata service. It may also give a log-in: vc_auth_answer_login(). */
static vc_code fetch(void *user, vc_auth_answer *answer, vc_error *why)
{
    ++*(int *)user;
    return vc_auth_answer_token(answer, vc_str(of("VAULT_TOKEN")), 3600, 0, why);
}

static void set_up(vc_config *config, const char *method, int *fetched)
{
    const char *mount = getenv("MOUNT"); /* NULL: the method's usual one */
    if (strcmp(method, "approle") == 0)
        must(vc_config_set_auth_approle(config, mount, of("ROLE_ID"), vc_str(of("SECRET_ID")), &err));
    else if (strcmp(method, "wrapped") == 0)
        must(vc_config_set_auth_approle_wrapped(config, mount, of("ROLE_ID"), of("ROLE"), vc_str(of("WRAPPING_TOKEN")), &err));
    else if (strcmp(method, "kubernetes") == 0)
        must(vc_config_set_auth_kubernetes(config, mount, of("ROLE"), NULL, &err));
    else if (strcmp(method, "jwt") == 0)
        must(vc_config_set_auth_jwt(config, mount, of("ROLE"), of("JWT_FILE"), &err));
    else if (strcmp(method, "cert") == 0) {
        must(vc_config_set_client_cert(config, of("CLIENT_CERT"), of("CLIENT_KEY"), &err));
        must(vc_config_set_auth_cert(config, mount, NULL, &err));
    } else if (strcmp(method, "userpass") == 0)
        must(vc_config_set_auth_userpass(config, mount, of("USERNAME"), vc_str(NULL), &err));
    else if (strcmp(method, "ldap") == 0)
        must(vc_config_set_auth_ldap(config, mount, of("USERNAME"), vc_str(NULL), &err));
    else if (strcmp(method, "file") == 0)
        must(vc_config_set_token_file_watch(config, of("TOKEN_FILE"), &err));
    else
        must(vc_config_set_auth_callback(config, fetch, fetched, &err));
    if (strcmp(method, "userpass") == 0 || strcmp(method, "ldap") == 0)
        must(vc_config_set_auth_secret_file(config, of("PASSWORD_FILE"), &err));
}

static void show(vc_client *vault)
{
    vc_token_info info = { .size = sizeof info };
    vc_client_token_info(vault, &info);
    printf("%s: %llu log-ins, %llu renewals; ", info.method, (unsigned long long)info.logins, (unsigned long long)info.renewals);
    if (info.ttl_ms == UINT64_MAX)
        printf("the token's end is not known\n");
    else
        printf("the token lives for %llu s more\n", (unsigned long long)info.ttl_ms / 1000);
}

int main(int argc, char **argv)
{
    int fetched = 0;
    uint64_t next_ms;
    vc_config *config = made(vc_config_new(&err));
    must(vc_config_from_env(config, &err)); /* address and TLS */
    set_up(config, argc > 1 ? argv[1] : "callback", &fetched);
    must(vc_config_set_auth_namespace(config, NULL, &err)); /* that of the requests */
    must(vc_config_set_renewal(config, VC_RENEWAL_CALLS, &err));
    must(vc_config_set_revoke_on_close(config, argc > 1 && strcmp(argv[1], "callback") != 0, &err));
    vc_client *vault = made(vc_client_open(config, &err));
    vc_config_free(config);
    must(vc_client_maintain(vault, &next_ms, &err)); /* logs in now rather than with the first request */
    show(vault);
    vc_client_close(vault); /* and revokes what it has got by logging in */
    return 0;
}

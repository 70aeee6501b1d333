/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sys_admin - the calls of <vaultcrypt/sys.h>: health and seal, engines and auth methods, policies and what a token may, namespaces. Needs a
 * root token; makes and removes things named example. An argument is an unseal key: then the server is sealed and opened too.
 *
 *     vaultcrypt dev -- sh -c './sys_admin $VAULTCRYPT_UNSEAL_KEY'
 */
#include "api.h"

static void state(vc_client *vault)
{
    vc_sys_health *health = made(vc_sys_health_read(vault, &err));
    printf("Vault %s '%s': initialized %d, sealed %d, standby %d\n", vc_sys_health_version(health),
           vc_sys_health_cluster_name(health), vc_sys_health_is_initialized(health), vc_sys_health_is_sealed(health),
           vc_sys_health_is_standby(health));
    vc_sys_health_free(health);
    vc_sys_leader *leader = made(vc_sys_leader_read(vault, &err));
    printf("leader: ha %d, this one %d, %s\n", vc_sys_leader_is_ha(leader), vc_sys_leader_is_self(leader),
           vc_sys_leader_address(leader));
    vc_sys_leader_free(leader);
}

static void seal(vc_client *vault, const char *share)
{
    vc_sys_seal_status *seal = made(vc_sys_seal_status_read(vault, &err));
    printf("seal %s of %s, '%s': %d of %d shares\n", vc_sys_seal_status_type(seal), vc_sys_seal_status_version(seal),
           vc_sys_seal_status_cluster_name(seal), (int)vc_sys_seal_status_threshold(seal),
           (int)vc_sys_seal_status_shares(seal));
    vc_sys_seal_status_free(seal);
    if (!share)
        return;
    must(vc_sys_seal(vault, &err));
    must(vc_sys_unseal_reset(vault, NULL, &err));
    must(vc_sys_unseal(vault, vc_str(share), &seal, &err));
    printf("initialized %d, sealed %d, %d shares given\n", vc_sys_seal_status_is_initialized(seal),
           vc_sys_seal_status_is_sealed(seal), (int)vc_sys_seal_status_progress(seal));
    vc_sys_seal_status_free(seal);
}

static int show(void *user, const char *path, const char *type)
{
    const vc_sys_mounts *mounts = user;
    printf("%s is %s (%s) %s\n", path, type, vc_sys_mounts_accessor(mounts, path), vc_sys_mounts_description(mounts, path));
    return 1;
}

static void mounts(vc_client *vault)
{
    must(vc_sys_mount_enable(vault, "example", "transit", "of an example", &err));
    must(vc_sys_mount_tune(vault, "example", VC_SYS_UNCHANGED, 3600, NULL, &err));
    vc_sys_mounts *there = made(vc_sys_mounts_read(vault, &err));
    vc_sys_mounts_each(there, show, there);
    if (!vc_sys_mounts_type(there, "example"))
        stop();
    vc_sys_mounts_free(there);
    must(vc_sys_mount_disable(vault, "example", &err));

    must(vc_sys_auth_enable(vault, "example", "userpass", NULL, &err));
    must(vc_sys_auth_tune(vault, "example", 600, 3600, "of an example", &err));
    there = made(vc_sys_auths_read(vault, &err));
    vc_sys_mounts_each(there, show, there);
    vc_sys_mounts_free(there);
    must(vc_sys_auth_disable(vault, "example", &err));
}

static void policies(vc_client *vault)
{
    static const char text[] = "path \"transit/encrypt/example\" { capabilities = [\"update\"] }\n";
    vc_bytes read = VC_BYTES_INIT;
    must(vc_sys_policy_write(vault, "example", vc_str(text), &err));
    must(vc_sys_policy_read(vault, "example", &read, &err));
    vc_bytes_free(&read);
    vc_names *names = made(vc_sys_policies_list(vault, &err));
    for (size_t i = 0; i < vc_names_count(names); i++)
        printf("policy %s\n", vc_names_at(names, i));
    if (!vc_names_has(names, "example"))
        stop();
    vc_names_free(names);
    must(vc_sys_policy_delete(vault, "example", &err));

    static const char *const paths[] = { "transit/encrypt/example", "sys/mounts" };
    unsigned may[2];
    must(vc_sys_capabilities_self_many(vault, paths, 2, may, &err));
    must(vc_sys_capabilities_self(vault, paths[0], &may[0], &err));
    printf("this token may %s on %s\n", may[0] & (VC_CAPABILITY_UPDATE | VC_CAPABILITY_ROOT) ? "update" : "not update",
           paths[0]);
}

/* Where the server has them. */
static void namespaces(vc_client *vault)
{
    vc_names *names = vc_sys_namespaces_list(vault, &err);
    if (!names) {
        printf("no namespaces here\n");
        return;
    }
    vc_names_free(names);
    must(vc_sys_namespace_create(vault, "example", &err));
    must(vc_sys_namespace_delete(vault, "example", &err));
}

int main(int argc, char **argv)
{
    vc_client *vault = made(vc_client_open(NULL, &err)); /* VAULT_ADDR, VAULT_TOKEN, ... */
    state(vault);
    seal(vault, argc > 1 ? argv[1] : NULL);
    mounts(vault);
    policies(vault);
    namespaces(vault);
    vc_client_close(vault);
    return 0;
}

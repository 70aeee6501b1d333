/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transform_store - the calls of <vaultcrypt/transform_token.h> about stores, and about keys of one's own. Needs a root token. With
 * a file that holds 32 bytes as an argument they become the key of a new transformation (Vault Enterprise; not in the development
 * server).
 *
 *     vaultcrypt dev -- ./transform_store
 */
#include "api.h"

static void import(vc_client *vault, const char *file)
{
    char key[32];
    FILE *in = fopen(file, "rb");
    if (!in || fread(key, 1, sizeof key, in) != sizeof key) {
        perror(file);
        exit(1);
    }
    fclose(in);
    vc_bytes pem = VC_BYTES_INIT, wrapped = VC_BYTES_INIT;
    must(vc_transform_wrapping_key_read(vault, "example", &pem, &err));
    must(vc_transit_wrap_key(vc_bytes_view(pem), vc_view_of(key, sizeof key), NULL, &wrapped, &err));
    vc_transform_transformation *kind = made(vc_transform_transformation_new("tokenization", &err));
    must(vc_transform_transformation_add_store(kind, "builtin/internal", &err));
    must(vc_transform_transformation_import(vault, "example/mine", kind, vc_bytes_view(wrapped), NULL, 0, &err));
    must(vc_transform_key_import_version(vault, "example/mine", vc_bytes_view(wrapped), NULL, &err));
    vc_transform_transformation_free(kind);
    vc_bytes_free(&pem);
    vc_bytes_free(&wrapped);
}

int main(int argc, char **argv)
{
    vc_client *vault = made(vc_client_open(NULL, &err)); /* VAULT_ADDR, VAULT_TOKEN, ... */
    must(vc_sys_mount_enable(vault, "example", "transform", NULL, &err));
    vc_transform_store *store =
        made(vc_transform_store_new("postgres", "postgresql://{{username}}:{{password}}@db.example/tokens", &err));
    must(vc_transform_store_set_user(store, "vault", vc_str("example"), &err));
    must(vc_transform_store_set_schema(store, "public", &err));
    must(vc_transform_store_set_connections(store, 8, 2, &err));
    must(vc_transform_store_write(vault, "example/db", store, &err));
    vc_transform_store_free(store); /* wipes it */
    must(vc_transform_store_write_schema(vault, "example/db", "owner", vc_str("example"), &err));
    store = made(vc_transform_store_read(vault, "example/db", &err));
    const char *driver = vc_transform_store_driver(store);
    printf("%s %s %s\n", vc_transform_store_type(store), driver ? driver : "", vc_transform_store_connection(store));
    vc_transform_store_free(store);
    vc_names *names = made(vc_transform_stores_list(vault, "example", &err));
    printf("%zu store\n", vc_names_count(names));
    vc_names_free(names);
    must(vc_transform_store_delete(vault, "example/db", &err));
    if (argc > 1)
        import(vault, argv[1]);
    must(vc_sys_mount_disable(vault, "example", &err));
    vc_client_close(vault);
    return 0;
}

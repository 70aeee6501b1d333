/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transform_value - the calls of <vaultcrypt/transform.h>: an alphabet, a template, transformations and a role made; a card number encoded,
 * decoded in part, masked, moved to another transformation; all listed and removed. Needs a root token.
 *
 *     vaultcrypt dev -- ./transform_value
 */
#include "api.h"

#define ROLE "example/payments"

static void make(vc_client *vault, const char *type, const char *place, const char *source)
{
    vc_transform_transformation *kind = made(vc_transform_transformation_new(type, &err));
    must(vc_transform_transformation_set_template(kind, "card", &err));
    must(vc_transform_transformation_add_allowed_role(kind, "pay*", &err));
    must(vc_transform_transformation_set_deletion_allowed(kind, 1, &err));
    if (source) {
        must(vc_transform_transformation_set_tweak_source(kind, source, &err));
        must(vc_transform_transformation_set_max_tweak_len(kind, 16, &err));
    } else {
        must(vc_transform_transformation_set_masking_character(kind, vc_str("#"), &err));
    }
    must(vc_transform_transformation_write(vault, place, kind, &err));
    vc_transform_transformation_free(kind);
}

static void objects(vc_client *vault)
{
    must(vc_transform_alphabet_write(vault, "example/digits", vc_str("0123456789"), &err));
    vc_transform_template *pattern = made(vc_transform_template_new(&err));
    must(vc_transform_template_set_pattern(pattern, "(\\d{4})-(\\d{4})-(\\d{4})-(\\d{4})", &err));
    must(vc_transform_template_set_alphabet(pattern, "digits", &err));
    must(vc_transform_template_set_encode_format(pattern, "$1-$2-$3-$4", &err));
    must(vc_transform_template_set_decode_format(pattern, "last-four", "$4", &err));
    must(vc_transform_template_write(vault, "example/card", pattern, &err));
    vc_transform_template_free(pattern);
    make(vault, "fpe", "example/old", "internal");
    make(vault, "fpe", "example/new", "generated");
    make(vault, "masking", "example/hidden", NULL);
    vc_transform_role *role = made(vc_transform_role_new(&err));
    must(vc_transform_role_add_transformation(role, "old", &err));
    must(vc_transform_role_add_transformation(role, "new", &err));
    must(vc_transform_role_add_transformation(role, "hidden", &err));
    must(vc_transform_role_write(vault, ROLE, role, &err));
    vc_transform_role_free(role);
}

static void values(vc_client *vault)
{
    vc_bytes coded = VC_BYTES_INIT, out = VC_BYTES_INIT, tweak = VC_BYTES_INIT;
    vc_transform_options *old = made(vc_transform_options_new(&err)), *new = made(vc_transform_options_new(&err));
    must(vc_transform_options_set_transformation(old, "old", &err));
    must(vc_transform_options_set_transformation(new, "new", &err));
    must(vc_transform_encode(vault, ROLE, vc_str("1111-2222-3333-4444"), old, &coded, NULL, &err));
    must(vc_transform_options_set_decode_format(old, "last-four", &err));
    must(vc_transform_decode(vault, ROLE, vc_bytes_view(coded), old, &out, &err));
    printf("%s ends in %s\n", coded.data, out.data);
    vc_bytes_free(&out);
    if (vc_transform_rewrap(vault, ROLE, vc_bytes_view(coded), old, new, &out, &tweak, &err) == VC_OK) {
        vc_bytes back = VC_BYTES_INIT;
        must(vc_transform_options_set_tweak(new, vc_bytes_view(tweak), &err));
        must(vc_transform_decode(vault, ROLE, vc_bytes_view(out), new, &back, &err));
        printf("%s is %s, with the tweak %s\n", out.data, back.data, tweak.data);
        vc_bytes_free(&back);
        vc_bytes_free(&out);
    } else if (err.code != VC_E_NOT_FOUND) { /* a Vault before 2.1 */
        stop();
    }
    must(vc_transform_options_set_transformation(new, "hidden", &err));
    must(vc_transform_encode(vault, ROLE, vc_str("1111-2222-3333-4444"), new, &out, NULL, &err));
    printf("for the eyes of many: %s\n", out.data);
    vc_bytes_free(&coded);
    vc_bytes_free(&out);
    vc_bytes_free(&tweak);
    vc_transform_options_free(old);
    vc_transform_options_free(new);
}

static void show(const char *what, vc_names *names)
{
    printf("%s:", what);
    for (size_t i = 0; i < vc_names_count(made(names)); i++)
        printf(" %s", vc_names_at(names, i));
    printf("\n");
    vc_names_free(names);
}

static void read_back(vc_client *vault)
{
    vc_transform_transformation *kind = made(vc_transform_transformation_read(vault, "example/old", &err));
    printf("old: %s, template %s, tweak %s, %s, tweaks up to %d bytes, may be deleted %d\n",
           vc_transform_transformation_type(kind), vc_transform_transformation_template(kind),
           vc_transform_transformation_tweak_source(kind), vc_transform_transformation_allowed_role(kind, 0),
           (int)vc_transform_transformation_max_tweak_len(kind), vc_transform_transformation_allows_deletion(kind));
    vc_transform_transformation_free(kind);
    vc_transform_template *pattern = made(vc_transform_template_read(vault, "example/card", &err));
    printf("card: %s over %s, %s\n", vc_transform_template_pattern(pattern), vc_transform_template_alphabet(pattern),
           vc_transform_template_decode_format(pattern, "last-four"));
    vc_transform_template_free(pattern);
    vc_transform_role *role = made(vc_transform_role_read(vault, ROLE, &err));
    printf("payments: %zu transformations, first %s\n", vc_transform_role_transformation_count(role),
           vc_transform_role_transformation(role, 0));
    vc_transform_role_free(role);
    vc_bytes alphabet = VC_BYTES_INIT;
    must(vc_transform_alphabet_read(vault, "example/digits", &alphabet, &err));
    vc_bytes_free(&alphabet);
}

int main(void)
{
    vc_client *vault = made(vc_client_open(NULL, &err)); /* VAULT_ADDR, VAULT_TOKEN, ... */
    must(vc_sys_mount_enable(vault, "example", "transform", NULL, &err));
    objects(vault);
    values(vault);
    read_back(vault);
    show("roles", vc_transform_roles_list(vault, "example", &err));
    show("transformations", vc_transform_transformations_list(vault, "example", &err));
    show("templates", vc_transform_templates_list(vault, "example", &err));
    show("alphabets", vc_transform_alphabets_list(vault, "example", &err));
    must(vc_transform_role_delete(vault, ROLE, &err));
    must(vc_transform_transformation_delete(vault, "example/old", &err));
    must(vc_transform_transformation_delete(vault, "example/new", &err));
    must(vc_transform_transformation_delete(vault, "example/hidden", &err));
    must(vc_transform_template_delete(vault, "example/card", &err));
    must(vc_transform_alphabet_delete(vault, "example/digits", &err));
    must(vc_sys_mount_disable(vault, "example", &err));
    vc_client_close(vault);
    return 0;
}

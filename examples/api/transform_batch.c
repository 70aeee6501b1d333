/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transform_batch - the calls of <vaultcrypt/transform_batch.h>: many values encoded and decoded, and many tokens asked about. Needs a root
 * token.
 *
 *     vaultcrypt dev -- ./transform_batch
 */
#include "api.h"

#define ROLE "example/payments"

static void make(vc_client *vault, const char *type, const char *place)
{
    vc_transform_transformation *kind = made(vc_transform_transformation_new(type, &err));
    must(vc_transform_transformation_set_template(kind, "builtin/creditcardnumber", &err));
    must(vc_transform_transformation_set_tweak_source(kind, "generated", &err));
    must(vc_transform_transformation_add_allowed_role(kind, "payments", &err));
    must(vc_transform_transformation_write(vault, place, kind, &err));
    vc_transform_transformation_free(kind);
}

/* A batch over the results of another, or over `values`. */
static vc_transform_batch *run(vc_client *vault, vc_transform_verb verb, const char *transformation,
                               const char *const *values, size_t count, const vc_transform_batch *from)
{
    vc_transform_options *options = made(vc_transform_options_new(&err));
    must(vc_transform_options_set_transformation(options, transformation, &err));
    vc_transform_batch *batch = made(vc_transform_batch_new(verb, ROLE, options, &err));
    vc_transform_options_free(options);
    for (size_t i = 0; i < count; i++)
        must(vc_transform_batch_add(batch, from ? vc_transform_batch_result(from, i) : vc_str(values[i]),
                                    from ? vc_transform_batch_tweak(from, i) : vc_str(NULL), &err));
    must(vc_transform_batch_run(vault, batch, &err));
    for (size_t i = 0; i < vc_transform_batch_count(batch); i++)
        if (vc_transform_batch_error(batch, i))
            printf("item %zu: %s\n", i, vc_transform_batch_error(batch, i)->message);
    return batch;
}

int main(void)
{
    static const char *const cards[] = { "1111-2222-3333-4444", "5555-6666-7777-8888", "no card" };
    vc_client *vault = made(vc_client_open(NULL, &err)); /* VAULT_ADDR, VAULT_TOKEN, ... */
    must(vc_sys_mount_enable(vault, "example", "transform", NULL, &err));
    make(vault, "fpe", "example/cards");
    make(vault, "tokenization", "example/tokens");
    vc_transform_role *role = made(vc_transform_role_new(&err));
    must(vc_transform_role_add_transformation(role, "cards", &err));
    must(vc_transform_role_add_transformation(role, "tokens", &err));
    must(vc_transform_role_write(vault, ROLE, role, &err));
    vc_transform_role_free(role);

    vc_transform_batch *encoded = run(vault, VC_TRANSFORM_ENCODE, "cards", cards, 3, NULL); /* the third alone is refused */
    vc_transform_batch *decoded = run(vault, VC_TRANSFORM_DECODE, "cards", NULL, 2, encoded);
    printf("%.*s\n", (int)vc_transform_batch_result(decoded, 1).len, vc_transform_batch_result(decoded, 1).data);
    vc_transform_batch_free(encoded);
    vc_transform_batch_free(decoded);

    vc_transform_batch *tokens = run(vault, VC_TRANSFORM_TOKENIZE, "tokens", cards, 3, NULL);
    vc_transform_batch *valid = run(vault, VC_TRANSFORM_VALIDATE, "tokens", NULL, 3, tokens);
    vc_transform_batch *metadata = run(vault, VC_TRANSFORM_METADATA, "tokens", NULL, 3, tokens);
    printf("valid %d, expires '%.*s'\n", vc_transform_batch_answer(valid, 0),
           (int)vc_transform_batch_expiration(metadata, 0).len, vc_transform_batch_expiration(metadata, 0).len
               ? vc_transform_batch_expiration(metadata, 0).data : "");
    vc_transform_batch_free(tokens);
    vc_transform_batch_free(valid);
    vc_transform_batch_free(metadata);
    must(vc_sys_mount_disable(vault, "example", &err));
    vc_client_close(vault);
    return 0;
}

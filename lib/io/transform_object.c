/* SPDX-License-Identifier: Apache-2.0 */
/* transform_object.c - the calls about roles, transformations, templates, alphabets, stores and keys of transform. */
#include "vault/transform_object.h"

#include "io/typed.h"
#include "vault/member.h"
#include "vault/names.h"

vc_code vc_transform_role_write(vc_client *client, const char *name, const vc_transform_role *role,
                                vc_error *err)
{
    vc_request request;
    return vc__typed_write(client, &request, vc__transform_role_write(&request, name, role, err), err);
}

vc_code vc_transform_transformation_write(vc_client *client, const char *name,
                                          const vc_transform_transformation *transformation, vc_error *err)
{
    vc_request request;
    return vc__typed_write(client, &request,
                           vc__transform_transformation_write(&request, name, transformation, err), err);
}

vc_code vc_transform_template_write(vc_client *client, const char *name, const vc_transform_template *pattern,
                                    vc_error *err)
{
    vc_request request;
    return vc__typed_write(client, &request, vc__transform_template_write(&request, name, pattern, err), err);
}

vc_code vc_transform_alphabet_write(vc_client *client, const char *name, vc_view alphabet, vc_error *err)
{
    vc_request request;
    return vc__typed_write(client, &request, vc__transform_alphabet_write(&request, name, alphabet, err),
                           err);
}

static void *parse_role(int status, vc_view body, vc_error *err)
{
    return vc__transform_role_parse(status, body, err);
}

vc_transform_role *vc_transform_role_read(vc_client *client, const char *name, vc_error *err)
{
    vc_request request;
    const vc_code built = vc__transform_read(&request, "role", name, err);
    return vc__typed_read(client, &request, built, parse_role, err);
}

static void *parse_transformation(int status, vc_view body, vc_error *err)
{
    return vc__transform_transformation_parse(status, body, err);
}

vc_transform_transformation *vc_transform_transformation_read(vc_client *client, const char *name, vc_error *err)
{
    vc_request request;
    const vc_code built = vc__transform_read(&request, "transformation", name, err);
    return vc__typed_read(client, &request, built, parse_transformation, err);
}

static void *parse_template(int status, vc_view body, vc_error *err)
{
    return vc__transform_template_parse(status, body, err);
}

vc_transform_template *vc_transform_template_read(vc_client *client, const char *name, vc_error *err)
{
    vc_request request;
    const vc_code built = vc__transform_read(&request, "template", name, err);
    return vc__typed_read(client, &request, built, parse_template, err);
}

vc_code vc_transform_alphabet_read(vc_client *client, const char *name, vc_bytes *alphabet, vc_error *err)
{
    vc_request request;
    vc_code code = vc__typed_send(client, &request, vc__transform_read(&request, "alphabet", name, err), err);
    if (!code)
        code = vc__transform_alphabet_parse(alphabet, request.status, vc__buf_get(&request.reply), err);
    return vc__typed_end(&request, code, err);
}

/* --- lists and deletions --- */

static void *parse_names(int status, vc_view body, vc_error *err)
{
    return vc__names_parse(status, body, "keys", err);
}

static vc_names *list(vc_client *client, const char *mount, const char *what, vc_error *err)
{
    vc_request request;
    return vc__typed_read(client, &request, vc__transform_begin_mount(&request, mount, what, err), parse_names, err);
}

static vc_code delete_one(vc_client *client, const char *kind, const char *name, vc_error *err)
{
    vc_request request;
    return vc__typed_write(client, &request, vc__transform_begin(&request, "DELETE", kind, name, "", err), err);
}

vc_names *vc_transform_roles_list(vc_client *client, const char *mount, vc_error *err)
{
    return list(client, mount, "role?list=true", err);
}

vc_code vc_transform_role_delete(vc_client *client, const char *name, vc_error *err)
{
    return delete_one(client, "role", name, err);
}

vc_names *vc_transform_transformations_list(vc_client *client, const char *mount, vc_error *err)
{
    return list(client, mount, "transformation?list=true", err);
}

vc_code vc_transform_transformation_delete(vc_client *client, const char *name, vc_error *err)
{
    return delete_one(client, "transformation", name, err);
}

vc_names *vc_transform_templates_list(vc_client *client, const char *mount, vc_error *err)
{
    return list(client, mount, "template?list=true", err);
}

vc_code vc_transform_template_delete(vc_client *client, const char *name, vc_error *err)
{
    return delete_one(client, "template", name, err);
}

vc_names *vc_transform_alphabets_list(vc_client *client, const char *mount, vc_error *err)
{
    return list(client, mount, "alphabet?list=true", err);
}

vc_code vc_transform_alphabet_delete(vc_client *client, const char *name, vc_error *err)
{
    return delete_one(client, "alphabet", name, err);
}

vc_names *vc_transform_stores_list(vc_client *client, const char *mount, vc_error *err)
{
    return list(client, mount, "stores?list=true", err);
}

vc_code vc_transform_store_delete(vc_client *client, const char *name, vc_error *err)
{
    return delete_one(client, "stores", name, err);
}

vc_names *vc_transform_keys_list(vc_client *client, const char *mount, vc_error *err)
{
    return list(client, mount, "tokenization/keys?list=true", err);
}

/* --- stores --- */

vc_code vc_transform_store_write(vc_client *client, const char *name, const vc_transform_store *store, vc_error *err)
{
    vc_request request;
    return vc__typed_write(client, &request, vc__transform_store_write(&request, name, store, err), err);
}

static void *parse_store(int status, vc_view body, vc_error *err)
{
    return vc__transform_store_parse(status, body, err);
}

vc_transform_store *vc_transform_store_read(vc_client *client, const char *name, vc_error *err)
{
    vc_request request;
    const vc_code built = vc__transform_read(&request, "stores", name, err);
    return vc__typed_read(client, &request, built, parse_store, err);
}

vc_code vc_transform_store_write_schema(vc_client *client, const char *name, const char *user, vc_view password,
                                        vc_error *err)
{
    vc_request request;
    const vc_code built = vc__transform_store_schema(&request, name, user, password, err);
    return vc__typed_write(client, &request, built, err);
}

/* --- keys --- */

static void *parse_key(int status, vc_view body, vc_error *err)
{
    return vc__transform_key_parse(status, body, err);
}

vc_transform_key *vc_transform_key_read(vc_client *client, const char *name, vc_error *err)
{
    vc_request request;
    const vc_code built = vc__transform_read(&request, "tokenization/keys", name, err);
    return vc__typed_read(client, &request, built, parse_key, err);
}

vc_code vc_transform_key_rotate(vc_client *client, const char *name, vc_error *err)
{
    vc_request request;
    const vc_code built = vc__transform_begin(&request, "POST", "tokenization/keys", name, "/rotate", err);
    request.replay_safe = false;
    return vc__typed_write(client, &request, built, err);
}

vc_code vc_transform_key_configure(vc_client *client, const char *name, uint64_t min_decryption_version,
                                   uint64_t auto_rotate_seconds, vc_error *err)
{
    vc_request request;
    const vc_code built =
        vc__transform_key_configure(&request, name, min_decryption_version, auto_rotate_seconds, err);
    return vc__typed_write(client, &request, built, err);
}

vc_code vc_transform_key_trim(vc_client *client, const char *name, uint64_t min_available_version, vc_error *err)
{
    vc_request request;
    return vc__typed_write(client, &request, vc__transform_key_trim(&request, name, min_available_version, err), err);
}

vc_code vc_transform_wrapping_key_read(vc_client *client, const char *mount, vc_bytes *pem, vc_error *err)
{
    vc_request request;
    vc_view found = vc_str(NULL);
    vc_code code =
        vc__typed_send(client, &request, vc__transform_begin_mount(&request, mount, "wrapping_key", err), err);
    if (!code)
        code = vc__reply_text(&found, "public_key", request.status, request.reply.data, request.reply.len, err);
    if (!code)
        code = vc__typed_copy(pem, found, err);
    return vc__typed_end(&request, code, err);
}

vc_code vc_transform_transformation_import(vc_client *client, const char *name,
                                           const vc_transform_transformation *transformation, vc_view wrapped,
                                           const char *hash, int allow_rotation, vc_error *err)
{
    vc_request request;
    const vc_code built =
        vc__transform_import(&request, name, transformation, wrapped, hash, allow_rotation != 0, err);
    return vc__typed_write(client, &request, built, err);
}

vc_code vc_transform_key_import_version(vc_client *client, const char *name, vc_view wrapped, const char *hash,
                                        vc_error *err)
{
    vc_request request;
    return vc__typed_write(client, &request, vc__transform_import_version(&request, name, wrapped, hash, err), err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* keysource_need.c - which halves of which keys a direction takes: by what the fields of the schema name. */
#include "base/text.h"
#include "io/keysource.h"

typedef struct uses {
    bool named;   /* by any field */
    bool wraps;   /* values are protected with it, or opened */
    bool signs;   /* values are signed with it */
    bool verifies;
} uses;

static bool has(const vc_field *field, const char *option, const char *name)
{
    vc_view rest = vc_str(vc_field_option(field, option)), item;
    while (vc__list_next(&rest, &item))
        if (vc__view_is(item, name))
            return true;
    return false;
}

static void note(uses *u, const vc_field *field, const char *name)
{
    const char *method = vc_field_method(field);
    const bool pairs = strcmp(method, "hybrid") == 0 || strcmp(method, "rsa-oaep") == 0;
    const bool sign = has(field, "sign", name), by = has(field, "signed_by", name);
    const char *source = vc_field_option(field, "source"); /* a symmetric key that is released is a static key */
    u->wraps |= (pairs || (source && strcmp(source, "static") == 0)) && (has(field, "key", name) || has(field, "accept", name));
    u->signs |= sign;
    u->verifies |= sign || by;
    u->named |= u->wraps || u->verifies;
}

bool vc__key_needed(const vc_schema *schema, const vc_schema_key *key, bool private, vc_direction direction)
{
    uses u = { 0 };
    const vc_rule *rule;
    const vc_field *field;
    for (size_t i = 0; (rule = vc_schema_rule_at(schema, i)); i++)
        for (size_t k = 0; (field = vc_rule_field_at(rule, k)); k++)
            note(&u, field, vc_schema_key_name(key));
    if (direction == VC_REWRAP || !u.named) /* of a key that no field names nobody knows what it is for */
        return direction == VC_REWRAP || (direction == VC_OPEN ? true : !private);
    return direction == VC_PROTECT ? (private ? u.signs : u.wraps) : (private ? u.wraps : u.verifies);
}

int vc_keysource_needs_vault(const vc_schema *schema, vc_direction direction)
{
    const vc_schema_key *key;
    const vc_schema_origin *origin;
    for (size_t i = 0; schema && (key = vc_schema_key_at(schema, i)); i++)
        for (int private = 0; private < 2; private++) {
            if (!vc__key_needed(schema, key, private, direction))
                continue;
            for (size_t k = 0; (origin = private ? vc_schema_key_private_at(key, k) : vc_schema_key_public_at(key, k)); k++)
                if (strcmp(vc_schema_origin_kind(origin), "vault") == 0)
                    return 1;
        }
    return 0;
}

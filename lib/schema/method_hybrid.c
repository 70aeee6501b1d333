/* SPDX-License-Identifier: Apache-2.0 */
/*
 * method_hybrid.c - methods that need only a public key to protect: a data key that is wrapped to it, and RSA-OAEP over the content itself;
 * and signatures, since anyone may have a public key.
 */
#include "base/error.h"
#include "base/text.h"
#include "crypto/hpke.h"
#include "schema/field.h"
#include "schema/keypairs.h"

enum { MOST_NAMES = 64 };

/* One name of a key pair, which `keys:` has when there is such a list. */
static vc_code read_name(vc__field_reader *r, const vc__yaml_node *node, const char *option, const char **name)
{
    const vc_code code = vc__value_name(r->load, node, false, name);
    return code ? code : vc__keypairs_check(r->load, node, option, r->schema);
}

/* Appends a list's names, none of which is there already. */
static vc_code read_names(vc__field_reader *r, const vc__yaml_node *list, const char *option, const char **names, size_t *count)
{
    vc_code code = vc__value_list(r->load, list, "names of keys");
    if (!code && list->count > MOST_NAMES)
        return vc__value_error(r->load, list, VC_E_LIMIT, "`%s`: more than %d", option, MOST_NAMES);
    for (const vc__yaml_node *item = code ? NULL : list->first; item; item = item->next) {
        code = read_name(r, item, option, &names[*count]);
        if (code)
            return code;
        for (size_t i = 0; i < *count; i++)
            if (strcmp(names[i], names[*count]) == 0)
                return vc__value_error(r->load, item, VC_E_SCHEMA, "`%s`: `%s` is there twice%s", option, names[i],
                                       i ? "" : ", or the field's own");
        ++*count;
    }
    return code ? code : vc__field_list(r, list, option);
}

/* `key`, and `accept` here or beside the method. */
static vc_code read_keys(vc__field_reader *r, const vc__yaml_node *node, const char *method, const vc__yaml_node *key,
                         const vc__yaml_node *accept)
{
    vc_field *field = r->field;
    if (!key)
        return vc__value_error(r->load, node->key, VC_E_SCHEMA, "`%s` needs `key`: the name of a key pair (`keys`)", method);
    if (accept && r->accept)
        return vc__value_error(r->load, accept->key, VC_E_SCHEMA, "`accept` is also in line %zu", r->accept->line);
    accept = accept ? accept : r->accept;
    const size_t room = 1 + (accept ? accept->count : 0);
    const char **names = vc__arena_alloc(r->load->arena, room, sizeof *names);
    vc__key_name *keys = vc__arena_alloc(r->load->arena, room, sizeof *keys);
    if (!names || !keys)
        return vc__error_memory(r->load->err);
    field->source = VC__KEY_OF_PAIR;
    vc_code code = read_name(r, key, "key", &names[0]);
    if (code)
        return code;
    vc__field_set(r, "key", names[0]);
    field->name = names[0];
    size_t count = 1;
    code = accept ? read_names(r, accept, "accept", names, &count) : VC_OK;
    for (size_t i = 0; i < count; i++)
        keys[i] = (vc__key_name){ "", names[i] };
    field->names = names;
    field->keys = keys;
    field->key_count = count;
    return code;
}

vc_code vc__field_signature(vc__field_reader *r, const vc__yaml_node *sign, const vc__yaml_node *signed_by)
{
    vc_field *field = r->field;
    const char **names = vc__arena_alloc(r->load->arena, 1 + (signed_by ? signed_by->count : 0), sizeof *names);
    if (!names)
        return vc__error_memory(r->load->err);
    if ((sign || signed_by) && field->carry_header)
        return vc__value_error(r->load, (sign ? sign : signed_by)->key, VC_E_SCHEMA,
                               "`%s` does not go with `carry: header`: a signature is over the wrapped key, which is not in the token then",
                               sign ? "sign" : "signed_by");
    field->signed_by = names;
    if (sign) {
        const vc_code code = read_name(r, sign, "sign", &field->sign);
        if (code)
            return code;
        vc__field_set(r, "sign", field->sign);
    }
    if (signed_by && signed_by->kind == VC__YAML_LIST && !signed_by->count)
        return vc__value_error(r->load, signed_by, VC_E_SCHEMA, "`signed_by`: is empty");
    if (signed_by)
        return read_names(r, signed_by, "signed_by", names, &field->signed_by_count);
    if (sign)
        names[field->signed_by_count++] = field->sign;
    return VC_OK;
}

static vc_code read_wrap(vc__field_reader *r, const vc__yaml_node *node)
{
    static const char *const ways[] = { "auto", "hpke", NULL };
    size_t way;
    vc_error why = VC_ERROR_INIT;
    const vc_code code = vc__field_choice(r, node, "wrap", ways, &way);
    r->field->hpke = !code && way == 1;
    if (r->field->hpke && vc__hpke_check(&why))
        return vc__value_error(r->load, node, VC_E_UNSUPPORTED, "`wrap: hpke`: %s", why.message);
    return code;
}

vc_code vc__method_hybrid(vc__field_reader *r, const vc__yaml_node *node)
{
    enum { KEY, ACCEPT, WRAP, CARRY, BIND, SIGN, SIGNED_BY, KEYS };
    static const char *const keys[] = { "key", "accept", "wrap", "carry", "bind", "sign", "signed_by", NULL };
    const vc__yaml_node *found[KEYS];
    vc_code code = vc__value_map(r->load, node, "`hybrid`", keys, found);
    code = code ? code : read_keys(r, node, "hybrid", found[KEY], found[ACCEPT]);
    code = code ? code : read_wrap(r, found[WRAP]);
    code = code ? code : vc__field_carry(r, found[CARRY]);
    code = code ? code : vc__field_bind(r, found[BIND]);
    return code ? code : vc__field_signature(r, found[SIGN], found[SIGNED_BY]);
}

vc_code vc__method_rsa_oaep(vc__field_reader *r, const vc__yaml_node *node)
{
    enum { KEY, ACCEPT, KEYS };
    static const char *const keys[] = { "key", "accept", NULL };
    const vc__yaml_node *found[KEYS];
    const vc_code code = vc__value_map(r->load, node, "`rsa-oaep`", keys, found);
    return code ? code : read_keys(r, node, "rsa-oaep", found[KEY], found[ACCEPT]);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "policy.h"

#include "fieldkey.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is asked of Vault: MOUNT/before/NAME/behind. */
typedef struct endpoint {
    const char *before, *behind;
} endpoint;

/* By vc_direction; nothing is asked where there is nothing before. The name is that of a key, or of a role. */
static const struct {
    const char *method;
    endpoint endpoints[3];
} methods[] = {
    { "transit", { { "encrypt", "" }, { "decrypt", "" }, { "rewrap", "" } } },
    { "transform", { { "encode", "" }, { "decode", "" }, { NULL, NULL } } },
    { "envelope", { { "datakey/plaintext", "" }, { "decrypt", "" }, { "rewrap", "" } } },
    { "siv", { { "hmac", "/sha2-256" }, { "hmac", "/sha2-256" }, { NULL, NULL } } },
    { "hash", { { "hmac", "/sha2-256" }, { NULL, NULL }, { NULL, NULL } } },
    { "fpe", { { "hmac", "/sha2-256" }, { "hmac", "/sha2-256" }, { NULL, NULL } } },
};

static bool same(const char *a, const char *b)
{
    return a && strcmp(a, b) == 0;
}

/* What the library refuses to do needs no right: FF3-1 only opens. */
static bool is_never_done(const vc_field *field, vc_direction direction)
{
    return direction == VC_PROTECT && same(vc_field_option(field, "algorithm"), "ff3-1");
}

static const endpoint *endpoint_of(const vc_field *field, vc_direction direction)
{
    for (size_t i = 0; i < sizeof methods / sizeof methods[0] && !is_never_done(field, direction); i++)
        if (strcmp(methods[i].method, vc_field_method(field)) == 0)
            return methods[i].endpoints[direction].before ? &methods[i].endpoints[direction] : NULL;
    return NULL;
}

static void print_path(char *path, size_t room, const endpoint *to, const char *mount, const char *name)
{
    snprintf(path, room, "%s/%s/%s%s", mount, to->before, name, to->behind);
}

bool policy_path(const vc_field *field, vc_direction direction, size_t i, char *path, size_t room)
{
    const endpoint *to = endpoint_of(field, direction);
    const char *role = vc_field_option(field, "role");
    char name[1024];
    if (!to || (i && direction == VC_PROTECT))
        return false;
    if (role && !i)
        print_path(path, room, to, vc_field_option(field, "mount"), role);
    if (role || !fieldkey_name(field, i, name, sizeof name))
        return role && !i;
    char *slash = strrchr(name, '/');
    *slash = 0;
    print_path(path, room, to, name, slash + 1);
    return true;
}

static bool told_before(const char *text, const char *path)
{
    const char *found = strstr(text, path);
    for (; found; found = strstr(found + 1, path))
        if (found > text && found[-1] == '"' && found[strlen(path)] == '"')
            return true;
    return false;
}

/* -- key pairs in Vault -- */

static bool lists(const char *list, const char *name)
{
    const size_t len = strlen(name);
    for (; list; list = strstr(list, ", ") ? strstr(list, ", ") + 2 : NULL)
        if (strncmp(list, name, len) == 0 && (!list[len] || list[len] == ','))
            return true;
    return false;
}

static bool is_pair_method(const vc_field *field)
{
    return same(vc_field_method(field), "hybrid") || same(vc_field_method(field), "rsa-oaep");
}

bool policy_uses(const vc_schema *schema, const char *name, vc_direction direction, policy_use use)
{
    const vc_rule *rule;
    const vc_field *field;
    for (size_t r = 0; (rule = vc_schema_rule_at(schema, r)); r++)
        for (size_t f = 0; (field = vc_rule_field_at(rule, f)); f++) {
            const char *key = is_pair_method(field) ? vc_field_option(field, "key") : NULL;
            const char *accept = key ? vc_field_option(field, "accept") : NULL, *sign = vc_field_option(field, "sign");
            const char *by = vc_field_option(field, "signed_by");
            const bool renews = direction == VC_REWRAP && same(vc_field_method(field), "hybrid");
            if ((use == POLICY_PUBLIC && (direction == VC_PROTECT || renews) && same(key, name)) ||
                (use == POLICY_PRIVATE && (direction == VC_OPEN || renews) && (same(key, name) || lists(accept, name))) ||
                (use == POLICY_SIGN && direction == VC_PROTECT && same(sign, name)) ||
                (use == POLICY_VERIFY && direction == VC_OPEN && (by ? lists(by, name) : same(sign, name))))
                return true;
        }
    return false;
}

static void print_once(FILE *out, char *const *text, const char *path, const char *capability)
{
    if (fflush(out) == 0 && !told_before(*text, path))
        fprintf(out, "path \"%s\" {\n    capabilities = [\"%s\"]\n}\n", path, capability);
}

/* `read` on the key tells its public halves. */
static void print_origin(FILE *out, char *const *text, const vc_schema_origin *origin, const char *verb)
{
    const char *mount = vc_schema_origin_option(origin, "vault.mount"), *key = vc_schema_origin_option(origin, "vault.key");
    char path[1024];
    if (!key)
        return;
    snprintf(path, sizeof path, "%s/keys/%s", mount, key);
    print_once(out, text, path, "read");
    if (!verb)
        return;
    snprintf(path, sizeof path, "%s/%s/%s", mount, verb, key);
    print_once(out, text, path, "update");
}

static void print_pairs(FILE *out, char *const *text, const vc_schema *schema, vc_direction direction)
{
    const vc_schema_key *key;
    const vc_schema_origin *origin;
    for (size_t k = 0; (key = vc_schema_key_at(schema, k)); k++) {
        const char *name = vc_schema_key_name(key);
        const bool public = policy_uses(schema, name, direction, POLICY_PUBLIC) || policy_uses(schema, name, direction, POLICY_VERIFY);
        const bool opens = policy_uses(schema, name, direction, POLICY_PRIVATE), signs = policy_uses(schema, name, direction, POLICY_SIGN);
        for (size_t n = 0; public && (origin = vc_schema_key_public_at(key, n)); n++)
            print_origin(out, text, origin, NULL);
        for (size_t n = 0; (opens || signs) && (origin = vc_schema_key_private_at(key, n)); n++)
            print_origin(out, text, origin, opens ? "decrypt" : "sign");
    }
}

char *policy_text(const vc_schema *schema, vc_direction direction)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    static const char *const words[] = { "protect", "open", "rewrap" };
    fprintf(out, "# To %s what the schema names, and nothing else.\n", words[direction]);
    const vc_rule *rule;
    const vc_field *field;
    char path[1024];
    for (size_t r = 0; (rule = vc_schema_rule_at(schema, r)); r++)
        for (size_t f = 0; (field = vc_rule_field_at(rule, f)); f++)
            for (size_t i = 0; policy_path(field, direction, i, path, sizeof path); i++)
                print_once(out, &text, path, "update");
    print_pairs(out, &text, schema, direction);
    if (fclose(out)) {
        free(text);
        return NULL;
    }
    return text;
}

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
                if (fflush(out) == 0 && !told_before(text, path))
                    fprintf(out, "path \"%s\" {\n    capabilities = [\"update\"]\n}\n", path);
    if (fclose(out)) {
        free(text);
        return NULL;
    }
    return text;
}

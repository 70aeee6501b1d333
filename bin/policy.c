/* SPDX-License-Identifier: Apache-2.0 */
#include "policy.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The endpoint that a field uses: "transit/encrypt/payments". */
static void field_path(const vc_field *field, vc_direction direction, char *path, size_t room)
{
    const bool transit = strcmp(vc_field_method(field), "transit") == 0;
    const char *verb = transit ? (direction == VC_PROTECT ? "encrypt" : "decrypt") : (direction == VC_PROTECT ? "encode" : "decode");
    snprintf(path, room, "%s/%s/%s", vc_field_option(field, "mount"), verb, vc_field_option(field, transit ? "key" : "role"));
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
    fprintf(out, "# To %s what the schema names, and nothing else.\n", direction == VC_PROTECT ? "protect" : "open");
    const vc_rule *rule;
    const vc_field *field;
    for (size_t r = 0; (rule = vc_schema_rule_at(schema, r)); r++)
        for (size_t f = 0; (field = vc_rule_field_at(rule, f)); f++) {
            char path[1024];
            field_path(field, direction, path, sizeof path);
            if (fflush(out) == 0 && !told_before(text, path))
                fprintf(out, "path \"%s\" {\n    capabilities = [\"update\"]\n}\n", path);
        }
    if (fclose(out)) {
        free(text);
        return NULL;
    }
    return text;
}

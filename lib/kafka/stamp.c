/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka/stamp.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* The format that a field leaves in; NULL: none that could be told from data. */
static const char *format_of(const vc_field *field)
{
    static const struct {
        const char *method, *format;
    } formats[] = { { "transit", "vault" }, { "envelope", "native" }, { "siv", "native" },
                    { "hash", "native" },   { "hybrid", "native" },   { "rsa-oaep", "rsa-oaep" } };
    const char *format = vc_field_option(field, "format");
    if (format && strcmp(format, "kroxylicious") == 0)
        return "kroxylicious";
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (strcmp(vc_field_method(field), formats[i].method) == 0)
            return formats[i].format;
    return NULL;
}

void vc__stamp_write(char *out, size_t room, const vc_schema *schema, const vc_rule *rule)
{
    const char *told[4];
    size_t count = 0;
    int len = snprintf(out, room, "1;%s;%s;", vc_schema_id(schema), vc_rule_name(rule));
    const vc_field *field;
    for (size_t i = 0; (field = vc_rule_field_at(rule, i)); i++) {
        const char *format = format_of(field);
        bool again = !format;
        for (size_t k = 0; k < count && !again; k++)
            again = strcmp(told[k], format) == 0;
        if (again || count == sizeof told / sizeof told[0] || len < 0 || (size_t)len >= room)
            continue;
        len += snprintf(out + len, room - (size_t)len, "%s%s", count ? "+" : "", format);
        told[count++] = format;
    }
}

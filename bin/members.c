/* SPDX-License-Identifier: Apache-2.0 */
#include "members.h"

#include "exit.h"
#include "input.h"

#include <stdio.h>

/* name=value or name:=JSON. */
static int add_member(const struct command *command, const char *operand, blob *body)
{
    const size_t len = strcspn(operand, "=");
    const bool json = len && operand[len - 1] == ':';
    char name[256];
    if (!operand[len] || len - json == 0 || len >= sizeof name) {
        fprintf(stderr, "vaultcrypt %s: the body is -, @FILE, JSON, or members such as name=value\n", command->name);
        return EXIT_USAGE;
    }
    snprintf(name, sizeof name, "%.*s", (int)(len - json), operand);
    blob value = { 0 };
    const int status = input_value(command, operand + len + 1, &value);
    if (!status && json)
        body_json(body, name, blob_view(&value));
    else if (!status)
        body_view(body, name, blob_view(&value));
    blob_free(&value);
    return status;
}

int members_read(const struct command *command, const char **operands, blob *body, vc_view *view)
{
    *view = vc_str(NULL);
    if (!operands[0])
        return EXIT_FINE;
    if (!operands[1] && (operands[0][0] == '{' || operands[0][0] == '@' || strcmp(operands[0], "-") == 0)) {
        const int status = input_value(command, operands[0], body);
        *view = blob_view(body);
        return status;
    }
    for (size_t i = 0; operands[i]; i++) {
        const int status = add_member(command, operands[i], body);
        if (status)
            return status;
    }
    *view = body_end(body);
    return EXIT_FINE;
}

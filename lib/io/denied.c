/* SPDX-License-Identifier: Apache-2.0 */
#include "io/denied.h"

#include <stdio.h>
#include <string.h>

/* What a policy must give for it. */
static const char *capability_of(const char *action)
{
    static const char *const known[][2] = { { "GET ", "read" }, { "LIST ", "list" }, { "DELETE ", "delete" }, { "PATCH ", "patch" } };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strncmp(action, known[i][0], strlen(known[i][0])) == 0)
            return known[i][1];
    return "update";
}

static const char *path_of(const char *action)
{
    const char *space = strchr(action, ' ');
    return space ? space + 1 : action;
}

void vc__denied_explain(const vc_config *config, vc__verdict_on_token verdict, const char *action, vc_error *why)
{
    const char *namespace = config->text[VC__SET_NAMESPACE];
    char *text = why->message;
    const size_t room = sizeof why->message;
    switch (verdict) {
    case VC__TOKEN_NONE:
        snprintf(text, room, "%s was denied: there is no token. Set VAULT_TOKEN, or run `vaultcrypt login`.", action);
        break;
    case VC__TOKEN_LIVES:
        snprintf(text, room,
                 "the token is valid, but its policies do not allow %s%s%s. (Vault also says this of a mount that does not exist.)",
                 action, namespace ? " in the namespace " : "", namespace ? namespace : "");
        break;
    case VC__TOKEN_DEAD:
        snprintf(text, room, "%s was denied: the token is not valid or has expired%s%s. Log in again, or set VAULT_TOKEN.", action,
                 namespace ? ", or is not of the namespace " : "", namespace ? namespace : "");
        break;
    case VC__TOKEN_MUTE:
        snprintf(text, room, "%s was denied: its policies lack \"%s\" on %s, or the token is not valid or has expired%s%s. (It may not look itself up, which would tell.)",
                 action, capability_of(action), path_of(action), namespace ? ", or is not of the namespace " : "", namespace ? namespace : "");
        break;
    case VC__TOKEN_UNKNOWN:
        snprintf(text, room, "%s was denied: its policies do not allow it, or the token has expired", action);
        break;
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "flavour.h"

#include <string.h>

#define VAULT_LIMITS { 0, 1048576, 10000, 10000, 300, 500000, true }

static const dev_flavour flavours[] = {
    { .name = "vault-2.1",
      .version = "2.1.0",
      .mount_type = true,
      .existed_warning = true,
      .invalid_token = true,
      .chains = true,
      .padding = true,
      .big_random = true,
      .transform = true,
      .ff1 = true,
      .token_prefix = "hvs.",
      .limits = VAULT_LIMITS },
    { .name = "vault-1.14", .version = "1.14.2", .transform = true, .token_prefix = "hvs." },
    { .name = "openbao-2.7",
      .version = "2.7.2",
      .openbao = true,
      .chains = true,
      .token_prefix = "s.",
      .limits = { .strings = 1000, .depth = 10000 } },
    { 0 },
};

const dev_flavour *dev_flavour_list(void)
{
    return flavours;
}

const dev_flavour *dev_flavour_find(const char *name)
{
    for (const dev_flavour *flavour = flavours; flavour->name; flavour++)
        if (strcmp(flavour->name, name) == 0)
            return flavour;
    return NULL;
}

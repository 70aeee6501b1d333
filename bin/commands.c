/* SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"

#include "dlq.h"
#include "files.h"
#include "kcat.h"
#include "scan.h"
#include "view.h"

#include <string.h>

const struct command *const commands[] = {
    &command_encrypt,       &command_decrypt,       &command_rewrap,       &command_lint,
    &command_setup,         &command_seal,          &command_open,
    &command_key_create,    &command_key_read,      &command_key_list,     &command_key_rotate,
    &command_key_config,    &command_key_trim,      &command_key_delete,   &command_key_export,
    &command_key_backup,    &command_key_restore,   &command_key_wrapping_key, &command_key_import,
    &command_value_encrypt, &command_value_decrypt, &command_value_rewrap,
    &command_datakey,       &command_sign,          &command_verify,       &command_hmac,
    &command_hash,          &command_random,        &command_inspect,      &command_status,
    &command_doctor,
    &command_attest_maa, &command_attest_raw,
    &command_release_policy_make, &command_release_policy_check, &command_release_policy_test, &command_setup_key,
    &command_login,
    &command_token_status,  &command_token_renew,   &command_token_revoke, &command_wrap,
    &command_unwrap,        &command_request,       &command_completion,   NULL,
};

const struct command *const program_commands[] = {
    &command_send,
    &command_receive,
    &command_produce,
    &command_consume,
    &command_dlq_list,
    &command_dlq_replay,
    &command_scan,
    &command_view,
    NULL,
};

const struct command_group program_groups[] = {
    { "dlq", "dead letters: list them, replay their records" },
    { NULL, NULL },
};

const struct command_group command_groups[] = {
    { "attest", "what attests this environment: maa (claims), raw (the hardware's report)" },
    { "key", "transit keys: create, read, list, rotate, config, ..." },
    { "release-policy", "under which claims a key is released: make, check, test" },
    { "token", "the token in use: status, renew, revoke" },
    { "value", "one value with a transit key: encrypt, decrypt, rewrap" },
    { NULL, NULL },
};

bool command_in_group(const struct command *command, const char *group, const char **rest)
{
    const size_t len = strlen(group);
    if (strncmp(command->name, group, len) != 0 || command->name[len] != ' ')
        return false;
    *rest = command->name + len + 1;
    return true;
}

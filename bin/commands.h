/* SPDX-License-Identifier: Apache-2.0 */
/*
 * commands.h - the sub-commands that live in the program itself, one file for each, or for each group of kin. A command of two
 * words, such as "key create", belongs to the group of its first.
 */
#ifndef VC_BIN_COMMANDS_H
#define VC_BIN_COMMANDS_H

#include "option.h"

extern const struct command command_encrypt, command_decrypt, command_rewrap, command_lint, command_setup;
extern const struct command command_seal, command_open;
extern const struct command command_key_create, command_key_read, command_key_list, command_key_rotate, command_key_config,
    command_key_trim, command_key_delete;
extern const struct command command_key_export, command_key_backup, command_key_restore, command_key_wrapping_key,
    command_key_import;
extern const struct command command_value_encrypt, command_value_decrypt, command_value_rewrap;
extern const struct command command_sign, command_verify, command_hmac, command_hash, command_datakey, command_random;
extern const struct command command_request, command_status, command_login, command_wrap, command_unwrap, command_completion, command_doctor;
extern const struct command command_inspect;
extern const struct command command_attest_maa, command_attest_raw;
extern const struct command command_release_policy_make, command_release_policy_check, command_release_policy_test, command_setup_key;
extern const struct command command_token_status, command_token_renew, command_token_revoke;

/* All of them, in the order of --help, those of a group together; ends in NULL. */
extern const struct command *const commands[];

/* Programs of their own, which may be there, and whose tables are known here for the shell's completion; ends in NULL. */
extern const struct command *const program_commands[];

struct command_group {
    const char *name, *summary;
};
extern const struct command_group command_groups[]; /* ends in a NULL name */
extern const struct command_group program_groups[]; /* those whose commands are in one program; likewise */

/* Whether the command belongs to the group; `*rest` is then its name within. */
bool command_in_group(const struct command *command, const char *group, const char **rest);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* commands.h - the sub-commands that live in the program itself, one file each. */
#ifndef VC_BIN_COMMANDS_H
#define VC_BIN_COMMANDS_H

#include "option.h"

extern const struct command command_encrypt, command_decrypt, command_lint, command_setup;

#endif

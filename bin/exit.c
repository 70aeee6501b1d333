/* SPDX-License-Identifier: Apache-2.0 */
#include "exit.h"

#include <stdio.h>

int exit_code_of(vc_code code)
{
    if (code == VC_E_FENCED)
        return EXIT_FENCED;
    switch (vc_code_class(code)) {
    case VC_CLASS_NONE:
        return EXIT_FINE;
    case VC_CLASS_USAGE:
        return EXIT_USAGE;
    case VC_CLASS_RESOURCE:
        return EXIT_LOCAL;
    case VC_CLASS_CONFIG:
        return EXIT_CONFIG;
    case VC_CLASS_DATA:
        return EXIT_DATA;
    case VC_CLASS_AUTH:
        return EXIT_DENIED;
    case VC_CLASS_TRANSPORT:
    case VC_CLASS_SERVER:
    default:
        return EXIT_VAULT;
    }
}

int exit_report(const char *what, const vc_error *err)
{
    char line[1024];
    fprintf(stderr, "vaultcrypt: %s%s%s\n", what ? what : "", what ? ": " : "", vc_error_format(err, line, sizeof line));
    return exit_code_of(err->code);
}

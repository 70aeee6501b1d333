#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The calls of vault.h, sys.h, token.h, wrapping.h and transform_token.h against the development server in each of its flavours, and against a real OpenBao.
set -u
typed=$top_builddir/tests/integration/typed_sys
dev=$top_builddir/bin/vaultcrypt-dev
ran=77
if [ -x "$dev" ]; then
    for flavour in vault-2.1 vault-1.14 openbao-2.7; do
        echo "# $flavour"
        "$dev" --no-kafka --log-level error --flavour "$flavour" -- "$typed" || exit
        "$dev" --no-kafka --log-level error --flavour "$flavour" -- "$top_builddir/tests/integration/typed_transform" || exit
    done
    ran=0
fi
echo "# OpenBao"
"$top_srcdir/tests/services/with" openbao -- "$typed"
status=$?
[ $status = 77 ] || exit $status
exit $ran

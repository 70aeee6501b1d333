#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The typed calls against the development server in each of its flavours, and against a real OpenBao.
set -u
typed=$top_builddir/tests/integration/typed
dev=$top_builddir/bin/vaultcrypt-dev
ran=77
if [ -x "$dev" ]; then
    for flavour in vault-2.1 vault-1.14 openbao-2.7; do
        echo "# $flavour"
        "$dev" --no-kafka --log-level error --flavour "$flavour" -- "$typed" || exit
    done
    ran=0
fi
echo "# OpenBao"
"$top_srcdir/tests/services/with" openbao -- "$typed"
status=$?
[ $status = 77 ] || exit $status
exit $ran

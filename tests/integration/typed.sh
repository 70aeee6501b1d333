#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The typed calls against the development server in each of its flavours, and against a real OpenBao.
set -u
here=$top_builddir/tests/integration
dev=$top_builddir/bin/vaultcrypt-dev
programs=("$here/typed" "$here/typed_key" "$here/typed_value" "$here/typed_batch")
ran=77
run='for program; do echo "# ${program##*/}"; "$program" || exit; done'
if [ -x "$dev" ]; then
    for flavour in vault-2.1 vault-1.14 openbao-2.7; do
        echo "# $flavour"
        "$dev" --no-kafka --log-level error --flavour "$flavour" -- bash -c "$run" run "${programs[@]}" || exit
    done
    ran=0
fi
echo "# OpenBao"
"$top_srcdir/tests/services/with" openbao -- bash -c "$run" run "${programs[@]}"
status=$?
[ $status = 77 ] || exit $status
exit $ran

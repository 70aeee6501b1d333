#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The Python client hvac, unmodified, drives transit and transform of vaultcrypt-dev.
set -u
dev=$top_builddir/bin/vaultcrypt-dev
[ -x "$dev" ] || exit 77
python=$("$top_srcdir/tests/services/venv") || exit $?
for flavour in vault-2.1 vault-1.14; do
    for drive in hvac_drive hvac_tokens; do
        "$dev" --no-kafka --flavour $flavour -- "$python" "$top_srcdir/tests/integration/$drive.py" $flavour || exit 1
    done
done

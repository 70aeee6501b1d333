#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What real servers answered, asked of vaultcrypt-dev again: every reply must be the same, but for what
# recorded/differences.json lists.
set -u
dev=$top_builddir/bin/vaultcrypt-dev
here=$top_srcdir/tests/integration
[ -x "$dev" ] && [ -n "${PYTHON3:-}" ] || exit 77
failed=0
replay() { # RECORDING FLAVOUR
    "$dev" --no-kafka --flavour "$2" -- "$PYTHON3" "$here/recorded/replay.py" "$here/recorded/$1.ndjson" "$2" || failed=1
}
replay vault-1.14.2 vault-1.14
replay vault-1.14.2 vault-2.1
replay openbao-2.7.2 openbao-2.7
replay openbao-2.7.2-odd openbao-2.7
replay openbao-2.7.2-auth openbao-2.7
replay openbao-2.7.2-transit openbao-2.7
replay openbao-2.7.2-sys openbao-2.7
exit $failed

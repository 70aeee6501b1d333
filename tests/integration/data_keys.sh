#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Data keys on a real OpenBao, and what its audit log says of them: 100 000 uses by eight threads are one request for a data key, 10 000
# wrapped keys are few, each computed key is one.
# shellcheck source-path=SCRIPTDIR source=lib.sh
if [ -z "${VAULTCRYPT_SERVICE_OPENBAO_PID-}" ]; then
    export VAULTCRYPT_OPENBAO_AUDIT=1
    exec "${top_srcdir:-$(dirname "$0")/../..}/tests/services/with" openbao -- bash "$0"
fi
. "$(dirname "$0")/lib.sh"

requests() { # PATH: how many came in
    grep -c "\"type\":\"request\".*\"path\":\"$1\"" "$VAULTCRYPT_SERVICE_OPENBAO_AUDIT"
}

check 'uses, wrapped keys, pinned versions' "$top_builddir/tests/integration/data_keys"
check 'an audit log' [ -s "$VAULTCRYPT_SERVICE_OPENBAO_AUDIT" ]
printf '# requests: %s datakey, %s decrypt, %s hmac\n' "$(requests transit/datakey/plaintext/app)" "$(requests transit/decrypt/app)" \
    "$(requests transit/hmac/app/sha2-256)"
check '100 000 uses: one data key' [ "$(requests transit/datakey/plaintext/app)" = 1 ]
check '10 000 wrapped keys: at most 50 requests' [ "$(requests transit/decrypt/app)" -le 50 ]
check 'each computed key once' [ "$(requests transit/hmac/app/sha2-256)" = 6 ]
finish

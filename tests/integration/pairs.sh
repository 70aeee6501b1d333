#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Private keys in a real OpenBao: 200 data keys, messages and signatures in few requests, and what the audit log says of them.
# shellcheck source-path=SCRIPTDIR source=lib.sh
if [ -z "${VAULTCRYPT_SERVICE_OPENBAO_PID-}" ]; then
    export VAULTCRYPT_OPENBAO_AUDIT=1
    exec "${top_srcdir:-$(dirname "$0")/../..}/tests/services/with" openbao -- bash "$0"
fi
. "$(dirname "$0")/lib.sh"

requests() { # PATH: how many came in
    grep -c "\"type\":\"request\".*\"path\":\"$1\"" "$VAULTCRYPT_SERVICE_OPENBAO_AUDIT"
}

check 'values there and back' "$top_builddir/tests/integration/pairs"
check 'an audit log' [ -s "$VAULTCRYPT_SERVICE_OPENBAO_AUDIT" ]
printf '# requests: %s decrypt, %s sign\n' "$(requests transit/decrypt/orders-rsa)" "$(requests transit/sign/shop-sign)"
check '780 keys and messages: at most 20 requests to decrypt' [ "$(requests transit/decrypt/orders-rsa)" -le 20 ]
check '400 signatures: at most 6 requests' [ "$(requests transit/sign/shop-sign)" -le 6 ]
check 'nothing is verified there' [ "$(requests transit/verify/shop-sign)" = 0 ]
finish

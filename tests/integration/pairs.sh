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

# -- setup makes the keys, and its policies allow what is needed and no more --
cat >schema.yaml <<'YAML'
version: 1
keys:
  - {name: orders, public: {vault: {key: made-rsa}}, private: {vault: {key: made-rsa}}}
  - {name: shop, public: {vault: {key: made-sign}}, private: {vault: {key: made-sign}}}
records:
  - {name: carts, topics: [carts], fields: [{path: $.card, hybrid: {key: orders, sign: shop}}]}
YAML
"$vaultcrypt" setup -s schema.yaml >out 2>err
check 'setup' equal "$?" 0
check 'it makes a key that opens' grep -q 'made  *key transit/made-rsa' out
check 'and one that signs' grep -q 'made  *key transit/made-sign' out
"$vaultcrypt" setup -s schema.yaml >out 2>err
check 'once' grep -q 'is there  *key transit/made-rsa' out
"$vaultcrypt" doctor -s schema.yaml >out 2>err
check 'doctor sees them' grep -q 'transit/made-rsa: rsa-3072, version 1' out
check 'and the right to sign' grep -q 'transit/sign/made-sign: update' out
token() { "$vaultcrypt" request POST auth/token/create "policies:=[\"default\",\"$1\"]" -f .auth.client_token 2>>err; }
protect=$(token schema-protect) open=$(token schema-open)
echo '{"card":"4111"}' >clear
VAULT_TOKEN=$protect "$vaultcrypt" encrypt -s schema.yaml clear >sealed 2>err
check 'the policy to protect is enough to protect' equal "$?" 0
VAULT_TOKEN=$protect "$vaultcrypt" decrypt -s schema.yaml sealed >/dev/null 2>err
check 'and not to open' [ "$?" != 0 ]
VAULT_TOKEN=$open "$vaultcrypt" decrypt -s schema.yaml sealed >opened 2>err
check 'the policy to open opens' cmp opened clear
VAULT_TOKEN=$open "$vaultcrypt" encrypt -s schema.yaml clear >/dev/null 2>err
check 'and does not sign' [ "$?" != 0 ]
finish

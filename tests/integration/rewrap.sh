#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# After a rotation: protected records under the new version, with a token that may do that and nothing else.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
have_dev
dev_start
says() { ends "$1" "${@:3}" && holds "$(cat out err)" "$2"; }

sed 's/on_error: .*//' "$top_srcdir/examples/purchases.yaml" >purchases.yaml
records 1 500 >in
check 'setup' ends 0 setup -s purchases.yaml
check 'encrypt' ends 0 encrypt -s purchases.yaml in
cp out protected
check 'rotate' ends 0 key rotate transit
"$vaultcrypt" setup -s purchases.yaml --policy=rewrap >policy
check 'the policy: rewrap' holds "$(cat policy)" 'path "transit/rewrap/transit"'
check 'and nothing else' equal "$(grep -c '^path' policy)" 1
check 'written' ends 0 request POST sys/policies/acl/rewrap policy=@policy
narrow=$(token_with rewrap)
VAULT_TOKEN=$narrow check 'which lets nobody decrypt' ends 4 decrypt -s purchases.yaml protected
VAULT_TOKEN=$narrow check 'but rewrap' ends 0 rewrap -s purchases.yaml protected
cp out new
check 'as many records' equal "$(lines_of new)" 500
check 'all under version 2' equal "$(grep -c '"Address":"vault:v2:' new)" 500
check 'everything else as it was' same <(sed 's/vault:v[12]:[^"]*//' protected) <(sed 's/vault:v[12]:[^"]*//' new)
check 'cards too' equal "$(grep -o '"credit_card":"[^"]*"' new | md5sum)" "$(grep -o '"credit_card":"[^"]*"' protected | md5sum)"
check 'decrypt' ends 0 decrypt -s purchases.yaml new
check 'byte for byte' same out in
check 'again: under the latest' ends 0 rewrap -s purchases.yaml new
check 'old versions may go' ends 0 key config transit --min-decryption-version=2
check 'what was not rewrapped' says 1 'no longer opens' decrypt -s purchases.yaml protected
check 'plaintext' says 1 'in:1: ' rewrap -s purchases.yaml in
check 'how far it came' holds "$(cat err)" 'stopped at line 1; the 0 records before it are written'
check 'nothing left' equal "$(cat out)" ''
{ head -n 3 new; head -n 1 in; } >mixed
check 'a bad record behind good ones' says 1 'stopped at line 4; the 3 records before it' rewrap -s purchases.yaml mixed
check 'these are written' equal "$(lines_of out)" 3
{ cat in; echo '{"Address":5}'; } >bad
check 'encrypt tells it too' says 1 'stopped at line 501; the 500 records before it' encrypt -s purchases.yaml bad
check 'who waits is told how long' says 5 'for up to' encrypt -s purchases.yaml in --address http://127.0.0.1:9 --deadline 400ms
finish

#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# setup, its policies, status and doctor for the methods that work here, on the embedded Vault and on a real OpenBao: what is made and what is
# never made, pinned versions that are not there or are refused, and tokens of exactly those policies, tried against every endpoint.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
if [ -z "${VAULTCRYPT_SERVICE_OPENBAO_PID-}" ]; then
    have_dev
    # shellcheck disable=SC2119
    dev_start
fi
says() { ends "$1" "${@:3}" && holds "$(tr -s ' ' <out) $(cat err)" "$2"; }
paths() { "$vaultcrypt" setup -s "$1" --policy="$2" | sed -nE 's/^path "(.*)" \{/\1/p' | sort | tr '\n' ' '; }

cat >all.yaml <<'END_OF'
version: 1
records:
  - name: people
    fields:
      - {path: $.a, envelope: {key: env}, accept: [before, team/transit/other]}
      - {path: $.a2, envelope: {key: env}}
      - {path: $.b, siv: {key: det, key_version: 1, mount: team/transit}, accept: [olddet]}
      - {path: $.c, hash: {key: hashes, key_version: 1}}
      - {path: $.d, fpe: {key: shapes, key_version: 1, tweak: $.id}}
      - {path: $.d2, fpe: {key: shapes, key_version: 1, context: b, pattern: '(\d{6,9})-\d', tweak: aGVsbG8=}}
      - {path: $.d3, fpe: {key: shapes, key_version: 1, alphabet: 'äöüßabcdef'}}
      - {path: $.d4, fpe: {key: legacy, key_version: 1, algorithm: ff3-1, tweak: AAAAAAAAAA==}}
      - {path: $.e, mask: {keep_last: 2}}
      - {path: $.f, drop: true}
      - {path: $.g, envelope: {key: local, source: static}}
      - {path: $.h, siv: {key: local, source: static, key_version: 1}}
  - name: messages
    value: {envelope: {key: whole, carry: header}}
    record_key: {siv: {key: keys, key_version: 1}}
END_OF

# -- policies, without a server -------------------------------------------------------------------------------------
check 'lint' ends 0 lint all.yaml
check 'FF3-1 is a warning' holds "$(cat err)" 'all.yaml:12: warning: $.d4: FF3-1 was withdrawn'
check 'and nothing else is' equal "$(lines_of err)" 1
check 'contexts, keys and whole values' both holds "$(cat out)" 'accept=before, team/transit/other' 'value                    envelope mount=transit key=whole source=transit carry=header'
check 'record keys' holds "$(cat out)" 'key                      siv mount=transit key=keys key_version=1'
check 'more of it' ends 0 lint --verbose all.yaml
check 'equal values are told' holds "$(cat err)" 'all.yaml:7: note: $.b: siv: equal values become equal'
check 'quiet' ends 0 lint -q all.yaml
check 'is quiet' equal "$(cat out err)" ''
check 'a domain that is too small' says 3 'under a million values' lint <(sed 's/6,9/3,4/' all.yaml)
check 'to protect' equal "$(paths all.yaml protect)" \
    'team/transit/hmac/det/sha2-256 transit/datakey/plaintext/env transit/datakey/plaintext/whole transit/hmac/hashes/sha2-256 transit/hmac/keys/sha2-256 transit/hmac/shapes/sha2-256 '
check 'to open' equal "$(paths all.yaml open)" \
    'team/transit/decrypt/other team/transit/hmac/det/sha2-256 team/transit/hmac/olddet/sha2-256 transit/decrypt/before transit/decrypt/env transit/decrypt/whole transit/hmac/keys/sha2-256 transit/hmac/legacy/sha2-256 transit/hmac/shapes/sha2-256 '
check 'to rewrap' equal "$(paths all.yaml rewrap)" 'team/transit/rewrap/other transit/rewrap/before transit/rewrap/env transit/rewrap/whole '

# -- what is made ---------------------------------------------------------------------------------------------------
check 'a dry run' ends 3 setup -s all.yaml --dry-run
check 'makes nothing' holds "$(api GET transit/keys/env)" '"errors"'
check 'setup' ends 3 setup -s all.yaml
tr -s ' ' <out >told
for key in transit/env team/transit/det transit/hashes transit/shapes transit/legacy transit/whole transit/keys; do
    check "it makes $key" grep -qx "made key $key" told
done
for key in transit/before team/transit/other team/transit/olddet; do
    check "but not $key, which only opens" grep -qF "is missing key $key: \`accept\` names it" told
done
check 'nothing for a static key' lacks "$(cat told)" local
check 'each once' equal "$(sort told | uniq -d)" ''
check 'of the usual type' holds "$(api GET transit/keys/hashes)" '"type":"aes256-gcm96"'
for key in transit/keys/before team/transit/keys/other team/transit/keys/olddet; do api POST "$key" '{}' >/dev/null; done
check 'again, with the old keys' ends 0 setup -s all.yaml
check 'all is there' lacks "$(cat out)" 'made'

# -- pinned versions ------------------------------------------------------------------------------------------------
schema_of later.yaml '[{path: $.a, hash: {key: hashes, key_version: 1}}, {path: $.b, siv: {key: hashes, key_version: 3}}]'
check 'a version that is not there, behind one that is' says 3 'differs key transit/hashes: its latest version is 1, and the schema pins `key_version` 3' setup -s later.yaml
check 'doctor, too' says 3 'FAULT key transit/hashes: its latest version is 1' doctor -s later.yaml
schema_of new.yaml '[{path: $.a, hash: {key: fresh, key_version: 2}}]'
check 'a new key has version 1' says 3 'differs key transit/fresh: its first version is 1' setup -s new.yaml
check 'rotated' ends 0 key rotate fresh
check 'it is right' ends 0 setup -s new.yaml
check 'and works' says 0 'ok round trip transit/fresh (hash, $.a): a random value was protected' doctor -s new.yaml
schema_of old.yaml '[{path: $.a, siv: {key: fresh, key_version: 1}}]'
for minimum in encryption decryption; do
    check "min_${minimum}_version" ends 0 key config fresh "--min-$minimum-version=2"
    check 'is told by setup' says 3 "differs key transit/fresh: its min_${minimum}_version is 2" setup -s old.yaml
    check 'is told by doctor' says 3 "FAULT key transit/fresh: its min_${minimum}_version is 2" doctor -s old.yaml
    check 'and true' ends 3 encrypt -s old.yaml <(echo '{"a":"x"}')
    api POST transit/keys/fresh/config "{\"min_${minimum}_version\":$([ "$minimum" = encryption ] && echo 0 || echo 1)}" >/dev/null
    check 'and then no more' ends 0 encrypt -s old.yaml <(echo '{"a":"x"}')
done
api POST transit/keys/derived '{"derived":true}' >/dev/null
api POST transit/keys/signer '{"type":"ed25519"}' >/dev/null
schema_of derived.yaml '[{path: $.a, envelope: {key: derived}}]'
check 'a derived key makes no data keys' says 3 'differs key transit/derived: it is derived' setup -s derived.yaml
check 'says doctor, too' says 3 'FAULT key transit/derived is derived' doctor -s derived.yaml
schema_of computed.yaml '[{path: $.a, siv: {key: derived, key_version: 1}}, {path: $.b, hash: {key: signer, key_version: 1}}]'
check 'but Vault computes with any key' ends 0 setup -s computed.yaml
check 'which is right' says 0 'ok round trip transit/derived (siv, $.a): a random value came back' doctor -s computed.yaml
schema_of signer.yaml '[{path: $.a, envelope: {key: signer}}]'
check 'while one that only signs wraps nothing' says 3 'differs key transit/signer: it is of a type that does not encrypt' setup -s signer.yaml

# -- doctor and status ----------------------------------------------------------------------------------------------
check 'doctor' ends 0 doctor -s all.yaml
tr -s ' ' <out >told
for trip in 'transit/env (envelope, $.a)' 'team/transit/det (siv, $.b)' 'transit/shapes (fpe, $.d)' 'transit/shapes (fpe, $.d2)' \
    'transit/shapes (fpe, $.d3)' 'transit/whole (envelope, value, carried by a header)' 'transit/keys (siv, key)'; do
    check "there and back: $trip" grep -qxF "ok round trip $trip: a random value came back" told
done
check 'nothing is told twice' equal "$(sort told | grep -v -e '->' | uniq -d)" ''
check 'a hash is not opened' grep -qxF 'ok round trip transit/hashes (hash, $.c): a random value was protected; it does not come back' told
check 'nor FF3-1 protected with' grep -qF 'skipped round trip transit/legacy (fpe, $.d4): FF3-1 opens what exists' told
check 'a static key is the program'"'"'s' grep -q 'skipped key local: a static key' told
check 'old keys are looked at' grep -q 'ok key transit/before: aes256-gcm96' told
check 'status' says 0 'may update on team/transit/hmac/olddet/sha2-256' status -s all.yaml

# -- tokens of exactly these policies -------------------------------------------------------------------------------
input='{"input":"aGVsbG8=","key_version":1,"plaintext":"aGVsbG8=","ciphertext":"vault:v1:AAAA"}'
operations='datakey/plaintext/K datakey/wrapped/K decrypt/K encrypt/K rewrap/K hmac/K/sha2-256 hmac/K/sha2-512 hmac/K keys/K keys/K/rotate keys/K/config'
operations="$operations sign/K verify/K trim/K"
allowed() { # TOKEN: which of the endpoints it may use, in one go
    local mount key operation
    for mount in team/transit transit; do
        for key in env before other det olddet hashes shapes legacy whole keys; do
            for operation in $operations; do
                printf 'url = "%s/v1/%s/%s"\noutput = /dev/null\n' "$VAULT_ADDR" "$mount" "${operation/K/$key}"
            done
        done
    done >urls
    curl -sS -X POST -H "X-Vault-Token: $1" -d "$input" -K urls -w '%{http_code} %{url_effective}\n' 2>>err |
        sed -n "/^403/!s|.*$VAULT_ADDR/v1/||p" | sort | tr '\n' ' '
}
for way in protect open rewrap; do
    api POST "sys/policies/acl/only-$way" "$(printf '{"policy":"%s"}' "$("$vaultcrypt" setup -s all.yaml --policy=$way | sed 's/"/\\"/g; s/#.*//' | tr '\n' ' ')")" >/dev/null
    token=$(token_with "only-$way")
    check "who may $way may do just that" equal "$(allowed "$token")" "$(paths all.yaml $way)"
    check 'and not ask for keys' holds "$(api GET transit/keys/env '' "$token")" 'permission denied'
done
api POST sys/policies/acl/looks '{"policy":"path \"sys/capabilities-self\" { capabilities = [\"update\"] } path \"auth/token/lookup-self\" { capabilities = [\"read\"] }"}' >/dev/null
protector=$(token_with only-protect looks)
VAULT_TOKEN=$protector check 'doctor as who protects' ends 0 doctor -s all.yaml
tr -s ' ' <out >told
check 'tells what it may not' grep -q 'skipped rights transit/decrypt/env: the token may not' told
check 'and tries what it may' grep -qxF 'ok round trip transit/env (envelope, $.a): a random value was protected; the token may not open it' told
VAULT_TOKEN=$protector check 'status tells it, too' says 4 'may NOT update on transit/decrypt/env' status -s all.yaml
VAULT_TOKEN=$protector check 'of protecting alone' ends 0 status -s all.yaml --direction=protect

if [ -z "${VAULTCRYPT_SERVICE_OPENBAO_PID-}" ]; then
    dev_stop
    "$top_srcdir/tests/services/with" openbao -- bash "$here/setup_methods.sh"
    real=$?
    [ "$real" = 77 ] || check 'the same on OpenBao' equal "$real" 0
fi
finish

#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# vaultcrypt doctor: each trap that it knows is set, and found, and nothing else; on OpenBao with TLS and on the embedded servers.
# shellcheck source-path=SCRIPTDIR source=lib.sh
if [ -z "${VAULTCRYPT_SERVICE_OPENBAO_TLS_PID-}" ]; then
    exec "${top_srcdir:-$(dirname "$0")/../..}/tests/services/with" openbao-tls -- bash "$0"
fi
VAULTCRYPT_SERVICE_OPENBAO_PID=$VAULTCRYPT_SERVICE_OPENBAO_TLS_PID
. "$(dirname "$0")/lib.sh"
doctor() { crypt doctor "$@"; }
finds() { # STATUS TEXT ARGS...: a finding of this line, and that exit code
    doctor "${@:3}"
    equal "$status" "$1" && holds "$(tr -s ' ' <out)" "$2"
}
quiet() { lacks "$(cat out)" "$1"; } # of the last run
folder=$VAULTCRYPT_SERVICE_OPENBAO_TLS
schema_of transit.yaml '[{path: $.a, transit: {key: app}}, {path: $.b, transit: {key: app}}]'
schema_of derived.yaml '[{path: $.a, transit: {key: tenant}}]'
schema_of signer.yaml '[{path: $.a, transit: {key: signer}}]'
schema_of missing.yaml '[{path: $.a, transit: {key: nobody}}]'
for key in app tenant signer; do
    case $key in app) set -- ;; tenant) set -- --derived ;; signer) set -- --type=ed25519 ;; esac
    [ "$key" != app ] || "$vaultcrypt" request POST sys/mounts/transit type=transit
    "$vaultcrypt" key create "$key" "$@" >/dev/null
done
"$vaultcrypt" request POST sys/policies/acl/both "policy=$("$vaultcrypt" setup -s transit.yaml --policy=protect; "$vaultcrypt" setup -s transit.yaml --policy=open)"
"$vaultcrypt" request POST sys/policies/acl/protect "policy=$("$vaultcrypt" setup -s transit.yaml --policy=protect)"
root=$VAULT_TOKEN
token() { VAULT_TOKEN=$root "$vaultcrypt" request POST auth/token/create "policies:=[\"default\",\"$1\"]" "${@:2}" -f .auth.client_token; }
both=$(token both) protect=$(token protect) short=$(token both renewable:=false ttl=30m) none=$(token nothing) used=$(token both num_uses:=50)
export VAULT_TOKEN=$both

# -- all is well --------------------------------------------------------------------------------------------------------
check 'no fault' finds 0 'ok round trip transit/app: a random value came back' -s transit.yaml
check 'a schema' holds "$(tr -s ' ' <out)" 'ok schema transit.yaml is valid'
check 'the chain' holds "$(cat out)" 'the chain is trusted'
check 'who issued the certificate, and when it ends' grep -q 'certificate.*CN=localhost, issued by .*ends' out
check 'the clock' holds "$(cat out)" "Vault's clock and this one agree"
check 'the token' holds "$(cat out)" 'can be renewed'
check 'a cap that does not hurt' holds "$(cat out)" 'refuses 600 values in a request'
check 'each key once' equal "$(grep -c 'round trip' out)" 1
check 'what it may not read is no fault' holds "$(tr -s ' ' <out)" 'skipped key transit/app'
check 'without a schema' finds 0 'ok health version 2.7' 
check 'as JSON' finds 0 '"faults":0' -s transit.yaml -o json
check 'a field' finds 0 schema -s transit.yaml -f '.findings[1].check'

# -- traps --------------------------------------------------------------------------------------------------------------
VAULT_SKIP_VERIFY=1 check 'no verification' finds 0 'warning settings the certificate is not verified'
check 'an authority that signed nothing' finds 5 'FAULT tls SSL certificate problem' --ca-cert "$folder/other.pem"
check 'no use to go on' quiet health
check 'a name that the certificate has not' finds 5 'FAULT tls' --tls-server-name=other.example
check 'nobody there' finds 5 'FAULT tcp' --address=https://127.0.0.1:9
check 'no such name' finds 5 'FAULT dns' --address=https://nowhere.invalid:8200
check 'http to a server with TLS' finds 5 'FAULT' "--address=${VAULT_ADDR/https:/http:}"
check 'http off loopback' finds 5 'warning address http://192.0.2.1:9 is not encrypted' --address=http://192.0.2.1:9 --deadline=1s
check 'a batch that is too large' finds 0 'warning batch the server refuses 600' -s transit.yaml --batch-items=550
VAULT_TOKEN=$root check 'the root token' finds 0 'warning policies a root token'
VAULT_TOKEN=$short check 'nobody renews it' finds 0 'and cannot be renewed'
VAULT_TOKEN=$used check 'its uses are counted' finds 0 'more times'
VAULT_TOKEN=wrong check 'a dead token' finds 4 'FAULT token'
VAULT_TOKEN=$none check 'no right is told' finds 0 'skipped rights transit/encrypt/app: the token may not' -s transit.yaml
VAULT_TOKEN=$protect check 'one that may only protect' finds 0 'transit/app: encrypted; the token may not decrypt' -s transit.yaml
VAULT_TOKEN=$root check 'a derived key' finds 3 'FAULT key transit/tenant is derived' -s derived.yaml
VAULT_TOKEN=$root check 'a key that signs' finds 3 'FAULT key transit/signer is of type ed25519' -s signer.yaml
VAULT_TOKEN=$root check 'a key that is not there' finds 3 'FAULT key transit/nobody' -s missing.yaml
VAULT_TOKEN=$root check 'and is not made by looking' ends 3 key read nobody
VAULT_TOKEN=$root check 'a key that may be deleted' ends 0 key config app --deletion=allow
VAULT_TOKEN=$root check 'is told' finds 0 'warning key transit/app may be deleted' -s transit.yaml
check 'a schema that is none' finds 3 'FAULT schema' -s "$folder/token"
printf %s "$both" >"$HOME/.vault-token"
chmod 644 "$HOME/.vault-token"
check 'a token file for all' env -u VAULT_TOKEN "$vaultcrypt" doctor >out
check 'is seen' grep -q 'warning *files .*can be read by others (mode 0644)' out
chmod 600 "$HOME/.vault-token"
check 'one for its owner' env -u VAULT_TOKEN "$vaultcrypt" doctor >out
check 'is fine' grep -q 'ok *files .*for its owner alone' out
check 'a word too many' ends 2 doctor word
check 'no canary: the token is told nowhere' lacks "$(cat out err)" "$both"

VAULT_TOKEN=$root check 'a transit key that could come to be by looking' ends 0 request POST sys/policies/acl/careless \
    policy='path "transit/encrypt/*" { capabilities = ["create", "update"] }'
careless=$(token careless)
VAULT_TOKEN=$careless check 'is told' finds 0 'take `create` out of the policy' -s missing.yaml
VAULT_TOKEN=$root check 'and does not' ends 3 key read nobody

# -- what else an envelope may be: tried as the schema says -----------------------------------------------------------------
schema_of bound.yaml '[{path: $.a, envelope: {key: app, bind: [key, topic]}}, {path: $.b, envelope: {key: app}}]'
schema_of carried.yaml '[{path: $.a, envelope: {key: app, carry: header}}]'
printf 'version: 1\nrecords:\n  - name: whole\n    topics: [whole]\n    value: {envelope: {key: app}, format: kroxylicious}\n' >whole.yaml
VAULT_TOKEN=$root check 'bound' finds 0 'ok round trip transit/app (envelope, $.a, bound to key, topic): a random value came back' -s bound.yaml
check 'and not' holds "$(tr -s ' ' <out)" 'ok round trip transit/app (envelope, $.b): a random value came back'
VAULT_TOKEN=$root check 'carried by a header' finds 0 'ok round trip transit/app (envelope, $.a, carried by a header): a random value came back' -s carried.yaml
VAULT_TOKEN=$root check 'as Kroxylicious has it' finds 0 'ok round trip transit/app (envelope, value, as Kroxylicious): a random value came back' -s whole.yaml

# -- sealed -------------------------------------------------------------------------------------------------------------
"$VAULTCRYPT_SERVICE_OPENBAO_TLS_CTL" seal >/dev/null
check 'sealed' finds 5 'FAULT health Vault 2.7.2 is sealed'
check 'status says so' ends 5 status
"$VAULTCRYPT_SERVICE_OPENBAO_TLS_CTL" unseal >/dev/null

# -- transform and Kafka, embedded ----------------------------------------------------------------------------------------
if [ -x "$top_builddir/bin/vaultcrypt-dev" ]; then
    unset VAULT_CACERT
    : >dev.env
    "$vaultcrypt" dev --topics purchases:4,purchases_encrypted:4 >dev.env 2>dev.log &
    background+=("$!")
    until_true grep -q BROKERS dev.env
    # shellcheck disable=SC1091
    . ./dev.env
    brokers=$(sed -nE "s/.*BROKERS=['\"]?([^'\"]*).*/\\1/p" dev.env | head -n 1)
    "$vaultcrypt" setup -s "$top_srcdir/examples/purchases.yaml" >setup.out
    check 'a role' finds 0 'ok role transform/payments has' -s "$top_srcdir/examples/purchases.yaml" --brokers "$brokers"
    check 'a value that its template takes' holds "$(tr -s ' ' <out)" 'ok round trip transform/payments: a random value came back'
    check 'brokers' grep -q '^ok *brokers' out
    check 'a topic' holds "$(cat out)" 'purchases is there, with 4 partitions'
    check 'can be read' holds "$(cat out)" 'purchases_encrypted can be read'
    VAULTCRYPT_BROKERS=127.0.0.1:9 check 'where the variable says' finds 5 'FAULT brokers'
    check 'no broker there' finds 5 'FAULT brokers' --brokers 127.0.0.1:9
    printf 'bootstrap.servers=127.0.0.1:9\nsecurity.protocol=sasl_plaintext\nsasl.mechanisms=SCRAM-SHA-512\nsasl.username=x\nsasl.password=CANARYpassword\n' >scram
    check 'a password in clear' finds 5 'can be read on the way (sasl_plaintext)' --kafka-config scram
    version=$("$vaultcrypt" doctor-kafka --brokers 127.0.0.1:9 | sed -nE 's/.*librdkafka +version ([0-9.]+).*/\1/p')
    if [ "$(printf '%s\n' "$version" 2.6.1 | sort -V | head -n 1)" != 2.6.1 ]; then
        check 'SCRAM that fails against Kafka 4' holds "$(cat out)" 'cannot log in to Kafka 4 by SCRAM-SHA-512'
    fi
    check 'the password is told nowhere' lacks "$(cat out err)" CANARY
    check 'by itself' ends 5 doctor-kafka --brokers 127.0.0.1:9
    printf 'no.such.property=1\n' >odd
    check 'a property that is none' finds 3 'no.such.property' --kafka-config odd
fi
finish

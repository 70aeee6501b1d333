#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Nothing in clear on any wire: SASL_SSL with a password to Kafka, TLS with an authority of its own to Vault. The encryptor is exactly once there too, when
# it is killed in between; and who is not let in is told why.
# shellcheck source-path=SCRIPTDIR source=lib.sh
if [ -z "${VAULTCRYPT_SERVICE_KAFKA_SASL-}" ] || [ -z "${VAULTCRYPT_SERVICE_OPENBAO_TLS-}" ]; then
    exec "${top_srcdir:-$(dirname "$0")/../..}/tests/services/with" openbao-tls kafka-sasl -- bash "$0"
fi
. "$(dirname "$0")/lib.sh"

count=3000
examples=$top_builddir/examples
tab=$(printf '\t')
unset VAULTCRYPT_BROKERS
login=$VAULTCRYPT_SERVICE_KAFKA_SASL/alice-PLAIN.conf
cat >purchases.yaml <<'END_OF'
version: 1
records:
  - name: purchases
    topics: [purchases, purchases_encrypted]
    fields:
      - path: $.credit_card
        transit: {key: cards}
      - path: $.Address
        envelope: {key: addresses}
END_OF
check 'setup' ends 0 setup -s purchases.yaml
encryptor=("$examples/encryptor" -F "$login" -s purchases.yaml --exactly-once --instance one -X session.timeout.ms=6000)

run timeout 60 "$examples/producer" -F "$login" -n "$count"
check 'producer' equal "$status" 0
"${encryptor[@]}" 2>first.log &
first=$!
has_some() { "$examples/consumer" -F "$login" -t purchases_encrypted --reset -e 2>/dev/null | grep -q .; }
check 'an encryptor has begun' until_true has_some
kill -KILL "$first"
wait "$first" 2>/dev/null
run timeout 60 "$examples/producer" -F "$login" -n "$count" --first "$((count + 1))"
check 'producer goes on' equal "$status" 0
run timeout 90 "${encryptor[@]}" -e
check 'encryptor, after one that was killed' equal "$status" 0
run timeout 60 "$examples/consumer" -F "$login" -t purchases --reset -e -K "$tab"
sort out >purchases
check 'the purchases are there' equal "$(lines_of purchases)" "$((2 * count))"
run timeout 60 "$examples/consumer" -F "$login" -t purchases_encrypted --reset -e
check 'each came out protected, once' equal "$(lines_of out) $(grep -c '"credit_card": "vault:v1:' out)" "$((2 * count)) $((2 * count))"
run timeout 60 "$examples/consumer_from_encrypted" -F "$login" -s purchases.yaml --reset -e -K "$tab"
check 'consumer_from_encrypted' equal "$status" 0
sort out >opened
check 'all are equal' same opened purchases

# Who is not let in
sed 's/^\(sasl.password=\).*/\1CANARY-wrong/' "$login" >wrong.conf
run timeout 60 "$examples/encryptor" -F wrong.conf -s purchases.yaml --exactly-once -e
check 'a wrong password ends it' equal "$status" 1
check 'and it says so' holds "$(<err)" 'uthentication'
check 'without the password' lacks "$(<err)" CANARY
sed 's/ca\.pem/other.pem/' "$login" >other.conf
run timeout 60 "$examples/encryptor" -F other.conf -s purchases.yaml --exactly-once -e
check "another authority's broker is not spoken to" equal "$status" 1
check 'for its certificate' holds "$(<err)" 'certificate'
run env VAULT_CACERT="$VAULTCRYPT_SERVICE_OPENBAO_TLS/other.pem" timeout 60 "$examples/encryptor" -F "$login" -s purchases.yaml --exactly-once \
    -X group.id=other -e --deadline-ms 2000
check 'nor is its Vault' equal "$status" 1
check 'for its certificate too' holds "$(<err)" 'certificate'

# SCRAM
run timeout 30 "$vaultcrypt" doctor -F "$VAULTCRYPT_SERVICE_KAFKA_SASL/alice-SCRAM-SHA-512.conf"
case $(<out) in
*2.6.1*) check 'doctor says which librdkafka SCRAM takes' both holds "$(<out)" SCRAM 2.6.1 ;;
*) check 'doctor is content with SCRAM' equal "$status" 0 ;;
esac
finish

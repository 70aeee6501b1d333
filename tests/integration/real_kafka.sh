#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The demo's programs on a real Kafka and a real OpenBao: what the producer wrote is what the rightful consumer reads, through
# topics without encryption, and through TLS with a password.
# shellcheck source-path=SCRIPTDIR source=lib.sh
if [ -z "${VAULTCRYPT_SERVICE_KAFKA_SASL-}" ]; then
    exec "${top_srcdir:-$(dirname "$0")/../..}/tests/services/with" openbao kafka kafka-sasl -- bash "$0"
fi
. "$(dirname "$0")/lib.sh"

count=3000
examples=$top_builddir/examples
tab=$(printf '\t')
cat >purchases.yaml <<'END_OF'
version: 1
records:
  - name: purchases
    topics: [purchases, purchases_encrypted]
    fields:
      - path: $.credit_card
        transit: {key: cards}
      - path: $.Address
        transit: {key: addresses}
END_OF
check 'setup' ends 0 setup -s purchases.yaml

# there_and_back OPTIONS...: of the four programs, which tell them where Kafka is.
there_and_back() {
    run timeout 60 "$examples/producer" "$@" -n "$count"
    check 'producer' equal "$status" 0
    # The encryptor copies partition by partition, so the other topic must have as many: four, as every new one there.
    run timeout 90 "$examples/encryptor" "$@" -s purchases.yaml -n "$count"
    check 'encryptor' equal "$status" 0
    run timeout 60 "$examples/consumer" "$@" -t purchases --reset -e -K "$tab"
    check 'consumer' equal "$status" 0
    sort out >purchases
    check 'the purchases are there' equal "$(lines_of purchases)" "$count"
    run timeout 60 "$examples/consumer" "$@" -t purchases_encrypted --reset -e
    cp out protected
    check 'as many are protected' equal "$(lines_of protected)" "$count"
    check 'each of them, in both fields' equal \
        "$(grep -cE '"credit_card": "vault:v1:[^"]*".*"Address": "vault:v1:|"Address": "vault:v1:[^"]*".*"credit_card": "vault:v1:' protected)" "$count"
    run timeout 60 "$examples/consumer_from_encrypted" "$@" -s purchases.yaml --reset -e -K "$tab"
    check 'consumer_from_encrypted' equal "$status" 0
    sort out >opened
    check "all $count are equal" same opened purchases
    # An application that protects by itself.
    run timeout 60 "$examples/producer_protected" "$@" -s purchases.yaml -K "$tab" <purchases
    check 'producer_protected' equal "$status" 0
    check 'it counts' holds "$(<err)" "$count records sent to purchases_encrypted, 0 failed"
    run timeout 60 "$examples/consumer" "$@" -t purchases_encrypted --reset -e
    check 'nothing of it is in clear' equal "$(grep -cv '"Address": "vault:v1:' out) $(lines_of out)" "0 $((2 * count))"
    run timeout 60 "$examples/consumer_from_encrypted" "$@" -s purchases.yaml --reset -e -K "$tab"
    sort out >opened
    check 'both open' same opened <(sort purchases purchases)
}

echo '# without encryption'
there_and_back
echo '# a record that cannot be protected'
printf '%s\n' '{"credit_card": "CANARY-1"}' '{"credit_card": "2", "Address": "2"}' >one_bad
run timeout 60 "$examples/producer_protected" -s purchases.yaml -t purchases <one_bad
check 'it is told and does not leave, the others do' equal "$status" 1
check 'with its line' both holds "$(<err)" 'line 1: ' '1 records sent to purchases, 1 failed'
check 'and nothing of it' lacks "$(<err)" CANARY
echo '# SASL_SSL with PLAIN'
unset VAULTCRYPT_BROKERS
there_and_back -F "$VAULTCRYPT_SERVICE_KAFKA_SASL/alice-PLAIN.conf"
finish

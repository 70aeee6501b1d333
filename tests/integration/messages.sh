#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Messages through the encryptor: keys that are protected, wrapped keys in a header, tokens bound to topic and key, whole values.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
have_dev

count=2000
examples=$top_builddir/examples
mock=(-X session.timeout.ms=3500 -X fetch.wait.max.ms=10)
tab=$(printf '\t')

"$vaultcrypt" dev --topics purchases:4 >kafka.env 2>kafka.err &
background+=("$!")
until_true grep -q BROKERS kafka.env || exit 99
# shellcheck source=/dev/null
. ./kafka.env
dev_start
run "$examples/producer" -n "$count"
timeout 60 "$examples/consumer" "${mock[@]}" --reset -e -K "$tab" -t purchases 2>>dump.err | sort >purchases
check 'the purchases are there' equal "$(lines_of purchases)" "$count"

cat >bound.yaml <<'END_OF'
version: 1
records:
  - name: purchases
    topics: [purchases, bound]
    fields:
      - path: $.credit_card
        envelope: {key: app, carry: header, bind: [topic, key]}
      - path: $.Address
        envelope: {key: other}
    record_key: {siv: {key: app, key_version: 1}}
END_OF
printf 'version: 1\nrecords:\n  - name: purchases\n    topics: [purchases, whole]\n    value: {envelope: {key: app}}\n' >whole.yaml
printf 'version: 1\nrecords:\n  - name: purchases\n    topics: [purchases, proxied]\n    value: {envelope: {key: proxy}, format: kroxylicious}\n' >proxied.yaml
protect() { # TOPIC
    timeout 90 "$examples/encryptor" "${mock[@]}" -X "group.id=$1" -s "$1.yaml" --target "$1" -e 2>>"$1.err"
}
dump() { timeout 60 "$examples/consumer" "${mock[@]}" --reset -e -K "$tab" -t "$1" 2>>dump.err; }
opened() { # TOPIC
    timeout 60 "$examples/consumer_from_encrypted" "${mock[@]}" -s "$1.yaml" -t "$1" --reset -e -K "$tab" 2>>opened.err | sort >opened.out
    same opened.out purchases
}
check 'setup' ends 0 setup -s bound.yaml
check 'keys and bound fields' protect bound
dump bound >bound.out
check 'as many' equal "$(grep -ac '"credit_card": "vc1:' bound.out)" "$count"
check 'no key is in clear' equal "$(grep -acE '^[0-9]{6}'"$tab" bound.out)" 0
check 'they open' opened bound
check 'setup of whole values' ends 0 setup -s whole.yaml
check 'whole values' protect whole
check 'nothing of them is in clear' equal "$(dump whole | grep -ac 'Address')" 0
check 'they open' opened whole
check 'setup of a key for Kroxylicious' ends 0 setup -s proxied.yaml
check 'values of Kroxylicious' protect proxied
check 'they name the key' equal "$(dump proxied | grep -ac 'proxyvault:v1:')" "$count"
check 'they open' opened proxied
finish
